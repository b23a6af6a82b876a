package pgwire

import (
	"strconv"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// place is where PostgreSQL 15 reports an error: the file, line and function of the
// report's fields F, L and R. Drivers tell some errors apart by the function, and show
// the others.
type place struct {
	file    string
	line    int
	routine string
}

// places has, by SQLSTATE, the place that reports most of what has the code. What is
// not here is reported without one: a place of this server would say nothing to who
// knows PostgreSQL's.
var places = map[sqlerr.Code]place{
	sqlerr.DivisionByZero:            {"int.c", 869, "int4div"},
	sqlerr.UndefinedColumn:           {"parse_relation.c", 3665, "errorMissingColumn"},
	sqlerr.UndefinedTable:            {"parse_relation.c", 1392, "parserOpenTable"},
	sqlerr.UndefinedFunction:         {"parse_func.c", 629, "ParseFuncOrColumn"},
	sqlerr.SyntaxError:               {"scan.l", 1188, "scanner_yyerror"},
	sqlerr.CheckViolation:            {"execMain.c", 2074, "ExecConstraints"},
	sqlerr.NotNullViolation:          {"execMain.c", 2013, "ExecConstraints"},
	sqlerr.UniqueViolation:           {"nbtinsert.c", 664, "_bt_check_unique"},
	sqlerr.ForeignKeyViolation:       {"ri_triggers.c", 2608, "ri_ReportViolation"},
	sqlerr.InvalidTextRepresentation: {"numutils.c", 232, "pg_strtoint32"},
	sqlerr.InFailedSQLTransaction:    {"postgres.c", 1081, "exec_simple_query"},
	sqlerr.QueryCanceled:             {"postgres.c", 3319, "ProcessInterrupts"},
	sqlerr.AdminShutdown:             {"postgres.c", 3287, "ProcessInterrupts"},
	sqlerr.DeadlockDetected:          {"deadlock.c", 1130, "DeadLockReport"},
	sqlerr.InvalidCatalogName:        {"postinit.c", 1016, "InitPostgres"},
	sqlerr.InvalidPassword:           {"auth.c", 326, "auth_failed"},
	sqlerr.InvalidSQLStatementName:   {"prepare.c", 451, "FetchPreparedStatement"},
	sqlerr.StringDataRightTruncation: {"varchar.c", 632, "varchar"},
	sqlerr.NumericValueOutOfRange:    {"int.c", 826, "int4pl"},
	sqlerr.RaiseException:            {"pl_exec.c", 3891, "exec_stmt_raise"},
	sqlerr.InsufficientPrivilege:     {"aclchk.c", 3650, "aclcheck_error"},
}

// placeOf says where PostgreSQL would have reported e. A message of RAISE has whatever
// code its author gave it, and is known by being one.
func placeOf(e *sqlerr.Error) place {
	p := places[e.Code]
	if e.Routine != "" && e.Routine != p.routine {
		p = place{routine: e.Routine}
		for _, q := range places {
			if q.routine == e.Routine {
				return q
			}
		}
	}
	return p
}

// place appends F, L and R.
func (o *output) place(e *sqlerr.Error) {
	p := placeOf(e)
	o.field('F', p.file)
	if p.line != 0 {
		o.field('L', strconv.Itoa(p.line))
	}
	o.field('R', p.routine)
}

package session

import (
	"github.com/kalamsql/kalamsql/exec/ddl"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// isUtility says whether a statement of a body has no plan.
func isUtility(stmt ast.Statement) bool {
	switch s := stmt.(type) {
	case *ast.SelectStmt:
		return s.Into != nil
	case *ast.InsertStmt, *ast.UpdateStmt, *ast.DeleteStmt, *ast.MergeStmt:
		return false
	}
	return true
}

// mayRunInSQL refuses what a function in SQL cannot run.
func mayRunInSQL(r *catalog.Routine, stmt ast.Statement) error {
	switch s := stmt.(type) {
	case *ast.TransactionStmt:
		return sqlerr.New(sqlerr.FeatureNotSupported, "%s is not allowed in an SQL function", ddl.CommandName(stmt))
	case *ast.CopyStmt:
		if s.Filename == "" && !s.Program {
			return sqlerr.New(sqlerr.FeatureNotSupported, "cannot COPY to/from client in an SQL function")
		}
	}
	if r.Volatility != 'v' {
		switch stmt.(type) {
		case *ast.VariableShowStmt, *ast.ExplainStmt:
		default:
			return sqlerr.New(sqlerr.FeatureNotSupported, "%s is not allowed in a non-volatile function", ddl.CommandName(stmt))
		}
	}
	return nil
}

// routineUtility runs a statement of a body that has no plan.
func (s *Session) routineUtility(c *expr.Context, b *routineBody, stmt ast.Statement, args []types.Datum) error {
	ctx := c.Ctx
	if ctx == nil {
		ctx = s.current
	}
	if call, ok := stmt.(*ast.CallStmt); ok {
		called, err := plan.RoutineCall(s.planEnv(), b.routine, call.Call)
		if err == nil {
			_, err = s.runCall(ctx, called, args)
		}
		return err
	}
	ps, err := s.prepare(b.routine.Source, ast.Parsed{Statement: stmt}, nil)
	if err != nil {
		return err
	}
	own := *ps
	own.inner = func(q ast.Statement) (*plan.Plan, []types.Datum, error) {
		p, err := plan.RoutineStatement(s.planEnv(), b.routine, q, false)
		return p, args, err
	}
	if b.routine.Volatility == 'v' {
		defer s.tx.tx.Nested()()
	}
	if own.plan != nil {
		return sqlerr.Internal("%s has a plan", stmt.Kind())
	}
	_, err = s.utility(ctx, &own, nil, &nestedWriter{session: s, each: func([]plan.Column, types.Row) error { return nil }})
	return err
}

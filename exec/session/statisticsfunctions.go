package session

import (
	"fmt"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Functions that PostgreSQL's statistics views are made of. Here it is the other way round:
// each reads a column of a view. A backend is known by the number of its process.

// databaseStatistics are the columns of pg_stat_database; what is no number is NULL, and not
// zero, of a database that there is not.
var databaseStatistics = map[string]string{
	"numbackends": "numbackends", "xact_commit": "xact_commit", "xact_rollback": "xact_rollback", "blocks_fetched": "blks_read + blks_hit", "blocks_hit": "blks_hit",
	"tuples_returned": "tup_returned", "tuples_fetched": "tup_fetched", "tuples_inserted": "tup_inserted", "tuples_updated": "tup_updated", "tuples_deleted": "tup_deleted",
	"conflict_all": "conflicts", "temp_files": "temp_files", "temp_bytes": "temp_bytes", "deadlocks": "deadlocks", "blk_read_time": "blk_read_time", "blk_write_time": "blk_write_time",
	"session_time": "session_time", "active_time": "active_time", "idle_in_transaction_time": "idle_in_transaction_time", "sessions": "sessions",
	"sessions_abandoned": "sessions_abandoned", "sessions_fatal": "sessions_fatal", "sessions_killed": "sessions_killed",
}

// backendStatistics are those of pg_stat_activity.
var backendStatistics = map[string]string{
	"pid": "pid", "activity": "query", "activity_start": "query_start", "client_addr": "client_addr", "client_port": "client_port", "dbid": "datid", "start": "backend_start",
	"userid": "usesysid", "wait_event": "wait_event", "wait_event_type": "wait_event_type", "xact_start": "xact_start",
}

func init() {
	read := func(name, query string) {
		hostFunctions["pg_stat_get_"+name] = func(s *Session, c *expr.Context, args []types.Datum) (types.Datum, error) {
			list, err := s.valuesOf(c, fmt.Sprintf(query, args[0].Int()))
			if len(list) == 0 || err != nil {
				return types.Null, err
			}
			return list[0], nil
		}
	}
	for name, column := range databaseStatistics {
		read("db_"+name, "SELECT coalesce((SELECT "+column+" FROM pg_catalog.pg_stat_database WHERE datid = %d), 0)")
	}
	for name, column := range map[string]string{"checksum_failures": "checksum_failures", "checksum_last_failure": "checksum_last_failure", "stat_reset_time": "stats_reset"} {
		read("db_"+name, "SELECT "+column+" FROM pg_catalog.pg_stat_database WHERE datid = %d")
	}
	for name, column := range backendStatistics {
		read("backend_"+name, "SELECT "+column+" FROM pg_catalog.pg_stat_activity WHERE pid = %d")
	}
	hostFunctions["pg_stat_get_backend_idset"] = func(s *Session, c *expr.Context, _ []types.Datum) (types.Datum, error) {
		list, err := s.valuesOf(c, "SELECT pid FROM pg_catalog.pg_stat_activity ORDER BY pid")
		return types.ArrayDatum(types.Int4, list), err
	}

	// What is not there to be counted: conflicts with a standby's recovery, blocks of files,
	// VACUUM, and functions, as track_functions is none.
	never := func(value types.Datum, names ...string) {
		for _, name := range names {
			hostFunctions["pg_stat_get_"+name] = func(*Session, *expr.Context, []types.Datum) (types.Datum, error) { return value, nil }
		}
	}
	never(types.Int(0), "db_conflict_tablespace", "db_conflict_lock", "db_conflict_snapshot", "db_conflict_bufferpin", "db_conflict_startup_deadlock",
		"blocks_fetched", "blocks_hit", "vacuum_count", "autovacuum_count")
	never(types.Null, "last_vacuum_time", "last_autovacuum_time", "snapshot_timestamp", "function_calls", "function_total_time", "function_self_time",
		"xact_function_calls", "xact_function_total_time", "xact_function_self_time")

	hostFunctions["pg_tablespace_databases"] = func(s *Session, c *expr.Context, args []types.Datum) (types.Datum, error) {
		list, err := s.valuesOf(c, fmt.Sprintf("SELECT oid FROM pg_catalog.pg_database WHERE dattablespace = %d ORDER BY oid", args[0].Int()))
		return types.ArrayDatum(types.Oid, list), err
	}
	hostFunctions["pg_filenode_relation"] = func(s *Session, c *expr.Context, args []types.Datum) (types.Datum, error) {
		list, err := s.valuesOf(c, fmt.Sprintf("SELECT oid FROM pg_catalog.pg_class WHERE relfilenode = %d AND relfilenode <> 0 AND (reltablespace = %d OR reltablespace = 0 AND %[2]d IN (0, %d))",
			args[1].Int(), args[0].Int(), catalog.TablespaceDefault))
		if len(list) == 0 || err != nil {
			return types.Null, err
		}
		return list[0], nil
	}
}

func init() {
	hostFunctions["pg_sequence_parameters"] = func(s *Session, c *expr.Context, args []types.Datum) (types.Datum, error) {
		record := &types.Record{}
		err := s.eachRowOf(s.contextOf(c), fmt.Sprintf("SELECT seqstart, seqmin, seqmax, seqincrement, seqcycle, seqcache, seqtypid FROM pg_catalog.pg_sequence WHERE seqrelid = %d", args[0].Int()),
			func(columns []plan.Column) error {
				for _, c := range columns {
					record.Types = append(record.Types, c.Type)
				}
				return nil
			}, func(row types.Row) error {
				record.Values = row.Clone()
				return nil
			})
		if record.Values == nil || err != nil {
			return types.Null, err
		}
		return types.Object(record), nil
	}
	// The settings are the command line's, and messages go to standard error.
	for _, name := range []string{"pg_reload_conf", "pg_log_backend_memory_contexts", "pg_switch_wal"} {
		hostFunctions[name] = func(s *Session, c *expr.Context, args []types.Datum) (types.Datum, error) {
			switch {
			case !s.role().Superuser:
				return types.Null, sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for function %s", name)
			case name == "pg_switch_wal":
				return hostFunctions["pg_current_wal_lsn"](s, c, nil)
			}
			return types.Bool(true), nil
		}
	}
}

// valuesOf is the first column of a query.
func (s *Session) valuesOf(c *expr.Context, query string) (list []types.Datum, err error) {
	err = s.eachRowOf(s.contextOf(c), query, func([]plan.Column) error { return nil }, func(row types.Row) error {
		list = append(list, row[0])
		return nil
	})
	return list, err
}

package session

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
)

// Functions about the write-ahead log and recovery, which monitoring asks for. A position in
// the log is the number of a commit: it grows with every one. There is no standby.

func init() {
	position := func(of func(*Session) storage.Seq) hostFunction {
		return func(s *Session, _ *expr.Context, _ []types.Datum) (types.Datum, error) {
			return types.Int(int64(of(s))), nil
		}
	}
	applied := func(s *Session) storage.Seq { return s.store().Applied() }
	for name, f := range map[string]hostFunction{
		"pg_current_wal_lsn": position(applied), "pg_current_wal_insert_lsn": position(applied),
		"pg_current_wal_flush_lsn": position(func(s *Session) storage.Seq { return s.store().Durable() }),
		"pg_last_wal_receive_lsn":  nothing, "pg_last_wal_replay_lsn": nothing, "pg_last_xact_replay_timestamp": nothing,
		"pg_current_logfile":      nothing, // the log goes to standard error
		"pg_is_wal_replay_paused": notRecovering, "pg_get_wal_replay_pause_state": notRecovering,
		"pg_wal_replay_pause": notRecovering, "pg_wal_replay_resume": notRecovering, "pg_promote": notRecovering,
		"pg_last_committed_xact": func(*Session, *expr.Context, []types.Datum) (types.Datum, error) {
			return types.Null, sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, "could not get commit timestamp data").
				WithHint(`Make sure the configuration parameter "track_commit_timestamp" is set.`)
		},
	} {
		hostFunctions[name] = f
	}
}

func nothing(*Session, *expr.Context, []types.Datum) (types.Datum, error) { return types.Null, nil }

func notRecovering(*Session, *expr.Context, []types.Datum) (types.Datum, error) {
	return types.Null, sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, "recovery is not in progress").
		WithHint("Recovery control functions can only be executed during recovery.")
}

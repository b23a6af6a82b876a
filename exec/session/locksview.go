package session

import (
	"fmt"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

func init() {
	postgresView("pg_locks", lockRows)
	hostFunctions["pg_blocking_pids"] = func(s *Session, _ *expr.Context, a []types.Datum) (types.Datum, error) {
		var pids []types.Datum
		for _, pid := range s.store().Blocking(int32(a[0].Int())) {
			pids = append(pids, types.Int(int64(pid)))
		}
		return types.ArrayDatum(types.Int4, pids), nil
	}
	// No transaction waits for a snapshot: each is safe (see tables/serial.go).
	hostFunctions["pg_safe_snapshot_blocking_pids"] = func(*Session, *expr.Context, []types.Datum) (types.Datum, error) {
		return types.ArrayDatum(types.Int4, nil), nil
	}
	hostFunctions["pg_isolation_test_session_is_blocked"] = func(s *Session, _ *expr.Context, a []types.Datum) (types.Datum, error) {
		for _, pid := range s.store().Blocking(int32(a[0].Int())) {
			if slices.ContainsFunc(a[1].Array().Elems, func(d types.Datum) bool { return !d.IsNull() && int32(d.Int()) == pid }) {
				return types.Bool(true), nil
			}
		}
		return types.Bool(false), nil
	}
}

// lockRows is pg_locks.
func lockRows(s *Session, add func(...any) error) error {
	cat := s.catalog()
	for _, l := range s.store().Locks() {
		pid, transaction := any(int64(l.PID)), fmt.Sprintf("%d/%d", l.PID, l.Transaction)
		if l.PID == 0 { // one that is prepared
			pid, transaction = nil, fmt.Sprintf("-1/%d", l.Transaction)
		}
		row := []any{"virtualtransaction", transaction, "pid", pid, "mode", l.Mode, "granted", l.Granted, "fastpath", false}
		switch {
		case l.Table != 0:
			database := s.database.OID
			if t := cat.Table(l.Table); t != nil {
				database = t.Database
			}
			row = append(row, "locktype", "relation", "database", database, "relation", l.Table)
		case l.Advisory != nil:
			space := 1
			if l.Advisory.Pair {
				space = 2
			}
			number := uint64(l.Advisory.Number)
			row = append(row, "locktype", "advisory", "database", l.Advisory.Database, "classid", catalog.OID(number>>32), "objid", catalog.OID(uint32(number)), "objsubid", space)
		default:
			row = append(row, "locktype", "transactionid", "transactionid", int64(l.Holder))
		}
		if err := add(row...); err != nil {
			return err
		}
	}
	return nil
}

package session

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The numbers of transactions, as xmin shows them.

func init() {
	current := func(assign bool) hostFunction {
		return func(s *Session, _ *expr.Context, _ []types.Datum) (types.Datum, error) {
			if xid := s.tx.tx.XID(assign); xid != 0 {
				return types.Int(int64(xid)), nil
			}
			return types.Null, nil
		}
	}
	for _, name := range []string{"pg_current_xact_id", "txid_current"} {
		hostFunctions[name] = current(true)
		hostFunctions[name+"_if_assigned"] = current(false)
	}
	for _, name := range []string{"pg_current_snapshot", "txid_current_snapshot"} {
		hostFunctions[name] = func(s *Session, _ *expr.Context, _ []types.Datum) (types.Datum, error) {
			return types.Object(s.tx.tx.XIDSnapshot()), nil
		}
	}
}

package expr

import "github.com/kalamsql/kalamsql/sql/types"

// Functions of snapshots as lists of transactions (pg_snapshot, txid_snapshot).

func init() {
	snapshot := func(d types.Datum) *types.XIDSnapshot { return d.Object().(*types.XIDSnapshot) }
	register(map[string]EvalFunc{
		"pg_snapshot_xmin": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(int64(snapshot(a[0]).Xmin)), nil
		},
		"pg_snapshot_xmax": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(int64(snapshot(a[0]).Xmax)), nil
		},
		"pg_visible_in_snapshot": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(snapshot(a[1]).Sees(uint64(a[0].Int()))), nil
		},
	})
	registerSets(map[string]SetFunc{
		"pg_snapshot_xip": func(_ *Context, a []types.Datum, yield func(types.Row) error) error {
			for _, xid := range snapshot(a[0]).Running {
				if err := yield(one(types.Int(int64(xid)))); err != nil {
					return err
				}
			}
			return nil
		},
	})
}

package plan

import "github.com/kalamsql/kalamsql/sql/types"

// CompareKeys orders two rows of evaluated sort keys.
func CompareKeys(keys []SortKey, a, b types.Row) int {
	for i, k := range keys {
		x, y := a[i], b[i]
		switch {
		case x.IsNull() && y.IsNull():
			continue
		case x.IsNull() != y.IsNull():
			if x.IsNull() == k.NullsFirst {
				return -1
			}
			return 1
		}
		if c := k.Expr.Type().Compare(x, y); c != 0 {
			if k.Desc {
				return -c
			}
			return c
		}
	}
	return 0
}

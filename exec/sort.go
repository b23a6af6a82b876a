package exec

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// sortRows reads its whole input and hands it out in order. The sort is stable.
type sortRows struct {
	rt     *Runtime
	input  Operator
	keys   []plan.SortKey
	sorted []sortedRow
	next   int
	done   bool
}

// sortedRow is a row with its evaluated keys.
type sortedRow struct {
	row  types.Row
	keys types.Row
}

func (o *sortRows) Next() (types.Row, error) {
	if !o.done {
		o.done = true
		for {
			row, err := o.input.Next()
			if err != nil {
				return nil, err
			}
			if row == nil {
				break
			}
			s := sortedRow{row: row.Clone(), keys: make(types.Row, len(o.keys))}
			for i, k := range o.keys {
				if s.keys[i], err = k.Expr.Eval(o.rt.Eval, row); err != nil {
					return nil, err
				}
			}
			o.sorted = append(o.sorted, s)
		}
		if err := o.rt.interrupted(); err != nil {
			return nil, err
		}
		slices.SortStableFunc(o.sorted, func(a, b sortedRow) int { return compareKeys(o.keys, a.keys, b.keys) })
	}
	if o.next == len(o.sorted) {
		return nil, nil
	}
	o.next++
	return o.sorted[o.next-1].row, nil
}

func (o *sortRows) Close() {
	o.input.Close()
	o.sorted = nil
	o.next = 0
}

// compareKeys orders two rows of evaluated sort keys.
func compareKeys(keys []plan.SortKey, a, b types.Row) int {
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

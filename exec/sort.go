package exec

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// sortRows reads its whole input and hands it out in order. The sort is stable.
// When only the first rows are wanted it keeps no more than about twice as many.
type sortRows struct {
	rt    *Runtime
	input Operator
	keys  []plan.SortKey
	// most gives how many rows will be asked for, -1 for all; nil is all.
	most   func() int64
	sorted []sortedRow
	next   int
	done   bool
}

// topRows is up to how many rows only the first ones are kept.
const topRows = 10_000

// sortedRow is a row with its evaluated keys.
type sortedRow struct {
	row  types.Row
	keys types.Row
}

func (o *sortRows) Next() (types.Row, error) {
	if !o.done {
		o.done = true
		if err := o.read(); err != nil {
			return nil, err
		}
	}
	if o.next == len(o.sorted) {
		return nil, nil
	}
	o.next++
	return o.sorted[o.next-1].row, nil
}

func (o *sortRows) read() error {
	most := int64(-1)
	if o.most != nil {
		if most = o.most(); most > topRows {
			most = -1
		}
	}
	keys := make(types.Row, len(o.keys))
	var worst types.Row // keys of the last row that would still be wanted
	for {
		row, err := o.input.Next()
		if err != nil {
			return err
		}
		if row == nil {
			break
		}
		for i, k := range o.keys {
			if keys[i], err = k.Expr.Eval(o.rt.Eval, row); err != nil {
				return err
			}
		}
		if worst != nil && plan.CompareKeys(o.keys, keys, worst) >= 0 {
			continue
		}
		o.sorted = append(o.sorted, sortedRow{row: row.Clone(), keys: keys.Clone()})
		if most >= 0 && int64(len(o.sorted)) >= 2*most+64 {
			o.sort()
			clear(o.sorted[most:])
			o.sorted = o.sorted[:most]
			if most == 0 {
				return nil
			}
			worst = o.sorted[most-1].keys
		}
	}
	if err := o.rt.interrupted(); err != nil {
		return err
	}
	o.sort()
	return nil
}

func (o *sortRows) sort() {
	slices.SortStableFunc(o.sorted, func(a, b sortedRow) int { return plan.CompareKeys(o.keys, a.keys, b.keys) })
}

func (o *sortRows) Close() {
	o.input.Close()
	o.sorted = nil
	o.next = 0
}

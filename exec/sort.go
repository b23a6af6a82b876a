package exec

import (
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// sortRows reads its whole input and hands it out in order. The sort is stable.
// When only the first rows are wanted it keeps no more than about twice as many.
// What does not fit into work_mem is sorted on disk.
type sortRows struct {
	rt    *Runtime
	input Operator
	order *sortOrder
	// most gives how many rows will be asked for, -1 for all; nil is all.
	most   func() int64
	sorter *sorter
	top    []item // of the first rows
	isTop  bool
	// topBytes is what the first rows take.
	topBytes int64
	done     bool
}

// topRows is up to how many rows only the first ones are kept.
const topRows = 10_000

func newSort(rt *Runtime, in Operator, n *plan.Sort) *sortRows {
	return &sortRows{rt: rt, input: in, order: newSortOrder(n.Keys, plan.Width(n.Input)), sorter: newSorter(rt, n.Keys, n.Input.Columns())}
}

func (o *sortRows) Next() (types.Row, error) {
	if !o.done {
		o.done = true
		if err := o.read(); err != nil {
			return nil, err
		}
	}
	if !o.isTop {
		it, err := o.sorter.next()
		if it == nil || err != nil {
			return nil, err
		}
		return it.row[:o.order.width], nil
	}
	if len(o.top) == 0 {
		return nil, nil
	}
	row := o.top[0].row
	o.top = o.top[1:]
	return row[:o.order.width], nil
}

func (o *sortRows) read() error {
	if o.most != nil {
		if most := o.most(); most >= 0 && most <= topRows {
			o.isTop = true
			return o.readTop(int(most))
		}
	}
	for {
		row, err := o.input.Next()
		if err != nil {
			return err
		}
		if row == nil {
			return o.sorter.sort()
		}
		if err := o.sorter.add(row); err != nil {
			return err
		}
	}
}

// readTop keeps the first rows.
func (o *sortRows) readTop(most int) error {
	scratch := make(types.Row, o.order.size())
	var worst *item // the last row that would still be wanted
	for n := 0; ; n++ {
		row, err := o.input.Next()
		if err != nil {
			return err
		}
		if row == nil {
			break
		}
		copy(scratch, row)
		if err := o.order.compute(o.rt, scratch); err != nil {
			return err
		}
		it := item{lead: o.order.leadOf(scratch), row: scratch, n: n}
		if worst != nil && (it.lead > worst.lead || o.order.compare(&it, worst) >= 0) {
			continue
		}
		it.row = scratch.Clone()
		o.top = append(o.top, it)
		if len(o.top) >= 2*most+64 {
			o.order.sort(o.top)
			clear(o.top[most:])
			o.top = o.top[:most]
			if most == 0 {
				return nil
			}
			kept := o.top[most-1]
			worst = &kept
		}
	}
	if err := o.rt.interrupted(); err != nil {
		return err
	}
	o.order.sort(o.top)
	o.top = o.top[:min(len(o.top), most)]
	for _, it := range o.top {
		o.topBytes += it.row.Bytes() + itemBytes
	}
	return nil
}

func (o *sortRows) Close() {
	o.input.Close()
	o.top = nil
	o.sorter.close()
}

package exec

import (
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// incrementalSort sorts rows that come in the order of the first keys already: those that
// agree in them, one group after the other. Small groups are sorted together.
type incrementalSort struct {
	rt     *Runtime
	input  Operator
	node   *plan.Sort
	sorter *sorter // of the group whose rows are handed out, nil before the first
	first  types.Row
	ahead  types.Row // the first row of the next group, nil at the end
	end    bool      // the input has no more rows
	// groups is how many were sorted, most and total their sizes in memory, and disk the
	// largest on disk.
	groups            int64
	most, total, disk int64
}

// fewestSorted is how many rows are sorted together before the end of a group is looked for.
const fewestSorted = 32

func newIncrementalSort(rt *Runtime, in Operator, n *plan.Sort) *incrementalSort {
	return &incrementalSort{rt: rt, input: in, node: n}
}

func (o *incrementalSort) Next() (types.Row, error) {
	for {
		if o.sorter != nil {
			it, err := o.sorter.next()
			if err != nil {
				return nil, err
			}
			if it != nil {
				return it.row[:o.sorter.order.width], nil
			}
		}
		if o.end && o.ahead == nil {
			return nil, nil
		}
		if err := o.group(); err != nil {
			return nil, err
		}
	}
}

// group reads and sorts the next group, or several small ones.
func (o *incrementalSort) group() error {
	if o.sorter == nil {
		o.sorter = newSorter(o.rt, o.node.Keys, o.node.Input.Columns())
	} else {
		o.noted()
		o.sorter.reset()
	}
	n := 0
	if o.ahead != nil {
		if err := o.sorter.add(o.ahead); err != nil {
			return err
		}
		n++
		o.first, o.ahead = append(o.first[:0], o.ahead...), nil
	}
	for !o.end {
		row, err := o.input.Next()
		if err != nil {
			return err
		}
		if row == nil {
			o.end = true
			break
		}
		if n++; n >= fewestSorted {
			if n == fewestSorted {
				o.first = append(o.first[:0], row...)
			} else if o.sorter.order.comparePart(0, o.node.PresortedKeys, o.first, row) != 0 {
				o.ahead = row.Clone()
				break
			}
		}
		if err := o.sorter.add(row); err != nil {
			return err
		}
	}
	o.groups++
	return o.sorter.sort()
}

// noted takes note of the size of a group that has been handed out.
func (o *incrementalSort) noted() {
	o.total += o.sorter.most
	o.most, o.disk = max(o.most, o.sorter.most), max(o.disk, o.sorter.written)
}

func (o *incrementalSort) Close() {
	o.input.Close()
	if o.sorter != nil {
		o.noted()
		o.sorter.close()
		o.sorter = nil
	}
	o.end, o.ahead = true, nil
}

func (o *incrementalSort) report(in *Instrument) {
	in.SortGroups += o.groups
	in.SortMethod, in.SortDisk = "quicksort", o.disk > 0
	in.SortBytes, in.SortTotal = max(in.SortBytes, o.most), in.SortTotal+o.total
	if in.SortDisk {
		in.SortMethod, in.SortBytes = "external merge", o.disk
	}
}

package exec

import (
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// nestedLoop is a join without equations: every left row with every right row,
// which are read once and kept.
type nestedLoop struct {
	rt          *Runtime
	node        *plan.Join
	left, right Operator
	leftWidth   int

	inner   *rowStore
	reader  *storeReader
	matched []bool // of RIGHT and FULL joins

	row      types.Row // the pair
	haveLeft bool
	leftHit  bool
	drained  bool
	steps    int
	removed  int64 // pairs that did not meet Cond
}

func newNestedLoop(rt *Runtime, n *plan.Join, left, right Operator) *nestedLoop {
	return &nestedLoop{rt: rt, node: n, left: left, right: right, leftWidth: plan.Width(n.Left),
		row: make(types.Row, plan.Width(n.Left)+plan.Width(n.Right))}
}

func (o *nestedLoop) Next() (types.Row, error) {
	if o.inner == nil {
		if err := o.build(); err != nil {
			return nil, err
		}
	}
	outerLeft := o.node.Type == plan.LeftJoin || o.node.Type == plan.FullJoin
	if !outerLeft && o.inner.len() == 0 {
		return nil, nil
	}
	for !o.drained {
		if !o.haveLeft {
			row, err := o.left.Next()
			if err != nil {
				return nil, err
			}
			if row == nil {
				o.drained = true
				o.reader.rewind()
				break
			}
			copy(o.row, row)
			o.haveLeft, o.leftHit = true, false
			o.reader.rewind()
		}
		for {
			row, err := o.reader.next()
			if err != nil {
				return nil, err
			}
			if row == nil {
				break
			}
			if o.steps++; o.steps%1024 == 0 {
				if err := o.rt.interrupted(); err != nil {
					return nil, err
				}
			}
			copy(o.row[o.leftWidth:], row)
			if o.node.Cond != nil {
				v, err := o.node.Cond.Eval(o.rt.Eval, o.row)
				if err != nil {
					return nil, err
				}
				if !v.Bool() {
					o.removed++
					continue
				}
			}
			o.leftHit = true
			if o.matched != nil {
				o.matched[o.reader.at-1] = true
			}
			return o.row, nil
		}
		o.haveLeft = false
		if outerLeft && !o.leftHit {
			clear(o.row[o.leftWidth:])
			return o.row, nil
		}
	}
	if o.matched == nil {
		return nil, nil
	}
	for {
		row, err := o.reader.next()
		if row == nil || err != nil {
			return nil, err
		}
		if !o.matched[o.reader.at-1] {
			clear(o.row[:o.leftWidth])
			copy(o.row[o.leftWidth:], row)
			return o.row, nil
		}
	}
}

// build reads the right side.
func (o *nestedLoop) build() error {
	o.inner = newRowStore(o.rt, columnTypes(o.node.Right.Columns()))
	o.reader = o.inner.reader()
	for {
		row, err := o.right.Next()
		if err != nil {
			return err
		}
		if row == nil {
			break
		}
		if err := o.inner.add(row); err != nil {
			return err
		}
	}
	if o.node.Type == plan.RightJoin || o.node.Type == plan.FullJoin {
		o.matched = make([]bool, o.inner.len())
	}
	return nil
}

func (o *nestedLoop) Close() {
	o.left.Close()
	o.right.Close()
	if o.inner != nil {
		o.inner.close()
	}
}

package exec

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// join is a hash join on the node's keys, or, without keys, one bucket of all
// right rows: a nested loop over a materialised inner side.
type join struct {
	rt          *Runtime
	node        *plan.Join
	left, right Operator
	leftWidth   int
	rightWidth  int

	inner   *rowTable[[]int] // key -> positions in rows
	rows    []types.Row
	matched []bool

	row       types.Row // the pair
	key       types.Row
	candidate []int
	haveLeft  bool
	leftHit   bool
	drained   bool
	unmatched int
}

func newJoin(rt *Runtime, n *plan.Join) (Operator, error) {
	left, err := Build(rt, n.Left)
	if err != nil {
		return nil, err
	}
	right, err := Build(rt, n.Right)
	if err != nil {
		left.Close()
		return nil, err
	}
	o := &join{rt: rt, node: n, left: left, right: right, leftWidth: len(n.Left.Columns()), rightWidth: len(n.Right.Columns())}
	o.row = make(types.Row, o.leftWidth+o.rightWidth)
	o.key = make(types.Row, len(n.LeftKeys))
	return o, nil
}

func (o *join) Next() (types.Row, error) {
	if o.inner == nil {
		if err := o.build(); err != nil {
			return nil, err
		}
	}
	outerLeft := o.node.Type == plan.LeftJoin || o.node.Type == plan.FullJoin
	for !o.drained {
		if !o.haveLeft {
			row, err := o.left.Next()
			if err != nil {
				return nil, err
			}
			if row == nil {
				o.drained = true
				break
			}
			copy(o.row, row)
			o.haveLeft, o.leftHit, o.candidate = true, false, nil
			null, err := o.evalKey(o.node.LeftKeys, row)
			if err != nil {
				return nil, err
			}
			if !null {
				if list := o.inner.find(o.key); list != nil {
					o.candidate = *list
				}
			}
		}
		for len(o.candidate) > 0 {
			at := o.candidate[0]
			o.candidate = o.candidate[1:]
			copy(o.row[o.leftWidth:], o.rows[at])
			if o.node.Cond != nil {
				v, err := o.node.Cond.Eval(o.rt.Eval, o.row)
				if err != nil {
					return nil, err
				}
				if !v.Bool() {
					continue
				}
			}
			o.leftHit = true
			o.matched[at] = true
			return o.row, nil
		}
		o.haveLeft = false
		if err := o.rt.interrupted(); err != nil {
			return nil, err
		}
		if outerLeft && !o.leftHit {
			clear(o.row[o.leftWidth:])
			return o.row, nil
		}
	}
	if o.node.Type != plan.RightJoin && o.node.Type != plan.FullJoin {
		return nil, nil
	}
	for o.unmatched < len(o.rows) {
		at := o.unmatched
		o.unmatched++
		if !o.matched[at] {
			clear(o.row[:o.leftWidth])
			copy(o.row[o.leftWidth:], o.rows[at])
			return o.row, nil
		}
	}
	return nil, nil
}

// build reads the right side into the hash table.
func (o *join) build() error {
	ts := make([]*types.Type, len(o.node.RightKeys))
	for i, k := range o.node.RightKeys {
		ts[i] = k.Type()
	}
	o.inner = newRowTable[[]int](ts)
	for {
		row, err := o.right.Next()
		if err != nil {
			return err
		}
		if row == nil {
			o.matched = make([]bool, len(o.rows))
			return nil
		}
		o.rows = append(o.rows, row.Clone())
		null, err := o.evalKey(o.node.RightKeys, row)
		if err != nil {
			return err
		}
		if !null {
			list, _ := o.inner.at(o.key)
			*list = append(*list, len(o.rows)-1)
		}
	}
}

// evalKey evaluates join keys into o.key; a NULL key matches nothing.
func (o *join) evalKey(keys []expr.Expr, row types.Row) (null bool, err error) {
	for i, k := range keys {
		if o.key[i], err = k.Eval(o.rt.Eval, row); err != nil {
			return false, err
		}
		null = null || o.key[i].IsNull()
	}
	return null, nil
}

func (o *join) Close() {
	o.left.Close()
	o.right.Close()
}

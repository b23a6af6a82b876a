package exec

import (
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// apply is a join that computes its right side anew for each left row.
type apply struct {
	rt        *Runtime
	node      *plan.Apply
	left      Operator
	right     Operator // nil between left rows
	args      types.Row
	row       types.Row
	leftWidth int
	hit       bool
	// memo has right rows that have been read, and known those that come now, of known ones; nil: it is not kept.
	memo    *memo
	known   []types.Row
	isKnown bool
	// outer are the outer rows of the right side while it is read for one left row.
	outer []types.Row
}

func newApply(rt *Runtime, n *plan.Apply) (Operator, error) {
	return withInput(rt, n.Left, func(left Operator) Operator {
		width := plan.Width(n.Left)
		o := &apply{rt: rt, node: n, left: left, leftWidth: width, args: make(types.Row, len(n.Args)), row: make(types.Row, width+plan.Width(n.Right))}
		if n.Memoize && rt.memory == nil {
			o.memo = newMemo(rt, n)
		}
		return o
	})
}

func (o *apply) Next() (types.Row, error) {
	for {
		if o.right == nil && !o.isKnown {
			row, err := o.left.Next()
			if row == nil || err != nil {
				return nil, err
			}
			copy(o.row, row)
			if err := o.begin(row); err != nil {
				return nil, err
			}
			o.hit = false
		}
		row, err := o.nextRight()
		if err != nil {
			return nil, err
		}
		if row == nil {
			if err := o.rt.interrupted(); err != nil {
				return nil, err
			}
			if !o.hit && o.node.Type == plan.LeftJoin {
				clear(o.row[o.leftWidth:])
				return o.row, nil
			}
			continue
		}
		copy(o.row[o.leftWidth:], row)
		if o.node.Cond != nil {
			v, err := o.node.Cond.Eval(o.rt.Eval, o.row)
			if err != nil {
				return nil, err
			}
			if !v.Bool() {
				continue
			}
		}
		o.hit = true
		return o.row, nil
	}
}

// begin begins the right side for a left row.
func (o *apply) begin(left types.Row) error {
	if err := evalInto(o.rt, o.args, o.node.Args, left); err != nil {
		return err
	}
	if o.memo != nil {
		if o.known, o.isKnown = o.memo.find(o.args); o.isKnown {
			return nil
		}
	}
	o.outer = append(append(o.outer[:0], o.rt.Eval.Outer...), o.args)
	return o.outside(func() (err error) {
		o.right, err = Build(o.rt, o.node.Right)
		return err
	})
}

// nextRight gives the next right row of a left row; after the last, the right side has ended.
func (o *apply) nextRight() (row types.Row, err error) {
	if o.isKnown {
		if len(o.known) == 0 {
			o.isKnown = false
			return nil, nil
		}
		row, o.known = o.known[0], o.known[1:]
		return row, nil
	}
	if err := o.outside(func() error {
		row, err = o.right.Next()
		return err
	}); err != nil {
		return nil, err
	}
	switch {
	case row == nil:
		o.right.Close()
		o.right = nil
		if o.memo != nil && !o.memo.end() {
			o.memo = nil
		}
	case o.memo != nil:
		o.memo.add(row)
	}
	return row, nil
}

// outside runs a step of the right side, with the left row's part as its outer
// row.
func (o *apply) outside(step func() error) error {
	c := o.rt.Eval
	around := c.Outer
	c.Outer = o.outer
	defer func() { c.Outer = around }()
	return step()
}

func (o *apply) Close() {
	o.left.Close()
	if o.right != nil {
		o.right.Close()
		o.right = nil
	}
}

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
	// outer are the outer rows of the right side while it is read for one left row.
	outer []types.Row
}

func newApply(rt *Runtime, n *plan.Apply) (Operator, error) {
	return withInput(rt, n.Left, func(left Operator) Operator {
		width := plan.Width(n.Left)
		return &apply{rt: rt, node: n, left: left, leftWidth: width, args: make(types.Row, len(n.Args)), row: make(types.Row, width+plan.Width(n.Right))}
	})
}

func (o *apply) Next() (types.Row, error) {
	for {
		if o.right == nil {
			row, err := o.left.Next()
			if row == nil || err != nil {
				return nil, err
			}
			copy(o.row, row)
			if err := evalInto(o.rt, o.args, o.node.Args, row); err != nil {
				return nil, err
			}
			o.outer = append(append(o.outer[:0], o.rt.Eval.Outer...), o.args)
			if err := o.outside(func() (err error) {
				o.right, err = Build(o.rt, o.node.Right)
				return err
			}); err != nil {
				return nil, err
			}
			o.hit = false
		}
		var row types.Row
		err := o.outside(func() (err error) {
			row, err = o.right.Next()
			return err
		})
		if err != nil {
			return nil, err
		}
		if row == nil {
			o.right.Close()
			o.right = nil
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

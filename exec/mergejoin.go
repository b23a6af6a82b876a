package exec

import (
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// mergeJoin goes through both sides side by side, which come in the order of their
// keys. The keys of one side are unique: either a right row is the only partner of the
// left rows with its key, or a left row is the only one of the right rows with its. So no
// row is kept but the newest of each side.
type mergeJoin struct {
	rt          *Runtime
	node        *plan.Join
	left, right Operator
	leftWidth   int
	types       []*types.Type // of the keys

	row               types.Row // the pair
	leftKey, rightKey types.Row
	rightRow          types.Row // the newest right row, nil at their end
	begun             bool
	haveLeft, leftHit bool
	done              bool
	steps             int
	removed           int64 // pairs that did not meet Cond
}

func newMergeJoin(rt *Runtime, n *plan.Join, left, right Operator) *mergeJoin {
	o := &mergeJoin{rt: rt, node: n, left: left, right: right, leftWidth: plan.Width(n.Left)}
	o.row = make(types.Row, o.leftWidth+plan.Width(n.Right))
	o.leftKey, o.rightKey = make(types.Row, len(n.LeftKeys)), make(types.Row, len(n.LeftKeys))
	for _, k := range n.LeftKeys {
		o.types = append(o.types, k.Type())
	}
	return o
}

func (o *mergeJoin) Next() (types.Row, error) {
	if !o.begun {
		o.begun = true
		if err := o.advanceRight(); err != nil {
			return nil, err
		}
	}
	for !o.done {
		if !o.haveLeft {
			if err := o.advanceLeft(); err != nil || o.done {
				return nil, err
			}
		}
		pair, err := o.partner()
		if err != nil {
			return nil, err
		}
		if pair {
			o.leftHit = true
			return o.row, nil
		}
		o.haveLeft = false
		if o.node.Type == plan.LeftJoin && !o.leftHit {
			clear(o.row[o.leftWidth:])
			return o.row, nil
		}
	}
	return nil, nil
}

// advanceLeft takes the next left row that may have partners, or is wanted without.
func (o *mergeJoin) advanceLeft() error {
	inner := o.node.Type == plan.InnerJoin
	for {
		if inner && o.rightRow == nil {
			o.done = true
			return nil
		}
		row, err := o.left.Next()
		if err != nil {
			return err
		}
		if row == nil {
			o.done = true
			return nil
		}
		if err := o.step(); err != nil {
			return err
		}
		if err := evalInto(o.rt, o.leftKey, o.node.LeftKeys, row); err != nil {
			return err
		}
		if inner && anyNull(o.leftKey) {
			continue
		}
		copy(o.row, row)
		o.haveLeft, o.leftHit = true, false
		return nil
	}
}

// partner puts the left row's next partner into the pair.
func (o *mergeJoin) partner() (bool, error) {
	if anyNull(o.leftKey) {
		return false, nil
	}
	for o.rightRow != nil {
		c := o.compare()
		if c < 0 {
			return false, nil
		}
		if c > 0 {
			if err := o.advanceRight(); err != nil {
				return false, err
			}
			continue
		}
		once := o.node.Merge == plan.MergeUniqueRight
		if once && o.leftHit {
			return false, nil
		}
		copy(o.row[o.leftWidth:], o.rightRow)
		if !once { // the right row has no other partner
			if err := o.advanceRight(); err != nil {
				return false, err
			}
		}
		if o.node.Cond != nil {
			v, err := o.node.Cond.Eval(o.rt.Eval, o.row)
			if err != nil {
				return false, err
			}
			if !v.Bool() {
				if o.removed++; once {
					return false, nil
				}
				continue
			}
		}
		return true, nil
	}
	return false, nil
}

// advanceRight takes the next right row that may have a partner.
func (o *mergeJoin) advanceRight() error {
	for {
		row, err := o.right.Next()
		if err != nil {
			return err
		}
		if o.rightRow = row; row == nil {
			return nil
		}
		if err := o.step(); err != nil {
			return err
		}
		if err := evalInto(o.rt, o.rightKey, o.node.RightKeys, row); err != nil {
			return err
		}
		if !anyNull(o.rightKey) {
			return nil
		}
	}
}

// compare compares the keys of the rows at hand.
func (o *mergeJoin) compare() int {
	for i, t := range o.types {
		if c := t.Compare(o.leftKey[i], o.rightKey[i]); c != 0 {
			return c
		}
	}
	return 0
}

func (o *mergeJoin) step() error {
	if o.steps++; o.steps%1024 == 0 {
		return o.rt.interrupted()
	}
	return nil
}

func anyNull(row types.Row) bool {
	for _, d := range row {
		if d.IsNull() {
			return true
		}
	}
	return false
}

func (o *mergeJoin) Close() {
	o.left.Close()
	o.right.Close()
	o.rightRow, o.done, o.begun = nil, true, true
}

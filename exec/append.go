package exec

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// appendRows gives the rows of its members one after the other. A member's operator is
// made when it is its turn.
type appendRows struct {
	rt      *Runtime
	node    *plan.Append
	keep    []bool // nil: all
	started bool
	at      int
	member  Operator
}

func newAppend(rt *Runtime, n *plan.Append) (Operator, error) {
	if n.Merge != nil && rt.memory == nil {
		return newMergeAppend(rt, n), nil
	}
	return &appendRows{rt: rt, node: n}, nil
}

func (o *appendRows) Next() (types.Row, error) {
	if !o.started {
		o.started = true
		o.keep = o.node.Survivors(o.rt.Eval)
	}
	for {
		if o.member == nil {
			for o.keep != nil && o.at < len(o.keep) && !o.keep[o.at] {
				o.at++
			}
			if o.at == len(o.node.Members) {
				return nil, nil
			}
			var err error
			if o.member, err = Build(o.rt, o.node.Members[o.at]); err != nil {
				return nil, err
			}
			o.at++
		}
		row, err := o.member.Next()
		if row != nil || err != nil {
			return row, err
		}
		o.member.Close()
		o.member = nil
	}
}

func (o *appendRows) Close() {
	if o.member != nil {
		o.member.Close()
		o.member = nil
	}
	o.started, o.at = true, len(o.node.Members)
}

// newParts reads what a scan is divided into.
func newParts(rt *Runtime, parts []*plan.Scan) Operator {
	members := make([]plan.Node, len(parts))
	for i, p := range parts {
		members[i] = p
	}
	return &appendRows{rt: rt, node: &plan.Append{Members: members}}
}

// mergeAppend gives the rows of its members, each of which is in the order, in that order.
type mergeAppend struct {
	rt      *Runtime
	node    *plan.Append
	members []Operator
	heads   []types.Row // owned; nil: the member has ended
	last    int
	started bool
}

func newMergeAppend(rt *Runtime, n *plan.Append) *mergeAppend {
	return &mergeAppend{rt: rt, node: n, last: -1}
}

func (o *mergeAppend) Next() (types.Row, error) {
	if !o.started {
		if err := o.start(); err != nil {
			return nil, err
		}
	} else if o.last >= 0 {
		if err := o.advance(o.last); err != nil {
			return nil, err
		}
	}
	o.last = -1
	for i, row := range o.heads {
		if row != nil && (o.last < 0 || compareKeys(o.node.Merge, row, o.heads[o.last]) < 0) {
			o.last = i
		}
	}
	if o.last < 0 {
		return nil, nil
	}
	return o.heads[o.last], nil
}

func (o *mergeAppend) start() error {
	o.started = true
	keep := o.node.Survivors(o.rt.Eval)
	for i, m := range o.node.Members {
		if keep != nil && !keep[i] {
			continue
		}
		op, err := Build(o.rt, m)
		if err != nil {
			return err
		}
		o.members = append(o.members, op)
		o.heads = append(o.heads, nil)
		if err := o.advance(len(o.members) - 1); err != nil {
			return err
		}
	}
	return nil
}

// advance takes the next row of a member.
func (o *mergeAppend) advance(i int) error {
	row, err := o.members[i].Next()
	o.heads[i] = row
	return err
}

// compareKeys compares rows by keys that are columns.
func compareKeys(keys []plan.SortKey, a, b types.Row) int {
	for _, k := range keys {
		c := k.Expr.(*expr.Column)
		x, y := a[c.Index], b[c.Index]
		order := 0
		switch {
		case x.IsNull() && y.IsNull():
			continue
		case x.IsNull():
			order = 1
		case y.IsNull():
			order = -1
		default:
			if order = c.T.Compare(x, y); k.Desc {
				order = -order
			}
			if order != 0 {
				return order
			}
			continue
		}
		if k.NullsFirst {
			return -order
		}
		return order
	}
	return 0
}

func (o *mergeAppend) Close() {
	for _, m := range o.members {
		m.Close()
	}
	o.members, o.heads, o.started = nil, nil, true
}

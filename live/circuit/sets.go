package circuit

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// distinct passes one of each set of equal rows, the first.
type distinct struct {
	input operator
	kept  *keyed[same]
	types []*types.Type
	meter *meter
}

// same is the rows that are equal.
type same struct {
	bucket
	id string
}

func newDistinct(in operator, ts []*types.Type, m *meter) *distinct {
	return &distinct{input: in, kept: newKeyed[same](ts), types: ts, meter: m}
}

func (o *distinct) step(t *tick) ([]Change, error) {
	if t.begins() {
		return o.begin(t)
	}
	in, err := o.input.step(t)
	if len(in) == 0 || err != nil {
		return nil, err
	}
	out := newAccumulator(o.types)
	for _, ch := range in {
		out.cause = ch.Cause
		if ch.Old != nil {
			if s := o.kept.find(ch.Old); s != nil {
				out.remove(s.value.id, s.value.members[0].row)
				s.value.take(ch.ID)
				o.meter.drop(ch.Old)
				if len(s.value.members) == 0 {
					o.kept.drop(s)
				} else {
					out.add(s.value.id, s.value.members[0].row)
				}
			}
		}
		if ch.New != nil {
			s, isNew := o.put(ch)
			if !isNew {
				out.remove(s.id, s.members[0].row)
			}
			s.put(&member{id: ch.ID, row: ch.New})
			out.add(s.id, s.members[0].row)
		}
	}
	return out.changes(), nil
}

// put finds the rows that a new one is equal to.
func (o *distinct) put(ch Change) (s *same, isNew bool) {
	slot, isNew := o.kept.at(ch.New)
	if s = &slot.value; isNew {
		s.id = o.kept.identity(slot.key)
	}
	o.meter.add(ch.New)
	return s, isNew
}

// begin takes the rows there are.
func (o *distinct) begin(t *tick) (out []Change, err error) {
	var all []*same
	err = each(t, o.input, toKeep, func(ch Change) error {
		s, isNew := o.put(ch)
		if s.put(&member{id: ch.ID, row: ch.New}); isNew {
			all = append(all, s)
		}
		return nil
	})
	for _, s := range all {
		out = append(out, Change{ID: s.id, New: s.members[0].row})
	}
	return out, err
}

func (o *distinct) inputs() []operator { return []operator{o.input} }
func (o *distinct) String() string     { return "Distinct" }

// setOp is INTERSECT and EXCEPT.
type setOp struct {
	left, right operator
	node        *plan.SetOp
	kept        *keyed[sides]
	types       []*types.Type
	meter       *meter
}

// sides is the equal rows on the left, and how many there are on the right.
type sides struct {
	left  bucket
	right int
}

func newSetOp(n *plan.SetOp, left, right operator, m *meter) *setOp {
	ts := columnTypes(n.Columns())
	return &setOp{left: left, right: right, node: n, kept: newKeyed[sides](ts), types: ts, meter: m}
}

// passed gives the rows of the left side that are in the result.
func (o *setOp) passed(s *sides) []*member {
	n := len(s.left.members)
	if ast.SetOp(o.node.Op) == ast.SetIntersect {
		switch {
		case o.node.All:
			return s.left.members[:min(n, s.right)]
		case s.right > 0:
			return s.left.members[:min(n, 1)]
		}
		return nil
	}
	switch {
	case o.node.All:
		return s.left.members[min(n, s.right):]
	case s.right == 0:
		return s.left.members[:min(n, 1)]
	}
	return nil
}

func (o *setOp) step(t *tick) ([]Change, error) {
	left, err := o.left.step(t)
	if err != nil {
		return nil, err
	}
	right, err := o.right.step(t)
	if err != nil || len(left)+len(right) == 0 {
		return nil, err
	}
	out := newAccumulator(o.types)
	// change takes what the slot of a row passes out of the result, changes the
	// slot, and puts in what it passes then.
	change := func(row types.Row, how func(s *sides)) {
		slot, _ := o.kept.at(row)
		for _, m := range o.passed(&slot.value) {
			out.remove(m.id, m.row)
		}
		how(&slot.value)
		for _, m := range o.passed(&slot.value) {
			out.add(m.id, m.row)
		}
		if slot.value.right == 0 && len(slot.value.left.members) == 0 {
			o.kept.drop(slot)
		}
	}
	for _, ch := range left {
		out.cause = ch.Cause
		if ch.Old != nil {
			o.meter.drop(ch.Old)
			change(ch.Old, func(s *sides) { s.left.take(ch.ID) })
		}
		if ch.New != nil {
			o.meter.add(ch.New)
			change(ch.New, func(s *sides) { s.left.put(&member{id: ch.ID, row: ch.New}) })
		}
	}
	out.cause = Updated
	for _, ch := range right {
		if ch.Old != nil {
			change(ch.Old, func(s *sides) { s.right-- })
		}
		if ch.New != nil {
			change(ch.New, func(s *sides) { s.right++ })
		}
	}
	return out.changes(), nil
}

func (o *setOp) inputs() []operator { return []operator{o.left, o.right} }

func (o *setOp) String() string {
	s := "Except"
	if ast.SetOp(o.node.Op) == ast.SetIntersect {
		s = "Intersect"
	}
	if o.node.All {
		s += " All"
	}
	return s
}

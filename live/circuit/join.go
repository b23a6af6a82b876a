package circuit

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// join pairs the rows of two sides. Each side is kept by its keys, and every row
// with the number of its partners, for the sides of outer joins; or it is an
// arrangement that others share.
type join struct {
	kind  plan.JoinType
	sides [2]side
	cond  expr.Expr // over the pair; nil for none
	// first is the side whose identity begins a pair's.
	first int
	types []*types.Type
	meter *meter
}

// side is one side of a join.
type side struct {
	input operator
	keys  []expr.Expr
	kept  *keyed[bucket]
	// want is the arrangement that stands in the place of kept; nil: none.
	want *Want
	// there: the first step finds the side's rows in the arrangement, and makes
	// pairs of the other side's.
	there bool
	key   types.Row // scratch
	// outer: a row without a partner is paired with NULLs.
	outer bool
	width int
}

func newJoin(n *plan.Join, left, right operator, m *meter) *join {
	o := &join{kind: n.Type, cond: n.Cond, types: columnTypes(n.Columns()), meter: m}
	for i, s := range []struct {
		in   operator
		keys []expr.Expr
		node plan.Node
	}{{left, n.LeftKeys, n.Left}, {right, n.RightKeys, n.Right}} {
		o.sides[i] = side{input: s.in, keys: s.keys, kept: newKeyed[bucket](typesOf(s.keys)), key: make(types.Row, len(s.keys)), width: len(s.node.Columns())}
	}
	o.sides[0].outer = n.Type == plan.LeftJoin || n.Type == plan.FullJoin
	o.sides[1].outer = n.Type == plan.RightJoin || n.Type == plan.FullJoin
	return o
}

// share puts arrangements that can be shared in the place of sides. Rows that a
// condition has chosen are seldom of use to another query, all of a table's often:
// beside those the others are kept here.
func (o *join) share(nodes [2]plan.Node) {
	var wants [2]*Want
	for i := range o.sides {
		if s := &o.sides[i]; !s.outer {
			wants[i] = want(nodes[i], s.keys)
		}
	}
	if l, r := wants[0], wants[1]; l != nil && r != nil && (l.Scan.Filter == nil) != (r.Scan.Filter == nil) {
		for i, w := range wants {
			if w.Scan.Filter != nil {
				wants[i] = nil
			}
		}
	}
	for i, w := range wants {
		if o.sides[i].want = w; w != nil {
			w.Told = wants[1-i] == nil
		}
	}
	o.sides[1].there = wants[1] != nil
	o.sides[0].there = wants[0] != nil && wants[1] == nil
}

// each gives the changes of a side's input.
func (s *side) each(t *tick, do func(Change) error) error {
	if s.there && t.n == 1 {
		return nil
	}
	of := toKeep
	of.Kept = s.want == nil // pairs are rows of their own
	return each(t, s.input, of, do)
}

// pairs takes what pairs come and go.
type pairs interface {
	add(id string, row types.Row)
	remove(id string, row types.Row)
}

func (o *join) step(t *tick) ([]Change, error) {
	var out *accumulator
	for i := range o.sides {
		err := o.sides[i].each(t, func(ch Change) error {
			if out == nil {
				out = newAccumulator(o.types)
			}
			out.cause = ch.Cause
			if ch.Old != nil {
				if err := o.remove(t, out, i, ch.ID, ch.Old); err != nil {
					return err
				}
			}
			if ch.New == nil {
				return nil
			}
			return o.add(t, out, i, ch.ID, ch.New)
		})
		if err != nil {
			return nil, err
		}
	}
	if out == nil {
		return nil, nil
	}
	return out.changes(), nil
}

// give gives pairs as they are found. Of an outer join it is known of no row before the
// end that it is alone.
func (o *join) give(t *tick, of Use, do func(Change) error) error {
	if o.sides[0].outer || o.sides[1].outer {
		list, err := o.step(t)
		for i := 0; i < len(list) && err == nil; i++ {
			err = do(list[i])
		}
		return err
	}
	out := given{do: do}
	for i := range o.sides {
		err := o.sides[i].each(t, func(ch Change) error {
			out.cause = ch.Cause
			if err := o.add(t, &out, i, ch.ID, ch.New); err != nil {
				return err
			}
			return out.err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// given gives pairs that come to whoever wants them.
type given struct {
	do    func(Change) error
	cause Cause
	err   error
}

func (g *given) add(id string, row types.Row) {
	if g.err == nil {
		g.err = g.do(Change{ID: id, New: row, Cause: g.cause})
	}
}

func (g *given) remove(string, types.Row) {}

// remove takes a row of side i out, and its pairs.
func (o *join) remove(t *tick, out pairs, i int, id string, row types.Row) error {
	mine, others := &o.sides[i], &o.sides[1-i]
	null, err := evalKey(t.c, mine.key, mine.keys, row)
	if err != nil {
		return err
	}
	matches := 0
	if !null {
		if mine.want == nil {
			o.drop(mine, id)
		}
		err = o.eachPartner(t, i, id, row, func(m *member, id string, pair types.Row) {
			matches++
			out.remove(id, pair)
			if others.outer {
				if m.matches--; m.matches == 0 {
					out.add(o.alone(1-i, m.id, m.row))
				}
			}
		})
	}
	if mine.outer && matches == 0 {
		out.remove(o.alone(i, id, row))
	}
	return err
}

// drop takes a row with the key of a side out of what is kept of it.
func (o *join) drop(of *side, id string) {
	s := of.kept.find(of.key)
	if s == nil {
		return
	}
	if m := s.value.take(id); m != nil {
		o.meter.drop(m.row)
	}
	if len(s.value.members) == 0 {
		if w := o.across(of).want; w != nil {
			w.unwatch(of.key)
		}
		of.kept.drop(s)
	}
}

// across is the side that pairs with another.
func (o *join) across(of *side) *side {
	if of == &o.sides[0] {
		return &o.sides[1]
	}
	return &o.sides[0]
}

// add puts a row into side i, and pairs it.
func (o *join) add(t *tick, out pairs, i int, id string, row types.Row) error {
	mine, others := &o.sides[i], &o.sides[1-i]
	null, err := evalKey(t.c, mine.key, mine.keys, row)
	if err != nil {
		return err
	}
	m := &member{id: id, row: row}
	if !null {
		err = o.eachPartner(t, i, id, row, func(partner *member, id string, pair types.Row) {
			if others.outer {
				if partner.matches == 0 {
					out.remove(o.alone(1-i, partner.id, partner.row))
				}
				partner.matches++
			}
			m.matches++
			out.add(id, pair)
		})
		if mine.want == nil {
			s, isNew := mine.kept.at(mine.key)
			if isNew && others.want != nil {
				others.want.watch(mine.key)
			}
			s.value.put(m)
			o.meter.add(row)
		}
	}
	if mine.outer && m.matches == 0 {
		out.add(o.alone(i, id, row))
	}
	return err
}

// eachPartner gives the rows of the other side that a row of side i, whose key
// has been evaluated, makes pairs with, and the pairs.
func (o *join) eachPartner(t *tick, i int, id string, row types.Row, do func(m *member, id string, pair types.Row)) error {
	k := 0
	meet := func(m *member) error {
		pair := make(types.Row, 0, len(o.types))
		pairID := o.tag()
		if i == 0 {
			pair = append(append(pair, row...), m.row...)
		} else {
			pair = append(append(pair, m.row...), row...)
		}
		if i == o.first {
			pairID += id + m.id
		} else {
			pairID += m.id + id
		}
		if o.cond != nil {
			v, err := o.cond.Eval(t.c, pair)
			if err != nil {
				return err
			}
			if !v.Bool() {
				return nil
			}
		}
		do(m, pairID, pair)
		k++
		return t.interrupted(k)
	}
	key, others := o.sides[i].key, &o.sides[1-i]
	if others.want != nil {
		at := t.at.After // the left side, as it has become
		if i == 0 && !(t.n == 1 && others.there) {
			at = t.at.Before
		}
		var m member
		return others.want.each(key, at, func(id string, row types.Row) error {
			m = member{id: id, row: row}
			return meet(&m)
		})
	}
	found := others.kept.find(key)
	if found == nil {
		return nil
	}
	for _, m := range found.value.members {
		if err := meet(m); err != nil {
			return err
		}
	}
	return nil
}

// tag keeps the right rows that are alone behind all others and different from
// them.
func (o *join) tag() string {
	if o.sides[1].outer {
		return "\x00"
	}
	return ""
}

// alone is the row of an outer join for a row of side i without a partner.
func (o *join) alone(i int, id string, row types.Row) (string, types.Row) {
	pair := make(types.Row, len(o.types))
	if i == 0 {
		copy(pair, row)
		return o.tag() + id, pair
	}
	copy(pair[o.sides[0].width:], row)
	return "\x01" + id, pair
}

func (o *join) inputs() []operator { return []operator{o.sides[0].input, o.sides[1].input} }

func (o *join) String() string {
	s := [...]string{plan.InnerJoin: "Join", plan.LeftJoin: "Left Join", plan.RightJoin: "Right Join", plan.FullJoin: "Full Join"}[o.kind]
	for i, k := range o.sides[0].keys {
		if i == 0 {
			s += ": "
		} else {
			s += " AND "
		}
		s += "(" + expr.String(k) + " = " + expr.String(o.sides[1].keys[i]) + ")"
	}
	if o.cond != nil {
		s += ", Filter: " + expr.String(o.cond)
	}
	for _, side := range o.sides {
		if side.want != nil {
			s += ", Shared: " + side.want.String()
		}
	}
	return s
}

package circuit

import (
	"encoding/binary"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// dependent computes a query that reads the row of the one around it, because it has a
// LIMIT, a group, an order or a function that does, and nothing cheaper is known: anew for
// each row around, the left one, from the rows that are found by its key, when the left
// row or one of those changes. It is the right side of a LATERAL join, or a subquery in an
// expression, whose value becomes a column.
type dependent struct {
	left, rows operator // rows is nil where there are none
	query      *plan.Keyed
	args       []expr.Expr
	// cond and outer are of the join, link is the subquery.
	cond     expr.Expr
	outer    bool
	link     *plan.SubLink // nil: a join
	evaluate evaluate
	found    *keyed[*dependency]
	lefts    map[string]*dependant
	width    int // of the right side
	types    []*types.Type
	meter    *meter
}

// dependency is the rows with one key, and the left rows that look for them.
type dependency struct {
	bucket
	lefts   map[*dependant]struct{}
	touched int   // the last tick that changed the rows
	cause   Cause // of those changes
}

// dependant is a left row.
type dependant struct {
	id   string
	row  types.Row
	args types.Row
	slot *slot[*dependency] // nil: its key is NULL
	out  []identified
	done int
}

func newDependent(k *plan.Keyed, args []expr.Expr, left, rows operator, evaluate evaluate, m *meter) *dependent {
	return &dependent{left: left, rows: rows, query: k, args: args, evaluate: evaluate, found: newKeyed[*dependency](typesOf(k.RightKeys)), lefts: map[string]*dependant{}, meter: m}
}

func (o *dependent) step(t *tick) ([]Change, error) {
	left, err := o.left.step(t)
	if err != nil {
		return nil, err
	}
	var rows []Change
	if o.rows != nil {
		if rows, err = o.rows.step(t); err != nil {
			return nil, err
		}
	}
	if len(left)+len(rows) == 0 {
		return nil, nil
	}
	var touched []*dependency
	key := make(types.Row, len(o.query.RightKeys))
	for _, ch := range rows {
		for _, sign := range [2]int{-1, +1} {
			row := ch.Old
			if sign > 0 {
				row = ch.New
			}
			if row == nil {
				continue
			}
			null, err := evalKey(t.c, key, o.query.RightKeys, row)
			if err != nil {
				return nil, err
			}
			if null {
				continue
			}
			s := o.slot(key)
			if sign < 0 {
				s.value.take(ch.ID)
				o.meter.drop(row)
			} else {
				s.value.put(&member{id: ch.ID, row: row})
				o.meter.add(row)
			}
			if s.value.touched != t.n {
				s.value.touched, s.value.cause = t.n, 0
				touched = append(touched, s.value)
			}
			s.value.cause |= ch.Cause
			o.tidy(s)
		}
	}
	out := newAccumulator(o.types)
	for i, ch := range left {
		out.cause = ch.Cause
		if ch.Old != nil {
			if l := o.lefts[ch.ID]; l != nil {
				out.removeAll(l.out, o.meter)
				o.forget(l)
			}
		}
		if ch.New != nil {
			l := &dependant{id: ch.ID, row: ch.New, args: make(types.Row, len(o.args)), done: t.n}
			if err := evalRow(t.c, l.args, o.args, ch.New); err != nil {
				return nil, err
			}
			own := make(types.Row, len(o.query.LeftKeys))
			null, err := evalKey(t.c, own, o.query.LeftKeys, l.args)
			if err != nil {
				return nil, err
			}
			if !null {
				l.slot = o.slot(own)
				l.slot.value.lefts[l] = struct{}{}
			}
			o.lefts[l.id] = l
			o.meter.add(l.row)
			if l.out, err = o.compute(t, l); err != nil {
				return nil, err
			}
			out.addAll(l.out, o.meter)
		}
		if err := t.interrupted(i); err != nil {
			return nil, err
		}
	}
	for _, d := range touched {
		out.cause = d.cause
		for l := range d.lefts {
			if l.done == t.n {
				continue
			}
			l.done = t.n
			out.removeAll(l.out, o.meter)
			if l.out, err = o.compute(t, l); err != nil {
				return nil, err
			}
			out.addAll(l.out, o.meter)
		}
	}
	return out.changes(), nil
}

func (o *dependent) slot(key types.Row) *slot[*dependency] {
	s, isNew := o.found.at(key)
	if isNew {
		s.value = &dependency{lefts: map[*dependant]struct{}{}}
	}
	return s
}

func (o *dependent) tidy(s *slot[*dependency]) {
	if len(s.value.members) == 0 && len(s.value.lefts) == 0 {
		o.found.drop(s)
	}
}

func (o *dependent) forget(l *dependant) {
	delete(o.lefts, l.id)
	o.meter.drop(l.row)
	if l.slot != nil {
		delete(l.slot.value.lefts, l)
		o.tidy(l.slot)
	}
}

// compute gives a left row's pairs.
func (o *dependent) compute(t *tick, l *dependant) (out []identified, err error) {
	given := map[catalog.OID][]types.Row{}
	if l.slot != nil {
		given[0] = l.slot.value.rows()
	}
	c := *t.c
	c.Outer = append(c.Outer[:len(c.Outer):len(c.Outer)], l.args)
	rows, err := o.evaluate(&c, &plan.Plan{Root: o.query.Part}, given)
	if err != nil {
		return nil, err
	}
	if o.link != nil {
		test := make(types.Row, len(o.link.Test))
		if err := evalRow(t.c, test, o.link.Test, l.row); err != nil {
			return nil, err
		}
		v, err := o.link.Value(t.c, test, rows)
		return []identified{{id: l.id, row: append(append(make(types.Row, 0, len(l.row)+1), l.row...), v)}}, err
	}
	for _, row := range rows {
		pair := append(append(make(types.Row, 0, len(o.types)), l.row...), row...)
		if o.cond != nil {
			v, err := o.cond.Eval(t.c, pair)
			if err != nil {
				return nil, err
			}
			if !v.Bool() {
				continue
			}
		}
		out = append(out, identified{id: l.id + string(binary.BigEndian.AppendUint32(nil, uint32(len(out)))), row: pair})
	}
	if out == nil && o.outer {
		pair := append(append(make(types.Row, 0, len(o.types)), l.row...), make(types.Row, o.width)...)
		out = append(out, identified{id: l.id + "\x00\x00\x00\x00", row: pair})
	}
	return out, nil
}

func (o *dependent) inputs() []operator {
	if o.rows == nil {
		return []operator{o.left}
	}
	return []operator{o.left, o.rows}
}

func (o *dependent) String() string {
	s := "Lateral join"
	if o.link != nil {
		s = "Subquery"
	}
	s += " (computed anew for left rows touched"
	for i, k := range o.query.LeftKeys {
		s += []string{": ", " AND "}[min(i, 1)] + expr.String(o.query.RightKeys[i]) + " = " + expr.String(k)
	}
	return s + ")"
}

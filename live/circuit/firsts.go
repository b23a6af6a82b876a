package circuit

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// firsts is DISTINCT ON: of the rows with a key, the first in an order.
type firsts struct {
	input operator
	keys  []expr.Expr
	order []plan.SortKey
	kept  *keyed[*choice]
	types []*types.Type
	meter *meter
}

// choice is the rows with one key.
type choice struct {
	seq   sequence
	id    string
	slot  *slot[*choice]
	first *entry // that has been handed out; nil: none
	// tick is the last that touched it, cause that of what did.
	tick  int
	cause Cause
}

func newFirsts(in operator, keys []expr.Expr, order []plan.SortKey, ts []*types.Type, m *meter) *firsts {
	return &firsts{input: in, keys: keys, order: order, kept: newKeyed[*choice](typesOf(keys)), types: ts, meter: m}
}

func (o *firsts) step(t *tick) ([]Change, error) {
	var touched []*choice
	err := each(t, o.input, toKeep, func(ch Change) error {
		for _, sign := range [2]int64{-1, +1} {
			row := ch.Old
			if sign > 0 {
				row = ch.New
			}
			if row == nil {
				continue
			}
			c, e, err := o.find(t, ch.ID, row)
			if err != nil {
				return err
			}
			if c.tick != t.n {
				c.tick, c.cause = t.n, 0
				touched = append(touched, c)
			}
			c.cause |= ch.Cause
			o.meter.bytes += sign * e.weight()
			if sign > 0 {
				c.seq.put(e)
			} else {
				c.seq.take(e)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := make([]Change, 0, len(touched))
	for i, c := range touched {
		ch := Change{ID: c.id, Cause: c.cause}
		if c.first != nil {
			ch.Old = c.first.row
		}
		if c.first = nil; c.seq.n > 0 {
			c.first = c.seq.at(0)
			ch.New = c.first.row
		} else {
			o.kept.drop(c.slot)
		}
		if changed(o.types, ch.Old, ch.New) {
			out = append(out, ch)
		}
		if err := t.interrupted(i); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// find finds the rows with the key of one, or makes that, and makes the row's entry.
func (o *firsts) find(t *tick, id string, row types.Row) (*choice, *entry, error) {
	key := make(types.Row, len(o.keys))
	if err := evalRow(t.c, key, o.keys, row); err != nil {
		return nil, nil, err
	}
	s, isNew := o.kept.at(key)
	if isNew {
		s.value = &choice{seq: sequence{keys: o.order}, id: o.kept.identity(s.key), slot: s}
	}
	keys, err := sortKeys(t.c, o.order, row)
	return s.value, &entry{id: id, keys: keys, row: row}, err
}

// sortKeys evaluates the keys of an order.
func sortKeys(c *expr.Context, order []plan.SortKey, row types.Row) (types.Row, error) {
	keys := make(types.Row, len(order))
	for i, k := range order {
		v, err := k.Expr.Eval(c, row)
		if err != nil {
			return nil, err
		}
		keys[i] = v
	}
	return keys, nil
}

func (o *firsts) inputs() []operator { return []operator{o.input} }

func (o *firsts) String() string {
	s := "Distinct on "
	for i, k := range o.keys {
		if i > 0 {
			s += ", "
		}
		s += expr.String(k)
	}
	return s
}

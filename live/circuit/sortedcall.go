package circuit

import (
	"github.com/tidwall/btree"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// sortedState is an aggregate over the rows of one group in an order: they are kept in it, so that a percentile is found
// by its position, and a list made without sorting.
type sortedState struct {
	call *call
	seq  sequence
	// seen counts rows by their arguments where each counts once; nil: all do.
	seen  *keyed[int]
	meter *meter
}

// sortable says whether an aggregate may be kept as rows in order.
func sortable(c *plan.AggCall) bool {
	switch {
	case len(c.OrderBy) == 0 || c.Fn.OrderedSet == nil && c.Fn.Aggregate == nil:
		return false
	case !c.Distinct:
	case c.Fn.OrderedSet != nil || len(c.OrderBy) > 1 || !once(c):
		return false
	}
	for _, e := range c.Direct {
		if !constant(e) {
			return false
		}
	}
	return true
}

// once says whether of an aggregate with DISTINCT those rows are the same that have the same first argument, which look
// alike.
func once(c *plan.AggCall) bool {
	if len(c.Args) == 0 || !c.Args[0].Type().Canonical() {
		return false
	}
	for _, a := range c.Args[1:] {
		if !constant(a) {
			return false
		}
	}
	return true
}

func newSortedState(c *call, m *meter) *sortedState {
	s := &sortedState{call: c, seq: sequence{keys: c.OrderBy}, meter: m}
	if c.Distinct {
		s.seen = newKeyed[int](typesOf(c.Args[:1]))
	}
	return s
}

// count adds a row, or takes it back.
func (s *sortedState) count(c *expr.Context, id string, row types.Row, sign int) error {
	use, err := s.call.arguments(c, row)
	if !use || err != nil {
		return err
	}
	if s.seen != nil {
		slot, _ := s.seen.at(s.call.args[:1])
		if id = ""; sign > 0 {
			slot.value++
			if slot.value > 1 {
				return nil
			}
		} else {
			slot.value--
			if slot.value > 0 {
				return nil
			}
			s.seen.drop(slot)
		}
	}
	keys, err := sortKeys(c, s.call.OrderBy, row)
	if err != nil {
		return err
	}
	e := &entry{id: id, keys: keys}
	if s.call.Fn.OrderedSet == nil {
		e.row = s.call.args
	}
	s.meter.bytes += int64(sign) * e.weight()
	if s.seen != nil {
		s.meter.bytes += int64(sign) * datumWeight(s.call.args[0])
	}
	if sign < 0 {
		s.seq.take(e)
		return nil
	}
	e.row = e.row.Clone()
	s.seq.put(e)
	return nil
}

// result computes the aggregate.
func (s *sortedState) result(t *tick) (types.Datum, error) {
	c := s.call
	if c.Fn.OrderedSet == nil {
		state := c.Fn.Aggregate(typesOf(c.Args), c.Type.Type)
		err := s.seq.each(0, s.seq.n, func(n int, e *entry) error {
			if err := state.Add(t.c, e.row); err != nil {
				return err
			}
			return t.interrupted(n)
		})
		if err != nil {
			return types.Null, err
		}
		return state.Result(t.c)
	}
	g := &expr.OrderedGroup{Direct: make(types.Row, len(c.Direct)), N: s.seq.n, Type: c.Args[0].Type(), Result: c.Type.Type}
	if err := evalRow(t.c, g.Direct, c.Direct, nil); err != nil {
		return types.Null, err
	}
	var w *walker
	next := 0 // where it is
	g.At = func(i int) types.Row {
		if w == nil || i != next {
			w = s.seq.from(i)
		}
		e := w.peek()
		w.next()
		next = i + 1
		return e.keys
	}
	g.Compare = func(a, b types.Row) int { return plan.CompareKeys(c.OrderBy, a, b) }
	return c.Fn.OrderedSet(t.c, g)
}

// distinctState is a reversible aggregate over values of which each counts once.
type distinctState struct {
	reversible
	seen  *keyed[int]
	meter *meter
}

func (s *distinctState) Add(c *expr.Context, args []types.Datum) error {
	slot, _ := s.seen.at(args[:1])
	if slot.value++; slot.value > 1 {
		return nil
	}
	s.meter.bytes += datumWeight(args[0])
	return s.reversible.Add(c, args)
}

func (s *distinctState) Remove(c *expr.Context, args []types.Datum) error {
	slot, _ := s.seen.at(args[:1])
	if slot.value--; slot.value > 0 {
		return nil
	}
	s.seen.drop(slot)
	s.meter.bytes -= datumWeight(args[0])
	return s.reversible.Remove(c, args)
}

// modeState is mode(): the values by how many there are of each, and those that are equal in that in their order.
type modeState struct {
	extreme
	often *btree.BTreeG[*counted]
}

// newMode is nil for a call that is no mode() over values that are equal only where they look alike.
func newMode(c *plan.AggCall, m *meter) func() reversible {
	if c.Fn.Name != "mode" || c.Fn.OrderedSet == nil || len(c.OrderBy) != 1 || !c.Fn.Strict || !c.Args[0].Type().Canonical() || c.Distinct {
		return nil
	}
	t, desc := c.OrderBy[0].Expr.Type(), c.OrderBy[0].Desc
	return func() reversible {
		often := func(a, b *counted) bool {
			if a.n != b.n {
				return a.n > b.n
			}
			order := t.Compare(a.value, b.value)
			return order < 0 != desc && order != 0
		}
		return &modeState{*newExtreme(t, false, m), btree.NewBTreeGOptions(often, btree.Options{NoLocks: true, Degree: 8})}
	}
}

// change has change count a value.
func (s *modeState) change(args []types.Datum, change func() error) error {
	of := &counted{value: args[0]}
	if c, ok := s.values.Get(of); ok {
		s.often.Delete(c)
	}
	err := change()
	if c, ok := s.values.Get(of); ok {
		s.often.Set(c)
	}
	return err
}

func (s *modeState) Add(c *expr.Context, args []types.Datum) error {
	return s.change(args, func() error { return s.extreme.Add(c, args) })
}

func (s *modeState) Remove(c *expr.Context, args []types.Datum) error {
	return s.change(args, func() error { return s.extreme.Remove(c, args) })
}

func (s *modeState) Result(*expr.Context) (types.Datum, error) {
	if c, ok := s.often.Min(); ok {
		return c.value, nil
	}
	return types.Null, nil
}

package circuit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/btree"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// aggregate groups rows. What an aggregate cannot take back is computed anew for
// the groups that a step touches, over their rows, which are kept for that.
type aggregate struct {
	input    operator
	node     *plan.Aggregate
	groups   []*keyed[*group] // by grouping set; one without sets
	calls    []call
	sorts    bool            // some calls keep rows in order
	again    []int           // positions of the calls that are computed anew
	fragment *plan.Aggregate // those calls over one group
	evaluate evaluate
	types    []*types.Type
	keys     []*types.Type
	// asFirst: keys that are equal may look different, and a group looks like the
	// first of its rows.
	asFirst bool
	meter   *meter
	touched []*group // in this step
	// key and part are scratch: all keys, and those of a grouping set.
	key, part types.Row
}

// call is one aggregate that can take back.
type call struct {
	*plan.AggCall
	make   func() reversible
	sorted bool      // rows are kept in order instead; neither: it is computed anew
	args   types.Row // scratch
}

// reversible is the state of an aggregate over one group.
type reversible interface {
	Add(c *expr.Context, args []types.Datum) error
	Remove(c *expr.Context, args []types.Datum) error
	Result(c *expr.Context) (types.Datum, error)
}

// group is the rows with one key.
type group struct {
	id     string
	key    types.Row
	rows   int
	states []reversible
	sorted []*sortedState // nil where there are none
	kept   bucket         // only where they are needed
	out    types.Row
	cause  Cause // of what touched it in this step
	tick   int   // the last that touched it
	always bool  // there without rows
}

func newAggregate(n *plan.Aggregate, in operator, evaluate evaluate, m *meter) *aggregate {
	o := &aggregate{input: in, node: n, evaluate: evaluate, types: columnTypes(n.Columns()), keys: typesOf(n.Keys), key: make(types.Row, len(n.Keys)), part: make(types.Row, len(n.Keys)), meter: m}
	for i := range n.Aggs {
		c := call{AggCall: &n.Aggs[i], args: make([]types.Datum, len(n.Aggs[i].Args))}
		if c.make = reversibleState(c.AggCall, m); c.make == nil {
			if c.sorted = sortable(c.AggCall); c.sorted {
				o.sorts = true
			} else {
				o.again = append(o.again, i)
			}
		}
		o.calls = append(o.calls, c)
	}
	if o.again != nil {
		o.fragment = n.OfGroup(plan.Given(n.Input.Columns()), o.again)
	}
	for range max(1, len(n.Sets)) {
		o.groups = append(o.groups, newKeyed[*group](o.keys))
	}
	o.asFirst = !o.groups[0].canonical
	return o
}

// reversibleState says how to keep an aggregate that can take back; nil if it
// cannot.
func reversibleState(c *plan.AggCall, m *meter) func() reversible {
	if mode := newMode(c, m); mode != nil {
		return mode
	}
	if c.Direct != nil || c.Fn.Aggregate == nil {
		return nil
	}
	ts := typesOf(c.Args)
	// Of these it does not matter in which order rows come.
	if c.Distinct && c.Fn.Name != "min" && c.Fn.Name != "max" {
		if !once(c) || expr.NewReversible(c.Fn, ts, c.Type.Type) == nil {
			return nil
		}
		return func() reversible {
			return &distinctState{expr.NewReversible(c.Fn, ts, c.Type.Type), newKeyed[int](ts[:1]), m}
		}
	}
	if c.Fn.Collation == nil && (c.Fn.Name == "min" || c.Fn.Name == "max") {
		if !ts[0].Canonical() {
			return nil
		}
		return func() reversible { return newExtreme(ts[0], c.Fn.Name == "max", m) }
	}
	if expr.NewReversible(c.Fn, ts, c.Type.Type) == nil {
		return nil
	}
	return func() reversible { return expr.NewReversible(c.Fn, ts, c.Type.Type) }
}

func (o *aggregate) step(t *tick) ([]Change, error) {
	o.touched = o.touched[:0]
	if t.n == 1 {
		for i := range o.groups {
			if o.node.Plain || o.node.Sets != nil && len(o.node.Sets[i]) == 0 {
				g := o.group(i, make(types.Row, len(o.keys)))
				g.always = true
				o.touch(t, g)
			}
		}
	}
	keeps := o.keeps()
	err := each(t, o.input, Use{Kept: keeps, Known: keeps || o.sorts}, func(ch Change) error {
		if ch.Old != nil {
			if err := o.take(t, &ch, ch.Old, -1); err != nil {
				return err
			}
		}
		if ch.New == nil {
			return nil
		}
		return o.take(t, &ch, ch.New, +1)
	})
	if err != nil {
		return nil, err
	}
	out := make([]Change, 0, len(o.touched))
	for i, g := range o.touched {
		ch := Change{ID: g.id, Old: g.out, Cause: g.cause}
		g.cause = 0
		if g.rows > 0 || g.always {
			if g.out, err = o.row(t, g); err != nil {
				return nil, err
			}
			ch.New = g.out
		} else {
			o.drop(g)
		}
		if changed(o.types, ch.Old, ch.New) {
			out = append(out, ch)
		}
		if err := t.interrupted(i); err != nil {
			return nil, err
		}
	}
	clear(o.touched)
	if cap(o.touched) > fewTouched {
		o.touched = nil
	}
	return out, nil
}

// fewTouched is for how many groups there is room from step to step.
const fewTouched = 64

// keeps says whether the rows of groups are needed.
func (o *aggregate) keeps() bool { return o.again != nil || o.asFirst }

func (o *aggregate) touch(t *tick, g *group) {
	if g.tick != t.n {
		g.tick = t.n
		o.touched = append(o.touched, g)
	}
}

// take adds a row to its groups, or takes it back.
func (o *aggregate) take(t *tick, ch *Change, row types.Row, sign int) error {
	if err := evalRow(t.c, o.key, o.node.Keys, row); err != nil {
		return err
	}
	for i := range o.groups {
		of := o.key
		if o.node.Sets != nil {
			of = o.part
			clear(of)
			for _, k := range o.node.Sets[i] {
				of[k] = o.key[k]
			}
		}
		g := o.group(i, of)
		o.touch(t, g)
		g.cause |= ch.Cause
		if err := o.count(t, g, ch.ID, row, sign); err != nil {
			return err
		}
	}
	return nil
}

// group finds a group of a grouping set, or makes it.
func (o *aggregate) group(set int, key types.Row) *group {
	s, isNew := o.groups[set].at(key)
	if isNew {
		g := &group{id: string([]byte{byte(set >> 8), byte(set)}) + o.groups[set].identity(s.key), key: s.key, states: make([]reversible, len(o.calls))}
		if o.sorts {
			g.sorted = make([]*sortedState, len(o.calls))
		}
		for i := range o.calls {
			switch c := &o.calls[i]; {
			case c.make != nil:
				g.states[i] = c.make()
			case c.sorted:
				g.sorted[i] = newSortedState(c, o.meter)
			}
		}
		o.meter.bytes += rowWeight(key) + int64(64*len(o.calls))
		s.value = g
	}
	return s.value
}

func (o *aggregate) drop(g *group) {
	o.meter.bytes -= rowWeight(g.key) + int64(64*len(o.calls))
	set := int(g.id[0])<<8 | int(g.id[1])
	o.groups[set].drop(o.groups[set].find(g.key))
}

// count adds a row to a group, or takes it back.
func (o *aggregate) count(t *tick, g *group, id string, row types.Row, sign int) error {
	g.rows += sign
	if o.keeps() {
		if sign < 0 {
			g.kept.take(id)
			o.meter.drop(row)
		} else {
			g.kept.put(&member{id: id, row: row})
			o.meter.add(row)
		}
	}
	for i := range o.calls {
		var err error
		switch c := &o.calls[i]; {
		case c.make != nil:
			err = c.count(t.c, g.states[i], row, sign)
		case c.sorted:
			err = g.sorted[i].count(t.c, id, row, sign)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// count adds a row to a state, or takes it back.
func (c *call) count(ctx *expr.Context, state reversible, row types.Row, sign int) error {
	use, err := c.arguments(ctx, row)
	switch {
	case !use || err != nil:
		return err
	case sign < 0:
		return state.Remove(ctx, c.args)
	}
	return state.Add(ctx, c.args)
}

// arguments computes those of a row, and says whether it counts.
func (c *call) arguments(ctx *expr.Context, row types.Row) (use bool, err error) {
	if c.Filter != nil {
		v, err := c.Filter.Eval(ctx, row)
		if err != nil || !v.Bool() {
			return false, err
		}
	}
	for i, a := range c.Args {
		v, err := a.Eval(ctx, row)
		if err != nil || v.IsNull() && c.Fn.Strict {
			return false, err
		}
		c.args[i] = v
	}
	return true, nil
}

// row is a group's row.
func (o *aggregate) row(t *tick, g *group) (types.Row, error) {
	row := make(types.Row, len(o.types))
	n := copy(row, g.key)
	if o.asFirst && len(g.kept.members) > 0 {
		for i, k := range o.node.Keys {
			if g.key[i].IsNull() { // or not of the grouping set
				continue
			}
			v, err := k.Eval(t.c, g.kept.members[0].row)
			if err != nil {
				return nil, err
			}
			row[i] = v
		}
	}
	if o.node.Sets != nil {
		row[len(row)-1] = types.Int(int64(g.id[0])<<8 | int64(g.id[1]))
	}
	for i, s := range g.states {
		if s == nil {
			continue
		}
		v, err := s.Result(t.c)
		if err != nil {
			return nil, err
		}
		row[n+i] = v
	}
	for i, s := range g.sorted {
		if s == nil {
			continue
		}
		v, err := s.result(t)
		if err != nil {
			return nil, err
		}
		row[n+i] = v
	}
	if o.again == nil {
		return row, nil
	}
	computed, err := o.evaluate(t.c, &plan.Plan{Root: o.fragment}, map[catalog.OID][]types.Row{0: g.kept.rows()})
	if err != nil {
		return nil, err
	}
	for i, at := range o.again {
		row[n+at] = computed[0][i]
	}
	return row, nil
}

func (o *aggregate) inputs() []operator { return []operator{o.input} }

func (o *aggregate) String() string {
	s := "Aggregate"
	for i, k := range o.node.Keys {
		if i == 0 {
			s = "Group by "
		} else {
			s += ", "
		}
		s += expr.String(k)
	}
	var names []string
	for _, i := range o.again {
		if !slices.Contains(names, o.calls[i].Fn.Name) {
			names = append(names, o.calls[i].Fn.Name)
		}
	}
	if names != nil {
		s += fmt.Sprintf(" (%s computed anew for groups touched)", strings.Join(names, ", "))
	}
	return s
}

// extreme is min or max: the values there are, in order.
type extreme struct {
	values   *btree.BTreeG[*counted]
	greatest bool
	meter    *meter
}

type counted struct {
	value types.Datum
	n     int
}

func newExtreme(t *types.Type, greatest bool, m *meter) *extreme {
	less := func(a, b *counted) bool { return t.Compare(a.value, b.value) < 0 }
	return &extreme{values: btree.NewBTreeGOptions(less, btree.Options{NoLocks: true, Degree: 8}), greatest: greatest, meter: m}
}

func (e *extreme) Add(_ *expr.Context, args []types.Datum) error {
	if c, ok := e.values.Get(&counted{value: args[0]}); ok {
		c.n++
		return nil
	}
	e.values.Set(&counted{args[0], 1})
	e.meter.bytes += datumWeight(args[0])
	return nil
}

func (e *extreme) Remove(_ *expr.Context, args []types.Datum) error {
	if c, ok := e.values.Get(&counted{value: args[0]}); ok {
		if c.n--; c.n == 0 {
			e.values.Delete(c)
			e.meter.bytes -= datumWeight(c.value)
		}
	}
	return nil
}

func (e *extreme) Result(*expr.Context) (types.Datum, error) {
	best, ok := e.values.Min()
	if e.greatest {
		best, ok = e.values.Max()
	}
	if !ok {
		return types.Null, nil
	}
	return best.value, nil
}

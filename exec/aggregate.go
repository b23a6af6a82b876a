package exec

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// aggregate is hash aggregation: it reads its whole input, keeps a state per
// group and aggregate, and hands the groups out in the order they appeared.
type aggregate struct {
	rt     *Runtime
	input  Operator
	node   *plan.Aggregate
	groups []*rowTable[[]aggState] // by grouping set; one without sets
	set    int                     // of the next group
	next   int
	row    types.Row
	// args is where each aggregate's arguments are put.
	args []types.Row
}

// aggState is one aggregate of one group.
type aggState struct {
	state expr.Aggregate
	// seen holds the argument rows of a DISTINCT aggregate.
	seen *rowTable[struct{}]
	// direct holds an ordered-set aggregate's arguments for the whole group.
	direct types.Row
	// ordered holds the argument rows of an aggregate with ORDER BY until the
	// input has ended.
	ordered []sortedRow
}

// sortedRow is a row of arguments with its evaluated keys.
type sortedRow struct {
	row  types.Row
	keys types.Row
}

func (o *aggregate) Next() (types.Row, error) {
	if o.groups == nil {
		if err := o.read(); err != nil {
			return nil, err
		}
		o.row = make(types.Row, len(o.node.Columns()))
	}
	for o.next == len(o.groups[o.set].entries) {
		if o.set++; o.set == len(o.groups) {
			o.set--
			return nil, nil
		}
		o.next = 0
	}
	g := &o.groups[o.set].entries[o.next]
	o.next++
	n := copy(o.row, g.key)
	if o.node.Sets != nil {
		o.row[len(o.row)-1] = types.Int(int64(o.set))
	}
	for i := range g.value {
		v, err := o.result(&g.value[i], &o.node.Aggs[i])
		if err != nil {
			return nil, err
		}
		o.row[n+i] = v
	}
	return o.row, nil
}

func (o *aggregate) read() error {
	ts := make([]*types.Type, len(o.node.Keys))
	for i, k := range o.node.Keys {
		ts[i] = k.Type()
	}
	sets := max(1, len(o.node.Sets))
	for i := range sets {
		groups := newRowTable[[]aggState](ts)
		o.groups = append(o.groups, groups)
		if o.node.Plain || o.node.Sets != nil && len(o.node.Sets[i]) == 0 {
			g, _ := groups.at(make(types.Row, len(ts))) // there without input
			*g = o.newStates()
		}
	}
	key := make(types.Row, len(ts))
	part := make(types.Row, len(ts))
	o.args = make([]types.Row, len(o.node.Aggs))
	for i := range o.args {
		o.args[i] = make(types.Row, len(o.node.Aggs[i].Args))
	}
	alone := o.node.Plain && o.node.Sets == nil
	for {
		row, err := o.input.Next()
		if err != nil {
			return err
		}
		if row == nil {
			return nil
		}
		if alone {
			g := o.groups[0].entries[0].value
			for a := range g {
				if err := o.add(&g[a], a, row); err != nil {
					return err
				}
			}
			continue
		}
		if err := evalInto(o.rt, key, o.node.Keys, row); err != nil {
			return err
		}
		for i := range sets {
			of := key
			if o.node.Sets != nil {
				clear(part)
				for _, k := range o.node.Sets[i] {
					part[k] = key[k]
				}
				of = part
			}
			g, isNew := o.groups[i].at(of)
			if isNew {
				*g = o.newStates()
			}
			for a := range *g {
				if err := o.add(&(*g)[a], a, row); err != nil {
					return err
				}
			}
		}
	}
}

func (o *aggregate) newStates() []aggState {
	states := make([]aggState, len(o.node.Aggs))
	for i := range o.node.Aggs {
		call := &o.node.Aggs[i]
		ts := argTypes(call)
		if call.Fn.OrderedSet == nil {
			states[i].state = call.Fn.Aggregate(ts, call.Type.Type)
		}
		if call.Distinct {
			states[i].seen = newRowTable[struct{}](ts)
		}
	}
	return states
}

func argTypes(call *plan.AggCall) []*types.Type {
	ts := make([]*types.Type, len(call.Args))
	for i, a := range call.Args {
		ts[i] = a.Type()
	}
	return ts
}

// add gives one input row to one aggregate, unless its FILTER, strictness or
// DISTINCT says no.
func (o *aggregate) add(s *aggState, at int, row types.Row) error {
	call, args := &o.node.Aggs[at], o.args[at]
	if call.Direct != nil && s.direct == nil {
		s.direct = make(types.Row, len(call.Direct))
		if err := evalInto(o.rt, s.direct, call.Direct, row); err != nil {
			return err
		}
	}
	if call.Filter != nil {
		v, err := call.Filter.Eval(o.rt.Eval, row)
		if err != nil || !v.Bool() {
			return err
		}
	}
	for i, a := range call.Args {
		v, err := a.Eval(o.rt.Eval, row)
		if err != nil {
			return err
		}
		if v.IsNull() && call.Fn.Strict {
			return nil
		}
		args[i] = v
	}
	if s.seen != nil {
		if _, isNew := s.seen.at(args); !isNew {
			return nil
		}
	}
	if len(call.OrderBy) == 0 {
		return s.state.Add(o.rt.Eval, args)
	}
	keys := make(types.Row, len(call.OrderBy))
	for i, k := range call.OrderBy {
		v, err := k.Expr.Eval(o.rt.Eval, row)
		if err != nil {
			return err
		}
		keys[i] = v
	}
	s.ordered = append(s.ordered, sortedRow{row: args.Clone(), keys: keys})
	return nil
}

func (o *aggregate) result(s *aggState, call *plan.AggCall) (types.Datum, error) {
	if len(call.OrderBy) > 0 {
		if s.ordered == nil && call.Fn.OrderedSet == nil {
			return s.state.Result(o.rt.Eval)
		}
		slices.SortStableFunc(s.ordered, func(a, b sortedRow) int { return plan.CompareKeys(call.OrderBy, a.keys, b.keys) })
		if call.Fn.OrderedSet != nil {
			return o.orderedSet(s, call)
		}
		for _, r := range s.ordered {
			if err := s.state.Add(o.rt.Eval, r.row); err != nil {
				return types.Null, err
			}
		}
		s.ordered = nil
	}
	return s.state.Result(o.rt.Eval)
}

// orderedSet gives the rows of a group, in order, to an ordered-set aggregate.
func (o *aggregate) orderedSet(s *aggState, call *plan.AggCall) (types.Datum, error) {
	g := &expr.OrderedGroup{Direct: s.direct, Type: call.Args[0].Type(), Result: call.Type.Type}
	if s.direct == nil { // no rows
		g.Direct = make(types.Row, len(call.Direct))
		if err := evalInto(o.rt, g.Direct, call.Direct, make(types.Row, len(o.node.Input.Columns()))); err != nil {
			return types.Null, err
		}
	}
	for _, r := range s.ordered {
		g.Rows = append(g.Rows, r.keys)
	}
	g.Compare = func(a, b types.Row) int { return plan.CompareKeys(call.OrderBy, a, b) }
	return call.Fn.OrderedSet(o.rt.Eval, g)
}

func (o *aggregate) Close() { o.input.Close() }

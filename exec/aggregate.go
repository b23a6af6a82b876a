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
	groups *rowTable[[]aggState]
	next   int
	row    types.Row
}

// aggState is one aggregate of one group.
type aggState struct {
	state expr.Aggregate
	// seen holds the argument rows of a DISTINCT aggregate.
	seen *rowTable[struct{}]
	// ordered holds the argument rows of an aggregate with ORDER BY until the
	// input has ended.
	ordered []sortedRow
}

func (o *aggregate) Next() (types.Row, error) {
	if o.groups == nil {
		if err := o.read(); err != nil {
			return nil, err
		}
		o.row = make(types.Row, len(o.node.Columns()))
	}
	if o.next == len(o.groups.entries) {
		return nil, nil
	}
	g := &o.groups.entries[o.next]
	o.next++
	n := copy(o.row, g.key)
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
	o.groups = newRowTable[[]aggState](ts)
	key := make(types.Row, len(ts))
	if o.node.Plain {
		g, _ := o.groups.at(key)
		*g = o.newStates()
	}
	for {
		row, err := o.input.Next()
		if err != nil {
			return err
		}
		if row == nil {
			return nil
		}
		if err := evalInto(o.rt, key, o.node.Keys, row); err != nil {
			return err
		}
		g, isNew := o.groups.at(key)
		if isNew {
			*g = o.newStates()
		}
		for i := range *g {
			if err := o.add(&(*g)[i], &o.node.Aggs[i], row); err != nil {
				return err
			}
		}
	}
}

func (o *aggregate) newStates() []aggState {
	states := make([]aggState, len(o.node.Aggs))
	for i := range o.node.Aggs {
		call := &o.node.Aggs[i]
		ts := argTypes(call)
		states[i].state = call.Fn.Aggregate(ts, call.Type.Type)
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
func (o *aggregate) add(s *aggState, call *plan.AggCall, row types.Row) error {
	if call.Filter != nil {
		v, err := call.Filter.Eval(o.rt.Eval, row)
		if err != nil || !v.Bool() {
			return err
		}
	}
	args := make(types.Row, len(call.Args))
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
	s.ordered = append(s.ordered, sortedRow{row: args, keys: keys})
	return nil
}

func (o *aggregate) result(s *aggState, call *plan.AggCall) (types.Datum, error) {
	if len(call.OrderBy) > 0 {
		slices.SortStableFunc(s.ordered, func(a, b sortedRow) int { return compareKeys(call.OrderBy, a.keys, b.keys) })
		for _, r := range s.ordered {
			if err := s.state.Add(o.rt.Eval, r.row); err != nil {
				return types.Null, err
			}
		}
		s.ordered = nil
	}
	return s.state.Result(o.rt.Eval)
}

func (o *aggregate) Close() { o.input.Close() }

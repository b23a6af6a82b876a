package circuit

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
)

func (b *builder) aggregate(n *plan.Aggregate) (operator, error) {
	if inOrder(n.Input) && slices.ContainsFunc(n.Aggs, func(c plan.AggCall) bool {
		return len(c.OrderBy) == 0 && slices.Contains(inputOrder, c.Fn.Name)
	}) {
		return nil, errNoForm
	}
	in, err := b.node(n.Input)
	if err != nil {
		return nil, err
	}
	cols := n.Input.Columns()
	own := *n
	if in, cols, own.Keys, err = b.prepare(in, cols, n.Keys...); err != nil {
		return nil, err
	}
	own.Aggs = slices.Clone(n.Aggs)
	for i := range own.Aggs {
		c := &own.Aggs[i]
		if in, cols, c.Args, err = b.prepare(in, cols, c.Args...); err != nil {
			return nil, err
		}
		if err := plain(c.Direct...); err != nil || slices.ContainsFunc(c.Direct, hasLink) {
			return nil, errNoForm
		}
		if c.Filter != nil {
			var filter []expr.Expr
			if in, cols, filter, err = b.prepare(in, cols, c.Filter); err != nil {
				return nil, err
			}
			c.Filter = filter[0]
		}
		c.OrderBy = slices.Clone(c.OrderBy)
		for k := range c.OrderBy {
			var key []expr.Expr
			if in, cols, key, err = b.prepare(in, cols, c.OrderBy[k].Expr); err != nil {
				return nil, err
			}
			c.OrderBy[k].Expr = key[0]
		}
	}
	own.Input = plan.Given(cols)
	return newAggregate(&own, in, b.evaluate, b.meter), nil
}

func (b *builder) window(n *plan.Window) (operator, error) {
	ok := true
	plan.EachExpr(n, func(e expr.Expr) { ok = ok && plain(e) == nil && !hasLink(e) })
	if !ok || len(n.Order) == 0 && inOrder(n.Input) {
		return nil, errNoForm
	}
	in, err := b.node(n.Input)
	if err != nil {
		return nil, err
	}
	if o := newOver(n, in, n.Input.Columns(), b.evaluate, b.meter); o != nil {
		if o.first = b.firsts[n]; o.first == nil {
			o.first = fewest(n)
		}
		return o, nil
	}
	return windowRegion(n, in, n.Input.Columns(), b.evaluate, b.meter), nil
}

func (b *builder) distinct(n *plan.Distinct) (operator, error) {
	if n.On == nil {
		in, err := b.node(n.Input)
		if err != nil {
			return nil, err
		}
		return newDistinct(in, columnTypes(n.Columns()), b.meter), nil
	}
	input := n.Input
	var order []plan.SortKey
	if s, ok := input.(*plan.Sort); ok {
		input, order = s.Input, s.Keys
	}
	ok := !inOrder(input) || determined(n, order)
	for _, e := range n.On {
		ok = ok && plain(e) == nil && !hasLink(e)
	}
	for _, k := range order {
		ok = ok && plain(k.Expr) == nil && !hasLink(k.Expr)
	}
	if !ok {
		return nil, errNoForm
	}
	in, err := b.node(input)
	if err != nil {
		return nil, err
	}
	return newFirsts(in, n.On, order, columnTypes(n.Columns()), b.meter), nil
}

// determined says whether rows that DISTINCT ON cannot tell apart are the same in all
// columns, so that it does not matter in which order they come.
func determined(n *plan.Distinct, order []plan.SortKey) bool {
	known := make([]bool, len(n.Columns()))
	note := func(e expr.Expr) {
		if c, ok := e.(*expr.Column); ok {
			known[c.Index] = true
		}
	}
	for _, e := range n.On {
		note(e)
	}
	for _, k := range order {
		note(k.Expr)
	}
	return !slices.Contains(known, false)
}

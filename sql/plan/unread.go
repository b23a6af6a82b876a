package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
)

// # Joins that nobody reads
//
// A LEFT JOIN whose right side has one partner at most for each row, and of which nobody
// reads a column, changes nothing: it is marked, and its left side is read alone. The same
// is so for aggregates and for calls of window functions whose results nobody reads, as long as
// calling them has no effect: a window without calls need not be sorted. Views with more columns than a
// query wants are where such are found. Live queries join and compute all that they name.

// unread settles whether a join can be left out, when wanted is what is read of its pairs.
func (n *Join) unread(wanted columns) bool {
	if n.Type != LeftJoin || wanted == nil || slices.Contains(wanted[Width(n.Left):], true) || n.Cond != nil && !movable(n.Cond) {
		return false
	}
	equated := none(n.Right)
	for i, k := range n.RightKeys {
		if c, ok := k.(*expr.Column); ok && c.T.Same(n.LeftKeys[i].Type()) {
			equated[c.Index] = true
		}
	}
	return uniqueIn(n.Right, equated)
}

// uniqueIn says whether no two rows of a node have the same values, none of them NULL, in
// some of its columns, and making them has no effect.
func uniqueIn(n Node, of columns) bool {
	switch n := n.(type) {
	case *Scan:
		return n.Lock == nil && !n.Ref && slices.ContainsFunc(n.indexes, func(x *catalog.Index) bool {
			return x.Unique && !x.Deferrable && x.Predicate == "" && !x.Declared && !slices.ContainsFunc(x.Keys, func(k catalog.IndexKey) bool {
				return !slices.ContainsFunc(n.Table.Columns, func(c *catalog.Column) bool { return c.Num == k.Column && of[n.place(c)] })
			})
		})
	case *Project:
		if n.Sets || slices.ContainsFunc(n.Exprs, func(e expr.Expr) bool { return !movable(e) }) {
			return false
		}
		below := none(n.Input)
		for i, e := range n.Exprs {
			if c, ok := e.(*expr.Column); ok && of[i] {
				below[c.Index] = true
			}
		}
		return uniqueIn(n.Input, below)
	case *Filter:
		return movable(n.Cond) && uniqueIn(n.Input, of)
	case *Sort:
		return uniqueIn(n.Input, of)
	case *Aggregate:
		return n.Sets == nil && !slices.Contains(of[:len(n.Keys)], false) && !hasEffects(n)
	case *Distinct:
		return n.On == nil && !slices.Contains(of, false) && !hasEffects(n)
	}
	return false
}

// place is where the table's rows have a column.
func (n *Scan) place(c *catalog.Column) int { return slices.Index(n.Table.Columns, c) }

// hasEffects says whether anything that is done to make a node's rows would be missed: a
// volatile function may do something, and so may what changes or locks tables.
func hasEffects(n Node) bool {
	switch n := n.(type) {
	case *Scan:
		return n.Lock != nil || n.Filter != nil && !movable(n.Filter)
	case *Filter:
		return !movable(n.Cond) || hasEffects(n.Input)
	case *Project:
		return slices.ContainsFunc(n.Exprs, func(e expr.Expr) bool { return !movable(e) }) || hasEffects(n.Input)
	case *Aggregate:
		if slices.ContainsFunc(n.Keys, func(e expr.Expr) bool { return !movable(e) }) {
			return true
		}
		for i := range n.Aggs {
			c := &n.Aggs[i]
			if slices.ContainsFunc(append(c.Args[:len(c.Args):len(c.Args)], c.Direct...), func(e expr.Expr) bool { return !movable(e) }) || c.Filter != nil && !movable(c.Filter) {
				return true
			}
		}
		return hasEffects(n.Input)
	case *Join:
		return n.Cond != nil && !movable(n.Cond) || hasEffects(n.Left) || hasEffects(n.Right)
	case *Sort:
		return hasEffects(n.Input)
	case *Distinct:
		return hasEffects(n.Input)
	}
	return true
}

// unread settles whether the calls of a window need not be made, when wanted is what is read
// of its rows.
func (n *Window) unread(wanted columns) bool {
	if len(n.Calls) == 0 || wanted == nil || slices.Contains(wanted[Width(n.Input):], true) {
		return false
	}
	effect := func(e expr.Expr) bool { return e != nil && !movable(e) }
	return !slices.ContainsFunc(n.Calls, func(c WindowCall) bool {
		return c.Fn.Volatility == expr.Volatile || slices.ContainsFunc(c.Args, effect) || effect(c.Filter) || effect(c.Frame.StartOffset) || effect(c.Frame.EndOffset)
	})
}

// unread settles whether an aggregate need not be computed, when wanted is what is read of the
// groups, and notes it.
func (n *Aggregate) unread(i int, wanted columns) bool {
	if wanted == nil || wanted[len(n.Keys)+i] {
		return false
	}
	c := &n.Aggs[i]
	effect := func(e expr.Expr) bool { return !movable(e) }
	if c.Fn.Volatility == expr.Volatile || slices.ContainsFunc(c.Args, effect) || slices.ContainsFunc(c.Direct, effect) || c.Filter != nil && effect(c.Filter) ||
		slices.ContainsFunc(c.OrderBy, func(k SortKey) bool { return effect(k.Expr) }) {
		return false
	}
	if n.Unread == nil {
		n.Unread = make([]bool, len(n.Aggs))
	}
	n.Unread[i] = true
	return true
}

package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
)

// Parts of a plan, for who computes a plan piece by piece: package live.

// Given stands for rows that are handed in: the rows in memory of table 0.
func Given(cols []Column) *Scan { return &Scan{Table: &catalog.Table{}, cols: cols} }

// OfGroup gives the node that computes some of n's aggregates for the rows of one
// group.
func (n *Aggregate) OfGroup(rows Node, aggs []int) *Aggregate {
	part := &Aggregate{Input: rows, Plain: true}
	for _, i := range aggs {
		part.Aggs = append(part.Aggs, n.Aggs[i])
		part.cols = append(part.cols, n.Aggs[i].Type)
	}
	return part
}

// Over gives the node that computes some of n's calls over another input, whose columns are those of
// n's input and perhaps more behind them; nil calls are all. It gives all rows, whatever order they come in.
func (n *Window) Over(input Node, calls []int) *Window {
	c := *n
	c.Input, c.Run, c.Few, c.Presorted = input, nil, false, false
	c.cols = slices.Clone(input.Columns())
	if calls == nil {
		c.cols = append(c.cols, n.cols[Width(n.Input):]...)
		return &c
	}
	c.Calls = nil
	for _, i := range calls {
		c.Calls = append(c.Calls, n.Calls[i])
		c.cols = append(c.cols, n.cols[Width(n.Input)+i])
	}
	return &c
}

// SelfContained says whether nothing in the tree below n reads the row of an
// enclosing query.
func SelfContained(n Node) bool { return contained(n, 0) }

func contained(n Node, depth int) bool {
	ok := true
	EachExpr(n, func(e expr.Expr) {
		switch e := e.(type) {
		case *expr.OuterColumn:
			ok = ok && e.Level <= depth
		case *SubLink:
			inner := depth
			if len(e.Args) > 0 {
				inner++
			}
			ok = ok && contained(e.Query, inner)
		}
	})
	switch n := n.(type) {
	case *Apply:
		return ok && contained(n.Left, depth) && contained(n.Right, depth+1)
	case *WorkTableScan:
		return ok
	}
	for _, in := range n.Inputs() {
		ok = ok && contained(in, depth)
	}
	return ok
}

// Unapplied gives a join that is the same as n, whose right side is computed once
// for all left rows; nil if the right side is more than a join with conditions.
func (n *Apply) Unapplied() *Join {
	right := copyNode(n.Right)
	if right == nil {
		return nil
	}
	right, conds, ok := pullUp(right)
	if !ok {
		return nil
	}
	forgetPaths(right)
	if !SelfContained(right) {
		return nil
	}
	width := Width(n.Left)
	join := &Join{Type: n.Type, Left: n.Left, Right: right}
	for _, c := range conds {
		join.addCondition(expr.Rewrite(shift(c, width), func(e expr.Expr) expr.Expr {
			o, ok := e.(*expr.OuterColumn)
			switch {
			case ok && o.Level == 1:
				return n.Args[o.Index]
			case ok: // the row around n is one nearer
				moved := *o
				moved.Level--
				return &moved
			}
			return e
		}), width)
	}
	for _, c := range conjuncts(n.Cond) {
		join.addCondition(c, width)
	}
	return join
}

// Keyed is a query that reads the row of the one around it, divided: what it can have at
// all, which reads nothing around it, and what is done with those of these rows that are
// found by what the row around gives.
type Keyed struct {
	// Rows are those that there can be; nil: the query reads no table.
	Rows Node
	// Part computes the query from the rows that are found: it reads them as Given, and
	// the Args of the row around as the outer row. It checks all conditions again.
	Part Node
	// LeftKeys, over Args, are looked up among RightKeys, over Rows.
	LeftKeys, RightKeys []expr.Expr
}

// NewKeyed divides a query; nil if it is more than a join of tables with conditions, among
// which is an equation with the row around, or functions in FROM, below projections,
// groups, window functions, an order, DISTINCT or LIMIT.
func NewKeyed(query Node) *Keyed {
	k := &Keyed{}
	part, ok := k.divide(query)
	if k.Part = part; !ok || len(k.LeftKeys) == 0 && k.Rows != nil || !contained(part, 1) {
		return nil
	}
	return k
}

// divide copies the query with Given, and the conditions that read the row around, in the
// place of the rows.
func (k *Keyed) divide(n Node) (_ Node, ok bool) {
	switch n := n.(type) {
	case *Project:
		c := *n
		c.Input, ok = k.divide(n.Input)
		return &c, ok
	case *Filter:
		c := *n
		c.Input, ok = k.divide(n.Input)
		return &c, ok
	case *Sort:
		c := *n
		c.Input, ok = k.divide(n.Input)
		return &c, ok
	case *Limit:
		c := *n
		c.Input, ok = k.divide(n.Input)
		return &c, ok
	case *Distinct:
		c := *n
		c.Input, ok = k.divide(n.Input)
		return &c, ok
	case *Aggregate:
		c := *n
		c.Input, ok = k.divide(n.Input)
		return &c, ok
	case *Window:
		c := *n
		c.Input, ok = k.divide(n.Input)
		return &c, ok
	case *FunctionScan, *Values:
		return n, true
	}
	if a, ok := n.(*Apply); ok { // a join whose partners are looked up
		j := a.Unapplied()
		if j == nil {
			return nil, false
		}
		n = j
	}
	body := copyNode(n)
	if body == nil {
		return nil, false
	}
	cols := n.Columns()
	body, conds, ok := pullUp(body)
	if !ok {
		return nil, false
	}
	forgetPaths(body)
	if k.Rows = body; !SelfContained(body) {
		return nil, false
	}
	var part Node = Given(cols)
	h := &HashedLink{}
	for _, c := range conds {
		h.key(c)
		part = filter(part, c)
	}
	k.RightKeys = h.RightKeys
	for _, e := range h.LeftKeys {
		k.LeftKeys = append(k.LeftKeys, overPair(e, 0))
	}
	return part, true
}

// forgetPaths forgets how tables are read: ranges may read the row around, and only
// narrow.
func forgetPaths(n Node) {
	EachNode(n, func(n Node) {
		if s, ok := n.(*Scan); ok {
			s.Index, s.Ranges, s.Reverse, s.Covered = nil, nil, false, false
		}
	})
}

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

// Over gives n with another input, whose columns are those of n's input and
// perhaps more behind them.
func (n *Window) Over(input Node) *Window {
	c := *n
	c.Input = input
	c.cols = append(slices.Clone(input.Columns()), n.cols[Width(n.Input):]...)
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
	EachNode(right, func(n Node) {
		if s, ok := n.(*Scan); ok { // ranges may read the left row, and only narrow
			s.Index, s.Ranges, s.Reverse, s.Covered = nil, nil, false, false
		}
	})
	if !ok || !SelfContained(right) {
		return nil
	}
	width := Width(n.Left)
	join := &Join{Type: n.Type, Left: n.Left, Right: right}
	for _, c := range conds {
		join.addCondition(expr.Rewrite(shift(c, width), func(e expr.Expr) expr.Expr {
			if o, ok := e.(*expr.OuterColumn); ok && o.Level == 1 {
				return n.Args[o.Index]
			}
			return e
		}), width)
	}
	for _, c := range conjuncts(n.Cond) {
		join.addCondition(c, width)
	}
	return join
}

// KeyedApply is an Apply whose right side is computed from the rows of one table
// that are found by what the left row gives.
type KeyedApply struct {
	// Rows are those of the table, and Part computes the right side from the ones
	// that are found: it reads them as Given, and the left row's Args as the outer
	// row. It checks all conditions again.
	Rows *Scan
	Part Node
	// LeftKeys, over Args, are looked up among RightKeys, over Rows.
	LeftKeys, RightKeys []expr.Expr
}

// Keyed gives n that way; nil if the right side is more than one table, with
// conditions among which is an equation with the left row, below projections,
// groups, an order, DISTINCT or LIMIT.
func (n *Apply) Keyed() *KeyedApply {
	right := copyNode(n.Right)
	if right == nil {
		return nil
	}
	k := &KeyedApply{}
	part, ok := k.divide(right)
	if k.Part = part; !ok || len(k.LeftKeys) == 0 || !contained(part, 1) {
		return nil
	}
	return k
}

// divide puts Given, with the conditions that read the left row, in the place of
// the table.
func (k *KeyedApply) divide(n Node) (Node, bool) {
	var ok bool
	switch n := n.(type) {
	case *Project:
		n.Input, ok = k.divide(n.Input)
		return n, ok
	case *Filter:
		n.Input, ok = k.divide(n.Input)
		return n, ok
	case *Sort:
		n.Input, ok = k.divide(n.Input)
		return n, ok
	case *Limit:
		n.Input, ok = k.divide(n.Input)
		return n, ok
	case *Distinct:
		n.Input, ok = k.divide(n.Input)
		return n, ok
	case *Aggregate:
		n.Input, ok = k.divide(n.Input)
		return n, ok
	case *Scan:
		own := conjuncts(n.Filter)
		rows := *n
		rows.Filter, rows.Index, rows.Ranges, rows.Reverse = nil, nil, nil, false
		k.Rows = &rows
		var part Node = Given(n.cols)
		h := &HashedLink{}
		for _, c := range own {
			if !hasOuter(c) {
				rows.Filter = and(rows.Filter, c)
				continue
			}
			h.key(c)
			part = filter(part, c)
		}
		k.RightKeys = h.RightKeys
		for _, e := range h.LeftKeys {
			k.LeftKeys = append(k.LeftKeys, overPair(e, 0))
		}
		return part, true
	}
	return n, false
}

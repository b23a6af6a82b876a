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
	c.cols = append(slices.Clone(input.Columns()), n.cols[len(n.Input.Columns()):]...)
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
			s.Index, s.Ranges, s.Reverse = nil, nil, false
		}
	})
	if !ok || !SelfContained(right) {
		return nil
	}
	width := len(n.Left.Columns())
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

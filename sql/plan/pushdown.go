package plan

import "github.com/kalamsql/kalamsql/sql/expr"

// optimize moves conditions down to where they can first be decided, and orders
// joins. The columns of n stay what they are.
func optimize(n Node) Node {
	switch n := n.(type) {
	case *Filter:
		return push(optimize(n.Input), conjuncts(n.Cond))
	case *Join:
		if n.Type == InnerJoin {
			return push(n, nil)
		}
		return n.optimizeOuter()
	case *Apply:
		n.Left, n.Right = optimize(n.Left), optimize(n.Right)
	case *Project:
		n.Input = optimize(n.Input)
	case *Aggregate:
		n.Input = optimize(n.Input)
	case *Window:
		n.Input = optimize(n.Input)
	case *Sort:
		n.Input = optimize(n.Input)
	case *Distinct:
		n.Input = optimize(n.Input)
	case *Limit:
		n.Input = optimize(n.Input)
	case *SetOp:
		n.Left, n.Right = optimize(n.Left), optimize(n.Right)
	case *With:
		for _, c := range n.CTEs {
			c.Query = optimize(c.Query)
		}
		n.Input = optimize(n.Input)
	case *RecursiveUnion:
		n.Start, n.Step = optimize(n.Start), optimize(n.Step)
	case *Insert:
		n.Source = optimize(n.Source)
	case *Update:
		n.optimize()
	case *Delete:
		n.optimize()
	}
	return n
}

func (n *changeTarget) optimize() {
	if n.From != nil {
		n.From = optimize(n.From)
	}
}

// push has rows of n, whose inputs have been optimized unless n is an inner
// join, meet conditions.
func push(n Node, conds []expr.Expr) Node {
	switch n := n.(type) {
	case *Join:
		if n.Type == InnerJoin {
			return orderJoins(n, conds)
		}
		if kept := n.pushOuter(conds); kept != nil {
			return filterAll(n, kept)
		}
		return n
	case *Scan:
		return filterAll(n, conds)
	case *Filter:
		return push(n.Input, append(conjuncts(n.Cond), conds...))
	case *Project:
		if n.Sets {
			break
		}
		var below, kept []expr.Expr
		for _, c := range conds {
			if moved := n.below(c); moved != nil {
				below = append(below, moved)
			} else {
				kept = append(kept, c)
			}
		}
		if below != nil {
			n.Input = push(n.Input, below)
		}
		return filterAll(n, kept)
	case *Sort:
		n.Input = push(n.Input, conds)
		return n
	case *Apply:
		left, kept := split(conds, 0, len(n.Left.Columns()))
		if left != nil {
			n.Left = push(n.Left, left)
		}
		return filterAll(n, kept)
	}
	return filterAll(n, conds)
}

// filterAll is filter for a list of conditions.
func filterAll(n Node, conds []expr.Expr) Node {
	if len(conds) == 0 {
		return n
	}
	return filter(n, expr.NewAnd(conds...))
}

// below rewrites a condition over n's columns into one over its input's; nil if
// that would compute something twice that is dear or may differ.
func (n *Project) below(cond expr.Expr) expr.Expr {
	ok := true
	expr.Walk(cond, func(e expr.Expr) bool {
		if c, is := e.(*expr.Column); is {
			ok = ok && cheap(n.Exprs[c.Index])
		}
		return ok
	})
	if !ok || !movable(cond) {
		return nil
	}
	return expr.Rewrite(cond, func(e expr.Expr) expr.Expr {
		if c, is := e.(*expr.Column); is {
			return n.Exprs[c.Index]
		}
		return e
	})
}

// cheap says whether an expression may be computed twice.
func cheap(e expr.Expr) bool {
	ok := movable(e)
	expr.Walk(e, func(e expr.Expr) bool {
		if _, is := e.(*SubLink); is {
			ok = false
		}
		return ok
	})
	return ok
}

// movable says whether a condition means the same wherever it is checked.
func movable(e expr.Expr) bool { return expr.MaxVolatility(e) < expr.Volatile }

// columnsWithin says whether an expression reads only columns of [from, to).
func columnsWithin(e expr.Expr, from, to int) bool {
	ok := true
	expr.Walk(e, func(e expr.Expr) bool {
		if c, is := e.(*expr.Column); is {
			ok = ok && c.Index >= from && c.Index < to
		}
		return ok
	})
	return ok
}

// split takes from conds those that read only columns of [from, to), as over
// those columns alone.
func split(conds []expr.Expr, from, to int) (within, kept []expr.Expr) {
	for _, c := range conds {
		if movable(c) && columnsWithin(c, from, to) {
			within = append(within, shift(c, -from))
		} else {
			kept = append(kept, c)
		}
	}
	return within, kept
}

// optimizeOuter optimizes the sides of an outer join, and gives the inner side
// of a left join those conditions that are about it alone.
func (n *Join) optimizeOuter() Node {
	left := len(n.Left.Columns())
	width := left + len(n.Right.Columns())
	n.Left, n.Right = optimize(n.Left), optimize(n.Right)
	if n.Type == LeftJoin && n.Cond != nil {
		right, kept := split(conjuncts(n.Cond), left, width)
		if right != nil {
			n.Right = push(n.Right, right)
			n.Cond = nil
			if kept != nil {
				n.Cond = expr.NewAnd(kept...)
			}
		}
	}
	return n
}

// pushOuter has rows of an outer join meet conditions: those about the side
// that is kept whole go there. What is left is given back. A condition that no
// row of NULLs meets makes the join an inner one.
func (n *Join) pushOuter(conds []expr.Expr) (kept []expr.Expr) {
	left := len(n.Left.Columns())
	width := left + len(n.Right.Columns())
	for _, c := range conds {
		switch {
		case n.Type == LeftJoin && rejectsNulls(c, left, width), n.Type == RightJoin && rejectsNulls(c, 0, left):
			n.Type = InnerJoin
		case n.Type == FullJoin && rejectsNulls(c, left, width):
			n.Type = RightJoin
		case n.Type == FullJoin && rejectsNulls(c, 0, left):
			n.Type = LeftJoin
		}
	}
	kept = conds
	var own []expr.Expr
	if n.Type == LeftJoin || n.Type == InnerJoin {
		if own, kept = split(kept, 0, left); own != nil {
			n.Left = push(n.Left, own)
		}
	}
	if n.Type == RightJoin || n.Type == InnerJoin {
		if own, kept = split(kept, left, width); own != nil {
			n.Right = push(n.Right, own)
		}
	}
	return kept
}

// rejectsNulls says whether a condition is surely not true when the columns of
// [from, to) are all NULL: it compares one of them with something.
func rejectsNulls(cond expr.Expr, from, to int) bool {
	c, ok := cond.(*expr.Call)
	if !ok || !c.Fn.Strict {
		return false
	}
	for _, a := range c.Args {
		if col, ok := a.(*expr.Column); ok && col.Index >= from && col.Index < to || rejectsNulls(a, from, to) {
			return true
		}
	}
	return false
}

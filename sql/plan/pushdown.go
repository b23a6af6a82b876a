package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
)

// optimize moves conditions down to where they can first be decided, and orders
// joins. The columns of n stay what they are.
func optimize(n Node) Node { return push(n, nil) }

// push optimizes a node whose rows must meet conditions besides. Every node is
// visited once, from the top.
func push(n Node, conds []expr.Expr) Node {
	switch n := n.(type) {
	case *Filter:
		return push(n.Input, append(conjuncts(n.Cond), conds...))
	case *Scan:
		if all := append(conjuncts(n.Filter), conds...); n.joinsSubquery(all) {
			n.Filter = nil
			return orderJoins(n, all)
		}
	case *Append:
		return n.push(conds)
	case *Join:
		return n.push(conds)
	case *Apply:
		left, kept := split(conds, 0, Width(n.Left))
		n.Left, n.Right = push(n.Left, left), push(n.Right, nil)
		return filterAll(n, kept)
	case *Project:
		if n.Sets {
			n.Input = push(n.Input, nil)
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
		n.Input = push(n.Input, below)
		return filterAll(n, kept)
	case *Sort:
		n.Input = push(n.Input, conds)
		return n
	case *Aggregate:
		var below []expr.Expr
		if !n.Plain && n.Sets == nil {
			below, conds = throughKeys(conds, n.Keys)
		}
		n.Input = push(n.Input, below)
	case *Window:
		below, kept := onlyColumns(conds, n.Partition)
		below, more := movableOnly(below)
		n.Input = push(n.Input, below)
		kept = append(kept, more...)
		n.runWhile(kept)
		return filterAll(n, kept)
	case *Distinct:
		below, kept := conds, []expr.Expr(nil)
		if n.On != nil {
			below, kept = onlyColumns(conds, n.On)
		}
		below, more := movableOnly(below)
		n.Input = push(n.Input, below)
		return filterAll(n, append(kept, more...))
	case *Limit:
		n.wantFirst()
		n.Input = push(n.Input, nil)
	case *LockRows:
		n.Input = push(n.Input, nil)
	case *Sample:
		n.Input = push(n.Input, nil)
	case *SetOp:
		below, kept := movableOnly(conds)
		n.Left, n.Right = push(n.Left, below), push(n.Right, below)
		return filterAll(n, kept)
	case *With:
		n.Input = push(n.Input, conds)
		for i := len(n.CTEs) - 1; i >= 0; i-- { // a query is read by later ones only
			n.CTEs[i].optimize()
		}
		return n
	case *CTEScan:
		for _, c := range conds {
			if cheap(c) && !hasOuter(c) {
				n.CTE.wanted = append(n.CTE.wanted, c)
			}
		}
	case *RecursiveUnion:
		n.Start, n.Step = push(n.Start, nil), push(n.Step, nil)
	case *Rewritten:
		for i, c := range n.Commands {
			n.Commands[i] = push(c, nil)
		}
		return n
	case *Insert:
		n.Source = push(n.Source, nil)
	case *Merge:
		n.Pairs = push(n.Pairs, nil)
	case *Update:
		n.optimize()
	case *SystemUpdate:
		n.Source = push(n.Source, nil)
	case *Delete:
		n.optimize()
	}
	return filterAll(n, conds)
}

func (n *changeTarget) optimize() {
	if n.From == nil && n.Scan.joinsSubquery(conjuncts(n.Scan.Filter)) {
		n.Scan.Ref = true
		n.Scan.cols = append(n.Scan.cols[:len(n.Scan.cols):len(n.Scan.cols)], refColumn)
		n.From, n.Cond = n.Scan, n.Scan.Filter
	}
	if n.From != nil {
		n.From = push(n.From, nil)
	}
}

// optimize optimizes a WITH query. The only reader's conditions are checked in it
// already.
func (c *CTE) optimize() {
	wanted := c.wanted
	if !c.Inline() || c.copied {
		wanted = nil
	}
	c.Query = push(c.Query, wanted)
}

// movableOnly separates the conditions that mean the same wherever they are
// checked, and are not dear to check, from the others.
func movableOnly(conds []expr.Expr) (below, kept []expr.Expr) {
	for _, c := range conds {
		if cheap(c) {
			below = append(below, c)
		} else {
			kept = append(kept, c)
		}
	}
	return below, kept
}

// onlyColumns separates the conditions that read none but the given columns.
func onlyColumns(conds, columns []expr.Expr) (only, kept []expr.Expr) {
	for _, c := range conds {
		ok := true
		expr.Walk(c, func(e expr.Expr) bool {
			if col, is := e.(*expr.Column); is {
				ok = ok && slices.ContainsFunc(columns, func(have expr.Expr) bool { return equal(have, col) })
			}
			return ok
		})
		if ok {
			only = append(only, c)
		} else {
			kept = append(kept, c)
		}
	}
	return only, kept
}

// throughKeys rewrites conditions that read the keys of groups only, which come
// first in the row, into conditions on the rows that are grouped.
func throughKeys(conds, keys []expr.Expr) (below, kept []expr.Expr) {
	for _, c := range conds {
		if !cheap(c) || !readsColumn(c) || !columnsWithin(c, 0, len(keys)) || slices.ContainsFunc(keys, func(k expr.Expr) bool { return !cheap(k) }) {
			kept = append(kept, c)
			continue
		}
		below = append(below, expr.Rewrite(c, func(e expr.Expr) expr.Expr {
			if col, ok := e.(*expr.Column); ok {
				return keys[col.Index]
			}
			return e
		}))
	}
	return below, kept
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

// push optimizes a join. Conditions about the side of an outer join that is kept
// whole go there, and those of the join's own that are about the other side
// alone go there. A condition that no row of NULLs meets makes the join an inner
// one.
func (n *Join) push(conds []expr.Expr) Node {
	left := Width(n.Left)
	width := left + Width(n.Right)
	reduceOuter(n, 0, conds)
	if n.Type == InnerJoin {
		return orderJoins(n, conds)
	}
	var toLeft, toRight []expr.Expr
	switch n.Type {
	case LeftJoin:
		toLeft, conds = split(conds, 0, left)
		own, kept := split(conjuncts(n.Cond), left, width)
		toRight = append(own, n.deriveRight(toLeft)...)
		if n.Cond = nil; kept != nil {
			n.Cond = expr.NewAnd(kept...)
		}
	case RightJoin:
		toRight, conds = split(conds, left, width)
	}
	if len(conds) > 0 && n.first != nil {
		n.wantMore(1 / max(1e-6, selectivity(expr.NewAnd(conds...), n)))
	}
	n.Left, n.Right = push(n.Left, toLeft), push(n.Right, toRight)
	if apply := n.lookUpVirtual(); apply != n {
		return filterAll(apply, conds)
	}
	if project := n.lookUpLeft(); project != n {
		return filterAll(project, conds)
	}
	return filterAll(n.lookUpRight(), conds)
}

package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// askOnce takes the terms that read no row out of conditions: they are asked before any row
// is read, and none is if one of them is not true. WHERE false reads nothing, nor does a
// table that is read only if another has a certain row. Nodes may be met more than once.
func askOnce(n Node) {
	switch n := n.(type) {
	case *Scan:
		once, rest := takeOnce(n.Filter)
		n.Once, n.Filter = append(n.Once, once...), rest
	case *Filter:
		once, rest := takeOnce(n.Cond)
		if once == nil || n.Once != nil {
			break
		}
		if n.Once, n.Cond = once, rest; rest == nil {
			n.Cond = &expr.Const{Value: types.Bool(true), T: types.Boolean, Mod: types.NoTypmod, Loc: -1}
		}
	case *With:
		for _, c := range n.CTEs {
			askOnce(c.Query)
		}
	}
	for _, in := range n.Inputs() {
		askOnce(in)
	}
}

func takeOnce(cond expr.Expr) (once []expr.Expr, rest expr.Expr) {
	terms := conjuncts(cond)
	isOnce := func(e expr.Expr) bool { return !readsColumn(e) && movable(e) }
	if !slices.ContainsFunc(terms, isOnce) {
		return nil, cond
	}
	var kept []expr.Expr
	for _, t := range terms {
		if isOnce(t) {
			once = append(once, t)
		} else {
			kept = append(kept, t)
		}
	}
	if kept == nil {
		return once, nil
	}
	return once, expr.NewAnd(kept...)
}

// Never says whether terms that are asked once cannot be true.
func Never(once []expr.Expr) bool {
	return slices.ContainsFunc(once, func(e expr.Expr) bool {
		c, ok := e.(*expr.Const)
		return ok && (c.Value.IsNull() || !c.Value.Bool())
	})
}

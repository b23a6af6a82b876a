package plan

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Set-returning functions in a select list multiply the row they stand in. All
// those of one level advance together; one in the arguments of another comes
// first, in a level of its own. A level is a Project with Sets. Where all calls
// are items of the select list that is the select list's own Project; otherwise
// levels are put below it, and the expressions around the calls read their
// columns.

// setAllowed says whether a set-returning function may be called here.
func (b *binder) setAllowed() error {
	const hint = "You might be able to move the set-returning function into a LATERAL FROM item."
	switch {
	case b.noSet != "":
		return sqlerr.New(sqlerr.FeatureNotSupported, "set-returning functions are not allowed in %s", b.noSet).WithHint(hint)
	case b.inAggregate:
		return sqlerr.New(sqlerr.FeatureNotSupported, "aggregate function calls cannot contain set-returning function calls").WithHint(hint)
	case b.inDefinition:
		return sqlerr.Unsupported("a set-returning function in a window definition")
	case b.inWindow:
		return sqlerr.New(sqlerr.FeatureNotSupported, "window function calls cannot contain set-returning function calls").WithHint(hint)
	}
	if b.single {
		return nil
	}
	switch b.clause {
	case "SELECT", "ORDER BY", "GROUP BY", "DISTINCT ON":
		return nil
	case "functions in FROM":
		return sqlerr.New(sqlerr.FeatureNotSupported, "set-returning functions must appear at top level of FROM")
	}
	return sqlerr.New(sqlerr.FeatureNotSupported, "set-returning functions are not allowed in %s", b.clause)
}

// withoutSets names a construct that no set may be returned in, until the
// function it gives is called.
func (b *binder) withoutSets(construct string) func() {
	before := b.noSet
	b.noSet = construct
	return func() { b.noSet = before }
}

// setCall is an expression as a call of a set-returning function, or nil.
func setCall(e expr.Expr) *expr.Call {
	if c, ok := e.(*expr.Call); ok && c.Fn.Set != nil {
		return c
	}
	return nil
}

// hasSet says whether a set-returning function is called in an expression.
func hasSet(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(e expr.Expr) bool {
		found = found || setCall(e) != nil
		return !found
	})
	return found
}

// hasNestedSet says whether one is called in another's arguments or in anything
// else than a call of its own.
func hasNestedSet(e expr.Expr) bool {
	if setCall(e) == nil {
		return hasSet(e)
	}
	for _, c := range e.Children() {
		if hasSet(c) {
			return true
		}
	}
	return false
}

// liftSets puts the levels below the expressions, in place, that these need, on
// top of node. With whole calls that are the expressions themselves stay, if
// nothing else is left.
func liftSets(node Node, exprs []expr.Expr, whole bool) (Node, bool) {
	for {
		any, nested := false, false
		for _, e := range exprs {
			any = any || hasSet(e)
			nested = nested || hasNestedSet(e)
		}
		switch {
		case !any:
			return node, false
		case whole && !nested:
			return node, true
		}
		below := node.Columns()
		level := &Project{Input: node, Sets: true, cols: append([]Column(nil), below...)}
		for i, c := range below {
			level.Exprs = append(level.Exprs, &expr.Column{Index: i, T: c.Type, Mod: c.Typmod, Name: c.Name, Collation: c.Collation})
		}
		for i, e := range exprs {
			exprs[i] = level.takeSets(e, len(below))
		}
		node = level
	}
}

// takeSets makes columns of the innermost calls in an expression, behind the
// first ones.
func (n *Project) takeSets(e expr.Expr, first int) expr.Expr {
	if !hasSet(e) {
		return e
	}
	if call := setCall(e); call != nil && !hasNestedSet(e) {
		at := -1
		if expr.MaxVolatility(call) < expr.Volatile {
			for i, have := range n.Exprs[first:] {
				if equal(have, call) {
					at = first + i
				}
			}
		}
		if at < 0 {
			at = len(n.Exprs)
			n.Exprs = append(n.Exprs, call)
			n.cols = append(n.cols, Column{Name: call.Fn.Name, Type: call.T, Typmod: call.Mod})
		}
		return &expr.Column{Index: at, T: call.T, Mod: call.Mod, Name: call.Fn.Name}
	}
	children := e.Children()
	taken := make([]expr.Expr, len(children))
	for i, c := range children {
		taken[i] = n.takeSets(c, first)
	}
	return e.WithChildren(taken)
}

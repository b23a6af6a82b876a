package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
)

// implies says whether the terms of a condition, all of them true, make those
// of another true as well. No is always a safe answer.
func implies(have, want []expr.Expr) bool {
	for _, w := range want {
		if !slices.ContainsFunc(have, func(h expr.Expr) bool { return termImplies(h, w) }) && !alternatives(have, w) {
			return false
		}
	}
	return true
}

// alternatives looks into the ORs of what is wanted, and of what there is.
func alternatives(have []expr.Expr, want expr.Expr) bool {
	if or, ok := want.(*expr.Or); ok {
		if slices.ContainsFunc(or.Args, func(arm expr.Expr) bool { return implies(have, conjuncts(arm)) }) {
			return true
		}
	}
	for _, h := range have {
		or, ok := h.(*expr.Or)
		if ok && !slices.ContainsFunc(or.Args, func(arm expr.Expr) bool { return !implies(conjuncts(arm), []expr.Expr{want}) }) {
			return true
		}
	}
	return false
}

// termImplies compares two terms.
func termImplies(have, want expr.Expr) bool {
	if equal(have, want) {
		return true
	}
	if w, ok := want.(*expr.IsNull); ok {
		return w.Negated && demands(have, w.Arg)
	}
	wc, ok := comparisonOf(want)
	if !ok {
		if in, isIn := want.(*expr.InList); isIn && !in.Negated {
			return memberOf(have, in)
		}
		return false
	}
	if in, ok := have.(*expr.InList); ok && !in.Negated && equal(in.Left, wc.arg) {
		return !slices.ContainsFunc(in.List, func(e expr.Expr) bool {
			c, ok := e.(*expr.Const)
			return !ok || c.Value.IsNull() || !wc.follows("=", c)
		})
	}
	hc, ok := comparisonOf(have)
	return ok && equal(hc.arg, wc.arg) && wc.follows(hc.op, hc.value)
}

// memberOf says whether a term allows only values of a list.
func memberOf(have expr.Expr, want *expr.InList) bool {
	var values []expr.Expr
	if in, ok := have.(*expr.InList); ok && !in.Negated && equal(in.Left, want.Left) {
		values = in.List
	} else if c, ok := comparisonOf(have); ok && c.op == "=" && equal(c.arg, want.Left) {
		values = []expr.Expr{c.value}
	}
	return values != nil && !slices.ContainsFunc(values, func(v expr.Expr) bool {
		return !slices.ContainsFunc(want.List, func(w expr.Expr) bool { return equal(v, w) })
	})
}

// comparison is arg op value, of which the value is constant and not NULL.
type comparison struct {
	op    string
	arg   expr.Expr
	value *expr.Const
}

func comparisonOf(e expr.Expr) (comparison, bool) {
	call, ok := e.(*expr.Call)
	if !ok || call.Op == nil || len(call.Args) != 2 {
		return comparison{}, false
	}
	c := comparison{op: call.Op.Name, arg: call.Args[0]}
	if c.value, ok = call.Args[1].(*expr.Const); !ok {
		if c.value, ok = call.Args[0].(*expr.Const); !ok {
			return comparison{}, false
		}
		if c.op == "<>" {
			c.arg = call.Args[1]
		} else if c.op, c.arg = commuted[c.op], call.Args[1]; c.op == "" {
			return comparison{}, false
		}
	}
	if c.value.Value.IsNull() || !c.value.T.Same(c.arg.Type()) || !c.value.T.Comparable() {
		return comparison{}, false
	}
	switch c.op {
	case "=", "<", "<=", ">", ">=", "<>":
		return c, true
	}
	return comparison{}, false
}

// follows says whether the comparison is true of every value v with v op than.
func (c comparison) follows(op string, than *expr.Const) bool {
	if !than.T.Same(c.value.T) {
		return false
	}
	d := c.value.T.Compare(than.Value, c.value.Value) // than against what is wanted
	switch op {
	case "=":
		switch c.op {
		case "=":
			return d == 0
		case "<":
			return d < 0
		case "<=":
			return d <= 0
		case ">":
			return d > 0
		case ">=":
			return d >= 0
		case "<>":
			return d != 0
		}
	case "<":
		return (c.op == "<" || c.op == "<=" || c.op == "<>") && d <= 0
	case "<=":
		return c.op == "<=" && d <= 0 || (c.op == "<" || c.op == "<>") && d < 0
	case ">":
		return (c.op == ">" || c.op == ">=" || c.op == "<>") && d >= 0
	case ">=":
		return c.op == ">=" && d >= 0 || (c.op == ">" || c.op == "<>") && d > 0
	}
	return false
}

// demands says whether a term is true only if an expression is not NULL.
func demands(have, arg expr.Expr) bool {
	switch h := have.(type) {
	case *expr.InList:
		return equal(h.Left, arg)
	case *expr.Call:
		if h.Op == nil || !h.Fn.Strict {
			return false
		}
		return slices.ContainsFunc(h.Args, func(a expr.Expr) bool { return equal(a, arg) || equal(unlabelled(a), arg) })
	case *expr.Column:
		return equal(h, arg) // a boolean that has to be true
	}
	return false
}

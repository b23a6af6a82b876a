package plan

import (
	"github.com/kalamsql/kalamsql/sql/expr"
)

// memoize decides which joins keep the rows of their right side by what it is given: those that give it the same
// often, as far as can be estimated, and whose right side has the same rows then.
func memoize(n Node) {
	for _, in := range n.Inputs() {
		memoize(in)
	}
	if w, ok := n.(*With); ok {
		for _, c := range w.CTEs {
			memoize(c.Query)
		}
	}
	a, ok := n.(*Apply)
	if !ok || len(a.Args) == 0 || !steady(a.Right) {
		return
	}
	for _, e := range a.Args {
		if !e.Type().HasBinary() || !movable(e) || holdsLink(e) {
			return
		}
	}
	rows := Estimates{}.Of(a.Left).Rows
	a.Memoize = rows >= 2 && distinctRows(a.Args, a.Left, rows) <= rows/2
}

// steady says whether a node gives the same rows whenever it is given the same, as long as a statement runs, and
// nothing else happens by that.
func steady(n Node) bool {
	switch n := n.(type) {
	case *Scan:
		if n.Lock != nil || n.Ref || n.watched {
			return false
		}
	case *VirtualScan, *Values, *Filter, *Project, *Join, *Apply, *Aggregate, *Sort, *Distinct, *Limit, *SetOp, *Append, *Window, *FunctionScan:
	default:
		return false
	}
	ok := true
	EachExpr(n, func(e expr.Expr) { ok = ok && movable(e) && !holdsLink(e) })
	for _, in := range n.Inputs() {
		ok = ok && steady(in)
	}
	return ok
}

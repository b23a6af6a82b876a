package circuit

import (
	"fmt"
	"strings"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Want is an arrangement that a circuit reads: a scan's rows, filtered and
// projected by what depends on nothing but the row, by some of their columns.
type Want struct {
	Scan    *plan.Scan
	project []expr.Expr // nil: the row as it is
	columns []int
	types   []*types.Type // of those
	names   []string
	is      *Arrangement
}

// want says which arrangement of a node's rows by keys can be shared; nil for none.
func want(n plan.Node, keys []expr.Expr) *Want {
	w := &Want{}
	if p, ok := n.(*plan.Project); ok && !p.Sets && sharable(p.Exprs...) {
		w.project, n = p.Exprs, p.Input
	}
	scan, ok := n.(*plan.Scan)
	if !ok || !sharable(present(scan.Filter)...) {
		return nil
	}
	w.Scan = scan
	for _, k := range keys {
		c, ok := k.(*expr.Column)
		if !ok {
			return nil
		}
		w.columns = append(w.columns, c.Index)
		w.types = append(w.types, c.Type())
		w.names = append(w.names, c.Name)
	}
	return w
}

// sharable says whether expressions give the same for everyone: they depend on
// nothing but the row.
func sharable(exprs ...expr.Expr) bool {
	if plain(exprs...) != nil {
		return false
	}
	ok := true
	for _, e := range exprs {
		ok = ok && !hasLink(e) && expr.MaxVolatility(e) == expr.Immutable
		expr.Walk(e, func(e expr.Expr) bool {
			_, param := e.(*expr.Param)
			ok = ok && !param
			return ok
		})
	}
	return ok
}

// Identity is what wants of the same arrangement have in common, for the same rows
// of the table with the same columns.
func (w *Want) Identity() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%p %v", w.Scan.Table, w.columns)
	for i, t := range w.types {
		fmt.Fprintf(&b, "/%d:%d", i, t.OID)
	}
	describe := func(e expr.Expr) {
		fmt.Fprintf(&b, "\n%s", expr.String(e))
		expr.Walk(e, func(e expr.Expr) bool {
			fmt.Fprintf(&b, "|%T %d", e, e.Type().OID)
			switch e := e.(type) {
			case *expr.Column:
				fmt.Fprintf(&b, " %d", e.Index)
			case *expr.Call:
				fmt.Fprintf(&b, " %p", e.Fn)
			case *expr.Const:
				if !e.Value.IsNull() {
					fmt.Fprintf(&b, " %q", e.T.Text(e.Value, types.DefaultEnv))
				}
			}
			return true
		})
	}
	for _, e := range present(w.Scan.Filter) {
		describe(e)
	}
	for _, e := range w.project {
		b.WriteString("\n=")
		describe(e)
	}
	return b.String()
}

// Use gives the circuit the arrangement that it wants, before its first step.
func (w *Want) Use(a *Arrangement) { w.is = a }

// row is a table's row as the arrangement keeps it, nil if it does not.
func (w *Want) row(c *expr.Context, row types.Row) (types.Row, error) {
	if w.Scan.Filter != nil {
		v, err := w.Scan.Filter.Eval(c, row)
		if err != nil || !v.Bool() {
			return nil, err
		}
	}
	if w.project == nil {
		return row, nil
	}
	out := make(types.Row, len(w.project))
	return out, evalRow(c, out, w.project, row)
}

// each is Arrangement.each.
func (w *Want) each(key types.Row, at Moment, do func(id string, row types.Row) error) error {
	if w.is == nil {
		return sqlerr.Internal("a circuit without the arrangement of %s", w)
	}
	return w.is.each(key, at, do)
}

func (w *Want) totals(at Moment) count { return w.is.totals(at) }

func (w *Want) String() string {
	return w.Scan.Table.Name + " by " + strings.Join(w.names, ", ")
}

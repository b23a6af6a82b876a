package dataflow

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
)

// For binds the program to a version of its table's descriptor; false says that
// the query no longer means the same under it: the table or a column it reads
// has been renamed, retyped or dropped, or the primary key is another.
func (g *Program) For(t *catalog.Table) (*Flow, bool) {
	if t == g.flow.Table {
		return g.flow, true
	}
	old := g.Scan.Table
	if t.OID != old.OID || t.Name != old.Name || t.Schema != old.Schema || t.Kind != old.Kind || t.PerUser != old.PerUser {
		return nil, false
	}
	if !slices.Equal(primaryKey(t), g.key) {
		return nil, false
	}
	moved := map[int]int{len(old.Columns): len(t.Columns), len(old.Columns) + 1: len(t.Columns) + 1} // the system columns follow
	for n, i := range g.used {
		was := old.Columns[i]
		at := t.Ordinal(was.Num)
		if at < 0 {
			return nil, false
		}
		is := t.Columns[at]
		if is.Name != was.Name || is.Type.OID != g.types[n] || !is.Type.Means(was.Type.Type) || is.Typmod != was.Typmod {
			return nil, false
		}
		moved[i] = at
	}
	same := len(old.Columns) == len(t.Columns)
	for from, to := range moved {
		same = same && from == to
	}
	if same {
		return &Flow{Table: t, Fresh: g.flow.Fresh, stages: g.flow.stages}, true
	}
	if !g.projects() {
		return nil, false // the result is the table's row itself
	}
	return g.bind(t, moved), true
}

// bind makes the operators for one layout of the table's row. moved maps the
// planned positions of its columns to those of t; nil keeps them.
func (g *Program) bind(t *catalog.Table, moved map[int]int) *Flow {
	f := &Flow{Table: t, Fresh: g.projects(), stages: make([]stage, 0, len(g.nodes))} // there may be 100,000 of them
	place := func(e expr.Expr) expr.Expr { return e }
	if moved != nil {
		place = func(e expr.Expr) expr.Expr {
			return expr.Rewrite(e, func(e expr.Expr) expr.Expr {
				c, ok := e.(*expr.Column)
				if !ok || moved[c.Index] == c.Index {
					return e
				}
				at := *c
				at.Index = moved[c.Index]
				return &at
			})
		}
	}
	for _, n := range g.nodes {
		switch n := n.(type) {
		case *plan.Scan:
			if n.Filter != nil {
				f.stages = append(f.stages, &filter{place(n.Filter)})
			}
		case *plan.Filter:
			f.stages = append(f.stages, &filter{place(n.Cond)})
		case *plan.Project:
			exprs := make([]expr.Expr, len(n.Exprs))
			for i, e := range n.Exprs {
				exprs[i] = place(e)
			}
			f.stages = append(f.stages, &project{exprs})
			// What is above sees this projection's columns.
			place = func(e expr.Expr) expr.Expr { return e }
		}
	}
	return f
}

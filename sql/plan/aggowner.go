package plan

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// aggregateOwner finds the query that an aggregate call belongs to: the
// innermost one of which its arguments read a column, or its own if they read
// none. edges are what lies between; a nil owner is a FROM clause.
func (b *binder) aggregateOwner(e *ast.FuncCall) (owner *binder, edges []*[]expr.Expr, err error) {
	owner = b
	found, nested := false, false
	eachArgument(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SubLink:
			nested = true
			return false
		case *ast.ColumnRef:
			if n.Star && len(n.Fields) == 0 {
				break
			}
			if at, between, ok := b.ownerOf(n); ok && (!found || len(between) < len(edges)) {
				owner, edges, found = at, between, true
			}
		}
		return true
	})
	if !nested || found && owner == b {
		return owner, edges, nil
	}
	return b.ownerBound(e)
}

// eachArgument visits what an aggregate call is made of.
func eachArgument(e *ast.FuncCall, visit func(ast.Node) bool) {
	for _, a := range e.Args {
		ast.Walk(a, visit)
	}
	for _, k := range e.OrderBy {
		ast.Walk(k.Expr, visit)
	}
	if e.Filter != nil {
		ast.Walk(e.Filter, visit)
	}
}

// ownerOf finds the query that a column belongs to.
func (b *binder) ownerOf(ref *ast.ColumnRef) (owner *binder, edges []*[]expr.Expr, ok bool) {
	name := ref.Fields[len(ref.Fields)-1]
	relation := ""
	if len(ref.Fields) > 1 {
		relation = ref.Fields[len(ref.Fields)-2]
	}
	owner = b
	for at := b.scope; at != nil; at = at.outer {
		if at.edge != nil {
			owner, edges = at.around, append(edges, at.edge)
			continue
		}
		for i := range at.columns {
			c := &at.columns[i]
			if ref.Star && c.relation == name || c.Name == name && (relation == "" || c.relation == relation) || relation == "" && c.relation == name {
				return owner, edges, true
			}
		}
	}
	return nil, nil, false
}

// ownerBound is aggregateOwner where subqueries are among the arguments: what these
// read of the queries around is known when they are bound. That is done on trial.
func (b *binder) ownerBound(e *ast.FuncCall) (owner *binder, edges []*[]expr.Expr, err error) {
	levels := b.levels()
	defer b.trial(levels)()
	var bound []expr.Expr
	bind := func(a ast.Expr) {
		if n, ok := a.(*ast.NamedArg); ok {
			a = n.Arg
		}
		if a != nil && err == nil {
			var x expr.Expr
			x, err = b.bind(a)
			bound = append(bound, x)
		}
	}
	inside := b.inAggregate
	b.inAggregate = true
	for _, a := range e.Args {
		bind(a)
	}
	for _, k := range e.OrderBy {
		bind(k.Expr)
	}
	bind(e.Filter)
	b.inAggregate = inside
	if err != nil {
		return nil, nil, err
	}
	reads := innermost(bound, levels, 0)
	if reads < 0 {
		return b, nil, nil
	}
	for _, l := range levels[:reads] {
		edges = append(edges, l.edge)
	}
	return levels[reads].binder, edges, nil
}

// level is a query around an expression. binder is nil for one that is in FROM, and
// edge is what lies between it and the next one.
type level struct {
	binder *binder
	edge   *[]expr.Expr
}

// levels are the queries around what b binds, its own first.
func (b *binder) levels() []level {
	out := []level{{binder: b}}
	for at := b.scope; at != nil; at = at.outer {
		if at.edge != nil {
			out[len(out)-1].edge = at.edge
			out = append(out, level{binder: at.around})
		}
	}
	return out
}

// innermost is the first of the levels, counted from at, of which expressions over
// the rows of that read a column; -1 for none.
func innermost(list []expr.Expr, levels []level, at int) int {
	found := -1
	for _, e := range list {
		expr.Walk(e, func(e expr.Expr) bool {
			reads := -1
			switch e := e.(type) {
			case *expr.Column, *aggRef, *windowRef:
				reads = at
			case *expr.OuterColumn:
				if edge := levels[at].edge; edge != nil && e.Level == 1 {
					reads = innermost((*edge)[e.Index:e.Index+1], levels, at+1)
				}
			}
			if reads >= 0 && (found < 0 || reads < found) {
				found = reads
			}
			return true
		})
	}
	return found
}

// trial gives what takes back what binding leaves behind in the queries around.
func (b *binder) trial(levels []level) (undo func()) {
	type kept struct {
		args    []expr.Expr
		calls   []AggCall
		windows []boundWindow
	}
	before := make([]kept, len(levels))
	for i, l := range levels {
		if l.edge != nil {
			before[i].args = *l.edge
		}
		if l.binder != nil && l.binder.aggs != nil {
			before[i].calls, before[i].windows = l.binder.aggs.calls, l.binder.aggs.windows
		}
	}
	queries := make([]CTE, len(b.p.ctes))
	for i, c := range b.p.ctes {
		if c.plan != nil {
			queries[i] = *c.plan
		}
	}
	return func() {
		for i, l := range levels {
			if l.edge != nil {
				*l.edge = before[i].args
			}
			if l.binder != nil && l.binder.aggs != nil {
				l.binder.aggs.calls, l.binder.aggs.windows = before[i].calls, before[i].windows
			}
		}
		for i, c := range b.p.ctes[:len(queries)] {
			if c.plan != nil {
				*c.plan = queries[i]
			}
		}
	}
}

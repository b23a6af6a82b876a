package plan

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// grouping collects the aggregate calls of one query level. While targets are
// bound an aggregate is an aggRef; aggregate moves every expression above the
// Aggregate node and turns aggRefs and group keys into its columns.
type grouping struct {
	calls []AggCall
	// named are the windows of the WINDOW clause, windows the calls with OVER.
	named   []*ast.WindowDef
	windows []boundWindow
	// grouping: GROUPING is called, so that there must be groups.
	grouping bool
	// loc is where the first of calls is.
	loc int
}

// aggRef stands for the result of an aggregate call until the Aggregate node
// is made.
type aggRef struct {
	index int
	t     *types.Type
	mod   int32
	loc   int
	// collation is what it is ordered by; nil: by bytes.
	collation *types.Collation
}

// OrderedBy is expr.CollationOf of it.
func (e *aggRef) OrderedBy() *types.Collation        { return e.collation }
func (e *aggRef) Type() *types.Type                  { return e.t }
func (e *aggRef) Typmod() int32                      { return e.mod }
func (e *aggRef) Children() []expr.Expr              { return nil }
func (e *aggRef) WithChildren([]expr.Expr) expr.Expr { return e }
func (e *aggRef) Eval(*expr.Context, types.Row) (types.Datum, error) {
	return types.Null, sqlerr.Internal("aggregate reference evaluated")
}

// add notes an aggregate call and gives the reference to its result. Equal
// calls share one.
func (g *grouping) add(call AggCall, loc int) *aggRef {
	for i := range g.calls {
		if equalCalls(&g.calls[i], &call) {
			return &aggRef{index: i, t: call.Type.Type, mod: call.Type.Typmod, loc: loc, collation: call.Fn.Collation}
		}
	}
	g.calls = append(g.calls, call)
	return &aggRef{index: len(g.calls) - 1, t: call.Type.Type, mod: call.Type.Typmod, loc: loc, collation: call.Fn.Collation}
}

func equalCalls(a, b *AggCall) bool {
	if a.Fn.JSON != nil && b.Fn.JSON != nil && !sameConstructor(a.Fn.JSON, b.Fn.JSON) {
		return false
	}
	if a.Fn.OID != b.Fn.OID || a.Fn.Name != b.Fn.Name || a.Distinct != b.Distinct || len(a.Args) != len(b.Args) || len(a.OrderBy)+len(b.OrderBy)+len(a.Direct)+len(b.Direct) > 0 || (a.Filter == nil) != (b.Filter == nil) {
		return false
	}
	for i := range a.Args {
		if !equal(a.Args[i], b.Args[i]) {
			return false
		}
	}
	return a.Filter == nil || equal(a.Filter, b.Filter)
}

// groupKeys binds GROUP BY: a plain name is an input column first and an
// output column second; a number is an output column.
func (p *planner) groupKeys(s *ast.SelectStmt, sc *scope, targets []expr.Expr, cols []Column) ([]expr.Expr, error) {
	var keys []expr.Expr
	for _, item := range plainItems(s.GroupBy) {
		e, err := p.groupKey(&item, sc, targets, cols)
		if err != nil {
			return nil, err
		}
		duplicate := false
		for _, k := range keys {
			duplicate = duplicate || equal(k, e)
		}
		if !duplicate {
			keys = append(keys, e)
		}
	}
	return keys, nil
}

// plainItems takes (a, b) apart.
func plainItems(items []ast.GroupItem) (out []ast.GroupItem) {
	for _, i := range items {
		if i.Kind == ast.GroupRow {
			out = append(out, plainItems(i.Items)...)
		} else {
			out = append(out, i)
		}
	}
	return out
}

// groupKey binds one expression of GROUP BY.
func (p *planner) groupKey(item *ast.GroupItem, sc *scope, targets []expr.Expr, cols []Column) (expr.Expr, error) {
	var e expr.Expr
	if ref, ok := item.Expr.(*ast.ColumnRef); ok && len(ref.Fields) == 1 {
		e, _ = sc.resolve(ref.Fields, ref.Pos())
	}
	if e == nil {
		at, err := p.outputItem(item.Expr, cols, targets, "GROUP BY")
		if err != nil {
			return nil, err
		}
		if at >= 0 {
			e = targets[at]
			if err := groupable(e); err != nil {
				return nil, err.At(item.Expr.Pos())
			}
		} else {
			b := &binder{p: p, scope: sc, clause: "GROUP BY"}
			if e, err = b.bind(item.Expr); err != nil {
				return nil, err
			}
		}
	}
	e, err := settled(e)
	if err != nil {
		return nil, err
	}
	if !e.Type().Equatable() {
		return nil, sqlerr.New(sqlerr.UndefinedFunction, "could not identify an equality operator for type %s", e.Type()).At(item.Expr.Pos())
	}
	return e, nil
}

// groupable refuses an output column that is computed from groups.
func groupable(e expr.Expr) (err *sqlerr.Error) {
	expr.Walk(e, func(e expr.Expr) bool {
		switch e.(type) {
		case *aggRef:
			err = sqlerr.New(sqlerr.GroupingError, "aggregate functions are not allowed in GROUP BY")
		case *windowRef:
			err = sqlerr.New(sqlerr.WindowingError, "window functions are not allowed in GROUP BY")
		}
		return err == nil
	})
	return err
}

// hasSets says whether a GROUP BY has GROUPING SETS, ROLLUP, CUBE or ().
func hasSets(items []ast.GroupItem) bool {
	for _, i := range items {
		if i.Kind != ast.GroupExpr && i.Kind != ast.GroupRow {
			return true
		}
	}
	return false
}

// aggregate finishes an Aggregate node: targets (in place) and having are
// rewritten over its output.
func (p *planner) aggregate(agg *Aggregate, sc *scope, targets []expr.Expr, having expr.Expr) (Node, error) {
	if agg.Sets == nil {
		over := append(targets[:len(targets):len(targets)], having)
		for _, c := range agg.Aggs {
			over = append(over, c.Direct...)
		}
		p.addDependentKeys(agg, sc, readOf(over))
	}
	for _, k := range agg.Keys {
		agg.cols = append(agg.cols, Column{Name: "key", Type: k.Type(), Typmod: k.Typmod(), Collation: expr.CollationOf(k)})
	}
	for _, c := range agg.Aggs {
		agg.cols = append(agg.cols, c.Type)
	}
	if agg.Sets != nil {
		agg.cols = append(agg.cols, Column{Name: "set", Type: types.Int4, Typmod: types.NoTypmod})
	}
	var err error
	for _, c := range agg.Aggs {
		for _, d := range c.Direct {
			if _, err := agg.lift(d, sc); err != nil {
				return nil, sqlerr.From(err).WithDetail("Direct arguments of an ordered-set aggregate must use only grouped columns.")
			}
		}
	}
	for i := range targets {
		if targets[i], err = agg.lift(targets[i], sc); err != nil {
			return nil, err
		}
	}
	if having == nil {
		return agg, nil
	}
	if having, err = agg.lift(having, sc); err != nil {
		return nil, err
	}
	return &Filter{Input: agg, Cond: having}, nil
}

// readOf lists the columns that expressions over groups read; nil is all.
func readOf(exprs []expr.Expr) map[int]bool {
	read, windows := map[int]bool{}, false
	for _, e := range exprs {
		expr.Walk(e, func(e expr.Expr) bool {
			switch e := e.(type) {
			case *expr.Column:
				read[e.Index] = true
			case *windowRef:
				windows = true // what it reads is bound elsewhere
			}
			return true
		})
	}
	if windows {
		return nil
	}
	return read
}

// addDependentKeys adds the other columns of a table whose whole primary key is
// grouped by, as far as they are read: they are functionally dependent on it.
func (p *planner) addDependentKeys(agg *Aggregate, sc *scope, read map[int]bool) {
	grouped := map[int]bool{}
	for _, k := range agg.Keys {
		if c, ok := k.(*expr.Column); ok {
			grouped[c.Index] = true
		}
	}
	for i := range sc.columns {
		c := &sc.columns[i]
		t := p.env.Catalog.Table(c.Table)
		if t == nil || grouped[c.index] || read != nil && !read[c.index] || t.PrimaryKey() == nil {
			continue
		}
		whole := true
		for _, k := range t.PrimaryKey().Keys {
			found := false
			for j := range sc.columns {
				o := &sc.columns[j]
				found = found || o.Table == c.Table && o.relation == c.relation && o.Num == k.Column && grouped[o.index]
			}
			whole = whole && found
		}
		if whole {
			if p.env.binding != nil {
				if agg.dependent == nil {
					agg.dependent, agg.depends = map[int]catalog.OID{}, p.env.bindKey
				}
				agg.dependent[len(agg.Keys)] = t.PrimaryKey().OID
			}
			key := *c
			key.reader = nil // it is read where it is used
			agg.Keys = append(agg.Keys, columnOf(&key))
		}
	}
}

// lift rewrites an expression over the input row into one over the groups.
func (n *Aggregate) lift(e expr.Expr, sc *scope) (expr.Expr, error) {
	for i, k := range n.Keys {
		if equal(k, e) {
			if index, ok := n.dependent[i]; ok {
				n.depends(index)
			}
			return &expr.Column{Index: i, T: k.Type(), Mod: k.Typmod(), Name: "key"}, nil
		}
	}
	switch e := e.(type) {
	case *groupingRef:
		return n.liftGrouping(e)
	case *SubLink:
		return n.liftSubLink(e, sc)
	case *windowRef:
		return e, nil
	case *aggRef:
		return &expr.Column{Index: len(n.Keys) + e.index, T: e.t, Mod: e.mod, Name: n.Aggs[e.index].Fn.Name, Collation: e.collation}, nil
	case *expr.Column:
		if c := sc.at(e.Index); c != nil {
			err := sqlerr.New(sqlerr.GroupingError, `column "%s.%s" must appear in the GROUP BY clause or be used in an aggregate function`, c.relation, c.Name)
			if e.Loc > 0 {
				return nil, err.At(e.Loc)
			}
			return nil, err
		}
	}
	children := e.Children()
	if len(children) == 0 {
		return e, nil
	}
	lifted := make([]expr.Expr, len(children))
	for i, c := range children {
		var err error
		if lifted[i], err = n.lift(c, sc); err != nil {
			return nil, err
		}
	}
	return e.WithChildren(lifted), nil
}

// liftSubLink lifts what a subquery is given.
func (n *Aggregate) liftSubLink(e *SubLink, sc *scope) (expr.Expr, error) {
	children := e.Children()
	for i, c := range children {
		lifted, err := n.lift(c, sc)
		if col, ok := c.(*expr.Column); ok && err != nil && i < len(e.Args) {
			if s := sc.at(col.Index); s != nil {
				err := sqlerr.New(sqlerr.GroupingError, `subquery uses ungrouped column "%s.%s" from outer query`, s.relation, s.Name)
				if col.Loc > 0 {
					return nil, err.At(col.Loc)
				}
				return nil, err
			}
		}
		if err != nil {
			return nil, err
		}
		children[i] = lifted
	}
	return e.WithChildren(children), nil
}

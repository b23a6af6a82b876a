package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// selectStmt plans a SELECT, VALUES or set operation. outer is the scope of
// the enclosing query, nil at the top.
func (p *planner) selectStmt(s *ast.SelectStmt, outer *scope) (Node, error) {
	close, err := p.with(s.With, outer)
	if err != nil {
		return nil, err
	}
	n, err := p.selectBody(s, outer)
	if err != nil {
		return nil, err
	}
	return close(n), nil
}

// selectBody is selectStmt without WITH.
func (p *planner) selectBody(s *ast.SelectStmt, outer *scope) (Node, error) {
	switch {
	case s.Into != nil:
		return nil, sqlerr.New(sqlerr.SyntaxError, "SELECT ... INTO is not allowed here").At(s.Into.Relation.Pos())
	case s.WithTies && len(s.OrderBy) == 0:
		return nil, sqlerr.New(sqlerr.SyntaxError, "WITH TIES cannot be specified without ORDER BY clause")
	case s.Values != nil:
		if err := refuseLocking(s, false, false, false); err != nil {
			return nil, err
		}
		return p.valuesStmt(s, outer)
	case s.SetOp != ast.SetNone:
		if err := refuseLocking(s, false, false, false); err != nil {
			return nil, err
		}
		return p.setOperation(s, outer)
	}
	return p.simpleSelect(s, outer)
}

// simpleSelect plans SELECT ... FROM ... WHERE ... GROUP BY ... ORDER BY ...
func (p *planner) simpleSelect(s *ast.SelectStmt, outer *scope) (Node, error) {
	sc := &scope{outer: outer}
	enclosing := p.late
	if p.late = nil; locksLate(s) {
		p.late = s.Locking
	}
	node, err := p.from(s.From, sc)
	p.late = enclosing
	if err != nil {
		return nil, err
	}
	locked := &LockRows{Input: node}
	if err := p.locking(s, sc, locked); err != nil {
		return nil, err
	}
	// Targets are bound over the input row, before the other clauses as they say what
	// unknown types are; aggregates they call are collected and everything is moved
	// above the Aggregate node afterwards.
	g := &grouping{named: s.Windows}
	if err := p.namedWindows(g, sc); err != nil {
		return nil, err
	}
	b := &binder{p: p, scope: sc, clause: "", aggs: g}
	targets, cols, err := b.targets(s.Targets)
	if err != nil {
		return nil, err
	}
	have := met(node, 0)
	if s.Where != nil {
		b := &binder{p: p, scope: sc, clause: "WHERE"}
		cond, err := b.condition(s.Where, "WHERE")
		if err != nil {
			return nil, err
		}
		node = filter(node, cond)
		have = append(have, conjuncts(cond)...)
	}
	var having expr.Expr
	if s.Having != nil {
		hb := &binder{p: p, scope: sc, clause: "HAVING", aggs: g}
		if having, err = hb.condition(s.Having, "HAVING"); err != nil {
			return nil, err
		}
	}
	order, err := p.orderBy(s, sc, g, &targets, cols)
	if err != nil {
		return nil, err
	}
	var keys []expr.Expr
	var sets [][]int
	if hasSets(s.GroupBy) {
		keys, sets, err = p.groupingSets(s, sc, targets, cols)
	} else {
		keys, err = p.groupKeys(s, sc, targets, cols)
	}
	if err != nil {
		return nil, err
	}
	if err := refuseLocking(s, len(g.calls) > 0, len(g.windows) > 0, slices.ContainsFunc(targets, hasSet)); err != nil {
		return nil, err
	}
	if len(locked.Tables) > 0 {
		locked.Input = node
		if len(have) > 0 {
			locked.Cond = expr.NewAnd(have...)
		}
		return p.lockedRows(s, locked, sc, targets, cols, order)
	}
	on, err := p.distinctOn(s, sc, g, &targets, cols, order)
	if err != nil {
		return nil, err
	}
	var agg *Aggregate
	lift := func(e expr.Expr) (expr.Expr, error) { return e, nil }
	if grouped := len(s.GroupBy) > 0 || len(g.calls) > 0 || g.grouping || s.Having != nil; grouped {
		if sc.recurs && len(g.calls) > 0 {
			return nil, sqlerr.New(sqlerr.InvalidRecursion, "aggregate functions are not allowed in a recursive query's recursive term").At(g.loc)
		}
		agg = &Aggregate{Input: node, Keys: keys, Aggs: g.calls, Plain: len(s.GroupBy) == 0, Sets: sets}
		node, err = p.aggregate(agg, sc, targets, having)
		if err != nil {
			return nil, err
		}
		lift = func(e expr.Expr) (expr.Expr, error) { return agg.lift(e, sc) }
	}
	if len(g.windows) > 0 {
		if node, err = g.windowNodes(node, targets, lift); err != nil {
			return nil, err
		}
	}
	if agg != nil { // nothing is lifted by its keys any more
		agg.Input, _ = liftSets(agg.Input, agg.Keys, false)
	}
	visible := len(cols)
	for _, e := range targets[visible:] {
		cols = append(cols, Column{Name: "?sort?", Type: e.Type(), Typmod: e.Typmod(), Collation: expr.CollationOf(e)})
	}
	late := p.divided(s, targets, cols, order, on)
	node = project(node, late.below, late.cols)
	if s.Distinct {
		if err := comparableTargets(s, cols); err != nil {
			return nil, err
		}
		node = &Distinct{Input: node}
	}
	if len(order) > 0 {
		node = &Sort{Input: node, Keys: late.order}
	}
	if len(on) > 0 {
		node = &Distinct{Input: node, On: late.on}
	}
	if late.targets != nil {
		node = project(node, late.targets, cols)
	}
	if node, err = p.limit(s, node, sc, order); err != nil {
		return nil, err
	}
	if len(targets) > visible {
		node = firstColumns(node, visible)
	}
	return node, nil
}

// project computes a select list; sets that are returned in it may need levels of
// their own below.
func project(node Node, exprs []expr.Expr, cols []Column) Node {
	node, whole := liftSets(node, exprs, true)
	return &Project{Input: node, Exprs: exprs, Sets: whole, cols: cols}
}

// firstColumns drops the columns that only ORDER BY needed.
func firstColumns(n Node, count int) Node {
	cols := n.Columns()[:count:count]
	exprs := make([]expr.Expr, count)
	for i, c := range cols {
		exprs[i] = &expr.Column{Index: i, T: c.Type, Mod: c.Typmod, Name: c.Name, Collation: c.Collation}
	}
	return &Project{Input: n, Exprs: exprs, cols: cols}
}

// limit adds LIMIT and OFFSET; order is the order below, for WITH TIES.
func (p *planner) limit(s *ast.SelectStmt, node Node, sc *scope, order []SortKey) (Node, error) {
	count, err := p.limitExpr(s.Limit, "LIMIT", sc)
	if err != nil {
		return nil, err
	}
	offset, err := p.limitExpr(s.Offset, "OFFSET", sc)
	if err != nil {
		return nil, err
	}
	if count == nil && offset == nil {
		return node, nil
	}
	n := &Limit{Input: node, Count: count, Offset: offset}
	if s.WithTies {
		n.Ties = append([]SortKey(nil), order...)
	}
	return n, nil
}

func (p *planner) limitExpr(e ast.Expr, clause string, sc *scope) (expr.Expr, error) {
	if e == nil {
		return nil, nil
	}
	if c, ok := e.(*ast.Const); ok && c.Kind == ast.ConstNull {
		return nil, nil
	}
	b := &binder{p: p, scope: sc, clause: clause}
	bound, err := b.withoutColumns(e)
	if err != nil {
		return nil, err
	}
	return b.coerceTo(bound, types.Int8, "argument of "+clause, e.Pos())
}

// withoutColumns binds what must not read the rows of its own query. Those of queries
// around it, and variables and parameters, it may read.
func (b *binder) withoutColumns(e ast.Expr) (expr.Expr, error) {
	bound, err := b.bind(e)
	if err != nil {
		return nil, err
	}
	at := -1
	expr.Walk(bound, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Column); ok && at < 0 {
			at = max(c.Loc, 0)
		}
		return at < 0
	})
	if at >= 0 {
		return nil, sqlerr.New(sqlerr.InvalidColumnReference, "argument of %s must not contain variables", b.clause).At(at)
	}
	return bound, nil
}

// filter puts a condition above a node, into a scan's own filter when it can.
func filter(n Node, cond expr.Expr) Node {
	if s, ok := n.(*Scan); ok {
		s.Filter = and(s.Filter, cond)
		return s
	}
	return &Filter{Input: n, Cond: cond}
}

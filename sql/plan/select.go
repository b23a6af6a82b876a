package plan

import (
	"strings"

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
		return nil, sqlerr.Unsupported("SELECT INTO").At(s.Pos())
	case s.WithTies:
		return nil, sqlerr.Unsupported("WITH TIES").At(s.Pos())
	case s.Values != nil:
		return p.valuesStmt(s, outer)
	case s.SetOp != ast.SetNone:
		return p.setOperation(s, outer)
	}
	return p.simpleSelect(s, outer)
}

// simpleSelect plans SELECT ... FROM ... WHERE ... GROUP BY ... ORDER BY ...
func (p *planner) simpleSelect(s *ast.SelectStmt, outer *scope) (Node, error) {
	sc := &scope{outer: outer}
	node, err := p.from(s.From, sc)
	if err != nil {
		return nil, err
	}
	if len(s.Locking) > 0 {
		if err := p.locking(s, node); err != nil {
			return nil, err
		}
	}
	if s.Where != nil {
		b := &binder{p: p, scope: sc, clause: "WHERE"}
		cond, err := b.condition(s.Where, "WHERE")
		if err != nil {
			return nil, err
		}
		node = filter(node, cond)
	}

	// Targets are bound over the input row; aggregates they call are collected
	// and everything is moved above the Aggregate node afterwards.
	g := &grouping{named: s.Windows}
	if err := p.namedWindows(g, sc); err != nil {
		return nil, err
	}
	b := &binder{p: p, scope: sc, clause: "", aggs: g}
	targets, cols, err := b.targets(s.Targets)
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
	lift := func(e expr.Expr) (expr.Expr, error) { return e, nil }
	if len(keys) > 0 || sets != nil || len(g.calls) > 0 || g.grouping || s.Having != nil {
		agg := &Aggregate{Input: node, Keys: keys, Aggs: g.calls, Plain: len(s.GroupBy) == 0, Sets: sets}
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
	visible := len(cols)
	project := &Project{Input: node, Exprs: targets, Sets: hasSet(targets), cols: cols}
	if project.Sets && g.calls != nil {
		return nil, sqlerr.Unsupported("a set-returning function beside an aggregate")
	}
	for _, e := range targets[visible:] {
		project.cols = append(project.cols, Column{Name: "?sort?", Type: e.Type(), Typmod: e.Typmod()})
	}
	node = project
	if s.Distinct || len(s.DistinctOn) > 0 {
		if node, err = p.distinct(s, node, sc, project, visible, order); err != nil {
			return nil, err
		}
		if len(s.DistinctOn) > 0 {
			order = nil // sorted below the Distinct already
		}
	}
	if len(order) > 0 {
		node = &Sort{Input: node, Keys: order}
	}
	if node, err = p.limit(s, node, sc); err != nil {
		return nil, err
	}
	if len(targets) > visible {
		node = firstColumns(node, visible)
	}
	return node, nil
}

// hasSet says whether one of a select list's items is a call of a
// set-returning function.
func hasSet(targets []expr.Expr) bool {
	for _, e := range targets {
		if c, ok := e.(*expr.Call); ok && c.Fn.Set != nil {
			return true
		}
	}
	return false
}

// firstColumns drops the columns that only ORDER BY needed.
func firstColumns(n Node, count int) Node {
	cols := n.Columns()[:count:count]
	exprs := make([]expr.Expr, count)
	for i, c := range cols {
		exprs[i] = &expr.Column{Index: i, T: c.Type, Mod: c.Typmod, Name: c.Name}
	}
	return &Project{Input: n, Exprs: exprs, cols: cols}
}

// targets binds a select list, with * spread out.
func (b *binder) targets(list []*ast.ResTarget) ([]expr.Expr, []Column, error) {
	var exprs []expr.Expr
	var cols []Column
	b.clause = "SELECT"
	for _, t := range list {
		b.allowSet = true
		if ref, ok := t.Val.(*ast.ColumnRef); ok && ref.Star {
			n := len(exprs)
			for i := range b.scope.columns {
				c := &b.scope.columns[i]
				if c.hidden || c.shadowed && len(ref.Fields) == 0 || len(ref.Fields) > 0 && c.relation != ref.Fields[len(ref.Fields)-1] {
					continue
				}
				exprs = append(exprs, columnOf(c))
				cols = append(cols, c.Column)
			}
			if len(exprs) == n {
				if len(ref.Fields) == 0 {
					if len(b.scope.columns) == 0 {
						return nil, nil, sqlerr.New(sqlerr.SyntaxError, "SELECT * with no tables specified is not valid").At(ref.Pos())
					}
				} else if rel := ref.Fields[len(ref.Fields)-1]; !b.scope.hasRelation(rel) {
					return nil, nil, sqlerr.New(sqlerr.UndefinedTable, `missing FROM-clause entry for table "%s"`, rel).At(ref.Pos())
				}
			}
			continue
		}
		e, err := b.bind(t.Val)
		if err != nil {
			return nil, nil, err
		}
		col := Column{Name: t.Name, Type: e.Type(), Typmod: e.Typmod()}
		if c, ok := e.(*expr.Column); ok {
			for i := range b.scope.columns {
				if b.scope.columns[i].index == c.Index {
					col.Table, col.Num = b.scope.columns[i].Table, b.scope.columns[i].Num
				}
			}
		}
		if col.Name == "" {
			col.Name = columnName(t.Val)
		}
		exprs = append(exprs, e)
		cols = append(cols, col)
	}
	return exprs, cols, nil
}

// columnName is the name PostgreSQL gives a select-list item without AS
// (FigureColname).
func columnName(e ast.Expr) string {
	if n, _ := figureName(e); n != "" {
		return n
	}
	return "?column?"
}

// figureName gives a name and how strong it is: 2 for one that a cast around
// it must keep, 1 for one that it may replace.
func figureName(e ast.Expr) (string, int) {
	switch e := e.(type) {
	case *ast.ColumnRef:
		if !e.Star {
			return e.Fields[len(e.Fields)-1], 2
		}
	case *ast.Indirection:
		for i := len(e.Path) - 1; i >= 0; i-- {
			if f := e.Path[i].Field; f != "" {
				return f, 2
			}
		}
		return figureName(e.Arg)
	case *ast.FuncCall:
		return e.Name[len(e.Name)-1], 2
	case *ast.AExpr:
		if e.OpKind == ast.OpNullIf {
			return "nullif", 2
		}
	case *ast.TypeCast:
		if n, strength := figureName(e.Arg); strength > 1 {
			return n, strength
		}
		if e.Type != nil {
			return e.Type.Names[len(e.Type.Names)-1], 1
		}
	case *ast.CollateClause:
		return figureName(e.Arg)
	case *ast.SubLink:
		switch e.LinkKind {
		case ast.SubLinkExists:
			return "exists", 2
		case ast.SubLinkArray:
			return "array", 2
		case ast.SubLinkExpr:
			if s, ok := e.Query.(*ast.SelectStmt); ok {
				for s.SetOp != ast.SetNone {
					s = s.Left
				}
				if len(s.Targets) > 0 {
					if s.Targets[0].Name != "" {
						return s.Targets[0].Name, 2
					}
					return figureName(s.Targets[0].Val)
				}
			}
		}
	case *ast.CaseExpr:
		if e.Else != nil {
			if n, strength := figureName(e.Else); strength > 0 {
				return n, strength
			}
		}
		return "case", 1
	case *ast.ArrayExpr:
		return "array", 2
	case *ast.RowExpr:
		return "row", 2
	case *ast.CoalesceExpr:
		return "coalesce", 2
	case *ast.MinMaxExpr:
		if e.Greatest {
			return "greatest", 2
		}
		return "least", 2
	case *ast.GroupingFunc:
		return "grouping", 2
	case *ast.Const:
		if e.Kind == ast.ConstBool {
			return "bool", 1
		}
	case *ast.SQLValueFunction:
		return e.Op, 2
	}
	return "", 0
}

// orderBy binds ORDER BY: output names and numbers first, then expressions
// over the input, which become extra targets when they are not outputs.
func (p *planner) orderBy(s *ast.SelectStmt, sc *scope, g *grouping, targets *[]expr.Expr, cols []Column) ([]SortKey, error) {
	var keys []SortKey
	for _, item := range s.OrderBy {
		at, err := p.outputItem(item.Expr, cols, *targets, "ORDER BY")
		if err != nil {
			return nil, err
		}
		if at < 0 {
			b := &binder{p: p, scope: sc, clause: "ORDER BY", aggs: g}
			e, err := b.bind(item.Expr)
			if err != nil {
				return nil, err
			}
			for i, t := range *targets {
				if equal(t, e) {
					at = i
					break
				}
			}
			if at < 0 {
				if s.Distinct {
					return nil, sqlerr.New(sqlerr.InvalidColumnReference, "for SELECT DISTINCT, ORDER BY expressions must appear in select list").At(item.Expr.Pos())
				}
				at = len(*targets)
				*targets = append(*targets, e)
			}
		}
		key, err := sortKey(item, at, (*targets)[at])
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// outputItem finds the output column that an item of ORDER BY, GROUP BY or
// DISTINCT ON names or numbers; -1 if it does neither.
func (p *planner) outputItem(e ast.Expr, cols []Column, targets []expr.Expr, clause string) (int, error) {
	switch e := e.(type) {
	case *ast.ColumnRef:
		if len(e.Fields) != 1 || e.Star {
			return -1, nil
		}
		found := -1
		for i, c := range cols {
			if c.Name != e.Fields[0] {
				continue
			}
			if found >= 0 && !equal(targets[found], targets[i]) {
				return -1, sqlerr.New(sqlerr.AmbiguousColumn, `%s "%s" is ambiguous`, clause, c.Name).At(e.Pos())
			}
			if found < 0 {
				found = i
			}
		}
		return found, nil
	case *ast.Const:
		switch e.Kind {
		case ast.ConstInteger:
			if e.Int < 1 || e.Int > int64(len(cols)) {
				return -1, sqlerr.New(sqlerr.InvalidColumnReference, "%s position %d is not in select list", clause, e.Int).At(e.Pos())
			}
			return int(e.Int) - 1, nil
		default:
			return -1, sqlerr.New(sqlerr.SyntaxError, "non-integer constant in %s", clause).At(e.Pos())
		}
	}
	return -1, nil
}

// sortKey makes the key that sorts by the output column at position at.
func sortKey(item *ast.SortBy, at int, e expr.Expr) (SortKey, error) {
	key := SortKey{Expr: &expr.Column{Index: at, T: e.Type(), Mod: e.Typmod(), Name: expr.String(e)}}
	switch item.Dir {
	case ast.SortDesc:
		key.Desc = true
	case ast.SortUsing:
		switch op := item.Using[len(item.Using)-1]; op {
		case "<":
		case ">":
			key.Desc = true
		default:
			return key, sqlerr.New(sqlerr.WrongObjectType, "operator %s is not a valid ordering operator", op).
				WithHint(`Ordering operators must be "<" or ">" members of btree operator families.`).At(item.Pos())
		}
	}
	switch item.Nulls {
	case ast.NullsFirst:
		key.NullsFirst = true
	case ast.NullsDefault:
		key.NullsFirst = key.Desc
	}
	if t := e.Type(); t != types.Unknown && !t.Comparable() {
		return key, sqlerr.New(sqlerr.UndefinedFunction, "could not identify an ordering operator for type %s", t).
			WithHint("Use an explicit ordering operator or modify the query.").At(item.Expr.Pos())
	}
	return key, nil
}

func (p *planner) distinct(s *ast.SelectStmt, node Node, sc *scope, project *Project, visible int, order []SortKey) (Node, error) {
	if len(s.DistinctOn) == 0 {
		for i, c := range project.cols[:visible] {
			if c.Type != types.Unknown && !c.Type.Comparable() {
				return nil, sqlerr.New(sqlerr.UndefinedFunction, "could not identify an equality operator for type %s", c.Type).At(s.Targets[min(i, len(s.Targets)-1)].Val.Pos())
			}
		}
		return &Distinct{Input: node}, nil
	}
	var on []expr.Expr
	for _, item := range s.DistinctOn {
		at, err := p.outputItem(item, project.cols[:visible], project.Exprs, "DISTINCT ON")
		if err != nil {
			return nil, err
		}
		if at < 0 {
			b := &binder{p: p, scope: sc, clause: "DISTINCT ON"}
			e, err := b.bind(item)
			if err != nil {
				return nil, err
			}
			for i, t := range project.Exprs {
				if equal(t, e) {
					at = i
				}
			}
			if at < 0 {
				return nil, sqlerr.Unsupported("DISTINCT ON an expression outside the select list").At(item.Pos())
			}
		}
		on = append(on, &expr.Column{Index: at, T: project.Exprs[at].Type(), Mod: project.Exprs[at].Typmod()})
	}
	for i, k := range order {
		if i >= len(on) {
			break
		}
		matches := false
		for _, o := range on {
			matches = matches || equal(o, k.Expr)
		}
		if !matches {
			return nil, sqlerr.New(sqlerr.InvalidColumnReference, "SELECT DISTINCT ON expressions must match initial ORDER BY expressions").At(s.DistinctOn[0].Pos())
		}
	}
	if len(order) > 0 {
		node = &Sort{Input: node, Keys: order}
	}
	return &Distinct{Input: node, On: on}, nil
}

func (p *planner) limit(s *ast.SelectStmt, node Node, sc *scope) (Node, error) {
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
	return &Limit{Input: node, Count: count, Offset: offset}, nil
}

func (p *planner) limitExpr(e ast.Expr, clause string, sc *scope) (expr.Expr, error) {
	if e == nil {
		return nil, nil
	}
	if c, ok := e.(*ast.Const); ok && c.Kind == ast.ConstNull {
		return nil, nil
	}
	b := &binder{p: p, scope: &scope{outer: sc.outer}, clause: clause}
	if refersToColumn(e) {
		return nil, sqlerr.New(sqlerr.InvalidColumnReference, "argument of %s must not contain variables", clause).At(e.Pos())
	}
	bound, err := b.bind(e)
	if err != nil {
		return nil, err
	}
	return b.coerceTo(bound, types.Int8, "argument of "+clause, e.Pos())
}

func refersToColumn(e ast.Expr) bool {
	_, ok := e.(*ast.ColumnRef)
	return ok
}

// valuesStmt plans VALUES.
func (p *planner) valuesStmt(s *ast.SelectStmt, outer *scope) (Node, error) {
	rows := make([][]expr.Expr, 0, len(s.Values))
	b := &binder{p: p, scope: &scope{outer: outer}, clause: "VALUES"}
	for _, list := range s.Values {
		if len(list) != len(s.Values[0]) {
			return nil, sqlerr.New(sqlerr.SyntaxError, "VALUES lists must all be the same length").At(list[0].Pos())
		}
		row := make([]expr.Expr, 0, len(list))
		for _, item := range list {
			e, err := b.bind(item)
			if err != nil {
				return nil, err
			}
			row = append(row, e)
		}
		rows = append(rows, row)
	}
	cols := make([]Column, len(rows[0]))
	for i := range cols {
		column := make([]expr.Expr, len(rows))
		for r := range rows {
			column[r] = rows[r][i]
		}
		t, err := expr.CommonType("VALUES", column)
		if err != nil {
			return nil, sqlerr.From(err).At(s.Values[0][i].Pos())
		}
		typmod := column[0].Typmod()
		for r := range rows {
			if rows[r][i], err = expr.Coerce(rows[r][i], t, types.NoTypmod, expr.Implicit); err != nil {
				return nil, err
			}
			if rows[r][i].Typmod() != typmod {
				typmod = types.NoTypmod
			}
		}
		cols[i] = Column{Name: "column" + itoa(i+1), Type: t, Typmod: typmod}
	}
	return p.tail(s, &Values{Rows: rows, cols: cols}, outer)
}

// tail adds ORDER BY and LIMIT to a node whose output names are all they see.
func (p *planner) tail(s *ast.SelectStmt, node Node, outer *scope) (Node, error) {
	cols := node.Columns()
	sc := &scope{outer: outer}
	sc.add("", "", cols, len(cols))
	outputs := make([]expr.Expr, len(cols))
	for i := range cols {
		outputs[i] = columnOf(&sc.columns[i])
	}
	var keys []SortKey
	for _, item := range s.OrderBy {
		at, err := p.outputItem(item.Expr, cols, outputs, "ORDER BY")
		if err != nil {
			return nil, err
		}
		if at < 0 {
			if s.SetOp != ast.SetNone {
				if ref, ok := item.Expr.(*ast.ColumnRef); ok {
					return nil, sqlerr.New(sqlerr.UndefinedColumn, `column "%s" does not exist`, strings.Join(ref.Fields, ".")).At(ref.Pos())
				}
				return nil, sqlerr.New(sqlerr.FeatureNotSupported, "invalid UNION/INTERSECT/EXCEPT ORDER BY clause").
					WithDetail("Only result column names can be used, not expressions or functions.").
					WithHint("Add the expression/function to every SELECT, or move the UNION into a FROM clause.").At(item.Expr.Pos())
			}
			b := &binder{p: p, scope: sc, clause: "ORDER BY"}
			e, err := b.bind(item.Expr)
			if err != nil {
				return nil, err
			}
			key, err := sortKey(item, 0, e)
			if err != nil {
				return nil, err
			}
			key.Expr = e
			keys = append(keys, key)
			continue
		}
		key, err := sortKey(item, at, outputs[at])
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	if len(keys) > 0 {
		node = &Sort{Input: node, Keys: keys}
	}
	return p.limit(s, node, sc)
}

// setOperation plans UNION, INTERSECT and EXCEPT.
func (p *planner) setOperation(s *ast.SelectStmt, outer *scope) (Node, error) {
	names := map[ast.SetOp]string{ast.SetUnion: "UNION", ast.SetIntersect: "INTERSECT", ast.SetExcept: "EXCEPT"}
	left, err := p.selectStmt(s.Left, outer)
	if err != nil {
		return nil, err
	}
	right, err := p.selectStmt(s.Right, outer)
	if err != nil {
		return nil, err
	}
	lc, rc := left.Columns(), right.Columns()
	if len(lc) != len(rc) {
		loc := -1
		if len(s.Right.Targets) > 0 {
			loc = s.Right.Targets[0].Val.Pos()
		}
		return nil, sqlerr.New(sqlerr.SyntaxError, "each %s query must have the same number of columns", names[s.SetOp]).At(loc)
	}
	cols := make([]Column, len(lc))
	leftExprs, rightExprs := make([]expr.Expr, len(lc)), make([]expr.Expr, len(lc))
	for i := range lc {
		l, r := outputExpr(left, i), outputExpr(right, i)
		t, err := expr.CommonType(names[s.SetOp], []expr.Expr{l, r})
		if err != nil {
			loc := -1
			if i < len(s.Right.Targets) {
				loc = s.Right.Targets[i].Val.Pos()
			}
			return nil, sqlerr.From(err).At(loc)
		}
		if leftExprs[i], err = expr.Coerce(l, t, types.NoTypmod, expr.Implicit); err != nil {
			return nil, err
		}
		if rightExprs[i], err = expr.Coerce(r, t, types.NoTypmod, expr.Implicit); err != nil {
			return nil, err
		}
		cols[i] = Column{Name: lc[i].Name, Type: t, Typmod: types.NoTypmod}
		if lc[i].Typmod == rc[i].Typmod && lc[i].Type == rc[i].Type {
			cols[i].Typmod = lc[i].Typmod
		}
	}
	left = &Project{Input: left, Exprs: leftExprs, cols: cols}
	right = &Project{Input: right, Exprs: rightExprs, cols: cols}
	return p.tail(s, &SetOp{Op: uint8(s.SetOp), All: s.All, Left: left, Right: right, cols: cols}, outer)
}

// outputExpr is an expression for an output column of a node that another
// projection reads; an untyped literal stays one so that it can still be
// coerced.
func outputExpr(n Node, i int) expr.Expr {
	c := n.Columns()[i]
	if pr, ok := n.(*Project); ok && c.Type == types.Unknown {
		switch pr.Exprs[i].(type) {
		case *expr.Const, *expr.Param:
			return pr.Exprs[i]
		}
	}
	return &expr.Column{Index: i, T: c.Type, Mod: c.Typmod, Name: c.Name}
}

// locking applies FOR UPDATE and its kin to the scans it names.
func (p *planner) locking(s *ast.SelectStmt, node Node) error {
	names := [...]string{"FOR KEY SHARE", "FOR SHARE", "FOR NO KEY UPDATE", "FOR UPDATE"}
	for _, l := range s.Locking {
		clause := names[l.Strength]
		switch {
		case s.Distinct || len(s.DistinctOn) > 0:
			return sqlerr.New(sqlerr.FeatureNotSupported, "%s is not allowed with DISTINCT clause", clause)
		case len(s.GroupBy) > 0:
			return sqlerr.New(sqlerr.FeatureNotSupported, "%s is not allowed with GROUP BY clause", clause)
		case s.Having != nil:
			return sqlerr.New(sqlerr.FeatureNotSupported, "%s is not allowed with HAVING clause", clause)
		}
		lockScans(node, &RowLock{Strength: uint8(l.Strength), NoWait: l.NoWait, SkipLocked: l.SkipLocked})
	}
	return nil
}

func lockScans(n Node, lock *RowLock) {
	if s, ok := n.(*Scan); ok {
		s.Lock = lock
	}
	for _, in := range n.Inputs() {
		lockScans(in, lock)
	}
}

// filter puts a condition above a node, into a scan's own filter when it can.
func filter(n Node, cond expr.Expr) Node {
	if s, ok := n.(*Scan); ok {
		s.Filter = and(s.Filter, cond)
		return s
	}
	return &Filter{Input: n, Cond: cond}
}

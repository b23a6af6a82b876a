package plan

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// valuesStmt plans VALUES.
func (p *planner) valuesStmt(s *ast.SelectStmt, outer *scope) (Node, error) {
	rows := make([][]expr.Expr, 0, len(s.Values))
	b := &binder{p: p, scope: &scope{outer: outer}, clause: "VALUES"}
	var first []ast.Expr
	for _, list := range s.Values {
		list, spread, err := b.spreadList(list)
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = list
		}
		if len(list) != len(first) {
			return nil, sqlerr.New(sqlerr.SyntaxError, "VALUES lists must all be the same length").At(list[0].Pos())
		}
		row := make([]expr.Expr, 0, len(list))
		for i, item := range list {
			e, err := b.bindSpread(item, spread, i)
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
		t, err := p.typing().CommonType("VALUES", column)
		if err != nil {
			return nil, sqlerr.From(err).At(first[i].Pos())
		}
		typmod := column[0].Typmod()
		for r := range rows {
			if rows[r][i], err = p.typing().Coerce(rows[r][i], t, types.NoTypmod, expr.Implicit); err != nil {
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
	return p.limit(s, node, sc, keys)
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
		t, err := p.typing().CommonType(names[s.SetOp], []expr.Expr{l, r})
		if err != nil {
			loc := -1
			if i < len(s.Right.Targets) {
				loc = s.Right.Targets[i].Val.Pos()
			}
			return nil, sqlerr.From(err).At(loc)
		}
		if leftExprs[i], err = p.typing().Coerce(l, t, types.NoTypmod, expr.Implicit); err != nil {
			return nil, err
		}
		if rightExprs[i], err = p.typing().Coerce(r, t, types.NoTypmod, expr.Implicit); err != nil {
			return nil, err
		}
		if !(s.SetOp == ast.SetUnion && s.All) && t != types.Unknown && !t.Equatable() {
			loc := -1
			if i < len(s.Left.Targets) {
				loc = s.Left.Targets[i].Val.Pos()
			}
			return nil, sqlerr.New(sqlerr.UndefinedFunction, "could not identify an equality operator for type %s", t).At(loc)
		}
		cols[i] = Column{Name: lc[i].Name, Type: t, Typmod: types.NoTypmod, Collation: lc[i].Collation}
		if cols[i].Collation == nil {
			cols[i].Collation = rc[i].Collation
		}
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
	return &expr.Column{Index: i, T: c.Type, Mod: c.Typmod, Name: c.Name, Collation: c.Collation}
}

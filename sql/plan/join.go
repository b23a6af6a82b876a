package plan

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// join plans a join in FROM. Both sides' columns go to one scope; USING and
// NATURAL shadow the right side's copies.
func (p *planner) join(j *ast.JoinExpr, sc *scope) (Node, error) {
	if j.Alias != nil || j.UsingAlias != "" {
		return nil, sqlerr.Unsupported("an alias of a join").At(j.Pos())
	}
	left, err := p.tableExpr(j.Left, sc)
	if err != nil {
		return nil, err
	}
	mid, leftWidth := len(sc.columns), sc.width
	right, args, err := p.rightSide(sc, j.Right.Pos(), func(right *scope) (Node, error) { return p.tableExpr(j.Right, right) })
	if err != nil {
		return nil, err
	}
	joinType := InnerJoin
	switch j.Type {
	case ast.JoinLeft:
		joinType = LeftJoin
	case ast.JoinRight:
		joinType = RightJoin
	case ast.JoinFull:
		joinType = FullJoin
	}
	node, err := pair(joinType, left, right, args)
	if err != nil {
		return nil, err
	}
	using := j.Using
	if j.Natural {
		for i := range mid {
			for k := mid; k < len(sc.columns); k++ {
				if l, r := &sc.columns[i], &sc.columns[k]; l.Name == r.Name && !l.hidden && !r.hidden {
					using = append(using, l.Name)
				}
			}
		}
	}
	if len(using) > 0 && joinType != InnerJoin && joinType != LeftJoin {
		return nil, sqlerr.Unsupported("USING in a right or full join").At(j.Pos())
	}
	var conds []expr.Expr
	for _, name := range using {
		l, r := find(sc.columns[:mid], name), find(sc.columns[mid:], name)
		if l == nil || r == nil {
			side := "left"
			if l != nil {
				side = "right"
			}
			return nil, sqlerr.New(sqlerr.UndefinedColumn, `column "%s" specified in USING clause does not exist in %s table`, name, side).At(j.Pos())
		}
		r.shadowed = true
		eq, err := expr.ResolveOperator("=", columnOf(l), columnOf(r), j.Pos())
		if err != nil {
			return nil, err
		}
		conds = append(conds, eq)
	}
	if j.On != nil {
		b := &binder{p: p, scope: &scope{outer: sc.outer, columns: sc.columns, width: sc.width}, clause: "JOIN conditions"}
		on, err := b.condition(j.On, "JOIN/ON")
		if err != nil {
			return nil, err
		}
		conds = append(conds, on)
	}
	for _, c := range conds {
		for _, term := range conjuncts(c) {
			switch n := node.(type) {
			case *Join:
				n.addCondition(term, leftWidth)
			case *Apply:
				n.Cond = and(n.Cond, term)
			}
		}
	}
	return node, nil
}

// addCondition takes an equation between the sides as a hash key, and anything
// else into Cond.
func (n *Join) addCondition(term expr.Expr, leftWidth int) {
	if call, ok := term.(*expr.Call); ok && call.Op != nil && call.Op.Name == "=" && len(call.Args) == 2 && call.Args[0].Type().Same(call.Args[1].Type()) && call.Args[0].Type().Comparable() {
		l, r := side(call.Args[0], leftWidth), side(call.Args[1], leftWidth)
		switch {
		case l < 0 && r > 0:
			n.LeftKeys = append(n.LeftKeys, call.Args[0])
			n.RightKeys = append(n.RightKeys, shift(call.Args[1], -leftWidth))
			return
		case l > 0 && r < 0:
			n.LeftKeys = append(n.LeftKeys, call.Args[1])
			n.RightKeys = append(n.RightKeys, shift(call.Args[0], -leftWidth))
			return
		}
	}
	n.Cond = and(n.Cond, term)
}

// side says which side of a pair an expression reads: -1 left, 1 right, 0 both
// or neither.
func side(e expr.Expr, leftWidth int) int {
	left, right := false, false
	expr.Walk(e, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Column); ok {
			if c.Index < leftWidth {
				left = true
			} else {
				right = true
			}
		}
		return true
	})
	switch {
	case left && !right:
		return -1
	case right && !left:
		return 1
	}
	return 0
}

// shift moves every column position by n.
func shift(e expr.Expr, n int) expr.Expr {
	if n == 0 {
		return e
	}
	return expr.Rewrite(e, func(e expr.Expr) expr.Expr {
		if c, ok := e.(*expr.Column); ok {
			moved := *c
			moved.Index += n
			return &moved
		}
		return e
	})
}

func find(columns []scopeColumn, name string) *scopeColumn {
	for i := range columns {
		if columns[i].Name == name && !columns[i].hidden && !columns[i].shadowed {
			return &columns[i]
		}
	}
	return nil
}

func columnOf(c *scopeColumn) expr.Expr {
	column := &expr.Column{Index: c.index, T: c.Type, Mod: c.Typmod, Name: c.Name}
	if c.derive != nil {
		return c.derive(column)
	}
	return column
}

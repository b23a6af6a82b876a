package plan

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// join plans a join in FROM. Both sides' columns go to one scope; USING and
// NATURAL put merged columns in front of them.
func (p *planner) join(j *ast.JoinExpr, sc *scope) (Node, error) {
	first, firstItem := len(sc.columns), len(sc.items)
	left, err := p.tableExpr(j.Left, sc)
	if err != nil {
		return nil, err
	}
	mid, midItem, leftWidth := len(sc.columns), len(sc.items), sc.width
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
	leftNullable, rightNullable := joinType == FullJoin || joinType == RightJoin, joinType == FullJoin || joinType == LeftJoin
	for i := first; i < len(sc.columns); i++ {
		sc.columns[i].nullable = sc.columns[i].nullable || leftNullable && i < mid || rightNullable && i >= mid
	}
	for i := firstItem; i < len(sc.items); i++ {
		sc.items[i].nullable = sc.items[i].nullable || leftNullable && i < midItem || rightNullable && i >= midItem
	}
	conds, err := sc.mergeColumns(p.typing(), j, joinType, first, mid)
	if err != nil {
		return nil, err
	}
	p.references.watch(sc)
	if j.On != nil {
		b := &binder{p: p, scope: &scope{outer: sc.outer, columns: sc.columns, width: sc.width, aliased: sc.aliased, unseen: sc.unseen}, clause: "JOIN conditions"}
		on, err := b.condition(j.On, "JOIN/ON")
		if err != nil {
			return nil, err
		}
		p.references.condition(j, on)
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
	return node, sc.nameJoin(j, first)
}

// mergeColumns equates the columns of USING and NATURAL, and puts the merged
// ones in front of those of the two sides, which begin at first and mid.
func (s *scope) mergeColumns(y *expr.Typing, j *ast.JoinExpr, t JoinType, first, mid int) (conds []expr.Expr, err error) {
	using := j.Using
	if j.Natural {
		using = common(s.columns[first:mid], s.columns[mid:])
	}
	var merged []scopeColumn
	for _, name := range using {
		l, err := theColumn(s.columns[first:mid], name, "left", j.Pos())
		if err != nil {
			return nil, err
		}
		r, err := theColumn(s.columns[mid:], name, "right", j.Pos())
		if err != nil {
			return nil, err
		}
		eq, err := y.ResolveOperator("=", columnOf(l), columnOf(r), j.Pos())
		if err != nil {
			return nil, err
		}
		conds = append(conds, eq)
		m, err := mergedColumn(y, t, l, r)
		if err != nil {
			return nil, sqlerr.From(err).At(j.Pos())
		}
		merged = append(merged, m)
		l.shadowed, r.shadowed = true, true
	}
	s.columns = append(append(s.columns[:first:first], merged...), s.columns[first:]...)
	if j.UsingAlias != "" {
		if s.hasRelation(j.UsingAlias) {
			return nil, sqlerr.New(sqlerr.DuplicateAlias, `table name "%s" specified more than once`, j.UsingAlias).At(j.Pos())
		}
		for _, m := range merged {
			m.relation, m.shadowed = j.UsingAlias, true
			s.columns = append(s.columns, m)
		}
	}
	return conds, nil
}

// mergedColumn is the value of the side that is never missing, or of a full join
// that of either.
func mergedColumn(y *expr.Typing, t JoinType, l, r *scopeColumn) (scopeColumn, error) {
	m := *l
	if t == RightJoin {
		m = *r
	}
	m.relation, m.schema, m.shadowed, m.nullable = "", "", false, false
	if t == InnerJoin && !l.Type.Same(r.Type) { // either would do: the one that needs no cast
		if common, err := y.CommonType("JOIN/USING", []expr.Expr{columnOf(l), columnOf(r)}); err == nil && r.Type.Same(common) && r.Typmod == types.NoTypmod {
			m = *r
			m.relation, m.schema, m.shadowed, m.nullable = "", "", false, false
			return m, nil
		}
	}
	sides := []expr.Expr{columnOf(l), columnOf(r)}
	if t != FullJoin && l.Type.Same(r.Type) {
		return m, nil
	}
	common, err := y.CommonType("JOIN/USING", sides)
	if err != nil {
		return m, err
	}
	if m.Type.Same(common) && t != FullJoin {
		return m, nil
	}
	for i := range sides {
		if sides[i], err = y.Coerce(sides[i], common, types.NoTypmod, expr.Implicit); err != nil {
			return m, err
		}
	}
	m.Table, m.Num, m.Type, m.Typmod = 0, 0, common, types.NoTypmod
	switch t {
	case FullJoin:
		m.merged, err = y.NewCoalesce(sides)
		if l.Type.Same(r.Type) && l.Typmod == r.Typmod {
			m.Typmod = l.Typmod
		}
	case RightJoin:
		m.merged = sides[1]
	default:
		m.merged = sides[0]
	}
	return m, err
}

// common lists the names that both sides of a NATURAL join have.
func common(left, right []scopeColumn) (names []string) {
	for i := range left {
		for k := range right {
			if l, r := &left[i], &right[k]; l.Name == r.Name && !l.hidden && !r.hidden && !l.shadowed && !r.shadowed {
				names = append(names, l.Name)
				break
			}
		}
	}
	return names
}

// theColumn finds a column of USING in one side of a join.
func theColumn(columns []scopeColumn, name, side string, loc int) (*scopeColumn, error) {
	var found *scopeColumn
	for i := range columns {
		c := &columns[i]
		if c.Name != name || c.hidden || c.shadowed {
			continue
		}
		if found != nil {
			return nil, sqlerr.New(sqlerr.AmbiguousColumn, `common column name "%s" appears more than once in %s table`, name, side).At(loc)
		}
		found = c
	}
	if found == nil {
		return nil, sqlerr.New(sqlerr.UndefinedColumn, `column "%s" specified in USING clause does not exist in %s table`, name, side).At(loc)
	}
	return found, nil
}

// nameJoin gives what a join joins, from column first on, the join's alias: the
// names of its tables are then out of sight.
func (s *scope) nameJoin(j *ast.JoinExpr, first int) error {
	if j.Alias == nil {
		return nil
	}
	own := append([]scopeColumn(nil), s.columns[first:]...)
	s.unseen = &scope{columns: own, unseen: s.unseen}
	s.columns = s.columns[:first]
	if s.hasRelation(j.Alias.Name) {
		return sqlerr.New(sqlerr.DuplicateAlias, `table name "%s" specified more than once`, j.Alias.Name).At(j.Pos())
	}
	n := 0
	for _, c := range own {
		if c.hidden || c.shadowed {
			continue
		}
		c.relation, c.schema = j.Alias.Name, ""
		if n < len(j.Alias.Columns) {
			c.Name = j.Alias.Columns[n]
		}
		n++
		s.columns = append(s.columns, c)
	}
	if len(j.Alias.Columns) > n {
		return sqlerr.New(sqlerr.InvalidColumnReference, `join expression "%s" has %d columns available but %d columns specified`, j.Alias.Name, n, len(j.Alias.Columns)).At(j.Pos())
	}
	return nil
}

// addCondition takes an equation between the sides as a hash key, and anything
// else into Cond.
func (n *Join) addCondition(term expr.Expr, leftWidth int) {
	if one, other, ok := equation(term); ok {
		l, r := side(one, leftWidth), side(other, leftWidth)
		if l > 0 && r < 0 {
			l, r, one, other = r, l, other, one
		}
		if l < 0 && r > 0 {
			n.LeftKeys = append(n.LeftKeys, one)
			n.RightKeys = append(n.RightKeys, shift(other, -leftWidth))
			return
		}
	}
	n.Cond = and(n.Cond, term)
}

// equation gives the sides of an equation whose values have a hash that equal ones have in common: those of one type, and
// integers of any two, the smaller ones as the larger type's.
func equation(e expr.Expr) (one, other expr.Expr, ok bool) {
	call, ok := e.(*expr.Call)
	if !ok || call.Op == nil || call.Op.Name != "=" || len(call.Args) != 2 {
		return nil, nil, false
	}
	one, other = call.Args[0], call.Args[1]
	if a, b := one.Type(), other.Type(); isInteger(a) && isInteger(b) && a != b {
		if a.Len < b.Len {
			one = &expr.Relabel{Arg: one, T: b, Mod: types.NoTypmod, Form: expr.FormImplicitCast}
		} else {
			other = &expr.Relabel{Arg: other, T: a, Mod: types.NoTypmod, Form: expr.FormImplicitCast}
		}
	}
	return one, other, one.Type().Same(other.Type()) && one.Type().Comparable()
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

func columnOf(c *scopeColumn) expr.Expr {
	if c.reader != nil {
		c.reader.note(&c.Column)
	}
	if c.merged != nil {
		return c.merged
	}
	column := &expr.Column{Index: c.index, T: c.Type, Mod: c.Typmod, Name: c.Name, Fields: c.Fields, Collation: c.Collation}
	if c.derive != nil {
		return c.derive(column)
	}
	return column
}

package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
)

// derivedConds bounds how many conditions are concluded from others.
const derivedConds = 100

// derive concludes conditions: what is equal to a column that is compared with a
// constant is compared with it too, so that its side of a join can be read by an
// index. The conditions given stay.
func derive(conds []expr.Expr) []expr.Expr {
	type pair struct{ a, b *expr.Column }
	var equal2 []pair
	for _, c := range conds {
		if a, b := equatedColumns(c); a != nil {
			equal2 = append(equal2, pair{a, b}, pair{b, a})
		}
	}
	if equal2 == nil {
		return conds
	}
	for at := 0; at < len(conds) && len(conds) < derivedConds; at++ {
		column := comparedColumn(conds[at])
		if column == nil {
			continue
		}
		for _, p := range equal2 {
			if p.a.Index != column.Index {
				continue
			}
			c := replaceColumn(conds[at], p.a, p.b)
			if !slices.ContainsFunc(conds, func(have expr.Expr) bool { return equal(have, c) }) {
				conds = append(conds[:len(conds):len(conds)], c)
			}
		}
	}
	return conds
}

// equatedColumns gives the columns of column = column.
func equatedColumns(cond expr.Expr) (a, b *expr.Column) {
	call, ok := cond.(*expr.Call)
	if !ok || call.Op == nil || call.Op.Name != "=" || len(call.Args) != 2 {
		return nil, nil
	}
	a, ok1 := call.Args[0].(*expr.Column)
	b, ok2 := call.Args[1].(*expr.Column)
	if !ok1 || !ok2 || !a.T.Same(b.T) {
		return nil, nil
	}
	return a, b
}

// comparedColumn gives the column of a comparison with something that reads no
// column, nil for any other condition.
func comparedColumn(cond expr.Expr) *expr.Column {
	if !movable(cond) {
		return nil
	}
	switch c := cond.(type) {
	case *expr.InList:
		column, ok := c.Left.(*expr.Column)
		if ok && !c.Negated && !slices.ContainsFunc(c.List, readsColumn) {
			return column
		}
	case *expr.Call:
		if c.Op == nil || len(c.Args) != 2 || commuted[c.Op.Name] == "" {
			return nil
		}
		for i, a := range c.Args {
			if column, ok := a.(*expr.Column); ok && !readsColumn(c.Args[1-i]) {
				return column
			}
		}
	}
	return nil
}

func replaceColumn(e expr.Expr, from, to *expr.Column) expr.Expr {
	return expr.Rewrite(e, func(e expr.Expr) expr.Expr {
		if c, ok := e.(*expr.Column); ok && c.Index == from.Index {
			return to
		}
		return e
	})
}

// deriveRight concludes conditions on the right side of a left join from those
// on its left side, through the keys. They are over the right side's row.
func (n *Join) deriveRight(own []expr.Expr) (right []expr.Expr) {
	for _, c := range own {
		column := comparedColumn(c)
		for i, k := range n.LeftKeys {
			l, ok1 := k.(*expr.Column)
			r, ok2 := n.RightKeys[i].(*expr.Column)
			if column != nil && ok1 && ok2 && l.Index == column.Index && l.T.Same(r.T) {
				right = append(right, replaceColumn(c, l, r))
			}
		}
	}
	return right
}

// factored takes out of every OR what all its alternatives demand: (a AND b) OR
// (a AND c) becomes a AND (b OR c), so that a can be decided on its own.
func factored(conds []expr.Expr) []expr.Expr {
	var out []expr.Expr
	for _, c := range conds {
		if or, ok := c.(*expr.Or); ok {
			out = append(out, factorOr(or)...)
		} else {
			out = append(out, c)
		}
	}
	return out
}

func factorOr(or *expr.Or) []expr.Expr {
	var shared []expr.Expr
	for _, c := range conjuncts(or.Args[0]) {
		if movable(c) && !slices.ContainsFunc(or.Args[1:], func(arm expr.Expr) bool {
			return !slices.ContainsFunc(conjuncts(arm), func(have expr.Expr) bool { return equal(have, c) })
		}) {
			shared = append(shared, c)
		}
	}
	if shared == nil {
		return []expr.Expr{or}
	}
	var arms []expr.Expr
	for _, arm := range or.Args {
		rest := slices.DeleteFunc(slices.Clone(conjuncts(arm)), func(c expr.Expr) bool {
			return slices.ContainsFunc(shared, func(s expr.Expr) bool { return equal(s, c) })
		})
		if len(rest) == 0 {
			return shared // an alternative that demands nothing else
		}
		arms = append(arms, expr.NewAnd(rest...))
	}
	return append(shared, expr.NewOr(arms...))
}

package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
)

// An OR over several sides says something about each of them, if every alternative does:
// (a.x = 1 AND b.y = 2) OR (a.x = 3 AND b.y = 4) lets no row of a pass but those with
// x = 1 OR x = 3. Such a condition leaves rows out before they are joined; the whole OR
// still holds for what is joined.

// restrictArms adds what the ORs say about single sides.
func (t *joinTree) restrictArms() {
	for k, c := range t.conds {
		or, ok := c.expr.(*expr.Or)
		if !ok || len(c.leaves) < 2 || holdsLink(or) {
			continue
		}
		left := 1.0
		for _, leaf := range c.leaves {
			if own := t.armsOf(or, leaf); own != nil {
				t.conds = append(t.conds, treeCond{expr: own, leaves: []int{leaf}})
				left *= defaultSelectivity(own)
			}
		}
		if left < 1 {
			t.conds[k].restricted = left
		}
	}
}

// armsOf gives what the alternatives of an OR demand of one side; nil if one of them
// demands nothing.
func (t *joinTree) armsOf(or *expr.Or, leaf int) expr.Expr {
	arms := make([]expr.Expr, 0, len(or.Args))
	for _, arm := range or.Args {
		var own []expr.Expr
		for _, c := range conjuncts(arm) {
			if inner, ok := c.(*expr.Or); ok && len(t.reads(c)) > 1 {
				if c = t.armsOf(inner, leaf); c == nil {
					continue
				}
			}
			if reads := t.reads(c); len(reads) == 1 && reads[0] == leaf {
				own = append(own, c)
			}
		}
		if len(own) == 0 {
			return nil
		}
		one := expr.NewAnd(own...)
		if !slices.ContainsFunc(arms, func(have expr.Expr) bool { return equal(have, one) }) {
			arms = append(arms, one)
		}
	}
	if len(arms) == 1 {
		return arms[0]
	}
	return expr.NewOr(arms...)
}

// holdsLink says whether there is a subquery in an expression.
func holdsLink(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(e expr.Expr) bool {
		_, is := e.(*SubLink)
		found = found || is
		return !found
	})
	return found
}

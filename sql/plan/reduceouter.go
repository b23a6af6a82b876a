package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
)

// An outer join whose rows of NULLs no condition above lets through is an inner one, and
// can be done in any order: SELECT ... FROM a LEFT JOIN b ON ..., c WHERE b.x = c.x.

// reduceOuter makes the outer joins below n, whose columns begin at offset in the rows that
// conds are about, into joins that keep fewer rows. It says whether it has changed any.
func reduceOuter(n Node, offset int, conds []expr.Expr) (changed bool) {
	if f, ok := n.(*Filter); ok {
		return reduceOuter(f.Input, offset, conds)
	}
	j, ok := n.(*Join)
	if !ok {
		return false
	}
	mid := offset + Width(j.Left)
	end := mid + Width(j.Right)
	was := j.Type
	for _, c := range conds {
		switch {
		case j.Type == LeftJoin && rejectsNulls(c, mid, end), j.Type == RightJoin && rejectsNulls(c, offset, mid):
			j.Type = InnerJoin
		case j.Type == FullJoin && rejectsNulls(c, mid, end):
			j.Type = RightJoin
		case j.Type == FullJoin && rejectsNulls(c, offset, mid):
			j.Type = LeftJoin
		}
	}
	changed = j.Type != was
	if j.Type == InnerJoin || j.Type == LeftJoin {
		changed = reduceOuter(j.Left, offset, conds) || changed
	}
	if j.Type == InnerJoin || j.Type == RightJoin {
		changed = reduceOuter(j.Right, mid, conds) || changed
	}
	return changed
}

// rejectsNulls says whether a condition is surely not true when the columns of
// [from, to) are all NULL.
func rejectsNulls(cond expr.Expr, from, to int) bool {
	rejects := func(e expr.Expr) bool { return rejectsNulls(e, from, to) }
	switch c := cond.(type) {
	case *expr.IsNull:
		return c.Negated && ofNulls(c.Arg, from, to)
	case *expr.And: // one that is false or NULL is enough
		return slices.ContainsFunc(c.Args, rejects)
	case *expr.Or:
		return !slices.ContainsFunc(c.Args, func(e expr.Expr) bool { return !rejects(e) })
	}
	return ofNulls(cond, from, to)
}

// ofNulls says whether an expression is surely NULL when the columns of [from, to) are.
func ofNulls(e expr.Expr, from, to int) bool {
	null := func(e expr.Expr) bool { return ofNulls(e, from, to) }
	switch e := e.(type) {
	case *expr.Column:
		return e.Index >= from && e.Index < to
	case *expr.Relabel:
		return null(e.Arg)
	case *expr.Call:
		return e.Fn.Strict && !e.Fn.ReturnsSet && slices.ContainsFunc(e.Args, null)
	case *expr.Like:
		return null(e.Args[0])
	case *expr.InList:
		return len(e.List) > 0 && null(e.Left)
	case *expr.Not:
		return null(e.Arg)
	}
	return false
}

package plan

import "github.com/kalamsql/kalamsql/sql/expr"

// fold computes what is constant in every expression of a plan, once instead
// of for each row: literals whose value depends on the session's settings, and
// immutable functions of constants. An expression that fails stays, and fails
// when it is reached; the first such error that PostgreSQL would meet is given.
func fold(n Node, c *expr.Context) (failure error) {
	by := func(f func(expr.Expr, *expr.Context) (expr.Expr, error)) func(expr.Expr) expr.Expr {
		return func(e expr.Expr) expr.Expr {
			e, err := f(e, c)
			if failure == nil {
				failure = err
			}
			return e
		}
	}
	exprMapper{one: by(expr.FoldConstants), condition: by(expr.FoldCondition)}.below(n)
	return failure
}

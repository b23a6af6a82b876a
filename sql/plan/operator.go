package plan

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// operator binds an operator expression in all its forms.
func (b *binder) operator(e *ast.AExpr) (expr.Expr, error) {
	op := ""
	if len(e.Op) > 0 {
		op = e.Op[len(e.Op)-1]
	}
	switch e.OpKind {
	case ast.OpIn:
		return b.in(e, op)
	case ast.OpBetween, ast.OpNotBetween, ast.OpBetweenSym, ast.OpNotBetweenSym:
		return b.between(e)
	case ast.OpAny, ast.OpAll:
		left, right, err := b.pair(e.Left, e.Right)
		if err != nil {
			return nil, err
		}
		return expr.ResolveArrayOperator(op, left, right, e.OpKind == ast.OpAll, e.Pos())
	}
	if l, ok := e.Left.(*ast.RowExpr); ok {
		if r, ok := e.Right.(*ast.RowExpr); ok {
			return b.rowComparison(e, op, l, r)
		}
	}
	// Unary minus over a number is part of the number.
	if e.Left == nil && op == "-" {
		if c, ok := e.Right.(*ast.Const); ok && (c.Kind == ast.ConstInteger || c.Kind == ast.ConstFloat) {
			negative := *c
			if c.Kind == ast.ConstInteger {
				negative.Int = -c.Int
			} else {
				negative.Text = "-" + c.Text
			}
			return constant(&negative)
		}
	}
	var left expr.Expr
	var err error
	if e.Left != nil {
		if left, err = b.bind(e.Left); err != nil {
			return nil, err
		}
	}
	right, err := b.bind(e.Right)
	if err != nil {
		return nil, err
	}
	switch e.OpKind {
	case ast.OpDistinct, ast.OpNotDistinct:
		if isNullConst(right) {
			return &expr.IsNull{Arg: left, Negated: e.OpKind == ast.OpDistinct}, nil
		}
		if isNullConst(left) {
			return &expr.IsNull{Arg: right, Negated: e.OpKind == ast.OpDistinct}, nil
		}
		eq, err := expr.ResolveOperator("=", left, right, e.Pos())
		if err != nil {
			return nil, err
		}
		return &expr.IsDistinct{Eq: eq.(*expr.Call), Negated: e.OpKind == ast.OpNotDistinct}, nil
	case ast.OpNullIf:
		eq, err := expr.ResolveOperator("=", left, right, e.Pos())
		if err != nil {
			return nil, err
		}
		// The result has the first argument's type after the operator chose one.
		return &expr.NullIf{Eq: eq.(*expr.Call)}, nil
	}
	return expr.ResolveOperator(op, left, right, e.Pos())
}

func isNullConst(e expr.Expr) bool {
	c, ok := e.(*expr.Const)
	return ok && c.Value.IsNull()
}

func (b *binder) pair(l, r ast.Expr) (left, right expr.Expr, err error) {
	if left, err = b.bind(l); err != nil {
		return nil, nil, err
	}
	right, err = b.bind(r)
	return left, right, err
}

// in binds a [NOT] IN (list).
func (b *binder) in(e *ast.AExpr, op string) (expr.Expr, error) {
	list := e.Right.(*ast.List).Items
	if row, ok := e.Left.(*ast.RowExpr); ok {
		var terms []expr.Expr
		for _, item := range list {
			r, ok := item.(*ast.RowExpr)
			if !ok {
				return nil, sqlerr.Unsupported("IN with a row and a value that is no row").At(item.Pos())
			}
			term, err := b.rowComparison(e, op, row, r)
			if err != nil {
				return nil, err
			}
			terms = append(terms, term)
		}
		if op == "<>" {
			return and(terms...), nil
		}
		return or(terms...), nil
	}
	left, err := b.bind(e.Left)
	if err != nil {
		return nil, err
	}
	items, err := b.bindAll(list)
	if err != nil {
		return nil, err
	}
	// One type for all items lets constants become a hash set; items that do
	// not agree are compared one by one, as PostgreSQL does.
	if t, err := expr.CommonType("IN", append([]expr.Expr{left}, items...)); err == nil && t.Comparable() {
		probe, err := expr.Coerce(left, t, types.NoTypmod, expr.Implicit)
		if err == nil {
			coerced := make([]expr.Expr, len(items))
			for i := range items {
				if coerced[i], err = expr.Coerce(items[i], t, types.NoTypmod, expr.Implicit); err != nil {
					return nil, err
				}
			}
			return expr.NewInList(probe, coerced, op == "<>"), nil
		}
	}
	var terms []expr.Expr
	for i, item := range items {
		term, err := expr.ResolveOperator(op, left, item, list[i].Pos())
		if err != nil {
			return nil, sqlerr.From(err).At(e.Pos())
		}
		terms = append(terms, term)
	}
	if op == "<>" {
		return and(terms...), nil
	}
	return or(terms...), nil
}

// between binds BETWEEN as the comparisons it stands for.
func (b *binder) between(e *ast.AExpr) (expr.Expr, error) {
	bounds := e.Right.(*ast.List).Items
	arg, err := b.bind(e.Left)
	if err != nil {
		return nil, err
	}
	low, high, err := b.pair(bounds[0], bounds[1])
	if err != nil {
		return nil, err
	}
	within := func(low, high expr.Expr) (expr.Expr, error) {
		l, err := expr.ResolveOperator(">=", arg, low, e.Pos())
		if err != nil {
			return nil, err
		}
		h, err := expr.ResolveOperator("<=", arg, high, e.Pos())
		if err != nil {
			return nil, err
		}
		return and(l, h), nil
	}
	result, err := within(low, high)
	if err != nil {
		return nil, err
	}
	if e.OpKind == ast.OpBetweenSym || e.OpKind == ast.OpNotBetweenSym {
		other, err := within(high, low)
		if err != nil {
			return nil, err
		}
		result = or(result, other)
	}
	if e.OpKind == ast.OpNotBetween || e.OpKind == ast.OpNotBetweenSym {
		return &expr.Not{Arg: result}, nil
	}
	return result, nil
}

// rowComparison binds (a, b) op (c, d) by columns.
func (b *binder) rowComparison(e *ast.AExpr, op string, l, r *ast.RowExpr) (expr.Expr, error) {
	if len(l.Args) != len(r.Args) {
		return nil, sqlerr.New(sqlerr.SyntaxError, "unequal number of entries in row expressions").At(e.Pos())
	}
	left, err := b.bindAll(l.Args)
	if err != nil {
		return nil, err
	}
	right, err := b.bindAll(r.Args)
	if err != nil {
		return nil, err
	}
	compare := func(op string, i int) (expr.Expr, error) { return expr.ResolveOperator(op, left[i], right[i], e.Pos()) }
	switch op {
	case "=", "<>":
		terms := make([]expr.Expr, len(left))
		for i := range left {
			if terms[i], err = compare(op, i); err != nil {
				return nil, err
			}
		}
		if op == "=" {
			return and(terms...), nil
		}
		return or(terms...), nil
	case "<", "<=", ">", ">=":
		// a < c, or a = c and (b < d, or ...): strict but for the last pair.
		strict := op[:1]
		result, err := compare(op, len(left)-1)
		if err != nil {
			return nil, err
		}
		for i := len(left) - 2; i >= 0; i-- {
			less, err := compare(strict, i)
			if err != nil {
				return nil, err
			}
			same, err := compare("=", i)
			if err != nil {
				return nil, err
			}
			result = or(less, and(same, result))
		}
		return result, nil
	}
	return nil, sqlerr.New(sqlerr.FeatureNotSupported, "could not determine interpretation of row comparison operator %s", op).
		WithHint("Row comparison operators must be associated with btree operator families.").At(e.Pos())
}

// booleanTest makes IS [NOT] TRUE and its kin.
func booleanTest(arg expr.Expr, e *ast.BooleanTest) expr.Expr {
	if e.Value == "UNKNOWN" {
		return &expr.IsNull{Arg: arg, Negated: e.Not}
	}
	return &expr.BoolTest{Arg: arg, Value: e.Value == "TRUE", Negated: e.Not}
}

func and(terms ...expr.Expr) expr.Expr {
	var args []expr.Expr
	for _, t := range terms {
		if t == nil {
			continue
		}
		if a, ok := t.(*expr.And); ok {
			args = append(args, a.Args...)
			continue
		}
		args = append(args, t)
	}
	switch len(args) {
	case 0:
		return nil
	case 1:
		return args[0]
	}
	return &expr.And{Args: args}
}

func or(terms ...expr.Expr) expr.Expr {
	if len(terms) == 1 {
		return terms[0]
	}
	return &expr.Or{Args: terms}
}

// conjuncts takes a condition apart at its ANDs.
func conjuncts(e expr.Expr) []expr.Expr {
	if e == nil {
		return nil
	}
	if a, ok := e.(*expr.And); ok {
		return a.Args
	}
	return []expr.Expr{e}
}

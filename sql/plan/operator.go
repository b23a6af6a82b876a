package plan

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// operator binds an operator expression in all its forms.
func (b *binder) operator(e *ast.AExpr) (expr.Expr, error) {
	op := ""
	if len(e.Op) > 0 {
		op = e.Op[len(e.Op)-1]
	}
	y, err := b.p.typingOf(e)
	if err != nil {
		return nil, err
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
		return y.NewAnyAll(op, left, right, e.OpKind == ast.OpAll, e.Pos())
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
	if row, ok := e.Left.(*ast.RowExpr); ok && e.OpKind == ast.OpNormal {
		if link, ok := e.Right.(*ast.SubLink); ok && link.LinkKind == ast.SubLinkExpr {
			return b.rowComparison(op, row, link)
		}
	}
	var left expr.Expr
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
		return b.p.typing().NewIsDistinct(left, right, e.OpKind == ast.OpNotDistinct, e.Pos())
	case ast.OpNullIf:
		return b.p.typing().NewNullIf(left, right, e.Pos())
	}
	var found expr.Expr
	if left == nil {
		found, err = y.ResolveOperator(op, nil, right, e.Pos())
	} else {
		found, err = y.Compare(op, left, right, e.Pos())
	}
	if err != nil && b.p.env != nil && b.p.env.Catalog != nil {
		if own, library := expr.LibraryOperator(b.p.env.Catalog.LibrariesOf(b.p.env.Database), op, left, right, e.Pos()); own != nil {
			b.p.useLibrary(library, own.Fn)
			return own, nil
		}
	}
	return found, err
}

// useLibrary notes that a function of an extension is called, by an operator.
func (p *planner) useLibrary(library string, f *expr.Function) {
	extension := p.env.Catalog.Extension(p.env.Database, library)
	for _, r := range p.env.Catalog.Routines(f.Name) {
		if extension != nil && r.Extension == extension.OID && r.Source == f.Symbol {
			p.useRoutine(r.OID)
			return
		}
	}
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
	left, err := b.bind(e.Left)
	if err != nil {
		return nil, err
	}
	items, err := b.bindAll(e.Right.(*ast.List).Items)
	if err != nil {
		return nil, err
	}
	return b.p.typing().NewIn(left, items, op == "<>", e.Pos())
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
		l, err := b.p.typing().Compare(">=", arg, low, e.Pos())
		if err != nil {
			return nil, err
		}
		h, err := b.p.typing().Compare("<=", arg, high, e.Pos())
		if err != nil {
			return nil, err
		}
		return expr.NewAnd(l, h), nil
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
		result = expr.NewOr(result, other)
	}
	if e.OpKind == ast.OpNotBetween || e.OpKind == ast.OpNotBetweenSym {
		return &expr.Not{Arg: result}, nil
	}
	return result, nil
}

// and joins two conditions, either of which may be nil.
func and(a, b expr.Expr) expr.Expr {
	if a == nil {
		return b
	}
	return expr.NewAnd(a, b)
}

// conjuncts takes a condition apart at its ANDs.
func conjuncts(e expr.Expr) []expr.Expr { return Conjuncts(e) }

// Conjuncts gives the conditions of which e is the conjunction.
func Conjuncts(e expr.Expr) []expr.Expr {
	if e == nil {
		return nil
	}
	if a, ok := e.(*expr.And); ok {
		return a.Args[:len(a.Args):len(a.Args)]
	}
	return []expr.Expr{e}
}

package plan

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// funcCall binds a call of a function, an aggregate or a set-returning
// function.
func (b *binder) funcCall(e *ast.FuncCall) (expr.Expr, error) {
	allowSet := b.allowSet
	b.allowSet = false
	name, err := functionName(e)
	if err != nil {
		return nil, err
	}
	if e.Over != nil {
		return b.windowCall(e, name)
	}
	aggregate := false
	for _, f := range expr.FunctionsNamed(name) {
		aggregate = aggregate || f.Aggregate != nil
	}
	if aggregate {
		return b.aggregate(e, name)
	}
	switch {
	case e.Star:
		return nil, sqlerr.New(sqlerr.WrongObjectType, "%s(*) specified, but %s is not an aggregate function", name, name)
	case e.Distinct:
		return nil, sqlerr.New(sqlerr.WrongObjectType, "DISTINCT specified, but %s is not an aggregate function", name)
	case e.WithinGroup:
		return nil, sqlerr.New(sqlerr.WrongObjectType, "WITHIN GROUP specified, but %s is not an aggregate function", name)
	case len(e.OrderBy) > 0:
		return nil, sqlerr.New(sqlerr.WrongObjectType, "ORDER BY specified, but %s is not an aggregate function", name)
	case e.Filter != nil:
		return nil, sqlerr.New(sqlerr.WrongObjectType, "FILTER specified, but %s is not an aggregate function", name)
	}
	args, opts, err := b.callArgs(e)
	if err != nil {
		return nil, err
	}
	r, err := expr.ResolveFunction(name, args, opts, e.Pos())
	if err != nil {
		return nil, err
	}
	if r.Fn.Volatility > b.p.volatile {
		b.p.volatile = r.Fn.Volatility
	}
	if r.Fn.Window != nil {
		return nil, sqlerr.New(sqlerr.WrongObjectType, "window function %s requires an OVER clause", name)
	}
	if r.Fn.Set != nil && !allowSet {
		if b.clause == "SELECT" {
			return nil, sqlerr.Unsupported("a set-returning function inside an expression")
		}
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "set-returning functions are not allowed in %s", b.clause)
	}
	if r.Fn.Set != nil && b.clause == "SELECT" && len(r.Fn.Columns) > 0 {
		return nil, sqlerr.Unsupported("a function that returns records in the select list")
	}
	return r.Call(e.Pos()), nil
}

// functionName drops a qualification that names where built-in functions live.
func functionName(e *ast.FuncCall) (string, error) {
	name := e.Name[len(e.Name)-1]
	if len(e.Name) == 1 || e.Name[0] == "pg_catalog" || e.Name[0] == "kalam" || e.Name[0] == "information_schema" && strings.HasPrefix(name, "_pg_") {
		return name, nil
	}
	return "", sqlerr.New(sqlerr.UndefinedFunction, "function %s does not exist", strings.Join(e.Name, "."))
}

func (b *binder) callArgs(e *ast.FuncCall) ([]expr.Expr, expr.CallOptions, error) {
	opts := expr.CallOptions{Variadic: e.Variadic, Star: e.Star, Distinct: e.Distinct}
	args := make([]expr.Expr, 0, len(e.Args))
	for _, a := range e.Args {
		name := ""
		if n, ok := a.(*ast.NamedArg); ok {
			name, a = n.Name, n.Arg
		}
		bound, err := b.bind(a)
		if err != nil {
			return nil, opts, err
		}
		args = append(args, bound)
		if name != "" {
			for len(opts.Names) < len(args)-1 {
				opts.Names = append(opts.Names, "")
			}
			opts.Names = append(opts.Names, name)
		}
	}
	return args, opts, nil
}

// aggregate binds an aggregate call and gives the reference to its result.
func (b *binder) aggregate(e *ast.FuncCall, name string) (expr.Expr, error) {
	if b.inAggregate {
		return nil, sqlerr.New(sqlerr.GroupingError, "aggregate function calls cannot be nested")
	}
	if b.aggs == nil {
		return nil, sqlerr.New(sqlerr.GroupingError, "aggregate functions are not allowed in %s", b.clause)
	}
	if e.WithinGroup {
		return nil, sqlerr.Unsupported("WITHIN GROUP")
	}
	b.inAggregate = true
	defer func() { b.inAggregate = false }()
	args, opts, err := b.callArgs(e)
	if err != nil {
		return nil, err
	}
	r, err := expr.ResolveFunction(name, args, opts, e.Pos())
	if err != nil {
		return nil, err
	}
	call := AggCall{Fn: r.Fn, Args: r.Args, Distinct: e.Distinct, Type: Column{Name: name, Type: r.Type, Typmod: types.NoTypmod}}
	if e.Distinct {
		for _, a := range call.Args {
			if !a.Type().Comparable() {
				return nil, sqlerr.New(sqlerr.UndefinedFunction, "could not identify an equality operator for type %s", a.Type())
			}
		}
	}
	for _, item := range e.OrderBy {
		k, err := b.bind(item.Expr)
		if err != nil {
			return nil, err
		}
		key, err := sortKey(item, 0, k)
		if err != nil {
			return nil, err
		}
		key.Expr = k
		call.OrderBy = append(call.OrderBy, key)
	}
	if e.Filter != nil {
		if call.Filter, err = b.condition(e.Filter, "FILTER"); err != nil {
			return nil, err
		}
	}
	return b.aggs.add(call, e.Pos()), nil
}

// valueFunction binds CURRENT_TIMESTAMP, CURRENT_USER and their kin through the
// functions of the same name.
func (b *binder) valueFunction(e *ast.SQLValueFunction) (expr.Expr, error) {
	r, err := expr.ResolveFunction(e.Op, nil, expr.CallOptions{}, e.Pos())
	if err != nil {
		return nil, err
	}
	if r.Fn.Volatility > b.p.volatile {
		b.p.volatile = r.Fn.Volatility
	}
	var call expr.Expr = r.Call(e.Pos())
	if e.Typmod >= 0 {
		return expr.Coerce(call, r.Type, int32(e.Typmod), expr.Explicit)
	}
	return call, nil
}

func (b *binder) arrayExpr(e *ast.ArrayExpr) (expr.Expr, error) {
	elems, err := b.bindAll(e.Elements)
	if err != nil {
		return nil, err
	}
	return expr.NewArray(elems, nil, e.Pos())
}

// arrayOf binds ARRAY[...]::t[], where the cast reaches the elements.
func (b *binder) arrayOf(e *ast.ArrayExpr, t *types.Type, typmod int32) (expr.Expr, error) {
	elems := make([]expr.Expr, 0, len(e.Elements))
	nested := false
	for _, item := range e.Elements {
		if sub, ok := item.(*ast.ArrayExpr); ok {
			nested = true
			bound, err := b.arrayOf(sub, t, typmod)
			if err != nil {
				return nil, err
			}
			elems = append(elems, bound)
			continue
		}
		bound, err := b.bind(item)
		if err != nil {
			return nil, err
		}
		if bound, err = expr.Coerce(bound, t.Elem, typmod, expr.Explicit); err != nil {
			return nil, sqlerr.From(err).At(item.Pos())
		}
		elems = append(elems, bound)
	}
	return &expr.ArrayExpr{Elems: elems, T: t, Nested: nested}, nil
}

func (b *binder) indirection(e *ast.Indirection) (expr.Expr, error) {
	arg, err := b.bind(e.Arg)
	if err != nil {
		return nil, err
	}
	var subs []expr.Index
	for _, step := range e.Path {
		if step.Field != "" || step.Star {
			return nil, sqlerr.Unsupported("access to a field of a composite value")
		}
		var s expr.Index
		s.Slice = step.Slice
		if step.Lower != nil {
			if s.Lower, err = b.bind(step.Lower); err != nil {
				return nil, err
			}
		}
		if step.Upper != nil {
			if s.Upper, err = b.bind(step.Upper); err != nil {
				return nil, err
			}
		}
		subs = append(subs, s)
	}
	return expr.NewSubscript(arg, subs, e.Pos())
}

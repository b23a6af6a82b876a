package plan

import (
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// funcCall binds a call of a function, an aggregate or a set-returning
// function.
func (b *binder) funcCall(e *ast.FuncCall) (expr.Expr, error) {
	top := b.top
	b.top = false
	schema, err := b.p.functionSchema(e)
	if err != nil {
		if _, _, wrong := b.callArgs(e); wrong != nil { // arguments are looked at before names
			return nil, wrong
		}
		return nil, err
	}
	e = b.plainAggregate(e)
	if isMergeAction(e) && !b.p.userFunction("merge_action") {
		if b.mergeAction == nil {
			return nil, sqlerr.New(sqlerr.SyntaxError, "MERGE_ACTION() can only be used in the RETURNING list of a MERGE command")
		}
		return b.mergeAction, nil
	}
	name := e.Name[len(e.Name)-1]
	if e.Over != nil {
		return b.windowCall(e, name)
	}
	if e.JSON != nil {
		return b.aggregate(e, name)
	}
	aggregate, other := false, false
	for _, f := range expr.FunctionsNamed(name) {
		if schema != nil || f.Later && b.p.userFunction(name) {
			break
		}
		aggregate = aggregate || f.Kind == 'a'
		other = other || f.Kind != 'a'
	}
	for _, f := range b.p.aggregates(e, name, schema) {
		aggregate = aggregate || f.Kind == 'a'
		other = other || f.Kind != 'a'
	}
	if aggregate && (!other || e.WithinGroup || len(e.Args) > 0) {
		return b.aggregate(e, name)
	}
	switch {
	case !other && schema == nil && b.p.candidates(name, nil) == nil: // there is no such function
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
	opts.Default = b.p.argumentDefault
	if schema != nil || len(e.Name) == 1 { // else it is pg_catalog's
		opts.Candidates = b.p.candidates(name, schema)
	}
	if schema != nil {
		opts.Schema = schema.Name
	}
	r, err := b.p.typing().ResolveFunction(name, args, opts, e.Pos())
	if err != nil {
		if len(args) == 1 && len(e.Name) == 1 && isRow(args[0]) { // column(row) is row.column
			if field, none := expr.NewFieldSelect(args[0], name, e.Pos()); none == nil {
				return field, nil
			}
		}
		return nil, err
	}
	if r.Fn.Kind == 'p' {
		return nil, sqlerr.New(sqlerr.WrongObjectType, "%s is a procedure", r.Fn.Signature()).WithHint("To call a procedure, use CALL.").At(e.Pos())
	}
	if top {
		b.called = r.Fn
	}
	return b.call(r, e, top)
}

// isMergeAction says whether a call is merge_action(), which is no function.
func isMergeAction(e *ast.FuncCall) bool {
	return len(e.Name) == 1 && e.Name[0] == "merge_action" && len(e.Args) == 0 && !e.Star && e.Over == nil && e.Filter == nil
}

// aggregates are the functions of users that a call's name may mean, if an aggregate is
// among them.
func (p *planner) aggregates(e *ast.FuncCall, name string, schema *catalog.Schema) []*expr.Function {
	if schema == nil && len(e.Name) > 1 || p.env == nil || p.env.Catalog == nil {
		return nil
	}
	if !slices.ContainsFunc(p.env.Catalog.Routines(name), func(r *catalog.Routine) bool { return r.Aggregate != nil }) {
		return nil
	}
	return p.candidates(name, schema)
}

func isRow(e expr.Expr) bool {
	return e.Type() == types.RecordType || e.Type().Kind == types.KindComposite
}

// attribute calls the function of one row that row.name means where the row has no
// such field; nil if there is none. With ref, which is the row as it was written, an aggregate
// may be meant as well.
func (b *binder) attribute(row expr.Expr, ref ast.Expr, name string, loc int) (expr.Expr, error) {
	if row == nil || !isRow(row) {
		return nil, nil
	}
	call := &ast.FuncCall{Name: []string{name}, Args: []ast.Expr{ref}}
	call.Loc = ast.Loc(loc)
	r, err := b.p.typing().ResolveFunction(name, []expr.Expr{row}, expr.CallOptions{Candidates: b.p.candidates(name, nil), Default: b.p.argumentDefault}, loc)
	var e expr.Expr
	switch {
	case ref != nil && (err != nil || r.Fn.Kind == 'a'):
		if !slices.ContainsFunc(expr.FunctionsNamed(name), func(f *expr.Function) bool { return f.Kind == 'a' }) && len(b.p.aggregates(call, name, nil)) == 0 {
			return nil, nil
		}
		if e, err = b.aggregate(call, name); err != nil && !sqlerr.HasCode(err, sqlerr.UndefinedFunction) {
			return nil, sqlerr.From(err).At(loc)
		}
	case err != nil || r.Fn.Kind != 'f' || r.Fn.Set != nil:
		return nil, nil
	default:
		e, err = b.call(r, call, false)
	}
	if err != nil {
		return nil, nil
	}
	return e, nil
}

// call is the call of a function that has been found.
func (b *binder) call(r *expr.Resolved, e *ast.FuncCall, top bool) (expr.Expr, error) {
	name := e.Name[len(e.Name)-1]
	if r.Fn.Routine {
		b.p.useRoutine(r.Fn.OID)
		if inlined := b.p.inline(r); inlined != nil {
			return inlined, nil
		}
		b.p.runs = b.p.runs || r.Fn.Symbol == ""
		b.p.volatile = max(b.p.volatile, r.Fn.Volatility)
	}
	if r.Fn.Volatility > b.p.volatile {
		b.p.volatile = r.Fn.Volatility
	}
	if r.Fn.Window != nil {
		return nil, sqlerr.New(sqlerr.WrongObjectType, "window function %s requires an OVER clause", name)
	}
	if r.Fn.Set != nil && !top {
		if err := b.setAllowed(); err != nil {
			return nil, err
		}
	}
	for _, a := range r.Args {
		b.p.env.bindLiteral(a)
	}
	call := r.Call(e.Pos())
	if e.SQLSyntax {
		call.Form = expr.FormSyntax
	}
	return call, nil
}

// functionSchema is the schema that qualifies a call; nil for none, and for those
// where built-in functions live.
func (p *planner) functionSchema(e *ast.FuncCall) (*catalog.Schema, error) {
	name, schema := e.Name[len(e.Name)-1], ""
	switch len(e.Name) {
	case 1:
		return nil, nil
	case 2:
		schema = e.Name[0]
	case 3:
		schema = e.Name[1]
		if p.env == nil || p.env.Catalog == nil {
			break
		}
		if d := p.env.Catalog.Database(e.Name[0]); d == nil || d.OID != p.env.Database {
			return nil, sqlerr.New(sqlerr.FeatureNotSupported, "cross-database references are not implemented: %s", strings.Join(e.Name, ".")).At(e.Pos())
		}
	default:
		return nil, sqlerr.New(sqlerr.SyntaxError, "improper qualified name (too many dotted names): %s", strings.Join(e.Name, ".")).At(e.Pos())
	}
	if schema == "pg_catalog" || schema == "kalam" || schema == "information_schema" && strings.HasPrefix(name, "_pg_") {
		return nil, nil
	}
	if p.env != nil && p.env.Catalog != nil {
		if s := p.env.schema(schema); s != nil {
			return s, nil
		}
	}
	return nil, sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, schema).At(e.Pos())
}

func (b *binder) callArgs(e *ast.FuncCall) ([]expr.Expr, expr.CallOptions, error) {
	opts := expr.CallOptions{Variadic: e.Variadic, Star: e.Star, Distinct: e.Distinct, Qualifier: strings.Join(e.Name[:len(e.Name)-1], ".")}
	args := make([]expr.Expr, 0, len(e.Args))
	for _, a := range e.Args {
		name, loc := "", a.Pos()
		if n, ok := a.(*ast.NamedArg); ok {
			name, a = n.Name, n.Arg
		}
		bound, err := b.bind(a)
		if err != nil {
			return nil, opts, err
		}
		if p, ok := bound.(*expr.Param); ok && p.Type() == types.Void {
			continue // JDBC writes OUT parameters into a call so
		}
		args = append(args, bound)
		if name == "" && opts.Names != nil {
			return nil, opts, sqlerr.New(sqlerr.SyntaxError, "positional argument cannot follow named argument").At(a.Pos())
		}
		if name != "" {
			if slices.Contains(opts.Names, name) {
				return nil, opts, sqlerr.New(sqlerr.SyntaxError, `argument name "%s" used more than once`, name).At(loc)
			}
			for len(opts.Names) < len(args)-1 {
				opts.Names = append(opts.Names, "")
			}
			opts.Names = append(opts.Names, name)
		}
	}
	return args, opts, nil
}

// valueFunction binds CURRENT_TIMESTAMP, CURRENT_USER and their kin through the
// functions of the same name.
func (b *binder) valueFunction(e *ast.SQLValueFunction) (expr.Expr, error) {
	r, err := b.p.typing().ResolveFunction(e.Op, nil, expr.CallOptions{}, e.Pos())
	if err != nil {
		return nil, err
	}
	if r.Fn.Volatility > b.p.volatile {
		b.p.volatile = r.Fn.Volatility
	}
	call := r.Call(e.Pos())
	call.Form = expr.FormSyntax
	if e.Typmod >= 0 {
		return b.p.typing().Coerce(call, r.Type, int32(e.Typmod), expr.Explicit)
	}
	return call, nil
}

func (b *binder) arrayExpr(e *ast.ArrayExpr) (expr.Expr, error) {
	elems, err := b.bindAll(e.Elements)
	if err != nil {
		return nil, err
	}
	return b.p.typing().NewArray(elems, nil, e.Pos())
}

// arrayOf binds ARRAY[...]::t[], where the cast reaches the elements.
func (b *binder) arrayOf(e *ast.ArrayExpr, t *types.Type, typmod int32) (expr.Expr, error) {
	elems := make([]expr.Expr, 0, len(e.Elements))
	nested := false // one element that is an array makes all of them arrays
	for _, item := range e.Elements {
		var bound expr.Expr
		var err error
		if sub, ok := item.(*ast.ArrayExpr); ok {
			nested = true
			bound, err = b.arrayOf(sub, t, typmod)
		} else if bound, err = b.bind(item); err == nil {
			nested = nested || bound.Type().IsArray()
		}
		if err != nil {
			return nil, err
		}
		elems = append(elems, bound)
	}
	to := expr.ElementOf(t)
	if nested {
		to = t
	}
	for i, item := range e.Elements {
		if _, ok := item.(*ast.ArrayExpr); ok {
			continue
		}
		var err error
		if elems[i], err = b.p.typing().Coerce(elems[i], to, typmod, expr.Explicit); err != nil {
			return nil, sqlerr.From(err).At(item.Pos())
		}
	}
	return &expr.ArrayExpr{Elems: elems, T: t, Nested: nested}, nil
}

package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// jsonQuery binds JSON_EXISTS, JSON_VALUE and JSON_QUERY.
func (b *binder) jsonQuery(e *ast.JSONExpr) (expr.Expr, error) {
	q := &expr.JSONQuery{Op: string(e.Op)}
	name := map[ast.JSONOp]string{ast.JSONExists: "JSON_EXISTS()", ast.JSONValue: "JSON_VALUE()", ast.JSONQuery: "JSON_QUERY()"}[e.Op]
	if e.Op == ast.JSONValue && e.Returning != nil && e.Returning.Format != nil {
		return nil, sqlerr.New(sqlerr.SyntaxError, "cannot specify FORMAT JSON in RETURNING clause of %s", name).At(e.Returning.Format.Pos())
	}
	if err := b.jsonClauses(q, &e.JSONBehaviors, name, name, e.Pos()); err != nil {
		return nil, err
	}
	item := jsonWanted{as: types.JSONB}
	var err error
	if q.Item, err = b.jsonValue(e.Args[0], item); err != nil {
		return nil, err
	}
	path, err := b.bind(e.Path)
	if err != nil {
		return nil, err
	}
	if t := path.Type(); t != types.Unknown && !b.p.typing().CanCoerce(t, types.JSONPath, expr.Explicit) {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, "JSON path expression must be of type jsonpath, not of type %s", t).At(ast.Leftmost(e.Path))
	}
	if q.Path, err = b.p.typing().Coerce(path, types.JSONPath, types.NoTypmod, expr.Explicit); err != nil {
		return nil, err
	}
	if q.Names, q.Passing, err = b.jsonPassing(e.Passing); err != nil {
		return nil, err
	}
	out, err := b.jsonOutput(e.Returning)
	if err != nil {
		return nil, err
	}
	return q, b.jsonSettle(q, out, &e.JSONBehaviors)
}

// jsonPassing binds the variables of a path.
func (b *binder) jsonPassing(args []*ast.JSONArg) (names []string, values []expr.Expr, err error) {
	for _, a := range args {
		v, err := b.jsonValue(a, jsonWanted{passed: true, formatted: true})
		if err != nil {
			return nil, nil, err
		}
		names, values = append(names, a.Name), append(values, v)
	}
	return names, values, nil
}

// jsonAllowed says what may stand before ON EMPTY and ON ERROR.
var jsonAllowed = map[string]struct {
	words []string
	text  string
}{
	"json_exists": {[]string{"ERROR", "TRUE", "FALSE", "UNKNOWN"}, "ERROR, TRUE, FALSE, or UNKNOWN"},
	"json_value":  {[]string{"ERROR", "NULL", "DEFAULT"}, "ERROR, NULL, or DEFAULT expression"},
	"json_query":  {[]string{"ERROR", "NULL", "EMPTY", "EMPTY ARRAY", "EMPTY OBJECT", "DEFAULT"}, "ERROR, NULL, EMPTY ARRAY, EMPTY OBJECT, or DEFAULT expression"},
}

// jsonClauses checks the clauses of a query function, or of a column that is one; where
// names that for messages.
func (b *binder) jsonClauses(q *expr.JSONQuery, s *ast.JSONBehaviors, name, where string, at int) error {
	q.Wrapper = s.Wrapper
	if q.Wrapper == "" {
		q.Wrapper = "WITHOUT"
	}
	if q.OmitQuotes = s.Quotes == "OMIT"; s.Quotes == "OMIT" && q.Wrapper == "UNCONDITIONAL" || s.Quotes == "OMIT" && q.Wrapper == "CONDITIONAL" {
		return sqlerr.New(sqlerr.SyntaxError, "SQL/JSON QUOTES behavior must not be specified when WITH WRAPPER is used").At(at)
	}
	allowed := jsonAllowed[q.Op]
	for _, on := range []struct {
		what  *ast.JSONBehavior
		event string
	}{{s.OnEmpty, "ON EMPTY"}, {s.OnError, "ON ERROR"}} {
		if on.what == nil || slices.Contains(allowed.words, on.what.What) {
			continue
		}
		err := sqlerr.New(sqlerr.SyntaxError, "invalid %s behavior", on.event)
		if q.Column != "" {
			err = sqlerr.New(sqlerr.SyntaxError, `invalid %s behavior for column "%s"`, on.event, q.Column)
		}
		return err.WithDetail("Only %s is allowed in %s for %s.", allowed.text, on.event, where).At(on.what.Pos())
	}
	return nil
}

// jsonSettle settles the type of a query function, its behaviors and its volatility.
func (b *binder) jsonSettle(q *expr.JSONQuery, out *expr.JSONReturning, s *ast.JSONBehaviors) (err error) {
	usual := "NULL"
	if out == nil {
		out = &expr.JSONReturning{Type: types.JSONB, Mod: types.NoTypmod}
		switch q.Op {
		case "json_exists":
			out.Type = types.Boolean
		case "json_value":
			out.Type = types.Text
		}
	}
	if q.Op == "json_exists" {
		usual = "FALSE"
	}
	q.Returning = *out
	if q.OnEmpty, err = b.jsonBehavior(q, s.OnEmpty, usual); err != nil {
		return err
	}
	if q.OnError, err = b.jsonBehavior(q, s.OnError, usual); err != nil {
		return err
	}
	q.Mutable = true
	if k, ok := q.Path.(*expr.Const); ok {
		var passed []*types.Type
		for _, v := range q.Passing {
			passed = append(passed, v.Type())
		}
		q.Mutable = !k.Value.IsNull() && expr.MutablePath(k.Value.JSONPath(), q.Names, passed)
	}
	b.p.volatile = max(b.p.volatile, expr.MaxVolatility(q))
	return nil
}

// jsonBehavior binds what stands before ON EMPTY or ON ERROR, by default the usual.
func (b *binder) jsonBehavior(q *expr.JSONQuery, e *ast.JSONBehavior, usual string) (out expr.JSONBehavior, err error) {
	out.What = usual
	if e != nil {
		if out.What = e.What; out.What == "EMPTY" {
			out.What = "EMPTY ARRAY"
		}
	}
	t := q.Returning.Type
	constant := func(v *types.JSON) expr.Expr {
		out.JSON = true
		return &expr.Const{Value: types.Object(v), T: types.JSONB, Mod: types.NoTypmod, Loc: -1}
	}
	switch out.What {
	case "EMPTY ARRAY":
		out.Value = constant(types.NewJSONArray(nil))
	case "EMPTY OBJECT":
		out.Value = constant(types.NewJSONObject(nil))
	case "TRUE", "FALSE":
		v := out.What == "TRUE"
		k := &expr.Const{Value: types.Bool(v), T: types.Boolean, Mod: types.NoTypmod, Loc: -1}
		switch base := baseOf(t); {
		case t == types.Boolean:
			out.Value = k
		case base == types.Int4:
			out.Value = &expr.Const{Value: types.Int(map[bool]int64{true: 1}[v]), T: types.Int4, Mod: types.NoTypmod, Loc: -1}
			if t != base {
				out.Value, err = b.p.typing().Coerce(out.Value, t, q.Returning.Mod, expr.Assignment)
			}
		default:
			out.Value = constant(types.NewJSONBool(v))
		}
		return out, err
	case "DEFAULT":
		v, err := b.bind(e.Default)
		if err != nil {
			return out, err
		}
		if !jsonDefault(v) {
			return out, sqlerr.New(sqlerr.DatatypeMismatch, "can only specify a constant, non-aggregate function, or operator expression for DEFAULT").At(ast.Leftmost(e.Default))
		}
		if readsAny(v) {
			return out, sqlerr.New(sqlerr.DatatypeMismatch, "DEFAULT expression must not contain column references").At(ast.Leftmost(e.Default))
		}
		if setCall(v) != nil {
			return out, sqlerr.New(sqlerr.DatatypeMismatch, "DEFAULT expression must not return a set").At(ast.Leftmost(e.Default))
		}
		if v.Type().Same(types.JSONB) && t != types.JSONB {
			out.Value, out.JSON = v, true
			return out, nil
		}
		out.Value, err = b.jsonInstead(v, q, e)
		return out, err
	}
	if t == types.JSONB && out.JSON {
		out.JSON = false
	}
	return out, nil
}

func baseOf(t *types.Type) *types.Type {
	for t.Kind == types.KindDomain && t.Base != nil {
		t = t.Base
	}
	return t
}

// jsonInstead makes the value of a behavior one of the type returned.
func (b *binder) jsonInstead(v expr.Expr, q *expr.JSONQuery, e *ast.JSONBehavior) (expr.Expr, error) {
	t, from := q.Returning.Type, v.Type()
	how := expr.Explicit
	if c := baseOf(t).Category; c == 'S' || c == 'V' && from != types.Bit { // whose lengths are checked then
		how = expr.Assignment
	}
	if from != types.Unknown && !from.Same(t) && !b.p.typing().CanCoerce(from, t, how) {
		err := sqlerr.New(sqlerr.CannotCoerce, "cannot cast behavior expression of type %s to %s", from, t)
		if baseOf(t).Category == 'V' {
			err = err.WithHint("You will need to explicitly cast the expression to type %s.", t)
		} else {
			err = err.WithHint("You will need to cast the expression.")
		}
		if e.Default != nil {
			return nil, err.At(ast.Leftmost(e.Default))
		}
		return nil, err.At(e.Pos())
	}
	return b.p.typing().Coerce(v, t, q.Returning.Mod, how)
}

// jsonDefault says whether an expression may stand behind DEFAULT: a constant, or what
// functions and operators make of some.
func jsonDefault(e expr.Expr) bool {
	switch n := e.(type) {
	case *expr.Const, *expr.TextInput:
		return true
	case *expr.Call:
		return !hasAggregate(n)
	case *expr.Relabel, *expr.TextCast, *expr.ArrayCast, *expr.ConvertTypmod, *expr.ToDomain, *expr.Collate:
		return jsonDefault(e.Children()[0])
	}
	return false
}

// hasAggregate says whether a call of an aggregate or over a window is in an expression.
func hasAggregate(e expr.Expr) (found bool) {
	expr.Walk(e, func(n expr.Expr) bool {
		switch n.(type) {
		case *aggRef, *windowRef:
			found = true
		}
		return !found
	})
	return found
}

// readsAny says whether an expression reads a column, of this query or of one around.
func readsAny(e expr.Expr) (found bool) {
	expr.Walk(e, func(n expr.Expr) bool {
		switch n.(type) {
		case *expr.Column, *expr.OuterColumn:
			found = true
		}
		return !found
	})
	return found
}

package plan

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// json binds a call of one of SQL/JSON's functions.
func (b *binder) json(e *ast.JSONExpr) (expr.Expr, error) {
	if e.Plain && b.p.userFunction(string(e.Op)) {
		return b.funcCall(plainCall(e))
	}
	switch e.Op {
	case ast.JSONExists, ast.JSONValue, ast.JSONQuery:
		return b.jsonQuery(e)
	case ast.JSONParse:
		return b.jsonParse(e)
	}
	if e.Query != nil {
		return b.jsonArrayQuery(e)
	}
	x := &expr.JSONConstructor{Op: string(e.Op), Absent: e.Nulls == "ABSENT" || e.Op == ast.JSONArray && e.Nulls == "", Unique: e.Unique}
	for i, a := range e.Args {
		var v expr.Expr
		var err error
		switch {
		case e.Op == ast.JSONObject && i%2 == 0:
			v, err = b.bind(a.Val)
		case e.Op == ast.JSONSerialize:
			v, err = b.jsonValue(a, jsonWanted{formatted: true})
		default:
			v, err = b.jsonValue(a, jsonWanted{})
		}
		if err != nil {
			return nil, err
		}
		x.Args = append(x.Args, v)
	}
	return x, b.jsonReturns(x, x.Args, e)
}

// userFunction says whether users have made a function of a name that the search path finds.
func (p *planner) userFunction(name string) bool {
	return p.env != nil && p.env.Catalog != nil && len(p.candidates(name, nil)) > 0
}

// plainCall is the call that a Plain expression is to PostgreSQL 15.
func plainCall(e *ast.JSONExpr) *ast.FuncCall {
	f := &ast.FuncCall{Loc: e.Loc, Name: []string{string(e.Op)}}
	for _, a := range e.Args {
		f.Args = append(f.Args, a.Val)
	}
	if e.Path != nil {
		f.Args = append(f.Args, e.Path)
	}
	return f
}

// plainAggregate is the call of an aggregate that it is to PostgreSQL 15, if users have made
// one of its name, and e itself otherwise.
func (b *binder) plainAggregate(e *ast.FuncCall) *ast.FuncCall {
	if e.JSON == nil || !e.JSON.Plain || !b.p.userFunction(string(e.JSON.Op)) {
		return e
	}
	f := *e
	f.Name, f.JSON, f.SQLSyntax = f.Name[1:], nil, false
	return &f
}

// jsonWanted is what a value has to become.
type jsonWanted struct {
	// as is the type, nil for that of the format; cast: by a cast alone.
	as *types.Type
	// formatted: it is JSON without FORMAT JSON, too.
	formatted bool
	// passed: it is a variable of a path, to which some types need not be JSON.
	passed bool
}

// jsonValue binds a value with its format.
func (b *binder) jsonValue(a *ast.JSONArg, want jsonWanted) (expr.Expr, error) {
	v, err := b.bind(a.Val)
	if err == nil && v.Type() == types.Unknown {
		v, err = b.p.typing().Coerce(v, types.Text, types.NoTypmod, expr.Implicit)
	}
	if err != nil {
		return nil, err
	}
	t := v.Type()
	isJSON := t == types.JSONText || t == types.JSONB
	format := a.Format != nil
	if format && a.Format.Encoding != "" && t != types.Bytea {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, "JSON ENCODING clause is only allowed for bytea input type").At(a.Format.Pos())
	}
	switch {
	case isJSON:
		format = false
	case format:
	case want.passed:
		switch t {
		case types.Boolean, types.Numeric, types.Int2, types.Int4, types.Int8, types.Float4, types.Float8,
			types.Date, types.Time, types.TimeTZType, types.Timestamp, types.TimestampTZ:
			return v, nil
		}
		if t.Category == 'S' {
			return v, nil
		}
	default:
		format = want.formatted
	}
	if want.passed {
		want.as = types.JSONB
	}
	if !format && (want.as == nil || t == want.as) {
		return v, nil
	}
	at := a.Val.Pos()
	if a.Format != nil {
		at = a.Format.Pos()
	}
	if want.as == nil && t != types.Bytea && t.Category != 'S' {
		how := "implicit"
		if a.Format != nil {
			how = "explicit"
		}
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, "cannot use non-string types with %s FORMAT JSON clause", how).At(at)
	}
	var of expr.Expr = expr.NewJSONConversion(v)
	if format && t == types.Bytea {
		if a.Format != nil && a.Format.Encoding != "" && a.Format.Encoding != "UTF8" {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, `invalid source encoding name "%s"`, a.Format.Encoding).Nowhere()
		}
		of = &expr.DecodeUTF8{Arg: of}
	}
	to := want.as
	if to == nil {
		to = types.JSONText
	}
	out := &expr.JSONValue{Arg: v, Format: jsonFormat(a.Format)}
	if b.p.typing().CanCoerce(of.Type(), to, expr.Explicit) {
		out.Convert, err = b.p.typing().Coerce(of, to, types.NoTypmod, expr.Explicit)
		return out, err
	}
	if !want.passed {
		return nil, sqlerr.New(sqlerr.CannotCoerce, "cannot cast type %s to %s", t, to).At(at)
	}
	r, err := b.p.typing().ResolveFunction("to_jsonb", []expr.Expr{of}, expr.CallOptions{}, at)
	if err != nil {
		return nil, err
	}
	out.Convert = r.Call(at)
	return out, nil
}

func jsonFormat(f *ast.JSONFormat) *expr.JSONFormat {
	if f == nil {
		return nil
	}
	return &expr.JSONFormat{Encoding: f.Encoding}
}

// jsonOutput resolves RETURNING; nil: there is none.
func (b *binder) jsonOutput(r *ast.JSONReturning) (*expr.JSONReturning, error) {
	if r == nil {
		return nil, nil
	}
	if r.Type.SetOf {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "returning SETOF types is not supported in SQL/JSON functions").Nowhere()
	}
	t, mod, err := b.p.env.TypeName(r.Type)
	if err != nil {
		return nil, err
	}
	if t.Kind == types.KindPseudo {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "returning pseudo-types is not supported in SQL/JSON functions").Nowhere()
	}
	out := &expr.JSONReturning{Type: t, Mod: mod, Format: jsonFormat(r.Format)}
	if f := r.Format; f != nil && f.Encoding != "" {
		if t != types.Bytea {
			return nil, sqlerr.New(sqlerr.FeatureNotSupported, "cannot set JSON encoding for non-bytea output types").At(f.Pos())
		}
		if f.Encoding != "UTF8" {
			return nil, sqlerr.New(sqlerr.FeatureNotSupported, "unsupported JSON encoding").WithHint("Only UTF8 JSON encoding is supported.").At(f.Pos())
		}
	}
	return out, nil
}

// jsonReturns settles what a constructor returns, by its RETURNING or its values.
func (b *binder) jsonReturns(x *expr.JSONConstructor, args []expr.Expr, e *ast.JSONExpr) error {
	out, err := b.jsonOutput(e.Returning)
	if err != nil {
		return err
	}
	if out == nil {
		out = &expr.JSONReturning{Type: types.JSONText, Mod: types.NoTypmod}
		switch {
		case e.Op == ast.JSONSerialize:
			out.Type = types.Text
		case e.Op == ast.JSONScalar:
		default:
			for _, a := range args {
				if a.Type() == types.JSONB {
					out.Type = types.JSONB
				}
			}
		}
	}
	x.Returning = *out
	if e.Op == ast.JSONSerialize && out.Type != types.Bytea && out.Type.Category != 'S' {
		return sqlerr.New(sqlerr.DatatypeMismatch, "cannot use type %s in RETURNING clause of JSON_SERIALIZE()", out.Type).WithHint("Try returning a string type or bytea.").Nowhere()
	}
	made := expr.NewJSONConversion(&expr.Const{T: out.Made(), Mod: types.NoTypmod})
	if out.Type == made.T {
		return nil
	}
	if out.Type == types.Bytea {
		x.Convert = &expr.Relabel{Arg: made, T: types.Bytea, Mod: types.NoTypmod, Form: expr.FormImplicitCast}
		if made.T == types.JSONB {
			return sqlerr.Internal("bytea of jsonb")
		}
		return nil
	}
	if !b.p.typing().CanCoerce(made.T, out.Type, expr.Assignment) {
		err := sqlerr.New(sqlerr.CannotCoerce, "cannot cast type %s to %s", made.T, out.Type)
		if e.Returning.Format != nil {
			return err.At(e.Returning.Format.Pos())
		}
		return err.Nowhere()
	}
	if x.Convert, err = b.p.typing().Coerce(made, out.Type, out.Mod, expr.Assignment); err != nil {
		return err
	}
	// A length that is too short is an error, as it is for a column.
	x.Convert = expr.CoerceTypmod(x.Convert, out.Mod, expr.Implicit)
	return nil
}

// jsonParse binds JSON(value).
func (b *binder) jsonParse(e *ast.JSONExpr) (expr.Expr, error) {
	x := &expr.JSONConstructor{Op: "json", Unique: e.Unique, Returning: expr.JSONReturning{Type: types.JSONText, Mod: types.NoTypmod}}
	a := e.Args[0]
	if !e.Unique {
		v, err := b.jsonValue(a, jsonWanted{as: types.JSONText, formatted: true})
		x.Args = []expr.Expr{v}
		return x, err
	}
	v, err := b.jsonText(a)
	if err != nil {
		return nil, err
	}
	if v.Type() != types.Text {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, "cannot use non-string types with WITH UNIQUE KEYS clause").At(e.Pos())
	}
	x.Args = []expr.Expr{v}
	return x, nil
}

// jsonText binds a value that is JSON if it is a text, or bytes of one.
func (b *binder) jsonText(a *ast.JSONArg) (expr.Expr, error) {
	v, err := b.bind(a.Val)
	if err != nil {
		return nil, err
	}
	switch t := v.Type(); {
	case t == types.Bytea:
		return &expr.JSONValue{Arg: v, Convert: &expr.DecodeUTF8{Arg: expr.NewJSONConversion(v)}, Format: jsonFormat(a.Format)}, nil
	case t == types.Unknown || t.Category == 'S':
		if v, err = b.p.typing().Coerce(v, types.Text, types.NoTypmod, expr.Implicit); err != nil {
			return nil, err
		}
	}
	if a.Format != nil && a.Format.Encoding != "" {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, "cannot use JSON FORMAT ENCODING clause for non-bytea input types").At(a.Format.Pos())
	}
	return v, nil
}

// isJSON binds IS JSON.
func (b *binder) isJSON(e *ast.IsJSON) (expr.Expr, error) {
	v, err := b.jsonText(&ast.JSONArg{Val: e.Arg})
	if err != nil {
		return nil, err
	}
	if t := v.Type(); t != types.Text && t != types.JSONText && t != types.JSONB {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, "cannot use type %s in IS JSON predicate", t).Nowhere()
	}
	var out expr.Expr = &expr.IsJSON{Arg: v, Kind: e.JSONKind, Unique: e.UniqueKeys}
	if e.Not {
		out = &expr.Not{Arg: out}
	}
	return out, nil
}

// jsonArrayQuery binds JSON_ARRAY(query): the JSON_ARRAYAGG of its rows.
func (b *binder) jsonArrayQuery(e *ast.JSONExpr) (expr.Expr, error) {
	const relation, column = "q", "a"
	probe := &SubLink{}
	query := e.Query.(*ast.SelectStmt)
	if _, err := b.p.subquery(probe, query, b); err != nil {
		return nil, err
	}
	if n := len(probe.Query.Columns()); n != 1 {
		return nil, sqlerr.New(sqlerr.SyntaxError, "subquery must return only one column").At(e.Pos())
	}
	agg := &ast.JSONExpr{Loc: e.Loc, Op: ast.JSONArrayAgg, Args: []*ast.JSONArg{{Format: e.QueryFormat}}, Nulls: "ABSENT", Returning: e.Returning}
	call := &ast.FuncCall{Loc: e.Loc, Name: []string{"pg_catalog", "json_arrayagg"}, SQLSyntax: true, JSON: agg,
		Args: []ast.Expr{&ast.ColumnRef{Loc: e.Loc, Fields: []string{relation, column}}}}
	whole := &ast.SelectStmt{
		Targets: []*ast.ResTarget{{Loc: e.Loc, Val: call}},
		From:    []ast.TableExpr{&ast.RangeSubselect{Loc: e.Loc, Query: query, Alias: &ast.Alias{Name: relation, Columns: []string{column}}}},
	}
	return b.subLink(&ast.SubLink{Loc: e.Loc, LinkKind: ast.SubLinkExpr, Query: whole})
}

// jsonAggregate resolves a call of JSON_OBJECTAGG or JSON_ARRAYAGG.
func (b *binder) jsonAggregate(e *ast.FuncCall) (*expr.Resolved, error) {
	j := e.JSON
	x := &expr.JSONConstructor{Op: string(j.Op), Absent: j.Nulls == "ABSENT" || j.Op == ast.JSONArrayAgg && j.Nulls == "", Unique: j.Unique}
	var args []expr.Expr
	for i, a := range j.Args {
		arg := &ast.JSONArg{Val: e.Args[i], Format: a.Format}
		v, err := b.jsonValue(arg, jsonWanted{})
		if err != nil {
			return nil, err
		}
		args = append(args, v)
	}
	if err := b.jsonReturns(x, args, j); err != nil {
		return nil, err
	}
	given := make([]*types.Type, len(args))
	for i, a := range args {
		given[i] = a.Type()
	}
	return &expr.Resolved{Fn: expr.JSONAggregate(x, given), Args: args, Type: x.Type()}, nil
}

package expr

import (
	"errors"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// JSONQuery is JSON_EXISTS, JSON_VALUE and JSON_QUERY: what a path finds in an item.
type JSONQuery struct {
	Op         string // ast.JSONOp
	Item, Path Expr
	// Passing are the path's variables, with Names.
	Names   []string
	Passing []Expr
	// Wrapper is "WITHOUT", "CONDITIONAL" or "UNCONDITIONAL".
	Wrapper          string
	OmitQuotes       bool
	Returning        JSONReturning
	OnEmpty, OnError JSONBehavior
	// Column is that of JSON_TABLE whose value it is, for errors; empty: none.
	Column string
	// Mutable: what the path does depends on the time zone, or is not known.
	Mutable bool
}

// JSONBehavior is what stands in the place of an error, or of nothing.
type JSONBehavior struct {
	// What is "ERROR", "NULL", "TRUE", "FALSE", "UNKNOWN", "EMPTY ARRAY", "EMPTY OBJECT" or
	// "DEFAULT".
	What string
	// Value is what it gives; nil: NULL. JSON: that is a jsonb, from which the value is made.
	Value Expr
	JSON  bool
}

func (e *JSONQuery) Type() *types.Type { return e.Returning.Type }
func (e *JSONQuery) Typmod() int32     { return e.Returning.Mod }

// Children are the item, the path, what is passed and the values of the behaviors.
func (e *JSONQuery) Children() []Expr {
	out := append([]Expr{e.Item, e.Path}, e.Passing...)
	for _, b := range []*JSONBehavior{&e.OnEmpty, &e.OnError} {
		if b.Value != nil {
			out = append(out, b.Value)
		}
	}
	return out
}

// WithChildren gives a copy with other children.
func (e *JSONQuery) WithChildren(c []Expr) Expr {
	n := *e
	n.Item, n.Path, c = c[0], c[1], c[2:]
	n.Passing, c = c[:len(e.Passing):len(e.Passing)], c[len(e.Passing):]
	for _, b := range []*JSONBehavior{&n.OnEmpty, &n.OnError} {
		if b.Value != nil {
			b.Value, c = c[0], c[1:]
		}
	}
	return &n
}

// Eval follows the path.
func (e *JSONQuery) Eval(c *Context, row types.Row) (types.Datum, error) {
	item, err := e.Item.Eval(c, row)
	if err != nil {
		return types.Null, err
	}
	path, err := e.Path.Eval(c, row)
	if err != nil || item.IsNull() || path.IsNull() {
		return types.Null, err
	}
	vars := pathVars{names: e.Names}
	for _, p := range e.Passing {
		v, err := p.Eval(c, row)
		if err != nil {
			return types.Null, err
		}
		i, err := pathItemOf(c, p.Type(), v)
		if err != nil {
			return types.Null, err
		}
		vars.items = append(vars.items, i)
	}
	v, err := e.find(c, path.JSONPath(), item.JSON(), &vars)
	switch {
	case errors.Is(err, errNoItem):
		if e.OnEmpty.What == "ERROR" {
			return types.Null, e.noItem()
		}
		return e.instead(c, row, &e.OnEmpty, "ON EMPTY")
	case errors.Is(err, errPathFailed), err != nil && vars.done && e.OnError.What != "ERROR" && soft(err):
		return e.instead(c, row, &e.OnError, "ON ERROR")
	}
	return v, err
}

// errNoItem says that a path has found nothing, errPathFailed that it has failed in silence.
var (
	errNoItem     = errors.New("no SQL/JSON item")
	errPathFailed = errors.New("jsonpath failed")
)

func (e *JSONQuery) noItem() error {
	if e.Column != "" {
		return sqlerr.New(sqlerr.NoSQLJSONItem, `no SQL/JSON item found for specified path of column "%s"`, e.Column)
	}
	return sqlerr.New(sqlerr.NoSQLJSONItem, "no SQL/JSON item found for specified path")
}

// soft says whether an error is about the data, so that ON ERROR may stand for it.
func soft(err error) bool {
	code := string(sqlerr.From(err).Code)
	return strings.HasPrefix(code, "22") || strings.HasPrefix(code, "23")
}

// find gives the value that the path finds.
func (e *JSONQuery) find(c *Context, path *types.PathTree, item *types.JSON, vars *pathVars) (types.Datum, error) {
	silent := e.OnError.What != "ERROR"
	if e.Op == "json_exists" {
		res, err := evalPathWith(c, path, item, vars, silent, nil)
		if err != nil || res == pathFailed {
			return types.Null, failed(err)
		}
		vars.done = true
		v := types.Bool(res == pathFound)
		switch t := e.Returning.Type; {
		case t == types.Boolean:
			return v, nil
		case BaseType(t) == types.Int4:
			n := types.Int(map[bool]int64{true: 1}[v.Bool()])
			return n, CheckDomain(c, t, n)
		}
		return e.coerce(c, types.NewJSONBool(v.Bool()))
	}
	var found pathItems
	res, err := evalPathWith(c, path, item, vars, silent, &found)
	if err != nil || res == pathFailed {
		return types.Null, failed(err)
	}
	if vars.done = true; len(found) == 0 {
		return types.Null, errNoItem
	}
	if e.Op == "json_value" {
		return e.scalar(c, found)
	}
	wrap := e.Wrapper == "UNCONDITIONAL" || e.Wrapper == "CONDITIONAL" && len(found) > 1
	switch {
	case wrap:
		elems := make([]*types.JSON, len(found))
		for i, f := range found {
			elems[i] = f.json
		}
		return e.coerce(c, types.NewJSONArray(elems))
	case len(found) > 1:
		err := sqlerr.New(sqlerr.MoreThanOneSQLJSONItem, "JSON path expression in JSON_QUERY must return single item when no wrapper is requested")
		if e.Column != "" {
			err = sqlerr.New(sqlerr.MoreThanOneSQLJSONItem, `JSON path expression for column "%s" must return single item when no wrapper is requested`, e.Column)
		}
		return types.Null, err.WithHint("Use the WITH WRAPPER clause to wrap SQL/JSON items into an array.")
	}
	return e.coerce(c, found[0].json)
}

// failed is the error of a path that has failed, in silence where err is nil.
func failed(err error) error {
	if err == nil {
		return errPathFailed
	}
	return err
}

// scalar is the value of JSON_VALUE.
func (e *JSONQuery) scalar(c *Context, found pathItems) (types.Datum, error) {
	wrong := func(code sqlerr.Code) (types.Datum, error) {
		if e.Column != "" {
			return types.Null, sqlerr.New(code, `JSON path expression for column "%s" must return single scalar item`, e.Column)
		}
		return types.Null, sqlerr.New(code, "JSON path expression in JSON_VALUE must return single scalar item")
	}
	if len(found) > 1 {
		return wrong(sqlerr.MoreThanOneSQLJSONItem)
	}
	v, t := found[0], e.Returning.Type
	switch {
	case v.is(types.JSONArray), v.is(types.JSONObject):
		return wrong(sqlerr.SQLJSONScalarRequired)
	case v.is(types.JSONNull):
		if t.Kind == types.KindDomain {
			return types.Null, CheckDomain(c, t, types.Null)
		}
		return types.Null, nil
	case t == types.JSONB || t == types.JSONText:
		return jsonAs(c, v.json, t, e.Returning.Mod, false)
	case t.Kind == types.KindDomain && constrained(t):
		return e.coerce(c, v.json)
	}
	var text string
	switch {
	case v.moment != nil:
		text = v.moment.t.Text(v.moment.v, c.env())
	case v.json.Kind == types.JSONString:
		text = v.json.Str
	case v.json.Kind == types.JSONBool:
		text = types.Boolean.Text(types.Bool(v.json.Bool), c.env())
	default:
		text = v.json.String()
	}
	return e.input(c, text)
}

// input reads a text as a value of the type returned.
func (e *JSONQuery) input(c *Context, text string) (types.Datum, error) {
	return inputAs(c, text, e.Returning.Type, e.Returning.Mod)
}

// inputAs reads a text as a value of a type, which may be a domain.
func inputAs(c *Context, text string, t *types.Type, mod int32) (types.Datum, error) {
	if t.Kind != types.KindDomain {
		return t.Input(text, mod, c.env())
	}
	v, err := BaseType(t).Input(text, t.DomainTypmod(), c.env())
	if err != nil {
		return types.Null, err
	}
	return v, CheckDomain(c, t, v)
}

// coerce makes a value of the type returned of a JSON value.
func (e *JSONQuery) coerce(c *Context, j *types.JSON) (types.Datum, error) {
	return jsonAs(c, j, e.Returning.Type, e.Returning.Mod, e.OmitQuotes || e.Op == "json_value")
}

// jsonAs makes a value of a type of a JSON value, a string of which may be what its text is.
func jsonAs(c *Context, j *types.JSON, t *types.Type, mod int32, omitQuotes bool) (types.Datum, error) {
	b := BaseType(t)
	isString := j.Kind == types.JSONString
	switch {
	case t.Kind == types.KindDomain:
		v, err := jsonAs(c, j, t.Base, t.DomainTypmod(), omitQuotes)
		if err != nil {
			return types.Null, err
		}
		return v, CheckDomain(c, t, v)
	case isString && omitQuotes:
		return b.Input(j.Str, mod, c.env())
	case b == types.JSONB:
		return types.Object(j), nil
	case b.Kind == types.KindComposite && j.Kind != types.JSONObject:
		what := map[types.JSONKind]string{types.JSONArray: "an array"}[j.Kind]
		if what == "" {
			what = "a scalar"
		}
		return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "cannot call populate_composite on %s", what)
	case b.IsArray() && j.Kind != types.JSONArray:
		return types.Null, sqlerr.New(sqlerr.InvalidTextRepresentation, "expected JSON array")
	case b.IsArray(), b.Kind == types.KindComposite:
		return fromJSON(c, types.Null, j, "", t, mod, "")
	}
	return b.Input(j.String(), mod, c.env())
}

// instead gives what stands in the place of an error or of nothing.
func (e *JSONQuery) instead(c *Context, row types.Row, b *JSONBehavior, where string) (types.Datum, error) {
	v, value := types.Null, b.Value
	domain, ok := value.(*ToDomain)
	if ok {
		value = domain.Arg
	}
	var err error
	if value != nil {
		if v, err = value.Eval(c, row); err != nil {
			return types.Null, err
		}
	}
	t := e.Returning.Type
	switch {
	case b.JSON && !v.IsNull():
		v, err = jsonAs(c, v.JSON(), t, e.Returning.Mod, e.OmitQuotes || e.Op == "json_value")
	case domain != nil, v.IsNull() && t.Kind == types.KindDomain:
		err = CheckDomain(c, t, v)
	}
	if err != nil && soft(err) && e.OnError.What != "ERROR" {
		cause := sqlerr.From(err)
		return types.Null, sqlerr.New(sqlerr.DatatypeMismatch, "could not coerce %s expression (%s) to the RETURNING type", where, b.What).WithDetail("%s", cause.Message)
	}
	return v, err
}

// pathItemOf is an item that a value of a type is to a path.
func pathItemOf(c *Context, t *types.Type, v types.Datum) (pathItem, error) {
	if v.IsNull() {
		return pathItem{json: types.JSONNullValue}, nil
	}
	switch b := BaseType(t); b {
	case types.Date, types.Time, types.TimeTZType, types.Timestamp, types.TimestampTZ:
		m := &pathMoment{t: b, v: v}
		switch b {
		case types.TimestampTZ:
			m.east, _ = types.ZoneAt(v.Int(), c.env().Location)
		case types.TimeTZType:
			m.east = int(v.Object().(types.TimeTZ).East)
		}
		return pathItem{json: types.NewJSONString(m.text(c)), moment: m}, nil
	case types.JSONB:
		return pathItem{json: v.JSON()}, nil
	case types.JSONText:
		j, err := types.ParseJSON(v.Str())
		return pathItem{json: j}, err
	default:
		if b.Category == 'S' {
			return pathItem{json: types.NewJSONString(v.Str())}, nil
		}
	}
	j, err := toJSONB(c, t, v)
	return pathItem{json: j}, err
}

// ReadAs says whether a text is a value of a type, which may be a domain, with a typmod.
func ReadAs(c *Context, text string, t *types.Type, mod int32) error {
	v, err := inputAs(c, text, t, mod)
	if err == nil {
		_, err = types.ApplyTypmod(t, v, mod, false)
	}
	return err
}

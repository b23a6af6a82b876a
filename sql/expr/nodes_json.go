package expr

import (
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// JSONFormat is FORMAT JSON as definitions show it, with an encoding or none.
type JSONFormat struct{ Encoding string }

// JSONReturning is what a function of SQL/JSON gives.
type JSONReturning struct {
	Type   *types.Type
	Mod    int32
	Format *JSONFormat // nil: that of the type
}

// Binary says whether what is made is a jsonb first, and a json otherwise.
func (r *JSONReturning) Binary() bool { return r.Type == types.JSONB && r.Format == nil }

// Made is the type of what is made first, before it becomes what is returned.
func (r *JSONReturning) Made() *types.Type {
	if r.Binary() {
		return types.JSONB
	}
	return types.JSONText
}

// JSONValue is a value that SQL/JSON reads as JSON: Convert makes that of it, over a row of
// the value.
type JSONValue struct {
	Arg     Expr
	Convert Expr
	Format  *JSONFormat
}

// NewJSONConversion is an expression over a row of one value of a type.
func NewJSONConversion(of Expr) *Column {
	return &Column{T: of.Type(), Mod: of.Typmod()}
}

func (e *JSONValue) Type() *types.Type { return e.Convert.Type() }
func (e *JSONValue) Typmod() int32     { return e.Convert.Typmod() }
func (e *JSONValue) Children() []Expr  { return []Expr{e.Arg} }
func (e *JSONValue) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg = c[0]
	return &n
}

// Eval converts the value.
func (e *JSONValue) Eval(c *Context, row types.Row) (types.Datum, error) {
	v, err := e.Arg.Eval(c, row)
	if err != nil {
		return types.Null, err
	}
	return e.Convert.Eval(c, types.Row{v})
}

// DecodeUTF8 is the text that bytes are in UTF-8.
type DecodeUTF8 struct{ Arg Expr }

func (e *DecodeUTF8) Type() *types.Type          { return types.Text }
func (e *DecodeUTF8) Typmod() int32              { return types.NoTypmod }
func (e *DecodeUTF8) Children() []Expr           { return []Expr{e.Arg} }
func (e *DecodeUTF8) WithChildren(c []Expr) Expr { return &DecodeUTF8{Arg: c[0]} }

// Eval checks the bytes.
func (e *DecodeUTF8) Eval(c *Context, row types.Row) (types.Datum, error) {
	v, err := e.Arg.Eval(c, row)
	if err != nil || v.IsNull() {
		return v, err
	}
	return types.String(v.Str()), types.CheckText(v.Str())
}

// JSONConstructor makes JSON: JSON_OBJECT, JSON_ARRAY, JSON, JSON_SCALAR and JSON_SERIALIZE.
type JSONConstructor struct {
	Op string // ast.JSONOp
	// Args are the values; of JSON_OBJECT names and values in turn.
	Args           []Expr
	Absent, Unique bool
	Returning      JSONReturning
	// Convert makes what is returned, over a row of what is made; nil: that is it.
	Convert Expr
}

func (e *JSONConstructor) Type() *types.Type {
	if e.Convert != nil {
		return e.Convert.Type()
	}
	return e.Returning.Made()
}

func (e *JSONConstructor) Typmod() int32 {
	if e.Convert != nil {
		return e.Convert.Typmod()
	}
	return types.NoTypmod
}
func (e *JSONConstructor) Children() []Expr { return e.Args }
func (e *JSONConstructor) WithChildren(c []Expr) Expr {
	n := *e
	n.Args = c
	return &n
}

// Eval makes the value.
func (e *JSONConstructor) Eval(c *Context, row types.Row) (types.Datum, error) {
	v, err := e.make(c, row)
	if err != nil || e.Convert == nil {
		return v, err
	}
	return e.Convert.Eval(c, types.Row{v})
}

func (e *JSONConstructor) make(c *Context, row types.Row) (types.Datum, error) {
	args := make([]types.Datum, len(e.Args))
	for i, a := range e.Args {
		var err error
		if args[i], err = a.Eval(c, row); err != nil {
			return types.Null, err
		}
	}
	switch e.Op {
	case "json_object":
		m := jsonMaker{absent: e.Absent, unique: e.Unique, binary: e.Returning.Binary()}
		for i := 0; i < len(args); i += 2 {
			if err := m.member(c, e.Args[i].Type(), args[i], e.Args[i+1].Type(), args[i+1]); err != nil {
				return types.Null, err
			}
		}
		return m.object("{", "}")
	case "json_array":
		m := jsonMaker{absent: e.Absent, binary: e.Returning.Binary()}
		for i, v := range args {
			if err := m.element(c, e.Args[i].Type(), v, false); err != nil {
				return types.Null, err
			}
		}
		return m.array(), nil
	}
	t := e.Args[0].Type()
	if args[0].IsNull() {
		return types.Null, nil
	}
	if e.Op == "json" && e.Unique {
		return args[0], types.CheckUniqueJSON(args[0].Str())
	}
	return jsonText(appendJSONText(c, nil, t, args[0], false)), nil
}

// jsonMaker makes an object or an array: a jsonb, or the text of a json.
type jsonMaker struct {
	absent, unique, binary bool
	some                   bool // there was a value, if only one that is left out
	text                   []byte
	seen                   map[string]bool
	elems                  []*types.JSON
	members                []types.JSONMember
}

// member adds a member of an object.
func (m *jsonMaker) member(c *Context, kt *types.Type, k types.Datum, vt *types.Type, v types.Datum) error {
	m.some = true
	if k.IsNull() {
		if m.binary {
			return sqlerr.New(sqlerr.InvalidParameterValue, "field name must not be null")
		}
		return sqlerr.New(sqlerr.NullValueNotAllowed, "null value not allowed for object key")
	}
	skip := m.absent && v.IsNull()
	if skip && !m.unique {
		return nil
	}
	key, err := buildKey(c, kt, k, 1)
	if err != nil {
		return err
	}
	if m.unique {
		if m.seen[key] {
			if m.binary {
				return sqlerr.New(sqlerr.DuplicateJSONObjectKeyValue, "duplicate JSON object key value")
			}
			return types.DuplicateJSONKey(key)
		}
		if m.seen == nil {
			m.seen = map[string]bool{}
		}
		m.seen[key] = true
	}
	switch {
	case skip:
		return nil
	case m.binary:
		j, err := toJSONB(c, vt, v)
		m.members = append(m.members, types.JSONMember{Key: key, Value: j})
		return err
	}
	if len(m.text) > 0 {
		m.text = append(m.text, ", "...)
	}
	m.text = append(types.AppendJSONString(m.text, key), " : "...)
	m.text = appendJSONText(c, m.text, vt, v, false)
	return nil
}

// object is what the members have become, in brackets.
func (m *jsonMaker) object(open, closing string) (types.Datum, error) {
	if m.binary {
		return types.Object(types.NewJSONObject(append([]types.JSONMember{}, m.members...))), nil
	}
	return types.String(open + string(m.text) + closing), nil
}

// element adds an element of an array; apart puts rows and arrays on lines of their own.
func (m *jsonMaker) element(c *Context, t *types.Type, v types.Datum, apart bool) error {
	m.some = true
	if m.absent && v.IsNull() {
		return nil
	}
	if m.binary {
		j, err := toJSONB(c, t, v)
		m.elems = append(m.elems, j)
		return err
	}
	if len(m.text) > 0 {
		m.text = append(m.text, ", "...)
		if b := BaseType(t); apart && !v.IsNull() && (b.Kind == types.KindComposite || b == types.RecordType || ElementOf(b) != nil) {
			m.text = append(m.text, "\n "...)
		}
	}
	m.text = appendJSONText(c, m.text, t, v, false)
	return nil
}

func (m *jsonMaker) array() types.Datum {
	if m.binary {
		return types.Object(types.NewJSONArray(append([]*types.JSON{}, m.elems...)))
	}
	return types.String("[" + string(m.text) + "]")
}

// IsJSON is arg IS JSON: whether a text, a json or a jsonb is one of the kind, which is
// "VALUE", "ARRAY", "OBJECT", "SCALAR" or empty.
type IsJSON struct {
	Arg    Expr
	Kind   string
	Unique bool
}

func (e *IsJSON) Type() *types.Type { return types.Boolean }
func (e *IsJSON) Typmod() int32     { return types.NoTypmod }
func (e *IsJSON) Children() []Expr  { return []Expr{e.Arg} }
func (e *IsJSON) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg = c[0]
	return &n
}

// Eval looks at the value.
func (e *IsJSON) Eval(c *Context, row types.Row) (types.Datum, error) {
	v, err := e.Arg.Eval(c, row)
	if err != nil || v.IsNull() {
		return v, err
	}
	var kind types.JSONKind
	if j := v.JSON(); j != nil {
		kind = j.Kind
	} else {
		check := types.CheckJSON
		if e.Unique {
			check = types.CheckUniqueJSON
		}
		kind = types.JSONTextKind(v.Str())
		isText := BaseType(e.Arg.Type()) != types.JSONText
		if (isText || e.Unique) && check(v.Str()) != nil {
			return types.Bool(false), nil
		}
	}
	switch e.Kind {
	case "ARRAY":
		return types.Bool(kind == types.JSONArray), nil
	case "OBJECT":
		return types.Bool(kind == types.JSONObject), nil
	case "SCALAR":
		return types.Bool(kind != types.JSONArray && kind != types.JSONObject), nil
	}
	return types.Bool(true), nil
}

// JSONAggregate makes JSON_OBJECTAGG or JSON_ARRAYAGG, for a call with arguments of the
// given types. Its Args are not looked at: they are the call's.
func JSONAggregate(e *JSONConstructor, args []*types.Type) *Function {
	return &Function{Name: e.Op, Args: args, Result: e.Type(), Kind: 'a', AggKind: 'n', JSON: e,
		Aggregate: func(args []*types.Type, _ *types.Type) Aggregate {
			return &jsonConstructed{of: e, types: args, jsonMaker: jsonMaker{absent: e.Absent, unique: e.Unique, binary: e.Returning.Binary()}}
		}}
}

// jsonConstructed is JSON_OBJECTAGG and JSON_ARRAYAGG of one group.
type jsonConstructed struct {
	of    *JSONConstructor
	types []*types.Type
	jsonMaker
}

// Add adds a member or an element.
func (a *jsonConstructed) Add(c *Context, args []types.Datum) error {
	if a.of.Op == "json_objectagg" {
		return a.member(c, a.types[0], args[0], a.types[1], args[1])
	}
	return a.element(c, a.types[0], args[0], true)
}

// Result is NULL without rows.
func (a *jsonConstructed) Result(c *Context) (v types.Datum, err error) {
	switch {
	case !a.some:
	case a.of.Op == "json_objectagg":
		v, err = a.object("{ ", " }")
	default:
		v = a.array()
	}
	if err != nil || a.of.Convert == nil {
		return v, err
	}
	return a.of.Convert.Eval(c, types.Row{v})
}

// volatility is stable where values are written that settings or definitions decide about.
func (e *JSONConstructor) volatility() Volatility {
	out := Immutable
	if e.Convert != nil {
		out = MaxVolatility(e.Convert)
	}
	if e.Op == "json" || e.Op == "json_serialize" {
		return out
	}
	for _, a := range e.Args {
		t := BaseType(a.Type())
		if t.Category == 'D' || ElementOf(t) != nil || t.Kind == types.KindComposite || t == types.RecordType {
			return Stable
		}
		if t.Kind == types.KindEnum || t == types.IntervalType || t.Name[0] == 'r' && t.Category == 'N' {
			return Stable
		}
	}
	return out
}

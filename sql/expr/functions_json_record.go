package expr

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// JSONRecordFunction makes json_to_record, json_to_recordset and their jsonb
// forms for a column definition list; nil for another function.
func JSONRecordFunction(name string, fields []types.Field) *Function {
	f := &Function{Name: name, Result: types.RecordType, Strict: true, Volatility: Stable, Kind: 'f', ReturnsSet: true, Columns: fields}
	set := false
	switch name {
	case "json_to_record", "jsonb_to_record":
	case "json_to_recordset", "jsonb_to_recordset":
		set = true
	default:
		return nil
	}
	f.Args = []*types.Type{types.JSONText}
	if name[4] == 'b' {
		f.Args[0] = types.JSONB
	}
	f.Set = func(c *Context, args []types.Datum, yield func(types.Row) error) error {
		doc, text, err := documentOf(args[0])
		if err != nil {
			return err
		}
		objects, texts := []*types.JSON{doc}, []string{text}
		if set {
			if doc.Kind != types.JSONArray {
				what := "a scalar"
				if doc.Kind == types.JSONObject {
					what = "an object"
				}
				return sqlerr.New(sqlerr.InvalidParameterValue, "cannot call %s on %s", name, what)
			}
			objects, texts = doc.Elems, rawElements(text)
		}
		for n, o := range objects {
			switch {
			case o.Kind != types.JSONObject && set:
				return sqlerr.New(sqlerr.InvalidParameterValue, "argument of %s must be an array of objects", name)
			case o.Kind != types.JSONObject:
				what := "a scalar"
				if o.Kind == types.JSONArray {
					what = "an array"
				}
				return sqlerr.New(sqlerr.InvalidParameterValue, "cannot call populate_composite on %s", what)
			}
			row := make(types.Row, len(fields))
			members := rawMembers{text: at(texts, n)}
			for i, field := range fields {
				v := o.Get(field.Name)
				if row[i], err = fromJSON(c, types.Null, v, members.of(field.Name, v), field.Type, field.Typmod, field.Name); err != nil {
					return err
				}
			}
			if err := yield(row); err != nil {
				return err
			}
		}
		return nil
	}
	return f
}

// rawMembers finds how the members of an object are written in a text of type json, which
// a jsonb has not.
type rawMembers struct {
	text   string
	values map[string]string
}

// of is how a value is written that is an object or an array; empty for others, of which
// there is one way to write them, or nearly.
func (m *rawMembers) of(name string, v *types.JSON) string {
	if m.text == "" || v == nil || v.Kind != types.JSONObject && v.Kind != types.JSONArray {
		return ""
	}
	if m.values == nil {
		m.values = map[string]string{}
		scanJSON(m.text, func(key string, _ int, _ bool, value string) { m.values[key] = value })
	}
	return m.values[name]
}

// rawElements is how the elements of an array are written; nil for a jsonb.
func rawElements(text string) (list []string) {
	if text != "" {
		scanJSON(text, func(_ string, _ int, _ bool, value string) { list = append(list, value) })
	}
	return list
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

// fromJSON reads a JSON value, nil for none, as a value of a type; key is where it stands,
// raw how it is written if that is known, and base has the fields that an object for a row
// type has not.
func fromJSON(c *Context, base types.Datum, v *types.JSON, raw string, t *types.Type, typmod int32, key string) (types.Datum, error) {
	if v == nil {
		v = types.JSONNullValue
	}
	if t.Kind == types.KindDomain && v.Kind != types.JSONString {
		d, err := fromJSON(c, base, v, raw, t.Base, t.DomainTypmod(), key)
		if err != nil {
			return types.Null, err
		}
		return d, CheckDomain(c, t, d)
	}
	switch {
	case v.Kind == types.JSONNull:
		return types.Null, nil
	case t == types.JSONB:
		return types.Object(v), nil
	case t == types.JSONText:
		return types.String(cmp.Or(raw, v.String())), nil
	case t.Kind == types.KindComposite && v.Kind != types.JSONString:
		if v.Kind != types.JSONObject {
			what := "a scalar"
			if v.Kind == types.JSONArray {
				what = "an array"
			}
			return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "cannot call populate_composite on %s", what)
		}
		return populateRecord(c, base.Record(), v, raw, t.Fields)
	case t.IsArray() && v.Kind != types.JSONString:
		if v.Kind != types.JSONArray {
			return types.Null, sqlerr.New(sqlerr.InvalidTextRepresentation, "expected JSON array").WithHint(`See the value of key "%s".`, key)
		}
		return arrayFromJSON(c, v, raw, t, typmod, key)
	case v.Kind == types.JSONString:
		return t.Input(v.Str, typmod, c.env())
	}
	return t.Input(cmp.Or(raw, v.String()), typmod, c.env())
}

func arrayFromJSON(c *Context, v *types.JSON, raw string, t *types.Type, typmod int32, key string) (types.Datum, error) {
	var texts []string
	if len(v.Elems) > 0 && (v.Elems[0].Kind == types.JSONArray || v.Elems[0].Kind == types.JSONObject) || t.Elem == types.JSONText {
		texts = rawElements(raw)
	}
	nested := len(v.Elems) > 0 && v.Elems[0].Kind == types.JSONArray
	vals := make([]types.Datum, len(v.Elems))
	for i, e := range v.Elems {
		of := t.Elem
		if nested {
			if of = t; e.Kind != types.JSONArray {
				return types.Null, sqlerr.New(sqlerr.InvalidTextRepresentation, "expected JSON array").WithHint(`See the array element [%d] of key "%s".`, i, key)
			}
		}
		var err error
		if vals[i], err = fromJSON(c, types.Null, e, at(texts, i), of, typmod, key); err != nil {
			return types.Null, err
		}
	}
	if !nested {
		return types.ArrayDatum(t.Elem, vals), nil
	}
	d, err := stackArrays(t.Elem, vals)
	if sqlerr.HasCode(err, sqlerr.ArraySubscriptError) {
		err = sqlerr.New(sqlerr.InvalidTextRepresentation, "malformed JSON array").
			WithDetail("Multidimensional arrays must have sub-arrays with matching dimensions.")
	}
	return d, err
}

// populateRecord makes a record of an object; a field that it has not is that of
// base, which may be nil.
func populateRecord(c *Context, base *types.Record, o *types.JSON, raw string, fields []types.Field) (types.Datum, error) {
	if base != nil && len(o.Members) == 0 {
		return types.Object(base), nil
	}
	r := &types.Record{}
	members := rawMembers{text: raw}
	for i, f := range fields {
		value := types.Null
		if base != nil && i < len(base.Values) {
			value = base.Values[i]
		}
		if v := o.Get(f.Name); v != nil || base == nil {
			var err error
			if value, err = fromJSON(c, value, v, members.of(f.Name, v), f.Type, f.Typmod, f.Name); err != nil {
				return types.Null, err
			}
		}
		r.Types, r.Names, r.Values = append(r.Types, f.Type), append(r.Names, f.Name), append(r.Values, value)
	}
	return types.Object(r), nil
}

// rowFields are the fields of a row type, or of a record that is there.
func rowFields(name string, t *types.Type, base *types.Record) ([]types.Field, error) {
	if t.Kind == types.KindDomain {
		t = BaseType(t)
	}
	switch {
	case t.Kind == types.KindComposite:
		return t.Fields, nil
	case t != types.RecordType:
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, "first argument of %s must be a row type", name)
	case base == nil:
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "could not determine row type for result of %s", name).
			WithHint("Provide a non-null record argument, or call the function in the FROM clause using a column definition list.")
	}
	fields := make([]types.Field, len(base.Values))
	for i := range fields {
		fields[i] = types.Field{Name: "f" + strconv.Itoa(i+1), Type: base.Types[i], Typmod: types.NoTypmod}
		if base.Names != nil {
			fields[i].Name = base.Names[i]
		}
	}
	return fields, nil
}

// documentOf parses an argument of json or jsonb; text is how a json is written.
func documentOf(d types.Datum) (doc *types.JSON, text string, err error) {
	if doc := d.JSON(); doc != nil {
		return doc, "", nil
	}
	doc, err = types.ParseJSON(d.Str())
	return doc, d.Str(), err
}

// populating is json_populate_record, and with set json_populate_recordset, for a
// row type.
func populating(name string, set bool, t *types.Type) SetFunc {
	return func(c *Context, args []types.Datum, yield func(types.Row) error) error {
		base := args[0].Record()
		if of := BaseType(t); of.Kind != types.KindComposite && of != types.RecordType {
			_, err := rowFields(name, of, base)
			return err
		}
		if args[1].IsNull() {
			if set {
				return nil
			}
			return yield(types.Row{args[0]})
		}
		fields, err := rowFields(name, t, base)
		if err != nil {
			return err
		}
		doc, text, err := documentOf(args[1])
		if err != nil {
			return err
		}
		what := map[types.JSONKind]string{types.JSONArray: "an array", types.JSONObject: "an object"}[doc.Kind]
		if what == "" {
			what = "a scalar"
		}
		if !set {
			if doc.Kind != types.JSONObject {
				return sqlerr.New(sqlerr.InvalidParameterValue, "cannot call populate_composite on %s", what)
			}
			d, err := populateRecord(c, base, doc, text, fields)
			if err != nil {
				return err
			}
			return yield(types.Row{d})
		}
		if doc.Kind != types.JSONArray {
			return sqlerr.New(sqlerr.InvalidParameterValue, "cannot call %s on %s", name, what)
		}
		texts := rawElements(text)
		for i, o := range doc.Elems {
			if o.Kind != types.JSONObject {
				return sqlerr.New(sqlerr.InvalidParameterValue, "argument of %s must be an array of objects", name)
			}
			d, err := populateRecord(c, base, o, at(texts, i), fields)
			if err != nil {
				return err
			}
			if err := yield(types.Row{d}); err != nil {
				return err
			}
		}
		return nil
	}
}

// firstOf is a function that gives the only row of a set.
func firstOf(set SetFunc) EvalFunc {
	return func(c *Context, args []types.Datum) (value types.Datum, err error) {
		err = set(c, args, func(row types.Row) error {
			value = row[0]
			return nil
		})
		return value, err
	}
}

func init() {
	for _, prefix := range []string{"json", "jsonb"} {
		one, many := prefix+"_populate_record", prefix+"_populate_recordset"
		registerTyped(map[string]TypedFunc{one: func(args []*types.Type, _ *types.Type) EvalFunc {
			return firstOf(populating(one, false, args[0]))
		}})
		typedSets[many] = func(args []*types.Type, _ *types.Type) SetFunc { return populating(many, true, args[0]) }
	}
}

// populatesFields has the functions that make records of JSON take a column
// definition list where their argument does not tell the fields.
func (f *Function) populatesFields(args []*types.Type) {
	if len(args) == 0 || args[0] != types.RecordType {
		return
	}
	_, set := typedSets[f.Symbol]
	if !set && !strings.HasSuffix(f.Symbol, "_populate_record") {
		return
	}
	f.WithFields = func(fields []types.Field) *Function {
		n := *f
		run := populating(f.Name, set, &types.Type{Kind: types.KindComposite, Fields: fields})
		if n.Eval, n.Set = nil, run; !set {
			n.Eval, n.Set = firstOf(run), nil
		}
		return &n
	}
}

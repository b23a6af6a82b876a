package expr

import (
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
		doc := args[0].JSON()
		if doc == nil {
			var err error
			if doc, err = types.ParseJSON(args[0].Str()); err != nil {
				return err
			}
		}
		objects := []*types.JSON{doc}
		if set {
			if doc.Kind != types.JSONArray {
				what := "a scalar"
				if doc.Kind == types.JSONObject {
					what = "an object"
				}
				return sqlerr.New(sqlerr.InvalidParameterValue, "cannot call %s on %s", name, what)
			}
			objects = doc.Elems
		}
		for _, o := range objects {
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
			for i, field := range fields {
				v := o.Get(field.Name)
				if v == nil {
					continue
				}
				var err error
				if row[i], err = fromJSON(c, v, field.Type, field.Typmod, field.Name); err != nil {
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

// fromJSON reads a JSON value as a value of a type; key is where it stands.
func fromJSON(c *Context, v *types.JSON, t *types.Type, typmod int32, key string) (types.Datum, error) {
	switch {
	case v.Kind == types.JSONNull:
		return types.Null, nil
	case t == types.JSONB:
		return types.Object(v), nil
	case t == types.JSONText:
		return types.String(v.String()), nil
	case t.IsArray() && v.Kind != types.JSONString:
		if v.Kind != types.JSONArray {
			return types.Null, sqlerr.New(sqlerr.InvalidTextRepresentation, "expected JSON array").WithHint(`See the value of key "%s".`, key)
		}
		return arrayFromJSON(c, v, t, key)
	case v.Kind == types.JSONString:
		return t.Input(v.Str, typmod, c.env())
	}
	return t.Input(v.String(), typmod, c.env())
}

func arrayFromJSON(c *Context, v *types.JSON, t *types.Type, key string) (types.Datum, error) {
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
		if vals[i], err = fromJSON(c, e, of, types.NoTypmod, key); err != nil {
			return types.Null, err
		}
	}
	if nested {
		return stackArrays(t.Elem, vals)
	}
	return types.ArrayDatum(t.Elem, vals), nil
}

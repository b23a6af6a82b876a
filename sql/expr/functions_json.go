package expr

import (
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Making JSON: to_json, row_to_json, build_object, object and their jsonb forms.

// toJSONB makes a jsonb tree of any value, as to_jsonb does.
func toJSONB(c *Context, t *types.Type, d types.Datum) (*types.JSON, error) {
	if d.IsNull() {
		return types.JSONNullValue, nil
	}
	b := BaseType(t)
	switch {
	case b == types.JSONB:
		return d.JSON(), nil
	case b == types.JSONText:
		return types.ParseJSON(d.Str())
	case b == types.Boolean:
		return types.NewJSONBool(d.Bool()), nil
	case b == types.Int2 || b == types.Int4 || b == types.Int8:
		return types.NewJSONNumber(apd.New(d.Int(), 0)), nil
	case b == types.Numeric && num(d).Form == apd.Finite:
		return types.NewJSONNumber(num(d)), nil
	case b == types.Float4 || b == types.Float8:
		text := b.Text(d, c.env())
		if n, err := types.ParseNumeric(text); err == nil && n.Form == apd.Finite {
			return types.NewJSONNumber(n), nil
		}
		return types.NewJSONString(text), nil
	case d.Record() != nil:
		r := d.Record()
		var members []types.JSONMember
		for i, v := range r.Values {
			j, err := toJSONB(c, r.Types[i], v)
			if err != nil {
				return nil, err
			}
			members = append(members, types.JSONMember{Key: fieldName(r, i), Value: j})
		}
		return types.NewJSONObject(members), nil
	case d.Array() != nil && (b.IsArray() || b == types.AnyArray || b == types.Int2Vector || b == types.OidVector):
		a := d.Array()
		next := 0
		var level func(dim int) (*types.JSON, error)
		level = func(dim int) (*types.JSON, error) {
			var elems []*types.JSON
			for range a.Dims[dim] {
				var j *types.JSON
				var err error
				if dim+1 < len(a.Dims) {
					j, err = level(dim + 1)
				} else {
					j, err = toJSONB(c, a.Elem, a.Elems[next])
					next++
				}
				if err != nil {
					return nil, err
				}
				elems = append(elems, j)
			}
			return types.NewJSONArray(elems), nil
		}
		if len(a.Dims) == 0 {
			return types.NewJSONArray(nil), nil
		}
		return level(0)
	}
	return types.NewJSONString(jsonScalarText(c, b, d)), nil
}

func fieldName(r *types.Record, i int) string {
	if r.Names != nil {
		return r.Names[i]
	}
	return "f" + strconv.Itoa(i+1)
}

// jsonScalarText is the text of a value inside JSON: times in ISO 8601 whatever
// DateStyle says.
func jsonScalarText(c *Context, t *types.Type, d types.Datum) string {
	env := *c.env()
	env.DateStyle = types.StyleISO
	s := t.Text(d, &env)
	if (t == types.Timestamp || t == types.TimestampTZ) && len(s) > 10 {
		s = strings.Replace(s, " ", "T", 1)
		if t == types.TimestampTZ {
			// JSON wants +hh:mm.
			if i := strings.LastIndexAny(s, "+-"); i > 10 && len(s)-i == 3 {
				s += ":00"
			}
		}
	}
	return s
}

// appendJSONText appends any value as json text, as to_json does. pretty puts
// line feeds between the fields of a record and the elements of an array.
func appendJSONText(c *Context, dst []byte, t *types.Type, d types.Datum, pretty bool) []byte {
	if d.IsNull() {
		return append(dst, "null"...)
	}
	b := BaseType(t)
	sep := ","
	if pretty {
		sep = ",\n "
	}
	switch {
	case b == types.JSONText:
		return append(dst, d.Str()...)
	case b == types.JSONB:
		return d.JSON().Append(dst)
	case b == types.Boolean:
		return strconv.AppendBool(dst, d.Bool())
	case b == types.Int2 || b == types.Int4 || b == types.Int8 || b == types.Numeric || b == types.Float4 || b == types.Float8:
		text := b.Text(d, c.env())
		if strings.ContainsAny(text, "IN") {
			return types.AppendJSONString(dst, text)
		}
		return append(dst, text...)
	case d.Record() != nil:
		r := d.Record()
		dst = append(dst, '{')
		for i, v := range r.Values {
			if i > 0 {
				dst = append(dst, sep...)
			}
			dst = append(types.AppendJSONString(dst, fieldName(r, i)), ':')
			dst = appendJSONText(c, dst, r.Types[i], v, false)
		}
		return append(dst, '}')
	case d.Array() != nil && (b.IsArray() || b == types.AnyArray || b == types.Int2Vector || b == types.OidVector):
		a := d.Array()
		if len(a.Dims) == 0 {
			return append(dst, "[]"...)
		}
		next := 0
		var level func(dim int)
		level = func(dim int) {
			dst = append(dst, '[')
			for i := range a.Dims[dim] {
				if i > 0 {
					if dim == 0 {
						dst = append(dst, sep...)
					} else {
						dst = append(dst, ',')
					}
				}
				if dim+1 < len(a.Dims) {
					level(dim + 1)
				} else {
					dst = appendJSONText(c, dst, a.Elem, a.Elems[next], false)
					next++
				}
			}
			dst = append(dst, ']')
		}
		level(0)
		return dst
	}
	return types.AppendJSONString(dst, jsonScalarText(c, b, d))
}

func jsonText(s []byte) types.Datum { return types.String(string(s)) }

// buildArgs checks the arguments of build_object.
func buildKey(c *Context, t *types.Type, d types.Datum, n int) (string, error) {
	if d.IsNull() {
		return "", sqlerr.New(sqlerr.InvalidParameterValue, "argument %d: key must not be null", n)
	}
	b := BaseType(t)
	if d.Record() != nil || d.Array() != nil || b == types.JSONB || b == types.JSONText {
		return "", sqlerr.New(sqlerr.InvalidParameterValue, "key value must be scalar, not array, composite, or json")
	}
	return jsonScalarText(c, b, d), nil
}

func oddArguments() error {
	return sqlerr.New(sqlerr.InvalidParameterValue, "argument list must have even number of elements").
		WithHint("The arguments of %s must consist of alternating keys and values.", "json_build_object()")
}

func buildObject(args []*types.Type, binary bool) EvalFunc {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		if len(a)%2 != 0 {
			e := sqlerr.From(oddArguments())
			if binary {
				e.Hint = strings.Replace(e.Hint, "json_build", "jsonb_build", 1)
			}
			return types.Null, e
		}
		var members []types.JSONMember
		dst := []byte("{")
		for i := 0; i < len(a); i += 2 {
			if !binary && a[i].IsNull() {
				return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "argument %d cannot be null", i+1).WithHint("Object keys should be text.")
			}
			key, err := buildKey(c, args[i], a[i], i+1)
			if err != nil {
				return types.Null, err
			}
			if binary {
				j, err := toJSONB(c, args[i+1], a[i+1])
				if err != nil {
					return types.Null, err
				}
				members = append(members, types.JSONMember{Key: key, Value: j})
				continue
			}
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(types.AppendJSONString(dst, key), " : "...)
			dst = appendJSONText(c, dst, args[i+1], a[i+1], false)
		}
		if binary {
			return types.Object(types.NewJSONObject(members)), nil
		}
		return jsonText(append(dst, '}')), nil
	}
}

func buildArray(args []*types.Type, binary bool) EvalFunc {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		if binary {
			var elems []*types.JSON
			for i, d := range a {
				j, err := toJSONB(c, args[i], d)
				if err != nil {
					return types.Null, err
				}
				elems = append(elems, j)
			}
			return types.Object(types.NewJSONArray(elems)), nil
		}
		dst := []byte("[")
		for i, d := range a {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = appendJSONText(c, dst, args[i], d, false)
		}
		return jsonText(append(dst, ']')), nil
	}
}

// objectOfText is json_object(): an object of an array of texts, or of two.
func objectOfText(binary bool) EvalFunc {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		var keys, vals []types.Datum
		first := a[0].Array()
		switch {
		case len(a) == 2:
			second := a[1].Array()
			if len(first.Dims) > 1 || len(first.Dims) != len(second.Dims) {
				return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "wrong number of array subscripts")
			}
			keys, vals = first.Elems, second.Elems
			if len(keys) != len(vals) {
				return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "mismatched array dimensions")
			}
		case len(first.Dims) > 2 || len(first.Dims) == 2 && first.Dims[1] != 2:
			if len(first.Dims) > 2 {
				return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "wrong number of array subscripts")
			}
			return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "array must have two columns")
		case len(first.Elems)%2 != 0:
			return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "array must have even number of elements")
		default:
			for i := 0; i < len(first.Elems); i += 2 {
				keys, vals = append(keys, first.Elems[i]), append(vals, first.Elems[i+1])
			}
		}
		var members []types.JSONMember
		dst := []byte("{")
		for i, k := range keys {
			if k.IsNull() {
				return types.Null, sqlerr.New(sqlerr.NullValueNotAllowed, "null value not allowed for object key")
			}
			j := types.JSONNullValue
			if !vals[i].IsNull() {
				j = types.NewJSONString(vals[i].Str())
			}
			members = append(members, types.JSONMember{Key: k.Str(), Value: j})
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(types.AppendJSONString(dst, k.Str()), " : "...)
			dst = j.Append(dst)
		}
		if binary {
			return types.Object(types.NewJSONObject(members)), nil
		}
		return jsonText(append(dst, '}')), nil
	}
}

func init() {
	typed := func(f func(args []*types.Type, binary bool) EvalFunc, binary bool) TypedFunc {
		return func(args []*types.Type, _ *types.Type) EvalFunc { return f(args, binary) }
	}
	toText := func(args []*types.Type, _ *types.Type) EvalFunc {
		return func(c *Context, a []types.Datum) (types.Datum, error) {
			pretty := len(a) > 1 && a[1].Bool()
			return jsonText(appendJSONText(c, nil, args[0], a[0], pretty)), nil
		}
	}
	registerTyped(map[string]TypedFunc{
		"to_json": toText, "row_to_json": toText, "row_to_json_pretty": toText, "array_to_json": toText, "array_to_json_pretty": toText,
		"to_jsonb": func(args []*types.Type, _ *types.Type) EvalFunc {
			return func(c *Context, a []types.Datum) (types.Datum, error) {
				j, err := toJSONB(c, args[0], a[0])
				if err != nil {
					return types.Null, err
				}
				return types.Object(j), nil
			}
		},
		"json_build_object": typed(buildObject, false), "jsonb_build_object": typed(buildObject, true),
		"json_build_object_noargs": typed(buildObject, false), "jsonb_build_object_noargs": typed(buildObject, true),
		"json_build_array": typed(buildArray, false), "jsonb_build_array": typed(buildArray, true),
		"json_build_array_noargs": typed(buildArray, false), "jsonb_build_array_noargs": typed(buildArray, true),
	})
	register(map[string]EvalFunc{
		"json_object": objectOfText(false), "json_object_two_arg": objectOfText(false),
		"jsonb_object": objectOfText(true), "jsonb_object_two_arg": objectOfText(true),
	})
}

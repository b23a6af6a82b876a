package expr

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Extension hstore. A GiST index of an hstore is a definition.

func init() {
	hs := ExtensionType("hstore")
	e := &Extension{Name: "hstore", First: 8100, Version: "1.8", Comment: "data type for storing sets of (key, value) pairs", Types: []*types.Type{hs}}
	texts := types.Text.Array
	function := func(name, symbol string, result *types.Type, eval EvalFunc, args ...*types.Type) *ExtensionFunction {
		f := &ExtensionFunction{Name: name, Symbol: symbol, Args: args, Result: result, Volatility: 'i', Strict: true, Eval: eval}
		e.Functions = append(e.Functions, f)
		return f
	}
	operator := func(name string, f *ExtensionFunction, operands ...*types.Type) {
		o := ExtensionOperator{Name: name, Right: operands[len(operands)-1], Function: f}
		if len(operands) == 2 {
			o.Left = operands[0]
		}
		e.Operators = append(e.Operators, o)
	}
	seen := func(name string, result *types.Type, args ...*types.Type) { function(name, name, result, nil, args...) }
	seen("hstore_in", hs, types.Cstring)
	seen("hstore_out", types.Cstring, hs)
	seen("hstore_recv", hs, types.Internal)
	seen("hstore_send", types.Bytea, hs)
	seen("hstore_subscript_handler", types.Internal, types.Internal)

	operator("->", function("fetchval", "hstore_fetchval", types.Text, hstoreFetch, hs, types.Text), hs, types.Text)
	operator("->", function("slice_array", "hstore_slice_to_array", texts, hstoreSliceArray, hs, texts), hs, texts)
	function("slice", "hstore_slice_to_hstore", hs, hstoreSlice, hs, texts)
	function("isexists", "hstore_exists", types.Boolean, hstoreExists, hs, types.Text)
	operator("?", function("exist", "hstore_exists", types.Boolean, hstoreExists, hs, types.Text), hs, types.Text)
	operator("?|", function("exists_any", "hstore_exists_any", types.Boolean, hstoreHas(true), hs, texts), hs, texts)
	operator("?&", function("exists_all", "hstore_exists_all", types.Boolean, hstoreHas(false), hs, texts), hs, texts)
	function("isdefined", "hstore_defined", types.Boolean, hstoreDefined, hs, types.Text)
	function("defined", "hstore_defined", types.Boolean, hstoreDefined, hs, types.Text)
	operator("-", function("delete", "hstore_delete", hs, hstoreDelete, hs, types.Text), hs, types.Text)
	operator("-", function("delete", "hstore_delete_array", hs, hstoreDeleteArray, hs, texts), hs, texts)
	operator("-", function("delete", "hstore_delete_hstore", hs, hstoreDeletePairs, hs, hs), hs, hs)
	operator("||", function("hs_concat", "hstore_concat", hs, hstoreConcat, hs, hs), hs, hs)
	contains := func(_ *Context, a []types.Datum) (types.Datum, error) { return hstoreContains(a[0], a[1]), nil }
	contained := func(_ *Context, a []types.Datum) (types.Datum, error) { return hstoreContains(a[1], a[0]), nil }
	operator("@>", function("hs_contains", "hstore_contains", types.Boolean, contains, hs, hs), hs, hs)
	operator("<@", function("hs_contained", "hstore_contained", types.Boolean, contained, hs, hs), hs, hs)
	function("tconvert", "hstore_from_text", hs, hstoreFromText, types.Text, types.Text).Strict = false
	function("hstore", "hstore_from_text", hs, hstoreFromText, types.Text, types.Text).Strict = false
	function("hstore", "hstore_from_arrays", hs, hstoreFromArrays, texts, texts).Strict = false
	fromArray := function("hstore", "hstore_from_array", hs, hstoreFromArray, texts)
	toJSON := function("hstore_to_json", "hstore_to_json", types.JSONText, hstoreJSON(false, false), hs)
	function("hstore_to_json_loose", "hstore_to_json_loose", types.JSONText, hstoreJSON(false, true), hs)
	toJSONB := function("hstore_to_jsonb", "hstore_to_jsonb", types.JSONB, hstoreJSON(true, false), hs)
	function("hstore_to_jsonb_loose", "hstore_to_jsonb_loose", types.JSONB, hstoreJSON(true, true), hs)
	e.Casts = []ExtensionCast{{texts, hs, fromArray, Explicit}, {hs, types.JSONText, toJSON, Explicit}, {hs, types.JSONB, toJSONB, Explicit}}
	function("hstore", "hstore_from_record", hs, hstoreFromRecord, types.RecordType).Strict = false
	populate := function("populate_record", "hstore_populate_record", types.AnyElement, nil, types.AnyElement, hs)
	populate.Typed, populate.Strict = hstorePopulate, false
	operator("#=", populate, types.AnyElement, hs)
	operator("%%", function("hstore_to_array", "hstore_to_array", texts, hstoreArray(false), hs), hs)
	operator("%#", function("hstore_to_matrix", "hstore_to_matrix", texts, hstoreArray(true), hs), hs)
	function("akeys", "hstore_akeys", texts, func(_ *Context, a []types.Datum) (types.Datum, error) {
		return types.ArrayDatum(types.Text, hstoreColumn(a[0], hstoreKey)), nil
	}, hs)
	function("avals", "hstore_avals", texts, func(_ *Context, a []types.Datum) (types.Datum, error) {
		return types.ArrayDatum(types.Text, hstoreColumn(a[0], hstoreValue)), nil
	}, hs)
	rows := func(name, symbol string, row func(p types.HstorePair) types.Row) *ExtensionFunction {
		f := function(name, symbol, types.Text, nil, hs)
		f.Set = func(_ *Context, a []types.Datum, yield func(types.Row) error) error {
			for _, p := range types.HstorePairs(a[0]) {
				if err := yield(row(p)); err != nil {
					return err
				}
			}
			return nil
		}
		return f
	}
	rows("skeys", "hstore_skeys", func(p types.HstorePair) types.Row { return one(hstoreKey(p)) })
	rows("svals", "hstore_svals", func(p types.HstorePair) types.Row { return one(hstoreValue(p)) })
	each := rows("each", "hstore_each", func(p types.HstorePair) types.Row { return types.Row{hstoreKey(p), hstoreValue(p)} })
	each.Result, each.ArgNames = types.RecordType, []string{"hs"}
	each.Columns = []types.Field{{Name: "key", Type: types.Text, Typmod: types.NoTypmod}, {Name: "value", Type: types.Text, Typmod: types.NoTypmod}}
	for _, c := range []struct {
		operator, name string
		holds          func(c int) bool
	}{
		{"=", "hstore_eq", func(c int) bool { return c == 0 }}, {"<>", "hstore_ne", func(c int) bool { return c != 0 }},
		{"#>#", "hstore_gt", func(c int) bool { return c > 0 }}, {"#>=#", "hstore_ge", func(c int) bool { return c >= 0 }},
		{"#<#", "hstore_lt", func(c int) bool { return c < 0 }}, {"#<=#", "hstore_le", func(c int) bool { return c <= 0 }},
	} {
		operator(c.operator, function(c.name, c.name, types.Boolean, func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(c.holds(types.CompareHstores(a[0], a[1]))), nil
		}, hs, hs), hs, hs)
	}
	function("hstore_version_diag", "hstore_version_diag", types.Int4, func(*Context, []types.Datum) (types.Datum, error) {
		return types.Int(2), nil // a value is always of the present form
	}, hs)
	seen("hstore_hash", types.Int4, hs)
	seen("hstore_hash_extended", types.Int8, hs, types.Int8)
	function("hstore_cmp", "hstore_cmp", types.Int4, func(_ *Context, a []types.Datum) (types.Datum, error) {
		return types.Int(int64(types.CompareHstores(a[0], a[1]))), nil
	}, hs, hs)
	offer(e)
}

func hstoreKey(p types.HstorePair) types.Datum { return types.String(p.Key) }

func hstoreValue(p types.HstorePair) types.Datum {
	if p.Null {
		return types.Null
	}
	return types.String(p.Value)
}

func hstoreColumn(d types.Datum, of func(types.HstorePair) types.Datum) []types.Datum {
	out := []types.Datum{}
	for _, p := range types.HstorePairs(d) {
		out = append(out, of(p))
	}
	return out
}

// hstoreKeys are the elements of an array that are not NULL.
func hstoreKeys(d types.Datum) (keys []string) {
	for _, e := range d.Array().Elems {
		if !e.IsNull() {
			keys = append(keys, e.Str())
		}
	}
	return keys
}

func hstoreFetch(_ *Context, a []types.Datum) (types.Datum, error) {
	p, found := types.HstoreGet(types.HstorePairs(a[0]), a[1].Str())
	if !found {
		return types.Null, nil
	}
	return hstoreValue(p), nil
}

func hstoreExists(_ *Context, a []types.Datum) (types.Datum, error) {
	_, found := types.HstoreGet(types.HstorePairs(a[0]), a[1].Str())
	return types.Bool(found), nil
}

func hstoreDefined(_ *Context, a []types.Datum) (types.Datum, error) {
	p, found := types.HstoreGet(types.HstorePairs(a[0]), a[1].Str())
	return types.Bool(found && !p.Null), nil
}

// hstoreHas says whether any, or every, one of an array's elements is a key.
func hstoreHas(anyOf bool) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		pairs := types.HstorePairs(a[0])
		for _, key := range hstoreKeys(a[1]) {
			if _, found := types.HstoreGet(pairs, key); found == anyOf {
				return types.Bool(anyOf), nil
			}
		}
		return types.Bool(!anyOf), nil
	}
}

// hstoreSliceArray keeps the shape of the array of keys.
func hstoreSliceArray(_ *Context, a []types.Datum) (types.Datum, error) {
	pairs, keys := types.HstorePairs(a[0]), a[1].Array()
	out := *keys
	out.Elems = make([]types.Datum, len(keys.Elems))
	for i, k := range keys.Elems {
		out.Elems[i] = types.Null
		if k.IsNull() {
			continue
		}
		if p, found := types.HstoreGet(pairs, k.Str()); found {
			out.Elems[i] = hstoreValue(p)
		}
	}
	return types.Object(&out), nil
}

func hstoreSlice(_ *Context, a []types.Datum) (types.Datum, error) {
	pairs := types.HstorePairs(a[0])
	var out []types.HstorePair
	for _, key := range hstoreKeys(a[1]) {
		if p, found := types.HstoreGet(pairs, key); found {
			out = append(out, p)
		}
	}
	return types.HstoreDatum(out), nil
}

func hstoreWithout(d types.Datum, gone func(types.HstorePair) bool) (types.Datum, error) {
	return types.HstoreDatum(slices.DeleteFunc(types.HstorePairs(d), gone)), nil
}

func hstoreDelete(_ *Context, a []types.Datum) (types.Datum, error) {
	key := a[1].Str()
	return hstoreWithout(a[0], func(p types.HstorePair) bool { return p.Key == key })
}

func hstoreDeleteArray(_ *Context, a []types.Datum) (types.Datum, error) {
	keys := hstoreKeys(a[1])
	return hstoreWithout(a[0], func(p types.HstorePair) bool { return slices.Contains(keys, p.Key) })
}

// hstoreDeletePairs deletes pairs that are alike in key and value.
func hstoreDeletePairs(_ *Context, a []types.Datum) (types.Datum, error) {
	others := types.HstorePairs(a[1])
	return hstoreWithout(a[0], func(p types.HstorePair) bool {
		o, found := types.HstoreGet(others, p.Key)
		return found && o == p
	})
}

func hstoreConcat(_ *Context, a []types.Datum) (types.Datum, error) {
	return types.HstoreDatum(append(types.HstorePairs(a[1]), types.HstorePairs(a[0])...)), nil
}

func hstoreContains(a, b types.Datum) types.Datum {
	pairs := types.HstorePairs(a)
	for _, want := range types.HstorePairs(b) {
		if p, found := types.HstoreGet(pairs, want.Key); !found || p != want {
			return types.Bool(false)
		}
	}
	return types.Bool(true)
}

func hstorePair(key, value types.Datum) types.HstorePair {
	p := types.HstorePair{Key: key.Str(), Null: value.IsNull()}
	if !p.Null {
		p.Value = value.Str()
	}
	return p
}

func hstoreFromText(_ *Context, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	return types.HstoreDatum([]types.HstorePair{hstorePair(a[0], a[1])}), nil
}

func hstoreNullKey() error {
	return sqlerr.New(sqlerr.NullValueNotAllowed, "null value not allowed for hstore key")
}

// hstoreFromArrays takes keys and values; without values all are NULL.
func hstoreFromArrays(_ *Context, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	keys := a[0].Array()
	if len(keys.Dims) > 1 {
		return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "wrong number of array subscripts")
	}
	var values []types.Datum
	if !a[1].IsNull() {
		v := a[1].Array()
		if len(v.Dims) > 1 {
			return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "wrong number of array subscripts")
		}
		if len(v.Elems) != len(keys.Elems) || len(keys.Dims) > 0 && v.Lower[0] != keys.Lower[0] {
			return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "arrays must have same bounds")
		}
		values = v.Elems
	}
	var pairs []types.HstorePair
	for i, k := range keys.Elems {
		if k.IsNull() {
			return types.Null, hstoreNullKey()
		}
		value := types.Null
		if values != nil {
			value = values[i]
		}
		pairs = append(pairs, hstorePair(k, value))
	}
	return types.HstoreDatum(pairs), nil
}

// hstoreFromArray takes keys and values in turn, or pairs of them.
func hstoreFromArray(_ *Context, a []types.Datum) (types.Datum, error) {
	v := a[0].Array()
	switch {
	case len(v.Dims) == 1 && v.Dims[0]%2 != 0:
		return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "array must have even number of elements")
	case len(v.Dims) == 2 && v.Dims[1] != 2:
		return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "array must have two columns")
	case len(v.Dims) > 2:
		return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "wrong number of array subscripts")
	}
	var pairs []types.HstorePair
	for i := 0; i+1 < len(v.Elems); i += 2 {
		if v.Elems[i].IsNull() {
			return types.Null, hstoreNullKey()
		}
		pairs = append(pairs, hstorePair(v.Elems[i], v.Elems[i+1]))
	}
	return types.HstoreDatum(pairs), nil
}

// hstoreFromRecord takes the fields of a row, each in its text form.
func hstoreFromRecord(c *Context, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	r := a[0].Record()
	var pairs []types.HstorePair
	for i, v := range r.Values {
		p := types.HstorePair{Key: "f" + strconv.Itoa(i+1), Null: v.IsNull()}
		if i < len(r.Names) && r.Names[i] != "" {
			p.Key = r.Names[i]
		}
		if !p.Null {
			p.Value = r.Types[i].Text(v, c.Env)
		}
		pairs = append(pairs, p)
	}
	return types.HstoreDatum(pairs), nil
}

// hstoreArray lists keys and values in turn, or as pairs.
func hstoreArray(pairs bool) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		var list []types.Datum
		for _, p := range types.HstorePairs(a[0]) {
			list = append(list, hstoreKey(p), hstoreValue(p))
		}
		out := types.NewArray(types.Text, list)
		if pairs && len(list) > 0 {
			out.Dims, out.Lower = []int{len(list) / 2, 2}, []int{1, 1}
		}
		return types.Object(out), nil
	}
}

// hstoreJSON writes an object. Loose, values that look like numbers and t and f are
// no strings.
func hstoreJSON(binary, loose bool) EvalFunc {
	value := func(p types.HstorePair) *types.JSON {
		switch {
		case p.Null:
			return &types.JSON{Kind: types.JSONNull}
		case loose && (p.Value == "t" || p.Value == "f"):
			return types.NewJSONBool(p.Value == "t")
		case loose:
			if d, _, err := apd.NewFromString(p.Value); err == nil && jsonNumber.MatchString(p.Value) {
				return types.NewJSONNumber(d)
			}
		}
		return types.NewJSONString(p.Value)
	}
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		pairs := types.HstorePairs(a[0])
		if binary {
			var members []types.JSONMember
			for _, p := range pairs {
				members = append(members, types.JSONMember{Key: p.Key, Value: value(p)})
			}
			return types.Object(types.NewJSONObject(members)), nil
		}
		out := []byte{'{'}
		for i, p := range pairs {
			if i > 0 {
				out = append(out, ", "...)
			}
			out = append(types.AppendJSONString(out, p.Key), ": "...)
			if v := value(p); v.Kind == types.JSONNumber {
				out = append(out, p.Value...) // as it is written
			} else {
				out = v.Append(out)
			}
		}
		return types.String(string(append(out, '}'))), nil
	}
}

// jsonNumber is how a number is written in JSON.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

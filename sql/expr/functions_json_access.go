package expr

import (
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Taking JSON apart: the arrows, paths, containment, keys and elements. The json
// type keeps its text: a sub-value of it is a piece of that text.

// rawField finds a key of a json object's text (the last of equal ones).
func rawValue(text string, pick func(key string, index int, object bool) bool) (string, bool) {
	found, ok := "", false
	scanJSON(text, func(key string, index int, object bool, value string) {
		if pick(key, index, object) {
			found, ok = value, true
		}
	})
	return found, ok
}

// scanJSON calls f for every member or element of a checked json text; object
// says which. It answers the number of them, and -1 for a scalar.
func scanJSON(text string, f func(key string, index int, object bool, value string)) int {
	i := skipBlank(text, 0)
	if i >= len(text) || text[i] != '{' && text[i] != '[' {
		return -1
	}
	object := text[i] == '{'
	n := 0
	for i = skipBlank(text, i+1); i < len(text) && text[i] != '}' && text[i] != ']'; i = skipBlank(text, i) {
		if text[i] == ',' {
			i = skipBlank(text, i+1)
		}
		key := ""
		if object {
			end := skipValue(text, i)
			if j, err := types.ParseJSON(text[i:end]); err == nil {
				key = j.Str
			}
			i = skipBlank(text, skipBlank(text, end)+1)
		}
		end := skipValue(text, i)
		f(key, n, object, text[i:end])
		n++
		i = end
	}
	return n
}

func skipBlank(s string, i int) int {
	for i < len(s) && strings.IndexByte(" \t\n\r", s[i]) >= 0 {
		i++
	}
	return i
}

// skipValue gives the end of the value that begins at i.
func skipValue(s string, i int) int {
	depth := 0
	for ; i < len(s); i++ {
		switch s[i] {
		case '"':
			for i++; i < len(s) && s[i] != '"'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
			if depth == 0 {
				return i + 1
			}
		case ',', ':', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return i
			}
		}
	}
	return i
}

// rawLength counts the elements; -1 of a scalar.
func rawLength(text string) int { return scanJSON(text, func(string, int, bool, string) {}) }

func rawIsObject(text string) bool { return strings.HasPrefix(strings.TrimLeft(text, " \t\n\r"), "{") }

func rawKey(text, key string) (string, bool) {
	return rawValue(text, func(k string, _ int, object bool) bool { return object && k == key })
}

func rawIndex(text string, n int) (string, bool) {
	if rawIsObject(text) {
		return "", false
	}
	if n < 0 {
		n += rawLength(text)
	}
	return rawValue(text, func(_ string, i int, object bool) bool { return !object && i == n })
}

// rawText is ->>: the text of a string, NULL of null, the JSON of the rest.
func rawText(value string) types.Datum {
	switch {
	case value == "null":
		return types.Null
	case strings.HasPrefix(value, `"`):
		if j, err := types.ParseJSON(value); err == nil {
			return types.String(j.Str)
		}
	}
	return types.String(value)
}

// treeText is ->> of a jsonb value.
func treeText(j *types.JSON) types.Datum {
	switch {
	case j == nil || j.Kind == types.JSONNull:
		return types.Null
	case j.Kind == types.JSONString:
		return types.String(j.Str)
	}
	return types.String(j.String())
}

func treeIndex(j *types.JSON, n int) *types.JSON {
	if j.Kind != types.JSONArray {
		return nil
	}
	if n < 0 {
		n += len(j.Elems)
	}
	if n < 0 || n >= len(j.Elems) {
		return nil
	}
	return j.Elems[n]
}

func treeKey(j *types.JSON, key string) *types.JSON {
	if j.Kind != types.JSONObject {
		return nil
	}
	return j.Get(key)
}

func pathIndex(s string) (int, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 32)
	return int(n), err == nil
}

func treePath(j *types.JSON, path []types.Datum) *types.JSON {
	for _, p := range path {
		if p.IsNull() || j == nil {
			return nil
		}
		switch j.Kind {
		case types.JSONObject:
			j = j.Get(p.Str())
		case types.JSONArray:
			n, ok := pathIndex(p.Str())
			if !ok {
				return nil
			}
			j = treeIndex(j, n)
		default:
			return nil
		}
	}
	return j
}

func rawPath(text string, path []types.Datum) (string, bool) {
	text = strings.Trim(text, " \t\n\r")
	for _, p := range path {
		if p.IsNull() {
			return "", false
		}
		var ok bool
		if rawIsObject(text) {
			text, ok = rawKey(text, p.Str())
		} else if n, isInt := pathIndex(p.Str()); isInt {
			text, ok = rawIndex(text, n)
		}
		if !ok {
			return "", false
		}
	}
	return text, true
}

func tree(f func(j *types.JSON, d types.Datum) *types.JSON, text bool) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		j := f(a[0].JSON(), a[1])
		if text {
			return treeText(j), nil
		}
		if j == nil {
			return types.Null, nil
		}
		return types.Object(j), nil
	}
}

func raw(f func(text string, d types.Datum) (string, bool), text bool) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		v, ok := f(a[0].Str(), a[1])
		switch {
		case !ok:
			return types.Null, nil
		case text:
			return rawText(v), nil
		}
		return types.String(v), nil
	}
}

// jsonContains is @>: every part of y is in x.
func jsonContains(x, y *types.JSON) bool {
	if x.Kind == types.JSONArray && y.Kind != types.JSONArray && y.Kind != types.JSONObject {
		return arrayHas(x, y) // the special case at the top
	}
	return contained(x, y)
}

func contained(x, y *types.JSON) bool {
	if x.Kind != y.Kind {
		return false
	}
	switch x.Kind {
	case types.JSONObject:
		for _, m := range y.Members {
			v := x.Get(m.Key)
			if v == nil || !contained(v, m.Value) {
				return false
			}
		}
		return true
	case types.JSONArray:
		for _, e := range y.Elems {
			if !arrayHas(x, e) {
				return false
			}
		}
		return true
	}
	return types.CompareJSON(x, y) == 0
}

func arrayHas(x, e *types.JSON) bool {
	for _, v := range x.Elems {
		if contained(v, e) {
			return true
		}
	}
	return false
}

// jsonHas is ?: a key of an object, or a string of an array or scalar.
func jsonHas(j *types.JSON, key string) bool {
	switch j.Kind {
	case types.JSONObject:
		return j.Get(key) != nil
	case types.JSONArray:
		for _, e := range j.Elems {
			if e.Kind == types.JSONString && e.Str == key {
				return true
			}
		}
	case types.JSONString:
		return j.Str == key
	}
	return false
}

func jsonTypeName(j *types.JSON) string {
	return [...]string{"null", "string", "number", "boolean", "array", "object"}[j.Kind]
}

func notA(what, fn string) error {
	return sqlerr.New(sqlerr.InvalidParameterValue, "cannot %s %s", fn, what)
}

func arrayLength(j *types.JSON) (types.Datum, error) {
	switch j.Kind {
	case types.JSONArray:
		return types.Int(int64(len(j.Elems))), nil
	case types.JSONObject:
		return types.Null, notA("a non-array", "get array length of")
	}
	return types.Null, notA("a scalar", "get array length of")
}

func stripNulls(j *types.JSON) *types.JSON {
	switch j.Kind {
	case types.JSONObject:
		out := &types.JSON{Kind: types.JSONObject}
		for _, m := range j.Members {
			if m.Value.Kind != types.JSONNull {
				out.Members = append(out.Members, types.JSONMember{Key: m.Key, Value: stripNulls(m.Value)})
			}
		}
		return out
	case types.JSONArray:
		var elems []*types.JSON
		for _, e := range j.Elems {
			elems = append(elems, stripNulls(e))
		}
		return types.NewJSONArray(elems)
	}
	return j
}

// stripRaw is json_strip_nulls, which keeps the order of keys.
func stripRaw(text string) string {
	var b strings.Builder
	first := true
	object := rawIsObject(text)
	n := scanJSON(text, func(key string, _ int, _ bool, value string) {
		if object && value == "null" {
			return
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		if object {
			b.Write(append(types.AppendJSONString(nil, key), ':'))
		}
		b.WriteString(stripRaw(value))
	})
	switch {
	case n < 0:
		return strings.Trim(text, " \t\n\r")
	case object:
		return "{" + b.String() + "}"
	}
	return "[" + b.String() + "]"
}

func prettyJSON(dst []byte, j *types.JSON, depth int) []byte {
	indent := func(n int) { dst = append(append(dst, '\n'), strings.Repeat("    ", n)...) }
	switch {
	case j.Kind == types.JSONArray:
		dst = append(dst, '[')
		for i, e := range j.Elems {
			if i > 0 {
				dst = append(dst, ',')
			}
			indent(depth + 1)
			dst = prettyJSON(dst, e, depth+1)
		}
		indent(depth)
		return append(dst, ']')
	case j.Kind == types.JSONObject:
		dst = append(dst, '{')
		for i, m := range j.Members {
			if i > 0 {
				dst = append(dst, ',')
			}
			indent(depth + 1)
			dst = append(types.AppendJSONString(dst, m.Key), ": "...)
			dst = prettyJSON(dst, m.Value, depth+1)
		}
		indent(depth)
		return append(dst, '}')
	}
	return j.Append(dst)
}

func textsOf(d types.Datum) []types.Datum { return d.Array().Elems }

func init() {
	keyOf := func(j *types.JSON, d types.Datum) *types.JSON { return treeKey(j, d.Str()) }
	indexOf := func(j *types.JSON, d types.Datum) *types.JSON {
		if i := d.Int(); j.Kind != types.JSONArray && j.Kind != types.JSONObject && (i == 0 || i == -1) {
			return j // PostgreSQL keeps a scalar as an array of one
		}
		return treeIndex(j, int(d.Int()))
	}
	pathOf := func(j *types.JSON, d types.Datum) *types.JSON { return treePath(j, textsOf(d)) }
	rawKeyOf := func(s string, d types.Datum) (string, bool) { return rawKey(s, d.Str()) }
	rawIndexOf := func(s string, d types.Datum) (string, bool) { return rawIndex(s, int(d.Int())) }
	rawPathOf := func(s string, d types.Datum) (string, bool) { return rawPath(s, textsOf(d)) }
	register(map[string]EvalFunc{
		"jsonb_object_field": tree(keyOf, false), "jsonb_object_field_text": tree(keyOf, true),
		"jsonb_array_element": tree(indexOf, false), "jsonb_array_element_text": tree(indexOf, true),
		"jsonb_extract_path": tree(pathOf, false), "jsonb_extract_path_text": tree(pathOf, true),
		"json_object_field": raw(rawKeyOf, false), "json_object_field_text": raw(rawKeyOf, true),
		"json_array_element": raw(rawIndexOf, false), "json_array_element_text": raw(rawIndexOf, true),
		"json_extract_path": raw(rawPathOf, false), "json_extract_path_text": raw(rawPathOf, true),
		"jsonb_contains": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(jsonContains(a[0].JSON(), a[1].JSON())), nil
		},
		"jsonb_contained": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(jsonContains(a[1].JSON(), a[0].JSON())), nil
		},
		"jsonb_exists": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(jsonHas(a[0].JSON(), a[1].Str())), nil
		},
		"jsonb_exists_any": func(_ *Context, a []types.Datum) (types.Datum, error) {
			for _, k := range textsOf(a[1]) {
				if !k.IsNull() && jsonHas(a[0].JSON(), k.Str()) {
					return types.Bool(true), nil
				}
			}
			return types.Bool(false), nil
		},
		"jsonb_exists_all": func(_ *Context, a []types.Datum) (types.Datum, error) {
			for _, k := range textsOf(a[1]) {
				if !k.IsNull() && !jsonHas(a[0].JSON(), k.Str()) {
					return types.Bool(false), nil
				}
			}
			return types.Bool(true), nil
		},
		"jsonb_array_length": func(_ *Context, a []types.Datum) (types.Datum, error) { return arrayLength(a[0].JSON()) },
		"json_array_length": func(_ *Context, a []types.Datum) (types.Datum, error) {
			j, err := types.ParseJSON(a[0].Str())
			if err != nil {
				return types.Null, err
			}
			return arrayLength(j)
		},
		"jsonb_typeof": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.String(jsonTypeName(a[0].JSON())), nil
		},
		"json_typeof": func(_ *Context, a []types.Datum) (types.Datum, error) {
			j, err := types.ParseJSON(a[0].Str())
			if err != nil {
				return types.Null, err
			}
			return types.String(jsonTypeName(j)), nil
		},
		"jsonb_strip_nulls": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Object(stripNulls(a[0].JSON())), nil
		},
		"json_strip_nulls": func(_ *Context, a []types.Datum) (types.Datum, error) { return types.String(stripRaw(a[0].Str())), nil },
		"jsonb_pretty": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return jsonText(prettyJSON(nil, a[0].JSON(), 0)), nil
		},
	})
	registerSets(jsonSets())
}

func needKind(j *types.JSON, kind types.JSONKind, fn string) error {
	if j.Kind == kind {
		return nil
	}
	switch {
	case fn == "object_keys" && j.Kind == types.JSONArray:
		return sqlerr.New(sqlerr.InvalidParameterValue, "cannot call jsonb_object_keys on an array")
	case fn == "object_keys":
		return sqlerr.New(sqlerr.InvalidParameterValue, "cannot call jsonb_object_keys on a scalar")
	case kind == types.JSONObject:
		return sqlerr.New(sqlerr.InvalidParameterValue, "cannot call %s on a non-object", fn)
	case j.Kind == types.JSONObject:
		return sqlerr.New(sqlerr.InvalidParameterValue, "cannot extract elements from an object")
	}
	return sqlerr.New(sqlerr.InvalidParameterValue, "cannot extract elements from a scalar")
}

func jsonSets() map[string]SetFunc {
	elements := func(text bool) SetFunc {
		return func(_ *Context, a []types.Datum, yield func(types.Row) error) error {
			j := a[0].JSON()
			if err := needKind(j, types.JSONArray, ""); err != nil {
				return err
			}
			for _, e := range j.Elems {
				v := types.Object(e)
				if text {
					v = treeText(e)
				}
				if err := yield(one(v)); err != nil {
					return err
				}
			}
			return nil
		}
	}
	each := func(name string, text bool) SetFunc {
		return func(_ *Context, a []types.Datum, yield func(types.Row) error) error {
			j := a[0].JSON()
			if err := needKind(j, types.JSONObject, name); err != nil {
				return err
			}
			for _, m := range j.Members {
				v := types.Object(m.Value)
				if text {
					v = treeText(m.Value)
				}
				if err := yield(types.Row{types.String(m.Key), v}); err != nil {
					return err
				}
			}
			return nil
		}
	}
	// The json forms walk the text; what names the rows' content.
	rawRows := func(object bool, other, scalar string, row func(key, value string) types.Row) SetFunc {
		return func(_ *Context, a []types.Datum, yield func(types.Row) error) error {
			text := a[0].Str()
			switch {
			case rawLength(text) < 0:
				return sqlerr.New(sqlerr.InvalidParameterValue, "%s", scalar)
			case rawIsObject(text) != object:
				return sqlerr.New(sqlerr.InvalidParameterValue, "%s", other)
			}
			var failed error
			scanJSON(text, func(key string, _ int, _ bool, value string) {
				if failed == nil {
					failed = yield(row(key, value))
				}
			})
			return failed
		}
	}
	return map[string]SetFunc{
		"jsonb_array_elements": elements(false), "jsonb_array_elements_text": elements(true),
		"jsonb_each": each("jsonb_each", false), "jsonb_each_text": each("jsonb_each_text", true),
		"jsonb_object_keys": func(_ *Context, a []types.Datum, yield func(types.Row) error) error {
			j := a[0].JSON()
			if err := needKind(j, types.JSONObject, "object_keys"); err != nil {
				return err
			}
			for _, m := range j.Members {
				if err := yield(one(types.String(m.Key))); err != nil {
					return err
				}
			}
			return nil
		},
		"json_array_elements":      rawRows(false, "cannot call json_array_elements on a non-array", "cannot call json_array_elements on a scalar", func(_, v string) types.Row { return one(types.String(v)) }),
		"json_array_elements_text": rawRows(false, "cannot call json_array_elements_text on a non-array", "cannot call json_array_elements_text on a scalar", func(_, v string) types.Row { return one(rawText(v)) }),
		"json_object_keys":         rawRows(true, "cannot call json_object_keys on an array", "cannot call json_object_keys on a scalar", func(k, _ string) types.Row { return one(types.String(k)) }),
		"json_each":                rawRows(true, "cannot deconstruct an array as an object", "cannot deconstruct a scalar", func(k, v string) types.Row { return types.Row{types.String(k), types.String(v)} }),
		"json_each_text":           rawRows(true, "cannot deconstruct an array as an object", "cannot deconstruct a scalar", func(k, v string) types.Row { return types.Row{types.String(k), rawText(v)} }),
	}
}

package expr

import (
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Changing jsonb: ||, -, #-, jsonb_set and jsonb_insert. Each gives a new tree
// that shares what has not changed.

func asArray(j *types.JSON) []*types.JSON {
	if j.Kind == types.JSONArray {
		return j.Elems
	}
	return []*types.JSON{j}
}

func jsonConcat(x, y *types.JSON) *types.JSON {
	if x.Kind == types.JSONObject && y.Kind == types.JSONObject {
		return types.NewJSONObject(append(append([]types.JSONMember{}, x.Members...), y.Members...))
	}
	return types.NewJSONArray(append(append([]*types.JSON{}, asArray(x)...), asArray(y)...))
}

func deleteKeys(j *types.JSON, keys []types.Datum) (*types.JSON, error) {
	drop := map[string]bool{}
	for _, k := range keys {
		if !k.IsNull() {
			drop[k.Str()] = true
		}
	}
	switch j.Kind {
	case types.JSONObject:
		out := &types.JSON{Kind: types.JSONObject}
		for _, m := range j.Members {
			if !drop[m.Key] {
				out.Members = append(out.Members, m)
			}
		}
		return out, nil
	case types.JSONArray:
		var elems []*types.JSON
		for _, e := range j.Elems {
			if e.Kind != types.JSONString || !drop[e.Str] {
				elems = append(elems, e)
			}
		}
		return types.NewJSONArray(elems), nil
	}
	return nil, sqlerr.New(sqlerr.InvalidParameterValue, "cannot delete from scalar")
}

func deleteIndex(j *types.JSON, n int) (*types.JSON, error) {
	switch j.Kind {
	case types.JSONObject:
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, "cannot delete from object using integer index")
	case types.JSONArray:
	default:
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, "cannot delete from scalar")
	}
	if n < 0 {
		n += len(j.Elems)
	}
	if n < 0 || n >= len(j.Elems) {
		return j, nil
	}
	return types.NewJSONArray(append(append([]*types.JSON{}, j.Elems[:n]...), j.Elems[n+1:]...)), nil
}

// pathChange is what changePath does at the end of the path.
type pathChange struct {
	value  *types.JSON // nil: delete
	create bool        // set: add what is missing
	insert bool        // jsonb_insert
	after  bool
}

// changePath rebuilds j along the path.
func changePath(j *types.JSON, path []types.Datum, at int, ch pathChange) (*types.JSON, error) {
	if path[at].IsNull() {
		return nil, sqlerr.New(sqlerr.NullValueNotAllowed, "path element at position %d is null", at+1)
	}
	key := path[at].Str()
	last := at == len(path)-1
	switch j.Kind {
	case types.JSONObject:
		old := j.Get(key)
		members := append([]types.JSONMember{}, j.Members...)
		replace := func(v *types.JSON) *types.JSON {
			return types.NewJSONObject(append(members, types.JSONMember{Key: key, Value: v}))
		}
		switch {
		case last && ch.value == nil:
			return deleteKeys(j, path[at:])
		case last && ch.insert && old != nil:
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "cannot replace existing key").
				WithHint("Try using the function jsonb_set to replace key value.")
		case last && (old != nil || ch.create || ch.insert):
			return replace(ch.value), nil
		case last || old == nil:
			return j, nil
		}
		v, err := changePath(old, path, at+1, ch)
		if err != nil {
			return nil, err
		}
		return replace(v), nil
	case types.JSONArray:
		n, ok := pathIndex(key)
		if !ok {
			return nil, sqlerr.New(sqlerr.InvalidTextRepresentation, "path element at position %d is not an integer: \"%s\"", at+1, key)
		}
		size := len(j.Elems)
		if n < 0 {
			n += size
		}
		inside := n >= 0 && n < size
		elems := append([]*types.JSON{}, j.Elems...)
		switch {
		case last && ch.value == nil:
			if !inside {
				return j, nil
			}
			return deleteIndex(j, n)
		case last && (ch.insert || !inside):
			if !ch.insert && !ch.create {
				return j, nil
			}
			n = max(0, min(n, size))
			if ch.insert && ch.after && inside {
				n++
			}
			return types.NewJSONArray(append(elems[:n:n], append([]*types.JSON{ch.value}, elems[n:]...)...)), nil
		case last:
			elems[n] = ch.value
			return types.NewJSONArray(elems), nil
		case !inside:
			return j, nil
		}
		v, err := changePath(j.Elems[n], path, at+1, ch)
		if err != nil {
			return nil, err
		}
		elems[n] = v
		return types.NewJSONArray(elems), nil
	}
	return j, nil
}

func changing(op string, f func(a []types.Datum) pathChange) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		j := a[0].JSON()
		if j.Kind != types.JSONObject && j.Kind != types.JSONArray {
			return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "cannot %s", op)
		}
		path := textsOf(a[1])
		if len(path) == 0 || len(j.Elems)+len(j.Members) == 0 && op == "delete path in scalar" {
			return a[0], nil
		}
		out, err := changePath(j, path, 0, f(a))
		if err != nil {
			return types.Null, err
		}
		return types.Object(out), nil
	}
}

func object1(f func(a []types.Datum) (*types.JSON, error)) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		j, err := f(a)
		if err != nil {
			return types.Null, err
		}
		return types.Object(j), nil
	}
}

func init() {
	set := changing("set path in scalar", func(a []types.Datum) pathChange {
		return pathChange{value: a[2].JSON(), create: len(a) < 4 || a[3].Bool()}
	})
	remove := changing("delete path in scalar", func([]types.Datum) pathChange { return pathChange{} })
	register(map[string]EvalFunc{
		"jsonb_concat":       object1(func(a []types.Datum) (*types.JSON, error) { return jsonConcat(a[0].JSON(), a[1].JSON()), nil }),
		"jsonb_delete":       object1(func(a []types.Datum) (*types.JSON, error) { return deleteKeys(a[0].JSON(), a[1:2]) }),
		"jsonb_delete_array": object1(func(a []types.Datum) (*types.JSON, error) { return deleteKeys(a[0].JSON(), textsOf(a[1])) }),
		"jsonb_delete_idx":   object1(func(a []types.Datum) (*types.JSON, error) { return deleteIndex(a[0].JSON(), int(a[1].Int())) }),
		"jsonb_delete_path":  remove, "jsonb_set": set,
		"jsonb_insert": changing("set path in scalar", func(a []types.Datum) pathChange {
			return pathChange{value: a[2].JSON(), insert: true, after: a[3].Bool()}
		}),
		"jsonb_set_lax": func(c *Context, a []types.Datum) (types.Datum, error) {
			if a[0].IsNull() || a[1].IsNull() || a[3].IsNull() {
				return types.Null, nil
			}
			if !a[2].IsNull() {
				return set(c, a)
			}
			switch a[4].Str() {
			case "use_json_null":
				return set(c, []types.Datum{a[0], a[1], types.Object(types.JSONNullValue), a[3]})
			case "delete_key":
				return remove(c, a[:2])
			case "return_target":
				return a[0], nil
			case "raise_exception":
				return types.Null, sqlerr.New(sqlerr.NullValueNotAllowed, "JSON value must not be null")
			}
			return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or \"raise_exception\"")
		},
	})
}

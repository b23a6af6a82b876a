package expr

import (
	"strconv"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// JSONAssignment is the name of the function that an assignment to a part of a jsonb
// value becomes.
const JSONAssignment = "jsonb_subscript_assign"

// jsonAssignment is the code of an assignment to a part of a jsonb value: of the value,
// what is assigned, and the path as text[].
func jsonAssignment(integerFirst bool) *Function {
	return &Function{
		Name: JSONAssignment, Args: []*types.Type{types.JSONB, types.JSONB, types.Text.Array}, Result: types.JSONB, Volatility: Immutable, Kind: 'f',
		Eval: func(_ *Context, a []types.Datum) (types.Datum, error) {
			path := a[2].Array().Elems
			for _, key := range path {
				if key.IsNull() {
					return types.Null, sqlerr.New(sqlerr.NullValueNotAllowed, "jsonb subscript in assignment must not be null")
				}
			}
			value := &types.JSON{Kind: types.JSONNull}
			if !a[1].IsNull() {
				value = a[1].JSON()
			}
			root := a[0].JSON()
			if root == nil {
				root = &types.JSON{Kind: types.JSONObject}
				if integerFirst {
					root = &types.JSON{Kind: types.JSONArray}
				}
			}
			out, err := assignJSON(root, path, 0, value)
			if err != nil {
				return types.Null, err
			}
			return types.Object(out), nil
		},
	}
}

// assignJSON gives a value with the part that a path leads to replaced; what is missing
// on the way is made.
func assignJSON(j *types.JSON, path []types.Datum, at int, value *types.JSON) (*types.JSON, error) {
	if at == len(path) {
		return value, nil
	}
	key := path[at].Str()
	switch j.Kind {
	case types.JSONObject:
		next := j.Get(key)
		if next == nil {
			next = madeFor(path, at+1)
		}
		v, err := assignJSON(next, path, at+1, value)
		if err != nil {
			return nil, err
		}
		return types.NewJSONObject(append(append([]types.JSONMember{}, j.Members...), types.JSONMember{Key: key, Value: v})), nil
	case types.JSONArray:
		index, err := strconv.ParseInt(key, 10, 32)
		if err != nil {
			return nil, sqlerr.New(sqlerr.InvalidTextRepresentation, "path element at position %d is not an integer: \"%s\"", at+1, key)
		}
		n := int(index)
		if n < 0 {
			if n += len(j.Elems); n < 0 {
				return nil, sqlerr.New(sqlerr.InvalidParameterValue, "path element at position %d is out of range: %s", at+1, key)
			}
		}
		if n >= maxJSONArray {
			return nil, sqlerr.New(sqlerr.ProgramLimitExceeded, "total size of jsonb array elements exceeds the maximum of 268435455 bytes")
		}
		next := madeFor(path, at+1)
		if n < len(j.Elems) {
			next = j.Elems[n]
		}
		v, err := assignJSON(next, path, at+1, value)
		if err != nil {
			return nil, err
		}
		elems := append([]*types.JSON{}, j.Elems...)
		for len(elems) <= n {
			elems = append(elems, &types.JSON{Kind: types.JSONNull})
		}
		elems[n] = v
		return types.NewJSONArray(elems), nil
	}
	return nil, sqlerr.New(sqlerr.InvalidParameterValue, "cannot replace existing key").
		WithDetail("The path assumes key is a composite object, but it is a scalar value.")
}

// maxJSONArray bounds the array that an assignment fills up with nulls.
const maxJSONArray = 1 << 24

// madeFor is the empty array or object that the rest of a path leads into.
func madeFor(path []types.Datum, at int) *types.JSON {
	if at < len(path) {
		if _, err := strconv.ParseInt(path[at].Str(), 10, 32); err == nil {
			return &types.JSON{Kind: types.JSONArray}
		}
	}
	return &types.JSON{Kind: types.JSONObject}
}

// NewSetJSONElement is NewSetElement for jsonb.
func NewSetJSONElement(name string, whole Expr, indexes []Index, value Expr, loc int) (Expr, error) {
	keys, err := jsonKeys(indexes, loc)
	if err != nil {
		return nil, err
	}
	if from := value.Type(); from != types.Unknown && !from.Same(types.JSONB) && !CanCoerce(from, types.JSONB, Assignment) {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, `subscripted assignment to "%s" requires type %s but expression is of type %s`, name, types.JSONB, from).
			WithHint("You will need to rewrite or cast the expression.").At(loc)
	}
	if value, err = Coerce(value, types.JSONB, types.NoTypmod, Assignment); err != nil {
		return nil, err
	}
	first := indexes[0].Upper.Type()
	fn := jsonAssignment(CanCoerce(first, types.Int4, Implicit) && first != types.Unknown)
	return &Call{Fn: fn, Args: []Expr{whole, value, &ArrayExpr{Elems: keys, T: types.Text.Array}}, T: types.JSONB, Mod: types.NoTypmod, Loc: loc}, nil
}

package inverted

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The kinds of keys of hstores.
const (
	hstoreKey = iota
	hstorePair
	hstoreNull
	hstoreEmpty
)

// hstoreClass is gin_hstore_ops: a key for each key, and one for each pair; of one without
// pairs one that says so.
var hstoreClass = &Class{
	keys: func(list [][]byte, v types.Datum) [][]byte {
		pairs := types.HstorePairs(v)
		for _, p := range pairs {
			list = append(list, keyOf(p.Key), pairOf(p))
		}
		if len(pairs) == 0 {
			list = append(list, []byte{hstoreEmpty})
		}
		return list
	},
	operators: map[string]*types.Type{"@>": nil, "?": types.Text, "?|": types.Text.Array, "?&": types.Text.Array},
	query: func(_ *expr.Context, op string, v types.Datum) (*Query, error) {
		var list []*Query
		switch op {
		case "?":
			return key(keyOf(v.Str())), nil
		case "@>":
			for _, p := range types.HstorePairs(v) {
				list = append(list, key(pairOf(p)))
			}
		default:
			for _, e := range v.Array().Elems {
				if !e.IsNull() {
					list = append(list, key(keyOf(e.Str())))
				}
			}
		}
		switch {
		case op == "?|":
			return OneOf(list...), nil
		case len(list) == 0:
			return All, nil
		}
		return AllOf(list...), nil
	},
}

func keyOf(k string) []byte { return short(append([]byte{hstoreKey}, k...)) }

func pairOf(p types.HstorePair) []byte {
	kind := byte(hstorePair)
	if p.Null {
		kind = hstoreNull
	}
	return short(append(append(append([]byte{kind}, p.Key...), 0), p.Value...))
}

package expr

import "github.com/kalamsql/kalamsql/sql/types"

// The functions of enums; which enum is a matter of the arguments' type alone.

func init() {
	registerTyped(map[string]TypedFunc{
		"enum_first": func(args []*types.Type, _ *types.Type) EvalFunc { return enumEnd(args[0], true) },
		"enum_last":  func(args []*types.Type, _ *types.Type) EvalFunc { return enumEnd(args[0], false) },
		"enum_range_all": func(args []*types.Type, _ *types.Type) EvalFunc {
			return func(*Context, []types.Datum) (types.Datum, error) { return labels(args[0], nil, nil) }
		},
		"enum_range_bounds": func(args []*types.Type, _ *types.Type) EvalFunc {
			return func(_ *Context, a []types.Datum) (types.Datum, error) { return labels(args[0], &a[0], &a[1]) }
		},
		"enum_cmp": func(args []*types.Type, _ *types.Type) EvalFunc {
			return func(_ *Context, a []types.Datum) (types.Datum, error) {
				return types.Int(int64(max(-1, min(1, args[0].Compare(a[0], a[1]))))), nil
			}
		},
		"enum_larger":  enumChoice(1),
		"enum_smaller": enumChoice(-1),
	})
}

func enumEnd(t *types.Type, first bool) EvalFunc {
	return func(*Context, []types.Datum) (types.Datum, error) {
		all := BaseType(t).Labels
		switch {
		case len(all) == 0:
			return types.Null, nil
		case first:
			return types.String(all[0]), nil
		}
		return types.String(all[len(all)-1]), nil
	}
}

// labels gives the values of an enum between two, of which one that is NULL
// bounds nothing.
func labels(t *types.Type, from, to *types.Datum) (types.Datum, error) {
	enum := BaseType(t)
	var out []types.Datum
	for _, l := range enum.Labels {
		v := types.String(l)
		if from != nil && !from.IsNull() && enum.Compare(v, *from) < 0 || to != nil && !to.IsNull() && enum.Compare(v, *to) > 0 {
			continue
		}
		out = append(out, v)
	}
	return types.Object(types.NewArray(t, out)), nil
}

func enumChoice(sign int) TypedFunc {
	return func(args []*types.Type, _ *types.Type) EvalFunc {
		return func(_ *Context, a []types.Datum) (types.Datum, error) {
			if args[0].Compare(a[0], a[1])*sign >= 0 {
				return a[0], nil
			}
			return a[1], nil
		}
	}
}

package expr

import (
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Functions and operators of ranges.

// constructRange is the function by the range type's name; NULL is infinity.
func constructRange(_ []*types.Type, result *types.Type) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		flags := "[)"
		if len(a) > 2 {
			if a[2].IsNull() {
				return types.Null, sqlerr.New(sqlerr.DataException, "range constructor flags argument must not be null")
			}
			flags = a[2].Str()
			switch flags {
			case "[)", "[]", "()", "(]":
			default:
				return types.Null, sqlerr.New(sqlerr.SyntaxError, "invalid range bound flags").
					WithHint(`Valid values are "[]", "[)", "(]", and "()".`)
			}
		}
		return rangeDatum(types.NewRange(result, types.Bound{Value: a[0], Inclusive: flags[0] == '['}, types.Bound{Value: a[1], Inclusive: flags[1] == ']'}))
	}
}

// multirangeCast is the cast of a user's range type to its multirange type.
func multirangeCast(source, target *types.Type) *Cast {
	fn := &Function{Name: target.Name, Kind: 'f', Args: []*types.Type{source}, Result: target, Strict: true, Symbol: "multirange_constructor1", Eval: evalCode["multirange_constructor1"]}
	return &Cast{Source: source, Target: target, Fn: fn, Context: Explicit, Method: 'f'}
}

func rangeDatum(r *types.Range, err error) (types.Datum, error) {
	if err != nil {
		return types.Null, err
	}
	return types.Object(r), nil
}

func rangeTest(f func(r *types.Range) bool) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) { return types.Bool(f(a[0].Range())), nil }
}

func rangesTest(f func(x, y *types.Range) bool) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		return types.Bool(f(a[0].Range(), a[1].Range())), nil
	}
}

func lowers(x, y *types.Range) int { return x.Of.CompareBounds(x.Lower, true, y.Lower, true) }
func uppers(x, y *types.Range) int { return x.Of.CompareBounds(x.Upper, false, y.Upper, false) }

// before says whether x ends before y begins.
func before(x, y *types.Range) bool {
	return !x.Empty && !y.Empty && x.Of.CompareBounds(x.Upper, false, y.Lower, true) < 0
}

func rangesOverlap(x, y *types.Range) bool {
	return !x.Empty && !y.Empty && !before(x, y) && !before(y, x)
}

func containsRange(x, y *types.Range) bool {
	return y.Empty || !x.Empty && lowers(x, y) <= 0 && uppers(x, y) >= 0
}

func adjacent(x, y *types.Range) bool {
	return !x.Empty && !y.Empty && (x.Adjacent(y) || y.Adjacent(x))
}

func emptyRange(x *types.Range) *types.Range { return &types.Range{Of: x.Of, Empty: true} }

// hull is the smallest range that holds both.
func hull(x, y *types.Range) *types.Range {
	switch {
	case x.Empty:
		return y
	case y.Empty:
		return x
	}
	out := *x
	if lowers(y, x) < 0 {
		out.Lower = y.Lower
	}
	if uppers(y, x) > 0 {
		out.Upper = y.Upper
	}
	return &out
}

func unionRanges(x, y *types.Range) (*types.Range, error) {
	if !x.Empty && !y.Empty && !rangesOverlap(x, y) && !adjacent(x, y) {
		return nil, sqlerr.New(sqlerr.DataException, "result of range union would not be contiguous")
	}
	return hull(x, y), nil
}

func intersectRanges(x, y *types.Range) (*types.Range, error) {
	if !rangesOverlap(x, y) {
		return emptyRange(x), nil
	}
	out := *x
	if lowers(y, x) > 0 {
		out.Lower = y.Lower
	}
	if uppers(y, x) < 0 {
		out.Upper = y.Upper
	}
	return &out, nil
}

func subtractRanges(x, y *types.Range) (*types.Range, error) {
	switch {
	case !rangesOverlap(x, y):
		return x, nil
	case lowers(y, x) <= 0 && uppers(y, x) >= 0:
		return emptyRange(x), nil
	case lowers(y, x) > 0 && uppers(y, x) < 0:
		return nil, sqlerr.New(sqlerr.DataException, "result of range difference would not be contiguous")
	case lowers(y, x) <= 0:
		return types.NewRange(x.Of, types.Bound{Value: y.Upper.Value, Inclusive: !y.Upper.Inclusive}, x.Upper)
	}
	return types.NewRange(x.Of, x.Lower, types.Bound{Value: y.Lower.Value, Inclusive: !y.Lower.Inclusive})
}

func ofRanges(f func(x, y *types.Range) (*types.Range, error)) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		return rangeDatum(f(a[0].Range(), a[1].Range()))
	}
}

func init() {
	registerTyped(map[string]TypedFunc{"range_constructor2": constructRange, "range_constructor3": constructRange})
	difference := func(scale float64) EvalFunc {
		return func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Float((float64(a[0].Int()) - float64(a[1].Int())) / scale), nil
		}
	}
	canonical := func(_ *Context, a []types.Datum) (types.Datum, error) { return a[0], nil } // they are kept so
	register(map[string]EvalFunc{
		"int4range_canonical": canonical, "int8range_canonical": canonical, "daterange_canonical": canonical,
		"int4range_subdiff": difference(1), "int8range_subdiff": difference(1), "daterange_subdiff": difference(1),
		"tsrange_subdiff": difference(1e6), "tstzrange_subdiff": difference(1e6),
		"numrange_subdiff": func(c *Context, a []types.Datum) (types.Datum, error) {
			d, err := evalCode["numeric_sub"](c, a)
			if err != nil {
				return types.Null, err
			}
			return evalCode["numeric_float8"](c, []types.Datum{d})
		},
		"multirange_constructor0": func(*Context, []types.Datum) (types.Datum, error) { return types.Object(&types.Multirange{}), nil },
		"multirange_constructor1": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Object(types.NewMultirange([]*types.Range{a[0].Range()})), nil
		},
		"multirange_constructor2": func(_ *Context, a []types.Datum) (types.Datum, error) {
			var ranges []*types.Range
			for _, e := range a[0].Array().Elems {
				if e.IsNull() {
					return types.Null, sqlerr.New(sqlerr.NullValueNotAllowed, "multirange values cannot contain null members")
				}
				ranges = append(ranges, e.Range())
			}
			return types.Object(types.NewMultirange(ranges)), nil
		},
		"range_lower": func(_ *Context, a []types.Datum) (types.Datum, error) { return a[0].Range().Lower.Value, nil },
		"range_upper": func(_ *Context, a []types.Datum) (types.Datum, error) { return a[0].Range().Upper.Value, nil },

		"range_empty":     rangeTest(func(r *types.Range) bool { return r.Empty }),
		"range_lower_inc": rangeTest(func(r *types.Range) bool { return r.Lower.Inclusive }),
		"range_upper_inc": rangeTest(func(r *types.Range) bool { return r.Upper.Inclusive }),
		"range_lower_inf": rangeTest(func(r *types.Range) bool { return !r.Empty && r.Lower.Value.IsNull() }),
		"range_upper_inf": rangeTest(func(r *types.Range) bool { return !r.Empty && r.Upper.Value.IsNull() }),

		"range_contains_elem": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(a[0].Range().Contains(a[1])), nil
		},
		"elem_contained_by_range": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(a[1].Range().Contains(a[0])), nil
		},
		"range_contains":     rangesTest(containsRange),
		"range_contained_by": rangesTest(func(x, y *types.Range) bool { return containsRange(y, x) }),
		"range_overlaps":     rangesTest(rangesOverlap),
		"range_before":       rangesTest(before),
		"range_after":        rangesTest(func(x, y *types.Range) bool { return before(y, x) }),
		"range_overleft":     rangesTest(func(x, y *types.Range) bool { return !x.Empty && !y.Empty && uppers(x, y) <= 0 }),
		"range_overright":    rangesTest(func(x, y *types.Range) bool { return !x.Empty && !y.Empty && lowers(x, y) >= 0 }),
		"range_adjacent":     rangesTest(adjacent),
		"range_eq":           rangesTest(func(x, y *types.Range) bool { return x.Compare(y) == 0 }),
		"range_ne":           rangesTest(func(x, y *types.Range) bool { return x.Compare(y) != 0 }),
		"range_lt":           rangesTest(func(x, y *types.Range) bool { return x.Compare(y) < 0 }),
		"range_le":           rangesTest(func(x, y *types.Range) bool { return x.Compare(y) <= 0 }),
		"range_gt":           rangesTest(func(x, y *types.Range) bool { return x.Compare(y) > 0 }),
		"range_ge":           rangesTest(func(x, y *types.Range) bool { return x.Compare(y) >= 0 }),
		"range_cmp": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(int64(a[0].Range().Compare(a[1].Range()))), nil
		},
		"range_union":     ofRanges(unionRanges),
		"range_intersect": ofRanges(intersectRanges),
		"range_minus":     ofRanges(subtractRanges),
		"range_merge":     ofRanges(func(x, y *types.Range) (*types.Range, error) { return hull(x, y), nil }),
	})
}

package expr

import "github.com/kalamsql/kalamsql/sql/types"

// Functions and operators of multiranges, also with a range on one side. A range
// takes part as the multirange that it alone makes, so that each rule is written
// once; only an empty range differs from the empty multirange, where it is contained.

// spans are the ranges of a range or multirange; an empty range has none.
func spans(d types.Datum) []*types.Range {
	if r := d.Range(); r != nil {
		if r.Empty {
			return nil
		}
		return []*types.Range{r}
	}
	return d.Multirange().Ranges
}

// spansTest is a predicate over two operands, each a range or a multirange.
func spansTest(f func(x, y []*types.Range) bool) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		return types.Bool(f(spans(a[0]), spans(a[1]))), nil
	}
}

func swapped(f func(x, y []*types.Range) bool) func(x, y []*types.Range) bool {
	return func(x, y []*types.Range) bool { return f(y, x) }
}

func last(x []*types.Range) *types.Range { return x[len(x)-1] }

func spansOverlap(x, y []*types.Range) bool {
	for i, k := 0, 0; i < len(x) && k < len(y); {
		switch {
		case before(x[i], y[k]):
			i++
		case before(y[k], x[i]):
			k++
		default:
			return true
		}
	}
	return false
}

// spansContain says whether every range of y lies in one of x.
func spansContain(x, y []*types.Range) bool {
	i := 0
	for _, r := range y {
		for i < len(x) && before(x[i], r) {
			i++
		}
		if i == len(x) || !containsRange(x[i], r) {
			return false
		}
	}
	return true
}

func spansBefore(x, y []*types.Range) bool {
	return len(x) > 0 && len(y) > 0 && before(last(x), y[0])
}

func spansOverleft(x, y []*types.Range) bool {
	return len(x) > 0 && len(y) > 0 && uppers(last(x), last(y)) <= 0
}

func spansOverright(x, y []*types.Range) bool {
	return len(x) > 0 && len(y) > 0 && lowers(x[0], y[0]) >= 0
}

func spansAdjacent(x, y []*types.Range) bool {
	return len(x) > 0 && len(y) > 0 && (last(x).Adjacent(y[0]) || last(y).Adjacent(x[0]))
}

func containsElement(x []*types.Range, d types.Datum) bool {
	for _, r := range x {
		if r.Contains(d) {
			return true
		}
	}
	return false
}

func intersectSpans(x, y []*types.Range) ([]*types.Range, error) {
	var out []*types.Range
	for i, k := 0, 0; i < len(x) && k < len(y); {
		if rangesOverlap(x[i], y[k]) {
			r, err := intersectRanges(x[i], y[k])
			if err != nil {
				return nil, err
			}
			out = append(out, r)
		}
		if uppers(x[i], y[k]) < 0 {
			i++
		} else {
			k++
		}
	}
	return out, nil
}

// subtractSpans takes y out of x.
func subtractSpans(x, y []*types.Range) ([]*types.Range, error) {
	var out []*types.Range
	for _, r := range x {
		rest := r
		for _, cut := range y {
			if !rangesOverlap(rest, cut) {
				continue
			}
			if lowers(rest, cut) < 0 {
				left, err := types.NewRange(rest.Of, rest.Lower, types.Bound{Value: cut.Lower.Value, Inclusive: !cut.Lower.Inclusive})
				if err != nil {
					return nil, err
				}
				out = append(out, left)
			}
			if uppers(rest, cut) <= 0 {
				rest = emptyRange(rest)
				break
			}
			right, err := types.NewRange(rest.Of, types.Bound{Value: cut.Upper.Value, Inclusive: !cut.Upper.Inclusive}, rest.Upper)
			if err != nil {
				return nil, err
			}
			rest = right
		}
		out = append(out, rest)
	}
	return out, nil
}

func ofSpans(f func(x, y []*types.Range) ([]*types.Range, error)) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		out, err := f(spans(a[0]), spans(a[1]))
		if err != nil {
			return types.Null, err
		}
		return types.Object(types.NewMultirange(out)), nil
	}
}

func multirangeTest(f func(x []*types.Range) bool) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) { return types.Bool(f(spans(a[0]))), nil }
}

func multirangeOrder(f func(c int) bool) TypedFunc {
	return func(args []*types.Type, _ *types.Type) EvalFunc {
		return func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(f(args[0].Compare(a[0], a[1]))), nil
		}
	}
}

func init() {
	register(map[string]EvalFunc{
		"multirange_lower": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if x := spans(a[0]); len(x) > 0 {
				return x[0].Lower.Value, nil
			}
			return types.Null, nil
		},
		"multirange_upper": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if x := spans(a[0]); len(x) > 0 {
				return last(x).Upper.Value, nil
			}
			return types.Null, nil
		},
		"multirange_empty":     multirangeTest(func(x []*types.Range) bool { return len(x) == 0 }),
		"multirange_lower_inc": multirangeTest(func(x []*types.Range) bool { return len(x) > 0 && x[0].Lower.Inclusive }),
		"multirange_upper_inc": multirangeTest(func(x []*types.Range) bool { return len(x) > 0 && last(x).Upper.Inclusive }),
		"multirange_lower_inf": multirangeTest(func(x []*types.Range) bool { return len(x) > 0 && x[0].Lower.Value.IsNull() }),
		"multirange_upper_inf": multirangeTest(func(x []*types.Range) bool { return len(x) > 0 && last(x).Upper.Value.IsNull() }),

		"multirange_contains_elem": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(containsElement(spans(a[0]), a[1])), nil
		},
		"elem_contained_by_multirange": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(containsElement(spans(a[1]), a[0])), nil
		},
		"multirange_contains_multirange":     spansTest(spansContain),
		"multirange_contains_range":          spansTest(spansContain),
		"range_contains_multirange":          spansTest(spansContain),
		"multirange_contained_by_multirange": spansTest(swapped(spansContain)),
		"multirange_contained_by_range":      spansTest(swapped(spansContain)),
		"range_contained_by_multirange":      spansTest(swapped(spansContain)),
		"multirange_overlaps_multirange":     spansTest(spansOverlap),
		"multirange_overlaps_range":          spansTest(spansOverlap),
		"range_overlaps_multirange":          spansTest(spansOverlap),
		"multirange_before_multirange":       spansTest(spansBefore),
		"multirange_before_range":            spansTest(spansBefore),
		"range_before_multirange":            spansTest(spansBefore),
		"multirange_after_multirange":        spansTest(swapped(spansBefore)),
		"multirange_after_range":             spansTest(swapped(spansBefore)),
		"range_after_multirange":             spansTest(swapped(spansBefore)),
		"multirange_overleft_multirange":     spansTest(spansOverleft),
		"multirange_overleft_range":          spansTest(spansOverleft),
		"range_overleft_multirange":          spansTest(spansOverleft),
		"multirange_overright_multirange":    spansTest(spansOverright),
		"multirange_overright_range":         spansTest(spansOverright),
		"range_overright_multirange":         spansTest(spansOverright),
		"multirange_adjacent_multirange":     spansTest(spansAdjacent),
		"multirange_adjacent_range":          spansTest(spansAdjacent),
		"range_adjacent_multirange":          spansTest(spansAdjacent),

		"multirange_union": ofSpans(func(x, y []*types.Range) ([]*types.Range, error) {
			return append(append([]*types.Range{}, x...), y...), nil
		}),
		"multirange_intersect": ofSpans(intersectSpans),
		"multirange_minus":     ofSpans(subtractSpans),
	})
	registerTyped(map[string]TypedFunc{
		"multirange_eq": multirangeOrder(func(c int) bool { return c == 0 }),
		"multirange_ne": multirangeOrder(func(c int) bool { return c != 0 }),
		"multirange_lt": multirangeOrder(func(c int) bool { return c < 0 }),
		"multirange_le": multirangeOrder(func(c int) bool { return c <= 0 }),
		"multirange_gt": multirangeOrder(func(c int) bool { return c > 0 }),
		"multirange_ge": multirangeOrder(func(c int) bool { return c >= 0 }),
		"multirange_cmp": func(args []*types.Type, _ *types.Type) EvalFunc {
			return func(_ *Context, a []types.Datum) (types.Datum, error) {
				return types.Int(int64(args[0].Compare(a[0], a[1]))), nil
			}
		},
		"range_merge_from_multirange": func(_ []*types.Type, result *types.Type) EvalFunc {
			return func(_ *Context, a []types.Datum) (types.Datum, error) {
				x := spans(a[0])
				if len(x) == 0 {
					return types.Object(&types.Range{Of: result, Empty: true}), nil
				}
				return types.Object(hull(x[0], last(x))), nil
			}
		},
	})
	registerSets(map[string]SetFunc{
		"multirange_unnest": func(_ *Context, a []types.Datum, yield func(types.Row) error) error {
			for _, r := range spans(a[0]) {
				if err := yield(types.Row{types.Object(r)}); err != nil {
					return err
				}
			}
			return nil
		},
	})
	aggCode["range_agg"] = func([]*types.Type, *types.Type) Aggregate { return &rangeAgg{} }
	aggCode["range_intersect_agg"] = func([]*types.Type, *types.Type) Aggregate { return &rangeIntersectAgg{} }
	strictAggregates["range_agg"], strictAggregates["range_intersect_agg"] = true, true
}

// rangeAgg is range_agg of ranges and multiranges: the union of all.
type rangeAgg struct {
	ranges []*types.Range
	some   bool
}

// Add takes the ranges of a value.
func (a *rangeAgg) Add(_ *Context, args []types.Datum) error {
	a.ranges, a.some = append(a.ranges, spans(args[0])...), true
	return nil
}

// Result is NULL without values.
func (a *rangeAgg) Result(*Context) (types.Datum, error) {
	if !a.some {
		return types.Null, nil
	}
	return types.Object(types.NewMultirange(append([]*types.Range{}, a.ranges...))), nil
}

// rangeIntersectAgg is range_intersect_agg of ranges and multiranges.
type rangeIntersectAgg struct{ all types.Datum }

// Add keeps what the values so far and this one have in common.
func (a *rangeIntersectAgg) Add(_ *Context, args []types.Datum) error {
	switch {
	case a.all.IsNull():
		a.all = args[0]
	case args[0].Range() != nil:
		r, err := intersectRanges(a.all.Range(), args[0].Range())
		if err != nil {
			return err
		}
		a.all = types.Object(r)
	default:
		out, err := intersectSpans(spans(a.all), spans(args[0]))
		if err != nil {
			return err
		}
		a.all = types.Object(types.NewMultirange(out))
	}
	return nil
}

// Result is NULL without values.
func (a *rangeIntersectAgg) Result(*Context) (types.Datum, error) { return a.all, nil }

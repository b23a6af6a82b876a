package expr

import (
	"math"
	"sort"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// OrderedSetFunc computes an aggregate written with WITHIN GROUP.
type OrderedSetFunc func(c *Context, g *OrderedGroup) (types.Datum, error)

// OrderedGroup is one group of an ordered-set aggregate.
type OrderedGroup struct {
	// Direct are the arguments before WITHIN GROUP.
	Direct []types.Datum
	// N is how many rows there are, and At gives the values of WITHIN GROUP's ORDER BY of one, from 0, in that order.
	N  int
	At func(int) types.Row
	// Compare orders two such rows.
	Compare func(a, b types.Row) int
	// Type is the type of what is ordered first, Result that of the result.
	Type, Result *types.Type
}

var orderedCode = map[string]OrderedSetFunc{
	"percentile_cont": percentile(percentileCont),
	"percentile_disc": percentile(percentileDisc),
	"mode":            mode,
	"rank":            hypotheticalRank(func(before int, _ func() int, _, _ int) types.Datum { return types.Int(int64(before + 1)) }),
	"dense_rank":      hypotheticalRank(func(_ int, groups func() int, _, _ int) types.Datum { return types.Int(int64(groups() + 1)) }),
	"percent_rank": hypotheticalRank(func(before int, _ func() int, _, rows int) types.Datum {
		if rows == 0 {
			return types.Float(0)
		}
		return types.Float(float64(before) / float64(rows))
	}),
	"cume_dist": hypotheticalRank(func(_ int, _ func() int, upTo, rows int) types.Datum {
		return types.Float(float64(upTo+1) / float64(rows+1))
	}),
}

// hypotheticalRank ranks the row of direct arguments among the others: how many
// rows are before it, in how many groups of equal ones, how many are not after
// it, and how many there are.
func hypotheticalRank(f func(before int, groups func() int, upTo, rows int) types.Datum) OrderedSetFunc {
	return func(_ *Context, g *OrderedGroup) (types.Datum, error) {
		own := types.Row(g.Direct)
		before := sort.Search(g.N, func(i int) bool { return g.Compare(g.At(i), own) >= 0 })
		upTo := sort.Search(g.N, func(i int) bool { return g.Compare(g.At(i), own) > 0 })
		groups := func() (n int) {
			var last types.Row
			for i := range before {
				r := g.At(i)
				if i == 0 || g.Compare(last, r) != 0 {
					n++
				}
				last = r
			}
			return n
		}
		return f(before, groups, upTo, g.N), nil
	}
}

// mode is the most frequent value, the first of several.
func mode(_ *Context, g *OrderedGroup) (types.Datum, error) {
	best, bestCount, count := types.Null, 0, 0
	var last types.Row
	for i := range g.N {
		r := g.At(i)
		if i > 0 && g.Compare(last, r) != 0 {
			count = 0
		}
		last = r
		if count++; count > bestCount {
			best, bestCount = r[0], count
		}
	}
	return best, nil
}

// percentile computes one fraction, or an array of them.
func percentile(one func(g *OrderedGroup, t *types.Type, p float64) (types.Datum, error)) OrderedSetFunc {
	at := func(g *OrderedGroup, t *types.Type, p types.Datum) (types.Datum, error) {
		if p.IsNull() {
			return types.Null, nil
		}
		f := p.Float()
		if f < 0 || f > 1 || math.IsNaN(f) {
			return types.Null, sqlerr.New(sqlerr.NumericValueOutOfRange, "percentile value %g is not between 0 and 1", f)
		}
		if g.N == 0 {
			return types.Null, nil
		}
		return one(g, t, f)
	}
	return func(_ *Context, g *OrderedGroup) (types.Datum, error) {
		a := g.Direct[0].Array()
		if a == nil {
			return at(g, g.Result, g.Direct[0])
		}
		if g.N == 0 {
			return types.Null, nil
		}
		elem := ElementOf(g.Result)
		out := &types.Array{Elem: elem, Dims: a.Dims, Lower: a.Lower}
		for _, p := range a.Elems {
			v, err := at(g, elem, p)
			if err != nil {
				return types.Null, err
			}
			out.Elems = append(out.Elems, v)
		}
		return types.Object(out), nil
	}
}

// percentileDisc is the first value whose position in the order is at least p of
// all.
func percentileDisc(g *OrderedGroup, _ *types.Type, p float64) (types.Datum, error) {
	at := int(math.Ceil(p * float64(g.N)))
	return g.At(max(at, 1) - 1)[0], nil
}

// percentileCont interpolates between the two values around p.
func percentileCont(g *OrderedGroup, t *types.Type, p float64) (types.Datum, error) {
	place := p * float64(g.N-1)
	first, second := int(math.Floor(place)), int(math.Ceil(place))
	low, high := g.At(first)[0], g.At(second)[0]
	if first == second {
		return low, nil
	}
	part := place - float64(first)
	if t != types.IntervalType {
		return types.Float(low.Float() + part*(high.Float()-low.Float())), nil
	}
	from := low.Object().(types.Interval)
	way, err := addIntervals(high.Object().(types.Interval), from, -1)
	if err == nil {
		way, err = scaleInterval(way, part, 1)
	}
	if err == nil {
		way, err = addIntervals(from, way, 1)
	}
	return types.Object(way), err
}

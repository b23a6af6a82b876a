package inverted

import (
	"math"
	"slices"

	"github.com/kalamsql/kalamsql/sql/types"
)

// shapes are the classes over points, boxes, polygons and circles: the square of the smallest rectangle around.
func shapes(t *types.Type) *Class {
	return &Class{
		placed: true,
		keys: func(list [][]byte, v types.Datum) [][]byte {
			r, ok := around(t, v, 0)
			if !ok {
				return append(list, unknownKey)
			}
			return append(list, r.key())
		},
		takes: func(op string, other *types.Type) bool {
			switch op {
			case "<<", ">>", "<<|", "|>>", "~=":
				return other == t
			case "<@":
				return other == t || t == types.Point && (other == types.Box || other == types.Polygon || other == types.Circle)
			case "&&", "@>":
				return other == t && t != types.Point
			}
			return false
		},
		search: func(op string, other *types.Type, v types.Datum) *Query {
			r, ok := around(other, v, tolerance)
			if !ok {
				return All
			}
			of := interval.overlapping
			switch op {
			case "@>":
				r, _ = around(other, v, -tolerance)
				if r.x.from > r.x.to || r.y.from > r.y.to {
					return All
				}
				of = interval.containing
			case "<@":
				of = interval.within
			case "<<":
				r = rectangle{interval{0, r.x.to}, side}
			case ">>":
				r = rectangle{interval{r.x.from, side.to}, side}
			case "<<|":
				r = rectangle{side, interval{0, r.y.to}}
			case "|>>":
				r = rectangle{side, interval{r.y.from, side.to}}
			}
			return squares(r, of).with(unknownKey)
		},
	}
}

// tolerance is more than by what conditions over shapes may be wrong.
const tolerance = 1e-5

// side is the interval of all coordinates on an axis of the plane.
var side = interval{0, math.MaxUint32}

// around is the rectangle around a shape, wider by so much at each side; false: there is none, as a coordinate is no
// number.
func around(t *types.Type, v types.Datum, wider float64) (_ rectangle, ok bool) {
	n := types.Numbers(t, v)
	if slices.ContainsFunc(n, math.IsNaN) {
		return rectangle{}, false
	}
	if t == types.Circle {
		n, wider = n[:2], wider+n[2]
	}
	low, high := [2]float64{n[0], n[1]}, [2]float64{n[0], n[1]}
	for i, c := range n {
		low[i%2], high[i%2] = min(low[i%2], c), max(high[i%2], c)
	}
	at := func(i int) interval {
		return interval{planeCoordinate(low[i] - wider), planeCoordinate(high[i] + wider)}
	}
	return rectangle{at(0), at(1)}, true
}

package expr

import (
	"math"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Where points and boxes lie to each other, and arithmetic with points. Coordinates
// that differ by less than PostgreSQL's tolerance are equal.

const tolerance = 1e-6

func less(a, b float64) bool      { return b-a > tolerance }
func lessEqual(a, b float64) bool { return a-b <= tolerance || a <= b }

// times multiplies points as complex numbers.
func times(x, y, u, v float64) (float64, float64) { return x*u - y*v, x*v + y*u }

// over divides them.
func over(x, y, u, v float64) (float64, float64, error) {
	square := u*u + v*v
	if square == 0 {
		return 0, 0, sqlerr.New(sqlerr.DivisionByZero, "division by zero")
	}
	return (x*u + y*v) / square, (y*u - x*v) / square, nil
}

func boxArea(n []float64) float64 { return (n[0] - n[2]) * (n[1] - n[3]) }

func slope(n []float64) float64 {
	switch {
	case near(n[0], n[2]):
		return math.Inf(1)
	case near(n[1], n[3]):
		return 0
	}
	return (n[1] - n[3]) / (n[0] - n[2])
}

func init() {
	point, box := types.Point, types.Box
	points := func(f func(n []float64) bool) EvalFunc { return geometryTest(f, point, point) }
	boxes := func(f func(n []float64) bool) EvalFunc { return geometryTest(f, box, box) }
	areas := func(f func(a, b float64) bool) EvalFunc {
		return boxes(func(n []float64) bool { return f(boxArea(n[:4]), boxArea(n[4:])) })
	}
	shifted := func(sign float64) EvalFunc {
		return shape(box, func(n []float64) []float64 {
			return []float64{n[0] + sign*n[4], n[1] + sign*n[5], n[2] + sign*n[4], n[3] + sign*n[5]}
		}, box, point)
	}
	register(map[string]EvalFunc{
		"point_left":  points(func(n []float64) bool { return less(n[0], n[2]) }),
		"point_right": points(func(n []float64) bool { return less(n[2], n[0]) }),
		"point_below": points(func(n []float64) bool { return less(n[1], n[3]) }),
		"point_above": points(func(n []float64) bool { return less(n[3], n[1]) }),
		"point_vert":  points(func(n []float64) bool { return near(n[0], n[2]) }),
		"point_horiz": points(func(n []float64) bool { return near(n[1], n[3]) }),
		"point_slope": measure(slope, point, point),
		"point_mul": shape(point, func(n []float64) []float64 {
			x, y := times(n[0], n[1], n[2], n[3])
			return []float64{x, y}
		}, point, point),
		"point_div": func(_ *Context, a []types.Datum) (types.Datum, error) {
			n := numbers([]*types.Type{point, point}, a)
			x, y, err := over(n[0], n[1], n[2], n[3])
			if err != nil {
				return types.Null, err
			}
			return types.Geometry(point, x, y), nil
		},

		"box_left":      boxes(func(n []float64) bool { return less(n[0], n[6]) }),
		"box_overleft":  boxes(func(n []float64) bool { return lessEqual(n[0], n[4]) }),
		"box_right":     boxes(func(n []float64) bool { return less(n[4], n[2]) }),
		"box_overright": boxes(func(n []float64) bool { return lessEqual(n[6], n[2]) }),
		"box_below":     boxes(func(n []float64) bool { return less(n[1], n[7]) }),
		"box_overbelow": boxes(func(n []float64) bool { return lessEqual(n[1], n[5]) }),
		"box_above":     boxes(func(n []float64) bool { return less(n[5], n[3]) }),
		"box_overabove": boxes(func(n []float64) bool { return lessEqual(n[7], n[3]) }),
		"box_below_eq":  boxes(func(n []float64) bool { return lessEqual(n[1], n[7]) }),
		"box_above_eq":  boxes(func(n []float64) bool { return lessEqual(n[5], n[3]) }),
		"box_lt":        areas(less),
		"box_gt":        areas(func(a, b float64) bool { return less(b, a) }),
		"box_eq":        areas(near),
		"box_le":        areas(lessEqual),
		"box_ge":        areas(func(a, b float64) bool { return lessEqual(b, a) }),
		"box_add":       shifted(1),
		"box_sub":       shifted(-1),
		"box_distance": measure(func(n []float64) float64 {
			return math.Hypot((n[0]+n[2])/2-(n[4]+n[6])/2, (n[1]+n[3])/2-(n[5]+n[7])/2)
		}, box, box),
		"box_mul": shape(box, func(n []float64) []float64 {
			x, y := times(n[0], n[1], n[4], n[5])
			u, v := times(n[2], n[3], n[4], n[5])
			return []float64{x, y, u, v}
		}, box, point),
		"box_div": func(_ *Context, a []types.Datum) (types.Datum, error) {
			n := numbers([]*types.Type{box, point}, a)
			x, y, err := over(n[0], n[1], n[4], n[5])
			if err != nil {
				return types.Null, err
			}
			u, v, err := over(n[2], n[3], n[4], n[5])
			return types.Geometry(box, x, y, u, v), err
		},
		"box_intersect": func(_ *Context, a []types.Datum) (types.Datum, error) {
			n := numbers([]*types.Type{box, box}, a)
			highX, highY, lowX, lowY := min(n[0], n[4]), min(n[1], n[5]), max(n[2], n[6]), max(n[3], n[7])
			if less(highX, lowX) || less(highY, lowY) {
				return types.Null, nil
			}
			return types.Geometry(box, highX, highY, lowX, lowY), nil
		},
		"box_circle": shape(types.Circle, func(n []float64) []float64 {
			x, y := (n[0]+n[2])/2, (n[1]+n[3])/2
			return []float64{x, y, math.Hypot(x-n[0], y-n[1])}
		}, box),
	})
}

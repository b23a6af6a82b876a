package expr

import (
	"math"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Functions of the geometric types: what makes one of another, and measures.

// numbers gives the coordinates of all arguments in a row.
func numbers(ts []*types.Type, a []types.Datum) []float64 {
	var out []float64
	for i, t := range ts {
		if t == types.Float8 {
			out = append(out, a[i].Float())
		} else {
			out = append(out, types.Numbers(t, a[i])...)
		}
	}
	return out
}

// shape makes a value of type t of the numbers that f makes of the
// arguments', nil meaning the same.
func shape(t *types.Type, f func(n []float64) []float64, args ...*types.Type) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		n := numbers(args, a)
		if f != nil {
			n = f(n)
		}
		return types.Geometry(t, n...), nil
	}
}

// measure computes a number of geometric arguments.
func measure(f func(n []float64) float64, args ...*types.Type) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		return types.Float(f(numbers(args, a))), nil
	}
}

// geometryTest computes a truth of geometric arguments.
func geometryTest(f func(n []float64) bool, args ...*types.Type) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		return types.Bool(f(numbers(args, a))), nil
	}
}

// fuzzy equality, as geometric operators have it.
func near(a, b float64) bool { return a == b || math.Abs(a-b) <= 1e-6 }

func sameNumbers(from, n int) func([]float64) bool {
	return func(v []float64) bool {
		for i := range n {
			if !near(v[from+i], v[from+n+i]) {
				return false
			}
		}
		return true
	}
}

func init() {
	point, box, lseg, circle := types.Point, types.Box, types.Lseg, types.Circle
	register(map[string]EvalFunc{
		"construct_point": shape(point, nil, types.Float8, types.Float8),
		"points_box":      shape(box, nil, point, point),
		"lseg_construct":  shape(lseg, nil, point, point),
		"cr_circle":       shape(circle, nil, point, types.Float8),
		"point_box":       shape(box, func(n []float64) []float64 { return append(n, n...) }, point),
		"line_construct_pp": func(_ *Context, a []types.Datum) (types.Datum, error) {
			n := numbers([]*types.Type{point, point}, a)
			if sameNumbers(0, 2)(n) {
				return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "invalid line specification: must be two distinct points")
			}
			return types.Geometry(types.Line, types.LineThrough(n)...), nil
		},
		"circle_center": shape(point, func(n []float64) []float64 { return n[:2] }, circle),
		"box_center":    shape(point, func(n []float64) []float64 { return []float64{(n[0] + n[2]) / 2, (n[1] + n[3]) / 2} }, box),
		"lseg_center":   shape(point, func(n []float64) []float64 { return []float64{(n[0] + n[2]) / 2, (n[1] + n[3]) / 2} }, lseg),
		"box_diagonal":  shape(lseg, nil, box),
		"point_add":     shape(point, func(n []float64) []float64 { return []float64{n[0] + n[2], n[1] + n[3]} }, point, point),
		"point_sub":     shape(point, func(n []float64) []float64 { return []float64{n[0] - n[2], n[1] - n[3]} }, point, point),

		"circle_radius":   measure(func(n []float64) float64 { return n[2] }, circle),
		"circle_diameter": measure(func(n []float64) float64 { return 2 * n[2] }, circle),
		"circle_area":     measure(func(n []float64) float64 { return n[2] * n[2] * math.Pi }, circle),
		"box_area":        measure(func(n []float64) float64 { return (n[0] - n[2]) * (n[1] - n[3]) }, box),
		"box_width":       measure(func(n []float64) float64 { return n[0] - n[2] }, box),
		"box_height":      measure(func(n []float64) float64 { return n[1] - n[3] }, box),
		"lseg_length":     measure(func(n []float64) float64 { return math.Hypot(n[0]-n[2], n[1]-n[3]) }, lseg),
		"point_distance":  measure(func(n []float64) float64 { return math.Hypot(n[0]-n[2], n[1]-n[3]) }, point, point),

		"point_eq":            geometryTest(sameNumbers(0, 2), point, point),
		"point_ne":            geometryTest(func(n []float64) bool { return !sameNumbers(0, 2)(n) }, point, point),
		"box_same":            geometryTest(sameNumbers(0, 4), box, box),
		"circle_same":         geometryTest(sameNumbers(0, 3), circle, circle),
		"lseg_eq":             geometryTest(sameNumbers(0, 4), lseg, lseg),
		"lseg_ne":             geometryTest(func(n []float64) bool { return !sameNumbers(0, 4)(n) }, lseg, lseg),
		"box_contain_pt":      geometryTest(func(n []float64) bool { return n[4] <= n[0] && n[4] >= n[2] && n[5] <= n[1] && n[5] >= n[3] }, box, point),
		"on_pb":               geometryTest(func(n []float64) bool { return n[0] <= n[2] && n[0] >= n[4] && n[1] <= n[3] && n[1] >= n[5] }, point, box),
		"circle_contain_pt":   geometryTest(func(n []float64) bool { return math.Hypot(n[0]-n[3], n[1]-n[4]) <= n[2] }, circle, point),
		"pt_contained_circle": geometryTest(func(n []float64) bool { return math.Hypot(n[0]-n[2], n[1]-n[3]) <= n[4] }, point, circle),
	})
}

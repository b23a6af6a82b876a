package expr

import (
	"math"

	"github.com/kalamsql/kalamsql/sql/expr/geometry"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Operators and functions of circles.

// maxPolygonPoints is how many points fit into a value.
const maxPolygonPoints = math.MaxInt32 / 16

func circlePolygon(points int64, c geometry.Circle) (types.Datum, error) {
	switch {
	case c.ZeroRadius():
		return types.Null, sqlerr.New(sqlerr.FeatureNotSupported, "cannot convert circle with radius zero to polygon")
	case points < 2:
		return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "must request at least 2 points")
	case points >= maxPolygonPoints:
		return types.Null, sqlerr.New(sqlerr.ProgramLimitExceeded, "too many points requested")
	}
	return polygonDatum(c.Polygon(int(points))), nil
}

func init() {
	circles := func(f func(a, b geometry.Circle) bool) EvalFunc {
		return ofShapes(asCircle, asCircle, f, types.Bool)
	}
	areas := func(f func(a, b float64) bool) EvalFunc {
		return circles(func(a, b geometry.Circle) bool { return f(a.Area(), b.Area()) })
	}
	moved := func(f func(c geometry.Circle, p geometry.Point) geometry.Circle) EvalFunc {
		return ofShapes(asCircle, asPoint, f, circleDatum)
	}
	left := func(c geometry.Circle) float64 { return c.Center.X - c.Radius }
	right := func(c geometry.Circle) float64 { return c.Center.X + c.Radius }
	bottom := func(c geometry.Circle) float64 { return c.Center.Y - c.Radius }
	top := func(c geometry.Circle) float64 { return c.Center.Y + c.Radius }
	toPoint := ofShapes(asCircle, asPoint, geometry.Circle.DistanceTo, types.Float)
	toPolygon := ofShapes(asCircle, asPolygon, geometry.Circle.DistanceToPolygon, types.Float)
	register(map[string]EvalFunc{
		"circle_eq": areas(geometry.Same),
		"circle_ne": areas(func(a, b float64) bool { return !geometry.Same(a, b) }),
		"circle_lt": areas(geometry.Less),
		"circle_gt": areas(func(a, b float64) bool { return geometry.Less(b, a) }),
		"circle_le": areas(geometry.LessEqual),
		"circle_ge": areas(func(a, b float64) bool { return geometry.LessEqual(b, a) }),

		"circle_overlap":   circles(geometry.Circle.Overlaps),
		"circle_contain":   circles(geometry.Circle.ContainsCircle),
		"circle_contained": exchanged(circles(geometry.Circle.ContainsCircle)),
		"circle_left":      circles(func(a, b geometry.Circle) bool { return geometry.Less(right(a), left(b)) }),
		"circle_overleft":  circles(func(a, b geometry.Circle) bool { return geometry.LessEqual(right(a), right(b)) }),
		"circle_right":     circles(func(a, b geometry.Circle) bool { return geometry.Less(right(b), left(a)) }),
		"circle_overright": circles(func(a, b geometry.Circle) bool { return geometry.LessEqual(left(b), left(a)) }),
		"circle_below":     circles(func(a, b geometry.Circle) bool { return geometry.Less(top(a), bottom(b)) }),
		"circle_overbelow": circles(func(a, b geometry.Circle) bool { return geometry.LessEqual(top(a), top(b)) }),
		"circle_above":     circles(func(a, b geometry.Circle) bool { return geometry.Less(top(b), bottom(a)) }),
		"circle_overabove": circles(func(a, b geometry.Circle) bool { return geometry.LessEqual(bottom(b), bottom(a)) }),

		"circle_add_pt": moved(func(c geometry.Circle, p geometry.Point) geometry.Circle {
			return geometry.Circle{Center: c.Center.Add(p), Radius: c.Radius}
		}),
		"circle_sub_pt": moved(func(c geometry.Circle, p geometry.Point) geometry.Circle {
			return geometry.Circle{Center: c.Center.Sub(p), Radius: c.Radius}
		}),
		"circle_mul_pt": moved(func(c geometry.Circle, p geometry.Point) geometry.Circle {
			return geometry.Circle{Center: c.Center.Times(p), Radius: c.Radius * math.Hypot(p.X, p.Y)}
		}),
		"circle_div_pt": func(_ *Context, args []types.Datum) (types.Datum, error) {
			c, p := asCircle(args[0]), asPoint(args[1])
			if err := dividesByZero(p); err != nil {
				return types.Null, err
			}
			return circleDatum(geometry.Circle{Center: c.Center.Over(p), Radius: c.Radius / math.Hypot(p.X, p.Y)}), nil
		},

		"circle_distance": ofShapes(asCircle, asCircle, geometry.Circle.Distance, types.Float),
		"dist_cpoint":     toPoint, "dist_pc": exchanged(toPoint),
		"dist_cpoly": toPolygon, "dist_polyc": exchanged(toPolygon),

		"circle_box": ofShape(asCircle, geometry.Circle.Box, boxDatum),
		"circle_poly": func(_ *Context, args []types.Datum) (types.Datum, error) {
			return circlePolygon(args[0].Int(), asCircle(args[1]))
		},
		"sql:polygon": func(_ *Context, args []types.Datum) (types.Datum, error) {
			return circlePolygon(12, asCircle(args[0]))
		},
	})
}

// dividesByZero is the error of dividing by a point whose square is nothing.
func dividesByZero(p geometry.Point) error {
	if p.X*p.X+p.Y*p.Y == 0 {
		return sqlerr.New(sqlerr.DivisionByZero, "division by zero")
	}
	return nil
}

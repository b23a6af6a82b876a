package expr

import (
	"github.com/kalamsql/kalamsql/sql/expr/geometry"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Geometric values as the shapes that sql/expr/geometry computes with, and back.

func pointsOf(n []float64) []geometry.Point {
	out := make([]geometry.Point, len(n)/2)
	for i := range out {
		out[i] = geometry.Point{X: n[2*i], Y: n[2*i+1]}
	}
	return out
}

func coordinates(points []geometry.Point) []float64 {
	out := make([]float64, 0, 2*len(points))
	for _, p := range points {
		out = append(out, p.X, p.Y)
	}
	return out
}

func asPoint(d types.Datum) geometry.Point { return pointsOf(types.Numbers(types.Point, d))[0] }

func asLine(d types.Datum) geometry.Line {
	n := types.Numbers(types.Line, d)
	return geometry.Line{A: n[0], B: n[1], C: n[2]}
}

func asSegment(d types.Datum) geometry.Segment {
	return geometry.Segment(pointsOf(types.Numbers(types.Lseg, d)))
}

func asBox(d types.Datum) geometry.Box {
	p := pointsOf(types.Numbers(types.Box, d))
	return geometry.Box{High: p[0], Low: p[1]}
}

func asCircle(d types.Datum) geometry.Circle {
	n := types.Numbers(types.Circle, d)
	return geometry.Circle{Center: geometry.Point{X: n[0], Y: n[1]}, Radius: n[2]}
}

func asPath(d types.Datum) geometry.Path {
	return geometry.Path{Closed: types.PathClosed(d), Points: pointsOf(types.Numbers(types.Path, d))}
}

func asPolygon(d types.Datum) geometry.Polygon {
	return geometry.Polygon(pointsOf(types.Numbers(types.Polygon, d)))
}

func pointDatum(p geometry.Point) types.Datum { return types.Geometry(types.Point, p.X, p.Y) }

func boxDatum(b geometry.Box) types.Datum {
	return types.Geometry(types.Box, b.High.X, b.High.Y, b.Low.X, b.Low.Y)
}

func circleDatum(c geometry.Circle) types.Datum {
	return types.Geometry(types.Circle, c.Center.X, c.Center.Y, c.Radius)
}

func pathDatum(p geometry.Path) types.Datum { return types.PathOf(p.Closed, coordinates(p.Points)) }

func polygonDatum(p geometry.Polygon) types.Datum { return types.PolygonOf(coordinates(p)) }

// ofShape and ofShapes make a function of one or two shapes, which a and b make of
// the arguments, and of what to make of the result.
func ofShape[A, R any](a func(types.Datum) A, f func(A) R, result func(R) types.Datum) EvalFunc {
	return func(_ *Context, args []types.Datum) (types.Datum, error) {
		return result(f(a(args[0]))), nil
	}
}

func ofShapes[A, B, R any](a func(types.Datum) A, b func(types.Datum) B, f func(A, B) R, result func(R) types.Datum) EvalFunc {
	return func(_ *Context, args []types.Datum) (types.Datum, error) {
		return result(f(a(args[0]), b(args[1]))), nil
	}
}

// exchanged gives a function its arguments the other way around.
func exchanged(f EvalFunc) EvalFunc {
	return func(c *Context, args []types.Datum) (types.Datum, error) {
		return f(c, []types.Datum{args[1], args[0]})
	}
}

// meeting makes a function of two shapes that gives a point, or NULL when there is none.
func meeting[A, B any](a func(types.Datum) A, b func(types.Datum) B, f func(A, B) (geometry.Point, bool)) EvalFunc {
	return func(_ *Context, args []types.Datum) (types.Datum, error) {
		at, ok := f(a(args[0]), b(args[1]))
		if !ok {
			return types.Null, nil
		}
		return pointDatum(at), nil
	}
}

// meet is meeting as a truth.
func meet[A, B any](a func(types.Datum) A, b func(types.Datum) B, f func(A, B) (geometry.Point, bool)) EvalFunc {
	return func(_ *Context, args []types.Datum) (types.Datum, error) {
		_, ok := f(a(args[0]), b(args[1]))
		return types.Bool(ok), nil
	}
}

// nearest and distance are the two results of what finds the closest point of the
// second argument to the first.
func nearest[A, B any](a func(types.Datum) A, b func(types.Datum) B, f func(B, A) (geometry.Point, float64)) EvalFunc {
	return func(_ *Context, args []types.Datum) (types.Datum, error) {
		at, away := f(b(args[1]), a(args[0]))
		if away != away {
			return types.Null, nil
		}
		return pointDatum(at), nil
	}
}

func distance[A, B any](a func(types.Datum) A, b func(types.Datum) B, f func(B, A) (geometry.Point, float64)) EvalFunc {
	return func(_ *Context, args []types.Datum) (types.Datum, error) {
		_, away := f(b(args[1]), a(args[0]))
		return types.Float(away), nil
	}
}

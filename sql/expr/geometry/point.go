// Package geometry is plane geometry with PostgreSQL's tolerance: coordinates that
// differ by no more than Tolerance are equal, and so a point may lie on a line that it is
// beside by less than that. What is compared with the tolerance and what is not is
// part of what the operators mean, and follows the server that is imitated.
//
// Shapes are values; nothing here keeps or changes what it is given.
package geometry

import "math"

// Tolerance is how far apart equal coordinates may be.
const Tolerance = 1e-6

func zero(a float64) bool         { return math.Abs(a) <= Tolerance }
func same(a, b float64) bool      { return a == b || math.Abs(a-b) <= Tolerance }
func less(a, b float64) bool      { return b-a > Tolerance }
func lessEqual(a, b float64) bool { return a <= b || a-b <= Tolerance }

// Same, Less and LessEqual compare two measures with the tolerance.
func Same(a, b float64) bool      { return same(a, b) }
func Less(a, b float64) bool      { return less(a, b) }
func LessEqual(a, b float64) bool { return lessEqual(a, b) }

// Point is a place.
type Point struct{ X, Y float64 }

func (p Point) Same(q Point) bool        { return same(p.X, q.X) && same(p.Y, q.Y) }
func (p Point) Distance(q Point) float64 { return math.Hypot(p.X-q.X, p.Y-q.Y) }
func (p Point) Add(q Point) Point        { return Point{p.X + q.X, p.Y + q.Y} }
func (p Point) Sub(q Point) Point        { return Point{p.X - q.X, p.Y - q.Y} }

// Times multiplies points as complex numbers: it turns and scales.
func (p Point) Times(q Point) Point { return Point{p.X*q.X - p.Y*q.Y, p.X*q.Y + p.Y*q.X} }

// Over divides them; it is not asked to divide by (0,0).
func (p Point) Over(q Point) Point {
	square := q.X*q.X + q.Y*q.Y
	return Point{(p.X*q.X + p.Y*q.Y) / square, (p.Y*q.X - p.X*q.Y) / square}
}

// slope is that of the line through two points, infinite when it is vertical.
func slope(p, q Point) float64 {
	switch {
	case same(p.X, q.X):
		return math.Inf(1)
	case same(p.Y, q.Y):
		return 0
	}
	return (p.Y - q.Y) / (p.X - q.X)
}

// crossSlope is the slope of what stands at a right angle on that line.
func crossSlope(p, q Point) float64 {
	switch {
	case same(p.X, q.X):
		return 0
	case same(p.Y, q.Y):
		return math.Inf(1)
	}
	return (p.X - q.X) / (q.Y - p.Y)
}

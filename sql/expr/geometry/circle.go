package geometry

import (
	"math"

	"github.com/kalamsql/kalamsql/sql/expr/elementary"
)

// Circle is the points no farther from the centre than the radius.
type Circle struct {
	Center Point
	Radius float64
}

func (c Circle) Area() float64 { return c.Radius * c.Radius * math.Pi }

func (c Circle) Overlaps(d Circle) bool {
	return lessEqual(c.Center.Distance(d.Center), c.Radius+d.Radius)
}

func (c Circle) ContainsCircle(d Circle) bool {
	return lessEqual(c.Center.Distance(d.Center), c.Radius-d.Radius)
}

// DistanceTo is that of a point, 0 of one in the circle; Distance that of a circle.
func (c Circle) DistanceTo(p Point) float64 { return outsideBy(p.Distance(c.Center) - c.Radius) }
func (c Circle) Distance(d Circle) float64 {
	return outsideBy(c.Center.Distance(d.Center) - (c.Radius + d.Radius))
}

// DistanceToPolygon is that of a polygon.
func (c Circle) DistanceToPolygon(p Polygon) float64 {
	return outsideBy(p.DistanceTo(c.Center) - c.Radius)
}

func outsideBy(d float64) float64 {
	if d < 0 {
		return 0
	}
	return d
}

// Box is the one whose corners lie on the circle.
func (c Circle) Box() Box {
	d := c.Radius / math.Sqrt2
	return Box{Point{c.Center.X + d, c.Center.Y + d}, Point{c.Center.X - d, c.Center.Y - d}}
}

// Polygon is the regular one of so many points on the circle, from the left.
func (c Circle) Polygon(points int) Polygon {
	out := make(Polygon, points)
	step := 2 * math.Pi / float64(points)
	for i := range out {
		sin, cos := elementary.Sin(float64(i)*step), elementary.Cos(float64(i)*step)
		out[i] = Point{c.Center.X - c.Radius*cos, c.Center.Y + c.Radius*sin}
	}
	return out
}

// ZeroRadius says that the circle is a point.
func (c Circle) ZeroRadius() bool { return zero(c.Radius) }

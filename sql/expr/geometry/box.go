package geometry

import "math"

// Box is a rectangle along the axes.
type Box struct{ High, Low Point }

// NewBox makes the box of two opposite corners.
func NewBox(p, q Point) Box {
	return Box{Point{math.Max(p.X, q.X), math.Max(p.Y, q.Y)}, Point{math.Min(p.X, q.X), math.Min(p.Y, q.Y)}}
}

// Around is the least box that has all points.
func Around(points []Point) Box {
	b := Box{points[0], points[0]}
	for _, p := range points[1:] {
		b = b.Union(Box{p, p})
	}
	return b
}

// Union is the least box that has both.
func (b Box) Union(c Box) Box {
	return Box{Point{math.Max(b.High.X, c.High.X), math.Max(b.High.Y, c.High.Y)}, Point{math.Min(b.Low.X, c.Low.X), math.Min(b.Low.Y, c.Low.Y)}}
}

func (b Box) Center() Point {
	return Point{(b.High.X + b.Low.X) / 2, (b.High.Y + b.Low.Y) / 2}
}

func (b Box) Overlaps(c Box) bool {
	return lessEqual(b.Low.X, c.High.X) && lessEqual(c.Low.X, b.High.X) && lessEqual(b.Low.Y, c.High.Y) && lessEqual(c.Low.Y, b.High.Y)
}

func (b Box) ContainsBox(c Box) bool {
	return lessEqual(c.High.X, b.High.X) && lessEqual(b.Low.X, c.Low.X) && lessEqual(c.High.Y, b.High.Y) && lessEqual(b.Low.Y, c.Low.Y)
}

// Contains is exact, unlike what is said of boxes.
func (b Box) Contains(p Point) bool {
	return b.High.X >= p.X && b.Low.X <= p.X && b.High.Y >= p.Y && b.Low.Y <= p.Y
}

// sides are the left, top, bottom and right one, each from a corner of the box.
func (b Box) sides() []Segment {
	topLeft, bottomRight := Point{b.Low.X, b.High.Y}, Point{b.High.X, b.Low.Y}
	return []Segment{{b.Low, topLeft}, {b.High, topLeft}, {b.Low, bottomRight}, {b.High, bottomRight}}
}

// MeetsLine says whether a line crosses the box.
func (b Box) MeetsLine(l Line) bool {
	for _, s := range b.sides() {
		if _, ok := s.MeetsLine(l); ok {
			return true
		}
	}
	return false
}

// Meets says whether a segment lies in the box or crosses its sides.
func (b Box) Meets(s Segment) bool {
	if !b.Overlaps(NewBox(s[0], s[1])) {
		return false
	}
	if b.Contains(s[0]) || b.Contains(s[1]) {
		return true
	}
	for _, side := range b.sides() {
		if _, ok := side.Meets(s); ok {
			return true
		}
	}
	return false
}

// Closest gives the point of the box that is next to p.
func (b Box) Closest(p Point) (Point, float64) {
	if b.Contains(p) {
		return p, 0
	}
	return closest(b.sides(), func(side Segment) (Point, float64) { return side.Closest(p) })
}

// ClosestTo gives the point that is next to a segment; of one that crosses the box
// it is the segment's next to the middle.
func (b Box) ClosestTo(s Segment) (Point, float64) {
	if b.Meets(s) {
		at, _ := s.Closest(b.Center())
		return at, 0
	}
	return closest(b.sides(), func(side Segment) (Point, float64) { return side.ClosestTo(s) })
}

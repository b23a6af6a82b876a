package geometry

import "math"

// Line is the points with Ax + By + C = 0.
type Line struct{ A, B, C float64 }

// through gives the line through a point with a slope.
func through(p Point, slope float64) Line {
	switch {
	case math.IsInf(slope, 0):
		return Line{-1, 0, p.X}
	case slope == 0:
		return Line{0, -1, p.Y}
	}
	return Line{slope, -1, p.Y - slope*p.X + 0}
}

func (l Line) Vertical() bool   { return zero(l.B) }
func (l Line) Horizontal() bool { return zero(l.A) }

func (l Line) slope() float64 {
	switch {
	case zero(l.A):
		return 0
	case zero(l.B):
		return math.Inf(1)
	}
	return l.A / -l.B
}

func (l Line) crossSlope() float64 {
	switch {
	case zero(l.A):
		return math.Inf(1)
	case zero(l.B):
		return 0
	}
	return l.B / l.A
}

// Contains says whether a point lies on the line.
func (l Line) Contains(p Point) bool { return zero(l.A*p.X + l.B*p.Y + l.C) }

// Same says whether two equations are of one line.
func (l Line) Same(m Line) bool {
	if nan(l) || nan(m) {
		return l == m
	}
	ratio := 1.0
	switch {
	case !zero(m.A):
		ratio = l.A / m.A
	case !zero(m.B):
		ratio = l.B / m.B
	case !zero(m.C):
		ratio = l.C / m.C
	}
	return same(l.A, ratio*m.A) && same(l.B, ratio*m.B) && same(l.C, ratio*m.C)
}

func nan(l Line) bool { return math.IsNaN(l.A) || math.IsNaN(l.B) || math.IsNaN(l.C) }

// Parallel says that two lines do not meet, or are one.
func (l Line) Parallel(m Line) bool { _, meet := l.Meets(m); return !meet }

// Perpendicular says that they meet at a right angle.
func (l Line) Perpendicular(m Line) bool {
	switch {
	case zero(l.A):
		return zero(m.B)
	case zero(m.A):
		return zero(l.B)
	case zero(l.B):
		return zero(m.A)
	case zero(m.B):
		return zero(l.A)
	}
	return same(l.A*m.A/(l.B*m.B), -1)
}

// Meets gives the one point of two lines, if there is one.
func (l Line) Meets(m Line) (p Point, ok bool) {
	switch {
	case !zero(l.B):
		if same(m.A, l.A*(m.B/l.B)) {
			return p, false
		}
		p.X = (l.B*m.C - m.B*l.C) / (l.A*m.B - m.A*l.B)
		p.Y = -(l.A*p.X + l.C) / l.B
	case !zero(m.B):
		if same(l.A, m.A*(l.B/m.B)) {
			return p, false
		}
		p.X = (m.B*l.C - l.B*m.C) / (m.A*l.B - l.A*m.B)
		p.Y = -(m.A*p.X + m.C) / m.B
	default:
		return p, false
	}
	return Point{p.X + 0, p.Y + 0}, true // no negative zeros
}

// Distance is that of parallel lines, 0 of others.
func (l Line) Distance(m Line) float64 {
	if !l.Parallel(m) {
		return 0
	}
	ratio := 1.0
	switch {
	case !zero(l.A) && !zero(m.A):
		ratio = l.A / m.A
	case !zero(l.B) && !zero(m.B):
		ratio = l.B / m.B
	}
	return math.Abs(l.C-ratio*m.C) / math.Hypot(l.A, l.B)
}

// Closest gives the point of the line that is next to another, and how far that is.
func (l Line) Closest(p Point) (Point, float64) {
	at, ok := through(p, l.crossSlope()).Meets(l)
	if !ok { // by rounding, or by what is no number
		return p, 0
	}
	return at, at.Distance(p)
}

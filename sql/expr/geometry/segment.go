package geometry

import "math"

// Segment is a line from one point to another.
type Segment [2]Point

func (s Segment) Length() float64  { return s[0].Distance(s[1]) }
func (s Segment) Vertical() bool   { return same(s[0].X, s[1].X) }
func (s Segment) Horizontal() bool { return same(s[0].Y, s[1].Y) }
func (s Segment) slope() float64   { return slope(s[0], s[1]) }
func (s Segment) line() Line       { return through(s[0], s.slope()) }

// Parallel and Perpendicular compare the slopes.
func (s Segment) Parallel(t Segment) bool { return sameSlope(s.slope(), t.slope()) }
func (s Segment) Perpendicular(t Segment) bool {
	return sameSlope(s.slope(), crossSlope(t[0], t[1]))
}

func sameSlope(a, b float64) bool { return same(a, b) }

// Contains says whether a point lies on the segment.
func (s Segment) Contains(p Point) bool {
	return same(p.Distance(s[0])+p.Distance(s[1]), s[0].Distance(s[1]))
}

// MeetsLine gives the point where a segment crosses a line.
func (s Segment) MeetsLine(l Line) (Point, bool) {
	at, ok := s.line().Meets(l)
	if !ok || !s.Contains(at) {
		return Point{}, false
	}
	// An end is given as it is, without what was lost on the way.
	switch {
	case s[0].Same(at):
		return s[0], true
	case s[1].Same(at):
		return s[1], true
	}
	return at, true
}

// Meets gives the point where two segments cross.
func (s Segment) Meets(t Segment) (Point, bool) {
	at, ok := s.MeetsLine(t.line())
	if !ok || !t.Contains(at) {
		return Point{}, false
	}
	return at, true
}

// ClosestToLine gives the point of the segment that is next to a line.
func (s Segment) ClosestToLine(l Line) (Point, float64) {
	if at, ok := s.MeetsLine(l); ok {
		return at, 0
	}
	_, first := l.Closest(s[0])
	_, second := l.Closest(s[1])
	if first < second {
		return s[0], first
	}
	return s[1], second
}

// Closest gives the point of the segment that is next to p.
func (s Segment) Closest(p Point) (Point, float64) {
	at, _ := s.ClosestToLine(through(p, crossSlope(s[0], s[1])))
	return at, at.Distance(p)
}

// ClosestTo gives the point of the segment that is next to another.
func (s Segment) ClosestTo(t Segment) (Point, float64) {
	if at, ok := s.Meets(t); ok {
		return at, 0
	}
	at, away := s.Closest(t[0])
	if other, d := s.Closest(t[1]); d < away {
		at, away = other, d
	}
	for _, end := range s {
		if _, d := t.Closest(end); d < away {
			at, away = end, d
		}
	}
	return at, away
}

// closest takes the nearest that distance gives for the segments.
func closest(segments []Segment, distance func(Segment) (Point, float64)) (at Point, away float64) {
	away = math.NaN()
	for i, s := range segments {
		if p, d := distance(s); i == 0 || d < away {
			at, away = p, d
		}
	}
	return at, away
}

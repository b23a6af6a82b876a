package geometry

// Path is a line over points, which ends where it began when it is closed.
type Path struct {
	Closed bool
	Points []Point
}

// segments are the pieces of a path, the one that closes it first.
func (p Path) segments() []Segment {
	var out []Segment
	for i, at := range p.Points {
		switch {
		case i > 0:
			out = append(out, Segment{p.Points[i-1], at})
		case p.Closed:
			out = append(out, Segment{p.Points[len(p.Points)-1], at})
		}
	}
	return out
}

func (p Path) Length() (sum float64) {
	for _, s := range p.segments() {
		sum += s.Length()
	}
	return sum
}

// Area is what a closed path goes around, by the shoelace formula.
func (p Path) Area() (sum float64) {
	for i, at := range p.Points {
		next := p.Points[(i+1)%len(p.Points)]
		sum += at.X * next.Y
		sum -= at.Y * next.X
	}
	if sum < 0 {
		sum = -sum
	}
	return sum / 2
}

// Meets says whether two paths cross.
func (p Path) Meets(q Path) bool {
	if !Around(p.Points).Overlaps(Around(q.Points)) {
		return false
	}
	for _, s := range p.segments() {
		for _, t := range q.segments() {
			if _, ok := s.Meets(t); ok {
				return true
			}
		}
	}
	return false
}

// Distance is that of two paths; ok is false when one has no piece.
func (p Path) Distance(q Path) (away float64, ok bool) {
	for _, s := range p.segments() {
		for _, t := range q.segments() {
			if _, d := s.ClosestTo(t); !ok || d < away {
				away, ok = d, true
			}
		}
	}
	return away, ok
}

// DistanceTo is that of a point.
func (p Path) DistanceTo(at Point) float64 {
	segments := p.segments()
	if len(segments) == 0 {
		return 0
	}
	_, away := closest(segments, func(s Segment) (Point, float64) { return s.Closest(at) })
	return away
}

// Contains says whether a point lies on an open path, or on or in a closed one.
func (p Path) Contains(at Point) bool {
	if p.Closed {
		return inside(at, p.Points) != outside
	}
	for _, s := range p.segments() {
		if s.Contains(at) {
			return true
		}
	}
	return false
}

// Map gives the path with each point changed.
func (p Path) Map(f func(Point) Point) Path {
	out := Path{p.Closed, make([]Point, len(p.Points))}
	for i, at := range p.Points {
		out.Points[i] = f(at)
	}
	return out
}

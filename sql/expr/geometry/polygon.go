package geometry

// Polygon is a closed path with what it goes around.
type Polygon []Point

func (p Polygon) path() Path { return Path{Closed: true, Points: p} }

// Box is the least box around the polygon.
func (p Polygon) Box() Box { return Around(p) }

// Contains says whether a point lies in the polygon or on its edge.
func (p Polygon) Contains(at Point) bool { return inside(at, p) != outside }

// Same says whether two polygons have the same points in the same order, forwards or
// backwards, wherever they begin.
func (p Polygon) Same(q Polygon) bool {
	n := len(p)
	if n != len(q) {
		return false
	}
	for i := range q {
		if !q[i].Same(p[0]) {
			continue
		}
		for _, step := range []int{1, n - 1} {
			k := 1
			for k < n && q[(i+k*step)%n].Same(p[k]) {
				k++
			}
			if k == n {
				return true
			}
		}
	}
	return false
}

// Overlaps says whether two polygons have a point in common.
func (p Polygon) Overlaps(q Polygon) bool {
	if !p.Box().Overlaps(q.Box()) {
		return false
	}
	for _, s := range p.path().segments() {
		for _, t := range q.path().segments() {
			if _, ok := s.Meets(t); ok {
				return true
			}
		}
	}
	return q.Contains(p[0]) || p.Contains(q[0])
}

// ContainsPolygon says whether all of q is in p.
func (p Polygon) ContainsPolygon(q Polygon) bool {
	if !p.Box().ContainsBox(q.Box()) {
		return false
	}
	for _, s := range q.path().segments() {
		if !p.containsSegment(s, 0) {
			return false
		}
	}
	return true
}

// containsSegment looks at the edges from a number on: where one crosses the segment, both
// parts must be in the polygon; where none does, its middle must be.
func (p Polygon) containsSegment(t Segment, start int) bool {
	crossed := false
	previous := p[(start+len(p)-1)%len(p)]
	for i := start; i < len(p); i++ {
		edge := Segment{previous, p[i]}
		previous = p[i]
		switch first, second := edge.Contains(t[0]), edge.Contains(t[1]); {
		case first && second:
			return true
		case first:
			if !p.containsTouching(t, edge, i+1) {
				return false
			}
		case second:
			if !p.containsTouching(Segment{t[1], t[0]}, edge, i+1) {
				return false
			}
		default:
			if at, ok := t.Meets(edge); ok {
				crossed = true
				if !p.containsSegment(Segment{t[0], at}, i+1) || !p.containsSegment(Segment{t[1], at}, i+1) {
					return false
				}
			}
		}
	}
	return crossed || p.Contains(Point{(t[0].X + t[1].X) / 2, (t[0].Y + t[1].Y) / 2})
}

// containsTouching is of a segment that begins on an edge. Where it passes an end of the
// edge, the rest behind that must be in the polygon.
func (p Polygon) containsTouching(t, edge Segment, start int) bool {
	ends := edge[:]
	switch {
	case t[0].Same(edge[0]):
		ends = edge[1:]
	case t[0].Same(edge[1]):
		ends = edge[:1]
	}
	for _, end := range ends {
		if t.Contains(end) {
			return p.containsSegment(Segment{t[1], end}, start)
		}
	}
	return true
}

// Distance is 0 of polygons that overlap.
func (p Polygon) Distance(q Polygon) float64 {
	if p.Overlaps(q) {
		return 0
	}
	away, _ := p.path().Distance(q.path())
	return away
}

// DistanceTo is that of a point, 0 of one in the polygon.
func (p Polygon) DistanceTo(at Point) float64 {
	if p.Contains(at) {
		return 0
	}
	edges := p.path().segments()
	edges[0] = Segment{edges[0][1], edges[0][0]}
	_, away := closest(edges, func(s Segment) (Point, float64) { return s.Closest(at) })
	return away
}

// Circle has the mean of the points as its centre, and the mean of their distances to
// it as its radius.
func (p Polygon) Circle() Circle {
	var c Circle
	for _, at := range p {
		c.Center = c.Center.Add(at)
	}
	n := float64(len(p))
	c.Center = Point{c.Center.X / n, c.Center.Y / n}
	for _, at := range p {
		c.Radius += at.Distance(c.Center)
	}
	c.Radius /= n
	return c
}

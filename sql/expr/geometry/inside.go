package geometry

// Where a point lies to a polygon.
const (
	outside = iota
	within
	onEdge
)

// inside counts how often the edges cross the ray that goes from a point to the right,
// with the direction that they cross it in. An edge that ends on the ray counts half.
func inside(at Point, points []Point) int {
	crossings := 0
	previous := points[0].Sub(at)
	first := previous
	for i := 1; i <= len(points); i++ {
		next := first
		if i < len(points) {
			next = points[i].Sub(at)
		}
		half, on := crossing(next, previous)
		if on {
			return onEdge
		}
		crossings += half
		previous = next
	}
	if crossings != 0 {
		return within
	}
	return outside
}

// crossing is of one edge, to next from previous, and the half axis from the origin to
// the right, in halves; on says that the edge goes through the origin.
func crossing(next, previous Point) (halves int, on bool) {
	if zero(next.Y) {
		switch {
		case zero(next.X):
			return 0, true
		case less(0, next.X):
			if zero(previous.Y) { // along the axis
				return 0, !less(0, previous.X)
			}
			if less(previous.Y, 0) {
				return 1, false
			}
			return -1, false
		case zero(previous.Y):
			return 0, !less(previous.X, 0)
		}
		return 0, false
	}
	sign := -1
	if less(0, next.Y) {
		sign = 1
	}
	switch {
	case zero(previous.Y): // from the axis, the right half of it or the left
		if less(previous.X, 0) {
			return 0, false
		}
		return sign, false
	case sign < 0 && less(previous.Y, 0), sign > 0 && less(0, previous.Y):
		return 0, false
	case lessEqual(0, next.X) && less(0, previous.X):
		return 2 * sign, false
	case less(next.X, 0) && lessEqual(previous.X, 0):
		return 0, false
	}
	// The edge goes from one quadrant to the opposite one: on which side of the origin?
	z := (next.X-previous.X)*next.Y - (next.Y-previous.Y)*next.X
	switch {
	case zero(z):
		return 0, true
	case sign < 0 && less(z, 0), sign > 0 && less(0, z):
		return 0, false
	}
	return 2 * sign, false
}

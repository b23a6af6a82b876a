package expr

import (
	"math"

	"github.com/kalamsql/kalamsql/sql/expr/geometry"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Operators and functions of lines, line segments and boxes as far as those meet them.

// closestOnSegment is the point of the second segment next to the first; segments of the same
// slope have none.
func closestOnSegment(c *Context, args []types.Datum) (types.Datum, error) {
	s, t := asSegment(args[0]), asSegment(args[1])
	if slopeOf(s) == slopeOf(t) {
		return types.Null, nil
	}
	at, _ := t.ClosestTo(s)
	return pointDatum(at), nil
}

// closestToLine is the point of the segment next to the line.
func closestToLine(_ *Context, args []types.Datum) (types.Datum, error) {
	l, s := asLine(args[0]), asSegment(args[1])
	if slopeOf(s) == lineSlope(l) {
		return types.Null, nil
	}
	at, _ := s.ClosestToLine(l)
	return pointDatum(at), nil
}

func slopeOf(s geometry.Segment) float64 {
	return slope([]float64{s[0].X, s[0].Y, s[1].X, s[1].Y})
}

func lineSlope(l geometry.Line) float64 {
	switch {
	case l.Horizontal():
		return 0
	case l.Vertical():
		return math.Inf(1)
	}
	return l.A / -l.B
}

func init() {
	lengths := func(f func(a, b float64) bool) EvalFunc {
		return ofShapes(asSegment, asSegment, func(s, t geometry.Segment) bool { return f(s.Length(), t.Length()) }, types.Bool)
	}
	onLine := func(s geometry.Segment, l geometry.Line) bool { return l.Contains(s[0]) && l.Contains(s[1]) }
	inBox := func(s geometry.Segment, b geometry.Box) bool { return b.Contains(s[0]) && b.Contains(s[1]) }
	segmentToLine := distance(asLine, asSegment, geometry.Segment.ClosestToLine)
	segmentToBox := distance(asSegment, asBox, geometry.Box.ClosestTo)
	register(map[string]EvalFunc{
		"line_eq":         ofShapes(asLine, asLine, geometry.Line.Same, types.Bool),
		"line_parallel":   ofShapes(asLine, asLine, geometry.Line.Parallel, types.Bool),
		"line_perp":       ofShapes(asLine, asLine, geometry.Line.Perpendicular, types.Bool),
		"line_vertical":   ofShape(asLine, geometry.Line.Vertical, types.Bool),
		"line_horizontal": ofShape(asLine, geometry.Line.Horizontal, types.Bool),
		"line_distance":   ofShapes(asLine, asLine, geometry.Line.Distance, types.Float),
		"line_interpt":    meeting(asLine, asLine, geometry.Line.Meets),
		"line_intersect":  meet(asLine, asLine, geometry.Line.Meets),

		"lseg_lt":         lengths(geometry.Less),
		"lseg_gt":         lengths(func(a, b float64) bool { return geometry.Less(b, a) }),
		"lseg_le":         lengths(geometry.LessEqual),
		"lseg_ge":         lengths(func(a, b float64) bool { return geometry.LessEqual(b, a) }),
		"lseg_parallel":   ofShapes(asSegment, asSegment, geometry.Segment.Parallel, types.Bool),
		"lseg_perp":       ofShapes(asSegment, asSegment, geometry.Segment.Perpendicular, types.Bool),
		"lseg_vertical":   ofShape(asSegment, geometry.Segment.Vertical, types.Bool),
		"lseg_horizontal": ofShape(asSegment, geometry.Segment.Horizontal, types.Bool),
		"lseg_interpt":    meeting(asSegment, asSegment, geometry.Segment.Meets),
		"lseg_intersect":  meet(asSegment, asSegment, geometry.Segment.Meets),
		"lseg_distance":   distance(asSegment, asSegment, geometry.Segment.ClosestTo),

		"inter_sl": meet(asSegment, asLine, geometry.Segment.MeetsLine),
		"inter_sb": ofShapes(asSegment, asBox, func(s geometry.Segment, b geometry.Box) bool { return b.Meets(s) }, types.Bool),
		"inter_lb": ofShapes(asLine, asBox, func(l geometry.Line, b geometry.Box) bool { return b.MeetsLine(l) }, types.Bool),

		"on_pl": ofShapes(asPoint, asLine, func(p geometry.Point, l geometry.Line) bool { return l.Contains(p) }, types.Bool),
		"on_ps": ofShapes(asPoint, asSegment, func(p geometry.Point, s geometry.Segment) bool { return s.Contains(p) }, types.Bool),
		"on_sl": ofShapes(asSegment, asLine, onLine, types.Bool),
		"on_sb": ofShapes(asSegment, asBox, inBox, types.Bool),

		"close_pl":   nearest(asPoint, asLine, geometry.Line.Closest),
		"close_ps":   nearest(asPoint, asSegment, geometry.Segment.Closest),
		"close_pb":   nearest(asPoint, asBox, geometry.Box.Closest),
		"close_sb":   nearest(asSegment, asBox, geometry.Box.ClosestTo),
		"close_ls":   closestToLine,
		"close_lseg": closestOnSegment,

		"dist_pl": distance(asPoint, asLine, geometry.Line.Closest), "dist_lp": exchanged(distance(asPoint, asLine, geometry.Line.Closest)),
		"dist_ps": distance(asPoint, asSegment, geometry.Segment.Closest), "dist_sp": exchanged(distance(asPoint, asSegment, geometry.Segment.Closest)),
		"dist_ls": segmentToLine, "dist_sl": exchanged(segmentToLine),
		"dist_sb": segmentToBox, "dist_bs": exchanged(segmentToBox),
		"dist_pb": distance(asPoint, asBox, geometry.Box.Closest), "dist_bp": exchanged(distance(asPoint, asBox, geometry.Box.Closest)),

		"box_overlap":     ofShapes(asBox, asBox, geometry.Box.Overlaps, types.Bool),
		"box_contain":     ofShapes(asBox, asBox, geometry.Box.ContainsBox, types.Bool),
		"box_contained":   exchanged(ofShapes(asBox, asBox, geometry.Box.ContainsBox, types.Bool)),
		"boxes_bound_box": ofShapes(asBox, asBox, geometry.Box.Union, boxDatum),
	})
}

package expr

import (
	"github.com/kalamsql/kalamsql/sql/expr/geometry"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Operators and functions of paths and polygons.

func init() {
	counted := func(f func(a, b int) bool) EvalFunc {
		return ofShapes(asPath, asPath, func(p, q geometry.Path) bool { return f(len(p.Points), len(q.Points)) }, types.Bool)
	}
	number := func(n int) types.Datum { return types.Int(int64(n)) }
	moved := func(f func(p, by geometry.Point) geometry.Point) EvalFunc {
		return ofShapes(asPath, asPoint, func(p geometry.Path, by geometry.Point) geometry.Path {
			return p.Map(func(at geometry.Point) geometry.Point { return f(at, by) })
		}, pathDatum)
	}
	toPoint := ofShapes(asPath, asPoint, geometry.Path.DistanceTo, types.Float)
	contains := ofShapes(asPath, asPoint, geometry.Path.Contains, types.Bool)
	register(map[string]EvalFunc{
		"path_n_lt":     counted(func(a, b int) bool { return a < b }),
		"path_n_gt":     counted(func(a, b int) bool { return a > b }),
		"path_n_eq":     counted(func(a, b int) bool { return a == b }),
		"path_n_le":     counted(func(a, b int) bool { return a <= b }),
		"path_n_ge":     counted(func(a, b int) bool { return a >= b }),
		"path_npoints":  ofShape(asPath, func(p geometry.Path) int { return len(p.Points) }, number),
		"path_isclosed": ofShape(asPath, func(p geometry.Path) bool { return p.Closed }, types.Bool),
		"path_isopen":   ofShape(asPath, func(p geometry.Path) bool { return !p.Closed }, types.Bool),
		"path_close":    ofShape(asPath, func(p geometry.Path) geometry.Path { return geometry.Path{Closed: true, Points: p.Points} }, pathDatum),
		"path_open":     ofShape(asPath, func(p geometry.Path) geometry.Path { return geometry.Path{Points: p.Points} }, pathDatum),
		"path_length":   ofShape(asPath, geometry.Path.Length, types.Float),
		"path_area": func(_ *Context, args []types.Datum) (types.Datum, error) {
			p := asPath(args[0])
			if !p.Closed {
				return types.Null, nil
			}
			return types.Float(p.Area()), nil
		},
		"path_add": func(_ *Context, args []types.Datum) (types.Datum, error) {
			p, q := asPath(args[0]), asPath(args[1])
			if p.Closed || q.Closed {
				return types.Null, nil
			}
			return pathDatum(geometry.Path{Points: append(p.Points, q.Points...)}), nil
		},
		"path_add_pt": moved(geometry.Point.Add),
		"path_sub_pt": moved(geometry.Point.Sub),
		"path_mul_pt": moved(geometry.Point.Times),
		"path_div_pt": func(_ *Context, args []types.Datum) (types.Datum, error) {
			by := asPoint(args[1])
			if err := dividesByZero(by); err != nil {
				return types.Null, err
			}
			return pathDatum(asPath(args[0]).Map(func(at geometry.Point) geometry.Point { return at.Over(by) })), nil
		},
		"path_inter": ofShapes(asPath, asPath, geometry.Path.Meets, types.Bool),
		"path_distance": func(_ *Context, args []types.Datum) (types.Datum, error) {
			away, ok := asPath(args[0]).Distance(asPath(args[1]))
			if !ok {
				return types.Null, nil
			}
			return types.Float(away), nil
		},
		"dist_pathp": toPoint, "dist_ppath": exchanged(toPoint),
		"on_ppath": exchanged(contains), "sql:path_contain_pt": contains,
		"path_poly": func(_ *Context, args []types.Datum) (types.Datum, error) {
			p := asPath(args[0])
			if !p.Closed {
				return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "open path cannot be converted to polygon")
			}
			return polygonDatum(p.Points), nil
		},
	})
}

func init() {
	boxes := func(f func(a, b geometry.Box) bool) EvalFunc {
		return ofShapes(asPolygon, asPolygon, func(p, q geometry.Polygon) bool { return f(p.Box(), q.Box()) }, types.Bool)
	}
	contains := ofShapes(asPolygon, asPoint, geometry.Polygon.Contains, types.Bool)
	containsPolygon := ofShapes(asPolygon, asPolygon, geometry.Polygon.ContainsPolygon, types.Bool)
	toPoint := ofShapes(asPolygon, asPoint, geometry.Polygon.DistanceTo, types.Float)
	register(map[string]EvalFunc{
		"poly_left":      boxes(func(a, b geometry.Box) bool { return a.High.X < b.Low.X }),
		"poly_overleft":  boxes(func(a, b geometry.Box) bool { return a.High.X <= b.High.X }),
		"poly_right":     boxes(func(a, b geometry.Box) bool { return a.Low.X > b.High.X }),
		"poly_overright": boxes(func(a, b geometry.Box) bool { return a.Low.X >= b.Low.X }),
		"poly_below":     boxes(func(a, b geometry.Box) bool { return a.High.Y < b.Low.Y }),
		"poly_overbelow": boxes(func(a, b geometry.Box) bool { return a.High.Y <= b.High.Y }),
		"poly_above":     boxes(func(a, b geometry.Box) bool { return a.Low.Y > b.High.Y }),
		"poly_overabove": boxes(func(a, b geometry.Box) bool { return a.Low.Y >= b.Low.Y }),

		"poly_same":       ofShapes(asPolygon, asPolygon, geometry.Polygon.Same, types.Bool),
		"poly_overlap":    ofShapes(asPolygon, asPolygon, geometry.Polygon.Overlaps, types.Bool),
		"poly_contain":    containsPolygon,
		"poly_contained":  exchanged(containsPolygon),
		"poly_contain_pt": contains, "pt_contained_poly": exchanged(contains),
		"poly_distance": ofShapes(asPolygon, asPolygon, geometry.Polygon.Distance, types.Float),
		"dist_polyp":    toPoint, "dist_ppoly": exchanged(toPoint),

		"poly_npoints": ofShape(asPolygon, func(p geometry.Polygon) int { return len(p) }, func(n int) types.Datum { return types.Int(int64(n)) }),
		"poly_center":  ofShape(asPolygon, func(p geometry.Polygon) geometry.Point { return p.Circle().Center }, pointDatum),
		"poly_circle":  ofShape(asPolygon, geometry.Polygon.Circle, circleDatum),
		"poly_box":     ofShape(asPolygon, geometry.Polygon.Box, boxDatum),
		"poly_path":    ofShape(asPolygon, func(p geometry.Polygon) geometry.Path { return geometry.Path{Closed: true, Points: p} }, pathDatum),
		"box_poly": ofShape(asBox, func(b geometry.Box) geometry.Polygon {
			return geometry.Polygon{b.Low, {X: b.Low.X, Y: b.High.Y}, b.High, {X: b.High.X, Y: b.Low.Y}}
		}, polygonDatum),
	})
}

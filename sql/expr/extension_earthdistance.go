package expr

import (
	"math"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Extension earthdistance: distances on a sphere, of points in degrees, and of cubes on its
// surface by functions in SQL.

// earthMiles is the radius of the earth in statute miles.
const earthMiles = 3958.747716

func init() {
	function := func(declaration, body string) string {
		return "CREATE FUNCTION @extschema@." + declaration + " LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE AS $$SELECT " + body + "$$"
	}
	recorded(&Extension{Name: "earthdistance", First: 8780, Version: "1.1", Comment: "calculate great-circle distances on the surface of the Earth", Requires: []string{"cube"}, Script: []string{
		"CREATE FUNCTION @extschema@.earth() RETURNS float8 LANGUAGE SQL IMMUTABLE PARALLEL SAFE AS $$SELECT '6378168'::float8$$",
		"CREATE DOMAIN @extschema@.earth AS cube CONSTRAINT not_point CHECK (cube_is_point(value)) CONSTRAINT not_3d CHECK (cube_dim(value) <= 3)" +
			" CONSTRAINT on_surface CHECK (abs(cube_distance(value, '(0)'::cube) / earth() - '1'::float8) < '10e-7'::float8)",
		function("sec_to_gc(float8) RETURNS float8", "CASE WHEN $1 < 0 THEN 0::float8 WHEN $1/(2*earth()) > 1 THEN pi()*earth() ELSE 2*earth()*asin($1/(2*earth())) END"),
		function("gc_to_sec(float8) RETURNS float8", "CASE WHEN $1 < 0 THEN 0::float8 WHEN $1/earth() > pi() THEN 2*earth() ELSE 2*earth()*sin($1/(2*earth())) END"),
		function("ll_to_earth(float8, float8) RETURNS earth", "cube(cube(cube(earth()*cos(radians($1))*cos(radians($2))),earth()*cos(radians($1))*sin(radians($2))),earth()*sin(radians($1)))::earth"),
		function("latitude(earth) RETURNS float8", "CASE WHEN cube_ll_coord($1, 3)/earth() < -1 THEN -90::float8 WHEN cube_ll_coord($1, 3)/earth() > 1 THEN 90::float8 ELSE degrees(asin(cube_ll_coord($1, 3)/earth())) END"),
		function("longitude(earth) RETURNS float8", "degrees(atan2(cube_ll_coord($1, 2), cube_ll_coord($1, 1)))"),
		function("earth_distance(earth, earth) RETURNS float8", "sec_to_gc(cube_distance($1, $2))"),
		function("earth_box(earth, float8) RETURNS cube", "cube_enlarge($1, gc_to_sec($2), 3)"),
	}}, map[string]any{"geo_distance": func(_ *Context, a []types.Datum) (types.Datum, error) {
		return types.Float(geoDistance(numbers([]*types.Type{types.Point, types.Point}, a))), nil
	}})
}

// geoDistance is how far two points are apart in miles: of each the longitude and the latitude.
func geoDistance(n []float64) float64 {
	radians := func(degrees float64) float64 { return degrees / 360 * 2 * math.Pi }
	longitude := math.Abs(radians(n[0]) - radians(n[2]))
	if longitude > math.Pi {
		longitude = 2*math.Pi - longitude
	}
	s := math.Sin(math.Abs(radians(n[1])-radians(n[3])) / 2)
	t := math.Sin(longitude / 2)
	sine := min(math.Sqrt(s*s+math.Cos(radians(n[1]))*math.Cos(radians(n[3]))*t*t), 1)
	return 2 * earthMiles * math.Asin(sine)
}

package expr

import (
	"math"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Extension cube. Its classes make definitions of indexes.

func init() {
	// Functions of one or two cubes, then of a cube and a number.
	one := func(f func(c types.Cube) types.Datum) EvalFunc {
		return func(_ *Context, a []types.Datum) (types.Datum, error) { return f(types.CubeOf(a[0])), nil }
	}
	two := func(f func(a, b types.Cube) types.Datum) EvalFunc {
		return func(_ *Context, a []types.Datum) (types.Datum, error) {
			return f(types.CubeOf(a[0]), types.CubeOf(a[1])), nil
		}
	}
	order := func(holds func(c int) bool) EvalFunc {
		return two(func(a, b types.Cube) types.Datum { return types.Bool(holds(a.Compare(b))) })
	}
	distance := func(combine func(sum, d float64) float64, last func(float64) float64) EvalFunc {
		return two(func(a, b types.Cube) types.Datum {
			sum := 0.0
			for i := range max(len(a.A), len(b.A)) {
				sum = combine(sum, cubeGap(a, b, i))
			}
			return types.Float(last(sum))
		})
	}
	same := func(f float64) float64 { return f }
	bound := func(of func(c types.Cube, i int) float64) EvalFunc {
		return func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Float(of(types.CubeOf(a[0]), int(a[1].Int())-1)), nil
		}
	}
	recorded(&Extension{Name: "cube", First: 8700, Version: "1.5", Comment: "data type for multidimensional cubes"}, map[string]any{
		"cube_a_f8": cubeOfArrays, "cube_a_f8_f8": cubeOfArrays, "cube_f8": cubeOfNumbers, "cube_f8_f8": cubeOfNumbers, "cube_c_f8": cubeExtended, "cube_c_f8_f8": cubeExtended,
		"cube_cmp": two(func(a, b types.Cube) types.Datum { return types.Int(int64(a.Compare(b))) }),
		"cube_lt":  order(func(c int) bool { return c < 0 }), "cube_le": order(func(c int) bool { return c <= 0 }), "cube_eq": order(func(c int) bool { return c == 0 }),
		"cube_ne": order(func(c int) bool { return c != 0 }), "cube_ge": order(func(c int) bool { return c >= 0 }), "cube_gt": order(func(c int) bool { return c > 0 }),
		"cube_contains":  two(func(a, b types.Cube) types.Datum { return types.Bool(cubeContains(a, b)) }),
		"cube_contained": two(func(a, b types.Cube) types.Datum { return types.Bool(cubeContains(b, a)) }),
		"cube_overlap": two(func(a, b types.Cube) types.Datum {
			if len(a.A) < len(b.A) {
				a, b = b, a
			}
			for i := range a.A {
				if a.Least(i) > b.Most(i) || a.Most(i) < b.Least(i) {
					return types.Bool(false)
				}
			}
			return types.Bool(true)
		}),
		"cube_union": two(func(a, b types.Cube) types.Datum {
			return cubeCombined(a, b, cubeMin, cubeMax)
		}),
		"cube_inter": two(func(a, b types.Cube) types.Datum {
			return cubeCombined(a, b, cubeMax, cubeMin)
		}),
		"cube_size": one(func(c types.Cube) types.Datum {
			if len(c.A) == 0 || c.IsPoint() {
				return types.Float(0)
			}
			size := 1.0
			for i := range c.A {
				size *= math.Abs(c.B[i] - c.A[i])
			}
			return types.Float(size)
		}),
		"cube_subset":        cubeSubset,
		"cube_distance":      distance(func(sum, d float64) float64 { return sum + d*d }, math.Sqrt),
		"distance_taxicab":   distance(func(sum, d float64) float64 { return sum + math.Abs(d) }, same),
		"distance_chebyshev": distance(func(sum, d float64) float64 { return cubeMax(math.Abs(d), sum) }, same),
		"cube_dim":           one(func(c types.Cube) types.Datum { return types.Int(int64(len(c.A))) }),
		"cube_is_point":      one(func(c types.Cube) types.Datum { return types.Bool(c.IsPoint()) }),
		"cube_ll_coord":      bound(types.Cube.Least), "cube_ur_coord": bound(types.Cube.Most),
		"cube_send":  func(_ *Context, a []types.Datum) (types.Datum, error) { return a[0], nil },
		"cube_coord": cubeCoordinate, "cube_coord_llur": cubeBound, "cube_enlarge": cubeEnlarged,
	})
}

// cubeMin and cubeMax are PostgreSQL's Min and Max, which give the second of what has no order.
func cubeMin(a, b float64) float64 {
	if a < b {
		return a
	}
	return b
}

func cubeMax(a, b float64) float64 {
	if a > b {
		return a
	}
	return b
}

// cubeGap is how far apart two cubes are in a dimension.
func cubeGap(a, b types.Cube, i int) float64 {
	switch {
	case a.Most(i) <= b.Least(i):
		return b.Least(i) - a.Most(i)
	case a.Least(i) > b.Most(i):
		return a.Least(i) - b.Most(i)
	}
	return 0
}

// cubeContains: dimensions that only a has do not matter, those that only b has are 0.
func cubeContains(a, b types.Cube) bool {
	for i := range b.A {
		if i >= len(a.A) {
			if b.A[i] != 0 || b.B[i] != 0 {
				return false
			}
			continue
		}
		if a.Least(i) > b.Least(i) || a.Most(i) < b.Most(i) {
			return false
		}
	}
	return true
}

func cubeCombined(a, b types.Cube, lower, upper func(x, y float64) float64) types.Datum {
	if len(a.A) < len(b.A) {
		a, b = b, a
	}
	var c types.Cube
	for i := range a.A {
		c.A = append(c.A, lower(b.Least(i), a.Least(i)))
		c.B = append(c.B, upper(b.Most(i), a.Most(i)))
	}
	return c.Datum()
}

func cubeTooLong(message string) error {
	return sqlerr.New(sqlerr.ProgramLimitExceeded, "%s", message).WithDetail("A cube cannot have more than %d dimensions.", types.MaxCube)
}

func cubeArray(d types.Datum) ([]types.Datum, error) {
	for _, e := range d.Array().Elems {
		if e.IsNull() {
			return nil, sqlerr.New(sqlerr.ArraySubscriptError, "cannot work with arrays containing NULLs")
		}
	}
	return d.Array().Elems, nil
}

func cubeOfArrays(_ *Context, a []types.Datum) (types.Datum, error) {
	var corners [2][]float64
	for i, d := range a {
		list, err := cubeArray(d)
		if err != nil {
			return types.Null, err
		}
		for _, e := range list {
			corners[i] = append(corners[i], e.Float())
		}
	}
	switch {
	case len(corners[0]) > types.MaxCube && len(a) == 1:
		return types.Null, cubeTooLong("array is too long")
	case len(corners[0]) > types.MaxCube:
		return types.Null, cubeTooLong("can't extend cube")
	case len(a) == 1:
		corners[1] = corners[0]
	case len(corners[0]) != len(corners[1]):
		return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "UR and LL arrays must be of same length")
	}
	return types.Cube{A: corners[0], B: corners[1]}.Datum(), nil
}

func cubeOfNumbers(_ *Context, a []types.Datum) (types.Datum, error) {
	return types.Cube{A: []float64{a[0].Float()}, B: []float64{a[len(a)-1].Float()}}.Datum(), nil
}

// cubeExtended adds a dimension.
func cubeExtended(_ *Context, a []types.Datum) (types.Datum, error) {
	c := types.CubeOf(a[0])
	if len(c.A) >= types.MaxCube {
		return types.Null, cubeTooLong("can't extend cube")
	}
	n := len(c.A)
	return types.Cube{A: append(c.A[:n:n], a[1].Float()), B: append(c.B[:n:n], a[len(a)-1].Float())}.Datum(), nil
}

func cubeSubset(_ *Context, a []types.Datum) (types.Datum, error) {
	c := types.CubeOf(a[0])
	list, err := cubeArray(a[1])
	if err != nil {
		return types.Null, err
	}
	if len(list) > types.MaxCube {
		return types.Null, cubeTooLong("array is too long")
	}
	var out types.Cube
	for _, d := range list {
		i := d.Int()
		if i <= 0 || i > int64(len(c.A)) {
			return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "Index out of bounds")
		}
		out.A, out.B = append(out.A, c.A[i-1]), append(out.B, c.B[i-1])
	}
	return out.Datum(), nil
}

// cubeCoordinate is a coordinate of the first corner or, beyond, the second.
func cubeCoordinate(_ *Context, a []types.Datum) (types.Datum, error) {
	c, i := types.CubeOf(a[0]), a[1].Int()
	n := int64(len(c.A))
	switch {
	case i <= 0 || i > 2*n:
		return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "cube index %d is out of bounds", i)
	case i > n:
		return types.Float(c.B[i-n-1]), nil
	}
	return types.Float(c.A[i-1]), nil
}

// cubeBound is the lower bound of a dimension for odd numbers, the upper one for even ones,
// and for negative ones that with the other sign.
func cubeBound(_ *Context, a []types.Datum) (types.Datum, error) {
	c, i := types.CubeOf(a[0]), a[1].Int()
	if i == 0 {
		return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "zero cube index is not defined")
	}
	at := max(i, -i) - 1
	f := c.Least(int(at / 2))
	if at%2 == 1 {
		f = c.Most(int(at / 2))
	}
	if i < 0 {
		f = -f
	}
	return types.Float(f), nil
}

// cubeEnlarged moves the bounds outwards by a radius, in at least so many dimensions.
func cubeEnlarged(_ *Context, a []types.Datum) (types.Datum, error) {
	c, r, n := types.CubeOf(a[0]), a[1].Float(), min(int(a[2].Int()), types.MaxCube)
	var out types.Cube
	for i := range c.A {
		low, high := c.Least(i)-r, c.Most(i)+r
		if low > high {
			low = (low + high) / 2
			high = low
		}
		out.A, out.B = append(out.A, low), append(out.B, high)
	}
	for i := len(c.A); i < n && r > 0; i++ {
		out.A, out.B = append(out.A, -r), append(out.B, r)
	}
	return out.Datum(), nil
}

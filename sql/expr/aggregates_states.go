package expr

import (
	"math"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The transition, combine and final functions of PostgreSQL's own aggregates, for those
// that users make. Their states are arrays: of numbers of values, sums, and sums of
// squares.

// floats takes a state of n numbers apart.
func floats(name string, d types.Datum, n int) ([]float64, error) {
	a := d.Array()
	if len(a.Elems) != n || len(a.Dims) != 1 || a.HasNull() {
		return nil, sqlerr.New(sqlerr.InternalError, "%s: expected %d-element float8 array", name, n)
	}
	out := make([]float64, n)
	for i, e := range a.Elems {
		out[i] = e.Float()
	}
	return out, nil
}

func floatArray(numbers ...float64) types.Datum {
	elems := make([]types.Datum, len(numbers))
	for i, f := range numbers {
		elems[i] = types.Float(f)
	}
	return types.ArrayDatum(types.Float8, elems)
}

func varianceState(name string, d types.Datum, kind varianceKind) (*floatVariance, error) {
	f, err := floats(name, d, 3)
	if err != nil {
		return nil, err
	}
	return &floatVariance{kind: kind, n: f[0], sx: f[1], sxx: f[2]}, nil
}

func regressionState(name string, d types.Datum, want string) (*regression, error) {
	f, err := floats(name, d, 6)
	if err != nil {
		return nil, err
	}
	return &regression{want: want, n: f[0], sx: f[1], sxx: f[2], sy: f[3], syy: f[4], sxy: f[5]}, nil
}

// checkedState refuses a state that has overflowed although what was added is finite.
func checkedState(added []float64, state ...float64) (types.Datum, error) {
	for _, f := range state {
		if !math.IsInf(f, 0) {
			continue
		}
		finite := true
		for _, x := range added {
			finite = finite && !math.IsInf(x, 0)
		}
		if finite {
			return types.Null, floatOverflow()
		}
	}
	return floatArray(state...), nil
}

func floatAccumulate(name string) EvalFunc {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		s, err := varianceState(name, a[0], varianceKind{})
		if err != nil {
			return types.Null, err
		}
		added := []float64{s.sx, a[1].Float()}
		if err := s.Add(c, a[1:]); err != nil {
			return types.Null, err
		}
		return checkedState(added, s.n, s.sx, s.sxx)
	}
}

func floatCombine(_ *Context, a []types.Datum) (types.Datum, error) {
	x, err := floats("float8_combine", a[0], 3)
	if err != nil {
		return types.Null, err
	}
	y, err := floats("float8_combine", a[1], 3)
	if err != nil {
		return types.Null, err
	}
	switch {
	case x[0] == 0:
		return a[1], nil
	case y[0] == 0:
		return a[0], nil
	}
	n := x[0] + y[0]
	d := x[1]/x[0] - y[1]/y[0]
	return checkedState(append(x, y...), n, x[1]+y[1], x[2]+y[2]+x[0]*y[0]*d*d/n)
}

func regressionCombine(_ *Context, a []types.Datum) (types.Datum, error) {
	x, err := floats("float8_regr_combine", a[0], 6)
	if err != nil {
		return types.Null, err
	}
	y, err := floats("float8_regr_combine", a[1], 6)
	if err != nil {
		return types.Null, err
	}
	switch {
	case x[0] == 0:
		return a[1], nil
	case y[0] == 0:
		return a[0], nil
	}
	n := x[0] + y[0]
	dx, dy := x[1]/x[0]-y[1]/y[0], x[3]/x[0]-y[3]/y[0]
	part := x[0] * y[0]
	return checkedState(append(x, y...), n, x[1]+y[1], x[2]+y[2]+part*dx*dx/n, x[3]+y[3], x[4]+y[4]+part*dy*dy/n, x[5]+y[5]+part*dx*dy/n)
}

// intState takes a state of a number of values and their sum apart.
func intState(d types.Datum) (n, sum int64, err error) {
	a := d.Array()
	if len(a.Elems) != 2 || a.HasNull() {
		return 0, 0, sqlerr.New(sqlerr.InternalError, "expected 2-element int8 array")
	}
	return a.Elems[0].Int(), a.Elems[1].Int(), nil
}

func intStateDatum(n, sum int64) types.Datum {
	return types.ArrayDatum(types.Int8, []types.Datum{types.Int(n), types.Int(sum)})
}

func intAccumulate(_ *Context, a []types.Datum) (types.Datum, error) {
	n, sum, err := intState(a[0])
	return intStateDatum(n+1, sum+a[1].Int()), err
}

// addToSum adds to a sum that is NULL before the first value; NULLs do not count.
func addToSum(_ *Context, a []types.Datum) (types.Datum, error) {
	switch {
	case a[1].IsNull():
		return a[0], nil
	case a[0].IsNull():
		return types.Int(a[1].Int()), nil
	}
	return types.Int(a[0].Int() + a[1].Int()), nil
}

func intIncrement(_ *Context, a []types.Datum) (types.Datum, error) {
	if a[0].Int() == math.MaxInt64 {
		return types.Null, intRange(64)
	}
	return types.Int(a[0].Int() + 1), nil
}

func intDecrement(_ *Context, a []types.Datum) (types.Datum, error) {
	if a[0].Int() == math.MinInt64 {
		return types.Null, intRange(64)
	}
	return types.Int(a[0].Int() - 1), nil
}

func init() {
	code := map[string]EvalFunc{
		"float8_accum": floatAccumulate("float8_accum"), "float4_accum": floatAccumulate("float4_accum"),
		"float8_combine": floatCombine, "float8_regr_combine": regressionCombine,
		"float8_avg": func(_ *Context, a []types.Datum) (types.Datum, error) {
			f, err := floats("float8_avg", a[0], 3)
			if err != nil || f[0] == 0 {
				return types.Null, err
			}
			return types.Float(f[1] / f[0]), nil
		},
		"float8_regr_accum": func(c *Context, a []types.Datum) (types.Datum, error) {
			s, err := regressionState("float8_regr_accum", a[0], "")
			if err != nil {
				return types.Null, err
			}
			added := []float64{s.sx, s.sy, a[1].Float(), a[2].Float()}
			if err := s.Add(c, a[1:]); err != nil {
				return types.Null, err
			}
			return checkedState(added, s.n, s.sx, s.sxx, s.sy, s.syy, s.sxy)
		},
		"int2_avg_accum": intAccumulate, "int4_avg_accum": intAccumulate, "int2_sum": addToSum, "int4_sum": addToSum,
		"int4_avg_combine": func(_ *Context, a []types.Datum) (types.Datum, error) {
			n, sum, err := intState(a[0])
			if err != nil {
				return types.Null, err
			}
			m, more, err := intState(a[1])
			return intStateDatum(n+m, sum+more), err
		},
		"int8_avg": func(_ *Context, a []types.Datum) (types.Datum, error) {
			n, sum, err := intState(a[0])
			if err != nil || n == 0 {
				return types.Null, err
			}
			v, err := numericDiv(apd.New(sum, 0), apd.New(n, 0))
			if err != nil {
				return types.Null, err
			}
			return types.NumericDatum(v)
		},
		"int8dec": intDecrement, "int8dec_any": intDecrement,
		"int8inc": intIncrement, "int8inc_any": intIncrement, "int8inc_float8_float8": intIncrement,
	}
	for name, kind := range map[string]varianceKind{
		"float8_var_pop": {}, "float8_var_samp": {sample: true}, "float8_stddev_pop": {root: true}, "float8_stddev_samp": {sample: true, root: true},
	} {
		code[name] = func(c *Context, a []types.Datum) (types.Datum, error) {
			s, err := varianceState(name, a[0], kind)
			if err != nil {
				return types.Null, err
			}
			return s.Result(c)
		}
	}
	for _, want := range []string{"corr", "covar_pop", "covar_samp", "regr_avgx", "regr_avgy", "regr_intercept", "regr_r2", "regr_slope", "regr_sxx", "regr_sxy", "regr_syy"} {
		name := "float8_" + want
		code[name] = func(c *Context, a []types.Datum) (types.Datum, error) {
			s, err := regressionState(name, a[0], want)
			if err != nil {
				return types.Null, err
			}
			return s.Result(c)
		}
	}
	register(code)
}

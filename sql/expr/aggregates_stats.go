package expr

import (
	"math"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Variance and its kin: exact over integers and numerics, Youngs-Cramer over
// floats, as in PostgreSQL.

func init() {
	for name, k := range map[string]varianceKind{
		"variance": {sample: true}, "var_samp": {sample: true}, "var_pop": {},
		"stddev": {sample: true, root: true}, "stddev_samp": {sample: true, root: true}, "stddev_pop": {root: true},
	} {
		aggCode[name] = func(args []*types.Type, _ *types.Type) Aggregate {
			if args[0] == types.Float4 || args[0] == types.Float8 {
				return &floatVariance{kind: k}
			}
			return &numericVariance{kind: k, ints: args[0] != types.Numeric}
		}
	}
	for _, name := range []string{"corr", "covar_pop", "covar_samp", "regr_avgx", "regr_avgy", "regr_count", "regr_intercept", "regr_r2", "regr_slope", "regr_sxx", "regr_sxy", "regr_syy"} {
		aggCode[name] = func([]*types.Type, *types.Type) Aggregate { return &regression{want: name} }
	}
}

type varianceKind struct{ sample, root bool }

// floatVariance is the Youngs-Cramer algorithm.
type floatVariance struct {
	kind       varianceKind
	n, sx, sxx float64
}

// Add adds a value.
func (a *floatVariance) Add(_ *Context, args []types.Datum) error {
	x, before := args[0].Float(), a.sx
	a.n++
	a.sx += x
	if a.n > 1 {
		d := x*a.n - a.sx
		a.sxx += d * d / (a.n * (a.n - 1))
		if math.IsInf(a.sx, 0) || math.IsInf(a.sxx, 0) {
			if !math.IsInf(before, 0) && !math.IsInf(x, 0) {
				return floatOverflow()
			}
			a.sxx = math.NaN()
		}
	} else if math.IsNaN(x) || math.IsInf(x, 0) {
		a.sxx = math.NaN()
	}
	return nil
}

// Result is NULL with too few rows.
func (a *floatVariance) Result(*Context) (types.Datum, error) {
	below := a.n
	if a.kind.sample {
		below--
	}
	if below < 1 {
		return types.Null, nil
	}
	v := a.sxx / below
	if a.kind.root {
		v = math.Sqrt(v)
	}
	return types.Float(v), nil
}

// regression is the two-argument statistics; the arguments are Y, X.
type regression struct {
	want                     string
	n, sx, sxx, sy, syy, sxy float64
}

// Add adds a pair.
func (a *regression) Add(_ *Context, args []types.Datum) error {
	y, x := args[0].Float(), args[1].Float()
	finite := func(list ...float64) bool {
		for _, f := range list {
			if math.IsInf(f, 0) {
				return false
			}
		}
		return true
	}
	finiteX, finiteY := finite(a.sx, x), finite(a.sy, y)
	a.n++
	a.sx += x
	a.sy += y
	if a.n > 1 {
		dx, dy := x*a.n-a.sx, y*a.n-a.sy
		scale := 1 / (a.n * (a.n - 1))
		a.sxx += dx * dx * scale
		a.syy += dy * dy * scale
		a.sxy += dx * dy * scale
		if finite(a.sx, a.sxx, a.sy, a.syy, a.sxy) {
			return nil
		}
		if !finite(a.sx, a.sxx) && finiteX || !finite(a.sy, a.syy) && finiteY || !finite(a.sxy) && finiteX && finiteY {
			return floatOverflow()
		}
		for _, f := range []*float64{&a.sxx, &a.syy, &a.sxy} {
			if !finite(*f) {
				*f = math.NaN()
			}
		}
		return nil
	}
	if math.IsNaN(x) || math.IsInf(x, 0) {
		a.sxx, a.sxy = math.NaN(), math.NaN()
	}
	if math.IsNaN(y) || math.IsInf(y, 0) {
		a.syy, a.sxy = math.NaN(), math.NaN()
	}
	return nil
}

// Result is NULL where the value is undefined.
func (a *regression) Result(*Context) (types.Datum, error) {
	if a.want == "regr_count" {
		return types.Int(int64(a.n)), nil
	}
	if a.n < 1 || a.want == "covar_samp" && a.n < 2 {
		return types.Null, nil
	}
	var v float64
	switch a.want {
	case "covar_pop":
		v = a.sxy / a.n
	case "covar_samp":
		v = a.sxy / (a.n - 1)
	case "regr_avgx":
		v = a.sx / a.n
	case "regr_avgy":
		v = a.sy / a.n
	case "regr_sxx":
		v = a.sxx
	case "regr_syy":
		v = a.syy
	case "regr_sxy":
		v = a.sxy
	case "corr":
		if a.sxx == 0 || a.syy == 0 {
			return types.Null, nil
		}
		v = a.sxy / math.Sqrt(a.sxx*a.syy)
	case "regr_r2":
		if a.sxx == 0 {
			return types.Null, nil
		}
		if a.syy == 0 {
			return types.Float(1), nil
		}
		v = a.sxy * a.sxy / (a.sxx * a.syy)
	case "regr_slope":
		if a.sxx == 0 {
			return types.Null, nil
		}
		v = a.sxy / a.sxx
	case "regr_intercept":
		if a.sxx == 0 {
			return types.Null, nil
		}
		v = (a.sy - a.sx*a.sxy/a.sxx) / a.n
	}
	return types.Float(v), nil
}

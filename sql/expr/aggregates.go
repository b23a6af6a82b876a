package expr

import (
	"math"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// strictAggregates skip input rows in which an argument is NULL. PostgreSQL
// keeps this in the transition function; here it is the aggregate's.
var strictAggregates = map[string]bool{
	"count": true, "sum": true, "avg": true, "min": true, "max": true, "bool_and": true, "bool_or": true, "every": true,
	"bit_and": true, "bit_or": true, "bit_xor": true, "stddev": true, "stddev_pop": true, "stddev_samp": true,
	"variance": true, "var_pop": true, "var_samp": true, "corr": true, "covar_pop": true, "covar_samp": true,
	"regr_avgx": true, "regr_avgy": true, "regr_count": true, "regr_intercept": true, "regr_r2": true, "regr_slope": true,
	"regr_sxx": true, "regr_sxy": true, "regr_syy": true,
	"percentile_cont": true, "percentile_disc": true, "mode": true,
}

func init() {
	for name, f := range map[string]AggregateFunc{
		"count": func([]*types.Type, *types.Type) Aggregate { return &countAgg{} },
		"sum":   newSum, "avg": newAvg,
		"min":      func(_ []*types.Type, t *types.Type) Aggregate { return &extremeAgg{t: t} },
		"max":      func(_ []*types.Type, t *types.Type) Aggregate { return &extremeAgg{t: t, greatest: true} },
		"bool_and": func([]*types.Type, *types.Type) Aggregate { return &boolAgg{all: true} },
		"every":    func([]*types.Type, *types.Type) Aggregate { return &boolAgg{all: true} },
		"bool_or":  func([]*types.Type, *types.Type) Aggregate { return &boolAgg{} },
		"bit_and":  newBitAgg("AND", func(x, y int64) int64 { return x & y }), "bit_or": newBitAgg("OR", func(x, y int64) int64 { return x | y }),
		"bit_xor": newBitAgg("XOR", func(x, y int64) int64 { return x ^ y }),
	} {
		aggCode[name] = f
	}
}

// countAgg is count(x) and count(*).
type countAgg struct{ n int64 }

// Add counts a row.
func (a *countAgg) Add(*Context, []types.Datum) error { a.n++; return nil }

// Drop takes a row back.
func (a *countAgg) Drop([]types.Datum) bool { a.n--; return true }

// Result is the count.
func (a *countAgg) Result(*Context) (types.Datum, error) { return types.Int(a.n), nil }

// newSum chooses the sum for the argument's type: int2 and int4 give int8, int8
// and numeric give numeric.
func newSum(args []*types.Type, _ *types.Type) Aggregate {
	switch args[0] {
	case types.Int2, types.Int4:
		return &intSum{}
	case types.Money:
		return &moneyTotal{}
	case types.Int8:
		return &numericSum{ints: true}
	case types.Float4:
		return &floatSum{size: 32}
	case types.Float8:
		return &floatSum{size: 64}
	case types.IntervalType:
		return &intervalSum{}
	}
	return &numericSum{}
}

func newAvg(args []*types.Type, _ *types.Type) Aggregate {
	switch args[0] {
	case types.Int2, types.Int4, types.Int8:
		return &numericSum{ints: true, average: true}
	case types.Float4, types.Float8:
		return &floatSum{size: 64, average: true}
	case types.IntervalType:
		return &intervalSum{average: true}
	}
	return &numericSum{average: true}
}

// intSum is sum(int2) and sum(int4), in int8.
type intSum struct{ sum, n int64 }

// Add adds a value.
func (a *intSum) Add(_ *Context, args []types.Datum) error {
	v := args[0].Int()
	s := a.sum + v
	if (s > a.sum) != (v > 0) && v != 0 {
		return intRange(64)
	}
	a.sum, a.n = s, a.n+1
	return nil
}

// Drop takes a value back.
func (a *intSum) Drop(args []types.Datum) bool {
	v := args[0].Int()
	s := a.sum - v
	if (s < a.sum) != (v > 0) && v != 0 {
		return false
	}
	a.sum, a.n = s, a.n-1
	return true
}

// Result is NULL without rows.
func (a *intSum) Result(*Context) (types.Datum, error) {
	if a.n == 0 {
		return types.Null, nil
	}
	return types.Int(a.sum), nil
}

// floatSum sums and averages floats.
type floatSum struct {
	size    int
	average bool
	n       float64
	sum     float64
	// spread is kept for an average, whose state is that of the variance: it overflows
	// where that does.
	spread floatVariance
}

// Add adds a value.
func (a *floatSum) Add(c *Context, args []types.Datum) error {
	if a.average {
		a.n++
		err := a.spread.Add(c, args)
		a.sum = a.spread.sx
		return err
	}
	v := args[0].Float()
	s := a.sum + v
	if a.size == 32 {
		s = float64(float32(s))
	}
	if math.IsInf(s, 0) && !math.IsInf(a.sum, 0) && !math.IsInf(v, 0) {
		return floatOverflow()
	}
	a.sum, a.n = s, a.n+1
	return nil
}

// Result is NULL without rows.
func (a *floatSum) Result(*Context) (types.Datum, error) {
	switch {
	case a.n == 0:
		return types.Null, nil
	case a.average:
		return types.Float(a.sum / a.n), nil
	}
	return types.Float(a.sum), nil
}

// intervalSum sums and averages intervals.
type intervalSum struct {
	average bool
	n       int64
	sum     types.Interval
}

// Add adds a value.
func (a *intervalSum) Add(_ *Context, args []types.Datum) error {
	s, err := addIntervals(a.sum, args[0].Object().(types.Interval), 1)
	a.sum, a.n = s, a.n+1
	return err
}

// Result is NULL without rows.
func (a *intervalSum) Result(*Context) (types.Datum, error) {
	if a.n == 0 {
		return types.Null, nil
	}
	if a.average {
		v, err := scaleInterval(a.sum, 1, float64(a.n))
		return types.Object(v), err
	}
	return types.Object(a.sum), nil
}

// extremeAgg is min and max.
type extremeAgg struct {
	t        *types.Type
	greatest bool
	// collation orders texts, nil by their bytes.
	collation *types.Collation
	best      types.Datum
}

// Add keeps the better value, and of equal ones, which need not look the same,
// the last one.
func (a *extremeAgg) Add(_ *Context, args []types.Datum) error {
	if !a.best.IsNull() {
		if c := compareBy(a.t, a.collation, args[0], a.best); c < 0 && a.greatest || c > 0 && !a.greatest {
			return nil
		}
	}
	a.best = args[0]
	return nil
}

// Result is NULL without rows.
func (a *extremeAgg) Result(*Context) (types.Datum, error) { return a.best, nil }

// boolAgg is bool_and and bool_or.
type boolAgg struct{ all, some, value bool }

// Add combines a value.
func (a *boolAgg) Add(_ *Context, args []types.Datum) error {
	v := args[0].Bool()
	switch {
	case !a.some:
		a.value = v
	case a.all:
		a.value = a.value && v
	default:
		a.value = a.value || v
	}
	a.some = true
	return nil
}

// Result is NULL without rows.
func (a *boolAgg) Result(*Context) (types.Datum, error) {
	if !a.some {
		return types.Null, nil
	}
	return types.Bool(a.value), nil
}

// bitAgg is bit_and, bit_or and bit_xor, of integers and bit strings.
type bitAgg struct {
	name string
	f    func(x, y int64) int64
	some bool
	v    types.Datum
}

func newBitAgg(name string, f func(x, y int64) int64) AggregateFunc {
	return func([]*types.Type, *types.Type) Aggregate { return &bitAgg{name: name, f: f} }
}

// Add combines a value.
func (a *bitAgg) Add(_ *Context, args []types.Datum) error {
	v := args[0]
	switch {
	case !a.some:
		a.v = v
	case v.IsString():
		x, y := a.v.Str(), v.Str()
		if len(x) != len(y) {
			return sqlerr.New("22026", "cannot %s bit strings of different sizes", a.name)
		}
		out := []byte(x)
		for i := range x {
			out[i] = '0' + byte(a.f(int64(x[i]-'0'), int64(y[i]-'0')))
		}
		a.v = types.Bytes(out)
	default:
		a.v = types.Int(a.f(a.v.Int(), v.Int()))
	}
	a.some = true
	return nil
}

// Result is NULL without rows.
func (a *bitAgg) Result(*Context) (types.Datum, error) { return a.v, nil }

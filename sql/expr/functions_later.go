package expr

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// laterFunctions are functions of PostgreSQL 16 and 17. A user's function of such a name is
// the one that is called: PostgreSQL 15 has no other.
func laterFunctions(next func() types.OID) []*Function {
	later := func(name string, result *types.Type, v Volatility, f EvalFunc, args ...*types.Type) *Function {
		return &Function{OID: next(), Name: name, Symbol: name, Kind: 'f', Args: args, Result: result, Volatility: v, Strict: true, Eval: f, Later: true}
	}
	text, float, zoned := types.Text, types.Float8, types.TimestampTZ
	normal := later("random_normal", float, Volatile, func(c *Context, a []types.Datum) (types.Datum, error) {
		return types.Float(a[0].Float() + a[1].Float()*c.normal()), nil
	}, float, float)
	normal.Defaults, normal.DefaultText, normal.ArgNames = 2, []string{"0", "1"}, []string{"mean", "stddev"}
	any := later("any_value", types.AnyElement, Immutable, nil, types.AnyElement)
	any.Kind, any.AggKind = 'a', 'n'
	any.Aggregate = func([]*types.Type, *types.Type) Aggregate { return &anyValue{} }
	out := []*Function{
		any, normal,
		later("random", types.Int4, Volatile, func(c *Context, a []types.Datum) (types.Datum, error) { return c.between(a[0].Int(), a[1].Int()) }, types.Int4, types.Int4),
		later("random", types.Int8, Volatile, func(c *Context, a []types.Datum) (types.Datum, error) { return c.between(a[0].Int(), a[1].Int()) }, types.Int8, types.Int8),
		later("random", types.Numeric, Volatile, randomBetweenNumerics, types.Numeric, types.Numeric),
		later("array_shuffle", types.AnyArray, Volatile, func(c *Context, a []types.Datum) (types.Datum, error) {
			return c.sample(a[0].Array(), -1)
		}, types.AnyArray),
		later("array_sample", types.AnyArray, Volatile, func(c *Context, a []types.Datum) (types.Datum, error) {
			arr, n := a[0].Array(), a[1].Int()
			size := 0
			if len(arr.Dims) > 0 {
				size = arr.Dims[0]
			}
			if n < 0 || n > int64(size) {
				return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "sample size must be between 0 and %d", size)
			}
			return c.sample(arr, int(n))
		}, types.AnyArray, types.Int4),
		later("erf", float, Immutable, func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Float(math.Erf(a[0].Float())), nil
		}, float),
		later("erfc", float, Immutable, func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Float(math.Erfc(a[0].Float())), nil
		}, float),
	}
	for _, base := range []int{2, 8} {
		name := map[int]string{2: "to_bin", 8: "to_oct"}[base]
		out = append(out,
			later(name, text, Immutable, func(_ *Context, a []types.Datum) (types.Datum, error) {
				return types.String(strconv.FormatUint(uint64(uint32(a[0].Int())), base)), nil
			}, types.Int4),
			later(name, text, Immutable, func(_ *Context, a []types.Datum) (types.Datum, error) {
				return types.String(strconv.FormatUint(uint64(a[0].Int()), base)), nil
			}, types.Int8))
	}
	for _, name := range []string{"date_add", "date_subtract"} {
		code := map[string]string{"date_add": "timestamptz_pl_interval", "date_subtract": "timestamptz_mi_interval"}[name]
		out = append(out,
			later(name, zoned, Stable, func(c *Context, a []types.Datum) (types.Datum, error) { return evalCode[code](c, a) }, zoned, types.IntervalType),
			later(name, zoned, Immutable, func(c *Context, a []types.Datum) (types.Datum, error) {
				zone, ok := types.LoadZone(a[2].Str())
				if !ok {
					return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, `time zone "%s" not recognized`, a[2].Str())
				}
				env := *c.env()
				env.Location = zone
				return evalCode[code](&Context{Env: &env}, a[:2])
			}, zoned, types.IntervalType, text))
	}
	valid := later("pg_input_is_valid", types.Boolean, Stable, nil, text, text)
	info := later("pg_input_error_info", types.RecordType, Stable, nil, text, text)
	for _, name := range []string{"message", "detail", "hint", "sql_error_code"} {
		info.Columns = append(info.Columns, types.Field{Name: name, Type: text, Typmod: types.NoTypmod})
	}
	HostFunction(valid)
	HostFunction(info)
	out = append(out, valid, info)
	// x AT LOCAL.
	out = append(out,
		later("timezone", types.Timestamp, Stable, func(c *Context, a []types.Datum) (types.Datum, error) {
			return evalCode["timestamptz_timestamp"](c, a)
		}, zoned),
		later("timezone", zoned, Stable, func(c *Context, a []types.Datum) (types.Datum, error) {
			return evalCode["timestamp_timestamptz"](c, a)
		}, types.Timestamp),
		later("timezone", types.TimeTZType, Stable, func(c *Context, a []types.Datum) (types.Datum, error) {
			v := a[0].Object().(types.TimeTZ)
			east, _ := types.ZoneAt(types.TimestampFromTime(c.txTime()), c.env().Location)
			local := v.Micros + int64(int32(east)-v.East)*types.MicrosPerSecond
			return types.Object(types.TimeTZ{Micros: floorMod(local, types.MicrosPerDay), East: int32(east)}), nil
		}, types.TimeTZType))
	return out
}

// anyValue is any_value: the first value that is not NULL.
type anyValue struct {
	v    types.Datum
	some bool
}

// Add takes the first value.
func (a *anyValue) Add(_ *Context, args []types.Datum) error {
	if !a.some {
		a.v, a.some = args[0], true
	}
	return nil
}

// Result is NULL without values.
func (a *anyValue) Result(*Context) (types.Datum, error) { return a.v, nil }

// normal gives a number of the standard normal distribution.
func (c *Context) normal() float64 {
	r := c.random()
	return math.Sqrt(-2*math.Log(1-r.Float64())) * math.Sin(2*math.Pi*r.Float64())
}

func badBounds() error {
	return sqlerr.New(sqlerr.InvalidParameterValue, "lower bound must be less than or equal to upper bound")
}

// below gives a whole number of at least 0 and less than n.
func (c *Context) below(n *big.Int) *big.Int {
	r := c.random()
	// As many 32-bit digits as it takes and one more, so that none is more likely than others.
	v := new(big.Int)
	for bits := n.BitLen() + 32; bits > 0; bits -= 32 {
		v.Or(v.Lsh(v, 32), big.NewInt(int64(r.Float64()*(1<<32))))
	}
	return v.Mod(v, n)
}

// between gives a whole number within two bounds.
func (c *Context) between(low, high int64) (types.Datum, error) {
	if low > high {
		return types.Null, badBounds()
	}
	r := c.random()
	span := uint64(high - low)
	if r == nil || !r.seeded {
		if span == math.MaxUint64 {
			return types.Int(int64(rand.Uint64())), nil
		}
		return types.Int(low + int64(rand.Uint64N(span+1))), nil
	}
	n := new(big.Int).Add(new(big.Int).SetUint64(span), big.NewInt(1))
	return types.Int(low + int64(c.below(n).Uint64())), nil
}

// randomBetweenNumerics is random(numeric, numeric): a number with the longer scale of the bounds.
func randomBetweenNumerics(c *Context, a []types.Datum) (types.Datum, error) {
	low, high := num(a[0]), num(a[1])
	for i, bound := range []string{"lower", "upper"} {
		what := map[apd.Form]string{apd.NaN: "NaN", apd.Infinite: "infinity"}[num(a[i]).Form]
		if what != "" {
			return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "%s bound cannot be %s", bound, what)
		}
	}
	if types.CompareNumeric(low, high) > 0 {
		return types.Null, badBounds()
	}
	scale := max(types.NumericScale(low), types.NumericScale(high))
	span := numericSub(high, low)
	units := new(apd.Decimal)
	types.RoundNumeric(units, span, scale)
	n := units.Coeff.MathBigInt()
	if more := int64(scale) + int64(units.Exponent); more > 0 {
		n = new(big.Int).Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(more), nil))
	}
	picked := c.below(new(big.Int).Add(n, big.NewInt(1)))
	step := apd.NewWithBigInt(new(apd.BigInt).SetMathBigInt(picked), -int32(scale))
	out := new(apd.Decimal)
	types.RoundNumeric(out, numericAdd(low, step), scale)
	return types.NumericDatum(out)
}

// sample gives n of the first dimension's elements in any order; -1: all of them.
func (c *Context) sample(arr *types.Array, n int) (types.Datum, error) {
	if len(arr.Dims) == 0 || n < 0 && arr.Dims[0] < 2 {
		return types.Object(arr), nil
	}
	size := arr.Dims[0]
	width := len(arr.Elems) / size
	order := make([]int, size)
	for i := range order {
		order[i] = i
	}
	keep := n
	if n < 0 {
		keep = size
	}
	for i := range keep {
		j := i + int(c.below(big.NewInt(int64(size-i))).Int64())
		order[i], order[j] = order[j], order[i]
	}
	if keep == 0 {
		return types.Object(&types.Array{Elem: arr.Elem}), nil
	}
	out := &types.Array{Elem: arr.Elem, Dims: slices.Clone(arr.Dims), Lower: slices.Clone(arr.Lower)}
	out.Dims[0] = keep
	if n >= 0 && len(out.Lower) > 0 {
		out.Lower[0] = 1
	}
	for _, at := range order[:keep] {
		out.Elems = append(out.Elems, arr.Elems[at*width:(at+1)*width]...)
	}
	return types.Object(out), nil
}

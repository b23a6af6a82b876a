package expr

import (
	"math"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/expr/elementary"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

func floor(f float64) float64 { return math.Floor(f) }
func ceil(f float64) float64  { return math.Ceil(f) }

// checkedFloat applies f; a result that overflows although the argument is
// finite is 22003.
func checkedFloat(f func(float64) float64) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		x := a[0].Float()
		r := f(x)
		if math.IsInf(r, 0) && !math.IsInf(x, 0) {
			return types.Null, floatOverflow()
		}
		if r == 0 && x != 0 && !math.IsInf(x, 0) {
			return types.Null, floatUnderflow()
		}
		return types.Float(r), nil
	}
}

// domainFloat applies f; NaN from a number is 22003 "input is out of range".
func domainFloat(f func(float64) float64) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		x := a[0].Float()
		r := f(x)
		if math.IsNaN(r) && !math.IsNaN(x) {
			return types.Null, sqlerr.New(sqlerr.NumericValueOutOfRange, "input is out of range")
		}
		return types.Float(r), nil
	}
}

func logArg(x float64) error {
	switch {
	case x == 0:
		return sqlerr.New(sqlerr.InvalidArgumentForLogarithm, "cannot take logarithm of zero")
	case x < 0:
		return sqlerr.New(sqlerr.InvalidArgumentForLogarithm, "cannot take logarithm of a negative number")
	}
	return nil
}

func floatLog(f func(float64) float64) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		if err := logArg(a[0].Float()); err != nil {
			return types.Null, err
		}
		return types.Float(f(a[0].Float())), nil
	}
}

func floatPower(_ *Context, a []types.Datum) (types.Datum, error) {
	x, y := a[0].Float(), a[1].Float()
	switch {
	case x == 0 && y < 0:
		return types.Null, sqlerr.New(sqlerr.InvalidArgumentForPowerFunction, "zero raised to a negative power is undefined")
	case x < 0 && math.Floor(y) != y && !math.IsInf(y, 0) && !math.IsNaN(y):
		return types.Null, sqlerr.New(sqlerr.InvalidArgumentForPowerFunction, "a negative number raised to a non-integer power yields a complex result")
	}
	r := elementary.Pow(x, y)
	if !math.IsInf(x, 0) && !math.IsInf(y, 0) {
		if math.IsInf(r, 0) {
			return types.Null, floatOverflow()
		}
		if r == 0 && x != 0 {
			return types.Null, floatUnderflow()
		}
	}
	return types.Float(r), nil
}

func gcd64(x, y int64) uint64 {
	a, b := absU(x), absU(y)
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func intGCD(size int) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		g := gcd64(a[0].Int(), a[1].Int())
		if g > math.MaxInt64 {
			return types.Null, intRange(size)
		}
		return fit(int64(g), size)
	}
}

func intLCM(size int) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		x, y := a[0].Int(), a[1].Int()
		if x == 0 || y == 0 {
			return types.Int(0), nil
		}
		p, ok := mul64(x/int64(gcd64(x, y)), y)
		if !ok || p == math.MinInt64 {
			return types.Null, intRange(size)
		}
		if p < 0 {
			p = -p
		}
		return fit(p, size)
	}
}

// decimalContext computes with so many digits.
func decimalContext(digits int64) *apd.Context {
	c := apd.BaseContext.WithPrecision(uint32(max(digits, 1)))
	c.Rounding = apd.RoundHalfUp
	return c
}

// numericSqrt has at least 16 significant digits.
func numericSqrt(x *apd.Decimal) (*apd.Decimal, error) {
	switch {
	case x.Form == apd.NaN:
		return x, nil
	case x.Sign() < 0:
		return nil, sqlerr.New(sqlerr.InvalidArgumentForPowerFunction, "cannot take square root of a negative number")
	case x.Form == apd.Infinite:
		return x, nil
	}
	w, _ := weight(x)
	// sqrt_var's choice: the result has about half as many digits.
	sweight := (w + 1) * decDigits / 2
	if (w+1)*decDigits >= 0 {
		sweight = (w+1)*decDigits/2 - 1
	} else {
		sweight = -((1 - (w+1)*decDigits) / 2) - 0 - 1 + 0
		sweight = int(math.Floor(float64((w+1)*decDigits)/2)) - 1
	}
	scale := int32(minSigDigits - sweight)
	scale = min(max(scale, types.NumericScale(x), 0), maxDisplayScale)
	return numericSqrtTo(x, int64(sweight), scale)
}

// numericSqrtTo computes a root of so many digits before the point to a scale.
func numericSqrtTo(x *apd.Decimal, digits int64, scale int32) (*apd.Decimal, error) {
	out := new(apd.Decimal)
	if _, err := decimalContext(max(digits, 0)+int64(scale)+20).Sqrt(out, x); err != nil {
		return nil, sqlerr.Internal("sqrt: %w", err)
	}
	types.RoundNumeric(out, out, scale)
	return out, nil
}

// numericPrecise computes f with enough digits and rounds to a scale that leaves
// at least 16 significant ones.
func numericPrecise(minScale int32, f func(c *apd.Context, out *apd.Decimal) error) (*apd.Decimal, error) {
	rough := new(apd.Decimal)
	if err := f(decimalContext(20), rough); err != nil {
		return nil, sqlerr.Internal("numeric: %w", err)
	}
	magnitude := int64(0) // decimal weight of the result
	if rough.Coeff.Sign() != 0 {
		magnitude = rough.NumDigits() + int64(rough.Exponent) - 1
		if magnitude < 0 { // PostgreSQL truncates its estimate towards zero
			magnitude = int64(numericLog10(rough))
		}
	}
	return numericOf(magnitude, minScale, f)
}

// numericOf is numericPrecise for a result of which PostgreSQL estimates the
// decimal weight.
func numericOf(magnitude int64, minScale int32, f func(c *apd.Context, out *apd.Decimal) error) (*apd.Decimal, error) {
	if magnitude > 131072 {
		return nil, sqlerr.New(sqlerr.NumericValueOutOfRange, "value overflows numeric format")
	}
	scale := min(max(minSigDigits-int32(magnitude), minScale, 0), maxDisplayScale)
	out := new(apd.Decimal)
	if err := f(decimalContext(max(magnitude, 0)+int64(scale)+20), out); err != nil {
		return nil, sqlerr.Internal("numeric: %w", err)
	}
	types.RoundNumeric(out, out, scale)
	return out, nil
}

// lnWeight is PostgreSQL's estimate of the decimal weight of ln(x).
func lnWeight(x *apd.Decimal) int64 {
	if x.Cmp(apd.New(9, -1)) < 0 || x.Cmp(apd.New(11, -1)) > 0 {
		return int64(math.Log10(math.Abs(numericLog10(x) * math.Ln10)))
	}
	d := numericSub(x, apd.New(1, 0))
	if d.Sign() == 0 {
		return 0
	}
	return d.NumDigits() + int64(d.Exponent) - 1
}

func numericLog(base10 bool) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		x := num(a[0])
		if x.Form == apd.NaN {
			return a[0], nil
		}
		if err := logArg(float64(x.Sign())); err != nil {
			return types.Null, err
		}
		if x.Form == apd.Infinite {
			return a[0], nil
		}
		weight := lnWeight(x)
		if base10 {
			weight -= lnWeight(apd.New(10, 0))
		}
		out, err := numericOf(weight, types.NumericScale(x), func(c *apd.Context, out *apd.Decimal) error {
			var err error
			if base10 {
				_, err = c.Log10(out, x)
			} else {
				_, err = c.Ln(out, x)
			}
			return err
		})
		if err != nil {
			return types.Null, err
		}
		return types.NumericDatum(out)
	}
}

func numericLogBase(_ *Context, a []types.Datum) (types.Datum, error) {
	b, x := num(a[0]), num(a[1])
	for _, v := range []*apd.Decimal{b, x} {
		if v.Form == apd.NaN {
			return types.Object(v), nil
		}
	}
	for _, v := range []*apd.Decimal{b, x} {
		if err := logArg(float64(v.Sign())); err != nil {
			return types.Null, err
		}
	}
	switch {
	case b.Form == apd.Infinite && x.Form == apd.Infinite:
		return types.Object(&apd.Decimal{Form: apd.NaN}), nil
	case b.Form == apd.Infinite:
		return types.NumericFromInt(0), nil
	case x.Form == apd.Infinite:
		return a[1], nil
	}
	if b.Cmp(apd.New(1, 0)) == 0 {
		return types.Null, divisionByZero()
	}
	out, err := numericOf(lnWeight(x)-lnWeight(b), max(types.NumericScale(x), types.NumericScale(b)), func(c *apd.Context, out *apd.Decimal) error {
		var lx, lb apd.Decimal
		c = decimalContext(int64(c.Precision) + 10)
		if _, err := c.Ln(&lx, x); err != nil {
			return err
		}
		if _, err := c.Ln(&lb, b); err != nil {
			return err
		}
		_, err := c.Quo(out, &lx, &lb)
		return err
	})
	if err != nil {
		return types.Null, err
	}
	return types.NumericDatum(out)
}

func numericExp(_ *Context, a []types.Datum) (types.Datum, error) {
	x := num(a[0])
	switch {
	case x.Form == apd.NaN:
		return a[0], nil
	case x.Form == apd.Infinite && x.Negative:
		return types.NumericFromInt(0), nil
	case x.Form == apd.Infinite:
		return a[0], nil
	}
	if f := numericFloat(x); f >= maxExponent {
		return types.Null, sqlerr.New(sqlerr.NumericValueOutOfRange, "value overflows numeric format")
	} else if f <= -maxExponent {
		return types.Object(&apd.Decimal{Exponent: -maxDisplayScale}), nil
	}
	out, err := numericPrecise(types.NumericScale(x), func(c *apd.Context, out *apd.Decimal) error {
		expTo(out, x, int64(c.Precision))
		return nil
	})
	if err != nil {
		return types.Null, err
	}
	return types.NumericDatum(out)
}

func numericPower(_ *Context, a []types.Datum) (types.Datum, error) {
	x, y := num(a[0]), num(a[1])
	integral := y.Form == apd.Infinite || trimScale(y).Exponent == 0
	switch nan := x.Form == apd.NaN || y.Form == apd.NaN; {
	case nan:
	case x.Sign() == 0 && y.Sign() < 0:
		return types.Null, sqlerr.New(sqlerr.InvalidArgumentForPowerFunction, "zero raised to a negative power is undefined")
	case x.Sign() < 0 && !integral:
		return types.Null, sqlerr.New(sqlerr.InvalidArgumentForPowerFunction, "a negative number raised to a non-integer power yields a complex result")
	}
	if x.Form != apd.Finite || y.Form != apd.Finite {
		return types.Object(powerOfSpecial(x, y)), nil
	}
	scale := max(types.NumericScale(x), types.NumericScale(y))
	if y.Sign() == 0 || x.Sign() == 0 {
		out := apd.New(int64(1-min(1, y.Sign())), 0)
		if y.Sign() == 0 {
			out = apd.New(1, 0)
		}
		digits := int32(minSigDigits)
		if integral { // else a power of zero has them whatever it is of
			digits = max(digits, types.NumericScale(x))
		}
		types.RoundNumeric(out, out, digits)
		return types.NumericDatum(out)
	}
	ax := copyOf(x)
	ax.Negative = false
	magnitude := numericLog10(ax) * numericFloat(y)
	if most := 1.003 * maxExponent / math.Ln10; magnitude > 131072 || !integral && magnitude > most {
		return types.Null, sqlerr.New(sqlerr.NumericValueOutOfRange, "value overflows numeric format")
	} else if magnitude < -2000 {
		if n, err := trimScale(y).Int64(); err == nil && n == int64(int32(n)) {
			return types.Object(&apd.Decimal{Exponent: -max(minSigDigits, types.NumericScale(x))}), nil
		}
		return types.Object(&apd.Decimal{Exponent: -maxDisplayScale}), nil
	}
	pow := func(c *apd.Context, out *apd.Decimal) error {
		if magnitude > apd.MaxExponent/2 {
			power(out, ax, coefficient(trimScale(y), 0), int64(c.Precision))
			return nil
		}
		_, err := c.Pow(out, ax, y)
		return err
	}
	var out *apd.Decimal
	var err error
	if integral {
		out, err = numericPrecise(scale, pow)
	} else {
		var weight int64
		if weight, err = powerWeight(ax, y); err == nil {
			out, err = numericOf(weight, scale, pow)
		}
	}
	if err == nil && integral {
		// An integer power keeps 16 digits after the point, whatever its size.
		want := max(minSigDigits, types.NumericScale(x))
		digits := out.NumDigits() + int64(out.Exponent) + int64(want) + 20
		if err := pow(decimalContext(digits), out); err != nil {
			return types.Null, sqlerr.Internal("power: %w", err)
		}
		types.RoundNumeric(out, out, want)
	}
	if err != nil {
		return types.Null, err
	}
	if x.Negative && integral {
		var r apd.BigInt
		half := trimScale(y)
		out.Negative = r.Rem(&half.Coeff, apd.NewBigInt(2)).Sign() != 0
	}
	return types.NumericDatum(out)
}

func widthBucket(x, low, high float64, n int64) (types.Datum, error) {
	fail := func(msg string) (types.Datum, error) {
		return types.Null, sqlerr.New(sqlerr.InvalidArgumentForWidthBucketFunction, "%s", msg)
	}
	switch {
	case n <= 0:
		return fail("count must be greater than zero")
	case math.IsNaN(x) || math.IsNaN(low) || math.IsNaN(high):
		return fail("operand, lower bound, and upper bound cannot be NaN")
	case math.IsInf(low, 0) || math.IsInf(high, 0):
		return fail("lower and upper bounds must be finite")
	case low == high:
		return fail("lower bound cannot equal upper bound")
	}
	below, above := x < low, x >= high
	if low > high {
		below, above = x > low, x <= high
	}
	switch {
	case below:
		return types.Int(0), nil
	case above:
		return fit(n+1, 32)
	}
	bucket := float64(n)*(x-low)/(high-low) + 1
	if !(bucket >= math.MinInt32 && bucket < -math.MinInt32) { // what overflows on the way
		return types.Int(math.MinInt32), nil
	}
	return types.Int(int64(bucket)), nil
}

func init() {
	table := map[string]EvalFunc{
		"dceil": floatFunc(math.Ceil), "dfloor": floatFunc(math.Floor), "dround": floatFunc(math.RoundToEven), "dtrunc": floatFunc(math.Trunc),
		"dsign": floatFunc(func(x float64) float64 {
			switch {
			case x > 0:
				return 1
			case x < 0:
				return -1
			}
			return 0
		}),
		"dsqrt": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if a[0].Float() < 0 {
				return types.Null, sqlerr.New(sqlerr.InvalidArgumentForPowerFunction, "cannot take square root of a negative number")
			}
			return types.Float(math.Sqrt(a[0].Float())), nil
		},
		"dcbrt": floatFunc(elementary.Cbrt), "dpow": floatPower, "dlog1": floatLog(elementary.Log), "dlog10": floatLog(elementary.Log10),
		"dexp":    checkedFloat(elementary.Exp),
		"degrees": checkedFloat(func(x float64) float64 { return x / (math.Pi / 180) }), "radians": floatFunc(func(x float64) float64 { return x * (math.Pi / 180) }),
		"dpi":  func(*Context, []types.Datum) (types.Datum, error) { return types.Float(math.Pi), nil },
		"dsin": domainFloat(elementary.Sin), "dcos": domainFloat(elementary.Cos), "dtan": domainFloat(elementary.Tan),
		"dcot":  domainFloat(func(x float64) float64 { return 1 / elementary.Tan(x) }),
		"dasin": domainFloat(elementary.Asin), "dacos": domainFloat(elementary.Acos), "datan": floatFunc(elementary.Atan),
		"datan2": floatOp(64, elementary.Atan2, nil).eval, "dsinh": floatFunc(elementary.Sinh), "dcosh": floatFunc(elementary.Cosh), "dtanh": floatFunc(elementary.Tanh),
		"dasinh": floatFunc(math.Asinh), "dacosh": domainFloat(elementary.Acosh), "datanh": domainFloat(math.Atanh),
		"int4gcd": intGCD(32), "int8gcd": intGCD(64), "int4lcm": intLCM(32), "int8lcm": intLCM(64),
		"numeric_ln": numericLog(false), "numeric_log": numericLogBase, "numeric_exp": numericExp, "numeric_power": numericPower,
		"numeric_sqrt": func(_ *Context, a []types.Datum) (types.Datum, error) {
			d, err := numericSqrt(num(a[0]))
			if err != nil {
				return types.Null, err
			}
			return types.NumericDatum(d)
		},
		"sql:log": numericLog(true), "sql:log10": numericLog(true),
		"numeric_gcd": numericFunc2(func(x, y *apd.Decimal) *apd.Decimal { return numericGCD(x, y) }),
		"numeric_lcm": numericFunc2(numericLCM),
		"numeric_fac": numericFac,
		"width_bucket_float8": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return widthBucket(a[0].Float(), a[1].Float(), a[2].Float(), a[3].Int())
		},
		"width_bucket_numeric": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return widthBucket(numericFloat(num(a[0])), numericFloat(num(a[1])), numericFloat(num(a[2])), a[3].Int())
		},
		"width_bucket_array": func(_ *Context, a []types.Datum) (types.Datum, error) {
			arr := a[1].Array()
			n := 0
			for _, e := range arr.Elems {
				if e.IsNull() {
					return types.Null, sqlerr.New(sqlerr.NullValueNotAllowed, "thresholds array must not contain NULLs")
				}
				if arr.Elem.Compare(a[0], e) >= 0 {
					n++
				}
			}
			return types.Int(int64(n)), nil
		},
	}
	register(table)
}

func numericGCD(x, y *apd.Decimal) *apd.Decimal {
	if x.Form != apd.Finite || y.Form != apd.Finite {
		return &apd.Decimal{Form: apd.NaN}
	}
	a, b, scale := aligned(x, y)
	return decimalOf(a.GCD(nil, nil, a.Abs(a), b.Abs(b)), scale)
}

func numericLCM(x, y *apd.Decimal) *apd.Decimal {
	g := numericGCD(x, y)
	if g.Form != apd.Finite || g.Sign() == 0 {
		return g
	}
	a, b, scale := aligned(x, y)
	q := new(apd.BigInt).Quo(a, coefficient(g, scale))
	return decimalOf(q.Abs(q.Mul(q, b)), scale)
}

func numericFac(_ *Context, a []types.Datum) (types.Datum, error) {
	n := a[0].Int()
	switch {
	case n < 0:
		return types.Null, sqlerr.New(sqlerr.NumericValueOutOfRange, "factorial of a negative number is undefined")
	case n > 32177:
		return types.Null, sqlerr.New(sqlerr.NumericValueOutOfRange, "value overflows numeric format")
	}
	out := apd.NewBigInt(1)
	for i := int64(2); i <= n; i++ {
		out.Mul(out, apd.NewBigInt(i))
	}
	return types.NumericDatum(decimalOf(out, 0))
}

package expr

import (
	"math"
	"math/big"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Numeric arithmetic with PostgreSQL's display scales: a sum has the larger
// scale of its operands, a product the sum of them, and a quotient what
// select_div_scale chooses: at least 16 significant digits.

const (
	minSigDigits    = 16
	maxDisplayScale = 1000
	decDigits       = 4 // decimal digits in a digit of numeric's base 10000
)

func num(d types.Datum) *apd.Decimal { return d.Numeric() }

// special gives the result of an operation on infinities and NaN through
// floats, which have the same rules; ok is false if both are finite.
func special(x, y *apd.Decimal, f func(a, b float64) float64) (*apd.Decimal, bool) {
	if x.Form == apd.Finite && y.Form == apd.Finite {
		return nil, false
	}
	return floatSpecial(f(signFloat(x), signFloat(y))), true
}

func signFloat(x *apd.Decimal) float64 {
	switch {
	case x.Form == apd.NaN:
		return math.NaN()
	case x.Form == apd.Infinite && x.Negative:
		return math.Inf(-1)
	case x.Form == apd.Infinite:
		return math.Inf(1)
	}
	return float64(x.Sign())
}

func floatSpecial(f float64) *apd.Decimal {
	switch {
	case math.IsNaN(f):
		return &apd.Decimal{Form: apd.NaN}
	case math.IsInf(f, 0):
		return &apd.Decimal{Form: apd.Infinite, Negative: f < 0}
	}
	return apd.New(int64(f), 0)
}

// aligned gives both coefficients at the larger scale.
func aligned(x, y *apd.Decimal) (a, b *apd.BigInt, scale int32) {
	scale = max(types.NumericScale(x), types.NumericScale(y))
	return coefficient(x, scale), coefficient(y, scale), scale
}

// coefficient gives the signed integer that x is at a scale no smaller than its
// own.
func coefficient(x *apd.Decimal, scale int32) *apd.BigInt {
	out := new(apd.BigInt).Set(&x.Coeff)
	if shift := int64(scale) + int64(x.Exponent); shift > 0 {
		out.Mul(out, types.PowerOfTen(shift))
	}
	if x.Negative {
		out.Neg(out)
	}
	return out
}

func decimalOf(c *apd.BigInt, scale int32) *apd.Decimal {
	d := &apd.Decimal{Exponent: -scale, Negative: c.Sign() < 0}
	d.Coeff.Abs(c)
	return d
}

func numericAdd(x, y *apd.Decimal) *apd.Decimal {
	if d, ok := special(x, y, addF); ok {
		return d
	}
	a, b, scale := aligned(x, y)
	return decimalOf(a.Add(a, b), scale)
}

func numericSub(x, y *apd.Decimal) *apd.Decimal {
	if d, ok := special(x, y, subF); ok {
		return d
	}
	a, b, scale := aligned(x, y)
	return decimalOf(a.Sub(a, b), scale)
}

func numericMul(x, y *apd.Decimal) *apd.Decimal {
	if d, ok := special(x, y, mulF); ok {
		return d
	}
	d := &apd.Decimal{Exponent: x.Exponent + y.Exponent, Negative: x.Negative != y.Negative}
	d.Coeff.Mul(&x.Coeff, &y.Coeff)
	if types.NumericScale(d) > types.MaxNumericScale {
		types.RoundNumeric(d, d, types.MaxNumericScale)
	}
	return d
}

// weight gives numeric's weight and first digit in base 10000.
func weight(x *apd.Decimal) (w int, first int) {
	if x.Coeff.Sign() == 0 {
		return 0, 0
	}
	digits := int(x.NumDigits())
	top := digits + int(x.Exponent) // decimal digits before the point
	if w = (top - 1) / decDigits; top < 1 && (top-1)%decDigits != 0 {
		w-- // towards minus infinity
	}
	lead := top - w*decDigits // digits of the first base-10000 digit
	if more := lead - digits; more >= 0 {
		first = int(x.Coeff.Int64())
		for range more {
			first *= 10
		}
		return w, first
	}
	var q apd.BigInt
	return w, int(q.Quo(&x.Coeff, types.PowerOfTen(int64(digits-lead))).Int64())
}

// divScale is select_div_scale.
func divScale(x, y *apd.Decimal) int32 {
	w1, f1 := weight(x)
	w2, f2 := weight(y)
	qweight := w1 - w2
	if f1 <= f2 {
		qweight--
	}
	scale := int32(minSigDigits - qweight*decDigits)
	scale = max(scale, types.NumericScale(x), types.NumericScale(y), 0)
	return min(scale, maxDisplayScale)
}

// quotient divides to a scale, rounding half away from zero.
func quotient(x, y *apd.Decimal, scale int32, round bool) *apd.Decimal {
	n := new(apd.BigInt).Set(&x.Coeff)
	d := new(apd.BigInt).Set(&y.Coeff)
	// x/y = (cx/cy) * 10^(ex-ey); want q = x/y*10^scale.
	shift := int64(x.Exponent) - int64(y.Exponent) + int64(scale)
	if shift >= 0 {
		n.Mul(n, types.PowerOfTen(shift))
	} else {
		d.Mul(d, types.PowerOfTen(-shift))
	}
	var r apd.BigInt
	n.QuoRem(n, d, &r)
	if round && r.Mul(&r, apd.NewBigInt(2)).Cmp(d) >= 0 {
		n.Add(n, apd.NewBigInt(1))
	}
	out := decimalOf(n, scale)
	out.Negative = x.Negative != y.Negative
	return out
}

func numericDiv(x, y *apd.Decimal) (*apd.Decimal, error) {
	if x.Form == apd.NaN || y.Form == apd.NaN {
		return &apd.Decimal{Form: apd.NaN}, nil
	}
	if y.Form == apd.Finite && y.Coeff.Sign() == 0 {
		return nil, divisionByZero()
	}
	if d, ok := special(x, y, func(a, b float64) float64 { return a / b }); ok {
		return d, nil
	}
	return quotient(x, y, divScale(x, y), true), nil
}

// numericDivTrunc is div(): the integer part of the quotient.
func numericDivTrunc(x, y *apd.Decimal) (*apd.Decimal, error) {
	if x.Form != apd.Finite || y.Form != apd.Finite || y.Coeff.Sign() == 0 {
		return numericDiv(x, y)
	}
	return quotient(x, y, 0, false), nil
}

func numericMod(x, y *apd.Decimal) (*apd.Decimal, error) {
	switch {
	case x.Form == apd.NaN || y.Form == apd.NaN:
		return &apd.Decimal{Form: apd.NaN}, nil
	case y.Form == apd.Finite && y.Coeff.Sign() == 0:
		return nil, divisionByZero()
	case x.Form == apd.Infinite:
		return &apd.Decimal{Form: apd.NaN}, nil
	case y.Form == apd.Infinite:
		return x, nil
	}
	a, b, scale := aligned(x, y)
	return decimalOf(a.Rem(a, b), scale), nil
}

func numericFunc2(f func(x, y *apd.Decimal) *apd.Decimal) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		return types.NumericDatum(f(num(a[0]), num(a[1])))
	}
}

func numericFunc2e(f func(x, y *apd.Decimal) (*apd.Decimal, error)) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		d, err := f(num(a[0]), num(a[1]))
		if err != nil {
			return types.Null, err
		}
		return types.NumericDatum(d)
	}
}

// copyOf is for functions that change a decimal in place.
func copyOf(x *apd.Decimal) *apd.Decimal { return new(apd.Decimal).Set(x) }

func numericFunc1(f func(x *apd.Decimal) *apd.Decimal) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		return types.NumericDatum(f(num(a[0])))
	}
}

// floorCeil rounds to an integer towards -infinity, or +infinity.
func floorCeil(up bool) func(x *apd.Decimal) *apd.Decimal {
	return func(x *apd.Decimal) *apd.Decimal {
		out := new(apd.Decimal)
		types.TruncateNumeric(out, x, 0)
		if x.Form == apd.Finite && out.Cmp(x) != 0 && x.Negative != up {
			one := apd.New(1, 0)
			if up {
				return numericAdd(out, one)
			}
			return numericSub(out, one)
		}
		return out
	}
}

// trimScale drops the zeros at the end.
func trimScale(x *apd.Decimal) *apd.Decimal {
	out := copyOf(x)
	ten := apd.NewBigInt(10)
	var q, r apd.BigInt
	for out.Form == apd.Finite && out.Exponent < 0 {
		q.QuoRem(&out.Coeff, ten, &r)
		if r.Sign() != 0 {
			break
		}
		out.Coeff.Set(&q)
		out.Exponent++
	}
	return out
}

// numericFloat gives the nearest float.
func numericFloat(x *apd.Decimal) float64 {
	if x.Form != apd.Finite {
		return signFloat(x)
	}
	f, _ := new(big.Float).SetPrec(64).SetMode(big.ToNearestEven).SetString(string(types.AppendNumeric(nil, x)))
	out, _ := f.Float64()
	if v, err := types.ParseFloat(string(types.AppendNumeric(nil, x)), 64, ""); err == nil {
		return v
	}
	return out
}

// numericInt rounds to an integer of so many bits; beyond them is 22003.
func numericInt(x *apd.Decimal, size int) (types.Datum, error) {
	name := map[int]string{16: "smallint", 32: "integer", 64: "bigint"}[size]
	switch x.Form {
	case apd.NaN:
		return types.Null, sqlerr.New(sqlerr.FeatureNotSupported, "cannot convert NaN to %s", name)
	case apd.Infinite:
		return types.Null, sqlerr.New(sqlerr.FeatureNotSupported, "cannot convert infinity to %s", name)
	}
	r := new(apd.Decimal)
	types.RoundNumeric(r, x, 0)
	if !r.Coeff.IsInt64() && !(r.Negative && r.Coeff.IsUint64() && r.Coeff.Uint64() == 1<<63) {
		return types.Null, intRange(size)
	}
	v := int64(r.Coeff.Uint64())
	if r.Negative {
		v = -v
	}
	return fit(v, size)
}

func init() {
	register(map[string]EvalFunc{
		"numeric_add": smallFunc2(smallAdd, numericFunc2(numericAdd)), "numeric_sub": smallFunc2(smallSub, numericFunc2(numericSub)),
		"numeric_mul": smallFunc2(smallMul, numericFunc2(numericMul)), "numeric_div": smallFunc2(smallDiv, numericFunc2e(numericDiv)),
		"numeric_mod": smallFunc2(smallMod, numericFunc2e(numericMod)), "numeric_div_trunc": numericFunc2e(numericDivTrunc),
		"numeric_uminus": smallFunc1(func(x int64, scale int32) (types.Datum, bool) { return types.SmallNumeric(-x, scale) }, numericFunc1(func(x *apd.Decimal) *apd.Decimal {
			out := copyOf(x)
			out.Negative = !out.Negative
			return out
		})),
		"numeric_abs": smallFunc1(func(x int64, scale int32) (types.Datum, bool) { return types.SmallNumeric(int64(magnitude(x)), scale) }, numericFunc1(func(x *apd.Decimal) *apd.Decimal {
			out := copyOf(x)
			out.Negative = false
			return out
		})),
		"numeric_ceil": numericFunc1(floorCeil(true)), "numeric_floor": numericFunc1(floorCeil(false)),
		"numeric_sign": numericFunc1(func(x *apd.Decimal) *apd.Decimal {
			if x.Form == apd.NaN {
				return x
			}
			return apd.New(int64(x.Sign()), 0)
		}),
		"numeric_inc":        numericFunc1(func(x *apd.Decimal) *apd.Decimal { return numericAdd(x, apd.New(1, 0)) }),
		"numeric_trim_scale": numericFunc1(trimScale),
		"numeric_scale": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if num(a[0]).Form != apd.Finite {
				return types.Null, nil
			}
			return types.Int(int64(types.NumericScale(num(a[0])))), nil
		},
		"numeric_min_scale": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if num(a[0]).Form != apd.Finite {
				return types.Null, nil
			}
			return types.Int(int64(types.NumericScale(trimScale(num(a[0]))))), nil
		},
		"numeric_round": func(_ *Context, a []types.Datum) (types.Datum, error) {
			out := new(apd.Decimal)
			types.RoundNumeric(out, num(a[0]), clampScale(a))
			return types.NumericDatum(out)
		},
		"numeric_trunc": func(_ *Context, a []types.Datum) (types.Datum, error) {
			out := new(apd.Decimal)
			types.TruncateNumeric(out, num(a[0]), clampScale(a))
			return types.NumericDatum(out)
		},
	})
	evalCode["sql:round"], evalCode["sql:trunc"] = evalCode["numeric_round"], evalCode["numeric_trunc"]
}

func clampScale(a []types.Datum) int32 {
	if len(a) < 2 {
		return 0
	}
	// As many digits as there can be behind the point, and one more than before it.
	return int32(max(-131073, min(16383, a[1].Int())))
}

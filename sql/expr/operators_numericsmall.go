package expr

import (
	"math/bits"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Arithmetic with numerics of few digits, as types.SmallNumeric holds them. Each gives false
// where the result, or something on the way to it, is none: the decimals do it then.

// smallFunc2 puts an operation on small numerics before the one on decimals.
func smallFunc2(small func(x int64, xs int32, y int64, ys int32) (types.Datum, bool), f EvalFunc) EvalFunc {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		if x, xs, ok := a[0].Small(); ok {
			if y, ys, ok := a[1].Small(); ok {
				if d, ok := small(x, xs, y, ys); ok {
					return d, nil
				}
			}
		}
		return f(c, a)
	}
}

func smallFunc1(small func(x int64, scale int32) (types.Datum, bool), f EvalFunc) EvalFunc {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		if x, scale, ok := a[0].Small(); ok {
			if d, ok := small(x, scale); ok {
				return d, nil
			}
		}
		return f(c, a)
	}
}

func smallAdd(x int64, xs int32, y int64, ys int32) (types.Datum, bool) {
	a, b, scale, ok := types.AlignSmall(x, xs, y, ys)
	if !ok {
		return types.Null, false
	}
	return types.SmallNumeric(a+b, scale)
}

func smallSub(x int64, xs int32, y int64, ys int32) (types.Datum, bool) {
	return smallAdd(x, xs, -y, ys)
}

func smallMul(x int64, xs int32, y int64, ys int32) (types.Datum, bool) {
	high, low := bits.Mul64(magnitude(x), magnitude(y))
	if high != 0 || low >= types.SmallNumericLimit {
		return types.Null, false
	}
	v := int64(low)
	if (x < 0) != (y < 0) {
		v = -v
	}
	return types.SmallNumeric(v, xs+ys)
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return uint64(-v)
	}
	return uint64(v)
}

// smallWeight is weight.
func smallWeight(v uint64, scale int32) (w, first int32) {
	if v == 0 {
		return 0, 0
	}
	digits := int32(1)
	for digits < 19 && v >= uint64(types.SmallPower(digits)) {
		if digits++; digits == 19 {
			break
		}
	}
	top := digits - scale // decimal digits before the point
	w = (top - 1) / decDigits
	if top < 1 && (top-1)%decDigits != 0 {
		w--
	}
	lead := top - w*decDigits // digits of the first base-10000 digit
	if lead <= digits {
		return w, int32(v / uint64(types.SmallPower(digits-lead)))
	}
	return w, int32(v * uint64(types.SmallPower(lead-digits)))
}

// smallDiv divides to the scale that divScale chooses.
func smallDiv(x int64, xs int32, y int64, ys int32) (types.Datum, bool) {
	if y == 0 {
		return types.Null, false
	}
	w1, f1 := smallWeight(magnitude(x), xs)
	w2, f2 := smallWeight(magnitude(y), ys)
	weight := w1 - w2
	if f1 <= f2 {
		weight--
	}
	scale := min(max(minSigDigits-weight*decDigits, xs, ys, 0), maxDisplayScale)
	shift := scale + ys - xs
	if shift < 0 {
		return types.Null, false
	}
	// The dividend has 128 bits, by way of two factors.
	factor := min(shift, 18)
	high, low := bits.Mul64(magnitude(x), uint64(types.SmallPower(factor)))
	if more := shift - factor; more > 18 {
		return types.Null, false
	} else if more > 0 {
		by := uint64(types.SmallPower(more))
		over, top := bits.Mul64(high, by)
		carry, bottom := bits.Mul64(low, by)
		sum, c := bits.Add64(top, carry, 0)
		if over != 0 || c != 0 {
			return types.Null, false
		}
		high, low = sum, bottom
	}
	by := magnitude(y)
	q, r := high/by, high%by
	high = q
	if q, r = bits.Div64(r, low, by); r >= by-r {
		var c uint64
		q, c = bits.Add64(q, 1, 0)
		high += c
	}
	negative := (x < 0) != (y < 0)
	if high != 0 || q >= types.SmallNumericLimit {
		return wide(high, q, scale, negative), true
	}
	v := int64(q)
	if negative {
		v = -v
	}
	return types.SmallNumeric(v, scale)
}

// wide makes a numeric of 128 bits of digits: most quotients have more than a small one.
func wide(high, low uint64, scale int32, negative bool) types.Datum {
	d := &apd.Decimal{Exponent: -scale, Negative: negative}
	d.Coeff.SetUint64(high)
	if high != 0 {
		d.Coeff.Lsh(&d.Coeff, 64)
		var l apd.BigInt
		d.Coeff.Or(&d.Coeff, l.SetUint64(low))
	} else {
		d.Coeff.SetUint64(low)
	}
	return types.Object(d)
}

func smallMod(x int64, xs int32, y int64, ys int32) (types.Datum, bool) {
	a, b, scale, ok := types.AlignSmall(x, xs, y, ys)
	if !ok || b == 0 {
		return types.Null, false
	}
	return types.SmallNumeric(a%b, scale)
}

// exactFloat is up to which number all integers are floats, and exactPower up to which
// power of ten all are.
const (
	exactFloat = 1 << 53
	exactPower = 18
)

// smallFloat gives the nearest float: the quotient of two that are exact is rounded once.
func smallFloat(v int64, scale int32) (types.Datum, bool) {
	if magnitude(v) > exactFloat || scale > exactPower {
		return types.Null, false
	}
	return types.Float(float64(v) / float64(types.SmallPower(scale))), true
}

// smallInt gives an integer of so many bits without a fraction.
func smallInt(size int) func(v int64, scale int32) (types.Datum, bool) {
	return func(v int64, scale int32) (types.Datum, bool) {
		if scale != 0 {
			return types.Null, false
		}
		d, err := fit(v, size)
		return d, err == nil
	}
}

package expr

import (
	"math/bits"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Arithmetic of numerics whose digits fit 64 bits, as almost all do.

// smallCoefficient bounds the coefficients of which two can be added as int64.
const smallCoefficient = 1 << 62

// small gives the signed coefficient of a finite value.
func small(x *apd.Decimal) (int64, bool) {
	if x.Form != apd.Finite || !x.Coeff.IsInt64() {
		return 0, false
	}
	v := x.Coeff.Int64()
	if v >= smallCoefficient {
		return 0, false
	}
	if x.Negative {
		v = -v
	}
	return v, true
}

// smallAt gives the coefficient at a scale no smaller than that of v, which is its scale less down.
func smallAt(v int64, down int32) (int64, bool) {
	if down == 0 {
		return v, true
	}
	p, ok := types.SmallPower(int64(down))
	if !ok {
		return 0, false
	}
	high, low := bits.Mul64(uint64(max(v, -v)), p)
	if high != 0 || low >= smallCoefficient {
		return 0, false
	}
	if v < 0 {
		return -int64(low), true
	}
	return int64(low), true
}

// addSmall adds or subtracts; false if something does not fit.
func addSmall(x, y *apd.Decimal, subtract bool) (*apd.Decimal, bool) {
	a, ok := small(x)
	b, ok2 := small(y)
	if !ok || !ok2 || x.Exponent > 0 || y.Exponent > 0 {
		return nil, false
	}
	exponent := min(x.Exponent, y.Exponent)
	if a, ok = smallAt(a, x.Exponent-exponent); !ok {
		return nil, false
	}
	if b, ok = smallAt(b, y.Exponent-exponent); !ok {
		return nil, false
	}
	if subtract {
		b = -b
	}
	return apd.New(a+b, exponent), true
}

// accumulate adds x to a sum, in place where it can.
func accumulate(sum, x *apd.Decimal) {
	if sum.Form != apd.Finite || x.Form != apd.Finite || sum.Exponent != x.Exponent {
		*sum = *numericAdd(sum, x)
		return
	}
	switch {
	case sum.Negative == x.Negative:
		sum.Coeff.Add(&sum.Coeff, &x.Coeff)
	case sum.Coeff.Cmp(&x.Coeff) >= 0:
		sum.Coeff.Sub(&sum.Coeff, &x.Coeff)
		sum.Negative = sum.Negative && sum.Coeff.Sign() != 0
	default:
		sum.Coeff.Sub(&x.Coeff, &sum.Coeff)
		sum.Negative = x.Negative
	}
}

// quotientSmall is quotient by 128-bit integers; false if something does not fit.
func quotientSmall(x, y *apd.Decimal, scale int32, round bool) (*apd.Decimal, bool) {
	if !x.Coeff.IsUint64() || !y.Coeff.IsUint64() {
		return nil, false
	}
	// x/y = (cx/cy) * 10^(ex-ey); want q = x/y*10^scale.
	shift := int64(x.Exponent) - int64(y.Exponent) + int64(scale)
	high, low, divisor := uint64(0), x.Coeff.Uint64(), y.Coeff.Uint64()
	for shift > 0 {
		p, step := uint64(1e19), int64(19)
		if shift < step {
			p, _ = types.SmallPower(shift)
			step = shift
		}
		over, h := bits.Mul64(high, p)
		carry, l := bits.Mul64(low, p)
		h, c := bits.Add64(h, carry, 0)
		if over != 0 || c != 0 {
			return nil, false
		}
		high, low, shift = h, l, shift-step
	}
	if shift < 0 {
		p, ok := types.SmallPower(-shift)
		if !ok {
			return nil, false
		}
		over, d := bits.Mul64(divisor, p)
		if over != 0 {
			return nil, false
		}
		divisor = d
	}
	qh, rest := high/divisor, high%divisor
	ql, rest := bits.Div64(rest, low, divisor)
	if round && rest >= divisor-rest {
		var c uint64
		ql, c = bits.Add64(ql, 1, 0)
		qh += c
	}
	d := &apd.Decimal{Exponent: -scale, Negative: x.Negative != y.Negative}
	if qh == 0 {
		d.Coeff.SetUint64(ql)
	} else {
		d.Coeff.SetUint64(qh)
		d.Coeff.Lsh(&d.Coeff, 64)
		var l apd.BigInt
		d.Coeff.Or(&d.Coeff, l.SetUint64(ql))
	}
	return d, true
}

package expr

import (
	"math"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Powers beyond what apd computes: its exponents end at 100000, and its exp() gives
// up where many digits are wanted.

// maxExponent is where exp() and power() to what is no integer overflow.
const maxExponent = 3 * 2000

// power raises x, which is positive, to a positive integer, of which so many
// digits are computed.
func power(out, x *apd.Decimal, n *apd.BigInt, digits int64) {
	digits += 10 // what every step cuts off adds up
	p := apd.New(1, 0)
	for i := n.BitLen() - 1; i >= 0; i-- {
		multiply(p, p, digits)
		if n.Bit(i) == 1 {
			multiply(p, x, digits)
		}
	}
	out.Set(p)
}

// powerOfSpecial raises where one of both is infinite or no number.
func powerOfSpecial(x, y *apd.Decimal) *apd.Decimal {
	one := apd.New(1, 0)
	switch {
	case y.Form == apd.Finite && y.Sign() == 0 || x.Form == apd.Finite && x.Cmp(one) == 0:
		return one
	case x.Form == apd.NaN || y.Form == apd.NaN:
		return &apd.Decimal{Form: apd.NaN}
	case y.Form == apd.Infinite:
		size := 1
		if x.Form == apd.Finite {
			size = new(apd.Decimal).Abs(x).Cmp(one)
		}
		switch {
		case size == 0:
			return one
		case size > 0 == (y.Sign() > 0):
			return &apd.Decimal{Form: apd.Infinite}
		}
		return new(apd.Decimal)
	case y.Sign() < 0:
		return new(apd.Decimal)
	}
	odd := coefficient(trimScale(y), 0).Bit(0) == 1
	return &apd.Decimal{Form: apd.Infinite, Negative: x.Negative && odd}
}

// multiply makes p its product with x, cut to so many digits.
func multiply(p, x *apd.Decimal, digits int64) {
	p.Coeff.Mul(&p.Coeff, &x.Coeff)
	p.Exponent += x.Exponent
	if over := p.NumDigits() - digits; over > 0 {
		p.Coeff.Quo(&p.Coeff, types.PowerOfTen(over))
		p.Exponent += int32(over)
	}
}

// expTo computes e to the power of x: the series for a small part of x, raised.
func expTo(out, x *apd.Decimal, digits int64) {
	halvings := max(int(math.Log2(math.Abs(numericFloat(x))+1))+8, 0)
	digits += 20
	one := types.PowerOfTen(digits)
	part := new(apd.BigInt).Set(&x.Coeff)
	if shift := digits + int64(x.Exponent); shift >= 0 {
		part.Mul(part, types.PowerOfTen(shift))
	} else {
		part.Quo(part, types.PowerOfTen(-shift))
	}
	part.Rsh(part, uint(halvings))
	if x.Negative {
		part.Neg(part)
	}
	sum, term := new(apd.BigInt).Set(one), new(apd.BigInt).Set(one)
	for i := int64(1); term.Sign() != 0; i++ {
		term.Mul(term, part)
		term.Quo(term, one)
		term.Quo(term, apd.NewBigInt(i))
		sum.Add(sum, term)
	}
	power(out, apd.NewWithBigInt(sum, int32(-digits)), new(apd.BigInt).Lsh(apd.NewBigInt(1), uint(halvings)), digits)
}

// numericLog10 is about the logarithm of a positive number.
func numericLog10(x *apd.Decimal) float64 {
	digits := x.NumDigits()
	lead := new(apd.Decimal).Set(x)
	lead.Exponent = int32(1 - digits)
	return math.Log10(numericFloat(lead)) + float64(digits-1) + float64(x.Exponent)
}

// powerWeight is PostgreSQL's estimate of the decimal weight of x to the power of y, which is
// no integer: by a logarithm of about eight digits.
func powerWeight(x, y *apd.Decimal) (int64, error) {
	digits := int32(max(8-lnWeight(x), 0))
	ln, product := new(apd.Decimal), new(apd.Decimal)
	if _, err := decimalContext(int64(digits)+30).Ln(ln, x); err != nil {
		return 0, sqlerr.Internal("power: %w", err)
	}
	types.RoundNumeric(ln, ln, digits)
	if _, err := decimalContext(ln.NumDigits()+y.NumDigits()+1).Mul(product, ln, y); err != nil {
		return 0, sqlerr.Internal("power: %w", err)
	}
	types.RoundNumeric(product, product, digits)
	return int64(numericFloat(product) * 0.434294481903252), nil
}

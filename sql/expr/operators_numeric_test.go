package expr

import (
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/types"
)

// randomNumeric gives one of few digits, many, or about as many as fit 64 bits.
func randomNumeric(r *rand.Rand) *apd.Decimal {
	digits := []int{1, 2, 4, 9, 17, 18, 19, 20, 21, 38, 60}[r.IntN(11)]
	var b strings.Builder
	for range digits {
		b.WriteByte(byte('0') + byte(r.IntN(10)))
	}
	c, _ := new(big.Int).SetString(b.String(), 10)
	if r.IntN(8) == 0 { // at a bound
		c.Lsh(big.NewInt(1), []uint{62, 63, 64, 128}[r.IntN(4)])
		c.Add(c, big.NewInt(int64(r.IntN(3)-1)))
	}
	d := &apd.Decimal{Exponent: -int32([]int{0, 0, 2, 4, 7, 16, 20, 40}[r.IntN(8)])}
	d.Coeff.SetMathBigInt(c)
	d.Negative = r.IntN(2) == 0 && d.Coeff.Sign() != 0
	return d
}

// rat is the value.
func rat(d *apd.Decimal) *big.Rat {
	out := new(big.Rat).SetFrac(d.Coeff.MathBigInt(), types.PowerOfTen(int64(-d.Exponent)).MathBigInt())
	if d.Negative {
		out.Neg(out)
	}
	return out
}

// TestNumericArithmetic holds sums, products, quotients, roundings, order and text of decimals
// against rationals: of those that fit 64 bits, that do not, and between.
func TestNumericArithmetic(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 30_000 {
		x, y := randomNumeric(r), randomNumeric(r)
		scale := max(types.NumericScale(x), types.NumericScale(y))
		check := func(what string, got *apd.Decimal, want *big.Rat, scale int32) {
			t.Helper()
			if types.NumericScale(got) != scale || rat(got).Cmp(want) != 0 || got.Negative && got.Coeff.Sign() == 0 {
				t.Fatalf("%s of %s and %s is %s", what, x, y, got)
			}
		}
		check("the sum", numericAdd(x, y), new(big.Rat).Add(rat(x), rat(y)), scale)
		check("the difference", numericSub(x, y), new(big.Rat).Sub(rat(x), rat(y)), scale)
		product := numericMul(x, y)
		product.Negative = product.Negative && product.Coeff.Sign() != 0 // as NumericDatum does
		check("the product", product, new(big.Rat).Mul(rat(x), rat(y)), types.NumericScale(x)+types.NumericScale(y))
		if types.CompareNumeric(x, y) != rat(x).Cmp(rat(y)) {
			t.Fatalf("%s and %s are in the wrong order", x, y)
		}
		if text := string(types.AppendNumeric(nil, x)); text != rat(x).FloatString(int(types.NumericScale(x))) {
			t.Fatalf("%s is written %s", x, text)
		}
		to := int32(r.IntN(24))
		var rounded, cut apd.Decimal
		types.RoundNumeric(&rounded, x, to)
		check("the rounding", &rounded, roundedTo(rat(x), to, true), to)
		types.TruncateNumeric(&cut, x, to)
		check("the cut", &cut, roundedTo(rat(x), to, false), to)
		if y.Coeff.Sign() != 0 {
			q := new(big.Rat).Quo(rat(x), rat(y))
			to := divScale(x, y)
			got := quotient(x, y, to, true)
			got.Negative = got.Negative && got.Coeff.Sign() != 0
			check("the quotient", got, roundedTo(q, to, true), to)
			got = quotient(x, y, 0, false)
			got.Negative = got.Negative && got.Coeff.Sign() != 0
			check("the whole quotient", got, roundedTo(q, 0, false), 0)
		}
		if w, first := weight(x); x.Coeff.Sign() != 0 {
			// The value is first, and less than one more, times 10000 to the weight.
			unit := new(big.Rat).SetFrac(types.PowerOfTen(int64(max(w, 0)*4)).MathBigInt(), types.PowerOfTen(int64(max(-w, 0)*4)).MathBigInt())
			size := new(big.Rat).Abs(rat(x))
			low, high := new(big.Rat).Mul(unit, big.NewRat(int64(first), 1)), new(big.Rat).Mul(unit, big.NewRat(int64(first)+1, 1))
			if first < 1 || first > 9999 || size.Cmp(low) < 0 || size.Cmp(high) >= 0 {
				t.Fatalf("%s has weight %d and first digit %d", x, w, first)
			}
		}
	}
}

// roundedTo rounds half away from zero, or cuts, to a scale.
func roundedTo(x *big.Rat, scale int32, round bool) *big.Rat {
	ten := types.PowerOfTen(int64(scale)).MathBigInt()
	n := new(big.Int).Mul(new(big.Int).Abs(x.Num()), ten)
	if round {
		n.Mul(n, big.NewInt(2)).Add(n, x.Denom())
		n.Quo(n, new(big.Int).Mul(x.Denom(), big.NewInt(2)))
	} else {
		n.Quo(n, x.Denom())
	}
	if x.Sign() < 0 {
		n.Neg(n)
	}
	return new(big.Rat).SetFrac(n, ten)
}

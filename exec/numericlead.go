package exec

import (
	"math"
	"math/big"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/types"
)

// numericLeadScale is how many digits behind the point a numeric's lead has.
const numericLeadScale = 4

// fixedNumeric is the largest integer that is no larger than a numeric times ten to the
// numericLeadScale, and the end of the integers in its direction from SmallNumericLimit on:
// whatever form equal numerics have, it is the same of them.
func fixedNumeric(d types.Datum) int64 {
	v, scale, ok := d.Small()
	switch {
	case !ok:
		return fixedDecimal(d.Numeric())
	case scale <= numericLeadScale:
		up, ok := types.ScaleUp(v, numericLeadScale-scale)
		if !ok {
			return endOf(v < 0)
		}
		return up
	}
	by := scale - numericLeadScale
	if by > 18 {
		return min(0, max(v, -1))
	}
	power := types.SmallPower(by)
	q := v / power
	if v < 0 && v%power != 0 {
		q--
	}
	return q
}

func endOf(negative bool) int64 {
	if negative {
		return math.MinInt64
	}
	return math.MaxInt64
}

func fixedDecimal(x *apd.Decimal) int64 {
	switch {
	case x.Form == apd.NaN:
		return math.MaxInt64
	case x.Form != apd.Finite:
		return endOf(x.Negative)
	case x.IsZero():
		return 0
	}
	by := int64(x.Exponent) + numericLeadScale
	if x.NumDigits()+by > 19 {
		return endOf(x.Negative)
	}
	q, rest := new(big.Int).Set(x.Coeff.MathBigInt()), new(big.Int)
	switch {
	case by >= 0:
		q.Mul(q, new(big.Int).Exp(big.NewInt(10), big.NewInt(by), nil))
	case x.NumDigits()+by < 0:
		q, rest = new(big.Int), q
	default:
		q.QuoRem(q, new(big.Int).Exp(big.NewInt(10), big.NewInt(-by), nil), rest)
	}
	if x.Negative {
		if q.Neg(q); rest.Sign() != 0 {
			q.Sub(q, big.NewInt(1))
		}
	}
	if !q.IsInt64() || q.Int64() >= types.SmallNumericLimit || q.Int64() <= -types.SmallNumericLimit {
		return endOf(x.Negative)
	}
	return q.Int64()
}

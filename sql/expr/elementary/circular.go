package elementary

import (
	"math"
	"math/big"
)

// sineCosine are those of a number no greater than some π/4.
func sineCosine(r double) (sin, cos double) {
	square := r.times(r)
	sin, cos = reciprocals[27], reciprocals[28]
	for n := 25; n >= 1; n -= 2 {
		sin = reciprocals[n].minus(square.times(sin))
	}
	for n := 26; n >= 0; n -= 2 {
		cos = reciprocals[n].minus(square.times(cos))
	}
	return sin.times(r), cos
}

// turned gives the sine and cosine of any finite angle.
func turned(x float64) (sin, cos double) {
	r, quarter := reduce(x)
	sin, cos = sineCosine(r)
	switch quarter {
	case 1:
		return cos, sin.scaled(-1)
	case 2:
		return sin.scaled(-1), cos.scaled(-1)
	case 3:
		return cos.scaled(-1), sin
	}
	return sin, cos
}

// reduce takes so many quarter turns off that at most an eighth is left.
func reduce(x float64) (r double, quarter int) {
	if math.Abs(x) > 1e6 {
		return reduceLarge(x)
	}
	k := math.Round(x / (math.Pi / 2))
	r = double{x, 0}
	for _, part := range piParts {
		r = r.minus(product(k, part/2))
	}
	return r, int(k) & 3
}

// reduceLarge does so with as many digits of π as a large number takes.
func reduceLarge(x float64) (double, int) {
	const precision = 1400
	half := new(big.Float).SetPrec(precision).Quo(piOf(precision), big.NewFloat(2))
	n := new(big.Float).SetPrec(precision).SetFloat64(x)
	turns := new(big.Float).SetPrec(precision).Quo(n, half)
	k, _ := turns.Int(nil)
	rest := new(big.Float).SetPrec(precision).Sub(n, new(big.Float).SetPrec(precision).Mul(half, new(big.Float).SetPrec(precision).SetInt(k)))
	if rest.Cmp(new(big.Float).Quo(half, big.NewFloat(2))) > 0 {
		rest.Sub(rest, half)
		k.Add(k, big.NewInt(1))
	} else if rest.Cmp(new(big.Float).Neg(new(big.Float).Quo(half, big.NewFloat(2)))) < 0 {
		rest.Add(rest, half)
		k.Sub(k, big.NewInt(1))
	}
	hi, _ := rest.Float64()
	lo, _ := rest.Sub(rest, new(big.Float).SetFloat64(hi)).Float64()
	return double{hi, lo}, int(new(big.Int).And(k, big.NewInt(3)).Int64())
}

// piOf computes π by Machin's formula, 16 arctan(1/5) - 4 arctan(1/239).
func piOf(precision uint) *big.Float {
	one := new(big.Int).Lsh(big.NewInt(1), precision+64)
	arctan := func(n int64) *big.Int {
		term := new(big.Int).Quo(one, big.NewInt(n))
		out, square := new(big.Int).Set(term), big.NewInt(n*n)
		for i := int64(3); term.Sign() != 0; i += 2 {
			term.Quo(term, square)
			part := new(big.Int).Quo(term, big.NewInt(i))
			if i%4 == 3 {
				out.Sub(out, part)
			} else {
				out.Add(out, part)
			}
		}
		return out
	}
	pi := new(big.Int).Mul(arctan(5), big.NewInt(16))
	pi.Sub(pi, new(big.Int).Mul(arctan(239), big.NewInt(4)))
	return new(big.Float).SetPrec(precision).SetMantExp(new(big.Float).SetPrec(precision).SetInt(pi), -int(precision+64))
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// Sin, Cos and Tan are of an angle in radians.
func Sin(x float64) float64 {
	if !finite(x) || math.Abs(x) < 1e-10 {
		return math.Sin(x)
	}
	sin, _ := turned(x)
	return sin.round()
}

func Cos(x float64) float64 {
	if !finite(x) {
		return math.Cos(x)
	}
	_, cos := turned(x)
	return cos.round()
}

func Tan(x float64) float64 {
	if !finite(x) || math.Abs(x) < 1e-10 {
		return math.Tan(x)
	}
	sin, cos := turned(x)
	return sin.over(cos).round()
}

// arcSine is of what is no greater than some 0.71.
func arcSine(x double) double {
	guess := math.Asin(x.hi)
	sin, cos := turned(guess)
	off := x.minus(sin)
	return double{guess, 0}.plus(off.over(cos))
}

// steepArcCosine is of an x from 0.5 to 1: twice the arc sine of the root of (1-x)/2.
func steepArcCosine(x float64) double {
	return arcSine(sum(1, -x).scaled(0.5).root()).scaled(2)
}

// Asin and Acos are the inverse functions, NaN beyond 1.
func Asin(x float64) float64 {
	size := math.Abs(x)
	switch {
	case !(size <= 1) || size < 1e-8:
		return math.Asin(x)
	case size <= 0.5:
		return arcSine(double{x, 0}).round()
	}
	return math.Copysign(halfPi.minus(steepArcCosine(size)).round(), x)
}

func Acos(x float64) float64 {
	switch size := math.Abs(x); {
	case !(size <= 1):
		return math.Acos(x)
	case size <= 0.5:
		return halfPi.minus(arcSine(double{x, 0})).round()
	case x > 0:
		return steepArcCosine(x).round()
	default:
		return pi.minus(steepArcCosine(size)).round()
	}
}

// arcTangent is of any finite number.
func arcTangent(x double) double {
	guess := math.Atan(x.hi)
	sin, cos := turned(guess)
	// x is a little more than tan(guess): atan of (x - t) / (1 + x t), without the division by cos.
	off := x.times(cos).minus(sin).over(cos.plus(x.times(sin)))
	return double{guess, 0}.plus(off)
}

// Atan is the inverse of Tan.
func Atan(x float64) float64 {
	if !finite(x) || math.Abs(x) < 1e-8 || math.Abs(x) > 1e17 {
		return math.Atan(x)
	}
	return arcTangent(double{x, 0}).round()
}

// Atan2 is the angle of a point.
func Atan2(y, x float64) float64 {
	if rough := math.Atan2(y, x); !finite(y) || !finite(x) || y == 0 || x == 0 || math.Abs(rough) < 1e-290 || outOfScale(y, x) {
		return rough
	}
	angle := arcTangent(double{math.Abs(y), 0}.over(double{math.Abs(x), 0}))
	if x < 0 {
		angle = pi.minus(angle)
	}
	return math.Copysign(angle.round(), y)
}

// outOfScale says that the quotient is too large or too small for its second half to be one.
func outOfScale(y, x float64) bool {
	q := math.Abs(y / x)
	return q > 1e250 || q < 1e-250 || math.Abs(x) < 1e-250 || math.Abs(x) > 1e250
}

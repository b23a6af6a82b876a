package elementary

import "math"

// exponential is e to the x, as a double times a power of two. |x| is below 1100.
func exponential(x double) (double, int) {
	k := math.Round(x.hi / ln2Parts[0])
	r := x
	for _, part := range ln2Parts {
		p := product(k, part)
		r = r.minus(p)
	}
	// exp(r) is exp(r/8) to the eighth.
	s := seriesOfExp(r.scaled(1.0 / 8))
	for range 3 { // (1+s)² - 1
		s = s.scaled(2).plus(s.times(s))
	}
	return double{1, 0}.plus(s), int(k)
}

// seriesOfExp is exp(r) - 1 of a small r.
func seriesOfExp(r double) double {
	out := reciprocals[16]
	for n := 15; n >= 1; n-- {
		out = out.times(r).plus(reciprocals[n])
	}
	return out.times(r)
}

// scale gives a times two to the k, rounded once, into the subnormal numbers too.
func scale(a double, k int) float64 {
	if k > -1000 {
		return math.Ldexp(a.round(), k)
	}
	// What does not fit is decided by the rounding of hi with lo told in its last place.
	hi := quick(a.hi, a.lo)
	if hi.lo != 0 && math.Float64bits(hi.hi)&1 == 0 {
		toward := math.Inf(1)
		if hi.lo < 0 {
			toward = math.Inf(-1)
		}
		hi.hi = math.Nextafter(hi.hi, toward)
	}
	return math.Ldexp(hi.hi, k)
}

// Exp is e to the x.
func Exp(x float64) float64 {
	switch {
	case math.IsNaN(x), math.IsInf(x, 1), x == 0:
		return math.Exp(x)
	case x > 710:
		return math.Inf(1)
	case x < -746:
		return 0
	}
	return scale(exponential(double{x, 0}))
}

// Expm1 is e to the x, less one.
func Expm1(x float64) float64 {
	if math.IsNaN(x) || math.Abs(x) < 1e-20 || x > 700 || x < -50 {
		return math.Expm1(x)
	}
	return expm1(x).round()
}

func expm1(x float64) double {
	if math.Abs(x) < 0.04 {
		return seriesOfExp(double{x, 0})
	}
	e, k := exponential(double{x, 0})
	return e.scaled(math.Ldexp(1, k)).minus(double{1, 0})
}

// logarithm is the natural one of a positive, finite x: a guess and a step of Newton's.
func logarithm(x double) double {
	m, k := math.Frexp(x.hi)
	if m < math.Sqrt2/2 {
		m, k = m*2, k-1
	}
	mantissa := double{m, math.Ldexp(x.lo, -k)}
	guess := math.Log(m)
	e, j := exponential(double{-guess, 0})
	off := mantissa.times(e.scaled(math.Ldexp(1, j))).minus(double{1, 0})
	// log(1+off) is off - off²/2 + ..., and off is smaller than 1e-15.
	out := double{guess, 0}.plus(off).minus(off.times(off).scaled(0.5))
	return product(float64(k), ln2Parts[0]).plus(product(float64(k), ln2Parts[1])).plus(out)
}

// Log is the natural logarithm.
func Log(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 1) {
		return math.Log(x)
	}
	return logarithm(double{x, 0}).round()
}

// log10E is the decimal logarithm of e; log2High and log2Low are that of 2 in two parts, the
// first of which times any exponent is exact.
const (
	log10E   = 0.43429448190325182765
	log2High = 3.01029995663611771306e-01
	log2Low  = 3.69423907715893078616e-13
)

// Log10 is the decimal logarithm, made of the natural one as C libraries do, whose last
// bit it shares.
func Log10(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 1) {
		return math.Log10(x)
	}
	m, k := math.Frexp(x)
	m, k = m*2, k-1 // in [1, 2)
	if k < 0 {      // in [0.5, 1)
		m, k = m/2, k+1
	}
	y := float64(k)
	z := y*log2Low + log10E*Log(m)
	return z + y*log2High
}

// Pow is x to the y.
func Pow(x, y float64) float64 {
	rough := math.Pow(x, y)
	if math.IsNaN(rough) || math.IsInf(rough, 0) || rough == 0 || x == 0 || math.IsInf(x, 0) || math.IsInf(y, 0) || y == 0 || x == 1 || y == 1 {
		return rough
	}
	out := scale(exponential(logarithm(double{math.Abs(x), 0}).times(double{y, 0})))
	return math.Copysign(out, rough)
}

// Cbrt is the cube root.
func Cbrt(x float64) float64 {
	y := math.Cbrt(x)
	if size := math.Abs(x); !(size > 1e-290 && size < 1e290) {
		return y
	}
	off := double{x, 0}.minus(product(y, y).times(double{y, 0}))
	return y + off.hi/(3*y*y)
}

// Package elementary has the elementary functions of double precision numbers rounded as
// the C library rounds that PostgreSQL is run with: of nearly every argument the double that
// is next to the true value. The functions of package math are right to the last bit but one,
// which shows where a number is written with all its digits.
//
// They are computed with numbers of twice the precision, pairs of doubles whose sum is
// meant, and rounded once.
package elementary

import (
	"math"
	"math/big"
)

// double is the sum of two doubles of which lo is no more than half a last bit of hi.
type double struct{ hi, lo float64 }

func sum(a, b float64) double { // exact
	s := a + b
	v := s - a
	return double{s, (a - (s - v)) + (b - v)}
}

func quick(a, b float64) double { // exact where |a| >= |b|
	s := a + b
	return double{s, b - (s - a)}
}

func product(a, b float64) double { // exact
	p := a * b
	return double{p, math.FMA(a, b, -p)}
}

func (a double) plus(b double) double {
	s, t := sum(a.hi, b.hi), sum(a.lo, b.lo)
	s = quick(s.hi, s.lo+t.hi)
	return quick(s.hi, s.lo+t.lo)
}

func (a double) minus(b double) double { return a.plus(double{-b.hi, -b.lo}) }

func (a double) times(b double) double {
	p := product(a.hi, b.hi)
	return quick(p.hi, p.lo+(a.hi*b.lo+a.lo*b.hi))
}

func (a double) over(b double) double {
	q := a.hi / b.hi
	r := a.minus(b.times(double{q, 0}))
	q2 := r.hi / b.hi
	r = r.minus(b.times(double{q2, 0}))
	return quick(q, q2).plus(double{r.hi / b.hi, 0})
}

// scaled is a times a power of two.
func (a double) scaled(f float64) double { return double{a.hi * f, a.lo * f} }

func (a double) round() float64 { return a.hi + a.lo }

func (a double) root() double {
	if a.hi == 0 {
		return double{}
	}
	x := math.Sqrt(a.hi)
	r := a.minus(product(x, x))
	return quick(x, r.hi/(2*x))
}

// constant gives the digits of a number as a sum of n doubles.
func constant(digits string, n int) []float64 {
	rest, _, err := big.ParseFloat(digits, 10, 400, big.ToNearestEven)
	if err != nil {
		panic(err)
	}
	out := make([]float64, n)
	for i := range out {
		out[i], _ = rest.Float64()
		rest.Sub(rest, new(big.Float).SetFloat64(out[i]))
	}
	return out
}

const (
	piDigits  = "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798214808651"
	ln2Digits = "0.693147180559945309417232121458176568075500134360255254120680009493393621969694715605863326996418687"
)

var (
	piParts  = constant(piDigits, 4)
	ln2Parts = constant(ln2Digits, 3)
	pi       = double{piParts[0], piParts[1]}
	halfPi   = pi.scaled(0.5)

	// reciprocals[n] is 1/n!.
	reciprocals = func() (out [30]double) {
		f := big.NewFloat(1).SetPrec(400)
		for n := range out {
			if n > 0 {
				f.Quo(f, new(big.Float).SetPrec(400).SetInt64(int64(n)))
			}
			hi, _ := f.Float64()
			lo, _ := new(big.Float).SetPrec(400).Sub(f, new(big.Float).SetFloat64(hi)).Float64()
			out[n] = double{hi, lo}
		}
		return out
	}()
)

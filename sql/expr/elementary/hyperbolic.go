package elementary

import "math"

// The hyperbolic functions are made of exponentials as C libraries make them, which do not
// round them as carefully as the others: the last bit is theirs.

// Sinh is (e^x - e^-x) / 2.
func Sinh(x float64) float64 {
	size := math.Abs(x)
	half := math.Copysign(0.5, x)
	switch {
	case !finite(x) || size < 1.0/(1<<28):
		return x
	case size < 22:
		t := Expm1(size)
		if size < 1 {
			return half * (2*t - t*t/(t+1))
		}
		return half * (t + t/(t+1))
	case size < 709:
		return half * Exp(size)
	}
	return math.Sinh(x)
}

// Cosh is (e^x + e^-x) / 2.
func Cosh(x float64) float64 {
	size := math.Abs(x)
	switch {
	case !finite(x):
		return math.Cosh(x)
	case size < math.Ln2/2:
		t := Expm1(size)
		w := 1 + t
		if size < 1.0/(1<<55) {
			return w
		}
		return 1 + t*t/(w+w)
	case size < 22:
		t := Exp(size)
		return 0.5*t + 0.5/t
	case size < 709:
		return 0.5 * Exp(size)
	}
	return math.Cosh(x)
}

// Tanh is Sinh over Cosh.
func Tanh(x float64) float64 {
	size := math.Abs(x)
	var z float64
	switch {
	case !finite(x) || size >= 22:
		return math.Tanh(x)
	case size < 1.0/(1<<55):
		return x
	case size >= 1:
		z = 1 - 2/(Expm1(2*size)+2)
	default:
		t := Expm1(-2 * size)
		z = -t / (t + 2)
	}
	return math.Copysign(z, x)
}

// Acosh is the inverse of Cosh.
func Acosh(x float64) float64 {
	switch {
	case !(x > 1) || x >= 1<<28:
		return math.Acosh(x)
	case x > 2:
		return Log(2*x - 1/(x+math.Sqrt(x*x-1)))
	}
	t := x - 1
	return math.Log1p(t + math.Sqrt(2*t+t*t))
}

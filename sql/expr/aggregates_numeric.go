package expr

import (
	"math"
	"math/big"
	"math/bits"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/types"
)

// numericSum sums and averages numerics and integers exactly.
type numericSum struct {
	ints, average bool
	n             int64
	sum           apd.Decimal
	// small is the sum of the values of few digits, at a scale, as long as it fits.
	small int64
	scale int32
	// finest is how many values have had that scale; large: there is something in sum.
	finest int64
	large  bool
}

// Add adds a value.
func (a *numericSum) Add(_ *Context, args []types.Datum) error {
	a.n++
	v, scale, ok := args[0].Int(), int32(0), a.ints
	if !ok {
		v, scale, ok = args[0].Small()
	}
	if ok && scale != a.scale {
		if scale > a.scale {
			a.finest = 0
		}
		finest := scale > a.scale
		if v, ok = a.align(v, scale); ok && finest {
			a.finest++
		}
	} else {
		a.finest++
	}
	if !ok {
		a.sum, a.large = *numericAdd(&a.sum, num(args[0])), true
		return nil
	}
	s := a.small + v
	if (s > a.small) != (v > 0) && v != 0 {
		a.flush()
		s = v
	}
	a.small = s
	return nil
}

// align gives digits at the scale of the sum, which becomes theirs if that is larger; false
// where they do not fit.
func (a *numericSum) align(v int64, scale int32) (int64, bool) {
	if scale < a.scale {
		return types.ScaleUp(v, a.scale-scale)
	}
	up, ok := types.ScaleUp(a.small, scale-a.scale)
	if !ok {
		a.flush()
		up = 0
	}
	a.small, a.scale = up, scale
	return v, true
}

// Drop takes a value back, unless there were long ones or it is the last of the scale that
// the result has by its values.
func (a *numericSum) Drop(args []types.Datum) bool {
	v, scale, ok := args[0].Int(), int32(0), a.ints
	if !ok {
		v, scale, ok = args[0].Small()
	}
	if !ok || a.large {
		return false
	}
	if scale == a.scale {
		if a.finest--; a.finest == 0 && scale > 0 {
			return false
		}
	} else if v, ok = types.ScaleUp(v, a.scale-scale); !ok {
		return false
	}
	s := a.small - v
	if (s < a.small) != (v > 0) && v != 0 {
		return false
	}
	a.small, a.n = s, a.n-1
	return true
}

// flush adds the small values to the others.
func (a *numericSum) flush() {
	a.large = true
	a.sum = *numericAdd(&a.sum, apd.New(a.small, -a.scale))
	a.small = 0
}

// Result is NULL without rows.
func (a *numericSum) Result(*Context) (types.Datum, error) {
	if a.n == 0 {
		return types.Null, nil
	}
	total := numericAdd(&a.sum, apd.New(a.small, -a.scale))
	if a.average {
		avg, err := numericDiv(total, apd.New(a.n, 0))
		if err != nil {
			return types.Null, err
		}
		total = avg
	}
	return types.NumericDatum(total)
}

// numericVariance keeps the sums of values and of their squares.
type numericVariance struct {
	kind     varianceKind
	ints     bool
	n        int64
	sum, sqr apd.Decimal
	nan      bool
	// small is the sum of the values of few digits, at a scale, and high and low that of
	// their squares, at twice that, as long as they fit.
	small     int64
	high, low uint64
	scale     int32
}

// Add adds a value.
func (a *numericVariance) Add(_ *Context, args []types.Datum) error {
	a.n++
	v, scale, ok := args[0].Int(), int32(0), a.ints
	if !ok {
		v, scale, ok = args[0].Small()
	}
	if ok && scale < a.scale {
		v, ok = types.ScaleUp(v, a.scale-scale)
	}
	if ok && v != math.MinInt64 {
		if scale > a.scale {
			a.flush()
			a.scale = scale
		}
		a.addSmall(v)
		return nil
	}
	x := apd.New(args[0].Int(), 0)
	if !a.ints {
		x = num(args[0])
	}
	if x.Form != apd.Finite {
		a.nan = true
		return nil
	}
	a.sum = *numericAdd(&a.sum, x)
	a.sqr = *numericAdd(&a.sqr, numericMul(x, x))
	return nil
}

func (a *numericVariance) addSmall(v int64) {
	s := a.small + v
	high, low := bits.Mul64(magnitude(v), magnitude(v))
	low, carry := bits.Add64(a.low, low, 0)
	high, over := bits.Add64(a.high, high, carry)
	if over != 0 || (s > a.small) != (v > 0) && v != 0 {
		a.flush()
		s = v
		high, low = bits.Mul64(magnitude(v), magnitude(v))
	}
	a.small, a.high, a.low = s, high, low
}

// flush adds the small values to the others.
func (a *numericVariance) flush() {
	square := new(big.Int).SetUint64(a.high)
	square.Lsh(square, 64).Add(square, new(big.Int).SetUint64(a.low))
	a.sum = *numericAdd(&a.sum, apd.New(a.small, -a.scale))
	a.sqr = *numericAdd(&a.sqr, apd.NewWithBigInt(new(apd.BigInt).SetMathBigInt(square), -2*a.scale))
	a.small, a.high, a.low = 0, 0, 0
}

// Result is NULL with too few rows.
func (a *numericVariance) Result(*Context) (types.Datum, error) {
	if a.n == 0 || a.kind.sample && a.n < 2 {
		return types.Null, nil
	}
	if a.nan {
		return types.Object(&apd.Decimal{Form: apd.NaN}), nil
	}
	a.flush()
	n := apd.New(a.n, 0)
	top := numericSub(numericMul(n, &a.sqr), numericMul(&a.sum, &a.sum))
	if top.Sign() <= 0 {
		return types.NumericFromInt(0), nil
	}
	below := n
	if a.kind.sample {
		below = apd.New(a.n-1, 0)
	}
	v, err := numericDiv(top, numericMul(n, below))
	if err != nil {
		return types.Null, err
	}
	if a.kind.root {
		// The root has the variance's scale.
		if v, err = numericSqrtTo(v, v.NumDigits(), types.NumericScale(v)); err != nil {
			return types.Null, err
		}
	}
	return types.NumericDatum(v)
}

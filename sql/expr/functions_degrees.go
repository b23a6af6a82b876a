package expr

import (
	"math"

	"github.com/kalamsql/kalamsql/sql/expr/elementary"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Trigonometry in degrees. Each function is scaled so that it is exact where its
// value is well known: sind(30) is 0.5 and tand(45) is 1.

func degreesTrig(f func(float64) float64) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		x := a[0].Float()
		switch {
		case math.IsInf(x, 0):
			return types.Null, sqlerr.New(sqlerr.NumericValueOutOfRange, "input is out of range")
		case math.IsNaN(x):
			return a[0], nil
		}
		return types.Float(f(x)), nil
	}
}

func radians(x float64) float64 { return x * (math.Pi / 180) }

// What the functions are scaled by.
var (
	sin30        = elementary.Sin(radians(30))
	oneLessCos60 = 1 - elementary.Cos(radians(60))
	asinHalf     = elementary.Asin(0.5)
	acosHalf     = elementary.Acos(0.5)
	atanOne      = elementary.Atan(1)
	tan45        = sindFirst(45) / cosdFirst(45)
	cot45        = cosdFirst(45) / sindFirst(45)
)

// sindFirst and cosdFirst are of the first quadrant.
func sindFirst(x float64) float64 {
	if x <= 30 {
		return elementary.Sin(radians(x)) / sin30 / 2
	}
	return cosdFirst(90 - x)
}

func cosdFirst(x float64) float64 {
	if x <= 60 {
		return 1 - (1-elementary.Cos(radians(x)))/oneLessCos60/2
	}
	return sindFirst(90 - x)
}

// firstQuadrant moves an angle to the first quadrant; it says whether the angle was
// below zero or more than half a turn, and whether it was in the second or third quadrant.
func firstQuadrant(x float64) (angle float64, below, mirrored bool) {
	x = math.Mod(x, 360)
	if x < 0 {
		x, below = -x, true
	}
	if x > 180 {
		x, below = 360-x, !below
	}
	if x > 90 {
		x, mirrored = 180-x, true
	}
	return x, below, mirrored
}

func signed(x float64, negative bool) float64 {
	if negative {
		x = -x
	}
	return x + 0 // no negative zero
}

func sind(x float64) float64 {
	x, below, _ := firstQuadrant(x)
	return signed(sindFirst(x), below)
}

func cosd(x float64) float64 {
	x, _, mirrored := firstQuadrant(x)
	return signed(cosdFirst(x), mirrored)
}

func tand(x float64) float64 {
	x, below, mirrored := firstQuadrant(x)
	return signed(sindFirst(x)/cosdFirst(x)/tan45, below != mirrored)
}

func cotd(x float64) float64 {
	x, below, mirrored := firstQuadrant(x)
	return signed(cosdFirst(x)/sindFirst(x)/cot45, below != mirrored)
}

func asind(x float64) float64 {
	switch {
	case x < 0:
		return -asind(-x)
	case x <= 0.5:
		return elementary.Asin(x) / asinHalf * 30
	}
	return 90 - elementary.Acos(x)/acosHalf*60
}

func acosd(x float64) float64 {
	switch {
	case x < 0:
		return 90 + asind(-x)
	case x <= 0.5:
		return 90 - elementary.Asin(x)/asinHalf*30
	}
	return elementary.Acos(x) / acosHalf * 60
}

func init() {
	register(map[string]EvalFunc{
		"dsind": degreesTrig(sind), "dcosd": degreesTrig(cosd), "dtand": degreesTrig(tand), "dcotd": degreesTrig(cotd),
		"dasind": domainFloat(asind), "dacosd": domainFloat(acosd),
		"datand":  floatFunc(func(x float64) float64 { return elementary.Atan(x) / atanOne * 45 }),
		"datan2d": floatOp(64, func(y, x float64) float64 { return elementary.Atan2(y, x) / atanOne * 45 }, nil).eval,
	})
}

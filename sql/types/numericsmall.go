package types

import (
	"encoding/binary"
	"strconv"

	"github.com/cockroachdb/apd/v3"
)

// # Numerics of few digits
//
// Almost all numerics are money and measures whose digits fit 64 bits. Such a Datum holds
// them itself, with their sign, and the scale in the place of the object that a longer one
// has; Numeric makes the decimal of either. Both forms of a value are the same value, so
// whoever makes a numeric may choose. What is done most often with numerics has a way for
// small ones that allocates nothing: reading and storing them, comparing, hashing, adding,
// multiplying and dividing them.

// numericScale is the scale of a numeric whose digits lie in its Datum.
type numericScale uint8

const (
	// SmallNumericLimit is what the digits of a small numeric stay below.
	SmallNumericLimit = 1_000_000_000_000_000_000
	// maxSmallScale is the largest scale of a small numeric.
	maxSmallScale = 100
)

// SmallNumeric makes a numeric of digits, with their sign, of which so many are behind the
// point; false if it is none of few digits.
func SmallNumeric(digits int64, scale int32) (Datum, bool) {
	if digits <= -SmallNumericLimit || digits >= SmallNumericLimit || scale < 0 || scale > maxSmallScale {
		return Null, false
	}
	return Datum{num: uint64(digits), ref: numericScale(scale)}, true
}

// Small gives the digits and the scale of a numeric that is held so.
func (d Datum) Small() (digits int64, scale int32, ok bool) {
	s, ok := d.ref.(numericScale)
	return int64(d.num), int32(s), ok
}

func (d Datum) isSmallNumeric() bool { _, ok := d.ref.(numericScale); return ok }

// NumericOf makes a numeric of digits, with their sign, of which so many, up to
// MaxNumericScale, are behind the point.
func NumericOf(digits int64, scale int32) Datum {
	if d, ok := SmallNumeric(digits, scale); ok {
		return d
	}
	return Object(apd.New(digits, -scale))
}

// Shrunk gives a numeric in the form for few digits, if it has that.
func Shrunk(d Datum) Datum {
	n, ok := d.ref.(*apd.Decimal)
	if !ok || n.Form != apd.Finite || !n.Coeff.IsInt64() {
		return d
	}
	v := n.Coeff.Int64()
	if n.Negative {
		v = -v
	}
	if small, ok := SmallNumeric(v, -n.Exponent); ok {
		return small
	}
	return d
}

// AlignSmall gives the digits of two small numerics at the larger scale; false where they
// do not fit.
func AlignSmall(x int64, xs int32, y int64, ys int32) (a, b int64, scale int32, ok bool) {
	if xs == ys {
		return x, y, xs, true
	}
	if xs < ys {
		x, ok = ScaleUp(x, ys-xs)
		return x, y, ys, ok
	}
	y, ok = ScaleUp(y, xs-ys)
	return x, y, xs, ok
}

// ScaleUp appends zeros to digits; false where the result is none of a small numeric.
func ScaleUp(v int64, by int32) (int64, bool) {
	if v == 0 {
		return 0, true
	}
	if int(by) >= len(smallPowers) {
		return 0, false
	}
	limit := SmallNumericLimit / smallPowers[by]
	if v >= limit || v <= -limit {
		return 0, false
	}
	return v * smallPowers[by], true
}

// SmallPower is ten to the n, which is at most 18.
func SmallPower(n int32) int64 { return smallPowers[n] }

// appendSmall appends the text form.
func appendSmall(dst []byte, v int64, scale int32) []byte {
	if v < 0 {
		dst = append(dst, '-')
		v = -v
	}
	if scale == 0 {
		return strconv.AppendInt(dst, v, 10)
	}
	var room [maxSmallScale + 24]byte
	digits := strconv.AppendInt(room[:0], v, 10)
	whole := len(digits) - int(scale)
	if whole <= 0 {
		dst = append(dst, '0', '.')
		for range -whole {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	return append(append(append(dst, digits[:whole]...), '.'), digits[whole:]...)
}

// hashSmall is hashNumeric.
func hashSmall(h uint64, v int64, scale int32) uint64 {
	if v < 0 {
		h, v = mix(h, 1), -v
	}
	if v == 0 {
		return mix(h, 0)
	}
	exp := -int64(scale)
	for v%10 == 0 {
		v, exp = v/10, exp+1
	}
	return mix(mix(h, uint64(v)), uint64(exp))
}

// precise is a small numeric rounded to a precision and scale; false where it does not fit
// or that is not decided here.
func precise(v int64, scale, precision, to int32) (Datum, bool) {
	switch by := scale - to; {
	case by < 0:
		var ok bool
		if v, ok = ScaleUp(v, -by); !ok {
			return Null, false
		}
	case by > 0:
		if int(by) >= len(smallPowers) {
			return Null, false
		}
		v = roundedQuotient(v, smallPowers[by])
	}
	if to < 0 || int(precision) < len(smallPowers) && (v >= smallPowers[precision] || v <= -smallPowers[precision]) {
		return Null, false
	}
	return SmallNumeric(v, to)
}

// roundedQuotient rounds half away from zero.
func roundedQuotient(v, by int64) int64 {
	q, r := v/by, v%by
	switch {
	case r >= by-r && r > 0:
		return q + 1
	case -r >= by+r && r < 0:
		return q - 1
	}
	return q
}

// smallCoefficient bounds what is put together without overflow: groups of four digits,
// then up to three zeros to complete one.
const smallCoefficient = 1e15

var smallPowers = [...]int64{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// receiveSmall reads groups of four digits, the first of which stands for ten thousand to
// the weight, as a value of a scale; false when they do not fit or are none.
func receiveSmall(groups []byte, weight int, negative bool, scale int) (Datum, bool) {
	n := len(groups) / 2
	if n > 4 {
		return Null, false
	}
	v := int64(0)
	for i := range n {
		g := binary.BigEndian.Uint16(groups[2*i:])
		if g >= 10000 {
			return Null, false
		}
		v = v*10000 + int64(g)
	}
	// What lies beyond the declared scale is cut off.
	switch shift := 4*(weight-n+1) + scale; {
	case v == 0:
	case shift >= len(smallPowers) || shift <= -len(smallPowers):
		return Null, false
	case shift < 0:
		v /= smallPowers[-shift]
	case v >= smallCoefficient/smallPowers[shift]:
		return Null, false
	default:
		v *= smallPowers[shift]
	}
	if negative {
		v = -v
	}
	return NumericOf(v, int32(scale)), true
}

// smallGroups takes a coefficient apart into groups of four digits around the decimal
// point, without zeros at either end, into room; false when it does not fit.
func smallGroups(room []uint16, v int64, scale int32) (groups []uint16, weight int, ok bool) {
	if v >= smallCoefficient {
		return nil, 0, false
	}
	v *= smallPowers[(4-scale%4)%4]
	at := len(room)
	for ; v > 0; v /= 10000 {
		at--
		room[at] = uint16(v % 10000)
	}
	groups = room[at:]
	weight = len(groups) - (int(scale)+3)/4 - 1
	for len(groups) > 0 && groups[len(groups)-1] == 0 {
		groups = groups[:len(groups)-1]
	}
	return groups, weight, true
}

// appendSmallBinary appends the binary form, if smallGroups can make it.
func appendSmallBinary(dst []byte, v int64, scale int32) ([]byte, bool) {
	sign := uint16(numericPositive)
	if v < 0 {
		sign, v = numericNegative, -v
	}
	var room [5]uint16
	groups, weight, ok := smallGroups(room[:], v, scale)
	if !ok {
		return dst, false
	}
	if v == 0 {
		weight = 0
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(groups)))
	dst = binary.BigEndian.AppendUint16(dst, uint16(int16(weight)))
	dst = binary.BigEndian.AppendUint16(dst, sign)
	dst = binary.BigEndian.AppendUint16(dst, uint16(scale))
	for _, g := range groups {
		dst = binary.BigEndian.AppendUint16(dst, g)
	}
	return dst, true
}

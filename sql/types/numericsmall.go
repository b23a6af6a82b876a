package types

import (
	"encoding/binary"

	"github.com/cockroachdb/apd/v3"
)

// # Numerics of few digits
//
// Almost all numerics are money and measures whose digits fit 64 bits. Their binary form,
// which is what a stored row has too, is read and made with integers instead of by way of
// decimal text.

// smallCoefficient bounds what is put together without overflow: groups of four digits,
// then up to three zeros to complete one.
const smallCoefficient = 1e15

var smallPowers = [...]int64{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

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
	d := &apd.Decimal{Negative: negative && v != 0, Exponent: -int32(scale)}
	d.Coeff.SetInt64(v)
	return Object(d), true
}

// smallGroups takes a coefficient apart into groups of four digits around the decimal
// point, without zeros at either end, into room; false when it does not fit.
func smallGroups(room []uint16, coeff *apd.BigInt, scale int32) (groups []uint16, weight int, ok bool) {
	if !coeff.IsInt64() || scale > MaxNumericScale {
		return nil, 0, false
	}
	v := coeff.Int64()
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

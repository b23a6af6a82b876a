package types

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"strconv"

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

// powers are the first powers of ten.
var powers = func() (list [80]apd.BigInt) {
	list[0].SetInt64(1)
	for i := range list[1:] {
		list[i+1].Mul(&list[i], apd.NewBigInt(10))
	}
	return list
}()

// PowerOfTen is ten to the n, which is not negative. It must not be changed.
func PowerOfTen(n int64) *apd.BigInt {
	if n < int64(len(powers)) {
		return &powers[n]
	}
	return new(apd.BigInt).Exp(&powers[1], apd.NewBigInt(n), nil)
}

// uintPowers are the powers of ten that fit 64 bits.
var uintPowers = func() (list [20]uint64) {
	list[0] = 1
	for i := range list[1:] {
		list[i+1] = 10 * list[i]
	}
	return list
}()

// SmallPower is ten to the n, if that fits 64 bits.
func SmallPower(n int64) (uint64, bool) {
	if n < 0 || n >= int64(len(uintPowers)) {
		return 0, false
	}
	return uintPowers[n], true
}

// rescaleSmall drops so many digits of a finite value, or adds some if negative; false if it does
// not fit 64 bits.
func rescaleSmall(d *apd.Decimal, shift int64, round bool) bool {
	if shift == 0 || !d.Coeff.IsUint64() {
		return shift == 0
	}
	v := d.Coeff.Uint64()
	p, ok := SmallPower(max(shift, -shift))
	if !ok {
		return false
	}
	if shift < 0 {
		high, low := bits.Mul64(v, p)
		if high != 0 {
			return false
		}
		v = low
	} else {
		rest := v % p
		if v /= p; round && rest >= p-rest {
			v++
		}
	}
	d.Coeff.SetUint64(v)
	d.Exponent += int32(shift)
	d.Negative = d.Negative && v != 0
	return true
}

// compareSmall orders two finite values; false if they do not fit.
func compareSmall(a, b *apd.Decimal) (order int, ok bool) {
	if a.Form != apd.Finite || b.Form != apd.Finite || !a.Coeff.IsUint64() || !b.Coeff.IsUint64() {
		return 0, false
	}
	if s, t := a.Sign(), b.Sign(); s != t || s == 0 {
		return cmp.Compare(s, t), true
	}
	// Both at the larger scale, of 128 bits.
	p, fits := SmallPower(int64(max(a.Exponent, b.Exponent)) - int64(min(a.Exponent, b.Exponent)))
	if !fits {
		return 0, false
	}
	p1, p2 := uint64(1), p
	if a.Exponent > b.Exponent {
		p1, p2 = p, 1
	}
	high1, low1 := bits.Mul64(a.Coeff.Uint64(), p1)
	high2, low2 := bits.Mul64(b.Coeff.Uint64(), p2)
	if order = cmp.Compare(high1, high2); order == 0 {
		order = cmp.Compare(low1, low2)
	}
	if a.Negative {
		order = -order
	}
	return order, true
}

// appendSmall appends the text of a coefficient with a scale.
func appendSmall(dst []byte, v uint64, scale int, negative bool) []byte {
	var room [20]byte
	digits := strconv.AppendUint(room[:0], v, 10)
	if negative {
		dst = append(dst, '-')
	}
	switch point := len(digits) - scale; {
	case scale == 0:
		return append(dst, digits...)
	case point > 0:
		dst = append(append(dst, digits[:point]...), '.')
		return append(dst, digits[point:]...)
	default:
		dst = append(dst, "0."...)
		for range -point {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
}

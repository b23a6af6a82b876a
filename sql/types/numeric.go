package types

import (
	"cmp"
	"encoding/binary"
	"math/big"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Numeric values are *apd.Decimal in one normal form: Exponent is minus the
// display scale, so 0 or negative; zero is never negative; NaN has no sign.
// Every function that makes a numeric ends in NumericDatum, which puts it there.

// The limits of the numeric type.
const (
	MaxNumericPrecision    = 1000
	maxNumericIntegerDigit = 131072
	MaxNumericScale        = 16383
)

// NumericDatum makes a Datum of d, which the caller gives up. It answers 22003
// for a value beyond what numeric can hold.
func NumericDatum(d *apd.Decimal) (Datum, error) {
	if err := normalizeNumeric(d); err != nil {
		return Null, err
	}
	return Object(d), nil
}

func normalizeNumeric(d *apd.Decimal) error {
	switch d.Form {
	case apd.NaN, apd.NaNSignaling:
		d.Form, d.Negative = apd.NaN, false
		return nil
	case apd.Infinite:
		return nil
	}
	if d.Coeff.Sign() == 0 {
		d.Negative = false
		if d.Exponent > 0 {
			d.Exponent = 0
		}
		return nil
	}
	if d.NumDigits()+int64(d.Exponent) > maxNumericIntegerDigit {
		return numericOverflow()
	}
	if d.Exponent > 0 {
		d.Coeff.Mul(&d.Coeff, PowerOfTen(int64(d.Exponent)))
		d.Exponent = 0
	}
	if d.Exponent < -MaxNumericScale {
		RoundNumeric(d, d, MaxNumericScale)
	}
	return nil
}

func numericOverflow() error {
	return sqlerr.New(sqlerr.NumericValueOutOfRange, "value overflows numeric format")
}

// Numeric gives the decimal of a numeric Datum; it must not be changed.
func (d Datum) Numeric() *apd.Decimal {
	if v, scale, ok := d.Small(); ok {
		return apd.New(v, -scale)
	}
	n, _ := d.ref.(*apd.Decimal)
	return n
}

// NumericFromInt makes a numeric of an integer.
func NumericFromInt(v int64) Datum { return NumericOf(v, 0) }

// NumericScale is the display scale: the digits after the point.
func NumericScale(d *apd.Decimal) int32 {
	if d.Form != apd.Finite || d.Exponent > 0 {
		return 0
	}
	return -d.Exponent
}

// RoundNumeric sets dst to x rounded half away from zero to scale digits after
// the point (before it, if negative), and gives it that scale.
func RoundNumeric(dst, x *apd.Decimal, scale int32) { rescale(dst, x, scale, true) }

// TruncateNumeric is RoundNumeric towards zero.
func TruncateNumeric(dst, x *apd.Decimal, scale int32) { rescale(dst, x, scale, false) }

func rescale(dst, x *apd.Decimal, scale int32, round bool) {
	if dst != x {
		dst.Set(x)
	}
	if dst.Form != apd.Finite {
		return
	}
	shift := int64(-scale) - int64(dst.Exponent) // digits to drop
	switch {
	case shift > 0 && shift > dst.NumDigits()+1:
		dst.Coeff.SetInt64(0)
	case shift > 0:
		pow := PowerOfTen(shift)
		var rem apd.BigInt
		dst.Coeff.QuoRem(&dst.Coeff, pow, &rem)
		if round && rem.Mul(&rem, apd.NewBigInt(2)).Cmp(pow) >= 0 {
			dst.Coeff.Add(&dst.Coeff, apd.NewBigInt(1))
		}
	case shift < 0 && dst.Coeff.Sign() != 0:
		dst.Coeff.Mul(&dst.Coeff, PowerOfTen(-shift))
	}
	dst.Exponent = -scale
	if scale < 0 {
		if dst.Coeff.Sign() != 0 {
			dst.Coeff.Mul(&dst.Coeff, PowerOfTen(int64(-scale)))
		}
		dst.Exponent = 0
	}
	if dst.Coeff.Sign() == 0 {
		dst.Negative = false
	}
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

// ParseNumeric reads a numeric's text form.
func ParseNumeric(s string) (*apd.Decimal, error) {
	v := trimSpace(s)
	body, negative := v, false
	if body != "" && (body[0] == '-' || body[0] == '+') {
		negative = body[0] == '-'
		body = body[1:]
	}
	switch {
	case strings.EqualFold(v, "nan"):
		return &apd.Decimal{Form: apd.NaN}, nil
	case strings.EqualFold(body, "inf"), strings.EqualFold(body, "infinity"):
		return &apd.Decimal{Form: apd.Infinite, Negative: negative}, nil
	}
	mantissa, expText, hasExp := body, "", false
	if i := strings.IndexAny(body, "eE"); i >= 0 {
		mantissa, expText, hasExp = body[:i], body[i+1:], true
	}
	whole, frac, _ := strings.Cut(mantissa, ".")
	digits := whole + frac
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return nil, badSyntax("numeric", s)
	}
	exp := int64(0)
	if hasExp {
		e := strings.TrimPrefix(strings.TrimPrefix(expText, "+"), "-")
		if e == "" || len(expText)-len(e) > 1 || strings.Trim(e, "0123456789") != "" {
			return nil, badSyntax("numeric", s)
		}
		n, err := strconv.ParseInt(expText, 10, 32)
		if err != nil || n > 1<<30 || n < -(1<<30) {
			return nil, numericOverflow()
		}
		exp = n
	}
	d := &apd.Decimal{Negative: negative}
	if len(digits) <= 18 {
		n, _ := strconv.ParseInt(digits, 10, 64)
		d.Coeff.SetInt64(n)
	} else {
		b, ok := new(big.Int).SetString(digits, 10)
		if !ok {
			return nil, badSyntax("numeric", s)
		}
		d.Coeff.SetMathBigInt(b)
	}
	exp -= int64(len(frac))
	if d.Coeff.Sign() != 0 && d.NumDigits()+exp > maxNumericIntegerDigit {
		return nil, numericOverflow()
	}
	if exp < -MaxNumericScale {
		drop := -exp - MaxNumericScale
		if drop > int64(len(digits))+1 {
			d.Coeff.SetInt64(0)
			d.Exponent = -MaxNumericScale
		} else {
			d.Exponent = int32(exp)
			RoundNumeric(d, d, MaxNumericScale)
		}
	} else {
		d.Exponent = int32(exp)
	}
	return d, normalizeNumeric(d)
}

// AppendNumeric appends the text form.
func AppendNumeric(dst []byte, d *apd.Decimal) []byte {
	switch {
	case d.Form == apd.NaN || d.Form == apd.NaNSignaling:
		return append(dst, "NaN"...)
	case d.Form == apd.Infinite && d.Negative:
		return append(dst, "-Infinity"...)
	case d.Form == apd.Infinite:
		return append(dst, "Infinity"...)
	}
	return d.Append(dst, 'f')
}

// CompareNumeric orders numerics by value, NaN greatest and equal to itself.
func CompareNumeric(a, b *apd.Decimal) int {
	an, bn := a.Form == apd.NaN, b.Form == apd.NaN
	switch {
	case an && bn:
		return 0
	case an:
		return 1
	case bn:
		return -1
	}
	return a.Cmp(b)
}

// numericCodec is numeric.
type numericCodec struct{}

func (numericCodec) input(_ *Type, s string, _ int32, _ *Env) (Datum, error) {
	d, err := ParseNumeric(s)
	if err != nil {
		return Null, err
	}
	return Shrunk(Object(d)), nil
}
func (numericCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	if v, scale, ok := d.Small(); ok {
		return appendSmall(dst, v, scale)
	}
	return AppendNumeric(dst, d.Numeric())
}
func (numericCodec) compare(_ *Type, a, b Datum) int {
	if x, xs, ok := a.Small(); ok {
		if y, ys, ok := b.Small(); ok {
			if x, y, _, ok := AlignSmall(x, xs, y, ys); ok {
				return cmp.Compare(x, y)
			}
		}
	}
	return CompareNumeric(a.Numeric(), b.Numeric())
}

// The sign words of the binary form.
const (
	numericPositive = 0x0000
	numericNegative = 0x4000
	numericNaN      = 0xC000
	numericPosInf   = 0xD000
	numericNegInf   = 0xF000
	infinityScale   = 0x20 // what numeric_send puts in an infinity's dscale
)

// receive reads base-10000 digits: ndigits, weight, sign, dscale, digits.
func (numericCodec) receive(_ *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	if len(b) < 8 {
		return Null, shortMessage()
	}
	n := int(binary.BigEndian.Uint16(b))
	weight := int(int16(binary.BigEndian.Uint16(b[2:])))
	sign := binary.BigEndian.Uint16(b[4:])
	scale := binary.BigEndian.Uint16(b[6:])
	b = b[8:]
	if len(b) < 2*n {
		return Null, shortMessage()
	}
	if len(b) > 2*n {
		return Null, badBinary("incorrect binary data format")
	}
	switch sign {
	case numericNaN:
		return Object(&apd.Decimal{Form: apd.NaN}), nil
	case numericPosInf:
		return Object(&apd.Decimal{Form: apd.Infinite}), nil
	case numericNegInf:
		return Object(&apd.Decimal{Form: apd.Infinite, Negative: true}), nil
	case numericPositive, numericNegative:
	default:
		return Null, badBinary("invalid sign in external \"numeric\" value")
	}
	if scale > MaxNumericScale {
		return Null, badBinary("invalid scale in external \"numeric\" value")
	}
	if d, ok := receiveSmall(b, weight, sign == numericNegative, int(scale)); ok {
		return d, nil
	}
	digits := make([]byte, 0, 4*n+1)
	for i := range n {
		v := binary.BigEndian.Uint16(b[2*i:])
		if v >= 10000 {
			return Null, badBinary("invalid digit in external \"numeric\" value")
		}
		digits = append(digits, byte('0'+v/1000), byte('0'+v/100%10), byte('0'+v/10%10), byte('0'+v%10))
	}
	d := &apd.Decimal{Negative: sign == numericNegative, Exponent: int32(4 * (weight - n + 1))}
	if n == 0 {
		d.Exponent = 0
	} else {
		c, _ := new(big.Int).SetString(string(digits), 10)
		d.Coeff.SetMathBigInt(c)
	}
	if d.Coeff.Sign() != 0 && d.NumDigits()+int64(d.Exponent) > maxNumericIntegerDigit {
		return Null, numericOverflow()
	}
	// numeric_recv truncates what lies beyond the declared scale.
	TruncateNumeric(d, d, int32(scale))
	return NumericDatum(d)
}

func (numericCodec) appendBinary(_ *Type, dst []byte, datum Datum, _ *Env) []byte {
	if v, scale, ok := datum.Small(); ok {
		if out, ok := appendSmallBinary(dst, v, scale); ok {
			return out
		}
	}
	d := datum.Numeric()
	head := func(n, weight int, sign uint16, scale int32) []byte {
		dst = binary.BigEndian.AppendUint16(dst, uint16(n))
		dst = binary.BigEndian.AppendUint16(dst, uint16(int16(weight)))
		dst = binary.BigEndian.AppendUint16(dst, sign)
		return binary.BigEndian.AppendUint16(dst, uint16(scale))
	}
	switch {
	case d.Form == apd.Infinite && d.Negative:
		return head(0, 0, numericNegInf, infinityScale)
	case d.Form == apd.Infinite:
		return head(0, 0, numericPosInf, infinityScale)
	case d.Form != apd.Finite:
		return head(0, 0, numericNaN, 0)
	}
	scale := NumericScale(d)
	if d.Coeff.Sign() == 0 {
		return head(0, 0, numericPositive, scale)
	}
	groups, weight := longGroups(&d.Coeff, scale)
	sign := uint16(numericPositive)
	if d.Negative {
		sign = numericNegative
	}
	dst = head(len(groups), weight, sign, scale)
	for _, g := range groups {
		dst = binary.BigEndian.AppendUint16(dst, g)
	}
	return dst
}

// longGroups takes a coefficient apart as smallGroups does, by way of its text.
func longGroups(coeff *apd.BigInt, scale int32) (groups []uint16, weight int) {
	text := coeff.String()
	// Align the digits to groups of four around the decimal point.
	if pad := (4 - int(scale)%4) % 4; pad > 0 {
		text += "000"[:pad]
	}
	fracGroups := (int(scale) + 3) / 4
	if pad := (4 - len(text)%4) % 4; pad > 0 {
		text = "000"[:pad] + text
	}
	for i := 0; i < len(text); i += 4 {
		n, _ := strconv.Atoi(text[i : i+4])
		groups = append(groups, uint16(n))
	}
	weight = len(groups) - fracGroups - 1
	for len(groups) > 0 && groups[0] == 0 {
		groups, weight = groups[1:], weight-1
	}
	for len(groups) > 0 && groups[len(groups)-1] == 0 {
		groups = groups[:len(groups)-1]
	}
	return groups, weight
}

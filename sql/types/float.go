package types

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// floatCodec is float4 and float8.
type floatCodec struct{ bits int }

func (c floatCodec) input(t *Type, s string, _ int32, _ *Env) (Datum, error) {
	v, err := ParseFloat(s, c.bits, t.SQLName)
	if err != nil {
		return Null, err
	}
	return Float(v), nil
}

// ParseFloat reads a float of 32 or 64 bits as float8in does; typeName is for
// the error.
func ParseFloat(s string, bits int, typeName string) (float64, error) {
	v := trimSpace(s)
	if v == "" || strings.ContainsRune(v, '_') {
		return 0, badSyntax(typeName, s)
	}
	f, err := strconv.ParseFloat(v, bits)
	if err != nil && !isRange(err) {
		return 0, badSyntax(typeName, s)
	}
	if err != nil || f == 0 && hasNonzeroDigit(v) {
		return 0, sqlerr.New(sqlerr.NumericValueOutOfRange, "\"%s\" is out of range for type %s", v, typeName)
	}
	return f, nil
}

// hasNonzeroDigit looks at the mantissa of a number in text.
func hasNonzeroDigit(s string) bool {
	if i := strings.IndexAny(s, "eEpP"); i >= 0 {
		s = s[:i]
	}
	return strings.ContainsAny(s, "123456789")
}

// AppendFloat appends f as float8out (or, with 32 bits, float4out) does:
// the shortest form that reads back exactly, or with extraDigits below 1 so many
// digits more than 15 (6).
func AppendFloat(dst []byte, f float64, bits, extraDigits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	digits, precision := 15, -1
	if bits == 32 {
		digits = 6
	}
	limit := digits
	if extraDigits < 1 {
		precision = max(digits+extraDigits, 1) - 1
		limit = precision + 1
	}
	var buf [40]byte
	sci := strconv.AppendFloat(buf[:0], f, 'e', precision, bits)
	mark := strings.LastIndexByte(string(sci), 'e')
	exp, _ := strconv.Atoi(string(sci[mark+1:]))
	if f != 0 && (exp < -4 || exp >= limit) {
		mantissa := sci[:mark]
		if precision > 0 {
			mantissa = trimZeros(mantissa)
		}
		dst = append(append(dst, mantissa...), sci[mark:]...)
		return dst
	}
	if precision < 0 {
		return strconv.AppendFloat(dst, f, 'f', -1, bits)
	}
	return append(dst, trimZeros(strconv.AppendFloat(buf[:0], f, 'f', max(precision-exp, 0), bits))...)
}

// trimZeros drops the zeros at the end of a fraction.
func trimZeros(b []byte) []byte {
	if !strings.Contains(string(b), ".") {
		return b
	}
	return []byte(strings.TrimSuffix(strings.TrimRight(string(b), "0"), "."))
}

func (c floatCodec) appendText(_ *Type, dst []byte, d Datum, env *Env) []byte {
	return AppendFloat(dst, d.Float(), c.bits, env.ExtraFloatDigits)
}
func (c floatCodec) receive(_ *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	if err := wantLen(b, c.bits/8); err != nil {
		return Null, err
	}
	if c.bits == 32 {
		return Float(float64(math.Float32frombits(binary.BigEndian.Uint32(b)))), nil
	}
	return Float(math.Float64frombits(binary.BigEndian.Uint64(b))), nil
}
func (c floatCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	if math.IsNaN(d.Float()) { // one NaN, PostgreSQL's
		if c.bits == 32 {
			return binary.BigEndian.AppendUint32(dst, 0x7fc00000)
		}
		return binary.BigEndian.AppendUint64(dst, 0x7ff8000000000000)
	}
	if c.bits == 32 {
		return binary.BigEndian.AppendUint32(dst, math.Float32bits(float32(d.Float())))
	}
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(d.Float()))
}
func (floatCodec) compare(_ *Type, a, b Datum) int { return CompareFloats(a.Float(), b.Float()) }

// CompareFloats orders floats as PostgreSQL does: NaN equals itself and is
// greater than everything else, and -0 equals 0.
func CompareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	case math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a):
		return 1
	}
	return -1
}

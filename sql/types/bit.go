package types

import (
	"encoding/binary"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// bitCodec is bit and bit varying: a string of the digits 0 and 1.
type bitCodec struct{}

func (bitCodec) input(_ *Type, s string, _ int32, _ *Env) (Datum, error) {
	switch {
	case s != "" && (s[0] == 'x' || s[0] == 'X'):
		var b strings.Builder
		for _, r := range s[1:] {
			v, ok := hexDigit(byte(min(r, 255)))
			if !ok {
				return Null, sqlerr.New(sqlerr.InvalidTextRepresentation, "\"%c\" is not a valid hexadecimal digit", r)
			}
			for shift := 3; shift >= 0; shift-- {
				b.WriteByte('0' + v>>shift&1)
			}
		}
		return String(b.String()), nil
	case s != "" && (s[0] == 'b' || s[0] == 'B'):
		s = s[1:]
	}
	for _, r := range s {
		if r != '0' && r != '1' {
			return Null, sqlerr.New(sqlerr.InvalidTextRepresentation, "\"%c\" is not a valid binary digit", r)
		}
	}
	return String(s), nil
}
func (bitCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return append(dst, d.Str()...)
}
func (bitCodec) receive(_ *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	if len(b) < 4 {
		return Null, shortMessage()
	}
	n := int(int32(binary.BigEndian.Uint32(b)))
	b = b[4:]
	if n < 0 {
		return Null, badBinary("invalid length in external bit string")
	}
	if err := wantLen(b, (n+7)/8); err != nil {
		return Null, err
	}
	out := make([]byte, n)
	for i := range out {
		out[i] = '0' + b[i/8]>>(7-i%8)&1
	}
	return Bytes(out), nil
}
func (bitCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	s := d.Str()
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(s)))
	start := len(dst)
	dst = append(dst, make([]byte, (len(s)+7)/8)...)
	for i := range len(s) {
		dst[start+i/8] |= (s[i] - '0') << (7 - i%8)
	}
	return dst
}
func (bitCodec) compare(_ *Type, a, b Datum) int { return compareStrings(a.Str(), b.Str()) }

func applyBits(t *Type, d Datum, n int, explicit bool) (Datum, error) {
	s := d.Str()
	switch {
	case n < 1 || len(s) == n:
		return d, nil
	case t == Varbit && len(s) < n:
		return d, nil
	case t == Varbit && !explicit:
		return Null, sqlerr.New(sqlerr.StringDataRightTruncation, "bit string too long for type bit varying(%d)", n)
	case !explicit:
		return Null, sqlerr.New(sqlerr.StringDataLengthMismatch, "bit string length %d does not match type bit(%d)", len(s), n)
	case len(s) > n:
		return String(s[:n]), nil
	}
	return String(s + strings.Repeat("0", n-len(s))), nil
}

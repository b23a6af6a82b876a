package types

import (
	"encoding/binary"
	"strconv"
	"strings"
)

// tidCodec is tid, a block and an offset in one integer.
type tidCodec struct{}

func (tidCodec) input(t *Type, s string, _ int32, _ *Env) (Datum, error) {
	inner, ok := strings.CutPrefix(trimLeftSpace(s), "(")
	block, rest, comma := strings.Cut(inner, ",")
	offset, after, closed := strings.Cut(rest, ")")
	b, err := strconv.ParseInt(trimSpace(block), 10, 64)
	n, err2 := strconv.ParseUint(trimSpace(offset), 10, 16)
	if !ok || !comma || !closed || after != "" || err != nil || err2 != nil || b < -1<<31 || b >= 1<<32 {
		return Null, badSyntax(t.SQLName, s)
	}
	return Int(int64(uint32(b))<<16 | int64(n)), nil
}
func (tidCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	dst = strconv.AppendInt(append(dst, '('), d.Int()>>16, 10)
	return append(strconv.AppendInt(append(dst, ','), d.Int()&0xffff, 10), ')')
}
func (tidCodec) receive(_ *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	if err := wantLen(b, 6); err != nil {
		return Null, err
	}
	return Int(int64(binary.BigEndian.Uint32(b))<<16 | int64(binary.BigEndian.Uint16(b[4:]))), nil
}
func (tidCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(d.Int()>>16))
	return binary.BigEndian.AppendUint16(dst, uint16(d.Int()))
}
func (tidCodec) compare(_ *Type, a, b Datum) int { return compareInts(a.Int(), b.Int()) }

package types

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// space is the white space of C's isspace, which input functions skip.
const space = " \t\n\v\f\r"

func trimSpace(s string) string {
	if s == "" || s[0] > ' ' && s[len(s)-1] > ' ' {
		return s // most often
	}
	return strings.Trim(s, space)
}

func compareStrings(a, b string) int { return strings.Compare(a, b) }

func compareInts(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// boolCodec is bool.
type boolCodec struct{}

// ParseBool reads a boolean as PostgreSQL does: any unique prefix of true,
// false, yes, no, on, off, and 1 and 0, in any case.
func ParseBool(s string) (value, ok bool) {
	s = strings.ToLower(trimSpace(s))
	switch {
	case s == "":
		return false, false
	case strings.HasPrefix("true", s), strings.HasPrefix("yes", s), s == "on", s == "1":
		return true, true
	case strings.HasPrefix("false", s), strings.HasPrefix("no", s), len(s) > 1 && strings.HasPrefix("off", s), s == "0":
		return false, true
	}
	return false, false
}

func (boolCodec) input(_ *Type, s string, _ int32, _ *Env) (Datum, error) {
	v, ok := ParseBool(s)
	if !ok {
		return Null, badSyntax("boolean", s)
	}
	return Bool(v), nil
}
func (boolCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	if d.Bool() {
		return append(dst, 't')
	}
	return append(dst, 'f')
}
func (boolCodec) receive(_ *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	if err := wantLen(b, 1); err != nil {
		return Null, err
	}
	return Bool(b[0] != 0), nil
}
func (boolCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return append(dst, byte(d.Int()))
}
func (boolCodec) compare(_ *Type, a, b Datum) int { return compareInts(a.Int(), b.Int()) }

// charCodec is "char", one byte.
type charCodec struct{}

func (charCodec) input(_ *Type, s string, _ int32, _ *Env) (Datum, error) {
	if s == "" {
		return Int(0), nil
	}
	if len(s) == 4 && s[0] == '\\' && octal(s[1]) && octal(s[2]) && octal(s[3]) {
		return Int(int64((s[1]-'0')<<6 | (s[2]-'0')<<3 | (s[3] - '0'))), nil
	}
	return Int(int64(s[0])), nil
}

func octal(c byte) bool { return c >= '0' && c <= '7' }

// appendText writes what is not ASCII as a backslash and three octal digits.
func (charCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	switch c := byte(d.Int()); {
	case c == 0:
		return dst
	case c >= 0x80:
		return append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
	default:
		return append(dst, c)
	}
}
func (charCodec) receive(_ *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	if err := wantLen(b, 1); err != nil {
		return Null, err
	}
	return Int(int64(b[0])), nil
}
func (charCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return append(dst, byte(d.Int()))
}
func (charCodec) compare(_ *Type, a, b Datum) int { return compareInts(a.Int(), b.Int()) }

// intCodec is int2, int4 and int8.
type intCodec struct{ bits int }

func (c intCodec) input(t *Type, s string, _ int32, _ *Env) (Datum, error) {
	n, err := ParseInt(s, c.bits, t.SQLName)
	if err != nil {
		return Null, err
	}
	return Int(n), nil
}

// ParseInt reads an integer of so many bits as int2in and its kin do; typeName
// is for the error.
func ParseInt(s string, bits int, typeName string) (int64, error) {
	v := trimSpace(s)
	digits := v
	if v != "" && (v[0] == '-' || v[0] == '+') {
		digits = v[1:]
	}
	if digits == "" {
		return 0, badSyntax(typeName, s)
	}
	for i := 0; i < len(digits); i++ {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, badSyntax(typeName, s)
		}
	}
	n, err := strconv.ParseInt(v, 10, bits)
	if err != nil {
		return 0, outOfRange(typeName, s)
	}
	return n, nil
}

func (intCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return strconv.AppendInt(dst, d.Int(), 10)
}
func (c intCodec) receive(_ *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	if err := wantLen(b, c.bits/8); err != nil {
		return Null, err
	}
	switch c.bits {
	case 16:
		return Int(int64(int16(binary.BigEndian.Uint16(b)))), nil
	case 32:
		return Int(int64(int32(binary.BigEndian.Uint32(b)))), nil
	}
	return Int(int64(binary.BigEndian.Uint64(b))), nil
}
func (c intCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	switch c.bits {
	case 16:
		return binary.BigEndian.AppendUint16(dst, uint16(d.Int()))
	case 32:
		return binary.BigEndian.AppendUint32(dst, uint32(d.Int()))
	}
	return binary.BigEndian.AppendUint64(dst, uint64(d.Int()))
}
func (intCodec) compare(_ *Type, a, b Datum) int { return compareInts(a.Int(), b.Int()) }

// oidCodec is oid, xid and cid: unsigned 32-bit numbers.
type oidCodec struct{}

func (oidCodec) input(t *Type, s string, _ int32, _ *Env) (Datum, error) {
	if t.Name == "xid" {
		n, _ := leadingUint(s)
		return Int(int64(uint32(n))), nil
	}
	v := trimSpace(s)
	n, err := strconv.ParseInt(v, 10, 64)
	switch {
	case err != nil && !isRange(err) || v == "":
		return Null, badSyntax(t.SQLName, s)
	case err != nil || n > math.MaxUint32 || n < math.MinInt32:
		return Null, outOfRange(t.SQLName, s)
	}
	return Int(int64(uint32(n))), nil
}

func isRange(err error) bool {
	e, ok := err.(*strconv.NumError)
	return ok && e.Err == strconv.ErrRange
}

func (oidCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return strconv.AppendUint(dst, uint64(uint32(d.Int())), 10)
}
func (oidCodec) receive(_ *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	if err := wantLen(b, 4); err != nil {
		return Null, err
	}
	return Int(int64(binary.BigEndian.Uint32(b))), nil
}
func (oidCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return binary.BigEndian.AppendUint32(dst, uint32(d.Int()))
}
func (oidCodec) compare(_ *Type, a, b Datum) int { return compareInts(a.Int(), b.Int()) }

// regCodec is the reg* types: OIDs that are written as names. The names are the
// session's to know; it sets Env.RegIn and Env.RegOut.
type regCodec struct{ oidCodec }

func (c regCodec) input(t *Type, s string, typmod int32, env *Env) (Datum, error) {
	v := trimSpace(s)
	if v == "-" {
		return Int(0), nil
	}
	if v != "" && strings.Trim(v, "0123456789") == "" {
		return c.oidCodec.input(Oid, s, typmod, env)
	}
	if env.RegIn == nil {
		if t == RegType {
			if found := LookupSQLName(v); found != nil {
				return Int(int64(found.OID)), nil
			}
			return Null, sqlerr.New(sqlerr.UndefinedObject, "type \"%s\" does not exist", v)
		}
		return Null, sqlerr.Unsupported("input of type %s without a catalog", t)
	}
	oid, err := env.RegIn(t, s)
	if err != nil {
		return Null, err
	}
	return Int(int64(oid)), nil
}
func (regCodec) appendText(t *Type, dst []byte, d Datum, env *Env) []byte {
	oid := OID(uint32(d.Int()))
	if oid == 0 {
		if t == RegOper || t == RegOperator {
			return append(dst, '0')
		}
		return append(dst, '-')
	}
	if env.RegOut != nil {
		if name, ok := env.RegOut(t, oid); ok {
			return append(dst, name...)
		}
	} else if t == RegType {
		if found := ByOID(oid); found != nil {
			return append(dst, found.SQLName...)
		}
	}
	return strconv.AppendUint(dst, uint64(oid), 10)
}

// xid8Codec is xid8.
type xid8Codec struct{}

func (xid8Codec) input(_ *Type, s string, _ int32, _ *Env) (Datum, error) {
	n, _ := leadingUint(s)
	return Int(int64(n)), nil
}

// leadingUint reads a number as C's strtoul does: with a sign, in octal behind 0 and
// hexadecimal behind 0x, as far as it goes; what is none is 0.
func leadingUint(s string) (n uint64, rest string) {
	s = strings.TrimLeft(s, space)
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	base, digits := uint64(10), "0123456789"
	switch low := strings.ToLower(s); {
	case strings.HasPrefix(low, "0x") && len(s) > 2 && strings.IndexByte("0123456789abcdef", low[2]) >= 0:
		base, digits, s = 16, "0123456789abcdef", s[2:]
	case strings.HasPrefix(s, "0"):
		base, digits = 8, "01234567"
	}
	overflow := false
	for s != "" {
		d := strings.IndexByte(digits, strings.ToLower(s[:1])[0])
		if d < 0 {
			break
		}
		if n > (math.MaxUint64-uint64(d))/base {
			overflow = true
		}
		n, s = n*base+uint64(d), s[1:]
	}
	if overflow {
		return math.MaxUint64, s
	}
	if negative {
		n = -n
	}
	return n, s
}
func (xid8Codec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return strconv.AppendUint(dst, uint64(d.Int()), 10)
}
func (xid8Codec) receive(t *Type, b []byte, m int32, env *Env) (Datum, error) {
	return intCodec{64}.receive(t, b, m, env)
}
func (xid8Codec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(d.Int()))
}
func (xid8Codec) compare(_ *Type, a, b Datum) int {
	return compareUints(uint64(a.Int()), uint64(b.Int()))
}

func compareUints(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// lsnCodec is pg_lsn.
type lsnCodec struct{ xid8Codec }

func (lsnCodec) input(_ *Type, s string, _ int32, _ *Env) (Datum, error) {
	high, low, ok := strings.Cut(s, "/")
	h, err1 := strconv.ParseUint(high, 16, 32)
	l, err2 := strconv.ParseUint(low, 16, 32)
	if !ok || err1 != nil || err2 != nil {
		return Null, badSyntax("pg_lsn", s)
	}
	return Int(int64(h<<32 | l)), nil
}
func (lsnCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	v := uint64(d.Int())
	return fmt.Appendf(dst, "%X/%X", v>>32, v&math.MaxUint32)
}

// voidCodec is void: the empty string.
type voidCodec struct{}

func (voidCodec) input(*Type, string, int32, *Env) (Datum, error)          { return String(""), nil }
func (voidCodec) appendText(_ *Type, dst []byte, _ Datum, _ *Env) []byte   { return dst }
func (voidCodec) receive(*Type, []byte, int32, *Env) (Datum, error)        { return String(""), nil }
func (voidCodec) appendBinary(_ *Type, dst []byte, _ Datum, _ *Env) []byte { return dst }
func (voidCodec) compare(*Type, Datum, Datum) int                          { return 0 }

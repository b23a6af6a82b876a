package types

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// CheckText answers 22021 if s is not UTF-8 or has a zero byte.
func CheckText(s string) error {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return nil
	}
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == 0 {
			return sqlerr.New(sqlerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x00")
		}
		if r == utf8.RuneError && n <= 1 {
			want := 1
			switch c := s[i]; {
			case c >= 0xf0 && c < 0xf8:
				want = 4
			case c >= 0xe0:
				want = 3
			case c >= 0xc0:
				want = 2
			}
			if s[i] >= 0xf8 {
				want = 1
			}
			var parts []string
			for _, c := range []byte(s[i:min(len(s), i+want)]) {
				parts = append(parts, fmt.Sprintf("0x%02x", c))
			}
			return sqlerr.New(sqlerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": %s", strings.Join(parts, " "))
		}
		i += n
	}
	return nil
}

// textCodec is text and the types that are held the same way.
type textCodec struct{}

func (textCodec) input(_ *Type, s string, _ int32, _ *Env) (Datum, error) {
	if err := CheckText(s); err != nil {
		return Null, err
	}
	return String(s), nil
}
func (textCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return append(dst, d.Str()...)
}
func (textCodec) receive(_ *Type, b []byte, _ int32, env *Env) (Datum, error) {
	s := string(b)
	if env.Client != nil {
		var err error
		if s, err = env.Client.Decode(b); err != nil {
			return Null, err
		}
	}
	if err := CheckText(s); err != nil {
		return Null, err
	}
	return String(s), nil
}
func (textCodec) appendBinary(_ *Type, dst []byte, d Datum, env *Env) []byte {
	if env.Client != nil {
		return env.Client.EncodeAll(dst, d.Str())
	}
	return append(dst, d.Str()...)
}
func (textCodec) compare(_ *Type, a, b Datum) int { return compareStrings(a.Str(), b.Str()) }

// nameLen is the longest identifier in bytes.
const nameLen = 63

// ClipName shortens an identifier to the bytes a name can hold, whole
// characters only.
func ClipName(s string) string {
	if len(s) <= nameLen {
		return s
	}
	n := nameLen
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// nameCodec is name.
type nameCodec struct{ textCodec }

func (c nameCodec) input(t *Type, s string, m int32, env *Env) (Datum, error) {
	return c.textCodec.input(t, ClipName(s), m, env)
}
func (c nameCodec) receive(t *Type, b []byte, m int32, env *Env) (Datum, error) {
	if len(b) > nameLen {
		return Null, sqlerr.New(sqlerr.NameTooLong, "identifier too long").WithDetail("Identifier must be less than 64 characters.")
	}
	return c.textCodec.receive(t, b, m, env)
}

// bpcharCodec is char(n): blanks at the end do not count in comparisons.
type bpcharCodec struct{ textCodec }

func (bpcharCodec) compare(_ *Type, a, b Datum) int {
	return compareStrings(strings.TrimRight(a.Str(), " "), strings.TrimRight(b.Str(), " "))
}

// byteaCodec is bytea.
type byteaCodec struct{}

func (byteaCodec) input(_ *Type, s string, _ int32, _ *Env) (Datum, error) {
	b, err := ParseBytea(s)
	if err != nil {
		return Null, err
	}
	return Bytes(b), nil
}

// ParseBytea reads either text form of bytea.
func ParseBytea(s string) ([]byte, error) {
	if strings.HasPrefix(s, `\x`) {
		return DecodeHex(s[2:])
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\':
			out = append(out, s[i])
		case i+3 < len(s) && s[i+1] >= '0' && s[i+1] <= '3' && isOctal(s[i+2]) && isOctal(s[i+3]):
			out = append(out, (s[i+1]-'0')<<6|(s[i+2]-'0')<<3|(s[i+3]-'0'))
			i += 3
		case i+1 < len(s) && s[i+1] == '\\':
			out = append(out, '\\')
			i++
		default:
			return nil, sqlerr.New(sqlerr.InvalidTextRepresentation, "invalid input syntax for type bytea")
		}
	}
	return out, nil
}

func isOctal(c byte) bool { return c >= '0' && c <= '7' }

// DecodeHex reads hexadecimal digits, with white space between them, as
// PostgreSQL's decode(..., 'hex') does; errors are 22023.
func DecodeHex(s string) ([]byte, error) {
	out := make([]byte, 0, len(s)/2)
	for i := 0; i < len(s); {
		if strings.IndexByte(" \n\t\r", s[i]) >= 0 {
			i++
			continue
		}
		high, ok := hexDigit(s[i])
		if !ok {
			return nil, badHexDigit(s[i:])
		}
		i++
		if i >= len(s) {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "invalid hexadecimal data: odd number of digits")
		}
		low, ok := hexDigit(s[i])
		if !ok {
			return nil, badHexDigit(s[i:])
		}
		i++
		out = append(out, high<<4|low)
	}
	return out, nil
}

func badHexDigit(s string) error {
	_, n := utf8.DecodeRuneInString(s)
	return sqlerr.New(sqlerr.InvalidParameterValue, "invalid hexadecimal digit: \"%s\"", s[:n])
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

func (byteaCodec) appendText(_ *Type, dst []byte, d Datum, env *Env) []byte {
	if !env.ByteaEscape {
		dst = append(dst, `\x`...)
		return hex.AppendEncode(dst, []byte(d.Str()))
	}
	return AppendByteaEscape(dst, d.Str())
}

// AppendByteaEscape appends the escape format of bytea.
func AppendByteaEscape(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			dst = append(dst, `\\`...)
		case c < 0x20 || c > 0x7e:
			dst = append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
func (byteaCodec) receive(_ *Type, b []byte, _ int32, _ *Env) (Datum, error) { return Bytes(b), nil }
func (byteaCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return append(dst, d.Str()...)
}
func (byteaCodec) compare(_ *Type, a, b Datum) int { return compareStrings(a.Str(), b.Str()) }

// uuidCodec is uuid.
type uuidCodec struct{}

func (uuidCodec) input(_ *Type, s string, _ int32, _ *Env) (Datum, error) {
	// PostgreSQL takes braces and a hyphen after any group of four digits.
	v := s
	if len(v) > 1 && v[0] == '{' && v[len(v)-1] == '}' {
		v = v[1 : len(v)-1]
	}
	var out [16]byte
	i := 0
	for n := range out {
		if i+2 > len(v) {
			return Null, badSyntax("uuid", s)
		}
		high, ok1 := hexDigit(v[i])
		low, ok2 := hexDigit(v[i+1])
		if !ok1 || !ok2 {
			return Null, badSyntax("uuid", s)
		}
		out[n] = high<<4 | low
		i += 2
		if n%2 == 1 && n < 15 && i < len(v) && v[i] == '-' {
			i++
		}
	}
	if i != len(v) {
		return Null, badSyntax("uuid", s)
	}
	return Bytes(out[:]), nil
}
func (uuidCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	var u uuid.UUID
	copy(u[:], d.Str())
	text, err := u.MarshalText()
	if err != nil {
		return dst
	}
	return append(dst, text...)
}
func (uuidCodec) receive(_ *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	if err := wantLen(b, 16); err != nil {
		return Null, err
	}
	return Bytes(b), nil
}
func (uuidCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return append(dst, d.Str()...)
}
func (uuidCodec) compare(_ *Type, a, b Datum) int { return compareStrings(a.Str(), b.Str()) }

// enumCodec is every enum: labels, in the order of their declaration.
type enumCodec struct{}

func (enumCodec) input(t *Type, s string, _ int32, _ *Env) (Datum, error) {
	if labelIndex(t, s) < 0 {
		return Null, sqlerr.New(sqlerr.InvalidTextRepresentation, "invalid input value for enum %s: \"%s\"", t, s)
	}
	return String(s), t.usable(s)
}

func labelIndex(t *Type, label string) int {
	for i, l := range t.Labels {
		if l == label {
			return i
		}
	}
	return -1
}
func (enumCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return append(dst, d.Str()...)
}
func (c enumCodec) receive(t *Type, b []byte, m int32, env *Env) (Datum, error) {
	if env.Stored {
		return String(string(b)), nil
	}
	return c.input(t, string(b), m, env)
}
func (enumCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return append(dst, d.Str()...)
}
func (enumCodec) compare(t *Type, a, b Datum) int {
	return labelIndex(t, a.Str()) - labelIndex(t, b.Str())
}

// aclCodec is aclitem, which catalogs show and nobody writes.
type aclCodec struct{ textCodec }

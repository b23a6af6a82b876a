package expr

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Normal forms of Unicode, and its escapes in text.

func normalForm(name string) (norm.Form, error) {
	switch strings.ToUpper(name) {
	case "NFC":
		return norm.NFC, nil
	case "NFD":
		return norm.NFD, nil
	case "NFKC":
		return norm.NFKC, nil
	case "NFKD":
		return norm.NFKD, nil
	}
	return 0, sqlerr.New(sqlerr.InvalidParameterValue, "invalid normalization form: %s", name)
}

// unescaper takes the escapes out of a text.
type unescaper struct {
	out  strings.Builder
	high rune // the first half of a surrogate pair, until the second is read
}

func wrongPair() error { return sqlerr.New(sqlerr.SyntaxError, "invalid Unicode surrogate pair") }

// digits reads a code point of so many hexadecimal digits.
func (u *unescaper) digits(s string, count int) error {
	if len(s) < count {
		return wrongEscape()
	}
	for _, c := range s[:count] {
		if !strings.ContainsRune("0123456789abcdefABCDEF", c) {
			return wrongEscape()
		}
	}
	n, _ := strconv.ParseUint(s[:count], 16, 32)
	if n == 0 || n > utf8.MaxRune {
		return sqlerr.New(sqlerr.InvalidParameterValue, "invalid Unicode code point: %04X", n)
	}
	r := rune(n)
	switch {
	case u.high != 0 && (r < 0xdc00 || r > 0xdfff), u.high == 0 && r >= 0xdc00 && r <= 0xdfff:
		return wrongPair()
	case u.high != 0:
		r, u.high = 0x10000+(u.high&0x3ff)<<10+r&0x3ff, 0
	case r >= 0xd800 && r <= 0xdbff:
		u.high = r
		return nil
	}
	u.out.WriteRune(r)
	return nil
}

func wrongEscape() error {
	return sqlerr.New(sqlerr.SyntaxError, "invalid Unicode escape").
		WithHint(`Unicode escapes must be \XXXX, \+XXXXXX, \uXXXX, or \UXXXXXXXX.`)
}

func unescape(_ *Context, a []types.Datum) (types.Datum, error) {
	u := &unescaper{}
	for s := a[0].Str(); s != ""; {
		plain := strings.IndexByte(s, '\\')
		if plain < 0 {
			plain = len(s)
		}
		if rest := s[plain:]; plain > 0 || strings.HasPrefix(rest, `\\`) {
			if u.high != 0 {
				return types.Null, wrongPair()
			}
			u.out.WriteString(s[:plain])
			if s = rest; strings.HasPrefix(s, `\\`) {
				u.out.WriteByte('\\')
				s = s[2:]
			}
			continue
		}
		skip, count := 1, 4
		switch {
		case strings.HasPrefix(s, `\+`):
			skip, count = 2, 6
		case strings.HasPrefix(s, `\u`):
			skip, count = 2, 4
		case strings.HasPrefix(s, `\U`):
			skip, count = 2, 8
		}
		if err := u.digits(s[skip:], count); err != nil {
			return types.Null, err
		}
		s = s[skip+count:]
	}
	if u.high != 0 {
		return types.Null, wrongPair()
	}
	return types.String(u.out.String()), nil
}

func init() {
	register(map[string]EvalFunc{
		"unicode_normalize_func": func(_ *Context, a []types.Datum) (types.Datum, error) {
			f, err := normalForm(a[1].Str())
			if err != nil {
				return types.Null, err
			}
			return types.String(f.String(a[0].Str())), nil
		},
		"unicode_is_normalized": func(_ *Context, a []types.Datum) (types.Datum, error) {
			f, err := normalForm(a[1].Str())
			if err != nil {
				return types.Null, err
			}
			return types.Bool(f.IsNormalString(a[0].Str())), nil
		},
		"unistr": unescape,
	})
}

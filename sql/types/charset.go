package types

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/transform"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Charset is an encoding that clients may have text in; what the server has is UTF-8.
type Charset struct {
	Name string // PostgreSQL's
	of   encoding.Encoding
}

// charsets are the encodings by their names and the other names that PostgreSQL knows
// them by, folded as foldEncoding does.
var charsets = func() map[string]*Charset {
	list := map[string]*Charset{}
	add := func(of encoding.Encoding, name string, aliases ...string) {
		c := &Charset{Name: name, of: of}
		for _, n := range append(aliases, name) {
			list[foldEncoding(n)] = c
		}
	}
	add(nil, "UTF8", "unicode")
	add(nil, "SQL_ASCII")
	add(charmap.ISO8859_1, "LATIN1", "ISO88591")
	add(charmap.ISO8859_2, "LATIN2", "ISO88592")
	add(charmap.ISO8859_3, "LATIN3", "ISO88593")
	add(charmap.ISO8859_4, "LATIN4", "ISO88594")
	add(charmap.ISO8859_9, "LATIN5", "ISO88599")
	add(charmap.ISO8859_10, "LATIN6", "ISO885910")
	add(charmap.ISO8859_13, "LATIN7", "ISO885913")
	add(charmap.ISO8859_14, "LATIN8", "ISO885914")
	add(charmap.ISO8859_15, "LATIN9", "ISO885915")
	add(charmap.ISO8859_16, "LATIN10", "ISO885916")
	add(charmap.ISO8859_5, "ISO_8859_5")
	add(charmap.ISO8859_6, "ISO_8859_6")
	add(charmap.ISO8859_7, "ISO_8859_7")
	add(charmap.ISO8859_8, "ISO_8859_8")
	add(charmap.Windows1250, "WIN1250", "WINDOWS1250")
	add(charmap.Windows1251, "WIN1251", "WINDOWS1251", "WIN")
	add(charmap.Windows1252, "WIN1252", "WINDOWS1252")
	add(charmap.Windows1253, "WIN1253", "WINDOWS1253")
	add(charmap.Windows1254, "WIN1254", "WINDOWS1254")
	add(charmap.Windows1255, "WIN1255", "WINDOWS1255")
	add(charmap.Windows1256, "WIN1256", "WINDOWS1256")
	add(charmap.Windows1257, "WIN1257", "WINDOWS1257")
	add(charmap.Windows1258, "WIN1258", "WINDOWS1258", "ABC", "TCVN", "TCVN5712", "VSCII")
	add(charmap.CodePage866, "WIN866", "WINDOWS866", "ALT")
	add(charmap.Windows874, "WIN874", "WINDOWS874")
	add(charmap.KOI8R, "KOI8R", "KOI8")
	add(charmap.KOI8U, "KOI8U")
	add(japanese.EUCJP, "EUC_JP")
	add(japanese.ShiftJIS, "SJIS", "SHIFTJIS", "MSKANJI", "WIN932", "WINDOWS932")
	add(korean.EUCKR, "UHC", "WIN949", "WINDOWS949")
	add(korean.EUCKR, "EUC_KR")
	add(simplifiedchinese.GBK, "GBK", "WIN936", "WINDOWS936")
	add(simplifiedchinese.GBK, "EUC_CN")
	add(simplifiedchinese.GB18030, "GB18030")
	add(traditionalchinese.Big5, "BIG5", "WIN950", "WINDOWS950")
	return list
}()

// foldEncoding leaves out what names of encodings are not told apart by.
func foldEncoding(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, name)
}

// CharsetNamed finds an encoding by one of its names, or nil.
func CharsetNamed(name string) *Charset { return charsets[foldEncoding(name)] }

// Converts says whether text in the encoding is other bytes than in UTF-8. It holds for
// a nil Charset, which is UTF-8.
func (c *Charset) Converts() bool { return c != nil && c.of != nil }

// Decode gives text in the encoding as UTF-8. What is no text in it is 22021 or 22P05.
func (c *Charset) Decode(b []byte) (string, error) {
	out, err := c.of.NewDecoder().Bytes(b)
	if err != nil {
		return "", sqlerr.New(sqlerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "%s"`, c.Name)
	}
	if at := strings.IndexRune(string(out), utf8.RuneError); at >= 0 {
		return "", c.undecodable(b)
	}
	if strings.IndexByte(string(out), 0) >= 0 {
		return "", sqlerr.New(sqlerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "%s": 0x00`, c.Name)
	}
	return string(out), nil
}

// DecodePart is Decode of a piece of a longer text, which may end within a character: rest
// are the bytes of that.
func (c *Charset) DecodePart(b []byte) (text string, rest []byte, err error) {
	out := make([]byte, 4*len(b))
	n, used, failed := c.of.NewDecoder().Transform(out, b, false)
	if failed != nil && failed != transform.ErrShortSrc {
		return "", nil, c.undecodable(b)
	}
	if strings.IndexRune(string(out[:n]), utf8.RuneError) >= 0 {
		return "", nil, c.undecodable(b)
	}
	return string(out[:n]), b[used:], nil
}

// undecodable names the first bytes that stand for nothing.
func (c *Charset) undecodable(b []byte) error {
	if m, ok := c.of.(*charmap.Charmap); ok {
		for _, one := range b {
			if m.DecodeByte(one) == utf8.RuneError {
				return sqlerr.New(sqlerr.UntranslatableCharacter, `character with byte sequence 0x%02x in encoding "%s" has no equivalent in encoding "UTF8"`, one, c.Name)
			}
		}
	}
	return sqlerr.New(sqlerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "%s"`, c.Name)
}

// Encode appends UTF-8 text in the encoding. A character that it has not is 22P05.
func (c *Charset) Encode(dst []byte, s string) ([]byte, error) {
	ascii := true
	for i := range len(s) {
		ascii = ascii && s[i] < utf8.RuneSelf
	}
	if ascii {
		return append(dst, s...), nil
	}
	e := c.of.NewEncoder()
	for _, r := range s {
		one, err := e.String(string(r))
		if err != nil {
			var parts []string
			for _, b := range []byte(string(r)) {
				parts = append(parts, fmt.Sprintf("0x%02x", b))
			}
			return dst, sqlerr.New(sqlerr.UntranslatableCharacter, `character with byte sequence %s in encoding "UTF8" has no equivalent in encoding "%s"`, strings.Join(parts, " "), c.Name)
		}
		dst = append(dst, one...)
	}
	return dst, nil
}

// EncodeAll is Encode with question marks for the characters that the encoding has not:
// what tells of an error must not fail.
func (c *Charset) EncodeAll(dst []byte, s string) []byte {
	for _, r := range s {
		out, err := c.Encode(dst, string(r))
		if err != nil {
			out = append(dst, '?')
		}
		dst = out
	}
	return dst
}

// Textual says whether the binary form of a type is its text.
func (t *Type) Textual() bool {
	switch b := t.base(); b.impl().(type) {
	case textCodec, bpcharCodec, nameCodec, jsonTextCodec, citextCodec, enumCodec, xmlCodec:
		return true
	}
	return false
}

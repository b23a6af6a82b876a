package parser

import (
	"strings"
	"unicode/utf8"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// The string constants of the scanner: '..', E'..', B'..', X'..', U&'..', and
// the identifiers "..", U&"..".

// continued says whether another piece of the same string follows after white
// space with a line end, and moves to its quote.
func (l *lexer) continued() bool {
	i, newline := l.pos, false
	for i < len(l.src) {
		switch c := l.src[i]; {
		case isSpace(c):
			newline = newline || c == '\n' || c == '\r'
			i++
		case strings.HasPrefix(l.src[i:], "--"):
			i = lineEnd(l.src, i)
		default:
			if newline && c == '\'' {
				l.pos = i
				return true
			}
			return false
		}
	}
	return false
}

// quoted scans '..' (the quote is at l.pos), with backslash escapes if asked.
// It says whether there is a string; then the token has been added.
func (l *lexer) quoted(start int, escapes bool) bool {
	return l.quotedAs(start, escapes, "unterminated quoted string")
}

func (l *lexer) quotedAs(start int, escapes bool, unterminated string) bool {
	from, open := l.pos+1, l.pos
	if n := strings.IndexByte(l.src[from:], '\''); n >= 0 && !(escapes && strings.IndexByte(l.src[from:from+n], '\\') >= 0) {
		end := from + n + 1
		l.pos = end
		if !strings.HasPrefix(l.src[end:], "'") && !l.continued() {
			l.pos = end
			l.add(tokString, l.src[from:end-1], start)
			return true
		}
		l.pos = open
	}
	var b strings.Builder
	for {
		l.pos++ // the opening quote
		for {
			if l.pos >= len(l.src) {
				l.failAt(unterminated, start, len(l.src))
				return false
			}
			c := l.src[l.pos]
			if c == '\'' {
				if l.pos+1 < len(l.src) && l.src[l.pos+1] == '\'' {
					b.WriteByte('\'')
					l.pos += 2
					continue
				}
				l.pos++
				break
			}
			if c == '\\' && escapes {
				if !l.escape(&b, start) {
					return false
				}
				continue
			}
			b.WriteByte(c)
			l.pos++
		}
		end := l.pos
		if !l.continued() {
			l.pos = end
			break
		}
	}
	text := b.String()
	if escapes && (strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text)) {
		l.fail(invalidEncoding(text))
		return false
	}
	l.add(tokString, text, start)
	return true
}

// digitsAt reads up to most digits of a base from i on.
func digitsAt(s string, i, most int, base rune) (value rune, count int) {
	for count < most && i+count < len(s) {
		d := rune(99)
		switch c := s[i+count]; {
		case isDigit(c):
			d = rune(c - '0')
		case c >= 'a' && c <= 'f':
			d = rune(c-'a') + 10
		case c >= 'A' && c <= 'F':
			d = rune(c-'A') + 10
		}
		if d >= base {
			break
		}
		value = value*base + d
		count++
	}
	return value, count
}

var plainEscapes = map[byte]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

// escape scans one backslash escape of E'..'.
func (l *lexer) escape(b *strings.Builder, start int) bool {
	if l.pos+1 >= len(l.src) {
		l.failAt("unterminated quoted string", start, len(l.src))
		return false
	}
	c := l.src[l.pos+1]
	if l.escaping {
		l.escaping = false
		l.warnEscape(c, start)
	}
	if plain, ok := plainEscapes[c]; ok {
		b.WriteByte(plain)
		l.pos += 2
		return true
	}
	switch {
	case c == 'x':
		if n, count := digitsAt(l.src, l.pos+2, 2, 16); count > 0 {
			b.WriteByte(byte(n))
			l.pos += 2 + count
			return true
		}
	case c == 'u' || c == 'U':
		return l.unicodeEscape(b)
	case c >= '0' && c <= '7':
		n, count := digitsAt(l.src, l.pos+1, 3, 8)
		b.WriteByte(byte(n))
		l.pos += 1 + count
		return true
	}
	b.WriteByte(c)
	l.pos += 2
	return true
}

// warnEscape tells of the first escape in a string that is no E'..'.
func (l *lexer) warnEscape(c byte, start int) {
	n := ast.Notice{Code: "22P06", Warning: true, At: utf8.RuneCountInString(l.src[:start]) + 1,
		Message: "nonstandard use of escape in a string literal", Hint: `Use the escape string syntax for escapes, e.g., E'\r\n'.`}
	switch c {
	case '\'':
		n.Message, n.Hint = `nonstandard use of \' in a string literal`, `Use '' to write quotes in strings, or use the escape string syntax (E'...').`
	case '\\':
		n.Message, n.Hint = `nonstandard use of \\ in a string literal`, `Use the escape string syntax for backslashes, e.g., E'\\'.`
	}
	l.notices = append(l.notices, n)
}

func isHighSurrogate(r rune) bool { return r >= 0xD800 && r < 0xDC00 }
func isLowSurrogate(r rune) bool  { return r >= 0xDC00 && r < 0xE000 }

// joined makes the character of a surrogate pair.
func joined(high, low rune) rune { return 0x10000 + (high-0xD800)<<10 + (low - 0xDC00) }

// unicodeEscape scans \uXXXX or \UXXXXXXXX, or two of them that make a pair.
func (l *lexer) unicodeEscape(b *strings.Builder) bool {
	var high rune
	for {
		start := l.pos
		most := 4
		if l.src[l.pos+1] == 'U' {
			most = 8
		}
		r, count := digitsAt(l.src, l.pos+2, most, 16)
		if count < most {
			l.fail(sqlerr.New(sqlerr.InvalidEscapeSequence, "invalid Unicode escape").WithHint(`Unicode escapes must be \uXXXX or \UXXXXXXXX.`).At(start))
			return false
		}
		end := l.pos + 2 + most
		switch {
		case high != 0 && !isLowSurrogate(r), high == 0 && isLowSurrogate(r):
			l.failAt("invalid Unicode surrogate pair", start, end)
			return false
		case high != 0:
			r = joined(high, r)
		case isHighSurrogate(r):
			high, l.pos = r, end
			if !strings.HasPrefix(l.src[l.pos:], `\u`) && !strings.HasPrefix(l.src[l.pos:], `\U`) {
				_, size := utf8.DecodeRuneInString(l.src[l.pos:])
				l.failAt("invalid Unicode surrogate pair", l.pos, l.pos+size)
				return false
			}
			continue
		case r <= 0 || r > utf8.MaxRune:
			l.failAt("invalid Unicode escape value", start, end)
			return false
		}
		b.WriteRune(r)
		l.pos = end
		return true
	}
}

// bits scans B'..' and X'..'.
func (l *lexer) bits(start int) {
	prefix, what := l.src[start]|0x20, "bit"
	if prefix == 'x' {
		what = "hexadecimal"
	}
	l.pos++
	// A doubled quote is no quote in it: the literal ends before the second.
	if n := strings.IndexByte(l.src[l.pos+1:], '\''); n >= 0 && strings.HasPrefix(l.src[l.pos+1+n:], "''") {
		text := l.src[l.pos+1 : l.pos+1+n]
		l.pos += n + 2
		l.add(tokBit, string(prefix)+text, start)
		return
	}
	if l.quotedAs(start, false, "unterminated "+what+" string literal") {
		last := &l.toks[len(l.toks)-1]
		last.kind, last.text = tokBit, string(prefix)+last.text
	}
}

// doubleQuoted scans "..", whose quote is at l.pos.
func (l *lexer) doubleQuoted(start int) (string, bool) {
	var b strings.Builder
	for l.pos++; ; l.pos++ {
		if l.pos >= len(l.src) {
			l.failAt("unterminated quoted identifier", start, len(l.src))
			return "", false
		}
		if l.src[l.pos] == '"' {
			if l.pos+1 < len(l.src) && l.src[l.pos+1] == '"' {
				l.pos++
			} else {
				break
			}
		}
		b.WriteByte(l.src[l.pos])
	}
	l.pos++
	if b.Len() == 0 {
		l.failAt("zero-length delimited identifier", start, l.pos)
		return "", false
	}
	return b.String(), true
}

// unicode scans U&'..' and U&"..", with UESCAPE if it follows.
func (l *lexer) unicode(start int) {
	l.pos += 2
	if l.Backslash && l.src[l.pos] == '\'' {
		l.fail(sqlerr.New(sqlerr.FeatureNotSupported, "unsafe use of string constant with Unicode escapes").
			WithDetail("String constants with Unicode escapes cannot be used when standard_conforming_strings is off.").At(start))
		return
	}
	k := tokQuoted
	var raw string
	if l.src[l.pos] == '"' {
		text, ok := l.doubleQuoted(start)
		if !ok {
			return
		}
		raw = text
	} else {
		if !l.quoted(start, false) {
			return
		}
		k, raw = tokString, l.toks[len(l.toks)-1].text
		l.toks = l.toks[:len(l.toks)-1]
	}
	end := l.pos
	escape, ok := l.uescape()
	if !ok {
		return
	}
	if escape == 0 {
		escape, l.pos = '\\', end
	}
	text, ok := l.decodeUnicode(raw, escape, start)
	if !ok {
		return
	}
	if k == tokQuoted {
		text = l.truncate(text)
	}
	l.add(k, text, start)
}

// uescape scans UESCAPE 'c'; 0 if it is not there.
func (l *lexer) uescape() (byte, bool) {
	l.space()
	if l.failed != nil {
		return 0, false
	}
	if end := identEnd(l.src, l.pos); !strings.EqualFold(l.src[l.pos:end], "uescape") {
		return 0, true
	}
	l.pos += len("uescape")
	mark := len(l.toks)
	if l.space(); l.failed != nil {
		return 0, false
	}
	const expected = "UESCAPE must be followed by a simple string literal"
	if l.pos == len(l.src) {
		l.fail(sqlerr.New(sqlerr.SyntaxError, expected+" at end of input").At(l.pos))
		return 0, false
	}
	if l.next(); l.failed != nil {
		return 0, false
	}
	t := l.toks[mark]
	l.toks = l.toks[:mark]
	if t.kind != tokString {
		l.failAt(expected, t.pos, t.end)
		return 0, false
	}
	if len(t.text) != 1 || strings.IndexByte("0123456789abcdefABCDEF+'\" \t\n\r\f", t.text[0]) >= 0 {
		l.failAt("invalid Unicode escape character", t.pos, t.end)
		return 0, false
	}
	return t.text[0], true
}

// decodeUnicode decodes the escapes of U&'..' and U&"..". Positions of errors
// count from the text between the quotes.
func (l *lexer) decodeUnicode(raw string, escape byte, start int) (string, bool) {
	if strings.IndexByte(raw, escape) < 0 {
		return raw, true
	}
	var b strings.Builder
	var high rune
	bad := func(i int, message string) *sqlerr.Error {
		return sqlerr.New(sqlerr.SyntaxError, "%s", message).At(start + 3 + i)
	}
	for i := 0; i < len(raw); {
		r, size := rune(0), 0
		switch {
		case raw[i] != escape, strings.HasPrefix(raw[i+1:], string(escape)):
			if high != 0 {
				l.fail(bad(i, "invalid Unicode surrogate pair"))
				return "", false
			}
			if raw[i] == escape {
				i++
			}
			b.WriteByte(raw[i])
			i++
			continue
		case strings.HasPrefix(raw[i+1:], "+"):
			if n, count := digitsAt(raw, i+2, 6, 16); count == 6 {
				r, size = n, 8
			}
		default:
			if n, count := digitsAt(raw, i+1, 4, 16); count == 4 {
				r, size = n, 5
			}
		}
		switch {
		case size == 0:
			l.fail(bad(i, "invalid Unicode escape").WithHint(`Unicode escapes must be \XXXX or \+XXXXXX.`))
			return "", false
		case r == 0 || r > utf8.MaxRune:
			l.fail(bad(i, "invalid Unicode escape value"))
			return "", false
		case (high != 0) != isLowSurrogate(r):
			l.fail(bad(i, "invalid Unicode surrogate pair"))
			return "", false
		case high != 0:
			b.WriteRune(joined(high, r))
			high = 0
		case isHighSurrogate(r):
			high = r
		default:
			b.WriteRune(r)
		}
		i += size
	}
	if high != 0 {
		l.fail(bad(len(raw), "invalid Unicode surrogate pair"))
		return "", false
	}
	return b.String(), true
}

package parser

import (
	"strings"
	"unicode/utf8"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// kind is the kind of a token.
type kind uint8

const (
	tokEOF     kind = iota
	tokIdent        // unquoted, folded; may be a keyword
	tokQuoted       // "quoted", decoded
	tokString       // decoded
	tokBit          // B'..' or X'..', text begins with b or x
	tokInteger      // fits int4
	tokNumber       // any other number
	tokParam        // $n, value in text
	tokOp           // operator, and the single characters ( ) [ ] , ; . : and :: := => ..
)

// token is one token of the source.
type token struct {
	kind     kind
	text     string
	pos, end int
}

// lexer is PostgreSQL's scanner (scan.l): it turns a text into tokens.
type lexer struct {
	src     string
	pos     int
	toks    []token
	notices []ast.Notice
}

// lex scans the whole source. The last token is tokEOF.
func lex(src string) (*lexer, error) {
	l := &lexer{src: src, toks: make([]token, 0, len(src)/4+2)}
	if i := strings.IndexByte(src, 0); i >= 0 {
		return nil, sqlerr.New(sqlerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "UTF8": 0x00`)
	}
	if !utf8.ValidString(src) {
		return nil, sqlerr.New(sqlerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "UTF8"`)
	}
	for {
		if err := l.space(); err != nil {
			return nil, err
		}
		if l.pos == len(l.src) {
			l.toks = append(l.toks, token{kind: tokEOF, pos: l.pos, end: l.pos})
			return l, nil
		}
		if err := l.next(); err != nil {
			return nil, err
		}
	}
}

func (l *lexer) add(k kind, text string, start int) {
	l.toks = append(l.toks, token{kind: k, text: text, pos: start, end: l.pos})
}

// syntax is an error at a piece of the source.
func (l *lexer) syntax(message string, start int) error {
	return sqlerr.New(sqlerr.SyntaxError, `%s at or near "%s"`, message, l.src[start:]).At(start)
}

// space skips white space and comments.
func (l *lexer) space() error {
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v':
			l.pos++
		case strings.HasPrefix(l.src[l.pos:], "--"):
			for l.pos < len(l.src) && l.src[l.pos] != '\n' && l.src[l.pos] != '\r' {
				l.pos++
			}
		case strings.HasPrefix(l.src[l.pos:], "/*"):
			if err := l.comment(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

// comment skips a comment; comments nest.
func (l *lexer) comment() error {
	start, depth := l.pos, 0
	for l.pos < len(l.src) {
		switch {
		case strings.HasPrefix(l.src[l.pos:], "/*"):
			depth++
			l.pos += 2
		case strings.HasPrefix(l.src[l.pos:], "*/"):
			depth--
			l.pos += 2
			if depth == 0 {
				return nil
			}
		default:
			l.pos++
		}
	}
	return l.syntax("unterminated /* comment", start)
}

func isIdentStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

const opChars = "~!@#^&|`?+-*/%<>="

// next scans one token.
func (l *lexer) next() error {
	start := l.pos
	c := l.src[l.pos]
	peek := byte(0)
	if l.pos+1 < len(l.src) {
		peek = l.src[l.pos+1]
	}
	switch {
	case c == '\'':
		return l.quoted(start, false)
	case (c == 'e' || c == 'E') && peek == '\'':
		l.pos++
		return l.quoted(start, true)
	case (c == 'b' || c == 'B' || c == 'x' || c == 'X') && peek == '\'':
		return l.bits(start)
	case (c == 'n' || c == 'N') && peek == '\'':
		l.pos++
		return l.quoted(start, false)
	case (c == 'u' || c == 'U') && peek == '&' && l.pos+2 < len(l.src) && (l.src[l.pos+2] == '\'' || l.src[l.pos+2] == '"'):
		return l.unicode(start)
	case c == '"':
		text, err := l.doubleQuoted(start)
		if err != nil {
			return err
		}
		l.add(tokQuoted, l.truncate(text), start)
		return nil
	case c == '$':
		return l.dollar(start)
	case isDigit(c) || c == '.' && isDigit(peek):
		return l.number(start)
	case isIdentStart(c):
		for l.pos < len(l.src) && (isIdentStart(l.src[l.pos]) || isDigit(l.src[l.pos]) || l.src[l.pos] == '$') {
			l.pos++
		}
		l.add(tokIdent, l.truncate(fold(l.src[start:l.pos])), start)
		return nil
	case strings.IndexByte("()[],;", c) >= 0:
		l.pos++
		l.add(tokOp, l.src[start:l.pos], start)
		return nil
	case c == '.':
		l.pos++
		if peek == '.' {
			l.pos++
		}
		l.add(tokOp, l.src[start:l.pos], start)
		return nil
	case c == ':':
		l.pos++
		if peek == ':' || peek == '=' {
			l.pos++
		}
		l.add(tokOp, l.src[start:l.pos], start)
		return nil
	case strings.IndexByte(opChars, c) >= 0:
		return l.operator(start)
	}
	l.pos++
	return sqlerr.New(sqlerr.SyntaxError, `syntax error at or near "%s"`, l.src[start:l.pos]).At(start)
}

// fold lowers ASCII letters, as PostgreSQL does in a multi-byte encoding.
func fold(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 'A' && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if b[i] >= 'A' && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// truncate cuts an identifier at 63 bytes, with a notice.
func (l *lexer) truncate(s string) string {
	if len(s) <= 63 {
		return s
	}
	cut := 63
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	l.notices = append(l.notices, ast.Notice{Code: string(sqlerr.NameTooLong), Message: `identifier "` + s + `" will be truncated to "` + s[:cut] + `"`})
	return s[:cut]
}

// operator scans the longest operator, without a comment's beginning and with
// PostgreSQL's rule for a trailing + or -.
func (l *lexer) operator(start int) error {
	end := start
	for end < len(l.src) && strings.IndexByte(opChars, l.src[end]) >= 0 {
		if end > start && (strings.HasPrefix(l.src[end:], "--") || strings.HasPrefix(l.src[end:], "/*")) {
			break
		}
		end++
	}
	for end-start > 1 && (l.src[end-1] == '+' || l.src[end-1] == '-') && !strings.ContainsAny(l.src[start:end-1], "~!@#^&|`?%") {
		end--
	}
	l.pos = end
	text := l.src[start:end]
	if len(text) >= 64 {
		return l.syntax("operator too long", start)
	}
	if text == "!=" {
		text = "<>"
	}
	l.add(tokOp, text, start)
	return nil
}

// number scans a number; letters right after it are junk.
func (l *lexer) number(start int) error {
	digits := func() {
		for l.pos < len(l.src) && isDigit(l.src[l.pos]) {
			l.pos++
		}
	}
	k := tokInteger
	digits()
	if l.pos < len(l.src) && l.src[l.pos] == '.' && !strings.HasPrefix(l.src[l.pos:], "..") {
		k = tokNumber
		l.pos++
		digits()
	}
	if l.pos < len(l.src) && (l.src[l.pos] == 'e' || l.src[l.pos] == 'E') {
		mark := l.pos
		l.pos++
		if l.pos < len(l.src) && (l.src[l.pos] == '+' || l.src[l.pos] == '-') {
			l.pos++
		}
		if l.pos < len(l.src) && isDigit(l.src[l.pos]) {
			k = tokNumber
			digits()
		} else {
			l.pos = mark
		}
	}
	if l.pos < len(l.src) && isIdentStart(l.src[l.pos]) {
		end := l.pos
		for end < len(l.src) && (isIdentStart(l.src[end]) || isDigit(l.src[end])) {
			end++
		}
		return sqlerr.New(sqlerr.SyntaxError, `trailing junk after numeric literal at or near "%s"`, l.src[start:min(end, l.pos+1)]).At(start)
	}
	text := l.src[start:l.pos]
	if k == tokInteger && (len(text) > 10 || len(text) == 10 && text > "2147483647") {
		k = tokNumber
		if t := strings.TrimLeft(text, "0"); len(t) < 10 || len(t) == 10 && t <= "2147483647" {
			k = tokInteger
		}
	}
	l.add(k, text, start)
	return nil
}

// dollar scans $n or a dollar-quoted string.
func (l *lexer) dollar(start int) error {
	end := start + 1
	for end < len(l.src) && isDigit(l.src[end]) {
		end++
	}
	if end > start+1 {
		l.pos = end
		if end < len(l.src) && isIdentStart(l.src[end]) {
			return sqlerr.New(sqlerr.SyntaxError, `trailing junk after parameter at or near "%s"`, l.src[start:end+1]).At(start)
		}
		l.add(tokParam, l.src[start+1:end], start)
		return nil
	}
	for end < len(l.src) && (isIdentStart(l.src[end]) || end > start+1 && isDigit(l.src[end])) {
		end++
	}
	if end == len(l.src) || l.src[end] != '$' {
		l.pos = start + 1
		return sqlerr.New(sqlerr.SyntaxError, `syntax error at or near "$"`).At(start)
	}
	tag := l.src[start : end+1]
	close := strings.Index(l.src[end+1:], tag)
	if close < 0 {
		return l.syntax("unterminated dollar-quoted string", start)
	}
	text := l.src[end+1 : end+1+close]
	l.pos = end + 1 + close + len(tag)
	l.add(tokString, text, start)
	return nil
}

// continued says whether another piece of the same string follows after white
// space with a line end, and moves to its quote.
func (l *lexer) continued() bool {
	i, newline := l.pos, false
	for i < len(l.src) {
		switch c := l.src[i]; {
		case c == '\n' || c == '\r':
			newline = true
		case c == ' ' || c == '\t' || c == '\f' || c == '\v':
		case strings.HasPrefix(l.src[i:], "--"):
			for i < len(l.src) && l.src[i] != '\n' {
				i++
			}
			continue
		default:
			if newline && c == '\'' {
				l.pos = i
				return true
			}
			return false
		}
		i++
	}
	return false
}

// quoted scans '..' (the quote is at l.pos), with backslash escapes if asked.
func (l *lexer) quoted(start int, escapes bool) error {
	var b strings.Builder
	for {
		l.pos++ // the opening quote
		for {
			if l.pos >= len(l.src) {
				return l.syntax("unterminated quoted string", start)
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
				if err := l.escape(&b, start); err != nil {
					return err
				}
				continue
			}
			b.WriteByte(c)
			l.pos++
		}
		if !l.continued() {
			break
		}
	}
	text := b.String()
	if escapes && (strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text)) {
		return sqlerr.New(sqlerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "UTF8"`)
	}
	l.add(tokString, text, start)
	return nil
}

// escape scans one backslash escape of E'..'.
func (l *lexer) escape(b *strings.Builder, start int) error {
	if l.pos+1 >= len(l.src) {
		return l.syntax("unterminated quoted string", start)
	}
	at := l.pos
	c := l.src[l.pos+1]
	l.pos += 2
	number := func(base, most int, digits string) int {
		n, got := 0, 0
		for got < most && l.pos < len(l.src) {
			d := strings.IndexByte(digits, l.src[l.pos]|0x20)
			if l.src[l.pos] >= '0' && l.src[l.pos] <= '9' {
				d = int(l.src[l.pos] - '0')
				if d >= base {
					d = -1
				}
			}
			if d < 0 {
				break
			}
			n = n*base + d
			l.pos++
			got++
		}
		if got == 0 {
			return -1
		}
		return n
	}
	const hex = "0123456789abcdef"
	switch c {
	case 'b':
		b.WriteByte('\b')
	case 'f':
		b.WriteByte('\f')
	case 'n':
		b.WriteByte('\n')
	case 'r':
		b.WriteByte('\r')
	case 't':
		b.WriteByte('\t')
	case 'v':
		b.WriteByte('\v')
	case 'x':
		if n := number(16, 2, hex); n >= 0 {
			b.WriteByte(byte(n))
		} else {
			b.WriteByte('x')
		}
	case 'u', 'U':
		most := 4
		if c == 'U' {
			most = 8
		}
		from := l.pos
		n := number(16, most, hex)
		if l.pos-from != most {
			return sqlerr.New(sqlerr.InvalidEscapeSequence, "invalid Unicode escape").WithHint(`Unicode escapes must be \uXXXX or \UXXXXXXXX.`).At(at)
		}
		r, err := l.surrogate(rune(n), func() (rune, bool) {
			if strings.HasPrefix(l.src[l.pos:], `\u`) {
				l.pos += 2
				return rune(number(16, 4, hex)), true
			}
			return 0, false
		}, at)
		if err != nil {
			return err
		}
		b.WriteRune(r)
	default:
		if c >= '0' && c <= '7' {
			l.pos--
			b.WriteByte(byte(number(8, 3, "01234567")))
			return nil
		}
		b.WriteByte(c)
	}
	return nil
}

// surrogate joins a surrogate pair and refuses what is no character.
func (l *lexer) surrogate(r rune, second func() (rune, bool), at int) (rune, error) {
	if r >= 0xD800 && r < 0xDC00 {
		low, ok := second()
		if !ok || low < 0xDC00 || low >= 0xE000 {
			return 0, sqlerr.New(sqlerr.SyntaxError, `invalid Unicode surrogate pair at or near "%s"`, l.src[at:]).At(at)
		}
		return 0x10000 + (r-0xD800)<<10 + (low - 0xDC00), nil
	}
	if r == 0 || r > 0x10FFFF || r >= 0xDC00 && r < 0xE000 {
		return 0, sqlerr.New(sqlerr.SyntaxError, `invalid Unicode escape value at or near "%s"`, l.src[at:]).At(at)
	}
	return r, nil
}

// bits scans B'..' and X'..'.
func (l *lexer) bits(start int) error {
	prefix := l.src[start] | 0x20
	l.pos++
	if err := l.quoted(start, false); err != nil {
		what := "bit"
		if prefix == 'x' {
			what = "hexadecimal"
		}
		return l.syntax("unterminated "+what+" string literal", start)
	}
	last := &l.toks[len(l.toks)-1]
	last.kind, last.text = tokBit, string(prefix)+last.text
	return nil
}

// doubleQuoted scans "..", whose quote is at l.pos.
func (l *lexer) doubleQuoted(start int) (string, error) {
	var b strings.Builder
	for l.pos++; ; l.pos++ {
		if l.pos >= len(l.src) {
			return "", l.syntax("unterminated quoted identifier", start)
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
		return "", sqlerr.New(sqlerr.SyntaxError, `zero-length delimited identifier at or near """"`).At(start)
	}
	return b.String(), nil
}

// unicode scans U&'..' and U&"..", with UESCAPE if it follows.
func (l *lexer) unicode(start int) error {
	l.pos += 2
	var k kind
	var raw string
	if l.src[l.pos] == '"' {
		text, err := l.doubleQuoted(start)
		if err != nil {
			return err
		}
		k, raw = tokQuoted, text
	} else {
		if err := l.quoted(start, false); err != nil {
			return err
		}
		k, raw = tokString, l.toks[len(l.toks)-1].text
		l.toks = l.toks[:len(l.toks)-1]
	}
	escape := byte('\\')
	mark := l.pos
	if err := l.space(); err != nil {
		return err
	}
	if len(l.src)-l.pos >= 7 && strings.EqualFold(l.src[l.pos:l.pos+7], "uescape") {
		l.pos += 7
		if err := l.space(); err != nil {
			return err
		}
		at := l.pos
		if l.pos+2 >= len(l.src) || l.src[l.pos] != '\'' || l.src[l.pos+2] != '\'' {
			return l.syntax("invalid Unicode escape character", at)
		}
		escape = l.src[l.pos+1]
		if strings.IndexByte("0123456789abcdefABCDEF+'\" \t\n\r", escape) >= 0 {
			return l.syntax("invalid Unicode escape character", at)
		}
		l.pos += 3
	} else {
		l.pos = mark
	}
	text, err := l.decodeUnicode(raw, escape, start)
	if err != nil {
		return err
	}
	if k == tokQuoted {
		text = l.truncate(text)
	}
	l.add(k, text, start)
	return nil
}

func (l *lexer) decodeUnicode(raw string, escape byte, start int) (string, error) {
	var b strings.Builder
	invalid := func() error {
		return sqlerr.New(sqlerr.SyntaxError, "invalid Unicode escape").WithHint(`Unicode escapes must be \XXXX or \+XXXXXX.`).At(start)
	}
	hex := func(i, n int) (rune, bool) {
		if i+n > len(raw) {
			return 0, false
		}
		var r rune
		for _, c := range []byte(raw[i : i+n]) {
			d := strings.IndexByte("0123456789abcdef", c|0x20)
			if c >= '0' && c <= '9' {
				d = int(c - '0')
			}
			if d < 0 {
				return 0, false
			}
			r = r<<4 + rune(d)
		}
		return r, true
	}
	for i := 0; i < len(raw); {
		if raw[i] != escape {
			b.WriteByte(raw[i])
			i++
			continue
		}
		if i+1 < len(raw) && raw[i+1] == escape {
			b.WriteByte(escape)
			i += 2
			continue
		}
		read := func() (rune, bool) {
			if i < len(raw) && raw[i] == escape {
				if i+1 < len(raw) && raw[i+1] == '+' {
					r, ok := hex(i+2, 6)
					i += 8
					return r, ok
				}
				r, ok := hex(i+1, 4)
				i += 5
				return r, ok
			}
			return 0, false
		}
		r, ok := read()
		if !ok {
			return "", invalid()
		}
		r, err := l.surrogate(r, read, start)
		if err != nil {
			return "", err
		}
		b.WriteRune(r)
	}
	return b.String(), nil
}

package parser

import (
	"fmt"
	"math/big"
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
	tokError        // the text is no token from here on: lexer.failed says why
)

// token is one token of the source.
type token struct {
	kind     kind
	joined   bool // with the next: see joins
	keyword       // of a tokIdent; the category is 0 if it is none
	text     string
	pos, end int
}

// lexer is PostgreSQL's scanner (scan.l): it turns a text into tokens. What is
// wrong with the text is an error only once the grammar gets there, since
// PostgreSQL scans as it parses: a syntax error before it comes first.
type lexer struct {
	src     string
	pos     int
	toks    []token
	failed  *sqlerr.Error
	notices []ast.Notice
	Strings
	// escaping: the string being scanned is a plain one in which nothing has been
	// escaped yet, which is to be warned of.
	escaping bool
}

// Strings says how '..' is read. Its zero value is the standard's way, which is also
// that of everything that is stored.
type Strings struct {
	// Backslash: a backslash escapes, as in E'..'. Warn: that is told.
	Backslash, Warn bool
}

// maxIdentBytes is the length of a name, PostgreSQL's NAMEDATALEN - 1.
const maxIdentBytes = 63

// lex scans the whole source. The last token is tokEOF or tokError. The error
// is about the encoding of the text, which is checked before anything else.
func lex(src string) (*lexer, error) {
	l := &lexer{}
	if err := l.scan(src); err != nil {
		return nil, err
	}
	return l, nil
}

// scan scans a source into an empty lexer, whose tokens may have room already.
func (l *lexer) scan(src string) error {
	l.src = src
	if cap(l.toks) == 0 {
		l.toks = make([]token, 0, len(src)/4+2)
	}
	if i := strings.IndexByte(src, 0); i >= 0 || !utf8.ValidString(src) {
		return invalidEncoding(src)
	}
	for l.failed == nil {
		if l.space(); l.failed != nil {
			break
		}
		if l.pos == len(l.src) {
			l.toks = append(l.toks, token{kind: tokEOF, pos: l.pos, end: l.pos})
			return nil
		}
		l.next()
	}
	l.toks = append(l.toks, token{kind: tokError, pos: l.pos, end: l.pos})
	return nil
}

// invalidEncoding reports the first sequence of bytes that is not UTF-8, as
// PostgreSQL's report_invalid_encoding.
func invalidEncoding(s string) *sqlerr.Error {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if s[i] != 0 && (r != utf8.RuneError || size > 1) {
			i += size
			continue
		}
		n := 1
		switch c := s[i]; {
		case c&0xe0 == 0xc0:
			n = 2
		case c&0xf0 == 0xe0:
			n = 3
		case c&0xf8 == 0xf0:
			n = 4
		}
		var b strings.Builder
		for _, c := range []byte(s[i:min(i+n, len(s))]) {
			fmt.Fprintf(&b, " 0x%02x", c)
		}
		return sqlerr.New(sqlerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "UTF8":%s`, b.String())
	}
	return sqlerr.New(sqlerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "UTF8"`)
}

func (l *lexer) add(k kind, text string, start int) {
	l.toks = append(l.toks, token{kind: k, text: text, pos: start, end: l.pos})
}

// fail ends the scan with an error; the first one stands.
func (l *lexer) fail(err *sqlerr.Error) {
	if l.failed == nil {
		l.failed = err
	}
}

// failAt ends the scan with a syntax error about the text from start to end.
func (l *lexer) failAt(message string, start, end int) {
	l.fail(sqlerr.New(sqlerr.SyntaxError, `%s at or near "%s"`, message, l.src[start:end]).At(start))
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

// space skips white space and comments.
func (l *lexer) space() {
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case isSpace(c):
			l.pos++
		case strings.HasPrefix(l.src[l.pos:], "--"):
			l.pos = lineEnd(l.src, l.pos)
		case strings.HasPrefix(l.src[l.pos:], "/*"):
			if l.comment(); l.failed != nil {
				return
			}
		default:
			return
		}
	}
}

// lineEnd is the offset of the first line end from i on.
func lineEnd(s string, i int) int {
	for i < len(s) && s[i] != '\n' && s[i] != '\r' {
		i++
	}
	return i
}

// comment skips a comment; comments nest.
func (l *lexer) comment() {
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
				return
			}
		default:
			l.pos++
		}
	}
	l.failAt("unterminated /* comment", start, len(l.src))
}

func isIdentStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// identEnd is the offset behind the identifier characters from i on.
func identEnd(s string, i int) int {
	for i < len(s) && (isIdentStart(s[i]) || isDigit(s[i]) || s[i] == '$') {
		i++
	}
	return i
}

const opChars = "~!@#^&|`?+-*/%<>="

// next scans one token.
func (l *lexer) next() {
	start := l.pos
	c := l.src[l.pos]
	peek := byte(0)
	if l.pos+1 < len(l.src) {
		peek = l.src[l.pos+1]
	}
	switch {
	case c == '\'':
		l.escaping = l.Backslash && l.Warn
		l.quoted(start, l.Backslash)
		l.escaping = false
	case (c == 'e' || c == 'E') && peek == '\'':
		l.pos++
		l.quoted(start, true)
	case (c == 'b' || c == 'B' || c == 'x' || c == 'X') && peek == '\'':
		l.bits(start)
	case (c == 'n' || c == 'N') && peek == '\'':
		// N'..' is NCHAR '..'.
		l.pos++
		l.toks = append(l.toks, token{kind: tokIdent, text: "nchar", keyword: keywords["nchar"], pos: start, end: l.pos})
	case (c == 'u' || c == 'U') && peek == '&' && l.pos+2 < len(l.src) && (l.src[l.pos+2] == '\'' || l.src[l.pos+2] == '"'):
		l.unicode(start)
	case c == '"':
		if text, ok := l.doubleQuoted(start); ok {
			l.add(tokQuoted, l.truncate(text), start)
		}
	case c == '$':
		l.dollar(start)
	case isDigit(c) || c == '.' && isDigit(peek):
		l.number(start)
	case isIdentStart(c):
		l.pos = identEnd(l.src, l.pos)
		l.word(start)
	case strings.IndexByte("()[],;", c) >= 0:
		l.pos++
		l.add(tokOp, l.src[start:l.pos], start)
	case c == '.':
		l.pos++
		if peek == '.' {
			l.pos++
		}
		l.add(tokOp, l.src[start:l.pos], start)
	case c == ':':
		l.pos++
		if peek == ':' || peek == '=' {
			l.pos++
		}
		l.add(tokOp, l.src[start:l.pos], start)
	case strings.IndexByte(opChars, c) >= 0:
		l.operator(start)
	default:
		l.failAt("syntax error", start, start+1)
	}
}

// word adds an identifier or a keyword.
func (l *lexer) word(start int) {
	t := token{kind: tokIdent, pos: start, end: l.pos}
	if n := l.pos - start; n <= longestKeyword {
		var folded [longestKeyword]byte
		for i := range n {
			c := l.src[start+i]
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			folded[i] = c
		}
		if e, ok := dictionary[string(folded[:n])]; ok {
			t.keyword, t.text = e.keyword, e.text
			if k := len(l.toks); k > 0 && l.toks[k-1].kind == tokIdent && joins(l.toks[k-1].text, t.text) {
				l.toks[k-1].joined = true
			}
			l.toks = append(l.toks, t)
			return
		}
	}
	t.text = l.truncate(fold(l.src[start:l.pos]))
	l.toks = append(l.toks, t)
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

// truncate cuts an identifier to the length of a name, with a notice.
func (l *lexer) truncate(s string) string {
	if len(s) <= maxIdentBytes {
		return s
	}
	cut := maxIdentBytes
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	l.notices = append(l.notices, ast.Notice{Code: string(sqlerr.NameTooLong), Message: `identifier "` + s + `" will be truncated to "` + s[:cut] + `"`})
	return s[:cut]
}

// operator scans the longest operator, without a comment's beginning and with
// PostgreSQL's rule for a trailing + or -.
func (l *lexer) operator(start int) {
	end := start
	for end < len(l.src) && strings.IndexByte(opChars, l.src[end]) >= 0 {
		if end > start && (strings.HasPrefix(l.src[end:], "--") || strings.HasPrefix(l.src[end:], "/*")) {
			break
		}
		end++
	}
	if end-start > 1 && (l.src[end-1] == '+' || l.src[end-1] == '-') && !strings.ContainsAny(l.src[start:end-1], "~!@#^&|`?%") {
		for end-start > 1 && (l.src[end-1] == '+' || l.src[end-1] == '-') {
			end--
		}
	}
	text := l.src[start:end]
	if len(text) > maxIdentBytes {
		l.failAt("operator too long", start, end)
		return
	}
	l.pos = end
	if text == "!=" {
		text = "<>"
	}
	l.add(tokOp, text, start)
}

// number scans a number; an identifier right after it is junk. Underscores
// between digits and the bases 16, 8 and 2 are those of PostgreSQL 16.
func (l *lexer) number(start int) {
	at := func(i int) byte {
		if i < len(l.src) {
			return l.src[i]
		}
		return 0
	}
	digits := func(digit func(byte) bool) {
		for digit(at(l.pos)) || at(l.pos) == '_' && digit(at(l.pos+1)) {
			l.pos++
		}
	}
	if b, ok := bases[at(start+1)|0x20]; ok && at(start) == '0' {
		l.pos = start + 2
		from := l.pos
		digits(b.digit)
		if l.pos == from && at(from) == '_' {
			l.pos++
		}
		if end := identEnd(l.src, start+1); end > l.pos {
			l.failAt("trailing junk after numeric literal", start, end)
			return
		}
		if l.pos == from || l.src[l.pos-1] == '_' {
			l.failAt("invalid "+b.name+" integer", start, l.pos)
			return
		}
		l.endNumber(start, tokInteger, b.base)
		return
	}
	k := tokInteger
	digits(isDigit)
	if at(l.pos) == '.' && at(l.pos+1) != '.' {
		k = tokNumber
		if l.pos++; isDigit(at(l.pos)) {
			digits(isDigit)
		}
	}
	if c := at(l.pos); c == 'e' || c == 'E' {
		exponent := l.pos + 1
		signed := at(exponent) == '+' || at(exponent) == '-'
		if signed {
			exponent++
		}
		switch {
		case isDigit(at(exponent)):
			k = tokNumber
			l.pos = exponent
			digits(isDigit)
		case signed:
			l.failAt("trailing junk after numeric literal", start, exponent)
			return
		}
	}
	l.endNumber(start, k, 10)
}

// bases are the integers that are not decimal, by the letter behind the zero.
var bases = map[byte]struct {
	name  string
	base  int
	digit func(byte) bool
}{
	'x': {"hexadecimal", 16, func(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }},
	'o': {"octal", 8, func(c byte) bool { return '0' <= c && c <= '7' }},
	'b': {"binary", 2, func(c byte) bool { return c == '0' || c == '1' }},
}

// endNumber adds the number that has been scanned, in decimal.
func (l *lexer) endNumber(start int, k kind, base int) {
	if l.pos < len(l.src) && isIdentStart(l.src[l.pos]) {
		l.failAt("trailing junk after numeric literal", start, identEnd(l.src, l.pos))
		return
	}
	text := strings.ReplaceAll(l.src[start:l.pos], "_", "")
	if base != 10 {
		n, _ := new(big.Int).SetString(text[2:], base)
		text = n.String()
	}
	if k == tokInteger && !fitsInt4(text) {
		k = tokNumber
	}
	l.add(k, text, start)
}

func fitsInt4(digits string) bool {
	if len(digits) > 9 {
		digits = strings.TrimLeft(digits, "0")
	}
	return len(digits) < 10 || len(digits) == 10 && digits <= "2147483647"
}

// dollar scans $n or a dollar-quoted string.
func (l *lexer) dollar(start int) {
	end := start + 1
	for end < len(l.src) && isDigit(l.src[end]) {
		end++
	}
	if end > start+1 {
		if end < len(l.src) && isIdentStart(l.src[end]) {
			l.failAt("trailing junk after parameter", start, identEnd(l.src, end))
			return
		}
		l.pos = end
		l.add(tokParam, l.src[start+1:end], start)
		return
	}
	for end < len(l.src) && (isIdentStart(l.src[end]) || end > start+1 && isDigit(l.src[end])) {
		end++
	}
	if end == len(l.src) || l.src[end] != '$' {
		l.failAt("syntax error", start, start+1)
		return
	}
	tag := l.src[start : end+1]
	length := strings.Index(l.src[end+1:], tag)
	if length < 0 {
		l.failAt("unterminated dollar-quoted string", start, len(l.src))
		return
	}
	text := l.src[end+1 : end+1+length]
	l.pos = end + 1 + length + len(tag)
	l.add(tokString, text, start)
}

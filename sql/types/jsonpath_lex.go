package types

import (
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// pathToken is what a token of jsonpath is: a character that stands for itself,
// or one of these.
type pathToken int

const (
	pathEnd pathToken = -iota
	pathAndAnd
	pathOrOr
	pathStarStar
	pathCompare // the operator is in op
	pathVariable
	pathNumeric
	pathInteger
	pathQuoted
	pathWord
)

// pathLexer splits a jsonpath into tokens; token, text, op and near describe the
// one at hand.
type pathLexer struct {
	s     string
	pos   int
	token pathToken
	text  string // of a word, string, variable or number
	op    PathOp
	near  string // how a message names the token
}

// pathSpecial end a word.
const (
	pathSpecial = `?%$.[]{}()|&!=<>@#,*:-+/`
	pathBlank   = " \t\n\r\f"
)

// pathOther says whether c may stand in a word.
func pathOther(c byte) bool { return !strings.Contains(pathSpecial+pathBlank+`\"`, string(rune(c))) }

// fail is 42601 at the text near, or at the end.
func (l *pathLexer) fail(message, near string) error {
	if near == "" {
		return sqlerr.New(sqlerr.SyntaxError, "%s at end of jsonpath input", message)
	}
	return sqlerr.New(sqlerr.SyntaxError, "%s at or near \"%s\" of jsonpath input", message, near)
}

// pathOperators are the tokens of punctuation beyond single characters, the
// longer ones first.
var pathOperators = []struct {
	text  string
	token pathToken
	op    PathOp
}{
	{"&&", pathAndAnd, 0}, {"||", pathOrOr, 0}, {"**", pathStarStar, 0},
	{"==", pathCompare, PathEqual}, {"!=", pathCompare, PathNotEqual}, {"<>", pathCompare, PathNotEqual},
	{"<=", pathCompare, PathLessOrEqual}, {">=", pathCompare, PathGreaterOrEqual},
	{"<", pathCompare, PathLess}, {">", pathCompare, PathGreater}, {"!", '!', 0},
}

// next reads the next token.
func (l *pathLexer) next() error {
	for {
		for l.pos < len(l.s) && strings.IndexByte(pathBlank, l.s[l.pos]) >= 0 {
			l.pos++
		}
		if !strings.HasPrefix(l.s[l.pos:], "/*") {
			break
		}
		if err := l.comment(); err != nil {
			return err
		}
	}
	l.text, l.near = "", ""
	if l.pos == len(l.s) {
		l.token = pathEnd
		return nil
	}
	rest := l.s[l.pos:]
	c := rest[0]
	switch {
	case isDigit(c), c == '.' && len(rest) > 1 && isDigit(rest[1]):
		return l.number()
	case c == '"':
		l.pos++
		l.token = pathQuoted
		return l.quoted()
	case strings.HasPrefix(rest, `$"`):
		l.pos += 2
		l.token = pathVariable
		return l.quoted()
	case c == '$' && len(rest) > 1 && pathOther(rest[1]):
		n := 1 + wordRun(rest[1:])
		l.pos += n
		l.token, l.text, l.near = pathVariable, rest[1:n], rest[:n]
		return nil
	case c == '\\' || pathOther(c):
		return l.word()
	}
	for _, o := range pathOperators {
		if strings.HasPrefix(rest, o.text) {
			l.pos += len(o.text)
			l.token, l.op, l.near = o.token, o.op, o.text
			return nil
		}
	}
	l.pos++
	l.token, l.near = pathToken(c), rest[:1]
	return nil
}

func (l *pathLexer) comment() error {
	end := strings.Index(l.s[l.pos+2:], "*/")
	if end < 0 {
		return l.fail("unexpected end of comment", "")
	}
	l.pos += end + 4
	return nil
}

// number reads a number, behind which no word may begin. If what a word would take
// is longer than the number with one character more, it is a word.
func (l *pathLexer) number() error {
	start, i := l.pos, l.pos
	digits := func() { // an underscore may stand between two
		for i < len(l.s) && (isDigit(l.s[i]) || l.s[i] == '_' && i > start && isDigit(l.s[i-1]) && i+1 < len(l.s) && isDigit(l.s[i+1])) {
			i++
		}
	}
	l.token = pathInteger
	if n := otherBase(l.s[start:]); n > 0 {
		if run := wordRun(l.s[start:]); run == n {
			v, _ := new(big.Int).SetString(strings.ReplaceAll(l.s[start:start+n], "_", ""), 0)
			l.pos += n
			l.text, l.near = v.String(), l.s[start:start+n]
			return nil
		}
	}
	if l.s[i] == '0' {
		i++
	} else {
		digits()
	}
	if i < len(l.s) && l.s[i] == '.' {
		i++
		digits()
		l.token = pathNumeric
	}
	if i < len(l.s) && l.s[i]|0x20 == 'e' {
		mantissa := i
		i++
		sign := i < len(l.s) && (l.s[i] == '+' || l.s[i] == '-')
		if sign {
			i++
		}
		exponent := i
		digits()
		switch {
		case i > exponent:
			l.token = pathNumeric
		case sign:
			return l.fail("invalid numeric literal", l.s[start:i])
		default:
			i = mantissa
		}
	}
	if i < len(l.s) && pathOther(l.s[i]) {
		if wordRun(l.s[start:]) > i+1-start {
			return l.word()
		}
		_, size := utf8.DecodeRuneInString(l.s[i:])
		return l.fail("trailing junk after numeric literal", l.s[start:i+size])
	}
	l.pos = i
	l.text, l.near = strings.ReplaceAll(l.s[start:i], "_", ""), l.s[start:i]
	return nil
}

// otherBase counts the bytes of an integer in base 16, 8 or 2 at the front of s; 0: there
// is none.
func otherBase(s string) int {
	if len(s) < 3 || s[0] != '0' {
		return 0
	}
	digits := map[byte]string{'x': "0123456789abcdef", 'o': "01234567", 'b': "01"}[s[1]|0x20]
	n := 2
	for n < len(s) && (strings.IndexByte(digits, s[n]|0x20) >= 0 || s[n] == '_' && n > 2 && s[n-1] != '_') {
		n++
	}
	if digits == "" || n == 2 || s[n-1] == '_' {
		return 0
	}
	return n
}

// wordRun counts the bytes at the front of s that may stand in a word.
func wordRun(s string) int {
	n := 0
	for n < len(s) && pathOther(s[n]) {
		n++
	}
	return n
}

// quoted reads to the closing quote.
func (l *pathLexer) quoted() error {
	var b strings.Builder
	for l.pos < len(l.s) {
		switch c := l.s[l.pos]; c {
		case '"':
			l.pos++
			l.text, l.near = b.String(), `"`
			return nil
		case '\\':
			if err := l.escape(&b); err != nil {
				return err
			}
		default:
			b.WriteByte(c)
			l.pos++
		}
	}
	return l.fail("unexpected end of quoted string", "")
}

// word reads a word to where it ends. A comment right behind it swallows it.
func (l *pathLexer) word() error {
	var b strings.Builder
	for l.pos < len(l.s) {
		c := l.s[l.pos]
		if c == '\\' {
			if err := l.escape(&b); err != nil {
				return err
			}
			continue
		}
		if strings.HasPrefix(l.s[l.pos:], "/*") {
			return l.next()
		}
		if !pathOther(c) {
			break
		}
		b.WriteByte(c)
		l.pos++
	}
	// The scanner has seen the blanks behind a word when it knows the word.
	end := l.pos
	for end < len(l.s) && strings.IndexByte(pathBlank, l.s[end]) >= 0 {
		end++
	}
	l.token, l.text, l.near = pathWord, b.String(), l.s[l.pos:end]
	return nil
}

// escape reads one backslash and what belongs to it.
func (l *pathLexer) escape(b *strings.Builder) error {
	rest := l.s[l.pos:]
	if len(rest) < 2 {
		return l.fail("unexpected end after backslash", `\`)
	}
	switch c := rest[1]; c {
	case 'u':
		return l.unicode(b)
	case 'x':
		n := hexRun(rest[2:], 2)
		if n < 2 {
			return l.fail("invalid hex character sequence", rest[:2+n])
		}
		v, _ := strconv.ParseUint(rest[2:4], 16, 8)
		l.pos += 4
		return l.put(b, rune(v))
	default:
		if i := strings.IndexByte("bfnrtv", c); i >= 0 {
			b.WriteByte("\b\f\n\r\t\v"[i])
			l.pos += 2
			return nil
		}
		_, size := utf8.DecodeRuneInString(rest[1:])
		b.WriteString(rest[1 : 1+size])
		l.pos += 1 + size
	}
	return nil
}

// hexRun counts the hexadecimal digits at the front of s, limit at most.
func hexRun(s string, limit int) int {
	n := 0
	for n < len(s) && n < limit {
		if _, ok := hexDigit(s[n]); !ok {
			break
		}
		n++
	}
	return n
}

// put adds a character that was written by its number.
func (l *pathLexer) put(b *strings.Builder, r rune) error {
	switch {
	case r == 0:
		return sqlerr.New(sqlerr.UntranslatableCharacter, "unsupported Unicode escape sequence").
			WithDetail("%s", `\u0000 cannot be converted to text.`)
	case r > utf8.MaxRune:
		return sqlerr.New(sqlerr.SyntaxError, "invalid Unicode escape value")
	}
	b.WriteRune(r)
	return nil
}

// codeUnit reads \uXXXX or \u{X...} at pos.
func (l *pathLexer) codeUnit() (rune, error) {
	rest := l.s[l.pos+2:]
	braced := strings.HasPrefix(rest, "{")
	var n, size int
	if braced {
		rest = rest[1:]
		n = hexRun(rest, 6)
		size = n + 4
		if n == 0 || !strings.HasPrefix(rest[n:], "}") {
			return 0, l.fail("invalid unicode sequence", l.s[l.pos:l.pos+3+n])
		}
	} else if n, size = hexRun(rest, 4), 6; n < 4 {
		return 0, l.fail("invalid unicode sequence", l.s[l.pos:l.pos+2+n])
	}
	v, err := strconv.ParseUint(rest[:n], 16, 32)
	l.pos += size
	return rune(v), err
}

// unicode reads a run of Unicode escapes, in which surrogates come in pairs.
func (l *pathLexer) unicode(b *strings.Builder) error {
	surrogate := func(detail string) error {
		return sqlerr.New(sqlerr.InvalidTextRepresentation, "invalid input syntax for type %s", "jsonpath").WithDetail("%s", detail)
	}
	const lowFirst = "Unicode low surrogate must follow a high surrogate."
	high := rune(-1)
	for strings.HasPrefix(l.s[l.pos:], `\u`) {
		r, err := l.codeUnit()
		if err != nil {
			return err
		}
		switch isHigh, isLow := r >= 0xd800 && r < 0xdc00, r >= 0xdc00 && r < 0xe000; {
		case isHigh && high >= 0:
			return surrogate("Unicode high surrogate must not follow a high surrogate.")
		case isHigh:
			high = r
			continue
		case isLow != (high >= 0):
			return surrogate(lowFirst)
		case isLow:
			r = 0x10000 + (high-0xd800)<<10 + (r - 0xdc00)
		}
		high = -1
		if err := l.put(b, r); err != nil {
			return err
		}
	}
	if high >= 0 {
		return surrogate(lowFirst)
	}
	return nil
}

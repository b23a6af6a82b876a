package types

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// jsonParser reads RFC 8259 with PostgreSQL's error texts.
type jsonParser struct {
	s     string
	pos   int
	tree  bool // build values; otherwise only check
	depth int
	// nodes is room for values: those of a document are kept together or not at all.
	nodes []JSON
	// numbers is room for numbers, likewise.
	numbers []apd.Decimal
	// elems and members are those of the arrays and objects that are being read.
	elems   []*JSON
	members []JSONMember
	// unique: an object must not have a key twice; keys are those of the objects around.
	unique bool
	keys   []string
}

// node gives room for a value.
func (p *jsonParser) node() *JSON {
	if len(p.nodes) == 0 {
		p.nodes = make([]JSON, min(max(len(p.s)-p.pos, 16)/16, 32))
	}
	n := &p.nodes[0]
	p.nodes = p.nodes[1:]
	return n
}

const maxJSONDepth = 6400

// StackDepthExceeded is the error for what is nested too deeply.
func StackDepthExceeded() *sqlerr.Error {
	return sqlerr.New(sqlerr.StatementTooComplex, "stack depth limit exceeded").
		WithHint(`Increase the configuration parameter "max_stack_depth" (currently 2048kB), after ensuring the platform's stack depth limit is adequate.`)
}

// ParseJSON reads a JSON text into a jsonb tree.
func ParseJSON(s string) (*JSON, error) {
	p := jsonParser{s: s, tree: true}
	return p.document()
}

// CheckJSON says whether s is a JSON text.
func CheckJSON(s string) error {
	p := jsonParser{s: s}
	_, err := p.document()
	return err
}

func (p *jsonParser) document() (*JSON, error) {
	v, err := p.value("JSON value")
	if err != nil {
		return nil, err
	}
	p.skip()
	if p.pos < len(p.s) {
		return nil, p.unexpected("end of input")
	}
	return v, nil
}

func (p *jsonParser) skip() {
	for p.pos < len(p.s) && p.s[p.pos] <= ' ' && strings.IndexByte(" \t\n\r", p.s[p.pos]) >= 0 {
		p.pos++
	}
}

// token gives the text of the token at pos, for messages.
func (p *jsonParser) token() string {
	i := p.pos
	for i < len(p.s) && (p.s[i] == '_' || p.s[i] >= 0x80 || isDigit(p.s[i]) || isAlpha(p.s[i]|0x20)) {
		i++
	}
	if i == p.pos {
		i++
		if p.s[p.pos] == '"' {
			for i < len(p.s) && p.s[i] != '"' {
				if p.s[i] == '\\' {
					i++
				}
				i++
			}
			i++
		} else if p.s[p.pos] == '-' {
			for i < len(p.s) && (isDigit(p.s[i]) || isAlpha(p.s[i]|0x20) || strings.IndexByte("+-.", p.s[i]) >= 0) {
				i++
			}
		}
	}
	return p.s[p.pos:min(i, len(p.s))]
}

// fail refuses the token at pos, of which the part up to end has been looked at.
func (p *jsonParser) fail(end int, detail string) error {
	return p.in(end, sqlerr.New(sqlerr.InvalidTextRepresentation, "invalid input syntax for type json").WithDetail("%s", detail))
}

// shownContext is how much of a line an error shows before its place.
const shownContext = 50

// in says where in the text an error is: its line, up to the place.
func (p *jsonParser) in(end int, e *sqlerr.Error) error {
	line := strings.LastIndexByte(p.s[:p.pos], '\n') + 1
	from := line
	for end-from >= shownContext {
		_, n := utf8.DecodeRuneInString(p.s[from:])
		from += n
	}
	before, behind := "...", ""
	if from-line <= 3 {
		from, before = line, ""
	}
	if end < len(p.s) && p.s[end] != '\n' && p.s[end] != '\r' && p.pos < len(p.s) {
		behind = "..."
	}
	e.Where = fmt.Sprintf("JSON data, line %d: %s%s%s", strings.Count(p.s[:p.pos], "\n")+1, before, p.s[from:end], behind)
	return e
}

func (p *jsonParser) ended() error {
	p.pos = len(p.s)
	return p.fail(p.pos, "The input string ended unexpectedly.")
}

// unexpected is for a token in the wrong place, or no token at all.
func (p *jsonParser) unexpected(want string) error {
	if p.pos >= len(p.s) {
		return p.ended()
	}
	tok := p.token()
	c := p.s[p.pos]
	valid := strings.IndexByte(`{}[],:"`, c) >= 0 || tok == "true" || tok == "false" || tok == "null"
	if !valid && (c == '-' || isDigit(c)) {
		end := 0
		end, valid = scanNumber(p.s, p.pos)
		tok = p.s[p.pos:end]
	}
	if !valid {
		return p.fail(p.pos+len(tok), "Token \""+tok+"\" is invalid.")
	}
	if c == '"' {
		start := p.pos
		_, err := p.str()
		p.pos = start
		if err != nil {
			return err
		}
	}
	return p.fail(p.pos+len(tok), "Expected "+want+", but found \""+tok+"\".")
}

func (p *jsonParser) value(want string) (*JSON, error) {
	p.skip()
	if p.pos >= len(p.s) {
		return nil, p.ended()
	}
	switch c := p.s[p.pos]; {
	case c == '{':
		return p.object()
	case c == '[':
		return p.array()
	case c == '"':
		s, err := p.str()
		if err != nil || !p.tree {
			return nil, err
		}
		n := p.node()
		n.Kind, n.Str = JSONString, s
		return n, nil
	case c == '-' || isDigit(c):
		return p.number()
	}
	var v *JSON
	word := p.token()
	switch word {
	case "true":
		v = JSONTrue
	case "false":
		v = JSONFalse
	case "null":
		v = JSONNullValue
	default:
		return nil, p.unexpected(want)
	}
	p.pos += len(word)
	return v, nil
}

func (p *jsonParser) enter() error {
	p.depth++
	if p.depth > maxJSONDepth {
		return StackDepthExceeded()
	}
	return nil
}

func (p *jsonParser) array() (*JSON, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	p.pos++
	from := len(p.elems)
	p.skip()
	if p.pos < len(p.s) && p.s[p.pos] == ']' {
		p.pos++
		p.depth--
		return NewJSONArray(nil), nil
	}
	for first := true; ; first = false {
		want := "JSON value"
		if first {
			want = "array element or \"]\""
		}
		v, err := p.value(want)
		if err != nil {
			return nil, err
		}
		if p.tree {
			p.elems = append(p.elems, v)
		}
		p.skip()
		switch {
		case p.pos < len(p.s) && p.s[p.pos] == ',':
			p.pos++
		case p.pos < len(p.s) && p.s[p.pos] == ']':
			p.pos++
			p.depth--
			if !p.tree {
				return nil, nil
			}
			n := p.node()
			n.Kind, n.Elems = JSONArray, slices.Clone(p.elems[from:])
			p.elems = p.elems[:from]
			return n, nil
		default:
			return nil, p.unexpected("\",\" or \"]\"")
		}
	}
}

func (p *jsonParser) object() (*JSON, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	p.pos++
	from, keysFrom := len(p.members), len(p.keys)
	p.skip()
	if p.pos < len(p.s) && p.s[p.pos] == '}' {
		p.pos++
		p.depth--
		return &JSON{Kind: JSONObject}, nil
	}
	for first := true; ; first = false {
		p.skip()
		if p.pos >= len(p.s) || p.s[p.pos] != '"' {
			if first {
				return nil, p.unexpected("string or \"}\"")
			}
			return nil, p.unexpected("string")
		}
		key, err := p.str()
		if err != nil {
			return nil, err
		}
		if p.unique {
			p.keys = append(p.keys, key)
		}
		p.skip()
		if p.pos >= len(p.s) || p.s[p.pos] != ':' {
			return nil, p.unexpected("\":\"")
		}
		p.pos++
		v, err := p.value("JSON value")
		if err != nil {
			return nil, err
		}
		if p.tree {
			p.members = append(p.members, JSONMember{key, v})
		}
		p.skip()
		switch {
		case p.pos < len(p.s) && p.s[p.pos] == ',':
			p.pos++
		case p.pos < len(p.s) && p.s[p.pos] == '}':
			p.pos++
			p.depth--
			if p.unique {
				if err := uniqueKeys(p.keys[keysFrom:]); err != nil {
					return nil, err
				}
				p.keys = p.keys[:keysFrom]
			}
			if !p.tree {
				return nil, nil
			}
			n := p.node()
			n.Kind, n.Members = JSONObject, settledMembers(slices.Clone(p.members[from:]))
			p.members = p.members[:from]
			return n, nil
		default:
			return nil, p.unexpected("\",\" or \"}\"")
		}
	}
}

// scanNumber gives the end of the token that begins like a number at start, and says whether
// it is one.
func scanNumber(s string, start int) (end int, ok bool) {
	i := start
	digits := func() bool {
		from := i
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		return i > from
	}
	ok = true
	if s[i] == '-' {
		i++
	}
	if i < len(s) && s[i] == '0' {
		i++
	} else {
		ok = digits()
	}
	if i < len(s) && s[i] == '.' {
		i++
		ok = digits() && ok
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		ok = digits() && ok
	}
	for i < len(s) && (s[i] == '_' || s[i] >= 0x80 || isDigit(s[i]) || isAlpha(s[i]|0x20)) {
		i++
		ok = false
	}
	return i, ok
}

func (p *jsonParser) number() (*JSON, error) {
	start := p.pos
	i, ok := scanNumber(p.s, start)
	if !ok {
		return nil, p.fail(i, "Token \""+p.s[start:i]+"\" is invalid.")
	}
	p.pos = i
	if !p.tree {
		return nil, nil
	}
	digits, exponent, ok := plainNumber(p.s[start:i])
	var d *apd.Decimal
	if ok {
		if len(p.numbers) == 0 {
			p.numbers = make([]apd.Decimal, min(max(len(p.s)-i, 48)/48, 16))
		}
		d = &p.numbers[0]
		p.numbers = p.numbers[1:]
		d.SetInt64(digits)
		d.Exponent = exponent
	} else {
		var err error
		if d, err = ParseNumeric(p.s[start:i]); err != nil {
			return nil, err
		}
	}
	n := p.node()
	n.Kind, n.Num = JSONNumber, d
	return n, nil
}

// plainNumber gives a number of few digits without an exponent.
func plainNumber(s string) (digits int64, exponent int32, ok bool) {
	negative, fraction := s[0] == '-', false
	if len(s) > 18 {
		return 0, 0, false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case isDigit(c):
			digits = digits*10 + int64(c-'0')
			if fraction {
				exponent--
			}
		case c == '.':
			fraction = true
		case c != '-':
			return 0, 0, false
		}
	}
	if negative {
		digits = -digits
	}
	return digits, exponent, true
}

// str reads a string literal at pos.
func (p *jsonParser) str() (string, error) {
	start := p.pos + 1
	i := start
	for i < len(p.s) && p.s[i] != '"' && p.s[i] != '\\' && p.s[i] >= 0x20 {
		i++
	}
	if i < len(p.s) && p.s[i] == '"' {
		p.pos = i + 1
		return p.s[start:i], nil
	}
	out := []byte(p.s[start:i])
	high := rune(0) // a surrogate waiting for its other half
	for i < len(p.s) {
		c := p.s[i]
		if high != 0 && !(c == '\\' && i+1 < len(p.s) && p.s[i+1] == 'u') {
			_, n := utf8.DecodeRuneInString(p.s[i:])
			return "", p.fail(i+n, "Unicode low surrogate must follow a high surrogate.")
		}
		switch {
		case c == '"':
			p.pos = i + 1
			return string(out), nil
		case c < 0x20:
			return "", p.fail(i, "Character with value 0x"+string("0123456789abcdef"[c>>4])+string("0123456789abcdef"[c&15])+" must be escaped.")
		case c != '\\':
			out = append(out, c)
			i++
			continue
		}
		if i+1 >= len(p.s) {
			break
		}
		i++
		switch e := p.s[i]; e {
		case '"', '\\', '/':
			out = append(out, e)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r := rune(0)
			for k := 1; k <= 4; k++ {
				if i+k >= len(p.s) {
					return "", p.fail(len(p.s), "Token \""+p.s[p.pos:]+"\" is invalid.")
				}
				v, ok := hexDigit(p.s[i+k])
				if !ok {
					_, n := utf8.DecodeRuneInString(p.s[i+k:])
					return "", p.fail(i+k+n, "\"\\u\" must be followed by four hexadecimal digits.")
				}
				r = r<<4 | rune(v)
			}
			i += 4
			switch {
			case r >= 0xd800 && r < 0xdc00:
				if high != 0 {
					return "", p.fail(i+1, "Unicode high surrogate must not follow a high surrogate.")
				}
				high = r
			case r >= 0xdc00 && r < 0xe000:
				if high == 0 {
					return "", p.fail(i+1, "Unicode low surrogate must follow a high surrogate.")
				}
				out = utf8.AppendRune(out, (high-0xd800)<<10+(r-0xdc00)+0x10000)
				high = 0
			case high != 0:
				return "", p.fail(i+1, "Unicode low surrogate must follow a high surrogate.")
			case r == 0 && p.tree:
				return "", p.in(i+1, sqlerr.New(sqlerr.UntranslatableCharacter, "unsupported Unicode escape sequence").WithDetail("\\u0000 cannot be converted to text."))
			default:
				out = utf8.AppendRune(out, r)
			}
		default:
			_, n := utf8.DecodeRuneInString(p.s[i:])
			return "", p.fail(i+n, "Escape sequence \"\\"+p.s[i:i+n]+"\" is invalid.")
		}
		i++
	}
	return "", p.fail(len(p.s), "Token \""+p.s[p.pos:]+"\" is invalid.")
}

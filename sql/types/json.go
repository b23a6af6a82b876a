package types

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// JSONKind is what a JSON value is; the constants are in jsonb's order.
type JSONKind uint8

// The kinds of JSON values.
const (
	JSONNull JSONKind = iota
	JSONString
	JSONNumber
	JSONBool
	JSONArray
	JSONObject
)

// JSON is a jsonb value: a tree whose objects have their keys once each, ordered
// as jsonb orders them (shorter first, then by bytes), and whose numbers are
// exact. It is immutable once in a Datum.
type JSON struct {
	Kind    JSONKind
	Bool    bool
	Str     string
	Num     *apd.Decimal
	Elems   []*JSON      // of an array
	Members []JSONMember // of an object
}

// JSONMember is one key of an object.
type JSONMember struct {
	Key   string
	Value *JSON
}

// JSON gives the tree of a jsonb Datum.
func (d Datum) JSON() *JSON {
	j, _ := d.ref.(*JSON)
	return j
}

// Shared scalars.
var (
	JSONNullValue = &JSON{Kind: JSONNull}
	JSONTrue      = &JSON{Kind: JSONBool, Bool: true}
	JSONFalse     = &JSON{Kind: JSONBool}
)

// NewJSONString makes a string value.
func NewJSONString(s string) *JSON { return &JSON{Kind: JSONString, Str: s} }

// NewJSONNumber makes a number value.
func NewJSONNumber(d *apd.Decimal) *JSON { return &JSON{Kind: JSONNumber, Num: d} }

// NewJSONBool makes a boolean value.
func NewJSONBool(b bool) *JSON {
	if b {
		return JSONTrue
	}
	return JSONFalse
}

// NewJSONArray makes an array value.
func NewJSONArray(elems []*JSON) *JSON { return &JSON{Kind: JSONArray, Elems: elems} }

// NewJSONObject makes an object of members in any order; of equal keys the last
// one counts. It takes the slice.
func NewJSONObject(members []JSONMember) *JSON {
	return &JSON{Kind: JSONObject, Members: settledMembers(members)}
}

// settledMembers puts members into their order and leaves out those that a later one
// with the same key replaces. It takes the slice.
func settledMembers(members []JSONMember) []JSONMember {
	settled := true // what was stored is
	for i := 1; i < len(members) && settled; i++ {
		settled = lessJSONKey(members[i-1].Key, members[i].Key)
	}
	if settled {
		return members
	}
	slices.SortStableFunc(members, func(a, b JSONMember) int {
		return cmp.Or(cmp.Compare(len(a.Key), len(b.Key)), strings.Compare(a.Key, b.Key))
	})
	out := members[:0]
	for i, m := range members {
		if i+1 < len(members) && members[i+1].Key == m.Key {
			continue
		}
		out = append(out, m)
	}
	return out
}

func lessJSONKey(a, b string) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}

// Get finds an object's key, or nil.
func (j *JSON) Get(key string) *JSON {
	i := sort.Search(len(j.Members), func(i int) bool { return !lessJSONKey(j.Members[i].Key, key) })
	if i < len(j.Members) && j.Members[i].Key == key {
		return j.Members[i].Value
	}
	return nil
}

// CompareJSON orders jsonb values as PostgreSQL's btree does: by kind (object
// greatest), then by count, then by content; an empty array sorts before all.
func CompareJSON(a, b *JSON) int { return compareJSON(a, b, true) }

func compareJSON(a, b *JSON, top bool) int {
	if a.Kind != b.Kind {
		// A scalar at the top is an array of one in jsonb, which is why an
		// empty array comes before it.
		if top && a.Kind == JSONArray && len(a.Elems) == 0 && b.Kind != JSONObject {
			return -1
		}
		if top && b.Kind == JSONArray && len(b.Elems) == 0 && a.Kind != JSONObject {
			return 1
		}
		return compareInts(int64(a.Kind), int64(b.Kind))
	}
	switch a.Kind {
	case JSONString:
		return compareStrings(a.Str, b.Str)
	case JSONNumber:
		return CompareNumeric(a.Num, b.Num)
	case JSONBool:
		if a.Bool == b.Bool {
			return 0
		} else if a.Bool {
			return 1
		}
		return -1
	case JSONArray:
		if c := compareInts(int64(len(a.Elems)), int64(len(b.Elems))); c != 0 {
			return c
		}
		for i := range a.Elems {
			if c := compareJSON(a.Elems[i], b.Elems[i], false); c != 0 {
				return c
			}
		}
	case JSONObject:
		if c := compareInts(int64(len(a.Members)), int64(len(b.Members))); c != 0 {
			return c
		}
		for i := range a.Members {
			if c := compareStrings(a.Members[i].Key, b.Members[i].Key); c != 0 {
				return c
			}
			if c := compareJSON(a.Members[i].Value, b.Members[i].Value, false); c != 0 {
				return c
			}
		}
	}
	return 0
}

// AppendJSONString appends s as a JSON string, escaped as PostgreSQL does.
func AppendJSONString(dst []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// Append appends the text of a jsonb value: ", " and ": " between the parts.
func (j *JSON) Append(dst []byte) []byte {
	switch j.Kind {
	case JSONNull:
		return append(dst, "null"...)
	case JSONString:
		return AppendJSONString(dst, j.Str)
	case JSONNumber:
		return AppendNumeric(dst, j.Num)
	case JSONBool:
		if j.Bool {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case JSONArray:
		dst = append(dst, '[')
		for i, e := range j.Elems {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = e.Append(dst)
		}
		return append(dst, ']')
	}
	dst = append(dst, '{')
	for i, m := range j.Members {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(AppendJSONString(dst, m.Key), ": "...)
		dst = m.Value.Append(dst)
	}
	return append(dst, '}')
}

// String gives the text of the value.
func (j *JSON) String() string { return string(j.Append(nil)) }

// jsonbCodec is jsonb.
type jsonbCodec struct{}

func (jsonbCodec) input(_ *Type, s string, _ int32, _ *Env) (Datum, error) {
	if err := CheckText(s); err != nil {
		return Null, err
	}
	j, err := ParseJSON(s)
	if err != nil {
		return Null, err
	}
	return Object(j), nil
}
func (jsonbCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return d.JSON().Append(dst)
}
func (c jsonbCodec) receive(t *Type, b []byte, m int32, env *Env) (Datum, error) {
	if len(b) < 1 {
		return Null, shortMessage()
	}
	if b[0] != 1 {
		return Null, sqlerr.New(sqlerr.InternalError, "unsupported jsonb version number %d", b[0])
	}
	return c.input(t, string(b[1:]), m, env)
}
func (jsonbCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return d.JSON().Append(append(dst, 1))
}
func (jsonbCodec) compare(_ *Type, a, b Datum) int { return CompareJSON(a.JSON(), b.JSON()) }

// jsonTextCodec is json: checked, and kept as it was written.
type jsonTextCodec struct{ textCodec }

func (jsonTextCodec) input(_ *Type, s string, _ int32, _ *Env) (Datum, error) {
	if err := CheckText(s); err != nil {
		return Null, err
	}
	if err := CheckJSON(s); err != nil {
		return Null, err
	}
	return String(s), nil
}
func (c jsonTextCodec) receive(t *Type, b []byte, m int32, env *Env) (Datum, error) {
	return c.input(t, string(b), m, env)
}

// jsonParser reads RFC 8259 with PostgreSQL's error texts.
type jsonParser struct {
	s     string
	pos   int
	tree  bool // build values; otherwise only check
	depth int
	// nodes is room for values: those of a document are kept together or not at all.
	nodes []JSON
	// elems and members are those of the arrays and objects that are being read.
	elems   []*JSON
	members []JSONMember
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

func (p *jsonParser) fail(detail string) error {
	return sqlerr.New(sqlerr.InvalidTextRepresentation, "invalid input syntax for type json").WithDetail("%s", detail)
}

func (p *jsonParser) ended() error { return p.fail("The input string ended unexpectedly.") }

// unexpected is for a token in the wrong place, or no token at all.
func (p *jsonParser) unexpected(want string) error {
	if p.pos >= len(p.s) {
		return p.ended()
	}
	tok := p.token()
	c := p.s[p.pos]
	valid := strings.IndexByte(`{}[],:"`, c) >= 0 || tok == "true" || tok == "false" || tok == "null"
	if !valid && (c == '-' || isDigit(c)) {
		start := p.pos
		_, err := p.number()
		p.pos = start
		valid = err == nil
	}
	if !valid {
		return p.fail("Token \"" + tok + "\" is invalid.")
	}
	if c == '"' {
		if start := p.pos; true {
			s, err := p.str()
			p.pos = start
			if err != nil {
				return err
			}
			_ = s
		}
	}
	return p.fail("Expected " + want + ", but found \"" + tok + "\".")
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
		return sqlerr.New(sqlerr.StatementTooComplex, "stack depth limit exceeded")
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
	from := len(p.members)
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

func (p *jsonParser) number() (*JSON, error) {
	start := p.pos
	i := p.pos
	digits := func() bool {
		from := i
		for i < len(p.s) && isDigit(p.s[i]) {
			i++
		}
		return i > from
	}
	ok := true
	if p.s[i] == '-' {
		i++
	}
	if i < len(p.s) && p.s[i] == '0' {
		i++
	} else {
		ok = digits()
	}
	if i < len(p.s) && p.s[i] == '.' {
		i++
		ok = digits() && ok
	}
	if i < len(p.s) && (p.s[i] == 'e' || p.s[i] == 'E') {
		i++
		if i < len(p.s) && (p.s[i] == '+' || p.s[i] == '-') {
			i++
		}
		ok = digits() && ok
	}
	for i < len(p.s) && (p.s[i] == '_' || p.s[i] >= 0x80 || isDigit(p.s[i]) || isAlpha(p.s[i]|0x20)) {
		i++
		ok = false
	}
	if !ok {
		return nil, p.fail("Token \"" + p.s[start:i] + "\" is invalid.")
	}
	p.pos = i
	if !p.tree {
		return nil, nil
	}
	d, ok := plainNumber(p.s[start:i])
	if !ok {
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
func plainNumber(s string) (*apd.Decimal, bool) {
	digits, scale := int64(0), int32(0)
	negative, fraction := s[0] == '-', false
	if len(s) > 18 {
		return nil, false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case isDigit(c):
			digits = digits*10 + int64(c-'0')
			if fraction {
				scale++
			}
		case c == '.':
			fraction = true
		case c != '-':
			return nil, false
		}
	}
	if negative {
		digits = -digits
	}
	return apd.New(digits, -scale), true
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
			return "", p.fail("Unicode low surrogate must follow a high surrogate.")
		}
		switch {
		case c == '"':
			p.pos = i + 1
			return string(out), nil
		case c < 0x20:
			return "", p.fail("Character with value 0x" + string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15]) + " must be escaped.")
		case c != '\\':
			out = append(out, c)
			i++
			continue
		}
		if i+1 >= len(p.s) {
			return "", p.ended()
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
					return "", p.ended()
				}
				v, ok := hexDigit(p.s[i+k])
				if !ok {
					return "", p.fail("\"\\u\" must be followed by four hexadecimal digits.")
				}
				r = r<<4 | rune(v)
			}
			i += 4
			switch {
			case r >= 0xd800 && r < 0xdc00:
				if high != 0 {
					return "", p.fail("Unicode high surrogate must not follow a high surrogate.")
				}
				high = r
			case r >= 0xdc00 && r < 0xe000:
				if high == 0 {
					return "", p.fail("Unicode low surrogate must follow a high surrogate.")
				}
				out = utf8.AppendRune(out, (high-0xd800)<<10+(r-0xdc00)+0x10000)
				high = 0
			case high != 0:
				return "", p.fail("Unicode low surrogate must follow a high surrogate.")
			case r == 0 && p.tree:
				return "", sqlerr.New(sqlerr.UntranslatableCharacter, "unsupported Unicode escape sequence").WithDetail("\\u0000 cannot be converted to text.")
			default:
				out = utf8.AppendRune(out, r)
			}
		default:
			_, n := utf8.DecodeRuneInString(p.s[i:])
			return "", p.fail("Escape sequence \"\\" + p.s[i:i+n] + "\" is invalid.")
		}
		i++
	}
	p.pos = start - 1
	return "", p.fail("Token \"" + p.s[start-1:] + "\" is invalid.")
}

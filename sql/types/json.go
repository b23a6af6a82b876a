package types

import (
	"cmp"
	"slices"
	"sort"
	"strings"

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

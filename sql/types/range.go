package types

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Bound is one end of a range; a NULL value is infinity.
type Bound struct {
	Value     Datum
	Inclusive bool
}

// Range is a range value in its canonical form: ranges of integers and dates
// begin with what they include and end before what they do not. It is immutable
// once in a Datum.
type Range struct {
	Of    *Type // the range type
	Empty bool
	Lower Bound
	Upper Bound
}

// Range gives the value of a range Datum.
func (d Datum) Range() *Range {
	r, _ := d.ref.(*Range)
	return r
}

// NewRange makes a range of type t. Bounds in the wrong order are 22000.
func NewRange(t *Type, lower, upper Bound) (*Range, error) {
	lower.Inclusive = lower.Inclusive && !lower.Value.IsNull()
	upper.Inclusive = upper.Inclusive && !upper.Value.IsNull()
	empty, err := t.emptyBetween(lower, upper)
	if err != nil || empty {
		return &Range{Of: t, Empty: true}, err
	}
	if lower.Value, lower.Inclusive, err = t.canonical(lower, true); err != nil {
		return nil, err
	}
	if upper.Value, upper.Inclusive, err = t.canonical(upper, false); err != nil {
		return nil, err
	}
	if empty, err = t.emptyBetween(lower, upper); err != nil || empty {
		return &Range{Of: t, Empty: true}, err
	}
	return &Range{Of: t, Lower: lower, Upper: upper}, nil
}

// emptyBetween says whether nothing lies between two bounds.
func (t *Type) emptyBetween(lower, upper Bound) (bool, error) {
	if lower.Value.IsNull() || upper.Value.IsNull() {
		return false, nil
	}
	c := t.Subtype.Compare(lower.Value, upper.Value)
	if c > 0 {
		return false, sqlerr.New(sqlerr.DataException, "range lower bound must be less than or equal to range upper bound")
	}
	return c == 0 && !(lower.Inclusive && upper.Inclusive), nil
}

// canonical gives the one form of a bound of a discrete type.
func (t *Type) canonical(b Bound, lower bool) (Datum, bool, error) {
	discrete := t == Int4Range || t == Int8Range || t == DateRange
	if !discrete || b.Value.IsNull() || b.Inclusive == lower {
		return b.Value, b.Inclusive, nil
	}
	v := b.Value.Int()
	switch {
	case t == DateRange && (IsInfiniteDate(v)):
		return b.Value, b.Inclusive, nil
	case t == Int4Range && v == math.MaxInt32:
		return Null, false, sqlerr.New(sqlerr.NumericValueOutOfRange, "integer out of range")
	case t == Int8Range && v == math.MaxInt64:
		return Null, false, sqlerr.New(sqlerr.NumericValueOutOfRange, "bigint out of range")
	}
	return Int(v + 1), lower, nil
}

// CompareBounds orders two bounds by the points where they cut; each is the
// lower or the upper one of its range.
func (t *Type) CompareBounds(a Bound, aLower bool, b Bound, bLower bool) int {
	infinite := func(lower bool) int {
		if lower {
			return -1
		}
		return 1
	}
	switch {
	case a.Value.IsNull() && b.Value.IsNull():
		return compareInts(int64(infinite(aLower)), int64(infinite(bLower)))
	case a.Value.IsNull():
		return infinite(aLower)
	case b.Value.IsNull():
		return -infinite(bLower)
	}
	if c := t.Subtype.Compare(a.Value, b.Value); c != 0 {
		return c
	}
	// An exclusive lower bound cuts behind the value, an exclusive upper one
	// before it.
	side := func(b Bound, lower bool) int64 {
		switch {
		case b.Inclusive:
			return 0
		case lower:
			return 1
		}
		return -1
	}
	return compareInts(side(a, aLower), side(b, bLower))
}

// Contains says whether a value lies in the range.
func (r *Range) Contains(d Datum) bool {
	if r.Empty {
		return false
	}
	if !r.Lower.Value.IsNull() {
		if c := r.Of.Subtype.Compare(r.Lower.Value, d); c > 0 || c == 0 && !r.Lower.Inclusive {
			return false
		}
	}
	if !r.Upper.Value.IsNull() {
		if c := r.Of.Subtype.Compare(r.Upper.Value, d); c < 0 || c == 0 && !r.Upper.Inclusive {
			return false
		}
	}
	return true
}

// Compare orders ranges: empty ones first, then by lower and by upper bound.
func (r *Range) Compare(o *Range) int {
	switch {
	case r.Empty && o.Empty:
		return 0
	case r.Empty:
		return -1
	case o.Empty:
		return 1
	}
	if c := r.Of.CompareBounds(r.Lower, true, o.Lower, true); c != 0 {
		return c
	}
	return r.Of.CompareBounds(r.Upper, false, o.Upper, false)
}

// rangeCodec is every range type.
type rangeCodec struct{}

func (rangeCodec) input(t *Type, s string, _ int32, env *Env) (Datum, error) {
	r, _, err := readRange(t, s, s, true, env)
	if err != nil {
		return Null, err
	}
	return Object(r), nil
}

func malformedRange(s, detail string) error {
	return sqlerr.New(sqlerr.InvalidTextRepresentation, "malformed range literal: \"%s\"", s).WithDetail("%s", detail)
}

// readRange reads a range at the front of s and gives what comes behind it, nothing if it is
// to be whole; all is the literal for the error.
func readRange(t *Type, s, all string, whole bool, env *Env) (r *Range, rest string, err error) {
	s = trimLeftSpace(s)
	if len(s) >= 5 && strings.EqualFold(s[:5], "empty") {
		if rest = trimLeftSpace(s[5:]); whole && rest != "" {
			return nil, "", malformedRange(all, "Junk after \"empty\" key word.")
		}
		return &Range{Of: t, Empty: true}, rest, nil
	}
	if s == "" || s[0] != '[' && s[0] != '(' {
		return nil, "", malformedRange(all, "Missing left parenthesis or bracket.")
	}
	lower, upper := Bound{Inclusive: s[0] == '['}, Bound{}
	var texts [2]*string
	if texts[0], s, err = readBound(s[1:], all); err != nil {
		return nil, "", err
	}
	if s[0] != ',' {
		return nil, "", malformedRange(all, "Missing comma after lower bound.")
	}
	if texts[1], s, err = readBound(s[1:], all); err != nil {
		return nil, "", err
	}
	if s[0] == ',' {
		return nil, "", malformedRange(all, "Too many commas.")
	}
	if rest = trimLeftSpace(s[1:]); whole && rest != "" {
		return nil, "", malformedRange(all, "Junk after right parenthesis or bracket.")
	}
	for i, b := range []*Bound{&lower, &upper} {
		if texts[i] == nil {
			continue
		}
		if b.Value, err = t.Subtype.Input(*texts[i], NoTypmod, env); err != nil {
			return nil, "", err
		}
	}
	upper.Inclusive = s[0] == ']'
	r, err = NewRange(t, lower, upper)
	return r, rest, err
}

// readBound gives the text of one bound, up to the character that ends it; nil for none.
func readBound(s, all string) (text *string, rest string, err error) {
	if s != "" && strings.IndexByte(",)]", s[0]) >= 0 {
		return nil, s, nil
	}
	var b strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case !quoted && (c == ',' || c == ')' || c == ']'):
			bound := b.String()
			return &bound, s[i:], nil
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case c == '"' && !quoted:
			quoted = true
		case c == '"' && i+1 < len(s) && s[i+1] == '"':
			i++
			b.WriteByte('"')
		case c == '"':
			quoted = false
		default:
			b.WriteByte(c)
		}
	}
	return nil, "", malformedRange(all, "Unexpected end of input.")
}

func (rangeCodec) appendText(t *Type, dst []byte, d Datum, env *Env) []byte {
	r := d.Range()
	if r.Empty {
		return append(dst, "empty"...)
	}
	dst = append(dst, "(["[btoi(r.Lower.Inclusive)])
	dst = appendBound(t, dst, r.Lower, env)
	dst = appendBound(t, append(dst, ','), r.Upper, env)
	return append(dst, ")]"[btoi(r.Upper.Inclusive)])
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func appendBound(t *Type, dst []byte, b Bound, env *Env) []byte {
	if b.Value.IsNull() {
		return dst
	}
	text := t.Subtype.Text(b.Value, env)
	if text != "" && !strings.ContainsAny(text, "\"\\()[], \t\n\v\f\r") {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	for i := range len(text) {
		if text[i] == '"' || text[i] == '\\' {
			dst = append(dst, text[i])
		}
		dst = append(dst, text[i])
	}
	return append(dst, '"')
}

// The flags of the binary form.
const (
	rangeEmpty         = 0x01
	rangeLowerIncluded = 0x02
	rangeUpperIncluded = 0x04
	rangeLowerInfinite = 0x08
	rangeUpperInfinite = 0x10
)

func (rangeCodec) receive(t *Type, b []byte, _ int32, env *Env) (Datum, error) {
	if len(b) < 1 {
		return Null, shortMessage()
	}
	flags, rest := b[0], b[1:]
	bound := func(included, infinite byte) (out Bound, err error) {
		if flags&(rangeEmpty|infinite) != 0 {
			return out, nil
		}
		if len(rest) < 4 {
			return out, shortMessage()
		}
		n := int(int32(binary.BigEndian.Uint32(rest)))
		if rest = rest[4:]; n < 0 || n > len(rest) {
			return out, shortMessage()
		}
		out.Inclusive = flags&included != 0
		out.Value, err = t.Subtype.Receive(rest[:n], NoTypmod, env)
		rest = rest[n:]
		return out, err
	}
	lower, err := bound(rangeLowerIncluded, rangeLowerInfinite)
	if err != nil {
		return Null, err
	}
	upper, err := bound(rangeUpperIncluded, rangeUpperInfinite)
	if err != nil {
		return Null, err
	}
	if len(rest) > 0 {
		return Null, badBinary("incorrect binary data format")
	}
	if flags&rangeEmpty != 0 {
		return Object(&Range{Of: t, Empty: true}), nil
	}
	r, err := NewRange(t, lower, upper)
	if err != nil {
		return Null, err
	}
	return Object(r), nil
}

func (rangeCodec) appendBinary(t *Type, dst []byte, d Datum, env *Env) []byte {
	r := d.Range()
	if r.Empty {
		return append(dst, rangeEmpty)
	}
	at := len(dst)
	dst = append(dst, 0)
	for i, b := range []Bound{r.Lower, r.Upper} {
		switch {
		case b.Value.IsNull():
			dst[at] |= rangeLowerInfinite << i
			continue
		case b.Inclusive:
			dst[at] |= rangeLowerIncluded << i
		}
		length := len(dst)
		dst = t.Subtype.AppendBinary(append(dst, 0, 0, 0, 0), b.Value, env)
		binary.BigEndian.PutUint32(dst[length:], uint32(len(dst)-length-4))
	}
	return dst
}

func (rangeCodec) compare(_ *Type, a, b Datum) int { return a.Range().Compare(b.Range()) }

// hashRange folds a range into a hash.
func hashRange(h uint64, r *Range) uint64 {
	if r.Empty {
		return mix(h, rangeEmpty)
	}
	for _, b := range []Bound{r.Lower, r.Upper} {
		h = r.Of.Subtype.Hash(mix(h, uint64(btoi(b.Inclusive))), b.Value)
	}
	return h
}

package types

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// HstorePair is a key of an hstore with its value, or NULL.
type HstorePair struct {
	Key, Value string
	Null       bool
}

// hstoreCodec is the type of extension hstore. A value is kept in its binary form:
// the number of pairs, then key and value of each with their lengths, -1 for NULL.
// The pairs are in order, shorter keys first, and no key is there twice.
type hstoreCodec struct{}

// HstoreDatum makes a value of pairs in any order; of those of one key the first
// stays.
func HstoreDatum(pairs []HstorePair) Datum {
	pairs = slices.Clone(pairs)
	slices.SortStableFunc(pairs, func(a, b HstorePair) int { return compareHstoreKeys(a.Key, b.Key) })
	pairs = slices.CompactFunc(pairs, func(a, b HstorePair) bool { return a.Key == b.Key })
	out := binary.BigEndian.AppendUint32(nil, uint32(len(pairs)))
	for _, p := range pairs {
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(p.Key))), p.Key...)
		if p.Null {
			out = binary.BigEndian.AppendUint32(out, 1<<32-1)
			continue
		}
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(p.Value))), p.Value...)
	}
	return String(string(out))
}

func compareHstoreKeys(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// HstorePairs are the pairs of a value, in order.
func HstorePairs(d Datum) []HstorePair {
	s := d.Str()
	length := func() uint32 {
		n := binary.BigEndian.Uint32([]byte(s[:4]))
		s = s[4:]
		return n
	}
	text := func(n uint32) (t string) {
		t, s = s[:n], s[n:]
		return t
	}
	pairs := make([]HstorePair, length())
	for i := range pairs {
		pairs[i].Key = text(length())
		if n := length(); n == 1<<32-1 {
			pairs[i].Null = true
		} else {
			pairs[i].Value = text(n)
		}
	}
	return pairs
}

// HstoreGet finds the pair of a key.
func HstoreGet(pairs []HstorePair, key string) (HstorePair, bool) {
	at, found := slices.BinarySearchFunc(pairs, key, func(p HstorePair, key string) int { return compareHstoreKeys(p.Key, key) })
	if !found {
		return HstorePair{}, false
	}
	return pairs[at], true
}

func (hstoreCodec) input(_ *Type, s string, _ int32, _ *Env) (Datum, error) {
	r := hstoreReader{text: s}
	var pairs []HstorePair
	for {
		key, _, ok, err := r.word(false)
		if err != nil {
			return Null, err
		}
		if !ok {
			return HstoreDatum(pairs), nil
		}
		if err := r.arrow(); err != nil {
			return Null, err
		}
		value, quoted, ok, err := r.word(true)
		if err != nil {
			return Null, err
		}
		if !ok {
			return Null, hstoreEnd()
		}
		p := HstorePair{Key: key, Value: value, Null: !quoted && strings.EqualFold(value, "null")}
		if p.Null {
			p.Value = ""
		}
		pairs = append(pairs, p)
		r.blanks()
		switch {
		case r.at == len(s):
			return HstoreDatum(pairs), nil
		case s[r.at] != ',':
			return Null, r.unexpected()
		}
		r.at++
	}
}

// hstoreReader reads the text form.
type hstoreReader struct {
	text string
	at   int
}

func hstoreEnd() error { return sqlerr.New(sqlerr.InternalError, "Unexpected end of string") }

func (r *hstoreReader) unexpected() error {
	end := r.at + 1
	for end < len(r.text) && r.text[end]&0xC0 == 0x80 { // the whole character
		end++
	}
	return sqlerr.New(sqlerr.InternalError, "Syntax error near \"%s\" at position %d", r.text[r.at:end], r.at)
}

func (r *hstoreReader) blanks() {
	for r.at < len(r.text) && strings.IndexByte(space, r.text[r.at]) >= 0 {
		r.at++
	}
}

// arrow reads =>, before which blanks may stand.
func (r *hstoreReader) arrow() error {
	r.blanks()
	for _, want := range []byte("=>") {
		if r.at == len(r.text) {
			return hstoreEnd()
		}
		if r.text[r.at] != want {
			return r.unexpected()
		}
		r.at++
	}
	return nil
}

// word reads a key or a value, quoted or not; not ok at the end of the text. A key
// that is not quoted ends at =, a value at a comma; either at a blank.
func (r *hstoreReader) word(value bool) (word string, quoted, ok bool, err error) {
	r.blanks()
	if r.at == len(r.text) {
		return "", false, false, nil
	}
	var out []byte
	take := func() bool { // the next byte as it is, behind a backslash
		if r.at == len(r.text) {
			return false
		}
		out = append(out, r.text[r.at])
		r.at++
		return true
	}
	switch c := r.text[r.at]; {
	case c == '"':
		for r.at++; r.at < len(r.text); {
			c := r.text[r.at]
			r.at++
			switch {
			case c == '"':
				return string(out), true, true, nil
			case c != '\\':
				out = append(out, c)
			case !take():
				return "", true, false, hstoreEnd()
			}
		}
		return "", true, false, hstoreEnd()
	case c == '=' && !value:
		return "", false, false, r.unexpected()
	}
	for r.at < len(r.text) {
		c := r.text[r.at]
		if c == '=' && !value || c == ',' && value && len(out) > 0 || strings.IndexByte(space, c) >= 0 {
			break
		}
		r.at++
		if c != '\\' {
			out = append(out, c)
		} else if quoted = true; !take() {
			return "", true, false, hstoreEnd()
		}
	}
	return string(out), quoted, true, nil
}

func (hstoreCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	quote := func(s string) {
		dst = append(dst, '"')
		for i := range len(s) {
			if s[i] == '"' || s[i] == '\\' {
				dst = append(dst, '\\')
			}
			dst = append(dst, s[i])
		}
		dst = append(dst, '"')
	}
	for i, p := range HstorePairs(d) {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		quote(p.Key)
		dst = append(dst, "=>"...)
		if p.Null {
			dst = append(dst, "NULL"...)
		} else {
			quote(p.Value)
		}
	}
	return dst
}

func (hstoreCodec) receive(_ *Type, b []byte, _ int32, env *Env) (Datum, error) {
	length := func() (int, bool) {
		if len(b) < 4 {
			return 0, false
		}
		n := int32(binary.BigEndian.Uint32(b))
		b = b[4:]
		return int(n), true
	}
	text := func(n int) (string, error) {
		if n > len(b) || n < 0 {
			return "", shortMessage()
		}
		d, err := Text.Receive(b[:n], NoTypmod, env)
		if err != nil {
			return "", err
		}
		b = b[n:]
		return d.Str(), nil
	}
	count, ok := length()
	if !ok {
		return Null, shortMessage()
	}
	const most = (1<<30 - 1) / 24 // what an allocation of PostgreSQL's has room for
	if count < 0 || count > most {
		return Null, sqlerr.New(sqlerr.ProgramLimitExceeded, "number of pairs (%d) exceeds the maximum allowed (%d)", count, most)
	}
	var pairs []HstorePair
	for range count {
		n, ok := length()
		if !ok {
			return Null, shortMessage()
		}
		if n < 0 {
			return Null, sqlerr.New(sqlerr.NullValueNotAllowed, "null value not allowed for hstore key")
		}
		key, err := text(n)
		if err != nil {
			return Null, err
		}
		p := HstorePair{Key: key, Null: true}
		if n, ok = length(); !ok {
			return Null, shortMessage()
		}
		if n >= 0 {
			p.Null = false
			if p.Value, err = text(n); err != nil {
				return Null, err
			}
		}
		pairs = append(pairs, p)
	}
	return HstoreDatum(pairs), nil
}

func (hstoreCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return append(dst, d.Str()...)
}

// compare is the order of hstore_cmp: by the bytes of all keys and values one after
// the other, then by how they are divided.
func (hstoreCodec) compare(_ *Type, a, b Datum) int { return CompareHstores(a, b) }

// CompareHstores orders two values.
func CompareHstores(a, b Datum) int {
	if a.Str() == b.Str() {
		return 0
	}
	x, y := HstorePairs(a), HstorePairs(b)
	return cmp.Or(strings.Compare(hstoreBytes(x), hstoreBytes(y)), cmp.Compare(len(x), len(y)), strings.Compare(a.Str(), b.Str()))
}

// HstoreBytes are all keys and values of a value, one behind the other, and how many
// pairs there are: what it is ordered by first.
func HstoreBytes(d Datum) (text string, pairs int) {
	list := HstorePairs(d)
	return hstoreBytes(list), len(list)
}

func hstoreBytes(pairs []HstorePair) string {
	var b strings.Builder
	for _, p := range pairs {
		b.WriteString(p.Key)
		b.WriteString(p.Value)
	}
	return b.String()
}

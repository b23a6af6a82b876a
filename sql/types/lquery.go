package types

import (
	"fmt"
	"math"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// lqueryCodec is type lquery of extension ltree: a pattern of paths. A value is kept as
// its text form, as the type writes it.
type lqueryCodec struct{}

// LQuery is a pattern of paths: items, each of which matches some labels.
type LQuery []lqueryItem

type lqueryItem struct {
	not      bool
	variants []labelMatch // none: any label
	// counted: so many labels as low and high say, which hold for * without.
	counted   bool
	low, high int
}

// lqueryReader reads the text form.
type lqueryReader struct {
	text []rune
	at   int // characters that have been read
	out  LQuery
}

func (r *lqueryReader) wrong() error {
	return sqlerr.New(sqlerr.SyntaxError, "lquery syntax error at character %d", r.at+1)
}

func (r *lqueryReader) ended() error {
	return sqlerr.New(sqlerr.SyntaxError, "lquery syntax error").WithDetail("Unexpected end of input.")
}

// next is the character at hand, 0 at the end.
func (r *lqueryReader) next() rune {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

func (r *lqueryReader) over() bool { return r.at == len(r.text) }

// ParseLQuery reads the text form of a pattern.
func ParseLQuery(s string) (LQuery, error) {
	if n := strings.Count(s, ".") + 1; n > maxLevels {
		return nil, sqlerr.New(sqlerr.ProgramLimitExceeded, "number of lquery items (%d) exceeds the maximum allowed (%d)", n, maxLevels)
	}
	r := lqueryReader{text: []rune(s)}
	for {
		if err := r.item(); err != nil {
			return nil, err
		}
		if r.over() {
			break
		}
		r.at++ // the dot
	}
	for _, item := range r.out {
		size := 16 // as PostgreSQL keeps it
		for _, v := range item.variants {
			size += (8 + len(v.word) + 7) &^ 7
		}
		if size > 1<<16-1 {
			return nil, sqlerr.New(sqlerr.ProgramLimitExceeded, "lquery level is too large").
				WithDetail("Total size of level exceeds the maximum allowed (%d bytes).", 1<<16-1)
		}
	}
	return r.out, nil
}

// item reads up to a dot or the end.
func (r *lqueryReader) item() error {
	item := lqueryItem{high: maxLevels}
	switch c := r.next(); {
	case r.over():
		return r.ended()
	case c == '*':
		r.at++
	case c == '!':
		item.not = true
		r.at++
		fallthrough
	case labelRune(c):
		if err := r.variants(&item); err != nil {
			return err
		}
	default:
		return r.wrong()
	}
	if r.next() == '{' {
		item.counted = true
		if err := r.count(&item); err != nil {
			return err
		}
	}
	if !r.over() && r.next() != '.' {
		return r.wrong()
	}
	r.out = append(r.out, item)
	return nil
}

// variants reads patterns with | between.
func (r *lqueryReader) variants(item *lqueryItem) error {
	for {
		if len(item.variants) == 1<<16-1 {
			return sqlerr.New(sqlerr.ProgramLimitExceeded, "lquery level has too many variants").
				WithDetail("Number of variants exceeds the maximum allowed (%d).", 1<<16-1)
		}
		var m labelMatch
		begin := r.at
		for !r.over() && labelRune(r.next()) {
			r.at++
		}
		m.word = string(r.text[begin:r.at])
		end := r.at
		for !r.over() && m.flag(r.next()) {
			r.at++
		}
		switch c := r.next(); {
		case !r.over() && c != '|' && c != '{' && c != '.':
			return r.wrong()
		case m.word == "":
			r.at = end
			return sqlerr.From(r.wrong()).WithDetail("Empty labels are not allowed.")
		}
		if err := labelLength(end-begin, end+1); err != nil {
			return err
		}
		item.variants = append(item.variants, m)
		if r.next() != '|' {
			return nil
		}
		r.at++
		switch {
		case r.over():
			return r.ended()
		case !labelRune(r.next()):
			return r.wrong()
		}
	}
}

// count reads {low}, {low,}, {,high} or {low,high}.
func (r *lqueryReader) count(item *lqueryItem) (err error) {
	r.at++
	low := false
	if r.digit() {
		if item.low, err = r.number("Low"); err != nil {
			return err
		}
		item.high, low = item.low, true
	}
	if r.next() == ',' {
		r.at++
		item.high = maxLevels
		if at := r.at; r.digit() {
			if item.high, err = r.number("High"); err != nil {
				return err
			}
			if item.low > item.high {
				return sqlerr.New(sqlerr.SyntaxError, "lquery syntax error").
					WithDetail("Low limit (%d) is greater than high limit (%d), at character %d.", item.low, item.high, at+1)
			}
		}
		low = true
	}
	switch {
	case r.over():
		return r.ended()
	case !low || r.next() != '}':
		return r.wrong()
	}
	r.at++
	return nil
}

func (r *lqueryReader) digit() bool { return r.next() >= '0' && r.next() <= '9' }

func (r *lqueryReader) number(which string) (int, error) {
	at := r.at
	n := int64(0)
	for ; r.digit(); r.at++ {
		n = n*10 + int64(r.next()-'0')
		if n > math.MaxInt64/16 { // it is beyond the limit anyway
			n /= 10
		}
	}
	if n > maxLevels {
		return 0, sqlerr.New(sqlerr.ProgramLimitExceeded, "lquery syntax error").
			WithDetail("%s limit (%d) exceeds the maximum allowed (%d), at character %d.", which, int32(n), maxLevels, at+1)
	}
	return int(n), nil
}

// String writes the text form.
func (q LQuery) String() string {
	var dst []byte
	for i, item := range q {
		if i > 0 {
			dst = append(dst, '.')
		}
		if item.not {
			dst = append(dst, '!')
		}
		for j, v := range item.variants {
			if j > 0 {
				dst = append(dst, '|')
			}
			dst = v.append(dst)
		}
		every := len(item.variants) == 0
		if every {
			dst = append(dst, '*')
		}
		switch {
		case !every && !item.counted:
		case item.low == item.high:
			dst = fmt.Appendf(dst, "{%d}", item.low)
		case item.low == 0 && item.high == maxLevels:
			if !every {
				dst = append(dst, "{,}"...)
			}
		case item.low == 0:
			dst = fmt.Appendf(dst, "{,%d}", item.high)
		case item.high == maxLevels:
			dst = fmt.Appendf(dst, "{%d,}", item.low)
		default:
			dst = fmt.Appendf(dst, "{%d,%d}", item.low, item.high)
		}
	}
	return string(dst)
}

func (item *lqueryItem) matches(label string) bool {
	if len(item.variants) == 0 {
		return !item.not
	}
	for i := range item.variants {
		if item.variants[i].matches(label) {
			return !item.not
		}
	}
	return item.not
}

// Matches says whether the pattern matches a path. It takes time in proportion to
// the labels of the path times the items of the pattern.
func (q LQuery) Matches(labels []string) bool {
	// reach[i]: the items so far match the first i labels.
	reach := make([]bool, len(labels)+1)
	reach[0] = true
	for n := range q {
		item := &q[n]
		low, high := item.low, item.high
		if !item.counted && len(item.variants) > 0 {
			low, high = 1, 1
		}
		next := make([]bool, len(labels)+1)
		some := false
		run := 0 // labels in a row before i that the item matches
		far := -1
		for i := range next {
			if i > 0 {
				if item.matches(labels[i-1]) {
					run++
				} else {
					run = 0
				}
			}
			if i >= low && reach[i-low] {
				far = i - low // the nearest begin that is far enough away
			}
			next[i] = far >= i-min(high, run)
			some = some || next[i]
		}
		if !some {
			return false
		}
		reach = next
	}
	return reach[len(labels)]
}

func (lqueryCodec) input(_ *Type, s string, _ int32, _ *Env) (Datum, error) {
	q, err := ParseLQuery(s)
	if err != nil {
		return Null, err
	}
	return String(q.String()), nil
}

func (lqueryCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return append(dst, d.Str()...)
}

func (c lqueryCodec) receive(t *Type, b []byte, typmod int32, env *Env) (Datum, error) {
	return receiveVersioned(c, t, b, typmod, env)
}

func (lqueryCodec) appendBinary(_ *Type, dst []byte, d Datum, env *Env) []byte {
	return Text.AppendBinary(append(dst, 1), d, env)
}

func (lqueryCodec) compare(_ *Type, a, b Datum) int { return strings.Compare(a.Str(), b.Str()) }

package types

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// ltreeCodec is type ltree of extension ltree: a path of labels. A value is kept as
// its text, labels with dots between; the order of the bytes is then the order of the
// paths, since no character of a label is below a dot.
type ltreeCodec struct{}

const (
	maxLabel  = 255       // characters
	maxLevels = 1<<16 - 1 // labels of a path, and items of an lquery
)

// labelRune says whether labels may have a character.
func labelRune(c rune) bool {
	if c < 0x80 {
		return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
	}
	return unicode.In(c, unicode.L, unicode.M, unicode.Nd, unicode.Nl)
}

// LtreeLabels are the labels of a path.
func LtreeLabels(d Datum) []string {
	if d.Str() == "" {
		return nil
	}
	return strings.Split(d.Str(), ".")
}

// LtreeDatum makes a path of labels that are known to be ones.
func LtreeDatum(labels []string) (Datum, error) {
	if len(labels) > maxLevels {
		return Null, sqlerr.New(sqlerr.ProgramLimitExceeded, "number of ltree levels (%d) exceeds the maximum allowed (%d)", len(labels), maxLevels)
	}
	return String(strings.Join(labels, ".")), nil
}

// ParseLtree reads the text form of a path.
func ParseLtree(s string) (Datum, error) {
	if n := strings.Count(s, ".") + 1; n > maxLevels {
		return Null, sqlerr.New(sqlerr.ProgramLimitExceeded, "number of ltree labels (%d) exceeds the maximum allowed (%d)", n, maxLevels)
	}
	at, length := 1, 0 // characters
	for _, c := range s {
		switch {
		case labelRune(c):
			length++
		case c == '.' && length > 0:
			if err := labelLength(length, at); err != nil {
				return Null, err
			}
			length = 0
		default:
			return Null, sqlerr.New(sqlerr.SyntaxError, "ltree syntax error at character %d", at)
		}
		at++
	}
	if length == 0 && s != "" {
		return Null, sqlerr.New(sqlerr.SyntaxError, "ltree syntax error").WithDetail("Unexpected end of input.")
	}
	return String(s), labelLength(length, at)
}

func labelLength(length, at int) error {
	if length <= maxLabel {
		return nil
	}
	return sqlerr.New(sqlerr.NameTooLong, "label string is too long").
		WithDetail("Label length is %d, must be at most %d, at character %d.", length, maxLabel, at)
}

func (ltreeCodec) input(_ *Type, s string, _ int32, _ *Env) (Datum, error) { return ParseLtree(s) }

func (ltreeCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return append(dst, d.Str()...)
}

func (c ltreeCodec) receive(t *Type, b []byte, typmod int32, env *Env) (Datum, error) {
	return receiveVersioned(c, t, b, typmod, env)
}

func (ltreeCodec) appendBinary(_ *Type, dst []byte, d Datum, env *Env) []byte {
	return Text.AppendBinary(append(dst, 1), d, env)
}

func (ltreeCodec) compare(_ *Type, a, b Datum) int { return strings.Compare(a.Str(), b.Str()) }

// receiveVersioned reads the binary form that is a version, 1, and the text form.
func receiveVersioned(c codec, t *Type, b []byte, typmod int32, env *Env) (Datum, error) {
	if len(b) == 0 {
		return Null, shortMessage()
	}
	if b[0] != 1 {
		return Null, sqlerr.New(sqlerr.InternalError, "unsupported %s version number %d", t.Brought, b[0])
	}
	text, err := Text.Receive(b[1:], NoTypmod, env)
	if err != nil {
		return Null, err
	}
	return c.input(t, text.Str(), typmod, env)
}

// CompareLtrees is ltree_cmp: which path is first, times ten times the level that decides,
// counted from the end of the first.
func CompareLtrees(a, b Datum) int {
	x, y := LtreeLabels(a), LtreeLabels(b)
	for i := range min(len(x), len(y)) {
		n := min(len(x[i]), len(y[i]))
		order := strings.Compare(x[i][:n], y[i][:n])
		if order == 0 {
			order = len(x[i]) - len(y[i])
		}
		if order != 0 {
			return order * 10 * (len(x) - i + 1)
		}
	}
	return (len(x) - len(y)) * 10 * (len(x) - min(len(x), len(y)) + 1)
}

// LtreeContains says whether a path begins with all labels of another.
func LtreeContains(ancestor, path Datum) bool {
	a, p := ancestor.Str(), path.Str()
	return strings.HasPrefix(p, a) && (a == "" || len(a) == len(p) || p[len(a)] == '.')
}

// labelMatch is a pattern of a label.
type labelMatch struct {
	word string
	// prefix: it is the beginning; fold: without regard to case; words: each of its words,
	// between underscores, is one of the label's.
	prefix, fold, words bool
}

// flag takes one of the characters behind a pattern.
func (m *labelMatch) flag(c rune) bool {
	switch c {
	case '*':
		m.prefix = true
	case '@':
		m.fold = true
	case '%':
		m.words = true
	default:
		return false
	}
	return true
}

func (m *labelMatch) flagged() bool { return m.prefix || m.fold || m.words }

func (m *labelMatch) append(dst []byte) []byte {
	dst = append(dst, m.word...)
	if m.words {
		dst = append(dst, '%')
	}
	if m.fold {
		dst = append(dst, '@')
	}
	if m.prefix {
		dst = append(dst, '*')
	}
	return dst
}

func (m *labelMatch) matches(label string) bool {
	if !m.words {
		return m.matchesWord(m.word, label)
	}
	for _, w := range strings.FieldsFunc(m.word, underscore) {
		if !slices.ContainsFunc(strings.FieldsFunc(label, underscore), func(l string) bool { return m.matchesWord(w, l) }) {
			return false
		}
	}
	return true
}

func underscore(c rune) bool { return c == '_' }

func (m *labelMatch) matchesWord(word, label string) bool {
	match := func(word, label string) bool { return word == label || m.prefix && strings.HasPrefix(label, word) }
	return match(word, label) || m.fold && match(Fold(word), Fold(label))
}

// LowestCommonAncestor is the longest path that is above all paths; not ok if there is
// none.
func LowestCommonAncestor(paths []Datum) (labels []string, ok bool) {
	for i, d := range paths {
		p := LtreeLabels(d)
		if len(p) == 0 {
			return nil, false
		}
		p = p[:len(p)-1]
		if i == 0 {
			labels = p
			continue
		}
		same := 0
		for same < min(len(labels), len(p)) && cmp.Compare(labels[same], p[same]) == 0 {
			same++
		}
		labels = labels[:same]
	}
	return labels, len(paths) > 0
}

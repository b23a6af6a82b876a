package types

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Lexeme is one word of a tsvector with the places where it stands: a position
// from 1 to 16383 in the lower bits, the weight (3 is A, 0 is D) above.
type Lexeme struct {
	Word      string
	Positions []uint16
}

const (
	maxPosition  = 1<<14 - 1
	maxPositions = 255
	maxLexeme    = 1<<11 - 1
)

// tsvectorCodec is tsvector; values are []Lexeme in order of their words.
type tsvectorCodec struct{}

// NewTSVector puts lexemes in order and joins the equal ones.
func NewTSVector(words []Lexeme) Datum {
	slices.SortStableFunc(words, func(a, b Lexeme) int { return cmp.Compare(a.Word, b.Word) })
	out := make([]Lexeme, 0, len(words))
	for _, w := range words {
		if n := len(out); n > 0 && out[n-1].Word == w.Word {
			out[n-1].Positions = append(out[n-1].Positions, w.Positions...)
			continue
		}
		out = append(out, w)
	}
	for i := range out {
		// Of one position the highest weight stays.
		slices.SortFunc(out[i].Positions, func(a, b uint16) int {
			return cmp.Or(cmp.Compare(a&maxPosition, b&maxPosition), cmp.Compare(b, a))
		})
		out[i].Positions = slices.CompactFunc(out[i].Positions, func(a, b uint16) bool { return a&maxPosition == b&maxPosition })
		if len(out[i].Positions) > maxPositions {
			out[i].Positions = out[i].Positions[:maxPositions]
		}
	}
	return Object(out)
}

func (tsvectorCodec) input(_ *Type, s string, _ int32, _ *Env) (Datum, error) {
	bad := sqlerr.New(sqlerr.SyntaxError, "syntax error in tsvector: \"%s\"", s)
	var words []Lexeme
	for i := 0; ; {
		for i < len(s) && strings.IndexByte(space, s[i]) >= 0 {
			i++
		}
		if i == len(s) {
			return NewTSVector(words), nil
		}
		var word []byte
		quoted := s[i] == '\''
		if quoted {
			i++
		}
	word:
		for {
			switch {
			case i == len(s) && quoted, i < len(s) && s[i] == '\\' && i+1 == len(s):
				return Null, bad
			case i == len(s):
				break word
			case s[i] == '\\':
				word = append(word, s[i+1])
				i += 2
				continue
			case quoted && s[i] == '\'':
				if i+1 < len(s) && s[i+1] == '\'' {
					word = append(word, '\'')
					i += 2
					continue
				}
				i++
				break word
			case !quoted && (s[i] == ':' || strings.IndexByte(space, s[i]) >= 0):
				break word
			}
			word = append(word, s[i])
			i++
		}
		switch {
		case len(word) == 0:
			return Null, bad
		case len(word) > maxLexeme:
			return Null, sqlerr.New(sqlerr.ProgramLimitExceeded, "word is too long (%d bytes, max %d bytes)", len(word), maxLexeme)
		}
		lexeme := Lexeme{Word: string(word)}
		for more := i < len(s) && s[i] == ':'; more; more = i < len(s) && s[i] == ',' {
			i++
			from := i
			for i < len(s) && s[i] >= '0' && s[i] <= '9' {
				i++
			}
			if from == i {
				return Null, bad
			}
			n, err := strconv.Atoi(s[from:i])
			if n == 0 && err == nil {
				return Null, sqlerr.New(sqlerr.SyntaxError, "wrong position info in tsvector: \"%s\"", s)
			}
			if err != nil {
				n = maxPosition
			}
			position := uint16(min(n, maxPosition))
			for i < len(s) {
				at := strings.IndexByte("DdCcBbAa*", s[i])
				if at < 0 {
					break
				}
				if position>>14 != 0 {
					return Null, bad
				}
				position |= uint16(min(at/2, 3)) << 14
				i++
			}
			lexeme.Positions = append(lexeme.Positions, position)
		}
		if i < len(s) && strings.IndexByte(space, s[i]) < 0 && len(lexeme.Positions) > 0 {
			return Null, bad
		}
		words = append(words, lexeme)
	}
}

func (tsvectorCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	for i, w := range d.Object().([]Lexeme) {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, '\'')
		for k := range len(w.Word) {
			if c := w.Word[k]; c == '\'' || c == '\\' {
				dst = append(dst, c)
			}
			dst = append(dst, w.Word[k])
		}
		dst = append(dst, '\'')
		for k, p := range w.Positions {
			dst = strconv.AppendInt(append(dst, ":,"[btoi(k > 0)]), int64(p&maxPosition), 10)
			if weight := p >> 14; weight > 0 {
				dst = append(dst, "DCBA"[weight])
			}
		}
	}
	return dst
}

func (tsvectorCodec) receive(_ *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	if len(b) < 4 {
		return Null, shortMessage()
	}
	count := int32(binary.BigEndian.Uint32(b))
	if b = b[4:]; count < 0 || int(count) > len(b) {
		return Null, badBinary("invalid size of tsvector")
	}
	words := make([]Lexeme, 0, count)
	for range count {
		end := bytes.IndexByte(b, 0)
		if end < 0 || len(b) < end+3 {
			return Null, shortMessage()
		}
		n := int(binary.BigEndian.Uint16(b[end+1:]))
		switch {
		case end > maxLexeme:
			return Null, badBinary("invalid tsvector: lexeme too long")
		case n > maxPositions:
			return Null, badBinary("unexpected number of tsvector positions")
		case len(b) < end+3+2*n:
			return Null, shortMessage()
		}
		w := Lexeme{Word: string(b[:end])}
		b = b[end+3:]
		for range n {
			w.Positions = append(w.Positions, binary.BigEndian.Uint16(b))
			b = b[2:]
			if k := len(w.Positions); k > 1 && w.Positions[k-1]&maxPosition <= w.Positions[k-2]&maxPosition {
				return Null, badBinary("position information is misordered")
			}
		}
		words = append(words, w)
	}
	if len(b) > 0 {
		return Null, badBinary("incorrect binary data format")
	}
	return NewTSVector(words), nil
}

func (tsvectorCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	words := d.Object().([]Lexeme)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(words)))
	for _, w := range words {
		dst = append(append(dst, w.Word...), 0)
		dst = binary.BigEndian.AppendUint16(dst, uint16(len(w.Positions)))
		for _, p := range w.Positions {
			dst = binary.BigEndian.AppendUint16(dst, p)
		}
	}
	return dst
}

// stored is how many bytes PostgreSQL keeps a value in, which its order begins with.
func stored(v []Lexeme) int {
	n := 0
	for _, l := range v {
		n += len(l.Word)
		if len(l.Positions) > 0 {
			n += n&1 + 2 + 2*len(l.Positions)
		}
	}
	return n + 4*len(v)
}

// compare orders by how much there is to keep, then by the words and their places.
func (tsvectorCodec) compare(_ *Type, a, b Datum) int {
	x, y := a.Lexemes(), b.Lexemes()
	if c := cmp.Or(cmp.Compare(stored(x), stored(y)), cmp.Compare(len(x), len(y))); c != 0 {
		return c
	}
	return slices.CompareFunc(x, y, func(v, w Lexeme) int {
		if c := cmp.Or(btoi(len(v.Positions) == 0)-btoi(len(w.Positions) == 0), cmp.Compare(v.Word, w.Word), cmp.Compare(len(w.Positions), len(v.Positions))); c != 0 {
			return c
		}
		return slices.CompareFunc(v.Positions, w.Positions, func(p, q uint16) int {
			return cmp.Or(cmp.Compare(q&maxPosition, p&maxPosition), cmp.Compare(q, p))
		})
	})
}

// Lexemes gives the value of a tsvector Datum, which must not be changed.
func (d Datum) Lexemes() []Lexeme {
	l, _ := d.ref.([]Lexeme)
	return l
}

package types

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// MaxCube is the greatest number of dimensions of a cube.
const MaxCube = 100

// Cube is a value of extension cube: a box with a corner and the one across, in any order.
// A point has one corner, which is the other too.
type Cube struct{ A, B []float64 }

// cubeCodec is type cube. A value is kept in its binary form: the number of dimensions,
// with a bit that says that it is a point, and the coordinates.
type cubeCodec struct{}

const cubePoint = 1 << 31

// Datum makes a value, of a point if the corners are one.
func (c Cube) Datum() Datum {
	point := c.IsPoint()
	head := uint32(len(c.A))
	if point {
		head |= cubePoint
	}
	out := binary.BigEndian.AppendUint32(make([]byte, 0, 4+16*len(c.A)), head)
	for _, f := range c.A {
		out = binary.BigEndian.AppendUint64(out, math.Float64bits(f))
	}
	if !point {
		for _, f := range c.B {
			out = binary.BigEndian.AppendUint64(out, math.Float64bits(f))
		}
	}
	return String(string(out))
}

// IsPoint says whether the corners are one.
func (c Cube) IsPoint() bool {
	if len(c.A) > 0 && &c.A[0] == &c.B[0] { // NaN is not itself
		return true
	}
	for i := range c.A {
		if c.A[i] != c.B[i] {
			return false
		}
	}
	return true
}

// CubeOf is a value's cube.
func CubeOf(d Datum) Cube {
	b := []byte(d.Str())
	head := binary.BigEndian.Uint32(b)
	n := int(head &^ cubePoint)
	read := func(from int) []float64 {
		list := make([]float64, n)
		for i := range list {
			list[i] = math.Float64frombits(binary.BigEndian.Uint64(b[4+8*(from+i):]))
		}
		return list
	}
	c := Cube{A: read(0)}
	if c.B = c.A; head&cubePoint == 0 {
		c.B = read(n)
	}
	return c
}

// Least and Most are the bounds in a dimension, from 0; beyond those that a cube has, 0.
func (c Cube) Least(i int) float64 {
	if i < 0 || i >= len(c.A) {
		return 0
	}
	if c.A[i] < c.B[i] { // as PostgreSQL's Min, for NaN
		return c.A[i]
	}
	return c.B[i]
}

// Most is the upper bound.
func (c Cube) Most(i int) float64 {
	if i < 0 || i >= len(c.A) {
		return 0
	}
	if c.A[i] > c.B[i] {
		return c.A[i]
	}
	return c.B[i]
}

// Compare orders by the lower bounds, then the upper ones; dimensions that one has not are
// 0, and one that has more of them is greater.
func (c Cube) Compare(o Cube) int {
	compare := func(from, to int, bound func(Cube, int) float64) int {
		for i := from; i < to; i++ {
			switch x, y := bound(c, i), bound(o, i); {
			case x > y:
				return 1
			case x < y:
				return -1
			}
		}
		return 0
	}
	common, all := min(len(c.A), len(o.A)), max(len(c.A), len(o.A))
	return cmp.Or(compare(0, common, Cube.Least), compare(0, common, Cube.Most),
		compare(common, all, Cube.Least), compare(common, all, Cube.Most), cmp.Compare(len(c.A), len(o.A)))
}

// cubeToken is a word of a cube's text: a number (what is 0), or a mark.
type cubeToken struct {
	what byte
	text string
}

// cubeTokens reads words; one that no cube has ends them.
func cubeTokens(s string) (list []cubeToken) {
	for at := 0; at < len(s); {
		c := s[at]
		switch {
		case strings.IndexByte(" \t\n\r\f", c) >= 0:
			at++
			continue
		case strings.IndexByte("()[],", c) >= 0:
			list = append(list, cubeToken{c, s[at : at+1]})
			at++
			continue
		}
		n := cubeNumber(s[at:])
		if n == 0 {
			return append(list, cubeToken{'?', s[at : at+1]})
		}
		list = append(list, cubeToken{0, s[at : at+n]})
		at += n
	}
	return list
}

// cubeNumber is how long the number is that a text begins with, or 0.
func cubeNumber(s string) int {
	digits := func(at int) int {
		for at < len(s) && s[at] >= '0' && s[at] <= '9' {
			at++
		}
		return at
	}
	sign := func(at int) int {
		if at < len(s) && (s[at] == '+' || s[at] == '-') {
			return at + 1
		}
		return at
	}
	begin := sign(0)
	for _, word := range []string{"infinity", "inf", "nan"} {
		if len(s)-begin >= len(word) && strings.EqualFold(s[begin:begin+len(word)], word) && (word != "nan" || begin == 0) {
			return begin + len(word)
		}
	}
	at := digits(begin)
	whole := at > begin
	if at < len(s) && s[at] == '.' {
		end := digits(at + 1)
		if !whole && end == at+1 {
			return 0
		}
		at, whole = end, true
	}
	if !whole {
		return 0
	}
	if at < len(s) && s[at]|0x20 == 'e' {
		if exp := sign(at + 1); digits(exp) > exp {
			at = digits(exp)
		}
	}
	return at
}

func badCube() *sqlerr.Error {
	return sqlerr.New(sqlerr.InvalidTextRepresentation, "invalid input syntax for cube")
}

// cubeReader reads a cube from its words.
type cubeReader struct{ list []cubeToken }

func (r *cubeReader) next() byte {
	if len(r.list) == 0 {
		return 'e'
	}
	return r.list[0].what
}

func (r *cubeReader) take(what byte) error {
	if len(r.list) == 0 {
		return badCube().WithDetail("syntax error at end of input")
	}
	if r.list[0].what != what {
		return badCube().WithDetail("syntax error at or near \"%s\"", r.list[0].text)
	}
	r.list = r.list[1:]
	return nil
}

// numbers reads numbers with commas between.
func (r *cubeReader) numbers() (list []string, err error) {
	for {
		if r.next() == 0 {
			list = append(list, r.list[0].text)
		}
		if err := r.take(0); err != nil {
			return nil, err
		}
		if r.next() != ',' {
			return list, nil
		}
		r.list = r.list[1:]
	}
}

func (r *cubeReader) corner() (list []string, err error) {
	if err := r.take('('); err != nil {
		return nil, err
	}
	if r.next() != ')' {
		if list, err = r.numbers(); err != nil {
			return nil, err
		}
	}
	return list, r.take(')')
}

func (cubeCodec) input(_ *Type, s string, _ int32, _ *Env) (Datum, error) {
	r := &cubeReader{cubeTokens(s)}
	var a, b []string
	var err error
	two := false
	switch r.next() {
	case '[', '(':
		bracket := r.next() == '['
		if bracket {
			r.list = r.list[1:]
		}
		if a, err = r.corner(); err != nil {
			return Null, err
		}
		if two = bracket || r.next() == ','; two {
			if err := r.take(','); err != nil {
				return Null, err
			}
			if b, err = r.corner(); err != nil {
				return Null, err
			}
		}
		if bracket {
			if err := r.take(']'); err != nil {
				return Null, err
			}
		}
	default:
		if a, err = r.numbers(); err != nil {
			return Null, err
		}
	}
	if len(r.list) > 0 {
		return Null, badCube().WithDetail("syntax error at or near \"%s\"", r.list[0].text)
	}
	if two && len(a) != len(b) {
		return Null, badCube().WithDetail("Different point dimensions in (%s) and (%s).", strings.Join(a, ","), strings.Join(b, ","))
	}
	if len(a) > MaxCube {
		return Null, badCube().WithDetail("A cube cannot have more than %d dimensions.", MaxCube)
	}
	c := Cube{}
	if c.A, err = cubeCorner(a); err != nil {
		return Null, err
	}
	if c.B = c.A; two {
		if c.B, err = cubeCorner(b); err != nil {
			return Null, err
		}
	}
	return c.Datum(), nil
}

func cubeCorner(list []string) (corner []float64, err error) {
	for _, s := range list {
		f, err := ParseFloat(s, 64, "double precision")
		if err != nil {
			return nil, err
		}
		corner = append(corner, f)
	}
	return corner, nil
}

func (cubeCodec) appendText(_ *Type, dst []byte, d Datum, env *Env) []byte {
	c := CubeOf(d)
	corner := func(list []float64) {
		dst = append(dst, '(')
		for i, f := range list {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = Float8.AppendText(dst, Float(f), env)
		}
		dst = append(dst, ')')
	}
	corner(c.A)
	if !c.IsPoint() {
		dst = append(dst, ',')
		corner(c.B)
	}
	return dst
}

func (cubeCodec) receive(_ *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	if len(b) < 4 {
		return Null, shortMessage()
	}
	head := binary.BigEndian.Uint32(b)
	n := head &^ cubePoint
	if n > MaxCube {
		return Null, sqlerr.New(sqlerr.ProgramLimitExceeded, "cube dimension is too large").WithDetail("A cube cannot have more than %d dimensions.", MaxCube)
	}
	if head&cubePoint == 0 {
		n *= 2
	}
	switch want := 4 + 8*int(n); {
	case len(b) < want:
		return Null, shortMessage()
	case len(b) > want:
		return Null, sqlerr.New(sqlerr.InvalidBinaryRepresentation, "incorrect binary data format")
	}
	return CubeOf(String(string(slices.Clone(b)))).Datum(), nil
}

func (cubeCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return append(dst, d.Str()...)
}

func (cubeCodec) compare(_ *Type, a, b Datum) int { return CubeOf(a).Compare(CubeOf(b)) }

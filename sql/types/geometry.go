package types

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// The geometric types. A value is held as a string: its binary form on the
// wire, so that sending, receiving and storing are copies. Points makes the
// coordinates of one, Geometry makes one of coordinates.

// Geometry makes a value of point, lseg, box, line or circle of its numbers, in
// the order of the binary form; a box's corners are put in order.
func Geometry(t *Type, numbers ...float64) Datum {
	if t == Box {
		for i := range 2 {
			if numbers[i+2] > numbers[i] {
				numbers[i], numbers[i+2] = numbers[i+2], numbers[i]
			}
		}
	}
	return Bytes(appendFloats(nil, numbers))
}

// GeometryAsGiven is Geometry of numbers that stay in their order.
func GeometryAsGiven(numbers ...float64) Datum { return Bytes(appendFloats(nil, numbers)) }

// PathOf makes a path of the coordinates of its points.
func PathOf(closed bool, numbers []float64) Datum {
	raw := []byte{0}
	if closed {
		raw[0] = 1
	}
	return Bytes(appendFloats(binary.BigEndian.AppendUint32(raw, uint32(len(numbers)/2)), numbers))
}

// PathClosed says whether a path ends where it began.
func PathClosed(d Datum) bool { return d.Str()[0] != 0 }

// PolygonOf makes a polygon of the coordinates of its points.
func PolygonOf(numbers []float64) Datum {
	return Bytes(appendFloats(binary.BigEndian.AppendUint32(nil, uint32(len(numbers)/2)), numbers))
}

// Numbers gives the numbers of a geometric value in the order of its binary
// form: x and y of each point, a circle's radius last.
func Numbers(t *Type, d Datum) []float64 {
	raw := d.Str()
	switch t {
	case Path:
		raw = raw[5:]
	case Polygon:
		raw = raw[4:]
	}
	out := make([]float64, len(raw)/8)
	for i := range out {
		out[i] = math.Float64frombits(binary.BigEndian.Uint64([]byte(raw[8*i:])))
	}
	return out
}

func appendFloats(dst []byte, numbers []float64) []byte {
	for _, f := range numbers {
		dst = binary.BigEndian.AppendUint64(dst, math.Float64bits(f))
	}
	return dst
}

// geometryCodec is the types of a fixed number of numbers: point, lseg, box,
// line, circle.
type geometryCodec struct{ numbers int }

func (c geometryCodec) input(t *Type, s string, _ int32, _ *Env) (Datum, error) {
	g := geometryText{rest: trimLeftSpace(s), typeName: t.SQLName, all: s}
	var numbers []float64
	var err error
	switch t {
	case Point:
		numbers, err = g.pair()
	case Lseg, Box:
		numbers, _, err = g.path(t == Lseg, 2)
	case Circle:
		numbers, err = g.circle()
	case Line:
		numbers, err = g.line()
	}
	if err != nil {
		return Null, err
	}
	if g.rest != "" {
		return Null, g.wrong()
	}
	return Geometry(t, numbers...), nil
}

func (geometryCodec) appendText(t *Type, dst []byte, d Datum, env *Env) []byte {
	n := Numbers(t, d)
	switch t {
	case Lseg:
		return append(appendPoints(append(dst, '['), n, env), ']')
	case Line:
		dst = append(dst, '{')
		for i, f := range n {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendFloat(dst, f, 64, env.ExtraFloatDigits)
		}
		return append(dst, '}')
	case Circle:
		dst = append(appendPoints(append(dst, '<'), n[:2], env), ',')
		return append(AppendFloat(dst, n[2], 64, env.ExtraFloatDigits), '>')
	}
	return appendPoints(dst, n, env)
}

func (c geometryCodec) receive(t *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	if err := wantLen(b, 8*c.numbers); err != nil {
		return Null, err
	}
	numbers := Numbers(t, Bytes(b))
	switch {
	case t == Line && numbers[0] == 0 && numbers[1] == 0:
		return Null, badBinary("invalid line specification: A and B cannot both be zero")
	case t == Circle && numbers[2] < 0:
		return Null, badBinary("invalid radius in external \"circle\" value")
	}
	return Geometry(t, numbers...), nil
}
func (geometryCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return append(dst, d.Str()...)
}
func (geometryCodec) compare(_ *Type, a, b Datum) int { return compareStrings(a.Str(), b.Str()) }

// pointsCodec is path and polygon: any number of points.
type pointsCodec struct{}

func (pointsCodec) input(t *Type, s string, _ int32, _ *Env) (Datum, error) {
	g := geometryText{rest: trimLeftSpace(s), typeName: t.SQLName, all: s}
	commas := strings.Count(s, ",")
	if commas%2 == 0 {
		return Null, g.wrong()
	}
	points := (commas + 1) / 2
	outer := t == Path && strings.HasPrefix(g.rest, "(") && strings.LastIndexByte(g.rest, '(') == 0
	if outer {
		g.rest = trimLeftSpace(g.rest[1:])
	}
	numbers, open, err := g.path(t == Path, points)
	if err != nil {
		return Null, err
	}
	if outer && !g.take(')') || g.rest != "" {
		return Null, g.wrong()
	}
	if t == Path {
		return PathOf(!open, numbers), nil
	}
	return PolygonOf(numbers), nil
}

func (pointsCodec) appendText(t *Type, dst []byte, d Datum, env *Env) []byte {
	from, to := byte('('), byte(')')
	if t == Path && !PathClosed(d) {
		from, to = '[', ']'
	}
	return append(appendPoints(append(dst, from), Numbers(t, d), env), to)
}

func (pointsCodec) receive(t *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	head := b
	if t == Path {
		if len(head) < 1 {
			return Null, shortMessage()
		}
		head = head[1:]
	}
	if len(head) < 4 {
		return Null, shortMessage()
	}
	n := int32(binary.BigEndian.Uint32(head))
	if n <= 0 || n > math.MaxInt32/16-8 {
		return Null, badBinary("invalid number of points in external \"%s\" value", t.Name)
	}
	if err := wantLen(head[4:], 16*int(n)); err != nil {
		return Null, err
	}
	raw := append([]byte(nil), b...)
	if t == Path && raw[0] != 0 {
		raw[0] = 1
	}
	return Bytes(raw), nil
}
func (pointsCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return append(dst, d.Str()...)
}
func (pointsCodec) compare(_ *Type, a, b Datum) int { return compareStrings(a.Str(), b.Str()) }

// appendPoints writes points as (x,y),(x,y).
func appendPoints(dst []byte, numbers []float64, env *Env) []byte {
	for i := 0; i < len(numbers); i += 2 {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(AppendFloat(append(dst, '('), numbers[i], 64, env.ExtraFloatDigits), ',')
		dst = append(AppendFloat(dst, numbers[i+1], 64, env.ExtraFloatDigits), ')')
	}
	return dst
}

// geometryText reads the text forms, which leave parentheses out freely.
type geometryText struct {
	rest     string
	typeName string
	all      string
}

func (g *geometryText) wrong() error { return badSyntax(g.typeName, g.all) }

// take consumes a character and the space behind it.
func (g *geometryText) take(c byte) bool {
	if g.rest == "" || g.rest[0] != c {
		return false
	}
	g.rest = trimLeftSpace(g.rest[1:])
	return true
}

// number reads one number.
func (g *geometryText) number() (float64, error) {
	end := strings.IndexAny(g.rest, ",()[]{}<>")
	if end < 0 {
		end = len(g.rest)
	}
	f, err := ParseFloat(g.rest[:end], 64, g.typeName)
	if err != nil {
		if e := sqlerr.From(err); e.Code == sqlerr.NumericValueOutOfRange {
			return 0, sqlerr.New(sqlerr.NumericValueOutOfRange, "\"%s\" is out of range for type double precision", trimSpace(g.rest[:end]))
		}
		return 0, g.wrong()
	}
	g.rest = g.rest[end:]
	return f, nil
}

// numbers reads n numbers with commas between.
func (g *geometryText) numbers(n int) ([]float64, error) {
	out := make([]float64, n)
	for i := range out {
		if i > 0 && !g.take(',') {
			return nil, g.wrong()
		}
		var err error
		if out[i], err = g.number(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// pair reads a point, in parentheses or not.
func (g *geometryText) pair() ([]float64, error) {
	inside := g.take('(')
	xy, err := g.numbers(2)
	if err != nil {
		return nil, err
	}
	if inside && !g.take(')') {
		return nil, g.wrong()
	}
	return xy, nil
}

// path reads n points, within one more pair of parentheses or none; brackets
// around them, where they may be, say that the path is open.
func (g *geometryText) path(mayOpen bool, n int) (numbers []float64, open bool, err error) {
	depth := 0
	switch {
	case strings.HasPrefix(g.rest, "["):
		if !mayOpen {
			return nil, false, g.wrong()
		}
		open = true
		depth++
		g.take('[')
	case strings.HasPrefix(g.rest, "("):
		inner := trimLeftSpace(g.rest[1:])
		if strings.HasPrefix(inner, "(") || strings.LastIndexByte(g.rest, '(') == 0 {
			depth++
			g.rest = inner
		}
	}
	for range n {
		xy, err := g.pair()
		if err != nil {
			return nil, false, err
		}
		g.take(',') // PostgreSQL does not miss it, nor mind one behind the last
		numbers = append(numbers, xy...)
	}
	if depth > 0 && !(open && g.take(']')) && !(!open && g.take(')')) {
		return nil, false, g.wrong()
	}
	return numbers, open, nil
}

// circle reads <(x,y),r>, ((x,y),r) or x,y,r.
func (g *geometryText) circle() ([]float64, error) {
	var end byte
	switch {
	case g.take('<'):
		end = '>'
	case strings.HasPrefix(g.rest, "("):
		if inner := trimLeftSpace(g.rest[1:]); strings.HasPrefix(inner, "(") {
			end = ')'
			g.rest = inner
		}
	}
	numbers, err := g.pair()
	if err != nil {
		return nil, err
	}
	g.take(',')
	r, err := g.number()
	if err != nil {
		return nil, err
	}
	if r < 0 || end != 0 && !g.take(end) {
		return nil, g.wrong()
	}
	return append(numbers, r), nil
}

// line reads {A,B,C}, or two points on the line.
func (g *geometryText) line() ([]float64, error) {
	if g.take('{') {
		numbers, err := g.numbers(3)
		if err != nil {
			return nil, err
		}
		if !g.take('}') {
			return nil, g.wrong()
		}
		if numbers[0] == 0 && numbers[1] == 0 {
			return nil, sqlerr.New(sqlerr.InvalidTextRepresentation, "invalid line specification: A and B cannot both be zero")
		}
		return numbers, nil
	}
	p, _, err := g.path(true, 2)
	if err != nil {
		return nil, err
	}
	if sameNumber(p[0], p[2]) && sameNumber(p[1], p[3]) {
		return nil, sqlerr.New(sqlerr.InvalidTextRepresentation, "invalid line specification: must be two distinct points")
	}
	return LineThrough(p), nil
}

// LineThrough gives A, B and C of the line through two distinct points.
func LineThrough(p []float64) []float64 {
	switch {
	case sameNumber(p[0], p[2]):
		return []float64{-1, 0, p[0]}
	case sameNumber(p[1], p[3]):
		return []float64{0, -1, p[1]}
	}
	m := (p[1] - p[3]) / (p[0] - p[2])
	return []float64{m, -1, p[1] - m*p[0] + 0}
}

// sameNumber is the geometric types' equality of numbers.
func sameNumber(a, b float64) bool { return a == b || math.Abs(a-b) <= 1e-6 }

func trimLeftSpace(s string) string { return strings.TrimLeft(s, space) }

package types

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Array is an array value. Elems has the elements of all dimensions, the last
// varying fastest. It is immutable once in a Datum.
type Array struct {
	Elem  *Type
	Dims  []int // empty: the empty array
	Lower []int // lower bound of each dimension
	Elems []Datum
	// room is where Appended puts more elements, nil for none.
	room *arrayRoom
}

const (
	maxArrayDims = 6
	maxArraySize = 134217727
)

// CheckArrayShape says whether an array may have so many dimensions of such sizes
// and lower bounds, and how many elements it then has.
func CheckArrayShape(dims, lower []int) (elements int, err error) {
	if len(dims) > maxArrayDims {
		return 0, sqlerr.New(sqlerr.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", len(dims), maxArrayDims)
	}
	elements = 1
	for _, n := range dims {
		if n < 0 || n > maxArraySize || elements*n > maxArraySize {
			return 0, sqlerr.New(sqlerr.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", maxArraySize)
		}
		elements *= n
	}
	if len(dims) == 0 {
		elements = 0
	}
	return elements, checkBounds(dims, lower)
}

func checkBounds(dims, lower []int) error {
	for i, low := range lower {
		if low > math.MaxInt32-dims[i] {
			return sqlerr.New(sqlerr.ProgramLimitExceeded, "array lower bound is too large: %d", low)
		}
	}
	return nil
}

// NewArray makes an array of one dimension from 1, or the empty array. It takes
// the slice.
func NewArray(elem *Type, elems []Datum) *Array {
	if len(elems) == 0 {
		return &Array{Elem: elem}
	}
	return &Array{Elem: elem, Dims: []int{len(elems)}, Lower: []int{1}, Elems: elems}
}

// ArrayDatum is NewArray as a Datum.
func ArrayDatum(elem *Type, elems []Datum) Datum { return Object(NewArray(elem, elems)) }

// Array gives the value of an array Datum.
func (d Datum) Array() *Array {
	a, _ := d.ref.(*Array)
	return a
}

// HasNull says whether an element is NULL.
func (a *Array) HasNull() bool {
	for _, e := range a.Elems {
		if e.IsNull() {
			return true
		}
	}
	return false
}

// arrayCodec is every array type.
type arrayCodec struct{}

func malformedArray(s, detail string) error {
	e := sqlerr.New(sqlerr.InvalidTextRepresentation, "malformed array literal: \"%s\"", s)
	if detail != "" {
		e = e.WithDetail("%s", detail)
	}
	return e
}

func (arrayCodec) input(t *Type, s string, _ int32, env *Env) (Datum, error) {
	p := &arrayParser{text: s, rest: strings.TrimLeft(s, space), elem: t.Elem, env: env}
	a, err := p.parse()
	if err != nil {
		return Null, err
	}
	return Object(a), nil
}

// arrayParser reads {1,2,{...}} with optional [l:u]= decoration.
type arrayParser struct {
	text, rest string
	elem       *Type
	env        *Env
	elems      []Datum
	dims       []int
}

func (p *arrayParser) parse() (*Array, error) {
	dims, lower, err := p.decoration()
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(p.rest, "{") {
		if dims != nil {
			return nil, malformedArray(p.text, "Array contents must start with \"{\".")
		}
		return nil, malformedArray(p.text, "Array value must start with \"{\" or dimension information.")
	}
	p.dims = nil
	if err := p.braces(0); err != nil {
		return nil, err
	}
	if strings.Trim(p.rest, space) != "" {
		return nil, malformedArray(p.text, "Junk after closing right brace.")
	}
	a := &Array{Elem: p.elem, Elems: p.elems}
	if len(p.elems) == 0 {
		return a, nil
	}
	a.Dims = p.dims
	a.Lower = make([]int, len(a.Dims))
	for i := range a.Lower {
		a.Lower[i] = 1
	}
	if dims != nil {
		if len(dims) != len(a.Dims) {
			return nil, malformedArray(p.text, "Specified array dimensions do not match array contents.")
		}
		for i := range dims {
			if dims[i] != a.Dims[i] {
				return nil, malformedArray(p.text, "Specified array dimensions do not match array contents.")
			}
		}
		a.Lower = lower
	}
	return a, nil
}

func (p *arrayParser) decoration() (dims, lower []int, err error) {
	for strings.HasPrefix(p.rest, "[") {
		end := strings.IndexByte(p.rest, ']')
		if end < 0 {
			return nil, nil, malformedArray(p.text, "Missing \"]\" after array dimensions.")
		}
		lo, hi, ranged := strings.Cut(p.rest[1:end], ":")
		if !ranged {
			lo, hi = "1", lo
		}
		l, err1 := strconv.Atoi(lo)
		u, err2 := strconv.Atoi(hi)
		if err1 != nil || err2 != nil {
			return nil, nil, malformedArray(p.text, "\"[\" must introduce explicitly-specified array dimensions.")
		}
		if u < l {
			return nil, nil, sqlerr.New(sqlerr.ArraySubscriptError, "upper bound cannot be less than lower bound")
		}
		dims, lower = append(dims, u-l+1), append(lower, l)
		if len(dims) > maxArrayDims {
			return nil, nil, sqlerr.New(sqlerr.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", len(dims), maxArrayDims)
		}
		p.rest = p.rest[end+1:]
	}
	if dims == nil {
		return nil, nil, nil
	}
	if err := checkBounds(dims, lower); err != nil {
		return nil, nil, err
	}
	p.rest = strings.TrimLeft(p.rest, space)
	if !strings.HasPrefix(p.rest, "=") {
		return nil, nil, malformedArray(p.text, "Missing \"=\" after array dimensions.")
	}
	p.rest = strings.TrimLeft(p.rest[1:], space)
	return dims, lower, nil
}

// braces reads one {...} at depth.
func (p *arrayParser) braces(depth int) error {
	if depth >= maxArrayDims {
		return sqlerr.New(sqlerr.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", depth+1, maxArrayDims)
	}
	p.rest = strings.TrimLeft(p.rest[1:], space)
	count := 0
	nested, scalar := false, false
	for {
		p.rest = strings.TrimLeft(p.rest, space)
		if p.rest == "" {
			return malformedArray(p.text, "Unexpected end of input.")
		}
		switch c := p.rest[0]; {
		case c == '}' && count == 0 && depth == 0:
		case c == '}':
			return malformedArray(p.text, "Unexpected \"}\" character.")
		case c == '{':
			if scalar {
				return malformedArray(p.text, "Unexpected \"{\" character.")
			}
			nested = true
			if err := p.braces(depth + 1); err != nil {
				return err
			}
			count++
		default:
			if nested {
				return malformedArray(p.text, "Multidimensional arrays must have sub-arrays with matching dimensions.")
			}
			scalar = true
			if err := p.element(); err != nil {
				return err
			}
			count++
		}
		p.rest = strings.TrimLeft(p.rest, space)
		if p.rest == "" {
			return malformedArray(p.text, "Unexpected end of input.")
		}
		switch p.rest[0] {
		case p.elem.delim():
			p.rest = p.rest[1:]
			if strings.HasPrefix(strings.TrimLeft(p.rest, space), "}") {
				return malformedArray(p.text, "Unexpected \"}\" character.")
			}
			continue
		case '}':
			p.rest = p.rest[1:]
			return p.closeDim(depth, count, scalar)
		}
		return malformedArray(p.text, "Unexpected array element.")
	}
}

func (t *Type) delim() byte {
	if t.Delim == 0 {
		return ','
	}
	return t.Delim
}

// closeDim checks that every sub-array of a depth has the same length.
func (p *arrayParser) closeDim(depth, count int, scalar bool) error {
	mismatch := func() error {
		return malformedArray(p.text, "Multidimensional arrays must have sub-arrays with matching dimensions.")
	}
	for len(p.dims) <= depth {
		p.dims = append(p.dims, -1)
	}
	if p.dims[depth] < 0 {
		p.dims[depth] = count
	}
	if p.dims[depth] != count || scalar && len(p.dims) > depth+1 {
		return mismatch()
	}
	return nil
}

func (p *arrayParser) element() error {
	var b strings.Builder
	quoted, i := false, 0
	s := p.rest
	if s[0] == '"' {
		quoted = true
		i = 1
		for ; i < len(s) && s[i] != '"'; i++ {
			if s[i] == '\\' && i+1 < len(s) {
				i++
			}
			b.WriteByte(s[i])
		}
		if i >= len(s) {
			return malformedArray(p.text, "Unexpected end of input.")
		}
		i++
		p.rest = s[i:]
	} else {
		keep := 0 // length without trailing blanks that were not escaped
		for ; i < len(s) && s[i] != p.elem.delim() && s[i] != '}'; i++ {
			if s[i] == '{' || s[i] == '"' {
				return malformedArray(p.text, "Unexpected \""+string(s[i])+"\" character.")
			}
			escaped := s[i] == '\\' && i+1 < len(s)
			if escaped {
				i++
				quoted = true
			}
			b.WriteByte(s[i])
			if escaped || strings.IndexByte(space, s[i]) < 0 {
				keep = b.Len()
			}
		}
		if i >= len(s) {
			return malformedArray(p.text, "Unexpected end of input.")
		}
		p.rest = s[i:]
		text := b.String()[:keep]
		if text == "" {
			return malformedArray(p.text, "Unexpected \""+string(s[i])+"\" character.")
		}
		if !quoted && strings.EqualFold(text, "null") {
			p.elems = append(p.elems, Null)
			return nil
		}
		b.Reset()
		b.WriteString(text)
	}
	d, err := p.elem.Input(b.String(), NoTypmod, p.env)
	if err != nil {
		return err
	}
	p.elems = append(p.elems, d)
	if len(p.elems) > maxArraySize {
		return sqlerr.New(sqlerr.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", maxArraySize)
	}
	return nil
}

func (arrayCodec) appendText(t *Type, dst []byte, d Datum, env *Env) []byte {
	a := d.Array()
	if len(a.Elems) == 0 {
		return append(dst, "{}"...)
	}
	for _, l := range a.Lower {
		if l != 1 {
			for i := range a.Dims {
				dst = strconv.AppendInt(append(dst, '['), int64(a.Lower[i]), 10)
				dst = strconv.AppendInt(append(dst, ':'), int64(a.Lower[i]+a.Dims[i]-1), 10)
				dst = append(dst, ']')
			}
			dst = append(dst, '=')
			break
		}
	}
	next := 0
	delim := t.Elem.delim()
	var level func(dim int)
	level = func(dim int) {
		dst = append(dst, '{')
		for i := range a.Dims[dim] {
			if i > 0 {
				dst = append(dst, delim)
			}
			if dim+1 < len(a.Dims) {
				level(dim + 1)
				continue
			}
			dst = appendArrayElem(dst, t.Elem, a.Elems[next], delim, env)
			next++
		}
		dst = append(dst, '}')
	}
	level(0)
	return dst
}

func appendArrayElem(dst []byte, t *Type, d Datum, delim byte, env *Env) []byte {
	if d.IsNull() {
		return append(dst, "NULL"...)
	}
	start := len(dst)
	dst = t.AppendText(dst, d, env)
	text := string(dst[start:])
	if text != "" && !strings.EqualFold(text, "null") && strings.IndexByte(text, delim) < 0 && !strings.ContainsAny(text, "{}\"\\ \t\n\v\f\r") {
		return dst
	}
	dst = append(dst[:start], '"')
	for i := range len(text) {
		if text[i] == '"' || text[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, text[i])
	}
	return append(dst, '"')
}

func (arrayCodec) receive(t *Type, b []byte, _ int32, env *Env) (Datum, error) {
	r := reader{b: b}
	ndim, flags, oid := r.int32(), r.int32(), OID(uint32(r.int32()))
	switch {
	case r.short:
		return Null, shortMessage()
	case ndim < 0:
		return Null, badBinary("invalid number of dimensions: %d", ndim)
	case ndim > maxArrayDims:
		return Null, sqlerr.New(sqlerr.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", ndim, maxArrayDims)
	case flags != 0 && flags != 1:
		return Null, badBinary("invalid array flags")
	case oid != t.Elem.OID:
		return Null, sqlerr.New(sqlerr.DatatypeMismatch, "binary data has array element type %d (%s) instead of expected %d (%s)", oid, oidName(oid), t.Elem.OID, t.Elem)
	}
	a := &Array{Elem: t.Elem}
	shape := make([]int, 2*ndim)
	a.Dims, a.Lower = shape[:ndim:ndim], shape[ndim:]
	for i := range a.Dims {
		a.Dims[i], a.Lower[i] = int(r.int32()), int(r.int32())
	}
	total, err := CheckArrayShape(a.Dims, a.Lower)
	if err != nil {
		return Null, err
	}
	if ndim == 0 || total == 0 {
		return Object(&Array{Elem: t.Elem}), nil
	}
	a.Elems = make([]Datum, min(total, len(r.b)/4+1)) // a length before each
	for i := range total {
		d, err := r.datum(t.Elem, env)
		if err != nil {
			return Null, err
		}
		a.Elems[i] = d
	}
	if len(r.b) > 0 {
		return Null, badBinary("incorrect binary data format")
	}
	return Object(a), nil
}

func oidName(oid OID) string {
	if t := ByOID(oid); t != nil {
		return t.SQLName
	}
	return "???"
}

// reader takes a binary value apart.
type reader struct {
	b     []byte
	short bool
}

func (r *reader) int32() int32 {
	if len(r.b) < 4 {
		r.short = true
		r.b = nil
		return 0
	}
	v := int32(binary.BigEndian.Uint32(r.b))
	r.b = r.b[4:]
	return v
}

// datum reads a length and a value; -1 is NULL.
func (r *reader) datum(t *Type, env *Env) (Datum, error) {
	n := r.int32()
	switch {
	case r.short:
		return Null, shortMessage()
	case n == -1:
		return Null, nil
	case n < -1 || int(n) > len(r.b):
		return Null, shortMessage()
	}
	d, err := t.Receive(r.b[:n], NoTypmod, env)
	r.b = r.b[n:]
	return d, err
}

func (arrayCodec) appendBinary(t *Type, dst []byte, d Datum, env *Env) []byte {
	a := d.Array()
	put := func(v int) { dst = binary.BigEndian.AppendUint32(dst, uint32(v)) }
	put(len(a.Dims))
	if a.HasNull() {
		put(1)
	} else {
		put(0)
	}
	put(int(t.Elem.OID))
	for i := range a.Dims {
		put(a.Dims[i])
		put(a.Lower[i])
	}
	for _, e := range a.Elems {
		dst = appendSized(dst, t.Elem, e, env)
	}
	return dst
}

// appendSized appends a value with its length before it; NULL is -1.
func appendSized(dst []byte, t *Type, d Datum, env *Env) []byte {
	if d.IsNull() {
		return binary.BigEndian.AppendUint32(dst, 0xffffffff)
	}
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = t.AppendBinary(dst, d, env)
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}

func (arrayCodec) compare(t *Type, x, y Datum) int {
	return CompareArrays(t.Elem, x.Array(), y.Array())
}

// CompareArrays orders arrays element by element, NULL after values and equal to
// itself; then by number of elements, of dimensions, and by their sizes.
func CompareArrays(elem *Type, a, b *Array) int {
	for i := range min(len(a.Elems), len(b.Elems)) {
		x, y := a.Elems[i], b.Elems[i]
		switch {
		case x.IsNull() && y.IsNull():
			continue
		case x.IsNull():
			return 1
		case y.IsNull():
			return -1
		}
		if c := elem.Compare(x, y); c != 0 {
			return c
		}
	}
	if c := compareInts(int64(len(a.Elems)), int64(len(b.Elems))); c != 0 {
		return c
	}
	if c := compareInts(int64(len(a.Dims)), int64(len(b.Dims))); c != 0 {
		return c
	}
	for i := range a.Dims {
		if c := compareInts(int64(a.Dims[i]), int64(b.Dims[i])); c != 0 {
			return c
		}
	}
	for i := range a.Lower {
		if c := compareInts(int64(a.Lower[i]), int64(b.Lower[i])); c != 0 {
			return c
		}
	}
	return 0
}

// anyArrayCodec prints the polymorphic arrays of the catalogs.
type anyArrayCodec struct{ noCodec }

func (anyArrayCodec) appendText(_ *Type, dst []byte, d Datum, env *Env) []byte {
	a := d.Array()
	return arrayCodec{}.appendText(&Type{Elem: a.Elem}, dst, d, env)
}

// vectorCodec is int2vector and oidvector: arrays from 0 that print as numbers
// with blanks between.
type vectorCodec struct{}

func vectorElem(t *Type) *Type {
	if t == Int2Vector {
		return Int2
	}
	return Oid
}

func (vectorCodec) input(t *Type, s string, _ int32, env *Env) (Datum, error) {
	var elems []Datum
	for rest := strings.TrimLeft(s, " \t\n\r\f\v"); rest != ""; {
		f := rest
		if at := strings.IndexAny(rest, " \t\n\r\f\v"); at >= 0 {
			f = rest[:at]
		}
		d, err := vectorElem(t).Input(f, NoTypmod, env)
		if e := sqlerr.From(err); err != nil && e.Code == sqlerr.InvalidTextRepresentation {
			return Null, sqlerr.New(sqlerr.InvalidTextRepresentation, "invalid input syntax for type %s: \"%s\"", vectorElem(t), rest)
		}
		if err != nil {
			return Null, err
		}
		rest = strings.TrimLeft(rest[len(f):], " \t\n\r\f\v")
		elems = append(elems, d)
	}
	return Object(NewVector(vectorElem(t), elems)), nil
}

// NewVector makes the value of an int2vector or oidvector.
func NewVector(elem *Type, elems []Datum) *Array {
	return &Array{Elem: elem, Dims: []int{len(elems)}, Lower: []int{0}, Elems: elems}
}
func (vectorCodec) appendText(t *Type, dst []byte, d Datum, env *Env) []byte {
	for i, e := range d.Array().Elems {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = vectorElem(t).AppendText(dst, e, env)
	}
	return dst
}
func (vectorCodec) receive(t *Type, b []byte, m int32, env *Env) (Datum, error) {
	d, err := arrayCodec{}.receive(&Type{Elem: vectorElem(t)}, b, m, env)
	if err != nil {
		return Null, err
	}
	return Object(NewVector(vectorElem(t), d.Array().Elems)), nil
}
func (vectorCodec) appendBinary(t *Type, dst []byte, d Datum, env *Env) []byte {
	return arrayCodec{}.appendBinary(&Type{Elem: vectorElem(t)}, dst, d, env)
}

// compare goes by the length first for oidvector, whatever the bounds; int2vector has an
// array's order.
func (vectorCodec) compare(t *Type, a, b Datum) int {
	if t == OidVector {
		x, y := a.Array().Elems, b.Array().Elems
		return cmp.Or(cmp.Compare(len(x), len(y)), slices.CompareFunc(x, y, func(x, y Datum) int { return Oid.Compare(x, y) }))
	}
	return CompareArrays(vectorElem(t), a.Array(), b.Array())
}

package blocks

import (
	"math"
	"math/bits"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Form says how values of a column are held.
type Form uint8

// The forms.
const (
	Ints     Form = iota // in Datum.Int
	Floats               // in Datum.Float
	Decimals             // numerics: digits and a scale where all are small ones
	Strings              // in Datum.Str
	Objects              // any other way
)

// column is the values of one column in the rows of a block. It is immutable.
type column struct {
	form Form
	// nulls has a bit for each row that has none; nil: all have a value.
	nulls []uint64

	// Of Ints, Floats and Decimals: the least, which is zero of floats, and how far the others
	// are from it; one of these, or none when all are the least.
	least, most int64
	b1          []uint8
	b2          []uint16
	b4          []uint32
	b8          []uint64

	// Of Decimals whose numbers are their digits: the scale of all, or, if that differs,
	// scales. Where one has too many digits they are objects.
	scale  uint8
	scales []uint8

	// Of Strings: text has them one behind the other, ends where each one ends.
	text string
	ends []uint32

	objects []types.Datum
	bytes   int64
}

func (c *column) null(i int) bool { return c.nulls != nil && c.nulls[i>>6]&(1<<(i&63)) != 0 }

// value gives the value of a row.
func (c *column) value(i int) types.Datum {
	if c.null(i) {
		return types.Null
	}
	switch c.form {
	case Strings:
		return types.String(c.str(i))
	case Decimals:
		return c.decimal(i)
	case Objects:
		return c.objects[i]
	}
	return types.Int(int64(c.number(i)))
}

func (c *column) str(i int) string {
	start := uint32(0)
	if i > 0 {
		start = c.ends[i-1]
	}
	return c.text[start:c.ends[i]]
}

// number gives what an integer or a float is held as.
func (c *column) number(i int) uint64 {
	switch {
	case c.b2 != nil:
		return uint64(c.least) + uint64(c.b2[i])
	case c.b1 != nil:
		return uint64(c.least) + uint64(c.b1[i])
	case c.b4 != nil:
		return uint64(c.least) + uint64(c.b4[i])
	case c.b8 != nil:
		return uint64(c.least) + c.b8[i]
	}
	return uint64(c.least)
}

// numbers puts what the chosen rows' integers or floats are held as into dst, those
// of all rows if rows is nil, and gives it with its new length.
func (c *column) numbers(dst []uint64, rows []uint16, n int) []uint64 {
	least := uint64(c.least)
	if rows != nil {
		dst = dst[:len(rows)]
		switch {
		case c.b1 != nil:
			gather(dst, c.b1, rows, least)
		case c.b2 != nil:
			gather(dst, c.b2, rows, least)
		case c.b4 != nil:
			gather(dst, c.b4, rows, least)
		case c.b8 != nil:
			gather(dst, c.b8, rows, least)
		default:
			fill(dst, least)
		}
		return dst
	}
	dst = dst[:n]
	switch {
	case c.b1 != nil:
		spread(dst, c.b1, least)
	case c.b2 != nil:
		spread(dst, c.b2, least)
	case c.b4 != nil:
		spread(dst, c.b4, least)
	case c.b8 != nil:
		spread(dst, c.b8, least)
	default:
		fill(dst, least)
	}
	return dst
}

func gather[T uint8 | uint16 | uint32 | uint64](dst []uint64, from []T, rows []uint16, least uint64) {
	for i, r := range rows {
		dst[i] = least + uint64(from[r])
	}
}

func spread[T uint8 | uint16 | uint32 | uint64](dst []uint64, from []T, least uint64) {
	for i, v := range from[:len(dst)] {
		dst[i] = least + uint64(v)
	}
}

func fill(dst []uint64, v uint64) {
	for i := range dst {
		dst[i] = v
	}
}

// columnBuilder collects the values of one column.
type columnBuilder struct {
	form    Form
	numbers []uint64
	nulls   []uint64
	some    bool // of them are NULL
	scales  []uint8
	scale   int  // of the first that is not NULL, -1 before it
	scaled  bool // some have another one
	text    []byte
	ends    []uint32
	objects []types.Datum
	size    int64 // of objects
}

func (b *columnBuilder) reset(form Form) {
	b.form, b.some, b.size = form, false, 0
	b.numbers, b.nulls, b.text, b.ends = b.numbers[:0], b.nulls[:0], b.text[:0], b.ends[:0]
	b.objects, b.scales, b.scale, b.scaled = nil, b.scales[:0], -1, false
}

// add takes the value of the row numbered i, whose stored form has so many bytes.
func (b *columnBuilder) add(i int, d types.Datum, stored int) {
	if i&63 == 0 {
		b.nulls = append(b.nulls, 0)
	}
	if d.IsNull() {
		b.nulls[i>>6] |= 1 << (i & 63)
		b.some = true
	}
	switch b.form {
	case Strings:
		b.text = append(b.text, d.Str()...)
		b.ends = append(b.ends, uint32(len(b.text)))
	case Decimals:
		b.addDecimal(i, d, stored)
	case Objects:
		b.addObject(d, stored)
	default:
		b.numbers = append(b.numbers, uint64(d.Int()))
	}
}

func (b *columnBuilder) addObject(d types.Datum, stored int) {
	b.objects = append(b.objects, d)
	if a := d.Array(); a != nil && plain(a) {
		b.size += objectBytes + arrayBytes + types.Row(a.Elems).Bytes()
		return
	}
	b.size += objectBytes + objectFactor*int64(stored)
}

// plain says whether what an array takes can be told from its elements.
func plain(a *types.Array) bool {
	for _, e := range a.Elems {
		if !e.IsNull() && !e.IsString() && !e.IsScalar() {
			return false
		}
	}
	return true
}

// What an object in memory takes is estimated from the bytes of its row, unless it is an
// array.
const (
	objectBytes  = 24 + 64
	objectFactor = 4
	arrayBytes   = 64
)

// done gives the column; the builder may be used again.
func (b *columnBuilder) done() *column {
	c := &column{form: b.form}
	if b.some {
		c.nulls = append(c.nulls, b.nulls...)
	}
	switch b.form {
	case Strings:
		c.text, c.ends = string(b.text), append(c.ends, b.ends...)
	case Decimals:
		b.decimals(c)
	case Objects:
		c.objects = b.objects
	case Floats:
		c.b8 = append(c.b8, b.numbers...)
	default:
		b.pack(c)
	}
	c.bytes = columnBytes + 8*int64(len(c.nulls)+len(c.b8)) + int64(len(c.b1)) + 2*int64(len(c.b2)) + 4*int64(len(c.b4)+len(c.ends)) + int64(len(c.text)+len(c.scales)) + b.size
	return c
}

// columnBytes is what a column takes beside its values.
const columnBytes = 256

// pack keeps integers in as few bytes as their distances take.
func (b *columnBuilder) pack(c *column) {
	c.least, c.most = math.MaxInt64, math.MinInt64
	for i, v := range b.numbers {
		if b.some && b.nulls[i>>6]&(1<<(i&63)) != 0 {
			continue
		}
		c.least, c.most = min(c.least, int64(v)), max(c.most, int64(v))
	}
	if c.least > c.most {
		c.least, c.most = 0, 0 // NULLs only
	}
	least := uint64(c.least)
	// A NULL has any distance: nobody looks at it.
	switch width := bits.Len64(uint64(c.most) - least); {
	case width == 0:
	case width <= 8:
		c.b1 = distances[uint8](b.numbers, least)
	case width <= 16:
		c.b2 = distances[uint16](b.numbers, least)
	case width <= 32:
		c.b4 = distances[uint32](b.numbers, least)
	default:
		c.b8 = distances[uint64](b.numbers, least)
	}
}

func distances[T uint8 | uint16 | uint32 | uint64](numbers []uint64, least uint64) []T {
	out := make([]T, len(numbers))
	for i, v := range numbers {
		out[i] = T(v - least)
	}
	return out
}

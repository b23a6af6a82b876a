package types

import (
	"math"
	"unsafe"
)

// Datum is one SQL value, or NULL; its zero value is NULL. It is 24 bytes, is
// copied freely, and holds integers, floats and strings without allocating.
//
// The layout follows log/slog.Value: ref says which form the value has, and for
// strings points at the first byte, with the length in num.
type Datum struct {
	_   [0]func() // Datums are compared with Type.Compare, never with ==
	num uint64
	ref any
}

// scalar marks a Datum whose value is in num.
type scalar struct{}

// stringptr marks a Datum whose string begins there.
type stringptr *byte

var scalarRef any = scalar{}

// Null is the NULL value.
var Null = Datum{}

// Row is an ordered list of values. Whoever receives a Row from an operator may
// read it until the next call to that operator; Clone keeps it longer.
type Row []Datum

// Clone copies the row. Datums are immutable, so the copy is safe to keep.
func (r Row) Clone() Row {
	if r == nil {
		return nil
	}
	return append(make(Row, 0, len(r)), r...)
}

// datumBytes is what a value takes in a row in memory, roughly.
const datumBytes = 16

// Bytes estimates the memory that a row takes.
func (r Row) Bytes() int64 {
	n := int64(len(r)*datumBytes + 24)
	for _, d := range r {
		if d.IsString() {
			n += int64(len(d.Str()))
		} else if !d.IsNull() && !d.IsScalar() && !d.isSmallNumeric() {
			n += 48
		}
	}
	return n
}

// Int makes an integer Datum (also bool, date, timestamps and OIDs).
func Int(v int64) Datum { return Datum{num: uint64(v), ref: scalarRef} }

// Bool makes a boolean Datum.
func Bool(v bool) Datum {
	if v {
		return Datum{num: 1, ref: scalarRef}
	}
	return Datum{ref: scalarRef}
}

// Float makes a floating-point Datum.
func Float(v float64) Datum { return Datum{num: math.Float64bits(v), ref: scalarRef} }

// String makes a string Datum; it keeps s without copying.
func String(s string) Datum {
	return Datum{num: uint64(len(s)), ref: stringptr(unsafe.StringData(s))}
}

// Bytes makes a string Datum from raw bytes, copying them.
func Bytes(b []byte) Datum { return String(string(b)) }

// Object makes a Datum of a type that is held by pointer or struct (numeric,
// interval, jsonb, arrays, records). v must be neither nil nor mutable.
func Object(v any) Datum { return Datum{ref: v} }

// IsNull says whether d is NULL.
func (d Datum) IsNull() bool { return d.ref == nil }

// Int gives the value of an integer-like Datum.
func (d Datum) Int() int64 { return int64(d.num) }

// Bool gives the value of a boolean Datum; NULL is false.
func (d Datum) Bool() bool { return d.ref != nil && d.num != 0 }

// Float gives the value of a floating-point Datum.
func (d Datum) Float() float64 { return math.Float64frombits(d.num) }

// Str gives the value of a string Datum. It does not copy.
func (d Datum) Str() string {
	p, ok := d.ref.(stringptr)
	if !ok {
		return ""
	}
	return unsafe.String((*byte)(p), int(d.num))
}

// IsString says whether d is held as a string.
func (d Datum) IsString() bool { _, ok := d.ref.(stringptr); return ok }

// IsScalar says whether d is held as a number.
func (d Datum) IsScalar() bool { _, ok := d.ref.(scalar); return ok }

// Renumber puts another number, as Int or Float would hold it, in the place of d's,
// which must be held as one.
func (d *Datum) Renumber(n uint64) { d.num = n }

// Object gives the value of a Datum made with Object.
func (d Datum) Object() any { return d.ref }

package types

import (
	"slices"
	"unsafe"
)

// Identical says whether two values of a type look the same: NULL like NULL, and
// else written alike. That is finer than Equal, for which the numerics 1.0 and
// 1.00 are the same.
func Identical(t *Type, a, b Datum) bool {
	switch {
	case a.IsNull() || b.IsNull():
		return a.IsNull() && b.IsNull()
	case a.IsString() || b.IsString():
		return a.IsString() && b.IsString() && a.Str() == b.Str()
	case a.isSmallNumeric() || b.isSmallNumeric():
		x, xs, ok := Shrunk(a).Small()
		y, ys, same := Shrunk(b).Small()
		return ok && same && x == y && xs == ys
	case a.Int() != b.Int(): // also floats: their bits
		return false
	case a.Int() != 0 || sameObject(&a, &b):
		return true
	}
	if x, y := a.Array(), b.Array(); x != nil && y != nil {
		return identicalArrays(x, y)
	}
	var x, y [64]byte
	return string(t.AppendText(x[:0], a, DefaultEnv)) == string(t.AppendText(y[:0], b, DefaultEnv))
}

// identicalArrays says whether arrays have the same bounds and elements that look the same.
func identicalArrays(a, b *Array) bool {
	if len(a.Elems) != len(b.Elems) || !slices.Equal(a.Dims, b.Dims) || !slices.Equal(a.Lower, b.Lower) {
		return false
	}
	for i, d := range a.Elems {
		if !Identical(a.Elem, d, b.Elems[i]) {
			return false
		}
	}
	return true
}

// sameObject says whether two values are held by one object. Of those that are held alike it knows
// nothing: what some types are held as cannot be compared in Go.
func sameObject(a, b *Datum) bool {
	return *(*[2]uintptr)(unsafe.Pointer(&a.ref)) == *(*[2]uintptr)(unsafe.Pointer(&b.ref))
}

// Canonical says whether values of the type that are equal always look the same.
// It is not so for numerics (1.0 and 1.00), floats (0 and -0), intervals (1 day
// and 24:00:00), char(n), nor for what is made of such values.
func (t *Type) Canonical() bool {
	switch t {
	case Boolean, Int2, Int4, Int8, Oid, Text, Varchar, Name, Bytea, UUID, Date, Time, Timestamp, TimestampTZ, Char:
		return true
	}
	return false
}

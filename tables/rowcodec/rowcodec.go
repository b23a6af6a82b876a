// Package rowcodec stores a row as bytes: each column that is not NULL by its
// attribute number, so that a row can be read with any later version of its
// table's descriptor.
package rowcodec

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Append appends the columns of a row of t.
func Append(dst []byte, t *catalog.Table, row types.Row) []byte {
	for i, c := range t.Columns {
		d := row[i]
		if d.IsNull() {
			continue
		}
		switch form(c.Type.Type) {
		case formInt:
			dst = binary.AppendUvarint(dst, uint64(c.Num)<<1)
			dst = binary.AppendVarint(dst, d.Int())
		case formFloat:
			dst = binary.AppendUvarint(dst, uint64(c.Num)<<1|1)
			dst = binary.AppendUvarint(dst, 8)
			dst = binary.BigEndian.AppendUint64(dst, math.Float64bits(d.Float()))
		case formString:
			s := d.Str()
			dst = binary.AppendUvarint(dst, uint64(c.Num)<<1|1)
			dst = binary.AppendUvarint(dst, uint64(len(s)))
			dst = append(dst, s...)
		default:
			b := c.Type.AppendBinary(nil, d, types.DefaultEnv)
			dst = binary.AppendUvarint(dst, uint64(c.Num)<<1|1)
			dst = binary.AppendUvarint(dst, uint64(len(b)))
			dst = append(dst, b...)
		}
	}
	return dst
}

// The forms in which values are stored.
type valueForm uint8

const (
	formInt    valueForm = iota
	formFloat            // eight bytes
	formString           // as they are
	formBinary           // the type's binary form
)

func form(t *types.Type) valueForm {
	for t.Kind == types.KindDomain && t.Base != nil {
		t = t.Base
	}
	switch t {
	case types.Boolean, types.Int2, types.Int4, types.Int8, types.Oid, types.Date, types.Timestamp, types.TimestampTZ, types.Time, types.Char:
		return formInt
	case types.Float4, types.Float8:
		return formFloat
	case types.Text, types.Varchar, types.BPChar, types.Name, types.JSONText, types.Bytea, types.UUID:
		return formString
	}
	if t.Kind == types.KindEnum {
		return formString // which labels there are is not asked again
	}
	return formBinary
}

// Decode reads the columns of a row of t into row, which must have the length
// of t.Columns at least; need says which columns are wanted, nil all. The values
// do not refer to b.
func Decode(t *catalog.Table, b []byte, need []bool, row types.Row) error {
	d := Decoder{table: t, need: need}
	return d.Decode(b, row)
}

// Identical says whether two values, neither NULL, are stored alike. It is
// stricter than equality: 1.0 and 1.00 differ.
func Identical(t *types.Type, a, b types.Datum) bool {
	switch form(t) {
	case formInt:
		return a.Int() == b.Int()
	case formFloat:
		return math.Float64bits(a.Float()) == math.Float64bits(b.Float())
	case formString:
		return a.Str() == b.Str()
	}
	return bytes.Equal(t.AppendBinary(nil, a, nil), t.AppendBinary(nil, b, nil))
}

func corrupt(t *catalog.Table) error {
	return sqlerr.New(sqlerr.DataCorrupted, `a row of table "%s" cannot be read`, t.Name)
}

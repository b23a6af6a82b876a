// Package rowcodec stores a row as bytes: each column that is not NULL by its
// attribute number, so that a row can be read with any later version of its
// table's descriptor. A column that is not there is NULL, or what the column has in rows
// that are older than itself (catalog.Missing); where it has that, NULL is stored too.
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
			if c.Missing != nil {
				dst = appendNull(dst, c)
			}
			continue
		}
		switch FormOf(c.Type.Type) {
		case Integer:
			dst = binary.AppendUvarint(dst, uint64(c.Num)<<1)
			dst = binary.AppendVarint(dst, d.Int())
		case Float:
			dst = binary.AppendUvarint(dst, uint64(c.Num)<<1|1)
			dst = binary.AppendUvarint(dst, 8)
			dst = binary.BigEndian.AppendUint64(dst, math.Float64bits(d.Float()))
		case Text:
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

// appendNull appends the NULL of a column that would have a value if it were not there:
// nothing, in the form that the column's values do not have.
func appendNull(dst []byte, c *catalog.Column) []byte {
	tag := uint64(c.Num) << 1
	if FormOf(c.Type.Type) == Integer {
		tag |= 1
	}
	return append(binary.AppendUvarint(dst, tag), 0)
}

// Form is a form in which values are stored.
type Form uint8

// The forms.
const (
	Integer Form = iota
	Float        // eight bytes
	Text         // as they are
	Binary       // the type's binary form
)

// FormOf says in which form values of a type are stored.
func FormOf(t *types.Type) Form {
	for t.Kind == types.KindDomain && t.Base != nil {
		t = t.Base
	}
	switch t {
	case types.Boolean, types.Int2, types.Int4, types.Int8, types.Oid, types.Date, types.Timestamp, types.TimestampTZ, types.Time, types.Char:
		return Integer
	case types.Float4, types.Float8:
		return Float
	case types.Text, types.Varchar, types.BPChar, types.Name, types.JSONText, types.Bytea, types.UUID:
		return Text
	}
	if t.Kind == types.KindEnum {
		return Text // which labels there are is not asked again
	}
	return Binary
}

// Decode reads the columns of a row of t into row, which must have the length
// of t.Columns at least; need says which columns are wanted, nil all. The values
// do not refer to b.
func Decode(t *catalog.Table, b []byte, need []bool, row types.Row) error {
	d := Decoder{table: t, need: need}
	return d.Decode(b, row)
}

// DecodeOld is Decode for a row that may be from before columns had other types. What is no
// value of its column now is NULL; misfits says whether there was such.
func DecodeOld(t *catalog.Table, b []byte, row types.Row) (misfits bool, err error) {
	d := Decoder{table: t, lenient: true}
	err = d.Decode(b, row)
	return d.misfits, err
}

// Identical says whether two values, neither NULL, are stored alike. It is
// stricter than equality: 1.0 and 1.00 differ.
func Identical(t *types.Type, a, b types.Datum) bool {
	switch FormOf(t) {
	case Integer:
		return a.Int() == b.Int()
	case Float:
		return math.Float64bits(a.Float()) == math.Float64bits(b.Float())
	case Text:
		return a.Str() == b.Str()
	}
	return bytes.Equal(t.AppendBinary(nil, a, nil), t.AppendBinary(nil, b, nil))
}

func corrupt(t *catalog.Table) error {
	return sqlerr.New(sqlerr.DataCorrupted, `a row of table "%s" cannot be read`, t.Name)
}

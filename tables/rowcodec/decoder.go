package rowcodec

import (
	"encoding/binary"
	"math"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Decoder reads the rows of one table. It knows beforehand what there is to know
// of its columns.
type Decoder struct {
	table *catalog.Table
	need  []bool
	// columns are by attribute number; nil asks each time.
	columns []known
	// last is the number of the last column that is wanted, if columns is not nil.
	last int
	// lenient: what is no value of its column is NULL, and noted in misfits.
	lenient, misfits bool
}

// known is what there is to know of one column.
type known struct {
	at     int16 // its place in the row
	form   Form
	wanted bool
}

// NewDecoder makes a Decoder; need says which columns are wanted, nil all. For few
// rows it is not worth to find things out beforehand.
func NewDecoder(t *catalog.Table, need []bool, few bool) Decoder {
	d := Decoder{table: t, need: need}
	if few || len(t.Columns) == 0 {
		return d
	}
	d.columns = make([]known, t.Columns[len(t.Columns)-1].Num+1)
	for i, c := range t.Columns {
		if need == nil || need[i] {
			d.columns[c.Num] = known{at: int16(i), form: FormOf(c.Type.Type), wanted: true}
			d.last = int(c.Num)
		}
	}
	return d
}

// column gives the column with a number; next is where it is not before.
func (d *Decoder) column(num int, next *int) (c known) {
	all := d.table.Columns
	for *next < len(all) && int(all[*next].Num) < num {
		*next++
	}
	if i := *next; i < len(all) && int(all[i].Num) == num && (d.need == nil || d.need[i]) {
		c = known{at: int16(i), form: FormOf(all[i].Type.Type), wanted: true}
	}
	return c
}

// Decode reads the wanted columns of a row into row, which must have the length of
// the table's columns at least; the others become NULL. The values do not refer to
// b.
func (d *Decoder) Decode(b []byte, row types.Row) error {
	clear(row[:len(d.table.Columns)])
	for i, c := range d.table.Columns {
		if c.Missing != nil && (d.need == nil || d.need[i]) {
			row[i] = c.Missing.Value(c.Type.Type)
		}
	}
	at, next := 0, 0
	for at < len(b) {
		tag := uint64(b[at])
		n := 1
		if tag >= 0x80 {
			if tag, n = binary.Uvarint(b[at:]); n <= 0 {
				return corrupt(d.table)
			}
		}
		at += n
		if tag>>1 > math.MaxInt16 {
			return corrupt(d.table)
		}
		num := int(tag >> 1)
		var c known
		switch {
		case d.columns == nil:
			c = d.column(num, &next)
		case num <= d.last:
			c = d.columns[num]
		case d.need != nil:
			return nil // the rest is not wanted
		}
		if c.wanted && (tag&1 == 0) != (c.form == Integer) {
			if d.table.Columns[c.at].Missing == nil {
				if !d.lenient {
					return corrupt(d.table)
				}
				d.misfits = true
			}
			row[c.at], c.wanted = types.Null, false
		}
		var u uint64
		if n = 1; at < len(b) && b[at] < 0x80 {
			u = uint64(b[at])
		} else if u, n = binary.Uvarint(b[at:]); n <= 0 {
			return corrupt(d.table)
		}
		at += n
		if tag&1 == 0 {
			if c.wanted {
				row[c.at] = types.Int(int64(u>>1) ^ -int64(u&1)) // zigzag
			}
			continue
		}
		if uint64(len(b)-at) < u {
			return corrupt(d.table)
		}
		if c.wanted {
			v, err := d.value(int(c.at), c.form, b[at:at+int(u)])
			if err != nil {
				if !d.lenient {
					return err
				}
				d.misfits, v = true, types.Null
			}
			row[c.at] = v
		}
		at += int(u)
	}
	return nil
}

// value reads what is not stored as an integer.
func (d *Decoder) value(i int, f Form, b []byte) (types.Datum, error) {
	switch f {
	case Float:
		if len(b) != 8 {
			return types.Null, corrupt(d.table)
		}
		return types.Float(math.Float64frombits(binary.BigEndian.Uint64(b))), nil
	case Text:
		return types.String(string(b)), nil
	}
	v, err := d.table.Columns[i].Type.Type.Receive([]byte(string(b)), types.NoTypmod, types.StoredEnv)
	if err != nil {
		return types.Null, corrupt(d.table)
	}
	return v, nil
}

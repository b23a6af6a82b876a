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
	// forms are those of the columns; nil asks each time.
	forms []valueForm
	// last is the position behind the last column that is wanted, if forms is not
	// nil.
	last int
}

// NewDecoder makes a Decoder; need says which columns are wanted, nil all. For few
// rows it is not worth to find things out beforehand.
func NewDecoder(t *catalog.Table, need []bool, few bool) Decoder {
	d := Decoder{table: t, need: need}
	if few {
		return d
	}
	d.forms, d.last = make([]valueForm, len(t.Columns)), len(t.Columns)
	for i, c := range t.Columns {
		d.forms[i] = form(c.Type.Type)
	}
	if need != nil {
		for d.last > 0 && !need[d.last-1] {
			d.last--
		}
	}
	return d
}

func (d *Decoder) form(i int) valueForm {
	if d.forms != nil {
		return d.forms[i]
	}
	return form(d.table.Columns[i].Type.Type)
}

// Decode reads the wanted columns of a row into row, which must have the length of
// the table's columns at least; the others become NULL. The values do not refer to
// b.
func (d *Decoder) Decode(b []byte, row types.Row) error {
	columns := d.table.Columns
	clear(row[:len(columns)])
	end := len(columns)
	if d.forms != nil {
		end = d.last
	}
	at, next := 0, 0
	for at < len(b) && (next < end || d.need == nil) {
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
		num := int16(tag >> 1)
		for next < end && columns[next].Num < num {
			next++
		}
		wanted := next < end && columns[next].Num == num && (d.need == nil || d.need[next])
		var f valueForm
		if wanted {
			if f = d.form(next); (tag&1 == 0) != (f == formInt) {
				return corrupt(d.table)
			}
		}
		var u uint64
		if n = 1; at < len(b) && b[at] < 0x80 {
			u = uint64(b[at])
		} else if u, n = binary.Uvarint(b[at:]); n <= 0 {
			return corrupt(d.table)
		}
		at += n
		if tag&1 == 0 {
			if wanted {
				row[next] = types.Int(int64(u>>1) ^ -int64(u&1)) // zigzag
			}
			continue
		}
		if uint64(len(b)-at) < u {
			return corrupt(d.table)
		}
		if wanted {
			v, err := d.value(next, f, b[at:at+int(u)])
			if err != nil {
				return err
			}
			row[next] = v
		}
		at += int(u)
	}
	return nil
}

// value reads what is not stored as an integer.
func (d *Decoder) value(i int, f valueForm, b []byte) (types.Datum, error) {
	switch f {
	case formFloat:
		if len(b) != 8 {
			return types.Null, corrupt(d.table)
		}
		return types.Float(math.Float64frombits(binary.BigEndian.Uint64(b))), nil
	case formString:
		return types.String(string(b)), nil
	}
	v, err := d.table.Columns[i].Type.Type.Receive([]byte(string(b)), types.NoTypmod, types.StoredEnv)
	if err != nil {
		return types.Null, corrupt(d.table)
	}
	return v, nil
}

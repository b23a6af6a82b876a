package blocks

import "github.com/kalamsql/kalamsql/sql/types"

// Reader hands the rows of blocks out, one after the other. It may be used again and
// again.
type Reader struct {
	block *Block
	// rows are those that are handed out, nil for all; n is their number.
	rows []uint16
	n    int
	at   int // of the next one
	// plain are columns of numbers without NULLs, other the rest that changes.
	plain []plainColumn
	other []otherColumn
	room  []uint16 // for rows
}

type plainColumn struct {
	at     int
	values []uint64 // of the rows that are handed out
}

type otherColumn struct {
	at int
	*column
}

// Open begins a block: rows for which the conditions hold are handed out in row, of
// which nothing but what is wanted has a value. It gives the number of those for which they do not.
func (r *Reader) Open(b *Block, wanted []Wanted, conditions []Condition, row types.Row) (left int) {
	r.block, r.rows, r.n, r.at = b, nil, b.rows, 0
	for _, cond := range conditions {
		if cap(r.room) < b.rows {
			r.room = make([]uint16, max(b.rows, DefaultRows))
		}
		column := b.at(cond.Column, wanted)
		if r.rows = column.choose(cond, r.rows, r.room[:cap(r.room)], b.rows); r.rows == nil {
			continue
		}
		if r.n = len(r.rows); r.n == 0 {
			return b.rows
		}
	}
	plain := r.plain[:0]
	r.other = r.other[:0]
	clear(row)
	for _, w := range wanted {
		c := b.column(w)
		switch {
		case c.form > Decimals || c.nulls != nil || c.scales != nil || c.objects != nil:
			r.other = append(r.other, otherColumn{w.At, c})
		case c.b1 == nil && c.b2 == nil && c.b4 == nil && c.b8 == nil:
			row[w.At] = c.value(0)
		default:
			row[w.At] = c.value(0)
			if len(plain) < cap(plain) {
				plain = plain[:len(plain)+1]
			} else {
				plain = append(plain, plainColumn{})
			}
			p := &plain[len(plain)-1]
			if p.at = w.At; cap(p.values) < r.n {
				p.values = make([]uint64, max(r.n, DefaultRows))
			}
			p.values = c.numbers(p.values[:cap(p.values)], r.rows, r.n)
		}
	}
	r.plain = plain
	return b.rows - r.n
}

// at finds the column at a position of the rows.
func (b *Block) at(position int, wanted []Wanted) *column {
	for _, w := range wanted {
		if w.At == position {
			return b.column(w)
		}
	}
	return nil
}

// Next puts the next row into row, which is the one that Open was given.
func (r *Reader) Next(row types.Row) bool {
	i := r.at
	if i >= r.n {
		return false
	}
	r.at++
	for k := range r.plain {
		p := &r.plain[k]
		row[p.at].Renumber(p.values[i])
	}
	if len(r.other) == 0 {
		return true
	}
	if r.rows != nil {
		i = int(r.rows[i])
	}
	for k := range r.other {
		o := &r.other[k]
		row[o.at] = o.value(i)
	}
	return true
}

// Release lets the block go.
func (r *Reader) Release() {
	r.block, r.rows, r.n, r.at = nil, nil, 0, 0
	clear(r.other)
	r.other = r.other[:0]
}

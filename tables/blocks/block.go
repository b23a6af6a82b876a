package blocks

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
)

// Wanted is a column that a scan wants: what it is called in blocks, by a number that
// stays the same as long as its stored values do, and its place in the rows.
type Wanted struct {
	Number int
	At     int
	Form   Form
	// Type is that of Objects: values of another one are not the same.
	Type *types.Type
}

// Block is some columns of the rows of a segment, as of a snapshot. It is immutable.
type Block struct {
	asOf    storage.Seq
	rows    int
	columns []kept
	bytes   int64
}

// kept is one column of a block.
type kept struct {
	number int
	typ    *types.Type // of Objects
	*column
}

// Rows is the number of rows.
func (b *Block) Rows() int { return b.rows }

// column finds a column that is wanted, nil for none.
func (b *Block) column(w Wanted) *column {
	for i := range b.columns {
		if k := &b.columns[i]; k.number == w.Number && k.form == w.Form && k.typ == w.Type {
			return k.column
		}
	}
	return nil
}

// has says whether a block has all columns that are wanted.
func (b *Block) has(wanted []Wanted) bool {
	for _, w := range wanted {
		if b.column(w) == nil {
			return false
		}
	}
	return true
}

// with is a block with the columns of another one of the same rows besides. Both show
// what either's snapshot does.
func (b *Block) with(other *Block) *Block {
	if other == nil || other.rows != b.rows {
		return b
	}
	out := &Block{asOf: min(b.asOf, other.asOf), rows: b.rows, columns: slices.Clone(b.columns), bytes: b.bytes}
	for _, k := range other.columns {
		if !slices.ContainsFunc(b.columns, func(mine kept) bool { return mine.number == k.number }) {
			out.columns = append(out.columns, k)
			out.bytes += k.bytes
		}
	}
	return out
}

// Builder collects rows to a block. It may be used again and again.
type Builder struct {
	wanted  []Wanted
	columns []columnBuilder
	rows    int
}

// Reset begins a block of some columns.
func (b *Builder) Reset(wanted []Wanted) {
	b.wanted, b.rows = wanted, 0
	b.columns = slices.Grow(b.columns[:0], len(wanted))[:len(wanted)]
	for i, w := range wanted {
		b.columns[i].reset(w.Form)
	}
}

// Add takes a row, which is stored in so many bytes.
func (b *Builder) Add(row types.Row, stored int) {
	for i := range b.columns {
		b.columns[i].add(b.rows, row[b.wanted[i].At], stored)
	}
	b.rows++
}

// done gives the block of rows that were read with a snapshot.
func (b *Builder) done(asOf storage.Seq) *Block {
	out := &Block{asOf: asOf, rows: b.rows, bytes: blockBytes}
	for i, w := range b.wanted {
		c := b.columns[i].done()
		out.columns = append(out.columns, kept{w.Number, w.Type, c})
		out.bytes += c.bytes
	}
	return out
}

// blockBytes is what a block takes beside its columns.
const blockBytes = 128

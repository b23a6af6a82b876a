package exec

import (
	"bufio"
	"io"

	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables/rowcodec"
)

// RowList holds rows by their numbers, from 0: those of a cursor that can go back. It
// is in memory up to work_mem, the older rows beyond on disk, as rowStore has them.
type RowList struct {
	store *rowStore
	// marks are where in the file every markRows-th row begins.
	marks []int64
	disk  *spillReader
	next  int // the row that disk reads next
	row   types.Row
	// block are rows from first on that have been read in one go: who goes back wants
	// those before the one he has.
	block []types.Row
	first int
}

// markRows is how many rows are read at most to find one.
const markRows = 128

// NewRowList makes an empty list of rows with columns of given types. Its file, if it
// needs one, goes with the statement's root operator, or by Close.
func NewRowList(rt *Runtime, ts []*types.Type) *RowList {
	l := &RowList{store: newRowStore(rt, ts)}
	l.store.written = func(number int, offset int64) {
		if number%markRows == 0 {
			l.marks = append(l.marks, offset)
		}
	}
	return l
}

// Add takes a copy of a row.
func (l *RowList) Add(row types.Row) error { return l.store.add(row) }

// Len is the number of rows.
func (l *RowList) Len() int { return l.store.len() }

// At gives a row that is there. It is valid until the next call.
func (l *RowList) At(i int) (types.Row, error) {
	s := l.store
	if i >= s.spilled {
		return s.rows[i-s.spilled], nil
	}
	if i >= l.first && i < l.first+len(l.block) {
		return l.block[i-l.first], nil
	}
	if l.disk == nil || i < l.next || i-l.next > markRows {
		from := i / markRows
		back := l.disk != nil && i < l.next
		if l.row == nil {
			l.row = make(types.Row, len(s.types))
		}
		in := io.NewSectionReader(s.file.file, l.marks[from], s.file.size-l.marks[from])
		l.disk = &spillReader{file: s.file, in: bufio.NewReaderSize(in, spillBuffer), decoder: rowcodec.NewDecoder(s.file.codec, nil, false)}
		l.next = from * markRows
		if back {
			return l.readBlock(i)
		}
	}
	for ; l.next <= i; l.next++ {
		ok, err := l.disk.next(l.row)
		if err == nil && !ok { // the file has grown since
			l.disk = nil
			return l.At(i)
		}
		if err != nil {
			return nil, err
		}
	}
	return l.row, nil
}

// readBlock reads the rows from the mark where disk is up to one, and gives that.
func (l *RowList) readBlock(i int) (types.Row, error) {
	l.first, l.block = l.next, l.block[:0]
	for ; l.next <= i; l.next++ {
		row := make(types.Row, len(l.row))
		if ok, err := l.disk.next(row); err != nil || !ok {
			l.block, l.disk = nil, nil
			if err == nil { // the file has grown since
				return l.At(i)
			}
			return nil, err
		}
		l.block = append(l.block, row)
	}
	return l.block[i-l.first], nil
}

// Close gives up the rows.
func (l *RowList) Close() { l.store.close() }

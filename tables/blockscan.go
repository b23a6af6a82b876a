package tables

import (
	"bytes"
	"slices"
	"sync"

	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/blocks"
	"github.com/kalamsql/kalamsql/tables/rowcodec"
)

// A table is divided into segments if it has more than an eighth of the rows of one.
const fewestRows = 8

// blockScan reads a span of a table's rows, from blocks where there are some. It
// divides what it reads of storage into segments, and builds the blocks of those that
// are worth it.
type blockScan struct {
	table  *blocks.Table
	wanted []blocks.Wanted
	at     []byte // where the next piece begins: a segment or what lies between two
	end    []byte // of the span

	// serving: the piece comes from a block. reading: it is read from storage, up to
	// stop; known is its segment, nil for a gap.
	serving, reading bool
	known            *blocks.Segment
	stop             []byte
	building         bool
	rows, bytes      int // of the piece

	it      storage.Iterator // nil until something is read from storage
	itEnd   []byte           // where it ends by itself
	pending bool             // it stands on a key that has not been read
	ended   bool             // it has no more

	scratch *blockScratch
	total   int // rows read so far
	skipped int64
	// alone is set unless the scan is a part of another one.
	alone bool
	// chosen: the conditions hold for the current row.
	chosen bool
}

// blockScratch is what a scan needs only while it runs.
type blockScratch struct {
	reader  blocks.Reader
	builder blocks.Builder
}

var blockScratches = sync.Pool{New: func() any { return new(blockScratch) }}

// The numbers of columns that are no attributes.
const (
	sequenceNumber = -1
	versionNumber  = -2
)

// blockWanted lists the columns that a scan wants; false if one of them cannot be
// kept in blocks.
func blockWanted(s *Scan) ([]blocks.Wanted, bool) {
	n := len(s.Table.Columns)
	wanted := make([]blocks.Wanted, 0, n+SystemValues)
	for i, c := range s.Table.Columns {
		if s.Need != nil && !s.Need[i] {
			continue
		}
		w := blocks.Wanted{Number: int(c.Num), At: i, Form: blockForm(c.Type.Type)}
		if w.Form == blocks.Objects {
			if w.Type = c.Type.Type; w.Type.OID >= types.FirstUserOID {
				return nil, false // its values may have parts that are known to a version of the catalog
			}
		}
		wanted = append(wanted, w)
	}
	wanted = append(wanted, blocks.Wanted{Number: sequenceNumber, At: n})
	if !s.NoVersion {
		wanted = append(wanted, blocks.Wanted{Number: versionNumber, At: n + 1})
	}
	return wanted, true
}

// blockForm says how a column's values are held.
func blockForm(t *types.Type) blocks.Form {
	switch rowcodec.FormOf(t) {
	case rowcodec.Integer:
		return blocks.Ints
	case rowcodec.Float:
		return blocks.Floats
	case rowcodec.Text:
		return blocks.Strings
	}
	if t == types.Numeric {
		return blocks.Decimals
	}
	return blocks.Objects
}

// newBlockScan gives the way to read all rows under a prefix by blocks, nil where that
// cannot be. A column that the transaction has added itself is not for others, who may be
// given its number when it rolls back.
func (c *Cursor) newBlockScan(prefix, end []byte) *blockScan {
	s := &c.scan
	if c.tx.edit != nil || c.tx.gone(prefix) || !s.NoKeys || s.Ranges != nil || s.Reverse || c.byIndex || !s.Table.Durable() || c.own.between(prefix, end) {
		return nil
	}
	wanted, ok := blockWanted(s)
	if !ok {
		return nil
	}
	return &blockScan{table: c.tx.store.blocks.Table(prefix), wanted: wanted, at: prefix, end: end, alone: true}
}

// writesBetween says whether a transaction has written keys of an interval.
func writesBetween(own *writes, lower, upper []byte) (some bool) {
	if own != nil {
		own.Ascend(&write{key: string(lower)}, func(w *write) bool {
			some = w.key < string(upper)
			return false
		})
	}
	return some
}

// next moves to the next row of the span.
func (b *blockScan) next(c *Cursor) bool {
	for c.err == nil {
		switch {
		case b.serving:
			if b.scratch.reader.Next(c.row) {
				return true
			}
			b.at = b.stop
			b.serving = false
		case b.reading:
			if b.read(c) {
				return true
			}
		case bytes.Compare(b.at, b.end) >= 0:
			return false
		default:
			b.begin(c)
		}
	}
	return false
}

// begin begins the next piece.
func (b *blockScan) begin(c *Cursor) {
	if b.scratch == nil {
		b.scratch = blockScratches.Get().(*blockScratch)
	}
	if c.scan.Interrupted != nil {
		if c.err = c.scan.Interrupted(); c.err != nil {
			return
		}
	}
	b.rows, b.bytes, b.known, b.building, b.chosen = 0, 0, nil, false, false
	b.stop = b.end
	segment := b.table.Find(b.at)
	if segment != nil {
		switch lower, upper := segment.Bounds(); {
		case bytes.Compare(lower, b.at) > 0: // a gap before it
			if bytes.Compare(lower, b.end) < 0 {
				b.stop = lower
			}
		case bytes.Compare(upper, b.end) > 0 || !bytes.Equal(lower, b.at): // a part of it
			if bytes.Compare(upper, b.end) < 0 {
				b.stop = upper
			}
			b.reading, b.known = true, segment
			b.seek(c)
			return
		default:
			b.stop, b.known = upper, segment
			if block := segment.Block(c.snap.Seq(), b.wanted); block != nil {
				b.serving, b.chosen = true, true
				b.skipped += int64(b.scratch.reader.Open(block, b.wanted, c.scan.Conditions, c.row))
				b.total += block.Rows()
				return
			}
			b.building = segment.Worth(c.snap.Seq())
		}
	}
	b.reading = true
	if b.building {
		b.scratch.builder.Reset(b.wanted)
	}
	b.seek(c)
}

// seek brings the iterator to the beginning of the piece.
func (b *blockScan) seek(c *Cursor) {
	switch {
	case b.it == nil:
		b.it, b.itEnd = c.snap.NewIter(b.at, b.end), b.end
		b.pending = b.it.First()
		b.ended = !b.pending
	case b.ended || b.pending && bytes.Compare(b.it.Key(), b.at) >= 0:
	default:
		b.pending = b.it.SeekGE(b.at)
		b.ended = !b.pending
	}
}

// read reads the next row of the piece; false at its end.
func (b *blockScan) read(c *Cursor) bool {
	if !b.pending && !b.ended {
		b.pending = b.it.Next()
		b.ended = !b.pending
	}
	if b.ended {
		if c.err = unreadable(c.scan.Table, b.it.Err()); c.err == nil {
			b.finish(c, b.stop)
		}
		return false
	}
	key := b.it.Key()
	if &b.stop[0] != &b.itEnd[0] && bytes.Compare(key, b.stop) >= 0 {
		b.finish(c, b.stop)
		return false
	}
	if b.full() {
		b.finish(c, bytes.Clone(key))
		return false
	}
	b.pending = false
	value := b.it.Value()
	columns, version, _, err := rowPart(c.scan.Table, value, 0)
	if err == nil {
		err = c.decoder.Decode(columns, c.row)
	}
	if err != nil {
		c.err = err
		return false
	}
	c.key = key
	c.row[len(c.row)-SystemValues] = types.Int(int64(c.tx.store.engine.Seq(value)))
	if !c.scan.NoVersion {
		c.row[len(c.row)-1] = version.datum()
	}
	if b.building {
		b.scratch.builder.Add(c.row, len(value))
	}
	b.rows++
	b.bytes += len(value)
	b.total++
	return true
}

// full says whether the piece has as many rows as a segment may have: one that there
// is already, twice as many.
func (b *blockScan) full() bool {
	most, bytes := b.table.Limits().Rows, b.table.Limits().RowBytes
	if b.known != nil {
		most, bytes = 2*most, 2*bytes
	}
	return b.rows >= most || b.bytes >= bytes && b.rows > 1
}

// finish ends the piece that was read, before a key, and makes a segment of it.
func (b *blockScan) finish(c *Cursor, before []byte) {
	b.reading = false
	lower := b.at
	b.at = before
	if b.known == nil {
		if b.rows > 0 && (!b.alone || b.total >= b.table.Limits().Rows/fewestRows) {
			b.table.Add(lower, before)
		}
		return
	}
	from, upper := b.known.Bounds()
	if !bytes.Equal(from, lower) {
		return // a part of it
	}
	switch {
	case !bytes.Equal(upper, before):
		if b.full() && bytes.Compare(upper, b.end) <= 0 { // it has grown
			b.known.Drop()
			b.table.Add(lower, before)
		}
	case b.rows == 0:
		b.known.Drop()
	case b.building:
		b.known.Keep(&b.scratch.builder, c.snap.Seq())
	}
}

// pieceEnd is where the piece that is being read ends: its segment, or what was read
// of a gap so far.
func (b *blockScan) pieceEnd(c *Cursor) []byte {
	if b.known == nil {
		return append(bytes.Clone(c.key), 0)
	}
	return b.stop
}

// bounds are the bounds of segments within an interval, in order, and where the gap
// behind the last of them begins, nil where there is none.
func (b *blockScan) bounds(lower, upper []byte) (list [][]byte, tail []byte) {
	for at := lower; bytes.Compare(at, upper) < 0; {
		s := b.table.Find(at)
		if s == nil {
			return list, at
		}
		from, to := s.Bounds()
		for _, key := range [][]byte{from, to} {
			if bytes.Compare(key, lower) > 0 && bytes.Compare(key, upper) < 0 && (len(list) == 0 || !bytes.Equal(list[len(list)-1], key)) {
				list = append(list, key)
			}
		}
		at = to
	}
	return list, nil
}

// part reads an interval of the same table.
func (b *blockScan) part(lower, upper []byte) *blockScan {
	return &blockScan{table: b.table, wanted: b.wanted, at: lower, end: upper}
}

func (b *blockScan) close() (err error) {
	if b.it != nil {
		err = b.it.Err()
		if cerr := b.it.Close(); err == nil {
			err = cerr
		}
		b.it = nil
	}
	if b.scratch != nil {
		b.scratch.reader.Release()
		blockScratches.Put(b.scratch)
		b.scratch = nil
	}
	b.serving, b.reading = false, false
	b.at = slices.Clone(b.end)
	return err
}

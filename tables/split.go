package tables

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/rowcodec"
)

// Split divides what the cursor has still to read into parts of which each has
// about rows rows, in order, and gives a cursor for each; the cursor itself ends where
// the first of them begins. Each of them may be used by a goroutine of its own
// while the transaction writes nothing. It gives none, and leaves the cursor as it
// is, where that is not possible or not worth it: the rows are not read in the order of
// storage, or come from blocks, or there would be fewer parts than least.
func (c *Cursor) Split(rows float64, least int) []*Cursor {
	b := c.blocks
	if b == nil || !b.reading || c.err != nil || c.tx.opts.Isolation == Serializable {
		return nil
	}
	total := float64(0)
	if st := c.tx.store.Statistics(c.scan.Table); st != nil {
		total = st.Rows
	}
	parts := int(total / rows)
	if parts < least {
		return nil
	}
	from, upper := b.pieceEnd(c), b.end
	bounds, tail := b.bounds(from, upper)
	if tail != nil {
		if last := c.lastKey(tail, upper); last != nil {
			bounds = append(bounds, between(tail, last, max(1, min(parts-len(bounds), 100_000)))...)
		}
	}
	if len(bounds)+1 < least {
		return nil
	}
	b.stop, b.end = from, from
	bounds = append([][]byte{from}, bounds...)
	out := make([]*Cursor, 0, len(bounds))
	for i, lower := range bounds {
		end := upper
		if i+1 < len(bounds) {
			end = bounds[i+1]
		}
		part := &Cursor{tx: c.tx, scan: c.scan, snap: c.snap, row: slices.Clone(c.row), decoder: rowcodec.NewDecoder(c.scan.Table, c.scan.Need, false),
			blocks: b.part(lower, end)}
		part.scan.Interrupted = nil
		c.snap.users.Add(1)
		out = append(out, part)
	}
	return out
}

// lastKey is the last key of an interval, nil for none.
func (c *Cursor) lastKey(lower, upper []byte) []byte {
	var it storage.Iterator = c.snap.NewIter(lower, upper)
	defer it.Close()
	if !it.Last() {
		return nil
	}
	return bytes.Clone(it.Key())
}

// between gives keys between two others, parts-1 of them evenly far apart.
func between(first, last []byte, parts int) (keys [][]byte) {
	shared := 0
	for shared < min(len(first), len(last)) && first[shared] == last[shared] {
		shared++
	}
	low, high := spot(first[shared:]), spot(last[shared:])
	step := (high - low) / uint64(parts)
	if high <= low || step == 0 {
		return nil
	}
	for i := 1; i < parts; i++ {
		keys = append(keys, binary.BigEndian.AppendUint64(bytes.Clone(first[:shared]), low+uint64(i)*step))
	}
	return keys
}

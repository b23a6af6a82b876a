package tables

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/rowcodec"
)

// Split divides what the cursor has still to read into parts of which each has
// about rows rows, in order, and gives a cursor for each; the cursor itself is then
// at its end, and keeps its row. Each of them may be used by a goroutine of its own
// while the transaction writes nothing. It gives none, and leaves the cursor as it
// is, where that is not possible: the rows are not read in the order of storage, or
// there would be fewer parts than least.
func (c *Cursor) Split(rows float64, least int) []*Cursor {
	if c.byIndex || c.scan.Reverse || c.own != nil || c.it == nil || len(c.spans) > 0 || c.err != nil || c.tx.opts.Isolation == Serializable {
		return nil
	}
	total := float64(0)
	if st := c.tx.store.Statistics(c.scan.Table); st != nil {
		total = st.Rows
	}
	from := append(bytes.Clone(c.key), 0)
	upper := c.it.upper
	last := c.lastKey(from, upper)
	if last == nil {
		return nil
	}
	parts := int(total / rows)
	if parts < least {
		return nil
	}
	bounds := append([][]byte{from}, between(from, last, min(parts, 100_000))...)
	if len(bounds) < least {
		return nil
	}
	out := make([]*Cursor, 0, len(bounds))
	for i, lower := range bounds {
		end := bytes.Clone(upper)
		if i+1 < len(bounds) {
			end = bounds[i+1]
		}
		part := &Cursor{tx: c.tx, scan: c.scan, snap: c.snap, row: slices.Clone(c.row), now: c.now, spans: []span{{lower: lower, upper: end}},
			decoder: rowcodec.NewDecoder(c.scan.Table, c.scan.Need, false)}
		c.snap.users.Add(1)
		out = append(out, part)
	}
	c.err = translate(c.it.close())
	c.it = nil
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

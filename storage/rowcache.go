package storage

import (
	"encoding/binary"
	"sync/atomic"

	"github.com/VictoriaMetrics/fastcache"
	"github.com/cespare/xxhash/v2"
)

// rowCache remembers values that were read by their keys. Finding one here costs a
// tenth of finding it in Pebble, which has to look through memtables and a level
// of files after the other.
//
// An entry says as of which commit it was read. Nobody removes it when the key is
// written: every commit, before it becomes visible, notes its sequence in the slot
// of each key that it writes. An entry serves a reader if nothing that shares the
// key's slot has been written since the older of the two, the entry and the
// reader's snapshot. So whoever has read a value may enter it at any later time,
// without a lock: if the key has been written meanwhile the entry is void already.
type rowCache struct {
	entries *fastcache.Cache
	slots   []atomic.Uint64 // the newest commit that has written a key of the slot
	floor   atomic.Uint64   // the newest commit that has removed a range
}

const (
	// bytesPerSlot sets the number of slots by the size of the cache: with about as
	// many as there are entries writes seldom void the entries of other keys.
	bytesPerSlot = 128
	// maxCachedValue bounds the values that are entered.
	maxCachedValue = 16 << 10
)

// newRowCache makes a cache of about so many bytes.
func newRowCache(bytes int64) *rowCache {
	slots := 1 << 10
	for int64(slots)*bytesPerSlot < bytes {
		slots <<= 1
	}
	return &rowCache{entries: fastcache.New(int(bytes)), slots: make([]atomic.Uint64, slots)}
}

// close gives the memory back; there are no readers any more.
func (c *rowCache) close() { c.entries.Reset() }

// caches says whether values under a key are cached: rows and index entries.
func (c *rowCache) caches(key []byte) bool { return key[0] == SpaceRow }

// slotOf gives the slot of a key.
func slotOf(key []byte) uint64 { return xxhash.Sum64(key) }

func (c *rowCache) slot(of uint64) *atomic.Uint64 { return &c.slots[of&uint64(len(c.slots)-1)] }

// written notes the keys that a commit writes, by their slots, and whether it
// removes ranges. It is called under the commit mutex before the commit is visible.
func (c *rowCache) written(seq Seq, slots []uint64, ranges bool) {
	for _, s := range slots {
		c.slot(s).Store(uint64(seq))
	}
	if ranges {
		c.floor.Store(uint64(seq))
	}
}

// newest is the newest commit that may have written a key; never an older one than
// has.
func (c *rowCache) newest(key []byte) Seq {
	return Seq(max(c.floor.Load(), c.slot(slotOf(key)).Load()))
}

// get appends to buf[:0] the value of a key as of a snapshot.
func (c *rowCache) get(key, buf []byte, snapshot Seq) (value []byte, found bool) {
	buf = c.entries.Get(buf[:0], key)
	n := len(buf) - stampSize
	if n < 0 {
		return buf[:0], false
	}
	since := min(binary.BigEndian.Uint64(buf[n:]), uint64(snapshot))
	if c.floor.Load() > since || c.slot(slotOf(key)).Load() > since {
		return buf[:0], false
	}
	return buf[:n], true
}

// holds says whether there is an entry under a key, void or not: whether the row was
// of interest before it is written again.
func (c *rowCache) holds(key []byte) bool { return c.entries.Has(key) }

// freshRows are the stamped values of a small batch that replace rows in the cache,
// copied: they are entered once the batch is visible, since a row that is changed
// again and again is read each time. New rows are entered when they are first read.
type freshRows struct {
	bytes []byte // key, value and room for a sequence, one row after the other
	rows  []freshRow
	none  bool // the batch is not small
}

// freshRow is where a row ends in the bytes. gone: a later write of the batch has
// replaced it.
type freshRow struct {
	key, value int
	gone       bool
}

// maxFresh is how many rows of a batch are entered.
const maxFresh = 16

func (f *freshRows) add(key, value []byte) {
	if len(f.rows) > maxFresh || len(value) > maxCachedValue {
		return
	}
	if f.rows = append(f.rows, freshRow{}); len(f.rows) > maxFresh {
		f.bytes = f.bytes[:0] // too many: none
		return
	}
	f.bytes = append(f.bytes, key...)
	r := &f.rows[len(f.rows)-1]
	r.key = len(f.bytes)
	f.bytes = append(f.bytes, value...)
	r.value = len(f.bytes)
	f.bytes = append(f.bytes, make([]byte, stampSize)...)
}

// drop forgets the row of a key that the batch writes otherwise afterwards.
func (f *freshRows) drop(key []byte) {
	if len(f.rows) > maxFresh {
		return // none is entered
	}
	at := 0
	for i := range f.rows {
		r := &f.rows[i]
		if string(f.bytes[at:r.key]) == string(key) {
			r.gone = true
		}
		at = r.value + stampSize
	}
}

// dropAll forgets all rows: the batch removes a range afterwards.
func (f *freshRows) dropAll() { f.bytes, f.rows = f.bytes[:0], f.rows[:0] }

func (f *freshRows) reset() {
	f.none = false
	if f.rows = f.rows[:0]; cap(f.bytes) > 4*maxCachedValue {
		f.bytes = nil
	}
	f.bytes = f.bytes[:0]
}

// enter enters the rows of a commit that is visible.
func (c *rowCache) enter(f *freshRows, seq Seq) {
	if len(f.rows) > maxFresh {
		return
	}
	at := 0
	for _, r := range f.rows {
		if r.gone {
			at = r.value + stampSize
			continue
		}
		binary.BigEndian.PutUint64(f.bytes[r.key:], uint64(seq))
		end := r.value + stampSize
		binary.BigEndian.PutUint64(f.bytes[r.value:], uint64(seq))
		c.entries.Set(f.bytes[at:r.key], f.bytes[r.key:end])
		at = end
	}
}

// put enters a value that was read as of a commit or later, and gives it back.
func (c *rowCache) put(key, value []byte, at Seq) []byte {
	if len(value) > maxCachedValue {
		return value
	}
	entry := binary.BigEndian.AppendUint64(value, uint64(at))
	c.entries.Set(key, entry)
	return entry[:len(value)]
}

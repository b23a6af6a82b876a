package storage

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// Batch collects the writes of one commit. Later writes win over earlier ones of
// the same batch. Keys and values are copied. A batch belongs to one goroutine
// at a time; Commit empties it, after which it may be filled again. Close gives
// it back to the engine.
//
// The setters return no error: a misuse (ErrKey, ErrStamp, ErrLogEntry) is
// remembered and returned by Commit, which then commits nothing.
type Batch struct {
	engine   *Engine
	pebble   *pebble.Batch // nil until the first durable write
	stamps   []int         // offsets in pebble's representation of sequences to fill in
	log      logSlot
	volatile []volatileOp
	slots    []uint64 // of the row cache, for the keys written
	ranges   bool     // ranges are removed
	load     *Load    // nil if there is none
	fresh    freshRows
	watched  watched
	count    int
	err      error
}

// logSlot is where in the batch representation the change-log entry lies.
type logSlot struct {
	set   bool
	cut   bool
	key   int // offset of the sequence in the key
	value int // offset of the header in the value
	parts int // of one that is cut
	bytes int // size of key and value
}

// NewBatch returns an empty batch, from a pool.
func (e *Engine) NewBatch() *Batch {
	b := e.batches.Get().(*Batch)
	b.engine = e
	return b
}

// Set writes value under key.
func (b *Batch) Set(key, value []byte) { b.set(key, value, false) }

// SetStamped is Set, with the first eight bytes of the stored value replaced by
// the commit's sequence, big endian. value must have room for them.
func (b *Batch) SetStamped(key, value []byte) { b.set(key, value, true) }

func (b *Batch) set(key, value []byte, stamped bool) {
	if stamped && len(value) < stampSize {
		b.fail(fmt.Errorf("%w: %d bytes", ErrStamp, len(value)))
		return
	}
	if !b.admit(key) {
		return
	}
	if isVolatile(key) {
		b.volatile = append(b.volatile, newVolatileSet(key, value, stamped))
		return
	}
	b.slots = append(b.slots, slotOf(key))
	b.watched.key(b.engine, key)
	b.fresh.drop(key)
	offset := b.deferredSet(key, value)
	if stamped {
		if !b.fresh.none && b.engine.rows.holds(key) {
			b.fresh.add(key, value)
		}
		b.stamps = append(b.stamps, offset)
	}
}

// deferredSet returns the offset of the value in the batch representation, where
// a record ends with its value.
func (b *Batch) deferredSet(key, value []byte) int {
	p := b.durable()
	op := p.SetDeferred(len(key), len(value))
	copy(op.Key, key)
	copy(op.Value, value)
	b.keep(op.Finish())
	return p.Len() - len(value)
}

// Delete removes key, if it is there.
func (b *Batch) Delete(key []byte) {
	if !b.admit(key) {
		return
	}
	if isVolatile(key) {
		b.volatile = append(b.volatile, volatileOp{kind: volatileDelete, item: volatileItem{key: append([]byte(nil), key...)}})
		return
	}
	b.slots = append(b.slots, slotOf(key))
	b.watched.key(b.engine, key)
	b.fresh.drop(key)
	b.keep(b.durable().Delete(key, nil))
}

// DeleteRange removes every key from lower up to but excluding upper, in both
// the durable and the volatile keyspaces. Both bounds must be given.
func (b *Batch) DeleteRange(lower, upper []byte) {
	if !b.admit(lower) {
		return
	}
	if len(upper) == 0 {
		b.fail(fmt.Errorf("%w: range without upper bound", ErrKey))
		return
	}
	if string(lower) >= string(upper) {
		return
	}
	if !isVolatile(lower) {
		end := upper
		if isVolatile(upper) {
			end = []byte{SpaceVolatile}
		}
		if lower[0] < SpaceLog && string(end) > string([]byte{SpaceLog}) {
			b.fail(fmt.Errorf("%w: range covers the change log", ErrKey))
			return
		}
		b.ranges = true
		b.watched.span(b.engine, lower, end)
		b.fresh.dropAll()
		b.keep(b.durable().DeleteRange(lower, end, nil))
	}
	if isVolatile(upper) {
		start := lower
		if !isVolatile(lower) {
			start = []byte{SpaceVolatile}
		}
		b.volatile = append(b.volatile, volatileOp{
			kind:  volatileDeleteRange,
			item:  volatileItem{key: append([]byte(nil), start...)},
			upper: append([]byte(nil), upper...),
		})
	}
}

// SetLog makes payload the change-log entry of this commit. At most once per batch.
func (b *Batch) SetLog(payload []byte) {
	if b.log.set {
		b.fail(ErrLogEntry)
		return
	}
	if len(payload) > LogPart {
		for part := range slices.Chunk(payload, LogPart) {
			b.AppendLog(part)
		}
		return
	}
	b.beginLog(payload)
}

// AppendLog adds a part, of LogPart bytes or so, to the change-log entry of this commit,
// which its first call begins. For small entries there is SetLog.
func (b *Batch) AppendLog(part []byte) {
	if !b.log.set {
		var length [8]byte // sealed
		b.beginLog(length[:])
		b.log.cut, b.log.bytes = true, b.log.bytes-len(length)
	}
	if !b.log.cut {
		b.fail(ErrLogEntry)
		return
	}
	key, _ := b.deferredLog(logPartSize, len(part), func(key, value []byte) {
		binary.BigEndian.PutUint32(key[logKeySize:], uint32(b.log.parts))
		copy(value, part)
	})
	b.stamps = append(b.stamps, key)
	b.log.parts++
	b.log.bytes += len(part)
}

// beginLog adds the record of the change-log entry, with what follows its header.
func (b *Batch) beginLog(payload []byte) {
	b.count++
	size := logHeaderSize + len(payload)
	key, value := b.deferredLog(logKeySize, size, func(_, value []byte) {
		clear(value[:logHeaderSize])
		copy(value[logHeaderSize:], payload)
	})
	b.log = logSlot{set: true, value: value, key: key, bytes: logKeySize + size}
}

// deferredLog adds a record of the change log and gives the offsets, in the batch
// representation, of the sequence in its key and of its value.
func (b *Batch) deferredLog(keySize, size int, fill func(key, value []byte)) (key, value int) {
	p := b.durable()
	op := p.SetDeferred(keySize, size)
	op.Key[0] = SpaceLog
	clear(op.Key[1:])
	fill(op.Key, op.Value)
	b.keep(op.Finish())
	// A record is kind, key length, key, value length, value, lengths as varints.
	value = p.Len() - size
	return value - uvarintLen(size) - keySize + 1, value
}

// Len is the number of writes in the batch.
func (b *Batch) Len() int { return b.count }

// Empty reports that there are none.
func (b *Batch) Empty() bool { return b.count == 0 }

// Reset forgets all writes.
func (b *Batch) Reset() {
	if b.pebble != nil {
		// Closing an unapplied batch cannot fail.
		_ = b.pebble.Close()
	}
	b.forget()
}

// Close gives the batch back to its engine. It must not be used afterwards.
func (b *Batch) Close() {
	b.Reset()
	e := b.engine
	b.engine = nil
	e.batches.Put(b)
}

// forget empties the batch; its Pebble batch is somebody else's now.
func (b *Batch) forget() {
	b.pebble = nil
	b.stamps = b.stamps[:0]
	b.slots, b.ranges, b.load = b.slots[:0], false, nil
	b.fresh.reset()
	b.watched.reset()
	b.log = logSlot{}
	clear(b.volatile)
	b.volatile = b.volatile[:0]
	b.count = 0
	b.err = nil
}

// Grow makes room for so many durable writes of about so many bytes, if there are none
// yet: a large batch would otherwise be copied again and again as it grows.
func (b *Batch) Grow(writes, bytes int) {
	if b.pebble == nil && bytes > growAbove {
		b.pebble = b.engine.db.NewBatchWithSize(min(bytes, maxGrow))
		b.slots, b.stamps = slices.Grow(b.slots, writes), slices.Grow(b.stamps, writes)
		b.fresh.none = true
	}
}

const (
	growAbove = 64 << 10
	maxGrow   = 1 << 30
)

func (b *Batch) durable() *pebble.Batch {
	if b.pebble == nil {
		b.pebble = b.engine.db.NewBatch()
	}
	return b.pebble
}

func (b *Batch) admit(key []byte) bool {
	if len(key) == 0 || key[0] == SpaceMeta || key[0] == SpaceLog || key[0] == spaceLoadLog || key[0] == 0 {
		b.fail(fmt.Errorf("%w: %x", ErrKey, key))
		return false
	}
	b.count++
	return true
}

func (b *Batch) keep(err error) {
	if err != nil {
		b.fail(err)
	}
}

func (b *Batch) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// seal makes the batch ready to be stamped: a batch with durable writes and no
// log entry records its sequence in the meta keyspace, so that recovery finds it.
func (b *Batch) seal() {
	if b.log.cut {
		length := b.log.bytes - logKeySize - logHeaderSize
		binary.BigEndian.PutUint64(b.pebble.Repr()[b.log.value+logHeaderSize:], uint64(length))
	}
	if b.pebble != nil && !b.log.set {
		var zero [8]byte
		b.stamps = append(b.stamps, b.deferredSet(metaLastSeq, zero[:]))
	}
}

// stamp patches sequence, commit time and log total into the representation.
func (b *Batch) stamp(seq Seq, atMicros int64, logTotal uint64) {
	repr := b.pebble.Repr()
	for _, at := range b.stamps {
		binary.BigEndian.PutUint64(repr[at:], uint64(seq))
	}
	if b.log.set {
		binary.BigEndian.PutUint64(repr[b.log.key:], uint64(seq))
		at := uint64(atMicros)
		if b.log.cut {
			at |= logCut
		}
		binary.BigEndian.PutUint64(repr[b.log.value:], at)
		binary.BigEndian.PutUint64(repr[b.log.value+8:], logTotal)
	}
}

func uvarintLen(n int) int { return (bits.Len64(uint64(n)|1) + 6) / 7 }

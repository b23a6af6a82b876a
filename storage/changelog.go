package storage

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// # Large entries
//
// An entry whose payload is longer than LogPart, or that is given in parts, is cut: its record has the header and
// the length, and the parts follow under keys of their own; those of a load lie under its
// number, since they are written before the sequence is known. Whatever handles a value has
// all of it in memory, a compaction several times over; a bulk load has one entry with
// all its rows.

// LogPart is how many bytes of a change-log entry are stored in one piece.
const LogPart = 256 << 10

// logEntry is a decoded change-log entry. payload is valid until the cursor moves, and
// is empty for one that is cut.
type logEntry struct {
	seq      Seq
	atMicros int64
	total    uint64 // bytes of all entries up to and including this one
	payload  []byte
	cut      bool
	load     uint64 // the load that has the parts; zero: they follow
	about    []byte // of a load, what SetLoad was given; valid until the cursor moves
	length   int    // of the whole payload
}

// size is what the entry counts for in the running total, about.
func (e *logEntry) size() int { return logKeySize + logHeaderSize + e.length }

// logCursor walks the change log as it was when opened.
type logCursor struct {
	from  pebble.Reader
	iter  *pebble.Iterator
	entry logEntry
	key   []byte
	parts []byte
	err   error
}

func openLog(r pebble.Reader) (*logCursor, error) {
	iter, err := r.NewIter(&pebble.IterOptions{LowerBound: []byte{SpaceLog}, UpperBound: []byte{SpaceLog + 1}})
	if err != nil {
		return nil, translate(err)
	}
	return &logCursor{from: r, iter: iter}, nil
}

func (l *logCursor) first() bool { return l.decode(l.iter.First()) }
func (l *logCursor) last() bool  { return l.decode(l.whole(l.iter.Last())) }

func (l *logCursor) next() bool {
	if l.entry.cut {
		return l.seek(l.entry.seq + 1)
	}
	return l.decode(l.iter.Next())
}

// seek goes to the first entry at or after seq.
func (l *logCursor) seek(seq Seq) bool {
	l.key = logKey(l.key[:0], seq)
	return l.decode(l.iter.SeekGE(l.key))
}

// before goes to the last entry before seq.
func (l *logCursor) before(seq Seq) bool {
	l.key = logKey(l.key[:0], seq)
	return l.decode(l.whole(l.iter.SeekLT(l.key)))
}

// whole goes from a part of an entry to the entry.
func (l *logCursor) whole(found bool) bool {
	if !found || len(l.iter.Key()) != logPartSize {
		return found
	}
	l.key = append(l.key[:0], l.iter.Key()[:logKeySize]...)
	return l.iter.SeekGE(l.key)
}

func (l *logCursor) decode(found bool) bool {
	if !found || l.err != nil {
		return false
	}
	key := l.iter.Key()
	value, err := l.iter.ValueAndErr()
	if err != nil {
		l.err = translate(err)
		return false
	}
	if len(key) != logKeySize || len(value) < logHeaderSize {
		return l.corrupt()
	}
	at := binary.BigEndian.Uint64(value)
	l.entry = logEntry{
		seq:      Seq(binary.BigEndian.Uint64(key[1:])),
		atMicros: int64(at &^ logCut),
		total:    binary.BigEndian.Uint64(value[8:]),
		payload:  value[logHeaderSize:],
		cut:      at&logCut != 0,
	}
	l.entry.length = len(l.entry.payload)
	if l.entry.cut {
		switch n := len(l.entry.payload); {
		case n == 8:
		case n >= 16:
			l.entry.load, l.entry.about = binary.BigEndian.Uint64(l.entry.payload[8:]), l.entry.payload[16:]
		default:
			return l.corrupt()
		}
		l.entry.length, l.entry.payload = int(binary.BigEndian.Uint64(l.entry.payload)), nil
	}
	return true
}

func (l *logCursor) corrupt() bool {
	l.err = fmt.Errorf("%w: change-log entry %x", ErrCorrupt, l.iter.Key())
	return false
}

// payload is that of the entry, put together from its parts if it is cut; or what is said
// about it, if it is longer than so many bytes. It is valid until the cursor moves.
func (l *logCursor) payload(longest int64) ([]byte, bool) {
	if !l.entry.cut {
		return l.entry.payload, true
	}
	if len(l.entry.about) > 0 && int64(l.entry.length) > longest {
		return l.entry.about, true
	}
	l.parts = slices.Grow(l.parts[:0], l.entry.length)
	if l.entry.load == 0 {
		return l.gather(l.iter, func(buf []byte, n int) []byte { return logPartKey(buf, l.entry.seq, n) })
	}
	number := l.entry.load
	iter, err := l.from.NewIter(&pebble.IterOptions{LowerBound: loadLogKey(nil, number, 0), UpperBound: loadLogKey(nil, number+1, 0)})
	if err != nil {
		l.err = translate(err)
		return nil, false
	}
	iter.SeekLT(loadLogKey(nil, number, 0)) // before the first
	payload, ok := l.gather(iter, func(buf []byte, n int) []byte { return loadLogKey(buf, number, n) })
	if err := iter.Close(); err != nil && ok {
		l.err = translate(err)
		return nil, false
	}
	return payload, ok
}

// gather appends the parts behind where an iterator stands, which have the keys given.
func (l *logCursor) gather(iter *pebble.Iterator, key func(buf []byte, n int) []byte) ([]byte, bool) {
	for n := 0; len(l.parts) < l.entry.length; n++ {
		l.key = key(l.key[:0], n)
		if !iter.Next() || !bytes.Equal(iter.Key(), l.key) {
			return nil, l.corrupt()
		}
		value, err := iter.ValueAndErr()
		if err != nil {
			l.err = translate(err)
			return nil, false
		}
		l.parts = append(l.parts, value...)
	}
	if len(l.parts) != l.entry.length {
		return nil, l.corrupt()
	}
	return l.parts, true
}

func (l *logCursor) close() error {
	err := translate(l.iter.Close())
	if l.err != nil {
		return l.err
	}
	return err
}

// ReadLog calls fn, in order, for every retained change-log entry that is durable
// at the time of the call and whose sequence is greater than after. payload is
// valid during fn; of an entry longer than Options.LongestEntry it is what SetLoad was told
// about it. It ends with fn's error, ctx's, ErrClosed once Close has
// begun, or one of reading.
//
// Entries may have been trimmed: whoever needs them all compares after with
// LogStart once ReadLog has returned (a start beyond after means a gap).
func (e *Engine) ReadLog(ctx context.Context, after Seq, fn func(seq Seq, at time.Time, payload []byte) error) (err error) {
	if !e.acquire() {
		return ErrClosed
	}
	defer e.release()
	durable := e.Durable()
	l, err := openLog(e.db)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := l.close(); err == nil {
			err = cerr
		}
	}()
	if after >= durable {
		return nil
	}
	for ok := l.seek(after + 1); ok && l.entry.seq <= durable; ok = l.next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if e.closing.Load() {
			return ErrClosed
		}
		payload, ok := l.payload(e.opts.LongestEntry)
		if !ok {
			return nil // close says why
		}
		if err := fn(l.entry.seq, time.UnixMicro(l.entry.atMicros), payload); err != nil {
			return err
		}
	}
	return nil
}

// ReadLogEntry calls fn with the change-log entry of a commit that is durable or being
// published. found is false if it has none, or none any more.
func (e *Engine) ReadLogEntry(seq Seq, fn func(at time.Time, payload []byte) error) (found bool, err error) {
	if !e.acquire() {
		return false, ErrClosed
	}
	defer e.release()
	l, err := openLog(e.db)
	if err != nil {
		return false, err
	}
	defer func() {
		if cerr := l.close(); err == nil {
			err = cerr
		}
	}()
	if !l.seek(seq) || l.entry.seq != seq {
		return false, nil
	}
	payload, ok := l.payload(e.opts.LongestEntry)
	if !ok {
		return false, nil // close says why
	}
	return true, fn(time.UnixMicro(l.entry.atMicros), payload)
}

// LogStart is the oldest cursor from which the change log is complete: no entry
// with a greater sequence has been trimmed.
func (e *Engine) LogStart() Seq { return Seq(e.logStart.Load()) }

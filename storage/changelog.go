package storage

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// logEntry is a decoded change-log entry. payload is valid until the cursor moves.
type logEntry struct {
	seq      Seq
	atMicros int64
	total    uint64 // bytes of all entries up to and including this one
	payload  []byte
}

// logCursor walks the change log as it was when opened.
type logCursor struct {
	iter  *pebble.Iterator
	entry logEntry
	err   error
}

func openLog(r pebble.Reader) (*logCursor, error) {
	iter, err := r.NewIter(&pebble.IterOptions{LowerBound: []byte{SpaceLog}, UpperBound: []byte{SpaceLog + 1}})
	if err != nil {
		return nil, translate(err)
	}
	return &logCursor{iter: iter}, nil
}

func (l *logCursor) first() bool { return l.decode(l.iter.First()) }
func (l *logCursor) last() bool  { return l.decode(l.iter.Last()) }
func (l *logCursor) next() bool  { return l.decode(l.iter.Next()) }

// seek goes to the first entry at or after seq.
func (l *logCursor) seek(seq Seq) bool { return l.decode(l.iter.SeekGE(logKey(nil, seq))) }

// before goes to the last entry before seq.
func (l *logCursor) before(seq Seq) bool { return l.decode(l.iter.SeekLT(logKey(nil, seq))) }

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
		l.err = fmt.Errorf("%w: change-log entry %x", ErrCorrupt, key)
		return false
	}
	l.entry = logEntry{
		seq:      Seq(binary.BigEndian.Uint64(key[1:])),
		atMicros: int64(binary.BigEndian.Uint64(value)),
		total:    binary.BigEndian.Uint64(value[8:]),
		payload:  value[logHeaderSize:],
	}
	return true
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
// valid during fn. It ends with fn's error, ctx's, ErrClosed once Close has
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
		if err := fn(l.entry.seq, time.UnixMicro(l.entry.atMicros), l.entry.payload); err != nil {
			return err
		}
	}
	return nil
}

// LogStart is the oldest cursor from which the change log is complete: no entry
// with a greater sequence has been trimmed.
func (e *Engine) LogStart() Seq { return Seq(e.logStart.Load()) }

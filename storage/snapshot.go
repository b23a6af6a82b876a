package storage

import (
	"errors"

	"github.com/cockroachdb/pebble/v2"
)

// Reader reads keys and ranges in the order of their bytes. Snapshot is one.
type Reader interface {
	// Get appends the value of key to buf[:0] and returns it: the caller's own
	// copy. When found is false the value is buf[:0].
	Get(key, buf []byte) (value []byte, found bool, err error)
	// NewIter returns an iterator over the keys from lower up to but excluding
	// upper; nil means no bound. The bounds must not change while it lives. It
	// starts positioned nowhere, reports its errors by Err, and must be closed.
	NewIter(lower, upper []byte) Iterator
}

// Snapshot is the store as it was at one sequence, in all keyspaces. It may be
// used by many goroutines at a time, each with iterators of its own, and must be
// closed after its iterators: Engine.Close waits for it.
type Snapshot struct {
	engine   *Engine // nil when the engine was closed already
	pebble   *pebble.Snapshot
	volatile *volatileTree
	seq      Seq
}

var _ Reader = (*Snapshot)(nil)

// Snapshot returns the store as it is now. It does no IO. What it shows may not
// be durable yet; see WaitDurable. Of a closed engine it returns a snapshot whose
// reads fail with ErrClosed.
func (e *Engine) Snapshot() *Snapshot {
	if !e.acquire() {
		return &Snapshot{}
	}
	e.commit.Lock()
	defer e.commit.Unlock()
	return &Snapshot{engine: e, pebble: e.db.NewSnapshot(), volatile: e.volatile.copyLocked(), seq: e.commit.seq}
}

// Seq is the newest commit in the snapshot.
func (s *Snapshot) Seq() Seq { return s.seq }

// Get implements Reader.
func (s *Snapshot) Get(key, buf []byte) ([]byte, bool, error) {
	if s.engine == nil {
		return buf[:0], false, ErrClosed
	}
	if isVolatile(key) {
		return getVolatile(s.volatile, key, buf)
	}
	return s.engine.getDurable(s.pebble, key, buf, s.seq, s.seq)
}

// Written is the newest commit in the snapshot that may have written a key of the
// durable keyspace: what the snapshot shows of it is durable when that is.
func (s *Snapshot) Written(key []byte) Seq {
	if s.engine == nil {
		return 0
	}
	return min(s.seq, s.engine.rows.newest(key))
}

// NewIter implements Reader.
func (s *Snapshot) NewIter(lower, upper []byte) Iterator {
	if s.engine == nil {
		return failedIterator{ErrClosed}
	}
	s.engine.users.Add(1) // the snapshot keeps the engine open: no need to ask
	return newIterator(s.engine, s.pebble, s.volatile, lower, upper)
}

// Close releases the snapshot. Closing twice is harmless.
func (s *Snapshot) Close() error {
	e := s.engine
	if e == nil {
		return nil
	}
	s.engine, s.volatile = nil, nil
	err := s.pebble.Close()
	e.release()
	return translate(err)
}

// GetLatest is Reader.Get on the newest applied commit.
func (e *Engine) GetLatest(key, buf []byte) (value []byte, found bool, err error) {
	if !e.acquire() {
		return buf[:0], false, ErrClosed
	}
	defer e.release()
	if isVolatile(key) {
		return getVolatile(e.latestVolatile(), key, buf)
	}
	return e.getDurable(e.db, key, buf, ^Seq(0), e.Applied())
}

// NewLatestIter is Reader.NewIter on the newest applied commit. It keeps seeing
// that state however long it lives.
func (e *Engine) NewLatestIter(lower, upper []byte) Iterator {
	if !e.acquire() {
		return failedIterator{ErrClosed}
	}
	if upper != nil && !isVolatile(upper) {
		return newIterator(e, e.db, nil, lower, upper)
	}
	// Both keyspaces: hold commits off so that they agree.
	e.commit.Lock()
	defer e.commit.Unlock()
	return newIterator(e, e.db, e.volatile.copyLocked(), lower, upper)
}

// getDurable reads a key as of a snapshot, which r shows as of the commit at or
// later.
func (e *Engine) getDurable(r pebble.Reader, key, buf []byte, snapshot, at Seq) (value []byte, found bool, err error) {
	if !e.rows.caches(key) {
		return getPebble(r, key, buf)
	}
	if value, found = e.rows.get(key, buf, snapshot); found {
		return value, true, nil
	}
	if value, found, err = getPebble(r, key, value); found && err == nil {
		value = e.rows.put(key, value, at)
	}
	return value, found, err
}

func getPebble(r pebble.Reader, key, buf []byte) ([]byte, bool, error) {
	value, closer, err := r.Get(key)
	if err != nil {
		if errors.Is(err, pebble.ErrNotFound) {
			err = nil
		}
		return buf[:0], false, translate(err)
	}
	buf = append(buf[:0], value...)
	return buf, true, translate(closer.Close())
}

func getVolatile(t *volatileTree, key, buf []byte) ([]byte, bool, error) {
	item, found := t.Get(volatileItem{key: key})
	return append(buf[:0], item.value...), found, nil
}

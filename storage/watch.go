package storage

import (
	"bytes"
	"slices"
	"sync/atomic"
)

// Watch is an interval of keys of the durable keyspace of which it is known when it
// was last written. Whoever keeps something that was made of what lay in the interval
// learns from it whether that still holds.
type Watch struct {
	lower, upper []byte
	written      atomic.Uint64
	generation   uint64 // of the list that it came with
}

// Written is the newest commit that may have written a key of the interval. A commit
// is noted before it is visible: a reader whose snapshot is not older than what
// Written gives finds in the interval what every reader before it has found that was
// not older either.
func (w *Watch) Written() Seq { return Seq(w.written.Load()) }

// Bounds are the first key of the interval and the first behind it.
func (w *Watch) Bounds() (lower, upper []byte) { return w.lower, w.upper }

// watchList is the watches at some time, in the order of their keys. It is
// immutable.
type watchList struct {
	generation uint64
	watches    []*Watch
}

// Watch begins to watch the keys from lower up to but excluding upper, of which
// neither may change any more. Intervals that are watched must not overlap. What was
// written before is not known: any commit so far may have done so.
func (e *Engine) Watch(lower, upper []byte) *Watch {
	w := &Watch{lower: lower, upper: upper}
	e.commit.Lock()
	defer e.commit.Unlock()
	old := e.watches.Load()
	at, _ := slices.BinarySearchFunc(old.watches, lower, func(w *Watch, key []byte) int { return bytes.Compare(w.lower, key) })
	w.generation = old.generation + 1
	w.written.Store(uint64(e.commit.seq))
	watches := make([]*Watch, 0, len(old.watches)+1)
	watches = append(append(append(watches, old.watches[:at]...), w), old.watches[at:]...)
	e.watches.Store(&watchList{w.generation, watches})
	return w
}

// Unwatch ends watches.
func (e *Engine) Unwatch(gone []*Watch) {
	e.commit.Lock()
	defer e.commit.Unlock()
	old := e.watches.Load()
	watches := make([]*Watch, 0, len(old.watches))
	for _, w := range old.watches {
		if !slices.Contains(gone, w) {
			watches = append(watches, w)
		}
	}
	e.watches.Store(&watchList{old.generation + 1, watches})
}

// holding is the position of the first watch that ends behind a key.
func (l *watchList) holding(key []byte) int {
	low, high := 0, len(l.watches)
	for low < high {
		if mid := int(uint(low+high) >> 1); bytes.Compare(l.watches[mid].upper, key) <= 0 {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// watched are the watches whose keys a batch writes, found while it is filled: under
// the commit mutex nothing is left but to note the commit in them.
type watched struct {
	list *watchList // as of the first write; nil before
	hit  []*Watch
}

// key notes that a key is written.
func (b *watched) key(e *Engine, key []byte) {
	if b.list == nil {
		b.list = e.watches.Load()
	}
	if len(b.list.watches) == 0 {
		return
	}
	if n := len(b.hit); n > 0 {
		last := b.hit[n-1]
		if bytes.Compare(key, last.lower) >= 0 && bytes.Compare(key, last.upper) < 0 {
			return
		}
	}
	at := b.list.holding(key)
	if at < len(b.list.watches) && bytes.Compare(b.list.watches[at].lower, key) <= 0 {
		b.hit = append(b.hit, b.list.watches[at])
	}
}

// span notes that a range of keys is removed.
func (b *watched) span(e *Engine, lower, upper []byte) {
	if b.list == nil {
		b.list = e.watches.Load()
	}
	for at := b.list.holding(lower); at < len(b.list.watches) && bytes.Compare(b.list.watches[at].lower, upper) < 0; at++ {
		b.hit = append(b.hit, b.list.watches[at])
	}
}

// written notes the commit in the watches whose keys a batch writes and, as it may
// write theirs, in those that have come since it was begun. The commit mutex is held
// and the commit is not yet visible.
func (e *Engine) written(b *watched, seq Seq) {
	for _, w := range b.hit {
		w.written.Store(uint64(seq))
	}
	if b.list == nil {
		return
	}
	now := e.watches.Load()
	if now.generation == b.list.generation {
		return
	}
	for _, w := range now.watches {
		if w.generation > b.list.generation {
			w.written.Store(uint64(seq))
		}
	}
}

func (b *watched) reset() {
	b.list = nil
	clear(b.hit)
	b.hit = b.hit[:0]
}

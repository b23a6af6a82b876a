package blocks

import (
	"bytes"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/kalamsql/kalamsql/storage"
)

// Limits bound the blocks of a store.
type Limits struct {
	// Bytes is about what all of them take.
	Bytes int64
	// A segment has so many rows, at most 65536, or so many stored bytes of them; later it
	// may have twice as many.
	Rows, RowBytes int
}

// DefaultRows is for Limits.Rows: the columns of a segment that a query reads fit into
// a processor's caches.
const DefaultRows = 4096

const (
	// segmentBytes is what a segment takes without a block, watch included.
	segmentBytes = 512
	// usedScans is how many scans ago a block was used that is not let go.
	usedScans = 32
)

// Cache is the blocks of a store.
type Cache struct {
	engine *storage.Engine
	limits Limits
	scans  atomic.Uint64 // that have begun

	mu struct {
		sync.Mutex
		tables map[string]*Table // by the prefix of their keys
		bytes  int64
		all    []*Segment
		hand   int // where in all the search for blocks to let go goes on
	}
}

// New makes a cache.
func New(engine *storage.Engine, limits Limits) *Cache {
	c := &Cache{engine: engine, limits: limits}
	c.mu.tables = map[string]*Table{}
	return c
}

// Table is the segments of the keys with one prefix.
type Table struct {
	cache    *Cache
	prefix   string
	segments atomic.Pointer[[]*Segment] // in order; changed under the cache's lock
}

// Segment is an interval of keys and, if there is one, its block.
type Segment struct {
	table *Table
	watch *storage.Watch
	noted atomic.Uint64 // what the watch gave at the last look
	used  atomic.Uint64 // the last scan that has used the block
	block atomic.Pointer[Block]
	bytes int64 // with the block; guarded by the cache's lock
	gone  bool  // guarded by the cache's lock
}

// Table gives the segments of a prefix for a scan that begins. It is made when it is
// not there.
func (c *Cache) Table(prefix []byte) *Table {
	c.scans.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.mu.tables[string(prefix)]
	if t == nil {
		// It is entered with its first segment.
		t = &Table{cache: c, prefix: string(prefix)}
		t.segments.Store(&[]*Segment{})
	}
	return t
}

// Limits are those of the cache.
func (t *Table) Limits() Limits { return t.cache.limits }

// Find gives the first segment that ends behind a key, nil for none.
func (t *Table) Find(key []byte) *Segment {
	segments := *t.segments.Load()
	low, high := 0, len(segments)
	for low < high {
		mid := int(uint(low+high) >> 1)
		if _, upper := segments[mid].watch.Bounds(); bytes.Compare(upper, key) <= 0 {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low == len(segments) {
		return nil
	}
	return segments[low]
}

// Bounds are the first key of the segment and the first behind it.
func (s *Segment) Bounds() (lower, upper []byte) { return s.watch.Bounds() }

// Block gives what is known of the segment as of a snapshot, if that has all columns
// that are wanted.
func (s *Segment) Block(snapshot storage.Seq, wanted []Wanted) *Block {
	b := s.block.Load()
	if b == nil || s.watch.Written() > min(b.asOf, snapshot) || !b.has(wanted) {
		return nil
	}
	if now := s.table.cache.scans.Load(); s.used.Load() != now {
		s.used.Store(now)
	}
	return b
}

// Worth says whether who reads the segment with a snapshot should build a block: it
// is not written again and again.
func (s *Segment) Worth(snapshot storage.Seq) bool {
	written := s.watch.Written()
	if uint64(written) != s.noted.Load() {
		s.noted.Store(uint64(written))
		return false
	}
	return written <= snapshot
}

// Keep keeps what was read of the segment with a snapshot.
func (s *Segment) Keep(b *Builder, snapshot storage.Seq) {
	written := s.watch.Written()
	if written > snapshot {
		return
	}
	block := b.done(snapshot)
	if old := s.block.Load(); old != nil && written <= min(old.asOf, snapshot) {
		block = block.with(old)
	}
	c := s.table.cache
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.gone {
		return
	}
	more := segmentBytes + block.bytes - s.bytes
	if !c.room(more, s) {
		return
	}
	s.used.Store(c.scans.Load())
	c.mu.bytes += more
	s.bytes += more
	s.block.Store(block)
}

// Add makes a segment of an interval that a scan has read, unless there is no room
// for it or somebody else has made one there.
func (t *Table) Add(lower, upper []byte) {
	c := t.cache
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.mu.tables[t.prefix]; now != nil && now != t {
		return // whose first segment was there earlier
	}
	segments := *t.segments.Load()
	at, _ := slices.BinarySearchFunc(segments, lower, func(s *Segment, key []byte) int {
		from, _ := s.Bounds()
		return bytes.Compare(from, key)
	})
	if at > 0 {
		if _, before := segments[at-1].Bounds(); bytes.Compare(before, lower) > 0 {
			return
		}
	}
	if at < len(segments) {
		if behind, _ := segments[at].Bounds(); bytes.Compare(behind, upper) < 0 {
			return
		}
	}
	if !c.room(segmentBytes, nil) {
		return
	}
	c.mu.bytes += segmentBytes
	s := &Segment{table: t, bytes: segmentBytes, watch: c.engine.Watch(bytes.Clone(lower), bytes.Clone(upper))}
	s.noted.Store(uint64(s.watch.Written()))
	s.used.Store(c.scans.Load())
	// Others may have been let go meanwhile, which is why the place is looked for again.
	segments = *t.segments.Load()
	at, _ = slices.BinarySearchFunc(segments, lower, func(s *Segment, key []byte) int {
		from, _ := s.Bounds()
		return bytes.Compare(from, key)
	})
	next := make([]*Segment, 0, len(segments)+1)
	next = append(append(append(next, segments[:at]...), s), segments[at:]...)
	t.segments.Store(&next)
	c.mu.tables[t.prefix] = t
	c.mu.all = append(c.mu.all, s)
}

// Drop ends a segment: it has too many rows by now, or none.
func (s *Segment) Drop() {
	c := s.table.cache
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.gone {
		return
	}
	if at := slices.Index(c.mu.all, s); at >= 0 {
		c.mu.all = slices.Delete(c.mu.all, at, at+1)
	}
	c.forget([]*Segment{s})
}

// room makes room for more bytes, if there are segments that have not been used of
// late. The lock is held; not is left alone.
func (c *Cache) room(more int64, not *Segment) bool {
	var gone []*Segment
	now := c.scans.Load()
	for steps := len(c.mu.all); steps > 0 && c.mu.bytes+more > c.limits.Bytes; steps-- {
		if c.mu.hand >= len(c.mu.all) {
			c.mu.hand = 0
		}
		s := c.mu.all[c.mu.hand]
		if s == not || s.used.Load()+usedScans >= now {
			c.mu.hand++
			continue
		}
		last := len(c.mu.all) - 1
		c.mu.all[c.mu.hand] = c.mu.all[last]
		c.mu.all[last] = nil
		c.mu.all = c.mu.all[:last]
		c.mu.bytes -= s.bytes
		s.bytes = 0
		gone = append(gone, s)
	}
	c.forget(gone)
	return c.mu.bytes+more <= c.limits.Bytes
}

// forget takes segments out of their tables. The lock is held.
func (c *Cache) forget(gone []*Segment) {
	if len(gone) == 0 {
		return
	}
	watches := make([]*storage.Watch, len(gone))
	byTable := map[*Table]map[*Segment]bool{}
	for i, s := range gone {
		watches[i] = s.watch
		c.mu.bytes -= s.bytes
		s.gone, s.bytes = true, 0
		s.block.Store(nil)
		if byTable[s.table] == nil {
			byTable[s.table] = map[*Segment]bool{}
		}
		byTable[s.table][s] = true
	}
	for t, drop := range byTable {
		left := slices.DeleteFunc(slices.Clone(*t.segments.Load()), func(s *Segment) bool { return drop[s] })
		t.segments.Store(&left)
		if len(left) == 0 {
			delete(c.mu.tables, t.prefix)
		}
	}
	c.engine.Unwatch(watches)
}

// Bytes is what all blocks take, about.
func (c *Cache) Bytes() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mu.bytes
}

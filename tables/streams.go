package tables

import (
	"container/heap"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/keys"
)

// streams removes the rows of stream tables whose time has ended or that have
// been pushed out. Both are ordinary deletes, with a reason.
//
// Reading hides a row from the moment its time ends; this goroutine, woken at
// that moment, makes it so for subscribers. A row that is pushed out by
// max_rows is deleted by the transaction that pushes.
type streams struct {
	mu struct {
		sync.Mutex
		deadlines deadlines
		slices    map[string]*slice
	}
	wake   chan struct{}
	cancel context.CancelFunc
	ended  sync.WaitGroup
}

// slice is what max_rows needs to know of one slice of a stream table: its rows
// in the order they came. live has the commit that each came with; an entry of
// the queue that disagrees is of a row that is gone.
type slice struct {
	queue []queued
	live  map[string]storage.Seq
}

type queued struct {
	key string
	seq storage.Seq
}

// deadline is when a row's time ends.
type deadline struct {
	at    int64 // microseconds since 1970
	table catalog.OID
	user  string
	key   string
}

// deadlines is a heap of deadlines, the next one first.
type deadlines []deadline

func (d deadlines) Len() int           { return len(d) }
func (d deadlines) Less(i, j int) bool { return d[i].at < d[j].at }
func (d deadlines) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }
func (d *deadlines) Push(x any)        { *d = append(*d, x.(deadline)) }
func (d *deadlines) Pop() any {
	old := *d
	last := old[len(old)-1]
	*d = old[:len(old)-1]
	return last
}

func (st *streams) start(s *Store) {
	st.wake = make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(context.Background())
	st.cancel = cancel
	st.ended.Add(1)
	go s.expireRows(ctx)
}

func (st *streams) stop() {
	if st.cancel != nil {
		st.cancel()
		st.ended.Wait()
	}
}

func sliceName(t *catalog.Table, user string) string { return string(keys.SlicePrefix(t, 0, user)) }

// committed notes the stream rows of a commit, and when their time ends. It is
// called in sequence order, under the commit's mutex.
func (st *streams) committed(cs *ChangeSet, ends []deadline) {
	wake := false
	st.mu.Lock()
	for _, d := range ends {
		wake = wake || len(st.mu.deadlines) == 0 || d.at < st.mu.deadlines[0].at
		heap.Push(&st.mu.deadlines, d)
	}
	for i := range cs.Changes {
		if c := &cs.Changes[i]; c.Table.MaxRows > 0 {
			st.count(c, cs.Seq)
		}
	}
	for _, oid := range cs.Dropped {
		prefix := string(keys.TablePrefix(&catalog.Table{OID: oid, Kind: catalog.KindStream}))
		for name := range st.mu.slices {
			if strings.HasPrefix(name, prefix) {
				delete(st.mu.slices, name)
			}
		}
	}
	st.mu.Unlock()
	if wake {
		st.signal()
	}
}

// count keeps a slice's rows in the order they came.
func (st *streams) count(c *Change, seq storage.Seq) {
	name := sliceName(c.Table, c.User)
	sl := st.mu.slices[name]
	if sl == nil {
		sl = &slice{live: map[string]storage.Seq{}}
		st.mu.slices[name] = sl
	}
	switch c.Op {
	case Insert:
		sl.live[c.Key] = seq
		sl.queue = append(sl.queue, queued{c.Key, seq})
	case Delete:
		delete(sl.live, c.Key)
	}
	// Most rows go in the order they came; those that do not are swept out now and
	// then.
	for len(sl.queue) > 0 && sl.live[sl.queue[0].key] != sl.queue[0].seq {
		sl.queue = sl.queue[1:]
	}
	if len(sl.queue) > 2*len(sl.live)+64 {
		kept := make([]queued, 0, len(sl.live))
		for _, q := range sl.queue {
			if sl.live[q.key] == q.seq {
				kept = append(kept, q)
			}
		}
		sl.queue = kept
	}
}

func (st *streams) signal() {
	select {
	case st.wake <- struct{}{}:
	default:
	}
}

// Tick makes the store look for stream rows whose time has ended: for a test
// with a clock of its own.
func (s *Store) Tick() { s.streams.signal() }

// expireRows deletes rows whose time has ended, until ctx ends.
func (s *Store) expireRows(ctx context.Context) {
	defer s.streams.ended.Done()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		wait := time.Hour
		due, next := s.streams.due(s.now().UnixMicro())
		switch {
		case len(due) > 0:
			if err := s.expire(ctx, due); err != nil {
				if ctx.Err() != nil {
					return
				}
				s.log.Error("stream rows could not be expired", "err", err)
				s.streams.postpone(due, s.now().Add(time.Second))
			}
			continue
		case next > 0:
			wait = max(time.Duration(next-s.now().UnixMicro())*time.Microsecond, time.Millisecond)
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return
		case <-s.streams.wake:
		case <-timer.C:
		}
	}
}

// expireBatch bounds how many rows one commit expires.
const expireBatch = 1000

// due takes the deadlines that have passed, and tells the next one.
func (st *streams) due(now int64) (due []deadline, next int64) {
	st.mu.Lock()
	defer st.mu.Unlock()
	for len(st.mu.deadlines) > 0 && st.mu.deadlines[0].at <= now && len(due) < expireBatch {
		due = append(due, heap.Pop(&st.mu.deadlines).(deadline))
	}
	if len(st.mu.deadlines) > 0 {
		next = st.mu.deadlines[0].at
	}
	return due, next
}

// postpone puts deadlines back, for a later moment.
func (st *streams) postpone(list []deadline, until time.Time) {
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, d := range list {
		d.at = until.UnixMicro()
		heap.Push(&st.mu.deadlines, d)
	}
}

// lockedRetry is when a row that somebody has locked at the end of its time is
// looked at again.
const lockedRetry = 10 * time.Millisecond

// expire deletes those of the rows that have not been written again since. It
// waits for nobody: rows that are locked are postponed.
func (s *Store) expire(ctx context.Context, due []deadline) error {
	tx := s.Begin(TxOptions{})
	defer tx.Rollback()
	cat := s.Catalog()
	var locked []deadline
	for _, d := range due {
		table := cat.Table(d.table)
		if table == nil {
			continue
		}
		if err := tx.expireRow(ctx, table, d); err == errSkipped {
			locked = append(locked, d)
		} else if err != nil {
			return err
		}
	}
	if _, err := tx.Commit(ctx); err != nil {
		return err
	}
	s.streams.postpone(locked, s.now().Add(lockedRetry))
	return nil
}

// expireRow deletes one row if its time has ended and nobody has it locked.
func (t *Tx) expireRow(ctx context.Context, table *catalog.Table, d deadline) error {
	if err := t.acquire(ctx, tableLock(table.OID), tableModes[RowExclusiveMode], NoWait); err != nil {
		return err
	}
	if err := t.acquireRow(ctx, d.key, LockUpdate, NoWait); err != nil {
		return err
	}
	row, _, err := t.latest(table, d.key)
	if err != nil || row == nil {
		return err
	}
	_, err = t.removeExpired(table, d.user, d.key, row)
	return err
}

// pushOut deletes the oldest rows of slices that this transaction's inserts
// have made too large. Slices are locked, so that two commits do not both count
// on the same room.
func (t *Tx) pushOut(ctx context.Context) error {
	if t.own == nil || !t.bounded {
		return nil
	}
	var grown map[string]*growth
	t.own.Scan(func(w *write) bool {
		if r := w.row; r != nil && r.table.MaxRows > 0 && !r.silent {
			name := sliceName(r.table, r.user)
			g := grown[name]
			if g == nil {
				if grown == nil {
					grown = map[string]*growth{}
				}
				g = &growth{table: r.table, user: r.user}
				grown[name] = g
			}
			switch {
			case r.old == nil && r.new != nil:
				g.rows++
				g.inserted = append(g.inserted, w)
			case r.old != nil && r.new == nil:
				g.rows--
			}
		}
		return true
	})
	if grown == nil {
		return nil
	}
	// In one order for all, so that commits do not wait for each other in circles.
	for _, name := range slices.Sorted(maps.Keys(grown)) {
		if g := grown[name]; g.rows > 0 {
			if err := t.acquire(ctx, name, exclusive, Block); err != nil {
				return err
			}
			if err := t.pushOutSlice(ctx, name, g); err != nil {
				return err
			}
		}
	}
	return nil
}

// growth is what a transaction does to the size of a slice.
type growth struct {
	table    *catalog.Table
	user     string
	rows     int64
	inserted []*write
}

// pushOutSlice makes room in one slice. A row chosen to go may be gone by the
// time it is locked, and another have come in its place: it looks again until
// there is room.
func (t *Tx) pushOutSlice(ctx context.Context, name string, g *growth) error {
	for {
		list := t.store.streams.oldest(name, g.rows-g.table.MaxRows, t.deletes)
		if len(list) == 0 {
			break
		}
		for _, key := range list {
			if err := t.delete(ctx, g.table, RowRef{key: key, user: g.user}, Expire); err != nil {
				return err
			}
			if t.deletes(key) {
				g.rows--
			}
		}
	}
	// More rows in one transaction than the table may hold: its own oldest go.
	over := min(t.store.streams.size(name)+g.rows-g.table.MaxRows, int64(len(g.inserted)))
	slices.SortFunc(g.inserted, func(a, b *write) int { return a.row.order - b.row.order })
	for _, w := range g.inserted[:max(0, over)] {
		if err := t.delete(ctx, g.table, RowRef{key: w.key, user: g.user}, Expire); err != nil {
			return err
		}
	}
	return nil
}

// deletes says whether the transaction has deleted the row at a key already.
func (t *Tx) deletes(key string) bool {
	w := t.mine(key)
	return w != nil && w.value == nil
}

// size is how many rows a slice has.
func (st *streams) size(name string) int64 {
	st.mu.Lock()
	defer st.mu.Unlock()
	if sl := st.mu.slices[name]; sl != nil {
		return int64(len(sl.live))
	}
	return 0
}

// oldest lists the keys of the rows of a slice that must go, the oldest first,
// when added rows join those there are, less the table's bound. Rows that are
// going already are left out.
func (st *streams) oldest(name string, added int64, going func(key string) bool) (list []string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	sl := st.mu.slices[name]
	if sl == nil {
		return nil
	}
	over := added + int64(len(sl.live))
	for _, q := range sl.queue {
		if int64(len(list)) >= over {
			break
		}
		if sl.live[q.key] == q.seq && !going(q.key) {
			list = append(list, q.key)
		}
	}
	return list
}

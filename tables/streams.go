package tables

import (
	"container/heap"
	"context"
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
// in the order they were written. Entries that are out of date are skipped.
type slice struct {
	queue []queued
	count int64
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
	st.mu.Lock()
	if st.mu.slices == nil {
		st.mu.slices = map[string]*slice{}
	}
	st.mu.Unlock()
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

// committed notes the stream rows of a commit. It is called in sequence order,
// under the commit's mutex.
func (st *streams) committed(cs *ChangeSet) {
	wake := false
	for i := range cs.Changes {
		c := &cs.Changes[i]
		if c.Table.Durable() {
			continue
		}
		st.mu.Lock()
		if c.New != nil && c.Table.TTL > 0 {
			// The row was written at the latest now, so this is not too early.
			at := cs.At.UnixMicro() + c.Table.TTL.Microseconds()
			wake = wake || len(st.mu.deadlines) == 0 || at < st.mu.deadlines[0].at
			heap.Push(&st.mu.deadlines, deadline{at, c.Table.OID, c.User, c.Key})
		}
		if c.Table.MaxRows > 0 {
			st.count(c, cs.Seq)
		}
		st.mu.Unlock()
	}
	if wake {
		st.signal()
	}
}

// count keeps a slice's rows in order of writing.
func (st *streams) count(c *Change, seq storage.Seq) {
	if st.mu.slices == nil {
		st.mu.slices = map[string]*slice{}
	}
	name := sliceName(c.Table, c.User)
	sl := st.mu.slices[name]
	if sl == nil {
		sl = &slice{}
		st.mu.slices[name] = sl
	}
	switch c.Op {
	case Insert:
		sl.count++
		sl.queue = append(sl.queue, queued{c.Key, seq})
	case Delete:
		sl.count--
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
		if due, next := s.streams.due(s.now().UnixMicro()); len(due) > 0 {
			if err := s.expire(ctx, due); err != nil {
				s.log.Error("stream rows could not be expired", "err", err)
				if ctx.Err() != nil {
					return
				}
				wait = time.Second
			} else {
				continue
			}
		} else if next > 0 {
			wait = time.Duration(next-s.now().UnixMicro())*time.Microsecond + time.Millisecond
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

// expire deletes those of the rows that have not been written again since.
func (s *Store) expire(ctx context.Context, due []deadline) error {
	tx := s.Begin(TxOptions{})
	defer tx.Rollback()
	cat := s.Catalog()
	for _, d := range due {
		table := cat.Table(d.table)
		if table == nil {
			continue
		}
		if !tx.expired(table, d.key) {
			continue
		}
		if err := tx.delete(ctx, table, RowRef{d.key, d.user}, Expire); err != nil {
			return err
		}
	}
	_, err := tx.Commit(ctx)
	return err
}

// pushOut deletes the oldest rows of slices that this transaction's inserts
// have made too large. Slices are locked, so that two commits do not both count
// on the same room.
func (t *Tx) pushOut(ctx context.Context) error {
	if t.own == nil {
		return nil
	}
	type growth struct {
		table *catalog.Table
		user  string
		rows  int64
	}
	grown := map[string]*growth{}
	t.own.Scan(func(w *write) bool {
		if r := w.row; r != nil && r.table.MaxRows > 0 && !r.silent {
			name := sliceName(r.table, r.user)
			g := grown[name]
			if g == nil {
				g = &growth{table: r.table, user: r.user}
				grown[name] = g
			}
			switch {
			case r.old == nil && r.new != nil:
				g.rows++
			case r.old != nil && r.new == nil:
				g.rows--
			}
		}
		return true
	})
	for name, g := range grown {
		if g.rows <= 0 {
			continue
		}
		if err := t.acquire(ctx, "m"+name, exclusive, Block); err != nil {
			return err
		}
		if err := t.pushOutSlice(ctx, name, g.table, g.user, g.rows); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) pushOutSlice(ctx context.Context, name string, table *catalog.Table, user string, added int64) error {
	st := &t.store.streams
	st.mu.Lock()
	var candidates []queued
	over := added - table.MaxRows
	if sl := st.mu.slices[name]; sl != nil {
		over += sl.count
		if over > 0 {
			candidates = sl.queue
		}
	}
	st.mu.Unlock()
	used := 0
	for _, q := range candidates {
		if over <= 0 {
			break
		}
		used++
		if t.mine(q.key) != nil {
			continue // already deleted or replaced by this transaction
		}
		row, _, err := t.latest(table, q.key)
		if err != nil {
			return err
		}
		if row == nil || storage.Seq(row[len(row)-1].Int()) < q.seq {
			continue
		}
		if err := t.delete(ctx, table, RowRef{q.key, user}, Expire); err != nil {
			return err
		}
		over--
	}
	st.mu.Lock()
	if sl := st.mu.slices[name]; sl != nil {
		sl.queue = sl.queue[used:]
	}
	st.mu.Unlock()
	// More rows in one transaction than the table may hold: its own oldest go.
	if over > 0 {
		t.dropOwnOldest(table, user, over)
	}
	return nil
}

// dropOwnOldest takes back the first rows that the transaction itself has
// inserted into a slice.
func (t *Tx) dropOwnOldest(table *catalog.Table, user string, count int64) {
	var own []*write
	t.own.Scan(func(w *write) bool {
		if r := w.row; r != nil && r.table.OID == table.OID && r.user == user && r.old == nil && r.new != nil {
			own = append(own, w)
		}
		return true
	})
	sortByOrder(own)
	for _, w := range own[:min(count, int64(len(own)))] {
		t.dropEntries(table, user, w.key, w.row.new)
		t.put(&write{key: w.key, row: &rowWrite{table: table, user: user, order: w.row.order}})
	}
}

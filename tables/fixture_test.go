package tables

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/storage/storagetest"
	"github.com/kalamsql/kalamsql/tables/blocks"
)

// world is a store in memory with a clock of its own, and what it published.
type world struct {
	t     testing.TB
	fs    *storagetest.FS
	store *Store
	// blocks, unless they are zero, are the limits of the store's blocks.
	blocks blocks.Limits
	spill  int64
	entry  int64 // Storage.LongestEntry
	mu     struct {
		sync.Mutex
		now       time.Time
		published []*ChangeSet
		arrived   chan struct{} // closed at the next publication
	}
}

func newWorld(t testing.TB) *world { return newWorldOf(t, blocks.Limits{}, 0) }

// newSpillingWorld puts whatever a transaction writes into files.
func newSpillingWorld(t testing.TB) *world { return newWorldOf(t, blocks.Limits{}, 1) }

func newWorldOf(t testing.TB, limits blocks.Limits, spill int64) *world {
	w := &world{t: t, fs: storagetest.New(), blocks: limits, spill: spill}
	w.mu.now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	w.mu.arrived = make(chan struct{})
	w.open()
	t.Cleanup(func() { _ = w.store.Close() })
	return w
}

func (w *world) open() {
	w.t.Helper()
	var err error
	w.store, err = Open(context.Background(), Options{Publisher: w, Now: w.now, Blocks: w.blocks, SpillBytes: w.spill, Storage: storage.Options{Dir: "data", FS: w.fs, LongestEntry: w.entry}})
	if err != nil {
		w.t.Fatal(err)
	}
}

// restart stops the store in good order and starts it again.
func (w *world) restart() {
	w.t.Helper()
	if err := w.store.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.open()
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.mu.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	w.mu.now = w.mu.now.Add(d)
	w.mu.Unlock()
}

// Publish implements Publisher.
func (w *world) Publish(cs *ChangeSet) {
	if err := cs.Unpack(func(catalog.OID) bool { return true }); err != nil {
		w.t.Error(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mu.published = append(w.mu.published, cs)
	close(w.mu.arrived)
	w.mu.arrived = make(chan struct{})
}

// publications waits for what has been published since the last call, up to a
// commit.
func (w *world) publications(upTo storage.Seq) []*ChangeSet {
	w.t.Helper()
	if err := w.store.WaitDurable(context.Background(), upTo); err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for n < len(w.mu.published) && w.mu.published[n].Seq <= upTo {
		n++
	}
	list := w.mu.published[:n:n]
	w.mu.published = w.mu.published[n:]
	return list
}

// await waits until something has been published that f is looking for.
func (w *world) await(f func(*ChangeSet) bool) {
	for {
		w.mu.Lock()
		arrived := w.mu.arrived
		for _, cs := range w.mu.published {
			if f(cs) {
				w.mu.Unlock()
				return
			}
		}
		w.mu.Unlock()
		<-arrived
	}
}

// client runs statements in a transaction, as a session does.
type client struct {
	*world
	tx   *Tx
	user string
}

func (w *world) begin(level Isolation) *client {
	return w.beginWith(TxOptions{Isolation: level, PID: 1})
}

func (w *world) beginWith(o TxOptions) *client {
	c := &client{world: w, tx: w.store.Begin(o)}
	w.t.Cleanup(c.tx.Rollback)
	return c
}

// values makes a row from texts; "null" is NULL.
func values(t testing.TB, table *catalog.Table, list ...any) types.Row {
	t.Helper()
	row := make(types.Row, len(table.Columns))
	for i, v := range list {
		if v == nil {
			continue
		}
		d, err := table.Columns[i].Type.Input(fmt.Sprint(v), types.NoTypmod, nil)
		if err != nil {
			t.Fatal(err)
		}
		row[i] = d
	}
	return row
}

func (c *client) tryInsert(table *catalog.Table, list ...any) error {
	c.tx.StartStatement()
	_, err := c.tx.Insert(context.Background(), table, c.user, values(c.t, table, list...))
	return err
}

func (c *client) insert(table *catalog.Table, list ...any) {
	c.t.Helper()
	if err := c.tryInsert(table, list...); err != nil {
		c.t.Fatal(err)
	}
}

// modify is one UPDATE (f gives the new row) or DELETE (f gives nil) of the rows
// that where accepts.
func (c *client) modify(table *catalog.Table, where func(types.Row) bool, f func(types.Row) types.Row) (n int, err error) {
	ctx := context.Background()
	c.tx.StartStatement()
	cursor, err := c.tx.Scan(ctx, Scan{Table: table, User: c.user})
	if err != nil {
		return 0, err
	}
	defer cursor.Close()
	for cursor.Next() {
		row := cursor.Row()
		if !where(row) {
			continue
		}
		got, err := c.tx.Lock(ctx, table, cursor.Ref(), LockUpdate, Block)
		if err != nil {
			return n, err
		}
		switch got.Status {
		case Changed:
			if row = got.Row; !where(row) {
				continue
			}
		case Gone, Skipped:
			continue
		}
		if next := f(append(make(types.Row, 0, len(row)), row[:len(table.Columns)]...)); next == nil {
			err = c.tx.Delete(ctx, table, cursor.Ref())
		} else {
			_, err = c.tx.Update(ctx, table, cursor.Ref(), next)
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, cursor.Err()
}

func is(table *catalog.Table, column, value string) func(types.Row) bool {
	at := table.ColumnIndex(column)
	return func(r types.Row) bool {
		return !r[at].IsNull() && table.Columns[at].Type.Text(r[at], nil) == value
	}
}

// update sets a column of the rows where another has a value.
func (c *client) tryUpdate(table *catalog.Table, column, value, where, equals string) (int, error) {
	at := table.ColumnIndex(column)
	return c.modify(table, is(table, where, equals), func(r types.Row) types.Row {
		d, err := table.Columns[at].Type.Input(value, types.NoTypmod, nil)
		if err != nil {
			c.t.Fatal(err)
		}
		r[at] = d
		return r
	})
}

func (c *client) update(table *catalog.Table, column, value, where, equals string) int {
	c.t.Helper()
	n, err := c.tryUpdate(table, column, value, where, equals)
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

func (c *client) tryDelete(table *catalog.Table, where, equals string) (int, error) {
	return c.modify(table, is(table, where, equals), func(types.Row) types.Row { return nil })
}

func (c *client) delete(table *catalog.Table, where, equals string) int {
	c.t.Helper()
	n, err := c.tryDelete(table, where, equals)
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

// rows reads a table in the order of storage or of an index, as texts.
func (c *client) rows(s Scan) string {
	c.t.Helper()
	c.tx.StartStatement()
	s.User = c.user
	cursor, err := c.tx.Scan(context.Background(), s)
	if err != nil {
		c.t.Fatal(err)
	}
	defer cursor.Close()
	var out []string
	for cursor.Next() {
		out = append(out, show(s.Table, cursor.Row()))
	}
	if err := cursor.Err(); err != nil {
		c.t.Fatal(err)
	}
	return strings.Join(out, " ")
}

func (c *client) all(table *catalog.Table) string {
	c.t.Helper()
	return c.rows(Scan{Table: table})
}

// all reads a table in a transaction of its own.
func (w *world) all(table *catalog.Table) string {
	w.t.Helper()
	c := w.begin(ReadCommitted)
	defer c.tx.Rollback()
	return c.all(table)
}

func show(table *catalog.Table, row types.Row) string {
	var out []string
	for i, c := range table.Columns {
		if row[i].IsNull() {
			out = append(out, "-")
			continue
		}
		out = append(out, c.Type.Text(row[i], nil))
	}
	return strings.Join(out, ",")
}

// describe writes the changes of a commit: +new, -old, old>new, with the reason
// of a deletion.
func describe(cs *ChangeSet) string {
	var out []string
	for _, c := range cs.Changes {
		switch c.Op {
		case Insert:
			out = append(out, "+"+show(c.Table, c.New))
		case Update:
			out = append(out, show(c.Table, c.Old)+">"+show(c.Table, c.New))
		case Delete:
			out = append(out, "-"+show(c.Table, c.Old)+[]string{"", "!expire", "!truncate"}[c.Reason])
		}
	}
	return strings.Join(out, " ")
}

// commit commits durably.
func (w *world) commit(tx *Tx) storage.Seq {
	w.t.Helper()
	tx.SetSync(true)
	seq, err := tx.Commit(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return seq
}

// changes runs a transaction and gives the change set of its commit.
func (w *world) changes(f func(*client)) string {
	w.t.Helper()
	c := w.begin(ReadCommitted)
	defer c.tx.Rollback()
	f(c)
	seq := w.commit(c.tx)
	for _, cs := range w.publications(seq) {
		if cs.Seq == seq {
			return describe(cs)
		}
	}
	return ""
}

func (w *world) do(f func(*client)) { w.t.Helper(); w.changes(f) }

func want[T comparable](t testing.TB, what string, got, wanted T) {
	t.Helper()
	if got != wanted {
		t.Errorf("%s: got %v, want %v", what, got, wanted)
	}
}

// wantError checks a SQL error's code and message.
func wantError(t testing.TB, err error, code sqlerr.Code, message string) *sqlerr.Error {
	t.Helper()
	var e *sqlerr.Error
	if !errors.As(err, &e) {
		t.Fatalf("got error %v, want %s", err, code)
	}
	if e.Code != code || !strings.Contains(e.Message, message) {
		t.Errorf("got %s %q, want %s %q", e.Code, e.Message, code, message)
	}
	return e
}

// waiting runs f in a goroutine and returns once a transaction waits for a lock
// in it. The channel has f's error.
func (c *client) waiting(f func() error) <-chan error {
	c.t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	for !c.store.locks.Waits(&c.tx.owner) {
		select {
		case err := <-done:
			c.t.Fatalf("it did not wait: %v", err)
		default:
			runtime.Gosched()
		}
	}
	return done
}

// heldSyncs holds back everything that would make the disk durable.
type heldSyncs struct {
	fs   *storagetest.FS
	open chan struct{}
}

func (w *world) holdSyncs() heldSyncs {
	h := heldSyncs{w.fs, make(chan struct{})}
	w.fs.Inject(func(o storagetest.Op) error {
		if o.Sync {
			<-h.open
		}
		return nil
	})
	return h
}

func (h heldSyncs) release() {
	close(h.open)
	h.fs.Inject(nil)
}

package tables

import (
	"context"
	"testing"
	"time"
)

func anybody(*PreparedTx) error { return nil }

// prepared begins a transaction that changes, deletes and adds counters, and prepares it.
func (w *world) prepared(gid string, f func(*client)) {
	w.t.Helper()
	c := w.begin(ReadCommitted)
	f(c)
	if err := c.tx.Prepare(context.Background(), PreparedTx{GID: gid, At: w.now()}, 10); err != nil {
		w.t.Fatal(err)
	}
}

// TestPreparedSurvives has prepared transactions keep their writes to themselves, and
// their locks from others, over a loss of power, until one commits and one does not.
func TestPreparedSurvives(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	table := w.table(shape{name: "c", columns: "id int8, n int8", primary: "id", unique: []string{"n"}})
	w.do(func(c *client) { c.insert(table, 1, 10); c.insert(table, 2, 20); c.insert(table, 3, 30) })
	w.prepared("yes", func(c *client) {
		c.update(table, "n", "11", "id", "1")
		c.delete(table, "id", "2")
		for id := 100; id < 200; id++ { // more than are locked one by one
			c.insert(table, id, id)
		}
	})
	w.prepared("no", func(c *client) { c.update(table, "n", "31", "id", "3") })
	for _, w := range []*world{w, w.crash()} {
		table := w.store.Catalog().Table(table.OID)
		want(t, "before", w.all(table), "1,10 2,20 3,30")
		want(t, "prepared", len(w.store.Prepared()), 2)
		for _, row := range [][]any{{150, 1000}, {1000, 150}, {1000, 11}, {2, 1000}, {1000, 20}} {
			c := w.beginWith(TxOptions{LockTimeout: time.Millisecond})
			c.tx.StartStatement()
			_, err := c.tx.Insert(ctx, table, "", values(t, table, row...))
			wantError(t, err, "55P03", "canceling statement due to lock timeout")
			c.tx.Rollback()
		}
	}
	w = w.crash()
	table = w.store.Catalog().Table(table.OID)
	if err := w.store.RollbackPrepared(ctx, "no", anybody); err != nil {
		t.Fatal(err)
	}
	if err := w.store.CommitPrepared(ctx, "yes", anybody); err != nil {
		t.Fatal(err)
	}
	wantError(t, w.store.CommitPrepared(ctx, "yes", anybody), "42704", `prepared transaction with identifier "yes" does not exist`)
	for _, w := range []*world{w, w.crash()} {
		table := w.store.Catalog().Table(table.OID)
		rows := len(w.all(table))
		w.do(func(c *client) { c.insert(table, 2, 20); c.update(table, "n", "31", "id", "3") })
		want(t, "more", len(w.all(table)) > rows, true)
		want(t, "prepared", len(w.store.Prepared()), 0)
		w.consistent(table)
	}
}

// TestPreparedLimits refuses an identifier twice, and more than there may be.
func TestPreparedLimits(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	table := w.counters()
	w.prepared("a", func(c *client) { c.add(table, "1") })
	c := w.begin(ReadCommitted)
	wantError(t, c.tx.Prepare(ctx, PreparedTx{GID: "a"}, 10), "42710", `transaction identifier "a" is already in use`)
	wantError(t, c.tx.Prepare(ctx, PreparedTx{GID: "b"}, 1), "53200", "maximum number of prepared transactions reached")
	if err := w.store.RollbackPrepared(ctx, "a", anybody); err != nil {
		t.Fatal(err)
	}
	want(t, "rolled back", w.all(table), "0,0 1,10 2,20 3,30")
	w.do(func(c *client) { c.add(table, "1") })
}

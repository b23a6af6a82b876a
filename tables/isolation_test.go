package tables

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
)

var counters = shape{name: "c", columns: "id int8, n int8", primary: "id", index: []string{"n"}}

func (w *world) counters() *catalog.Table {
	c := w.table(counters)
	w.do(func(cl *client) {
		for id := range 4 {
			cl.insert(c, id, 10*id)
		}
	})
	return c
}

// add is UPDATE c SET n = n + 1 WHERE id = id.
func (c *client) add(table *catalog.Table, id string) error {
	_, err := c.modify(table, is(table, "id", id), func(r types.Row) types.Row {
		return types.Row{r[0], types.Int(r[1].Int() + 1)}
	})
	return err
}

// TestReadCommitted sees with each statement what is committed, and updates the
// newest version of a row after having waited for it.
func TestReadCommitted(t *testing.T) {
	w := newWorld(t)
	table := w.counters()
	a, b := w.begin(ReadCommitted), w.begin(ReadCommitted)
	want(t, "before", b.all(table), "0,0 1,10 2,20 3,30")
	if err := a.add(table, "1"); err != nil {
		t.Fatal(err)
	}
	want(t, "not committed", b.all(table), "0,0 1,10 2,20 3,30")
	done := b.waiting(func() error { return b.add(table, "1") })
	w.commit(a.tx)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	want(t, "its own on top", b.all(table), "0,0 1,12 2,20 3,30")
	w.commit(b.tx)
	want(t, "no update lost", w.all(table), "0,0 1,12 2,20 3,30")
	w.consistent(table)
}

// TestRecheck has a statement that waited for a row leave it alone when it no
// longer matches, or is gone.
func TestRecheck(t *testing.T) {
	w := newWorld(t)
	table := w.counters()
	for _, s := range []struct {
		change func(*client)
		want   int
	}{
		{func(c *client) { c.update(table, "n", "11", "id", "1") }, 0},
		{func(c *client) { c.delete(table, "id", "1") }, 0},
		{func(c *client) { c.update(table, "id", "99", "id", "1"); c.update(table, "n", "11", "id", "99") }, 0},
		{func(c *client) { c.update(table, "id", "99", "id", "1"); c.delete(table, "id", "99") }, 0},
		{func(c *client) { c.update(table, "id", "99", "id", "1") }, 1},
		{func(c *client) { c.update(table, "id", "99", "id", "1"); c.update(table, "id", "98", "id", "99") }, 1},
	} {
		a, b := w.begin(ReadCommitted), w.begin(ReadCommitted)
		s.change(a)
		n := 0
		done := b.waiting(func() (err error) { n, err = b.tryUpdate(table, "n", "0", "n", "10"); return err })
		w.commit(a.tx)
		if err := <-done; err != nil {
			t.Error(err)
		}
		want(t, "rows updated", n, s.want)
		b.tx.Rollback()
		w.do(func(c *client) {
			c.modify(table, func(types.Row) bool { return true }, func(types.Row) types.Row { return nil })
			c.insert(table, 1, 10)
		})
	}
	w.consistent(table)
	// When the other rolls back, the row is as it was seen.
	a, b := w.begin(ReadCommitted), w.begin(ReadCommitted)
	a.delete(table, "id", "1")
	n := 0
	done := b.waiting(func() (err error) { n, err = b.tryUpdate(table, "n", "0", "n", "10"); return err })
	a.tx.Rollback()
	if err := <-done; err != nil || n != 1 {
		t.Errorf("%d rows updated, %v", n, err)
	}
}

// TestFollow has a statement that waited for a row go on with it at the primary
// key it has now, through several transactions, to update, delete and lock it.
func TestFollow(t *testing.T) {
	for _, s := range []struct {
		second func(*client, *catalog.Table) error
		want   string
	}{
		{func(c *client, ct *catalog.Table) error { _, err := c.tryUpdate(ct, "n", "77", "n", "10"); return err }, "0,0 2,20 3,30 99,77"},
		{func(c *client, ct *catalog.Table) error { _, err := c.tryUpdate(ct, "id", "50", "n", "10"); return err }, "0,0 2,20 3,30 50,10"},
		{func(c *client, ct *catalog.Table) error { _, err := c.tryDelete(ct, "n", "10"); return err }, "0,0 2,20 3,30"},
		{func(c *client, ct *catalog.Table) error {
			got, err := c.lock(ct, "1", LockUpdate, Block)
			if err == nil && (got.Status != Changed || show(ct, got.Row) != "99,10") {
				err = fmt.Errorf("locked %d %v", got.Status, got.Row)
			}
			return err
		}, "0,0 2,20 3,30 99,10"},
	} {
		w := newWorld(t)
		table := w.counters()
		first, second := w.begin(ReadCommitted), w.begin(ReadCommitted)
		first.update(table, "id", "55", "id", "1")
		first.update(table, "id", "99", "id", "55")
		done := second.waiting(func() error { return s.second(second, table) })
		w.commit(first.tx)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		w.commit(second.tx)
		want(t, "rows", w.all(table), s.want)
		w.consistent(table)
	}
	// What is remembered is bounded.
	var m moves
	for i := range movesKept + 10 {
		m.committed([]step{{fmt.Sprint(i % 1000), "x"}}, storage.Seq(i+1))
	}
	want(t, "moves kept", len(m.mu.queue), movesKept)
	if _, ok := m.after("7", movesKept+10); ok {
		t.Error("a move was found that is older than the row")
	}
}

// TestRepeatableRead keeps its snapshot, and refuses to change what another has
// changed since.
func TestRepeatableRead(t *testing.T) {
	w := newWorld(t)
	table := w.counters()
	for _, level := range []Isolation{RepeatableRead, Serializable} {
		a := w.begin(level)
		before := a.all(table)
		w.do(func(c *client) { c.add(table, "1"); c.delete(table, "id", "2"); c.insert(table, 9, 90) })
		want(t, "snapshot", a.all(table), before)
		want(t, "by index", len(a.read(Scan{Table: table, Index: table.Indexes[1]})), len(a.read(Scan{Table: table})))
		wantError(t, a.add(table, "1"), "40001", "could not serialize access due to concurrent update")
		_, err := a.tryDelete(table, "id", "2")
		wantError(t, err, "40001", "could not serialize access due to concurrent delete")
		if err := a.add(table, "3"); err != nil {
			t.Error(err)
		}
		a.tx.Rollback()
		w.do(func(c *client) { c.insert(table, 2, 20); c.delete(table, "id", "9") })
	}
	// Waiting does not help, unless the other rolls back.
	a, b := w.begin(ReadCommitted), w.begin(RepeatableRead)
	b.all(table)
	a.add(table, "3")
	done := b.waiting(func() error { return b.add(table, "3") })
	w.commit(a.tx)
	wantError(t, <-done, "40001", "concurrent update")
	b.tx.Rollback()
	a, b = w.begin(ReadCommitted), w.begin(RepeatableRead)
	b.all(table)
	a.add(table, "3")
	done = b.waiting(func() error { return b.add(table, "3") })
	a.tx.Rollback()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// sum reads the rows whose n is within bounds through the index, and adds them.
func (c *client) sum(table *catalog.Table, low, high int64) (n int64) {
	r := Range{Low: &Bound{types.Int(low), true}, High: &Bound{types.Int(high), false}}
	for _, row := range c.read(Scan{Table: table, Index: table.Indexes[1], Ranges: []Range{r}}) {
		n += row[1].Int()
	}
	return n
}

func (c *client) point(table *catalog.Table, id int64) (n int64) {
	for _, row := range c.read(Scan{Table: table, Index: table.Indexes[0], Ranges: []Range{{Prefix: []types.Datum{types.Int(id)}}}}) {
		n = row[1].Int()
	}
	return n
}

// TestSerializable refuses outcomes that no serial order has, at the commit of
// the last of those involved, and lets the rest through.
func TestSerializable(t *testing.T) {
	for _, s := range []struct {
		name   string
		a, b   func(*client, *catalog.Table)
		refuse bool
	}{
		{"write skew",
			func(c *client, ct *catalog.Table) { c.point(ct, 1); c.update(ct, "n", "5", "id", "2") },
			func(c *client, ct *catalog.Table) { c.point(ct, 2); c.update(ct, "n", "5", "id", "1") }, true},
		{"predicate write skew",
			func(c *client, ct *catalog.Table) { c.insert(ct, 100, c.sum(ct, 15, 100)) },
			func(c *client, ct *catalog.Table) { c.insert(ct, 101, c.sum(ct, 15, 100)) }, true},
		{"predicate write skew over the table",
			func(c *client, ct *catalog.Table) { c.insert(ct, 100, len(c.all(ct))) },
			func(c *client, ct *catalog.Table) { c.insert(ct, 101, len(c.all(ct))) }, true},
		{"a row leaves the predicate",
			func(c *client, ct *catalog.Table) { c.sum(ct, 15, 25); c.insert(ct, 100, 1000) },
			func(c *client, ct *catalog.Table) { c.point(ct, 100); c.update(ct, "n", "500", "id", "2") }, true},
		{"a row read through the index",
			func(c *client, ct *catalog.Table) { c.sum(ct, 15, 25); c.update(ct, "n", "7", "id", "0") },
			func(c *client, ct *catalog.Table) {
				c.point(ct, 0)
				c.modify(ct, is(ct, "id", "2"), func(r types.Row) types.Row { return types.Row{types.Int(200), r[1]} })
			}, true},
		{"apart",
			func(c *client, ct *catalog.Table) { c.point(ct, 1); c.insert(ct, 11, 5) },
			func(c *client, ct *catalog.Table) { c.point(ct, 2); c.insert(ct, 12, 6) }, false},
		{"apart in the index",
			func(c *client, ct *catalog.Table) { c.insert(ct, 100, 200+c.sum(ct, 15, 25)) },
			func(c *client, ct *catalog.Table) { c.insert(ct, 101, 300+c.sum(ct, 28, 50)) }, false},
		{"only one writes",
			func(c *client, ct *catalog.Table) { c.all(ct) },
			func(c *client, ct *catalog.Table) { c.all(ct); c.insert(ct, 100, 1) }, false},
	} {
		for _, swapped := range []bool{false, true} {
			t.Run(s.name, func(t *testing.T) {
				w := newWorld(t)
				table := w.counters()
				a, b := w.begin(Serializable), w.begin(Serializable)
				a.all(w.table(shape{name: "other", columns: "x int4"}))
				b.tx.view()
				s.a(a, table)
				s.b(b, table)
				if swapped {
					a, b = b, a
				}
				w.commit(a.tx)
				_, err := b.tx.Commit(context.Background())
				if s.refuse {
					wantError(t, err, "40001", "could not serialize access due to read/write dependencies among transactions")
				} else if err != nil {
					t.Error(err)
				}
				w.consistent(table)
			})
		}
	}
}

// TestSerializableForgets keeps the keys of serializable transactions alone, and none
// once no such transaction is under way.
func TestSerializableForgets(t *testing.T) {
	w := newWorld(t)
	table := w.counters()
	a := w.begin(Serializable)
	a.all(table)
	w.do(func(c *client) { c.add(table, "1") })
	want(t, "commits kept", len(w.store.recent.mu.commits), 0)
	b := w.begin(Serializable)
	b.add(table, "1")
	w.commit(b.tx)
	want(t, "commits kept", len(w.store.recent.mu.commits), 1)
	a.tx.Rollback()
	a.tx.Rollback()
	w.do(func(c *client) { c.add(table, "1") })
	want(t, "commits kept", fmt.Sprint(w.store.recent.mu.commits, w.store.recent.mu.users), "[] 0")
}

// TestNoUpdateLost has goroutines add to the same rows at every level, and again
// when they are refused.
func TestNoUpdateLost(t *testing.T) {
	for _, level := range []Isolation{ReadCommitted, RepeatableRead, Serializable} {
		w := newWorld(t)
		table := w.counters()
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for i := 0; i < 40; {
					c := &client{world: w, tx: w.store.Begin(TxOptions{Isolation: level})}
					err := c.add(table, fmt.Sprint((g+i)%2))
					if err == nil {
						_, err = c.tx.Commit(context.Background())
					}
					c.tx.Rollback()
					var e *sqlerr.Error
					switch {
					case err == nil:
						i++
					case !errors.As(err, &e) || e.Code != "40001" || level == ReadCommitted:
						t.Error(err)
						return
					}
				}
			}()
		}
		wg.Wait()
		want(t, "rows", w.all(table), "0,80 1,90 2,20 3,30")
		w.consistent(table)
	}
}

// TestReadOnly refuses writes.
func TestReadOnly(t *testing.T) {
	w := newWorld(t)
	table := w.counters()
	c := w.beginWith(TxOptions{ReadOnly: true})
	wantError(t, c.tryInsert(table, 9, 9), "25006", "read-only transaction")
	_, err := c.tryDelete(table, "id", "1")
	wantError(t, err, "25006", "read-only transaction")
}

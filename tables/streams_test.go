package tables

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

var events = shape{name: "e", columns: "id int8, v text", primary: "id", unique: []string{"v"}, index: []string{"v desc"}, kind: catalog.KindStream, ttl: time.Hour}

// awaitChanges waits until changes that read so have been published.
func (w *world) awaitChanges(wanted string) {
	w.t.Helper()
	w.await(func(cs *ChangeSet) bool { return describe(cs) == wanted })
}

// awaitRetry waits until changes have been published that expiry came to only
// after it had found rows locked: time goes on meanwhile.
func (w *world) awaitRetry(wanted string) {
	w.t.Helper()
	for found := false; !found; {
		w.advance(lockedRetry)
		w.store.Tick()
		runtime.Gosched()
		w.mu.Lock()
		found = slices.ContainsFunc(w.mu.published, func(cs *ChangeSet) bool { return strings.Contains(describe(cs), wanted) })
		w.mu.Unlock()
	}
}

// TestExpiry hides a row at the very microsecond at which its time ends, and
// then publishes its deletion with the reason.
func TestExpiry(t *testing.T) {
	w := newWorld(t)
	e := w.table(events)
	w.do(func(c *client) { c.insert(e, 1, "a") })
	w.advance(time.Millisecond)
	w.do(func(c *client) { c.insert(e, 2, "b") })
	w.advance(time.Hour - time.Millisecond - time.Microsecond)
	w.store.Tick()
	want(t, "just before", w.all(e), "1,a 2,b")
	w.advance(time.Microsecond)
	want(t, "at the moment", w.all(e), "2,b")
	w.store.Tick()
	w.awaitChanges("-1,a!expire")
	w.consistent(e)
	w.advance(time.Millisecond)
	w.store.Tick()
	w.awaitChanges("-2,b!expire")
	w.consistent(e)
	want(t, "deadlines left", len(w.store.streams.mu.deadlines), 0)
}

// TestUpdateRenewsTime has a row that is written again live on.
func TestUpdateRenewsTime(t *testing.T) {
	w := newWorld(t)
	e := w.table(events)
	w.do(func(c *client) { c.insert(e, 1, "a"); c.insert(e, 2, "b") })
	w.advance(40 * time.Minute)
	w.do(func(c *client) { c.update(e, "v", "c", "id", "1") })
	w.advance(40 * time.Minute)
	w.store.Tick()
	w.awaitChanges("-2,b!expire")
	want(t, "rows", w.all(e), "1,c")
	w.store.Tick()
	w.do(func(c *client) { c.update(e, "v", "c", "id", "1") }) // as it is
	w.advance(20 * time.Minute)
	w.store.Tick()
	want(t, "rows", w.all(e), "1,c")
	w.advance(40 * time.Minute)
	w.store.Tick()
	w.awaitChanges("-1,c!expire")
}

// TestTimeCountsFromTheWrite has a row of a transaction that took long end when
// it would have, and be published in between.
func TestTimeCountsFromTheWrite(t *testing.T) {
	w := newWorld(t)
	e := w.table(events)
	c := w.begin(ReadCommitted)
	c.insert(e, 1, "a")
	w.advance(2 * time.Hour)
	w.commit(c.tx)
	want(t, "rows", w.all(e), "")
	w.awaitChanges("+1,a")
	w.awaitRetry("-1,a!expire") // the commit may still have it locked
}

// TestExpiredInTheWay has rows past their time, which are not removed yet, give
// way to new ones with their keys.
func TestExpiredInTheWay(t *testing.T) {
	for _, s := range []struct {
		name, want string
		f          func(*client, *catalog.Table)
	}{
		{"same primary key", "1,a>1,new", func(c *client, e *catalog.Table) { c.insert(e, 1, "new") }},
		{"same primary key and entry", "", func(c *client, e *catalog.Table) { c.insert(e, 1, "a") }},
		{"same entry", "-1,a!expire +9,a", func(c *client, e *catalog.Table) { c.insert(e, 9, "a") }},
		{"on conflict", "1,a>1,new", func(c *client, e *catalog.Table) {
			c.tx.StartStatement()
			ref, _, _, err := c.tx.InsertUnlessConflict(context.Background(), e, "", values(t, e, 1, "new"), nil, false)
			if err != nil || ref == nil {
				t.Errorf("conflict with an expired row: %v", err)
			}
		}},
		{"moved there", "1,a>1,z", func(c *client, e *catalog.Table) { c.insert(e, 9, "z"); c.update(e, "id", "1", "id", "9") }},
	} {
		t.Run(s.name, func(t *testing.T) {
			w := newWorld(t)
			e := w.table(events)
			w.do(func(c *client) { c.insert(e, 1, "a"); c.insert(e, 2, "b") })
			got := w.changes(func(c *client) {
				// Expiry is kept away until the end of this transaction.
				if err := c.tx.LockTable(context.Background(), e.OID, ShareMode, false); err != nil {
					t.Fatal(err)
				}
				w.advance(2 * time.Hour)
				s.f(c, e)
			})
			want(t, "changes", got, s.want)
			w.consistent(e)
			w.awaitRetry("-2,b!expire")
			w.consistent(e)
		})
	}
}

// TestExpiryWaitsForNobody has a locked row not hold up the others.
func TestExpiryWaitsForNobody(t *testing.T) {
	w := newWorld(t)
	e := w.table(events)
	other := w.table(shape{name: "o", columns: "id int8", kind: catalog.KindStream, ttl: time.Hour})
	w.do(func(c *client) { c.insert(e, 1, "a"); c.insert(e, 2, "b"); c.insert(other, 7) })
	a, b := w.begin(ReadCommitted), w.begin(ReadCommitted)
	if _, err := a.lock(e, "1", LockUpdate, Block); err != nil {
		t.Fatal(err)
	}
	if err := b.tx.LockTable(context.Background(), other.OID, ShareMode, false); err != nil {
		t.Fatal(err)
	}
	w.advance(time.Hour)
	w.store.Tick()
	w.awaitChanges("-2,b!expire")
	a.tx.Rollback()
	b.tx.Rollback()
	w.awaitRetry("-1,a!expire")
	w.awaitRetry("-7!expire")
	w.consistent(e)
}

// TestMaxRows pushes out the oldest rows of a slice that grows too large, in
// the commit that makes it so.
func TestMaxRows(t *testing.T) {
	w := newWorld(t)
	m := w.table(shape{name: "m", columns: "id int8, v text", primary: "id", index: []string{"v"}, kind: catalog.KindStream, maxRows: 3})
	for _, s := range []struct {
		f             func(*client)
		changes, rows string
	}{
		{func(c *client) { c.insert(m, 1, "a"); c.insert(m, 2, "b"); c.insert(m, 3, "c") }, "+1,a +2,b +3,c", "1,a 2,b 3,c"},
		{func(c *client) { c.insert(m, 4, "d") }, "+4,d -1,a!expire", "2,b 3,c 4,d"},
		{func(c *client) { c.delete(m, "id", "2"); c.insert(m, 5, "e") }, "-2,b +5,e", "3,c 4,d 5,e"},
		{func(c *client) { c.update(m, "v", "x", "id", "3"); c.insert(m, 6, "f") }, "-3,c!expire +6,f", "4,d 5,e 6,f"},
		{func(c *client) { c.update(m, "id", "7", "id", "4") }, "-4,d +7,d", "5,e 6,f 7,d"},
		{func(c *client) { c.insert(m, 8, "h"); c.insert(m, 9, "i") }, "+8,h +9,i -5,e!expire -6,f!expire", "7,d 8,h 9,i"},
		{func(c *client) {
			for id := range 5 {
				c.insert(m, 20+id, "z")
			}
		}, "+22,z +23,z +24,z -7,d!expire -8,h!expire -9,i!expire", "22,z 23,z 24,z"},
		{func(c *client) { c.delete(m, "id", "22"); c.insert(m, 22, "new") }, "22,z>22,new", "22,new 23,z 24,z"},
	} {
		want(t, "changes", w.changes(s.f), s.changes)
		want(t, "rows", w.all(m), s.rows)
		w.consistent(m)
	}
	// A transaction that fails to commit leaves the order as it was.
	c := w.begin(ReadCommitted)
	c.insert(m, 30, "y")
	if err := c.tx.pushOut(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.tx.Rollback()
	w.do(func(c *client) { c.insert(m, 31, "y") })
	want(t, "rows", w.all(m), "23,z 24,z 31,y")
	for id := range 500 { // what is remembered stays bounded
		w.do(func(c *client) { c.insert(m, 1000+id, "w"); c.delete(m, "id", "24") })
		w.do(func(c *client) { c.delete(m, "id", fmt.Sprint(1000+id)) })
	}
	for _, sl := range w.store.streams.mu.slices {
		if len(sl.queue) > 100 {
			t.Errorf("%d entries are kept for %d rows", len(sl.queue), len(sl.live))
		}
	}
}

// TestMaxRowsOfSlices counts each user's rows.
func TestMaxRowsOfSlices(t *testing.T) {
	w := newWorld(t)
	m := w.table(shape{name: "m", columns: "id int8", primary: "id", kind: catalog.KindStream, maxRows: 2, perUser: true})
	for id := range 4 {
		for _, u := range []string{"a", "b"} {
			w.do(func(c *client) { c.user = u; c.insert(m, id) })
		}
	}
	for _, u := range []string{"a", "b"} {
		c := w.begin(ReadCommitted)
		c.user = u
		want(t, "slice", c.all(m), "2 3")
	}
	c := w.begin(ReadCommitted)
	if _, err := c.tx.Edit(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.tx.DropStorage(m)
	c.tx.DropObject(m.OID)
	w.commit(c.tx)
	want(t, "slices remembered", len(w.store.streams.mu.slices), 0)
}

// TestMaxRowsTogether has transactions that commit at the same time not both
// count on the same room.
func TestMaxRowsTogether(t *testing.T) {
	w := newWorld(t)
	m := w.table(shape{name: "m", columns: "id int8", primary: "id", kind: catalog.KindStream, maxRows: 5})
	done := make(chan error)
	for g := range 4 {
		go func() {
			for i := range 50 {
				tx := w.store.Begin(TxOptions{})
				_, err := tx.Insert(context.Background(), m, "", types.Row{types.Int(int64(g*1000 + i))})
				if err == nil {
					_, err = tx.Commit(context.Background())
				}
				tx.Rollback()
				if err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	want(t, "rows", len(strings.Fields(w.all(m))), 5)
	w.consistent(m)
}

// TestStreamsAreLost at a restart, by design, and their tables are not.
func TestStreamsAreLost(t *testing.T) {
	w := newWorld(t)
	e := w.table(events)
	w.do(func(c *client) { c.insert(e, 1, "a") })
	w.restart()
	e = w.store.Catalog().Table(e.OID)
	want(t, "rows", w.all(e), "")
	w.do(func(c *client) { c.insert(e, 1, "b") })
	want(t, "rows", w.all(e), "1,b")
}

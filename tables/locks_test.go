package tables

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// TestTableLockConflicts is the table of conflicts in PostgreSQL's documentation
// (13.3.1).
func TestTableLockConflicts(t *testing.T) {
	w := newWorld(t)
	table := w.counters()
	for i, row := range []string{ // the requested mode; X: conflicts with that held
		"       X",
		"      XX",
		"    XXXX",
		"   XXXXX",
		"  XX XXX",
		"  XXXXXX",
		" XXXXXXX",
		"XXXXXXXX",
	} {
		for j, mark := range row {
			a, b := w.begin(ReadCommitted), w.begin(ReadCommitted)
			if err := a.tx.LockTable(context.Background(), table.OID, LockMode(j), true); err != nil {
				t.Fatal(err)
			}
			err := b.tx.LockTable(context.Background(), table.OID, LockMode(i), true)
			if mark == 'X' {
				wantError(t, err, "55P03", `could not obtain lock on relation "c"`)
			} else if err != nil {
				t.Errorf("mode %d over %d: %v", i, j, err)
			}
			a.tx.Rollback()
			b.tx.Rollback()
		}
	}
}

// lock locks the row with an id.
func (c *client) lock(table *catalog.Table, id string, strength LockStrength, wait LockWait) (LockResult, error) {
	c.tx.StartStatement()
	cursor, err := c.tx.Scan(context.Background(), Scan{Table: table})
	if err != nil {
		return LockResult{}, err
	}
	defer cursor.Close()
	for where := is(table, "id", id); cursor.Next(); {
		if where(cursor.Row()) {
			return c.tx.Lock(context.Background(), table, cursor.Ref(), strength, wait)
		}
	}
	c.t.Fatalf("no row %s", id)
	return LockResult{}, nil
}

// TestRowLockConflicts is the table of row-level conflicts (13.3.2), with NOWAIT
// and SKIP LOCKED.
func TestRowLockConflicts(t *testing.T) {
	w := newWorld(t)
	table := w.counters()
	for i, row := range []string{"   X", "  XX", " XXX", "XXXX"} {
		for j, mark := range row {
			a, b := w.begin(ReadCommitted), w.begin(ReadCommitted)
			if _, err := a.lock(table, "1", LockStrength(j), NoWait); err != nil {
				t.Fatal(err)
			}
			skipped, serr := b.lock(table, "1", LockStrength(i), SkipLocked)
			_, err := b.lock(table, "1", LockStrength(i), NoWait)
			if mark == 'X' {
				want(t, "skipped", skipped.Status, Skipped)
				wantError(t, err, "55P03", `could not obtain lock on row in relation "c"`)
			} else if err = errors.Join(serr, err); err != nil || skipped.Status != Unchanged {
				t.Errorf("strength %d over %d: %v, status %d", i, j, err, skipped.Status)
			}
			a.tx.Rollback()
			b.tx.Rollback()
		}
	}
}

// TestLockTimeout ends a wait with 55P03, and a cancelled one with 57014.
func TestLockTimeout(t *testing.T) {
	w := newWorld(t)
	table := w.counters()
	a := w.begin(ReadCommitted)
	a.add(table, "1")
	b := w.beginWith(TxOptions{LockTimeout: time.Millisecond})
	wantError(t, b.add(table, "1"), "55P03", "canceling statement due to lock timeout")
	c := w.begin(ReadCommitted)
	ctx, cancel := context.WithCancel(context.Background())
	done := c.waiting(func() error { return c.tx.LockTable(ctx, table.OID, AccessExclusiveMode, false) })
	cancel()
	wantError(t, <-done, "57014", "canceling statement due to user request")
}

// TestDeadlock refuses the wait that closes a circle, of two transactions and
// of three, with PostgreSQL's detail.
func TestDeadlock(t *testing.T) {
	for _, n := range []int{2, 3} {
		w := newWorld(t)
		table := w.counters()
		var clients []*client
		for i := range n {
			c := w.beginWith(TxOptions{PID: int32(100 + i)})
			c.add(table, fmt.Sprint(i))
			clients = append(clients, c)
		}
		var waits []<-chan error
		for i, c := range clients[:n-1] {
			waits = append(waits, c.waiting(func() error { return c.add(table, fmt.Sprint(i+1)) }))
		}
		last := clients[n-1]
		e := wantError(t, last.add(table, "0"), "40P01", "deadlock detected")
		number := func(i int) uint64 { return clients[i].tx.owner.Transaction }
		detail := fmt.Sprintf("Process %d waits for ShareLock on transaction %d; blocked by process 100.", 100+n-1, number(0))
		for i := range n - 1 {
			detail += fmt.Sprintf("\nProcess %d waits for ShareLock on transaction %d; blocked by process %d.", 100+i, number(i+1), 101+i)
		}
		want(t, "detail", e.Detail, detail)
		want(t, "hint", e.Hint, "See server log for query details.")
		last.tx.Rollback()
		for i := n - 2; i >= 0; i-- {
			if err := <-waits[i]; err != nil {
				t.Error(err)
			}
			w.commit(clients[i].tx)
		}
		w.consistent(table)
	}
}

// TestDeadlockOfTables names relations.
func TestDeadlockOfTables(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	x, y := w.table(shape{name: "x", columns: "id int8"}), w.table(shape{name: "y", columns: "id int8"})
	a, b := w.beginWith(TxOptions{PID: 1}), w.beginWith(TxOptions{PID: 2})
	a.insert(x, 1)
	b.insert(y, 1)
	done := a.waiting(func() error { return a.tx.LockTable(ctx, y.OID, AccessExclusiveMode, false) })
	e := wantError(t, b.tx.LockTable(ctx, x.OID, ShareMode, false), "40P01", "deadlock detected")
	want(t, "detail", e.Detail, fmt.Sprintf("Process 2 waits for ShareLock on relation %d of database 5; blocked by process 1.\n"+
		"Process 1 waits for AccessExclusiveLock on relation %d of database 5; blocked by process 2.", x.OID, y.OID))
	b.tx.Rollback()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestSavepointGivesLocksBack has ROLLBACK TO give back the locks taken since,
// and no others.
func TestSavepointGivesLocksBack(t *testing.T) {
	w := newWorld(t)
	table := w.counters()
	a, b := w.begin(ReadCommitted), w.begin(ReadCommitted)
	a.add(table, "1")
	m := a.tx.Savepoint()
	a.add(table, "1")
	a.add(table, "2")
	a.insert(table, 9, 90)
	done := b.waiting(func() error { return b.add(table, "2") })
	a.tx.RollbackTo(m)
	if err := <-done; err != nil {
		t.Error(err)
	}
	b.insert(table, 9, 91)
	_, err := b.lock(table, "1", LockUpdate, NoWait)
	wantError(t, err, "55P03", "could not obtain lock on row")
	w.commit(b.tx)
	// What b changed meanwhile is there for a to see and change.
	if err := a.add(table, "2"); err != nil {
		t.Error(err)
	}
	w.commit(a.tx)
	want(t, "rows", w.all(table), "0,0 1,11 2,22 3,30 9,91")
	w.consistent(table)
}

// TestLocksGoWhenVisible has a commit give its locks back before it is durable,
// and the one that waited for them be durable after it.
func TestLocksGoWhenVisible(t *testing.T) {
	w := newWorld(t)
	table := w.counters()
	held := w.holdSyncs()
	a, b := w.beginWith(TxOptions{Sync: true}), w.beginWith(TxOptions{Sync: true})
	a.add(table, "1")
	waits := b.waiting(func() error { return b.add(table, "1") })
	first := make(chan error, 1)
	go func() { _, err := a.tx.Commit(context.Background()); first <- err }()
	if err := <-waits; err != nil {
		t.Fatal(err)
	}
	second := make(chan error, 1)
	go func() { _, err := b.tx.Commit(context.Background()); second <- err }()
	if len(first) > 0 || len(second) > 0 {
		t.Error("a commit returned before the disk did")
	}
	held.release()
	if err := errors.Join(<-first, <-second); err != nil {
		t.Error(err)
	}
	want(t, "rows", w.all(table), "0,0 1,12 2,20 3,30")
}

// TestStaleDescriptor refuses to run with a definition that no longer holds.
func TestStaleDescriptor(t *testing.T) {
	w := newWorld(t)
	table := w.counters()
	altered := table.Clone()
	altered.Columns = altered.Columns[:1]
	altered.Indexes = altered.Indexes[:1]
	c := w.begin(ReadCommitted)
	if _, err := c.tx.Edit(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.tx.PutObject(altered)
	c.tx.DropIndexStorage(table, table.Indexes[1])
	if err := c.tx.RewriteRows(context.Background(), table, altered, func(r types.Row) (types.Row, error) { return r[:1], nil }); err != nil {
		t.Fatal(err)
	}
	w.commit(c.tx)
	wantError(t, w.begin(ReadCommitted).tryInsert(table, 9, 9), "40001", `table "c" was altered by a concurrent transaction`)
	want(t, "rows", w.all(altered), "0 1 2 3")
	w.consistent(altered)
	c = w.begin(ReadCommitted)
	if _, err := c.tx.Edit(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.tx.DropObject(table.OID)
	w.commit(c.tx)
	wantError(t, w.begin(ReadCommitted).tryInsert(altered, 9), "42P01", `relation "c" does not exist`)
}

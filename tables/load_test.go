package tables

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/storage/storagetest"
)

// TestLargeTransactionReadsItself writes rows again that lie in files, looks at them
// before and after the commit, and returns to a savepoint.
func TestLargeTransactionReadsItself(t *testing.T) {
	w := newSpillingWorld(t)
	table := w.table(shape{name: "a", columns: "id int8, u int8", primary: "id", unique: []string{"u"}, index: []string{"u"}})
	w.do(func(c *client) { c.insert(table, 100, 100) })
	c := w.beginWith(TxOptions{Sync: true})
	for id := range 20 {
		c.insert(table, id, id)
	}
	if c.tx.runs.Empty() {
		t.Fatal("nothing lies in files")
	}
	c.update(table, "u", "50", "id", "5")
	c.delete(table, "id", "6")
	c.insert(table, 6, 60)
	c.delete(table, "id", "100")
	m := c.tx.Savepoint()
	c.delete(table, "id", "7")
	c.insert(table, 200, 200)
	c.tx.RollbackTo(m)
	c.tx.Release(m)
	err := c.tryInsert(table, 300, 50)
	wantError(t, err, "23505", "duplicate key")
	expect := []string{"0,0", "1,1", "2,2", "3,3", "4,4", "5,50", "6,60"}
	for id := 7; id < 20; id++ {
		expect = append(expect, fmt.Sprintf("%d,%d", id, id))
	}
	all := strings.Join(expect, " ")
	want(t, "own rows", c.all(table), all)
	c.commit()
	want(t, "rows", w.all(table), all)
	w.consistent(table)
	w.restart()
	want(t, "rows after a restart", w.all(table), all)
	w.consistent(table)
}

// TestLargeTransactionIsLogged reads from the change log what was published.
func TestLargeTransactionIsLogged(t *testing.T) {
	w := newSpillingWorld(t)
	a, b := w.table(accounts), w.table(shape{name: "b", columns: "id int8, n int8", primary: "id"})
	w.do(func(c *client) { c.insert(a, 1, "one", 1); c.insert(a, 2, "two", 2) })
	from := w.store.Applied()
	published := w.changes(func(c *client) {
		c.update(a, "v", "x", "id", "1")
		c.insert(b, 1, 1)
		c.delete(a, "id", "2")
		c.insert(a, 3, "three", 3)
		c.update(a, "v", "y", "id", "1")
	})
	var logged []string
	_, err := w.store.ReadChanges(t.Context(), from, func(cs *ChangeSet) error {
		logged = append(logged, describe(cs))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want(t, "log", strings.Join(logged, "; "), published)
	for _, part := range []string{"1,one,1>1,y,1", "-2,two,2", "+3,three,3", "+1,1"} {
		if !strings.Contains(published, part) {
			t.Errorf("published %s: no %s", published, part)
		}
	}
}

// TestLargeTransactionTruncates empties a table whose rows lie in files.
func TestLargeTransactionTruncates(t *testing.T) {
	w := newSpillingWorld(t)
	a := w.table(accounts)
	w.do(func(c *client) { c.insert(a, 1, "one", 1) })
	published := w.changes(func(c *client) {
		for id := 10; id < 20; id++ {
			c.insert(a, id, "v", id)
		}
		if err := c.tx.Truncate(t.Context(), a, "", true); err != nil {
			t.Fatal(err)
		}
		c.insert(a, 5, "five", 5)
	})
	want(t, "changes", published, "-1,one,1!truncate +5,five,5")
	want(t, "rows", w.all(a), "5,five,5")
	w.consistent(a)
}

// TestTooLargeToTell says of a commit that is too large which tables it has changed, and no
// more, to those who watch and to those who read the log.
func TestTooLargeToTell(t *testing.T) {
	w := newSpillingWorld(t)
	w.entry = 200
	w.restart()
	a, b := w.table(accounts), w.table(shape{name: "b", columns: "id int8", primary: "id"})
	from := w.store.Applied()
	c := w.beginWith(TxOptions{Sync: true})
	for id := range 20 {
		c.insert(a, id, "value", id)
	}
	c.insert(b, 1)
	w.publications(from)
	list := w.publications(w.commit(c.tx))
	last := list[len(list)-1]
	published := describe(last)
	if published != "+1" || !slices.Equal(last.Untold, []catalog.OID{a.OID}) {
		t.Errorf("published %q, untold %v, want +1 and %d", published, last.Untold, a.OID)
	}
	_, err := w.store.ReadChanges(t.Context(), from, func(cs *ChangeSet) error {
		slices.Sort(cs.Untold)
		if len(cs.Changes) > 0 || !slices.Equal(cs.Untold, []catalog.OID{a.OID, b.OID}) {
			t.Errorf("log: %s, untold %v", describe(cs), cs.Untold)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.consistent(a)
}

// TestLargeTransactionOnAFullDisk fails when there is no room for its files, and leaves
// others in peace.
func TestLargeTransactionOnAFullDisk(t *testing.T) {
	w := newSpillingWorld(t)
	a := w.table(accounts)
	w.do(func(c *client) { c.insert(a, 1, "one", 1) })
	w.fs.Inject(func(op storagetest.Op) error {
		if strings.Contains(op.Path, "loads") {
			return syscall.ENOSPC
		}
		return nil
	})
	c := w.begin(ReadCommitted)
	var err error
	for id := 10; id < 30 && err == nil; id++ {
		err = c.tryInsert(a, id, "more", id)
	}
	if err == nil {
		_, err = c.tx.Commit(t.Context())
	}
	wantError(t, err, "53100", "")
	c.tx.Rollback()
	want(t, "rows", w.all(a), "1,one,1")
	w.fs.Inject(nil)
	w.do(func(c *client) { c.insert(a, 2, "two", 2); c.insert(a, 3, "three", 3) })
	want(t, "rows", w.all(a), "1,one,1 2,two,2 3,three,3")
	w.consistent(a)
}

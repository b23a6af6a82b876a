package tables

import (
	"fmt"
	"testing"
)

// TestClaimedKeys has one transaction claim an interval of rising keys. Another that
// adds a key within it waits for its end, and then is a duplicate, or not; one
// below or above waits for nobody.
func TestClaimedKeys(t *testing.T) {
	for _, commits := range []bool{true, false} {
		t.Run(fmt.Sprint("commits=", commits), func(t *testing.T) {
			w := newWorld(t)
			p := w.table(people)
			w.do(func(c *client) { c.insert(p, 10, "ten", 0, 0) })
			many := w.begin(ReadCommitted)
			for id := range 100 {
				many.insert(p, 100+2*id, nil, nil, nil)
			}
			if len(many.tx.claims) != 1 {
				t.Fatalf("%d claims", len(many.tx.claims))
			}
			free := w.begin(ReadCommitted)
			free.insert(p, 5, nil, nil, nil)
			free.insert(p, 1000, nil, nil, nil)
			w.commit(free.tx)
			// Above what free has added there is another interval.
			many.insert(p, 1001, nil, nil, nil)
			many.insert(p, 1002, nil, nil, nil)

			taken, between := w.begin(ReadCommitted), w.begin(ReadCommitted)
			first := taken.waiting(func() error { return taken.tryInsert(p, 250, nil, nil, nil) })
			second := between.waiting(func() error { return between.tryInsert(p, 251, nil, nil, nil) })
			if commits {
				w.commit(many.tx)
				wantError(t, <-first, "23505", "p_pkey")
			} else {
				many.tx.Rollback()
				if err := <-first; err != nil {
					t.Error(err)
				}
			}
			if err := <-second; err != nil {
				t.Error(err)
			}
			taken.tx.Rollback()
			w.commit(between.tx)
			w.consistent(p)
			if k := between.tx.highestKey(p.OID); len(k.claims) != 0 {
				t.Errorf("%d claims are left", len(k.claims))
			}
		})
	}
}

// TestClaimsOfOneTransaction: what a transaction has claimed is no obstacle to itself,
// and no substitute for finding its own rows.
func TestClaimsOfOneTransaction(t *testing.T) {
	w := newWorld(t)
	p := w.table(people)
	c := w.begin(ReadCommitted)
	for id := range 50 {
		c.insert(p, id, nil, nil, nil)
	}
	wantError(t, c.tryInsert(p, 30, nil, nil, nil), "23505", "p_pkey") // its own
	mark := c.tx.Savepoint()
	c.insert(p, 60, nil, nil, nil)
	c.tx.RollbackTo(mark)
	c.insert(p, 60, nil, nil, nil)
	w.commit(c.tx)
	w.consistent(p)
}

// TestClaimsEndWithTheirSavepoint: keys that were claimed since a savepoint are free when
// that is returned to, for the lock with which others wait for them is given back.
func TestClaimsEndWithTheirSavepoint(t *testing.T) {
	w := newWorld(t)
	p := w.table(people)
	c := w.begin(ReadCommitted)
	mark := c.tx.Savepoint()
	for id := range 100 {
		c.insert(p, 2*id, nil, nil, nil)
	}
	if len(c.tx.claims) == 0 {
		t.Fatal("nothing is claimed")
	}
	c.tx.RollbackTo(mark)
	other := w.begin(ReadCommitted)
	other.insert(p, 99, nil, nil, nil)
	w.commit(other.tx)
	c.insert(p, 300, nil, nil, nil)
	w.commit(c.tx)
	w.consistent(p)
}

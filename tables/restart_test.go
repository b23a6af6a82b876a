package tables

import (
	"context"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
)

// TestRestartSequence: that a sequence begins anew is of the transaction until it commits, also
// when it returns to a savepoint and when its writes have gone to files.
func TestRestartSequence(t *testing.T) {
	for _, w := range []*world{newWorld(t), newSpillingWorld(t)} {
		seq := w.sequence(nil)
		table := w.table(shape{name: "c", columns: "id int8, n int8", primary: "id"})
		next := func(c *client, wanted int64) {
			t.Helper()
			if v, err := c.tx.NextVal(seq); err != nil || v != wanted {
				t.Fatalf("%d, want %d: %v", v, wanted, err)
			}
		}
		want(t, "first", w.next(seq), 1)
		undone := w.begin(ReadCommitted)
		undone.tx.RestartSequence(seq.OID, 100)
		next(undone, 100)
		undone.tx.Rollback()
		want(t, "after a rollback", w.next(seq), 2)

		c := w.begin(ReadCommitted)
		mark := c.tx.Savepoint()
		c.tx.RestartSequence(seq.OID, 200)
		next(c, 200)
		c.tx.RollbackTo(mark)
		c.tx.Release(mark)
		next(c, 3)
		c.tx.RestartSequence(seq.OID, 300)
		next(c, 300)
		for id := range 5 {
			c.insert(table, id, id)
		}
		next(c, 301)
		if err := c.tx.SetVal(seq, 310, true); err != nil {
			t.Fatal(err)
		}
		if last, _, called, err := c.tx.SequenceValue(seq); last != 310 || !called || err != nil {
			t.Fatal(last, called, err)
		}
		w.commit(c.tx)
		want(t, "after the commit", w.next(seq), 311)
		w.do(func(c *client) { c.tx.RestartSequence(seq.OID, 7) }) // and nothing else
		want(t, "alone", w.next(seq), 7)
		w.restart()
		want(t, "when the server has started again", w.next(seq), 8)
	}
}

// TestRestartSequencePrepared: a new beginning waits with a prepared transaction, over a loss
// of power, and others wait for it.
func TestRestartSequencePrepared(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	seq := w.sequence(nil)
	want(t, "first", w.next(seq), 1)
	w.prepared("yes", func(c *client) {
		if err := c.tx.LockSequenceToAlter(ctx, seq.OID); err != nil {
			t.Fatal(err)
		}
		c.tx.RestartSequence(seq.OID, 50)
	})
	w = w.crash()
	seq = w.store.Catalog().Get(seq.OID).(*catalog.Sequence)
	reader := w.begin(ReadCommitted)
	if _, _, _, err := reader.tx.SequenceValue(seq); err != nil { // it is known from now on
		t.Fatal(err)
	}
	reader.tx.Rollback()
	other := w.beginWith(TxOptions{LockTimeout: 1})
	wantError(t, other.tx.LockSequence(ctx, seq.OID), "55P03", "canceling statement due to lock timeout")
	other.tx.Rollback()
	if err := w.store.CommitPrepared(ctx, "yes", anybody); err != nil {
		t.Fatal(err)
	}
	want(t, "after the commit", w.next(seq), 50)
}

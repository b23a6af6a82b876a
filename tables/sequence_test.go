package tables

import (
	"context"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// sequence makes a sequence with PostgreSQL's defaults, but for what f changes.
func (w *world) sequence(f func(*catalog.Sequence)) *catalog.Sequence {
	w.t.Helper()
	tx := w.store.Begin(TxOptions{})
	defer tx.Rollback()
	seq := makeSequence(w.t, tx, f)
	w.commit(tx)
	return seq
}

func makeSequence(t testing.TB, tx *Tx, f func(*catalog.Sequence)) *catalog.Sequence {
	e, err := tx.Edit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	seq := &catalog.Sequence{OID: e.NewOID(), Name: "s", Schema: catalog.SchemaPublic, Type: catalog.TypeRef{Type: types.Int8}, Start: 1, Increment: 1, Min: 1, Max: math.MaxInt64, Cache: 1}
	if f != nil {
		f(seq)
	}
	tx.PutObject(seq)
	return seq
}

func (w *world) next(seq *catalog.Sequence) int64 {
	w.t.Helper()
	tx := w.store.Begin(TxOptions{})
	defer tx.Rollback()
	v, err := tx.NextVal(seq)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// TestSequence counts outside transactions, across its reservations, and without
// a gap across a stop in good order.
func TestSequence(t *testing.T) {
	w := newWorld(t)
	seq := w.sequence(nil)
	for i := range int64(100) {
		want(t, "value", w.next(seq), i+1)
	}
	w.restart()
	want(t, "after a restart", w.next(seq), 101)
	c := w.begin(ReadCommitted)
	if err := c.tx.SetVal(seq, 7, false); err != nil {
		t.Fatal(err)
	}
	want(t, "after setval", w.next(seq), 7)
	if err := c.tx.SetVal(seq, 500, true); err != nil {
		t.Fatal(err)
	}
	c.tx.Rollback() // takes nothing back
	want(t, "after setval", w.next(seq), 501)
	w.restart()
	want(t, "after a restart", w.next(seq), 502)
}

// TestSequenceAfterCrash skips at most what was reserved, twice as many where the
// first have gone at once, and gives no value twice that was told.
func TestSequenceAfterCrash(t *testing.T) {
	w := newWorld(t)
	seq := w.sequence(nil)
	tx := w.store.Begin(TxOptions{})
	last := int64(0)
	for range 40 {
		v, err := tx.NextVal(seq)
		if err != nil {
			t.Fatal(err)
		}
		last = v
	}
	// The session tells no value before this is durable.
	if tx.SnapshotSeq() == 0 {
		t.Error("the values do not wait for the disk")
	}
	if err := w.store.WaitDurable(context.Background(), tx.SnapshotSeq()); err != nil {
		t.Fatal(err)
	}
	tx.Rollback()
	crashed := w.crash()
	if v := crashed.next(seq); v <= last || v > last+2*sequenceAhead {
		t.Errorf("after %d came %d", last, v)
	}
}

// TestSequenceLimits ends with 2200H, or goes round.
func TestSequenceLimits(t *testing.T) {
	w := newWorld(t)
	all := func(seq *catalog.Sequence, n int) (list []int64) {
		for range n {
			list = append(list, w.next(seq))
		}
		return list
	}
	up := w.sequence(func(s *catalog.Sequence) { s.Name, s.Max, s.Increment = "up", 10, 4 })
	if got := all(up, 3); !slices.Equal(got, []int64{1, 5, 9}) {
		t.Error(got)
	}
	tx := w.store.Begin(TxOptions{})
	for range 2 {
		_, err := tx.NextVal(up)
		wantError(t, err, "2200H", `nextval: reached maximum value of sequence "up" (10)`)
	}
	down := w.sequence(func(s *catalog.Sequence) { s.Name, s.Start, s.Increment, s.Min, s.Max = "down", -1, -1, -3, -1 })
	if got := all(down, 3); !slices.Equal(got, []int64{-1, -2, -3}) {
		t.Error(got)
	}
	_, err := tx.NextVal(down)
	wantError(t, err, "2200H", `nextval: reached minimum value of sequence "down" (-3)`)
	round := w.sequence(func(s *catalog.Sequence) { s.Name, s.Start, s.Max, s.Cycle = "round", 2, 3, true })
	if got := all(round, 6); !slices.Equal(got, []int64{2, 3, 1, 2, 3, 1}) {
		t.Error(got)
	}
	edge := w.sequence(func(s *catalog.Sequence) { s.Name, s.Start = "edge", math.MaxInt64-1 })
	if got := all(edge, 2); !slices.Equal(got, []int64{math.MaxInt64 - 1, math.MaxInt64}) {
		t.Error(got)
	}
	_, err = tx.NextVal(edge)
	wantError(t, err, "2200H", "reached maximum value")
}

// TestSequenceRolledBack leaves nothing to a sequence made later.
func TestSequenceRolledBack(t *testing.T) {
	w := newWorld(t)
	for range 2 {
		tx := w.store.Begin(TxOptions{})
		seq := makeSequence(t, tx, nil)
		for range 5 {
			if _, err := tx.NextVal(seq); err != nil {
				t.Fatal(err)
			}
		}
		tx.Rollback()
		again := w.sequence(func(s *catalog.Sequence) { s.Name = seq.Name + "2" })
		want(t, "first value", w.next(again), 1)
		tx = w.store.Begin(TxOptions{})
		if _, err := tx.Edit(context.Background()); err != nil {
			t.Fatal(err)
		}
		tx.DropObject(again.OID)
		w.commit(tx)
		w.restart()
		if later := w.sequence(nil); later.OID <= again.OID {
			t.Errorf("OID %d after %d was given", later.OID, again.OID)
		} else {
			want(t, "first value", w.next(later), 1)
		}
		tx = w.store.Begin(TxOptions{})
		tx.Edit(context.Background())
		tx.DropObject(w.store.Catalog().Relation(catalog.SchemaPublic, "s").ObjectOID())
		w.commit(tx)
	}
}

// TestSequenceTogether gives each value once.
func TestSequenceTogether(t *testing.T) {
	w := newWorld(t)
	seq := w.sequence(nil)
	var mu sync.Mutex
	seen := map[int64]bool{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			tx := w.store.Begin(TxOptions{})
			defer tx.Rollback()
			for range 200 {
				v, err := tx.NextVal(seq)
				mu.Lock()
				if err != nil || seen[v] || v < 1 || v > 800 {
					t.Errorf("value %d, %v", v, err)
				}
				seen[v] = true
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	want(t, "values", len(seen), 800)
}

package tables

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/storage/storagetest"
)

// crash is a world that starts on what a loss of power now would leave.
func (w *world) crash() *world {
	w.t.Helper()
	c := &world{t: w.t, fs: w.fs.Crash()}
	c.mu.now = w.now()
	c.mu.arrived = make(chan struct{})
	c.open()
	w.t.Cleanup(func() { _ = c.store.Close() })
	return c
}

// TestFailedSync tells the committer 58030, publishes nothing, and leaves a store
// that can be read and not written.
func TestFailedSync(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	table := w.counters()
	w.publications(w.store.Applied())
	w.fs.Inject(func(o storagetest.Op) error {
		if o.Sync {
			return errors.New("input/output error")
		}
		return nil
	})
	c := w.beginWith(TxOptions{Sync: true})
	c.add(table, "1")
	_, err := c.tx.Commit(ctx)
	e := wantError(t, err, "58030", "read-only after a failed write to disk")
	want(t, "hint", e.Hint, "Restart the server once the disk is in order.")
	c = w.beginWith(TxOptions{Sync: true})
	c.add(table, "2")
	_, err = c.tx.Commit(ctx)
	wantError(t, err, "58030", "read-only")
	_, err = w.begin(ReadCommitted).tx.NextVal(&catalog.Sequence{OID: 1, Start: 1, Increment: 1, Max: 10})
	wantError(t, err, "58030", "read-only")
	want(t, "published", len(w.mu.published), 0)
	want(t, "rows read", len(strings.Fields(w.all(table))), 4)
	w.fs.Inject(nil)
	after := w.crash()
	want(t, "rows after the restart", after.all(table), "0,0 1,10 2,20 3,30")
	after.consistent(table)
}

// TestPowerCut keeps every commit that was told, in order, and of the others a
// beginning.
func TestPowerCut(t *testing.T) {
	w := newWorld(t)
	table := w.table(shape{name: "c", columns: "id int8, n int8", primary: "id", index: []string{"n"}, unique: []string{"n"}})
	for id := range 10 {
		w.do(func(c *client) { c.insert(table, id, id); c.insert(table, 1000+id, 1000+id) })
	}
	held := w.holdSyncs()
	for id := range 10 {
		c := w.begin(ReadCommitted)
		c.insert(table, 10+id, 10+id)
		c.insert(table, 1010+id, 1010+id)
		if _, err := c.tx.Commit(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	held.release()
	after := w.crash()
	rows := strings.Fields(after.all(table))
	survived := len(rows) / 2
	if survived < 10 {
		t.Errorf("%d of 10 durable commits survived", survived)
	}
	for id := range survived {
		want(t, "row", rows[id], fmt.Sprintf("%d,%d", id, id))
		want(t, "its other half", rows[survived+id], fmt.Sprintf("%d,%d", 1000+id, 1000+id))
	}
	after.consistent(table)
	want(t, "change log and rows", after.replayed(table), after.all(table))
}

// TestCrashAtEveryOperation cuts the power before each operation of the file
// system in turn: what was told is there, what is there is whole, and the store
// works.
func TestCrashAtEveryOperation(t *testing.T) {
	for at := 0; ; at++ {
		w := newWorld(t)
		table := w.counters()
		count := 0
		var told []string
		w.fs.Inject(func(o storagetest.Op) error {
			if o.Write {
				if count++; count > at {
					return errors.New("the power is off")
				}
			}
			return nil
		})
		failed := false
		for id := range 4 {
			c := w.beginWith(TxOptions{Sync: true})
			if c.tryInsert(table, 100+id, id) != nil || c.tryInsert(table, 200+id, id) != nil {
				break
			}
			if _, err := c.tx.Commit(context.Background()); err != nil {
				failed = true
				break
			}
			told = append(told, fmt.Sprintf("%d,%d", 100+id, id), fmt.Sprintf("%d,%d", 200+id, id))
		}
		w.fs.Inject(nil)
		after := w.crash()
		rows := " " + after.all(table) + " "
		for _, row := range told {
			if !strings.Contains(rows, " "+row+" ") {
				t.Errorf("power cut at operation %d: %s was told and is lost", at, row)
			}
		}
		if strings.Count(rows, " 1") != strings.Count(rows, " 2") { // with rows 1 and 2 of counters
			t.Errorf("power cut at operation %d: half a commit is there: %s", at, rows)
		}
		after.consistent(table)
		want(t, "change log and rows", after.replayed(table), after.all(table))
		after.do(func(c *client) { c.insert(table, 999, 0) })
		if !failed {
			break
		}
	}
}

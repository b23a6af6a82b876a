package live

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
)

// TestLargeCommit: of a commit with thousands of rows only the stored form is kept until
// somebody watches their table. The result is that of many small ones.
func TestLargeCommit(t *testing.T) { testLargeCommit(t, 0) }

// TestLargeCommitInFiles: what lies in files is told from the change log.
func TestLargeCommitInFiles(t *testing.T) { testLargeCommit(t, 100<<10) }

func testLargeCommit(t *testing.T, spill int64) {
	const rows = 6000
	w := newWorld(t, HubOptions{Evaluate: evaluateNothing})
	w.spill = spill
	place := w.create("place", false, true)
	w.commit(func(tx *tables.Tx) { w.insert(tx, place, "", row(1, "a", "here", 0)) })
	c := w.client()
	c.subscribe(request("some", w.message, operator("=", col(w.message, "room"), text("a")), "id", "body"))
	c.subscribe(w.joined("joined", 5))
	c.take()
	w.commit(func(tx *tables.Tx) {
		for i := range int64(rows) {
			w.insert(tx, w.message, "", row(i, string(rune('a'+i%2)), fmt.Sprint("x", i), i%10))
			w.insert(tx, place, "", row(i+2, "nowhere", "", 0))
		}
		// Rows of the end once more, and one that goes again.
		w.update(tx, w.message, "", row(rows-2, "a", fmt.Sprint("x", rows-2), 8), row(rows-2, "a", "changed", 8))
		w.remove(tx, w.message, "", row(rows-4, "a", fmt.Sprint("x", rows-4), 6))
	})
	c.take()
	if len(c.state["some"]) != rows/2-1 || len(c.state["joined"]) != 0 {
		t.Fatalf("%d and %d rows", len(c.state["some"]), len(c.state["joined"]))
	}
	last := fmt.Sprintf(`{"id":"%d","body":"changed"}`, rows-2)
	if c.state["some"][last] != 1 {
		t.Errorf("%s is not among the rows", last)
	}
	w.commit(func(tx *tables.Tx) {
		w.update(tx, w.message, "", row(4, "a", "x4", 4), row(4, "a", "x4", 5))
	})
	c.take()
	if len(c.state["joined"]) != 1 {
		t.Errorf("%d joined rows", len(c.state["joined"]))
	}
}

// TestTruncateOfMany: while nobody watches, a table with many rows is emptied without a
// word about each, and a cursor from before is answered with a snapshot. Who watches is
// told of every row.
func TestTruncateOfMany(t *testing.T) {
	const rows = 11_000
	w := newWorld(t, HubOptions{})
	place := w.create("place", false, true)
	truncate := func() {
		w.commit(func(tx *tables.Tx) {
			if err := tx.LockTable(bg, place.OID, tables.AccessExclusiveMode, false); err != nil {
				t.Fatal(err)
			}
			if err := tx.Truncate(bg, place, "", true); err != nil {
				t.Fatal(err)
			}
			w.insert(tx, place, "", row(7, "a", "after", 0))
		})
	}
	fill := func() storage.Seq {
		return w.commit(func(tx *tables.Tx) {
			for i := range int64(rows) {
				if i != 7 {
					w.insert(tx, place, "", row(i, "a", "x", i))
				}
			}
		})
	}
	before := fill()
	truncate()
	c := w.client()
	req := request("s", place, nil, "id", "body")
	req.Options.From = EncodeCursor(w.store.Epoch(), before)
	if c.subscribe(req).Resumed() {
		t.Error("resumed across it")
	}
	if len(c.state["s"]) != 1 {
		t.Errorf("%d rows", len(c.state["s"]))
	}
	fill()
	c.take()
	if len(c.state["s"]) != rows {
		t.Errorf("%d rows", len(c.state["s"]))
	}
	c.events = nil
	truncate()
	c.take()
	if len(c.state["s"]) != 1 || c.ended["s"] != nil || len(c.events) != 1 {
		t.Errorf("%d rows, %d events, end %v", len(c.state["s"]), len(c.events), c.ended["s"])
	}
}

// TestTooLargeToTell: live queries over a table end with a commit that has changed too much
// of it to be told, others go on, and no cursor leads across.
func TestTooLargeToTell(t *testing.T) {
	w := newWorld(t, HubOptions{})
	w.spill = 100 << 10
	place := w.create("place", false, true)
	w.commit(func(tx *tables.Tx) { w.insert(tx, place, "", row(-1, "a", "here", 0)) })
	before := w.store.Applied()
	c := w.client()
	c.subscribe(request("place", place, nil, "id", "body"))
	c.subscribe(request("message", w.message, nil, "id", "body"))
	c.take()
	w.commit(func(tx *tables.Tx) {
		for i := range int64(longestEntry / 200) {
			w.insert(tx, place, "", row(i, "a", strings.Repeat("x", 200), i))
		}
		w.insert(tx, w.message, "", row(1, "a", "beside", 0))
	})
	c.take()
	if end := c.ended["place"]; end == nil || end.Reason != ReasonTableAltered || !strings.Contains(end.Message, "too large") {
		t.Errorf("end %v", end)
	}
	if c.ended["message"] != nil || len(c.state["message"]) != 1 {
		t.Errorf("end %v, %d rows", c.ended["message"], len(c.state["message"]))
	}
	late := w.client()
	for _, table := range []*catalog.Table{place, w.message} {
		req := request(table.Name, table, nil, "id", "body")
		req.Options.From = EncodeCursor(w.store.Epoch(), before)
		if late.subscribe(req).Resumed() {
			t.Errorf("%s is resumed across it", table.Name)
		}
	}
	if n := len(late.state["place"]); n != longestEntry/200+1 {
		t.Errorf("%d rows", n)
	}
}

package tables

import (
	"testing"

	"github.com/kalamsql/kalamsql/sql/types"
)

// TestSeen: a statement has seen the commits that what it has read can come from, and
// not those that it could only have met.
func TestSeen(t *testing.T) {
	w := newWorld(t)
	table := w.table(shape{name: "t", columns: "id int4, v text", primary: "id", index: []string{"v"}})
	other := w.table(shape{name: "other", columns: "id int4", primary: "id"})
	w.do(func(c *client) {
		for id := range 5 {
			c.insert(table, id, "old")
		}
		c.insert(other, 1)
	})
	c := w.begin(ReadCommitted)
	c.update(table, "v", "new", "id", "1")
	c.delete(table, "id", "2")
	seq := w.commit(c.tx)
	point := func(id int64) Scan {
		return Scan{Table: table, Index: table.Indexes[0], Ranges: []Range{{Prefix: []types.Datum{types.Int(id)}}}}
	}
	for _, read := range []struct {
		what string
		scan Scan
		rows string
		seen bool
	}{
		{"a row that it has not written", point(3), "3,old", false},
		{"a row that it has written", point(1), "1,new", true},
		{"a row that it has removed", point(2), "", true},
		{"a key that nobody has written", point(77), "", false},
		{"several keys", Scan{Table: table, Index: table.Indexes[0], Ranges: []Range{point(3).Ranges[0], point(1).Ranges[0]}}, "3,old 1,new", true},
		{"a range that it has not touched", Scan{Table: table, Index: table.Indexes[0], Ranges: []Range{{Low: &Bound{types.Int(3), true}}}}, "3,old 4,old", true},
		{"entries of an index", Scan{Table: table, Index: table.Indexes[1], Ranges: []Range{{Prefix: []types.Datum{types.String("old")}}}}, "0,old 3,old 4,old", true},
		{"another table", Scan{Table: other}, "1", false},
	} {
		c := w.begin(ReadCommitted)
		want(t, read.what, c.rows(read.scan), read.rows)
		if seen := c.tx.Seen() >= seq; seen != read.seen {
			t.Errorf("%s: seen %v, want %v (%d of %d)", read.what, seen, read.seen, c.tx.Seen(), seq)
		}
		if c.tx.SnapshotSeq() < seq {
			t.Errorf("%s: the snapshot is as of %d, want %d at least", read.what, c.tx.SnapshotSeq(), seq)
		}
		c.tx.Rollback()
	}
	// What a statement does with a row that has changed since comes from who changed it.
	late := w.begin(ReadCommitted)
	late.tx.StartStatement()
	late.tx.view()
	c = w.begin(ReadCommitted)
	c.update(table, "v", "newer", "id", "3")
	seq = w.commit(c.tx)
	late.update(table, "v", "newest", "id", "3")
	if late.tx.Seen() < seq {
		t.Errorf("an update of a changed row has seen %d, want %d", late.tx.Seen(), seq)
	}
	// Definitions concern everyone.
	w.table(shape{name: "third", columns: "id int4", primary: "id"})
	made := w.store.engine.Applied()
	c = w.begin(ReadCommitted)
	c.rows(point(4))
	if c.tx.Seen() < made {
		t.Errorf("seen %d, want the definition at %d", c.tx.Seen(), made)
	}
}

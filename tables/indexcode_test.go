package tables

import "testing"

// TestIndexCodeGoes has what is kept of indexes go with the table, and nothing be kept of
// those that were never committed.
func TestIndexCodeGoes(t *testing.T) {
	w := newWorld(t)
	kept := func() (n int) {
		w.store.indexes.kept.Range(func(any, any) bool { n++; return true })
		return n
	}
	p := w.table(people)
	w.do(func(c *client) { c.insert(p, 1, "x", 1, 2) })
	if kept() == 0 {
		t.Fatal("nothing is kept of indexes in use")
	}
	w.do(func(c *client) {
		if _, err := c.tx.Edit(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.tx.DropObject(p.OID)
	})
	want(t, "kept after the drop", kept(), 0)

	c := w.begin(ReadCommitted)
	e, err := c.tx.Edit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	own := people.describe(t, e)
	c.tx.PutObject(own)
	c.insert(own, 1, "x", 1, 2)
	c.tx.Rollback()
	want(t, "kept after the rollback", kept(), 0)
}

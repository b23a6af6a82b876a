package tables

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr/inverted"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/keys"
)

// tagged makes a table of rows with tags, which have a GIN index.
func (w *world) tagged() (*catalog.Table, *catalog.Index) {
	w.t.Helper()
	table := w.table(shape{name: "tagged", columns: "id int4, tags _int4", primary: "id"})
	c, e := w.ddl()
	index := &catalog.Index{OID: e.NewOID(), Name: "tags", Method: "gin", Keys: []catalog.IndexKey{{Column: 2}}}
	changed := table.Clone()
	changed.Indexes = append(changed.Indexes, index)
	c.tx.PutObject(changed)
	if err := c.tx.BuildIndex(context.Background(), changed, index); err != nil {
		w.t.Fatal(err)
	}
	w.commit(c.tx)
	return w.store.Catalog().Table(table.OID), index
}

// found are the rows with a tag.
func (c *client) found(table *catalog.Table, index *catalog.Index, op, tags string) string {
	c.t.Helper()
	class := inverted.Of("gin", 0, types.Int4.Array)
	v, err := types.Int4.Array.Input(tags, types.NoTypmod, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	q, err := class.Query(nil, op, types.Int4.Array, v)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.rows(Scan{Table: table, Index: index, Search: q})
}

// TestInvertedScan reads what a transaction sees, its own writes among it, in order.
func TestInvertedScan(t *testing.T) {
	for _, make := range []func(testing.TB) *world{newWorld, newSpillingWorld} {
		w := make(t)
		table, index := w.tagged()
		w.do(func(c *client) {
			for i := range 200 {
				c.insert(table, i, fmt.Sprintf("{%d,%d,99}", i%50, i%7))
			}
		})
		old := w.begin(RepeatableRead)
		want(t, "rows", old.found(table, index, "@>", "{3,6}"), "153,{3,6,99}")
		c := w.begin(ReadCommitted)
		c.update(table, "tags", "{3,6}", "id", "7")
		c.delete(table, "id", "153")
		c.insert(table, 300, "{6,3,3}")
		want(t, "rows", c.found(table, index, "@>", "{3,6}"), "7,{3,6} 300,{6,3,3}")
		want(t, "rows", c.found(table, index, "&&", "{1000}"), "")
		m := c.tx.Savepoint()
		c.delete(table, "id", "7")
		want(t, "rows", c.found(table, index, "@>", "{3,6}"), "300,{6,3,3}")
		c.tx.RollbackTo(m)
		want(t, "rows", c.found(table, index, "@>", "{3,6}"), "7,{3,6} 300,{6,3,3}")
		want(t, "rows", strings.Count(c.found(table, index, "@>", "{99}"), ",99}"), 198)
		w.commit(c.tx)
		want(t, "rows", old.found(table, index, "@>", "{3,6}"), "153,{3,6,99}")
		old.tx.Rollback()
		w.restart()
		table = w.store.Catalog().Table(table.OID)
		want(t, "rows", w.begin(ReadCommitted).found(table, index, "@>", "{3,6}"), "7,{3,6} 300,{6,3,3}")
	}
}

// TestInvertedPhantom: a serializable transaction that looked for a key in vain does not commit beside
// one that has given a row the key.
func TestInvertedPhantom(t *testing.T) {
	w := newWorld(t)
	table, index := w.tagged()
	w.do(func(c *client) { c.insert(table, 1, "{1}") })
	a, b := w.begin(Serializable), w.begin(Serializable)
	want(t, "rows", a.found(table, index, "@>", "{5}")+b.found(table, index, "@>", "{6}"), "")
	a.insert(table, 2, "{6}")
	b.insert(table, 3, "{5}")
	w.commit(a.tx)
	if _, err := b.tx.Commit(context.Background()); err == nil {
		t.Error("both have committed")
	}
	a, b = w.begin(Serializable), w.begin(Serializable)
	want(t, "rows", a.found(table, index, "@>", "{5}")+b.found(table, index, "@>", "{7}"), "")
	a.insert(table, 4, "{8}")
	b.insert(table, 5, "{9}")
	w.commit(a.tx)
	w.commit(b.tx)
}

// TestInvertedEntriesVerified: an entry that is missing and one that is too many are found.
func TestInvertedEntriesVerified(t *testing.T) {
	w := newWorld(t)
	table, index := w.tagged()
	w.do(func(c *client) {
		c.insert(table, 1, "{1,2}")
		c.insert(table, 2, "{}")
		c.insert(table, 3, nil)
	})
	problems := func() string {
		v, err := w.store.Verify(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(v.Problems, "\n")
	}
	want(t, "problems", problems(), "")
	entry := func(tag int, row string) []byte {
		key := inverted.Of("gin", 0, types.Int4.Array).Keys(types.ArrayDatum(types.Int4, []types.Datum{types.Int(int64(tag))}))[0]
		return append(appendInvertedKey(keys.SlicePrefix(table, index.OID, ""), index, 0, key, true), row...)
	}
	row := string(w.store.Begin(TxOptions{}).rowKey(table, "", values(t, table, 1, nil))[len(keys.SlicePrefix(table, 0, "")):])
	change := func(f func(b *storage.Batch)) {
		b := w.store.engine.NewBatch()
		defer b.Close()
		f(b)
		if _, err := w.store.engine.Commit(b, unchanged, storage.CommitOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	change(func(b *storage.Batch) { b.Delete(entry(1, row)) })
	if got := problems(); !strings.Contains(got, "has no entry") {
		t.Errorf("a missing entry: %q", got)
	}
	change(func(b *storage.Batch) { b.Set(entry(1, row), anEntry); b.Set(entry(7, row), anEntry) })
	if got := problems(); !strings.Contains(got, "has no key for the entry") || strings.Contains(got, "has no entry") {
		t.Errorf("an entry too many: %q", got)
	}
	change(func(b *storage.Batch) { b.Delete(entry(7, row)); b.Set(entry(7, "nowhere"), anEntry) })
	if got := problems(); !strings.Contains(got, "leads to no row") {
		t.Errorf("an entry without a row: %q", got)
	}
}

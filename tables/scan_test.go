package tables

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/keys"
)

// consistent checks that every index of a table has exactly one entry per row,
// leads to the rows in its order, and the other way round when read in reverse.
func (w *world) consistent(table *catalog.Table) {
	w.t.Helper()
	c := w.begin(RepeatableRead)
	defer c.tx.Rollback()
	c.consistent(table)
	snap := w.store.engine.Snapshot()
	defer snap.Close()
	count := func(prefix []byte) (n int) {
		it := snap.NewIter(prefix, keys.End(prefix))
		defer it.Close()
		for ok := it.First(); ok; ok = it.Next() {
			n++
		}
		return n
	}
	rows := count(keys.IndexPrefix(table, 0))
	for _, index := range table.Indexes {
		if n := count(keys.IndexPrefix(table, index.OID)); !index.Primary && n != rows {
			w.t.Errorf("index %s has %d entries for %d rows", index.Name, n, rows)
		}
	}
}

// consistent is the same for what a transaction sees of one slice.
func (c *client) consistent(table *catalog.Table) {
	c.t.Helper()
	all := strings.Fields(c.all(table))
	slices.Sort(all)
	for _, index := range table.Indexes {
		list := c.read(Scan{Table: table, Index: index})
		if !slices.IsSortedFunc(list, func(a, b types.Row) int { return compareKeys(table, index, a, b) }) {
			c.t.Errorf("index %s is not in order", index.Name)
		}
		texts := showAll(table, list)
		reversed := showAll(table, c.read(Scan{Table: table, Index: index, Reverse: true}))
		slices.Reverse(reversed)
		if !slices.Equal(texts, reversed) {
			c.t.Errorf("index %s reads %v forwards and %v backwards", index.Name, texts, reversed)
		}
		c.covers(table, index)
		slices.Sort(texts)
		if !slices.Equal(texts, all) {
			c.t.Errorf("index %s leads to %v, the table has %v", index.Name, texts, all)
		}
	}
}

// covers checks that the entries of an index have what the rows have that they lead to.
func (c *client) covers(table *catalog.Table, index *catalog.Index) {
	c.t.Helper()
	if index.Primary {
		return
	}
	s := Scan{Table: table, Index: index, Need: make([]bool, len(table.Columns)), NoVersion: true, NoKeys: true}
	for _, list := range table.Covering(index) {
		for _, k := range list {
			s.Need[table.Ordinal(k.Column)] = true
		}
	}
	for _, s.Reverse = range []bool{false, true} {
		s.IndexOnly = false
		rows := showAll(table, c.read(s))
		s.IndexOnly = true
		if entries := showAll(table, c.read(s)); !slices.Equal(entries, rows) {
			c.t.Errorf("index %s has %v, the rows that it leads to %v", index.Name, entries, rows)
		}
	}
}

func (c *client) read(s Scan) (list []types.Row) {
	c.t.Helper()
	c.tx.StartStatement()
	s.User = c.user
	cursor, err := c.tx.Scan(context.Background(), s)
	if err != nil {
		c.t.Fatal(err)
	}
	defer cursor.Close()
	for cursor.Next() {
		list = append(list, cursor.Row().Clone())
	}
	if cursor.Err() != nil {
		c.t.Fatal(cursor.Err())
	}
	return list
}

func showAll(table *catalog.Table, rows []types.Row) (list []string) {
	for _, r := range rows {
		list = append(list, show(table, r))
	}
	return list
}

// compareKeys orders rows as an index does.
func compareKeys(table *catalog.Table, index *catalog.Index, a, b types.Row) int {
	for _, k := range index.Keys {
		at := table.Ordinal(k.Column)
		c := 0
		switch x, y := a[at], b[at]; {
		case x.IsNull() && y.IsNull():
			continue
		case x.IsNull() || y.IsNull():
			c = 1
			if x.IsNull() == k.NullsFirst {
				c = -1
			}
		default:
			if c = table.Columns[at].Type.Compare(x, y); k.Desc {
				c = -c
			}
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// TestRanges compares random range scans, in both directions and with the
// transaction's own writes on top, with a filter over the table.
func TestRanges(t *testing.T) {
	w := newWorld(t)
	table := w.table(shape{name: "r", columns: "id int4, a int4, b text", primary: "id", index: []string{"a", "a desc", "a nulls first", "b desc a", "a b"}})
	r := rand.New(rand.NewPCG(3, 4))
	random := func(id int) []any {
		var a, b any = r.IntN(8), string(rune('a' + r.IntN(3)))
		if r.IntN(5) == 0 {
			a = nil
		}
		if r.IntN(5) == 0 {
			b = nil
		}
		return []any{id, a, b}
	}
	w.do(func(c *client) {
		for id := range 40 {
			c.insert(table, random(id)...)
		}
	})
	c := w.begin(ReadCommitted)
	for round := range 300 {
		switch r.IntN(6) {
		case 0:
			_ = c.tryInsert(table, random(r.IntN(60))...)
		case 1:
			c.delete(table, "id", fmt.Sprint(r.IntN(60)))
		case 2:
			c.update(table, "a", fmt.Sprint(r.IntN(8)), "id", fmt.Sprint(r.IntN(60)))
		case 3:
			c.tryUpdate(table, "id", fmt.Sprint(r.IntN(60)), "id", fmt.Sprint(r.IntN(60)))
		}
		index := table.Indexes[r.IntN(len(table.Indexes))]
		value := func(at int) types.Datum {
			column := table.Columns[table.Ordinal(index.Keys[at].Column)]
			if column.Type.Type == types.Text {
				return types.String(string(rune('a' + r.IntN(3))))
			}
			return types.Int(int64(r.IntN(10) - 1))
		}
		var rng Range
		for range r.IntN(len(index.Keys)) {
			rng.Prefix = append(rng.Prefix, value(len(rng.Prefix)))
		}
		at := len(rng.Prefix)
		if r.IntN(3) > 0 {
			rng.Low = &Bound{value(at), r.IntN(2) == 0}
		}
		if r.IntN(3) > 0 {
			rng.High = &Bound{value(at), r.IntN(2) == 0}
		}
		var expected []types.Row
		for _, row := range c.read(Scan{Table: table}) {
			if inRange(table, index, rng, row) {
				expected = append(expected, row)
			}
		}
		slices.SortStableFunc(expected, func(a, b types.Row) int { return compareKeys(table, index, a, b) })
		got := c.read(Scan{Table: table, Index: index, Ranges: []Range{rng}})
		if g, e := showAll(table, got), showAll(table, expected); !slices.Equal(g, e) {
			t.Fatalf("round %d, index %s, %+v: got %v, want %v", round, index.Name, rng, g, e)
		}
		back := c.read(Scan{Table: table, Index: index, Ranges: []Range{rng}, Reverse: true})
		slices.Reverse(back)
		if g, e := showAll(table, back), showAll(table, got); !slices.Equal(g, e) {
			t.Fatalf("round %d, index %s, %+v in reverse: got %v, want %v", round, index.Name, rng, g, e)
		}
	}
	c.consistent(table)
	w.commit(c.tx)
	w.consistent(table)
}

func inRange(table *catalog.Table, index *catalog.Index, r Range, row types.Row) bool {
	compare := func(at int, d types.Datum) (int, bool) {
		column := table.Ordinal(index.Keys[at].Column)
		if row[column].IsNull() {
			return 0, false
		}
		return table.Columns[column].Type.Compare(row[column], d), true
	}
	for i, d := range r.Prefix {
		if c, ok := compare(i, d); !ok || c != 0 {
			return false
		}
	}
	if r.Low != nil {
		if c, ok := compare(len(r.Prefix), r.Low.Value); !ok || c < 0 || c == 0 && !r.Low.Inclusive {
			return false
		}
	}
	if r.High != nil {
		if c, ok := compare(len(r.Prefix), r.High.Value); !ok || c > 0 || c == 0 && !r.High.Inclusive {
			return false
		}
	}
	return true
}

// TestSeveralRanges reads ranges one after the other, the last first in reverse.
func TestSeveralRanges(t *testing.T) {
	w := newWorld(t)
	table := w.table(shape{name: "r", columns: "id int4", primary: "id"})
	w.do(func(c *client) {
		for id := range 10 {
			c.insert(table, id)
		}
	})
	point := func(n int64) Range { return Range{Prefix: []types.Datum{types.Int(n)}} }
	s := Scan{Table: table, Index: table.Indexes[0], Ranges: []Range{point(2), {Low: &Bound{types.Int(4), true}, High: &Bound{types.Int(6), false}}, point(7), point(77)}}
	c := w.begin(ReadCommitted)
	want(t, "forwards", c.rows(s), "2 4 5 7")
	s.Reverse = true
	want(t, "backwards", c.rows(s), "7 5 4 2")
	s.Ranges = []Range{}
	want(t, "no ranges", c.rows(s), "")
}

// TestStatementDoesNotSeeItself has a scan not see what is written while it
// goes on, so that an UPDATE changes every row once.
func TestStatementDoesNotSeeItself(t *testing.T) {
	w := newWorld(t)
	table := w.table(shape{name: "h", columns: "id int4, v int4", primary: "id", index: []string{"v"}})
	c := w.begin(ReadCommitted)
	for id := range 5 {
		c.insert(table, id, 0)
	}
	n, err := c.modify(table, func(types.Row) bool { return true }, func(r types.Row) types.Row {
		return types.Row{types.Int(r[0].Int() + 100), types.Int(r[1].Int() + 1)}
	})
	if err != nil || n != 5 {
		t.Errorf("%d rows were updated: %v", n, err)
	}
	want(t, "rows", c.all(table), "100,1 101,1 102,1 103,1 104,1")
	c.consistent(table)
}

// TestCursorOutlivesStatement reads on what it saw when it was opened, though
// the transaction and others go on.
func TestCursorOutlivesStatement(t *testing.T) {
	w := newWorld(t)
	table := w.table(shape{name: "o", columns: "id int4", primary: "id"})
	w.do(func(c *client) { c.insert(table, 1); c.insert(table, 3) })
	c := w.begin(ReadCommitted)
	c.insert(table, 2)
	c.tx.StartStatement()
	cursor, err := c.tx.Scan(context.Background(), Scan{Table: table})
	if err != nil {
		t.Fatal(err)
	}
	c.delete(table, "id", "3")
	w.do(func(c *client) { c.insert(table, 4); c.delete(table, "id", "1") })
	c.insert(table, 5)
	want(t, "now", c.all(table), "2 4 5")
	var seen []string
	for cursor.Next() {
		seen = append(seen, show(table, cursor.Row()))
	}
	want(t, "then", strings.Join(seen, " "), "1 2 3")
	cursor.Close()
	cursor.Close()
	want(t, "error", cursor.Err(), nil)
}

// TestSlices has a user see and change the rows of one slice only, and a unique
// index be one per slice.
func TestSlices(t *testing.T) {
	for _, kind := range []catalog.TableKind{catalog.KindDurable, catalog.KindStream} {
		w := newWorld(t)
		table := w.table(shape{name: "u", columns: "id int4, v text", primary: "id", unique: []string{"v"}, perUser: true, kind: kind})
		users := []string{"a", "ab", "a\x00", "b"}
		for _, u := range users {
			w.do(func(c *client) { c.user = u; c.insert(table, 1, u[:1]); c.insert(table, 2, "x") })
		}
		for _, u := range users {
			c := w.begin(ReadCommitted)
			c.user = u
			want(t, "slice", c.all(table), "1,"+u[:1]+" 2,x")
			want(t, "slice by index", len(c.read(Scan{Table: table, Index: table.Indexes[1]})), 2)
			c.consistent(table)
		}
		w.do(func(c *client) { c.user = "a"; c.delete(table, "id", "1"); c.update(table, "id", "3", "id", "2") })
		c := w.begin(ReadCommitted)
		c.user = "ab"
		want(t, "another's slice", c.all(table), "1,a 2,x")
		want(t, "nobody's slice", w.all(table), "")
		c = w.begin(ReadCommitted)
		if err := c.tryInsert(table, 1, "x"); err == nil {
			t.Error("a row was inserted without a user")
		}
	}
}

// TestScanOfDamagedRow ends with XX001 and stays ended.
func TestScanOfDamagedRow(t *testing.T) {
	w := newWorld(t)
	table := w.table(shape{name: "d", columns: "id int4, v text", primary: "id"})
	b := w.store.engine.NewBatch()
	b.Set(append(keys.IndexPrefix(table, 0), 1), []byte("damaged value, not a row"))
	if _, err := w.store.engine.Commit(b, nil, storage.CommitOptions{}); err != nil {
		t.Fatal(err)
	}
	c := w.begin(ReadCommitted)
	c.tx.StartStatement()
	cursor, err := c.tx.Scan(context.Background(), Scan{Table: table})
	if err != nil {
		t.Fatal(err)
	}
	if cursor.Next() || cursor.Next() {
		t.Error("a damaged row was read")
	}
	cursor.Close()
	wantError(t, cursor.Err(), "XX001", "cannot be read")
}

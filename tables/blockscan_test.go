package tables

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables/blocks"
)

// blockWorld has a table of n rows whose blocks have eight.
func blockWorld(t *testing.T, n int, bytes int64) (*world, *catalog.Table) {
	w := newWorldOf(t, blocks.Limits{Bytes: bytes, Rows: 8, RowBytes: 1 << 20}, 0)
	table := w.table(shape{name: "m", columns: "id int8, v int4, note text", primary: "id"})
	c := w.begin(ReadCommitted)
	for i := range n {
		c.insert(table, i, i%7, fmt.Sprint("n", i%5))
	}
	c.commit()
	return w, table
}

func (c *client) commit() {
	c.t.Helper()
	if _, err := c.tx.Commit(context.Background()); err != nil {
		c.t.Fatal(err)
	}
}

// scanned reads a table without keys, and says how many rows come from blocks.
func (c *client) scanned(s Scan) (rows []string, chosen int, skipped int64) {
	c.t.Helper()
	c.tx.StartStatement()
	s.NoKeys = true
	cursor, err := c.tx.Scan(context.Background(), s)
	if err != nil {
		c.t.Fatal(err)
	}
	defer cursor.Close()
	for cursor.Next() {
		if cursor.Chosen() {
			chosen++
		}
		rows = append(rows, show(s.Table, cursor.Row()))
	}
	if cursor.Err() != nil {
		c.t.Fatal(cursor.Err())
	}
	return rows, chosen, cursor.Skipped()
}

// TestBlocksServeScans reads a table again and again: the third time rows come from
// blocks, until they are written.
func TestBlocksServeScans(t *testing.T) {
	w, table := blockWorld(t, 100, 1<<20)
	c := w.begin(ReadCommitted)
	want := strings.Fields(c.rows(Scan{Table: table}))
	expect := func(what string, s Scan, most, least int) {
		t.Helper()
		rows, chosen, _ := c.scanned(s)
		if s.Need == nil && !slices.Equal(rows, want) {
			t.Errorf("%s: read %v, want %v", what, rows, want)
		}
		if chosen > most || chosen < least {
			t.Errorf("%s: %d rows from blocks, want %d to %d", what, chosen, least, most)
		}
	}
	narrow := Scan{Table: table, Need: []bool{false, true, false}, NoVersion: true}
	expect("the first scan", narrow, 0, 0)
	expect("the second", narrow, 0, 0)
	expect("the third", narrow, 100, 100)
	expect("another column", Scan{Table: table}, 0, 0)
	expect("and again", Scan{Table: table}, 100, 100)
	expect("the narrow one", narrow, 100, 100)

	other := w.begin(ReadCommitted)
	old := w.begin(RepeatableRead)
	before, _, _ := old.scanned(Scan{Table: table})
	other.update(table, "note", "changed", "id", "50")
	if rows, chosen, _ := other.scanned(Scan{Table: table}); chosen > 0 || !slices.Contains(rows, "50,1,changed") {
		t.Errorf("a transaction that has written the table reads %d rows from blocks: %v", chosen, rows)
	}
	expect("before the commit", Scan{Table: table}, 100, 100)
	other.commit()
	want = strings.Fields(c.rows(Scan{Table: table}))
	expect("after the commit", Scan{Table: table}, 92, 84)
	if rows, _, _ := old.scanned(Scan{Table: table}); !slices.Equal(rows, before) {
		t.Errorf("an older snapshot reads %v, want %v", rows, before)
	}
	expect("the second after it", Scan{Table: table}, 92, 84)
	expect("the third after it", Scan{Table: table}, 100, 100)
}

// TestBlocksKeepWithinTheirBound has less room than the table takes.
func TestBlocksKeepWithinTheirBound(t *testing.T) {
	const room = 8 << 10
	w, table := blockWorld(t, 400, room)
	c := w.begin(ReadCommitted)
	want := strings.Fields(c.rows(Scan{Table: table}))
	some := false
	for range 100 {
		rows, chosen, _ := c.scanned(Scan{Table: table})
		if !slices.Equal(rows, want) {
			t.Fatalf("read %v, want %v", rows, want)
		}
		if some = some || chosen > 0; chosen == len(rows) {
			t.Fatal("all rows come from blocks")
		}
		if n := w.store.blocks.Bytes(); n > room {
			t.Fatalf("blocks take %d bytes, want %d at most", n, room)
		}
	}
	if !some {
		t.Error("no row comes from a block")
	}
}

// TestConditionsLeaveRowsOut gives a cursor conditions, which hold of what it hands
// out of blocks.
func TestConditionsLeaveRowsOut(t *testing.T) {
	w, table := blockWorld(t, 100, 1<<20)
	c := w.begin(ReadCommitted)
	s := Scan{Table: table, Conditions: []Condition{{Column: 1, Op: blocks.Less, Value: types.Int(3), Form: blocks.Ints}, {Column: 2, Op: blocks.Equal, Value: types.String("n1"), Form: blocks.Strings}}}
	for range 2 {
		if rows, _, skipped := c.scanned(s); len(rows) != 100 || skipped != 0 {
			t.Errorf("%d rows and %d left out of storage", len(rows), skipped)
		}
	}
	rows, chosen, skipped := c.scanned(s)
	var want []string
	for i := range 100 {
		if i%7 < 3 && i%5 == 1 {
			want = append(want, fmt.Sprintf("%d,%d,n1", i, i%7))
		}
	}
	if !slices.Equal(rows, want) || chosen != len(want) || skipped != int64(100-len(want)) {
		t.Errorf("read %v (%d chosen, %d left out), want %v", rows, chosen, skipped, want)
	}
}

// TestSplitScans divides scans at every row they may be divided at, over tables with
// all, some or none of their segments.
func TestSplitScans(t *testing.T) {
	for after := 1; after < 100; after += 3 {
		w, table := blockWorld(t, 100, 1<<20)
		c := w.begin(ReadCommitted)
		want := strings.Fields(c.rows(Scan{Table: table}))
		for _, scans := range []int{0, 1, 2} {
			if scans == 2 { // what is there is not all
				other := w.begin(ReadCommitted)
				other.insert(table, 1000, 1, "last")
				other.delete(table, "id", "30")
				other.commit()
				want = strings.Fields(c.rows(Scan{Table: table}))
			}
			c.tx.StartStatement()
			cursor, err := c.tx.Scan(context.Background(), Scan{Table: table, NoKeys: true})
			if err != nil {
				t.Fatal(err)
			}
			var rows []string
			var parts []*Cursor
			read := func(from *Cursor) {
				for n := 1; from.Next(); n++ {
					rows = append(rows, show(table, from.Row()))
					if from == cursor && n == after {
						parts = cursor.Split(7, 2)
					}
				}
				if from.Close(); from.Err() != nil {
					t.Fatal(from.Err())
				}
			}
			read(cursor)
			for _, p := range parts {
				read(p)
			}
			if !slices.Equal(rows, want) {
				t.Errorf("scan %d divided after row %d into %d parts gives\n%v, want\n%v", scans, after, len(parts), rows, want)
			}
		}
	}
}

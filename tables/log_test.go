package tables

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
)

// since reads the change log.
func (w *world) since(after storage.Seq) (list []*ChangeSet, held bool) {
	w.t.Helper()
	held, err := w.store.ReadChanges(context.Background(), after, func(cs *ChangeSet) error {
		list = append(list, cs)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return list, held
}

// replayed applies the change log, from its beginning, to nothing, and shows the
// rows of a table.
func (w *world) replayed(table *catalog.Table) string {
	w.t.Helper()
	rows := map[string]types.Row{}
	sets, _ := w.since(0)
	for _, cs := range sets {
		for i := range cs.Changes {
			if c := &cs.Changes[i]; c.Table.OID == table.OID {
				w.apply(rows, c)
			}
		}
	}
	var out []string
	for _, key := range slices.Sorted(maps.Keys(rows)) {
		out = append(out, show(table, rows[key]))
	}
	return strings.Join(out, " ")
}

// apply applies a change to rows by key, and checks that it fits.
func (w *world) apply(rows map[string]types.Row, c *Change) {
	w.t.Helper()
	have, there := rows[c.Key]
	if there != (c.Old != nil) || there && (show(c.Table, have) != show(c.Table, c.Old) || seqOf(c.Table, have) != seqOf(c.Table, c.Old)) {
		w.t.Errorf("a change replaces %s, there is %s", show(c.Table, c.Old), show(c.Table, have))
	}
	if c.New == nil {
		delete(rows, c.Key)
	} else {
		rows[c.Key] = c.New
	}
}

// full describes a change set with all that the log keeps of it.
func full(cs *ChangeSet) string {
	out := fmt.Sprintf("%d %d:", cs.Seq, cs.At.UnixMicro())
	for _, c := range cs.Changes {
		out += fmt.Sprintf(" [%d %q %d %d %x", c.Table.OID, c.User, c.Op, c.Reason, c.Key)
		for _, row := range []types.Row{c.Old, c.New} {
			if row != nil {
				out += fmt.Sprintf(" (%s)@%d", show(c.Table, row), seqOf(c.Table, row))
			}
		}
		out += "]"
	}
	return out
}

// TestLogIsWhatWasPublished compares the change log with what was published,
// before and after a restart and a crash.
func TestLogIsWhatWasPublished(t *testing.T) {
	w := newWorld(t)
	start := w.store.Applied()
	a := w.table(accounts)
	u := w.table(shape{name: "u", columns: "id int8, v numeric", primary: "id", perUser: true})
	e := w.table(shape{name: "e", columns: "id int8", kind: catalog.KindStream})
	c := w.begin(ReadCommitted)
	c.insert(a, 1, "one", nil)
	c.insert(a, 2, nil, 2)
	c.insert(e, 7)
	c.user = "alice"
	c.insert(u, 1, "1.50")
	w.commit(c.tx)
	c = w.begin(ReadCommitted)
	c.insert(e, 8)
	w.commit(c.tx)
	c = w.begin(ReadCommitted)
	c.user = "alice"
	c.update(a, "v", "uno", "id", "1")
	c.update(a, "id", "3", "id", "2")
	c.update(u, "v", "1.5", "id", "1")
	w.commit(c.tx)
	c = w.begin(ReadCommitted)
	if err := c.tx.Truncate(context.Background(), a, "", true); err != nil {
		t.Fatal(err)
	}
	last := w.commit(c.tx)

	published := w.publications(last)
	logged, held := w.since(start)
	want(t, "streams held", held, true)
	texts := func(list []*ChangeSet, durable bool) (out []string) {
		for _, cs := range list {
			kept := *cs
			kept.Changes = slices.Clone(cs.Changes)
			slices.SortStableFunc(kept.Changes, func(a, b Change) int { // the log has durable tables first
				return int(boolByte(b.Table.Durable())) - int(boolByte(a.Table.Durable()))
			})
			if durable {
				kept.Changes = slices.DeleteFunc(kept.Changes, func(c Change) bool { return !c.Table.Durable() })
			}
			if len(kept.Changes) > 0 {
				out = append(out, full(&kept))
			}
		}
		return out
	}
	want(t, "log", strings.Join(texts(logged, false), "\n"), strings.Join(texts(published[len(published)-len(logged):], false), "\n"))
	for _, from := range []storage.Seq{start, last - 2, last - 1, last} {
		tail, _ := w.since(from)
		for _, cs := range tail {
			if cs.Seq <= from {
				t.Errorf("commit %d is read after %d", cs.Seq, from)
			}
		}
		want(t, "tail", len(tail), len(slices.DeleteFunc(slices.Clone(logged), func(cs *ChangeSet) bool { return cs.Seq <= from })))
	}
	crashed := w.crash()
	afterCrash, _ := crashed.since(start)
	want(t, "log after a crash", strings.Join(texts(afterCrash, true), "\n"), strings.Join(texts(logged, true), "\n"))
	w.restart()
	afterRestart, _ := w.since(start)
	want(t, "log after a restart", strings.Join(texts(afterRestart, true), "\n"), strings.Join(texts(logged, true), "\n"))
	want(t, "rows of the log", w.replayed(a), w.all(a))

	// What is dropped is left out; the definition is named.
	a = w.store.Catalog().Table(a.OID)
	c = w.begin(ReadCommitted)
	if _, err := c.tx.Edit(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.tx.DropStorage(a)
	c.tx.DropObject(a.OID)
	w.commit(c.tx)
	logged, _ = w.since(start)
	for _, cs := range logged {
		for _, c := range cs.Changes {
			if c.Table == nil || c.Table.OID == a.OID {
				t.Error("a change of a table that is gone")
			}
		}
	}
	want(t, "dropped", fmt.Sprint(logged[len(logged)-1].Dropped), fmt.Sprint([]catalog.OID{a.OID}))
}

// TestRingOfStreams forgets the oldest, and says so.
func TestRingOfStreams(t *testing.T) {
	w := newWorld(t)
	w.store.ring.limit = 8
	e := w.table(shape{name: "e", columns: "id int8", kind: catalog.KindStream})
	start := w.store.Applied()
	for id := range 30 {
		w.do(func(c *client) { c.insert(e, id) })
	}
	if _, held := w.since(start); held {
		t.Error("what was dropped is said to be held")
	}
	lost := w.store.ring.mu.lost
	sets, held := w.since(lost)
	if !held || len(sets) < 8 || len(sets) > 10 || sets[0].Seq != lost+1 {
		t.Errorf("%d sets are held from %d on: %v", len(sets), lost, held)
	}
}

// TestRingIsBoundedInBytes: large changes of streams go sooner, and those of
// temporary tables are not held at all.
func TestRingIsBoundedInBytes(t *testing.T) {
	w := newWorld(t)
	w.store.ring.bytes = 10_000
	e := w.table(shape{name: "e", columns: "id int8, v text", kind: catalog.KindStream})
	start := w.store.Applied()
	for id := range 100 {
		w.do(func(c *client) { c.insert(e, id, strings.Repeat("x", 1000)) })
	}
	r := &w.store.ring
	if _, held := w.since(start); held || r.mu.bytes > r.bytes || len(r.mu.sets) < 5 || len(r.mu.sets) != len(r.mu.sizes) {
		t.Errorf("%d sets of %d bytes are held, from the start on: %v", len(r.mu.sets), r.mu.bytes, held)
	}
	before := len(r.mu.sets)
	r.add(&ChangeSet{Changes: []Change{{Table: &catalog.Table{Kind: catalog.KindStream, Temporary: true}}}})
	if len(r.mu.sets) != before {
		t.Error("a change of a temporary table is held")
	}
}

// TestDamagedLog is XX001, or what can be read, and never a panic.
func TestDamagedLog(t *testing.T) {
	w := newWorld(t)
	a := w.table(accounts)
	var e logEntry
	row := append(values(t, a, 1, "x", 2), types.Int(3))
	e.change(&Change{Table: a, Op: Update, Old: row, New: row, Key: "k", User: "u"}, w.begin(ReadCommitted).tx.encodeRow(a, row, 0))
	e.drop(catalog.ClassTable, 7)
	e.sequence(9, -5, true)
	as := w.store.Catalog().Table
	whole, _, err := w.store.decodeEntry(4, w.now(), e.bytes, as)
	if err != nil || len(whole.Changes) != 1 || len(whole.Dropped) != 1 {
		t.Fatalf("%v, %+v", err, whole)
	}
	for n := range e.bytes {
		if _, _, err := w.store.decodeEntry(4, w.now(), e.bytes[:n], as); err != nil {
			wantError(t, err, "XX001", "cannot be read")
		}
		for _, flip := range []byte{0x01, 0x80, 0xFF} {
			b := slices.Clone(e.bytes)
			b[n] ^= flip
			if _, _, err := w.store.decodeEntry(4, w.now(), b, as); err != nil {
				wantError(t, err, "XX001", "cannot be read")
			}
		}
	}
	if _, _, err := w.store.decodeEntry(4, w.now(), binary.AppendUvarint([]byte{recordChange}, 1<<40), as); err == nil {
		t.Error("nonsense was read")
	}
}

// TestLogAcrossTypes: a row from before a column had another type is read without what is no value of that,
// provided that a definition comes behind it.
func TestLogAcrossTypes(t *testing.T) {
	w := newWorld(t)
	a := w.table(accounts)
	row := append(values(t, a, 1, "x", 2), types.Int(3))
	var e logEntry
	e.change(&Change{Table: a, Op: Update, Old: row, New: row, Key: "k", User: "u"}, w.begin(ReadCommitted).tx.encodeRow(a, row, 0))
	last := len(a.Columns) - 1
	now := *a
	now.Columns = slices.Clone(a.Columns)
	for i := range now.Columns {
		c := *now.Columns[i]
		c.Type.Type = types.Numeric
		now.Columns[i] = &c
	}
	cs, misfits, err := w.store.decodeEntry(4, w.now(), e.bytes, func(catalog.OID) *catalog.Table { return &now })
	if err != nil || !misfits || len(cs.Changes) != 1 || !cs.Changes[0].New[last].IsNull() || !cs.Changes[0].Old[0].IsNull() {
		t.Errorf("%v, %v, %+v", err, misfits, cs)
	}
}

// TestReadingEnds when the reader says so.
func TestReadingEnds(t *testing.T) {
	w := newWorld(t)
	table := w.counters()
	enough := errors.New("enough")
	n := 0
	_, err := w.store.ReadChanges(context.Background(), 0, func(*ChangeSet) error { n++; return enough })
	if !errors.Is(err, enough) || n != 1 {
		t.Errorf("%d sets, %v", n, err)
	}
	_ = table
}

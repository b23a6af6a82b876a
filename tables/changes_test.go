package tables

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

var accounts = shape{name: "a", columns: "id int8, v text, n int4", primary: "id", index: []string{"v", "n desc"}}

// TestNetChanges has every commit publish one change per key, from the row
// before the transaction to the row after it, in the order of first touch.
func TestNetChanges(t *testing.T) {
	testNetChanges(t, newWorld(t), func(changes string) string { return changes })
}

// TestNetChangesInFiles has what is written go to files at once, where it is written again.
// A row that is what it was in the end is stored anew there, and told of.
func TestNetChangesInFiles(t *testing.T) {
	testNetChanges(t, newSpillingWorld(t), func(changes string) string {
		return strings.Join(slices.DeleteFunc(strings.Fields(changes), func(c string) bool {
			was, is, both := strings.Cut(c, ">")
			return both && was == is
		}), " ")
	})
}

func testNetChanges(t *testing.T, w *world, net func(changes string) string) {
	a := w.table(accounts)
	three := func(c *client) {
		c.insert(a, 1, "one", 1)
		c.insert(a, 2, "two", 2)
		c.insert(a, 3, "three", 3)
	}
	for _, try := range []struct {
		name string
		f    func(*client)
		want string
	}{
		{"insert", func(c *client) { c.insert(a, 9, "nine", nil) }, "+9,nine,-"},
		{"in order of touch", func(c *client) { c.insert(a, 8, "x", 1); c.update(a, "v", "y", "id", "2"); c.delete(a, "id", "1") }, "+8,x,1 2,two,2>2,y,2 -1,one,1"},
		{"insert, update", func(c *client) { c.insert(a, 9, "x", 1); c.update(a, "v", "y", "id", "9") }, "+9,y,1"},
		{"insert, delete", func(c *client) { c.insert(a, 9, "x", 1); c.delete(a, "id", "9") }, ""},
		{"insert, delete, insert", func(c *client) { c.insert(a, 9, "x", 1); c.delete(a, "id", "9"); c.insert(a, 9, "y", 2) }, "+9,y,2"},
		{"update twice", func(c *client) { c.update(a, "v", "x", "id", "1"); c.update(a, "v", "y", "id", "1") }, "1,one,1>1,y,1"},
		{"update and back", func(c *client) { c.update(a, "v", "x", "id", "1"); c.update(a, "v", "one", "id", "1") }, ""},
		{"update of nothing", func(c *client) { c.update(a, "v", "one", "id", "1") }, ""},
		{"update, delete", func(c *client) { c.update(a, "v", "x", "id", "1"); c.delete(a, "id", "1") }, "-1,one,1"},
		{"delete, insert", func(c *client) { c.delete(a, "id", "1"); c.insert(a, 1, "uno", 1) }, "1,one,1>1,uno,1"},
		{"delete, insert the same", func(c *client) { c.delete(a, "id", "1"); c.insert(a, 1, "one", 1) }, ""},
		{"delete, insert, delete", func(c *client) { c.delete(a, "id", "1"); c.insert(a, 1, "x", 1); c.delete(a, "id", "1") }, "-1,one,1"},
		{"move", func(c *client) { c.update(a, "id", "7", "id", "1") }, "-1,one,1 +7,one,1"},
		{"move and back", func(c *client) { c.update(a, "id", "7", "id", "1"); c.update(a, "id", "1", "id", "7") }, ""},
		{"move twice", func(c *client) { c.update(a, "id", "7", "id", "1"); c.update(a, "id", "8", "id", "7") }, "-1,one,1 +8,one,1"},
		{"move, delete", func(c *client) { c.update(a, "id", "7", "id", "1"); c.delete(a, "id", "7") }, "-1,one,1"},
		{"insert, move", func(c *client) { c.insert(a, 7, "x", 1); c.update(a, "id", "8", "id", "7") }, "+8,x,1"},
		{"delete, move there", func(c *client) { c.delete(a, "id", "2"); c.update(a, "id", "2", "id", "1") }, "2,two,2>2,one,1 -1,one,1"},
		{"move, insert behind", func(c *client) { c.update(a, "id", "7", "id", "1"); c.insert(a, 1, "new", 0) }, "1,one,1>1,new,0 +7,one,1"},
		{"exchange", func(c *client) {
			c.update(a, "id", "0", "id", "1")
			c.update(a, "id", "1", "id", "2")
			c.update(a, "id", "2", "id", "0")
		}, "1,one,1>1,two,2 2,two,2>2,one,1"},
		{"rotate", func(c *client) {
			c.update(a, "id", "0", "id", "3")
			c.update(a, "id", "3", "id", "2")
			c.update(a, "id", "2", "id", "1")
			c.update(a, "id", "1", "id", "0")
		}, "3,three,3>3,two,2 2,two,2>2,one,1 1,one,1>1,three,3"},
		{"truncate", func(c *client) {
			if err := c.tx.Truncate(context.Background(), a, "", true); err != nil {
				t.Fatal(err)
			}
		}, "-1,one,1!truncate -2,two,2!truncate -3,three,3!truncate"},
		{"rollback to savepoint", func(c *client) {
			c.update(a, "v", "x", "id", "1")
			m := c.tx.Savepoint()
			c.update(a, "v", "y", "id", "1")
			c.delete(a, "id", "2")
			c.insert(a, 5, "z", 5)
			c.tx.RollbackTo(m)
			c.update(a, "v", "w", "id", "3")
		}, "1,one,1>1,x,1 3,three,3>3,w,3"},
		{"rollback to savepoint twice", func(c *client) {
			m := c.tx.Savepoint()
			c.insert(a, 5, "z", 5)
			c.tx.RollbackTo(m)
			c.insert(a, 5, "y", 5)
			c.tx.RollbackTo(m)
			c.insert(a, 6, "x", 6)
		}, "+6,x,6"},
		{"release", func(c *client) {
			m := c.tx.Savepoint()
			c.insert(a, 5, "z", 5)
			c.tx.Release(m)
		}, "+5,z,5"},
	} {
		t.Run(try.name, func(t *testing.T) {
			w.do(func(c *client) {
				c.modify(a, func(types.Row) bool { return true }, func(types.Row) types.Row { return nil })
			})
			w.do(three)
			want(t, "changes", net(w.changes(try.f)), try.want)
			w.consistent(a)
		})
		t.Run(try.name+", after much else", func(t *testing.T) {
			w.do(func(c *client) {
				c.modify(a, func(types.Row) bool { return true }, func(types.Row) types.Row { return nil })
			})
			w.do(three)
			want(t, "changes", net(w.changes(func(c *client) { c.tx.order = packAfter; try.f(c) })), try.want)
			w.consistent(a)
		})
	}
}

// TestLargeCommits has the rows of a large commit made when they are asked for, and
// then as those of the log.
func TestLargeCommits(t *testing.T) {
	w := newWorld(t)
	a, b := w.table(accounts), w.table(shape{name: "b", columns: "id int8, v text", primary: "id"})
	c := w.begin(ReadCommitted)
	for i := range packAfter + 100 {
		c.insert(a, i, fmt.Sprint("v", i), i%7)
	}
	c.insert(b, 1, "of another table")
	c.update(a, "v", "again", "id", fmt.Sprint(packAfter+50))
	cs, _, err := func() (*ChangeSet, []deadline, error) {
		batch := w.store.engine.NewBatch()
		defer batch.Close()
		return c.tx.fill(batch)
	}()
	if err != nil || !cs.Packed() {
		t.Fatalf("packed %v, %v", cs.Packed(), err)
	}
	if err := cs.Unpack(func(oid catalog.OID) bool { return oid == b.OID }); err != nil {
		t.Fatal(err)
	}
	for i := range cs.Changes {
		if ch := &cs.Changes[i]; (ch.New == nil) != (i > packAfter && ch.Table == a) && i != packAfter {
			t.Fatalf("change %d of %s: %v", i, ch.Table.Name, ch.New)
		}
	}
	seq := w.commit(c.tx)
	sets := w.publications(seq)
	_, err = w.store.ReadChanges(context.Background(), seq-1, func(logged *ChangeSet) error {
		want(t, "changes", describe(sets[len(sets)-1]), describe(logged))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.consistent(a)
}

// TestStamps has a row carry the sequence of the commit that wrote it: in the
// change, in the row before the next change, and in what is read; and zero
// before it is committed.
func TestStamps(t *testing.T) {
	w := newWorld(t)
	a := w.table(accounts)
	c := w.begin(ReadCommitted)
	c.insert(a, 1, "x", 1)
	want(t, "own row", w.seqs(c, Scan{Table: a}), "[0]")
	first := w.commit(c.tx)
	sets := w.publications(first)
	cs := sets[len(sets)-1]
	want(t, "new row", seqOf(cs.Changes[0].Table, cs.Changes[0].New), first)
	c = w.begin(ReadCommitted)
	want(t, "row", w.seqs(c, Scan{Table: a}), fmt.Sprintf("[%d]", first))
	want(t, "row by index", w.seqs(c, Scan{Table: a, Index: a.Indexes[1]}), fmt.Sprintf("[%d]", first))
	c.update(a, "v", "y", "id", "1")
	second := w.commit(c.tx)
	cs = w.publications(second)[0]
	want(t, "old row", seqOf(cs.Changes[0].Table, cs.Changes[0].Old), first)
	want(t, "new row", seqOf(cs.Changes[0].Table, cs.Changes[0].New), second)
	w.do(func(c *client) { c.update(a, "v", "y", "id", "1") })
	want(t, "row left as it is", w.seqs(w.begin(ReadCommitted), Scan{Table: a}), fmt.Sprintf("[%d]", second))
}

func (w *world) seqs(c *client, s Scan) string {
	c.tx.StartStatement()
	cursor, err := c.tx.Scan(context.Background(), s)
	if err != nil {
		w.t.Fatal(err)
	}
	defer cursor.Close()
	list := []int64{}
	for cursor.Next() {
		list = append(list, int64(seqOf(s.Table, cursor.Row())))
	}
	return fmt.Sprint(list)
}

// TestNothingToCommit publishes nothing and takes no sequence.
func TestNothingToCommit(t *testing.T) {
	w := newWorld(t)
	a := w.table(accounts)
	before := w.store.Applied()
	for _, f := range []func(*client){
		func(c *client) {},
		func(c *client) { c.all(a) },
		func(c *client) { c.insert(a, 1, "x", 1); c.delete(a, "id", "1") },
		func(c *client) { m := c.tx.Savepoint(); c.insert(a, 1, "x", 1); c.tx.RollbackTo(m) },
	} {
		c := w.begin(ReadCommitted)
		f(c)
		want(t, "sequence", w.commit(c.tx), 0)
	}
	want(t, "applied", w.store.Applied(), before)
}

// TestNotify folds identical notifications, keeps their order and forgets those
// of a savepoint that is rolled back.
func TestNotify(t *testing.T) {
	w := newWorld(t)
	c := w.begin(ReadCommitted)
	c.tx.Notify(5, "a", "1")
	c.tx.Notify(5, "b", "1")
	c.tx.Notify(5, "a", "1")
	m := c.tx.Savepoint()
	c.tx.Notify(5, "a", "2")
	c.tx.RollbackTo(m)
	c.tx.Notify(5, "a", "3")
	seq := w.commit(c.tx)
	sets := w.publications(seq)
	want(t, "notifications", fmt.Sprint(sets[len(sets)-1].Notifications), "[{5 a 1 1} {5 b 1 1} {5 a 3 1}]")
}

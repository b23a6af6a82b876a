package tables

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables/keys"
)

// ddl begins a transaction that changes definitions.
func (w *world) ddl() (*client, *catalog.Editor) {
	w.t.Helper()
	c := w.begin(ReadCommitted)
	e, err := c.tx.Edit(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return c, e
}

// wider is a table with one more column, which rows get with f.
func wider(t *catalog.Table, name string, typ *types.Type) *catalog.Table {
	c := t.Clone()
	c.Columns = append(slices.Clip(c.Columns), &catalog.Column{Num: c.NextColumn, Name: name, Type: catalog.TypeRef{Type: typ}, Typmod: types.NoTypmod})
	c.NextColumn++
	return c
}

func (c *client) rewrite(old, new *catalog.Table, v types.Datum) {
	c.t.Helper()
	c.tx.PutObject(new)
	err := c.tx.RewriteRows(context.Background(), old, new, func(r types.Row) (types.Row, error) {
		return append(r[:len(old.Columns):len(old.Columns)], v), nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// TestCatalogSurvives a restart and a crash, in its newest version, and OIDs go
// on from where they were.
func TestCatalogSurvives(t *testing.T) {
	w := newWorld(t)
	a := w.table(accounts)
	w.do(func(c *client) { c.insert(a, 1, "x", 1) })
	b := w.table(shape{name: "b", columns: "id int8"})
	c, _ := w.ddl()
	c.rewrite(a, wider(a, "w", types.Int4), types.Int(5))
	c.tx.DropObject(b.OID)
	c.tx.DropStorage(b)
	w.commit(c.tx)
	check := func(w *world) {
		t.Helper()
		now := w.store.Catalog().Relation(catalog.SchemaPublic, "a").(*catalog.Table)
		want(t, "rows", w.all(now), "1,x,1,5")
		w.consistent(now)
		if w.store.Catalog().Get(b.OID) != nil {
			t.Error("a table that was dropped is there")
		}
		_, e := w.ddl()
		if oid := e.NewOID(); oid <= b.OID {
			t.Errorf("OID %d is given again", oid)
		}
	}
	check(w.crash())
	for _, c := range w.crash().store.Catalog().Table(a.OID).Columns {
		want(t, "type", c.Type.Type == types.ByName(c.Type.Name), true)
	}
}

// TestDefinitionsAreOfTheTransaction until it commits.
func TestDefinitionsAreOfTheTransaction(t *testing.T) {
	w := newWorld(t)
	c, e := w.ddl()
	table := accounts.describe(t, e)
	c.tx.PutObject(table)
	c.insert(table, 1, "x", 1)
	if c.tx.Catalog().Table(table.OID) == nil || w.store.Catalog().Table(table.OID) != nil {
		t.Error("a definition is not where it should be")
	}
	m := c.tx.Savepoint()
	c.rewrite(table, wider(table, "w", types.Text), types.String("w"))
	c.tx.RollbackTo(m)
	want(t, "columns", len(c.tx.Catalog().Table(table.OID).Columns), 3)
	want(t, "rows", c.all(table), "1,x,1")
	versions := c.tx.Catalog().Version
	c.tx.Rollback()
	if w.store.Catalog().Table(table.OID) != nil {
		t.Error("a definition outlived its transaction")
	}
	c, e = w.ddl()
	if c.tx.Catalog().Version <= versions {
		t.Error("two versions of the definitions have one number")
	}
	if oid := e.NewOID(); oid <= table.OID {
		t.Errorf("OID %d is given again", oid)
	}
	// Savepoints before and after the first change of definitions.
	m = c.tx.Savepoint()
	c.tx.Rollback()
	c = w.begin(ReadCommitted)
	m = c.tx.Savepoint()
	if _, err := c.tx.Edit(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.tx.PutObject(table)
	c.tx.RollbackTo(m)
	if c.tx.Changed() || c.tx.Catalog() != w.store.Catalog() {
		t.Error("a definition is left after ROLLBACK TO")
	}
	other, _ := w.ddl() // the lock is free
	other.tx.Rollback()
}

// TestOneAtATimeDefines has a second transaction that changes definitions wait,
// and then start from what the first has made.
func TestOneAtATimeDefines(t *testing.T) {
	w := newWorld(t)
	first, e := w.ddl()
	table := accounts.describe(t, e)
	first.tx.PutObject(table)
	second := w.begin(ReadCommitted)
	done := second.waiting(func() error { _, err := second.tx.Edit(context.Background()); return err })
	w.commit(first.tx)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if second.tx.Catalog().Table(table.OID) == nil {
		t.Error("the second does not see what the first has made")
	}
}

// TestBuildIndex indexes the rows there are, in all slices, or tells which key is
// there twice.
func TestBuildIndex(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	table := w.table(shape{name: "b", columns: "id int8, v text", primary: "id", perUser: true})
	for _, u := range []string{"a", "b\x00c"} {
		w.do(func(c *client) { c.user = u; c.insert(table, 1, "x"); c.insert(table, 2, nil) })
	}
	index := func(c *client, e *catalog.Editor, nullsNotDistinct bool) (*catalog.Table, error) {
		next := c.tx.Catalog().Table(table.OID).Clone()
		i := &catalog.Index{OID: e.NewOID(), Name: fmt.Sprint("b_", len(next.Indexes)), Unique: true, NullsNotDistinct: nullsNotDistinct, Keys: []catalog.IndexKey{{Column: 2}}}
		next.Indexes = append(slices.Clip(next.Indexes), i)
		c.tx.PutObject(next)
		return next, c.tx.BuildIndex(ctx, next, i)
	}
	c, e := w.ddl()
	c.user = "a"
	c.insert(table, 3, "y")
	next, err := index(c, e, false)
	if err != nil {
		t.Fatal(err)
	}
	c.consistent(next)
	w.commit(c.tx)
	w.consistent(next)
	c = w.begin(ReadCommitted)
	c.user = "b\x00c"
	c.consistent(next)
	c.insert(next, 5, nil)
	w.commit(c.tx)
	c, e = w.ddl()
	_, err = index(c, e, true)
	want(t, "detail", wantError(t, err, "23505", `could not create unique index "b_2"`).Detail, "Key (v)=(null) is duplicated.")
	c.tx.Rollback()
	// Dropping it leaves nothing behind.
	c, _ = w.ddl()
	c.tx.DropIndexStorage(next, next.Indexes[1])
	c.tx.PutObject(table)
	w.commit(c.tx)
	prefix := keys.IndexPrefix(next, next.Indexes[1].OID)
	snap := w.store.engine.Snapshot()
	defer snap.Close()
	it := snap.NewIter(prefix, keys.End(prefix))
	defer it.Close()
	if it.First() {
		t.Error("an entry of a dropped index is left")
	}
}

// TestBuildIndexOverExpired leaves rows past their time out, and takes them away.
func TestBuildIndexOverExpired(t *testing.T) {
	w := newWorld(t)
	s := events
	s.unique, s.index = nil, nil
	table := w.table(s)
	w.do(func(c *client) { c.insert(table, 1, "x") })
	c, e := w.ddl()
	if err := c.tx.LockTable(context.Background(), table.OID, AccessExclusiveMode, false); err != nil {
		t.Fatal(err)
	}
	w.advance(2 * events.ttl)
	c.insert(table, 2, "x")
	next := table.Clone()
	next.Indexes = append(slices.Clip(next.Indexes), &catalog.Index{OID: e.NewOID(), Name: "v", Unique: true, Keys: []catalog.IndexKey{{Column: 2}}})
	c.tx.PutObject(next)
	if err := c.tx.BuildIndex(context.Background(), next, next.Indexes[1]); err != nil {
		t.Fatal(err)
	}
	seq := w.commit(c.tx)
	sets := w.publications(seq)
	want(t, "changes", describe(sets[len(sets)-1]), "+2,x -1,x!expire")
	w.consistent(next)
}

// TestRewriteRows changes the shape of rows, the transaction's own among them,
// without telling subscribers; a snapshot from before can no longer read them.
func TestRewriteRows(t *testing.T) {
	w := newWorld(t)
	a := w.table(accounts)
	w.do(func(c *client) { c.insert(a, 1, "one", 1); c.insert(a, 2, "two", 2); c.insert(a, 3, "three", 3) })
	before := w.seqs(w.begin(ReadCommitted), Scan{Table: a})
	old := w.begin(RepeatableRead)
	old.tx.view()
	c, _ := w.ddl()
	c.update(a, "v", "uno", "id", "1")
	c.delete(a, "id", "2")
	c.insert(a, 4, "four", 4)
	next := wider(a, "w", types.Text)
	c.rewrite(a, next, types.String("w"))
	last := wider(next, "x", types.Int8)
	c.rewrite(next, last, types.Int(9))
	c.update(last, "w", "changed", "id", "3")
	c.update(last, "w", "w", "id", "3")
	want(t, "rows within", c.all(last), "1,uno,1,w,9 3,three,3,w,9 4,four,4,w,9")
	seq := w.commit(c.tx)
	sets := w.publications(seq)
	want(t, "changes", describe(sets[len(sets)-1]), "1,one,1,w,9>1,uno,1,w,9 -2,two,2 +4,four,4,w,9")
	want(t, "altered", fmt.Sprint(sets[len(sets)-1].Altered), fmt.Sprint([]catalog.OID{a.OID}))
	want(t, "rows", w.all(last), "1,uno,1,w,9 3,three,3,w,9 4,four,4,w,9")
	w.consistent(last)
	old.tx.StartStatement()
	_, err := old.tx.Scan(context.Background(), Scan{Table: last})
	wantError(t, err, "40001", "could not serialize access due to concurrent update")
	// Nor has it a right to them for having locked the table, as statements do before they read.
	if err := old.tx.LockTable(context.Background(), a.OID, AccessShareMode, false); err != nil {
		t.Fatal(err)
	}
	_, err = old.tx.Scan(context.Background(), Scan{Table: last})
	wantError(t, err, "40001", "could not serialize access due to concurrent update")
	// Rows that nothing was written to keep their commit.
	c, _ = w.ddl()
	c.rewrite(last, wider(last, "y", types.Int8), types.Null)
	w.commit(c.tx)
	if after := w.seqs(w.begin(ReadCommitted), Scan{Table: w.store.Catalog().Table(a.OID)}); after == before {
		t.Error("the test proves nothing")
	} else {
		want(t, "sequences", after, fmt.Sprintf("[%d %d %d]", seq, seq, seq))
	}
	// A value that does not fit undoes it all.
	c, _ = w.ddl()
	table := w.store.Catalog().Table(a.OID)
	why := errors.New("no")
	if err := c.tx.RewriteRows(context.Background(), table, table, func(types.Row) (types.Row, error) { return nil, why }); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}

// TestTruncate deletes one slice, or all.
func TestTruncate(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	table := w.table(shape{name: "t", columns: "id int8, v text", primary: "id", index: []string{"v"}, perUser: true})
	for _, u := range []string{"a", "b", "c"} {
		w.do(func(c *client) { c.user = u; c.insert(table, 1, u); c.insert(table, 2, u) })
	}
	want(t, "changes", w.changes(func(c *client) {
		if err := c.tx.Truncate(ctx, table, "b", false); err != nil {
			t.Fatal(err)
		}
	}), "-1,b!truncate -2,b!truncate")
	w.consistent(table)
	want(t, "changes", w.changes(func(c *client) {
		if err := c.tx.Truncate(ctx, table, "", true); err != nil {
			t.Fatal(err)
		}
	}), "-1,a!truncate -2,a!truncate -1,c!truncate -2,c!truncate")
	w.consistent(table)
}

// TestDropStorage leaves nothing of a table, its own writes included.
func TestDropStorage(t *testing.T) {
	for _, kind := range []catalog.TableKind{catalog.KindDurable, catalog.KindStream} {
		w := newWorld(t)
		s := accounts
		s.kind = kind
		a, b := w.table(s), w.table(shape{name: "b", columns: "id int8"})
		w.do(func(c *client) { c.insert(a, 1, "x", 1); c.insert(b, 1) })
		c, _ := w.ddl()
		c.insert(a, 2, "y", 2)
		m := c.tx.Savepoint()
		c.tx.DropStorage(b)
		c.tx.DropObject(b.OID)
		c.tx.RollbackTo(m)
		c.tx.DropStorage(a)
		c.tx.DropObject(a.OID)
		seq := w.commit(c.tx)
		sets := w.publications(seq)
		want(t, "changes", describe(sets[len(sets)-1]), "")
		want(t, "dropped", fmt.Sprint(sets[len(sets)-1].Dropped), fmt.Sprint([]catalog.OID{a.OID}))
		snap := w.store.engine.Snapshot()
		it := snap.NewIter(keys.TablePrefix(a), keys.End(keys.TablePrefix(a)))
		if it.First() {
			t.Error("something is left of a dropped table")
		}
		it.Close()
		snap.Close()
		want(t, "the other table", w.all(b), "1")
	}
}

// TestOwnDefinitionsWaitForNobody has two transactions make definitions of their
// own at once, beside one that makes definitions for everybody.
func TestOwnDefinitionsWaitForNobody(t *testing.T) {
	w := newWorld(t)
	everybody, e := w.ddl()
	shared := accounts.describe(t, e)
	everybody.tx.PutObject(shared)
	var own []*catalog.Table
	var transactions []*client
	for _, name := range []string{"one", "two"} {
		c := w.begin(ReadCommitted)
		table := accounts.describe(t, c.tx.EditOwn())
		table.Name = name
		c.tx.PutObject(table)
		own, transactions = append(own, table), append(transactions, c)
	}
	if own[0].OID == own[1].OID || own[0].OID == shared.OID {
		t.Fatal("an OID is given twice")
	}
	w.commit(transactions[0].tx)
	transactions[1].tx.StartStatement()
	if transactions[1].tx.Catalog().Table(own[0].OID) == nil {
		t.Error("a statement does not see what was committed before it")
	}
	w.commit(everybody.tx)
	// What began alone can go on to change what is everybody's, once it has looked
	// at what that is now.
	if _, err := transactions[1].tx.Edit(context.Background()); err != ErrDefinitionsChanged {
		t.Fatal(err)
	}
	if _, err := transactions[1].tx.Edit(context.Background()); err != nil {
		t.Fatal(err)
	}
	if transactions[1].tx.Catalog().Table(shared.OID) == nil {
		t.Error("the newest definitions are not there to be changed")
	}
	w.commit(transactions[1].tx)
	for _, table := range append(own, shared) {
		if w.store.Catalog().Table(table.OID) == nil {
			t.Errorf("table %s is lost", table.Name)
		}
	}
}

// TestDeletedAlteredInsertedAgain: a row that a transaction deletes, and inserts again
// under another definition, is one change, with both rows under the new one.
func TestDeletedAlteredInsertedAgain(t *testing.T) {
	w := newWorld(t)
	a := w.table(accounts)
	w.do(func(c *client) { c.insert(a, 1, "x", 1) })
	c, _ := w.ddl()
	c.delete(a, "id", "1")
	next := wider(a, "w", types.Int4)
	c.rewrite(a, next, types.Null)
	c.insert(next, 1, "y", 1, 5)
	seq := w.commit(c.tx)
	sets := w.publications(seq)
	want(t, "changes", describe(sets[len(sets)-1]), "1,x,1,->1,y,1,5")
}

// TestDefinitionsOfTwoDatabases are changed by two transactions at once; one that changes
// what databases share waits for both.
func TestDefinitionsOfTwoDatabases(t *testing.T) {
	w := newWorld(t)
	edit := func(c *client) *catalog.Editor {
		t.Helper()
		e, err := c.tx.Edit(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	waits := func(c *client) bool {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := c.tx.Edit(ctx)
		c.tx.Rollback()
		return err != nil
	}
	var made []*catalog.Table
	var transactions []*client
	for i, name := range []string{"one", "two"} {
		c := w.beginWith(TxOptions{Isolation: ReadCommitted, PID: 1, Database: catalog.OID(100 + i)})
		e := edit(c)
		table := accounts.describe(t, e)
		table.Name = name
		c.tx.PutObject(table)
		made, transactions = append(made, table), append(transactions, c)
	}
	if made[0].OID == made[1].OID {
		t.Fatal("an OID is given twice")
	}
	if c := w.beginWith(TxOptions{Isolation: ReadCommitted, PID: 1, Database: 101}); !waits(c) {
		t.Error("two transactions change definitions of one database")
	}
	shared := w.beginWith(TxOptions{Isolation: ReadCommitted, PID: 1, Database: 102})
	shared.tx.ShareDefinitions()
	if !waits(shared) {
		t.Error("what databases share changes beside their own definitions")
	}
	m := transactions[1].tx.Savepoint()
	w.commit(transactions[0].tx)
	transactions[1].tx.StartStatement()
	transactions[1].tx.ShareDefinitions() // nobody else changes anything now
	edit(transactions[1])
	if transactions[1].tx.Catalog().Table(made[0].OID) == nil {
		t.Error("what another has committed is not seen by who has waited for it")
	}
	if third := w.beginWith(TxOptions{Isolation: ReadCommitted, PID: 1, Database: 103}); !waits(third) {
		t.Error("what databases share is changed beside definitions of one")
	}
	transactions[1].tx.RollbackTo(m)
	third := w.beginWith(TxOptions{Isolation: ReadCommitted, PID: 1, Database: 103})
	edit(third)
	w.commit(transactions[1].tx)
	third.tx.PutObject(func() *catalog.Table {
		table := accounts.describe(t, edit(third))
		table.Name = "three"
		made = append(made, table)
		return table
	}())
	w.commit(third.tx)
	for _, table := range made {
		if w.store.Catalog().Table(table.OID) == nil {
			t.Errorf("%s is not there", table.Name)
		}
	}
}

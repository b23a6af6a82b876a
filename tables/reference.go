package tables

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/keys"
	"github.com/kalamsql/kalamsql/tables/rowcodec"
)

// Reference looks for the row that has a key in a unique index, in the order of
// the index's columns, and locks it so that it keeps the key until the
// transaction ends (FOR KEY SHARE). It sees the transaction's own newest writes.
// READ COMMITTED sees what is committed now; the other levels what they saw
// first, and a row that has lost the key since is 40001.
func (t *Tx) Reference(ctx context.Context, table *catalog.Table, index *catalog.Index, user string, key []types.Datum) (bool, error) {
	entry := t.indexEntry(table, index, user, key)
	rowAt := func() (string, error) { return t.holderOf(index, entry) }
	at, err := rowAt()
	if err != nil {
		return false, err
	}
	if t.mine(entry) != nil {
		return at != "", nil // one's own row, which nobody else can touch
	}
	if t.opts.Isolation != ReadCommitted {
		t.maxSeen = max(t.maxSeen, t.view().Written([]byte(entry)))
		found, err := t.inView(entry)
		if err != nil || !found {
			return false, translate(err)
		}
	}
	for at != "" {
		if err := t.acquireRow(ctx, at, LockKeyShare, Block); err != nil {
			return false, err
		}
		again, err := rowAt()
		if err != nil {
			return false, err
		}
		if again == at {
			t.maxSeen = max(t.maxSeen, t.store.engine.Applied())
			return true, nil
		}
		at = again
	}
	if t.opts.Isolation != ReadCommitted {
		return false, sqlerr.New(sqlerr.SerializationFailure, "could not serialize access due to concurrent update")
	}
	return false, nil
}

// Has says whether a row has a key in a unique index as things are now. Nothing
// is locked: the table is held against writers. For many keys there is Finder.
func (t *Tx) Has(table *catalog.Table, index *catalog.Index, user string, key []types.Datum) (bool, error) {
	at, err := t.holderOf(index, t.indexEntry(table, index, user, key))
	return at != "", err
}

// indexEntry is where a unique index has a key without NULLs.
func (t *Tx) indexEntry(table *catalog.Table, index *catalog.Index, user string, key []types.Datum) string {
	oid := index.OID
	if index.Primary {
		oid = 0
	}
	b := keys.AppendSlice(t.buf[:0], table, oid, user)
	for i, k := range index.Keys {
		b = keys.AppendColumn(b, table.Columns[table.Ordinal(k.Column)].Type.Type, key[i], k)
	}
	t.buf = b
	return string(b)
}

// holderOf reads the newest version of an entry: the key of the row that has it,
// or nothing.
func (t *Tx) holderOf(index *catalog.Index, entry string) (string, error) {
	at, err := t.latestEntry(entry)
	if index.Primary && at != "" {
		at = entry // the entry is the row itself
	}
	return at, err
}

// Newest lets what is read see everything that is committed by now and all that
// the transaction has written, at every isolation level, until restore is
// called: what checks of constraints and the actions of foreign keys look at. A
// row that they change must be one that the transaction could see (40001).
func (t *Tx) Newest() (restore func()) {
	snap, seen, bound := t.snap, t.seen, t.changeable
	if t.opts.Isolation != ReadCommitted {
		t.changeable = t.view().Seq()
		snap = t.snap
		if bound != 0 {
			t.changeable = bound
		}
	}
	t.snap, t.seen = t.store.snapshot(), t.now()
	t.snapshots = max(t.snapshots, t.snap.Seq())
	return func() {
		t.snap.release()
		t.snap, t.seen, t.changeable = snap, seen, bound
	}
}

// Nested lets a statement within the one under way see what was changed before
// it, until leave is called: the commits of others in READ COMMITTED, and what the
// transaction has written.
func (t *Tx) Nested() (leave func()) {
	snap, seen, own := t.snap, t.seen, t.opts.Isolation == ReadCommitted
	if own {
		t.snap = nil
	}
	t.seen = t.now()
	return func() {
		if own {
			t.snap.release()
			t.snap = snap
		}
		t.seen = seen
	}
}

// View is what a query sees that is read while other statements run.
type View struct {
	snap *snapshot
	seen overlay
}

// Hold keeps what the statement under way sees, until Release.
func (t *Tx) Hold() *View {
	v := &View{t.view(), t.seen}
	v.snap.users.Add(1)
	return v
}

// Release gives a view up.
func (v *View) Release() {
	if v != nil {
		v.snap.release()
		v.snap = nil
	}
}

// As lets what is read see what a view holds, until leave is called.
func (t *Tx) As(v *View) (leave func()) {
	snap, seen := t.snap, t.seen
	t.snap, t.seen = v.snap, v.seen
	return func() { t.snap, t.seen = snap, seen }
}

// mayChange refuses the change of a row that was written after what the
// transaction sees.
func (t *Tx) mayChange(seq storage.Seq, strength LockStrength) error {
	if t.changeable != 0 && strength >= LockNoKeyUpdate && seq > t.changeable {
		return sqlerr.New(sqlerr.SerializationFailure, "could not serialize access due to concurrent update")
	}
	return nil
}

// Users lists the users who have rows in a table with slices, as the
// transaction sees it.
func (t *Tx) Users(ctx context.Context, table *catalog.Table) ([]string, error) {
	if err := t.use(ctx, table, AccessShareMode); err != nil {
		return nil, err
	}
	var users []string
	from, end := keys.IndexPrefix(table, 0), keys.End(keys.IndexPrefix(table, 0))
	t.view()
	t.see(table, false)
	for {
		it := t.mergedIterator(t.view(), t.seen, from, end, false)
		key, _, ok := it.next()
		found := string(key)
		if err := it.close(); err != nil {
			return nil, translate(err)
		}
		if !ok {
			return users, nil
		}
		user := userOf(table, found)
		users = append(users, user)
		from = keys.End(keys.SlicePrefix(table, 0, user))
	}
}

// EachRow calls look with every row of a table, of all slices, as the
// transaction sees them newest. A row is valid during the call, and has only the columns
// that are needed; nil is all.
func (t *Tx) EachRow(ctx context.Context, table *catalog.Table, need []bool, look func(user string, row types.Row) error) error {
	row := make(types.Row, len(table.Columns)+SystemValues)
	decoder := rowcodec.NewDecoder(table, need, false)
	return t.everyRow(ctx, table, func(key, value []byte) error {
		columns, version, _, err := rowPart(table, value, 0)
		if err == nil {
			err = decoder.Decode(columns, row)
		}
		if err != nil {
			return err
		}
		row[len(table.Columns)], row[len(table.Columns)+1] = types.Int(int64(t.store.engine.Seq(value))), version.datum()
		user := ""
		if table.PerUser {
			user = userOf(table, string(key))
		}
		return look(user, row)
	})
}

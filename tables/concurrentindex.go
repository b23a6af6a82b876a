package tables

import (
	"bytes"
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/sql/types/sortkey"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/keys"
	"github.com/kalamsql/kalamsql/tables/lock"
)

// # An index that is built while others write
//
// CREATE INDEX CONCURRENTLY commits the definition of an index that is invalid first: nobody reads by it,
// but whoever writes the table keeps it. Once all who began to write before that have
// ended (AwaitWriters), what is missing are the entries of rows that were there then and have
// not been written since. FillIndex adds them, in transactions of a thousand rows: each locks its
// rows as FOR SHARE does, so that they stay as they are until their entries are
// there, and looks at them anew. A row that somebody else has locked is put
// aside, and waited for when nothing is locked: so nobody waits for longer than such a transaction takes, and
// none of them is part of a deadlock. At last the index is said to be valid.
//
// An entry of a unique index is its key alone, so that of two rows with the same key, of which the
// duplicate has not been found yet, one alone can have it. Whoever gives such a row up leaves the
// other's entry (Tx.reindex).

// LockTableForSession takes a table lock until UnlockTable.
func (t *Tx) LockTableForSession(ctx context.Context, oid catalog.OID, mode LockMode) error {
	return t.acquireFor(ctx, &t.opts.Session.owner, tableLock(oid), tableModes[mode], Block)
}

// UnlockTable gives a table lock of the session's back.
func (l *SessionLocks) UnlockTable(oid catalog.OID, mode LockMode) {
	l.store.locks.Release(&l.owner, tableLock(oid), tableModes[mode])
}

// AwaitHolders waits until all transactions have ended that have a table locked now against
// a mode. Others may lock it meanwhile.
func (t *Tx) AwaitHolders(ctx context.Context, oid catalog.OID, mode LockMode) error {
	return t.waitForLock(ctx, func(ctx context.Context) error {
		return t.store.locks.AwaitHolders(ctx, &t.owner, tableLock(oid), tableModes[mode])
	})
}

// CanFill says whether FillIndex can fill an index of a table; what cannot be filled is built at once, with writers
// kept out.
func (t *Tx) CanFill(table *catalog.Table, index *catalog.Index) bool {
	if !table.Durable() || table.Temporary || index.Primary || index.Declared || index.Deferrable {
		return false
	}
	c, err := t.code(table, index)
	return err == nil && !c.routines
}

// fillTogether is for how many rows entries are added in one transaction.
const fillTogether = 1000

// FillIndex adds the entries that an invalid index lacks. Every transaction that writes the
// table must know of the index, and its definition must stay as it is.
func (s *Store) FillIndex(ctx context.Context, opts TxOptions, table *catalog.Table, index *catalog.Index) error {
	opts.Isolation, opts.Sync, opts.ReadOnly = ReadCommitted, false, false
	f := &filler{store: s, opts: opts, table: table, index: index}
	for _, typ := range f.keyTypes() {
		if !index.Inverted() && !sortkey.Encodable(typ) {
			return sqlerr.Unsupported("an index on type %s", typ)
		}
	}
	snap := s.snapshot()
	defer snap.release()
	prefix := keys.IndexPrefix(table, 0)
	it := newMergedIterator(snap.NewIter(prefix, keys.End(prefix)), nil, prefix, keys.End(prefix), false)
	defer it.close()
	f.asOf = snap.Seq()
	var batch []seenRow
	for {
		key, value, ok := it.next()
		if ok {
			batch = append(batch, seenRow{string(key), bytes.Clone(value)})
		}
		if len(batch) > 0 && (!ok || len(batch) == fillTogether) {
			if err := f.add(ctx, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
		if !ok {
			return unreadable(table, it.base.Err())
		}
		if ctx.Err() != nil {
			return translate(context.Cause(ctx))
		}
	}
}

// filler fills one index for the rows of a snapshot.
type filler struct {
	store *Store
	opts  TxOptions
	table *catalog.Table
	index *catalog.Index
	asOf  storage.Seq
}

// seenRow is a row as it was in the snapshot.
type seenRow struct {
	key   string
	value []byte
}

// keyTypes are those of the index's keys.
func (f *filler) keyTypes() []*types.Type {
	tx := f.store.Begin(f.opts)
	defer tx.Rollback()
	c, err := tx.code(f.table, f.index)
	if err != nil {
		return nil
	}
	return c.types
}

// busy is a lock that somebody else has.
type busy struct {
	name string
	mode lock.Mode
}

// add adds the entries of rows.
func (f *filler) add(ctx context.Context, rows []seenRow) error {
	left, err := f.try(ctx, rows)
	if err != nil {
		return err
	}
	for _, row := range left {
		for {
			b, err := f.alone(ctx, row)
			if err != nil {
				return err
			}
			if b == nil {
				break
			}
			if err := f.await(ctx, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// try adds the entries of those rows for which nobody has to be waited for, and gives the others.
func (f *filler) try(ctx context.Context, rows []seenRow) (left []seenRow, err error) {
	tx := f.store.Begin(f.opts)
	defer tx.Rollback()
	if err := tx.use(ctx, f.table, RowExclusiveMode); err != nil {
		return nil, err
	}
	for _, row := range rows {
		b, err := f.addEntry(ctx, tx, row)
		if err != nil {
			return nil, err
		}
		if b != nil {
			left = append(left, row)
		}
	}
	_, err = tx.Commit(ctx)
	return left, err
}

// alone adds the entry of one row, or says which lock is in the way.
func (f *filler) alone(ctx context.Context, row seenRow) (*busy, error) {
	tx := f.store.Begin(f.opts)
	defer tx.Rollback()
	if err := tx.use(ctx, f.table, RowExclusiveMode); err != nil {
		return nil, err
	}
	b, err := f.addEntry(ctx, tx, row)
	if b != nil || err != nil {
		return b, err
	}
	_, err = tx.Commit(ctx)
	return nil, err
}

// await waits until a lock can be had.
func (f *filler) await(ctx context.Context, b *busy) error {
	tx := f.store.Begin(f.opts)
	defer tx.Rollback()
	return tx.acquire(ctx, b.name, b.mode, Block)
}

// addEntry adds the entry of the row at a key, if there is one. It waits for nobody: a lock that
// somebody else has is given back to be waited for.
func (f *filler) addEntry(ctx context.Context, t *Tx, seen seenRow) (*busy, error) {
	table, index, key := f.table, f.index, seen.key
	held := func(name string, mode lock.Mode) (*busy, error) {
		err := t.acquire(ctx, name, mode, NoWait)
		if err == errSkipped {
			return &busy{name, mode}, nil
		}
		return nil, err
	}
	if b, err := held(key, rowModes[LockShare]); b != nil || err != nil {
		return b, err
	}
	row, err := f.latest(t, seen)
	if err != nil || row == nil {
		return nil, err
	}
	if index.Inverted() {
		c, err := t.code(table, index)
		if err != nil {
			return nil, err
		}
		made, err := t.invertedEntries(c, userOf(table, key), row, key)
		if err != nil || made.len() == 0 {
			return nil, err
		}
		t.putEntries(made)
		t.entriesOnly = true
		return nil, nil
	}
	entry, unique, err := t.appendEntry(nil, table, index, userOf(table, key), row, key)
	if err != nil || len(entry) == 0 {
		return nil, err
	}
	name := string(entry)
	if unique {
		if b, err := held(name, exclusive); b != nil || err != nil {
			return b, err
		}
		at, err := t.latestEntry(name)
		if err != nil || at == key {
			return nil, err
		}
		if at != "" {
			// Another row has the key, unless somebody is taking it away.
			if b, err := held(at, rowModes[LockShare]); b != nil || err != nil {
				return b, err
			}
			if at, err = t.latestEntry(name); err != nil {
				return nil, err
			}
			if at != "" {
				return nil, t.duplicateKey(table, index, row)
			}
		}
	}
	t.put(&write{key: name, value: []byte(key)})
	t.entriesOnly = true
	return nil, nil
}

// latest gives the newest version of a row that is locked, nil if there is none: if nobody has written
// the table since, the one of the snapshot.
func (f *filler) latest(t *Tx, seen seenRow) (types.Row, error) {
	if t.store.lastWrites.of(f.table.OID) > f.asOf {
		row, _, err := t.latest(f.table, seen.key)
		return row, err
	}
	row := make(types.Row, len(f.table.Columns)+SystemValues)
	_, err := t.store.decodeRow(f.table, seen.value, nil, row, 0)
	return row, err
}

// duplicateKey is the error of a unique index that cannot be made because of a row.
func (t *Tx) duplicateKey(table *catalog.Table, index *catalog.Index, row types.Row) error {
	return sqlerr.New(sqlerr.UniqueViolation, `could not create unique index "%s"`, index.Name).
		WithDetail("Key %s is duplicated.", t.describeKey(table, index, row)).OnTable(t.schemaOf(table), table.Name).OnConstraint(index.Name)
}

// Validate says that an index has all its entries from the commit on.
func (t *Tx) Validate(ctx context.Context, table, index catalog.OID) error {
	t.Made(index)
	return t.ChangeIndex(ctx, table, index, func(i *catalog.Index) { i.Invalid, i.Unready = false, false })
}

// Retire says that those who write the table do not keep an invalid index any more.
func (t *Tx) Retire(ctx context.Context, table, index catalog.OID) error {
	return t.ChangeIndex(ctx, table, index, func(i *catalog.Index) { i.Unready = true })
}

// Made says that older snapshots than the transaction's commit have rows that an index has no
// entries for.
func (t *Tx) Made(index catalog.OID) { t.made = append(t.made, index) }

// ChangeIndex changes the definition of an index. One that is gone is 42704.
func (t *Tx) ChangeIndex(ctx context.Context, table, index catalog.OID, change func(*catalog.Index)) error {
	return t.editIndex(ctx, table, index, func(changed *catalog.Table, at int) {
		i := *changed.Indexes[at]
		change(&i)
		changed.Indexes[at] = &i
	})
}

// RemoveIndex drops an index that nobody uses any more.
func (t *Tx) RemoveIndex(ctx context.Context, table, index catalog.OID) error {
	return t.editIndex(ctx, table, index, func(changed *catalog.Table, at int) {
		t.DropIndexStorage(changed, changed.Indexes[at])
		changed.Indexes = slices.Delete(changed.Indexes, at, at+1)
	})
}

func (t *Tx) editIndex(ctx context.Context, table, index catalog.OID, edit func(changed *catalog.Table, at int)) error {
	if _, err := t.Edit(ctx); err != nil {
		return err
	}
	if now := t.Catalog().Table(table); now != nil {
		if at := slices.IndexFunc(now.Indexes, func(i *catalog.Index) bool { return i.OID == index }); at >= 0 {
			changed := now.Clone()
			edit(changed, at)
			t.PutObject(changed)
			return nil
		}
	}
	return sqlerr.New(sqlerr.UndefinedObject, "index %d does not exist", index)
}

package tables

import (
	"bytes"
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
)

// A unique key is locked before it is looked for, and kept locked if it is free,
// so that two transactions cannot both find it free. Who finds a row that has it
// locks that row against losing the key, and so waits for whoever is taking it
// away, and then looks again: the row may have given the key up. Those who only
// reference the row, or change the rest of it, need not be waited for.

// conflict is a row that is in the way of one about to be stored.
type conflict struct {
	index *catalog.Index
	ref   RowRef
	row   types.Row
}

// Insert adds a row. The row belongs to the transaction afterwards.
func (t *Tx) Insert(ctx context.Context, table *catalog.Table, user string, row types.Row) (RowRef, error) {
	ref, found, err := t.insert(ctx, table, user, row, nil, LockKeyShare)
	if err != nil {
		return RowRef{}, err
	}
	if found != nil {
		return RowRef{}, t.violation(table, found, row)
	}
	return ref, nil
}

// InsertUnlessConflict adds a row unless one with the same key is there in one
// of the arbiter indexes (nil: any); then it gives that row, locked if it is to be
// updated. A duplicate in another index is an error.
func (t *Tx) InsertUnlessConflict(ctx context.Context, table *catalog.Table, user string, row types.Row, arbiters []*catalog.Index, update bool) (ref, inTheWay *RowRef, existing types.Row, err error) {
	strength := LockKeyShare
	if update {
		strength = LockNoKeyUpdate
	}
	added, found, err := t.insert(ctx, table, user, row, arbiters, strength)
	switch {
	case err != nil:
		return nil, nil, nil, err
	case found == nil:
		return &added, nil, nil, nil
	case arbiters != nil && !isArbiter(arbiters, found.index):
		return nil, nil, nil, t.violation(table, found, row)
	}
	if seq := seqOf(table, found.row); t.opts.Isolation != ReadCommitted && seq > t.view().Seq() {
		return nil, nil, nil, sqlerr.New(sqlerr.SerializationFailure, "could not serialize access due to concurrent update")
	}
	found.ref.conflict = true
	return nil, &found.ref, found.row, nil
}

// seqOf is the commit that wrote a row, zero for one that is not committed.
func seqOf(table *catalog.Table, row types.Row) storage.Seq {
	return storage.Seq(row[len(table.Columns)].Int())
}

// insert adds a row, or gives the one that is in its way: locked if it is to be changed,
// with no lock left if it is only to be known.
func (t *Tx) insert(ctx context.Context, table *catalog.Table, user string, row types.Row, arbiters []*catalog.Index, strength LockStrength) (RowRef, *conflict, error) {
	if err := t.mayWrite(ctx, table, user); err != nil {
		return RowRef{}, nil, err
	}
	if !table.PerUser {
		user = "" // everybody's
	}
	key := t.rowKey(table, user, row)
	mark := t.owner.Mark()
	found, err := t.findConflict(ctx, table, user, key, row, "", nil, arbiters, strength)
	if found != nil && strength == LockKeyShare {
		t.store.locks.ReleaseSince(&t.owner, mark)
	}
	if err != nil || found != nil {
		return RowRef{}, found, err
	}
	version := t.record(table, user, key, nil, row, ReasonNone, false)
	if err := t.reindex(table, user, "", nil, key, row); err != nil {
		return RowRef{}, nil, err
	}
	if t.observer != nil {
		t.observer(RowChange{Table: table, User: user, New: row, NewKey: key})
	}
	return RowRef{key: key, user: user, version: version}, nil, nil
}

// findConflict locks the keys of a row about to be stored in the unique indexes
// and finds a row that has one of them already. When the row replaces another,
// self is the other's key and old the other: a key that it has already needs no
// check. Arbiters are looked at first, as ON CONFLICT does. The row found is locked
// with the given strength.
func (t *Tx) findConflict(ctx context.Context, table *catalog.Table, user, key string, row types.Row, self string, old types.Row, arbiters []*catalog.Index, strength LockStrength) (*conflict, error) {
	for _, wanted := range []bool{true, false} {
		for _, index := range table.Indexes {
			if !index.Unique && !index.Primary && index.Exclusion == nil || index.Unready || isArbiter(arbiters, index) != wanted {
				continue
			}
			var found *conflict
			var err error
			switch {
			case index.Exclusion != nil:
				if index.Deferrable {
					continue
				}
				found, err = t.excluding(ctx, table, index, user, row, self, old)
			case index.Primary:
				if key == self {
					continue
				}
				found, err = t.rowInTheWay(ctx, table, user, key, strength)
			default:
				if index.Deferrable {
					if err := t.lockDeferred(ctx, table, index, user, row, old); err != nil {
						return nil, err
					}
					continue
				}
				found, err = t.entryInTheWay(ctx, table, index, user, key, row, self, old, strength)
			}
			if err != nil {
				return nil, err
			}
			if found != nil {
				found.index = index
				t.maxSeen = max(t.maxSeen, seqOf(table, found.row))
				return found, nil
			}
		}
	}
	return nil, nil
}

func isArbiter(list []*catalog.Index, index *catalog.Index) bool {
	return slices.ContainsFunc(list, func(i *catalog.Index) bool { return i.OID == index.OID })
}

// takeFree locks a key if nobody else has it locked and there is no row with it;
// false: that must be looked into. Most keys of new rows are free.
func (t *Tx) takeFree(ctx context.Context, table *catalog.Table, key string, strength LockStrength) (bool, error) {
	if t.order >= claimAfter {
		if mine, err := t.claim(ctx, table, key); err != nil || mine {
			return mine, err
		}
	}
	mark := t.owner.Mark()
	switch err := t.acquireRow(ctx, key, LockUpdate, SkipLocked); {
	case err == errSkipped:
		return false, nil
	case err != nil:
		return false, err
	}
	free, err := t.highestKey(table.OID).passed(t.store.engine, table, key)
	if err == nil && !free && strength != LockNoKeyUpdate { // ON CONFLICT DO UPDATE: it is there, most likely
		if _, err = t.unclaimed(ctx, table, key); err == nil {
			var existing types.Row
			existing, _, err = t.latest(table, key)
			free = existing == nil
		}
	}
	if err != nil || !free {
		t.store.locks.ReleaseSince(&t.owner, mark)
		return false, err
	}
	return true, nil
}

// rowInTheWay locks a key and finds the row there.
func (t *Tx) rowInTheWay(ctx context.Context, table *catalog.Table, user, key string, strength LockStrength) (*conflict, error) {
	if free, err := t.takeFree(ctx, table, key, strength); err != nil || free {
		return nil, err
	}
	var existing types.Row
	for locked, free := false, storage.Seq(0); ; locked = true {
		var err error
		if locked && free != 0 && free == t.store.engine.Applied() {
			return nil, nil // nobody has committed anything since it was looked for
		}
		free = t.store.engine.Applied()
		if existing, _, err = t.latest(table, key); err != nil {
			return nil, err
		}
		if existing != nil {
			free = 0
		}
		if existing == nil || table.TTL > 0 {
			strength = LockUpdate
		}
		if locked && t.store.locks.Holds(&t.owner, key, rowModes[strength]) {
			break
		}
		if existing, err = t.merelyLocked(ctx, table, key, strength); err != nil {
			return nil, err
		}
		if existing != nil {
			return &conflict{ref: RowRef{key: key, user: user}, row: existing}, nil
		}
		if waited, err := t.unclaimed(ctx, table, key); err != nil {
			return nil, err
		} else if waited {
			free = 0
		}
	}
	if existing == nil {
		return nil, nil
	}
	if removed, err := t.removeExpired(table, user, key, existing); err != nil || removed {
		return nil, err
	}
	return &conflict{ref: RowRef{key: key, user: user}, row: existing}, nil
}

// merelyLocked locks a row that is in the way, waiting for who has locked it more
// strongly; but if that is to be against the loss of its key only, and nobody is taking
// it away, it gives the row as it is, not locked.
func (t *Tx) merelyLocked(ctx context.Context, table *catalog.Table, key string, strength LockStrength) (types.Row, error) {
	if strength == LockKeyShare && t.opts.Isolation != Serializable {
		if err := t.acquireRow(ctx, key, strength, SkipLocked); err != errSkipped {
			return nil, err
		}
		if t.store.leaving.stays(key) {
			if existing, _, err := t.latest(table, key); existing != nil || err != nil {
				return existing, err
			}
		}
	}
	return nil, t.acquireRow(ctx, key, strength, Block)
}

// entryInTheWay locks a unique index key and finds the row that has it.
func (t *Tx) entryInTheWay(ctx context.Context, table *catalog.Table, index *catalog.Index, user, key string, row types.Row, self string, old types.Row, strength LockStrength) (*conflict, error) {
	entry, unique, err := t.appendEntry(t.buf[:0], table, index, user, row, key)
	if err != nil {
		return nil, err
	}
	t.buf = entry
	if !unique {
		return nil, nil
	}
	if old != nil && key == self {
		before, _, err := t.appendEntry(t.buf2[:0], table, index, user, old, key)
		if err != nil {
			return nil, err
		}
		t.buf2 = before
		if bytes.Equal(t.buf2, entry) {
			return nil, nil
		}
	}
	name := string(entry)
	if err := t.acquire(ctx, name, exclusive, Block); err != nil {
		return nil, err
	}
	for {
		at, err := t.latestEntry(name)
		if err != nil || at == "" || at == self {
			return nil, err
		}
		if table.TTL > 0 {
			strength = LockUpdate // it may have to be removed
		}
		locked, err := t.merelyLocked(ctx, table, at, strength)
		if err != nil {
			return nil, err
		}
		if again, err := t.latestEntry(name); err != nil {
			return nil, err
		} else if again != at {
			continue // the row that had it has another key now, or is gone
		}
		if locked != nil {
			return &conflict{ref: RowRef{key: at, user: user}, row: locked}, nil
		}
		existing, _, err := t.latest(table, at)
		if err != nil || existing == nil {
			return nil, err
		}
		if removed, err := t.removeExpired(table, user, at, existing); err != nil || removed {
			return nil, err
		}
		return &conflict{ref: RowRef{key: at, user: user}, row: existing}, nil
	}
}

// latestEntry reads the newest version of an index entry: the key of its row,
// or nothing.
func (t *Tx) latestEntry(key string) (string, error) {
	if w := t.mine(key); w != nil {
		return string(w.value), nil
	}
	value, found, err := t.getLatest(key)
	if err != nil || !found {
		return "", translate(err)
	}
	return string(value), nil
}

// violation is what a row says that finds another in its way. A serializable transaction that
// has looked for it in vain is to be tried again, and is told so.
func (t *Tx) violation(table *catalog.Table, found *conflict, row types.Row) error {
	if t.overtaken() {
		return errDependencies
	}
	if found.index.Exclusion != nil {
		return t.excluded(table, found.index, row, found.row)
	}
	return t.duplicate(table, found.index, row)
}

// duplicate is the unique violation.
func (t *Tx) duplicate(table *catalog.Table, index *catalog.Index, row types.Row) error {
	err := sqlerr.New(sqlerr.UniqueViolation, `duplicate key value violates unique constraint "%s"`, index.Name).
		OnTable(t.schemaOf(table), table.Name).OnConstraint(index.Name)
	if t.showsKey(table, index) {
		err = err.WithDetail("Key %s already exists.", t.describeKey(table, index, row))
	}
	return err
}

// showsKey says whether an error may tell what an index holds.
func (t *Tx) showsKey(table *catalog.Table, index *catalog.Index) bool {
	var columns []int16
	for _, c := range index.Keys {
		if c.Column == 0 {
			return t.Shows(table) // an expression over whatever columns
		}
		columns = append(columns, c.Column)
	}
	return t.Shows(table, columns...)
}

// schemaOf names a table's schema.
func (t *Tx) schemaOf(table *catalog.Table) string {
	if s := t.Catalog().SchemaByOID(table.Schema); s != nil {
		return s.Name
	}
	return ""
}

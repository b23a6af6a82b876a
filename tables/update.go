package tables

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables/rowcodec"
)

// Update replaces a row that Lock has locked for that, no more strongly than its
// other columns need: a row that loses a unique key is locked against those who
// reference it here. The new row belongs to the
// transaction afterwards. A row whose primary key changes leaves its old key
// and arrives at the new one.
func (t *Tx) Update(ctx context.Context, table *catalog.Table, ref RowRef, row types.Row) (RowRef, error) {
	if err := t.mayWrite(ctx, table, ref.user); err != nil {
		return RowRef{}, err
	}
	if err := t.acquireRow(ctx, ref.key, LockNoKeyUpdate, Block); err != nil {
		return RowRef{}, err
	}
	current, err := t.current(table, ref.key)
	if err != nil {
		return RowRef{}, err
	}
	if to, ok := t.followed[ref.key]; ok && current == nil {
		return t.Update(ctx, table, RowRef{key: to, user: ref.user, conflict: ref.conflict}, row)
	}
	if current == nil {
		return RowRef{}, sqlerr.New(sqlerr.SerializationFailure, "could not serialize access due to concurrent delete")
	}
	key := ref.key
	if table.PrimaryKey() != nil {
		key = t.rowKey(table, ref.user, row)
	}
	if key != ref.key || losesKey(table, current, row) {
		if err := t.acquireRow(ctx, ref.key, LockUpdate, Block); err != nil {
			return RowRef{}, err
		}
		t.leaves(ref.key)
	}
	found, err := t.findConflict(ctx, table, ref.user, key, row, ref.key, current, nil, LockKeyShare)
	if err != nil {
		return RowRef{}, err
	}
	if found != nil {
		return RowRef{}, t.violation(table, found, row)
	}
	fresh := t.mine(ref.key) != nil
	var version rowVersion
	if key == ref.key {
		version = t.record(table, ref.user, key, current, row, ReasonNone, ref.conflict)
	} else {
		t.record(table, ref.user, ref.key, current, nil, ReasonNone, false)
		version = t.record(table, ref.user, key, nil, row, ReasonNone, ref.conflict)
		t.moved = append(t.moved, step{ref.key, key})
	}
	if err := t.reindex(table, ref.user, ref.key, current, key, row); err != nil {
		return RowRef{}, err
	}
	if t.observer != nil {
		t.observer(RowChange{Table: table, User: ref.user, Old: current, New: row, OldKey: ref.key, NewKey: key, Fresh: fresh})
	}
	return RowRef{key: key, user: ref.user, version: version}, nil
}

// losesKey says whether a row gives up a key that others may reference.
func losesKey(table *catalog.Table, old, row types.Row) bool {
	for _, index := range table.Indexes {
		if !index.Unique || index.Predicate != "" {
			continue
		}
		for _, k := range index.Keys {
			at := table.Ordinal(k.Column)
			if at < 0 {
				continue
			}
			a, b := old[at], row[at]
			if a.IsNull() != b.IsNull() || !a.IsNull() && !rowcodec.Identical(table.Columns[at].Type.Type, a, b) {
				return true
			}
		}
	}
	return false
}

// current reads the newest version of a row whose key the transaction has
// locked.
func (t *Tx) current(table *catalog.Table, key string) (types.Row, error) {
	if t.locked.row != nil && t.locked.key == key && t.mine(key) == nil {
		return t.locked.row, nil
	}
	row, _, err := t.latest(table, key)
	return row, err
}

// Delete removes a row that Lock has locked.
func (t *Tx) Delete(ctx context.Context, table *catalog.Table, ref RowRef) error {
	return t.delete(ctx, table, ref, ReasonNone)
}

func (t *Tx) delete(ctx context.Context, table *catalog.Table, ref RowRef, reason Reason) error {
	if err := t.mayWrite(ctx, table, ref.user); err != nil {
		return err
	}
	if err := t.acquireRow(ctx, ref.key, LockUpdate, Block); err != nil {
		return err
	}
	current, err := t.current(table, ref.key)
	if to, ok := t.followed[ref.key]; ok && err == nil && current == nil {
		return t.delete(ctx, table, RowRef{key: to, user: ref.user}, reason)
	}
	if err != nil || current == nil {
		return err
	}
	t.leaves(ref.key)
	fresh := t.mine(ref.key) != nil
	t.record(table, ref.user, ref.key, current, nil, reason, false)
	if err := t.reindex(table, ref.user, ref.key, current, ref.key, nil); err != nil {
		return err
	}
	if t.observer != nil && reason == ReasonNone {
		t.observer(RowChange{Table: table, User: ref.user, Old: current, OldKey: ref.key, Fresh: fresh})
	}
	return nil
}

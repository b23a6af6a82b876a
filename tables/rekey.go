package tables

import (
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables/keys"
	"github.com/kalamsql/kalamsql/tables/rowcodec"
)

// # Another primary key
//
// Rows lie under their primary keys, so that another one moves them all. If the transaction
// has made the table itself, they are new ones under either key. Where it has written nothing
// of the table before, that is done as it is for a rewrite: the stored rows go under their new keys as they are, silently, what was stored
// goes as a range, and of the change log's entry only the table's name grows. Live
// queries over the table end, and none is resumed across it.

// rekeyed is a table whose rows a transaction has put under other keys.
type rekeyed struct {
	table catalog.OID
	was   []byte // the prefix of what was stored
}

// Rekey stores every row under the key that it has by another primary key, or by
// none, as change makes it of what it was (nil: only cut to the new columns). Two
// rows with the same one are 23505. A transaction whose snapshot is older can no longer
// read the table: 40001. The table must be locked against everybody else.
func (t *Tx) Rekey(ctx context.Context, old, new *catalog.Table, change func(types.Row) (types.Row, error)) error {
	prefix := keys.IndexPrefix(old, 0)
	wrote, made := t.wroteWithin(prefix), t.store.Catalog().Table(old.OID) == nil
	if !old.Durable() || wrote && !made {
		return t.rekeyRows(ctx, old, new, change)
	}
	snap := t.store.snapshot()
	defer snap.release()
	own, end, stored := overlay{}, keys.End(prefix), keys.End(prefix)
	if made || t.gone(prefix) {
		stored = prefix // nothing
	}
	if made {
		own = t.now()
		t.dropRange(prefix)
	} else {
		t.rekeyed = append(t.rekeyed[:len(t.rekeyed):len(t.rekeyed)], rekeyed{old.OID, prefix})
		t.rewritten = append(t.rewritten, new.OID)
	}
	it := newMergedIterator(own.runs.Over(snap.NewIter(prefix, stored), prefix, end), own.tree, prefix, end, false)
	defer it.close()
	t.locked.row = nil
	// The log has rows only where it does not follow from the definition what they became.
	kept := &rowWrite{table: new, silent: true, unlogged: change == nil && new.PrimaryKey() != nil}
	decoder := rowcodec.NewDecoder(old, t.neededToRekey(old, new, change != nil), false)
	row := make(types.Row, len(old.Columns)+SystemValues)
	one := func(key string, value []byte) error {
		columns, version, _, err := rowPart(old, value, 0)
		if err == nil {
			err = decoder.Decode(columns, row)
		}
		if err != nil {
			return err
		}
		user, now := userOf(old, key), row[:len(old.Columns)]
		stored := t.keepBytes(value)
		if change != nil {
			if now, err = change(row); err != nil {
				return err
			}
			now = now[:len(new.Columns)]
			stored = t.encodeRow(new, now, version)
			copy(stored, value[:stampSize])
		}
		to, err := t.newKey(new, user, now)
		if err != nil {
			return err
		}
		as := kept
		if made { // still new to everybody
			clear(stored[:stampSize])
			as = &rowWrite{table: new, user: user, version: version, order: t.nextOrder()}
		}
		t.put(&write{key: to, value: stored, row: as})
		if err := t.reindex(old, user, key, row, key, nil); err != nil {
			return err
		}
		return t.reindex(new, user, "", nil, to, now)
	}
	for {
		key, value, ok := it.next()
		if !ok {
			return unreadable(old, it.base.Err())
		}
		if ctx.Err() != nil {
			return translate(ctx.Err())
		}
		if err := one(string(key), value); err != nil {
			return err
		}
		if err := t.relieve(); err != nil {
			return err
		}
	}
}

// HasWritten says whether the transaction has written rows of a table.
func (t *Tx) HasWritten(table *catalog.Table) bool { return t.wroteWithin(keys.IndexPrefix(table, 0)) }

// wroteWithin says whether the transaction has written keys with a prefix.
func (t *Tx) wroteWithin(prefix []byte) bool {
	t.spilled()
	return overlay{t.own, t.runs}.between(prefix, keys.End(prefix))
}

// neededToRekey says which columns are read of the rows; nil is all.
func (t *Tx) neededToRekey(old, new *catalog.Table, all bool) []bool {
	indexed := func(i *catalog.Index) bool { return !i.Primary && !i.Declared }
	pk := new.PrimaryKey()
	if all || slices.ContainsFunc(old.Indexes, indexed) || slices.ContainsFunc(new.Indexes, indexed) {
		return nil
	}
	need := make([]bool, len(old.Columns))
	if pk != nil {
		for _, k := range pk.Keys {
			need[old.Ordinal(k.Column)] = true
		}
	}
	return need
}

// newKey makes the key of a row that comes to it; another row there is 23505.
func (t *Tx) newKey(table *catalog.Table, user string, row types.Row) (string, error) {
	key := t.rowKey(table, user, row)
	if w := t.mine(key); w != nil && w.value != nil {
		pk := table.PrimaryKey()
		return "", sqlerr.New(sqlerr.UniqueViolation, `could not create unique index "%s"`, pk.Name).
			WithDetail("Key %s is duplicated.", t.describeKey(table, pk, row)).OnConstraint(pk.Name)
	}
	return key, nil
}

// rekeyRows is Rekey where the transaction has rows of the table in the making: to
// subscribers the rows go and come again, before they are told of the change of the
// definition.
func (t *Tx) rekeyRows(ctx context.Context, old, new *catalog.Table, change func(types.Row) (types.Row, error)) error {
	type stored struct {
		key, user string
		row       types.Row
	}
	var rows []stored
	err := t.everyRow(ctx, old, func(at, value []byte) error {
		key := string(at)
		row := make(types.Row, len(old.Columns)+SystemValues)
		if _, err := t.store.decodeRow(old, value, nil, row, 0); err != nil {
			return err
		}
		rows = append(rows, stored{key, userOf(old, key), row})
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range rows {
		t.record(old, r.user, r.key, r.row, nil, ReasonNone, false)
		if err := t.reindex(old, r.user, r.key, r.row, r.key, nil); err != nil {
			return err
		}
	}
	for _, r := range rows {
		var row types.Row
		if change != nil {
			if row, err = change(r.row); err != nil {
				return err
			}
		} else {
			row = r.row[:len(new.Columns):len(new.Columns)].Clone()
		}
		key, err := t.newKey(new, r.user, row)
		if err != nil {
			return err
		}
		t.record(new, r.user, key, nil, row, ReasonNone, false)
		if err := t.reindex(new, r.user, "", nil, key, row); err != nil {
			return err
		}
	}
	return nil
}

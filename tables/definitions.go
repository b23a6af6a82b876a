package tables

import (
	"bytes"
	"context"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/sql/types/sortkey"
	"github.com/kalamsql/kalamsql/tables/keys"
)

// DropStorage removes everything stored of a table when the transaction
// commits.
func (t *Tx) DropStorage(table *catalog.Table) {
	t.dropRange(keys.TablePrefix(table))
}

// DropIndexStorage removes an index's entries when the transaction commits.
func (t *Tx) DropIndexStorage(table *catalog.Table, index *catalog.Index) {
	t.dropRange(keys.IndexPrefix(table, index.OID))
}

// dropRange forgets the transaction's own writes below a prefix and removes
// the committed ones with the commit.
func (t *Tx) dropRange(prefix []byte) {
	if t.own != nil {
		var own []*write
		end := string(keys.End(prefix))
		t.own.Ascend(&write{key: string(prefix)}, func(w *write) bool {
			if w.key >= end {
				return false
			}
			own = append(own, w)
			return true
		})
		for _, w := range own {
			t.own.Delete(w)
		}
	}
	t.forgetRuns(prefix)
	t.droppedRanges = append(t.droppedRanges[:len(t.droppedRanges):len(t.droppedRanges)], prefix)
}

// gone says whether what is stored under a key goes when the transaction commits, with
// all of its table or index: then there are only the transaction's own writes.
func (t *Tx) gone(key []byte) bool {
	for _, prefix := range t.droppedRanges {
		if bytes.HasPrefix(key, prefix) {
			return true
		}
	}
	for _, r := range t.rekeyed {
		if bytes.HasPrefix(key, r.was) {
			return true
		}
	}
	return false
}

// getLatest reads the newest committed value of a key. It is valid until the next call.
func (t *Tx) getLatest(key string) (value []byte, found bool, err error) {
	t.buf = append(t.buf[:0], key...)
	if t.gone(t.buf) {
		return nil, false, nil
	}
	value, found, err = t.store.engine.GetLatest(t.buf, t.buf2)
	t.buf2 = value
	return value, found, err
}

// inView says whether a key is in the snapshot.
func (t *Tx) inView(key string) (bool, error) {
	if t.gone([]byte(key)) {
		return false, nil
	}
	_, found, err := t.view().Get([]byte(key), nil)
	return found, err
}

// everyRow calls fn with the key and the stored value of every row of a table, of all
// slices, as the transaction sees them newest. They are valid during the call.
func (t *Tx) everyRow(ctx context.Context, table *catalog.Table, fn func(key, value []byte) error) error {
	snap := t.store.snapshot()
	defer snap.release()
	prefix := keys.IndexPrefix(table, 0)
	it := t.mergedIterator(snap, t.now(), prefix, keys.End(prefix), false)
	defer it.close()
	for {
		key, value, ok := it.next()
		if !ok {
			return unreadable(table, it.base.Err())
		}
		if ctx.Err() != nil {
			return translate(ctx.Err())
		}
		if err := fn(key, value); err != nil {
			return err
		}
	}
}

// userOf reads the user out of a row's key.
func userOf(table *catalog.Table, key string) string {
	if !table.PerUser {
		return ""
	}
	rest := key[len(keys.IndexPrefix(table, 0)):]
	var user []byte
	for i := 0; i+1 < len(rest); i++ {
		if rest[i] == 0 {
			if rest[i+1] == 1 {
				break
			}
			user = append(user, 0)
			i++
			continue
		}
		user = append(user, rest[i])
	}
	return string(user)
}

// Indexable says whether an index can have entries for values of a type.
func Indexable(t *types.Type) bool { return sortkey.Encodable(t) }

// RewriteRows stores every row anew after a change of the table's columns. f
// gives the new columns from the old ones; keys stay. Subscribers are not told:
// they are told of the change of the definition. A transaction whose snapshot is
// older can no longer read the table: 40001.
func (t *Tx) RewriteRows(ctx context.Context, old, new *catalog.Table, f func(types.Row) (types.Row, error)) error {
	row := make(types.Row, len(old.Columns)+SystemValues)
	t.locked.row = nil
	err := t.everyRow(ctx, old, func(at, value []byte) error {
		key := string(at)
		if _, err := t.store.decodeRow(old, value, nil, row, 0); err != nil {
			return err
		}
		changed, err := f(row)
		if err != nil {
			return err
		}
		changed = changed[:len(new.Columns)]
		own := t.mine(key)
		if own != nil && !own.row.silent {
			return t.rewriteOwn(new, own, changed, f)
		}
		stored := t.encodeRow(new, changed, versionOf(old, row))
		copy(stored, value[:stampSize])
		if !new.Durable() {
			copy(stored[stampSize:], value[stampSize:stampSize+8])
		}
		if own == nil && bytes.Equal(stored, value) {
			return nil
		}
		t.put(&write{key: key, value: stored, row: &rowWrite{table: new, silent: true}})
		return t.relieve()
	})
	if err == nil {
		t.rewritten = append(t.rewritten, new.OID)
	}
	return err
}

// rewriteOwn rewrites a row that the transaction has written itself. What it
// replaced is rewritten too where that can be; where it cannot, the row is told
// of as a new one.
func (t *Tx) rewriteOwn(table *catalog.Table, own *write, row types.Row, f func(types.Row) (types.Row, error)) error {
	r := *own.row
	r.table, r.new, r.rewritten = table, row.Clone(), true
	if r.order == 0 { // it lies in files
		r.order = t.nextOrder()
	}
	if r.old != nil {
		system := r.old[len(r.old)-SystemValues:]
		if old, err := f(r.old); err == nil {
			r.old = append(old[:len(table.Columns)].Clone(), system...)
		} else {
			r.old = nil
		}
	}
	t.put(&write{key: own.key, value: t.encodeRow(table, r.new, r.version), row: &r})
	return nil
}

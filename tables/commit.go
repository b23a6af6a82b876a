package tables

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/keys"
	"github.com/kalamsql/kalamsql/tables/rowcodec"
)

// Commit makes the transaction's writes visible and, unless Sync is off, waits
// until they are durable. The sequence is zero if there was nothing to commit.
//
// Locks are given back when the writes are visible, before they are durable: who
// has waited for them sees the writes, and commits after them, so that nothing
// that depends on a commit survives a crash without it.
func (t *Tx) Commit(ctx context.Context) (storage.Seq, error) {
	defer t.end()
	if !t.Changed() {
		return 0, nil
	}
	if err := t.pushOut(ctx); err != nil {
		return 0, err
	}
	if err := t.validate(ctx); err != nil {
		return 0, err
	}
	b := t.store.engine.NewBatch()
	defer b.Close()
	cs, deadlines, err := t.fill(b)
	if err != nil {
		return 0, err
	}
	if len(cs.Changes)+len(cs.Notifications)+len(deadlines)+len(t.droppedRanges)+len(t.restarts) == 0 && cs.Catalog == nil && t.load.files == nil && !t.entriesOnly {
		return 0, nil // the writes undo each other
	}
	t.store.xids.keep(t.lastXID, b)
	touched := t.touchedKeys()
	seq, err := t.store.engine.Commit(b, func(seq storage.Seq, at time.Time) any {
		cs.Seq, cs.At = seq, at
		stamp := types.Int(int64(seq))
		for i := range cs.Changes {
			if row := cs.Changes[i].New; row != nil {
				row[len(row)-SystemValues] = stamp
			}
		}
		t.store.rewrites.committed(t.rewritten, seq)
		t.store.made.committed(t.made, seq)
		t.store.moves.committed(t.moved, seq)
		if cs.Catalog != nil {
			// Temporary relations of others may have come meanwhile.
			if newest := t.store.Catalog(); newest != t.base {
				cs.Catalog = t.merged(newest).Done()
			}
			t.store.forgetIndexes(t.store.Catalog(), cs.Catalog, t.objects)
			t.store.install(cs.Catalog)
		}
		t.store.lastWrites.committed(cs, t.droppedRanges)
		t.store.streams.committed(cs, deadlines)
		t.store.ring.add(cs)
		t.store.recent.add(seq, touched)
		t.store.statistics.committed(cs, t.droppedRanges)
		t.store.counters.committed(cs)
		for _, oid := range cs.Dropped {
			t.store.highest.forget(oid)
		}
		return cs
	}, storage.CommitOptions{Sync: t.opts.Sync, Visible: func(seq storage.Seq) {
		for _, oid := range t.emptied {
			t.store.highest.forget(oid)
		}
		t.store.forgetSequences(t.restarts)
		t.end()
		t.store.forgetSnapshot(seq)
	}})
	if err != nil {
		return 0, translate(err)
	}
	return seq, nil
}

// touchedKeys lists the keys written, for SERIALIZABLE's validation, which is about
// serializable transactions among themselves.
func (t *Tx) touchedKeys() []string {
	if t.own == nil || t.opts.Isolation != Serializable || !t.store.recent.wanted() {
		return nil
	}
	list := make([]string, 0, t.own.Len())
	t.own.Scan(func(w *write) bool {
		list = append(list, w.key)
		return true
	})
	return list
}

// fill turns the writes into a batch, a log entry and a change set, and lists
// the times at which the stream rows among them end. Records are added in the order of
// their keys, which spares a large batch being sorted: definitions, the log, rows.
func (t *Tx) fill(b *storage.Batch) (*ChangeSet, []deadline, error) {
	cs := &ChangeSet{Notifications: t.notifications}
	entry, err := t.beginEntry()
	if err != nil {
		return nil, nil, err
	}
	if t.own != nil {
		b.Grow(t.own.Len(), int(t.size)+t.own.Len()*(recordBytes-writeBytes)) // twice the keys and values: the log lies in it too
	}
	for _, prefix := range t.droppedRanges {
		b.DeleteRange(prefix, keys.End(prefix))
	}
	for _, oid := range t.truncated {
		if entry.load == nil {
			entry.truncate(oid)
		}
		cs.Truncated = append(cs.Truncated, oid)
	}
	for _, r := range t.rekeyed {
		b.DeleteRange(r.was, keys.End(r.was))
		if entry.load == nil {
			entry.rekey(r.table)
		}
		cs.Rekeyed = append(cs.Rekeyed, r.table)
	}
	if t.own != nil {
		t.fillChanges(b, cs, entry)
		t.fillSequences(entry)
	}
	if err := t.fillDefinitions(b, cs, entry); err != nil {
		return nil, nil, err
	}
	entry.into(b, true)
	var deadlines []deadline
	if t.own != nil {
		deadlines = t.fillRows(b)
	}
	return cs, deadlines, t.fillLoad(b, cs)
}

// fillRows adds rows and index entries.
func (t *Tx) fillRows(b *storage.Batch) (deadlines []deadline) {
	t.own.Scan(func(w *write) bool {
		t.buf = append(t.buf[:0], w.key...)
		key := t.buf
		if w.row != nil && w.value != nil && !w.row.silent && w.row.table.TTL > 0 {
			// Even a row that stays as it was lives anew.
			b.SetStamped(key, w.value)
			r := w.row
			deadlines = append(deadlines, deadline{written(w.value) + r.table.TTL.Microseconds(), r.table.OID, r.user, w.key})
			return true
		}
		switch w.effect() {
		case setAsItIs:
			b.Set(key, w.value)
		case setStamped:
			b.SetStamped(key, w.value)
		case deletes:
			b.Delete(key)
		}
		return true
	})
	return deadlines
}

// isChange says whether a write is the net change of a row, which is told.
func (w *write) isChange() bool {
	r := w.row
	return r != nil && !r.silent && (r.old != nil || w.value != nil || r.loaded == loadedRow) && !r.unchanged()
}

// fillChanges adds the net change of every row.
func (t *Tx) fillChanges(b *storage.Batch, cs *ChangeSet, entry *logEntry) {
	changed := make([]*write, 0, t.own.Len())
	logged := 0 // bytes, about
	t.own.Scan(func(w *write) bool {
		switch {
		case w.row != nil && w.row.silent && w.value != nil && !w.row.unlogged:
			entry.rewrite(w)
			entry.into(b, false)
		case w.isChange():
			changed = append(changed, w)
			logged += len(w.key) + 2*len(w.value) + logChangeSize
		}
		return true
	})
	if len(changed) > 1 && entry.load == nil {
		entry.bytes = slices.Grow(entry.bytes, min(logged, storage.LogPart+4096))
	}
	cs.Changes = make([]Change, 0, len(changed))
	logChanges(b, cs, entry, changed, t.order)
}

// logChanges adds changes, which come in the order of their keys, to the change log and,
// unless it is nil, to the change set, in that in which the rows were first touched; order is
// the last of the transaction's.
func logChanges(b *storage.Batch, cs *ChangeSet, entry *logEntry, changed []*write, order int) {
	if !slices.IsSortedFunc(changed, byOrder) {
		changed = inOrder(changed, order)
	}
	for _, w := range changed {
		r := w.row
		c := Change{Table: r.table, User: r.user, Reason: r.reason, Op: Update, Old: r.old, New: r.new, Key: w.key}
		switch {
		case w.value == nil:
			c.Op = Delete
		case r.old == nil:
			c.Op = Insert
		}
		if r.table.Durable() {
			entry.change(&c, w.value)
			entry.into(b, false)
		}
		if cs == nil {
			continue
		}
		switch {
		case c.New == nil && w.value != nil:
			c.stored, cs.packed = w.value, true
		case c.New != nil:
			c.New = append(slices.Grow(r.new[:len(r.table.Columns):cap(r.new)], SystemValues), types.Null, r.version.datum())
		}
		cs.Changes = append(cs.Changes, c)
	}
}

func byOrder(a, b *write) int { return a.row.order - b.row.order }

// inOrder sorts writes by when their rows were first touched. Where most of the
// transaction's are among them, each goes to its place.
func inOrder(list []*write, order int) []*write {
	if order > 4*len(list) {
		slices.SortFunc(list, byOrder)
		return list
	}
	places := make([]*write, order+1)
	for _, w := range list {
		places[w.row.order] = w
	}
	return slices.DeleteFunc(places, func(w *write) bool { return w == nil })
}

// recordBytes is about what a row takes in a batch beside its key and its value: kinds,
// lengths, and what the log says of it.
const recordBytes = 40

// unchanged says whether an update left every column as it was.
func (r *rowWrite) unchanged() bool {
	if r.old == nil || r.new == nil {
		return false
	}
	for i, c := range r.table.Columns {
		a, b := r.old[i], r.new[i]
		if a.IsNull() != b.IsNull() || !a.IsNull() && !rowcodec.Identical(c.Type.Type, a, b) {
			return false
		}
	}
	return true
}

// fillDefinitions adds the objects that were made, changed and dropped.
func (t *Tx) fillDefinitions(b *storage.Batch, cs *ChangeSet, entry *logEntry) error {
	if t.edit == nil {
		return nil
	}
	cs.Catalog = t.edit.Catalog()
	committed := t.store.Catalog()
	for oid, o := range t.objects {
		old := committed.Get(oid)
		switch {
		case o != nil:
			value, err := json.Marshal(o)
			if err != nil {
				return fmt.Errorf("store definition %d: %w", oid, err)
			}
			b.Set(objectKey(o.ObjectClass(), oid), value)
			if err := entry.redefine(cs, old, o); err != nil {
				return err
			}
			entry.object(o.ObjectClass(), value)
			if old != nil {
				cs.Altered = append(cs.Altered, oid)
			}
		case old != nil:
			b.Delete(objectKey(old.ObjectClass(), oid))
			switch old.ObjectClass() {
			case catalog.ClassSequence:
				b.Delete(sequenceKey(oid))
			case catalog.ClassTable:
				b.Delete(objectKey(statisticsClass, oid))
			}
			if t, ok := old.(*catalog.Table); ok && len(t.Parents) > 0 {
				value, err := json.Marshal(t)
				if err != nil {
					return fmt.Errorf("note definition %d: %w", oid, err)
				}
				entry.before(catalog.ClassTable, value)
				cs.Redefined = append(cs.Redefined, Redefinition{Before: t})
			}
			entry.drop(old.ObjectClass(), oid)
			cs.Dropped = append(cs.Dropped, oid)
		}
	}
	b.Set(nextOIDKey, t.store.oids.encode())
	return nil
}

// redefine notes what a table or view was, if it was there.
func (e *logEntry) redefine(cs *ChangeSet, old, now catalog.Object) error {
	before, ok := old.(catalog.Relation)
	after, is := now.(catalog.Relation)
	if class := now.ObjectClass(); !ok || !is || class != catalog.ClassTable && class != catalog.ClassView {
		return nil
	}
	value, err := json.Marshal(before)
	if err != nil {
		return fmt.Errorf("store definition %d: %w", before.ObjectOID(), err)
	}
	e.before(before.ObjectClass(), value)
	cs.Redefined = append(cs.Redefined, Redefinition{before, after})
	return nil
}

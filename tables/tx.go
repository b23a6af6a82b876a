package tables

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"sync/atomic"
	"time"

	"github.com/tidwall/btree"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/lock"
	"github.com/kalamsql/kalamsql/tables/rowcodec"
)

// Isolation is a transaction's isolation level.
type Isolation uint8

// The isolation levels. READ UNCOMMITTED is READ COMMITTED, as in PostgreSQL.
const (
	ReadCommitted Isolation = iota
	RepeatableRead
	Serializable
)

// TxOptions says how a transaction behaves.
type TxOptions struct {
	Isolation Isolation
	ReadOnly  bool
	// Sync: Commit returns after the commit is durable (synchronous_commit).
	Sync bool
	// PID names the session in deadlock reports and notifications.
	PID int32
	// LockTimeout bounds each wait for a lock; 0 is no bound.
	LockTimeout time.Duration
}

// write is the newest thing a transaction has done to one key. It is immutable.
type write struct {
	key   string
	value []byte // nil: the key is deleted
	// raw: value carries its own stamp (a rewritten row).
	raw bool
	row *rowWrite // nil for an index entry
}

// rowWrite is the net effect on a row so far.
type rowWrite struct {
	table *catalog.Table
	user  string
	// old is the committed row that this one replaces, wherever it lay; nil for
	// a new row.
	old    types.Row
	new    types.Row // nil: deleted
	order  int
	reason Reason
	// moved: the row left this key by an update and is accounted for elsewhere.
	moved bool
	// silent: a rewrite that subscribers are not told of.
	silent bool
}

func lessWrite(a, b *write) bool { return a.key < b.key }

// writes is a copy-on-write tree of writes by key.
type writes = btree.BTreeG[*write]

func newWrites() *writes { return btree.NewBTreeGOptions(lessWrite, btree.Options{NoLocks: true}) }

// Tx is a transaction. It belongs to one goroutine at a time.
type Tx struct {
	store *Store
	opts  TxOptions
	owner *lock.Owner

	own  *writes // everything written; nil until there is something
	seen *writes // own as of the statement's start
	snap *snapshot

	order int
	edit  *catalog.Editor
	// objects holds the definitions put (or, nil, dropped) by OID.
	objects       map[catalog.OID]catalog.Object
	dropped       []*catalog.Table
	droppedRanges [][]byte // prefixes of storage to remove at commit
	notifications []Notification
	reads         []readRange // SERIALIZABLE
	maxSeen       storage.Seq
	done          bool
}

// snapshot is a storage snapshot with its users: the transaction and its
// cursors.
type snapshot struct {
	*storage.Snapshot
	users atomic.Int32
}

func (s *snapshot) release() {
	if s != nil && s.users.Add(-1) == 0 {
		s.Close()
	}
}

// Begin starts a transaction. It costs nothing until it reads or writes.
func (s *Store) Begin(opts TxOptions) *Tx {
	if opts.Isolation == Serializable {
		s.recent.users.Store(1)
	}
	return &Tx{store: s, opts: opts, owner: lock.NewOwner(opts.PID)}
}

// SetReadOnly and SetSync change options of the transaction under way.
func (t *Tx) SetReadOnly() { t.opts.ReadOnly = true }

// SetSync sets whether Commit waits until the commit is durable.
func (t *Tx) SetSync(sync bool) { t.opts.Sync = sync }

// Catalog is the definitions as the transaction sees them: its own changes, or
// the newest committed version.
func (t *Tx) Catalog() *catalog.Catalog {
	if t.edit != nil {
		return t.edit.Catalog()
	}
	return t.store.Catalog()
}

// StartStatement fixes what the next statement sees.
func (t *Tx) StartStatement() {
	if t.opts.Isolation == ReadCommitted && t.snap != nil {
		t.snap.release()
		t.snap = nil
	}
	t.seen = nil
	if t.own != nil {
		t.seen = t.own.Copy()
	}
}

// view gives the statement's snapshot, taking it at the first read.
func (t *Tx) view() *snapshot {
	if t.snap == nil {
		t.snap = &snapshot{Snapshot: t.store.engine.Snapshot()}
		t.snap.users.Store(1)
		t.maxSeen = max(t.maxSeen, t.snap.Seq())
	}
	return t.snap
}

// SnapshotSeq is the newest commit that anything read so far may come from;
// zero if nothing has been read.
func (t *Tx) SnapshotSeq() storage.Seq { return t.maxSeen }

// Changed says whether the transaction has written anything.
func (t *Tx) Changed() bool {
	return t.own != nil && t.own.Len() > 0 || t.edit != nil || len(t.notifications) > 0 || len(t.droppedRanges) > 0
}

// put records a write.
func (t *Tx) put(w *write) {
	if t.own == nil {
		t.own = newWrites()
	}
	t.own.Set(w)
}

// mine finds the transaction's own write of a key, or nil.
func (t *Tx) mine(key string) *write {
	if t.own == nil {
		return nil
	}
	w, _ := t.own.Get(&write{key: key})
	return w
}

// Mark is a savepoint.
type Mark struct {
	own           *writes
	catalog       *catalog.Catalog
	objects       map[catalog.OID]catalog.Object
	ranges        int
	dropped       int
	notifications int
}

// Savepoint marks the state to return to.
func (t *Tx) Savepoint() Mark {
	m := Mark{ranges: len(t.droppedRanges), dropped: len(t.dropped), notifications: len(t.notifications), objects: maps.Clone(t.objects)}
	if t.own != nil {
		m.own = t.own.Copy()
	}
	if t.edit != nil {
		m.catalog = t.edit.Catalog().Edit().Done()
		m.catalog.Version = t.edit.Catalog().Version
	}
	return m
}

// RollbackTo undoes everything since the mark, which stays usable. Locks taken
// since are kept until the end of the transaction.
func (t *Tx) RollbackTo(m Mark) {
	t.own = nil
	if m.own != nil {
		t.own = m.own.Copy()
	}
	t.seen = nil
	t.droppedRanges, t.dropped, t.notifications = t.droppedRanges[:m.ranges], t.dropped[:m.dropped], t.notifications[:m.notifications]
	t.objects = maps.Clone(m.objects)
	if t.edit != nil {
		if m.catalog == nil {
			t.edit = nil
		} else {
			t.edit = m.catalog.Edit()
		}
		if t.edit != nil {
			t.edit.Catalog().Version = t.store.version.Add(1)
		}
	}
}

// Release forgets a mark.
func (t *Tx) Release(Mark) {}

// Notify sends a notification when the transaction commits; identical ones are
// one.
func (t *Tx) Notify(database catalog.OID, channel, payload string) {
	n := Notification{Database: database, Channel: channel, Payload: payload, PID: t.opts.PID}
	for _, have := range t.notifications {
		if have == n {
			return
		}
	}
	t.notifications = append(t.notifications, n)
}

// Edit begins to change definitions. One transaction at a time may: it waits
// for the one before it to end.
func (t *Tx) Edit(ctx context.Context) (*catalog.Editor, error) {
	if t.edit != nil {
		return t.edit, nil
	}
	if err := t.acquire(ctx, "ddl", exclusive, Block); err != nil {
		return nil, err
	}
	t.edit = t.store.Catalog().Edit()
	t.edit.Catalog().Version = t.store.version.Add(1)
	if t.objects == nil {
		t.objects = map[catalog.OID]catalog.Object{}
	}
	return t.edit, nil
}

// PutObject stores a definition with the commit; Edit comes first.
func (t *Tx) PutObject(o catalog.Object) {
	t.edit.Put(o)
	t.edit.Catalog().Version = t.store.version.Add(1)
	t.objects[o.ObjectOID()] = o
}

// DropObject removes a definition with the commit.
func (t *Tx) DropObject(oid catalog.OID) {
	o := t.edit.Catalog().Get(oid)
	if o == nil {
		return
	}
	if table, ok := o.(*catalog.Table); ok {
		t.dropped = append(t.dropped, table)
	}
	t.edit.Drop(oid)
	t.edit.Catalog().Version = t.store.version.Add(1)
	t.objects[oid] = nil
}

// Rollback ends the transaction without effect.
func (t *Tx) Rollback() { t.end() }

// end gives up what the transaction holds.
func (t *Tx) end() {
	if t.done {
		return
	}
	t.done = true
	t.snap.release()
	t.snap = nil
	t.own, t.seen = nil, nil
	t.store.locks.ReleaseAll(t.owner)
}

// Commit makes the transaction's writes visible and, unless Sync is off, waits
// until they are durable. The sequence is zero if there was nothing to commit.
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
	cs, err := t.fill(b)
	if err != nil {
		return 0, err
	}
	if b.Empty() && len(cs.Notifications) == 0 && cs.Catalog == nil {
		return 0, nil
	}
	touched := t.touchedKeys()
	seq, err := t.store.engine.Commit(b, func(seq storage.Seq, at time.Time) any {
		cs.Seq, cs.At = seq, at
		stamp := types.Int(int64(seq))
		for i := range cs.Changes {
			if row := cs.Changes[i].New; row != nil {
				row[len(row)-1] = stamp
			}
		}
		if cs.Catalog != nil {
			t.store.install(cs.Catalog)
		}
		t.store.streams.committed(cs)
		t.store.ring.add(cs)
		t.store.recent.add(seq, touched)
		return cs
	}, storage.CommitOptions{Sync: t.opts.Sync})
	if err != nil {
		return 0, translate(err)
	}
	return seq, nil
}

// touchedKeys lists the row keys written, for SERIALIZABLE's validation.
func (t *Tx) touchedKeys() []string {
	if t.own == nil || !t.store.recent.wanted() {
		return nil
	}
	var list []string
	t.own.Scan(func(w *write) bool {
		if w.row != nil {
			list = append(list, w.key)
		}
		return true
	})
	return list
}

// fill turns the writes into a batch, a log entry and a change set.
func (t *Tx) fill(b *storage.Batch) (*ChangeSet, error) {
	cs := &ChangeSet{Notifications: t.notifications}
	for _, prefix := range t.droppedRanges {
		b.DeleteRange(prefix, endOf(prefix))
	}
	if t.own != nil {
		t.fillRows(b, cs)
	}
	entry := logEntry{}
	for i := range cs.Changes {
		if c := &cs.Changes[i]; c.Table.Durable() {
			entry.change(c)
		}
	}
	if t.edit != nil {
		cs.Catalog = t.edit.Catalog()
		for oid, o := range t.objects {
			old := t.store.Catalog().Get(oid)
			switch {
			case o != nil:
				value, err := json.Marshal(o)
				if err != nil {
					return nil, fmt.Errorf("store definition %d: %w", oid, err)
				}
				b.Set(objectKey(o.ObjectClass(), oid), value)
				entry.object(o.ObjectClass(), value)
				if old != nil {
					cs.Altered = append(cs.Altered, oid)
				}
			case old != nil:
				b.Delete(objectKey(old.ObjectClass(), oid))
				entry.drop(old.ObjectClass(), oid)
				cs.Dropped = append(cs.Dropped, oid)
			}
		}
	}
	t.fillSequences(b, &entry)
	if len(entry.bytes) > 0 {
		b.SetLog(entry.bytes)
	}
	return cs, nil
}

// fillRows adds rows and index entries, and the net change of every row.
func (t *Tx) fillRows(b *storage.Batch, cs *ChangeSet) {
	var ordered []*write
	t.own.Scan(func(w *write) bool {
		switch {
		case w.row != nil && w.row.silent:
			if w.value != nil {
				b.Set([]byte(w.key), w.value)
			} else {
				b.Delete([]byte(w.key))
			}
		case w.row != nil && w.value != nil && w.row.unchanged():
		case w.value == nil:
			b.Delete([]byte(w.key))
		case w.row != nil:
			b.SetStamped([]byte(w.key), w.value)
		default:
			b.Set([]byte(w.key), w.value)
		}
		if w.row != nil && !w.row.silent && !w.row.moved {
			ordered = append(ordered, w)
		}
		return true
	})
	sortByOrder(ordered)
	for _, w := range ordered {
		r := w.row
		c := Change{Table: r.table, User: r.user, Reason: r.reason, Old: r.old, New: r.new, Key: w.key}
		switch {
		case r.old == nil && r.new == nil, r.unchanged():
			continue
		case r.old == nil:
			c.Op = Insert
		case r.new == nil:
			c.Op = Delete
		default:
			c.Op = Update
		}
		if c.New != nil {
			c.New = append(append(make(types.Row, 0, len(r.table.Columns)+1), r.new[:len(r.table.Columns)]...), types.Null)
		}
		cs.Changes = append(cs.Changes, c)
	}
}

// unchanged says whether an update left every column as it was.
func (r *rowWrite) unchanged() bool {
	if r.old == nil || r.new == nil || r.moved {
		return false
	}
	for i, c := range r.table.Columns {
		a, b := r.old[i], r.new[i]
		switch {
		case a.IsNull() || b.IsNull():
			if a.IsNull() != b.IsNull() {
				return false
			}
		case !rowcodec.Identical(c.Type.Type, a, b):
			return false
		}
	}
	return true
}

// lockError turns a failure of the lock table into the SQL error.
func lockError(ctx context.Context, err error) error {
	var d *lock.Deadlock
	if errors.As(err, &d) {
		detail := ""
		for i, w := range d.Circle {
			if i > 0 {
				detail += "\n"
			}
			detail += fmt.Sprintf("Process %d waits for %s on %s; blocked by process %d.", w.Waiter, w.Mode, describeLock(w.Lock), w.Holder)
		}
		return sqlerr.New(sqlerr.DeadlockDetected, "deadlock detected").WithDetail("%s", detail).WithHint("See server log for query details.")
	}
	var e *sqlerr.Error
	if errors.As(err, &e) {
		return e
	}
	return translate(err)
}

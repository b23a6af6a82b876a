package tables

import (
	"bytes"
	"maps"
	"sync"
	"time"

	"github.com/tidwall/btree"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/lock"
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
	// Deadlocked, if it is set, is told that a lock was refused because of a deadlock.
	Deadlocked func()
	Isolation  Isolation
	ReadOnly   bool
	// Sync: Commit returns after the commit is durable (synchronous_commit).
	Sync bool
	// PID names the session in deadlock reports and notifications.
	PID int32
	// LockTimeout bounds each wait for a lock; 0 is no bound.
	LockTimeout time.Duration
	// SpillBytes is after how many bytes, about, what the transaction writes goes to files;
	// zero is the store's (Options.SpillBytes).
	SpillBytes int64
	// Session holds what outlives the transaction; nil where there is no session.
	Session *SessionLocks
	// Database is the one whose definitions Edit changes; 0: those of all.
	Database catalog.OID
	// Shown says whether whoever runs a statement may see columns of a table, by number,
	// or with none given the whole of its rows; nil: everything.
	Shown func(t *catalog.Table, columns []int16) bool
	// Routines gives what functions of users in indexes are run with; nil where there is no
	// session: then rows of tables with such indexes cannot be written.
	Routines func() *expr.Context
}

// Shows says whether an error may tell what columns of a table hold; without columns, its
// rows as they are.
func (t *Tx) Shows(table *catalog.Table, columns ...int16) bool {
	return t.opts.Shown == nil || t.opts.Shown(table, columns)
}

// write is the newest thing a transaction has done to one key. It is immutable.
type write struct {
	key   string
	value []byte    // nil: the key is deleted
	row   *rowWrite // nil for an index entry
}

// rowWrite is the net effect on the row at one key so far.
type rowWrite struct {
	table *catalog.Table
	user  string
	// old is the committed row at the key; nil if there is none.
	old    types.Row
	new    types.Row // nil: there is none any more
	order  int       // of the first write of the key
	reason Reason
	// version is that of new.
	version rowVersion
	// silent: a rewrite that subscribers are not told of; the stored value carries
	// its old stamp.
	silent bool
	// unlogged: a silent one that the change log has no record of.
	unlogged bool
	// loaded: what there was at the key before lies in the transaction's files.
	loaded loaded
	// rewritten: the row was rewritten before, so that it is stored even if the
	// transaction has changed nothing else.
	rewritten bool
}

func lessWrite(a, b *write) bool { return a.key < b.key }

// writes is a copy-on-write tree of writes by key.
type writes = btree.BTreeG[*write]

func newWrites() *writes { return btree.NewBTreeGOptions(lessWrite, btree.Options{NoLocks: true}) }

// Tx is a transaction. It belongs to one goroutine at a time.
type Tx struct {
	store *Store
	opts  TxOptions
	owner lock.Owner

	own  *writes        // everything written; nil until there is something
	top  string         // no key of own lies above it
	near btree.PathHint // where in own the last row was
	runs storage.Runs   // what has been written to files, below own
	load load           // the rest of what is to be known of them
	seen overlay        // own and runs as of the statement's start
	snap *snapshot
	// exports are the snapshots that others may import until it ends.
	exports []*Export
	// codes are those of indexes that it has made or changed: catalog.OID -> *indexCode.
	codes sync.Map

	order        int
	xid, lastXID uint32        // the first and the last transaction number that it has taken
	moreXIDs     []uint32      // those between
	takenAway    []string      // the keys of rows that it has deleted or moved (leaves)
	written      uint16        // rows under lastXID
	size         int64         // about how many bytes own has taken
	spillAt      int64         // at which size own goes to files
	marks        int           // savepoints that can be returned to
	bounded      bool          // slices of so many rows at most have been written
	restarts     []catalog.OID // sequences that have begun anew (restart.go)
	sequence     catalog.OID   // that it has locked last, to take values
	pieces       pieces
	edit         *catalog.Editor
	// looked is the newest committed definitions when the statement started.
	looked *catalog.Catalog
	// base is what edit began from. alone: only definitions that concern this
	// session have been changed (EditOwn), without the lock of Edit.
	base  *catalog.Catalog
	alone bool
	// shared: the statement changes what databases share. everything: Edit has let
	// the transaction do so.
	shared, everything bool
	// objects holds the definitions put (or, nil, dropped) by OID.
	objects       map[catalog.OID]catalog.Object
	droppedRanges [][]byte // prefixes of storage to remove at commit
	rewritten     []catalog.OID
	made          []catalog.OID // indexes of tables that were there before
	entriesOnly   bool          // it adds entries of an index to rows that are there
	rekeyed       []rekeyed
	truncated     []catalog.OID // tables that are emptied as a whole
	notifications []Notification
	notified      map[Notification]bool // those, or nil
	reads         []readRange           // SERIALIZABLE
	scanned       []scanned
	scannedRoom   [2]scanned
	// maxSeen is the newest commit that what has been read may come from, snapshots the
	// newest that a snapshot had.
	maxSeen, snapshots storage.Seq
	// locked is the newest version of the row that Lock has locked last, so that
	// the change that follows need not read it again.
	locked struct {
		key      string
		strength LockStrength
		row      types.Row // nil: none
	}
	// followed leads from the key at which a row was seen to that at which Lock has
	// found it.
	followed map[string]string
	moved    []step
	// used is the table that use has locked last, and in which modes.
	used struct {
		table *catalog.Table
		modes uint16
	}
	observer func(RowChange)
	claims   []*claim
	excludes []excludingPlace // where it has noted keys of exclusion constraints
	emptied  []catalog.OID    // tables whose bound may be read anew after the commit
	// highest is the bound that was asked for last.
	highest struct {
		of  catalog.OID
		key *highestKey
	}
	// changeable, unless it is zero, is the newest commit whose rows may be changed
	// while Newest is in force.
	changeable storage.Seq
	buf        []byte // for keys and values in the making
	buf2       []byte
	done       bool
}

// Begin starts a transaction. It costs nothing until it reads or writes.
func (s *Store) Begin(opts TxOptions) *Tx {
	if opts.Isolation == Serializable {
		s.recent.enter()
	}
	if opts.SpillBytes == 0 {
		opts.SpillBytes = s.spillAfter
	}
	t := &Tx{store: s, opts: opts, spillAt: opts.SpillBytes, owner: lock.Owner{ID: opts.PID, Transaction: s.transactions.Add(1)}}
	if opts.Session != nil {
		t.owner.Session = &opts.Session.owner
	}
	return t
}

// SetReadOnly and SetSync change options of the transaction under way.
func (t *Tx) SetReadOnly() { t.opts.ReadOnly = true }

// SetModes changes what the transaction is, before it has read or written anything.
func (t *Tx) SetModes(isolation Isolation, readOnly bool) {
	switch serializable := isolation == Serializable; {
	case serializable && t.opts.Isolation != Serializable:
		t.store.recent.enter()
	case !serializable && t.opts.Isolation == Serializable:
		t.store.recent.leave()
	}
	t.opts.Isolation, t.opts.ReadOnly = isolation, readOnly
}

// SetSync sets whether Commit waits until the commit is durable.
func (t *Tx) SetSync(sync bool) { t.opts.Sync = sync }

// SetLockTimeout bounds each wait for a lock from now on; 0 is no bound.
func (t *Tx) SetLockTimeout(d time.Duration) { t.opts.LockTimeout = d }

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
	t.seen = t.now()
	t.looked, t.shared = t.store.Catalog(), false
	if t.alone && t.base != t.store.Catalog() {
		t.rebase()
	}
}

// view gives the statement's snapshot, taking it at the first read.
func (t *Tx) view() *snapshot {
	if t.snap == nil {
		t.snap = t.store.snapshot()
		t.snapshots = max(t.snapshots, t.snap.Seq())
	}
	return t.snap
}

// FixView takes the snapshot of the statement if nothing has been read in it yet.
func (t *Tx) FixView() { t.view() }

// SnapshotSeq is the newest commit that was to be seen so far, whether or not
// anything of it has been read; zero if nothing has been.
func (t *Tx) SnapshotSeq() storage.Seq { return max(t.maxSeen, t.snapshots) }

// Seen is the newest commit that what was read so far may come from. What rows are
// found by keys, and what is missing there, comes from the commits that wrote those keys;
// what a range shows may come from any that wrote the table.
func (t *Tx) Seen() storage.Seq { return t.maxSeen }

// see notes that a table is read in the statement's snapshot; exactly: no more of it
// than keys that are noted one by one.
func (t *Tx) see(table *catalog.Table, exactly bool) {
	newest := t.store.lastWrites.definitions()
	if !exactly {
		newest = t.store.lastWrites.of(table.OID)
	}
	t.maxSeen = max(t.maxSeen, min(newest, t.snap.Seq()))
}

// Changed says whether the transaction has written anything.
func (t *Tx) Changed() bool {
	return t.own != nil && t.own.Len() > 0 || t.load.files != nil || t.edit != nil || len(t.notifications) > 0 || len(t.droppedRanges) > 0
}

// put records a write.
func (t *Tx) put(w *write) {
	if t.own == nil {
		t.own = newWrites()
	}
	switch {
	case w.key > t.top:
		t.own.Load(w) // at the end
		t.top = w.key
	case w.row != nil:
		t.own.SetHint(w, &t.near)
	default:
		t.own.Set(w)
	}
	t.size += w.size()
	t.load.again = t.load.again || w.row != nil && w.row.loaded != notLoaded
	if w.row != nil && w.value != nil {
		t.highestKey(w.row.table.OID).raise(w.key)
	}
}

// rowEntry is a write to a row, in one piece.
type rowEntry struct {
	write
	rowWrite
}

// pieces are what a transaction that writes much has in advance for the next writes, so
// that not each of them is a piece of memory of its own.
type pieces struct {
	entries []rowEntry
	bytes   []byte
}

const (
	piecesAfter  = 64 // writes
	pieceEntries = 64
	pieceBytes   = 16 << 10
)

// entry is room for a write.
func (t *Tx) entry() *rowEntry {
	if t.order < piecesAfter {
		return new(rowEntry)
	}
	if len(t.pieces.entries) == 0 {
		t.pieces.entries = make([]rowEntry, pieceEntries)
	}
	e := &t.pieces.entries[0]
	t.pieces.entries = t.pieces.entries[1:]
	return e
}

// keepBytes copies bytes that stay as long as the transaction.
func (t *Tx) keepBytes(b []byte) []byte {
	if t.order < piecesAfter || len(b) > pieceBytes/8 {
		return bytes.Clone(b)
	}
	if cap(t.pieces.bytes)-len(t.pieces.bytes) < len(b) {
		t.pieces.bytes = make([]byte, 0, pieceBytes)
	}
	from := len(t.pieces.bytes)
	t.pieces.bytes = append(t.pieces.bytes, b...)
	return t.pieces.bytes[from:len(t.pieces.bytes):len(t.pieces.bytes)]
}

// writeBytes is about what a write takes in memory beside its key and its value,
// which a row has twice: encoded and not.
const writeBytes = 256

// size is about how much memory the write takes.
func (w *write) size() int64 { return int64(len(w.key)+2*len(w.value)) + writeBytes }

// mine finds the transaction's own write of a key, or nil.
func (t *Tx) mine(key string) *write {
	if t.own != nil && key <= t.top {
		if w, ok := t.own.GetHint(&write{key: key}, &t.near); ok {
			return w
		}
	}
	if w := t.load.spilling.find(t, key); w != nil {
		return w
	}
	return t.inRuns(key, t.runs)
}

// Mark is a savepoint.
type Mark struct {
	own           *writes
	runs          storage.Runs
	whole         map[catalog.OID]Whole
	forgotten     int
	marks         int // that are below it
	catalog       *catalog.Catalog
	base          *catalog.Catalog
	alone         bool
	everything    bool
	objects       map[catalog.OID]catalog.Object
	ranges        int
	notifications int
	moved         int
	rekeyed       int
	truncated     int
	locks         lock.Mark
	size          int64
}

// Savepoint marks the state to return to.
func (t *Tx) Savepoint() Mark {
	t.spilled()
	m := Mark{marks: t.marks, runs: t.runs, whole: t.load.whole, forgotten: len(t.load.forgotten), ranges: len(t.droppedRanges), notifications: len(t.notifications), objects: maps.Clone(t.objects), moved: len(t.moved), rekeyed: len(t.rekeyed), truncated: len(t.truncated), locks: t.owner.Mark(), size: t.size}
	if t.own != nil {
		m.own = t.own.Copy()
	}
	if t.edit != nil {
		m.catalog = t.edit.Catalog().Edit().Done()
		m.catalog.Version = t.edit.Catalog().Version
		m.base, m.alone, m.everything = t.base, t.alone, t.everything
	}
	t.marks++
	return m
}

// RollbackTo undoes everything since the mark, which stays usable, and gives
// back the locks taken since.
func (t *Tx) RollbackTo(m Mark) {
	t.spilled()
	t.own, t.size, t.runs, t.marks = nil, m.size, m.runs, m.marks+1
	if m.own != nil {
		t.own = m.own.Copy()
	}
	t.load.whole, t.load.forgotten = m.whole, t.load.forgotten[:m.forgotten]
	t.seen, t.emptied = overlay{}, nil // others may have got the table meanwhile
	t.locked.row, t.used.table, t.followed, t.moved = nil, nil, nil, t.moved[:m.moved]
	t.sequence = 0
	t.droppedRanges, t.notifications, t.notified = t.droppedRanges[:m.ranges], t.notifications[:m.notifications], nil
	t.rekeyed, t.truncated = t.rekeyed[:m.rekeyed], t.truncated[:m.truncated]
	t.objects = maps.Clone(m.objects)
	if t.edit != nil {
		if m.catalog == nil {
			t.edit, t.alone, t.everything = nil, false, false
		} else {
			t.base, t.alone, t.everything = m.base, m.alone, m.everything
			t.edit = t.store.oids.edit(m.catalog)
		}
		if t.edit != nil {
			t.edit.Catalog().Version = t.store.version.Add(1)
		}
	}
	t.store.locks.ReleaseSince(&t.owner, m.locks)
	if len(t.claims) > 0 && !t.store.locks.Holds(&t.owner, t.claimLock(), exclusive) {
		t.endClaims() // all were made since: nobody could wait for them any more
	}
	if t.excludes != nil && !t.store.locks.Holds(&t.owner, t.exclusionLock(), exclusive) {
		t.endExclusions() // likewise
	}
}

// Abort undoes everything and gives back all locks, as a failed transaction does
// whose end is still to be said.
func (t *Tx) Abort() {
	t.RollbackTo(Mark{})
	t.marks = 0
}

// Release forgets a mark, and those made since.
func (t *Tx) Release(m Mark) { t.marks = m.marks }

// Notify sends a notification when the transaction commits; identical ones are
// one.
func (t *Tx) Notify(database catalog.OID, channel, payload string) {
	n := Notification{Database: database, Channel: channel, Payload: payload, PID: t.opts.PID}
	if t.notified == nil {
		t.notified = map[Notification]bool{}
		for _, have := range t.notifications {
			t.notified[have] = true
		}
	}
	if !t.notified[n] {
		t.notified[n] = true
		t.notifications = append(t.notifications, n)
	}
}

// Rollback ends the transaction without effect.
func (t *Tx) Rollback() { t.end() }

// end gives up what the transaction holds.
func (t *Tx) end() {
	if t.done {
		return
	}
	t.done = true
	t.endExports()
	t.snap.release()
	t.snap = nil
	t.own, t.seen, t.reads = nil, overlay{}, nil
	t.endLoad()
	t.endClaims()
	t.endExclusions()
	t.endXIDs()
	t.store.counters.add(t.scanned, t.store.Catalog())
	t.stayed()
	t.store.locks.ReleaseAll(&t.owner)
	if t.opts.Isolation == Serializable {
		t.store.recent.leave()
	}
}

package tables

import (
	"maps"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/keys"
)

// # Large transactions
//
// What a transaction writes is kept in memory until it commits, but not without end: when
// there is much of it, it goes into sorted files (storage.Load), where the transaction
// still reads it, and which the store takes over when it commits. That is faster, too: such
// writes go neither through the log nor through memtables.
//
// The changes that the change log is to have go to files with the rows, in the same pieces.
// So what the log says of a key may come more than once (record "again"), and what it says
// of a table may be void (record "forget"): who reads the entry adds it up. Live queries are
// told from the log (ChangeSet.Unpack), if they watch one of the tables. An entry of hundreds
// of megabytes is read by nobody, since he would have it in memory: live queries over its
// tables end with it, and no cursor leads across (record "untold").
//
// Writes go to files between two rows, and not while there is a savepoint to return to. A
// goroutine takes them there while the transaction goes on, which waits for it before it
// does anything but write more (spill.go). From then on the newest write of a key is what
// the transaction has in memory, or what the youngest of its runs has, and then what is
// committed.

// indexPrefix is how many bytes of a key say the table and the index.
const indexPrefix = 9

// overlay is what a transaction has written, as of some moment. It is immutable if the tree
// is a copy.
type overlay struct {
	tree *writes // nil: nothing
	runs storage.Runs
}

// nothing says that there are no writes.
func (o overlay) nothing() bool { return o.tree == nil && o.runs.Empty() }

// now is what the transaction has written so far.
func (t *Tx) now() overlay {
	t.spilled()
	o := overlay{runs: t.runs}
	if t.own != nil {
		o.tree = t.own.Copy()
	}
	return o
}

// load is the part of a transaction that lies in files.
type load struct {
	files *storage.Load
	size  int64 // of what is there
	entry logEntry
	// logged are how many of Tx.truncated, Tx.rekeyed and forgotten are in entry.
	logged struct{ truncated, rekeyed, forgotten int }
	// whole are the tables with rows in files.
	whole map[catalog.OID]Whole
	// forgotten are tables whose rows in files are void.
	forgotten []catalog.OID
	// again: a row has been written again that lies in files.
	again bool
	// spilling are the writes that are on their way to files; nil if none are.
	spilling *spilling
	err      error // of reading or writing; the transaction cannot go on
}

// Whole is a table of which a commit has changed so many rows that its change set does not
// have them before it is asked to (Unpack).
type Whole struct {
	Table   *catalog.Table
	Grown   int64 // by how many rows
	Changed int64 // how many
}

// loaded says what the transaction's files have under a row's key.
type loaded uint8

const (
	notLoaded loaded = iota
	loadedRow
	loadedGone
)

// loadedWrite is a write that lies in files, as it looks from there: what there was before
// is not known.
func (t *Tx) loadedWrite(key string, value []byte) *write {
	w := &write{key: key, value: value}
	oid, rows := keys.PrefixTable([]byte(key[:indexPrefix]))
	if !rows {
		return w
	}
	table := t.Catalog().Table(oid)
	if table == nil {
		return nil // it was dropped
	}
	w.row = &rowWrite{table: table, user: userOf(table, key), rewritten: true, loaded: loadedGone}
	if value != nil {
		w.row.loaded = loadedRow
		w.row.version, _ = cutVersion(value[stampSize:])
	}
	return w
}

// inRuns finds the transaction's own write of a key in its files, or nil.
func (t *Tx) inRuns(key string, runs storage.Runs) *write {
	if runs.Empty() {
		return nil
	}
	value, found, err := runs.Get([]byte(key))
	if err != nil && t.load.err == nil {
		t.load.err = translate(err)
	}
	if !found || err != nil {
		return nil
	}
	w := t.loadedWrite(key, value)
	if w != nil && w.row != nil && value != nil {
		w.row.silent = !t.load.files.Stamped(value)
	}
	return w
}

// get finds the newest write of a key.
func (o overlay) get(t *Tx, key string) *write {
	if o.tree != nil {
		if w, ok := o.tree.Get(&write{key: key}); ok {
			return w
		}
	}
	return t.inRuns(key, o.runs)
}

// none says that there is nothing.
func (o overlay) none() bool { return o.tree == nil && o.runs.Empty() }

// between says whether there may be writes from lower up to but excluding upper.
func (o overlay) between(lower, upper []byte) bool {
	return o.runs.Meet(lower, upper) || writesBetween(o.tree, lower, upper)
}

// same says whether two writes of a key, found at different times, are one.
func (w *write) same(as *write) bool {
	if w == as {
		return true
	}
	return w != nil && as != nil && w.row != nil && as.row != nil && w.row.version == as.row.version && (w.value == nil) == (as.value == nil)
}

// endLoad removes the files of a transaction that has not committed them.
func (t *Tx) endLoad() {
	t.spilled()
	t.load.files.Discard()
	t.runs = storage.Runs{}
}

// beginEntry gives the entry to which the commit's changes are added: that of the files, if
// there are any.
func (t *Tx) beginEntry() (*logEntry, error) {
	if t.load.files == nil {
		return &logEntry{}, nil
	}
	t.spilled()
	if t.load.err != nil {
		return nil, t.load.err
	}
	t.spill(true)
	if t.spilled(); t.load.err != nil {
		return nil, t.load.err
	}
	t.logWhole()
	if t.load.again {
		t.load.entry.again()
	}
	return &t.load.entry, nil
}

// fillLoad hands the files over to the commit.
func (t *Tx) fillLoad(b *storage.Batch, cs *ChangeSet) error {
	if t.load.files == nil {
		return nil
	}
	if err := t.load.entry.err; err != nil {
		return translate(err)
	}
	for _, whole := range t.load.whole {
		cs.Whole = append(cs.Whole, whole)
	}
	cs.store = t.store
	b.SetLoad(t.load.files, t.runs, t.aboutLoad(cs))
	return nil
}

// aboutLoad is an entry of the change log that says of which tables and other objects the
// commit does not tell what it has done to them: for those to whom the whole would be too
// long.
func (t *Tx) aboutLoad(cs *ChangeSet) []byte {
	touched := maps.Clone(t.load.whole)
	if touched == nil {
		touched = map[catalog.OID]Whole{}
	}
	for i := range cs.Changes {
		touched[cs.Changes[i].Table.OID] = Whole{}
	}
	for oid := range t.objects {
		touched[oid] = Whole{}
	}
	for _, oid := range slices.Concat(cs.Truncated, cs.Rekeyed) {
		touched[oid] = Whole{}
	}
	var entry logEntry
	for oid := range touched {
		entry.untold(oid)
	}
	return entry.bytes
}

// mayPrepareLoad refuses to prepare a transaction that lies in files.
func (t *Tx) mayPrepareLoad() error {
	t.spilled()
	if t.runs.Empty() {
		return nil
	}
	return sqlerr.New(sqlerr.OutOfMemory, "out of memory").WithDetail("The transaction has written too much to be prepared.")
}

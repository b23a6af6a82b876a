package tables

import (
	"maps"

	"github.com/tidwall/btree"

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
// told from the log (ChangeSet.Unpack), if they watch one of the tables.
//
// Writes go to files between two rows, and not while there is a savepoint to return to.
// From then on the newest write of a key is what the transaction has in memory, or what the
// youngest of its runs has, and then what is committed.

const (
	// defaultSpill is after how many bytes (Tx.size) writes go to files.
	defaultSpill = 64 << 20
	// leastShare is how much of that a table's rows, or an index, must have to be worth a file.
	leastShare  = 64
	indexPrefix = 9 // bytes of a key that say the table and the index
	// growShare is how much of what is in files must come together before more goes there, if
	// that is not much.
	growShare = 8
)

// overlay is what a transaction has written, as of some moment. It is immutable if the tree
// is a copy.
type overlay struct {
	tree *writes // nil: nothing
	runs storage.Runs
}

// now is what the transaction has written so far.
func (t *Tx) now() overlay {
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
	err   error // of reading; the transaction cannot go on
}

// Whole is a table of which a commit has changed so many rows that its change set does not
// have them before it is asked to (Unpack).
type Whole struct {
	Table   *catalog.Table
	Grown   int64 // by how many rows
	Changed int64 // how many
}

// relieve puts writes into files when there are many.
func (t *Tx) relieve() error {
	if t.load.err != nil {
		return t.load.err
	}
	if t.size < t.spillAt || t.marks > 0 || t.opts.Isolation == Serializable {
		return nil
	}
	return t.spill(false)
}

// spill puts writes into files: those of which there are many, and at the end all of the
// tables and indexes that have some there already, since files come after the rest.
func (t *Tx) spill(last bool) error {
	chosen := t.choose(last)
	if len(chosen) == 0 {
		t.spillAt = t.size + t.opts.SpillBytes
		return nil
	}
	before := t.size
	if t.load.files == nil {
		t.load.files = t.store.engine.NewLoad()
		t.load.entry.load = t.load.files
	}
	t.logWhole()
	rest := newWrites()
	t.top, t.near = "", btree.PathHint{}
	var size int64
	var w *storage.RunWriter
	var at string
	var err error
	var changed []*write
	finish := func() {
		t.logChanges(nil, nil, &t.load.entry, changed)
		if changed = changed[:0]; w == nil || err != nil {
			return
		}
		var run *storage.Run
		if run, err = w.Finish(); run != nil {
			t.runs = t.runs.With(run)
		}
		w = nil
	}
	t.own.Scan(func(own *write) bool {
		if len(own.key) < indexPrefix || !chosen[own.key[:indexPrefix]] {
			rest.Load(own)
			t.top = own.key
			size += own.size()
			return true
		}
		if at != own.key[:indexPrefix] {
			finish()
			at = own.key[:indexPrefix]
		}
		if err != nil {
			return false
		}
		if w == nil {
			w = t.load.files.NewRun()
		}
		t.intoRun(w, own)
		if r := own.row; r != nil && r.silent && own.value != nil && !r.unlogged {
			t.load.entry.rewrite(own)
			t.load.entry.into(nil, false)
		}
		if own.isChange() {
			changed = append(changed, own)
			t.countWhole(own)
		}
		return true
	})
	finish()
	if w != nil {
		w.Abandon()
	}
	if err == nil {
		t.runs, err = t.load.files.Merged(t.runs)
	}
	if err == nil {
		err = t.load.entry.err
	}
	if err != nil {
		t.load.err = translate(err)
		return t.load.err
	}
	t.own, t.size = rest, size
	t.load.size += before - size
	t.spillAt = size + max(t.opts.SpillBytes, min(t.load.size/growShare, defaultSpill))
	return nil
}

// choose lists the prefixes whose writes go to files.
func (t *Tx) choose(last bool) map[string]bool {
	if t.own == nil {
		return nil
	}
	bytes := map[string]int{}
	t.own.Scan(func(w *write) bool {
		if len(w.key) >= indexPrefix && w.key[0] == storage.SpaceRow {
			bytes[w.key[:indexPrefix]] += len(w.key) + len(w.value)
		}
		return true
	})
	chosen := map[string]bool{}
	for prefix, n := range bytes {
		begun := t.runs.Meet([]byte(prefix), keys.End([]byte(prefix)))
		if begun || !last && int64(n) >= t.opts.SpillBytes/leastShare {
			chosen[prefix] = true
		}
	}
	return chosen
}

// intoRun adds a write to a run: what fillRows does with a batch.
func (t *Tx) intoRun(w *storage.RunWriter, own *write) {
	key := append(t.buf[:0], own.key...)
	t.buf = key
	r := own.row
	switch {
	case r == nil && own.value != nil, r != nil && r.silent && own.value != nil:
		w.Set(key, own.value)
	case r == nil:
		w.Delete(key)
	case r.silent: // it goes with its range
	default:
		switch {
		case own.value == nil && (r.old != nil || r.rewritten):
			w.Delete(key)
		case own.value != nil && (r.rewritten || !r.unchanged()):
			t.buf2 = append(t.buf2[:0], own.value...)
			t.load.files.Stamp(t.buf2)
			w.Set(key, t.buf2)
		}
	}
}

// countWhole counts a change that goes to files.
func (t *Tx) countWhole(w *write) {
	r := w.row
	whole := t.load.whole[r.table.OID]
	whole.Table = r.table
	whole.Changed++
	was, is := r.old != nil || r.loaded == loadedRow, w.value != nil
	switch {
	case is && !was:
		whole.Grown++
	case was && !is:
		whole.Grown--
	}
	if t.load.whole == nil {
		t.load.whole = map[catalog.OID]Whole{}
	}
	t.load.whole[r.table.OID] = whole
}

// logWhole adds to the entry what has happened to whole tables since the last time.
func (t *Tx) logWhole() {
	e, n := &t.load.entry, &t.load.logged
	for _, oid := range t.load.forgotten[n.forgotten:] {
		e.forget(oid)
	}
	for _, oid := range t.truncated[min(n.truncated, len(t.truncated)):] {
		e.truncate(oid)
	}
	for _, r := range t.rekeyed[min(n.rekeyed, len(t.rekeyed)):] {
		e.rekey(r.table)
	}
	n.forgotten, n.truncated, n.rekeyed = len(t.load.forgotten), len(t.truncated), len(t.rekeyed)
}

// forgetRuns takes back what lies in files below a prefix, of a table or an index.
func (t *Tx) forgetRuns(prefix []byte) {
	if !t.runs.Meet(prefix, keys.End(prefix)) {
		return
	}
	t.runs = t.runs.Without(prefix)
	oid, rows := keys.PrefixTable(prefix)
	if whole, ok := t.load.whole[oid]; rows && ok {
		t.load.forgotten = append(t.load.forgotten[:len(t.load.forgotten):len(t.load.forgotten)], oid)
		whole.Grown = 0
		t.load.whole = maps.Clone(t.load.whole)
		t.load.whole[oid] = whole
	}
}

// loaded says what the transaction's files have under a row's key.
type loaded uint8

const (
	notLoaded loaded = iota
	loadedRow
	loadedGone
)

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
		w.row.silent = !t.load.files.Stamped(value)
		w.row.version, _ = cutVersion(value[stampSize:])
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
	t.load.files.Discard()
	t.runs = storage.Runs{}
}

// beginEntry gives the entry to which the commit's changes are added: that of the files, if
// there are any.
func (t *Tx) beginEntry() (*logEntry, error) {
	if t.load.files == nil {
		return &logEntry{}, nil
	}
	if err := t.spill(true); err != nil {
		return nil, err
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
	b.SetLoad(t.load.files, t.runs)
	return nil
}

// mayPrepareLoad refuses to prepare a transaction that lies in files.
func (t *Tx) mayPrepareLoad() error {
	if t.runs.Empty() {
		return nil
	}
	return sqlerr.New(sqlerr.OutOfMemory, "out of memory").WithDetail("The transaction has written too much to be prepared.")
}

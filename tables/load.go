package tables

import (
	"maps"

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
// The change log has no record of rows in files, and nobody is told of them one by one: a
// cursor from before does not lead across such a commit (ChangeSet.Whole). So only tables
// that nobody watches are written in this way. If somebody began to watch one meanwhile, his
// live query ends with the commit, and he begins again.
//
// Writes go to files between two rows, and not while there is a savepoint to return to.
// From then on the newest write of a key is what the transaction has in memory, or what the
// youngest of its runs has, and then what is committed.

const (
	// leastGroup is how many bytes of a table's rows, or of an index, are worth a file.
	leastGroup = 1 << 20
	// defaultSpill is after how many bytes (Tx.size) writes go to files.
	defaultSpill = 64 << 20
	indexPrefix  = 9 // bytes of a key that say the table and the index
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
	// whole are the tables with rows in files.
	whole map[catalog.OID]*Whole
	err   error // of reading; the transaction cannot go on
}

// Whole is a table of which a commit has changed so many rows that they are not told one by
// one.
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

// group is the writes below one prefix: the rows of a table, or an index.
type group struct {
	bytes int
	told  bool // the log would have them
	row   *rowWrite
}

// spill puts writes into files: those of which there are many, and at the end all of the
// tables and indexes that have some there already, since files come after the rest.
func (t *Tx) spill(last bool) error {
	chosen := t.choose(last)
	if len(chosen) == 0 {
		t.spillAt = t.size + t.store.spillAfter
		return nil
	}
	if t.load.files == nil {
		t.load.files = t.store.engine.NewLoad()
	}
	rest := newWrites()
	t.top, t.near = "", pathHint{}
	var size int64
	var w *storage.RunWriter
	var at string
	var err error
	finish := func() {
		if w == nil || err != nil {
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
		return true
	})
	finish()
	if w != nil {
		w.Abandon()
	}
	if err != nil {
		t.load.err = translate(err)
		return t.load.err
	}
	t.own, t.size = rest, size
	t.spillAt = size + t.store.spillAfter
	return nil
}

// choose lists the prefixes whose writes go to files.
func (t *Tx) choose(last bool) map[string]bool {
	if t.own == nil {
		return nil
	}
	groups := map[string]*group{}
	var g *group
	var at string
	t.own.Scan(func(w *write) bool {
		if len(w.key) < indexPrefix || w.key[0] != storage.SpaceRow {
			return true
		}
		if at != w.key[:indexPrefix] {
			at = w.key[:indexPrefix]
			g = &group{}
			groups[at] = g
		}
		g.bytes += len(w.key) + len(w.value)
		if w.row != nil && !w.row.silent {
			g.told, g.row = true, w.row
		}
		return true
	})
	chosen := map[string]bool{}
	for prefix, g := range groups {
		begun := t.runs.Meet([]byte(prefix), keys.End([]byte(prefix)))
		switch {
		case begun:
		case last || g.bytes < leastGroup:
			continue
		case g.told && !t.unwatched(g.row.table):
			continue
		}
		if g.told && t.load.whole[g.row.table.OID] == nil {
			if t.load.whole == nil {
				t.load.whole = map[catalog.OID]*Whole{}
			}
			t.load.whole[g.row.table.OID] = &Whole{Table: g.row.table}
		}
		chosen[prefix] = true
	}
	return chosen
}

// unwatched says whether nobody watches a table.
func (t *Tx) unwatched(table *catalog.Table) bool {
	w, ok := t.store.publisher.(Watcher)
	return ok && !w.Watches(table.OID)
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
		t.countWhole(own)
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

// countWhole counts a change that is not told.
func (t *Tx) countWhole(w *write) {
	r := w.row
	whole := t.load.whole[r.table.OID]
	whole.Table = r.table
	was, is := r.old != nil || r.loaded == loadedRow, w.value != nil
	switch {
	case is && !was:
		whole.Grown++
	case was && !is:
		whole.Grown--
	}
	if was || is {
		whole.Changed++
	}
}

// inFiles says whether rows of a table are not told one by one.
func (l *load) inFiles(table *catalog.Table) bool { return l.whole != nil && l.whole[table.OID] != nil }

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
	t.load, t.runs = load{}, storage.Runs{}
}

// fillLoad hands the files over to the commit.
func (t *Tx) fillLoad(b *storage.Batch, cs *ChangeSet, entry *logEntry) error {
	if t.runs.Empty() {
		return nil
	}
	if err := t.spill(true); err != nil {
		return err
	}
	for whole := range maps.Values(t.load.whole) {
		if t.Catalog().Table(whole.Table.OID) == nil {
			continue
		}
		entry.whole(whole.Table.OID)
		cs.Whole = append(cs.Whole, *whole)
	}
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

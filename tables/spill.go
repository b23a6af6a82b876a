package tables

import (
	"cmp"
	"maps"
	"runtime/debug"
	"slices"

	"github.com/tidwall/btree"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/keys"
)

const (
	// defaultSpill is after how many bytes (Tx.size) writes go to files.
	defaultSpill = 64 << 20
	// leastShare is how much of that a table's rows, or an index, must have to be worth a file.
	leastShare = 64
	// growShare is how much of what is in files must come together before more goes there, if
	// that is not much.
	growShare = 8
)

// relieve has writes go to files when there are many.
func (t *Tx) relieve() error {
	if t.size < t.spillAt || t.marks > 0 || t.opts.Isolation == Serializable || t.load.err != nil {
		return t.load.err
	}
	if t.spilled(); t.load.err == nil {
		t.spill(false)
	}
	return t.load.err
}

// spilling is writes on their way to files. The goroutine that takes them there has them,
// the transaction's log entry and counts to itself until it is done.
type spilling struct {
	writes []*write // in the order of their keys
	order  int      // of the last of them
	runs   storage.Runs
	again  bool // for load.again
	err    error
	done   chan struct{}

	key, value []byte // room
}

// spilled waits until what is on its way to files has arrived.
func (t *Tx) spilled() {
	s := t.load.spilling
	if s == nil {
		return
	}
	<-s.done
	t.load.spilling = nil
	t.load.again = t.load.again || s.again
	if t.runs = s.runs; t.load.err == nil {
		t.load.err = translate(s.err)
	}
}

// find gives the write of a key that is on its way, as it will look when it has arrived.
func (s *spilling) find(t *Tx, key string) *write {
	if s == nil || key > s.writes[len(s.writes)-1].key {
		return nil
	}
	at, found := slices.BinarySearchFunc(s.writes, key, func(w *write, key string) int { return cmp.Compare(w.key, key) })
	if !found {
		return nil
	}
	own := s.writes[at]
	effect := own.effect()
	if effect == noEffect {
		return nil
	}
	w := t.loadedWrite(key, own.value)
	if w != nil && w.row != nil {
		w.row.silent = effect == setAsItIs
	}
	return w
}

// effect is what a write does to its key when it is stored.
type effect uint8

const (
	noEffect   effect = iota
	setAsItIs         // an index entry, or a row that keeps its stamp
	setStamped        // a row
	deletes
)

// effect says it of a write to a durable table.
func (w *write) effect() effect {
	r := w.row
	switch {
	case r == nil && w.value != nil, r != nil && r.silent && w.value != nil:
		return setAsItIs
	case r == nil:
		return deletes
	case r.silent: // it goes with its range
	case w.value == nil && (r.old != nil || r.rewritten):
		return deletes
	case w.value != nil && (r.rewritten || !r.unchanged()):
		return setStamped
	}
	return noEffect
}

// spill has writes go to files: those of which there are many, and at the end all of the
// tables and indexes that have some there already, since files come after the rest.
func (t *Tx) spill(last bool) {
	chosen := t.choose(last)
	if len(chosen) == 0 {
		t.spillAt = t.size + t.opts.SpillBytes
		return
	}
	if t.load.files == nil {
		t.load.files = t.store.engine.NewLoad()
		t.load.entry.load = t.load.files
	}
	t.logWhole()
	s := &spilling{order: t.order, runs: t.runs, done: make(chan struct{})}
	rest, size := newWrites(), int64(0)
	t.top, t.near = "", btree.PathHint{}
	t.own.Scan(func(w *write) bool {
		if len(w.key) >= indexPrefix && chosen[w.key[:indexPrefix]] {
			s.writes = append(s.writes, w)
			return true
		}
		rest.Load(w)
		t.top = w.key
		size += w.size()
		return true
	})
	t.load.size += t.size - size
	t.own, t.size = rest, size
	t.spillAt = size + max(t.opts.SpillBytes, min(t.load.size/growShare, defaultSpill))
	t.load.spilling = s
	go t.load.take(s) // spilled waits for it
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

// take puts writes into files, those of each table and index into one.
func (l *load) take(s *spilling) {
	defer close(s.done)
	defer func() {
		if p := recover(); p != nil {
			s.err = sqlerr.Internal("panic while writing to files: %v\n%s", p, debug.Stack())
		}
	}()
	for rest := s.writes; len(rest) > 0 && s.err == nil; {
		prefix := rest[0].key[:indexPrefix]
		n, _ := slices.BinarySearchFunc(rest, prefix, func(w *write, prefix string) int {
			if w.key[:indexPrefix] == prefix {
				return -1
			}
			return 1
		})
		s.err = l.takeGroup(s, rest[:n:n])
		rest = rest[n:]
	}
	if s.err == nil {
		s.runs, s.err = l.files.Merged(s.runs)
	}
	if s.err == nil {
		s.err = l.entry.err
	}
}

func (l *load) takeGroup(s *spilling, group []*write) error {
	w := l.files.NewRun()
	var changed []*write
	for _, own := range group {
		l.intoRun(w, s, own)
		if r := own.row; r != nil && r.silent && own.value != nil && !r.unlogged {
			l.entry.rewrite(own)
			l.entry.into(nil, false)
		}
		if r := own.row; r != nil && !r.silent && own.effect() != noEffect {
			// One that is what it was is logged as well: what the row was is not known any more
			// once it lies in files.
			s.again = s.again || !own.isChange()
			changed = append(changed, own)
			l.count(own)
		}
	}
	logChanges(nil, nil, &l.entry, changed, s.order)
	run, err := w.Finish()
	if run != nil {
		s.runs = s.runs.With(run)
	}
	return err
}

// intoRun adds a write to a run.
func (l *load) intoRun(w *storage.RunWriter, s *spilling, own *write) {
	s.key = append(s.key[:0], own.key...)
	switch own.effect() {
	case setAsItIs:
		s.value = append(s.value[:0], own.value...)
		w.Set(s.key, s.value)
	case setStamped:
		s.value = append(s.value[:0], own.value...)
		l.files.Stamp(s.value)
		w.Set(s.key, s.value)
	case deletes:
		w.Delete(s.key)
	}
}

// count counts a change that goes to files.
func (l *load) count(w *write) {
	r := w.row
	whole := l.whole[r.table.OID]
	whole.Table = r.table
	whole.Changed++
	was, is := r.old != nil || r.loaded == loadedRow, w.value != nil
	switch {
	case is && !was:
		whole.Grown++
	case was && !is:
		whole.Grown--
	}
	if l.whole == nil {
		l.whole = map[catalog.OID]Whole{}
	}
	l.whole[r.table.OID] = whole
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
	t.spilled()
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

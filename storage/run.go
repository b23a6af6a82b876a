package storage

import (
	"bytes"
	"context"
	"slices"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// runBytes is about how large files become that a merge writes.
const runBytes = 64 << 20

// Run is a file of a load's writes in the order of their keys, each key once.
type Run struct {
	path        string
	first, last []byte
	bytes       int
	filter      []byte // of the keys: most that are looked for are not there
	reader      *sstable.Reader
}

var runFilter = bloom.FilterPolicy(10)

func (r *Run) close() error { return r.reader.Close() }

// meets says whether a run has keys from lower up to but excluding upper, perhaps; nil is
// no bound.
func (r *Run) meets(lower, upper []byte) bool {
	return (upper == nil || bytes.Compare(r.first, upper) < 0) && bytes.Compare(r.last, lower) >= 0
}

// RunWriter writes a run. Keys come in ascending order. Errors are told by Finish.
type RunWriter struct {
	load        *Load
	path        string
	out         *sstable.Writer
	filter      pebble.FilterWriter
	first, last []byte
	size        int
	err         error
}

// NewRun begins to write a run. Finish or Abandon ends that.
func (l *Load) NewRun() *RunWriter {
	w := &RunWriter{load: l, path: l.nextPath(), filter: runFilter.NewWriter(pebble.TableFilter)}
	e := l.engine
	if w.err = e.checkSpace(); w.err != nil {
		return w
	}
	f, err := e.opts.FS.Create(w.path, vfs.WriteCategoryUnspecified)
	if err != nil {
		w.err = err
		return w
	}
	w.out = sstable.NewWriter(objstorageprovider.NewFileWritable(f), e.tableOptions.MakeWriterOptions(writtenFor, pebble.FormatNewest.MaxTableFormat()))
	return w
}

// writtenFor is the level for which runs are written. It is not the last, where deletions
// would be void: there would be nothing below.
const writtenFor = 0

func (w *RunWriter) begin(key []byte, size int) bool {
	if w.err != nil {
		return false
	}
	if w.first == nil {
		w.first = bytes.Clone(key)
	}
	w.last = append(w.last[:0], key...)
	w.filter.AddKey(key)
	w.size += size
	return true
}

// Set writes a value under the next key.
func (w *RunWriter) Set(key, value []byte) {
	if w.begin(key, len(key)+len(value)) {
		w.err = w.out.Set(key, value)
	}
}

// Delete removes what there may be under the next key.
func (w *RunWriter) Delete(key []byte) {
	if w.begin(key, len(key)) {
		w.err = w.out.Delete(key)
	}
}

// Size is how many bytes of keys and values there are.
func (w *RunWriter) Size() int { return w.size }

// Finish makes the file durable. Without any writes there is none, and no run.
func (w *RunWriter) Finish() (*Run, error) {
	if w.first == nil || w.err != nil {
		err := w.err
		w.Abandon()
		return nil, translate(err)
	}
	out := w.out
	w.out = nil
	fs := w.load.engine.opts.FS
	if err := out.Close(); err != nil {
		_ = fs.Remove(w.path)
		return nil, translate(err)
	}
	r := &Run{path: w.path, first: w.first, last: bytes.Clone(w.last), bytes: w.size, filter: w.filter.Finish(nil)}
	var err error
	if r.reader, err = openRun(w.load.engine, w.path); err != nil {
		_ = fs.Remove(w.path)
		return nil, translate(err)
	}
	w.load.runs = append(w.load.runs, r)
	return r, nil
}

// Abandon gives up what was not finished.
func (w *RunWriter) Abandon() {
	if w.out != nil {
		_ = w.out.Close()
		w.out = nil
		_ = w.load.engine.opts.FS.Remove(w.path)
	}
}

func openRun(e *Engine, path string) (*sstable.Reader, error) {
	f, err := e.opts.FS.Open(path)
	if err != nil {
		return nil, err
	}
	readable, err := sstable.NewSimpleReadable(f)
	if err != nil {
		return nil, err
	}
	return sstable.NewReader(context.Background(), readable, e.tableOptions.MakeReaderOptions())
}

// Runs are the runs of a transaction, in levels: those of a level do not overlap and lie in
// the order of their keys, a later level was written after those before it. The value is
// immutable; zero is none.
type Runs struct{ levels [][]*Run }

// Empty says that there are none.
func (r Runs) Empty() bool { return len(r.levels) == 0 }

// With adds a run that was written after all others.
func (r Runs) With(run *Run) Runs {
	levels := slices.Clone(r.levels)
	if n := len(levels); n > 0 {
		top := levels[n-1]
		at, _ := slices.BinarySearchFunc(top, run.first, func(r *Run, key []byte) int { return bytes.Compare(r.last, key) })
		if at == len(top) || bytes.Compare(run.last, top[at].first) < 0 {
			levels[n-1] = slices.Insert(slices.Clone(top), at, run)
			return Runs{levels}
		}
	}
	return Runs{append(levels, []*Run{run})}
}

// maxLevels is how many levels a key is looked for in, at most.
const maxLevels = 8

// Merged are the runs in fewer levels if they are many: the youngest are merged, with older
// ones that are not much larger, so that each write is written anew a few times only.
func (l *Load) Merged(r Runs) (Runs, error) {
	n := len(r.levels)
	if n <= maxLevels {
		return r, nil
	}
	sum, from := 0, n
	for from > 0 && levelBytes(r.levels[from-1]) <= 2*sum || from > n-2 {
		from--
		sum += levelBytes(r.levels[from])
	}
	merged, err := l.merge(Runs{r.levels[from:]})
	if err != nil {
		return r, err
	}
	return Runs{append(slices.Clone(r.levels[:from]), merged)}, nil
}

func levelBytes(level []*Run) (n int) {
	for _, r := range level {
		n += r.bytes
	}
	return n
}

// Without leaves out the runs all of whose keys begin with a prefix; none may have such
// keys among others.
func (r Runs) Without(prefix []byte) Runs {
	var kept Runs
	for _, level := range r.levels {
		var rest []*Run
		for _, run := range level {
			if !bytes.HasPrefix(run.first, prefix) {
				rest = append(rest, run)
			}
		}
		if len(rest) > 0 {
			kept.levels = append(kept.levels, rest)
		}
	}
	return kept
}

// Meet says whether there may be keys from lower up to but excluding upper.
func (r Runs) Meet(lower, upper []byte) bool {
	for _, level := range r.levels {
		for _, run := range level {
			if run.meets(lower, upper) {
				return true
			}
		}
	}
	return false
}

// Get reads the newest write of a key; a nil value, if found, is a deletion.
func (r Runs) Get(key []byte) (value []byte, found bool, err error) {
	for i := len(r.levels) - 1; i >= 0; i-- {
		level := r.levels[i]
		at, _ := slices.BinarySearchFunc(level, key, func(r *Run, key []byte) int { return bytes.Compare(r.last, key) })
		if at == len(level) || bytes.Compare(key, level[at].first) < 0 {
			continue
		}
		if value, found, err = level[at].get(key); found || err != nil {
			return value, found, err
		}
	}
	return nil, false, nil
}

func (r *Run) get(key []byte) (value []byte, found bool, err error) {
	if !runFilter.MayContain(pebble.TableFilter, r.filter, key) {
		return nil, false, nil
	}
	it, err := r.reader.NewIter(sstable.NoTransforms, nil, nil, sstable.AssertNoBlobHandles)
	if err != nil {
		return nil, false, translate(err)
	}
	kv := it.SeekGE(key, 0)
	if kv != nil && bytes.Equal(kv.K.UserKey, key) {
		if found = true; kv.Kind() == kindSet {
			value, _, err = kv.Value(nil)
			value = append(make([]byte, 0, len(value)), value...)
		}
	}
	if cerr := it.Close(); err == nil {
		err = cerr
	}
	return value, found, translate(err)
}

const kindSet = pebble.InternalKeyKindSet

// overlapping groups runs: those of different groups do not overlap.
func (r Runs) overlapping() []Runs {
	type aged struct {
		run *Run
		age int
	}
	var all []aged
	for age, level := range r.levels {
		for _, run := range level {
			all = append(all, aged{run, age})
		}
	}
	slices.SortFunc(all, func(a, b aged) int { return bytes.Compare(a.run.first, b.run.first) })
	var groups []Runs
	for len(all) > 0 {
		n, last := 1, all[0].run.last
		for ; n < len(all) && bytes.Compare(all[n].run.first, last) <= 0; n++ {
			if bytes.Compare(all[n].run.last, last) > 0 {
				last = all[n].run.last
			}
		}
		group := all[:n:n]
		all = all[n:]
		slices.SortStableFunc(group, func(a, b aged) int { return a.age - b.age })
		var g Runs
		for i, a := range group {
			if i == 0 || a.age != group[i-1].age {
				g.levels = append(g.levels, nil)
			}
			g.levels[len(g.levels)-1] = append(g.levels[len(g.levels)-1], a.run)
		}
		groups = append(groups, g)
	}
	return groups
}

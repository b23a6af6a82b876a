package storage

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// # Loads
//
// A commit of many megabytes does not go through Pebble's log and memtables. Its writes
// are collected in sorted files beside the store (Run), a piece at a time, so that memory
// holds one piece only; a transaction reads its own through Runs. Such a transaction's
// files are a Load. When it commits, files whose keys overlap are merged, and then Pebble
// takes them over as they are.
//
// What such a row is stamped with cannot be its commit's sequence, which is not known yet
// when the row is written: it is the load's number with the highest bit set. The commit's
// batch notes which sequence that number stands for, and Engine.Seq translates.
//
// The change log is to have all that a commit does. The entry of a load is in its files,
// too, under its number (AppendLog).
//
// Two steps must be one: the batch, which has everything else that the transaction
// does, and the taking over. Under the commit mutex the batch is applied and synced first,
// with a record of the load: its sequence and the names of its files. Then Pebble takes
// the files, and with them one that has nothing but a mark. A crash in between leaves the
// record without the mark, and the next start takes the files over (recoverLoads). It is
// the last commit of the log then: nobody has committed since, so nothing can be
// overwritten that is newer. Without a record the files are nobody's and are removed.

const (
	loadDir = "loads" // in the store's directory
	// loadStamp distinguishes the number of a load from a sequence.
	loadStamp = 1 << 63
)

// metaLoad is the record of a load: its sequence, then the names of its files.
func metaLoad(number uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{SpaceMeta, 'b'}, number)
}

// metaLoadTaken is the mark that comes with its files.
func metaLoadTaken(number uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{SpaceMeta, 'i'}, number)
}

// loads are the loads that have been committed.
type loads struct {
	last atomic.Uint64 // the number given out last
	// committed has the sequence of each number, zero where there is none (yet). It is
	// immutable and replaced under the commit mutex.
	committed atomic.Pointer[[]Seq]
}

func (l *loads) commit(number uint64, seq Seq) {
	old := *l.committed.Load()
	all := make([]Seq, max(len(old), int(number)+1))
	copy(all, old)
	all[number] = seq
	l.committed.Store(&all)
}

// Seq is the commit that a value was stamped with; zero if it is not committed.
func (e *Engine) Seq(value []byte) Seq {
	stamp := binary.BigEndian.Uint64(value)
	if stamp < loadStamp {
		return Seq(stamp)
	}
	all := *e.loads.committed.Load()
	if number := stamp &^ loadStamp; number < uint64(len(all)) {
		return all[number]
	}
	return 0
}

// Load is the large part of a transaction's writes, in files. It belongs to one goroutine
// at a time, and ends with the commit of a batch that it was given to, or with Discard.
type Load struct {
	engine *Engine
	number uint64
	files  int
	runs   []*Run // those whose files are there
	merged []*Run // what is committed, disjoint
	log    loadLog
	ended  bool
}

// NewLoad begins a load.
func (e *Engine) NewLoad() *Load {
	return &Load{engine: e, number: e.loads.last.Add(1)}
}

// Stamp writes what stands for the sequence of the load's commit into the first eight
// bytes of a value.
func (l *Load) Stamp(value []byte) { binary.BigEndian.PutUint64(value, loadStamp|l.number) }

// Stamped says whether a value has the stamp of this load.
func (l *Load) Stamped(value []byte) bool {
	return binary.BigEndian.Uint64(value) == loadStamp|l.number
}

// loadLog is the change-log entry of a load.
type loadLog struct {
	parts, bytes int
	runs         []*Run
	w            *RunWriter // of the next; nil
}

// AppendLog adds a part, of LogPart bytes or so, to the change-log entry of the commit, which
// then is the load's alone.
func (l *Load) AppendLog(part []byte) error {
	g := &l.log
	if g.w == nil {
		g.w = l.NewRun()
	}
	g.w.Set(loadLogKey(nil, l.number, g.parts), part)
	g.parts++
	g.bytes += len(part)
	if g.w.Size() < runBytes {
		return nil
	}
	return l.finishLog()
}

func (l *Load) finishLog() error {
	if l.log.w == nil {
		return nil
	}
	r, err := l.log.w.Finish()
	if l.log.w = nil; r != nil {
		l.log.runs = append(l.log.runs, r)
	}
	return err
}

// Discard removes the files of a load that is not to be committed. Nothing may read its
// runs any more. After the commit it does nothing.
func (l *Load) Discard() {
	if l == nil || l.ended {
		return
	}
	l.ended = true
	if l.log.w != nil {
		l.log.w.Abandon()
	}
	l.release()
	l.runs, l.merged = nil, nil
}

// release closes and removes files. What cannot be removed is removed at the next start.
func (l *Load) release() {
	for _, r := range l.runs {
		_ = r.close()
		_ = l.engine.opts.FS.Remove(r.path)
	}
}

func (l *Load) nextPath() string {
	l.files++
	fs := l.engine.opts.FS
	return fs.PathJoin(l.engine.opts.Dir, loadDir, fmt.Sprintf("%d-%d.sst", l.number, l.files))
}

// SetLoad makes the writes of runs part of the commit, after all others of the batch: a
// later run wins over an earlier one. It merges those that overlap, which can take long.
// If the load has a change-log entry the batch may have no other, and about, unless it is
// empty, is what those read who are not to have one so long (Options.LongestEntry).
func (b *Batch) SetLoad(l *Load, runs Runs, about []byte) {
	if b.err != nil {
		return
	}
	if b.log.set && l.log.parts > 0 {
		b.fail(ErrLogEntry)
		return
	}
	merged, err := l.merge(runs)
	l.merged = merged
	if err == nil {
		err = l.finishLog()
	}
	if err == nil {
		l.merged = append(l.merged, l.log.runs...)
		err = l.writeMark()
	}
	if err == nil {
		err = b.engine.syncDir(loadDir)
	}
	if err != nil {
		b.fail(translate(err))
		return
	}
	record := make([]byte, stampSize)
	for i, r := range l.merged {
		if i > 0 {
			record = append(record, '\n')
		}
		record = append(record, path.Base(r.path)...)
		b.watched.span(b.engine, r.first, append(bytes.Clone(r.last), 0))
	}
	if l.log.parts > 0 {
		where := make([]byte, 8, 16+len(about)) // the length is sealed
		where = append(binary.BigEndian.AppendUint64(where, l.number), about...)
		b.beginLog(where)
		b.log.cut, b.log.bytes = true, logKeySize+logHeaderSize+l.log.bytes
	}
	b.count++
	b.ranges = true
	b.fresh.none = true
	b.stamps = append(b.stamps, b.deferredSet(metaLoad(l.number), record))
	b.load = l
}

// merge gives runs disjoint ranges of keys, in their order.
func (l *Load) merge(runs Runs) (merged []*Run, err error) {
	for _, group := range runs.overlapping() {
		if len(group.levels) == 1 { // it is one run
			merged = append(merged, group.levels[0]...)
			continue
		}
		if merged, err = l.mergeGroup(merged, group); err != nil {
			return nil, err
		}
	}
	return merged, nil
}

// mergeGroup appends the runs into which others are merged.
func (l *Load) mergeGroup(merged []*Run, group Runs) ([]*Run, error) {
	it := group.walk(nil, nil)
	defer it.Close()
	w := l.NewRun()
	defer func() { w.Abandon() }()
	finish := func() error {
		r, err := w.Finish()
		if r != nil {
			merged = append(merged, r)
		}
		return err
	}
	for ok := it.First(); ok; ok = it.Next() {
		if it.deleted() {
			w.Delete(it.Key())
		} else {
			w.Set(it.Key(), it.Value())
		}
		if w.Size() >= runBytes {
			if err := finish(); err != nil {
				return nil, err
			}
			w = l.NewRun()
		}
	}
	if err := it.Err(); err != nil {
		return nil, err
	}
	return merged, finish()
}

// writeMark adds the file that has the mark alone.
func (l *Load) writeMark() error {
	w := l.NewRun()
	w.Set(metaLoadTaken(l.number), nil)
	r, err := w.Finish()
	if err == nil {
		l.merged = append(l.merged, r)
	}
	return err
}

// syncDir makes the entries of a directory within the store's durable.
func (e *Engine) syncDir(name string) error {
	d, err := e.opts.FS.OpenDir(e.opts.FS.PathJoin(e.opts.Dir, name))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// takeLoad lets Pebble have the files of a load whose record is durable. The commit mutex
// is held, or nobody else is there yet. Failure is the engine's fault: the next start
// tries again.
func (e *Engine) takeLoad(paths []string) error {
	if err := e.db.Ingest(context.Background(), paths); err != nil {
		e.fault.raise(fmt.Errorf("take over a load: %w", err))
		return e.fault.get()
	}
	return nil
}

// commitLoad applies a batch with a load. The commit mutex is held.
func (e *Engine) commitLoad(b *Batch, seq Seq) error {
	l := b.load
	// From here on the record may be on disk, whatever comes: the files must stay.
	l.ended = true
	e.loads.commit(l.number, seq)
	if err := e.applyToPebble(b.pebble, pebble.Sync); err != nil {
		return err
	}
	if err := b.pebble.SyncWait(); err != nil {
		e.fault.breakLog(err)
	}
	if e.fault.logBroken.Load() {
		return e.fault.get()
	}
	paths := make([]string, len(l.merged))
	for i, r := range l.merged {
		paths[i] = r.path
	}
	if err := e.takeLoad(paths); err != nil {
		return err
	}
	l.release()
	return nil
}

// recoverLoads reads which loads there are, takes over one that a crash has left behind,
// and removes files that belong to none.
func (e *Engine) recoverLoads() error {
	committed := []Seq{0}
	e.loads.committed.Store(&committed)
	fs := e.opts.FS
	dir := fs.PathJoin(e.opts.Dir, loadDir)
	if err := errors.Join(fs.MkdirAll(dir, 0o700), e.syncDir("")); err != nil {
		return translate(err)
	}
	lower := []byte{SpaceMeta, 'b'}
	iter, err := e.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: []byte{SpaceMeta, 'b' + 1}})
	if err != nil {
		return translate(err)
	}
	for ok := iter.First(); ok && err == nil; ok = iter.Next() {
		err = e.recoverLoad(iter.Key(), iter.Value(), dir)
	}
	if err := errors.Join(err, translate(iter.Close())); err != nil {
		return err
	}
	names, err := fs.List(dir)
	if err != nil {
		return translate(err)
	}
	for _, name := range names {
		number, _, _ := strings.Cut(name, "-")
		if n, err := strconv.ParseUint(number, 10, 63); err == nil && n > e.loads.last.Load() {
			e.loads.last.Store(n)
		}
		if err := fs.Remove(fs.PathJoin(dir, name)); err != nil {
			return translate(err)
		}
	}
	return nil
}

func (e *Engine) recoverLoad(key, record []byte, dir string) error {
	if len(key) != 10 || len(record) < stampSize {
		return fmt.Errorf("%w: record of a load %x", ErrCorrupt, key)
	}
	number := binary.BigEndian.Uint64(key[2:])
	e.loads.commit(number, Seq(binary.BigEndian.Uint64(record)))
	e.loads.last.Store(max(number, e.loads.last.Load()))
	_, taken, err := getPebble(e.db, metaLoadTaken(number), nil)
	if err != nil || taken {
		return err
	}
	var paths []string
	for name := range strings.SplitSeq(string(record[stampSize:]), "\n") {
		paths = append(paths, e.opts.FS.PathJoin(dir, name))
	}
	return e.takeLoad(paths)
}

package storage

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/kalamsql/kalamsql/storage/storagetest"
)

// model is what keys should hold: nil values are not there.
type loadModel map[string]string

func (m loadModel) keys() []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func rowKeyOf(n int) []byte { return fmt.Appendf([]byte{SpaceRow}, "%05d", n) }

func writeRun(t *testing.T, l *Load, writes map[string]string) *Run {
	t.Helper()
	w := l.NewRun()
	for _, k := range loadModel(writes).keys() {
		if writes[k] == "" {
			w.Delete([]byte(k))
		} else {
			w.Set([]byte(k), []byte(writes[k]))
		}
	}
	r, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func walkAll(t *testing.T, w Walk, backward bool) (got []string) {
	t.Helper()
	step, ok := w.Next, false
	if ok = !backward; ok {
		ok = w.First()
	} else {
		step, ok = w.Prev, w.Last()
	}
	for ; ok; ok = step() {
		got = append(got, string(w.Key())+"="+string(w.Value()))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if backward {
		slices.Reverse(got)
	}
	return got
}

// TestRunsOverStore compares what runs over committed keys give with a map, in both
// directions and within bounds, before and after the commit.
func TestRunsOverStore(t *testing.T) {
	e := mustOpen(t, testOptions(vfs.NewMem()))
	rng := rand.New(rand.NewPCG(1, 2))
	model := loadModel{}
	b := e.NewBatch()
	for n := range 300 {
		if rng.IntN(2) == 0 {
			k := rowKeyOf(n)
			model[string(k)] = "base"
			b.Set(k, []byte("base"))
		}
	}
	if _, err := e.Commit(b, nil, CommitOptions{Sync: true}); err != nil {
		t.Fatal(err)
	}
	b.Close()
	l := e.NewLoad()
	var runs Runs
	for age := range 8 {
		writes := map[string]string{}
		from := rng.IntN(250)
		for range 40 {
			k := string(rowKeyOf(from + rng.IntN(50)))
			if rng.IntN(3) == 0 {
				writes[k] = ""
			} else {
				writes[k] = fmt.Sprint("run", age)
			}
		}
		for k, v := range writes {
			if v == "" {
				delete(model, k)
			} else {
				model[k] = v
			}
		}
		runs = runs.With(writeRun(t, l, writes))
	}
	expect := func(lower, upper []byte) (want []string) {
		for _, k := range model.keys() {
			if (lower == nil || k >= string(lower)) && (upper == nil || k < string(upper)) {
				want = append(want, k+"="+model[k])
			}
		}
		return want
	}
	for range 50 {
		lower := rowKeyOf(rng.IntN(300))
		upper := rowKeyOf(rng.IntN(300))
		if string(lower) >= string(upper) {
			continue
		}
		for _, backward := range []bool{false, true} {
			got := walkAll(t, runs.Over(e.NewLatestIter(lower, upper), lower, upper), backward)
			if want := expect(lower, upper); !slices.Equal(got, want) {
				t.Fatalf("backward %v, from %s to %s: %v, want %v", backward, lower, upper, got, want)
			}
		}
	}
	for n := range 300 {
		k := rowKeyOf(n)
		value, found, err := runs.Get(k)
		if err != nil {
			t.Fatal(err)
		}
		if found && string(value) != model[string(k)] {
			t.Fatalf("%s: %q, want %q", k, value, model[string(k)])
		}
	}
	b = e.NewBatch()
	b.SetLoad(l, runs, nil)
	if _, err := e.Commit(b, nil, CommitOptions{Sync: true}); err != nil {
		t.Fatal(err)
	}
	b.Close()
	lower, upper := []byte{SpaceRow}, []byte{SpaceRow + 1}
	if got := walkAll(t, e.NewLatestIter(lower, upper), false); !slices.Equal(got, expect(lower, upper)) {
		t.Fatalf("committed: %v, want %v", got, expect(lower, upper))
	}
}

// TestLoadStamp reads a loaded row's sequence before and after the commit, and after a
// restart.
func TestLoadStamp(t *testing.T) {
	fs := vfs.NewMem()
	e := mustOpen(t, testOptions(fs))
	l := e.NewLoad()
	value := make([]byte, 9)
	l.Stamp(value)
	w := l.NewRun()
	w.Set(rowKeyOf(1), value)
	r, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if seq := e.Seq(value); seq != 0 {
		t.Fatalf("before the commit: %d", seq)
	}
	b := e.NewBatch()
	b.Set(rowKeyOf(2), []byte("small"))
	b.SetLoad(l, Runs{}.With(r), nil)
	seq, err := e.Commit(b, nil, CommitOptions{Sync: true})
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
	check := func(e *Engine) {
		t.Helper()
		got, found, err := e.GetLatest(rowKeyOf(1), nil)
		if err != nil || !found || e.Seq(got) != seq {
			t.Fatalf("%x %v %v, want sequence %d", got, found, err, seq)
		}
	}
	check(e)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = mustOpen(t, testOptions(fs))
	check(e)
	if next := e.NewLoad(); next.number <= l.number {
		t.Fatalf("number %d is given out again", next.number)
	}
}

// TestLoadSurvivesCrash cuts the power between the commit of a load's record and the
// taking over of its files, and after it.
func TestLoadSurvivesCrash(t *testing.T) {
	for _, taken := range []bool{false, true} {
		fs := vfs.NewCrashableMem()
		e := mustOpen(t, testOptions(fs))
		l := e.NewLoad()
		r := writeRun(t, l, map[string]string{string(rowKeyOf(1)): "loaded"})
		b := e.NewBatch()
		b.SetLoad(l, Runs{}.With(r), nil)
		if taken {
			if _, err := e.Commit(b, nil, CommitOptions{Sync: true}); err != nil {
				t.Fatal(err)
			}
			b.Set(rowKeyOf(1), []byte("newer"))
			if _, err := e.Commit(b, nil, CommitOptions{Sync: true}); err != nil {
				t.Fatal(err)
			}
		} else {
			record := make([]byte, stampSize)
			binary.BigEndian.PutUint64(record, 7)
			for i, r := range l.merged {
				if i > 0 {
					record = append(record, '\n')
				}
				record = append(record, fs.PathBase(r.path)...)
			}
			if err := e.db.Set(metaLoad(l.number), record, nil); err != nil {
				t.Fatal(err)
			}
		}
		crashed := fs.CrashClone(vfs.CrashCloneCfg{})
		after := mustOpen(t, testOptions(crashed))
		want := "loaded"
		if taken {
			want = "newer"
		}
		got, found, err := after.GetLatest(rowKeyOf(1), nil)
		if err != nil || !found || string(got) != want {
			t.Fatalf("taken %v: %q %v %v, want %q", taken, got, found, err, want)
		}
		left, err := crashed.List(crashed.PathJoin(after.opts.Dir, loadDir))
		if err != nil || len(left) != 0 {
			t.Fatalf("taken %v: files left %v %v", taken, left, err)
		}
		l.Discard()
		b.Close()
	}
}

// TestLoadDiscarded leaves no files behind.
func TestLoadDiscarded(t *testing.T) {
	fs := vfs.NewMem()
	e := mustOpen(t, testOptions(fs))
	l := e.NewLoad()
	writeRun(t, l, map[string]string{string(rowKeyOf(1)): "x"})
	w := l.NewRun()
	w.Set(rowKeyOf(2), nil)
	w.Abandon()
	l.Discard()
	if left, err := fs.List(fs.PathJoin(e.opts.Dir, loadDir)); err != nil || len(left) != 0 {
		t.Fatalf("%v %v", left, err)
	}
	if _, found, _ := e.GetLatest(rowKeyOf(1), nil); found {
		t.Fatal("a discarded load can be seen")
	}
	if err := e.WaitDurable(context.Background(), e.Applied()); err != nil {
		t.Fatal(err)
	}
}

// TestLoadLog reads the change-log entry of a load between others, trims it, and reads
// again.
func TestLoadLog(t *testing.T) {
	opts := testOptions(vfs.NewMem())
	opts.LogRetention.Bytes = 1 << 20
	e := mustOpen(t, opts)
	entries := func(e *Engine) (got []string) {
		t.Helper()
		err := e.ReadLog(t.Context(), 0, func(seq Seq, _ time.Time, payload []byte) error {
			got = append(got, fmt.Sprint(seq, " ", len(payload), " ", string(payload[:2])))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	commit(t, e, func(b *Batch) { b.Set(row("a"), nil); b.SetLog([]byte("aa")) })
	l := e.NewLoad()
	for range 5 {
		if err := l.AppendLog(bytes.Repeat([]byte("l"), 100_000)); err != nil {
			t.Fatal(err)
		}
	}
	r := writeRun(t, l, map[string]string{string(row("b")): "loaded"})
	commit(t, e, func(b *Batch) { b.SetLoad(l, Runs{}.With(r), nil) })
	commit(t, e, func(b *Batch) { b.Set(row("c"), nil); b.SetLog([]byte("cc")) })
	want := []string{"1 2 aa", "2 500000 ll", "3 2 cc"}
	if got := entries(e); !slices.Equal(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
	mustClose(t, e)
	e = mustOpen(t, opts)
	if got := entries(e); !slices.Equal(got, want) {
		t.Fatalf("after a restart: %v, want %v", got, want)
	}
	commit(t, e, func(b *Batch) { b.Set(row("d"), nil); b.SetLog(bytes.Repeat([]byte("d"), 800_000)) })
	if err := e.TrimLog(time.Now()); err != nil {
		t.Fatal(err)
	}
	if got, want := entries(e), []string{"3 2 cc", "4 800000 dd"}; !slices.Equal(got, want) {
		t.Fatalf("trimmed: %v, want %v", got, want)
	}
	if e.LogStart() != 2 {
		t.Fatalf("the log starts behind %d", e.LogStart())
	}
	iter, err := e.db.NewIter(&pebble.IterOptions{LowerBound: []byte{spaceLoadLog}, UpperBound: []byte{spaceLoadLog + 1}})
	if err != nil {
		t.Fatal(err)
	}
	if iter.First() {
		t.Errorf("%x is left of a trimmed entry", iter.Key())
	}
	if err := iter.Close(); err != nil {
		t.Fatal(err)
	}
	mustClose(t, e)
}

// TestLoadDeletes has a load remove what is committed, in a file that needs no merging.
func TestLoadDeletes(t *testing.T) {
	e := mustOpen(t, testOptions(vfs.NewMem()))
	commit(t, e, set(row("a"), "committed"))
	l := e.NewLoad()
	r := writeRun(t, l, map[string]string{string(row("a")): "", string(row("b")): "loaded"})
	commit(t, e, func(b *Batch) { b.SetLoad(l, Runs{}.With(r), nil) })
	want(t, "deleted", latest(t, e, row("a")), "-")
	want(t, "loaded", latest(t, e, row("b")), "loaded")
	mustClose(t, e)
}

// TestLoadWithAFailingLog has the sync of a load's record fail: whether it is there after a
// restart is open, but not whether the store opens, and the load is there whole or not at all.
func TestLoadWithAFailingLog(t *testing.T) {
	for _, survives := range []bool{false, true} {
		fs := storagetest.New()
		e := mustOpen(t, testOptions(fs))
		l := e.NewLoad()
		r := writeRun(t, l, map[string]string{string(row("a")): "loaded"})
		b := e.NewBatch()
		b.Set(row("b"), []byte("small"))
		b.SetLoad(l, Runs{}.With(r), nil)
		fs.Inject(func(op storagetest.Op) error {
			if op.Sync && strings.HasSuffix(op.Path, ".log") {
				return syscall.EIO
			}
			return nil
		})
		if _, err := e.Commit(b, nil, synced); !errors.Is(err, ErrReadOnly) {
			t.Fatalf("Commit = %v", err)
		}
		b.Close()
		l.Discard() // as the transaction does at its end
		fs.Inject(nil)
		after := fs
		if !survives {
			after = fs.Crash() // what was not synced is lost
		} else if err := e.Close(); err != nil && !errors.Is(err, ErrReadOnly) {
			t.Fatal(err)
		}
		next := mustOpen(t, testOptions(after))
		small, loaded := latest(t, next, row("b")), latest(t, next, row("a"))
		if (small == "small") != (loaded == "loaded") {
			t.Errorf("small %q, loaded %q", small, loaded)
		}
		if left, err := after.List(after.PathJoin("db", loadDir)); err != nil || len(left) != 0 {
			t.Errorf("files are left: %v %v", left, err)
		}
		mustClose(t, next)
	}
}

// TestLongEntries reads what is said about a load's entry where that is too long.
func TestLongEntries(t *testing.T) {
	opts := testOptions(vfs.NewMem())
	opts.LongestEntry = 1000
	e := mustOpen(t, opts)
	for _, size := range []int{1000, 1001} {
		l := e.NewLoad()
		if err := l.AppendLog(bytes.Repeat([]byte("l"), size)); err != nil {
			t.Fatal(err)
		}
		r := writeRun(t, l, map[string]string{string(row("a")): "loaded"})
		commit(t, e, func(b *Batch) { b.SetLoad(l, Runs{}.With(r), []byte("about")) })
	}
	var got []string
	err := e.ReadLog(t.Context(), 0, func(seq Seq, _ time.Time, payload []byte) error {
		got = append(got, fmt.Sprint(seq, " ", len(payload)))
		return nil
	})
	if want := []string{"1 1000", "2 5"}; err != nil || !slices.Equal(got, want) {
		t.Fatalf("%v %v, want %v", got, err, want)
	}
	mustClose(t, e)
}

package storage

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/kalamsql/kalamsql/storage/storagetest"
)

func TestReopenOnDisk(t *testing.T) {
	opts := Options{Dir: filepath.Join(t.TempDir(), "new", "db")}
	e := mustOpen(t, opts)
	commit(t, e, func(b *Batch) { b.Set(row("k"), []byte("v")); b.SetLog([]byte("entry")) })
	commit(t, e, set(volatile("k"), "v"))
	mustClose(t, e)
	e = mustOpen(t, opts)
	want(t, "Epoch", e.Epoch(), uint64(2))
	want(t, "Applied", e.Applied(), Seq(2)) // a clean Close keeps the numbers of memory too
	start, _ := e.EpochStart(1)
	want(t, "EpochStart(1)", start, Seq(0))
	want(t, "row", latest(t, e, row("k")), "v")
	want(t, "volatile", latest(t, e, volatile("k")), "-")
	want(t, "next", commit(t, e, set(row("k"), "w")), Seq(3))
	mustClose(t, e)
}

func TestSecondOpenIsRefused(t *testing.T) {
	for _, opts := range []Options{testOptions(storagetest.New()), {Dir: t.TempDir()}} {
		e := mustOpen(t, opts)
		if _, err := Open(opts); !errors.Is(err, ErrLocked) || strings.Contains(err.Error(), "\n") {
			t.Errorf("second Open = %v", err)
		}
		mustClose(t, e)
		mustClose(t, mustOpen(t, opts))
	}
}

func TestNewerFormatIsRefused(t *testing.T) {
	opts := testOptions(storagetest.New())
	e := mustOpen(t, opts)
	if err := e.db.Set(metaFormat, binary.BigEndian.AppendUint32(nil, formatVersion+1), pebble.Sync); err != nil {
		t.Fatal(err)
	}
	mustClose(t, e)
	for range 2 { // the refusal lets go of the lock
		if _, err := Open(opts); !errors.Is(err, ErrNewerFormat) {
			t.Errorf("Open = %v", err)
		}
	}
}

func TestNewerStoreFormatIsRefused(t *testing.T) {
	opts := Options{Dir: t.TempDir()}
	mustClose(t, mustOpen(t, opts))
	markers, err := filepath.Glob(filepath.Join(opts.Dir, "marker.format-version.*"))
	if err != nil || len(markers) != 1 {
		t.Fatal(markers, err)
	}
	if err := os.Rename(markers[0], filepath.Join(opts.Dir, "marker.format-version.000999.999")); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(opts); !errors.Is(err, ErrNewerFormat) {
		t.Errorf("Open = %v", err)
	}
}

func TestCorruptionIsNamed(t *testing.T) {
	opts := Options{Dir: t.TempDir()}
	e := mustOpen(t, opts)
	commit(t, e, set(row("k"), strings.Repeat("value", 1000)))
	if err := e.db.Flush(); err != nil {
		t.Fatal(err)
	}
	mustClose(t, e)
	tables, err := filepath.Glob(filepath.Join(opts.Dir, "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatal(tables, err)
	}
	for _, name := range tables {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 40 {
			data[i] ^= 0xff
		}
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e, err = Open(opts)
	if err == nil {
		_, _, err = e.GetLatest(row("k"), nil)
		e.Close()
	}
	if !errors.Is(err, ErrCorrupt) {
		t.Errorf("reading a corrupt table = %v", err)
	}
}

func TestCloseWaits(t *testing.T) {
	fs := storagetest.New()
	opts := testOptions(fs)
	var published int
	opts.Publish = func(Seq, any) { published++ }
	e := mustOpen(t, opts)
	commit(t, e, set(row("k"), "v"))
	s := e.Snapshot()
	iter := s.NewIter(row(""), nil)
	entered, release := blockLogSyncs(fs)
	b := e.NewBatch()
	b.Set(row("k"), []byte("w"))
	if _, err := e.Commit(b, func(Seq, time.Time) any { return 1 }, CommitOptions{}); err != nil {
		t.Fatal(err)
	}
	<-entered
	closed := make(chan error)
	waiting := make(chan error, 1)
	go func() { waiting <- e.WaitDurable(context.Background(), 1000) }()
	for e.durable.waiting.Load() == 0 {
		runtime.Gosched() // the waiter is about to register itself
	}
	go func() { closed <- e.Close() }()
	<-e.ctx.Done()
	if err := <-waiting; !errors.Is(err, ErrClosed) {
		t.Errorf("WaitDurable = %v", err)
	}
	want(t, "open snapshot", get(t, s, row("k")), "v")
	want(t, "open iterator", iter.First(), true)
	iter.Close()
	s.Close()
	select {
	case err := <-closed:
		t.Fatalf("Close = %v before the last commit was durable", err)
	default:
	}
	close(release)
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	want(t, "published", published, 1)

	b.Reset()
	if _, err := e.Commit(b, nil, synced); !errors.Is(err, ErrClosed) {
		t.Errorf("Commit = %v", err)
	}
	if err := e.WaitDurable(context.Background(), 1000); !errors.Is(err, ErrClosed) {
		t.Errorf("WaitDurable = %v", err)
	}
	if _, _, err := e.GetLatest(row("k"), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("GetLatest = %v", err)
	}
	s = e.Snapshot()
	if _, _, err := s.Get(row("k"), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("Get = %v", err)
	}
	for _, iter := range []Iterator{s.NewIter(nil, nil), e.NewLatestIter(nil, nil)} {
		if iter.First() || !errors.Is(iter.Err(), ErrClosed) {
			t.Errorf("iterator = %v", iter.Err())
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := e.ReadLog(context.Background(), 0, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("ReadLog = %v", err)
	}
	if err := e.Close(); !errors.Is(err, ErrClosed) {
		t.Errorf("second Close = %v", err)
	}
}

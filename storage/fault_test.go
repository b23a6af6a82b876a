package storage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/kalamsql/kalamsql/storage/storagetest"
)

// blockLogSyncs makes syncs of the log wait: each tells entered, and goes on once
// release is closed.
func blockLogSyncs(fs *storagetest.FS) (entered chan struct{}, release chan struct{}) {
	entered, release = make(chan struct{}, 100), make(chan struct{})
	fs.Inject(func(op storagetest.Op) error {
		if op.Sync && strings.HasSuffix(op.Path, ".log") {
			entered <- struct{}{}
			<-release
		}
		return nil
	})
	return entered, release
}

func TestNothingPublishedBeforeDurable(t *testing.T) {
	fs := storagetest.New()
	opts := testOptions(fs)
	var published atomic.Int64
	opts.Publish = func(Seq, any) { published.Add(1) }
	e := mustOpen(t, opts)
	entered, release := blockLogSyncs(fs)
	payload := func(Seq, time.Time) any { return 1 }
	var wg sync.WaitGroup
	for _, key := range [][]byte{row("k"), volatile("k")} {
		b := e.NewBatch()
		b.Set(key, []byte("v"))
		if _, err := e.Commit(b, payload, CommitOptions{}); err != nil {
			t.Fatal(err)
		}
		b.Set(key, []byte("w"))
		wg.Add(1)
		go func() {
			defer wg.Done()
			seq, err := e.Commit(b, payload, synced)
			if err != nil || published.Load() < int64(seq) {
				t.Errorf("Commit = %d, %v with %d published", seq, err, published.Load())
			}
			b.Close()
		}()
	}
	<-entered
	want(t, "published", published.Load(), int64(0))
	want(t, "Durable", e.Durable(), Seq(0))
	if e.Applied() < 2 {
		t.Fatalf("Applied = %d", e.Applied())
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := e.WaitDurable(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Fatalf("WaitDurable = %v", err)
	}
	close(release)
	wg.Wait()
	if err := e.WaitDurable(context.Background(), 4); err != nil {
		t.Fatal(err)
	}
	want(t, "published", published.Load(), int64(4))
	mustClose(t, e)
}

func TestCrashKeepsWhatWasAcknowledged(t *testing.T) {
	fs := storagetest.New()
	e := mustOpen(t, testOptions(fs))
	want(t, "Epoch", e.Epoch(), uint64(1))
	const acknowledged = 100
	for i := range acknowledged {
		commit(t, e, func(b *Batch) {
			b.Set(row(fmt.Sprint(i)), []byte("v"))
			b.Set(volatile(fmt.Sprint(i)), []byte("v"))
			if i%2 == 0 {
				b.SetLog([]byte("entry"))
			}
		})
	}
	entered, release := blockLogSyncs(fs)
	b := e.NewBatch()
	b.Set(row("lost"), []byte("v"))
	if _, err := e.Commit(b, nil, CommitOptions{}); err != nil {
		t.Fatal(err)
	}
	b.Close()
	<-entered
	crashed := fs.Crash()
	close(release)
	mustClose(t, e)

	for epoch := uint64(2); epoch < 4; epoch++ {
		e = mustOpen(t, testOptions(crashed))
		want(t, "Epoch", e.Epoch(), epoch)
		want(t, "Applied", e.Applied(), Seq(acknowledged))
		want(t, "Durable", e.Durable(), Seq(acknowledged))
		start, ok := e.EpochStart(epoch)
		want(t, "EpochStart", start, Seq(acknowledged))
		want(t, "EpochStart ok", ok, true)
		_, ok = e.EpochStart(epoch + 1)
		want(t, "EpochStart of the next", ok, false)
		for i := range acknowledged {
			want(t, "row", latest(t, e, row(fmt.Sprint(i))), "v")
			want(t, "volatile", latest(t, e, volatile(fmt.Sprint(i))), "-")
		}
		want(t, "lost", latest(t, e, row("lost")), "-")
		crashed = crashed.Crash()
		mustClose(t, e)
	}
}

func TestFailedLogTurnsReadOnly(t *testing.T) {
	isSync := func(op storagetest.Op) bool { return op.Sync }
	isWrite := func(op storagetest.Op) bool { return op.Write && !op.Sync }
	for _, c := range []struct {
		name  string
		fails func(storagetest.Op) bool
		cause error
		also  error
	}{
		{"sync", isSync, syscall.EIO, syscall.EIO},
		{"write", isWrite, syscall.ENOSPC, ErrDiskFull},
	} {
		t.Run(c.name, func(t *testing.T) {
			fs := storagetest.New()
			opts := testOptions(fs)
			var published atomic.Uint64
			opts.Publish = func(seq Seq, _ any) { published.Store(uint64(seq)) }
			e := mustOpen(t, opts)
			good := commit(t, e, set(row("good"), "v"))
			fs.Inject(func(op storagetest.Op) error {
				if strings.HasSuffix(op.Path, ".log") && c.fails(op) {
					return c.cause
				}
				return nil
			})
			// Enough to rotate the log several times over, were they let.
			var wg sync.WaitGroup
			for g := range 16 {
				wg.Add(1)
				go func() {
					defer wg.Done()
					b := e.NewBatch()
					defer b.Close()
					for i := range 20 {
						b.Set(row(fmt.Sprintf("bad/%d/%d", g, i)), make([]byte, 40000))
						_, err := e.Commit(b, func(Seq, time.Time) any { return 1 }, CommitOptions{Sync: i%4 != 0})
						if i%4 != 0 && (!errors.Is(err, ErrReadOnly) || !errors.Is(err, c.also)) {
							t.Errorf("Commit = %v", err)
						}
					}
				}()
			}
			wg.Wait()
			b := e.NewBatch()
			if _, err := e.Commit(b, nil, synced); !errors.Is(err, ErrReadOnly) {
				t.Errorf("empty Commit = %v", err)
			}
			b.Close()
			want(t, "published", published.Load(), uint64(0))
			want(t, "Durable", e.Durable(), good)
			for _, seq := range []Seq{good + 1, e.Applied() + 10} {
				if err := e.WaitDurable(context.Background(), seq); !errors.Is(err, ErrReadOnly) {
					t.Errorf("WaitDurable(%d) = %v", seq, err)
				}
			}
			want(t, "good", latest(t, e, row("good")), "v")
			fs.Inject(nil)
			crashed := fs.Crash()
			if err := e.Close(); err != nil {
				t.Errorf("Close = %v", err)
			}
			e = mustOpen(t, testOptions(crashed))
			want(t, "good", latest(t, e, row("good")), "v")
			commit(t, e, set(row("bad/0/0"), "again"))
			mustClose(t, e)
		})
	}
}

// A log that cannot be closed or created while it rotates must not take the
// process down either.
func TestFailedRotationTurnsReadOnly(t *testing.T) {
	for _, during := range []string{"close", "create"} {
		t.Run(during, func(t *testing.T) {
			fs := storagetest.New()
			e := mustOpen(t, testOptions(fs))
			commit(t, e, set(row("good"), "v"))
			var names sync.Map
			fs.Inject(func(op storagetest.Op) error {
				if !strings.HasSuffix(op.Path, ".log") || !op.Write {
					return nil
				}
				_, known := names.LoadOrStore(op.Path, true)
				n := 0
				names.Range(func(any, any) bool { n++; return true })
				if during == "create" && !known && n > 1 || during == "close" && op.Sync {
					return syscall.EIO
				}
				return nil
			})
			b := e.NewBatch()
			defer b.Close()
			var err error
			for i := 0; err == nil && i < 1000; i++ {
				b.Set(row(fmt.Sprint(i)), make([]byte, 10000))
				_, err = e.Commit(b, nil, CommitOptions{})
			}
			if !errors.Is(err, ErrReadOnly) {
				t.Errorf("Commit = %v", err)
			}
			fs.Inject(nil)
			crashed := fs.Crash()
			if err := e.Close(); err != nil {
				t.Errorf("Close = %v", err)
			}
			e = mustOpen(t, testOptions(crashed))
			want(t, "good", latest(t, e, row("good")), "v")
			mustClose(t, e)
		})
	}
}

// A flush or a manifest write that fails in the background must stop commits
// before they stall behind it, and Close must still end.
func TestFailedFlushTurnsReadOnly(t *testing.T) {
	for _, file := range []string{".sst", "MANIFEST"} {
		t.Run(file, func(t *testing.T) {
			fs := storagetest.New()
			e := mustOpen(t, testOptions(fs))
			good := commit(t, e, set(row("good"), "v"))
			fs.Inject(func(op storagetest.Op) error {
				if op.Write && strings.Contains(op.Path, file) {
					return syscall.ENOSPC
				}
				return nil
			})
			if _, err := e.db.AsyncFlush(); err != nil {
				t.Fatal(err)
			}
			<-e.fault.raised
			b := e.NewBatch()
			defer b.Close()
			b.Set(row("bad"), []byte("v"))
			if _, err := e.Commit(b, nil, synced); !errors.Is(err, ErrReadOnly) || !errors.Is(err, ErrDiskFull) {
				t.Errorf("Commit = %v", err)
			}
			if err := e.WaitDurable(context.Background(), good); err != nil {
				t.Error(err)
			}
			want(t, "good", latest(t, e, row("good")), "v")
			crashed := fs.Crash()
			fs.Inject(nil)
			if err := e.Close(); err != nil {
				t.Errorf("Close = %v", err)
			}
			e = mustOpen(t, testOptions(crashed))
			want(t, "good", latest(t, e, row("good")), "v")
			want(t, "bad", latest(t, e, row("bad")), "-")
			mustClose(t, e)
		})
	}
}

package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/kalamsql/kalamsql/storage/storagetest"
)

func readLog(t *testing.T, e *Engine, after Seq) (seqs []Seq) {
	t.Helper()
	err := e.ReadLog(context.Background(), after, func(seq Seq, at time.Time, payload []byte) error {
		if string(payload) != fmt.Sprint(seq) || at.Unix() != int64(seq) {
			t.Errorf("entry %d: %q at %v", seq, payload, at)
		}
		seqs = append(seqs, seq)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return seqs
}

// logged opens an engine whose commit n happens at second n, and commits up to
// last; every fifth commit has no log entry.
func logged(t *testing.T, opts Options, last Seq) *Engine {
	var now int64
	opts.Now = func() time.Time { now++; return time.Unix(now, 0) }
	e := mustOpen(t, opts)
	for seq := Seq(1); seq <= last; seq++ {
		commit(t, e, func(b *Batch) {
			b.Set(row("k"), []byte("v"))
			if seq%5 != 0 {
				b.SetLog(fmt.Append(nil, seq))
			}
		})
	}
	return e
}

func TestReadLog(t *testing.T) {
	e := logged(t, testOptions(storagetest.New()), 12)
	defer mustClose(t, e)
	for after, expected := range map[Seq][]Seq{
		0: {1, 2, 3, 4, 6, 7, 8, 9, 11, 12}, 4: {6, 7, 8, 9, 11, 12}, 11: {12}, 12: nil, 99: nil,
	} {
		if got := readLog(t, e, after); !slices.Equal(got, expected) {
			t.Errorf("after %d: %v, want %v", after, got, expected)
		}
	}
	stop := errors.New("stop")
	if err := e.ReadLog(context.Background(), 0, func(Seq, time.Time, []byte) error { return stop }); err != stop {
		t.Errorf("ReadLog = %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := e.ReadLog(ctx, 0, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("ReadLog = %v", err)
	}
}

func TestReadLogStopsAtDurable(t *testing.T) {
	fs := storagetest.New()
	e := logged(t, testOptions(fs), 3)
	entered, release := blockLogSyncs(fs)
	b := e.NewBatch()
	b.SetLog([]byte("4"))
	if _, err := e.Commit(b, nil, CommitOptions{}); err != nil {
		t.Fatal(err)
	}
	b.Close()
	<-entered
	want(t, "entries", len(readLog(t, e, 0)), 3)
	close(release)
	if err := e.WaitDurable(context.Background(), 4); err != nil {
		t.Fatal(err)
	}
	want(t, "entries", len(readLog(t, e, 0)), 4)
	mustClose(t, e)
}

func TestTrimLog(t *testing.T) {
	const entry = logKeySize + logHeaderSize // and the digits of the sequence
	for _, c := range []struct {
		name  string
		keep  LogRetention
		now   int64
		start Seq
		first Seq // retained
	}{
		{"nothing asked", LogRetention{}, 1000, 0, 1},
		{"young enough", LogRetention{Age: time.Hour}, 50, 0, 1},
		{"age", LogRetention{Age: 20 * time.Second}, 50, 29, 31},
		{"age of a gap", LogRetention{Age: 15 * time.Second}, 50, 34, 36},
		{"age of all", LogRetention{Age: time.Second}, 1000, 49, 0},
		{"bytes enough", LogRetention{Bytes: 1 << 20}, 50, 0, 1},
		{"bytes of three", LogRetention{Bytes: 3 * (entry + 2)}, 50, 46, 47},
		{"bytes of almost four", LogRetention{Bytes: 4*(entry+2) - 1}, 50, 46, 47},
		{"bytes of less than one", LogRetention{Bytes: 1}, 50, 49, 0},
		{"both", LogRetention{Bytes: 3 * (entry + 2), Age: 20 * time.Second}, 50, 46, 47},
	} {
		t.Run(c.name, func(t *testing.T) {
			fs := storagetest.New()
			opts := testOptions(fs)
			opts.LogRetention = c.keep
			e := logged(t, opts, 50)
			check := func() {
				t.Helper()
				want(t, "LogStart", e.LogStart(), c.start)
				first := Seq(0)
				if seqs := readLog(t, e, 0); len(seqs) > 0 {
					first = seqs[0]
				}
				want(t, "first", first, c.first)
				want(t, "Applied", e.Applied(), Seq(50))
			}
			for range 2 { // trimming twice changes nothing
				if err := e.TrimLog(time.Unix(c.now, 0)); err != nil {
					t.Fatal(err)
				}
				check()
			}
			total := e.commit.logTotal
			mustClose(t, e)
			e = mustOpen(t, opts)
			check()
			want(t, "logTotal", e.commit.logTotal, total)
			mustClose(t, e)
		})
	}
}

// The sequence survives a log trimmed to nothing, even unsynced.
func TestTrimmedLogKeepsSequence(t *testing.T) {
	fs := storagetest.New()
	opts := testOptions(fs)
	opts.LogRetention.Age = time.Second
	e := logged(t, opts, 49)
	if err := e.TrimLog(time.Unix(1000, 0)); err != nil {
		t.Fatal(err)
	}
	crashed := fs.Crash()
	mustClose(t, e)
	for _, fs := range []*storagetest.FS{fs, crashed} {
		e := mustOpen(t, testOptions(fs))
		want(t, "Applied", e.Applied(), Seq(49))
		mustClose(t, e)
	}
}

func TestTrimmerRunsOnTicks(t *testing.T) {
	ticks := make(chan time.Time)
	opts := testOptions(storagetest.New())
	opts.Ticks = ticks
	opts.LogRetention.Age = time.Second
	e := logged(t, opts, 10)
	ticks <- time.Time{}
	ticks <- time.Time{} // taken only once the first has been served
	want(t, "LogStart", e.LogStart(), Seq(9))
	mustClose(t, e)
}

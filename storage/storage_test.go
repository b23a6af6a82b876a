package storage

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/kalamsql/kalamsql/storage/storagetest"
)

var synced = CommitOptions{Sync: true}

func testOptions(fs FS) Options {
	return Options{Dir: "db", FS: fs, MemTableBytes: 1 << 20, CacheBytes: 1 << 20}
}

func mustOpen(t testing.TB, opts Options) *Engine {
	t.Helper()
	e, err := Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func mustClose(t testing.TB, e *Engine) {
	t.Helper()
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

func row(name string) []byte      { return append([]byte{SpaceRow}, name...) }
func volatile(name string) []byte { return append([]byte{SpaceVolatile}, name...) }

// commit commits what fill puts into a batch, synced.
func commit(t testing.TB, e *Engine, fill func(*Batch)) Seq {
	t.Helper()
	b := e.NewBatch()
	defer b.Close()
	fill(b)
	seq, err := e.Commit(b, nil, synced)
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

func set(key []byte, value string) func(*Batch) {
	return func(b *Batch) { b.Set(key, []byte(value)) }
}

// get returns the value, or "-" when there is none.
func get(t testing.TB, r interface {
	Get(key, buf []byte) ([]byte, bool, error)
}, key []byte) string {
	t.Helper()
	value, found, err := r.Get(key, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !found {
		return "-"
	}
	return string(value)
}

func latest(t testing.TB, e *Engine, key []byte) string {
	t.Helper()
	s := e.Snapshot()
	defer s.Close()
	value := get(t, s, key)
	buf, found, err := e.GetLatest(key, nil)
	if err != nil || found != (value != "-") || found && string(buf) != value {
		t.Fatalf("GetLatest(%q) = %q, %v, %v; snapshot has %q", key, buf, found, err, value)
	}
	return value
}

func want(t testing.TB, what string, got, wanted any) {
	t.Helper()
	if got != wanted {
		t.Fatalf("%s = %v, want %v", what, got, wanted)
	}
}

func TestPublicationFollowsSequence(t *testing.T) {
	const committers, each = 64, 50
	var published []Seq
	opts := testOptions(storagetest.New())
	opts.QueueLength = 8 // back-pressure takes part
	opts.Publish = func(seq Seq, payload any) {
		if payload.(Seq) != seq {
			t.Errorf("payload of %d is %v", seq, payload)
		}
		published = append(published, seq)
	}
	e := mustOpen(t, opts)
	var wg sync.WaitGroup
	for c := range committers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range each {
				b := e.NewBatch()
				key := row(fmt.Sprintf("%d/%d", c, i))
				if i%3 == 0 {
					key[0] = SpaceVolatile
				}
				b.Set(key, []byte("x"))
				seq, err := e.Commit(b, func(seq Seq, _ time.Time) any { return seq }, CommitOptions{Sync: i%2 == 0})
				if err != nil {
					t.Error(err)
				}
				if i%2 == 0 && e.Durable() < seq {
					t.Errorf("synced commit %d returned with Durable at %d", seq, e.Durable())
				}
				if err := e.WaitDurable(context.Background(), seq); err != nil {
					t.Error(err)
				}
				b.Close()
			}
		}()
	}
	wg.Wait()
	mustClose(t, e)
	want(t, "published", len(published), committers*each)
	for i, seq := range published {
		want(t, "publication order", seq, Seq(i+1))
	}
}

func TestStamps(t *testing.T) {
	e := mustOpen(t, testOptions(storagetest.New()))
	defer mustClose(t, e)
	value := func(n int) []byte { return make([]byte, n) }
	for _, pad := range []int{8, 9, 200, 20000, 1 << 20} { // the last is larger than a memtable takes
		b := e.NewBatch()
		b.Set(row("plain"), value(pad))
		b.SetStamped(row("a"), value(pad))
		b.SetLog(value(pad))
		b.SetStamped(row("b"), append(value(8), "tail"...))
		b.SetStamped(volatile("v"), append(value(8), "tail"...))
		seq, err := e.Commit(b, nil, synced)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "emptied", b.Empty(), true)
		b.Close()
		stamp := string(binary.BigEndian.AppendUint64(nil, uint64(seq)))
		want(t, "a", latest(t, e, row("a")), stamp+string(value(pad-8)))
		want(t, "b", latest(t, e, row("b")), stamp+"tail")
		want(t, "v", latest(t, e, volatile("v")), stamp+"tail")
		want(t, "plain", latest(t, e, row("plain")), string(value(pad)))
		var logged []Seq
		err = e.ReadLog(context.Background(), seq-1, func(s Seq, _ time.Time, payload []byte) error {
			want(t, "payload", len(payload), pad)
			logged = append(logged, s)
			return nil
		})
		if err != nil || len(logged) != 1 || logged[0] != seq {
			t.Fatalf("log has %v, %v; want %d", logged, err, seq)
		}
	}
}

func TestSnapshotIsolation(t *testing.T) {
	e := mustOpen(t, testOptions(storagetest.New()))
	defer mustClose(t, e)
	both := func(value string) func(*Batch) {
		return func(b *Batch) { b.Set(row("k"), []byte(value)); b.Set(volatile("k"), []byte(value)) }
	}
	commit(t, e, both("1"))
	s1 := e.Snapshot()
	again := e.Snapshot()
	want(t, "shared copy", s1.volatile, again.volatile)
	seq := commit(t, e, both("2"))
	s2 := e.Snapshot()
	want(t, "Seq", s2.Seq(), seq)
	commit(t, e, func(b *Batch) { b.DeleteRange(row(""), []byte{0xff}) })
	for _, c := range []struct {
		s     *Snapshot
		value string
	}{{s1, "1"}, {again, "1"}, {s2, "2"}} {
		want(t, "row", get(t, c.s, row("k")), c.value)
		want(t, "volatile", get(t, c.s, volatile("k")), c.value)
		if err := c.s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	want(t, "row", latest(t, e, row("k")), "-")
	want(t, "volatile", latest(t, e, volatile("k")), "-")
}

func TestConsistencyAcrossKeyspaces(t *testing.T) {
	e := mustOpen(t, testOptions(storagetest.New()))
	defer mustClose(t, e)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for ctx.Err() == nil {
			b := e.NewBatch()
			b.SetStamped(row("k"), make([]byte, 8))
			b.SetStamped(volatile("k"), make([]byte, 8))
			if _, err := e.Commit(b, nil, CommitOptions{}); err != nil {
				t.Error(err)
			}
			b.Close()
		}
	}()
	for range 2000 {
		s := e.Snapshot()
		r, v := get(t, s, row("k")), get(t, s, volatile("k"))
		if r != v || r != "-" && Seq(binary.BigEndian.Uint64([]byte(r))) != s.Seq() {
			t.Errorf("snapshot %d has row %x, volatile %x", s.Seq(), r, v)
		}
		s.Close()
		iter := e.NewLatestIter(row(""), nil)
		var values []string
		for ok := iter.First(); ok; ok = iter.Next() {
			values = append(values, string(iter.Value()))
		}
		if len(values) == 2 && values[0] != values[1] || len(values) == 1 {
			t.Errorf("latest iterator saw %x", values)
		}
		iter.Close()
	}
	cancel()
	wg.Wait()
}

func TestBatchMisuse(t *testing.T) {
	e := mustOpen(t, testOptions(storagetest.New()))
	defer mustClose(t, e)
	for _, c := range []struct {
		fill func(*Batch)
		err  error
	}{
		{func(b *Batch) { b.Set(nil, nil) }, ErrKey},
		{func(b *Batch) { b.Set([]byte{SpaceMeta, 1}, nil) }, ErrKey},
		{func(b *Batch) { b.Delete(logKey(nil, 1)) }, ErrKey},
		{func(b *Batch) { b.DeleteRange([]byte{SpaceCatalog}, row("")) }, ErrKey},
		{func(b *Batch) { b.DeleteRange(row(""), nil) }, ErrKey},
		{func(b *Batch) { b.SetStamped(row("k"), make([]byte, 7)) }, ErrStamp},
		{func(b *Batch) { b.SetLog(nil); b.SetLog(nil) }, ErrLogEntry},
	} {
		b := e.NewBatch()
		b.Set(row("other"), nil)
		c.fill(b)
		if seq, err := e.Commit(b, nil, synced); !errors.Is(err, c.err) || seq != 0 {
			t.Errorf("Commit = %d, %v; want %v", seq, err, c.err)
		}
		b.Close()
	}
	want(t, "Applied", e.Applied(), Seq(0))
	want(t, "other", latest(t, e, row("other")), "-")
}

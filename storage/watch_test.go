package storage

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/kalamsql/kalamsql/storage/storagetest"
)

// TestWatchedRangesStayAsTheyWere has writers change few keys while readers begin
// and end watches over intervals of them: what a reader has found in an interval is
// there for every snapshot unless the watch says that it was written since.
func TestWatchedRangesStayAsTheyWere(t *testing.T) {
	e := mustOpen(t, testOptions(storagetest.New()))
	defer mustClose(t, e)
	const keys, readers, rounds, width = 60, 3, 400, 20
	name := func(i int) []byte { return row(fmt.Sprintf("k%02d", i)) }
	done := make(chan struct{})
	var writing, reading sync.WaitGroup
	for w := range 2 {
		writing.Go(func() {
			random := rand.New(rand.NewPCG(uint64(w), 1))
			for {
				select {
				case <-done:
					return
				default:
				}
				b := e.NewBatch()
				for range random.IntN(40) / 37 {
					switch at := random.IntN(keys); random.IntN(20) {
					case 0:
						b.DeleteRange(name(at), name(min(at+3, keys)))
					case 1, 2:
						b.Delete(name(at))
					default:
						b.SetStamped(name(at), make([]byte, stampSize+random.IntN(30)))
					}
				}
				b.Set(row("elsewhere"), nil)
				if _, err := e.Commit(b, nil, CommitOptions{}); err != nil {
					t.Error(err)
					return
				}
				b.Close()
			}
		})
	}
	held := make([]int, readers)
	for r := range readers {
		reading.Go(func() {
			random := rand.New(rand.NewPCG(uint64(r), 2))
			// The intervals of the readers do not overlap.
			lower, upper := name(r*width), name((r+1)*width)
			w := e.Watch(lower, upper)
			var was string
			var asOf Seq
			for n := range rounds {
				if n%50 == 49 {
					e.Unwatch([]*Watch{w})
					low := r*width + random.IntN(width/2)
					lower, upper = name(low), name(low+1+random.IntN(width/2))
					w, asOf = e.Watch(lower, upper), 0
				}
				s := e.Snapshot()
				written := w.Written()
				is := contents(t, s, lower, upper)
				if asOf > 0 && written <= min(asOf, s.Seq()) {
					if held[r]++; is != was {
						t.Errorf("[%s, %s) as of %d and %d differ, but was written at %d: %q and %q", lower, upper, asOf, s.Seq(), written, was, is)
					}
				}
				was, asOf = is, s.Seq()
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
			e.Unwatch([]*Watch{w})
		})
	}
	reading.Wait()
	close(done)
	writing.Wait()
	if held[0]+held[1]+held[2] == 0 {
		t.Error("no interval stayed unwritten: nothing was tested")
	}
	if n := len(e.watches.Load().watches); n > 0 {
		t.Errorf("%d watches are left", n)
	}
}

func contents(t *testing.T, s *Snapshot, lower, upper []byte) (all string) {
	it := s.NewIter(lower, upper)
	for ok := it.First(); ok; ok = it.Next() {
		all += fmt.Sprintf("%s=%x ", it.Key(), it.Value())
	}
	if err := it.Close(); err != nil {
		t.Error(err)
	}
	return all
}

// TestWatchHearsOfBatchesUnderWay begins a watch after a batch was filled and before it
// is committed.
func TestWatchHearsOfBatchesUnderWay(t *testing.T) {
	e := mustOpen(t, testOptions(storagetest.New()))
	defer mustClose(t, e)
	first := e.Watch(row("a"), row("b"))
	for what, fill := range map[string]func(b *Batch){
		"set":    func(b *Batch) { b.Set(row("m"), []byte("1")) },
		"delete": func(b *Batch) { b.Delete(row("m")) },
		"range":  func(b *Batch) { b.DeleteRange(row("c"), row("z")) },
	} {
		b := e.NewBatch()
		fill(b)
		w := e.Watch(row("l"), row("n"))
		before := w.Written()
		seq, err := e.Commit(b, nil, CommitOptions{})
		if err != nil {
			t.Fatal(err)
		}
		b.Close()
		if w.Written() != seq || before == seq {
			t.Errorf("%s: written at %d, then at %d, want the commit %d", what, before, w.Written(), seq)
		}
		e.Unwatch([]*Watch{w})
	}
	if n := first.Written(); n != 0 {
		t.Errorf("an interval that nobody wrote was written at %d", n)
	}
}

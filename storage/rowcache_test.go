package storage

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/kalamsql/kalamsql/storage/storagetest"
)

// TestRowCacheServesEverySnapshot has writers change few keys while readers read
// them by key, which the cache may answer, at snapshots new and old, and by an
// iterator, which it never does. Both must agree, and the newest version is never
// older than one that was there before.
func TestRowCacheServesEverySnapshot(t *testing.T) {
	e := mustOpen(t, testOptions(storagetest.New()))
	defer mustClose(t, e)
	const keys, readers, rounds = 40, 3, 600
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
				for range 1 + random.IntN(3) {
					switch at := random.IntN(keys); random.IntN(20) {
					case 0:
						b.DeleteRange(name(at), name(min(at+3, keys)))
					case 1, 2:
						b.Delete(name(at))
					default:
						b.SetStamped(name(at), make([]byte, stampSize+random.IntN(30)))
					}
				}
				if _, err := e.Commit(b, nil, CommitOptions{}); err != nil {
					t.Error(err)
					return
				}
				b.Close()
			}
		})
	}
	for r := range readers {
		reading.Go(func() {
			random := rand.New(rand.NewPCG(uint64(r), 2))
			old := e.Snapshot()
			defer func() { old.Close() }()
			var buf []byte
			for n := range rounds {
				if n%100 == 99 {
					old.Close()
					old = e.Snapshot()
				}
				at := name(random.IntN(keys))
				fresh := e.Snapshot()
				seen := uint64(0)
				for _, s := range []*Snapshot{fresh, old} {
					it := s.NewIter(at, append(at[:len(at):len(at)], 0))
					want, there := "", it.First()
					if there {
						want = string(it.Value())
					}
					it.Close()
					value, found, err := s.Get(at, buf)
					if buf = value; err != nil || found != there || string(value) != want {
						t.Errorf("at %d: %q is %x, %v, %v; the iterator has %x, %v", s.Seq(), at, value, found, err, want, there)
						fresh.Close()
						return
					}
					if s == fresh && found {
						seen = binary.BigEndian.Uint64(value)
					}
				}
				fresh.Close()
				value, found, err := e.GetLatest(at, buf)
				if buf = value; err != nil || found && binary.BigEndian.Uint64(value) < seen {
					t.Errorf("latest of %q is of commit %d, %v; it was %d before", at, binary.BigEndian.Uint64(value), err, seen)
					return
				}
			}
		})
	}
	reading.Wait()
	close(done)
	writing.Wait()
}

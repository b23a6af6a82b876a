package storage

import (
	"fmt"
	"math/rand"
	"sort"
	"testing"

	"github.com/kalamsql/kalamsql/storage/storagetest"
)

// TestIteratorModel walks random ranges over both kinds of keyspaces at random
// and compares every step with a position in a sorted list.
func TestIteratorModel(t *testing.T) {
	e := mustOpen(t, testOptions(storagetest.New()))
	defer mustClose(t, e)
	rng := rand.New(rand.NewSource(1))
	spaces := []byte{SpaceCatalog, SpaceRow, SpaceVolatile, 0x90}
	randomKey := func() string {
		return string(append([]byte{spaces[rng.Intn(len(spaces))]}, fmt.Sprintf("%02d", rng.Intn(40))...))
	}
	for round := range 300 {
		b := e.NewBatch()
		for range 20 {
			switch key := []byte(randomKey()); rng.Intn(5) {
			case 0:
				b.Delete(key)
			case 1:
				if rng.Intn(10) == 0 {
					upper := []byte(randomKey())
					if key[0] >= SpaceRow { // not over the change log
						b.DeleteRange(key, upper)
					}
				}
			default:
				b.Set(key, key)
			}
		}
		if _, err := e.Commit(b, nil, CommitOptions{}); err != nil {
			t.Fatal(err)
		}
		b.Close()

		s := e.Snapshot()
		lower, upper := []byte(randomKey()), []byte(randomKey())
		if string(lower) > string(upper) {
			lower, upper = upper, lower
		}
		if rng.Intn(4) == 0 {
			upper = nil
		}
		if rng.Intn(4) == 0 {
			lower = []byte{SpaceCatalog} // below is the engine's own
		}
		var reader Reader = s
		iter := reader.NewIter(lower, upper)
		if round%2 == 0 {
			iter.Close()
			iter = e.NewLatestIter(lower, upper)
		}
		checkWalk(t, rng, s, iter, lower, upper, spaces, randomKey)
		if err := iter.Close(); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func checkWalk(t *testing.T, rng *rand.Rand, s *Snapshot, iter Iterator, lower, upper []byte, spaces []byte, randomKey func() string) {
	t.Helper()
	var keys []string
	for _, space := range spaces {
		for n := range 40 {
			key := append([]byte{space}, fmt.Sprintf("%02d", n)...)
			if string(key) < string(lower) || upper != nil && string(key) >= string(upper) {
				continue
			}
			if get(t, s, key) != "-" {
				keys = append(keys, string(key))
			}
		}
	}
	at := -1
	for step := range 40 {
		var ok bool
		op := rng.Intn(8)
		if step == 0 {
			op = rng.Intn(4)
		}
		key := randomKey()
		switch op {
		case 0:
			ok, at = iter.First(), 0
		case 1:
			ok, at = iter.Last(), len(keys)-1
		case 2:
			ok, at = iter.SeekGE([]byte(key)), sort.SearchStrings(keys, key)
		case 3:
			ok, at = iter.SeekLT([]byte(key)), sort.SearchStrings(keys, key)-1
		case 4, 5:
			ok, at = iter.Next(), min(at+1, len(keys))
		default:
			ok, at = iter.Prev(), max(at-1, -1)
		}
		expected := at >= 0 && at < len(keys)
		if ok != expected {
			t.Fatalf("step %d, op %d, [%q, %q): found %v, want %v at %d of %q", step, op, lower, upper, ok, expected, at, keys)
		}
		if ok && (string(iter.Key()) != keys[at] || string(iter.Value()) != keys[at]) {
			t.Fatalf("step %d, op %d: key %q, value %q, want %q", step, op, iter.Key(), iter.Value(), keys[at])
		}
		if err := iter.Err(); err != nil {
			t.Fatal(err)
		}
	}
}

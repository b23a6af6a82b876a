package livemodel

import (
	"flag"
	"fmt"
	"math"
	"sync/atomic"
	"testing"
	"time"
)

var (
	first  = flag.Uint64("first", 0, "the first seed")
	seeds  = flag.Uint64("seeds", 0, "how many histories to check; 0 is 1000, or as many as a minute has room for")
	within = flag.Duration("for", 0, "go on for so long, whatever -seeds says")
	one    = flag.Bool("show", false, "print the histories")
)

// TestModel checks the histories of many seeds; one that fails is named by its
// seed (-first 17 -seeds 1 runs it again) and shown as small as it gets.
func TestModel(t *testing.T) {
	n, bound := *seeds, *within
	switch {
	case bound > 0:
		n = math.MaxUint64
	case n == 0:
		n, bound = 1000, time.Minute
		if testing.Short() {
			n = 100
		}
	default:
		bound = 24 * time.Hour
	}
	end := time.Now().Add(bound)
	var next, ran atomic.Uint64
	seen := &seen{ends: map[string]int{}, errors: map[string]int{}, refused: map[string]int{}}
	for worker := range 3 {
		t.Run(fmt.Sprint("worker", worker), func(t *testing.T) {
			t.Parallel()
			for !t.Failed() {
				i := next.Add(1) - 1
				if i >= n || time.Now().After(end) {
					return
				}
				checkSeed(t, *first+i, seen)
				ran.Add(1)
			}
		})
	}
	t.Cleanup(func() { t.Logf("%d histories: %v", ran.Load(), seen) })
}

func checkSeed(t *testing.T, seed uint64, seen *seen) {
	h := generate(seed)
	if *one {
		t.Logf("seed %d\n%s", seed, h)
	}
	spill := int64(0)
	if seed%3 == 0 {
		spill = 2 << 10 // what transactions write goes to files
	}
	queue := int64(0)
	if seed%4 == 1 {
		queue = int64(300 + 200*(seed%9)) // whoever does not take what there is is soon too slow
	}
	err := check(t.Context(), h, spill, queue, seen)
	if err == nil {
		return
	}
	small := smaller(h, 20*time.Second, func(h history) bool { return check(t.Context(), h, spill, queue, seen) != nil })
	t.Errorf("seed %d: %v\n\nmade smaller:\n%s%v", seed, err, small, check(t.Context(), small, spill, queue, seen))
}

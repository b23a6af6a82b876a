package livemodel

import (
	"flag"
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

var (
	first  = flag.Uint64("first", 0, "the first seed")
	seeds  = flag.Uint64("seeds", 1000, "how many histories to check")
	within = flag.Duration("for", 0, "go on for so long, whatever -seeds says")
	one    = flag.Bool("show", false, "print the histories")
)

// TestModel checks the histories of many seeds; one that fails is named by its
// seed (-first 17 -seeds 1 runs it again) and shown as small as it gets.
func TestModel(t *testing.T) {
	n := *seeds
	if testing.Short() {
		n = min(n, 100)
	}
	end := time.Now().Add(*within)
	var next, ran atomic.Uint64
	seen := &seen{ends: map[string]int{}, errors: map[string]int{}}
	for worker := range 3 {
		t.Run(fmt.Sprint("worker", worker), func(t *testing.T) {
			t.Parallel()
			for !t.Failed() {
				i := next.Add(1) - 1
				if *within == 0 && i >= n || *within > 0 && time.Now().After(end) {
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
	err := check(t.Context(), h, seen)
	if err == nil {
		return
	}
	small := smaller(h, 20*time.Second, func(h history) bool { return check(t.Context(), h, seen) != nil })
	t.Errorf("seed %d: %v\n\nmade smaller:\n%s%v", seed, err, small, check(t.Context(), small, seen))
}

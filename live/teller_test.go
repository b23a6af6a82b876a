package live

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestTeller: each receiver that is told of something is called after that, by one
// goroutine at a time, whatever the others do.
func TestTeller(t *testing.T) {
	h := NewHub(HubOptions{})
	defer h.Shutdown(t.Context())
	const n, times = 300, 200
	var told, heard [n]atomic.Int64
	var busy [n]atomic.Bool
	receivers := make([]*Receiver, n)
	for i := range receivers {
		r := h.NewReceiver(ReceiverInfo{})
		receivers[i] = r
		r.Notify(func() {
			if busy[i].Swap(true) {
				t.Error("called by two at a time")
			}
			heard[i].Store(told[i].Load())
			busy[i].Store(false)
			if i == 7 {
				panic("one that fails, of which the others notice nothing")
			}
		})
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for k := range times * n {
				told[k%n].Add(1)
				receivers[k%n].signal()
			}
		})
	}
	wg.Wait()
	h.teller.stop() // has everyone told
	for i := range receivers {
		if heard[i].Load() != 4*times {
			t.Fatalf("receiver %d was last called after %d of %d", i, heard[i].Load(), 4*times)
		}
	}
}

func TestTellingPace(t *testing.T) {
	p := newTellingPace(4)
	for range restAfter - 1 {
		if rest := p.rest(4 * time.Millisecond); rest != 0 {
			t.Fatalf("it rests for %v at once", rest)
		}
	}
	for _, step := range []struct {
		took, rest time.Duration
		shares     int
	}{
		{4 * time.Millisecond, 8 * time.Millisecond, 2},
		{20 * time.Millisecond, 5 * time.Millisecond, 2},
		{40 * time.Millisecond, 0, 3},
		{20 * time.Millisecond, 5 * time.Millisecond, 3},
		{time.Millisecond, 2 * time.Millisecond, 2},
	} {
		if rest := p.rest(step.took); rest != step.rest || p.shares != step.shares {
			t.Errorf("after %v it rests for %v with %d shares, want %v and %d", step.took, rest, p.shares, step.rest, step.shares)
		}
	}
	for range 1000 {
		p.rest(time.Second)
	}
	if p.shares != 4 {
		t.Errorf("%d shares on 4 processors", p.shares)
	}
	alone := newTellingPace(1)
	if alone.rest(time.Second); alone.shares != 1 {
		t.Errorf("%d shares on one processor", alone.shares)
	}
}

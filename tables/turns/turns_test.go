package turns

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// computing is goroutines that compute, which here is to sleep: the clock is the
// test's own.
type computing struct {
	now, most atomic.Int32
	all       sync.WaitGroup
}

// start makes one that computes for so long, asking every tenth of a millisecond.
func (c *computing) start(turn *Turn, span time.Duration) {
	c.all.Add(1)
	go func() {
		defer c.all.Done()
		defer turn.End()
		for done := time.Duration(0); done < span; done += 100 * time.Microsecond {
			n := c.now.Add(1)
			for most := c.most.Load(); done > 2*free && n > most && !c.most.CompareAndSwap(most, n); most = c.most.Load() {
			}
			time.Sleep(100 * time.Microsecond)
			c.now.Add(-1)
			turn.Check()
		}
	}()
}

// TestOneAtATime has many compute on one processor: each gets on, and past what is
// free to anybody never two at once.
func TestOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(1)
		var c computing
		began := time.Now()
		for range 5 {
			turn := s.Of()
			c.start(&turn, 50*time.Millisecond)
		}
		c.all.Wait()
		if most := c.most.Load(); most != 1 {
			t.Errorf("%d have computed at once", most)
		}
		if took := time.Since(began); took < 240*time.Millisecond || took > 300*time.Millisecond {
			t.Errorf("five times 50 ms have taken %v", took)
		}
		if len(s.holders)+len(s.waiting) != 0 {
			t.Error("turns are left over")
		}
	})
}

// TestShortOnesComeBy leaves a processor of two free while statements begin, and no
// longer.
func TestShortOnesComeBy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(2)
		run := func(short bool) int32 {
			var c computing
			for range 3 {
				turn := s.Of()
				c.start(&turn, 30*time.Millisecond)
			}
			stop := make(chan struct{})
			if short {
				go func() {
					for {
						select {
						case <-stop:
							return
						case <-time.After(500 * time.Microsecond):
							var turn Turn
							turn.Begin(s)
							turn.Check()
							turn.End()
						}
					}
				}()
			}
			c.all.Wait()
			close(stop)
			synctest.Wait()
			return c.most.Load()
		}
		if most := run(false); most != 2 {
			t.Errorf("alone %d have computed at once", most)
		}
		if most := run(true); most != 1 {
			t.Errorf("beside short statements %d have computed at once", most)
		}
	})
}

// TestOverdue takes the turn from one who does not ask, and has it wait when it comes
// back.
func TestOverdue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(1)
		late, other := s.Of(), s.Of()
		take := func(turn *Turn) {
			turn.Check()
			time.Sleep(2 * free)
			turn.Check()
		}
		take(&late)
		began := time.Now()
		take(&other)
		if took := time.Since(began); took > 3*overdue {
			t.Errorf("the other has waited for %v", took)
		}
		if len(s.holders) != 1 || s.holders[0] != &other {
			t.Error("the other has no turn")
		}
		done := make(chan struct{})
		go func() {
			late.Check()
			late.End()
			close(done)
		}()
		synctest.Wait()
		if len(s.waiting) != 1 {
			t.Error("who was late does not wait")
		}
		other.End()
		<-done
	})
}

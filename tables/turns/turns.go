// Package turns shares the processors between what computes for long and what does
// not.
//
// The runtime lets a goroutine compute for ten milliseconds before another one gets
// its place, and looks for what has come in from the network only when there is
// nothing else to do. With as many statements computing as there are processors, a
// short one, which has to wait for such a place half a dozen times, takes a hundred
// times as long as alone: two reports would stop sixteen writers. PostgreSQL leaves
// this to the operating system, which lets a process that has slept go first.
//
// So whoever computes for longer than a few milliseconds asks for a turn now and then.
// As many have one at a time as there are processors, and fewer while short statements
// come by, with places to spare for them; when a turn is over the next one who waits gets it. What is short never asks,
// and finds a processor free. A turn that its holder has not asked about for a while is
// taken away, since it may wait for a lock or a client: turns are a courtesy and no lock,
// and whoever waits for one within a lock delays others but cannot block them for good.
package turns

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// free is how long anybody may compute before it asks for a turn, length how long
	// a turn is, and overdue after how much more it is taken away.
	free    = time.Millisecond
	length  = 2 * time.Millisecond
	overdue = 6 * time.Millisecond
)

// Turns are those of one process.
type Turns struct {
	processors int
	short      atomic.Uint64 // how many statements have begun

	mu      sync.Mutex
	room    int // how many turns there may be, as far as is known
	holders []*Turn
	waiting []*wait // in the order of coming
}

// wait is somebody who waits for a turn.
type wait struct {
	turn   *Turn
	gotten chan struct{} // capacity 1
}

// Processors is how many the process may use, as the runtime found when it began: the
// server lets more goroutines run than that.
var Processors = runtime.GOMAXPROCS(0)

// New makes the turns of a process with so many processors.
func New(processors int) *Turns { return &Turns{processors: processors, room: processors} }

// Turn is that of one goroutine, which may compute for long. Its zero value, and nil,
// never wait.
type Turn struct {
	of *Turns
	// until is when it is to ask; zero: it has not computed yet. Only its goroutine
	// changes it, and while it holds a turn under the lock.
	until time.Time
	asked bool   // it has held a turn, and must look whether it still does
	short uint64 // statements that had begun when the turn began
}

// Begin is the beginning of a statement.
func (t *Turn) Begin(of *Turns) {
	t.End() // if something has computed since the last statement
	t.of, t.until = of, time.Time{}
	of.short.Add(1)
}

// Of makes a turn for what is no statement.
func (s *Turns) Of() Turn { return Turn{of: s} }

// Fork makes a turn for a goroutine that helps.
func (t *Turn) Fork() Turn {
	if t == nil {
		return Turn{}
	}
	return Turn{of: t.of, until: t.until}
}

// End gives the turn back: at the end, or before its goroutine waits for something.
func (t *Turn) End() {
	if t == nil || !t.asked {
		return
	}
	t.asked = false
	s := t.of
	s.mu.Lock()
	defer s.mu.Unlock()
	s.release(t)
	s.admit()
}

// Check is called now and then by who computes, some thousand times a second; it may
// wait.
func (t *Turn) Check() {
	if t == nil || t.of == nil {
		return
	}
	now := time.Now()
	switch {
	case t.until.IsZero():
		t.until = now.Add(free)
	case !now.Before(t.until):
		t.take(now)
	}
}

// take begins the next turn.
func (t *Turn) take(now time.Time) {
	s := t.of
	room := s.processors
	if short := s.short.Load(); short != t.short { // somebody else has come by
		room = max(1, room-max(1, room/4))
		t.short = short
	}
	t.asked = true
	s.mu.Lock()
	s.room = room
	if s.release(t) {
		s.admit()
	}
	if len(s.holders) < room && len(s.waiting) == 0 {
		s.hold(t, now)
		s.mu.Unlock()
		return
	}
	w := &wait{t, make(chan struct{}, 1)}
	s.waiting = append(s.waiting, w)
	s.mu.Unlock()
	timer := time.NewTimer(overdue)
	defer timer.Stop()
	for {
		select {
		case <-w.gotten:
			return
		case now := <-timer.C:
			s.mu.Lock()
			s.holders = slices.DeleteFunc(s.holders, func(h *Turn) bool { return now.Sub(h.until) > overdue })
			s.admit()
			s.mu.Unlock()
			timer.Reset(overdue)
		}
	}
}

// hold gives somebody a turn. The lock is held.
func (s *Turns) hold(t *Turn, now time.Time) {
	t.until = now.Add(length)
	s.holders = append(s.holders, t)
}

// release takes a turn back and says whether it was held. The lock is held.
func (s *Turns) release(t *Turn) bool {
	at := slices.Index(s.holders, t)
	if at >= 0 {
		s.holders = slices.Delete(s.holders, at, at+1)
	}
	return at >= 0
}

// admit gives turns to those who wait, while there is room. The lock is held.
func (s *Turns) admit() {
	for len(s.waiting) > 0 && len(s.holders) < s.room {
		w := s.waiting[0]
		s.waiting = slices.Delete(s.waiting, 0, 1)
		s.hold(w.turn, time.Now())
		w.gotten <- struct{}{}
	}
}

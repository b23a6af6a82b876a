package live

import (
	"container/heap"
	"sync"
	"time"
)

// heart sends heartbeats: one goroutine with one timer, armed for the receiver
// that is due first, however many there are.
type heart struct {
	hub *Hub
	mu  struct {
		sync.Mutex
		due    beats
		closed bool
	}
	wake chan struct{} // capacity 1: the earliest has changed
}

// beat is a receiver's place in the heap.
type beat struct {
	every time.Duration // 0: none
	at    time.Time
	index int
}

func (b *heart) init(h *Hub) {
	b.hub = h
	b.wake = make(chan struct{}, 1)
}

// want has the receiver beat at least every so often. Its subscriptions share
// the shortest interval that any of them has asked for.
func (b *heart) want(r *Receiver, every time.Duration) {
	if every <= 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.beat.every > 0 && r.beat.every <= every {
		return
	}
	at := b.hub.opts.Now().Add(every)
	if r.beat.every == 0 {
		r.beat = beat{every: every, at: at}
		heap.Push(&b.mu.due, r)
	} else {
		r.beat.every, r.beat.at = every, at
		heap.Fix(&b.mu.due, r.beat.index)
	}
	b.poke()
}

// forget stops the receiver's heartbeats.
func (b *heart) forget(r *Receiver) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.beat.every > 0 {
		heap.Remove(&b.mu.due, r.beat.index)
		r.beat.every = 0
	}
}

func (b *heart) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mu.closed = true
	b.poke()
}

func (b *heart) poke() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// run sleeps until the next is due.
func (b *heart) run() {
	defer b.hub.wg.Done()
	for {
		due, next, closed := b.pop(b.hub.opts.Now())
		for _, r := range due {
			r.pushHeartbeat()
		}
		if closed {
			return
		}
		if next <= 0 {
			<-b.wake
			continue
		}
		fired, stop := b.hub.opts.Timer(next)
		select {
		case <-fired:
		case <-b.wake:
			stop()
		}
	}
}

// pop gives the receivers that are due, each put back for its next time, and
// how long it is to the next one; 0 when there is none.
func (b *heart) pop(now time.Time) (due []*Receiver, next time.Duration, closed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.mu.due) > 0 && !b.mu.due[0].beat.at.After(now) {
		r := b.mu.due[0]
		due = append(due, r)
		r.beat.at = now.Add(r.beat.every)
		heap.Fix(&b.mu.due, 0)
	}
	if len(b.mu.due) > 0 {
		next = max(b.mu.due[0].beat.at.Sub(now), 1)
	}
	return due, next, b.mu.closed
}

// pushHeartbeat queues a heartbeat, or moves the one that is last in the queue
// on. Whatever has been processed has been queued before, so the hub's position
// is what the receiver will have seen. Without a live subscription there is
// nothing to say.
func (r *Receiver) pushHeartbeat() {
	seq := r.hub.processed()
	r.mu.Lock()
	live, ahead := false, r.mu.pushed > seq // what a commit does is queued before it counts as processed
	for _, s := range r.mu.subs {
		live = live || s.state == living && s.request.Options.Heartbeat > 0
		// One that has just begun may be ahead of the worker: the others' groups
		// up to there are still to come, so this beat has nothing true to say.
		ahead = ahead || s.state == living && s.after > seq
	}
	if live = live && !ahead && !r.mu.closed; live {
		e := &Heartbeat{Cursor: EncodeCursor(r.hub.epoch(), seq), seq: seq}
		if n := len(r.mu.queue); n > 0 && isHeartbeat(r.mu.queue[n-1]) {
			r.mu.queue[n-1] = e
		} else {
			r.mu.queue = append(r.mu.queue, e)
		}
	}
	r.mu.Unlock()
	if live {
		r.signal()
	}
}

func isHeartbeat(e Event) bool { _, ok := e.(*Heartbeat); return ok }

// beats is the heap of receivers by the time they are due.
type beats []*Receiver

func (b beats) Len() int           { return len(b) }
func (b beats) Less(i, j int) bool { return b[i].beat.at.Before(b[j].beat.at) }
func (b beats) Swap(i, j int) {
	b[i], b[j] = b[j], b[i]
	b[i].beat.index, b[j].beat.index = i, j
}
func (b *beats) Push(x any) {
	r := x.(*Receiver)
	r.beat.index = len(*b)
	*b = append(*b, r)
}
func (b *beats) Pop() any {
	last := len(*b) - 1
	r := (*b)[last]
	(*b)[last] = nil
	*b = (*b)[:last]
	return r
}

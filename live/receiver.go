package live

import (
	"sync"
	"sync/atomic"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/storage"
)

// ReceiverInfo says whom a receiver belongs to.
type ReceiverInfo struct {
	Session    int32
	User, Role string
	Database   catalog.OID
	Transport  string // "pgwire", "websocket", "http"
}

// Receiver is where the events of one connection or session arrive. Its methods
// may be called by any goroutine; Take is meant for one.
type Receiver struct {
	hub   *Hub
	info  ReceiverInfo
	ready chan struct{} // capacity 1
	// notify, unless it is nil, is called by the teller instead of sending on ready.
	notify atomic.Pointer[func()]
	listed bool // in the teller's queue; guarded by the teller's lock
	wg     sync.WaitGroup

	// touched collects the parts of the commit being processed; it belongs to
	// the hub's worker.
	touched []Part
	// untold: it has been given something that it is to be told of; guarded by the
	// hub's lock.
	untold bool

	mu struct {
		sync.Mutex
		subs   map[string]*Subscription
		queue  []Event
		notes  int         // bytes of notifications in queue
		pushed storage.Seq // the newest commit of which it has been given something
		closed bool
	}

	// channels are those it listens to, guarded by the hub's lock.
	channels map[channel]struct{}
	// beat is its place among the heartbeats, guarded by the heart's lock.
	beat beat
}

// NewReceiver makes a receiver; it must be closed.
func (h *Hub) NewReceiver(info ReceiverInfo) *Receiver {
	return &Receiver{hub: h, info: info, ready: make(chan struct{}, 1)}
}

// Ready receives when there may be something to Take.
func (r *Receiver) Ready() <-chan struct{} { return r.ready }

// Notify has f called when there may be something to Take, instead of Ready
// receiving, beginning with now: by one goroutine of the hub's, which calls others
// too. f may Take, and must not wait for anything, a socket least of all.
func (r *Receiver) Notify(f func()) {
	r.notify.Store(&f)
	r.signal()
}

func (r *Receiver) signal() {
	if r.notify.Load() != nil {
		r.hub.teller.tell(r)
		return
	}
	select {
	case r.ready <- struct{}{}:
	default:
	}
}

// Take hands out queued events in order, without waiting: as many as have
// maxBytes together, but at least one if there is one. When events stay behind,
// Ready receives again.
func (r *Receiver) Take(maxBytes int) []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, total := 0, 0
	for n < len(r.mu.queue) {
		size := r.mu.queue[n].bytes()
		if n > 0 && total+size > maxBytes {
			break
		}
		total += size
		n++
	}
	if n == 0 {
		return nil
	}
	taken := r.mu.queue[:n:n]
	if n == len(r.mu.queue) {
		r.mu.queue = nil
	} else {
		r.mu.queue = r.mu.queue[n:]
		r.signal()
	}
	for _, e := range taken {
		r.account(e)
	}
	return taken
}

// account notes that an event has been handed out. The lock is held.
func (r *Receiver) account(e Event) {
	switch e := e.(type) {
	case *Changes:
		for _, p := range e.Parts {
			s := p.Sub
			s.queued -= p.Delta.bytes
			s.taken, s.delivered = max(s.taken, e.Seq), s.delivered+int64(len(p.Delta.Changes))
		}
	case *SnapshotBatch:
		s := e.Sub
		s.queued -= e.size
		s.batches -= e.size
		s.delivered += int64(len(e.Rows))
		if !e.More {
			s.ready, s.taken = true, max(s.taken, e.seq)
		}
		s.makeRoom()
	case *Heartbeat:
		for _, s := range r.mu.subs {
			if s.ready {
				s.taken = max(s.taken, e.seq)
			}
		}
	case *Notification:
		r.mu.notes -= e.bytes()
	}
}

// makeRoom wakes the goroutine that reads the snapshot.
func (s *Subscription) makeRoom() {
	if s.room == nil {
		return
	}
	select {
	case s.room <- struct{}{}:
	default:
	}
}

// push queues what a commit did to the receiver's subscriptions, or what time did
// after it, and gives those that ended of it. It never waits. The receiver is to be
// told afterwards.
func (r *Receiver) push(seq storage.Seq, cursor string, parts []Part, time bool) (over []*Subscription) {
	r.mu.Lock()
	var now []Part
	for _, p := range parts {
		s := p.Sub
		if s.state == ended || seq <= s.after && !time {
			continue
		}
		if s.state == starting && !s.buffering {
			continue
		}
		if s.state == starting {
			s.backlog = append(s.backlog, group{seq, cursor, p.Delta, p.Coalesced})
		} else {
			now = append(now, p)
		}
		s.queued += p.Delta.bytes
		r.mu.pushed = max(r.mu.pushed, seq)
	}
	if len(now) > 0 {
		r.mu.queue = append(r.mu.queue, &Changes{Seq: seq, Cursor: cursor, Parts: now})
	}
	for _, p := range parts {
		if p.Sub.state != ended && p.Sub.queued > r.hub.queueBytes() && !r.makeDo(p.Sub, p.Delta.bytes) {
			r.endSlow(p.Sub)
			over = append(over, p.Sub)
		}
	}
	r.mu.Unlock()
	return over
}

// endSlow ends a subscription whose client does not keep up: what is queued for
// it is dropped, and the cursor is that of the last group handed out. The lock
// is held.
func (r *Receiver) endSlow(s *Subscription) {
	r.dropQueued(s)
	end := &End{Sub: s, Code: sqlerr.ConfigurationLimitExceeded, Reason: ReasonSlowConsumer,
		Message: "the subscriber does not keep up with the changes"}
	if s.ready {
		end.Cursor = EncodeCursor(r.hub.epoch(), s.taken)
	}
	r.finish(s, end)
}

// dropQueued takes everything of one subscription out of the queue, and heartbeats: they say that it
// has come. The lock is held.
func (r *Receiver) dropQueued(s *Subscription) {
	kept := r.mu.queue[:0]
	for _, e := range r.mu.queue {
		switch e := e.(type) {
		case *SnapshotBatch:
			if e.Sub == s {
				continue
			}
		case *Changes:
			if e.Parts = withoutSub(e.Parts, s); len(e.Parts) == 0 {
				continue
			}
		case *End:
			if e.Sub == s {
				continue
			}
		case *Heartbeat:
			continue
		}
		kept = append(kept, e)
	}
	clear(r.mu.queue[len(kept):])
	r.mu.queue = kept
	s.backlog, s.queued, s.batches = nil, 0, 0
}

// withoutSub removes a subscription's parts, keeping order.
func withoutSub(parts []Part, s *Subscription) []Part {
	kept := parts[:0]
	for _, p := range parts {
		if p.Sub != s {
			kept = append(kept, p)
		}
	}
	return kept
}

// finish marks a subscription as ended, stops its snapshot, and queues its last
// event, if any. The lock is held; the caller detaches it from the hub.
func (r *Receiver) finish(s *Subscription, end *End) {
	s.state, s.backlog, s.buffering = ended, nil, false
	if s.cancel != nil {
		s.cancel()
	}
	if r.mu.subs[s.id] == s {
		delete(r.mu.subs, s.id)
	}
	if !s.acknowledged {
		s.early = end
		return
	}
	if end != nil && !r.mu.closed {
		r.mu.queue = append(r.mu.queue, end)
	}
}

// NextBatch asks for one more batch of a subscription in pull mode. An unknown
// id is 42704; a subscription with nothing more to pull ignores it.
func (r *Receiver) NextBatch(id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.mu.subs[id]
	if s == nil {
		return unknownSubscription(id)
	}
	s.pulls++
	s.makeRoom()
	return nil
}

// Unsubscribe ends a subscription without an End; nothing of it is handed out
// afterwards, and its id is free. An unknown id is 42704.
func (r *Receiver) Unsubscribe(id string) error {
	r.mu.Lock()
	s := r.mu.subs[id]
	if s == nil {
		ended := r.forget(id)
		r.mu.Unlock()
		if ended {
			return nil // the client has not been told yet
		}
		return unknownSubscription(id)
	}
	r.dropQueued(s)
	r.finish(s, nil)
	r.mu.Unlock()
	r.hub.detach(s)
	return nil
}

// forget takes what is queued of subscriptions that have ended and had a name out of the
// queue: whoever has the name next must not be taken for them. The lock is held.
func (r *Receiver) forget(id string) (any bool) {
	for {
		s := r.endedIn(id)
		if s == nil {
			return any
		}
		r.dropQueued(s)
		any = true
	}
}

// endedIn finds a subscription of a name whose end is queued.
func (r *Receiver) endedIn(id string) *Subscription {
	for _, e := range r.mu.queue {
		if end, ok := e.(*End); ok && end.Sub != nil && end.Sub.id == id {
			return end.Sub
		}
	}
	return nil
}

func unknownSubscription(id string) error {
	return sqlerr.New(sqlerr.UndefinedObject, `subscription "%s" does not exist`, id)
}

// Close ends all subscriptions of the receiver silently and waits for its
// snapshots to stop. It may be called twice.
func (r *Receiver) Close() {
	r.mu.Lock()
	r.mu.closed = true
	r.mu.queue = nil
	var subs []*Subscription
	for _, s := range r.mu.subs {
		subs = append(subs, s)
	}
	for _, s := range subs {
		r.finish(s, nil)
	}
	r.mu.Unlock()
	for _, s := range subs {
		r.hub.detach(s)
	}
	r.hub.unlistenAll(r)
	r.hub.heart.forget(r)
	r.wg.Wait()
}

func (r *Receiver) isClosed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mu.closed
}

// end ends a subscription from outside the worker: what is queued is still
// handed out first. It reports whether the subscription was there to end.
func (r *Receiver) end(s *Subscription, e *End) bool {
	r.mu.Lock()
	if s.state == ended {
		r.mu.Unlock()
		return false
	}
	r.endInOrder(s, e)
	r.mu.Unlock()
	r.signal()
	return true
}

// endInOrder queues the end of a subscription behind its groups. Everything the
// hub has processed is before it, so the cursor is the hub's position. The lock
// is held.
func (r *Receiver) endInOrder(s *Subscription, e *End) {
	e.Sub = s
	if s.state == living && !e.anew {
		e.Cursor = EncodeCursor(r.hub.epoch(), max(r.hub.processed(), s.after))
	}
	r.finish(s, e)
}

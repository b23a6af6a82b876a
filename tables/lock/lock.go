// Package lock is the lock table: who holds what, who waits for whom.
//
// Locks are named by strings and taken in modes; which modes exclude each other
// is the mode's own matter. A request waits behind earlier requests that it
// conflicts with, so that nobody starves, except that an owner who holds the
// lock already is not made to wait behind others. A request that would close a
// circle of waits fails at once.
package lock

import (
	"context"
	"sync"
)

// Mode is a lock mode: a bit. Conflicts is the set of modes it excludes.
type Mode struct {
	Bit       uint16
	Conflicts uint16
	Name      string
}

// Owner is a transaction that holds locks. ID is the session's process number.
type Owner struct {
	ID      int32
	held    map[string]uint16
	waiting *request
}

// NewOwner makes an owner without locks.
func NewOwner(id int32) *Owner { return &Owner{ID: id, held: map[string]uint16{}} }

// Holds says whether the owner has a lock in a mode.
func (o *Owner) Holds(name string, m Mode) bool { return o.held[name]&m.Bit != 0 }

// Table is a lock table.
type Table struct {
	mu struct {
		sync.Mutex
		locks map[string]*state
	}
}

// state is one lock that somebody holds or wants.
type state struct {
	holders map[*Owner]uint16
	queue   []*request
}

// request is a wait for a lock.
type request struct {
	owner   *Owner
	name    string
	mode    Mode
	granted chan struct{}
}

// New makes an empty table.
func New() *Table {
	t := &Table{}
	t.mu.locks = map[string]*state{}
	return t
}

// Deadlock tells of a circle of waits: each waits for the next, the last for
// the first.
type Deadlock struct{ Circle []Wait }

// Wait is one edge of a circle.
type Wait struct {
	Waiter, Holder int32
	Mode           string
	Lock           string
}

// Error implements error.
func (*Deadlock) Error() string { return "deadlock detected" }

// TryAcquire takes a lock if nobody has to be waited for.
func (t *Table) TryAcquire(o *Owner, name string, m Mode) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.grant(o, name, m)
}

// grant gives a lock at once if it can; the caller holds the mutex.
func (t *Table) grant(o *Owner, name string, m Mode) bool {
	if o.held[name]&m.Bit != 0 {
		return true
	}
	s := t.mu.locks[name]
	if s == nil {
		t.mu.locks[name] = &state{holders: map[*Owner]uint16{o: m.Bit}}
		o.held[name] = m.Bit
		return true
	}
	for h, bits := range s.holders {
		if h != o && bits&m.Conflicts != 0 {
			return false
		}
	}
	if s.holders[o] == 0 {
		for _, r := range s.queue {
			if r.owner != o && r.mode.Bit&m.Conflicts != 0 {
				return false
			}
		}
	}
	s.holders[o] |= m.Bit
	o.held[name] |= m.Bit
	return true
}

// Acquire takes a lock, waiting for as long as ctx lasts. Its errors are ctx's
// cause and *Deadlock.
func (t *Table) Acquire(ctx context.Context, o *Owner, name string, m Mode) error {
	t.mu.Lock()
	if t.grant(o, name, m) {
		t.mu.Unlock()
		return nil
	}
	r := &request{owner: o, name: name, mode: m, granted: make(chan struct{})}
	s := t.mu.locks[name]
	s.queue = append(s.queue, r)
	o.waiting = r
	if circle := t.circle(o); circle != nil {
		t.withdraw(r)
		t.mu.Unlock()
		return &Deadlock{Circle: circle}
	}
	t.mu.Unlock()
	select {
	case <-r.granted:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-r.granted:
		return nil // it came at the same moment
	default:
	}
	t.withdraw(r)
	return context.Cause(ctx)
}

// withdraw takes a request out of its queue and lets those behind it try.
func (t *Table) withdraw(r *request) {
	r.owner.waiting = nil
	s := t.mu.locks[r.name]
	for i, q := range s.queue {
		if q == r {
			s.queue = append(s.queue[:i], s.queue[i+1:]...)
			break
		}
	}
	t.wake(r.name, s)
}

// wake grants what can be granted now, in order.
func (t *Table) wake(name string, s *state) {
	var blocked uint16
	kept := s.queue[:0]
	for _, r := range s.queue {
		ok := r.mode.Conflicts&blocked == 0 || s.holders[r.owner] != 0
		for h, bits := range s.holders {
			ok = ok && (h == r.owner || bits&r.mode.Conflicts == 0)
		}
		if !ok {
			blocked |= r.mode.Bit
			kept = append(kept, r)
			continue
		}
		s.holders[r.owner] |= r.mode.Bit
		r.owner.held[name] |= r.mode.Bit
		r.owner.waiting = nil
		close(r.granted)
	}
	s.queue = kept
	if len(s.holders) == 0 && len(s.queue) == 0 {
		delete(t.mu.locks, name)
	}
}

// ReleaseAll gives up everything an owner holds.
func (t *Table) ReleaseAll(o *Owner) {
	if len(o.held) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for name := range o.held {
		s := t.mu.locks[name]
		delete(s.holders, o)
		t.wake(name, s)
	}
	clear(o.held)
}

// blockers lists those whom a request waits for.
func (t *Table) blockers(r *request) []*Owner {
	var out []*Owner
	s := t.mu.locks[r.name]
	for h, bits := range s.holders {
		if h != r.owner && bits&r.mode.Conflicts != 0 {
			out = append(out, h)
		}
	}
	if s.holders[r.owner] == 0 {
		for _, q := range s.queue {
			if q == r {
				break
			}
			if q.mode.Bit&r.mode.Conflicts != 0 {
				out = append(out, q.owner)
			}
		}
	}
	return out
}

// circle searches a circle of waits through o.
func (t *Table) circle(o *Owner) []Wait {
	visited := map[*Owner]bool{}
	var path []Wait
	var search func(at *Owner) bool
	search = func(at *Owner) bool {
		if at.waiting == nil || visited[at] {
			return false
		}
		visited[at] = true
		for _, b := range t.blockers(at.waiting) {
			path = append(path, Wait{at.ID, b.ID, at.waiting.mode.Name, at.waiting.name})
			if b == o || search(b) {
				return true
			}
			path = path[:len(path)-1]
		}
		return false
	}
	if search(o) {
		return path
	}
	return nil
}

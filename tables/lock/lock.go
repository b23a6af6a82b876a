// Package lock is the lock table: who holds what, who waits for whom.
//
// Locks are named by strings and taken in modes; which modes exclude each other
// is the mode's own matter. A request waits behind earlier requests that it
// conflicts with, so that nobody starves, except that an owner who holds the
// lock already is not made to wait behind others, and that some modes join those
// who hold the lock (Mode.Joins). A request that would close a circle of waits fails
// at once, unless it is enough that somebody overtakes others (deadlock.go).
//
// An owner remembers in which order it took its locks, so that it can give back
// those it took after a savepoint.
//
// A statement may lock every row of a large table, and most of those locks one
// transaction has and nobody else ever wants. So a lock is known by a hash of its
// name (id.go), and as long as it has one owner it is an entry of sixteen bytes without
// a pointer (alone.go). A second owner, or one that waits, makes it a state with
// lists of both. Few locks are listed by their names, those of tables for one; they
// are states always.
package lock

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// Mode is a lock mode: a bit. Conflicts is the set of modes it excludes.
type Mode struct {
	Bit       uint16
	Conflicts uint16
	Name      string
	// Joins: a request that its holders let in does not wait behind others that
	// they keep out.
	Joins bool
	// Enough are stronger modes, any of which an owner that has it needs no more than.
	Enough uint16
}

// Owner is a transaction that holds locks, or a session that holds some beyond
// its transactions. Its methods and those of Table that take it are called by one
// goroutine at a time, which is the same for a session and its transaction. It
// must not be copied once it holds any.
type Owner struct {
	ID          int32  // the session's process number
	Transaction uint64 // the transaction's number
	// Session is the owner of the session's own locks, with which those of its
	// transaction never conflict; nil for a session, and where there is none.
	Session *Owner

	taken   []taken  // in order; those that have been given back are gone
	few     [8]taken // room for those of most transactions
	waiting *request // a party's
	number  uint32   // its place among the table's owners, while it has locks that it has alone
	alone   int      // how many
}

// taken is one grant.
type taken struct {
	id  id
	bit uint16
}

// Holds says whether an owner has a lock in a mode, or in one that is enough.
func (t *Table) Holds(o *Owner, name string, m Mode) bool {
	id := t.id(name)
	if len(o.taken) <= len(o.few) {
		return o.remembers(id, m)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if a, ok := t.mu.alone[id]; ok {
		return a.owner == o.number && a.bits&(m.Bit|m.Enough) != 0
	}
	s := t.mu.locks[id]
	return s != nil && s.has(o)&(m.Bit|m.Enough) != 0
}

// remembers says so of an owner that has few locks, which need not look into the table.
func (o *Owner) remembers(id id, m Mode) bool {
	if len(o.taken) > len(o.few) {
		return false
	}
	for i := range o.taken {
		if t := &o.taken[i]; t.id == id && t.bit&(m.Bit|m.Enough) != 0 {
			return true
		}
	}
	return false
}

// party is whom an owner's conflicts and waits are put down to.
func (o *Owner) party() *Owner {
	if o.Session != nil {
		return o.Session
	}
	return o
}

// note remembers a grant.
func (o *Owner) note(id id, bit uint16) {
	if o.taken == nil {
		o.taken = o.few[:0]
	}
	o.taken = append(o.taken, taken{id, bit})
}

// Mark is a point to return to with ReleaseSince: how many grants there were.
type Mark int

// Mark is now.
func (o *Owner) Mark() Mark { return Mark(len(o.taken)) }

// Table is a lock table.
type Table struct {
	named  func(name string) bool
	secret Secret
	mu     struct {
		sync.Mutex
		alone   map[id]alone // those that one owner has and nobody else wants
		most    int          // how many there have been since the map was made
		locks   map[id]*state
		free    []*state           // states out of use
		waiting map[int32]*request // by process number
		idle    int                // states in locks that nobody has or wants
		owners  []*Owner           // by number, from 1
		numbers []uint32           // out of use
	}
	max int // locks
}

// maxIdle bounds the states of named locks that stay in the table.
const maxIdle = 1024

// maxFree bounds how many states are kept for use again.
const maxFree = 1024

// state is a lock that somebody has or wants, if it is named or more than one does.
type state struct {
	name    string // of a named lock
	holders []holder
	queue   []*request
	// awaiting wait for the end of others with the lock, and want none themselves.
	awaiting []*request
	idle     bool // it stays though nobody has or wants it
}

// holder is an owner with the modes it has.
type holder struct {
	owner *Owner
	bits  uint16
}

// has gives the modes that an owner has.
func (s *state) has(o *Owner) uint16 {
	for _, h := range s.holders {
		if h.owner == o {
			return h.bits
		}
	}
	return 0
}

// knows says whether an owner or the rest of its party holds the lock.
func (s *state) knows(o *Owner) bool {
	for _, h := range s.holders {
		if h.owner.party() == o.party() {
			return true
		}
	}
	return false
}

// request is a wait for a lock.
type request struct {
	owner   *Owner
	id      id
	name    string
	mode    Mode
	of      *Owner // whose end with the lock is waited for; nil: the lock is wanted
	granted chan struct{}
}

// New makes an empty table for no more than max locks; 0 is no bound. The locks
// whose names are named are listed by them, and are taken again and again: they stay
// in the table when nobody has them.
func New(max int, named func(name string) bool) *Table {
	t := &Table{max: max, named: named, secret: newSecret()}
	t.mu.alone, t.mu.locks, t.mu.waiting, t.mu.owners = map[id]alone{}, map[id]*state{}, map[int32]*request{}, make([]*Owner, 1)
	return t
}

// TryAcquire takes a lock if nobody has to be waited for.
func (t *Table) TryAcquire(o *Owner, name string, m Mode) bool {
	id := t.id(name)
	if o.remembers(id, m) {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.grant(o, id, name, m)
}

// grant gives a lock at once if it can; the caller holds the mutex.
func (t *Table) grant(o *Owner, id id, name string, m Mode) bool {
	if a, ok := t.mu.alone[id]; ok {
		other := t.mu.owners[a.owner]
		switch {
		case other == o:
			if a.bits&(m.Bit|m.Enough) == 0 {
				t.mu.alone[id] = alone{a.owner, a.bits | m.Bit}
				o.note(id, m.Bit)
			}
			return true
		case other.party() != o.party() && a.bits&m.Conflicts != 0:
			return false
		}
		t.join(id, a)
	}
	s := t.mu.locks[id]
	if s == nil {
		if t.full() {
			return false
		}
		o.note(id, m.Bit)
		if id&named == 0 {
			t.giveAlone(o, id, m.Bit)
			return true
		}
		s = t.newState(id)
		s.name, s.holders = name, append(s.holders, holder{o, m.Bit})
		return true
	}
	t.wanted(s)
	mine, known := uint16(0), false
	for _, h := range s.holders {
		switch {
		case h.owner == o:
			mine, known = h.bits, true
		case h.owner.party() == o.party():
			known = true
		case h.bits&m.Conflicts != 0:
			return false
		}
	}
	if mine&(m.Bit|m.Enough) != 0 {
		return true
	}
	if !known && !m.Joins {
		for _, r := range s.queue {
			if r.mode.Bit&m.Conflicts != 0 {
				return false
			}
		}
	}
	s.give(o, id, m.Bit)
	return true
}

// give adds a mode to those that an owner has.
func (s *state) give(o *Owner, id id, bit uint16) {
	o.note(id, bit)
	for i := range s.holders {
		if s.holders[i].owner == o {
			s.holders[i].bits |= bit
			return
		}
	}
	s.holders = append(s.holders, holder{o, bit})
}

// take removes modes from those that an owner has.
func (s *state) take(o *Owner, bits uint16) {
	for i := range s.holders {
		if s.holders[i].owner != o {
			continue
		}
		if s.holders[i].bits &^= bits; s.holders[i].bits == 0 {
			s.holders = slices.Delete(s.holders, i, i+1)
		}
		return
	}
}

// newState enters a state for a lock.
func (t *Table) newState(id id) *state {
	s := &state{}
	if n := len(t.mu.free); n > 0 {
		s = t.mu.free[n-1]
		t.mu.free = t.mu.free[:n-1]
	}
	t.mu.locks[id] = s
	return s
}

// wanted notes that somebody has a use for a lock that may be idle.
func (t *Table) wanted(s *state) {
	if s.idle {
		s.idle = false
		t.mu.idle--
	}
}

// full says that there are as many locks as there may be.
func (t *Table) full() bool {
	return t.max > 0 && len(t.mu.alone)+len(t.mu.locks)-t.mu.idle >= t.max
}

// exists says whether somebody has or wants a lock, or it is idle.
func (t *Table) exists(id id) bool {
	if _, ok := t.mu.alone[id]; ok {
		return true
	}
	return t.mu.locks[id] != nil
}

// ErrFull says that there are as many locks as there may be.
var ErrFull = errors.New("the lock table is full")

// Full says whether a lock cannot be taken because there are too many, rather
// than because others have it.
func (t *Table) Full(name string) bool {
	id := t.id(name)
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.exists(id) && t.full()
}

// Acquire takes a lock, waiting for as long as ctx lasts. Its errors are ctx's
// cause, *Deadlock and ErrFull.
func (t *Table) Acquire(ctx context.Context, o *Owner, name string, m Mode) error {
	id := t.id(name)
	t.mu.Lock()
	if t.grant(o, id, name, m) {
		t.mu.Unlock()
		return nil
	}
	if !t.exists(id) {
		t.mu.Unlock()
		return ErrFull
	}
	if a, ok := t.mu.alone[id]; ok {
		t.join(id, a)
	}
	r := &request{owner: o, id: id, name: name, mode: m, granted: make(chan struct{})}
	s := t.mu.locks[id]
	s.queue = append(s.queue, r)
	return t.wait(ctx, r)
}

// wait waits for a request that has been entered, unless that closes a circle. The caller holds the
// mutex, which is given back.
func (t *Table) wait(ctx context.Context, r *request) error {
	o := r.owner
	o.party().waiting, t.mu.waiting[o.ID] = r, r
	if circle := t.deadlock(o); circle != nil {
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

// Waits says whether an owner waits for a lock now. Any goroutine may ask.
func (t *Table) Waits(o *Owner) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return o.party().waiting != nil
}

// Len is how many locks are held or waited for.
func (t *Table) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.mu.alone) + len(t.mu.locks) - t.mu.idle
}

// withdraw takes a request out of its queue and lets those behind it try.
func (t *Table) withdraw(r *request) {
	t.rest(r)
	s := t.mu.locks[r.id]
	this := func(q *request) bool { return q == r }
	s.queue, s.awaiting = slices.DeleteFunc(s.queue, this), slices.DeleteFunc(s.awaiting, this)
	t.wake(r.id, s)
}

// rest notes that a request is no longer waited for.
func (t *Table) rest(r *request) {
	r.owner.party().waiting = nil
	if t.mu.waiting[r.owner.ID] == r {
		delete(t.mu.waiting, r.owner.ID)
	}
}

// wake grants what can be granted now, in order, and forgets a lock that nobody
// holds or wants.
func (t *Table) wake(id id, s *state) {
	if len(s.awaiting) > 0 {
		t.wakeAwaiting(s)
	}
	if len(s.queue) > 0 {
		var blocked uint16
		s.queue = slices.DeleteFunc(s.queue, func(r *request) bool {
			ok := r.mode.Conflicts&blocked == 0 || s.knows(r.owner)
			for _, h := range s.holders {
				ok = ok && (h.owner.party() == r.owner.party() || h.bits&r.mode.Conflicts == 0)
			}
			if !ok {
				blocked |= r.mode.Bit
				return false
			}
			s.give(r.owner, id, r.mode.Bit)
			t.rest(r)
			close(r.granted)
			return true
		})
	}
	if len(s.holders) > 0 || len(s.queue) > 0 {
		return
	}
	if id&named != 0 {
		if t.mu.idle == maxIdle {
			t.clearIdle()
		}
		s.idle = true
		t.mu.idle++
		return
	}
	delete(t.mu.locks, id)
	if len(t.mu.free) < maxFree {
		t.mu.free = append(t.mu.free, s)
	}
}

// clearIdle forgets the locks that nobody has or wants: most will not be wanted
// again.
func (t *Table) clearIdle() {
	for id, s := range t.mu.locks {
		if s.idle {
			delete(t.mu.locks, id)
		}
	}
	t.mu.idle = 0
}

// ReleaseAll gives up everything an owner holds.
func (t *Table) ReleaseAll(o *Owner) { t.ReleaseSince(o, 0) }

// ReleaseSince gives up what an owner has taken since a mark: a lock that it
// held before it keeps, in the modes of then.
func (t *Table) ReleaseSince(o *Owner, m Mark) {
	if len(o.taken) <= int(m) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	gone := o.taken[m:]
	for i := len(gone) - 1; i >= 0; i-- {
		t.giveBack(o, gone[i])
	}
	o.taken = o.taken[:m]
	if len(o.taken) <= len(o.few) && cap(o.taken) > len(o.few) {
		o.taken = append(o.few[:0], o.taken...)
	}
}

// Release gives up one lock in one mode. No mark of the owner's is of use
// afterwards.
func (t *Table) Release(o *Owner, name string, m Mode) {
	i := slices.Index(o.taken, taken{t.id(name), m.Bit})
	if i < 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.giveBack(o, o.taken[i])
	o.taken = slices.Delete(o.taken, i, i+1)
}

// giveBack undoes a grant.
func (t *Table) giveBack(o *Owner, g taken) {
	if a, ok := t.mu.alone[g.id]; ok {
		t.takeAlone(o, g.id, alone{a.owner, a.bits &^ g.bit})
		return
	}
	s := t.mu.locks[g.id]
	s.take(o, g.bit)
	t.wake(g.id, s)
}

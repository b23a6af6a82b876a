package session

import (
	"context"
	"fmt"
	"sync"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Advisory locks: named by numbers, meant by whatever the clients agree on. A
// session takes them for itself, any number of times, or for its transaction.

// advisoryKey names a lock: an int8, or a pair of int4s, which is another
// space of names.
type advisoryKey struct {
	database catalog.OID
	pair     bool
	number   int64
}

// advisoryHold counts how often one session holds a lock: [0] shared, [1]
// exclusive.
type advisoryHold struct{ session, transaction [2]int }

func (h *advisoryHold) count(mode int) int { return h.session[mode] + h.transaction[mode] }

func (h *advisoryHold) empty() bool { return h.count(0)+h.count(1) == 0 }

// advisoryLocks is the table of a server's advisory locks.
type advisoryLocks struct {
	mu struct {
		sync.Mutex
		held map[advisoryKey]map[*Session]*advisoryHold
		// waits says what each waiting session waits for.
		waits map[*Session]advisoryWait
		// released is closed when a lock is given up; waiters look again.
		released chan struct{}
	}
}

type advisoryWait struct {
	key       advisoryKey
	exclusive bool
}

// acquire takes a lock. Without wait it answers false where somebody else
// holds it; a circle of waits is 40P01.
func (l *advisoryLocks) acquire(ctx context.Context, s *Session, key advisoryKey, exclusive, transaction, wait bool) (bool, error) {
	for {
		l.mu.Lock()
		blockers := l.blockers(s, advisoryWait{key, exclusive})
		if len(blockers) == 0 {
			l.grant(s, key, exclusive, transaction)
			l.mu.Unlock()
			return true, nil
		}
		if !wait {
			l.mu.Unlock()
			return false, nil
		}
		if l.mu.waits == nil {
			l.mu.waits = map[*Session]advisoryWait{}
		}
		l.mu.waits[s] = advisoryWait{key, exclusive}
		if l.reaches(blockers, s, map[*Session]bool{}) {
			delete(l.mu.waits, s)
			l.mu.Unlock()
			return false, sqlerr.New(sqlerr.DeadlockDetected, "deadlock detected").
				WithDetail("Process %d waits for an advisory lock that is held by process %d, which waits for it.", s.pid, blockers[0].pid)
		}
		if l.mu.released == nil {
			l.mu.released = make(chan struct{})
		}
		released := l.mu.released
		l.mu.Unlock()
		select {
		case <-released:
		case <-ctx.Done():
		}
		l.mu.Lock()
		delete(l.mu.waits, s)
		l.mu.Unlock()
		if ctx.Err() != nil {
			return false, exec.Cancelled(ctx)
		}
	}
}

// blockers lists who holds what the wait is for. The caller holds the mutex.
func (l *advisoryLocks) blockers(s *Session, w advisoryWait) []*Session {
	var out []*Session
	for other, h := range l.mu.held[w.key] {
		if other != s && (w.exclusive || h.count(1) > 0) {
			out = append(out, other)
		}
	}
	return out
}

// reaches says whether one of from waits, directly or not, for s. The caller
// holds the mutex.
func (l *advisoryLocks) reaches(from []*Session, s *Session, seen map[*Session]bool) bool {
	for _, f := range from {
		if f == s {
			return true
		}
		w, waiting := l.mu.waits[f]
		if !waiting || seen[f] {
			continue
		}
		seen[f] = true
		if l.reaches(l.blockers(f, w), s, seen) {
			return true
		}
	}
	return false
}

// grant counts a lock that nobody stands against. The caller holds the mutex.
func (l *advisoryLocks) grant(s *Session, key advisoryKey, exclusive, transaction bool) {
	if l.mu.held == nil {
		l.mu.held = map[advisoryKey]map[*Session]*advisoryHold{}
	}
	if l.mu.held[key] == nil {
		l.mu.held[key] = map[*Session]*advisoryHold{}
	}
	h := l.mu.held[key][s]
	if h == nil {
		h = &advisoryHold{}
		l.mu.held[key][s] = h
	}
	mode := modeIndex(exclusive)
	if transaction {
		h.transaction[mode]++
	} else {
		h.session[mode]++
	}
	s.advisory = true
}

func modeIndex(exclusive bool) int {
	if exclusive {
		return 1
	}
	return 0
}

// release gives one session-level hold up; false if there is none.
func (l *advisoryLocks) release(s *Session, key advisoryKey, exclusive bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.mu.held[key][s]
	if h == nil || h.session[modeIndex(exclusive)] == 0 {
		return false
	}
	h.session[modeIndex(exclusive)]--
	l.settle(s, key, h)
	return true
}

// releaseAll gives up what the transaction holds and, with session, what the
// session does.
func (l *advisoryLocks) releaseAll(s *Session, session bool) {
	if !s.advisory {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	left := false
	for key, holders := range l.mu.held {
		h := holders[s]
		if h == nil {
			continue
		}
		h.transaction = [2]int{}
		if session {
			h.session = [2]int{}
		}
		left = left || !h.empty()
		l.settle(s, key, h)
	}
	s.advisory = left
}

// settle forgets a hold that is empty and wakes who waits. The caller holds
// the mutex.
func (l *advisoryLocks) settle(s *Session, key advisoryKey, h *advisoryHold) {
	if h.empty() {
		delete(l.mu.held[key], s)
		if len(l.mu.held[key]) == 0 {
			delete(l.mu.held, key)
		}
	}
	if l.mu.released != nil {
		close(l.mu.released)
		l.mu.released = nil
	}
}

func init() {
	for _, transaction := range []bool{false, true} {
		for _, exclusive := range []bool{true, false} {
			name := "advisory"
			if transaction {
				name += "_xact"
			}
			suffix := ""
			if !exclusive {
				suffix = "_shared"
			}
			hostFunctions["pg_"+name+"_lock"+suffix] = func(s *Session, c *expr.Context, a []types.Datum) (types.Datum, error) {
				_, err := s.server.advisory.acquire(c.Ctx, s, s.advisoryKey(a), exclusive, transaction, true)
				return types.String(""), err
			}
			hostFunctions["pg_try_"+name+"_lock"+suffix] = func(s *Session, c *expr.Context, a []types.Datum) (types.Datum, error) {
				ok, err := s.server.advisory.acquire(c.Ctx, s, s.advisoryKey(a), exclusive, transaction, false)
				return types.Bool(ok), err
			}
			if !transaction {
				hostFunctions["pg_advisory_unlock"+suffix] = func(s *Session, _ *expr.Context, a []types.Datum) (types.Datum, error) {
					return types.Bool(s.server.advisory.release(s, s.advisoryKey(a), exclusive)), nil
				}
			}
		}
	}
	hostFunctions["pg_advisory_unlock_all"] = func(s *Session, _ *expr.Context, _ []types.Datum) (types.Datum, error) {
		s.server.advisory.releaseSession(s)
		return types.String(""), nil
	}
	postgresView("pg_locks", advisoryRows)
}

// releaseSession is pg_advisory_unlock_all(): the transaction keeps its own.
func (l *advisoryLocks) releaseSession(s *Session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, holders := range l.mu.held {
		if h := holders[s]; h != nil {
			h.session = [2]int{}
			l.settle(s, key, h)
		}
	}
}

func (s *Session) advisoryKey(a []types.Datum) advisoryKey {
	key := advisoryKey{database: s.database.OID, number: a[0].Int()}
	if len(a) == 2 {
		key.pair, key.number = true, a[0].Int()<<32|int64(uint32(a[1].Int()))
	}
	return key
}

// advisoryRows is pg_locks, as far as advisory locks go.
func advisoryRows(s *Session, add func(...any) error) error {
	l := &s.server.advisory
	var out [][]any
	l.mu.Lock()
	row := func(holder *Session, key advisoryKey, exclusive, granted bool) {
		class, object, sub := uint32(key.number>>32), uint32(key.number), 1
		if key.pair {
			sub = 2
		}
		mode := "ShareLock"
		if exclusive {
			mode = "ExclusiveLock"
		}
		out = append(out, []any{"locktype", "advisory", "database", key.database, "classid", catalog.OID(class), "objid", catalog.OID(object), "objsubid", sub,
			"virtualtransaction", fmt.Sprintf("%d/0", holder.pid), "pid", int64(holder.pid), "mode", mode, "granted", granted, "fastpath", false})
	}
	for key, holders := range l.mu.held {
		for holder, h := range holders {
			for mode := range 2 {
				if h.count(mode) > 0 {
					row(holder, key, mode == 1, true)
				}
			}
		}
	}
	for waiter, w := range l.mu.waits {
		row(waiter, w.key, w.exclusive, false)
	}
	l.mu.Unlock()
	for _, r := range out {
		if err := add(r...); err != nil {
			return err
		}
	}
	return nil
}

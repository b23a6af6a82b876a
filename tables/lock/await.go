package lock

import (
	"context"
	"slices"
)

// AwaitHolders waits until all who have a lock now in a mode that another excludes have given
// it back. It takes nothing and keeps nobody out: who takes the lock meanwhile is not waited for. Its
// errors are ctx's cause and *Deadlock.
func (t *Table) AwaitHolders(ctx context.Context, o *Owner, name string, m Mode) error {
	id := t.id(name)
	t.mu.Lock()
	var holders []*Owner
	if s := t.mu.locks[id]; s != nil {
		for _, h := range s.holders {
			if h.owner.party() != o.party() && h.bits&m.Conflicts != 0 {
				holders = append(holders, h.owner)
			}
		}
	}
	t.mu.Unlock()
	for _, of := range holders {
		if err := t.await(ctx, &request{owner: o, id: id, name: name, mode: m, of: of, granted: make(chan struct{})}); err != nil {
			return err
		}
	}
	return nil
}

// await waits until the owner that a request is for no longer has the lock.
func (t *Table) await(ctx context.Context, r *request) error {
	t.mu.Lock()
	s := t.mu.locks[r.id]
	if s == nil || r.over(s) {
		t.mu.Unlock()
		return nil
	}
	s.awaiting = append(s.awaiting, r)
	return t.wait(ctx, r)
}

// over says of a request for another's end with a lock whether that has come.
func (r *request) over(s *state) bool { return s.has(r.of)&r.mode.Conflicts == 0 }

// wakeAwaiting lets those go on whose wait for another's end with a lock is over.
func (t *Table) wakeAwaiting(s *state) {
	s.awaiting = slices.DeleteFunc(s.awaiting, func(r *request) bool {
		if !r.over(s) {
			return false
		}
		t.rest(r)
		close(r.granted)
		return true
	})
}

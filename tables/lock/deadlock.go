package lock

import "slices"

// Deadlock tells of a circle of waits: each waits for the next, the last for
// the first.
type Deadlock struct{ Circle []Wait }

// Wait is one edge of a circle.
type Wait struct {
	Waiter, Holder int32
	// Transaction is the holder's number.
	Transaction uint64
	Mode        string
	Lock        string
}

// Error implements error.
func (*Deadlock) Error() string { return "deadlock detected" }

// blocker is one whom a request waits for: it has the lock, or it waits for it ahead.
type blocker struct {
	owner *Owner
	ahead *request // nil for one that has the lock
}

// blockers lists those whom a request waits for.
func (t *Table) blockers(r *request) []blocker {
	var out []blocker
	s := t.mu.locks[r.id]
	if r.of != nil {
		if !r.over(s) {
			out = append(out, blocker{owner: r.of})
		}
		return out
	}
	for _, h := range s.holders {
		if h.owner.party() != r.owner.party() && h.bits&r.mode.Conflicts != 0 {
			out = append(out, blocker{owner: h.owner})
		}
	}
	if !s.knows(r.owner) {
		for _, q := range s.queue {
			if q == r {
				break
			}
			if q.mode.Bit&r.mode.Conflicts != 0 {
				out = append(out, blocker{q.owner, q})
			}
		}
	}
	return out
}

// step is a part of a circle: a request, and one whom it waits for.
type step struct {
	request *request
	blocker
}

// circle searches a circle of waits through o. A circle can only close when
// somebody begins to wait: whoever is granted a lock does not wait at that
// moment, so that a new edge between two others leads to one who does not wait.
func (t *Table) circle(o *Owner) []step {
	visited := map[*Owner]bool{}
	var path []step
	var search func(at *Owner) bool
	search = func(at *Owner) bool {
		at = at.party()
		if at.waiting == nil || visited[at] {
			return false
		}
		visited[at] = true
		for _, b := range t.blockers(at.waiting) {
			path = append(path, step{at.waiting, b})
			if b.owner.party() == o.party() || search(b.owner) {
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

// maxOvertakings bounds how many ways out of a deadlock are tried.
const maxOvertakings = 32

// deadlock looks for circles of waits through an owner that has just begun to wait. One in
// which somebody waits only because another asked before is undone: it overtakes. What is left is
// told, nil if there is none.
func (t *Table) deadlock(o *Owner) []Wait {
	if !t.mayBlock(o) {
		return nil
	}
	tries := maxOvertakings
	circle, moved := t.overtake([]*Owner{o}, &tries)
	for _, id := range moved {
		if s := t.mu.locks[id]; s != nil {
			t.wake(id, s)
		}
	}
	var told []Wait
	for _, c := range circle {
		at := c.request.owner.party()
		told = append(told, Wait{at.ID, c.owner.ID, c.owner.Transaction, c.request.mode.Name, c.request.name})
	}
	return told
}

// overtake undoes the circles through some owners by letting requests go ahead of others
// in their queues, as PostgreSQL does: it begins with the one that is farthest along the
// circle. It gives a circle that cannot be undone, with all queues as they were, or the
// locks whose queues are others.
func (t *Table) overtake(through []*Owner, tries *int) (left []step, moved []id) {
	for _, o := range through {
		if left = t.circle(o); left != nil {
			break
		}
	}
	if left == nil {
		return nil, nil
	}
	for i := len(left) - 1; i >= 0 && *tries > 0; i-- {
		c := left[i]
		if c.ahead == nil {
			continue
		}
		*tries--
		s := t.mu.locks[c.request.id]
		before := slices.Clone(s.queue)
		from, to := slices.Index(s.queue, c.request), slices.Index(s.queue, c.ahead)
		s.queue = slices.Insert(slices.Delete(s.queue, from, from+1), to, c.request)
		// Those who are overtaken wait for one more.
		concerned := slices.Clone(through)
		for _, q := range s.queue[to+1 : from+1] {
			concerned = append(concerned, q.owner)
		}
		still, more := t.overtake(concerned, tries)
		if still == nil {
			return nil, append(more, c.request.id)
		}
		s.queue = before
	}
	return left, nil
}

// mayBlock says whether anybody may wait for an owner that has just joined the
// end of a queue. Most who wait hold nothing that others want, and need no search
// through a queue that may be long.
func (t *Table) mayBlock(o *Owner) bool {
	if o.Session == nil && o.Transaction == 0 {
		return true // a session does not know what its transaction holds
	}
	for _, o := range []*Owner{o, o.party()} {
		if len(o.taken) > 64 {
			return true // to search is cheaper
		}
		for i := range o.taken {
			if s := t.mu.locks[o.taken[i].id]; s != nil && len(s.queue) > 0 {
				return true
			}
		}
	}
	return false
}

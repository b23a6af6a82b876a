package lock

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

// blockers lists those whom a request waits for.
func (t *Table) blockers(r *request) []*Owner {
	var out []*Owner
	s := t.mu.locks[r.id]
	for _, h := range s.holders {
		if h.owner.party() != r.owner.party() && h.bits&r.mode.Conflicts != 0 {
			out = append(out, h.owner)
		}
	}
	if !s.knows(r.owner) {
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

// circle searches a circle of waits through o. A circle can only close when
// somebody begins to wait: whoever is granted a lock does not wait at that
// moment, so that a new edge between two others leads to one who does not wait.
func (t *Table) circle(o *Owner) []Wait {
	if !t.mayBlock(o) {
		return nil
	}
	visited := map[*Owner]bool{}
	var path []Wait
	var search func(at *Owner) bool
	search = func(at *Owner) bool {
		at = at.party()
		if at.waiting == nil || visited[at] {
			return false
		}
		visited[at] = true
		for _, b := range t.blockers(at.waiting) {
			path = append(path, Wait{at.ID, b.ID, b.Transaction, at.waiting.mode.Name, at.waiting.name})
			if b.party() == o.party() || search(b) {
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

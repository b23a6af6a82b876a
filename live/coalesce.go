package live

// makeDo decides what becomes of a subscription whose queue is over its bound,
// last being the size of the group that came last. True: it goes on. The
// receiver's lock is held.
//
// A group that is alone in the queue is never too large: the client has kept
// up, and the group is in memory once for all who receive it. A coalescing
// subscription may hold twice the bound, so that the cost of folding is spread
// over as many bytes of new groups as there are folded ones; when what is left
// after folding is itself over the bound, nothing can be gained and it is
// closed like any other.
func (r *Receiver) makeDo(s *Subscription, last int) bool {
	if s.queued <= last {
		return true
	}
	if s.request.Options.Slow != Coalesce || s.flow.key == nil {
		return false
	}
	if s.queued < 2*s.folded {
		return true
	}
	if s.state == starting {
		if !s.based {
			return false
		}
		if !s.foldBacklog() {
			return false
		}
	} else if !r.foldQueue(s) {
		return false
	}
	s.folded = s.queued
	return s.queued <= r.hub.queueBytes()
}

// foldBacklog folds the groups that wait for the subscription to become live, if they
// can be.
func (s *Subscription) foldBacklog() bool {
	var all []Change
	bytes := 0
	for _, g := range s.backlog {
		all = append(all, g.delta.Changes...)
		bytes += g.delta.bytes
	}
	d, ok := s.fold(all)
	if !ok {
		return false
	}
	s.queued -= bytes
	last := s.backlog[len(s.backlog)-1]
	s.backlog = s.backlog[:0]
	if len(d.Changes) > 0 {
		s.backlog = append(s.backlog, group{last.seq, last.cursor, d, true})
		s.queued += d.bytes
	}
	return true
}

// foldQueue folds the groups in the receiver's queue into the last one's place, if they
// can be.
func (r *Receiver) foldQueue(s *Subscription) bool {
	var all []Change
	first, last, bytes := -1, -1, 0
	for i, e := range r.mu.queue {
		c, ok := e.(*Changes)
		if !ok {
			continue
		}
		for _, p := range c.Parts {
			if p.Sub == s {
				all = append(all, p.Delta.Changes...)
				bytes += p.Delta.bytes
				if last = i; first < 0 {
					first = i
				}
			}
		}
	}
	if last < 0 {
		return true
	}
	d, ok := s.fold(all)
	if !ok {
		return false
	}
	s.queued -= bytes
	target := r.mu.queue[last].(*Changes)
	kept := r.mu.queue[:0]
	for i, e := range r.mu.queue {
		if isHeartbeat(e) && i > first && i < last {
			continue // what it says has come is told later now
		}
		if c, ok := e.(*Changes); ok {
			c.Parts = withoutSub(c.Parts, s)
			if c == target {
				if len(d.Changes) > 0 {
					c.Parts = append(c.Parts, Part{Sub: s, Delta: d, Coalesced: true})
					s.queued += d.bytes
				}
			}
			if len(c.Parts) == 0 {
				continue
			}
		}
		kept = append(kept, e)
	}
	clear(r.mu.queue[len(kept):])
	r.mu.queue = kept
	return true
}

// fold keeps the net change per key; false if that cannot be told.
func (s *Subscription) fold(changes []Change) (*Delta, bool) {
	if s.flow.view != nil && s.flow.view.shape.Ordered {
		return s.foldList(changes)
	}
	return s.foldKeys(changes), true
}

// foldKeys is fold for a result without order: in the order in which keys were first
// touched, deletes and updates before inserts as in any group.
func (s *Subscription) foldKeys(changes []Change) *Delta {
	type net struct{ old, row *Change }
	at := make(map[string]int)
	var all []net
	var buf []byte
	for i := range changes {
		c := &changes[i]
		row := c.Row
		if row == nil {
			row = c.Old
		}
		buf = appendKey(buf[:0], s.flow.schema, s.flow.key, row)
		n, ok := at[string(buf)]
		if !ok {
			n = len(all)
			at[string(buf)] = n
			all = append(all, net{})
			if c.Old != nil {
				all[n].old = c
			}
		}
		if all[n].row = c; c.Row == nil && all[n].old == nil {
			// It came and went within what is folded: as if never seen, unless
			// it comes again.
			delete(at, string(buf))
			all[n] = net{}
		}
	}
	var out, inserts []Change
	for _, n := range all {
		switch {
		case n.row == nil:
		case n.old == nil:
			reason := n.row.Reason
			if n.row.Op != OpInsert {
				reason = CameInsert
			}
			inserts = append(inserts, Change{Op: OpInsert, Reason: reason, Row: n.row.Row})
		case n.row.Row == nil:
			out = append(out, Change{Op: OpDelete, Reason: n.row.Reason, Old: n.old.Old})
		case !sameRow(s.flow.schema, n.old.Old, n.row.Row):
			out = append(out, Change{Op: OpUpdate, Row: n.row.Row, Old: n.old.Old})
		}
	}
	return newDelta(s.flow.schema, append(out, inserts...))
}

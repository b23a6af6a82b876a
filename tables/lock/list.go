package lock

import "slices"

// Entry is a lock that somebody holds or waits for. One without a name stands for
// all that an owner has alone.
type Entry struct {
	Name        string
	ID          int32  // the session's process number
	Transaction uint64 // zero for a lock of the session
	Modes       uint16 // bits
	Granted     bool
	// Holder is the transaction of one whom a wait is for.
	Holder uint64
}

// List gives the locks that are held or waited for. Any goroutine may ask.
func (t *Table) List() []Entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []Entry
	for _, o := range t.mu.owners {
		if o != nil {
			out = append(out, Entry{ID: o.ID, Transaction: o.Transaction, Granted: true})
		}
	}
	for _, s := range t.mu.locks {
		for _, h := range s.holders {
			out = append(out, Entry{Name: s.name, ID: h.owner.ID, Transaction: h.owner.Transaction, Modes: h.bits, Granted: true})
		}
		for _, r := range slices.Concat(s.queue, s.awaiting) {
			e := Entry{Name: s.name, ID: r.owner.ID, Transaction: r.owner.Transaction, Modes: r.mode.Bit}
			if b := t.blockers(r); len(b) > 0 {
				e.Holder = b[0].owner.Transaction
			}
			out = append(out, e)
		}
	}
	return out
}

// Blocking gives the process numbers of those whom a session waits for: who hold
// what it wants, and who wait for it before the session. Any goroutine may ask.
func (t *Table) Blocking(id int32) []int32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.mu.waiting[id]
	if r == nil {
		return nil
	}
	var out []int32
	for _, b := range t.blockers(r) {
		out = append(out, b.owner.ID)
	}
	return out
}

package tables

import "sync"

// leaving knows the rows that running transactions are taking away: that they have
// deleted or given another key. A row that is locked FOR UPDATE and is not among them
// stays, for all that can be known: who finds its key taken need not wait to say so.
type leaving struct {
	mu struct {
		sync.Mutex
		rows map[string]int
		many int // transactions that take away more than are kept
	}
}

// leavingKept is how many rows of one transaction are kept; beyond, every row that
// anybody has locked is held to leave.
const leavingKept = 10_000

// leaves notes, before it is done, that the transaction takes away the row of a key
// that it has locked.
func (t *Tx) leaves(key string) {
	l := &t.store.leaving
	l.mu.Lock()
	defer l.mu.Unlock()
	switch n := len(t.takenAway); {
	case n < leavingKept:
		if l.mu.rows == nil {
			l.mu.rows = map[string]int{}
		}
		l.mu.rows[key]++
		t.takenAway = append(t.takenAway, key)
	case n == leavingKept:
		l.mu.many++
		t.takenAway = append(t.takenAway, "")
	}
}

// stayed forgets what the transaction took away; its commit is visible.
func (t *Tx) stayed() {
	if t.takenAway == nil {
		return
	}
	l := &t.store.leaving
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, key := range t.takenAway {
		if i == leavingKept {
			l.mu.many--
			break
		}
		if l.mu.rows[key]--; l.mu.rows[key] == 0 {
			delete(l.mu.rows, key)
		}
	}
	t.takenAway = nil
}

// stays says of a row that somebody has locked whether nobody is taking it away. Only
// a row that is found there afterwards was there.
func (l *leaving) stays(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mu.many == 0 && l.mu.rows[key] == 0
}

package tables

import (
	"fmt"
	"sync"
)

// exported are the snapshots that transactions have exported, by their names, for others
// to see what they see. Each lasts as long as the transaction that exported it.
type exported struct {
	mu struct {
		sync.Mutex
		byName map[string]*Export
	}
}

// Export is a snapshot that a transaction has exported.
type Export struct {
	Name string
	// Isolation and ReadOnly are those of the transaction, Database is what it is
	// connected to.
	Isolation Isolation
	ReadOnly  bool
	Database  uint32
	snap      *snapshot
}

// Export lets other transactions see what this one's statement sees, apart from its own
// writes, until it ends.
func (t *Tx) Export(database uint32) *Export {
	t.view().users.Add(1)
	e := &Export{Isolation: t.opts.Isolation, ReadOnly: t.opts.ReadOnly, Database: database, snap: t.snap,
		Name: fmt.Sprintf("%08X-%08X-%d", t.opts.PID, uint32(t.owner.Transaction), len(t.exports)+1)}
	t.exports = append(t.exports, e)
	all := &t.store.exported
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.mu.byName == nil {
		all.mu.byName = map[string]*Export{}
	}
	all.mu.byName[e.Name] = e
	return e
}

// Import lets a transaction that keeps its first snapshot begin with an exported one. may is
// asked first whether it is allowed to; false is that there is none of that name.
func (t *Tx) Import(name string, may func(*Export) error) (bool, error) {
	all := &t.store.exported
	all.mu.Lock()
	defer all.mu.Unlock()
	e := all.mu.byName[name]
	if e == nil {
		return false, nil
	}
	if err := may(e); err != nil {
		return true, err
	}
	e.snap.users.Add(1) // it cannot go while the exports are locked
	t.snap.release()
	t.snap = e.snap
	t.snapshots = max(t.snapshots, t.snap.Seq())
	return true, nil
}

// endExports takes back what the transaction has exported.
func (t *Tx) endExports() {
	if t.exports == nil {
		return
	}
	all := &t.store.exported
	all.mu.Lock()
	for _, e := range t.exports {
		delete(all.mu.byName, e.Name)
	}
	all.mu.Unlock()
	for _, e := range t.exports {
		e.snap.release()
	}
	t.exports = nil
}

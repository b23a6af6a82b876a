package tables

import (
	"sync"
	"sync/atomic"

	"github.com/kalamsql/kalamsql/storage"
)

// snapshot is a storage snapshot with its users: transactions, cursors, and the
// store while it is the newest.
type snapshot struct {
	*storage.Snapshot
	users atomic.Int32
	// running are the numbers of the transactions that had not ended, read before it
	// was taken: one that ends meanwhile is held to be running. nextXID is the first
	// that had not been given yet.
	running []uint32
	nextXID uint32
}

func (s *snapshot) release() {
	if s != nil && s.users.Add(-1) == 0 {
		s.Close()
	}
}

// newest keeps the newest snapshot, so that statements between two commits share
// one. It goes with the next commit, lest it hold old versions of rows.
type newest struct {
	mu struct {
		sync.Mutex
		snap *snapshot
	}
}

// snapshot gives the store as it is now, to be released.
func (s *Store) snapshot() *snapshot {
	n := &s.newest
	n.mu.Lock()
	have := n.mu.snap
	if have != nil && have.Seq() == s.engine.Applied() {
		have.users.Add(1)
		n.mu.Unlock()
		return have
	}
	running, next := s.xids.state()
	fresh := &snapshot{Snapshot: s.engine.Snapshot(), running: running, nextXID: next}
	fresh.users.Store(2)
	n.mu.snap = fresh
	n.mu.Unlock()
	have.release()
	return fresh
}

// forgetSnapshot lets go of the newest snapshot if it is older than a commit.
func (s *Store) forgetSnapshot(before storage.Seq) {
	n := &s.newest
	n.mu.Lock()
	have := n.mu.snap
	if have == nil || have.Seq() >= before {
		n.mu.Unlock()
		return
	}
	n.mu.snap = nil
	n.mu.Unlock()
	have.release()
}

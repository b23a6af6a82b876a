package tables

import (
	"sync"
	"sync/atomic"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/storage"
)

// lastCommits remembers by which commit something was last done to objects in this run of the
// store, for snapshots that are older: a table whose rows were rewritten has some there that its
// present definition cannot read, and an index that was made later has no entries for rows there.
type lastCommits struct {
	newest atomic.Uint64 // of those commits
	mu     struct {
		sync.Mutex
		last map[catalog.OID]storage.Seq
	}
}

// committed notes objects to which a commit has done it, before it is visible.
func (l *lastCommits) committed(objects []catalog.OID, seq storage.Seq) {
	if len(objects) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mu.last == nil {
		l.mu.last = map[catalog.OID]storage.Seq{}
	}
	for _, oid := range objects {
		l.mu.last[oid] = seq
	}
	l.newest.Store(uint64(seq))
}

// forget gives up what is known of an object that is dropped.
func (l *lastCommits) forget(object catalog.OID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.mu.last, object)
}

// after says whether it was done to an object after a snapshot.
func (l *lastCommits) after(object catalog.OID, snapshot storage.Seq) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mu.last[object] > snapshot
}

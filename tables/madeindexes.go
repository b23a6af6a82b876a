package tables

import (
	"sync"
	"sync/atomic"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/storage"
)

// madeIndexes remembers which indexes of tables that were there before have been made in
// this run of the store, and by which commit: an older snapshot has rows that they have no
// entries for.
type madeIndexes struct {
	newest atomic.Uint64 // of those commits
	mu     struct {
		sync.Mutex
		at map[catalog.OID]storage.Seq
	}
}

// committed notes indexes that a commit has made, before it is visible.
func (m *madeIndexes) committed(indexes []catalog.OID, seq storage.Seq) {
	if len(indexes) == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mu.at == nil {
		m.mu.at = map[catalog.OID]storage.Seq{}
	}
	for _, oid := range indexes {
		m.mu.at[oid] = seq
	}
	m.newest.Store(uint64(seq))
}

// forget gives up what is known of an index that goes.
func (m *madeIndexes) forget(index catalog.OID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.mu.at, index)
}

// by says whether an index has all its entries in a snapshot.
func (m *madeIndexes) by(index catalog.OID, snapshot storage.Seq) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mu.at[index] <= snapshot
}

// Horizon is the commit up to which indexes have been made that the transaction may read its
// snapshot by; zero: it may by all there are. What is planned for a horizon is good for
// that alone.
func (t *Tx) Horizon() storage.Seq {
	at := t.store.engine.Applied()
	if t.snap != nil {
		at = t.snap.Seq()
	}
	if storage.Seq(t.store.made.newest.Load()) <= at {
		return 0
	}
	return max(at, 1)
}

// Built says whether an index has entries for all rows that there are up to a horizon.
func (s *Store) Built(index catalog.OID, horizon storage.Seq) bool {
	return s.made.by(index, horizon)
}

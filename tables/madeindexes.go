package tables

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/storage"
)

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
	return !s.made.after(index, horizon)
}

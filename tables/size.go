package tables

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/tables/keys"
)

// Size estimates the bytes that a table's rows (index 0), or the entries of one
// of its indexes, take on disk; stream tables take none.
func (s *Store) Size(t *catalog.Table, index catalog.OID) (int64, error) {
	prefix := keys.IndexPrefix(t, index)
	n, err := s.engine.DiskUsage(prefix, keys.End(prefix))
	return int64(n), translate(err)
}

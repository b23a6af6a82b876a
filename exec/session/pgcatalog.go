package session

import (
	"sync"

	"github.com/kalamsql/kalamsql/exec/pgcatalog"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// snapshotKey is what the rows of the system relations depend on besides the
// version of the catalog.
type snapshotKey struct{ database, role catalog.OID }

// snapshots keeps, for the newest version of the catalog, what the system
// relations hold, for all sessions.
type snapshots struct {
	mu struct {
		sync.Mutex
		catalog *catalog.Catalog
		held    map[snapshotKey]*pgcatalog.Snapshot
	}
}

// get gives the snapshot of an installed version.
func (c *snapshots) get(cat *catalog.Catalog, database *catalog.Database, role *catalog.Role) *pgcatalog.Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.catalog != cat {
		c.mu.catalog, c.mu.held = cat, map[snapshotKey]*pgcatalog.Snapshot{}
	}
	key := snapshotKey{database.OID, role.OID}
	sn := c.mu.held[key]
	if sn == nil {
		sn = pgcatalog.NewSnapshot(cat, database, role)
		c.mu.held[key] = sn
	}
	return sn
}

// catalogReader reads the system relations as this session sees them. A
// transaction that has changed definitions has a snapshot of its own, which
// lasts until the next change (see forgetSnapshot).
func (s *Session) catalogReader() *pgcatalog.Reader {
	cat, role := s.catalog(), s.role()
	var sn *pgcatalog.Snapshot
	switch {
	case cat == s.server.opts.Store.Catalog():
		sn = s.server.snapshots.get(cat, s.database, role)
	case s.own != nil && s.own.Catalog == cat && s.own.Role == role:
		sn = s.own
	default:
		sn = pgcatalog.NewSnapshot(cat, s.database, role)
		s.own = sn
	}
	return &pgcatalog.Reader{Snapshot: sn, Env: s.planEnv(), Store: s.server.opts.Store}
}

// forgetSnapshot is called after the session's transaction has changed
// definitions: its version of the catalog changes in place.
func (s *Session) forgetSnapshot() { s.own = nil }

// regIn finds the OID of a name written for a reg* type.
func (s *Session) regIn(t *types.Type, name string) (types.OID, error) {
	return s.catalogReader().RegIn(t, name)
}

// regOut names an OID of a reg* type; false where there is no such object.
func (s *Session) regOut(t *types.Type, oid types.OID) (string, bool) {
	return s.catalogReader().RegOut(t, oid)
}

func (s *Session) schemaName(oid catalog.OID) string {
	if sc := s.catalog().SchemaByOID(oid); sc != nil {
		return sc.Name
	}
	return ""
}

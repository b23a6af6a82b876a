package session

import (
	"slices"
	"sync"

	"github.com/kalamsql/kalamsql/exec/pgcatalog"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// snapshotKey is what the rows of the system relations depend on besides the
// version of the catalog.
type snapshotKey struct{ database, role catalog.OID }

// snapshots keeps, for the newest version of the catalog that was asked for, what the
// system relations hold, for all sessions.
type snapshots struct {
	mu struct {
		sync.Mutex
		// held has snapshots of earlier versions as well, from which the next is made.
		held map[snapshotKey]*pgcatalog.Snapshot
	}
}

// manySnapshots is how many are kept.
const manySnapshots = 64

// get gives the snapshot of an installed version.
func (c *snapshots) get(cat *catalog.Catalog, database *catalog.Database, role *catalog.Role) *pgcatalog.Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := snapshotKey{database.OID, role.OID}
	sn := c.mu.held[key]
	if sn != nil && sn.Catalog == cat {
		return sn
	}
	if sn == nil && len(c.mu.held) >= manySnapshots {
		for other, kept := range c.mu.held { // those of versions that are gone, or else any
			if kept.Catalog != cat || len(c.mu.held) >= manySnapshots {
				delete(c.mu.held, other)
			}
		}
	}
	sn = pgcatalog.NewSnapshot(cat, database, role, sn)
	if c.mu.held == nil {
		c.mu.held = map[snapshotKey]*pgcatalog.Snapshot{}
	}
	c.mu.held[key] = sn
	return sn
}

// latest gives the snapshot that was asked for last, of any version; nil for none.
func (c *snapshots) latest(database *catalog.Database, role *catalog.Role) *pgcatalog.Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mu.held[snapshotKey{database.OID, role.OID}]
}

// internalFunction finds a built-in function that no query can call.
func internalFunction(name string, args []catalog.OID) (oid, result catalog.OID) {
	for _, f := range pgcatalog.InternalFunctions(name) {
		if slices.Equal(f.Args, args) {
			return f.OID, f.Result
		}
	}
	return 0, 0
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
	case s.own != nil && !s.ownStale && s.own.Catalog == cat && s.own.Role == role:
		sn = s.own
	default:
		earlier := s.own
		if earlier == nil || earlier.Role != role {
			earlier = s.server.snapshots.latest(s.database, role)
		}
		sn = pgcatalog.NewSnapshot(cat, s.database, role, earlier)
		s.own, s.ownStale = sn, false
	}
	return &pgcatalog.Reader{Snapshot: sn, Env: s.planEnv(), Store: s.server.opts.Store, Tx: s.tx.tx, LargeObject: s.hasLargeObject}
}

// forgetSnapshot is called after the session's transaction has changed
// definitions: its version of the catalog changes in place.
func (s *Session) forgetSnapshot() { s.ownStale = true }

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

// virtualStatistics is what the planner knows of a system relation; nil for those whose
// rows the session makes.
func (s *Session) virtualStatistics(v *catalog.Virtual) *plan.VirtualStatistics {
	if views[v.OID] != nil || !pgcatalog.Has(v) {
		return nil
	}
	return s.catalogReader().Statistics(v)
}

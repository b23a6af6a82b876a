package tables

import (
	"encoding/binary"
	"sync/atomic"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/storage"
)

// oids sees to it that no object ever gets an OID that another has had: not
// that of one whose creation was rolled back (a sequence has stored values by
// then), nor that of one dropped before the last start (the change log still
// speaks of it).
type oids struct{ mark atomic.Uint32 } // every OID below it may have been used

// nextOIDKey is where the mark is stored, among the definitions.
var nextOIDKey = []byte{storage.SpaceCatalog, 'N'}

func (o *oids) encode() []byte { return binary.BigEndian.AppendUint32(nil, o.mark.Load()) }

// raise moves the mark up.
func (o *oids) raise(mark catalog.OID) {
	for {
		have := o.mark.Load()
		if have >= uint32(mark) || o.mark.CompareAndSwap(have, uint32(mark)) {
			return
		}
	}
}

// used notes the OIDs of an object.
func (o *oids) used(object catalog.Object) {
	o.raise(object.ObjectOID() + 1)
	switch t := object.(type) {
	case *catalog.Table:
		o.raise(t.LastOID() + 1)
	case *catalog.UserType:
		o.raise(t.LastOID() + 1)
	}
}

// next gives an OID that nobody has had.
func (o *oids) next() catalog.OID { return catalog.OID(o.mark.Add(1) - 1) }

// edit begins a new version of a catalog. Several may be under way at once, and
// none gets an OID of another.
func (o *oids) edit(c *catalog.Catalog) *catalog.Editor {
	e := c.Edit()
	o.raise(c.NextOID())
	e.AllocateWith(o.next)
	return e
}

// NewOID gives an OID for what is no object of the catalog. After a restart it may be
// given again: who asks looks whether it is free.
func (s *Store) NewOID() catalog.OID { return s.oids.next() }

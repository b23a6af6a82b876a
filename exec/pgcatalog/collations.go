package pgcatalog

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
)

// classCollation is the OID of pg_collation.
const classCollation catalog.OID = 3456

// The collations that users have made; PostgreSQL's own are recorded.
func init() {
	makes("pg_collation", func(s *Snapshot, out *rows) {
		for _, c := range s.collations() {
			pairs := []any{"oid", c.OID, "collname", c.Name, "collnamespace", c.Schema, "collowner", c.Owner, "collisdeterministic", !c.Nondeterministic}
			if c.ICU {
				pairs = append(pairs, "collprovider", byte('i'), "collencoding", -1, "colliculocale", c.Locale)
			} else {
				pairs = append(pairs, "collprovider", byte('c'), "collencoding", 6, "collcollate", c.Locale, "collctype", c.Locale)
			}
			out.add(pairs...)
		}
	})
}

// collations lists those of the database, by OID.
func (s *Snapshot) collations() (list []*catalog.Collation) {
	for o := range s.Catalog.All() {
		if c, ok := o.(*catalog.Collation); ok {
			if sc := s.Catalog.SchemaByOID(c.Schema); sc != nil && sc.Database == s.Database.OID {
				list = append(list, c)
			}
		}
	}
	slices.SortFunc(list, func(a, b *catalog.Collation) int { return int(a.OID) - int(b.OID) })
	return list
}

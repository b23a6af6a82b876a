package pgcatalog

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// information_schema.usage_privileges and role_usage_grants: the privilege USAGE on
// collations, domains, foreign-data wrappers, servers and sequences.

func init() {
	makes("information_schema.usage_privileges", func(s *Snapshot, out *rows) { infoUsage(s, out, true) })
	makes("information_schema.role_usage_grants", func(s *Snapshot, out *rows) { infoUsage(s, out, false) })
}

// infoUsage adds the rows of one of the views; public has what everybody may use.
func infoUsage(s *Snapshot, out *rows, public bool) {
	s.objects()
	add := func(schema any, name, kind string, owner catalog.OID, acl catalog.ACL, all catalog.Privileges) {
		s.grantsOf(owner, acl, all, public, func(grantor, grantee string, p privilege, grantable bool) {
			if p.bit == catalog.PrivUsage {
				out.add("grantor", grantor, "grantee", grantee, "object_catalog", s.Database.Name, "object_schema", schema, "object_name", name,
					"object_type", kind, "privilege_type", "USAGE", "is_grantable", yesNo(grantable))
			}
		})
	}
	if public {
		for _, c := range s.collations() {
			out.add("grantor", s.roleName(c.Owner), "grantee", "PUBLIC", "object_catalog", s.Database.Name, "object_schema", s.schemaName(c.Schema), "object_name", c.Name,
				"object_type", "COLLATION", "privilege_type", "USAGE", "is_grantable", "NO")
		}
	}
	for _, t := range s.once.types {
		if t.Kind == types.KindDomain {
			add(s.schemaName(t.Schema), t.Name, "DOMAIN", t.Owner, t.Grants(), catalog.PrivUsage)
		}
	}
	for _, w := range definedOf[*catalog.ForeignDataWrapper](s) {
		add("", w.Name, "FOREIGN DATA WRAPPER", w.Owner, w.ACL, catalog.PrivUsage)
	}
	for _, v := range definedOf[*catalog.ForeignServer](s) {
		add("", v.Name, "FOREIGN SERVER", v.Owner, v.ACL, catalog.PrivUsage)
	}
	for _, q := range s.once.sequences {
		add(s.schemaName(q.Schema), q.Name, "SEQUENCE", q.Owner, q.ACL, catalog.PrivUsage|catalog.PrivSelect|catalog.PrivUpdate)
	}
}

package pgcatalog

import "github.com/kalamsql/kalamsql/sql/catalog"

// pg_default_acl: what ALTER DEFAULT PRIVILEGES has said.

func init() { makes("pg_default_acl", defaultACLRows) }

func defaultACLRows(s *Snapshot, out *rows) {
	var list []*catalog.DefaultACL
	for o := range s.Catalog.All() {
		if d, ok := o.(*catalog.DefaultACL); ok && d.Database == s.Database.OID {
			list = append(list, d)
		}
	}
	sortByOID(list)
	for _, d := range list {
		out.add("oid", d.OID, "defaclrole", d.Role, "defaclnamespace", d.Schema, "defaclobjtype", d.Kind, "defaclacl", s.acl(d.ACL))
	}
}

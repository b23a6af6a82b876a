package pgcatalog

import (
	"sort"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

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
		out.add("oid", d.OID, "defaclrole", d.Role, "defaclnamespace", d.Schema, "defaclobjtype", d.Kind, "defaclacl", s.sortedACL(d.Role, d.ACL))
	}
}

// sortedACL writes a list by grantee, PUBLIC first.
func (s *Snapshot) sortedACL(owner catalog.OID, acl catalog.ACL) types.Datum {
	var list []grant
	for role, bits := range acl {
		list = append(list, grant{role, bits})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].grantee < list[j].grantee })
	var items []types.Datum
	for _, g := range list {
		items = append(items, types.String(s.aclItem(g.grantee, g.bits, owner)))
	}
	return types.ArrayDatum(types.ACLItem, items)
}

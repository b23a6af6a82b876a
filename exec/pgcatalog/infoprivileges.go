package pgcatalog

import "github.com/kalamsql/kalamsql/sql/catalog"

// information_schema's views of privileges: those that the role has granted or
// been granted.

func init() {
	makesParts("information_schema.table_privileges", infoTablePrivileges)
	makesParts("information_schema.role_table_grants", infoRoleGrants)
	makesParts("information_schema.column_privileges", infoColumnPrivileges)
	makes("information_schema.role_column_grants", infoColumnPrivileges)
}

// granted is a table or view whose privileges the standard's views list.
type granted struct {
	schema  catalog.OID
	name    string
	owner   catalog.OID
	acl     catalog.ACL
	columns []*catalog.Column
}

// granted lists the tables and views; the standard has no materialised views.
func (s *Snapshot) granted() (list []granted) {
	s.objects()
	for _, t := range s.once.tables {
		if t.Query == nil {
			list = append(list, granted{t.Schema, t.Name, t.Owner, t.ACL, t.Columns})
		}
	}
	for _, v := range s.once.views {
		list = append(list, granted{v.Schema, v.Name, v.Owner, v.ACL, v.Columns})
	}
	return list
}

// grantsOf gives the privileges of the list of an object, of all that it can have, that
// concern the role: those that it or a role that it may act as has granted or been granted,
// and if public is set those of everybody.
func (s *Snapshot) grantsOf(owner catalog.OID, acl catalog.ACL, all catalog.Privileges, public bool, f func(grantor, grantee string, p privilege, grantable bool)) {
	if acl == nil {
		acl = catalog.ObjectACL(owner, all, 0)
	}
	for _, it := range acl {
		grantee, grantable := "PUBLIC", false
		if it.Grantee == catalog.RolePublic {
			if !public && !s.Catalog.HasPrivilegesOf(s.Role.OID, it.Grantor) {
				continue
			}
		} else {
			if !s.Catalog.HasPrivilegesOf(s.Role.OID, it.Grantor) && !s.Catalog.HasPrivilegesOf(s.Role.OID, it.Grantee) {
				continue
			}
			grantee, grantable = s.roleName(it.Grantee), s.Catalog.HasPrivilegesOf(it.Grantee, owner)
		}
		for _, p := range privileges {
			if it.Privileges&p.bit != 0 {
				f(s.roleName(it.Grantor), grantee, p, grantable || it.Privileges&p.bit.GrantOption() != 0)
			}
		}
	}
}

func tableGrants(s *Snapshot, out *rows, public bool) {
	for _, t := range s.granted() {
		s.grantsOf(t.owner, t.acl, catalog.PrivAllTable, public, func(grantor, grantee string, p privilege, grantable bool) {
			out.add("grantor", grantor, "grantee", grantee, "table_catalog", s.Database.Name, "table_schema", s.schemaName(t.schema), "table_name", t.name,
				"privilege_type", p.name, "is_grantable", yesNo(grantable), "with_hierarchy", yesNo(p.bit == catalog.PrivSelect))
		})
	}
}

func infoTablePrivileges(s *Snapshot, out *rows) { tableGrants(s, out, true) }

func infoRoleGrants(s *Snapshot, out *rows) { tableGrants(s, out, false) }

// infoColumnPrivileges lists the privileges on columns: those on the whole table, and
// those on single columns besides.
func infoColumnPrivileges(s *Snapshot, out *rows) {
	public := out.r.Name == "column_privileges"
	for _, t := range s.granted() {
		acl := t.acl
		if acl == nil {
			acl = catalog.BuiltinACL(t.owner, 'r')
		}
		for _, c := range t.columns {
			s.grantsOf(t.owner, acl.And(c.ACL), catalog.PrivAllColumn, public, func(grantor, grantee string, p privilege, grantable bool) {
				if p.bit&catalog.PrivAllColumn != 0 {
					out.add("grantor", grantor, "grantee", grantee, "table_catalog", s.Database.Name, "table_schema", s.schemaName(t.schema), "table_name", t.name,
						"column_name", c.Name, "privilege_type", p.name, "is_grantable", yesNo(grantable))
				}
			})
		}
	}
}

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

// grantsOf gives the privileges of an ACL of an object, of all that it can have, that concern
// the role.
func (s *Snapshot) grantsOf(t granted, acl catalog.ACL, all catalog.Privileges, public bool, f func(grantee string, p privilege, grantable bool)) {
	enabled := map[catalog.OID]bool{catalog.RolePublic: public}
	for _, r := range s.Catalog.Roles(s.Role.OID) {
		enabled[r] = true
	}
	enabled[t.owner] = enabled[t.owner] || s.Role.Superuser
	for _, g := range grants(t.owner, acl, all) {
		if !enabled[g.grantee] && !enabled[t.owner] {
			continue
		}
		grantee := "PUBLIC"
		if g.grantee != catalog.RolePublic {
			grantee = s.roleName(g.grantee)
		} else if !public && !enabled[t.owner] {
			continue
		}
		for _, p := range privileges {
			if g.bits&p.bit != 0 {
				f(grantee, p, g.grantee == t.owner || g.bits&p.bit.GrantOption() != 0)
			}
		}
	}
}

func tableGrants(s *Snapshot, out *rows, public bool) {
	for _, t := range s.granted() {
		s.grantsOf(t, t.acl, catalog.PrivAllTable, public, func(grantee string, p privilege, grantable bool) {
			out.add("grantor", s.roleName(t.owner), "grantee", grantee, "table_catalog", s.Database.Name, "table_schema", s.schemaName(t.schema), "table_name", t.name,
				"privilege_type", p.name, "is_grantable", yesNo(grantable), "with_hierarchy", yesNo(p.bit == catalog.PrivSelect))
		})
	}
}

func infoTablePrivileges(s *Snapshot, out *rows) { tableGrants(s, out, true) }

func infoRoleGrants(s *Snapshot, out *rows) { tableGrants(s, out, false) }

// infoColumnPrivileges lists the privileges on columns: those on the whole table, and
// those on single columns besides.
func infoColumnPrivileges(s *Snapshot, out *rows) {
	const ofColumns = catalog.PrivSelect | catalog.PrivInsert | catalog.PrivUpdate | catalog.PrivReferences
	public := out.r.Name == "column_privileges"
	for _, t := range s.granted() {
		for _, c := range t.columns {
			acl := c.ACL.Clone()
			for role, bits := range t.acl {
				if acl == nil {
					acl = catalog.ACL{}
				}
				acl[role] |= bits
			}
			s.grantsOf(t, acl, catalog.PrivAllTable, public, func(grantee string, p privilege, grantable bool) {
				if p.bit&ofColumns != 0 {
					out.add("grantor", s.roleName(t.owner), "grantee", grantee, "table_catalog", s.Database.Name, "table_schema", s.schemaName(t.schema), "table_name", t.name,
						"column_name", c.Name, "privilege_type", p.name, "is_grantable", yesNo(grantable))
				}
			})
		}
	}
}

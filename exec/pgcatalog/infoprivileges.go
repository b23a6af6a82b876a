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

// eachGrant gives every privilege of every table that concerns the role.
func (s *Snapshot) eachGrant(public bool, f func(t *catalog.Table, grantee string, p privilege, grantable bool)) {
	s.objects()
	for _, t := range s.once.tables {
		s.tableGrants(t, t.ACL, public, func(grantee string, p privilege, grantable bool) { f(t, grantee, p, grantable) })
	}
}

// tableGrants gives the privileges of an ACL of a table that concern the role.
func (s *Snapshot) tableGrants(t *catalog.Table, acl catalog.ACL, public bool, f func(grantee string, p privilege, grantable bool)) {
	enabled := map[catalog.OID]bool{catalog.RolePublic: public}
	for _, r := range s.Catalog.Roles(s.Role.OID) {
		enabled[r] = true
	}
	for _, g := range grants(t.Owner, acl, catalog.PrivAllTable) {
		if !enabled[g.grantee] && !enabled[t.Owner] {
			continue
		}
		grantee := "PUBLIC"
		if g.grantee != catalog.RolePublic {
			grantee = s.roleName(g.grantee)
		} else if !public {
			continue
		}
		for _, p := range privileges {
			if g.bits&p.bit != 0 {
				f(grantee, p, g.grantee == t.Owner || g.bits&p.bit.GrantOption() != 0)
			}
		}
	}
}

func tableGrants(s *Snapshot, out *rows, public bool) {
	s.eachGrant(public, func(t *catalog.Table, grantee string, p privilege, grantable bool) {
		out.add("grantor", s.roleName(t.Owner), "grantee", grantee, "table_catalog", s.Database.Name, "table_schema", s.schemaName(t.Schema), "table_name", t.Name,
			"privilege_type", p.name, "is_grantable", yesNo(grantable), "with_hierarchy", yesNo(p.bit == catalog.PrivSelect))
	})
}

func infoTablePrivileges(s *Snapshot, out *rows) { tableGrants(s, out, true) }

func infoRoleGrants(s *Snapshot, out *rows) { tableGrants(s, out, false) }

// infoColumnPrivileges lists the privileges on columns: those on the whole table, and
// those on single columns besides.
func infoColumnPrivileges(s *Snapshot, out *rows) {
	const ofColumns = catalog.PrivSelect | catalog.PrivInsert | catalog.PrivUpdate | catalog.PrivReferences
	public := out.r.Name == "column_privileges"
	s.objects()
	for _, t := range s.once.tables {
		for _, c := range t.Columns {
			acl := c.ACL.Clone()
			for role, bits := range t.ACL {
				if acl == nil {
					acl = catalog.ACL{}
				}
				acl[role] |= bits
			}
			s.tableGrants(t, acl, public, func(grantee string, p privilege, grantable bool) {
				if p.bit&ofColumns != 0 {
					out.add("grantor", s.roleName(t.Owner), "grantee", grantee, "table_catalog", s.Database.Name, "table_schema", s.schemaName(t.Schema), "table_name", t.Name,
						"column_name", c.Name, "privilege_type", p.name, "is_grantable", yesNo(grantable))
				}
			})
		}
	}
}

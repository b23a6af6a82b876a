package catalog

import "slices"

// Policy describes a row-level security policy of a table.
type Policy struct {
	OID  OID
	Name string
	// Command is pg_policy.polcmd: 'r' SELECT, 'a' INSERT, 'w' UPDATE, 'd' DELETE,
	// '*' all of them.
	Command     byte
	Restrictive bool
	// Roles are those that it is for; RolePublic is everybody.
	Roles []OID
	// Using and Check are the texts of the conditions; empty for none.
	Using, Check string
	// Uses lists the relations and functions that they name.
	Uses    []OID
	Comment string
}

// Policy finds a table's policy by name, or nil.
func (t *Table) Policy(name string) *Policy {
	for _, p := range t.Policies {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// For says whether the policy is one for a command by a role.
func (p *Policy) For(c *Catalog, command byte, role OID) bool {
	if p.Command != '*' && p.Command != command {
		return false
	}
	return slices.Contains(p.Roles, RolePublic) || slices.ContainsFunc(c.Roles(role), func(r OID) bool { return slices.Contains(p.Roles, r) })
}

// RowSecured says whether the policies of a table hold for a role, which they do
// not for superusers, roles with BYPASSRLS and, unless it is forced, the owner.
func (c *Catalog) RowSecured(t *Table, role *Role) bool {
	if !t.RowSecurity || role == nil || role.Superuser || role.BypassRLS {
		return false
	}
	return t.ForceRowSecurity || !c.OwnedBy(role.OID, t.Owner)
}

package catalog

import "fmt"

// DefaultACL says what privileges new objects of a role get in a database, or in
// one schema of it besides those.
type DefaultACL struct {
	OID      OID
	Database OID
	Role     OID
	Schema   OID // 0: every schema
	// Kind is pg_default_acl.defaclobjtype: 'r' relations, 'S' sequences, 'f'
	// functions, 'T' types, 'n' schemas.
	Kind byte
	// ACL is what is given instead of BuiltinACL where Schema is 0, and what is given
	// besides elsewhere; the role has granted all of it. It is sorted.
	ACL ACL
}

func (d *DefaultACL) ObjectClass() Class { return ClassDefaultACL }
func (d *DefaultACL) ObjectOID() OID     { return d.OID }
func (d *DefaultACL) ObjectName() string { return defaultACLName(d.Role, d.Schema, d.Kind) }
func (d *DefaultACL) Parent() OID        { return d.Database }

func defaultACLName(role, schema OID, kind byte) string {
	return fmt.Sprintf("%d %d %c", role, schema, kind)
}

// DefaultACL finds the default privileges of a role, or nil.
func (c *Catalog) DefaultACL(database, role, schema OID, kind byte) *DefaultACL {
	d, _ := c.objects[c.names[name{database, byte(ClassDefaultACL), defaultACLName(role, schema, kind)}]].(*DefaultACL)
	return d
}

// AllPrivileges are those that an object of a kind can have; kinds are those of
// DefaultACL, and 'd' for databases.
func AllPrivileges(kind byte) Privileges {
	switch kind {
	case 'r':
		return PrivAllTable
	case 'S':
		return PrivUsage | PrivSelect | PrivUpdate
	case 'f':
		return PrivExecute
	case 'T':
		return PrivUsage
	case 'd':
		return PrivCreate | PrivConnect | PrivTemporary
	}
	return PrivUsage | PrivCreate
}

// BuiltinACL is what an object of a kind has when nothing was granted.
func BuiltinACL(owner OID, kind byte) ACL {
	public := Privileges(0)
	switch kind {
	case 'f':
		public = PrivExecute
	case 'T':
		public = PrivUsage
	}
	return ObjectACL(owner, AllPrivileges(kind), public)
}

// DefaultGrants sorts a list of default privileges; nil if there is no need to keep it, as
// it says what would be without.
func DefaultGrants(acl ACL, role, schema OID, kind byte) ACL {
	acl = acl.sorted()
	if schema == 0 && acl.same(BuiltinACL(role, kind)) || schema != 0 && len(acl) == 0 {
		return nil
	}
	if acl == nil {
		return ACL{}
	}
	return acl
}

// NewACL is the list of a new object; nil if that is the built-in one.
func (c *Catalog) NewACL(database, owner, schema OID, kind byte) ACL {
	every, in := c.DefaultACL(database, owner, 0, kind), c.DefaultACL(database, owner, schema, kind)
	if schema == 0 {
		in = nil
	}
	if every == nil && in == nil {
		return nil
	}
	acl := BuiltinACL(owner, kind)
	if every != nil {
		acl = every.ACL
	}
	if in != nil {
		acl = acl.And(in.ACL)
	}
	return DefaultGrants(acl, owner, 0, kind)
}

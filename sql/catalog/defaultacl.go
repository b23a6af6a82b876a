package catalog

import (
	"fmt"
	"maps"
)

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
	// ACL has the owner's privileges where Schema is 0, and is then what is given
	// instead of BuiltinACL.
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
// DefaultACL.
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
	}
	return PrivUsage | PrivCreate
}

// BuiltinACL is what an object of a kind has when nothing was granted.
func BuiltinACL(owner OID, kind byte) ACL {
	acl := ACL{owner: AllPrivileges(kind)}
	switch kind {
	case 'f':
		acl[RolePublic] = PrivExecute
	case 'T':
		acl[RolePublic] = PrivUsage
	}
	return acl
}

// NewACL is the list of a new object; nil if that is the built-in one.
func (c *Catalog) NewACL(database, owner, schema OID, kind byte) ACL {
	every, in := c.DefaultACL(database, owner, 0, kind), c.DefaultACL(database, owner, schema, kind)
	if schema == 0 {
		in = nil
	}
	acl := BuiltinACL(owner, kind)
	if every != nil {
		acl = every.ACL.Clone()
	}
	if in != nil {
		for role, bits := range in.ACL {
			acl[role] |= bits
		}
	}
	if maps.Equal(acl, BuiltinACL(owner, kind)) {
		return nil
	}
	return acl
}

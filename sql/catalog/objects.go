package catalog

import (
	"slices"
	"strings"
)

// Database describes a database.
type Database struct {
	OID   OID
	Name  string
	Owner OID
	ACL   ACL
	// Settings are ALTER DATABASE ... SET.
	Settings map[string]string
	// RoleSettings are ALTER ROLE ... IN DATABASE ... SET.
	RoleSettings map[OID]map[string]string `json:",omitempty"`
	// PLpgSQL has what COMMENT ON says of the extension and the language plpgsql, by
	// their OIDs, where that is not what they come with.
	PLpgSQL map[OID]string `json:",omitempty"`
	// Closed: nobody can connect to it (ALLOW_CONNECTIONS false). Template is IS_TEMPLATE, nil
	// the default, and Limit bounds the connections of who is no superuser, nil does not.
	Closed   bool  `json:",omitempty"`
	Template *bool `json:",omitempty"`
	Limit    *int  `json:",omitempty"`
	Comment  string
}

// IsTemplate says whether the database is a template, which cannot be dropped.
func (d *Database) IsTemplate() bool {
	if d.Template != nil {
		return *d.Template
	}
	return d.OID == DatabaseTemplate
}

// The OIDs of the extension and the language plpgsql, which every database has.
const (
	ExtensionPLpgSQL OID = 13559
	LanguagePLpgSQL  OID = 13563
)

// CommentPLpgSQL is the comment on one of the two.
func (d *Database) CommentPLpgSQL(oid OID) string {
	if text, ok := d.PLpgSQL[oid]; ok {
		return text
	}
	return "PL/pgSQL procedural language"
}

// TemplateDatabase says whether a name is that of a database which PostgreSQL makes others
// of. Here they are no databases, and new ones are empty.
func TemplateDatabase(name string) bool { return name == "template0" || name == "template1" }

// Grants are the database's privileges; everybody may connect to one on which none
// has been given or taken, and make temporary tables.
func (d *Database) Grants() ACL {
	if d.ACL == nil {
		return ObjectACL(d.Owner, AllPrivileges('d'), PrivConnect|PrivTemporary)
	}
	return d.ACL
}

// PublicSchemaACL is the list of schema public: everybody may look into it. Those of the
// system have the same.
func PublicSchemaACL(owner OID) ACL {
	return ACL{{owner, owner, AllPrivileges('n')}, {RolePublic, owner, PrivUsage}}
}

// Schema describes a schema of a database.
type Schema struct {
	OID      OID
	Name     string
	Database OID
	Owner    OID
	ACL      ACL
	Comment  string
}

// View describes a view.
type View struct {
	OID     OID
	Name    string
	Schema  OID
	Owner   OID
	Columns []*Column
	// Query is the SQL text of the SELECT; SearchPath is what it was made under.
	Query      string
	SearchPath []string
	// Uses lists the relations that the query reads.
	Uses []OID
	// Bound says what names in the query stand for; nil, of a view that an earlier
	// version made: what they stood for under the search path.
	Bound *BoundNames `json:",omitempty"`
	// Options are those of WITH, as name=value.
	Options []string
	// Triggers fire in their order.
	Triggers []*Trigger `json:",omitempty"`
	// Rules are applied in their order, apart from the one that the query is.
	Rules   []*Rule `json:",omitempty"`
	ACL     ACL
	Comment string
	// Extension is the one that the view belongs to; 0: none.
	Extension OID `json:",omitempty"`
}

// Option is the value of one of the view's options: check_option (local or
// cascaded), security_barrier and security_invoker (true or false); empty
// without it.
func (v *View) Option(name string) string {
	for _, o := range v.Options {
		if value, ok := strings.CutPrefix(o, name+"="); ok {
			return value
		}
	}
	return ""
}

// Sequence describes a sequence; its value is kept by package tables.
type Sequence struct {
	OID       OID
	Name      string
	Schema    OID
	Owner     OID
	Type      TypeRef
	Start     int64
	Increment int64
	Min, Max  int64
	Cache     int64
	Cycle     bool
	// OwnerTable and OwnerColumn are set for serial and identity columns.
	OwnerTable  OID
	OwnerColumn int16
	ACL         ACL
	Comment     string
}

// Role describes a role.
type Role struct {
	OID         OID
	Name        string
	Superuser   bool
	Inherit     bool
	CreateRole  bool
	CreateDB    bool
	Login       bool
	Replication bool
	BypassRLS   bool
	// Impersonate: may act for any user with SET kalam.user and EXECUTE AS USER.
	Impersonate bool
	ConnLimit   int
	// Password is the SCRAM-SHA-256 verifier in PostgreSQL's form; empty: none.
	Password   string
	ValidUntil string
	// MemberOf maps roles to whether membership came WITH ADMIN OPTION.
	MemberOf map[OID]bool
	// Grantors has who granted these memberships, where it was not the bootstrap superuser.
	Grantors map[OID]OID `json:",omitempty"`
	Settings map[string]string
	Comment  string
}

func (d *Database) ObjectClass() Class { return ClassDatabase }
func (d *Database) ObjectOID() OID     { return d.OID }
func (d *Database) ObjectName() string { return d.Name }
func (d *Database) Parent() OID        { return 0 }

func (s *Schema) ObjectClass() Class { return ClassSchema }
func (s *Schema) ObjectOID() OID     { return s.OID }
func (s *Schema) ObjectName() string { return s.Name }
func (s *Schema) Parent() OID        { return s.Database }

func (v *View) ObjectClass() Class { return ClassView }
func (v *View) ObjectOID() OID     { return v.OID }
func (v *View) ObjectName() string { return v.Name }
func (v *View) Parent() OID        { return v.Schema }
func (v *View) relation()          {}

func (s *Sequence) ObjectClass() Class { return ClassSequence }
func (s *Sequence) ObjectOID() OID     { return s.OID }
func (s *Sequence) ObjectName() string { return s.Name }
func (s *Sequence) Parent() OID        { return s.Schema }
func (s *Sequence) relation()          {}

func (r *Role) ObjectClass() Class { return ClassRole }
func (r *Role) ObjectOID() OID     { return r.OID }
func (r *Role) ObjectName() string { return r.Name }
func (r *Role) Parent() OID        { return 0 }

// Privileges is a set of privileges; the bits of grant options lie 16 higher.
type Privileges uint32

// The privileges.
const (
	PrivSelect Privileges = 1 << iota
	PrivInsert
	PrivUpdate
	PrivDelete
	PrivTruncate
	PrivReferences
	PrivTrigger
	PrivUsage
	PrivCreate
	PrivConnect
	PrivTemporary
	PrivExecute
)

// PrivAllTable is ALL PRIVILEGES of a table.
const PrivAllTable = PrivSelect | PrivInsert | PrivUpdate | PrivDelete | PrivTruncate | PrivReferences | PrivTrigger

// PrivAllColumn are the privileges that a column can have.
const PrivAllColumn = PrivSelect | PrivInsert | PrivUpdate | PrivReferences

// GrantOption turns privileges into the right to grant them.
func (p Privileges) GrantOption() Privileges { return p << 16 }

// RolePublic stands for PUBLIC in an ACL.
const RolePublic OID = 0

// Roles gives role and every role whose privileges it has: those that it is a member of,
// directly or not, as far as they are inherited.
func (c *Catalog) Roles(role OID) []OID {
	return c.memberships(role, func(r *Role) bool { return r.Inherit })
}

// memberships gives role and every role it is a member of, directly or by those of which
// through says that they lead on.
func (c *Catalog) memberships(role OID, through func(*Role) bool) []OID {
	seen := []OID{role}
	for i := 0; i < len(seen); i++ {
		r := c.RoleByOID(seen[i])
		if r == nil || !through(r) {
			continue
		}
		for parent := range r.MemberOf {
			if !slices.Contains(seen, parent) {
				seen = append(seen, parent)
			}
		}
	}
	return seen
}

// HasPrivilegesOf says whether a role may do what another may: it is a superuser or that
// role, or inherits from it.
func (c *Catalog) HasPrivilegesOf(role, of OID) bool {
	r := c.RoleByOID(role)
	return r != nil && r.Superuser || slices.Contains(c.Roles(role), of)
}

// MemberOf says whether a role may become another: it is a superuser or that role, or a
// member of it, whether it inherits or not.
func (c *Catalog) MemberOf(role, of OID) bool {
	r := c.RoleByOID(role)
	return r != nil && r.Superuser || slices.Contains(c.memberships(role, func(*Role) bool { return true }), of)
}

// AdminOf says whether a role may make others members of a role: it is a superuser, or it or
// a role that it is a member of has been granted that WITH ADMIN OPTION.
func (c *Catalog) AdminOf(role, of OID) bool {
	r := c.RoleByOID(role)
	return r != nil && r.Superuser || slices.ContainsFunc(c.memberships(role, func(*Role) bool { return true }), func(m OID) bool {
		r := c.RoleByOID(m)
		return r != nil && r.MemberOf[of]
	})
}

// Granted says whether role has all of the wanted privileges on an object with
// that owner and list. An owner can always grant them.
func (c *Catalog) Granted(role, owner OID, acl ACL, want Privileges) bool {
	if r := c.RoleByOID(role); r != nil && r.Superuser {
		return true
	}
	return c.mask(role, owner, acl)&want == want
}

// mask gives the privileges of a role that is no superuser.
func (c *Catalog) mask(role, owner OID, acl ACL) (have Privileges) {
	roles := c.Roles(role)
	if slices.Contains(roles, owner) {
		if acl == nil {
			return ^Privileges(0)
		}
		have = (^Privileges(0)).GrantOption()
	}
	for _, it := range acl {
		if it.Grantee == RolePublic || slices.Contains(roles, it.Grantee) {
			have |= it.Privileges
		}
	}
	return have
}

// Allowed is Granted for what pg_read_all_data and pg_write_all_data may read and
// change besides: relations.
func (c *Catalog) Allowed(role, owner OID, acl ACL, want Privileges) bool {
	if c.Granted(role, owner, acl, want) {
		return true
	}
	if want&(PrivSelect|PrivInsert|PrivUpdate|PrivDelete) == 0 {
		return false
	}
	roles := c.Roles(role)
	if slices.Contains(roles, RoleReadAllData) {
		want &^= PrivSelect
	}
	if slices.Contains(roles, RoleWriteAllData) {
		want &^= PrivInsert | PrivUpdate | PrivDelete
	}
	return c.Granted(role, owner, acl, want)
}

// MayUse says whether role may look into a schema.
func (c *Catalog) MayUse(role OID, s *Schema) bool {
	return c.Granted(role, s.Owner, s.ACL, PrivUsage) || c.HasPrivilegesOf(role, RoleReadAllData) || c.HasPrivilegesOf(role, RoleWriteAllData)
}

// OwnedBy says whether role is the owner, a member of it, or a superuser.
func (c *Catalog) OwnedBy(role, owner OID) bool {
	return c.HasPrivilegesOf(role, owner)
}

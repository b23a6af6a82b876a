package pgcatalog

import (
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// privilege is one privilege with its letter in an aclitem and its name.
type privilege struct {
	bit    catalog.Privileges
	letter byte
	name   string
}

// The privileges in the order aclitems list them.
var privileges = []privilege{
	{catalog.PrivInsert, 'a', "INSERT"}, {catalog.PrivSelect, 'r', "SELECT"}, {catalog.PrivUpdate, 'w', "UPDATE"}, {catalog.PrivDelete, 'd', "DELETE"},
	{catalog.PrivTruncate, 'D', "TRUNCATE"}, {catalog.PrivReferences, 'x', "REFERENCES"}, {catalog.PrivTrigger, 't', "TRIGGER"},
	{catalog.PrivExecute, 'X', "EXECUTE"}, {catalog.PrivUsage, 'U', "USAGE"}, {catalog.PrivCreate, 'C', "CREATE"},
	{catalog.PrivTemporary, 'T', "TEMPORARY"}, {catalog.PrivConnect, 'c', "CONNECT"},
}

// ACL is an ACL as a column of pg_catalog has it.
func (s *Snapshot) ACL(acl catalog.ACL) types.Datum { return s.acl(acl) }

// acl gives an ACL as an aclitem[]; NULL where nothing has been granted or revoked.
func (s *Snapshot) acl(acl catalog.ACL) types.Datum {
	if acl == nil {
		return types.Null
	}
	items := []types.Datum{}
	for _, it := range acl {
		items = append(items, types.String(s.aclItem(it.Grantee, it.Privileges, it.Grantor)))
	}
	return types.ArrayDatum(types.ACLItem, items)
}

// aclItem is grantee=privileges/grantor.
func (s *Snapshot) aclItem(grantee catalog.OID, bits catalog.Privileges, grantor catalog.OID) string {
	var b strings.Builder
	if grantee != catalog.RolePublic {
		b.WriteString(aclName(s.roleName(grantee)))
	}
	b.WriteByte('=')
	for _, p := range privileges {
		if bits&p.bit != 0 {
			b.WriteByte(p.letter)
			if bits&p.bit.GrantOption() != 0 {
				b.WriteByte('*')
			}
		}
	}
	return b.String() + "/" + aclName(s.roleName(grantor))
}

// aclName quotes a role's name as aclitem's text form does: unless it is made
// of letters, digits and underscores.
func aclName(name string) string {
	for _, r := range name {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_') {
			return expr.QuoteIdent(name)
		}
	}
	return name
}

func decimal(v int64) string { return strconv.FormatInt(v, 10) }

// systemSchemaACL is the list of the system's schemas.
var systemSchemaACL = catalog.PublicSchemaACL(catalog.RolePostgres)

func init() { makes("pg_init_privs", initialPrivilegeRows) }

// initialPrivilegeRows is pg_init_privs: the privileges that system objects
// have from the start, which pg_dump need not grant again.
func initialPrivilegeRows(s *Snapshot, out *rows) {
	add := func(class, oid, schema catalog.OID, acl types.Datum) {
		kind := byte('i')
		if schema == catalog.SchemaKalam {
			kind = 'e'
		}
		out.add("objoid", oid, "classoid", class, "privtype", kind, "initprivs", acl)
	}
	for _, schema := range []catalog.OID{catalog.SchemaPGCatalog, catalog.SchemaInfo, catalog.SchemaKalam} {
		add(classNamespace, schema, schema, s.acl(systemSchemaACL))
	}
	for _, v := range s.virtuals() {
		add(classClass, v.OID, v.Schema, s.acl(v.Grants()))
	}
}

package pgcatalog

import (
	"sort"
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

// grant is one entry of an ACL.
type grant struct {
	grantee catalog.OID
	bits    catalog.Privileges
}

// grants lists the entries of an ACL as PostgreSQL does: the owner, who has all
// of them, first, then the roles by OID and PUBLIC. PUBLIC is the first of all
// where it has privileges from the start, of functions, types and databases.
func grants(owner catalog.OID, acl catalog.ACL, all catalog.Privileges) []grant {
	out := []grant{{owner, all}}
	for role, bits := range acl {
		if role != owner && bits&all != 0 {
			out = append(out, grant{role, bits})
		}
	}
	if last := len(out) - 1; all&(catalog.PrivExecute|catalog.PrivConnect) != 0 || all == catalog.PrivUsage {
		defer func() {
			if last > 0 && out[last].grantee == catalog.RolePublic {
				copy(out[1:], out[:last])
				out[0] = grant{catalog.RolePublic, acl[catalog.RolePublic]}
			}
		}()
	}
	sort.Slice(out[1:], func(i, j int) bool { return out[1+i].grantee-1 < out[1+j].grantee-1 })
	return out
}

// acl gives an ACL as an aclitem[]; NULL where nothing has been granted.
// ACL is an ACL as a column of pg_catalog has it; all are the privileges that there are.
func (s *Snapshot) ACL(owner catalog.OID, acl catalog.ACL, all catalog.Privileges) types.Datum {
	return s.acl(owner, acl, all)
}

func (s *Snapshot) acl(owner catalog.OID, acl catalog.ACL, all catalog.Privileges) types.Datum {
	if len(acl) == 0 {
		return types.Null
	}
	var items []types.Datum
	for _, g := range grants(owner, acl, all) {
		items = append(items, types.String(s.aclItem(g.grantee, g.bits, owner)))
	}
	return types.ArrayDatum(types.ACLItem, items)
}

// columnACL is an ACL of a column: nobody has any of these from the start.
func (s *Snapshot) columnACL(owner catalog.OID, acl catalog.ACL) types.Datum {
	var items []types.Datum
	for _, g := range grants(owner, acl, catalog.PrivAllTable) {
		if bits := acl[g.grantee]; bits != 0 {
			items = append(items, types.String(s.aclItem(g.grantee, bits, owner)))
		}
	}
	if items == nil {
		return types.Null
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

// systemACL is what PUBLIC may do with system relations and schemas.
var (
	systemRelationACL = catalog.ACL{catalog.RolePublic: catalog.PrivSelect}
	systemSchemaACL   = catalog.ACL{catalog.RolePublic: catalog.PrivUsage}
)

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
		add(classNamespace, schema, schema, s.acl(catalog.RolePostgres, systemSchemaACL, catalog.PrivUsage|catalog.PrivCreate))
	}
	for _, v := range s.virtuals() {
		add(classClass, v.OID, v.Schema, s.acl(catalog.RolePostgres, systemRelationACL, catalog.PrivAllTable))
	}
}

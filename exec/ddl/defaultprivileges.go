package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// defaultKinds are the kinds of objects that have default privileges, and what
// messages call one.
var defaultKinds = map[ast.ObjectType]struct {
	kind byte
	word string
}{"table": {'r', "relation"}, "sequence": {'S', "sequence"}, "function": {'f', "function"}, "schema": {'n', "schema"}, "type": {'T', "type"}}

// alterDefaultPrivileges runs ALTER DEFAULT PRIVILEGES.
func (s *Session) alterDefaultPrivileges(ctx context.Context, st *ast.AlterDefaultPrivilegesStmt) error {
	seen := map[string]bool{}
	for _, o := range st.Scopes {
		if seen[o.Name] {
			return sqlerr.New(sqlerr.SyntaxError, "conflicting or redundant options").At(o.Pos())
		}
		seen[o.Name] = true
	}
	of, ok := defaultKinds[st.Action.Object]
	if !ok {
		return sqlerr.Unsupported("ALTER DEFAULT PRIVILEGES ... ON %sS", upper(string(st.Action.Object)))
	}
	privileges, err := defaultPrivileges(st.Action, of.kind, of.word)
	if err != nil {
		return err
	}
	grantees, err := s.grantees(st.Action)
	if err != nil {
		return err
	}
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	roles, err := s.defaultRoles(st)
	if err != nil {
		return err
	}
	schemas := []catalog.OID{0}
	if st.Schemas != nil {
		schemas = nil
		for _, name := range st.Schemas {
			sc := edit.Catalog().Schema(s.Env.Database, name)
			if sc == nil {
				return sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, name)
			}
			schemas = append(schemas, sc.OID)
		}
		if of.kind == 'n' {
			return sqlerr.New(sqlerr.InvalidGrantOperation, "cannot use IN SCHEMA clause when using GRANT/REVOKE ON SCHEMAS")
		}
	}
	for _, role := range roles {
		for _, schema := range schemas {
			if err := s.changeDefaults(edit, role, schema, of.kind, grantees, privileges, st.Action); err != nil {
				return err
			}
		}
	}
	return nil
}

// defaultPrivileges are those that the statement names.
func defaultPrivileges(g *ast.GrantStmt, kind byte, word string) (privileges catalog.Privileges, err error) {
	if g.Privileges == nil {
		return catalog.AllPrivileges(kind), nil
	}
	for _, p := range g.Privileges {
		if len(p.Columns) > 0 {
			return 0, sqlerr.New(sqlerr.InvalidGrantOperation, "default privileges cannot be set for columns")
		}
		bit := privilegeBits[p.Name]
		if bit == 0 {
			return 0, sqlerr.New(sqlerr.SyntaxError, `unrecognized privilege type "%s"`, p.Name)
		}
		if bit&catalog.AllPrivileges(kind) == 0 {
			return 0, sqlerr.New(sqlerr.InvalidGrantOperation, "invalid privilege type %s for %s", upper(p.Name), word)
		}
		privileges |= bit
	}
	return privileges, nil
}

// defaultRoles are those whose new objects are meant; the current one by itself.
func (s *Session) defaultRoles(st *ast.AlterDefaultPrivilegesStmt) (list []*catalog.Role, err error) {
	if st.Roles == nil {
		return []*catalog.Role{s.Role}, nil
	}
	for _, r := range st.Roles {
		role, err := s.roleOf(r)
		if err != nil {
			return nil, err
		}
		if !s.Tx.Catalog().OwnedBy(s.Role.OID, role.OID) {
			return nil, sqlerr.New(sqlerr.InsufficientPrivilege, `must be member of role "%s"`, role.Name)
		}
		list = append(list, role)
	}
	return list, nil
}

// changeDefaults changes one role's default privileges. Those that say what would
// be without them are not kept.
func (s *Session) changeDefaults(edit *catalog.Editor, role *catalog.Role, schema catalog.OID, kind byte, grantees []catalog.OID, privileges catalog.Privileges, g *ast.GrantStmt) error {
	none := catalog.ACL{}
	if schema == 0 {
		none = catalog.BuiltinACL(role.OID, kind)
	}
	d := catalog.DefaultACL{Database: s.Env.Database, Role: role.OID, Schema: schema, Kind: kind, ACL: none}
	old := edit.Catalog().DefaultACL(s.Env.Database, role.OID, schema, kind)
	if old != nil {
		d = *old
	}
	changed, err := edit.Catalog().Changed(d.ACL, grantees, catalog.ACLChange{Grant: g.Grant, GrantOption: g.GrantOption, Cascade: g.Cascade, Privileges: privileges, Grantor: role.OID, Owner: role.OID})
	if err != nil {
		return err
	}
	d.ACL = catalog.DefaultGrants(changed, role.OID, schema, kind)
	switch {
	case d.ACL != nil:
		if old == nil {
			d.OID = edit.NewOID()
		}
		s.Tx.PutObject(&d)
	case old != nil:
		s.Tx.DropObject(old.OID)
	}
	return nil
}

// newACL gives the privileges of a new object of the role.
func (s *Session) newACL(schema catalog.OID, kind byte) catalog.ACL {
	return s.Tx.Catalog().NewACL(s.Env.Database, s.Role.OID, schema, kind)
}

// newTableACL is newACL of a table, which end users may use if it is one of theirs.
func (s *Session) newTableACL(t *catalog.Table) catalog.ACL {
	acl := s.newACL(t.Schema, 'r')
	if !t.PerUser {
		return acl
	}
	if acl == nil {
		acl = catalog.BuiltinACL(t.Owner, 'r')
	}
	return append(slices.Clip(acl), catalog.ACLItem{Grantee: catalog.RoleKalamUser, Grantor: t.Owner, Privileges: catalog.PrivSelect | catalog.PrivInsert | catalog.PrivUpdate | catalog.PrivDelete})
}

// defaultsOf says what a role has to do with default privileges: it is the owner of
// the objects, or has been granted them.
func (s *Session) defaultsOf(d *catalog.DefaultACL, role *catalog.Role) string {
	words := map[byte]string{'r': "relations", 'S': "sequences", 'f': "functions", 'T': "types", 'n': "schemas"}
	owner := s.Tx.Catalog().RoleByOID(d.Role)
	if owner == nil || d.Role != role.OID && !d.ACL.Mentions(role.OID) {
		return ""
	}
	var b strings.Builder
	if d.Role == role.OID {
		b.WriteString("owner of default privileges")
	} else {
		b.WriteString("privileges for default privileges")
	}
	b.WriteString(" on new " + words[d.Kind] + " belonging to role " + owner.Name)
	if sc := s.Tx.Catalog().SchemaByOID(d.Schema); sc != nil {
		b.WriteString(" in schema " + sc.Name)
	}
	return b.String()
}

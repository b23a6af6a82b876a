package ddl

import (
	"context"
	"maps"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// privilegeBits are the privileges by name.
var privilegeBits = map[string]catalog.Privileges{
	"select": catalog.PrivSelect, "insert": catalog.PrivInsert, "update": catalog.PrivUpdate, "delete": catalog.PrivDelete,
	"truncate": catalog.PrivTruncate, "references": catalog.PrivReferences, "trigger": catalog.PrivTrigger, "usage": catalog.PrivUsage,
	"create": catalog.PrivCreate, "connect": catalog.PrivConnect, "temporary": catalog.PrivTemporary, "temp": catalog.PrivTemporary, "execute": catalog.PrivExecute,
}

// allPrivileges is what ALL means for each kind of object.
var allPrivileges = map[ast.ObjectType]catalog.Privileges{
	"table":    catalog.PrivAllTable,
	"sequence": catalog.PrivUsage | catalog.PrivSelect | catalog.PrivUpdate,
	"schema":   catalog.PrivUsage | catalog.PrivCreate,
	"function": catalog.PrivExecute,
	"database": catalog.PrivCreate | catalog.PrivConnect | catalog.PrivTemporary,
	"type":     catalog.PrivUsage,
	"language": catalog.PrivUsage,
	"domain":   catalog.PrivUsage,

	"foreign data wrapper": catalog.PrivUsage,
	"foreign server":       catalog.PrivUsage,
}

// grant runs GRANT and REVOKE.
func (s *Session) grant(ctx context.Context, st *ast.GrantStmt) error {
	if st.Object == "large object" {
		return s.grantLargeObjects(ctx, st)
	}
	all, ok := allPrivileges[st.Object]
	if !ok {
		return sqlerr.Unsupported("GRANT ON %s", upper(string(st.Object)))
	}
	privileges, err := privilegesOf(st, all)
	if err != nil {
		return err
	}
	grantees, err := s.grantees(st)
	if err != nil {
		return err
	}
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	var objects []catalog.Object
	if st.Object == "language" {
		objects, err = s.grantedLanguages(edit, st)
	} else {
		objects, err = s.grantObjects(edit.Catalog(), st)
	}
	if err != nil {
		return err
	}
	for _, o := range objects {
		if err := s.grantOn(edit.Catalog(), o, privileges, all, grantees, st); err != nil {
			return err
		}
	}
	return nil
}

// privilegesOf adds up the privileges of a GRANT that are not about columns; all are
// those that the objects can have.
func privilegesOf(st *ast.GrantStmt, all catalog.Privileges) (privileges catalog.Privileges, err error) {
	if st.Privileges == nil {
		return all, nil
	}
	for _, p := range st.Privileges {
		if len(p.Columns) > 0 {
			if st.Object != "table" {
				return 0, sqlerr.New(sqlerr.InvalidGrantOperation, "column privileges are only valid for relations")
			}
			continue
		}
		bit := privilegeBits[p.Name]
		if bit == 0 {
			return 0, sqlerr.New(sqlerr.SyntaxError, `unrecognized privilege type "%s"`, p.Name)
		}
		if bit&all == 0 && !(st.Object == "table" && bit == catalog.PrivUsage) {
			what := string(st.Object)
			switch st.Object {
			case "table":
				what = "relation"
			case "foreign data wrapper":
				what = "foreign-data wrapper"
			}
			return 0, sqlerr.New(sqlerr.InvalidGrantOperation, "invalid privilege type %s for %s", upper(p.Name), what)
		}
		privileges |= bit
	}
	return privileges, nil
}

// grantOn gives or takes privileges on one object.
func (s *Session) grantOn(cat *catalog.Catalog, o catalog.Object, privileges, all catalog.Privileges, grantees []catalog.OID, st *ast.GrantStmt) error {
	owner, acl, word := ownership(o)
	if _, ok := o.(*catalog.ForeignServer); ok {
		word = "foreign server"
	}
	grantable, err := s.grantable(cat, o, owner, acl, word, privileges, all, st)
	if err != nil {
		return err
	}
	if privileges != 0 && grantable == 0 {
		return nil // a warning says so
	}
	privileges = grantable
	if o, err = s.grantColumns(cat, o, privileges, grantees, st); err != nil || privileges == 0 {
		if err == nil {
			s.Tx.PutObject(o)
		}
		return err
	}
	changed := changeACL(acl, grantees, privileges, st)
	changed[owner] |= all // a list that is not there means the default
	s.Tx.PutObject(withACL(o, changed))
	return nil
}

// grantable restricts privileges to those that the role may give and take, with a warning
// that there are others. It is an error to have none at all.
func (s *Session) grantable(cat *catalog.Catalog, o catalog.Object, owner catalog.OID, acl catalog.ACL, word string, privileges, all catalog.Privileges, st *ast.GrantStmt) (catalog.Privileges, error) {
	if privileges == 0 || cat.OwnedBy(s.Role.OID, owner) {
		return privileges, nil
	}
	var may, has catalog.Privileges
	for bit := catalog.Privileges(1); bit != 0 && bit <= all; bit <<= 1 {
		if all&bit == 0 {
			continue
		}
		if cat.Granted(s.Role.OID, owner, acl, bit.GrantOption()) {
			may |= bit
		}
		if cat.Granted(s.Role.OID, owner, acl, bit) {
			has |= bit
		}
	}
	if r, ok := o.(catalog.Relation); ok && may|has == 0 {
		for _, c := range catalog.Columns(r) { // some on a column are enough
			for bit := catalog.Privileges(1); bit != 0 && bit <= all; bit <<= 1 {
				if all&bit != 0 && cat.Granted(s.Role.OID, owner, c.ACL, bit) {
					has |= bit
				}
			}
		}
	}
	if may|has == 0 {
		return 0, sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for %s %s", word, o.ObjectName())
	}
	code, none, some := sqlerr.Code("01007"), `no privileges were granted for "%s"`, `not all privileges were granted for "%s"`
	if !st.Grant {
		code, none, some = "01006", `no privileges could be revoked for "%s"`, `not all privileges could be revoked for "%s"`
	}
	switch given := privileges & may; {
	case given == 0:
		s.notices = append(s.notices, sqlerr.Notice(sqlerr.SeverityWarning, code, none, o.ObjectName()))
	case given != privileges && st.Privileges != nil:
		s.notices = append(s.notices, sqlerr.Notice(sqlerr.SeverityWarning, code, some, o.ObjectName()))
	}
	return privileges & may, nil
}

// grantees are the roles that privileges are given to or taken from.
func (s *Session) grantees(st *ast.GrantStmt) (list []catalog.OID, err error) {
	for _, g := range st.Grantees {
		if g.Name == "public" {
			list = append(list, catalog.RolePublic)
			continue
		}
		role, err := s.roleOf(g)
		if err != nil {
			return nil, err
		}
		list = append(list, role.OID)
	}
	return list, nil
}

func changeACL(acl catalog.ACL, grantees []catalog.OID, privileges catalog.Privileges, st *ast.GrantStmt) catalog.ACL {
	acl = acl.Clone()
	if acl == nil {
		acl = catalog.ACL{}
	}
	for _, g := range grantees {
		switch {
		case st.Grant:
			acl[g] |= privileges
			if st.GrantOption {
				acl[g] |= privileges.GrantOption()
			}
		case st.GrantOption:
			acl[g] &^= privileges.GrantOption()
		default:
			acl[g] &^= privileges | privileges.GrantOption()
		}
		if acl[g] == 0 {
			delete(acl, g)
		}
	}
	return acl
}

// withACL copies an object with another list.
func withACL(o catalog.Object, acl catalog.ACL) catalog.Object {
	switch o := o.(type) {
	case catalog.Defined:
		c := o.Copy()
		c.Head().ACL = acl
		return c
	case *catalog.Table:
		c := o.Clone()
		c.ACL = acl
		return c
	case *catalog.View:
		c := *o
		c.ACL = acl
		return &c
	case *catalog.Sequence:
		c := *o
		c.ACL = acl
		return &c
	case *catalog.Schema:
		c := *o
		c.ACL = acl
		return &c
	case *catalog.Routine:
		c := *o
		c.ACL = acl
		return &c
	case *catalog.Database:
		c := *o
		c.ACL = acl
		return &c
	case *catalog.UserType:
		c := *o
		c.ACL = acl
		return &c
	case *catalog.Language:
		c := *o
		c.ACL = acl
		return &c
	}
	return o
}

// grantObjects finds the objects of a GRANT.
func (s *Session) grantObjects(cat *catalog.Catalog, st *ast.GrantStmt) ([]catalog.Object, error) {
	var out []catalog.Object
	for _, f := range st.Functions {
		r, err := s.namedRoutine(f)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	for _, n := range st.Objects {
		name := n.Parts[len(n.Parts)-1]
		switch {
		case st.AllInSchema:
			sc := cat.Schema(s.Env.Database, name)
			if sc == nil {
				return nil, sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, name)
			}
			for o := range cat.All() {
				_, isSeq := o.(*catalog.Sequence)
				_, isRel := o.(catalog.Relation)
				if r, ok := o.(*catalog.Routine); ok && st.Object == "function" && r.Schema == sc.OID && (st.Routines == "routines" || r.Procedure == (st.Routines == "procedures")) {
					out = append(out, r)
				}
				if o.Parent() == sc.OID && isRel && st.Object != "function" && isSeq == (st.Object == "sequence") {
					out = append(out, o)
				}
			}
		case st.Object == "schema":
			sc := cat.Schema(s.Env.Database, name)
			if sc == nil {
				return nil, sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, name)
			}
			out = append(out, sc)
		case st.Object == "type", st.Object == "domain":
			u, err := s.grantedType(n, st)
			if err != nil {
				return nil, err
			}
			out = append(out, u)
		case st.Object == "foreign data wrapper":
			w := cat.ForeignDataWrapper(s.Env.Database, name)
			if w == nil {
				return nil, absentWrapper(name)
			}
			out = append(out, w)
		case st.Object == "foreign server":
			v := cat.ForeignServer(s.Env.Database, name)
			if v == nil {
				return nil, absentServer(name)
			}
			out = append(out, v)
		case st.Object == "database":
			db := cat.Database(name)
			if db == nil {
				return nil, sqlerr.New(sqlerr.InvalidCatalogName, `database "%s" does not exist`, name)
			}
			out = append(out, db)
		default:
			schema := ""
			if len(n.Parts) > 1 {
				schema = n.Parts[len(n.Parts)-2]
			}
			r := s.Env.ResolveRelation(schema, name)
			if r == nil {
				return nil, sqlerr.New(sqlerr.UndefinedTable, `relation "%s" does not exist`, strings.Join(n.Parts, "."))
			}
			if _, virtual := r.(*catalog.Virtual); virtual {
				return nil, sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for view %s", name)
			}
			out = append(out, r)
		}
	}
	return out, nil
}

// grantRole runs GRANT role TO role and its REVOKE.
func (s *Session) grantRole(ctx context.Context, st *ast.GrantRoleStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	for _, p := range st.Roles {
		parent := edit.Catalog().Role(p.Name)
		if parent == nil {
			return sqlerr.New(sqlerr.UndefinedObject, `role "%s" does not exist`, p.Name)
		}
		if !s.Role.Superuser && !s.Role.CreateRole && !s.Role.MemberOf[parent.OID] {
			return sqlerr.New(sqlerr.InsufficientPrivilege, `must have admin option on role "%s"`, parent.Name)
		}
		if err := s.mayJoin(parent); err != nil {
			return err
		}
		for _, g := range st.Grantees {
			role, err := s.roleOf(g)
			if err != nil {
				return err
			}
			for _, up := range edit.Catalog().Roles(parent.OID) {
				if up == role.OID && st.Grant {
					return sqlerr.New(sqlerr.InvalidGrantOperation, `role "%s" is a member of role "%s"`, parent.Name, role.Name)
				}
			}
			switch _, is := role.MemberOf[parent.OID]; {
			case is && st.Grant && (!st.AdminOption || role.MemberOf[parent.OID]):
				s.notice(sqlerr.SuccessfulCompletion, `role "%s" is already a member of role "%s"`, role.Name, parent.Name)
				continue
			case !is && !st.Grant:
				s.notices = append(s.notices, sqlerr.Notice(sqlerr.SeverityWarning, sqlerr.Warning, `role "%s" is not a member of role "%s"`, role.Name, parent.Name))
				continue
			}
			changed := *role
			if st.Grant {
				changed.MemberOf = withMember(role.MemberOf, parent.OID, st.AdminOption)
			} else {
				changed.MemberOf = maps.Clone(role.MemberOf)
				if st.AdminOption {
					changed.MemberOf[parent.OID] = false
				} else {
					delete(changed.MemberOf, parent.OID)
				}
			}
			s.Tx.PutObject(&changed)
		}
	}
	return nil
}

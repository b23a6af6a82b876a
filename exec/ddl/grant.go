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
	"table":      catalog.PrivAllTable,
	"sequence":   catalog.PrivUsage | catalog.PrivSelect | catalog.PrivUpdate,
	"schema":     catalog.PrivUsage | catalog.PrivCreate,
	"function":   catalog.PrivExecute,
	"database":   catalog.PrivCreate | catalog.PrivConnect | catalog.PrivTemporary,
	"type":       catalog.PrivUsage,
	"language":   catalog.PrivUsage,
	"tablespace": catalog.PrivCreate,
	"domain":     catalog.PrivUsage,

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
	if err := s.ownGrant(st.GrantedBy); err != nil {
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
		if err := s.grantOn(edit.Catalog(), o, privileges, grantees, st); err != nil {
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
func (s *Session) grantOn(cat *catalog.Catalog, o catalog.Object, privileges catalog.Privileges, grantees []catalog.OID, st *ast.GrantStmt) error {
	owner, acl, word := ownership(o)
	if _, ok := o.(*catalog.ForeignServer); ok {
		word = "foreign server"
	}
	all, public := catalog.ObjectPrivileges(o)
	if acl == nil {
		acl = catalog.ObjectACL(owner, all, public)
	}
	if st.Privileges == nil {
		privileges = all
	}
	if extra := privileges &^ all; extra != 0 && st.Object == "table" {
		if word != "sequence" {
			return sqlerr.New(sqlerr.InvalidGrantOperation, "invalid privilege type USAGE for table")
		}
		s.notices = append(s.notices, sqlerr.Notice(sqlerr.SeverityWarning, sqlerr.InvalidGrantOperation, `sequence "%s" only supports USAGE, SELECT, and UPDATE privileges`, o.ObjectName()))
		privileges &= all
	}
	was := acl
	if privileges != 0 {
		ch := catalog.ACLChange{Grant: st.Grant, GrantOption: st.GrantOption, Cascade: st.Cascade, Owner: owner}
		ch.Grantor, ch.Privileges = cat.Grantor(s.Role.OID, owner, acl, privileges)
		if ch.Privileges == 0 && !cat.AnyGranted(ch.Grantor, owner, acl, all) {
			return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for %s %s", word, o.ObjectName())
		}
		s.warnOfGrant(ch.Privileges, privileges, st.Privileges == nil, st.Grant, `"`+o.ObjectName()+`"`)
		changed, err := cat.Changed(acl, grantees, ch)
		if err != nil {
			return err
		}
		o = withACL(o, changed)
	}
	o, err := s.grantColumns(cat, o, was, privileges, grantees, st)
	if err == nil {
		s.Tx.PutObject(o)
	}
	return err
}

// warnOfGrant warns that not all privileges are among those that may be given or taken.
func (s *Session) warnOfGrant(may, privileges catalog.Privileges, all, grant bool, what string) {
	code, none, some := sqlerr.Code("01007"), `no privileges were granted for %s`, `not all privileges were granted for %s`
	if !grant {
		code, none, some = "01006", `no privileges could be revoked for %s`, `not all privileges could be revoked for %s`
	}
	switch {
	case may == 0:
		s.notices = append(s.notices, sqlerr.Notice(sqlerr.SeverityWarning, code, none, what))
	case may != privileges && !all:
		s.notices = append(s.notices, sqlerr.Notice(sqlerr.SeverityWarning, code, some, what))
	}
}

// ownGrant demands that GRANTED BY names the current role.
func (s *Session) ownGrant(by *ast.RoleSpec) error {
	if by == nil {
		return nil
	}
	if role, err := s.roleOf(by); err != nil || role.OID == s.Role.OID {
		return err
	}
	return sqlerr.New(sqlerr.FeatureNotSupported, "grantor must be current user")
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
	case *catalog.Tablespace:
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
		case st.Object == "tablespace":
			t, err := grantedTablespace(cat, name)
			if err != nil {
				return nil, err
			}
			out = append(out, t)
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
	grantor := s.Role
	if st.GrantedBy != nil {
		if grantor, err = s.roleOf(st.GrantedBy); err != nil {
			return err
		}
	}
	for _, p := range st.Roles {
		if len(p.Columns) > 0 {
			return sqlerr.New(sqlerr.InvalidGrantOperation, "column names cannot be included in GRANT/REVOKE ROLE")
		}
		parent := edit.Catalog().Role(p.Name)
		if parent == nil {
			return sqlerr.New(sqlerr.UndefinedObject, `role "%s" does not exist`, p.Name)
		}
		if !s.Role.CreateRole && !edit.Catalog().AdminOf(grantor.OID, parent.OID) {
			return sqlerr.New(sqlerr.InsufficientPrivilege, `must have admin option on role "%s"`, parent.Name)
		}
		if err := s.mayJoin(parent); err != nil {
			return err
		}
		if grantor.OID != s.Role.OID && st.Grant && !s.Role.Superuser {
			return sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser to set grantor")
		}
		for _, g := range st.Grantees {
			role, err := s.roleOf(g)
			if err != nil {
				return err
			}
			if role.OID == catalog.RoleDatabaseOwner && st.Grant {
				return sqlerr.New(sqlerr.InternalError, `role "%s" cannot be a member of any role`, role.Name)
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
			switch {
			case st.Grant:
				join(&changed, parent.OID, st.AdminOption, grantor.OID)
			case st.AdminOption:
				changed.MemberOf = maps.Clone(role.MemberOf)
				changed.MemberOf[parent.OID] = false
			default:
				leave(&changed, parent.OID)
			}
			s.Tx.PutObject(&changed)
		}
	}
	return nil
}

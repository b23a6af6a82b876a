package ddl

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// roleOf finds the role a RoleSpec names.
func (s *Session) roleOf(r *ast.RoleSpec) (*catalog.Role, error) {
	if r.Keyword {
		switch r.Name {
		case "current_user", "current_role", "session_user", "user":
			return s.Role, nil
		}
		return nil, sqlerr.New(sqlerr.ReservedName, `role name "%s" is reserved`, r.Name).At(r.Pos())
	}
	role := s.Tx.Catalog().Role(r.Name)
	if role == nil {
		return nil, sqlerr.New(sqlerr.UndefinedObject, `role "%s" does not exist`, r.Name)
	}
	return role, nil
}

// createRole runs CREATE ROLE and CREATE USER.
func (s *Session) createRole(ctx context.Context, st *ast.CreateRoleStmt) error {
	if !s.Role.Superuser && !s.Role.CreateRole {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied to create role")
	}
	if st.Name == "public" || st.Name == "none" {
		return sqlerr.New(sqlerr.ReservedName, `role name "%s" is reserved`, st.Name)
	}
	if err := notReserved(st.Name); err != nil {
		return err
	}
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	if edit.Catalog().Role(st.Name) != nil {
		if st.IfNotExists {
			s.notice(sqlerr.DuplicateObject, `role "%s" already exists, skipping`, st.Name)
			return nil
		}
		return sqlerr.New(sqlerr.DuplicateObject, `role "%s" already exists`, st.Name)
	}
	role := &catalog.Role{OID: edit.NewOID(), Name: st.Name, Inherit: true, ConnLimit: -1, Login: st.StmtType == "user"}
	if err := s.roleOptions(role, st.Options, true); err != nil {
		return err
	}
	s.Tx.PutObject(role)
	return nil
}

// notReserved refuses the names of roles that are the server's own.
func notReserved(name string) error {
	if strings.HasPrefix(name, "pg_") {
		return sqlerr.New(sqlerr.ReservedName, `role name "%s" is reserved`, name).WithDetail(`Role names starting with "pg_" are reserved.`)
	}
	return nil
}

// alterable refuses to change a predefined role.
func alterable(role *catalog.Role) error {
	if role.Predefined() {
		return sqlerr.New(sqlerr.ReservedName, `role name "%s" is reserved`, role.Name).WithDetail("Cannot alter reserved roles.")
	}
	return nil
}

// superuserOptions are what superusers alone may give a role, when it is made and later, in
// the words of errors.
var superuserOptions = map[bool]map[string]string{
	true: {"superuser": "create superusers", "replication": "create replication users", "isreplication": "create replication users", "bypassrls": "create bypassrls users"},
	false: {"superuser": "alter superuser roles or change superuser attribute", "replication": "alter replication roles or change replication attribute",
		"isreplication": "alter replication roles or change replication attribute", "bypassrls": "change bypassrls attribute"},
}

// mayJoin says whether the role may make others members of a role.
func (s *Session) mayJoin(parent *catalog.Role) error {
	switch {
	case parent.OID == catalog.RoleDatabaseOwner:
		return sqlerr.New(sqlerr.InternalError, `role "%s" cannot have explicit members`, parent.Name)
	case parent.Superuser && !s.Role.Superuser:
		return sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser to alter superusers")
	}
	return nil
}

// roleOptions applies the options of CREATE and ALTER ROLE.
func (s *Session) roleOptions(role *catalog.Role, options []*ast.DefElem, creating bool) error {
	for _, o := range options {
		on := o.Value == nil || optionText(o) != "false"
		switch o.Name {
		case "superuser", "replication", "isreplication", "bypassrls":
			if text := superuserOptions[creating][o.Name]; !s.Role.Superuser && (on || !creating) {
				return sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser to %s", text)
			}
			switch o.Name {
			case "superuser":
				role.Superuser = on
			case "bypassrls":
				role.BypassRLS = on
			default:
				role.Replication = on
			}
		case "inherit":
			role.Inherit = on
		case "createrole":
			role.CreateRole = on
		case "createdb":
			role.CreateDB = on
		case "canlogin", "login":
			role.Login = on
		case "impersonate":
			if !s.Role.Superuser {
				return sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser to change the IMPERSONATE attribute")
			}
			role.Impersonate = on
		case "connectionlimit":
			n, err := strconv.Atoi(optionText(o))
			if err != nil || n < -1 {
				return sqlerr.New(sqlerr.InvalidParameterValue, "invalid connection limit: %s", optionText(o))
			}
			role.ConnLimit = n
		case "validUntil", "validuntil":
			role.ValidUntil = optionText(o)
		case "password":
			if err := setPassword(role, o); err != nil {
				return err
			}
		case "addroleto":
			for _, name := range roleNames(o) {
				parent := s.Tx.Catalog().Role(name)
				if parent == nil {
					return sqlerr.New(sqlerr.UndefinedObject, `role "%s" does not exist`, name)
				}
				if err := s.mayJoin(parent); err != nil {
					return err
				}
				join(role, parent.OID, false, s.Role.OID)
			}
		case "rolemembers", "adminmembers":
			for _, name := range roleNames(o) {
				member := s.Tx.Catalog().Role(name)
				if name == role.Name {
					return sqlerr.New(sqlerr.InvalidGrantOperation, `role "%s" is a member of role "%s"`, name, name)
				}
				if member == nil {
					return sqlerr.New(sqlerr.UndefinedObject, `role "%s" does not exist`, name)
				}
				m := *member
				join(&m, role.OID, o.Name == "adminmembers", s.Role.OID)
				s.Tx.PutObject(&m)
			}
		case "sysid":
			s.notice(sqlerr.SuccessfulCompletion, "SYSID can no longer be specified")
		default:
			return sqlerr.New(sqlerr.SyntaxError, `unrecognized role option "%s"`, o.Name).At(o.Pos())
		}
	}
	return nil
}

// setPassword stores the SCRAM verifier of a password, or a verifier given as
// it is; NULL removes it.
func setPassword(role *catalog.Role, o *ast.DefElem) error {
	if c, ok := o.Value.(*ast.Const); !ok || c.Kind == ast.ConstNull {
		role.Password = ""
		return nil
	}
	verifier, err := catalog.PasswordVerifier(optionText(o))
	if err != nil {
		return sqlerr.From(err)
	}
	role.Password = verifier
	return nil
}

func roleNames(o *ast.DefElem) []string {
	switch v := o.Value.(type) {
	case *ast.Name:
		return v.Parts
	case *ast.Const:
		return []string{v.Text}
	}
	return nil
}

// join makes a role, in place, a member of another, as somebody grants it.
func join(role *catalog.Role, of catalog.OID, admin bool, grantor catalog.OID) {
	role.MemberOf, role.Grantors = maps.Clone(role.MemberOf), maps.Clone(role.Grantors)
	if role.MemberOf == nil {
		role.MemberOf = map[catalog.OID]bool{}
	}
	role.MemberOf[of] = role.MemberOf[of] || admin
	delete(role.Grantors, of)
	if grantor != catalog.RolePostgres {
		if role.Grantors == nil {
			role.Grantors = map[catalog.OID]catalog.OID{}
		}
		role.Grantors[of] = grantor
	}
}

// leave ends a membership, in place.
func leave(role *catalog.Role, of catalog.OID) {
	role.MemberOf, role.Grantors = maps.Clone(role.MemberOf), maps.Clone(role.Grantors)
	delete(role.MemberOf, of)
	delete(role.Grantors, of)
}

// alterRole runs ALTER ROLE. Everyone may change their own password.
func (s *Session) alterRole(ctx context.Context, st *ast.AlterRoleStmt) error {
	old, err := s.roleOf(st.Role)
	if err != nil {
		return err
	}
	if err := alterable(old); err != nil {
		return err
	}
	ownPassword := old.OID == s.Role.OID && len(st.Options) == 1 && st.Options[0].Name == "password"
	switch {
	case s.Role.Superuser, ownPassword:
	case old.Superuser:
		return sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser to alter superuser roles or change superuser attribute")
	case !s.Role.CreateRole:
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied")
	}
	if _, err := s.Tx.Edit(ctx); err != nil {
		return err
	}
	role := *old
	if err := s.roleOptions(&role, st.Options, false); err != nil {
		return err
	}
	s.Tx.PutObject(&role)
	return nil
}

// renameRole runs ALTER ROLE ... RENAME TO. A role's slice of user tables is that of its
// name.
func (s *Session) renameRole(edit *catalog.Editor, st *ast.RenameStmt) error {
	name := st.Name.Parts[0]
	old := edit.Catalog().Role(name)
	switch {
	case old == nil:
		return sqlerr.New(sqlerr.UndefinedObject, `role "%s" does not exist`, name)
	case old.Name == s.SessionUser:
		return sqlerr.New(sqlerr.FeatureNotSupported, "session user cannot be renamed")
	case old.OID == s.Role.OID:
		return sqlerr.New(sqlerr.FeatureNotSupported, "current user cannot be renamed")
	case old.OID == catalog.RoleKalamUser || st.NewName == "public" || st.NewName == "none":
		reserved := st.NewName
		if old.OID == catalog.RoleKalamUser {
			reserved = old.Name
		}
		return sqlerr.New(sqlerr.ReservedName, `role name "%s" is reserved`, reserved)
	case edit.Catalog().Role(st.NewName) != nil:
		return sqlerr.New(sqlerr.DuplicateObject, `role "%s" already exists`, st.NewName)
	case old.Superuser && !s.Role.Superuser:
		return sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser to rename superusers")
	case !s.Role.Superuser && !s.Role.CreateRole:
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied to rename role")
	}
	if err := notReserved(old.Name); err != nil {
		return err
	}
	if err := notReserved(st.NewName); err != nil {
		return err
	}
	role := *old
	role.Name = st.NewName
	s.Tx.PutObject(&role)
	return nil
}

// dropRole runs DROP ROLE.
func (s *Session) dropRole(ctx context.Context, st *ast.DropRoleStmt) error {
	if !s.Role.Superuser && !s.Role.CreateRole {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied to drop role")
	}
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	for _, r := range st.Roles {
		role := edit.Catalog().Role(r.Name)
		if role == nil {
			if st.IfExists {
				s.notice(sqlerr.SuccessfulCompletion, `role "%s" does not exist, skipping`, r.Name)
				continue
			}
			return sqlerr.New(sqlerr.UndefinedObject, `role "%s" does not exist`, r.Name)
		}
		if role.OID == s.Role.OID {
			return sqlerr.New(sqlerr.ObjectInUse, "current user cannot be dropped")
		}
		if role.OID == catalog.RolePostgres || role.OID == catalog.RoleKalamUser || role.Predefined() {
			return sqlerr.New(sqlerr.DependentObjectsStillExist, "cannot drop role %s because it is required by the database system", role.Name)
		}
		if role.Superuser && !s.Role.Superuser {
			return sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser to drop superusers")
		}
		if err := s.noDependents(ctx, edit.Catalog(), role); err != nil {
			return err
		}
		for o := range edit.Catalog().All() {
			if member, ok := o.(*catalog.Role); ok {
				if _, is := member.MemberOf[role.OID]; is {
					m := *member
					leave(&m, role.OID)
					s.Tx.PutObject(&m)
				}
			}
		}
		s.forgetSettings(role.OID)
		s.Tx.DropObject(role.OID)
	}
	return nil
}

// noDependents refuses to drop a role that owns things or has been granted
// some.
func (s *Session) noDependents(ctx context.Context, cat *catalog.Catalog, role *catalog.Role) error {
	var lines []string
	objects := slices.SortedFunc(cat.All(), func(a, b catalog.Object) int { return cmp.Compare(a.ObjectOID(), b.ObjectOID()) })
	for _, o := range objects {
		if sc, ok := o.(*catalog.Schema); ok && strings.HasPrefix(sc.Name, "pg_temp_") {
			continue // it is its session's
		}
		if t, ok := o.(*catalog.Table); ok {
			for _, p := range t.Policies {
				if slices.Contains(p.Roles, role.OID) {
					lines = append(lines, "target of policy "+p.Name+" on table "+t.Name)
				}
			}
		}
		if d, ok := o.(*catalog.DefaultACL); ok {
			if line := s.defaultsOf(d, role); line != "" {
				lines = append(lines, line)
			}
		}
		owner, acl, word := ownership(o)
		switch {
		case word == "":
		case owner == role.OID:
			what := word + " " + o.ObjectName()
			if d, ok := o.(catalog.Defined); ok {
				what = s.shownDefined(d)
			}
			lines = append(lines, "owner of "+what)
		case acl.Mentions(role.OID):
			lines = append(lines, "privileges for "+word+" "+o.ObjectName())
		}
		for _, c := range relationColumns(o) {
			if owner != role.OID && c.ACL.Mentions(role.OID) {
				lines = append(lines, "privileges for column "+c.Name+" of "+word+" "+o.ObjectName())
			}
		}
	}
	more, err := s.largeObjectsOf(ctx, role)
	if lines = append(lines, more...); lines == nil || err != nil {
		return err
	}
	return sqlerr.New(sqlerr.DependentObjectsStillExist, `role "%s" cannot be dropped because some objects depend on it`, role.Name).WithDetail("%s", strings.Join(lines, "\n"))
}

// ownership gives an object's owner, its list and the word for its kind.
func ownership(o catalog.Object) (catalog.OID, catalog.ACL, string) {
	switch o := o.(type) {
	case catalog.Defined:
		h := o.Head()
		return h.Owner, h.ACL, classWord(o)
	case *catalog.Table:
		return o.Owner, o.ACL, o.Word()
	case *catalog.View:
		return o.Owner, o.ACL, "view"
	case *catalog.Sequence:
		return o.Owner, o.ACL, "sequence"
	case *catalog.Schema:
		return o.Owner, o.ACL, "schema"
	case *catalog.Database:
		return o.Owner, o.Grants(), "database"
	case *catalog.UserType:
		return o.Owner, o.Grants(), "type"
	case *catalog.Extension:
		return o.Owner, nil, "extension"
	case *catalog.Operator:
		return o.Owner, nil, "operator"
	case *catalog.Language:
		return catalog.RolePostgres, o.ACL, "language"
	case *catalog.Tablespace:
		return catalog.RolePostgres, o.ACL, "tablespace"
	case *catalog.Routine:
		return o.Owner, o.Grants(), "function"
	}
	return 0, nil, ""
}

package ddl

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// mappingRole is the role of a user mapping; 0 is PUBLIC.
func (s *Session) mappingRole(r *ast.RoleSpec) (catalog.OID, string, error) {
	if r.Name == "public" && !r.Keyword {
		return catalog.RolePublic, "public", nil
	}
	role, err := s.roleOf(r)
	if err != nil {
		return 0, "", err
	}
	return role.OID, role.Name, nil
}

// mayMap demands the right to map a role on a server: the server's owner may map all, and
// who may use it himself.
func (s *Session) mayMap(v *catalog.ForeignServer, user catalog.OID) error {
	switch {
	case s.Tx.Catalog().OwnedBy(s.Role.OID, v.Owner):
		return nil
	case user == s.Role.OID:
		return s.mayUseServer(v)
	}
	return sqlerr.New(sqlerr.InsufficientPrivilege, "must be owner of foreign server %s", v.Name)
}

// userMapping runs CREATE, ALTER and DROP USER MAPPING.
func (s *Session) userMapping(ctx context.Context, st *ast.UserMappingStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	user, name, err := s.mappingRole(st.User)
	if err != nil {
		if e := sqlerr.From(err); st.IfExists && e.Code == sqlerr.UndefinedObject {
			s.notice(sqlerr.SuccessfulCompletion, "%s, skipping", e.Message)
			return nil
		}
		return err
	}
	v := edit.Catalog().ForeignServer(s.Env.Database, st.Server)
	if v == nil {
		if st.IfExists {
			s.notice(sqlerr.SuccessfulCompletion, `server "%s" does not exist, skipping`, st.Server)
			return nil
		}
		return absentServer(st.Server)
	}
	old := edit.Catalog().UserMapping(v, user)
	if st.Command == "create" {
		return s.createMapping(edit, v, user, name, old, st)
	}
	if old == nil {
		if st.IfExists {
			s.notice(sqlerr.SuccessfulCompletion, `user mapping for "%s" does not exist for server "%s", skipping`, name, v.Name)
			return nil
		}
		return sqlerr.New(sqlerr.UndefinedObject, `user mapping for "%s" does not exist for server "%s"`, name, v.Name)
	}
	if err := s.mayMap(v, user); err != nil {
		return err
	}
	if st.Command == "drop" {
		s.Tx.DropObject(old.OID)
		return nil
	}
	m := old.Copy().(*catalog.UserMapping)
	if m.Options, err = s.foreignOptions(m.Options, st.Options, optionsOfMapping, edit.Catalog().WrapperOf(v).Validator); err != nil {
		return err
	}
	s.Tx.PutObject(m)
	return nil
}

func (s *Session) createMapping(edit *catalog.Editor, v *catalog.ForeignServer, user catalog.OID, name string, old *catalog.UserMapping, st *ast.UserMappingStmt) (err error) {
	if err := s.mayMap(v, user); err != nil {
		return err
	}
	if old != nil {
		if st.IfNotExists {
			s.notice(sqlerr.DuplicateObject, `user mapping for "%s" already exists for server "%s", skipping`, name, v.Name)
			return nil
		}
		return sqlerr.New(sqlerr.DuplicateObject, `user mapping for "%s" already exists for server "%s"`, name, v.Name)
	}
	m := &catalog.UserMapping{Definition: catalog.Definition{Name: catalog.MappingName(v.OID, user), Within: v.Within}, Server: v.OID, User: user}
	if m.Options, err = s.foreignOptions(nil, st.Options, optionsOfMapping, edit.Catalog().WrapperOf(v).Validator); err != nil {
		return err
	}
	s.define(edit, m)
	if m.Owner = user; user == catalog.RolePublic {
		m.Owner = catalog.RolePostgres
	}
	s.Tx.PutObject(m)
	return nil
}

// shownMapping is what messages call a user mapping.
func (s *Session) shownMapping(m *catalog.UserMapping) string {
	return "user mapping for " + catalog.MappedName(s.Tx.Catalog(), m) + " on server " + s.Tx.Catalog().ForeignServerByOID(m.Server).Name
}

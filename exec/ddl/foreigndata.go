package ddl

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// foreignWrapper runs CREATE and ALTER FOREIGN DATA WRAPPER.
func (s *Session) foreignWrapper(ctx context.Context, st *ast.CreateFdwStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	verb := "create"
	if st.Alter {
		verb = "alter"
	}
	if !s.Role.Superuser {
		return sqlerr.New(sqlerr.InsufficientPrivilege, `permission denied to %s foreign-data wrapper "%s"`, verb, st.Name).
			WithHint("Must be superuser to %s a foreign-data wrapper.", verb)
	}
	old := edit.Catalog().ForeignDataWrapper(s.Env.Database, st.Name)
	switch {
	case st.Alter && old == nil:
		return absentWrapper(st.Name)
	case !st.Alter && old != nil:
		return sqlerr.New(sqlerr.DuplicateObject, `foreign-data wrapper "%s" already exists`, st.Name)
	}
	w := &catalog.ForeignDataWrapper{Definition: catalog.Definition{Name: st.Name, Within: s.Env.Database}}
	if st.Alter {
		w = old.Copy().(*catalog.ForeignDataWrapper)
	}
	given, err := s.wrapperFunctions(w, st.Functions)
	if err != nil {
		return err
	}
	if st.Alter && given["handler"] {
		s.warn("changing the foreign-data wrapper handler can change behavior of existing foreign tables")
	}
	if st.Alter && given["validator"] && w.Validator != 0 {
		s.warn("changing the foreign-data wrapper validator can cause the options for dependent objects to become invalid")
	}
	if !st.Alter || st.Options != nil {
		if w.Options, err = s.foreignOptions(w.Options, st.Options, optionsOfWrapper, w.Validator); err != nil {
			return err
		}
	}
	if st.Alter {
		s.Tx.PutObject(w)
	} else {
		s.define(edit, w)
	}
	return nil
}

// warn adds a WARNING.
func (s *Session) warn(format string, args ...any) {
	s.notices = append(s.notices, sqlerr.Notice(sqlerr.SeverityWarning, sqlerr.Warning, format, args...))
}

// wrapperFunctions reads HANDLER and VALIDATOR, and says which were given.
func (s *Session) wrapperFunctions(w *catalog.ForeignDataWrapper, list []*ast.DefElem) (given map[string]bool, err error) {
	given = map[string]bool{}
	for _, f := range list {
		if given[f.Name] {
			return nil, sqlerr.New(sqlerr.SyntaxError, "conflicting or redundant options").At(f.Pos())
		}
		given[f.Name] = true
	}
	for _, f := range list {
		to, args := &w.Handler, []*types.Type(nil)
		if f.Name == "validator" {
			to, args = &w.Validator, []*types.Type{types.Text.Array, types.Oid}
		}
		name, ok := f.Value.(*ast.Name)
		if !ok {
			*to = 0
			continue
		}
		found, err := s.exactFunction(name.Parts, args)
		if err != nil {
			return nil, err
		}
		if f.Name == "handler" && found.result.OID != fdwHandler {
			return nil, sqlerr.New(sqlerr.WrongObjectType, "function %s must return type %s", name.Parts[len(name.Parts)-1], "fdw_handler")
		}
		*to = found.oid
	}
	return given, nil
}

// fdwHandler is the OID of the type that handlers return.
const fdwHandler = 3115

func absentWrapper(name string) error {
	return sqlerr.New(sqlerr.UndefinedObject, `foreign-data wrapper "%s" does not exist`, name)
}

func absentServer(name string) error {
	return sqlerr.New(sqlerr.UndefinedObject, `server "%s" does not exist`, name)
}

// mayUseWrapper demands that a role may make servers of a wrapper.
func (s *Session) mayUseWrapper(w *catalog.ForeignDataWrapper, role *catalog.Role) error {
	if w != nil && !s.Tx.Catalog().Allowed(role.OID, w.Owner, w.ACL, catalog.PrivUsage) {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for foreign-data wrapper %s", w.Name)
	}
	return nil
}

// mayUseServer demands that the role may use a server.
func (s *Session) mayUseServer(v *catalog.ForeignServer) error {
	if !s.Tx.Catalog().Allowed(s.Role.OID, v.Owner, v.ACL, catalog.PrivUsage) {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for foreign server %s", v.Name)
	}
	return nil
}

// foreignServer runs CREATE and ALTER SERVER.
func (s *Session) foreignServer(ctx context.Context, st *ast.CreateServerStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	old := edit.Catalog().ForeignServer(s.Env.Database, st.Name)
	if st.Alter {
		return s.alterServer(old, st)
	}
	if old != nil {
		if st.IfNotExists {
			s.notice(sqlerr.DuplicateObject, `server "%s" already exists, skipping`, st.Name)
			return nil
		}
		return sqlerr.New(sqlerr.DuplicateObject, `server "%s" already exists`, st.Name)
	}
	w := edit.Catalog().ForeignDataWrapper(s.Env.Database, st.Wrapper)
	if w == nil {
		return absentWrapper(st.Wrapper)
	}
	if err := s.mayUseWrapper(w, s.Role); err != nil {
		return err
	}
	v := &catalog.ForeignServer{Definition: catalog.Definition{Name: st.Name, Within: s.Env.Database}, Wrapper: w.OID, Type: st.Type, Version: st.Version}
	if v.Options, err = s.foreignOptions(nil, st.Options, optionsOfServer, w.Validator); err != nil {
		return err
	}
	s.define(edit, v)
	return nil
}

func (s *Session) alterServer(old *catalog.ForeignServer, st *ast.CreateServerStmt) (err error) {
	if old == nil {
		return absentServer(st.Name)
	}
	if err := s.owner(old.Owner, "foreign server", old.Name); err != nil {
		return err
	}
	v := old.Copy().(*catalog.ForeignServer)
	if st.Versioned {
		v.Version = st.Version
	}
	if st.Options != nil {
		if v.Options, err = s.foreignOptions(v.Options, st.Options, optionsOfServer, s.Tx.Catalog().WrapperOf(v).Validator); err != nil {
			return err
		}
	}
	s.Tx.PutObject(v)
	return nil
}

// importForeignSchema runs IMPORT FOREIGN SCHEMA, which a wrapper's handler would have to do.
func (s *Session) importForeignSchema(st *ast.ImportForeignSchemaStmt) error {
	cat := s.Tx.Catalog()
	v := cat.ForeignServer(s.Env.Database, st.Server)
	if v == nil {
		return absentServer(st.Server)
	}
	if err := s.mayUseServer(v); err != nil {
		return err
	}
	to, err := s.Env.CreationSchema(st.Local, -1)
	if err != nil {
		return err
	}
	if err := s.mayCreate(to); err != nil {
		return err
	}
	return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `foreign-data wrapper "%s" has no handler`, cat.WrapperOf(v).Name)
}

// onWrapper lists what depends on a wrapper: its servers.
func (s *Session) onWrapper(ctx context.Context, edit *catalog.Editor, w *catalog.ForeignDataWrapper) (list []dependent) {
	for _, v := range allDefined[*catalog.ForeignServer](s) {
		if v.Wrapper == w.OID {
			list = append(list, s.whole(ctx, edit, v, s.shownDefined(w)))
		}
	}
	return list
}

// onServer lists what depends on a server: user mappings and foreign tables.
func (s *Session) onServer(ctx context.Context, edit *catalog.Editor, v *catalog.ForeignServer) (list []dependent) {
	on := s.shownDefined(v)
	for _, m := range allDefined[*catalog.UserMapping](s) {
		if m.Server == v.OID {
			list = append(list, s.whole(ctx, edit, m, on))
		}
	}
	for _, t := range s.foreignTables(v.OID) {
		list = append(list, s.whole(ctx, edit, t, on))
	}
	return list
}

// wrappersCalling lists the wrappers that a function is the handler or the validator of.
func (s *Session) wrappersCalling(ctx context.Context, edit *catalog.Editor, f catalog.OID, on string) (list []dependent) {
	for _, w := range allDefined[*catalog.ForeignDataWrapper](s) {
		if w.Handler == f || w.Validator == f {
			list = append(list, s.whole(ctx, edit, w, on))
		}
	}
	return list
}

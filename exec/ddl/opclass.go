package ddl

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// createOpClass runs CREATE OPERATOR CLASS.
func (s *Session) createOpClass(ctx context.Context, st *ast.CreateOpClassStmt) error {
	v := rangeVar(st.Name, st.Name.Parts)
	schema, _, err := s.creationSchema(ctx, v, ast.Permanent)
	if err != nil {
		return unlocated(err)
	}
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	method := catalog.AccessMethodNamed(st.Method)
	if method == nil {
		return sqlerr.New(sqlerr.UndefinedObject, `access method "%s" does not exist`, st.Method)
	}
	if !s.Role.Superuser {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser to create an operator class")
	}
	input, _, err := s.Env.TypeName(st.Type)
	if err != nil {
		return unlocated(err)
	}
	c := &catalog.UserClass{Definition: catalog.Definition{Name: v.Name, Within: schema.OID}, Method: method.OID, Input: catalog.TypeRef{Type: input}, Default: st.Default}
	var made *catalog.OperatorFamily
	if c.Family, made, err = s.familyOf(st, method, schema); err != nil {
		return err
	}
	b := &memberBuilder{s: s, edit: edit, method: method, input: input, into: &c.FamilyMembers}
	for _, item := range st.Items {
		if item.Kind != "storage" {
			if err := b.add(&item); err != nil {
				return err
			}
			continue
		}
		if c.Key != 0 {
			return sqlerr.New(sqlerr.InvalidObjectDefinition, "storage type specified more than once")
		}
		key, _, err := s.Env.TypeName(item.Type)
		if err != nil {
			return unlocated(err)
		}
		c.Key = key.OID
	}
	if c.Key == input.OID {
		c.Key = 0
	} else if c.Key != 0 && (method.Stored || method.Name == "brin") {
		return sqlerr.New(sqlerr.InvalidObjectDefinition, `storage type cannot be different from data type for access method "%s"`, method.Name)
	}
	if s.Tx.Catalog().Defined(catalog.ClassOperatorClass, schema.OID, catalog.DefinedKey(c.Name, method.Name)) != nil {
		return sqlerr.New(sqlerr.DuplicateObject, `operator class "%s" for access method "%s" already exists`, c.Name, method.Name)
	}
	if other := s.defaultClass(method, input); c.Default && other != "" {
		return sqlerr.New(sqlerr.DuplicateObject, `could not make operator class "%s" be default for type %s`, c.Name, input.Name).
			WithDetail(`Operator class "%s" already is the default.`, other)
	}
	if made != nil {
		s.define(edit, made)
		c.Family = made.OID
	}
	s.define(edit, c)
	return nil
}

// familyOf is the family of a new class: the one that is named, or of the class's own name,
// which is made if it is not there.
func (s *Session) familyOf(st *ast.CreateOpClassStmt, method *catalog.AccessMethod, schema *catalog.Schema) (catalog.OID, *catalog.OperatorFamily, error) {
	if st.Family != nil {
		name := st.Family.Parts[len(st.Family.Parts)-1]
		if oid := catalog.FamilyNamed(name, method.Name); oid != 0 && (len(st.Family.Parts) == 1 || st.Family.Parts[0] == "pg_catalog") {
			return oid, nil, nil
		}
		f, err := s.namedDefined("operator family", st.Family, method.Name)
		if err != nil {
			return 0, nil, err
		}
		return f.ObjectOID(), nil, nil
	}
	name := st.Name.Parts[len(st.Name.Parts)-1]
	if f := s.Tx.Catalog().Defined(catalog.ClassOperatorFamily, schema.OID, catalog.DefinedKey(name, method.Name)); f != nil {
		return f.ObjectOID(), nil, nil
	}
	return 0, &catalog.OperatorFamily{Definition: catalog.Definition{Name: name, Within: schema.OID}, Method: method.OID}, nil
}

// defaultClass is the name of the class that is the default for a type; empty if none is.
func (s *Session) defaultClass(method *catalog.AccessMethod, input *types.Type) string {
	if c := method.DefaultOperatorClass(input, s.Tx.Catalog().LibrariesOf(s.Env.Database)); c != nil && c.Input == input.OID {
		return c.Name
	}
	for _, c := range allDefined[*catalog.UserClass](s) {
		if c.Default && c.Method == method.OID && c.Input.OID == input.OID {
			return c.Name
		}
	}
	return ""
}

// opFamily runs CREATE and ALTER OPERATOR FAMILY.
func (s *Session) opFamily(ctx context.Context, st *ast.OpFamilyStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	method := catalog.AccessMethodNamed(st.Method)
	if !st.Alter {
		v := rangeVar(st.Name, st.Name.Parts)
		schema, _, err := s.creationSchema(ctx, v, ast.Permanent)
		if err != nil {
			return unlocated(err)
		}
		if method == nil {
			return sqlerr.New(sqlerr.UndefinedObject, `access method "%s" does not exist`, st.Method)
		}
		if !s.Role.Superuser {
			return sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser to create an operator family")
		}
		f := &catalog.OperatorFamily{Definition: catalog.Definition{Name: v.Name, Within: schema.OID}, Method: method.OID}
		if s.Tx.Catalog().Defined(catalog.ClassOperatorFamily, schema.OID, catalog.DefinedKey(v.Name, method.Name)) != nil {
			return sqlerr.New(sqlerr.DuplicateObject, `operator family "%s" for access method "%s" already exists`, v.Name, method.Name)
		}
		s.define(edit, f)
		return nil
	}
	if method == nil {
		return sqlerr.New(sqlerr.UndefinedObject, `access method "%s" does not exist`, st.Method)
	}
	o, err := s.namedDefined("operator family", st.Name, st.Method)
	if err != nil {
		return err
	}
	if !s.Role.Superuser {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser to alter an operator family")
	}
	f := o.Copy().(*catalog.OperatorFamily)
	if st.Drop {
		err = s.dropMembers(f, st.Items)
	} else {
		err = s.addMembers(edit, f, method, st.Items)
	}
	if err != nil {
		return err
	}
	s.Tx.PutObject(f)
	return nil
}

package ddl

import (
	"context"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// createConversion runs CREATE CONVERSION.
func (s *Session) createConversion(ctx context.Context, st *ast.CreateConversionStmt) error {
	v := rangeVar(st.Name, st.Name.Parts)
	schema, _, err := s.creationSchema(ctx, v, ast.Permanent)
	if err != nil {
		return unlocated(err)
	}
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	c := &catalog.Conversion{Definition: catalog.Definition{Name: v.Name, Within: schema.OID}, Default: st.Default}
	if c.From = types.EncodingNamed(st.From); c.From < 0 {
		return sqlerr.New(sqlerr.UndefinedObject, `source encoding "%s" does not exist`, st.From)
	}
	if c.To = types.EncodingNamed(st.To); c.To < 0 {
		return sqlerr.New(sqlerr.UndefinedObject, `destination encoding "%s" does not exist`, st.To)
	}
	if c.From == 0 || c.To == 0 {
		return sqlerr.New(sqlerr.InvalidObjectDefinition, `encoding conversion to or from "SQL_ASCII" is not supported`)
	}
	f, err := s.exactFunction(st.Function.Parts, []*types.Type{types.Int4, types.Int4, types.Cstring, types.Internal, types.Int4, types.Boolean})
	if err != nil {
		return unlocated(err)
	}
	if f.result != types.Int4 {
		return sqlerr.New(sqlerr.InvalidObjectDefinition, "encoding conversion function %s must return type %s", strings.Join(st.Function.Parts, "."), "integer")
	}
	c.Function = f.oid
	if s.Tx.Catalog().Defined(catalog.ClassConversion, schema.OID, c.Name) != nil {
		return sqlerr.New(sqlerr.DuplicateObject, `conversion "%s" already exists`, c.Name)
	}
	for _, other := range allDefined[*catalog.Conversion](s) {
		if c.Default && other.Default && other.Within == c.Within && other.From == c.From && other.To == c.To {
			return sqlerr.New(sqlerr.DuplicateObject, "default conversion for %s to %s already exists", types.EncodingName(c.From), types.EncodingName(c.To))
		}
	}
	s.define(edit, c)
	return nil
}

// createLanguage runs CREATE LANGUAGE. What is made is there to be seen: no function can be
// written in it.
func (s *Session) createLanguage(ctx context.Context, st *ast.CreatePLangStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	if st.Handler == nil {
		if languages[st.Name] != 0 {
			if st.Replace {
				return nil
			}
			return sqlerr.New(sqlerr.DuplicateObject, `extension "%s" already exists`, st.Name)
		}
		return sqlerr.New(sqlerr.FeatureNotSupported, `extension "%s" is not available`, st.Name).
			WithHint("The extension must first be installed on the system where PostgreSQL is running.")
	}
	if !s.Role.Superuser {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser to create custom procedural language")
	}
	l := &catalog.ProceduralLanguage{Definition: catalog.Definition{Name: st.Name, Within: s.Env.Database}, Trusted: st.Trusted}
	for _, part := range []struct {
		name *ast.Name
		args []*types.Type
		to   *catalog.OID
	}{{st.Handler, nil, &l.Handler}, {st.Inline, []*types.Type{types.Internal}, &l.Inline}, {st.Validator, []*types.Type{types.Oid}, &l.Validator}} {
		if part.name == nil {
			continue
		}
		f, err := s.exactFunction(part.name.Parts, part.args)
		if err != nil {
			return unlocated(err)
		}
		if part.to == &l.Handler && f.result != types.LanguageHandler {
			return sqlerr.New(sqlerr.WrongObjectType, "function %s must return type %s", strings.Join(part.name.Parts, "."), "language_handler")
		}
		*part.to = f.oid
	}
	if languages[st.Name] != 0 || s.taken(l, l.Within, l.Name) != nil {
		return sqlerr.New(sqlerr.DuplicateObject, `language "%s" already exists`, st.Name)
	}
	s.define(edit, l)
	return nil
}

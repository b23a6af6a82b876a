package ddl

import (
	"context"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// castTypes finds the types that a statement about a cast names.
func (s *Session) castTypes(ref *ast.CastRef) (source, target *types.Type, err error) {
	if source, _, err = s.Env.TypeName(ref.Source); err != nil {
		return nil, nil, unlocated(err)
	}
	if target, _, err = s.Env.TypeName(ref.Target); err != nil {
		return nil, nil, unlocated(err)
	}
	return source, target, nil
}

// ownsEither demands that the role owns one of two types.
func (s *Session) ownsEither(source, target *types.Type) error {
	for _, t := range []*types.Type{source, target} {
		owner := catalog.RolePostgres
		if u := s.Tx.Catalog().UserType(t.OID); u != nil {
			owner = u.Owner
		}
		if s.Tx.Catalog().OwnedBy(s.Role.OID, owner) {
			return nil
		}
	}
	return sqlerr.New(sqlerr.InsufficientPrivilege, "must be owner of type %s or type %s", source, target)
}

// createCast runs CREATE CAST.
func (s *Session) createCast(ctx context.Context, st *ast.CreateCastStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	source, target, err := s.castTypes(st.Cast)
	if err != nil {
		return err
	}
	for _, side := range []struct {
		what string
		t    *types.Type
	}{{"source", source}, {"target", target}} {
		if side.t.Kind == types.KindPseudo {
			return sqlerr.New(sqlerr.WrongObjectType, "%s data type %s is a pseudo-type", side.what, side.t)
		}
	}
	if err := s.ownsEither(source, target); err != nil {
		return err
	}
	for _, name := range []*ast.TypeName{st.Cast.Source, st.Cast.Target} {
		if _, _, err := s.usableType(s.Env, name); err != nil {
			return unlocated(err)
		}
	}
	for _, side := range []struct {
		what string
		t    *types.Type
	}{{"source", source}, {"target", target}} {
		if side.t.Kind == types.KindDomain {
			s.notices = append(s.notices, sqlerr.Notice(sqlerr.SeverityWarning, sqlerr.WrongObjectType, "cast will be ignored because the %s data type is a domain", side.what))
			break
		}
	}
	c := &catalog.Cast{Database: s.Env.Database, Source: catalog.TypeRef{Type: source}, Target: catalog.TypeRef{Type: target}, Method: st.Method, Context: st.Context}
	args := 0
	switch st.Method {
	case 'f':
		f, err := s.castFunction(st.Function, source, target)
		if err != nil {
			return err
		}
		c.Function, args = f.oid, len(f.args)
	case 'b':
		if err := s.binaryCompatible(source, target); err != nil {
			return err
		}
	}
	switch {
	case source.Same(target) && args < 2:
		return sqlerr.New(sqlerr.InvalidObjectDefinition, "source data type and target data type are the same")
	case source.Same(target):
		return sqlerr.Unsupported("a cast that fits values of a type to a length")
	case expr.BuiltinCast(source, target), edit.Catalog().Cast(s.Env.Database, source.OID, target.OID) != nil:
		return sqlerr.New(sqlerr.DuplicateObject, "cast from type %s to type %s already exists", source, target)
	}
	c.OID = edit.NewOID()
	s.Tx.PutObject(c)
	s.Env.Catalog = s.Tx.Catalog()
	return nil
}

// castFunction finds the function of a cast and demands that it fits.
func (s *Session) castFunction(ref *ast.FuncRef, source, target *types.Type) (*functionFound, error) {
	var listed []*types.Type
	for _, p := range ref.Params {
		if p.Mode == 'o' {
			continue
		}
		t, _, err := s.Env.TypeName(p.Type)
		if err != nil {
			return nil, unlocated(err)
		}
		listed = append(listed, t)
	}
	f, err := s.functionOf(ref, listed)
	if err != nil {
		return nil, err
	}
	wrong := func(text string, args ...any) error {
		return sqlerr.New(sqlerr.InvalidObjectDefinition, text, args...)
	}
	n, y := len(f.args), s.Env.Typing()
	switch {
	case n < 1 || n > 3:
		return nil, wrong("cast function must take one to three arguments")
	case !y.BinaryCoercible(source, f.args[0]):
		return nil, wrong("argument of cast function must match or be binary-coercible from source data type")
	case n > 1 && f.args[1] != types.Int4:
		return nil, wrong("second argument of cast function must be type %s", "integer")
	case n > 2 && f.args[2] != types.Boolean:
		return nil, wrong("third argument of cast function must be type %s", "boolean")
	case !y.BinaryCoercible(f.result, target):
		return nil, wrong("return data type of cast function must match or be binary-coercible to target data type")
	case !f.normal:
		return nil, wrong("cast function must be a normal function")
	case f.set:
		return nil, wrong("cast function must not return a set")
	}
	return f, nil
}

// binaryCompatible demands that values of one type are stored as those of another.
func (s *Session) binaryCompatible(source, target *types.Type) error {
	if !s.Role.Superuser {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser to create a cast WITHOUT FUNCTION")
	}
	wrong := func(text string) error { return sqlerr.New(sqlerr.InvalidObjectDefinition, "%s", text) }
	either := func(is func(*types.Type) bool) bool { return is(source) || is(target) }
	switch {
	case source.Len != target.Len || source.ByVal != target.ByVal || source.Align != target.Align:
		return wrong("source and target data types are not physically compatible")
	case either(func(t *types.Type) bool { return t.Kind == types.KindComposite }):
		return wrong("composite data types are not binary-compatible")
	case either(func(t *types.Type) bool { return t.Kind == types.KindEnum }):
		return wrong("enum data types are not binary-compatible")
	case either(func(t *types.Type) bool { return t.IsArray() }):
		return wrong("array data types are not binary-compatible")
	case either(func(t *types.Type) bool { return t.Kind == types.KindDomain }):
		return wrong("domain data types must not be marked binary-compatible")
	case !source.Same(target) && !types.SameRepresentation(source, target):
		return sqlerr.Unsupported("a cast WITHOUT FUNCTION from %s to %s", source, target)
	}
	return nil
}

// namedCast finds a cast that a user made, and demands that the role owns one of its types;
// nil if there is no such cast. Of a built-in one, forbidden is the error.
func (s *Session) namedCast(ref *ast.CastRef, forbidden func(what string) error) (c *catalog.Cast, source, target *types.Type, err error) {
	if source, target, err = s.castTypes(ref); err != nil {
		return nil, nil, nil, err
	}
	c = s.Tx.Catalog().Cast(s.Env.Database, source.OID, target.OID)
	switch {
	case c != nil:
		err = s.ownsEither(source, target)
	case expr.BuiltinCast(source, target):
		err = forbidden("cast from " + source.String() + " to " + target.String())
	}
	return c, source, target, err
}

func absentCast(source, target *types.Type) error {
	return sqlerr.New(sqlerr.UndefinedObject, "cast from type %s to type %s does not exist", source, target)
}

// dropCast runs DROP CAST.
func (s *Session) dropCast(ctx context.Context, st *ast.DropCastStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	c, source, target, err := s.namedCast(st.Cast, func(what string) error {
		return sqlerr.New(sqlerr.DependentObjectsStillExist, "cannot drop %s because it is required by the database system", what)
	})
	if e := sqlerr.From(err); err != nil && st.IfExists && (e.Code == sqlerr.UndefinedObject || e.Code == sqlerr.InvalidSchemaName) {
		s.notice(sqlerr.SuccessfulCompletion, "%s, skipping", e.Message)
		return nil
	}
	switch {
	case err != nil:
		return err
	case c == nil && st.IfExists:
		s.notice(sqlerr.SuccessfulCompletion, "cast from type %s to type %s does not exist, skipping", writtenType(st.Cast.Source), writtenType(st.Cast.Target))
		return nil
	case c == nil:
		return absentCast(source, target)
	}
	if err := s.settle(c.What(), s.dependentsOf(ctx, edit, c), st.Cascade); err != nil {
		return err
	}
	s.Tx.DropObject(c.OID)
	return nil
}

// writtenType is a type's name as a statement has it.
func writtenType(n *ast.TypeName) string {
	return strings.Join(n.Names, ".") + strings.Repeat("[]", len(n.Bounds))
}

// commentCast runs COMMENT ON CAST.
func (s *Session) commentCast(st *ast.CommentStmt, text string) error {
	c, source, target, err := s.namedCast(st.Cast, func(what string) error { return sqlerr.Unsupported("COMMENT ON a built-in %s", what) })
	if err != nil {
		return err
	}
	if c == nil {
		return absentCast(source, target)
	}
	changed := *c
	changed.Comment = text
	s.Tx.PutObject(&changed)
	return nil
}

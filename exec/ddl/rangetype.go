package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// rangeParams are what CREATE TYPE AS RANGE says of a type.
type rangeParams map[string]*ast.TypeName

// readRangeParams reads them; each may be given once.
func readRangeParams(st *ast.CreateRangeStmt) (rangeParams, error) {
	given := rangeParams{}
	for _, d := range st.Params {
		switch d.Name {
		case "subtype", "subtype_opclass", "collation", "canonical", "subtype_diff", "multirange_type_name":
		default:
			return nil, sqlerr.New(sqlerr.SyntaxError, `type attribute "%s" not recognized`, d.Name)
		}
		if given[d.Name] != nil {
			return nil, sqlerr.New(sqlerr.SyntaxError, "conflicting or redundant options").At(d.Pos())
		}
		t, ok := d.Value.(*ast.TypeName)
		if !ok {
			return nil, sqlerr.New(sqlerr.SyntaxError, "%s requires a parameter", d.Name)
		}
		given[d.Name] = t
	}
	if given["subtype"] == nil {
		return nil, sqlerr.New(sqlerr.SyntaxError, `type attribute "subtype" is required`)
	}
	if given["canonical"] != nil {
		// It takes a range of the type, which has to exist for that as a shell.
		return nil, sqlerr.Unsupported("a canonical function of a range type")
	}
	return given, nil
}

// createRange runs CREATE TYPE AS RANGE: the type, its multirange type, and the
// functions that make their values.
func (s *Session) createRange(ctx context.Context, st *ast.CreateRangeStmt) error {
	t, edit, err := s.newType(ctx, st.Name, types.KindRange)
	if err != nil {
		return err
	}
	given, err := readRangeParams(st)
	if err != nil {
		return err
	}
	env := *s.Env
	env.Catalog = s.Tx.Catalog()
	sub, _, err := s.usableType(&env, given["subtype"])
	if err != nil {
		return unlocated(err)
	}
	if sub.Kind == types.KindPseudo {
		return sqlerr.New(sqlerr.DatatypeMismatch, "range subtype cannot be %s", sub)
	}
	t.Base = catalog.TypeRef{Type: sub}
	if t.OperatorClass, err = boundsClass(sub, given["subtype_opclass"]); err != nil {
		return err
	}
	if c := given["collation"]; c != nil && sub.Category != 'S' {
		return sqlerr.New(sqlerr.WrongObjectType, "range collation specified but subtype does not support collation")
	}
	if f := given["subtype_diff"]; f != nil {
		if t.SubtypeDiff, err = s.subtypeDiff(f, sub); err != nil {
			return err
		}
	}
	multi := &catalog.UserType{OID: edit.NewOID(), Array: edit.NewOID(), Schema: t.Schema, Owner: t.Owner, Kind: types.KindMultirange, Typmod: types.NoTypmod}
	if err := s.nameMultirange(ctx, t, multi, given["multirange_type_name"]); err != nil {
		return err
	}
	t.Multirange = multi.OID
	s.Tx.PutObject(t)
	multi.Base = catalog.TypeRef{Type: s.Tx.Catalog().TypeByOID(t.OID)}
	s.Tx.PutObject(multi)
	s.rangeConstructors(edit, t, multi)
	return nil
}

// boundsClass finds the B-tree operator class that orders a range's bounds.
func boundsClass(sub *types.Type, named *ast.TypeName) (catalog.OID, error) {
	btree := catalog.AccessMethodNamed("btree")
	if named != nil {
		name := named.Names[len(named.Names)-1]
		c, exists := btree.OperatorClassNamed(name, sub, nil)
		switch {
		case !exists:
			return 0, sqlerr.New(sqlerr.UndefinedObject, `operator class "%s" does not exist for access method "btree"`, name)
		case c == nil:
			return 0, sqlerr.New(sqlerr.DatatypeMismatch, `operator class "%s" does not accept data type %s`, name, sub)
		}
		return c.OID, nil
	}
	c := btree.DefaultOperatorClass(sub, nil)
	if c == nil && sub.Library == "" || !sub.Comparable() {
		return 0, sqlerr.New(sqlerr.UndefinedObject, `data type %s has no default operator class for access method "btree"`, sub).
			WithHint("You must specify an operator class for the range type or define a default operator class for the subtype.")
	}
	if c == nil {
		return 0, nil
	}
	return c.OID, nil
}

// subtypeDiff finds the function that subtracts bounds, which no index here asks.
func (s *Session) subtypeDiff(n *ast.TypeName, sub *types.Type) (catalog.OID, error) {
	name := n.Names[len(n.Names)-1]
	immutable := func(oid catalog.OID, result *types.Type, is bool) (catalog.OID, error) {
		switch {
		case !result.Same(types.Float8):
			return 0, sqlerr.New(sqlerr.InvalidObjectDefinition, "range subtype diff function %s(%s, %s) must return type double precision", name, sub, sub)
		case !is:
			return 0, sqlerr.New(sqlerr.InvalidObjectDefinition, "range subtype diff function %s(%s, %s) must be immutable", name, sub, sub)
		}
		return oid, nil
	}
	for _, r := range s.Tx.Catalog().Routines(name) {
		in := r.Inputs()
		sc := s.Tx.Catalog().SchemaByOID(r.Schema)
		if len(in) == 2 && in[0].Type.Same(sub) && in[1].Type.Same(sub) && sc != nil && slices.Contains(s.Env.SearchPath, sc.Name) {
			return immutable(r.OID, r.Result.Type, r.Volatility == 'i')
		}
	}
	for _, f := range expr.FunctionsNamed(name) {
		if len(f.Args) == 2 && f.Args[0].Same(sub) && f.Args[1].Same(sub) {
			return immutable(f.OID, f.Result, f.Volatility == expr.Immutable)
		}
	}
	return 0, sqlerr.New(sqlerr.UndefinedFunction, "function %s(%s, %s) does not exist", strings.Join(n.Names, "."), sub, sub)
}

// nameMultirange gives the multirange type of a range type its name and schema.
func (s *Session) nameMultirange(ctx context.Context, t, multi *catalog.UserType, named *ast.TypeName) error {
	if named != nil {
		multi.Name = named.Names[len(named.Names)-1]
		if n := len(named.Names); n > 1 {
			sc, _, err := s.creationSchema(ctx, &ast.RangeVar{Loc: -1, Schema: named.Names[n-2], Name: multi.Name}, ast.Permanent)
			if err != nil {
				return unlocated(err)
			}
			multi.Schema = sc.OID
		}
		if s.typeTaken(multi.Schema, multi.Name) || multi.Schema == t.Schema && multi.Name == t.Name {
			return sqlerr.New(sqlerr.DuplicateObject, `type "%s" already exists`, multi.Name)
		}
		return nil
	}
	if at := strings.Index(t.Name, "range"); at >= 0 {
		multi.Name = types.ClipName(t.Name[:at] + "multirange" + t.Name[at+len("range"):])
	} else {
		multi.Name = types.ClipName(t.Name[:min(len(t.Name), 63-len("_multirange"))] + "_multirange")
	}
	if s.typeTaken(multi.Schema, multi.Name) {
		return sqlerr.New(sqlerr.DuplicateObject, `type "%s" already exists`, multi.Name).
			WithDetail(`Failed while creating a multirange type for type "%s".`, t.Name).
			WithHint(`You can manually specify a multirange type name using the "multirange_type_name" attribute.`)
	}
	return nil
}

// rangeConstructors makes the functions named after a range type and its multirange
// type.
func (s *Session) rangeConstructors(edit *catalog.Editor, t, multi *catalog.UserType) {
	of, many := s.Tx.Catalog().TypeByOID(t.OID), s.Tx.Catalog().TypeByOID(multi.OID)
	make := func(u *catalog.UserType, result *types.Type, symbol string, variadic bool, args ...*types.Type) {
		r := &catalog.Routine{OID: edit.NewOID(), Name: u.Name, Schema: u.Schema, Owner: catalog.RolePostgres, Language: catalog.Internal, Source: symbol, Result: catalog.TypeRef{Type: result},
			Volatility: 'i', Parallel: 's', Cost: 1, Strict: u == multi, Constructs: u.OID}
		for _, a := range args {
			mode := byte('i')
			if variadic {
				mode = 'v'
			}
			r.Params = append(r.Params, catalog.Parameter{Mode: mode, Type: catalog.TypeRef{Type: a}, Typmod: types.NoTypmod})
		}
		s.Tx.PutObject(r)
	}
	make(t, of, "range_constructor2", false, of.Subtype, of.Subtype)
	make(t, of, "range_constructor3", false, of.Subtype, of.Subtype, types.Text)
	make(multi, many, "multirange_constructor0", false)
	make(multi, many, "multirange_constructor1", false, of)
	make(multi, many, "multirange_constructor2", true, of.Array)
}

// removeType drops a type, with the multirange type of a range and the functions that
// came with them.
func (s *Session) removeType(u *catalog.UserType) {
	if multi := s.Tx.Catalog().UserType(u.Multirange); u.Multirange != 0 && multi != nil {
		s.removeType(multi)
	}
	for o := range s.Tx.Catalog().All() {
		if r, ok := o.(*catalog.Routine); ok && r.Constructs == u.OID {
			s.Tx.DropObject(r.OID)
		}
	}
	if s.Tx.Catalog().Get(u.OID) != nil {
		s.Tx.DropObject(u.OID)
	}
}

// routinesTyped lists the functions, operators and casts that take or give a type.
func (s *Session) routinesTyped(ctx context.Context, edit *catalog.Editor, u *catalog.UserType, on string) []dependent {
	list := s.routinesThat(ctx, edit, on, func(r *catalog.Routine) bool {
		return r.Extension == 0 && r.Constructs == 0 &&
			(u.Is(r.Result.OID) || slices.ContainsFunc(r.Params, func(p catalog.Parameter) bool { return u.Is(p.Type.OID) }))
	})
	of := func(t catalog.TypeRef) bool { return t.Type != nil && u.Is(t.OID) }
	return append(list, s.extending(ctx, edit, on, func(o *catalog.Operator) bool { return of(o.Left) || of(o.Right) || of(o.Result) }, func(c *catalog.Cast) bool { return of(c.Source) || of(c.Target) })...)
}

// rangeRequires refuses to drop what a range type needs: its multirange type.
func (s *Session) rangeRequires(u *catalog.UserType) error {
	if u.Kind != types.KindMultirange {
		return nil
	}
	of := s.Tx.Catalog().UserType(u.Base.OID)
	if of == nil {
		return nil
	}
	return sqlerr.New(sqlerr.DependentObjectsStillExist, "cannot drop type %s because type %s requires it", u.Name, of.Name).
		WithHint("You can drop type %s instead.", of.Name)
}

package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// alterFunction runs ALTER FUNCTION and ALTER ROUTINE.
func (s *Session) alterFunction(ctx context.Context, st *ast.AlterFunctionStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	old, err := s.namedRoutine(st.Function)
	if err != nil {
		return err
	}
	if err := ofKind(old, st.Object); err != nil {
		return err
	}
	if err := s.owner(old.Owner, "function", old.Name); err != nil {
		return err
	}
	r := *old
	switch {
	case st.NewName != "":
		if r.Name = st.NewName; r.Name != old.Name {
			err = s.placeRoutine(ctx, edit.Catalog(), &r, old)
		}
	case st.NewSchema != "":
		sc := edit.Catalog().Schema(s.Env.Database, st.NewSchema)
		if sc == nil {
			return sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, st.NewSchema)
		}
		if !edit.Catalog().Allowed(s.Role.OID, sc.Owner, sc.ACL, catalog.PrivCreate) {
			return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for schema %s", sc.Name)
		}
		if r.Schema = sc.OID; r.Schema != old.Schema {
			err = s.placeRoutine(ctx, edit.Catalog(), &r, old)
		}
	case st.NewOwner != nil:
		role, err := s.roleOf(st.NewOwner)
		if err != nil {
			return err
		}
		if !edit.Catalog().OwnedBy(s.Role.OID, role.OID) {
			return sqlerr.New(sqlerr.InsufficientPrivilege, `must be member of role "%s"`, role.Name)
		}
		r.Owner, r.ACL = role.OID, r.ACL.Moved(old.Owner, role.OID)
	default:
		if err = s.unindexed(ctx, old); err != nil {
			return err
		}
		if _, err = s.commonOptions(&r, st.Options); err == nil {
			err = s.routineConfig(&r, st.Sets)
		}
	}
	if err != nil {
		return err
	}
	s.Tx.PutObject(&r)
	return nil
}

// placeRoutine says whether a function may have another name or schema: no other
// has it, and nothing stored calls it by the old one.
func (s *Session) placeRoutine(ctx context.Context, cat *catalog.Catalog, r, old *catalog.Routine) error {
	if cat.Same(r) != nil {
		sc := cat.SchemaByOID(r.Schema)
		return sqlerr.New(sqlerr.DuplicateFunction, `function %s already exists in schema "%s"`, strings.ReplaceAll(r.Signature(), ",", ", "), sc.Name)
	}
	for o := range cat.All() {
		calls, what := false, ""
		switch o := o.(type) {
		case *catalog.Table:
			calls, what = len(s.tableCallers(ctx, nil, o, calledRoutine(old), "")) > 0, "table"
			calls = calls || slices.ContainsFunc(o.Policies, func(p *catalog.Policy) bool { return slices.Contains(p.Uses, old.OID) })
			calls = calls || o.Query != nil && slices.Contains(o.Query.Uses, old.OID)
		case *catalog.View:
			calls, what = slices.Contains(o.Uses, old.OID), "view"
		case *catalog.Routine:
			calls, what = o.OID != old.OID && slices.Contains(o.Uses, old.OID), "function"
		case *catalog.UserType:
			texts := []string{o.Default}
			for _, k := range o.Checks {
				texts = append(texts, k.Expr)
			}
			what = "type"
			for _, text := range texts {
				calls = calls || s.textCalls(text, calledRoutine(old))
			}
		}
		if calls {
			return sqlerr.Unsupported("renaming a function that %s %s calls", what, o.ObjectName())
		}
	}
	return nil
}

// textCalls says whether a stored expression may call a function: stored, such a
// call names the schema.
func (s *Session) textCalls(text string, r called) (calls bool) {
	if r.name == "" || !strings.Contains(text, r.name) {
		return false
	}
	e, err := parser.ParseExpr(text)
	if err != nil {
		return true
	}
	sc := s.Tx.Catalog().SchemaByOID(r.schema)
	ast.Inspect(e, func(n ast.Node) bool {
		var name []string
		switch n := n.(type) {
		case *ast.FuncCall:
			name = n.Name
		case *ast.AExpr:
			name = n.Op
		}
		if len(name) > 0 && name[len(name)-1] == r.name {
			calls = calls || len(name) == 1 || sc != nil && name[len(name)-2] == sc.Name
		}
		return !calls
	})
	return calls
}

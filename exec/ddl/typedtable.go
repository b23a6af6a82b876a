package ddl

import (
	"cmp"
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// A typed table has the columns of a composite type, and follows it.

// typedBy finds the composite type of a typed table.
func (s *Session) typedBy(n *ast.TypeName) (*catalog.UserType, error) {
	env := *s.Env
	env.Catalog = s.Tx.Catalog()
	t, _, err := s.usableType(&env, n)
	if err != nil {
		return nil, err
	}
	u := env.Catalog.UserType(t.OID)
	if u == nil || u.Kind != types.KindComposite || u.OID != t.OID {
		return nil, sqlerr.New(sqlerr.WrongObjectType, "type %s is not a composite type", t)
	}
	return u, nil
}

// typed gives a new table the columns of its type, with what the statement says of them.
func (b *tableBuilder) typed(st *ast.CreateStmt) error {
	u, err := b.s.typedBy(st.OfType)
	if err != nil {
		return err
	}
	b.table.OfType = u.OID
	options := map[string]*ast.ColumnDef{}
	for _, def := range st.Columns {
		if options[def.Name] != nil {
			return sqlerr.New(sqlerr.DuplicateColumn, `column "%s" specified more than once`, def.Name)
		}
		if attributeIndex(u, def.Name) < 0 {
			return sqlerr.New(sqlerr.UndefinedColumn, `column "%s" does not exist`, def.Name)
		}
		options[def.Name] = def
	}
	for _, a := range u.Attributes {
		def := options[a.Name]
		if def == nil {
			def = &ast.ColumnDef{Name: a.Name}
		}
		c := &catalog.Column{Num: b.table.NextColumn, Name: a.Name, Type: a.Type, Typmod: a.Typmod}
		if t := b.s.Tx.Catalog().TypeByOID(a.Type.OID); t != nil {
			c.Type.Type = t
		}
		b.table.NextColumn++
		if err := b.columnOf(def, c, false); err != nil {
			return err
		}
	}
	return nil
}

// untypedActions are what a typed table does not have done to it alone.
var untypedActions = map[string]string{
	"AddColumn": "cannot add column to typed table", "DropColumn": "cannot drop column from typed table", "AlterColumnType": "cannot alter column type of typed table",
	"AddInherit": "cannot change inheritance of typed table",
}

// alterOfType runs ALTER TABLE ... OF, which asks for the type's columns, and NOT OF.
func (s *Session) alterOfType(old *catalog.Table, cmd *ast.AlterTableCmd) error {
	t := old.Clone()
	if cmd.Kind == "DropOf" {
		if old.OfType == 0 {
			return sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a typed table`, old.Name)
		}
		t.OfType = 0
		s.Tx.PutObject(t)
		return nil
	}
	u, err := s.typedBy(&ast.TypeName{Loc: cmd.Loc, Names: cmd.Names})
	if err != nil {
		return unlocated(err)
	}
	mismatch := func(format string, args ...any) error {
		return sqlerr.New(sqlerr.DatatypeMismatch, format, args...)
	}
	if len(old.Parents) > 0 {
		return sqlerr.New(sqlerr.WrongObjectType, "typed tables cannot inherit")
	}
	for i, a := range u.Attributes {
		if i >= len(t.Columns) {
			return mismatch(`table is missing column "%s"`, a.Name)
		}
		switch c := t.Columns[i]; {
		case c.Name != a.Name:
			return mismatch(`table has column "%s" where type requires "%s"`, c.Name, a.Name)
		case c.Type.OID != a.Type.OID || c.Typmod != a.Typmod:
			return mismatch(`table "%s" has different type for column "%s"`, t.Name, c.Name)
		}
	}
	if len(t.Columns) > len(u.Attributes) {
		return mismatch(`table has extra column "%s"`, t.Columns[len(u.Attributes)].Name)
	}
	t.OfType = u.OID
	s.Tx.PutObject(t)
	return nil
}

// tablesOf lists the tables of a type, by OID.
func (s *Session) tablesOf(u *catalog.UserType) (list []*catalog.Table) {
	for o := range s.Tx.Catalog().All() {
		if t, ok := o.(*catalog.Table); ok && t.OfType == u.OID {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b *catalog.Table) int { return cmp.Compare(a.OID, b.OID) })
	return list
}

// mayAlterTyped refuses to change a type of which there are tables without CASCADE.
func (s *Session) mayAlterTyped(u *catalog.UserType, cascade bool) error {
	if len(s.tablesOf(u)) > 0 && !cascade {
		return sqlerr.New(sqlerr.DependentObjectsStillExist, `cannot alter type "%s" because it is the type of a typed table`, u.Name).
			WithHint("Use ALTER ... CASCADE to alter the typed tables too.")
	}
	return nil
}

// alterTyped does to the tables of a type what has been done to it.
func (s *Session) alterTyped(ctx context.Context, u *catalog.UserType, cmds []*ast.AlterTableCmd) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	for _, t := range s.tablesOf(u) {
		for _, cmd := range cmds {
			now := *cmd
			now.Cascade = true
			if err := s.alterOne(ctx, edit, s.Tx.Catalog().Table(t.OID), &now); err != nil {
				return err
			}
		}
	}
	return nil
}

// renameTyped renames a column of the tables of a type.
func (s *Session) renameTyped(ctx context.Context, u *catalog.UserType, st *ast.RenameStmt) error {
	for _, t := range s.tablesOf(u) {
		rename := &ast.RenameStmt{Object: "column", RelationType: "table", Relation: &ast.RangeVar{Name: t.Name}, SubName: st.SubName, NewName: st.NewName}
		if err := s.renameColumn(ctx, s.Tx.Catalog().Table(t.OID), rename, false); err != nil {
			return err
		}
	}
	return nil
}

// systemCatalog is the error that a system relation is not to be altered.
func (s *Session) systemCatalog(v *ast.RangeVar) error {
	if r, is := s.Env.ResolveRelation(v.Schema, v.Name).(*catalog.Virtual); is {
		return sqlerr.New(sqlerr.InsufficientPrivilege, `permission denied: "%s" is a system catalog`, r.Name)
	}
	return nil
}

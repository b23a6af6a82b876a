package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// compositeType finds a composite type, for its owner to change. What PostgreSQL looks
// for is the relation that has its attributes.
func (s *Session) compositeType(n *ast.Name) (*catalog.UserType, error) {
	u, err := s.namedType(n)
	if e := sqlerr.From(err); err != nil && e.Code != sqlerr.UndefinedObject {
		return nil, err
	}
	if err != nil || u.Kind != types.KindComposite {
		return nil, sqlerr.New(sqlerr.UndefinedTable, `relation "%s" does not exist`, strings.Join(n.Parts, "."))
	}
	return u, nil
}

func attributeIndex(u *catalog.UserType, name string) int {
	return slices.IndexFunc(u.Attributes, func(a catalog.Attribute) bool { return a.Name == name })
}

func attributeExists(u *catalog.UserType, name string) error {
	return sqlerr.New(sqlerr.DuplicateColumn, `column "%s" of relation "%s" already exists`, name, u.Name)
}

func noAttribute(u *catalog.UserType, name string) error {
	return sqlerr.New(sqlerr.UndefinedColumn, `column "%s" of relation "%s" does not exist`, name, u.Name)
}

// alterAttributes runs ALTER TYPE ... ADD, DROP and ALTER ATTRIBUTE. The rows that
// have values of the type are stored anew.
func (s *Session) alterAttributes(ctx context.Context, st *ast.AlterTypeStmt) error {
	if _, err := s.Tx.Edit(ctx); err != nil {
		return err
	}
	old, err := s.compositeType(st.Name)
	if err != nil {
		return err
	}
	t := *old
	t.Attributes = slices.Clone(old.Attributes)
	from := make([]int, len(t.Attributes)) // where each attribute was; -1 for a new one
	for i := range from {
		from[i] = i
	}
	for _, c := range st.Cmds {
		if err := s.mayAlterTyped(old, c.Cascade); err != nil {
			return err
		}
		if from, err = s.alterAttribute(&t, from, c); err != nil {
			return err
		}
	}
	if slices.Equal(t.Attributes, old.Attributes) {
		return nil
	}
	if err := s.storeComposite(ctx, &t, from); err != nil {
		return err
	}
	return s.alterTyped(ctx, &t, st.Cmds)
}

// alterAttribute makes one change, and gives where the attributes were before all of
// them.
func (s *Session) alterAttribute(t *catalog.UserType, from []int, c *ast.AlterTableCmd) ([]int, error) {
	at := attributeIndex(t, c.Name)
	switch {
	case c.Kind == "AddColumn" && at >= 0:
		return nil, attributeExists(t, c.Name)
	case c.Kind == "AddColumn":
		typ, typmod, err := s.attributeType(t, c.Column)
		if err != nil {
			return nil, err
		}
		t.Attributes = append(t.Attributes, catalog.Attribute{Name: c.Name, Type: catalog.TypeRef{Type: typ}, Typmod: typmod})
		return append(from, -1), nil
	case c.Kind == "DropColumn" && at < 0 && c.MissingOK:
		s.notice(sqlerr.SuccessfulCompletion, `column "%s" of relation "%s" does not exist, skipping`, c.Name, t.Name)
		return from, nil
	case at < 0:
		return nil, noAttribute(t, c.Name)
	case c.Kind == "DropColumn":
		if err := s.unreadType(t, "dropping"); err != nil {
			return nil, err
		}
		t.Attributes = slices.Delete(t.Attributes, at, at+1)
		return slices.Delete(from, at, at+1), nil
	}
	if used := s.columnsOfType(t.OID); len(used) > 0 {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, `cannot alter type "%s" because column "%s.%s" uses it`, t.Name, used[0].table.Name, used[0].table.Columns[used[0].at].Name)
	}
	if err := s.unreadType(t, "altering"); err != nil {
		return nil, err
	}
	typ, typmod, err := s.attributeType(t, c.Column)
	if err != nil {
		return nil, err
	}
	t.Attributes[at].Type, t.Attributes[at].Typmod = catalog.TypeRef{Type: typ}, typmod
	return from, nil
}

// attributeType finds the type of an attribute, which cannot be made of the composite
// type itself.
func (s *Session) attributeType(t *catalog.UserType, def *ast.ColumnDef) (*types.Type, int32, error) {
	env := *s.Env
	env.Catalog = s.Tx.Catalog()
	typ, typmod, err := s.usableType(&env, def.Type)
	switch {
	case err != nil:
		return nil, 0, err
	case typ.Kind == types.KindPseudo:
		return nil, 0, sqlerr.New(sqlerr.InvalidTableDefinition, `column "%s" has pseudo-type %s`, def.Name, typ)
	case contains(typ, t.OID):
		return nil, 0, sqlerr.New(sqlerr.InvalidTableDefinition, "composite type %s cannot be made a member of itself", t.Name)
	}
	return typ, typmod, nil
}

// unreadType refuses a change that what reads attributes of a type might not survive.
func (s *Session) unreadType(t *catalog.UserType, doing string) error {
	for o := range s.Tx.Catalog().All() {
		v, is := viewOver(o)
		if v != nil && (v.Bound.Uses(t.OID) || v.Bound.Uses(t.Array) || slices.ContainsFunc(v.Columns, func(c *catalog.Column) bool { return contains(c.Type.Type, t.OID) })) {
			return sqlerr.Unsupported("%s an attribute of a type that %s %s uses", doing, is, v.Name)
		}
	}
	return s.unreadColumns(t.OID, doing)
}

// unreadColumns is unreadType for what reads columns of the type.
func (s *Session) unreadColumns(typ catalog.OID, doing string) error {
	for _, c := range s.columnsOfType(typ) {
		reads := len(c.table.Checks)+len(c.table.Policies)+len(c.table.Triggers) > 0
		for _, i := range c.table.Indexes {
			reads = reads || i.Predicate != "" || slices.ContainsFunc(i.Keys, func(k catalog.IndexKey) bool { return k.Expr != "" || k.Column == c.table.Columns[c.at].Num })
		}
		for _, column := range c.table.Columns {
			reads = reads || column.Generated
		}
		if reads {
			return sqlerr.Unsupported("%s an attribute of a type that table %s has expressions or indexes over", doing, c.table.Name)
		}
	}
	return nil
}

// storeComposite stores a composite type with other attributes, and the rows that have
// values of it.
func (s *Session) storeComposite(ctx context.Context, t *catalog.UserType, from []int) error {
	concerned, err := s.lockTyped(ctx, t.OID)
	if err != nil {
		return err
	}
	s.Tx.PutObject(t)
	return s.reshape(ctx, concerned, t.OID, from)
}

// lockTyped lists the columns that have values of a composite type which gets other
// attributes, with their tables locked.
func (s *Session) lockTyped(ctx context.Context, typ catalog.OID) ([]typedColumn, error) {
	concerned := s.columnsOfType(typ)
	for _, c := range concerned {
		for _, i := range c.table.Indexes {
			if slices.ContainsFunc(i.Keys, func(k catalog.IndexKey) bool { return k.Column == c.table.Columns[c.at].Num }) {
				return nil, sqlerr.Unsupported("altering a type that index %s is over", i.Name)
			}
		}
		if err := s.Tx.LockTable(ctx, c.table.OID, tables.AccessExclusiveMode, false); err != nil {
			return nil, err
		}
	}
	return concerned, nil
}

// reshape stores the rows anew that have values of a composite type; concerned are the
// columns as they were, and from says where each attribute was, -1 of a new one.
func (s *Session) reshape(ctx context.Context, concerned []typedColumn, typ catalog.OID, from []int) error {
	done := map[catalog.OID]bool{}
	for _, c := range concerned {
		if done[c.table.OID] {
			continue
		}
		done[c.table.OID] = true
		s.Tx.PutObject(s.Tx.Catalog().Table(c.table.OID).Clone()) // whoever watches it has values of before
		now := s.Tx.Catalog().Table(c.table.OID)
		err := s.Tx.RewriteRows(ctx, c.table, now, func(row types.Row) (types.Row, error) {
			out := row[:len(now.Columns)].Clone()
			for i, column := range now.Columns {
				out[i] = reshaped(out[i], c.table.Columns[i].Type.Type, column.Type.Type, typ, from)
			}
			return out, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// reshaped is a value of a type in which a composite type has got other attributes.
func reshaped(d types.Datum, old, now *types.Type, composite catalog.OID, from []int) types.Datum {
	old, now = domainBase(old), domainBase(now)
	switch {
	case d.IsNull() || !contains(old, composite):
	case old.IsArray():
		a := *d.Array()
		a.Elem, a.Elems = now.Elem, slices.Clone(a.Elems)
		for i, e := range a.Elems {
			a.Elems[i] = reshaped(e, old.Elem, now.Elem, composite, from)
		}
		return types.Object(&a)
	case old.OID == composite:
		was, r := d.Record(), &types.Record{}
		for i, f := range now.Fields {
			v := types.Null
			if from[i] >= 0 {
				v = was.Values[from[i]]
			}
			r.Types, r.Names, r.Values = append(r.Types, f.Type), append(r.Names, f.Name), append(r.Values, v)
		}
		return types.Object(r)
	case old.Kind == types.KindComposite:
		was, r := d.Record(), &types.Record{}
		for i, f := range now.Fields {
			r.Types, r.Names = append(r.Types, f.Type), append(r.Names, f.Name)
			r.Values = append(r.Values, reshaped(was.Values[i], old.Fields[i].Type, f.Type, composite, from))
		}
		return types.Object(r)
	}
	return d
}

// renameAttribute runs ALTER TYPE ... RENAME ATTRIBUTE.
func (s *Session) renameAttribute(ctx context.Context, st *ast.RenameStmt) error {
	u, err := s.compositeType(st.Name)
	if err != nil {
		return err
	}
	at := attributeIndex(u, st.SubName)
	switch {
	case at < 0:
		return sqlerr.New(sqlerr.UndefinedColumn, `column "%s" does not exist`, st.SubName)
	case attributeIndex(u, st.NewName) >= 0:
		return attributeExists(u, st.NewName)
	}
	if err := s.unreadType(u, "renaming"); err != nil {
		return err
	}
	t := *u
	t.Attributes = slices.Clone(u.Attributes)
	t.Attributes[at].Name = st.NewName
	if err := s.mayAlterTyped(u, st.Cascade); err != nil {
		return err
	}
	s.Tx.PutObject(&t)
	return s.renameTyped(ctx, &t, st)
}

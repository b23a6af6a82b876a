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

// newType begins a type of a name: the schema it goes to is found, and nothing
// there has the name.
func (s *Session) newType(ctx context.Context, n *ast.Name, kind types.Kind) (*catalog.UserType, *catalog.Editor, error) {
	v := rangeVar(n, n.Parts)
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return nil, nil, err
	}
	schema, _, err := s.creationSchema(ctx, v, ast.Permanent)
	if err != nil {
		return nil, nil, unlocated(err)
	}
	if s.typeTaken(schema.OID, v.Name) {
		return nil, nil, sqlerr.New(sqlerr.DuplicateObject, `type "%s" already exists`, v.Name)
	}
	return &catalog.UserType{OID: edit.NewOID(), Array: edit.NewOID(), Name: v.Name, Schema: schema.OID, Owner: s.Role.OID, Kind: kind, Typmod: types.NoTypmod, ACL: s.newACL(schema.OID, 'T')}, edit, nil
}

// typeTaken says whether a type of a schema has a name; the rows of a relation
// have one by its name.
func (s *Session) typeTaken(schema catalog.OID, name string) bool {
	cat := s.Tx.Catalog()
	if cat.Type(schema, name) != nil {
		return true
	}
	_, sequence := cat.Relation(schema, name).(*catalog.Sequence)
	return cat.Relation(schema, name) != nil && !sequence
}

// createEnum runs CREATE TYPE AS ENUM.
func (s *Session) createEnum(ctx context.Context, st *ast.CreateEnumStmt) error {
	t, edit, err := s.newType(ctx, st.Name, types.KindEnum)
	if err != nil {
		return err
	}
	for i, label := range st.Labels {
		if err := labelLength(label); err != nil {
			return err
		}
		if slices.Contains(st.Labels[:i], label) {
			return sqlerr.New(sqlerr.UniqueViolation, `duplicate key value violates unique constraint "pg_enum_typid_label_index"`).
				WithDetail("Key (enumtypid, enumlabel)=(%d, %s) already exists.", t.OID, label).OnTable("pg_catalog", "pg_enum").OnConstraint("pg_enum_typid_label_index")
		}
		t.Labels = append(t.Labels, catalog.EnumLabel{OID: edit.NewOID(), Name: label, Sort: float64(i + 1)})
	}
	s.Tx.PutObject(t)
	return nil
}

func labelLength(label string) error {
	if len(label) > 63 {
		return sqlerr.New(sqlerr.InvalidName, `invalid enum label "%s"`, label).WithDetail("Labels must be 63 bytes or less.")
	}
	return nil
}

// namedType finds a type that a user has made, for its owner to change.
func (s *Session) namedType(n *ast.Name) (*catalog.UserType, error) {
	env := *s.Env
	env.Catalog = s.Tx.Catalog()
	t, _, err := env.TypeName(&ast.TypeName{Loc: -1, Names: n.Parts})
	if err != nil {
		return nil, unlocated(err)
	}
	u := env.Catalog.UserType(t.OID)
	if u == nil || u.OID != t.OID {
		return nil, sqlerr.New(sqlerr.InsufficientPrivilege, "must be owner of type %s", t)
	}
	return u, s.owner(u.Owner, "type", u.Name)
}

// alterEnum runs ALTER TYPE ADD VALUE and RENAME VALUE.
func (s *Session) alterEnum(ctx context.Context, st *ast.AlterEnumStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	old, err := s.namedType(st.Name)
	if err != nil {
		return err
	}
	if old.Kind != types.KindEnum {
		return sqlerr.New(sqlerr.WrongObjectType, "%s is not an enum", old.Name)
	}
	if err := labelLength(st.NewLabel); err != nil {
		return err
	}
	t := *old
	t.Labels = slices.Clone(old.Labels)
	place := func(label string) int {
		return slices.IndexFunc(t.Labels, func(l catalog.EnumLabel) bool { return l.Name == label })
	}
	missing := func(label string) error {
		return sqlerr.New(sqlerr.InvalidParameterValue, `"%s" is not an existing enum label`, label)
	}
	if st.Rename {
		at := place(st.OldLabel)
		switch {
		case at < 0:
			return missing(st.OldLabel)
		case place(st.NewLabel) >= 0:
			return sqlerr.New(sqlerr.DuplicateObject, `enum label "%s" already exists`, st.NewLabel)
		}
		t.Labels[at].Name = st.NewLabel
		return s.renameLabel(ctx, &t, st.OldLabel, st.NewLabel)
	}
	if place(st.NewLabel) >= 0 {
		if st.IfNotExists {
			s.notice(sqlerr.DuplicateObject, `enum label "%s" already exists, skipping`, st.NewLabel)
			return nil
		}
		return sqlerr.New(sqlerr.DuplicateObject, `enum label "%s" already exists`, st.NewLabel)
	}
	at := len(t.Labels)
	if st.Neighbor != "" {
		if at = place(st.Neighbor); at < 0 {
			return missing(st.Neighbor)
		}
		if st.After {
			at++
		}
	}
	label := catalog.EnumLabel{OID: edit.NewOID(), Name: st.NewLabel, Uncommitted: s.Uncommitted}
	switch {
	case len(t.Labels) == 0:
		label.Sort = 1
	case at == len(t.Labels):
		label.Sort = t.Labels[at-1].Sort + 1
	case at == 0:
		label.Sort = t.Labels[0].Sort - 1
	default:
		label.Sort = (t.Labels[at-1].Sort + t.Labels[at].Sort) / 2
		if label.Sort == t.Labels[at-1].Sort || label.Sort == t.Labels[at].Sort {
			return sqlerr.New(sqlerr.ProgramLimitExceeded, "too many values have been added between two of enum %s", t.Name)
		}
	}
	t.Labels = slices.Insert(t.Labels, at, label)
	s.Tx.PutObject(&t)
	// Who watches a table with the type compares by the values of before.
	for _, c := range s.columnsOfType(t.OID) {
		s.Tx.PutObject(s.Tx.Catalog().Table(c.table.OID).Clone())
	}
	return nil
}

// renameLabel stores an enum with another label, and the rows that have it.
func (s *Session) renameLabel(ctx context.Context, t *catalog.UserType, from, to string) error {
	concerned := s.columnsOfType(t.OID)
	for _, c := range concerned {
		if err := s.Tx.LockTable(ctx, c.table.OID, tables.AccessExclusiveMode, false); err != nil {
			return err
		}
	}
	s.Tx.PutObject(t)
	for _, c := range concerned {
		if err := s.renameConstant(c.table.OID, from, to); err != nil {
			return err
		}
	}
	for _, c := range concerned {
		now := s.Tx.Catalog().Table(c.table.OID)
		err := s.Tx.RewriteRows(ctx, c.table, now, func(row types.Row) (types.Row, error) {
			out := row[:len(now.Columns)].Clone()
			out[c.at] = relabelled(out[c.at], now.Columns[c.at].Type.Type, t.OID, from, to)
			return out, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// relabelled is a value of a type in which the label of an enum has another name.
func relabelled(d types.Datum, t *types.Type, enum catalog.OID, from, to string) types.Datum {
	t = domainBase(t)
	switch {
	case d.IsNull() || !contains(t, enum):
	case t.OID == enum:
		if d.Str() == from {
			return types.String(to)
		}
	case t.IsArray():
		a := *d.Array()
		a.Elems = slices.Clone(a.Elems)
		for i, e := range a.Elems {
			a.Elems[i] = relabelled(e, t.Elem, enum, from, to)
		}
		return types.Object(&a)
	case t.Kind == types.KindComposite:
		r := *d.Record()
		r.Values = slices.Clone(r.Values)
		for i, f := range t.Fields {
			r.Values[i] = relabelled(r.Values[i], f.Type, enum, from, to)
		}
		return types.Object(&r)
	}
	return d
}

func domainBase(t *types.Type) *types.Type {
	for t.Kind == types.KindDomain && t.Base != nil {
		t = t.Base
	}
	return t
}

// typedColumn is a column of a type, or of one that is made of it.
type typedColumn struct {
	table *catalog.Table
	at    int
}

// columnsOfType lists the columns of tables that a type is in.
func (s *Session) columnsOfType(oid catalog.OID) []typedColumn {
	var list []typedColumn
	look := func(t *catalog.Table) {
		for at, c := range t.Columns {
			if contains(c.Type.Type, oid) {
				list = append(list, typedColumn{t, at})
			}
		}
	}
	if relation, _ := catalog.RowRelation(oid); relation != 0 {
		for _, t := range s.Tx.Catalog().RowHolders() {
			look(t)
		}
	} else {
		for o := range s.Tx.Catalog().All() {
			if t, ok := o.(*catalog.Table); ok {
				look(t)
			}
		}
	}
	slices.SortFunc(list, func(a, b typedColumn) int {
		if x, y := a.table.Columns[a.at].Type.IsArray(), b.table.Columns[b.at].Type.IsArray(); x != y {
			if x { // PostgreSQL comes to the type of the arrays first
				return -1
			}
			return 1
		}
		if a.table.OID != b.table.OID {
			return int(a.table.OID) - int(b.table.OID)
		}
		return a.at - b.at
	})
	return list
}

// contains says whether a type is, or is made of, the one with an OID.
func contains(t *types.Type, oid catalog.OID) bool {
	if t == nil {
		return false
	}
	return t.OID == oid || contains(t.Elem, oid) || contains(t.Base, oid) || contains(t.Subtype, oid) ||
		slices.ContainsFunc(t.Fields, func(f types.Field) bool { return contains(f.Type, oid) })
}

// dropType runs DROP TYPE and DROP DOMAIN of one type.
func (s *Session) dropType(ctx context.Context, edit *catalog.Editor, n *ast.Name, st *ast.DropStmt) error {
	u, err := s.namedType(n)
	if e := sqlerr.From(err); err != nil && e.Code == sqlerr.UndefinedObject {
		if len(n.Parts) > 1 && s.Env.Catalog.Schema(s.Env.Database, n.Parts[len(n.Parts)-2]) == nil {
			return s.missing(string(st.Object), n.Parts[len(n.Parts)-2], "", st)
		}
		if st.IfExists {
			s.notice(sqlerr.SuccessfulCompletion, `type "%s" does not exist, skipping`, strings.Join(n.Parts, "."))
			return nil
		}
	}
	if err != nil {
		return err
	}
	if e, ok := s.Tx.Catalog().Get(u.Extension).(*catalog.Extension); ok {
		return sqlerr.New(sqlerr.DependentObjectsStillExist, "cannot drop type %s because extension %s requires it", u.Name, e.Name).
			WithHint("You can drop extension %s instead.", e.Name)
	}
	if err := s.rangeRequires(u); err != nil {
		return err
	}
	if st.Object == "domain" && u.Kind != types.KindDomain {
		return sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a domain`, strings.Join(n.Parts, "."))
	}
	if err := s.settle(s.describe(u), s.typeDependents(ctx, edit, u), st.Cascade); err != nil {
		return err
	}
	s.removeType(u)
	return nil
}

// typeDependents lists what is made of a type: other types, columns, tables, functions and
// views; what is made of its arrays comes first.
func (s *Session) typeDependents(ctx context.Context, edit *catalog.Editor, u *catalog.UserType) []dependent {
	is := s.describe(u)
	list := []dependent{unmentioned(u.OID, func() []dependent { return s.columnsTyped(ctx, edit, u.Array, is+"[]") })}
	for o := range s.Tx.Catalog().All() {
		t, ok := o.(*catalog.UserType)
		switch {
		case !ok:
		case t.OID == u.Multirange: // it goes with the range type
			list = append(list, unmentioned(t.OID, func() []dependent { return s.typeDependents(ctx, edit, t) }))
		case t.Base.Type != nil && u.Is(t.Base.OID):
			list = append(list, s.whole(ctx, edit, t, is))
		}
		if ok && t.Kind == types.KindComposite {
			for _, a := range t.Attributes {
				if u.Is(a.Type.OID) {
					list = append(list, s.dependentAttribute(ctx, t, a.Name, is))
				}
			}
		}
	}
	list = append(list, s.columnsTyped(ctx, edit, u.OID, is)...)
	for _, t := range s.tablesOf(u) {
		list = append(list, s.whole(ctx, edit, t, is))
	}
	list = append(list, s.routinesTyped(ctx, edit, u, is)...)
	return append(list, s.viewsThat(ctx, edit, is, func(v *catalog.View) bool {
		return v.Bound.Uses(u.OID) || v.Bound.Uses(u.Array) || s.Tx.Catalog().Table(v.OID) == nil && slices.ContainsFunc(v.Columns, func(c *catalog.Column) bool { return u.Is(c.Type.OID) })
	})...)
}

// columnsTyped lists the columns of a type. There is no partitioned table without its key.
func (s *Session) columnsTyped(ctx context.Context, edit *catalog.Editor, typ catalog.OID, on string) (list []dependent) {
	for _, c := range s.columnsOfType(typ) {
		column := c.table.Columns[c.at]
		switch {
		case column.Type.OID != typ:
		case c.table.Key != nil && slices.ContainsFunc(c.table.Key.Columns, func(k catalog.PartitionColumn) bool { return k.Column == column.Num }):
			list = append(list, s.whole(ctx, edit, c.table, on))
		default:
			list = append(list, s.dependentColumn(ctx, edit, c.table, column, on))
		}
	}
	return list
}

// dependentAttribute makes a dependent of an attribute of a composite type.
func (s *Session) dependentAttribute(ctx context.Context, u *catalog.UserType, name, on string) dependent {
	shown := s.shownIn(u.Schema, u.Name)
	return dependent{oid: u.OID, of: u.OID, what: "column " + name + " of composite type " + shown, on: on, drop: func() error {
		return s.alterAttributes(ctx, &ast.AlterTypeStmt{Name: &ast.Name{Parts: []string{s.Tx.Catalog().SchemaByOID(u.Schema).Name, u.Name}}, Cmds: []*ast.AlterTableCmd{{Kind: "DropColumn", Name: name, Cascade: true}}})
	}}
}

// alterTypeOwner runs ALTER TYPE and ALTER DOMAIN ... OWNER TO.
func (s *Session) alterTypeOwner(ctx context.Context, st *ast.AlterOwnerStmt) error {
	if definedClasses[st.Object] != nil {
		return s.alterDefinedOwner(ctx, st)
	}
	if st.Object != "type" && st.Object != "domain" {
		return sqlerr.Unsupported("ALTER %s ... OWNER TO", upper(string(st.Object)))
	}
	if _, err := s.Tx.Edit(ctx); err != nil {
		return err
	}
	u, err := s.namedType(st.Name)
	if err != nil {
		return err
	}
	role, err := s.roleOf(st.Owner)
	if err != nil {
		return err
	}
	t := *u
	if u.Owner != role.OID {
		if err := s.mayOwn(role, u.Schema); err != nil {
			return err
		}
	}
	t.Owner, t.ACL = role.OID, u.ACL.Moved(u.Owner, role.OID)
	s.Tx.PutObject(&t)
	return nil
}

// renameType runs ALTER TYPE and ALTER DOMAIN ... RENAME TO.
func (s *Session) renameType(st *ast.RenameStmt) error {
	u, err := s.namedType(st.Name)
	if err != nil {
		return err
	}
	if s.typeTaken(u.Schema, st.NewName) {
		return sqlerr.New(sqlerr.DuplicateObject, `type "%s" already exists`, st.NewName)
	}
	if err := s.unwritten(u); err != nil {
		return err
	}
	t := *u
	t.Name = st.NewName
	s.Tx.PutObject(&t)
	return nil
}

// unwritten refuses to rename a type that stored expressions may name.
func (s *Session) unwritten(u *catalog.UserType) error {
	named := func(text string) bool { return strings.Contains(text, u.Name) }
	for o := range s.Tx.Catalog().All() {
		found := false
		switch o := o.(type) {
		case *catalog.Table:
			for _, c := range o.Columns {
				found = found || named(c.Default)
			}
			for _, k := range o.Checks {
				found = found || named(k.Expr)
			}
			for _, i := range o.Indexes {
				found = found || named(i.Predicate) || slices.ContainsFunc(i.Keys, func(k catalog.IndexKey) bool { return named(k.Expr) })
			}
			found = found || o.Query != nil && o.Query.Bound == nil && named(o.Query.Text)
		case *catalog.View:
			found = o.Bound == nil && named(o.Query)
		case *catalog.UserType:
			found = o.OID != u.OID && (named(o.Default) || slices.ContainsFunc(o.Checks, func(k *catalog.Check) bool { return named(k.Expr) }))
		}
		if found {
			return sqlerr.Unsupported("renaming a type that %s %s may name", strings.ToLower(string(o.ObjectClass())), o.ObjectName())
		}
	}
	return nil
}

// createComposite runs CREATE TYPE AS (...).
func (s *Session) createComposite(ctx context.Context, st *ast.CompositeTypeStmt) error {
	t, _, err := s.newType(ctx, st.Name, types.KindComposite)
	if err != nil {
		return err
	}
	env := *s.Env
	env.Catalog = s.Tx.Catalog()
	for _, c := range st.Columns {
		if slices.ContainsFunc(t.Attributes, func(a catalog.Attribute) bool { return a.Name == c.Name }) {
			return sqlerr.New(sqlerr.DuplicateColumn, `column "%s" specified more than once`, c.Name)
		}
		typ, typmod, err := s.usableType(&env, c.Type)
		if err != nil {
			return err
		}
		if typ.Kind == types.KindPseudo {
			return sqlerr.New(sqlerr.InvalidTableDefinition, `column "%s" has pseudo-type %s`, c.Name, typ)
		}
		if catalog.HoldsRows(typ) {
			return sqlerr.Unsupported("an attribute of the type of a relation's rows")
		}
		t.Attributes = append(t.Attributes, catalog.Attribute{Name: c.Name, Type: catalog.TypeRef{Type: typ}, Typmod: typmod})
	}
	s.Tx.PutObject(t)
	return nil
}

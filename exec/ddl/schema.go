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

// createSchema runs CREATE SCHEMA and CREATE NAMESPACE.
func (s *Session) createSchema(ctx context.Context, st *ast.CreateSchemaStmt) error {
	cat := s.Tx.Catalog()
	owner := s.Role
	if st.AuthRole != nil {
		var err error
		if owner, err = s.roleOf(st.AuthRole); err != nil {
			return err
		}
	}
	name := st.Name
	if name == "" {
		name = owner.Name
	}
	db, _ := cat.Get(s.Env.Database).(*catalog.Database)
	if db == nil || !cat.Allowed(s.Role.OID, db.Owner, db.ACL, catalog.PrivCreate) {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for database %s", db.Name)
	}
	if strings.HasPrefix(name, "pg_") {
		return sqlerr.New(sqlerr.ReservedName, `unacceptable schema name "%s"`, name).WithDetail(`The prefix "pg_" is reserved for system schemas.`)
	}
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	if edit.Catalog().Schema(s.Env.Database, name) != nil {
		if st.IfNotExists {
			s.notice(sqlerr.DuplicateSchema, `schema "%s" already exists, skipping`, name)
			return nil
		}
		return sqlerr.New(sqlerr.DuplicateSchema, `schema "%s" already exists`, name)
	}
	schema := &catalog.Schema{OID: edit.NewOID(), Name: name, Database: s.Env.Database, Owner: owner.OID, ACL: s.Tx.Catalog().NewACL(s.Env.Database, owner.OID, 0, 'n')}
	s.Tx.PutObject(schema)
	if len(st.Elements) == 0 {
		return nil
	}
	return s.createElements(ctx, schema, owner, st.Elements)
}

// drop runs DROP of tables, indexes, sequences and schemas.
func (s *Session) drop(ctx context.Context, st *ast.DropStmt) error {
	temporary := st.Object == "table"
	for _, n := range st.Names {
		_, _, r := s.relation(n, st)
		t, isTable := r.(*catalog.Table)
		temporary = temporary && isTable && t.Temporary
	}
	if st.Concurrently {
		if err := s.dropsConcurrently(st); err != nil {
			return err
		}
	}
	edit, err := s.edit(ctx, temporary)
	if err != nil {
		return err
	}
	for _, n := range st.Names {
		if _, _, r := s.relation(n, st); r != nil && (st.Object == "table" || st.Object == "view" || st.Object == "foreign table") {
			s.dropping = append(s.dropping, r.ObjectOID())
		}
	}
	s.several = len(st.Names) > 1
	defer s.tellCascaded()
	for _, n := range st.Names {
		switch st.Object {
		case "table", "foreign table":
			err = s.dropTable(ctx, edit, n, st)
		case "view":
			err = s.dropView(ctx, edit, n, st)
		case "materialized view":
			err = s.dropMaterialized(ctx, edit, n, st)
		case "index":
			err = s.dropNamedIndex(ctx, edit, n, st)
		case "sequence":
			err = s.dropSequence(ctx, edit, n, st)
		case "schema":
			err = s.dropSchema(ctx, edit, n, st)
		case "extension":
			err = s.dropExtension(ctx, edit, n, st)
		case "statistics":
			err = s.dropStatistics(n, st)
		case "collation":
			err = s.dropCollation(ctx, edit, n, st)
		case "type", "domain":
			err = s.dropType(ctx, edit, n, st)
		default:
			if definedClasses[st.Object] != nil {
				if err = s.dropDefined(ctx, edit, n, st); err != nil {
					return err
				}
				continue
			}
			if st.IfExists {
				s.notice(sqlerr.UndefinedObject, `%s "%s" does not exist, skipping`, st.Object, strings.Join(n.Parts, "."))
				continue
			}
			err = sqlerr.Unsupported("DROP %s", upper(string(st.Object)))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// relation finds what DROP names; nil with IF EXISTS and a notice.
func (s *Session) relation(n *ast.Name, st *ast.DropStmt) (schema, name string, r catalog.Relation) {
	name = n.Parts[len(n.Parts)-1]
	if len(n.Parts) > 1 {
		schema = n.Parts[len(n.Parts)-2]
	}
	return schema, name, s.Env.ResolveRelation(schema, name)
}

func (s *Session) missing(kind, schema, name string, st *ast.DropStmt) error {
	if schema != "" && s.Env.Catalog.Schema(s.Env.Database, schema) == nil {
		if st.IfExists {
			s.notice(sqlerr.SuccessfulCompletion, `schema "%s" does not exist, skipping`, schema)
			return nil
		}
		return sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, schema)
	}
	if st.IfExists {
		s.notice(sqlerr.SuccessfulCompletion, `%s "%s" does not exist, skipping`, kind, name)
		return nil
	}
	code := sqlerr.UndefinedTable
	if kind == "index" {
		code = sqlerr.UndefinedObject
	}
	return sqlerr.New(code, `%s "%s" does not exist`, kind, name)
}

func (s *Session) dropTable(ctx context.Context, edit *catalog.Editor, n *ast.Name, st *ast.DropStmt) error {
	schema, name, r := s.relation(n, st)
	if r == nil {
		return s.missing(string(st.Object), schema, name, st)
	}
	t, ok := r.(*catalog.Table)
	if !ok || t.Word() != string(st.Object) {
		err := sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a %s`, name, st.Object)
		_, isView := r.(*catalog.View)
		if ok || isView {
			err = err.WithHint("Use DROP %s to remove a %s.", upper(kindOf(r)), kindOf(r))
		}
		return err
	}
	if err := s.owner(t.Owner, kindOf(t), t.Name); err != nil {
		return err
	}
	if err := s.idle(t, "DROP TABLE"); err != nil {
		return err
	}
	if err := s.dropDependents(ctx, edit, t, st.Cascade); err != nil {
		return err
	}
	return s.removeTable(ctx, edit, t)
}

// removeTable drops a table with the sequences its columns own, and what inherits from it.
func (s *Session) removeTable(ctx context.Context, edit *catalog.Editor, t *catalog.Table) error {
	if s.Tx.Catalog().Table(t.OID) == nil {
		return nil // it went with what it was a partition of
	}
	for _, child := range s.Tx.Catalog().Children(t.OID) {
		if err := s.removeTable(ctx, edit, child); err != nil {
			return err
		}
	}
	if err := s.Tx.LockTable(ctx, t.OID, tables.AccessExclusiveMode, false); err != nil {
		return err
	}
	for _, r := range edit.Catalog().Referencing(t.OID) {
		if r.Table.OID != t.OID {
			if err := s.dropForeignKey(ctx, r); err != nil {
				return err
			}
		}
	}
	for _, k := range t.Foreign {
		if err := s.Tx.LockTable(ctx, k.References, tables.AccessExclusiveMode, false); err != nil {
			return err
		}
	}
	for _, q := range s.ownedBy(t, 0) {
		s.Tx.DropObject(q.OID)
	}
	if err := s.dropTriggersFrom(t.OID); err != nil {
		return err
	}
	if t.Publishable() {
		if err := s.changePublished(t.OID, func(*catalog.PublishedTable) (*catalog.PublishedTable, error) { return nil, nil }); err != nil {
			return err
		}
	}
	s.Tx.DropStorage(t)
	s.Tx.DropObject(t.OID)
	return nil
}

func (s *Session) dropNamedIndex(ctx context.Context, edit *catalog.Editor, n *ast.Name, st *ast.DropStmt) error {
	name := n.Parts[len(n.Parts)-1]
	schemas := append([]string{s.TempName}, s.Env.SearchPath...)
	schema := ""
	if len(n.Parts) > 1 {
		schema = n.Parts[len(n.Parts)-2]
		schemas = []string{schema}
	}
	for _, sn := range schemas {
		if sc := edit.Catalog().Schema(s.Env.Database, sn); sc != nil {
			if t, i := edit.Catalog().Index(sc.OID, name); i != nil {
				if t.Key != nil && st.Concurrently {
					return sqlerr.New(sqlerr.FeatureNotSupported, `cannot drop partitioned index "%s" concurrently`, i.Name)
				}
				return s.dropIndex(ctx, edit, t, i, st.Cascade, st.Concurrently && s.Tx.CanFill(t, i))
			}
			if edit.Catalog().Relation(sc.OID, name) != nil {
				return sqlerr.New(sqlerr.WrongObjectType, `"%s" is not an index`, name)
			}
		}
	}
	return s.missing("index", schema, name, st)
}

func (s *Session) dropSequence(ctx context.Context, edit *catalog.Editor, n *ast.Name, st *ast.DropStmt) error {
	schema, name, r := s.relation(n, st)
	if r == nil {
		return s.missing("sequence", schema, name, st)
	}
	seq, ok := r.(*catalog.Sequence)
	if !ok {
		return sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a sequence`, name)
	}
	if err := s.owner(seq.Owner, "sequence", seq.Name); err != nil {
		return err
	}
	if err := s.identitySequence(seq); err != nil {
		return err
	}
	if err := s.dropDependents(ctx, edit, seq, st.Cascade); err != nil {
		return err
	}
	s.disown(seq)
	s.Tx.DropObject(seq.OID)
	return nil
}

func (s *Session) dropSchema(ctx context.Context, edit *catalog.Editor, n *ast.Name, st *ast.DropStmt) error {
	name := n.Parts[len(n.Parts)-1]
	sc := edit.Catalog().Schema(s.Env.Database, name)
	if sc == nil {
		if st.IfExists {
			s.notice(sqlerr.SuccessfulCompletion, `schema "%s" does not exist, skipping`, name)
			return nil
		}
		return sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, name)
	}
	if err := s.owner(sc.Owner, "schema", sc.Name); err != nil {
		return err
	}
	if sc.OID < catalog.OID(16384) && sc.OID != catalog.SchemaPublic {
		return sqlerr.New(sqlerr.DependentObjectsStillExist, "cannot drop schema %s because it is required by the database system", sc.Name)
	}
	if err := s.settle("schema "+sc.Name, s.schemaContents(ctx, edit, sc), st.Cascade); err != nil {
		return err
	}
	s.removeSchema(sc)
	return nil
}

// removeSchema drops a schema that is empty.
func (s *Session) removeSchema(sc *catalog.Schema) {
	for o := range s.Tx.Catalog().All() {
		if d, ok := o.(*catalog.DefaultACL); ok && d.Schema == sc.OID {
			s.Tx.DropObject(d.OID)
		}
	}
	for _, p := range s.Tx.Catalog().Publications(sc.Database) {
		if p.HasSchema(sc.OID) {
			c := p.Copy().(*catalog.Publication)
			c.Schemas = slices.DeleteFunc(c.Schemas, func(of *catalog.PublishedSchema) bool { return of.Schema == sc.OID })
			s.Tx.PutObject(c)
		}
	}
	s.Tx.DropObject(sc.OID)
}

// schemaContents lists what a schema holds.
func (s *Session) schemaContents(ctx context.Context, edit *catalog.Editor, sc *catalog.Schema) (list []dependent) {
	on := s.describe(sc)
	for o := range edit.Catalog().All() {
		switch {
		case o.Parent() == sc.OID && s.byItself(o, sc):
			list = append(list, s.whole(ctx, edit, o, on))
		case o.Parent() == sc.OID: // what depends on it is listed all the same
			list = append(list, unmentioned(o.ObjectOID(), func() []dependent { return s.dependentsOf(ctx, edit, o) }))
		}
		if e, ok := o.(*catalog.Extension); ok && e.Schema == sc.OID {
			list = append(list, s.whole(ctx, edit, e, on))
		}
	}
	return append(list, s.statisticsIn(sc)...)
}

// byItself says whether an object of a schema goes by itself, and not with another: as a
// partition goes with its table, a sequence with its column, a function or a type with its
// extension or range type.
func (s *Session) byItself(o catalog.Object, sc *catalog.Schema) bool {
	cat := s.Tx.Catalog()
	switch o := o.(type) {
	case *catalog.Table:
		return o.Bound == nil || cat.Table(o.Parents[0]).Schema != sc.OID
	case *catalog.Sequence:
		return o.OwnerTable == 0
	case *catalog.UserType:
		return o.Extension == 0 && (o.Kind != types.KindMultirange || cat.UserType(o.Base.OID).Schema != sc.OID)
	case *catalog.Routine:
		return o.Extension == 0 && o.Constructs == 0
	case catalog.Defined:
		return o.Head().Extension == 0
	}
	return true
}

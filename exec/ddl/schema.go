package ddl

import (
	"cmp"
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
			err = s.dropCollation(n, st)
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
	if err := s.dropDependents(ctx, edit, t, kindOf(t), st.Cascade); err != nil {
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
				return s.dropIndex(ctx, edit, t, i, st.Cascade)
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
	defaults, err := s.defaultsCalling(seq, "sequence "+s.shownRelation(seq))
	if err != nil {
		return err
	}
	if err := s.dropDependents(ctx, edit, seq, "sequence", st.Cascade, defaults...); err != nil {
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

// schemaContents lists what a schema holds, and what depends on that.
func (s *Session) schemaContents(ctx context.Context, edit *catalog.Editor, sc *catalog.Schema) []dependent {
	var inside []catalog.Object
	for o := range edit.Catalog().All() {
		if o.Parent() == sc.OID && !slices.Contains(s.dropping, o.ObjectOID()) {
			inside = append(inside, o)
		}
	}
	slices.SortFunc(inside, func(a, b catalog.Object) int { return cmp.Compare(a.ObjectOID(), b.ObjectOID()) })
	var list []dependent
	seen, within := map[catalog.OID]bool{}, map[catalog.OID]bool{} // views that are listed; foreign keys and types in the schema
	for _, o := range inside {
		if t, ok := o.(*catalog.Table); ok {
			for _, k := range t.Foreign {
				within[k.OID] = true
			}
		}
	}
	for _, o := range inside {
		what := ""
		switch o := o.(type) {
		case *catalog.Table:
			if o.Bound != nil && slices.ContainsFunc(inside, func(p catalog.Object) bool { return p.ObjectOID() == o.Parents[0] }) {
				continue // it goes with what it is a partition of
			}
			what = o.Word()
		case *catalog.View:
			what = "view"
		case *catalog.UserType:
			if o.Extension != 0 || o.Kind == types.KindMultirange && within[o.Base.OID] {
				continue // it goes with its extension or range type
			}
			within[o.OID] = true
			what = "type"
		case *catalog.Sequence:
			if o.OwnerTable != 0 {
				continue // it goes with its table
			}
			what = "sequence"
		}
		name := s.shownIn(sc.OID, o.ObjectName())
		if r, ok := o.(*catalog.Routine); ok {
			if r.Extension != 0 || r.Constructs != 0 {
				continue // it goes with its extension or type
			}
			what, name = "function", s.shownRoutine(r)
		}
		if op, ok := o.(*catalog.Operator); ok {
			what, name = "operator", s.shownOperator(op)
		}
		if d, ok := o.(catalog.Defined); ok && d.Head().Extension == 0 {
			list = append(list, s.dependentDefined(ctx, edit, d, "schema "+sc.Name)...)
			continue
		}
		r, isRelation := o.(catalog.Relation)
		if isRelation {
			name = s.shownRelation(r)
		}
		if v, _ := viewOver(o); v != nil && seen[v.OID] {
			continue // it goes with what it reads
		}
		seen[o.ObjectOID()] = true
		list = append(list, dependent{what + " " + name, "schema " + sc.Name, func() error {
			if t, ok := o.(*catalog.Table); ok {
				return s.removeTable(ctx, edit, t)
			}
			if t, ok := o.(*catalog.UserType); ok {
				s.removeType(t)
				return nil
			}
			s.Tx.DropObject(o.ObjectOID())
			return nil
		}})
		if t, ok := o.(*catalog.Table); ok {
			list = append(list, s.referencing(ctx, t, what+" "+name, func(k *catalog.ForeignKey) bool { return t.ForeignKey(k.OID) == nil && !within[k.OID] })...)
		}
		if isRelation {
			list = append(list, s.using(ctx, edit, r, what, seen)...)
			list = append(list, s.rulesUsing(r.ObjectOID(), what+" "+name, seen)...)
		}
	}
	list = append(list, s.statisticsIn(sc)...)
	return append(list, s.extensionsIn(ctx, edit, sc)...)
}

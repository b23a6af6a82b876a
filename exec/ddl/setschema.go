package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// setSchema runs ALTER ... SET SCHEMA of relations.
func (s *Session) setSchema(ctx context.Context, st *ast.AlterObjectSchemaStmt) error {
	if definedClasses[st.Object] != nil {
		return s.alterDefinedSchema(ctx, st)
	}
	if st.Object == "type" || st.Object == "domain" {
		return s.moveType(ctx, st)
	}
	if st.Relation == nil {
		return sqlerr.Unsupported("ALTER %s ... SET SCHEMA", upper(string(st.Object)))
	}
	r := s.Env.ResolveRelation(st.Relation.Schema, st.Relation.Name)
	if r == nil {
		if st.IfExists {
			s.notice(sqlerr.SuccessfulCompletion, `relation "%s" does not exist, skipping`, st.Relation.Name)
			return nil
		}
		return unlocated(plan.UndefinedRelation(st.Relation))
	}
	kind, owner := relationKind(r)
	if noun := relationNoun[st.Object]; noun != "" && st.Object != kind {
		return sqlerr.New(sqlerr.WrongObjectType, `"%s" is not %s`, r.ObjectName(), noun)
	}
	if err := s.owner(owner, string(kind), r.ObjectName()); err != nil {
		return err
	}
	if q, ok := r.(*catalog.Sequence); ok && q.OwnerTable != 0 {
		return sqlerr.New(sqlerr.FeatureNotSupported, "cannot move an owned sequence into another schema").
			WithDetail(`Sequence "%s" is linked to table "%s".`, q.Name, s.Tx.Catalog().Get(q.OwnerTable).ObjectName())
	}
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	to, err := s.Env.CreationSchema(st.NewSchema, -1)
	if err != nil {
		return err
	}
	if err := s.mayCreate(to); err != nil {
		return err
	}
	switch {
	case r.Parent() == to.OID:
		return nil
	case s.isTemporarySchema(to.OID) || s.isTemporarySchema(r.Parent()):
		return sqlerr.New(sqlerr.FeatureNotSupported, "cannot move objects into or out of temporary schemas")
	}
	return s.move(ctx, edit, r, to)
}

// moveType runs ALTER TYPE and ALTER DOMAIN ... SET SCHEMA.
func (s *Session) moveType(ctx context.Context, st *ast.AlterObjectSchemaStmt) error {
	if _, err := s.Tx.Edit(ctx); err != nil {
		return err
	}
	to, err := s.Env.CreationSchema(st.NewSchema, -1)
	if err != nil {
		return err
	}
	if err := s.mayCreate(to); err != nil {
		return err
	}
	u, err := s.namedType(st.Name)
	if err != nil {
		return err
	}
	if st.Object == "domain" && u.Kind != types.KindDomain {
		return sqlerr.New(sqlerr.WrongObjectType, "%s is not a domain", s.shownIn(u.Schema, u.Name))
	}
	switch {
	case u.Schema == to.OID:
		return nil
	case s.isTemporarySchema(to.OID) || s.isTemporarySchema(u.Schema):
		return sqlerr.New(sqlerr.FeatureNotSupported, "cannot move objects into or out of temporary schemas")
	case s.typeTaken(to.OID, u.Name):
		return sqlerr.New(sqlerr.DuplicateObject, `type "%s" already exists in schema "%s"`, u.Name, to.Name)
	}
	if err := s.unwritten(u); err != nil {
		return err
	}
	t := *u
	t.Schema = to.OID
	s.Tx.PutObject(&t)
	return nil
}

// relationKind is what a relation is called, and its owner.
func relationKind(r catalog.Relation) (ast.ObjectType, catalog.OID) {
	switch o := r.(type) {
	case *catalog.View:
		return "view", o.Owner
	case *catalog.Sequence:
		return "sequence", o.Owner
	case *catalog.Table:
		return ast.ObjectType(o.Word()), o.Owner
	}
	return "table", catalog.RolePostgres
}

func (s *Session) isTemporarySchema(oid catalog.OID) bool {
	sc := s.Tx.Catalog().SchemaByOID(oid)
	return sc != nil && strings.HasPrefix(sc.Name, "pg_temp")
}

// move puts a relation into another schema; a table takes its indexes and the
// sequences of its columns with it.
func (s *Session) move(ctx context.Context, edit *catalog.Editor, r catalog.Relation, to *catalog.Schema) error {
	free := func(name string) error {
		if edit.Catalog().RelationNameTaken(to.OID, name) {
			return sqlerr.New(sqlerr.DuplicateTable, `relation "%s" already exists in schema "%s"`, name, to.Name)
		}
		return nil
	}
	if err := free(r.ObjectName()); err != nil {
		return err
	}
	switch o := r.(type) {
	case *catalog.View:
		c := *o
		c.Schema = to.OID
		s.Tx.PutObject(&c)
	case *catalog.Sequence:
		c := *o
		c.Schema = to.OID
		if err := s.renameInDefaults(o, s.sequenceName(&c)); err != nil {
			return err
		}
		s.Tx.PutObject(&c)
	case *catalog.Table:
		if err := s.Tx.LockTable(ctx, o.OID, tables.AccessExclusiveMode, false); err != nil {
			return err
		}
		for _, i := range o.Indexes {
			if err := free(i.Name); err != nil {
				return err
			}
		}
		for _, c := range o.Columns {
			if q, ok := edit.Catalog().Get(c.Sequence).(*catalog.Sequence); ok {
				if err := s.move(ctx, edit, q, to); err != nil {
					return err
				}
			}
		}
		t := edit.Catalog().Table(o.OID).Clone()
		t.Schema = to.OID
		s.Tx.PutObject(t)
	default:
		return sqlerr.Unsupported("ALTER ... SET SCHEMA of %s", r.ObjectName())
	}
	return nil
}

// renameSchema runs ALTER SCHEMA ... RENAME TO. Stored expressions follow to the
// sequences in it; other names in them cannot, so that one which may name the
// schema otherwise is in the way.
func (s *Session) renameSchema(ctx context.Context, st *ast.RenameStmt) error {
	sc, err := s.schemaToAlter(ctx, st.Name.Parts[0])
	if err != nil {
		return err
	}
	if s.Tx.Catalog().Schema(s.Env.Database, st.NewName) != nil {
		return sqlerr.New(sqlerr.DuplicateSchema, `schema "%s" already exists`, st.NewName)
	}
	if strings.HasPrefix(st.NewName, "pg_") {
		return sqlerr.New(sqlerr.ReservedName, `unacceptable schema name "%s"`, st.NewName).
			WithDetail(`The prefix "pg_" is reserved for system schemas.`)
	}
	var sequences []*catalog.Sequence
	for o := range s.Tx.Catalog().All() {
		if q, ok := o.(*catalog.Sequence); ok && q.Schema == sc.OID {
			sequences = append(sequences, q)
		}
	}
	for _, q := range sequences {
		if err := s.renameInDefaults(q, parser.QuoteIdent(st.NewName)+"."+parser.QuoteIdent(q.Name)); err != nil {
			return err
		}
	}
	if o := s.writing(func(n ast.Node) bool { return namesSchema(n, sc.Name) }); o != nil {
		return sqlerr.Unsupported("renaming a schema that an expression of %s names", o.ObjectName())
	}
	for o := range s.Tx.Catalog().All() {
		if v, _ := viewOver(o); v != nil && v.Bound == nil && (slices.Contains(v.SearchPath, sc.Name) || strings.Contains(v.Query, sc.Name)) {
			return sqlerr.Unsupported("renaming a schema that view %s may name", v.Name)
		}
	}
	c := *sc
	c.Name = st.NewName
	s.Tx.PutObject(&c)
	return s.repath(sc.Name, st.NewName)
}

// repath lets the search paths that views were made with follow a schema to its
// new name.
func (s *Session) repath(old, new string) error {
	follow := func(path []string) []string {
		at := slices.Index(path, old)
		if at < 0 {
			return nil
		}
		path = slices.Clone(path)
		path[at] = new
		return path
	}
	var changed []catalog.Object
	for o := range s.Tx.Catalog().All() {
		switch o := o.(type) {
		case *catalog.View:
			if path := follow(o.SearchPath); path != nil {
				v := *o
				v.SearchPath = path
				changed = append(changed, &v)
			}
		case *catalog.Table:
			if o.Query == nil {
				break
			}
			if path := follow(o.Query.SearchPath); path != nil {
				t, q := o.Clone(), *o.Query
				q.SearchPath = path
				t.Query = &q
				changed = append(changed, t)
			}
		}
	}
	for _, o := range changed {
		s.Tx.PutObject(o)
	}
	return nil
}

// namesSchema says whether a node of an expression names something in a schema.
func namesSchema(n ast.Node, schema string) bool {
	switch n := n.(type) {
	case *ast.TypeName:
		return len(n.Names) > 1 && n.Names[len(n.Names)-2] == schema
	case *ast.FuncCall:
		return len(n.Name) > 1 && n.Name[len(n.Name)-2] == schema
	case *ast.ColumnRef:
		return len(n.Fields) > 2 && n.Fields[len(n.Fields)-3] == schema
	case *ast.Const: // of a reg* type
		return n.Kind == ast.ConstString && strings.HasPrefix(n.Text, parser.QuoteIdent(schema)+".")
	}
	return false
}

// writing finds an object with a stored expression that has such a node; nil if
// there is none.
func (s *Session) writing(such func(ast.Node) bool) (found catalog.Object) {
	in := func(texts ...string) bool {
		for _, text := range texts {
			if text == "" {
				continue
			}
			parsed, err := parser.ParseExpr(text)
			if err != nil {
				continue
			}
			has := false
			ast.Inspect(parsed, func(n ast.Node) bool {
				has = has || such(n)
				return !has
			})
			if has {
				return true
			}
		}
		return false
	}
	for o := range s.Tx.Catalog().All() {
		has := false
		switch o := o.(type) {
		case *catalog.Table:
			for _, c := range o.Columns {
				has = has || in(c.Default)
			}
			for _, k := range o.Checks {
				has = has || in(k.Expr)
			}
			for _, i := range o.Indexes {
				has = has || in(i.Predicate) || slices.ContainsFunc(i.Keys, func(k catalog.IndexKey) bool { return in(k.Expr) })
			}
		case *catalog.UserType:
			has = in(o.Default) || slices.ContainsFunc(o.Checks, func(k *catalog.Check) bool { return in(k.Expr) })
		}
		if has {
			return o
		}
	}
	return nil
}

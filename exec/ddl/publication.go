package ddl

import (
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// publication runs CREATE and ALTER PUBLICATION.
func (s *Session) publication(ctx context.Context, st *ast.PublicationStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	if st.Action == "" {
		return s.createPublication(ctx, edit, st)
	}
	o, err := s.ownDefined("publication", &ast.Name{Parts: []string{st.Name}}, "")
	if err != nil {
		return err
	}
	p := o.Copy().(*catalog.Publication)
	if st.Action == "options" {
		err = s.alterPublicationOptions(p, st)
	} else {
		err = s.alterPublicationMembers(ctx, edit, p, st)
	}
	if err == nil {
		s.Tx.PutObject(p)
	}
	return err
}

func (s *Session) createPublication(ctx context.Context, edit *catalog.Editor, st *ast.PublicationStmt) error {
	if err := s.mayCreateInDatabase(s.Role); err != nil {
		return err
	}
	if st.AllTables && !s.Role.Superuser {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser to create FOR ALL TABLES publication")
	}
	p := &catalog.Publication{Definition: catalog.Definition{Name: st.Name, Within: s.Env.Database}, AllTables: st.AllTables, Insert: true, Update: true, Delete: true, Truncate: true}
	if err := s.taken(p, p.Within, p.Name); err != nil {
		return err
	}
	if _, err := publicationOptions(p, st.Options); err != nil {
		return err
	}
	s.define(edit, p)
	listed, schemas, err := s.publicationItems(st.Items)
	if err != nil {
		return err
	}
	if schemas != nil && !s.Role.Superuser {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser to create FOR TABLES IN SCHEMA publication")
	}
	opened, err := s.openPublished(ctx, listed)
	if err != nil {
		return err
	}
	if err := s.publishTables(edit, p, opened, schemas != nil, true); err != nil {
		return err
	}
	if err := s.publishSchemas(edit, p, schemas, true); err != nil {
		return err
	}
	s.Tx.PutObject(p)
	w := sqlerr.Notice(sqlerr.SeverityWarning, sqlerr.ObjectNotInPrerequisiteState, "wal_level is insufficient to publish logical changes")
	s.notices = append(s.notices, w.WithHint(`Set wal_level to "logical" before creating subscriptions.`))
	return nil
}

// mayCreateInDatabase demands that a role may create in the database.
func (s *Session) mayCreateInDatabase(role *catalog.Role) error {
	cat := s.Tx.Catalog()
	db, _ := cat.Get(s.Env.Database).(*catalog.Database)
	if db == nil || cat.Allowed(role.OID, db.Owner, db.ACL, catalog.PrivCreate) {
		return nil
	}
	return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for database %s", db.Name)
}

// definitionBool reads an option that is on or off; no value is on.
func definitionBool(o *ast.DefElem) (bool, error) {
	if o.Value == nil {
		return true, nil
	}
	switch v, ok := types.ParseBool(optionText(o)); {
	case ok && len(optionText(o)) > 0:
		return v, nil
	}
	return false, sqlerr.New(sqlerr.SyntaxError, "%s requires a Boolean value", o.Name)
}

// onceOnly refuses an option that is given twice.
func onceOnly(list []*ast.DefElem, at int) error {
	if slices.ContainsFunc(list[:at], func(o *ast.DefElem) bool { return o.Name == list[at].Name }) {
		return sqlerr.New(sqlerr.SyntaxError, "conflicting or redundant options").At(list[at].Pos())
	}
	return nil
}

// publicationOptions sets what WITH and SET give, and says whether
// publish_via_partition_root is among it.
func publicationOptions(p *catalog.Publication, list []*ast.DefElem) (root bool, err error) {
	for i, o := range list {
		if o.Name != "publish" && o.Name != "publish_via_partition_root" {
			return false, sqlerr.New(sqlerr.SyntaxError, `unrecognized publication parameter: "%s"`, o.Name)
		}
		if err := onceOnly(list, i); err != nil {
			return false, err
		}
		if o.Name == "publish_via_partition_root" {
			root = true
			if p.ViaRoot, err = definitionBool(o); err != nil {
				return false, err
			}
			continue
		}
		if o.Value == nil {
			return false, sqlerr.New(sqlerr.SyntaxError, "%s requires a parameter", o.Name)
		}
		words, ok := parser.SplitIdentifiers(optionText(o))
		if !ok {
			return false, sqlerr.New(sqlerr.SyntaxError, `invalid list syntax in parameter "%s"`, "publish")
		}
		p.Insert, p.Update, p.Delete, p.Truncate = false, false, false, false
		for _, word := range words {
			switch word {
			case "insert":
				p.Insert = true
			case "update":
				p.Update = true
			case "delete":
				p.Delete = true
			case "truncate":
				p.Truncate = true
			default:
				return false, sqlerr.New(sqlerr.SyntaxError, `unrecognized value for publication option "%s": "%s"`, "publish", word)
			}
		}
	}
	return root, nil
}

// alterPublicationOptions runs ALTER PUBLICATION ... SET (...).
func (s *Session) alterPublicationOptions(p *catalog.Publication, st *ast.PublicationStmt) error {
	root, err := publicationOptions(p, st.Options)
	if err != nil {
		return err
	}
	for _, of := range p.Tables {
		t := s.Tx.Catalog().Table(of.Table)
		if !root || p.ViaRoot || t == nil || t.Key == nil {
			continue
		}
		has := ""
		switch {
		case of.Where != "":
			has = "WHERE clause"
		case of.Columns != nil:
			has = "column list"
		default:
			continue
		}
		return sqlerr.New(sqlerr.InvalidParameterValue, `cannot set parameter "%s" to false for publication "%s"`, "publish_via_partition_root", p.Name).
			WithDetail(`The publication contains a %s for partitioned table "%s", which is not allowed when "%s" is false.`, has, t.Name, "publish_via_partition_root")
	}
	return nil
}

// publicationItems tells tables from schemas, each of which it gives once.
func (s *Session) publicationItems(items []*ast.PublicationItem) (listed []*ast.PublicationItem, schemas []*catalog.Schema, err error) {
	for _, item := range items {
		if !item.InSchema {
			listed = append(listed, item)
			continue
		}
		var sc *catalog.Schema
		if item.Schema == "" {
			for _, name := range s.Env.SearchPath {
				if sc = s.Tx.Catalog().Schema(s.Env.Database, name); sc != nil {
					break
				}
			}
			if sc == nil {
				return nil, nil, sqlerr.New(sqlerr.InvalidSchemaName, "no schema has been selected for CURRENT_SCHEMA")
			}
		} else if sc = s.Tx.Catalog().Schema(s.Env.Database, item.Schema); sc == nil {
			return nil, nil, sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, item.Schema)
		}
		if !slices.Contains(schemas, sc) {
			schemas = append(schemas, sc)
		}
	}
	return listed, schemas, nil
}

// alterPublicationMembers runs ALTER PUBLICATION ... ADD, SET and DROP.
func (s *Session) alterPublicationMembers(ctx context.Context, edit *catalog.Editor, p *catalog.Publication, st *ast.PublicationStmt) error {
	listed, schemas, err := s.publicationItems(st.Items)
	if err != nil {
		return err
	}
	if st.Action != "drop" && schemas != nil && !s.Role.Superuser {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser to add or set schemas")
	}
	if p.AllTables && (schemas != nil || listed != nil) {
		what := "Tables"
		if schemas != nil {
			what = "Schemas"
		}
		return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `publication "%s" is defined as FOR ALL TABLES`, p.Name).
			WithDetail("%s cannot be added to or dropped from FOR ALL TABLES publications.", what)
	}
	opened, err := s.openPublished(ctx, listed)
	if err != nil {
		return err
	}
	switch st.Action {
	case "drop":
		if err := s.unpublishTables(p, opened); err != nil {
			return err
		}
		return s.unpublishSchemas(p, schemas)
	case "set":
		if err := s.setPublished(edit, p, opened, schemas != nil); err != nil {
			return err
		}
		p.Schemas = slices.DeleteFunc(p.Schemas, func(of *catalog.PublishedSchema) bool {
			return !slices.ContainsFunc(schemas, func(sc *catalog.Schema) bool { return sc.OID == of.Schema })
		})
		return s.publishSchemas(edit, p, schemas, true)
	}
	if err := s.publishTables(edit, p, opened, schemas != nil || p.Schemas != nil, false); err != nil {
		return err
	}
	if schemas != nil && slices.ContainsFunc(p.Tables, func(of *catalog.PublishedTable) bool { return of.Columns != nil }) {
		return sqlerr.New(sqlerr.InvalidParameterValue, `cannot add schema to publication "%s"`, p.Name).
			WithDetail("Schemas cannot be added if any tables that specify a column list are already part of the publication.")
	}
	return s.publishSchemas(edit, p, schemas, false)
}

// publishSchemas adds schemas; again says that it does not matter that one is there.
func (s *Session) publishSchemas(edit *catalog.Editor, p *catalog.Publication, schemas []*catalog.Schema, again bool) error {
	for _, sc := range schemas {
		if p.HasSchema(sc.OID) {
			if again {
				continue
			}
			return sqlerr.New(sqlerr.DuplicateObject, `schema "%s" is already member of publication "%s"`, sc.Name, p.Name)
		}
		refuse := func(detail string) error {
			return sqlerr.New(sqlerr.InvalidParameterValue, `cannot add schema "%s" to publication`, sc.Name).WithDetail("%s", detail)
		}
		switch {
		case sc.OID == catalog.SchemaPGCatalog:
			return refuse("This operation is not supported for system schemas.")
		case s.isTemporarySchema(sc.OID):
			return refuse("Temporary schemas cannot be replicated.")
		}
		p.Schemas = append(p.Schemas, &catalog.PublishedSchema{OID: edit.NewOID(), Schema: sc.OID})
	}
	return nil
}

func (s *Session) unpublishSchemas(p *catalog.Publication, schemas []*catalog.Schema) error {
	for _, sc := range schemas {
		if !p.HasSchema(sc.OID) {
			return sqlerr.New(sqlerr.UndefinedObject, `tables from schema "%s" are not part of the publication`, sc.Name)
		}
		p.Schemas = slices.DeleteFunc(p.Schemas, func(of *catalog.PublishedSchema) bool { return of.Schema == sc.OID })
	}
	return nil
}

// mayGivePublication demands the right to give a publication to a role.
func (s *Session) mayGivePublication(p *catalog.Publication, to *catalog.Role) error {
	if s.Role.Superuser || p.Owner == to.OID {
		return nil
	}
	if err := s.owner(p.Owner, "publication", p.Name); err != nil {
		return err
	}
	if !s.Tx.Catalog().MemberOf(s.Role.OID, to.OID) {
		return sqlerr.New(sqlerr.InsufficientPrivilege, `must be member of role "%s"`, to.Name)
	}
	if err := s.mayCreateInDatabase(to); err != nil {
		return err
	}
	if (p.AllTables || p.Schemas != nil) && !to.Superuser {
		of := "FOR ALL TABLES"
		if !p.AllTables {
			of = "FOR TABLES IN SCHEMA"
		}
		return sqlerr.New(sqlerr.InsufficientPrivilege, `permission denied to change owner of publication "%s"`, p.Name).
			WithHint("The owner of a %s publication must be a superuser.", of)
	}
	return nil
}

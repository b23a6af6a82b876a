package ddl

import (
	"context"
	"strings"

	"github.com/kalamsql/kalamsql/exec/largeobject"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// A database is a name space for schemas: all databases share the server's
// storage, transactions and roles, and none sees another's relations.

// createDatabase runs CREATE DATABASE. The new database is empty, as a copy of
// template1 is that nobody has put anything into.
func (s *Session) createDatabase(ctx context.Context, st *ast.CreatedbStmt) error {
	if !s.Role.Superuser && !s.Role.CreateDB {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied to create database")
	}
	db := &catalog.Database{Name: st.Name}
	owner, err := s.databaseOptions(st, db)
	if err != nil {
		return err
	}
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	if edit.Catalog().Database(st.Name) != nil || catalog.TemplateDatabase(st.Name) {
		return sqlerr.New(sqlerr.DuplicateDatabase, `database "%s" already exists`, st.Name)
	}
	db.OID, db.Owner = edit.NewOID(), owner.OID
	s.Tx.PutObject(db)
	s.Tx.PutObject(&catalog.Schema{OID: edit.NewOID(), Name: "public", Database: db.OID, Owner: owner.OID,
		ACL: catalog.PublicSchemaACL(owner.OID), Comment: catalog.PublicComment})
	return nil
}

// databaseOptions checks the options and gives the owner. Those that say what
// every database here is like anyway are taken; others are refused.
func (s *Session) databaseOptions(st *ast.CreatedbStmt, db *catalog.Database) (*catalog.Role, error) {
	owner := s.Role
	seen, template := map[string]bool{}, ""
	for _, o := range st.Options {
		if seen[o.Name] {
			return nil, sqlerr.New(sqlerr.SyntaxError, "conflicting or redundant options").At(o.Pos())
		}
		seen[o.Name] = true
		value := optionText(o)
		if o.Name == "template" {
			template = value
		}
		refused := sqlerr.Unsupported("CREATE DATABASE with %s %s", upper(o.Name), value)
		if strings.EqualFold(value, "default") {
			continue
		}
		switch o.Name {
		case "owner":
			if owner = s.Tx.Catalog().Role(value); owner == nil {
				return nil, sqlerr.New(sqlerr.UndefinedObject, `role "%s" does not exist`, value)
			}
			if !s.Tx.Catalog().OwnedBy(s.Role.OID, owner.OID) {
				return nil, sqlerr.New(sqlerr.InsufficientPrivilege, `must be member of role "%s"`, value)
			}
		case "template":
			switch {
			case catalog.TemplateDatabase(value):
			case s.Tx.Catalog().Database(value) == nil:
				return nil, sqlerr.New(sqlerr.InvalidCatalogName, `template database "%s" does not exist`, value)
			default:
				return nil, sqlerr.Unsupported("CREATE DATABASE with a copied TEMPLATE")
			}
		case "encoding":
			switch strings.ToLower(strings.ReplaceAll(value, "-", "")) {
			case "utf8", "unicode", "6", "1":
			default:
				return nil, refused
			}
		case "tablespace":
			if value != "pg_default" {
				return nil, sqlerr.New(sqlerr.UndefinedObject, `tablespace "%s" does not exist`, value)
			}
		case "connection_limit", "allow_connections", "is_template":
			if err := connectionOption(db, o); err != nil {
				return nil, err
			}
		case "locale", "lc_collate", "lc_ctype", "strategy", "locale_provider", "icu_locale", "collation_version", "oid":
			// Text sorts by bytes in every database, and no copy is made.
		default:
			return nil, sqlerr.New(sqlerr.SyntaxError, `option "%s" not recognized`, o.Name).At(o.Pos())
		}
	}
	if template != "template0" {
		if err := s.emptyTemplate(); err != nil {
			return nil, err
		}
	}
	return owner, nil
}

// emptyTemplate refuses to make a database of template1 when that has been given objects,
// which would have to be copied.
func (s *Session) emptyTemplate() error {
	cat := s.Tx.Catalog()
	for o := range cat.All() {
		in, ok := cat.Get(o.Parent()).(*catalog.Schema)
		ok = ok && !strings.HasPrefix(in.Name, "pg_temp")
		sc, isSchema := o.(*catalog.Schema)
		if ok && in.Database == catalog.DatabaseTemplate || o.Parent() == catalog.DatabaseTemplate && (!isSchema || sc.Name != "public" && !strings.HasPrefix(sc.Name, "pg_temp")) {
			return sqlerr.Unsupported("CREATE DATABASE with a copied TEMPLATE").
				WithDetail(`There are objects in database "template1", %s for one.`, o.ObjectName()).WithHint("TEMPLATE template0 makes an empty database.")
		}
	}
	return nil
}

// dropDatabase runs DROP DATABASE: everything in it goes, however it depends on
// each other.
func (s *Session) dropDatabase(ctx context.Context, st *ast.DropdbStmt) error {
	force := false
	for _, o := range st.Options {
		if o.Name != "force" {
			return sqlerr.New(sqlerr.SyntaxError, `unrecognized DROP DATABASE option "%s"`, o.Name).At(o.Pos())
		}
		force = true
	}
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	cat := edit.Catalog()
	db := cat.Database(st.Name)
	if catalog.TemplateDatabase(st.Name) || db != nil && db.IsTemplate() {
		return sqlerr.New(sqlerr.WrongObjectType, "cannot drop a template database")
	}
	if db == nil {
		if st.IfExists {
			s.notice(sqlerr.SuccessfulCompletion, `database "%s" does not exist, skipping`, st.Name)
			return nil
		}
		return sqlerr.New(sqlerr.InvalidCatalogName, `database "%s" does not exist`, st.Name)
	}
	if err := s.owner(db.Owner, "database", db.Name); err != nil {
		return err
	}
	if db.OID == s.Env.Database {
		return sqlerr.New(sqlerr.ObjectInUse, "cannot drop the currently open database")
	}
	if err := s.unoccupied(ctx, db, force); err != nil {
		return err
	}
	var schemas, inside []catalog.Object
	for o := range cat.All() {
		if sc, ok := o.(*catalog.Schema); ok && sc.Database == db.OID {
			schemas = append(schemas, sc)
		} else if sc, ok := cat.Get(o.Parent()).(*catalog.Schema); ok && sc.Database == db.OID {
			inside = append(inside, o)
		} else if o.Parent() == db.OID {
			inside = append(inside, o)
		}
	}
	for _, o := range inside {
		if t, ok := o.(*catalog.Table); ok {
			if err := s.removeTable(ctx, edit, t); err != nil {
				return err
			}
		}
	}
	for _, o := range append(inside, schemas...) {
		if _, ok := o.(*catalog.Table); !ok && cat.Get(o.ObjectOID()) != nil {
			s.Tx.DropObject(o.ObjectOID())
		}
	}
	s.Tx.DropObject(db.OID)
	return largeobject.Objects{Tx: s.Tx, Database: db.OID}.Drop(ctx)
}

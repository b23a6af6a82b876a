package ddl

import (
	"cmp"
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables"
)

// Temporary tables are in a schema of their session's, which is dropped with all
// that is in it when the session ends. Their rows are kept in memory, as those of
// stream tables are, and nobody can watch them.

// creationSchema finds the schema that a new relation goes into; the session's
// own schema of temporary relations is made when it is first needed.
func (s *Session) creationSchema(ctx context.Context, v *ast.RangeVar, persistence ast.Persistence) (schema *catalog.Schema, temporary bool, err error) {
	own := v.Schema == "pg_temp" || v.Schema == s.TempName
	if persistence != ast.Temporary && !own {
		if schema, err = s.Env.CreationSchema(v.Schema, v.Pos()); err != nil {
			return nil, false, err
		}
		return schema, false, s.mayCreate(schema)
	}
	if v.Schema != "" && !own {
		return nil, false, sqlerr.New(sqlerr.InvalidTableDefinition, "cannot create temporary relation in non-temporary schema").At(v.Pos())
	}
	if s.Restricted {
		return nil, false, sqlerr.New(sqlerr.InsufficientPrivilege, "cannot create temporary table within security-restricted operation")
	}
	cat := s.Tx.Catalog()
	if db, ok := cat.Get(s.Env.Database).(*catalog.Database); ok {
		acl := db.Grants()
		if s.Role.OID == catalog.RoleKalamUser { // end users have what has been granted, and nothing else
			acl = db.ACL
		}
		if !cat.Allowed(s.Role.OID, db.Owner, acl, catalog.PrivTemporary) {
			return nil, false, sqlerr.New(sqlerr.InsufficientPrivilege, `permission denied to create temporary tables in database "%s"`, db.Name).At(v.Pos())
		}
	}
	edit := s.Tx.EditOwn()
	if schema = edit.Catalog().Schema(s.Env.Database, s.TempName); schema == nil {
		schema = &catalog.Schema{OID: edit.NewOID(), Name: s.TempName, Database: s.Env.Database, Owner: s.Role.OID}
		s.Tx.PutObject(schema)
	}
	return schema, true, nil
}

// edit begins to change definitions: of a temporary relation without waiting
// for others who change definitions.
func (s *Session) edit(ctx context.Context, temporary bool) (*catalog.Editor, error) {
	if temporary {
		return s.Tx.EditOwn(), nil
	}
	return s.Tx.Edit(ctx)
}

// makeTemporary marks a new table as temporary.
func makeTemporary(t *catalog.Table, temporary bool, onCommit ast.OnCommit) error {
	if !temporary {
		if onCommit != ast.OnCommitNone {
			return sqlerr.New(sqlerr.InvalidTableDefinition, "ON COMMIT can only be used on temporary tables")
		}
		return nil
	}
	if t.PerUser || !t.Durable() {
		return sqlerr.New(sqlerr.InvalidTableDefinition, "a temporary table cannot be a user or stream table")
	}
	t.Temporary, t.Kind = true, catalog.KindStream
	switch onCommit {
	case ast.OnCommitDelete:
		t.OnCommit = 'd'
	case ast.OnCommitDrop:
		t.OnCommit = 'x'
	}
	return nil
}

// DropTemporary drops a schema of temporary relations with all that is in it, and what
// depends on that elsewhere: a function of a temporary table's row type, say.
func DropTemporary(ctx context.Context, tx *tables.Tx, schema *catalog.Schema) error {
	s := &Session{Tx: tx, Env: &plan.Env{Catalog: tx.Catalog(), Database: schema.Database, SearchPath: []string{schema.Name}}, TempName: schema.Name}
	return s.dropUnasked(ctx, schema, schema.OID)
}

// dropUnasked drops a temporary relation, or their schema, with what depends on it; nobody is
// told.
func (s *Session) dropUnasked(ctx context.Context, o catalog.Object, schema catalog.OID) error {
	edit := s.Tx.EditOwn()
	list := s.walk(s.dependentsOf(ctx, edit, o))
	if slices.ContainsFunc(list, func(d dependent) bool {
		of := s.Tx.Catalog().Get(cmp.Or(d.of, d.oid))
		return of == nil || of.Parent() != schema
	}) {
		var err error
		if edit, err = s.Tx.Edit(ctx); err != nil {
			return err
		}
		list = s.walk(s.dependentsOf(ctx, edit, o))
	}
	for _, d := range slices.Backward(list) {
		if err := d.drop(); err != nil {
			return err
		}
	}
	return s.remove(ctx, edit, o)
}

// CommitTemporary does what ON COMMIT says to the temporary tables of a schema,
// just before a transaction commits.
func CommitTemporary(ctx context.Context, tx *tables.Tx, schema *catalog.Schema) error {
	var inside []*catalog.Table
	for o := range tx.Catalog().All() {
		if t, ok := o.(*catalog.Table); ok && t.Schema == schema.OID && t.OnCommit != 0 {
			inside = append(inside, t)
		}
	}
	s := &Session{Tx: tx, Env: &plan.Env{Catalog: tx.Catalog(), Database: schema.Database, SearchPath: []string{schema.Name}}, TempName: schema.Name}
	for _, t := range inside {
		switch t.OnCommit {
		case 'd':
			if err := tx.Truncate(ctx, t, "", true); err != nil {
				return err
			}
		case 'x':
			if err := s.dropUnasked(ctx, t, schema.OID); err != nil {
				return err
			}
		}
	}
	return nil
}

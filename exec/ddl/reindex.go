package ddl

import (
	"cmp"
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// reindex runs REINDEX: the entries of indexes are made anew from the rows, which
// finds duplicates too. A primary key is the table itself and has none.
func (s *Session) reindex(ctx context.Context, st *ast.ReindexStmt) error {
	for _, o := range st.Options {
		switch o.Name {
		case "concurrently":
		case "verbose", "tablespace":
			return sqlerr.Unsupported("REINDEX (%s)", upper(o.Name))
		default:
			return sqlerr.New(sqlerr.SyntaxError, `unrecognized REINDEX option "%s"`, o.Name).At(o.Pos())
		}
	}
	cat := s.Tx.Catalog()
	switch st.Object {
	case "index":
		t, at := s.findIndex(st.Relation)
		if t == nil {
			r, err := s.Env.Named(st.Relation)
			if err != nil {
				return unlocated(plan.UndefinedRelation(st.Relation))
			}
			return sqlerr.New(sqlerr.WrongObjectType, `"%s" is not an index`, r.ObjectName())
		}
		if err := s.owner(t.Owner, "index", st.Relation.Name); err != nil {
			return err
		}
		if st.Concurrently() {
			return s.remake(ctx, t, t.Indexes[at:at+1], true)
		}
		return s.rebuild(ctx, t, t.Indexes[at:at+1])
	case "table":
		if t, _ := s.findIndex(st.Relation); t != nil {
			return sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a table or materialized view`, st.Relation.Name)
		}
		r, err := s.Env.Named(st.Relation)
		if err != nil {
			return unlocated(err)
		}
		t, ok := r.(*catalog.Table)
		if !ok {
			return sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a table or materialized view`, r.ObjectName())
		}
		if err := s.owner(t.Owner, kindOf(t), t.Name); err != nil {
			return err
		}
		if len(t.Indexes) == 0 {
			s.notice(sqlerr.SuccessfulCompletion, `table "%s" has no indexes to reindex`, t.Name)
		}
		if st.Concurrently() {
			return s.remake(ctx, t, t.Indexes, false)
		}
		return s.rebuild(ctx, t, t.Indexes)
	case "schema":
		sc := cat.Schema(s.Env.Database, st.Name)
		if sc == nil {
			return sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, st.Name)
		}
		if err := s.owner(sc.Owner, "schema", sc.Name); err != nil {
			return err
		}
		return s.rebuildTables(ctx, st.Concurrently(), func(t *catalog.Table) bool { return t.Schema == sc.OID })
	}
	if st.Object == "system" && st.Concurrently() {
		return sqlerr.New(sqlerr.FeatureNotSupported, "cannot reindex system catalogs concurrently")
	}
	db, _ := cat.Get(s.Env.Database).(*catalog.Database)
	if db == nil || db.Name != st.Name {
		return sqlerr.New(sqlerr.FeatureNotSupported, "can only reindex the currently open database")
	}
	if err := s.owner(db.Owner, "database", db.Name); err != nil || st.Object == "system" { // system relations have no stored indexes
		return err
	}
	return s.rebuildTables(ctx, st.Concurrently(), func(t *catalog.Table) bool { return t.Database == db.OID && !t.Temporary })
}

func (s *Session) rebuildTables(ctx context.Context, concurrently bool, meant func(*catalog.Table) bool) error {
	objects := slices.SortedFunc(s.Tx.Catalog().All(), func(a, b catalog.Object) int { return cmp.Compare(a.ObjectOID(), b.ObjectOID()) })
	for _, o := range objects {
		t, ok := o.(*catalog.Table)
		if !ok || !meant(t) {
			continue
		}
		rebuild := s.rebuild
		if concurrently {
			rebuild = func(ctx context.Context, t *catalog.Table, indexes []*catalog.Index) error {
				return s.remake(ctx, t, indexes, false)
			}
		}
		if err := rebuild(ctx, t, t.Indexes); err != nil {
			return err
		}
	}
	return nil
}

// rebuild makes the entries of a table's indexes anew.
func (s *Session) rebuild(ctx context.Context, t *catalog.Table, indexes []*catalog.Index) error {
	if err := s.idle(t, "REINDEX"); err != nil {
		return err
	}
	if err := s.Tx.LockTable(ctx, t.OID, tables.AccessExclusiveMode, false); err != nil {
		return err
	}
	for _, i := range indexes {
		if i.Primary {
			continue
		}
		var err error
		if t, i, err = s.withEntries(ctx, t, i); err != nil {
			return err
		}
		s.Tx.DropIndexStorage(t, i)
		if err := s.buildIndex(ctx, t, i); err != nil {
			return err
		}
		if i.Invalid && t.Key == nil { // CREATE INDEX CONCURRENTLY has left it so
			if err := s.Tx.Validate(ctx, t.OID, i.OID); err != nil {
				return err
			}
		}
	}
	return nil
}

// withEntries has an index that an earlier version has made keep the entries that it would have now.
func (s *Session) withEntries(ctx context.Context, t *catalog.Table, i *catalog.Index) (*catalog.Table, *catalog.Index, error) {
	m := catalog.AccessMethodNamed(i.Method)
	if m.Stored {
		return t, i, nil
	}
	exprs, _, err := plan.IndexCode(s.Tx.Catalog(), t, i)
	if err != nil {
		return nil, nil, err
	}
	keys := make([]*types.Type, len(i.Keys))
	for k, key := range i.Keys {
		if at := t.Ordinal(key.Column); key.Column != 0 && at >= 0 {
			keys[k] = t.Columns[at].Type.Type
		} else {
			keys[k] = exprs[k].Type()
		}
	}
	now := *i
	if keepEntries(m, &now, keys); now.Declared == i.Declared && now.Extracted == i.Extracted {
		return t, i, nil
	}
	if err := s.Tx.ChangeIndex(ctx, t.OID, i.OID, func(i *catalog.Index) { i.Declared, i.Extracted = now.Declared, now.Extracted }); err != nil {
		return nil, nil, err
	}
	t = s.Tx.Catalog().Table(t.OID)
	at := slices.IndexFunc(t.Indexes, func(have *catalog.Index) bool { return have.OID == i.OID })
	return t, t.Indexes[at], nil
}

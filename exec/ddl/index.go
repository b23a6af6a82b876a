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

func cannotIndex(r catalog.Relation, kind string) error {
	return sqlerr.New(sqlerr.WrongObjectType, `cannot create index on relation "%s"`, r.ObjectName()).WithDetail("This operation is not supported for %s.", kind)
}

// createIndex runs CREATE INDEX.
func (s *Session) createIndex(ctx context.Context, st *ast.IndexStmt) error {
	switch r := s.Env.ResolveRelation(st.Relation.Schema, st.Relation.Name).(type) {
	case *catalog.Sequence:
		return cannotIndex(r, "sequences")
	case *catalog.View:
		return cannotIndex(r, "views")
	}
	old, err := s.Env.NamedTable(st.Relation, "create index on")
	if err != nil {
		return err
	}
	if old.Server != 0 {
		return cannotIndex(old, "foreign tables")
	}
	if err := s.owner(old.Owner, kindOf(old), old.Name); err != nil {
		return err
	}
	if st.Concurrently && s.InBlock {
		return sqlerr.New(sqlerr.ActiveSQLTransaction, "CREATE INDEX CONCURRENTLY cannot run inside a transaction block")
	}
	if st.Concurrently {
		if err := s.Concurrently.Lock(ctx, old.OID); err != nil {
			return err
		}
	}
	method, err := indexMethod(st, s.Tx.Catalog().LibrariesOf(s.Env.Database))
	if err != nil {
		return err
	}
	edit, err := s.edit(ctx, old.Temporary)
	if err != nil {
		return err
	}
	mode := tables.ShareMode
	if st.Concurrently {
		mode = tables.ShareUpdateExclusiveMode
	}
	if err := s.Tx.LockTable(ctx, old.OID, mode, false); err != nil {
		return err
	}
	t := edit.Catalog().Table(old.OID).Clone()
	b := &tableBuilder{s: s, edit: edit, schema: edit.Catalog().SchemaByOID(t.Schema), table: t, taken: map[string]bool{}}
	index := &catalog.Index{OID: edit.NewOID(), Unique: st.Unique, NullsNotDistinct: st.NullsNotDistinct, Name: st.Name}
	if method.Name != "btree" {
		index.Method = method.Name
	}
	if index.Options, err = storageOptions(method, st.Options); err != nil {
		return err
	}
	var names []string
	var keys []*types.Type
	for _, e := range st.Elems {
		key, name, typ, err := b.indexKey(e)
		if err != nil {
			return err
		}
		if key.OpClass, err = b.keyClass(method, e, typ); err != nil {
			return err
		}
		if err := keyOrder(method, e, &key); err != nil {
			return err
		}
		keys = append(keys, typ)
		index.Keys = append(index.Keys, key)
		names = numbered(names, name)
	}
	keepEntries(method, index, keys)
	if st.Where != nil {
		if index.Predicate, err = b.indexPredicate(st.Where); err != nil {
			return err
		}
	}
	for _, e := range st.Including {
		at := t.ColumnIndex(e.Name)
		if at < 0 {
			return sqlerr.New(sqlerr.UndefinedColumn, `column "%s" does not exist`, e.Name)
		}
		index.Include = append(index.Include, t.Columns[at].Num)
		names = numbered(names, e.Name)
	}
	if index.Name == "" {
		index.Name = b.freeName(t.Name, strings.Join(names, "_"), "idx")
	} else if edit.Catalog().RelationNameTaken(t.Schema, index.Name) {
		if st.IfNotExists {
			s.notice(sqlerr.DuplicateTable, `relation "%s" already exists, skipping`, index.Name)
			return nil
		}
		return sqlerr.New(sqlerr.DuplicateTable, `relation "%s" already exists`, index.Name)
	}
	if t.Key == nil {
		t.Indexes = append(t.Indexes, index)
		s.Tx.PutObject(t)
		if st.Concurrently && s.Tx.CanFill(t, index) {
			index.Invalid = true
			s.Concurrently.Later(Concurrent{t.OID, index.OID, FillIndex})
			return nil
		}
		if err := s.Tx.LockTable(ctx, old.OID, tables.ShareMode, false); err != nil {
			return err
		}
		return s.buildIndex(ctx, t, index)
	}
	if st.Concurrently {
		return sqlerr.New(sqlerr.FeatureNotSupported, `cannot create index on partitioned table "%s" concurrently`, t.Name)
	}
	if index.Unique {
		if err := uniqueAcross(t, index); err != nil {
			return err
		}
	}
	index.Invalid = st.Relation.Only && edit.Catalog().HasChildren(t.OID)
	t.Indexes = append(t.Indexes, index)
	s.Tx.PutObject(t)
	if st.Relation.Only {
		return nil
	}
	return s.indexPartitions(ctx, edit, t.OID, index.OID)
}

// buildIndex makes the entries of an index. Functions in it have the rights of the table's
// owner, who has chosen them.
func (s *Session) buildIndex(ctx context.Context, t *catalog.Table, index *catalog.Index) error {
	defer s.RestrictedAs(t.Owner)()
	return s.Tx.BuildIndex(ctx, t, index)
}

// dropIndex removes an index that no constraint needs.
func (s *Session) dropIndex(ctx context.Context, edit *catalog.Editor, t *catalog.Table, index *catalog.Index, cascade, concurrently bool) error {
	if err := s.owner(t.Owner, "index", index.Name); err != nil {
		return err
	}
	if index.Parent != 0 {
		_, parent := s.Tx.Catalog().IndexByOID(index.Parent)
		return sqlerr.New(sqlerr.DependentObjectsStillExist, "cannot drop index %s because index %s requires it", index.Name, parent.Name).
			WithHint("You can drop index %s instead.", parent.Name)
	}
	if index.Constraint {
		return sqlerr.New(sqlerr.DependentObjectsStillExist, "cannot drop index %s because constraint %s on table %s requires it", index.Name, index.Name, t.Name).
			WithHint("You can drop constraint %s on table %s instead.", index.Name, t.Name)
	}
	if concurrently {
		if err := s.Concurrently.Lock(ctx, t.OID); err != nil {
			return err
		}
	} else if err := s.Tx.LockTable(ctx, t.OID, tables.AccessExclusiveMode, false); err != nil {
		return err
	}
	on := s.referencing(ctx, t, "index "+index.Name, func(k *catalog.ForeignKey) bool { return k.Index == index.OID })
	if err := s.settle("index "+index.Name, on, cascade); err != nil {
		return err
	}
	if concurrently {
		s.invalidate(t, index)
		return nil
	}
	if err := s.dropPartIndexes(ctx, t.OID, index.OID); err != nil {
		return err
	}
	changed := s.Tx.Catalog().Table(t.OID).Clone()
	changed.Indexes = slices.DeleteFunc(changed.Indexes, func(i *catalog.Index) bool { return i.OID == index.OID })
	s.Tx.DropIndexStorage(t, index)
	s.Tx.PutObject(changed)
	return nil
}

// columnsOf lists the names of the columns an expression refers to, each once.
func columnsOf(e ast.Expr) []string {
	var names []string
	ast.Inspect(e, func(n ast.Node) bool {
		if c, ok := n.(*ast.ColumnRef); ok && !c.Star {
			if name := c.Fields[len(c.Fields)-1]; !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		return true
	})
	return names
}

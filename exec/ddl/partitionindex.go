package ddl

import (
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables"
)

// The index of a partitioned table stands for one in each partition. Those that a
// partition has already are attached; the others are made.

// inheritedIndexes gives a new partition the indexes of its parent.
func (b *tableBuilder) inheritedIndexes() error {
	if b.inherited == nil || !b.inherited.partition {
		return nil
	}
	src := &likeSource{table: b.inherited.parents[0]}
	for _, from := range src.table.Indexes {
		switch {
		case b.ofForeign && from.Unique:
			return sqlerr.New(sqlerr.WrongObjectType, `cannot create foreign partition of partitioned table "%s"`, src.table.Name).
				WithDetail(`Table "%s" contains indexes that are unique.`, src.table.Name)
		case b.ofForeign:
			continue
		}
		if err := b.likeIndex(src, from); err != nil {
			return err
		}
		at := len(b.table.Indexes) - 1
		if from.Primary {
			at = 0
		}
		index := *b.table.Indexes[at]
		index.Parent, index.Invalid, index.Comment, index.ConstraintComment = from.OID, false, "", ""
		b.table.Indexes[at] = &index
		if index.Unique {
			if err := uniqueAcross(b.table, &index); err != nil {
				return err
			}
		}
	}
	return nil
}

// partitionIndexes gives a partition an index for each of its parent's.
func (s *Session) partitionIndexes(ctx context.Context, edit *catalog.Editor, parent *catalog.Table, child catalog.OID) error {
	part := s.Tx.Catalog().Table(child)
	for _, index := range s.Tx.Catalog().Table(parent.OID).Indexes {
		switch {
		case part.Server != 0 && index.Unique:
			return sqlerr.New(sqlerr.WrongObjectType, `cannot attach foreign table "%s" as partition of partitioned table "%s"`, part.Name, parent.Name).
				WithDetail(`Partitioned table "%s" contains unique indexes.`, parent.Name)
		case part.Server != 0:
			continue
		}
		if err := s.partitionIndex(ctx, edit, parent.OID, index.OID, child); err != nil {
			return err
		}
	}
	return nil
}

// indexPartitions gives all partitions of a table an index for one of its own.
func (s *Session) indexPartitions(ctx context.Context, edit *catalog.Editor, parent, index catalog.OID) error {
	for _, child := range s.Tx.Catalog().Children(parent) {
		if child.Bound == nil {
			continue
		}
		if child.Server != 0 {
			t := s.Tx.Catalog().Table(parent)
			if _, i := s.Tx.Catalog().IndexByOID(index); i != nil && i.Unique {
				return sqlerr.New(sqlerr.WrongObjectType, `cannot create unique index on partitioned table "%s"`, t.Name).
					WithDetail(`Table "%s" contains partitions that are foreign tables.`, t.Name)
			}
			continue
		}
		if err := s.Tx.LockTable(ctx, child.OID, tables.ShareMode, false); err != nil {
			return err
		}
		if err := s.partitionIndex(ctx, edit, parent, index, child.OID); err != nil {
			return err
		}
	}
	return nil
}

// partitionIndex attaches an index of a partition to its parent's, or makes it.
func (s *Session) partitionIndex(ctx context.Context, edit *catalog.Editor, parentOID, indexOID, childOID catalog.OID) error {
	parent, child := s.Tx.Catalog().Table(parentOID), s.Tx.Catalog().Table(childOID)
	index := parent.Index(indexOID)
	for i, have := range child.Indexes {
		if have.Parent == indexOID {
			return nil
		}
		if have.Parent == 0 && !have.Invalid && sameIndex(parent, index, child, have) && have.Constraint == index.Constraint && have.IsPrimary() == index.IsPrimary() {
			c := child.Clone()
			own := *have
			own.Parent = indexOID
			c.Indexes[i] = &own
			s.Tx.PutObject(c)
			return nil
		}
	}
	b := &tableBuilder{s: s, edit: edit, schema: edit.Catalog().SchemaByOID(child.Schema), table: child.Clone(), taken: map[string]bool{}, altering: true}
	if err := b.likeIndex(&likeSource{table: parent}, index); err != nil {
		return err
	}
	at := len(b.table.Indexes) - 1
	if index.Primary {
		at = 0
	}
	made := *b.table.Indexes[at]
	if made.Unique {
		if err := uniqueAcross(child, &made); err != nil {
			return err
		}
	}
	made.Parent, made.Invalid, made.Comment, made.ConstraintComment = indexOID, false, "", ""
	b.table.Indexes[at] = &made
	if made.Primary {
		for i, c := range b.table.Columns {
			if !c.NotNull && slices.ContainsFunc(made.Keys, func(k catalog.IndexKey) bool { return k.Column == c.Num }) {
				fixed := *c
				fixed.NotNull = true
				b.table.Columns[i] = &fixed
			}
		}
	}
	s.Tx.PutObject(b.table)
	switch {
	case child.Key != nil:
		return s.indexPartitions(ctx, edit, childOID, made.OID)
	case made.Primary:
		if err := s.verifyNotNull(ctx, child, b.table); err != nil {
			return err
		}
		return s.Tx.Rekey(ctx, child, b.table, nil)
	}
	return s.buildIndex(ctx, b.table, &made)
}

// sameIndex says whether indexes of a parent and a partition have the same definition.
func sameIndex(parent *catalog.Table, a *catalog.Index, child *catalog.Table, b *catalog.Index) bool {
	column := func(t *catalog.Table, num int16) string { return t.Columns[t.Ordinal(num)].Name }
	return a.Unique == b.Unique && a.NullsNotDistinct == b.NullsNotDistinct && a.Method == b.Method && a.Predicate == b.Predicate &&
		slices.EqualFunc(a.Keys, b.Keys, func(x, y catalog.IndexKey) bool {
			return x.Expr == y.Expr && x.OpClass == y.OpClass && (x.Column == 0) == (y.Column == 0) && (x.Column == 0 || column(parent, x.Column) == column(child, y.Column))
		}) &&
		slices.EqualFunc(a.Include, b.Include, func(x, y int16) bool { return column(parent, x) == column(child, y) })
}

// uniqueAcross demands that a unique index of a partitioned table has all columns of the
// partition key: equal keys are in one partition then.
func uniqueAcross(t *catalog.Table, index *catalog.Index) error {
	if t.Key == nil {
		return nil
	}
	kind := "UNIQUE"
	if index.Primary {
		kind = "PRIMARY KEY"
	}
	for i := range t.Key.Columns {
		k := &t.Key.Columns[i]
		if k.Column == 0 {
			return sqlerr.New(sqlerr.FeatureNotSupported, "unsupported %s constraint with partition key definition", kind).
				WithDetail("%s constraints cannot be used when partition keys include expressions.", kind)
		}
		if !slices.ContainsFunc(index.Keys, func(have catalog.IndexKey) bool { return have.Column == k.Column }) {
			return sqlerr.New(sqlerr.FeatureNotSupported, "unique constraint on partitioned table must include all partitioning columns").
				WithDetail(`%s constraint on table "%s" lacks column "%s" which is part of the partition key.`, kind, t.Name, t.Columns[t.Ordinal(k.Column)].Name)
		}
	}
	return nil
}

// attachIndex runs ALTER INDEX ... ATTACH PARTITION.
func (s *Session) attachIndex(ctx context.Context, st *ast.AlterTableStmt) error {
	cmd := st.Cmds[0]
	parent, at := s.findIndex(st.Relation)
	if parent == nil {
		if r := s.Env.ResolveRelation(st.Relation.Schema, st.Relation.Name); r != nil {
			return sqlerr.New(sqlerr.WrongObjectType, `"%s" is not an index`, st.Relation.Name)
		}
		if st.IfExists {
			s.notice(sqlerr.SuccessfulCompletion, `relation "%s" does not exist, skipping`, st.Relation.Name)
			return nil
		}
		return sqlerr.New(sqlerr.UndefinedTable, `relation "%s" does not exist`, st.Relation.Name)
	}
	index := parent.Indexes[at]
	if parent.Key == nil {
		return sqlerr.New(sqlerr.WrongObjectType, `ALTER action %s cannot be performed on relation "%s"`, "ATTACH PARTITION", index.Name).
			WithDetail("This operation is not supported for indexes.")
	}
	if err := s.owner(parent.Owner, "index", index.Name); err != nil {
		return err
	}
	child, childAt := s.findIndex(cmd.Relation)
	if child == nil {
		if r := s.Env.ResolveRelation(cmd.Relation.Schema, cmd.Relation.Name); r != nil {
			return sqlerr.New(sqlerr.WrongObjectType, `"%s" is not an index`, cmd.Relation.Name)
		}
		return sqlerr.New(sqlerr.UndefinedTable, `relation "%s" does not exist`, cmd.Relation.Name)
	}
	if err := s.owner(child.Owner, "index", child.Indexes[childAt].Name); err != nil {
		return err
	}
	if _, err := s.Tx.Edit(ctx); err != nil {
		return err
	}
	for _, oid := range []catalog.OID{parent.OID, child.OID} {
		if err := s.Tx.LockTable(ctx, oid, tables.AccessExclusiveMode, false); err != nil {
			return err
		}
	}
	part := child.Indexes[childAt]
	cannot := func(code sqlerr.Code, format string, args ...any) error {
		return sqlerr.New(code, `cannot attach index "%s" as a partition of index "%s"`, part.Name, index.Name).WithDetail(format, args...)
	}
	if part.Parent == index.OID {
		return nil
	}
	if part.Parent != 0 {
		return cannot(sqlerr.ObjectNotInPrerequisiteState, `Index "%s" is already attached to another index.`, part.Name)
	}
	if child.Bound == nil || child.Parents[0] != parent.OID {
		return cannot(sqlerr.ObjectNotInPrerequisiteState, `Index "%s" is not an index on any partition of table "%s".`, part.Name, parent.Name)
	}
	if slices.ContainsFunc(child.Indexes, func(i *catalog.Index) bool { return i.Parent == index.OID }) {
		return cannot(sqlerr.ObjectNotInPrerequisiteState, `Another index is already attached for partition "%s".`, child.Name)
	}
	if !sameIndex(parent, index, child, part) {
		return cannot(sqlerr.InvalidObjectDefinition, "The index definitions do not match.")
	}
	if index.Constraint && !part.Constraint {
		return cannot(sqlerr.InvalidObjectDefinition, `The index "%s" belongs to a constraint in table "%s" but no constraint exists for index "%s".`, index.Name, parent.Name, part.Name)
	}
	c := child.Clone()
	own := *part
	own.Parent = index.OID
	c.Indexes[childAt] = &own
	s.Tx.PutObject(c)
	s.validateIndex(parent.OID, index.OID)
	return nil
}

// validateIndex makes the index of a partitioned table valid once every partition has a
// valid one, and then that above it.
func (s *Session) validateIndex(table, oid catalog.OID) {
	t := s.Tx.Catalog().Table(table)
	index := t.Index(oid)
	if index == nil || !index.Invalid {
		return
	}
	for _, child := range s.Tx.Catalog().Children(table) {
		if !slices.ContainsFunc(child.Indexes, func(i *catalog.Index) bool { return i.Parent == oid && !i.Invalid }) {
			return
		}
	}
	c := t.Clone()
	valid := *index
	valid.Invalid = false
	c.Indexes[slices.Index(t.Indexes, index)] = &valid
	s.Tx.PutObject(c)
	if index.Parent != 0 && len(t.Parents) > 0 {
		s.validateIndex(t.Parents[0], index.Parent)
	}
}

// dropPartIndexes drops the indexes of partitions that are attached to one that goes.
func (s *Session) dropPartIndexes(ctx context.Context, table, index catalog.OID) error {
	for _, child := range s.Tx.Catalog().Children(table) {
		at := slices.IndexFunc(child.Indexes, func(i *catalog.Index) bool { return i.Parent == index })
		if at < 0 {
			continue
		}
		if err := s.Tx.LockTable(ctx, child.OID, tables.AccessExclusiveMode, false); err != nil {
			return err
		}
		gone := child.Indexes[at]
		if err := s.dropPartIndexes(ctx, child.OID, gone.OID); err != nil {
			return err
		}
		c := s.Tx.Catalog().Table(child.OID).Clone()
		c.Indexes = slices.DeleteFunc(c.Indexes, func(i *catalog.Index) bool { return i.OID == gone.OID })
		s.Tx.PutObject(c)
		if gone.Primary && child.Key == nil {
			if err := s.Tx.Rekey(ctx, child, c, nil); err != nil {
				return err
			}
			continue
		}
		s.Tx.DropIndexStorage(child, gone)
	}
	return nil
}

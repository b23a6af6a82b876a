package ddl

import (
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// heritage takes what a new table has from the tables that it inherits from or is a
// partition of.
func (b *tableBuilder) heritage(ctx context.Context, st *ast.CreateStmt) error {
	t := b.table
	if st.PartitionOf == nil {
		if st.Inherits == nil {
			return nil
		}
		parents, err := b.s.parents(ctx, st.Inherits, t, false)
		if err != nil {
			return err
		}
		return b.inherit(parents, false)
	}
	if r, ok := b.s.Env.ResolveRelation(st.PartitionOf.Schema, st.PartitionOf.Name).(*catalog.Table); ok && !t.Temporary && !r.Temporary && st.TableKind == ast.KindUnspecified && t.Durable() && !t.PerUser {
		t.Kind, t.PerUser, t.TTL, t.MaxRows = r.Kind, r.PerUser, r.TTL, r.MaxRows
	}
	parents, err := b.s.parents(ctx, []*ast.RangeVar{st.PartitionOf}, t, true)
	if err != nil {
		return err
	}
	return b.inherit(parents, true)
}

// bound settles what of the parent's rows a new partition has.
func (b *tableBuilder) bound(def *ast.PartitionBound) (err error) {
	parent := b.inherited.parents[0]
	if b.table.Bound, err = b.s.partitionBound(parent, def); err != nil {
		return err
	}
	return b.s.newBound(parent, b.table.Name, b.table.Bound, def)
}

// becomePartition gives a new partition what partitions have, once it is there.
func (b *tableBuilder) becomePartition(ctx context.Context) error {
	parent := b.inherited.parents[0]
	if err := b.s.partitionTriggers(b.edit, parent, b.table.OID); err != nil {
		return err
	}
	if err := b.s.partitionKeys(ctx, b.edit, parent, b.table.OID, false); err != nil {
		return err
	}
	return b.s.verifyDefault(ctx, parent, b.table.OID)
}

// partitionTriggers makes the row-level triggers of a partitioned table those of a
// partition.
func (s *Session) partitionTriggers(edit *catalog.Editor, parent *catalog.Table, child catalog.OID) error {
	parent = s.Tx.Catalog().Table(parent.OID)
	for _, tr := range parent.Triggers {
		if tr.Row {
			if err := s.partitionTrigger(edit, parent, tr, child, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// partitionTrigger makes a trigger that of a partition too, and of what is below it. One of
// that name that the partition has is in the way, unless it may be replaced.
func (s *Session) partitionTrigger(edit *catalog.Editor, parent *catalog.Table, tr *catalog.Trigger, child catalog.OID, replace bool) error {
	t := s.Tx.Catalog().Table(child)
	own := *tr
	own.OID, own.Parent, own.Comment = edit.NewOID(), tr.OID, ""
	if tr.ConstraintOID != 0 {
		own.ConstraintOID = edit.NewOID()
	}
	own.Columns = nil
	for _, num := range tr.Columns {
		at := t.ColumnIndex(parent.Columns[parent.Ordinal(num)].Name)
		own.Columns = append(own.Columns, t.Columns[at].Num)
	}
	list := slices.Clone(t.Triggers)
	if old := catalog.TriggerNamed(t, tr.Name); old != nil {
		switch {
		case old.Parent != tr.OID && old.Parent != 0:
			return sqlerr.New(sqlerr.DuplicateObject, `trigger "%s" for relation "%s" is an internal or a child trigger`, tr.Name, t.Name)
		case old.Parent == 0 && !replace:
			return sqlerr.New(sqlerr.DuplicateObject, `trigger "%s" for relation "%s" already exists`, tr.Name, t.Name)
		}
		own.OID, own.ConstraintOID = old.OID, old.ConstraintOID
		list[slices.Index(list, old)] = &own
	} else {
		list = append(list, &own)
	}
	s.Tx.PutObject(catalog.WithTriggers(t, list))
	for _, below := range s.Tx.Catalog().Children(child) {
		if below.Bound != nil {
			if err := s.partitionTrigger(edit, s.Tx.Catalog().Table(child), &own, below.OID, replace); err != nil {
				return err
			}
		}
	}
	return nil
}

// eachLeaf calls f for what of a table has rows: itself or its leaves.
func (s *Session) eachLeaf(oid catalog.OID, f func(*catalog.Table) error) error {
	cat := s.Tx.Catalog()
	for _, t := range cat.Heirs(cat.Table(oid)) {
		if t.Key == nil {
			if err := f(t); err != nil {
				return err
			}
		}
	}
	return nil
}

// verifyDefault demands that the default partition has no rows that belong to a new one.
func (s *Session) verifyDefault(ctx context.Context, parent *catalog.Table, added catalog.OID) error {
	parts, err := s.Tx.Catalog().Partitions(s.Tx.Catalog().Table(parent.OID))
	if err != nil || parts.Default < 0 || parts.List[parts.Default].Table.OID == added {
		return err
	}
	return s.verifyWithin(ctx, parts.List[parts.Default].Table.OID, `updated partition constraint for default partition "%s" would be violated by some row`)
}

// verifyWithin demands that the rows of a partition, and of those below it, fit in, and that
// nobody is writing to any of them by what they wanted until now.
func (s *Session) verifyWithin(ctx context.Context, partition catalog.OID, message string) error {
	env := *s.Env
	cat := s.Tx.Catalog()
	for _, t := range cat.Heirs(cat.Table(partition)) {
		if err := s.Tx.LockTable(ctx, t.OID, tables.AccessExclusiveMode, false); err != nil {
			return err
		}
	}
	env.Catalog = s.Tx.Catalog()
	return s.eachLeaf(partition, func(t *catalog.Table) error {
		within, err := plan.NewWithin(&env, t)
		if err != nil {
			return err
		}
		return s.everyRow(ctx, t, nil, func(row types.Row) error {
			ok, err := within.Fits(s.Eval, row)
			if err == nil && !ok {
				err = sqlerr.New(sqlerr.CheckViolation, message, t.Name).OnTable(s.schemaName(t), t.Name)
			}
			return err
		})
	})
}

// attachPartition runs ALTER TABLE ... ATTACH PARTITION.
func (s *Session) attachPartition(ctx context.Context, edit *catalog.Editor, parent *catalog.Table, cmd *ast.AlterTableCmd) error {
	if parent.Key == nil {
		return sqlerr.New(sqlerr.InvalidObjectDefinition, `table "%s" is not partitioned`, parent.Name)
	}
	bound, err := s.partitionBound(parent, cmd.Bound)
	if err != nil {
		return err
	}
	child, err := s.namedTable(ctx, cmd.Relation, "ATTACH PARTITION")
	if err != nil {
		return err
	}
	wrong := func(format string, args ...any) error {
		return sqlerr.New(sqlerr.WrongObjectType, format, args...)
	}
	switch {
	case child.Bound != nil:
		return wrong(`"%s" is already a partition`, child.Name)
	case len(child.Parents) > 0:
		return wrong("cannot attach inheritance child as partition")
	case child.Key == nil && s.Tx.Catalog().HasChildren(child.OID):
		return wrong("cannot attach inheritance parent as partition")
	case child.OID == parent.OID || s.Tx.Catalog().Inherits(parent, child.OID):
		return sqlerr.New(sqlerr.DuplicateTable, "circular inheritance not allowed").WithDetail(`"%s" is already a child of "%s".`, parent.Name, child.Name)
	case parent.Temporary && !child.Temporary:
		return wrong(`cannot attach a permanent relation as partition of temporary relation "%s"`, parent.Name)
	case !parent.Temporary && child.Temporary:
		return wrong(`cannot attach a temporary relation as partition of permanent relation "%s"`, parent.Name)
	case parent.Kind != child.Kind || parent.PerUser != child.PerUser:
		return sqlerr.Unsupported("inheritance between tables of different kinds")
	}
	if err := withoutRowTransitions(child, "a partition", "on partitions"); err != nil {
		return err
	}
	for _, c := range child.Columns {
		if parent.ColumnIndex(c.Name) < 0 {
			return sqlerr.New(sqlerr.DatatypeMismatch, `table "%s" contains column "%s" not found in parent "%s"`, child.Name, c.Name, parent.Name).
				WithDetail("The new partition may contain only the columns present in parent.")
		}
	}
	if err := s.newBound(parent, child.Name, bound, cmd.Bound); err != nil {
		return err
	}
	c := child.Clone()
	if err := s.adopt(edit, parent, c); err != nil {
		return err
	}
	c.Bound = bound
	s.Tx.PutObject(c)
	if err := s.partitionIndexes(ctx, edit, parent, c.OID); err != nil {
		return err
	}
	if err := s.partitionTriggers(edit, parent, c.OID); err != nil {
		return err
	}
	if err := s.partitionKeys(ctx, edit, parent, c.OID, true); err != nil {
		return err
	}
	if err := s.verifyWithin(ctx, c.OID, `partition constraint of relation "%s" is violated by some row`); err != nil {
		return err
	}
	return s.verifyDefault(ctx, parent, c.OID)
}

// namedTable finds and locks a table that ATTACH, DETACH and INHERIT name, which must be
// the role's.
func (s *Session) namedTable(ctx context.Context, v *ast.RangeVar, action string) (*catalog.Table, error) {
	env := *s.Env
	env.Catalog = s.Tx.Catalog()
	r, err := env.Named(v)
	if err != nil {
		return nil, unlocated(err)
	}
	t, ok := r.(*catalog.Table)
	if !ok || t.Query != nil {
		return nil, notForAction(action, r)
	}
	if err := s.owner(t.Owner, kindOf(t), t.Name); err != nil {
		return nil, err
	}
	if err := s.Tx.LockTable(ctx, t.OID, tables.AccessExclusiveMode, false); err != nil {
		return nil, err
	}
	if t = s.Tx.Catalog().Table(t.OID); t == nil {
		return nil, unlocated(plan.UndefinedRelation(v))
	}
	return t, s.idle(t, "ALTER TABLE")
}

// notForAction says that an action of ALTER TABLE is not for a relation.
func notForAction(action string, r catalog.Relation) error {
	kind := "tables"
	switch r := r.(type) {
	case *catalog.View:
		kind = "views"
	case *catalog.Sequence:
		kind = "sequences"
	case *catalog.Table:
		if r.Query != nil {
			kind = "materialized views"
		}
	}
	return sqlerr.New(sqlerr.WrongObjectType, `ALTER action %s cannot be performed on relation "%s"`, action, r.ObjectName()).
		WithDetail("This operation is not supported for %s.", kind)
}

// detachPartition runs ALTER TABLE ... DETACH PARTITION.
func (s *Session) detachPartition(ctx context.Context, parent *catalog.Table, cmd *ast.AlterTableCmd) error {
	if parent.Key == nil {
		return sqlerr.New(sqlerr.InvalidObjectDefinition, `table "%s" is not partitioned`, parent.Name)
	}
	if cmd.Concurrently {
		parts, err := s.Tx.Catalog().Partitions(parent)
		if err != nil {
			return err
		}
		if parts.Default >= 0 {
			return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, "cannot detach partitions concurrently when a default partition exists")
		}
		if s.InBlock {
			return sqlerr.New(sqlerr.ActiveSQLTransaction, "ALTER TABLE ... DETACH CONCURRENTLY cannot run inside a transaction block")
		}
	}
	child, err := s.namedTable(ctx, cmd.Relation, "DETACH PARTITION")
	if err != nil {
		return err
	}
	if !slices.Contains(child.Parents, parent.OID) {
		return sqlerr.New(sqlerr.UndefinedTable, `relation "%s" is not a partition of relation "%s"`, child.Name, parent.Name)
	}
	if cmd.Kind == "DetachPartitionFinalize" {
		return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `cannot complete detaching partition "%s"`, child.Name).WithDetail("There's no pending concurrent detach.")
	}
	if err := s.unreferencedPartition(ctx, parent, child); err != nil {
		return err
	}
	c := child.Clone()
	disown(parent, c)
	c.Bound = nil
	for i, index := range c.Indexes {
		own := *index
		own.Parent = 0
		c.Indexes[i] = &own
	}
	for i, k := range c.Foreign {
		own := *k
		own.Parent = 0
		c.Foreign[i] = &own
	}
	s.Tx.PutObject(c)
	s.dropPartTriggers(c.OID, nil)
	return nil
}

// dropPartTriggers drops the triggers that a partition and what is below it have for a
// trigger of the partitioned table, nil: for any.
func (s *Session) dropPartTriggers(partition catalog.OID, of *catalog.Trigger) {
	var gone []*catalog.Trigger
	s.changeTriggers(partition, func(t *catalog.Trigger) *catalog.Trigger {
		if t.Parent != 0 && (of == nil || t.Parent == of.OID) {
			gone = append(gone, t)
			return nil
		}
		return t
	})
	for _, t := range gone {
		for _, below := range s.Tx.Catalog().Children(partition) {
			s.dropPartTriggers(below.OID, t)
		}
	}
}

// addInherit runs ALTER TABLE ... INHERIT.
func (s *Session) addInherit(ctx context.Context, edit *catalog.Editor, child *catalog.Table, cmd *ast.AlterTableCmd) error {
	wrong := func(format string, args ...any) error {
		return sqlerr.New(sqlerr.WrongObjectType, format, args...)
	}
	switch {
	case child.Bound != nil:
		return wrong("cannot change inheritance of a partition")
	case child.Key != nil:
		return wrong("cannot change inheritance of partitioned table")
	}
	parent, err := s.namedTable(ctx, cmd.Relation, "INHERIT")
	if err != nil {
		return err
	}
	switch {
	case parent.Temporary && !child.Temporary:
		return wrong(`cannot inherit from temporary relation "%s"`, parent.Name)
	case parent.Key != nil:
		return wrong(`cannot inherit from partitioned table "%s"`, parent.Name)
	case parent.Bound != nil:
		return wrong("cannot inherit from a partition")
	case slices.Contains(child.Parents, parent.OID):
		return sqlerr.New(sqlerr.DuplicateTable, `relation "%s" would be inherited from more than once`, parent.Name)
	case child.OID == parent.OID || s.Tx.Catalog().Inherits(parent, child.OID):
		return sqlerr.New(sqlerr.DuplicateTable, "circular inheritance not allowed").WithDetail(`"%s" is already a child of "%s".`, parent.Name, child.Name)
	case parent.Kind != child.Kind || parent.PerUser != child.PerUser:
		return sqlerr.Unsupported("inheritance between tables of different kinds")
	}
	if err := withoutRowTransitions(child, "an inheritance child", "in inheritance hierarchies"); err != nil {
		return err
	}
	c := child.Clone()
	if err := s.adopt(edit, parent, c); err != nil {
		return err
	}
	s.Tx.PutObject(c)
	return nil
}

// adopt makes a table, a clone, one that inherits: it must have what the parent has.
func (s *Session) adopt(edit *catalog.Editor, parent, c *catalog.Table) error {
	missing := func(format string, args ...any) error {
		return sqlerr.New(sqlerr.DatatypeMismatch, format, args...)
	}
	for _, pc := range parent.Columns {
		at := c.ColumnIndex(pc.Name)
		if at < 0 {
			return missing(`child table is missing column "%s"`, pc.Name)
		}
		column := *c.Columns[at]
		switch {
		case !column.Type.Same(pc.Type.Type) || column.Typmod != pc.Typmod:
			return missing(`child table "%s" has different type for column "%s"`, c.Name, pc.Name)
		case pc.NotNull && !column.NotNull:
			return missing(`column "%s" in child table must be marked NOT NULL`, pc.Name)
		case pc.Generated && !column.Generated:
			return missing(`column "%s" in child table must be a generated column`, pc.Name)
		case pc.Generated && pc.Default != column.Default:
			return missing(`column "%s" in child table has a conflicting generation expression`, pc.Name)
		}
		column.InhCount++
		column.NotLocal = column.NotLocal || parent.Key != nil
		c.Columns[at] = &column
	}
	for _, pk := range parent.Checks {
		if pk.NoInherit {
			continue
		}
		at := slices.IndexFunc(c.Checks, func(k *catalog.Check) bool { return k.Name == pk.Name })
		if at < 0 {
			return missing(`child table is missing constraint "%s"`, pk.Name)
		}
		check := *c.Checks[at]
		switch {
		case check.Expr != pk.Expr:
			return missing(`child table "%s" has different definition for check constraint "%s"`, c.Name, pk.Name)
		case check.NoInherit:
			return sqlerr.New(sqlerr.InvalidObjectDefinition, `constraint "%s" conflicts with non-inherited constraint on child table "%s"`, check.Name, c.Name)
		case check.NotValid && !pk.NotValid:
			return sqlerr.New(sqlerr.InvalidObjectDefinition, `constraint "%s" conflicts with NOT VALID constraint on child table "%s"`, check.Name, c.Name)
		}
		check.InhCount++
		check.NotLocal = check.NotLocal || parent.Key != nil
		c.Checks[at] = &check
	}
	c.Parents = append(c.Parents, parent.OID)
	return nil
}

// dropInherit runs ALTER TABLE ... NO INHERIT.
func (s *Session) dropInherit(ctx context.Context, child *catalog.Table, cmd *ast.AlterTableCmd) error {
	if child.Bound != nil {
		return sqlerr.New(sqlerr.WrongObjectType, "cannot change inheritance of a partition")
	}
	env := *s.Env
	env.Catalog = s.Tx.Catalog()
	r, err := env.Named(cmd.Relation)
	if err != nil {
		return unlocated(err)
	}
	parent, ok := r.(*catalog.Table)
	if !ok || !slices.Contains(child.Parents, parent.OID) {
		if ok && parent.Key != nil {
			return sqlerr.New(sqlerr.UndefinedTable, `relation "%s" is not a partition of relation "%s"`, child.Name, parent.Name)
		}
		return sqlerr.New(sqlerr.UndefinedTable, `relation "%s" is not a parent of relation "%s"`, r.ObjectName(), child.Name)
	}
	c := child.Clone()
	disown(parent, c)
	s.Tx.PutObject(c)
	return nil
}

// disown makes a table, a clone, one that does not inherit from a parent any more. What
// it has stays.
func disown(parent, c *catalog.Table) {
	c.Parents = slices.DeleteFunc(c.Parents, func(oid catalog.OID) bool { return oid == parent.OID })
	less := func(in *catalog.Inheritance) {
		if in.InhCount == 0 {
			return
		}
		if in.InhCount--; in.InhCount == 0 {
			in.NotLocal = false
		}
	}
	for i, old := range c.Columns {
		if parent.ColumnIndex(old.Name) >= 0 {
			column := *old
			less(&column.Inheritance)
			c.Columns[i] = &column
		}
	}
	for i, old := range c.Checks {
		if slices.ContainsFunc(parent.Checks, func(k *catalog.Check) bool { return k.Name == old.Name && !k.NoInherit }) {
			check := *old
			less(&check.Inheritance)
			c.Checks[i] = &check
		}
	}
}

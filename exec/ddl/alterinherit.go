package ddl

import (
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables"
)

// ALTER TABLE of a table that others inherit from does to those what it does to the table,
// unless ONLY is written. What a table has only from its parents is changed through them.

// alterTree runs one action on a table and, with recurse, on those that inherit from it.
// below says that it is one of those.
func (s *Session) alterTree(ctx context.Context, edit *catalog.Editor, oid catalog.OID, cmd *ast.AlterTableCmd, recurse, below bool) error {
	t := s.Tx.Catalog().Table(oid)
	children := s.Tx.Catalog().Children(oid)
	switch cmd.Kind {
	case "AddColumn":
		return s.addColumnTree(ctx, edit, t, cmd, recurse, below)
	case "DropColumn":
		return s.dropColumnTree(ctx, t, cmd, recurse, below)
	case "DropConstraint":
		return s.dropConstraintTree(ctx, t, cmd, recurse, below)
	case "AddConstraint":
		return s.addConstraintTree(ctx, edit, t, cmd, recurse, below)
	case "AlterColumnType":
		for _, cmd := range s.retypings(cmd) {
			if err := s.typeInherited(t, cmd, recurse, below, len(children) > 0); err != nil {
				return err
			}
		}
	case "SetNotNull":
		if t.Key != nil && !recurse {
			if err := notNullBelow(children, cmd.Name); err != nil {
				return err
			}
		}
	case "DropNotNull":
		if t.Key != nil && !recurse && len(children) > 0 && t.ColumnIndex(cmd.Name) >= 0 {
			return sqlerr.New(sqlerr.InvalidTableDefinition, "cannot remove constraint from only the partitioned table when partitions exist").WithHint("Do not specify the ONLY keyword.")
		}
		if t.Bound != nil && !below && notNull(s.Tx.Catalog().Table(t.Parents[0]), cmd.Name) {
			return sqlerr.New(sqlerr.InvalidTableDefinition, `column "%s" is marked NOT NULL in parent table`, cmd.Name)
		}
	case "DropExpression":
		if at := t.ColumnIndex(cmd.Name); at >= 0 {
			switch {
			case (!recurse || below) && len(children) > 0: // PostgreSQL goes down one level only
				return sqlerr.New(sqlerr.InvalidTableDefinition, "ALTER TABLE / DROP EXPRESSION must be applied to child tables too")
			case t.Columns[at].InhCount > 0 && !below:
				return sqlerr.New(sqlerr.InvalidTableDefinition, "cannot drop generation expression from inherited column")
			}
		}
	case "ValidateConstraint":
		if !recurse && len(children) > 0 && slices.ContainsFunc(t.Checks, func(k *catalog.Check) bool { return k.Name == cmd.Name && k.NotValid && !k.NoInherit }) {
			return sqlerr.New(sqlerr.InvalidTableDefinition, "constraint must be validated on child tables too")
		}
		if below && !tableHasConstraint(t, cmd.Name) {
			return nil
		}
	case "AlterConstraint":
		if at := slices.IndexFunc(t.Foreign, func(k *catalog.ForeignKey) bool { return k.Name == cmd.Name && k.Parent != 0 }); at >= 0 && !below {
			ancestor, key := s.foreignRoot(t, t.Foreign[at])
			return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `cannot alter constraint "%s" on relation "%s"`, cmd.Name, t.Name).
				WithDetail(`Constraint "%s" is derived from constraint "%s" of relation "%s".`, cmd.Name, key.Name, ancestor.Name).
				WithHint("You may alter the constraint it derives from, instead.")
		}
	}
	if err := s.alterOne(ctx, edit, t, cmd); err != nil {
		return err
	}
	if !recurse || below || !recursive[cmd.Kind] && !(t.Key != nil && partitionRecursive[cmd.Kind]) {
		return nil
	}
	if enabledBy[cmd.Kind] != 0 && cmd.Name != "" {
		if tr := catalog.TriggerNamed(t, cmd.Name); tr != nil && !tr.Row {
			return nil // partitions have none of it
		}
	}
	heirs := s.Tx.Catalog().Heirs(t)
	for _, child := range heirs[1:] {
		if err := s.forChild(ctx, child, lockLevel(cmd)); err != nil {
			return err
		}
		if cmd.Kind == "AlterColumnType" {
			for _, cmd := range s.retypings(cmd) {
				if err := onlyFrom(heirs, child, cmd.Name); err != nil {
					return err
				}
			}
		}
		if err := s.alterTree(ctx, edit, child.OID, cmd, true, true); err != nil {
			return err
		}
	}
	return nil
}

// retypings are the actions of a statement that give columns other types, if the given one is
// the last of them, or it alone.
func (s *Session) retypings(cmd *ast.AlterTableCmd) []*ast.AlterTableCmd {
	if n := len(s.retyping); n > 0 && s.retyping[n-1] == cmd {
		return s.retyping
	}
	return []*ast.AlterTableCmd{cmd}
}

// onlyFrom demands that a table has a column from no other parents than some tables.
func onlyFrom(tables []*catalog.Table, child *catalog.Table, column string) error {
	at, among := child.ColumnIndex(column), 0
	for _, t := range tables {
		if slices.Contains(child.Parents, t.OID) {
			among++
		}
	}
	if at >= 0 && child.Columns[at].InhCount > among {
		return sqlerr.New(sqlerr.InvalidTableDefinition, `cannot alter inherited column "%s" of relation "%s"`, column, child.Name)
	}
	return nil
}

// recursive are the actions that are done to children as they are to the table, and
// partitionRecursive those that are to partitions.
var (
	recursive = map[string]bool{"ColumnDefault": true, "SetNotNull": true, "DropNotNull": true, "AlterColumnType": true, "SetStatistics": true, "SetStorage": true,
		"DropExpression": true, "ValidateConstraint": true}
	partitionRecursive = map[string]bool{"EnableTrig": true, "EnableTrigAll": true, "EnableTrigUser": true, "EnableAlwaysTrig": true, "EnableReplicaTrig": true,
		"DisableTrig": true, "DisableTrigAll": true, "DisableTrigUser": true, "AlterConstraint": true}
)

// forChild locks a table that is altered with what it inherits from.
func (s *Session) forChild(ctx context.Context, child *catalog.Table, level tables.LockMode) error {
	if err := s.Tx.LockTable(ctx, child.OID, level, false); err != nil {
		return err
	}
	return s.idle(child, "ALTER TABLE")
}

// foreignRoot finds the foreign key that one of a partition is part of.
func (s *Session) foreignRoot(t *catalog.Table, k *catalog.ForeignKey) (*catalog.Table, *catalog.ForeignKey) {
	for k.Parent != 0 && t.Bound != nil {
		up := s.Tx.Catalog().Table(t.Parents[0])
		key := up.ForeignKey(k.Parent)
		if key == nil {
			break
		}
		t, k = up, key
	}
	return t, k
}

// notNullBelow demands that a column which is to be NOT NULL is that in partitions already.
func notNullBelow(partitions []*catalog.Table, column string) error {
	for _, c := range partitions {
		if !notNull(c, column) {
			return sqlerr.New(sqlerr.InvalidTableDefinition, "constraint must be added to child tables too").
				WithDetail(`Column "%s" of relation "%s" is not already NOT NULL.`, column, c.Name).WithHint("Do not specify the ONLY keyword.")
		}
	}
	return nil
}

func notNull(t *catalog.Table, column string) bool {
	at := t.ColumnIndex(column)
	return at >= 0 && t.Columns[at].NotNull
}

// inKey says whether a column is part of a table's partition key.
func inKey(t *catalog.Table, c *catalog.Column) bool {
	if t.Key == nil {
		return false
	}
	for i := range t.Key.Columns {
		k := &t.Key.Columns[i]
		if k.Column == c.Num {
			return true
		}
		if k.Expr != "" {
			if parsed, err := parser.ParseExpr(k.Expr); err == nil && slices.Contains(columnsOf(parsed), c.Name) {
				return true
			}
		}
	}
	return false
}

// typeInherited says whether the type of a column may be changed here.
func (s *Session) typeInherited(t *catalog.Table, cmd *ast.AlterTableCmd, recurse, below, children bool) error {
	at := t.ColumnIndex(cmd.Name)
	if at < 0 {
		return nil
	}
	c := t.Columns[at]
	switch {
	case c.InhCount > 0 && !below:
		return sqlerr.New(sqlerr.InvalidTableDefinition, `cannot alter inherited column "%s"`, c.Name)
	case inKey(t, c):
		return sqlerr.New(sqlerr.InvalidTableDefinition, `cannot alter column "%s" because it is part of the partition key of relation "%s"`, c.Name, t.Name)
	case !recurse && children:
		return sqlerr.New(sqlerr.InvalidTableDefinition, `type of inherited column "%s" must be changed in child tables too`, c.Name)
	}
	return nil
}

func (s *Session) addColumnTree(ctx context.Context, edit *catalog.Editor, t *catalog.Table, cmd *ast.AlterTableCmd, recurse, below bool) error {
	children := s.Tx.Catalog().Children(t.OID)
	if t.Bound != nil && !below {
		return sqlerr.New(sqlerr.WrongObjectType, "cannot add column to a partition")
	}
	at := t.ColumnIndex(cmd.Column.Name)
	if below && at >= 0 {
		env := *s.Env
		env.Catalog = s.Tx.Catalog()
		c := *t.Columns[at]
		if serialTypes[cmd.Column.Type.Names[0]] == nil {
			typ, typmod, err := env.TypeName(cmd.Column.Type)
			if err != nil {
				return err
			}
			if !typ.Same(c.Type.Type) || typmod != c.Typmod {
				return sqlerr.New(sqlerr.DatatypeMismatch, `child table "%s" has different type for column "%s"`, t.Name, c.Name)
			}
		}
		c.InhCount++
		changed := t.Clone()
		changed.Columns[at] = &c
		s.Tx.PutObject(changed)
		s.notice(sqlerr.SuccessfulCompletion, `merging definition of column "%s" for child "%s"`, c.Name, t.Name)
		for _, k := range cmd.Column.Constraints {
			if i := slices.IndexFunc(t.Checks, func(have *catalog.Check) bool { return k.Type == ast.ConstrCheck && have.Name == k.Name }); i >= 0 {
				if err := s.mergeAdded(s.Tx.Catalog().Table(t.OID), i, k); err != nil {
					return err
				}
			}
		}
		return nil
	}
	identity := slices.ContainsFunc(cmd.Column.Constraints, func(k *ast.Constraint) bool { return k.Type == ast.ConstrIdentity })
	if identity && recurse && !below && len(children) > 0 {
		return sqlerr.New(sqlerr.InvalidTableDefinition, "cannot recursively add identity column to table that has child tables")
	}
	if at < 0 && len(children) > 0 && !recurse {
		return sqlerr.New(sqlerr.InvalidTableDefinition, "column must be added to child tables too")
	}
	if err := s.addColumn(ctx, edit, t, cmd); err != nil {
		return err
	}
	now := s.Tx.Catalog().Table(t.OID)
	if at >= 0 {
		return nil // IF NOT EXISTS
	}
	if below {
		changed := now.Clone()
		last := *changed.Columns[len(changed.Columns)-1]
		last.Inheritance = catalog.Inheritance{InhCount: 1, NotLocal: true}
		changed.Columns[len(changed.Columns)-1] = &last
		for i, k := range changed.Checks {
			if !slices.ContainsFunc(t.Checks, func(have *catalog.Check) bool { return have.OID == k.OID }) {
				own := *k
				own.Inheritance = catalog.Inheritance{InhCount: 1, NotLocal: true}
				changed.Checks[i] = &own
			}
		}
		s.Tx.PutObject(changed)
	}
	handed := s.handedDown(now, cmd)
	for _, child := range children {
		if err := s.forChild(ctx, child, tables.AccessExclusiveMode); err != nil {
			return err
		}
		if err := s.addColumnTree(ctx, edit, s.Tx.Catalog().Table(child.OID), handed, true, true); err != nil {
			return err
		}
	}
	for _, index := range now.Indexes[len(t.Indexes):] {
		if now.Key != nil {
			if err := s.indexPartitions(ctx, edit, now.OID, index.OID); err != nil {
				return err
			}
		}
	}
	return nil
}

// handedDown is ADD COLUMN for those that inherit: without keys, which are not inherited,
// with the constraints under the names they have got, and the default of a serial column.
func (s *Session) handedDown(t *catalog.Table, cmd *ast.AlterTableCmd) *ast.AlterTableCmd {
	out, column := *cmd, *cmd.Column
	c := t.Columns[len(t.Columns)-1]
	column.Constraints = nil
	for _, k := range cmd.Column.Constraints {
		switch k.Type {
		case ast.ConstrPrimary, ast.ConstrUnique, ast.ConstrForeign, ast.ConstrExclusion, ast.ConstrIdentity:
			continue
		case ast.ConstrCheck:
			if k.NoInherit {
				continue
			}
			named := *k
			for _, have := range t.Checks {
				if have.Expr == parser.Deparse(k.Expr) {
					named.Name = have.Name
				}
			}
			k = &named
		}
		column.Constraints = append(column.Constraints, k)
	}
	if names := column.Type.Names; len(names) == 1 && serialTypes[names[0]] != nil {
		typ := *column.Type
		typ.Names = []string{"pg_catalog", serialTypes[names[0]].Name}
		column.Type = &typ
		if e, err := parser.ParseExpr(c.Default); err == nil {
			column.Constraints = append(column.Constraints, &ast.Constraint{Type: ast.ConstrDefault, Expr: e}, &ast.Constraint{Type: ast.ConstrNotNull})
		}
	}
	out.Column, out.MissingOK = &column, false
	return &out
}

func (s *Session) dropColumnTree(ctx context.Context, t *catalog.Table, cmd *ast.AlterTableCmd, recurse, below bool) error {
	at := t.ColumnIndex(cmd.Name)
	if at < 0 {
		return s.dropColumn(ctx, t, cmd)
	}
	c := t.Columns[at]
	children := s.Tx.Catalog().Children(t.OID)
	switch {
	case c.InhCount > 0 && !below:
		return sqlerr.New(sqlerr.InvalidTableDefinition, `cannot drop inherited column "%s"`, c.Name)
	case inKey(t, c):
		return sqlerr.New(sqlerr.InvalidTableDefinition, `cannot drop column "%s" because it is part of the partition key of relation "%s"`, c.Name, t.Name)
	case t.Key != nil && !recurse && len(children) > 0:
		return sqlerr.New(sqlerr.InvalidTableDefinition, "cannot drop column from only the partitioned table when partitions exist").WithHint("Do not specify the ONLY keyword.")
	}
	for _, child := range children {
		if err := s.forChild(ctx, child, tables.AccessExclusiveMode); err != nil {
			return err
		}
		child = s.Tx.Catalog().Table(child.OID)
		i := child.ColumnIndex(cmd.Name)
		if i < 0 || child.Columns[i].InhCount == 0 {
			continue
		}
		own := *child.Columns[i]
		if recurse && own.InhCount == 1 && own.NotLocal {
			if err := s.dropColumnTree(ctx, child, cmd, true, true); err != nil {
				return err
			}
			continue
		}
		if own.InhCount--; !recurse || own.InhCount == 0 {
			own.NotLocal = false
		}
		changed := child.Clone()
		changed.Columns[i] = &own
		s.Tx.PutObject(changed)
	}
	s.several = s.several || recurse && len(children) > 0
	return s.dropColumn(ctx, s.Tx.Catalog().Table(t.OID), cmd)
}

// notNullInHeirs makes the columns of a table's new primary key NOT NULL where they are
// inherited, too.
func (s *Session) notNullInHeirs(ctx context.Context, edit *catalog.Editor, t *catalog.Table) error {
	heirs := s.Tx.Catalog().Heirs(t)[1:]
	for _, key := range t.PrimaryConstraint().Keys {
		cmd := &ast.AlterTableCmd{Kind: "SetNotNull", Name: t.Columns[t.Ordinal(key.Column)].Name}
		for _, child := range heirs {
			if err := s.forChild(ctx, child, tables.AccessExclusiveMode); err != nil {
				return err
			}
			if err := s.alterTree(ctx, edit, child.OID, cmd, true, true); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Session) addConstraintTree(ctx context.Context, edit *catalog.Editor, t *catalog.Table, cmd *ast.AlterTableCmd, recurse, below bool) error {
	k := cmd.Constraint
	children := s.Tx.Catalog().Children(t.OID)
	switch k.Type {
	case ast.ConstrCheck:
	case ast.ConstrForeign:
		if t.Key != nil {
			to := k.References.Name
			switch {
			case !recurse:
				return sqlerr.New(sqlerr.WrongObjectType, `cannot use ONLY for foreign key on partitioned table "%s" referencing relation "%s"`, t.Name, to)
			case k.NotValid:
				return sqlerr.New(sqlerr.WrongObjectType, `cannot add NOT VALID foreign key on partitioned table "%s" referencing relation "%s"`, t.Name, to).
					WithDetail("This feature is not yet supported on partitioned tables.")
			}
		}
		return s.addConstraint(ctx, edit, t, cmd)
	default:
		if k.Type == ast.ConstrPrimary && t.Key != nil && !recurse && t.PrimaryConstraint() == nil {
			for _, name := range k.Keys {
				if err := notNullBelow(children, name); err != nil {
					return err
				}
			}
		}
		if err := s.addConstraint(ctx, edit, t, cmd); err != nil {
			return err
		}
		now := s.Tx.Catalog().Table(t.OID)
		if t.Key == nil {
			if k.Type != ast.ConstrPrimary || !recurse {
				return nil
			}
			return s.notNullInHeirs(ctx, edit, now)
		}
		for _, index := range now.Indexes {
			if t.Index(index.OID) != nil {
				continue
			}
			if !recurse && len(children) > 0 {
				changed := now.Clone()
				invalid := *index
				invalid.Invalid = true
				changed.Indexes[slices.Index(now.Indexes, index)] = &invalid
				s.Tx.PutObject(changed)
				continue
			}
			if index.IsPrimary() {
				for _, child := range children {
					if err := s.forChild(ctx, child, tables.AccessExclusiveMode); err != nil {
						return err
					}
				}
			}
			if err := s.indexPartitions(ctx, edit, t.OID, index.OID); err != nil {
				return err
			}
		}
		return nil
	}
	if below {
		if at := slices.IndexFunc(t.Checks, func(have *catalog.Check) bool { return have.Name == k.Name }); at >= 0 {
			return s.mergeAdded(t, at, k)
		}
	}
	if !recurse && !k.NoInherit && len(children) > 0 {
		return sqlerr.New(sqlerr.InvalidTableDefinition, "constraint must be added to child tables too")
	}
	if err := s.addConstraint(ctx, edit, t, cmd); err != nil {
		return err
	}
	now := s.Tx.Catalog().Table(t.OID)
	if len(now.Checks) == len(t.Checks) {
		return nil // merged
	}
	added := now.Checks[len(now.Checks)-1]
	if below {
		changed := now.Clone()
		own := *added
		own.Inheritance = catalog.Inheritance{InhCount: 1, NotLocal: true}
		changed.Checks[len(changed.Checks)-1] = &own
		s.Tx.PutObject(changed)
	}
	if k.NoInherit {
		return nil
	}
	named, handed := *k, *cmd
	named.Name = added.Name
	handed.Constraint = &named
	for _, child := range children {
		if err := s.forChild(ctx, child, tables.AccessExclusiveMode); err != nil {
			return err
		}
		if err := s.addConstraintTree(ctx, edit, s.Tx.Catalog().Table(child.OID), &handed, true, true); err != nil {
			return err
		}
	}
	return nil
}

// mergeAdded merges a constraint that is added to a parent with one of a child.
func (s *Session) mergeAdded(t *catalog.Table, at int, k *ast.Constraint) error {
	own := *t.Checks[at]
	switch {
	case own.Expr != parser.Deparse(k.Expr):
		return sqlerr.New(sqlerr.DuplicateObject, `constraint "%s" for relation "%s" already exists`, k.Name, t.Name)
	case own.NoInherit:
		return sqlerr.New(sqlerr.InvalidObjectDefinition, `constraint "%s" conflicts with non-inherited constraint on relation "%s"`, k.Name, t.Name)
	case own.NotValid && !k.NotValid:
		return sqlerr.New(sqlerr.InvalidObjectDefinition, `constraint "%s" conflicts with NOT VALID constraint on relation "%s"`, k.Name, t.Name)
	}
	own.InhCount++
	own.NotLocal = own.NotLocal || t.Bound != nil
	changed := t.Clone()
	changed.Checks[at] = &own
	s.Tx.PutObject(changed)
	s.notice(sqlerr.SuccessfulCompletion, `merging constraint "%s" with inherited definition`, k.Name)
	return nil
}

func (s *Session) dropConstraintTree(ctx context.Context, t *catalog.Table, cmd *ast.AlterTableCmd, recurse, below bool) error {
	inherited := slices.ContainsFunc(t.Foreign, func(k *catalog.ForeignKey) bool { return k.Name == cmd.Name && k.Parent != 0 }) ||
		slices.ContainsFunc(t.Indexes, func(i *catalog.Index) bool { return i.Constraint && i.Name == cmd.Name && i.Parent != 0 })
	at := slices.IndexFunc(t.Checks, func(k *catalog.Check) bool { return k.Name == cmd.Name })
	if (inherited || at >= 0 && t.Checks[at].InhCount > 0) && !below {
		return sqlerr.New(sqlerr.InvalidTableDefinition, `cannot drop inherited constraint "%s" of relation "%s"`, cmd.Name, t.Name)
	}
	children := s.Tx.Catalog().Children(t.OID)
	if t.Key != nil && !recurse && len(children) > 0 && at >= 0 {
		return sqlerr.New(sqlerr.InvalidTableDefinition, "cannot remove constraint from only the partitioned table when partitions exist").WithHint("Do not specify the ONLY keyword.")
	}
	index := slices.IndexFunc(t.Indexes, func(i *catalog.Index) bool { return i.Constraint && i.Name == cmd.Name })
	if err := s.dropConstraint(ctx, t, cmd); err != nil {
		return err
	}
	if index >= 0 {
		return s.dropPartIndexes(ctx, t.OID, t.Indexes[index].OID)
	}
	if at < 0 || t.Checks[at].NoInherit {
		return nil
	}
	for _, child := range children {
		if err := s.forChild(ctx, child, tables.AccessExclusiveMode); err != nil {
			return err
		}
		child = s.Tx.Catalog().Table(child.OID)
		i := slices.IndexFunc(child.Checks, func(k *catalog.Check) bool { return k.Name == cmd.Name })
		if i < 0 || child.Checks[i].InhCount == 0 {
			continue
		}
		own := *child.Checks[i]
		if recurse && own.InhCount == 1 && own.NotLocal {
			if err := s.dropConstraintTree(ctx, child, cmd, true, true); err != nil {
				return err
			}
			continue
		}
		if own.InhCount--; !recurse || own.InhCount == 0 {
			own.NotLocal = false
		}
		changed := child.Clone()
		changed.Checks[i] = &own
		s.Tx.PutObject(changed)
	}
	return nil
}

// renamable says whether a column or constraint that has a table's parents may be renamed
// here: only through them, and only with those that inherit it. expected is how many of the
// parents are renamed in the same statement.
func (s *Session) renamable(t *catalog.Table, what, name string, in catalog.Inheritance, only bool) error {
	if in.InhCount > 0 {
		return sqlerr.New(sqlerr.InvalidTableDefinition, `cannot rename inherited %s "%s"`, what, name)
	}
	if only && s.Tx.Catalog().HasChildren(t.OID) {
		return sqlerr.New(sqlerr.InvalidTableDefinition, `inherited %s "%s" must be renamed in child tables too`, what, name)
	}
	return nil
}

// renamedElsewhere refuses to rename what a table has from another parent too, that is not
// renamed by the statement.
func (s *Session) renamedElsewhere(t *catalog.Table, what, name string, count int, st *ast.RenameStmt) error {
	root, ok := s.Env.ResolveRelation(st.Relation.Schema, st.Relation.Name).(*catalog.Table)
	if !ok {
		return nil
	}
	cat, expected := s.Tx.Catalog(), 0
	for _, oid := range t.Parents {
		if p := cat.Table(oid); p != nil && (oid == root.OID || cat.Inherits(p, root.OID)) {
			expected++
		}
	}
	if count > expected {
		return sqlerr.New(sqlerr.InvalidTableDefinition, `cannot rename inherited %s "%s"`, what, name)
	}
	return nil
}

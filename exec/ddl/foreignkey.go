package ddl

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// wantedKey is a FOREIGN KEY that is added once the table has its columns and
// keys, for it may reference the table itself.
type wantedKey struct {
	def     *ast.Constraint
	columns []string
}

// addForeignKeys adds the foreign keys a definition has, to a table that is in
// the transaction's catalog already.
func (b *tableBuilder) addForeignKeys(ctx context.Context) ([]*catalog.ForeignKey, error) {
	slices.SortStableFunc(b.foreign, func(x, y wantedKey) int { return x.def.Pos() - y.def.Pos() })
	var added []*catalog.ForeignKey
	for _, w := range b.foreign {
		k, err := b.foreignKey(ctx, w)
		if err != nil {
			return nil, err
		}
		b.table = b.table.Clone()
		b.table.Foreign = append(b.table.Foreign, k)
		b.s.Tx.PutObject(b.table)
		added = append(added, k)
	}
	return added, nil
}

// foreignKey makes the descriptor of a foreign key.
func (b *tableBuilder) foreignKey(ctx context.Context, w wantedKey) (*catalog.ForeignKey, error) {
	def, t := w.def, b.table
	if def.Match == 'p' {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "MATCH PARTIAL not yet implemented").At(def.Pos())
	}
	to, err := b.referencedTable(ctx, def)
	if err != nil {
		return nil, err
	}
	k := &catalog.ForeignKey{References: to.OID, Match: def.Match, Deferrable: def.Deferrable, InitiallyDeferred: def.InitiallyDeferred, NotValid: def.NotValid,
		OnDelete: keyActions[def.OnDelete], OnUpdate: keyActions[def.OnUpdate]}
	if k.Columns, err = keyColumns(t, w.columns); err != nil {
		return nil, err
	}
	if def.RefColumns == nil {
		pk := to.PrimaryConstraint()
		if pk == nil {
			return nil, sqlerr.New(sqlerr.UndefinedObject, `there is no primary key for referenced table "%s"`, to.Name)
		}
		if pk.Deferrable {
			return nil, sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `cannot use a deferrable primary key for referenced table "%s"`, to.Name)
		}
		k.Index = pk.OID
		for _, key := range pk.Keys {
			k.RefColumns = append(k.RefColumns, key.Column)
		}
	} else {
		if k.RefColumns, err = keyColumns(to, def.RefColumns); err != nil {
			return nil, err
		}
		index := referencedIndex(to, k.RefColumns)
		if index == nil {
			return nil, sqlerr.New(sqlerr.InvalidForeignKey, `there is no unique constraint matching given keys for referenced table "%s"`, to.Name)
		}
		if index.Deferrable {
			return nil, sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `cannot use a deferrable unique constraint for referenced table "%s"`, to.Name)
		}
		k.Index = index.OID
	}
	for _, num := range k.Columns {
		if err := generatedKey(t.Columns[t.Ordinal(num)], k); err != nil {
			return nil, err
		}
	}
	if len(k.Columns) != len(k.RefColumns) {
		return nil, sqlerr.New(sqlerr.InvalidForeignKey, "number of referencing and referenced columns for foreign key disagree")
	}
	if k.OnDeleteColumns, err = b.setColumns(def, k); err != nil {
		return nil, err
	}
	if k.Name, err = b.constraintName(def.Name, strings.Join(w.columns, "_"), "fkey"); err != nil {
		return nil, err
	}
	if err := referable(t, to, k); err != nil {
		return nil, err
	}
	k.OID = b.edit.NewOID()
	return k, nil
}

// keyActions are pg_constraint's letters.
var keyActions = map[ast.FKAction]byte{ast.FKNoAction: 'a', ast.FKRestrict: 'r', ast.FKCascade: 'c', ast.FKSetNull: 'n', ast.FKSetDefault: 'd'}

// referencedTable finds and locks the table a foreign key references, and
// refuses those it cannot.
func (b *tableBuilder) referencedTable(ctx context.Context, def *ast.Constraint) (*catalog.Table, error) {
	env := *b.s.Env
	env.Catalog = b.s.Tx.Catalog()
	if b.table.Temporary { // the schema of temporary relations may be as new as the table
		env.TempSchema = b.table.Schema
	}
	r, err := env.Named(def.References)
	if err != nil {
		return nil, unlocated(err)
	}
	to, ok := r.(*catalog.Table)
	if !ok {
		return nil, sqlerr.New(sqlerr.WrongObjectType, `referenced relation "%s" is not a table`, r.ObjectName())
	}
	if err := b.s.Tx.LockTable(ctx, to.OID, tables.ShareRowExclusiveMode, false); err != nil {
		return nil, err
	}
	t := b.table
	switch {
	case !t.Durable() && !t.Temporary:
		return nil, sqlerr.Unsupported("a foreign key of a stream table").At(def.Pos())
	case !to.Durable() && !to.Temporary:
		return nil, sqlerr.Unsupported("a foreign key that references a stream table").At(def.Pos())
	case to.PerUser && !t.PerUser:
		return nil, sqlerr.Unsupported("a foreign key of a shared table that references a user table").At(def.Pos())
	case t.Temporary && !to.Temporary:
		return nil, sqlerr.New(sqlerr.InvalidTableDefinition, "constraints on temporary tables may reference only temporary tables")
	case !t.Temporary && to.Temporary:
		return nil, sqlerr.New(sqlerr.InvalidTableDefinition, "constraints on permanent tables may reference only permanent tables")
	}
	if !b.s.Tx.Catalog().Allowed(b.s.Role.OID, to.Owner, to.ACL, catalog.PrivReferences) {
		return nil, sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for table %s", to.Name)
	}
	return to, nil
}

// keyColumns finds the columns of a foreign key by name.
func keyColumns(t *catalog.Table, names []string) ([]int16, error) {
	var nums []int16
	for _, name := range names {
		at := t.ColumnIndex(name)
		if at < 0 && slices.ContainsFunc(plan.VirtualSystemColumns, func(c plan.Column) bool { return c.Name == name }) {
			return nil, sqlerr.New(sqlerr.FeatureNotSupported, "system columns cannot be used in foreign keys")
		}
		if at < 0 {
			return nil, sqlerr.New(sqlerr.UndefinedColumn, `column "%s" referenced in foreign key constraint does not exist`, name)
		}
		nums = append(nums, t.Columns[at].Num)
	}
	return nums, nil
}

// referencedIndex finds a unique index over exactly these columns.
func referencedIndex(t *catalog.Table, columns []int16) *catalog.Index {
	for i, c := range columns {
		if slices.Contains(columns[:i], c) {
			return nil
		}
	}
	for _, i := range t.Indexes {
		if i.Unique && !i.Invalid && i.Predicate == "" && len(i.Keys) == len(columns) &&
			!slices.ContainsFunc(i.Keys, func(k catalog.IndexKey) bool { return !slices.Contains(columns, k.Column) }) {
			return i
		}
	}
	return nil
}

// generatedKey refuses the actions that would assign a generated column.
func generatedKey(c *catalog.Column, k *catalog.ForeignKey) error {
	what := ""
	switch {
	case !c.Generated:
	case k.OnUpdate == 'n' || k.OnUpdate == 'd' || k.OnUpdate == 'c':
		what = "ON UPDATE"
	case k.OnDelete == 'n' || k.OnDelete == 'd':
		what = "ON DELETE"
	}
	if what == "" {
		return nil
	}
	return sqlerr.New(sqlerr.SyntaxError, "invalid %s action for foreign key constraint containing generated column", what)
}

// setColumns are those of ON DELETE SET NULL (columns).
func (b *tableBuilder) setColumns(def *ast.Constraint, k *catalog.ForeignKey) ([]int16, error) {
	var nums []int16
	for _, name := range def.OnDeleteColumns {
		at := b.table.ColumnIndex(name)
		if at < 0 {
			return nil, sqlerr.New(sqlerr.UndefinedColumn, `column "%s" referenced in foreign key constraint does not exist`, name)
		}
		num := b.table.Columns[at].Num
		if !slices.Contains(k.Columns, num) {
			return nil, sqlerr.New(sqlerr.InvalidColumnReference, `column "%s" referenced in ON DELETE SET action must be part of foreign key`, name)
		}
		if !slices.Contains(nums, num) {
			nums = append(nums, num)
		}
	}
	return nums, nil
}

// referable compares the types of a foreign key's columns.
func referable(t, to *catalog.Table, k *catalog.ForeignKey) error {
	for i, num := range k.Columns {
		c, rc := t.Columns[t.Ordinal(num)], to.Columns[to.Ordinal(k.RefColumns[i])]
		if !plan.Referable(c.Type.Type, rc.Type.Type) {
			return sqlerr.New(sqlerr.DatatypeMismatch, `foreign key constraint "%s" cannot be implemented`, k.Name).
				WithDetail(`Key columns "%s" and "%s" are of incompatible types: %s and %s.`, c.Name, rc.Name,
					types.FormatType(c.Type.Type, types.NoTypmod), types.FormatType(rc.Type.Type, types.NoTypmod))
		}
	}
	return nil
}

// constraintName checks the name of a constraint, or makes one that no
// constraint of the schema has.
func (b *tableBuilder) constraintName(given, about, suffix string) (string, error) {
	if given != "" {
		if tableHasConstraint(b.table, given) {
			return "", sqlerr.New(sqlerr.DuplicateObject, `constraint "%s" for relation "%s" already exists`, given, b.table.Name)
		}
		return given, nil
	}
	taken := func(name string) bool {
		if tableHasConstraint(b.table, name) {
			return true
		}
		for o := range b.edit.Catalog().All() {
			if t, ok := o.(*catalog.Table); ok && t.Schema == b.table.Schema && tableHasConstraint(t, name) {
				return true
			}
		}
		return false
	}
	name := objectName(b.table.Name, about, suffix)
	for n := 1; taken(name); n++ {
		name = objectName(b.table.Name, about, suffix+strconv.Itoa(n))
	}
	return name, nil
}

// tableHasConstraint says whether a table has a constraint of that name.
func tableHasConstraint(t *catalog.Table, name string) bool {
	return slices.ContainsFunc(t.Checks, func(k *catalog.Check) bool { return k.Name == name }) ||
		slices.ContainsFunc(t.Foreign, func(k *catalog.ForeignKey) bool { return k.Name == name }) ||
		slices.ContainsFunc(t.Indexes, func(i *catalog.Index) bool { return i.Constraint && i.Name == name })
}

// dropForeignKey takes a foreign key from its table.
func (s *Session) dropForeignKey(ctx context.Context, r catalog.Reference) error {
	for _, oid := range []catalog.OID{r.Table.OID, r.Key.References} {
		if err := s.Tx.LockTable(ctx, oid, tables.AccessExclusiveMode, false); err != nil {
			return err
		}
	}
	t := s.Tx.Catalog().Table(r.Table.OID)
	if t == nil || t.ForeignKey(r.Key.OID) == nil {
		return nil
	}
	t = t.Clone()
	t.Foreign = slices.DeleteFunc(t.Foreign, func(k *catalog.ForeignKey) bool { return k.OID == r.Key.OID })
	s.Tx.PutObject(t)
	return s.dropPartKeys(ctx, t.OID, r.Key.OID)
}

// alterConstraint runs ALTER CONSTRAINT, which says when a foreign key is
// checked.
func (s *Session) alterConstraint(old *catalog.Table, cmd *ast.AlterTableCmd) error {
	t := old.Clone()
	for i, k := range t.Foreign {
		if k.Name == cmd.Name {
			changed := *k
			changed.Deferrable, changed.InitiallyDeferred = cmd.Constraint.Deferrable, cmd.Constraint.InitiallyDeferred
			t.Foreign[i] = &changed
			s.Tx.PutObject(t)
			return nil
		}
	}
	if tableHasConstraint(t, cmd.Name) {
		return sqlerr.New(sqlerr.WrongObjectType, `constraint "%s" of relation "%s" is not a foreign key constraint`, cmd.Name, t.Name)
	}
	return sqlerr.New(sqlerr.UndefinedObject, `constraint "%s" of relation "%s" does not exist`, cmd.Name, t.Name)
}

// validateConstraint runs VALIDATE CONSTRAINT.
func (s *Session) validateConstraint(ctx context.Context, old *catalog.Table, cmd *ast.AlterTableCmd) error {
	t := old.Clone()
	for i, k := range t.Foreign {
		if k.Name != cmd.Name {
			continue
		}
		if !k.NotValid {
			return nil
		}
		valid := *k
		valid.NotValid = false
		t.Foreign[i] = &valid
		s.Tx.PutObject(t)
		if err := s.Tx.LockTable(ctx, k.References, tables.ShareRowExclusiveMode, false); err != nil {
			return err
		}
		return exec.VerifyForeignKey(ctx, s.Tx, s.Eval, t, &valid)
	}
	for i, k := range t.Checks {
		if k.Name != cmd.Name {
			continue
		}
		if !k.NotValid {
			return nil
		}
		valid := *k
		valid.NotValid = false
		t.Checks[i] = &valid
		s.Tx.PutObject(t)
		return s.verifyCheck(ctx, t, &valid)
	}
	if tableHasConstraint(t, cmd.Name) {
		return sqlerr.New(sqlerr.WrongObjectType, `constraint "%s" of relation "%s" is not a foreign key or check constraint`, cmd.Name, t.Name)
	}
	return sqlerr.New(sqlerr.UndefinedObject, `constraint "%s" of relation "%s" does not exist`, cmd.Name, t.Name)
}

// reverify checks the foreign keys of and to a table again in which a column has
// changed.
func (s *Session) reverify(ctx context.Context, t *catalog.Table, column int16) error {
	cat := s.Tx.Catalog()
	keys := cat.Referencing(t.OID)
	for _, k := range t.Foreign {
		keys = append(keys, catalog.Reference{Table: t, Key: k})
	}
	for _, r := range keys {
		if r.Table.OID == t.OID && !slices.Contains(r.Key.Columns, column) && r.Key.References != t.OID ||
			r.Table.OID != t.OID && !slices.Contains(r.Key.RefColumns, column) {
			continue
		}
		if err := referable(r.Table, cat.Table(r.Key.References), r.Key); err != nil {
			return err
		}
		if r.Key.NotValid {
			continue
		}
		if err := exec.VerifyForeignKey(ctx, s.Tx, s.Eval, r.Table, r.Key); err != nil {
			return err
		}
	}
	return nil
}

// idle refuses to change a table that has checks to come.
func (s *Session) idle(t *catalog.Table, what string) error {
	if s.Pending != nil && s.Pending(t.OID) {
		return sqlerr.New(sqlerr.ObjectInUse, `cannot %s "%s" because it has pending trigger events`, what, t.Name)
	}
	return nil
}

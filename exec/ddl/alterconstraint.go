package ddl

import (
	"cmp"
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// addConstraint adds a table constraint, which the rows that are there must
// meet.
func (s *Session) addConstraint(ctx context.Context, edit *catalog.Editor, old *catalog.Table, cmd *ast.AlterTableCmd) error {
	if cmd.Constraint.IndexName != "" {
		return s.addUsingIndex(ctx, edit, old, cmd)
	}
	t := old.Clone()
	b := &tableBuilder{s: s, edit: edit, schema: edit.Catalog().SchemaByOID(t.Schema), table: t, taken: map[string]bool{}}
	b.altering = true
	indexes, checks := len(t.Indexes), len(t.Checks)
	if err := b.constraint(cmd.Constraint, nil); err != nil {
		return err
	}
	s.Tx.PutObject(t)
	if err := b.verifyExpressions(); err != nil {
		return err
	}
	if b.foreign != nil {
		return s.addForeignKeys(ctx, b)
	}
	if len(t.Checks) > checks && !cmd.Constraint.NotValid {
		return s.verifyCheck(ctx, t, t.Checks[len(t.Checks)-1])
	}
	if len(t.Indexes) == indexes {
		return nil
	}
	if t.PrimaryKey() != nil && old.PrimaryKey() == nil {
		if err := s.verifyNotNull(ctx, old, t); err != nil {
			return err
		}
		return s.Tx.Rekey(ctx, old, t, nil)
	}
	if t.PrimaryConstraint() != nil && old.PrimaryConstraint() == nil {
		if err := s.verifyNotNull(ctx, old, t); err != nil {
			return err
		}
	}
	for _, i := range t.Indexes {
		if !slices.ContainsFunc(old.Indexes, func(have *catalog.Index) bool { return have.OID == i.OID }) {
			if err := s.buildIndex(ctx, t, i); err != nil {
				return err
			}
		}
	}
	return nil
}

// addForeignKeys adds foreign keys to a table that may have rows.
func (s *Session) addForeignKeys(ctx context.Context, b *tableBuilder) error {
	added, err := b.addForeignKeys(ctx)
	if err != nil {
		return err
	}
	for _, k := range added {
		if b.table.Key != nil {
			for _, child := range s.Tx.Catalog().Children(b.table.OID) {
				if err := s.partitionKey(ctx, b.edit, b.table, k, child.OID, true); err != nil {
					return err
				}
			}
			continue
		}
		if k.NotValid {
			continue
		}
		if err := exec.VerifyForeignKey(ctx, s.Tx, s.Eval, b.table, k); err != nil {
			return err
		}
	}
	return nil
}

// everyRow looks at all rows of a table, whosever they are: at the columns that are
// needed, or all if need is nil.
func (s *Session) everyRow(ctx context.Context, t *catalog.Table, need []bool, look func(types.Row) error) error {
	return s.Tx.EachRow(ctx, t, need, func(_ string, row types.Row) error { return look(row) })
}

// columnsRead says which columns of a table's rows an expression reads; nil is all.
func columnsRead(t *catalog.Table, e expr.Expr) []bool {
	need := make([]bool, len(t.Columns))
	expr.Walk(e, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Column); ok && need != nil {
			if c.Index >= len(need) {
				need = nil // the row as a whole, or a system column
				return false
			}
			need[c.Index] = true
		}
		return true
	})
	return need
}

func (s *Session) verifyCheck(ctx context.Context, t *catalog.Table, check *catalog.Check) error {
	parsed, err := parser.ParseExpr(check.Expr)
	if err != nil {
		return err
	}
	env := *s.Env
	env.Catalog = s.Tx.Catalog()
	cond, err := plan.RowExpression(&env, t, parsed, "check constraints")
	if err != nil {
		return err
	}
	return s.everyRow(ctx, t, columnsRead(t, cond), func(row types.Row) error {
		v, err := cond.Eval(s.Eval, row)
		if err == nil && !v.IsNull() && !v.Bool() {
			err = sqlerr.New(sqlerr.CheckViolation, `check constraint "%s" of relation "%s" is violated by some row`, check.Name, t.Name).
				OnTable(s.schemaName(t), t.Name).OnConstraint(check.Name)
		}
		return err
	})
}

// verifyNotNull demands that columns which may no longer be NULL are not.
func (s *Session) verifyNotNull(ctx context.Context, old, t *catalog.Table) error {
	need := make([]bool, len(old.Columns))
	for i, c := range t.Columns {
		need[i] = c.NotNull && !old.Columns[i].NotNull
	}
	if !slices.Contains(need, true) {
		return nil
	}
	return s.everyRow(ctx, old, need, func(row types.Row) error {
		for i, c := range t.Columns {
			if need[i] && row[i].IsNull() {
				return sqlerr.New(sqlerr.NotNullViolation, `column "%s" of relation "%s" contains null values`, c.Name, t.Name).
					OnTable(s.schemaName(t), t.Name).OnColumn(c.Name)
			}
		}
		return nil
	})
}

func (s *Session) schemaName(t *catalog.Table) string {
	if sc := s.Tx.Catalog().SchemaByOID(t.Schema); sc != nil {
		return sc.Name
	}
	return ""
}

// dropConstraint removes a constraint by its name.
func (s *Session) dropConstraint(ctx context.Context, old *catalog.Table, cmd *ast.AlterTableCmd) error {
	t := old.Clone()
	t.Checks = slices.DeleteFunc(t.Checks, func(c *catalog.Check) bool { return c.Name == cmd.Name })
	if len(t.Checks) < len(old.Checks) {
		s.Tx.PutObject(t)
		return nil
	}
	for _, k := range old.Foreign {
		if k.Name == cmd.Name {
			return s.dropForeignKey(ctx, catalog.Reference{Table: old, Key: k})
		}
	}
	at := slices.IndexFunc(t.Indexes, func(i *catalog.Index) bool { return i.Constraint && i.Name == cmd.Name })
	if at < 0 {
		if cmd.MissingOK {
			s.notice(sqlerr.SuccessfulCompletion, `constraint "%s" of relation "%s" does not exist, skipping`, cmd.Name, old.Name)
			return nil
		}
		return sqlerr.New(sqlerr.UndefinedObject, `constraint "%s" of relation "%s" does not exist`, cmd.Name, old.Name)
	}
	index := t.Indexes[at]
	on := s.referencing(ctx, old, "index "+index.Name, func(k *catalog.ForeignKey) bool { return k.Index == index.OID })
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	on = append(on, s.viewsThat(ctx, edit, "constraint "+index.Name+" on table "+s.shownName(old), func(v *catalog.View) bool {
		return v.Bound != nil && slices.Contains(v.Bound.Keys, index.OID)
	})...)
	if err := s.settle("constraint "+index.Name+" on table "+s.shownName(old), on, cmd.Cascade); err != nil {
		return err
	}
	t = s.Tx.Catalog().Table(old.OID).Clone() // without its own keys that are gone
	t.Indexes = slices.Delete(slices.Clone(t.Indexes), at, at+1)
	s.Tx.PutObject(t)
	if index.Primary {
		return s.Tx.Rekey(ctx, old, t, nil)
	}
	s.Tx.DropIndexStorage(old, index)
	return nil
}

// retypedColumn is a column that gets another type.
type retypedColumn struct {
	at     int
	was    *catalog.Column
	to     *types.Type
	typmod int32
	// value computes what it has then of a row as it was.
	value expr.Expr
}

// alterTypes gives columns other types: those of one statement at once, since what USING
// computes is over rows as they were before all of it.
func (s *Session) alterTypes(ctx context.Context, old *catalog.Table, cmds []*ast.AlterTableCmd) error {
	var list []retypedColumn
	t := old.Clone()
	for _, cmd := range cmds {
		c, err := s.retypedColumn(old, cmd)
		if err != nil {
			return err
		}
		list = append(list, c)
		if slices.ContainsFunc(list[:len(list)-1], func(o retypedColumn) bool { return o.at == c.at }) {
			return sqlerr.New(sqlerr.FeatureNotSupported, `cannot alter type of column "%s" twice`, c.was.Name)
		}
		changed := *c.was
		if changed.Collation, err = s.collationOf(cmd.Column.Collation, c.to); err != nil {
			return err
		}
		changed.Type, changed.Typmod, changed.Missing = catalog.TypeRef{Type: c.to}, c.typmod, nil
		t.Columns[c.at] = &changed
	}
	for at, i := range t.Indexes {
		changed, err := s.reclassed(t, i, list)
		if err != nil {
			return err
		}
		t.Indexes[at] = changed
	}
	b := &tableBuilder{s: s, edit: nil, schema: s.Tx.Catalog().SchemaByOID(t.Schema), table: t, taken: map[string]bool{}}
	s.Tx.PutObject(t)
	if err := b.verifyExpressions(); err != nil {
		return err
	}
	rewrites := false
	for _, c := range list {
		if c.was.Identity != 0 {
			if err := s.retypeSequence(c.was.Sequence, c.to); err != nil {
				return err
			}
		}
		_, same := c.value.(*expr.Column)
		rewrites = rewrites || !same && !widened(c.was, c.to, c.typmod)
	}
	if rewrites && s.Rewriting != nil {
		if err := s.Rewriting(old, rewriteColumn); err != nil {
			return err
		}
	}
	if err := s.retypeRows(ctx, old, t, list); err != nil {
		return err
	}
	for _, c := range list {
		if err := s.reverify(ctx, t, c.was.Num); err != nil {
			return err
		}
	}
	return nil
}

// reclassed gives an index of another method than a B-tree's what it becomes with columns of other types:
// where it has the default operator class, the one of the new type, which there must be.
func (s *Session) reclassed(t *catalog.Table, i *catalog.Index, list []retypedColumn) (*catalog.Index, error) {
	m := catalog.AccessMethodNamed(i.Method)
	if m.Stored {
		return i, nil
	}
	out := *i
	out.Keys = slices.Clone(i.Keys)
	types, changed := make([]*types.Type, len(i.Keys)), false
	for at, k := range i.Keys {
		if n := t.Ordinal(k.Column); k.Column != 0 && n >= 0 {
			types[at] = t.Columns[n].Type.Type
		}
		for _, c := range list {
			if k.Column != c.was.Num {
				continue
			}
			class := catalog.OperatorClassByOID(k.OpClass)
			if class != nil && !class.Default {
				if takes, _ := m.OperatorClassNamed(class.Name, c.to, nil); takes != class {
					return nil, sqlerr.New(sqlerr.DatatypeMismatch, `operator class "%s" does not accept data type %s`, class.Name, c.to)
				}
				continue
			}
			class = m.DefaultOperatorClass(c.to, s.Tx.Catalog().LibrariesOf(s.Env.Database))
			if class == nil {
				return nil, sqlerr.New(sqlerr.UndefinedObject, `data type %s has no default operator class for access method "%s"`, c.to, m.Name).
					WithHint("You must specify an operator class for the index or define a default operator class for the data type.")
			}
			if out.Keys[at].OpClass = 0; class.Library != "" {
				out.Keys[at].OpClass = class.OID
			}
			changed = true
		}
	}
	if changed && !slices.Contains(types, nil) {
		keepEntries(m, &out, types)
	}
	return &out, nil
}

// retypeRows stores the rows of a table, and the entries of indexes, with other types.
func (s *Session) retypeRows(ctx context.Context, old, t *catalog.Table, list []retypedColumn) error {
	uses := func(i *catalog.Index) bool {
		return slices.ContainsFunc(list, func(c retypedColumn) bool { return reads(i, c.was) })
	}
	convert := func(row types.Row) (types.Row, error) {
		out := row[:len(old.Columns)].Clone()
		for _, c := range list {
			v, err := c.value.Eval(s.Eval, row)
			if err != nil {
				return nil, err
			}
			out[c.at] = v
		}
		return out, nil
	}
	var err error
	if pk := old.PrimaryKey(); pk != nil && uses(pk) {
		err = s.Tx.Rekey(ctx, old, t, convert)
	} else {
		for _, i := range old.Indexes {
			if uses(i) {
				s.Tx.DropIndexStorage(old, i)
			}
		}
		err = s.Tx.RewriteRows(ctx, old, t, convert)
	}
	if err != nil {
		return err
	}
	for _, i := range t.Indexes {
		if uses(i) && !i.Primary {
			if err := s.buildIndex(ctx, t, i); err != nil {
				return err
			}
		}
	}
	return nil
}

// becomes says whether a default can be assigned to a column of another type: as it is written,
// what makes it one of the column's type left out.
func (s *Session) becomes(env *plan.Env, text string, to *types.Type) bool {
	parsed, err := parser.ParseExpr(text)
	if err != nil {
		return true // it is looked at elsewhere
	}
	e, err := plan.RowExpression(env, nil, parsed, "DEFAULT expressions")
	if err != nil || e.Type() == types.Unknown {
		return true
	}
	_, err = env.Typing().Coerce(e, to, types.NoTypmod, expr.Assignment)
	return err == nil
}

// retypedColumn says what an ALTER COLUMN ... TYPE makes of a column, and refuses what is
// read elsewhere.
func (s *Session) retypedColumn(old *catalog.Table, cmd *ast.AlterTableCmd) (c retypedColumn, err error) {
	if c.at, err = alterableColumn(old, cmd.Name); err != nil {
		return c, err
	}
	if old.Server != 0 && cmd.Expr != nil {
		return c, sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a table`, old.Name)
	}
	env := *s.Env
	env.Catalog = s.Tx.Catalog()
	to, typmod, err := s.usableType(&env, cmd.Column.Type)
	if err != nil {
		return c, err
	}
	if err := s.mayHoldRows(old, to); err != nil {
		return c, err
	}
	was := old.Columns[c.at]
	c.was, c.to, c.typmod = was, to, typmod
	if list := s.policiesReading(old, was, `column "`+was.Name+`"`); len(list) > 0 {
		return c, sqlerr.New(sqlerr.FeatureNotSupported, "cannot alter type of a column used in a policy definition").
			WithDetail("%s depends on %s", list[0].what, list[0].on)
	}
	if list := s.triggersReading(old, was.Num, `column "`+was.Name+`"`); len(list) > 0 {
		return c, sqlerr.New(sqlerr.FeatureNotSupported, "cannot alter type of a column used in a trigger definition").
			WithDetail("%s depends on %s", list[0].what, list[0].on)
	}
	switch {
	case was.Generated && cmd.Expr != nil:
		return c, sqlerr.New(sqlerr.InvalidColumnDefinition, "cannot specify USING when altering type of generated column").
			WithDetail(`Column "%s" is a generated column.`, was.Name)
	case was.Identity != 0 && to != types.Int2 && to != types.Int4 && to != types.Int8:
		return c, sqlerr.New(sqlerr.InvalidParameterValue, "identity column type must be smallint, integer, or bigint")
	}
	for _, g := range old.Columns {
		if !g.Generated {
			continue
		}
		if parsed, err := parser.ParseExpr(g.Default); err == nil && slices.Contains(columnsOf(parsed), was.Name) {
			return c, sqlerr.New(sqlerr.FeatureNotSupported, "cannot alter type of a column used by a generated column").
				WithDetail(`Column "%s" is used by generated column "%s".`, was.Name, g.Name)
		}
	}
	if list := s.publishedReading(old, was.Num, `column "`+was.Name+`"`); len(list) > 0 {
		return c, sqlerr.New(sqlerr.FeatureNotSupported, "cannot alter type of a column used by a publication WHERE clause").
			WithDetail("%s depends on %s", list[0].what, list[0].on)
	}
	if err := s.unread(old, was); err != nil {
		return c, err
	}
	var value expr.Expr = &expr.Column{Index: c.at, T: was.Type.Type, Mod: was.Typmod, Name: was.Name}
	if cmd.Expr != nil {
		if value, err = plan.RowExpression(&env, old, cmd.Expr, "transform expressions"); err != nil {
			return c, err
		}
	}
	if value, err = s.Env.Typing().Coerce(value, to, typmod, expr.Assignment); err != nil && cmd.Expr != nil {
		return c, sqlerr.New(sqlerr.DatatypeMismatch, `result of USING clause for column "%s" cannot be cast automatically to type %s`, was.Name, types.FormatType(to, typmod)).
			WithHint("You might need to add an explicit cast.")
	}
	if err != nil {
		return c, sqlerr.New(sqlerr.DatatypeMismatch, `column "%s" cannot be cast automatically to type %s`, was.Name, types.FormatType(to, typmod)).
			WithHint(`You might need to specify "USING %s::%s".`, was.Name, types.FormatType(to, typmod))
	}
	if was.Default != "" && !was.Generated && was.Identity == 0 {
		if !s.becomes(&env, was.Default, to) {
			return c, sqlerr.New(sqlerr.DatatypeMismatch, `default for column "%s" cannot be cast automatically to type %s`, was.Name, types.FormatType(to, typmod))
		}
	}
	c.value = value
	return c, nil
}

// widened says whether a column gets a type whose values are stored as before.
func widened(was *catalog.Column, to *types.Type, typmod int32) bool {
	of := func(t *types.Type) bool { return was.Type.Type == t && to == t }
	switch {
	case of(types.Numeric) && was.Typmod >= 4 && typmod >= 4:
		old, new := was.Typmod-4, typmod-4
		return old&0xffff == new&0xffff && new>>16 >= old>>16
	case of(types.Numeric), of(types.Varchar), of(types.Varbit):
		return typmod < 0 || was.Typmod >= 0 && typmod >= was.Typmod
	case was.Type.Type == types.Varchar && to == types.Text, was.Type.Type == types.Text && to == types.Varchar && typmod < 0:
		return true
	}
	return false
}

// unread refuses to change the type of a column that views read.
func (s *Session) unread(t *catalog.Table, c *catalog.Column) error {
	var views []*catalog.View
	for o := range s.Tx.Catalog().All() {
		if v, _ := viewOver(o); v != nil && v.Bound.ReadsColumn(t.OID, c.Num) {
			views = append(views, v)
		}
	}
	if len(views) == 0 {
		return nil
	}
	first := slices.MinFunc(views, func(a, b *catalog.View) int { return cmp.Compare(a.OID, b.OID) })
	_, is := viewOver(s.Tx.Catalog().Get(first.OID))
	return sqlerr.New(sqlerr.FeatureNotSupported, "cannot alter type of a column used by a view or rule").
		WithDetail(`rule _RETURN on %s %s depends on column "%s"`, is, s.shownRelation(first), c.Name)
}

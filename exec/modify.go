package exec

import (
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// modify is what INSERT, UPDATE and DELETE share: all changes are made at the
// first Next, and RETURNING's rows are handed out afterwards.
type modify struct {
	rt    *Runtime
	table *catalog.Table
	// checks: those of WITH CHECK OPTION among them look at rows that are written.
	checks    []plan.CheckExpr
	returning []expr.Expr
	run       func() error
	// within is what a partition that is written to directly wants of rows; nil: nothing.
	within *plan.Within
	// after looks at what a BEFORE trigger has made of a row that was led to a partition, and
	// last, t is nil then, at what all have.
	after func(t *plan.Trigger, row types.Row) error
	// leaves says whether a changed row belongs to another partition: it is not stored
	// then.
	leaves func(row types.Row) (bool, error)
	// statement are the triggers whose statement-level ones fire, in the order of the
	// BEFORE triggers; loading leaves that to a Loader.
	statement []*plan.Triggers
	loading   bool
	// moving: a row is on its way to another partition.
	moving bool
	// heir is the table whose row is written through one that it inherits from, which errors
	// show it as a row of; nil: there is none.
	heir *plan.Heir
	// merging: the statement is a MERGE.
	merging bool
	// written gives the columns of the table that the statement writes, by position.
	written  func() []int
	done     bool
	affected int64
	rows     []types.Row
}

func (o *modify) Next() (types.Row, error) {
	if !o.done {
		o.done = true
		if err := o.runAll(); err != nil {
			return nil, err
		}
	}
	if len(o.rows) == 0 {
		return nil, nil
	}
	row := o.rows[0]
	o.rows = o.rows[1:]
	return row, nil
}

// runAll makes the changes, between the triggers of the statement.
func (o *modify) runAll() error {
	if o.statement == nil || o.loading {
		return o.run()
	}
	if err := o.begin(); err != nil {
		return err
	}
	if err := o.run(); err != nil {
		return err
	}
	return o.end()
}

func (o *modify) begin() error {
	for _, set := range o.statement {
		if err := o.rt.Constraints.BeforeStatement(o.rt, set); err != nil {
			return err
		}
	}
	return nil
}

func (o *modify) end() error {
	for i := len(o.statement) - 1; i >= 0; i-- {
		if err := o.rt.Constraints.AfterStatement(o.rt, o.statement[i]); err != nil {
			return err
		}
	}
	return nil
}

// fireFor has the statement-level triggers of some sets fire.
func (o *modify) fireFor(sets ...*plan.Triggers) {
	for _, set := range sets {
		if set != nil {
			o.statement = append(o.statement, set)
		}
	}
}

// insertNew stores a new row, with the row-level triggers: those before it may
// change it or, row is nil then, leave it out.
func (o *modify) insertNew(t *catalog.Table, set *plan.Triggers, defaults []expr.Expr, checks []plan.CheckExpr, row types.Row, store func(types.Row) (tables.RowRef, bool, error)) (types.Row, tables.RowRef, error) {
	if set != nil && set.Instead != nil {
		row, err := o.rt.Constraints.beforeRow(o.rt, set, set.Instead, nil, row)
		return ownedRow(t, row), tables.RowRef{}, err
	}
	var err error
	if set != nil && set.Before != nil {
		if row, err = o.before(set, row); row == nil || err != nil {
			return nil, tables.RowRef{}, err
		}
		row = ownedRow(t, row)
	}
	if err := generate(o.rt, t, defaults, row); err != nil {
		return nil, tables.RowRef{}, err
	}
	if err := o.verify(t, checks, row); err != nil {
		return nil, tables.RowRef{}, err
	}
	if err := o.fits(row); err != nil {
		return nil, tables.RowRef{}, err
	}
	from := o.rt.Constraints.noted()
	ref, stored, err := store(row)
	if err != nil || !stored {
		return row, ref, err
	}
	if err := o.capture(t, catalog.TriggerInsert, nil, row); err != nil {
		return nil, ref, err
	}
	if set != nil && set.After != nil {
		err = o.rt.Constraints.afterRow(o.rt, set, from, nil, row)
	}
	return row, ref, err
}

// before has the triggers fire that come before a new row is stored.
func (o *modify) before(set *plan.Triggers, row types.Row) (_ types.Row, err error) {
	if o.after == nil {
		return o.rt.Constraints.beforeRow(o.rt, set, set.Before, nil, row)
	}
	for i, t := range set.Before {
		if row, err = o.rt.Constraints.beforeRow(o.rt, set, set.Before[i:i+1], nil, row); row == nil || err != nil {
			return nil, err
		}
		if err := o.after(t, row); err != nil {
			return nil, err
		}
	}
	return row, o.after(nil, row)
}

// updateOld stores what a row becomes, with the row-level triggers; changed is nil
// where they have left it out. A row that leaves its partition is not stored. old has at least the table's columns, and is kept if
// there are any.
func (o *modify) updateOld(t *catalog.Table, set *plan.Triggers, defaults []expr.Expr, checks []plan.CheckExpr, ref tables.RowRef, old, row types.Row) (changed types.Row, moved tables.RowRef, err error) {
	if set != nil {
		old = old[:len(t.Columns):len(t.Columns)].Clone()
	}
	if set != nil && set.Instead != nil {
		row, err := o.rt.Constraints.beforeRow(o.rt, set, set.Instead, old, row)
		return ownedRow(t, row), ref, err
	}
	if set != nil && set.Before != nil {
		if row, err = o.rt.Constraints.beforeRow(o.rt, set, set.Before, old, row); row == nil || err != nil {
			return nil, ref, err
		}
		if err := o.unchanged(set, ref.Key(), old); err != nil {
			return nil, ref, err
		}
		row = ownedRow(t, row)
	}
	if err := generate(o.rt, t, defaults, row); err != nil {
		return nil, ref, err
	}
	if o.leaves != nil {
		left, err := o.leaves(row)
		if left || err != nil {
			return row, ref, err
		}
	} else if err := o.fits(row); err != nil {
		return nil, ref, err
	}
	if err := o.verify(t, checks, row); err != nil {
		return nil, ref, err
	}
	from := o.rt.Constraints.noted()
	if moved, err = o.rt.Tx.Update(o.rt.Ctx, t, ref, row); err != nil {
		return nil, ref, err
	}
	if err := o.capture(t, catalog.TriggerUpdate, old, row); err != nil {
		return nil, ref, err
	}
	if set != nil && set.After != nil {
		err = o.rt.Constraints.afterRow(o.rt, set, from, old, row)
	}
	return row, moved, err
}

// deleteOld deletes a row, with the row-level triggers; done is false where they
// have left it out.
func (o *modify) deleteOld(t *catalog.Table, set *plan.Triggers, ref tables.RowRef, old types.Row) (done bool, err error) {
	if set == nil {
		if err := o.rt.Tx.Delete(o.rt.Ctx, t, ref); err != nil {
			return false, err
		}
		return true, o.capture(t, catalog.TriggerDelete, old, nil)
	}
	old = old[:len(t.Columns):len(t.Columns)].Clone()
	if set.Instead != nil {
		row, err := o.rt.Constraints.beforeRow(o.rt, set, set.Instead, old, nil)
		return row != nil, err
	}
	if set.Before != nil {
		row, err := o.rt.Constraints.beforeRow(o.rt, set, set.Before, old, nil)
		if row == nil || err != nil {
			return false, err
		}
		if err := o.unchanged(set, ref.Key(), old); err != nil {
			return false, err
		}
	}
	from := o.rt.Constraints.noted()
	if err := o.rt.Tx.Delete(o.rt.Ctx, t, ref); err != nil {
		return false, err
	}
	if err := o.capture(t, catalog.TriggerDelete, old, nil); err != nil {
		return false, err
	}
	if set.After != nil {
		return true, o.rt.Constraints.afterRow(o.rt, set, from, old, nil)
	}
	return true, nil
}

// capture keeps a changed row for the transition tables of the statement's triggers. A
// row that moves to another partition has been updated.
func (o *modify) capture(t *catalog.Table, event catalog.TriggerEvents, old, new types.Row) error {
	if o.statement == nil || o.moving {
		return nil
	}
	return o.rt.Constraints.capture(o.rt, o.statement, t, event, old, new)
}

// fits holds a row against the bounds of the partition that it is written to.
func (o *modify) fits(row types.Row) error {
	if o.within == nil {
		return nil
	}
	ok, err := o.within.Fits(o.rt.Eval, row)
	if ok || err != nil {
		return err
	}
	return o.notWithin(o.within.Table, nil, row)
}

// notWithin says that a row does not belong to a partition.
func (o *modify) notWithin(t *catalog.Table, heir *plan.Heir, row types.Row) error {
	return sqlerr.New(sqlerr.CheckViolation, `new row for relation "%s" violates partition constraint`, t.Name).
		WithDetail("%s", o.failingRow(t, heir, row)).OnTable(schemaName(o.rt, t), t.Name)
}

// ownedRow is a copy of a row that a trigger has returned, with room for the system
// columns; nil for none.
func ownedRow(t *catalog.Table, row types.Row) types.Row {
	if row == nil {
		return nil
	}
	return append(make(types.Row, 0, len(t.Columns)+len(plan.SystemColumns)), row[:len(t.Columns)]...)
}

func (o *modify) Affected() int64 { return o.affected }

// changed counts a row and computes what RETURNING says of it. row has the
// table's columns and then the system columns.
func (o *modify) changed(row types.Row) error {
	o.affected++
	if o.affected%1024 == 0 {
		if err := o.rt.interrupted(); err != nil {
			return err
		}
	}
	if err := o.fitsViews(row); err != nil {
		return err
	}
	if o.returning == nil {
		return nil
	}
	out := make(types.Row, len(o.returning))
	if err := evalInto(o.rt, out, o.returning, row); err != nil {
		return err
	}
	o.rows = append(o.rows, out)
	return nil
}

// fitsViews holds a written row against the conditions of the views that it was
// written through.
func (o *modify) fitsViews(row types.Row) error {
	for _, c := range o.checks {
		if !c.View {
			continue
		}
		v, err := c.Cond.Eval(o.rt.Eval, row)
		if err != nil {
			return err
		}
		if v.IsNull() || !v.Bool() {
			return sqlerr.New(sqlerr.WithCheckOptionViolation, `new row violates check option for view "%s"`, c.Name).
				WithDetail("%s", o.failingRow(o.table, nil, row))
		}
	}
	return nil
}

// withSystem adds the system columns of a row this transaction has written:
// _seq is not known before commit.
func withSystem(row types.Row, ref tables.RowRef) types.Row {
	return append(row, types.Null, ref.Version())
}

// fitsPolicies holds a row about to be stored against the policies of its table, or,
// as the message then says, one that ON CONFLICT has found.
func fitsPolicies(rt *Runtime, t *catalog.Table, checks []plan.CheckExpr, row types.Row, subject, which string) error {
	for _, c := range checks {
		if !c.Policy {
			continue
		}
		name := t.Name
		if c.Of != "" {
			name = c.Of
		}
		v, err := c.Cond.Eval(rt.Eval, row)
		switch {
		case err != nil:
			return err
		case !v.IsNull() && v.Bool():
		case c.Name != "":
			return sqlerr.New(sqlerr.InsufficientPrivilege, `%s violates row-level security policy "%s"%s for table "%s"`, subject, c.Name, which, name)
		default:
			return sqlerr.New(sqlerr.InsufficientPrivilege, `%s violates row-level security policy%s for table "%s"`, subject, which, name)
		}
	}
	return nil
}

// verify checks policies, NOT NULL and CHECK constraints of a row about to be stored.
func (o *modify) verify(t *catalog.Table, checks []plan.CheckExpr, row types.Row) error {
	rt := o.rt
	if err := fitsPolicies(rt, t, checks, row, "new row", ""); err != nil {
		return err
	}
	for i, c := range t.Columns {
		if c.NotNull && row[i].IsNull() {
			return sqlerr.New(sqlerr.NotNullViolation, `null value in column "%s" of relation "%s" violates not-null constraint`, c.Name, t.Name).
				WithDetail("%s", o.failingRow(t, o.heir, row)).OnTable(schemaName(rt, t), t.Name).OnColumn(c.Name)
		}
	}
	for _, c := range checks {
		if c.View || c.Policy {
			continue
		}
		v, err := c.Cond.Eval(rt.Eval, row)
		if err != nil {
			return err
		}
		if !v.IsNull() && !v.Bool() {
			return sqlerr.New(sqlerr.CheckViolation, `new row for relation "%s" violates check constraint "%s"`, t.Name, c.Name).
				WithDetail("%s", o.failingRow(t, o.heir, row)).OnTable(schemaName(rt, t), t.Name).OnConstraint(c.Name)
		}
	}
	return nil
}

func schemaName(rt *Runtime, t *catalog.Table) string {
	if s := rt.Tx.Catalog().SchemaByOID(t.Schema); s != nil {
		return s.Name
	}
	return ""
}

// failingRow tells of a row that breaks a constraint what whoever has written it may see:
// all of it, or the columns that may be read or have been written, or nothing. One of an heir
// is shown with the columns of the table that the statement names, whose privileges count.
func (o *modify) failingRow(t *catalog.Table, heir *plan.Heir, row types.Row) string {
	rt, named := o.rt, o.table
	whole := rt.Tx.Shows(named)
	var written []int
	if !whole && o.written != nil && !named.RowSecurity {
		written = o.written()
	}
	var names []string
	values := []byte{'('}
	columns := len(t.Columns)
	if heir != nil {
		columns = len(heir.To)
	}
	for i := range columns {
		if heir != nil {
			i = heir.To[i]
		}
		c := t.Columns[i]
		if !whole {
			at := named.ColumnIndex(c.Name)
			if at < 0 || !slices.Contains(written, at) && !rt.Tx.Shows(named, named.Columns[at].Num) {
				continue
			}
		}
		if len(names) > 0 {
			values = append(values, ", "...)
		}
		names = append(names, c.Name)
		values = appendShortened(values, rt, c, row[i])
	}
	values = append(values, ')')
	switch {
	case whole:
		return "Failing row contains " + string(values) + "."
	case names == nil:
		return ""
	}
	return "Failing row contains (" + strings.Join(names, ", ") + ") = " + string(values) + "."
}

// appendShortened prints a value as PostgreSQL's constraint errors do: cut at 64 bytes.
func appendShortened(out []byte, rt *Runtime, c *catalog.Column, v types.Datum) []byte {
	if v.IsNull() {
		return append(out, "null"...)
	}
	start := len(out)
	out = c.Type.AppendText(out, v, rt.Eval.Env)
	if len(out)-start > 64 {
		cut := start + 64
		for cut > start && out[cut]&0xC0 == 0x80 {
			cut--
		}
		out = append(out[:cut], "..."...)
	}
	return out
}

// generate computes the stored generated columns of a row.
func generate(rt *Runtime, t *catalog.Table, defaults []expr.Expr, row types.Row) error {
	for i, c := range t.Columns {
		if !c.Generated {
			continue
		}
		v, err := defaults[i].Eval(rt.Eval, row)
		if err != nil {
			return err
		}
		row[i] = v
	}
	return nil
}

// defaultValue computes a column's default.
func defaultValue(rt *Runtime, defaults []expr.Expr, i int) (types.Datum, error) {
	if defaults[i] == nil {
		return types.Null, nil
	}
	return defaults[i].Eval(rt.Eval, nil)
}

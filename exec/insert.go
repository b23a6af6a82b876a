package exec

import (
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// insert runs INSERT.
type insert struct {
	modify
	node   *plan.Insert
	source Operator
	given  []int // per table column: the source column, or -1
	room   rowRoom
	// touched holds the rows that ON CONFLICT DO UPDATE has changed, which the
	// same command must not change twice.
	touched map[string]bool
}

func newInsert(rt *Runtime, n *plan.Insert) (Operator, error) {
	source, err := Build(rt, n.Source)
	if err != nil {
		return nil, err
	}
	o := &insert{modify: modify{rt: rt, table: n.Table, checks: n.Checks, returning: n.Returning, within: n.Within}, node: n, source: source}
	o.run = o.insertAll
	o.written = func() []int {
		if n.Conflict == nil {
			return n.Targets
		}
		return append(assigned(n.Conflict.Set), n.Targets...)
	}
	o.fireFor(n.Triggers)
	if n.Conflict != nil {
		o.fireFor(n.Conflict.Triggers)
	}
	o.given = make([]int, len(n.Table.Columns))
	for i := range o.given {
		o.given[i] = -1
	}
	for i, at := range n.Targets {
		if at < 0 {
			continue
		}
		o.given[at] = i
	}
	return o, nil
}

func (o *insert) Close() { o.source.Close() }

func (o *insert) insertAll() error {
	for i := 0; ; i++ {
		in, err := o.source.Next()
		if err != nil {
			return err
		}
		if in == nil {
			return nil
		}
		var useDefault []bool
		if o.node.UseDefault != nil {
			useDefault = o.node.UseDefault[i]
		}
		row, err := o.newRow(in, useDefault)
		if err != nil {
			return err
		}
		if err := o.insertRow(row); err != nil {
			return err
		}
	}
}

// newRow makes the row to store from one source row, without what is generated. It
// is owned by the transaction afterwards.
func (o *insert) newRow(in types.Row, useDefault []bool) (types.Row, error) {
	t := o.node.Table
	row := o.room.row(len(t.Columns), len(t.Columns)+len(plan.SystemColumns))
	for i, c := range t.Columns {
		if from := o.given[i]; from >= 0 && (useDefault == nil || !useDefault[from]) {
			row[i] = in[from]
			continue
		}
		if c.Generated {
			continue
		}
		v, err := defaultValue(o.rt, o.node.Defaults, i)
		if err != nil {
			return nil, err
		}
		row[i] = v
	}
	return row, nil
}

func (o *insert) insertRow(row types.Row) error {
	if o.node.Heirs != nil {
		return o.insertRouted(row)
	}
	var conflict *tables.RowRef
	var existing types.Row
	row, ref, err := o.insertNew(o.node.Table, o.node.Triggers, o.node.Defaults, o.node.Checks, row, func(row types.Row) (tables.RowRef, bool, error) {
		if o.node.Conflict == nil {
			ref, err := o.rt.Tx.Insert(o.rt.Ctx, o.node.Table, o.rt.User, row)
			return ref, true, err
		}
		ref, found, there, err := o.rt.Tx.InsertUnlessConflict(o.rt.Ctx, o.node.Table, o.rt.User, row, o.node.Conflict.Arbiters, o.node.Conflict.DoUpdate)
		if err != nil || found != nil {
			conflict, existing = found, there
			return tables.RowRef{}, false, err
		}
		return *ref, true, nil
	})
	switch {
	case row == nil || err != nil:
		return err
	case conflict == nil:
		if o.node.Conflict != nil && o.node.Conflict.DoUpdate {
			o.touch(ref)
		}
		return o.changed(withSystem(row, ref))
	case !o.node.Conflict.DoUpdate:
		return nil
	}
	return o.updateExisting(*conflict, existing, row)
}

// touch notes a row that the statement has added or changed.
func (o *insert) touch(ref tables.RowRef) {
	if o.touched == nil {
		o.touched = map[string]bool{}
	}
	o.touched[ref.Key()] = true
}

func secondTime() error {
	return sqlerr.New(sqlerr.CardinalityViolation, "ON CONFLICT DO UPDATE command cannot affect row a second time").
		WithHint("Ensure that no rows proposed for insertion within the same command have duplicate constrained values.")
}

// updateExisting is DO UPDATE: the expressions see the existing row and then
// the one proposed.
func (o *insert) updateExisting(ref tables.RowRef, existing, proposed types.Row) error {
	t, c := o.node.Table, o.node.Conflict
	pair := append(append(make(types.Row, 0, 2*len(existing)), existing...), withSystem(proposed, tables.RowRef{})...)
	if o.touched[ref.Key()] { // whatever WHERE says: it would be locked
		return secondTime()
	}
	if c.Where != nil {
		v, err := c.Where.Eval(o.rt.Eval, pair)
		if err != nil || !v.Bool() {
			return err
		}
	}
	if err := fitsPolicies(o.rt, t, c.Reach, existing, "new row", " (USING expression)"); err != nil {
		return err
	}
	o.touch(ref)
	row := append(make(types.Row, 0, len(existing)), existing[:len(t.Columns)]...)
	if err := assign(o.rt, c.Set, o.node.Defaults, row, pair); err != nil {
		return err
	}
	checks := o.node.Checks
	if c.Checks != nil {
		checks = c.Checks
	}
	row, moved, err := o.updateOld(t, c.Triggers, o.node.Defaults, checks, ref, existing, row)
	if row == nil || err != nil {
		return err
	}
	o.touch(moved)
	return o.changed(withSystem(row, moved))
}

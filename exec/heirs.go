package exec

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// heirRows are the rows of tables that inherit from what UPDATE and DELETE name, locked and
// in their newest version. The row is as the statement's expressions see it.
type heirRows struct {
	rt       *Runtime
	heirs    *plan.Heirs
	input    Operator
	cond     expr.Expr
	strength tables.LockStrength
	// heir is the table of the row given last, and old the row as that has it.
	heir *plan.Heir
	old  types.Row
}

func newHeirRows(rt *Runtime, heirs *plan.Heirs, from plan.Node, cond expr.Expr, strength tables.LockStrength) (*heirRows, error) {
	in, err := Build(rt, from)
	return &heirRows{rt: rt, heirs: heirs, input: in, cond: cond, strength: strength}, err
}

// refAt is where the reference is in a row; the table's OID follows it.
func refAt(parent *catalog.Table) int { return len(parent.Columns) + len(plan.SystemColumns) }

func (o *heirRows) next() (types.Row, tables.RowRef, error) {
	for {
		row, err := o.input.Next()
		if row == nil || err != nil {
			return nil, tables.RowRef{}, err
		}
		heir, ref, err := heirOf(o.rt, o.heirs, row)
		if err != nil {
			return nil, tables.RowRef{}, err
		}
		got, err := o.rt.Tx.Lock(o.rt.Ctx, heir.Table, ref, o.strength, tables.Block)
		if err != nil {
			return nil, tables.RowRef{}, err
		}
		o.heir = heir
		switch got.Status {
		case tables.Unchanged:
			o.old, err = heirRow(o.rt, heir, ref, row)
			return row, ref, err
		case tables.Changed:
			newest := row.Clone()
			n := len(heir.Table.Columns)
			copy(newest, heir.Up(got.Row, got.Row[n:]...))
			if o.old = got.Row[:n:n]; o.cond == nil {
				return newest, ref, nil
			}
			v, err := o.cond.Eval(o.rt.Eval, newest)
			if err != nil {
				return nil, tables.RowRef{}, err
			}
			if v.Bool() {
				return newest, ref, nil
			}
		}
	}
}

func (o *heirRows) Close() { o.input.Close() }

// heirOf gives the table of a row of an Append, and the reference to it.
func heirOf(rt *Runtime, heirs *plan.Heirs, row types.Row) (*plan.Heir, tables.RowRef, error) {
	at := refAt(heirs.Parent)
	heir, err := heirs.Get(rt.Tx.Catalog(), catalog.OID(row[at+1].Int()))
	if err != nil {
		return nil, tables.RowRef{}, err
	}
	return heir, tables.RefOf(heir.Table, rt.User, row[at].Str(), row[len(heirs.Parent.Columns)]), nil
}

// heirRow gives a row that is locked and has not changed as its table has it.
func heirRow(rt *Runtime, heir *plan.Heir, ref tables.RowRef, row types.Row) (types.Row, error) {
	n := len(heir.Table.Columns)
	if heir.Same {
		return row[:n:n], nil
	}
	whole, err := rt.Tx.Current(heir.Table, ref.Key())
	if err == nil && whole == nil {
		return nil, sqlerr.Internal("a row of %s that was locked is gone", heir.Table.Name)
	}
	if err != nil {
		return nil, err
	}
	return whole[:n:n], nil
}

func newHeirUpdate(o *update) (Operator, error) {
	n := o.node
	rows, err := newHeirRows(o.rt, n.Heirs, n.From, n.Cond, tables.LockNoKeyUpdate)
	if err != nil {
		return nil, err
	}
	o.target, o.within = rows, nil
	o.fireFor(n.Triggers)
	o.run = func() error { return o.updateHeirs(rows) }
	return o, nil
}

func (o *update) updateHeirs(rows *heirRows) error {
	at := refAt(o.table)
	for {
		row, ref, err := rows.next()
		if row == nil || err != nil {
			return err
		}
		changed, heir, written, err := o.updateHeir(rows.heir, o.node.Heirs, o.node.Set, o.node.Defaults, ref, rows.old, row)
		if changed == nil || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		out := heir.Up(changed, types.Null, written.Version(), row[at], types.Int(int64(heir.Table.OID)))
		if err := o.changed(append(out, row[at+2:]...)); err != nil {
			return err
		}
	}
}

// updateHeir changes a row of one of the heirs, which may lead it to another partition.
// It gives the changed row, nil where triggers have left it out, and the table that it is
// in now.
func (o *modify) updateHeir(heir *plan.Heir, heirs *plan.Heirs, set []plan.Assignment, defaults []expr.Expr, ref tables.RowRef, old, see types.Row) (types.Row, *plan.Heir, tables.RowRef, error) {
	fail := func(err error) (types.Row, *plan.Heir, tables.RowRef, error) {
		return nil, nil, tables.RowRef{}, err
	}
	named := append(make(types.Row, 0, len(heirs.Parent.Columns)), see[:len(heirs.Parent.Columns)]...)
	if err := assign(o.rt, set, defaults, named, see); err != nil {
		return fail(err)
	}
	row := append(make(types.Row, 0, len(old)+len(plan.SystemColumns)+2), old...)
	for _, a := range set {
		row[heir.To[a.Column]] = named[a.Column]
	}
	left := false
	if heirs.Levels != nil {
		o.leaves = func(row types.Row) (_ bool, err error) {
			left, err = o.leavesPartition(heirs, heir, row)
			return left, err
		}
		defer func() { o.leaves = nil }()
	}
	o.heir = heir
	changed, written, err := o.updateOld(heir.Table, heir.Updates, heir.Defaults, heir.Checks, ref, old, row)
	o.heir = nil
	if changed == nil || err != nil {
		return fail(err)
	}
	if !left {
		return changed, heir, written, nil
	}
	o.moving = true
	defer func() { o.moving = false }()
	end := o.rt.Constraints.Moving(heirs.Parent, heir.Up(changed))
	done, err := o.deleteOld(heir.Table, heir.Deletes, ref, old)
	end()
	if !done || err != nil {
		return fail(err)
	}
	to, changed, written, err := o.insertInto(heirs, heir.Up(changed), nil)
	if changed != nil && err == nil {
		o.rt.Tx.LeftTable(ref)
		o.moving = false
		err = o.capture(heirs.Parent, catalog.TriggerUpdate, heir.Up(old), to.Up(changed))
	}
	return changed, to, written, err
}

// leavesPartition says whether a row does not belong to the partition that it is in.
func (o *modify) leavesPartition(heirs *plan.Heirs, heir *plan.Heir, row types.Row) (bool, error) {
	up := heir.Up(row)
	ok, err := heirs.Within.Fits(o.rt.Eval, up)
	if !ok || err != nil {
		return true, err
	}
	stays, err := heirs.Levels.Holds(o.rt.Eval, heir.Table.OID, up)
	return !stays, err
}

// insertInto stores a new row of a partitioned table in the partition it belongs to, by
// store if that is given. The row that it gives is nil where triggers have left it out.
func (o *modify) insertInto(heirs *plan.Heirs, row types.Row, store func(*plan.Heir, types.Row) (tables.RowRef, bool, error)) (*plan.Heir, types.Row, tables.RowRef, error) {
	o.within = heirs.Within
	err := o.fits(row)
	o.within = nil
	if err != nil {
		return nil, nil, tables.RowRef{}, err
	}
	leaf, err := heirs.Levels.Route(o.rt.Eval, row)
	if err != nil {
		return nil, nil, tables.RowRef{}, err
	}
	heir, err := heirs.Of(leaf)
	if err != nil {
		return nil, nil, tables.RowRef{}, err
	}
	own := row
	if !heir.Same {
		own = heir.Down(row)
	}
	o.after = func(t *plan.Trigger, row types.Row) error {
		if t != nil && t.Parent == 0 {
			return nil // the partition's own
		}
		now, err := heirs.Levels.Route(o.rt.Eval, heir.Up(row))
		switch {
		case err == nil && now.OID == leaf.OID:
			return nil
		case t == nil:
			return o.notWithin(leaf, heir, row)
		}
		return sqlerr.New(sqlerr.FeatureNotSupported, "moving row to another partition during a BEFORE FOR EACH ROW trigger is not supported").
			WithDetail(`Before executing trigger "%s", the row was to be in partition "%s.%s".`, t.Name, schemaName(o.rt, leaf), leaf.Name)
	}
	o.heir = heir
	stored, ref, err := o.insertNew(leaf, heir.Inserts, heir.Defaults, heir.Checks, own, func(row types.Row) (tables.RowRef, bool, error) {
		if store != nil {
			return store(heir, row)
		}
		ref, err := o.rt.Tx.Insert(o.rt.Ctx, leaf, o.rt.User, row)
		return ref, true, err
	})
	o.after, o.heir = nil, nil
	return heir, stored, ref, err
}

// insertRouted is insertRow for a partitioned table.
func (o *insert) insertRouted(row types.Row) error {
	c := o.node.Conflict
	var conflict *tables.RowRef
	var existing types.Row
	heir, row, ref, err := o.insertInto(o.node.Heirs, row, func(heir *plan.Heir, row types.Row) (tables.RowRef, bool, error) {
		if c == nil {
			ref, err := o.rt.Tx.Insert(o.rt.Ctx, heir.Table, o.rt.User, row)
			return ref, true, err
		}
		ref, found, there, err := o.rt.Tx.InsertUnlessConflict(o.rt.Ctx, heir.Table, o.rt.User, row, heir.Arbiters, c.DoUpdate)
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
		if c != nil && c.DoUpdate {
			o.touch(ref)
		}
		return o.changed(heir.Up(row, types.Null, ref.Version(), types.Int(int64(heir.Table.OID))))
	case !c.DoUpdate:
		return nil
	}
	return o.updateConflicting(heir, *conflict, existing, row)
}

// updateConflicting is DO UPDATE of a row of a partition.
func (o *insert) updateConflicting(heir *plan.Heir, ref tables.RowRef, existing, proposed types.Row) error {
	c, n := o.node.Conflict, len(heir.Table.Columns)
	oid := types.Int(int64(heir.Table.OID))
	pair := heir.Up(existing, append(slices.Clone(existing[n:]), oid)...)
	pair = append(pair, heir.Up(proposed, types.Null, types.Null, oid)...)
	if o.touched[ref.Key()] {
		return secondTime()
	}
	if c.Where != nil {
		v, err := c.Where.Eval(o.rt.Eval, pair)
		if err != nil || !v.Bool() {
			return err
		}
	}
	if err := fitsPolicies(o.rt, o.table, c.Reach, pair, "new row", " (USING expression)"); err != nil {
		return err
	}
	o.touch(ref)
	named := append(make(types.Row, 0, len(o.table.Columns)), pair[:len(o.table.Columns)]...)
	if err := assign(o.rt, c.Set, o.node.Defaults, named, pair); err != nil {
		return err
	}
	if err := fitsPolicies(o.rt, o.table, c.Checks, named, "new row", ""); err != nil {
		return err
	}
	row := append(make(types.Row, 0, len(existing)+2), existing[:n]...)
	for _, a := range c.Set {
		row[heir.To[a.Column]] = named[a.Column]
	}
	o.leaves = func(row types.Row) (bool, error) {
		left, err := o.leavesPartition(o.node.Heirs, heir, row)
		if left && err == nil {
			err = sqlerr.New(sqlerr.FeatureNotSupported, "invalid ON UPDATE specification").
				WithDetail("The result tuple would appear in a different partition than the original tuple.")
		}
		return left, err
	}
	defer func() { o.leaves = nil }()
	checks := slices.DeleteFunc(slices.Clone(heir.Checks), func(c plan.CheckExpr) bool { return c.Policy })
	o.heir = heir
	row, moved, err := o.updateOld(heir.Table, heir.Updates, heir.Defaults, checks, ref, existing, row)
	o.heir = nil
	if row == nil || err != nil {
		return err
	}
	o.touch(moved)
	return o.changed(heir.Up(row, types.Null, moved.Version(), oid))
}

func newHeirDelete(o *remove) (Operator, error) {
	n := o.node
	rows, err := newHeirRows(o.rt, n.Heirs, n.From, n.Cond, tables.LockUpdate)
	if err != nil {
		return nil, err
	}
	o.target = rows
	o.fireFor(n.Triggers)
	o.run = func() error {
		for {
			row, ref, err := rows.next()
			if row == nil || err != nil {
				return err
			}
			row = row.Clone()
			done, err := o.deleteOld(rows.heir.Table, rows.heir.Deletes, ref, rows.old)
			if err != nil {
				return err
			}
			if !done {
				continue
			}
			if err := o.changed(row); err != nil {
				return err
			}
		}
	}
	return o, nil
}

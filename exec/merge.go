package exec

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// merge runs MERGE.
type merge struct {
	modify
	node  *plan.Merge
	pairs Operator
	// place is the table itself, where nothing inherits from it.
	place *plan.Heir
	// touched are the rows of the table that have been changed: none may be twice.
	touched map[string]bool
}

func newMerge(rt *Runtime, n *plan.Merge) (Operator, error) {
	pairs, err := Build(rt, n.Pairs)
	o := &merge{modify: modify{rt: rt, table: n.Table, within: n.Within}, node: n, pairs: pairs, touched: map[string]bool{}}
	o.run = o.mergeAll
	if n.Heirs == nil {
		o.place = plan.NewHeir(n.Table, n.Defaults, n.Checks, n.Inserts, n.Updates, n.Deletes)
	} else {
		o.within = nil
	}
	o.fireFor(n.Inserts, n.Updates, n.Deletes)
	return o, err
}

func (o *merge) Close() { o.pairs.Close() }

func (o *merge) mergeAll() error {
	at := refAt(o.table)
	for {
		row, err := o.pairs.Next()
		if row == nil || err != nil {
			return err
		}
		pair := row.Clone()
		if pair[at].IsNull() {
			err = o.notMatched(pair)
		} else {
			err = o.matchedIn(pair)
		}
		if err != nil {
			return err
		}
	}
}

// matchedIn changes the row of a pair in the table that it is of.
func (o *merge) matchedIn(pair types.Row) error {
	if o.node.Heirs == nil {
		at := refAt(o.table)
		return o.matched(pair, o.place, tables.RefTo(o.table, o.rt.User, pair[at].Str(), pair[:at]))
	}
	heir, ref, err := heirOf(o.rt, o.node.Heirs, pair)
	if err != nil {
		return err
	}
	return o.matched(pair, heir, ref)
}

// choose gives the clause that counts for a pair; nil for none.
func (o *merge) choose(matched bool, pair types.Row) (*plan.MergeWhen, error) {
	for i := range o.node.Whens {
		w := &o.node.Whens[i]
		if w.Matched != matched {
			continue
		}
		if w.Cond == nil {
			return w, nil
		}
		v, err := w.Cond.Eval(o.rt.Eval, pair)
		if err != nil {
			return nil, err
		}
		if v.Bool() {
			return w, nil
		}
	}
	return nil, nil
}

// matched changes the row of a pair in a table. When the row has changed since it
// was read, what to do is decided anew for its newest version; when it is gone or
// matches no more, the source's row matches none.
func (o *merge) matched(pair types.Row, heir *plan.Heir, ref tables.RowRef) error {
	w, err := o.choose(true, pair)
	if w == nil || w.Action == ast.MergeDoNothing || err != nil {
		return err
	}
	if o.touched[ref.Key()] {
		return sqlerr.New(sqlerr.CardinalityViolation, "MERGE command cannot affect row a second time").
			WithHint("Ensure that not more than one source row matches any one target row.")
	}
	strength := tables.LockNoKeyUpdate
	if w.Action == ast.MergeDelete {
		strength = tables.LockUpdate
	}
	got, err := o.rt.Tx.Lock(o.rt.Ctx, heir.Table, ref, strength, tables.Block)
	if err != nil {
		return err
	}
	n := len(heir.Table.Columns)
	var old types.Row
	switch got.Status {
	case tables.Unchanged:
		if old, err = heirRow(o.rt, heir, ref, pair); err != nil {
			return err
		}
	case tables.Changed:
		old = got.Row[:n:n]
		copy(pair, heir.Up(got.Row, got.Row[n:]...))
		v, err := o.node.On.Eval(o.rt.Eval, pair)
		if err != nil {
			return err
		}
		if !v.Bool() {
			return o.notMatched(o.alone(pair))
		}
		if w, err = o.choose(true, pair); w == nil || w.Action == ast.MergeDoNothing || err != nil {
			return err
		}
	default:
		return o.notMatched(o.alone(pair))
	}
	if err := o.mayChange(w, pair); err != nil {
		return err
	}
	o.touched[ref.Key()] = true
	if w.Action == ast.MergeDelete {
		done, err := o.deleteOld(heir.Table, heir.Deletes, ref, old)
		if !done || err != nil {
			return err
		}
		return o.changed(pair)
	}
	heirs := o.node.Heirs
	if heirs == nil {
		heirs = &plan.Heirs{Parent: o.table}
	}
	changed, _, moved, err := o.updateHeir(heir, heirs, w.Set, o.node.Defaults, ref, old, pair)
	if changed == nil || err != nil {
		return err
	}
	o.touched[moved.Key()] = true
	return o.changed(pair)
}

// mayChange asks the policies about a row that is to be updated or deleted.
func (o *merge) mayChange(w *plan.MergeWhen, pair types.Row) error {
	wanted := o.node.Updatable
	if w.Action == ast.MergeDelete {
		wanted = o.node.Deletable
	}
	return fitsPolicies(o.rt, o.table, wanted, pair, "target row", " (USING expression)")
}

// alone gives a pair without the table's row.
func (o *merge) alone(pair types.Row) types.Row {
	width := refAt(o.table) + 1
	if o.node.Heirs != nil {
		width++
	}
	clear(pair[:width])
	return pair
}

// notMatched inserts what the clause for a source row without a match says.
func (o *merge) notMatched(pair types.Row) error {
	w, err := o.choose(false, pair)
	if w == nil || w.Action == ast.MergeDoNothing || err != nil {
		return err
	}
	row := make(types.Row, len(o.table.Columns), len(o.table.Columns)+len(plan.SystemColumns))
	given := make([]bool, len(row))
	for i, at := range w.Targets {
		if w.UseDefault[i] {
			continue
		}
		if row[at], err = w.Values[i].Eval(o.rt.Eval, pair); err != nil {
			return err
		}
		given[at] = true
	}
	for i, c := range o.table.Columns {
		if given[i] || c.Generated {
			continue
		}
		if row[i], err = defaultValue(o.rt, o.node.Defaults, i); err != nil {
			return err
		}
	}
	if o.node.Heirs != nil && o.node.Leaves.Levels != nil {
		_, row, _, err := o.insertInto(o.node.Leaves, row, nil)
		if row == nil || err != nil {
			return err
		}
		return o.changed(pair)
	}
	row, _, err = o.insertNew(o.table, o.node.Inserts, o.node.Defaults, o.node.Inserted, row, func(row types.Row) (tables.RowRef, bool, error) {
		ref, err := o.rt.Tx.Insert(o.rt.Ctx, o.table, o.rt.User, row)
		return ref, true, err
	})
	if row == nil || err != nil {
		return err
	}
	return o.changed(pair)
}

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
	o := &merge{modify: modify{rt: rt, table: n.Table, within: n.Within, returning: n.Returning, merging: true}, node: n, pairs: pairs, touched: map[string]bool{}}
	o.written = func() (list []int) {
		for _, w := range n.Whens {
			list = append(append(list, assigned(w.Set)...), w.Targets...)
		}
		return list
	}
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
		switch {
		case pair[at].IsNull():
			err = o.notMatched(pair)
		case o.node.Marker > 0 && pair[o.node.Marker].IsNull():
			err = o.matchedIn(pair, bySource)
		default:
			err = o.matchedIn(pair, byBoth)
		}
		if err != nil {
			return err
		}
	}
}

// mergeKind says which clauses a pair is for.
type mergeKind uint8

const (
	byBoth   mergeKind = iota // WHEN MATCHED
	bySource                  // WHEN NOT MATCHED BY SOURCE
	byTarget                  // WHEN NOT MATCHED [BY TARGET]
)

// matchedIn changes the row of a pair in the table that it is of.
func (o *merge) matchedIn(pair types.Row, kind mergeKind) error {
	if o.node.Heirs == nil {
		at := refAt(o.table)
		return o.matched(pair, kind, o.place, tables.RefTo(o.table, o.rt.User, pair[at].Str(), pair[:at]))
	}
	heir, ref, err := heirOf(o.rt, o.node.Heirs, pair)
	if err != nil {
		return err
	}
	return o.matched(pair, kind, heir, ref)
}

// choose gives the clause that counts for a pair; nil for none.
func (o *merge) choose(kind mergeKind, pair types.Row) (*plan.MergeWhen, error) {
	for i := range o.node.Whens {
		w := &o.node.Whens[i]
		if w.Matched != (kind == byBoth) || w.BySource != (kind == bySource) {
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
func (o *merge) matched(pair types.Row, kind mergeKind, heir *plan.Heir, ref tables.RowRef) error {
	w, err := o.choose(kind, pair)
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
	switch {
	case got.Status == tables.Unchanged:
		if old, err = heirRow(o.rt, heir, ref, pair); err != nil {
			return err
		}
	case got.Status == tables.Changed:
		old = got.Row[:n:n]
		copy(pair, heir.Up(got.Row, got.Row[n:]...))
		if kind == byBoth {
			v, err := o.node.On.Eval(o.rt.Eval, pair)
			if err != nil {
				return err
			}
			if !v.Bool() {
				return o.parted(pair, heir, ref)
			}
		}
		if w, err = o.choose(kind, pair); w == nil || w.Action == ast.MergeDoNothing || err != nil {
			return err
		}
	case kind == bySource:
		return nil
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
		return o.report(pair, heir, append(old[:n:n], pair[len(o.table.Columns):refAt(o.table)]...), "DELETE")
	}
	heirs := o.node.Heirs
	if heirs == nil {
		heirs = &plan.Heirs{Parent: o.table}
	}
	changed, to, moved, err := o.updateHeir(heir, heirs, w.Set, o.node.Defaults, ref, old, pair)
	if changed == nil || err != nil {
		return err
	}
	o.touched[moved.Key()] = true
	return o.report(pair, to, withSystem(changed[:len(to.Table.Columns):len(to.Table.Columns)], moved), "UPDATE")
}

// parted does what the clauses say of a pair that is none any more: its row of the table
// has no partner, and its row of the source has none.
func (o *merge) parted(pair types.Row, heir *plan.Heir, ref tables.RowRef) error {
	if o.node.Marker > 0 {
		left := pair.Clone()
		clear(left[o.width():])
		if err := o.matched(left, bySource, heir, ref); err != nil {
			return err
		}
	}
	return o.notMatched(o.alone(pair))
}

// report counts a row that has been changed, which is in a table with its system columns
// now, and computes what RETURNING says of it.
func (o *merge) report(pair types.Row, heir *plan.Heir, row types.Row, action string) error {
	if o.returning == nil {
		return o.changed(pair)
	}
	out, n := pair.Clone(), len(heir.Table.Columns)
	copy(out, heir.Up(row, row[n:]...))
	out[o.node.Marker] = types.String(action)
	if o.node.Heirs != nil {
		out[refAt(o.table)+1] = types.Int(int64(heir.Table.OID))
	}
	return o.changed(out)
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
	clear(pair[:o.width()])
	return pair
}

// width is how many columns of a pair are the table's.
func (o *merge) width() int {
	width := refAt(o.table) + 1
	if o.node.Heirs != nil {
		width++
	}
	return width
}

// notMatched inserts what the clause for a source row without a match says.
func (o *merge) notMatched(pair types.Row) error {
	w, err := o.choose(byTarget, pair)
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
		to, row, ref, err := o.insertInto(o.node.Leaves, row, nil)
		if row == nil || err != nil {
			return err
		}
		return o.report(pair, to, withSystem(row[:len(to.Table.Columns):len(to.Table.Columns)], ref), "INSERT")
	}
	row, ref, err := o.insertNew(o.table, o.node.Inserts, o.node.Defaults, o.node.Inserted, row, func(row types.Row) (tables.RowRef, bool, error) {
		ref, err := o.rt.Tx.Insert(o.rt.Ctx, o.table, o.rt.User, row)
		return ref, true, err
	})
	if row == nil || err != nil {
		return err
	}
	place := o.place
	if place == nil {
		place = plan.NewHeir(o.table, nil, nil, nil, nil, nil)
	}
	return o.report(pair, place, withSystem(row[:len(o.table.Columns):len(o.table.Columns)], ref), "INSERT")
}

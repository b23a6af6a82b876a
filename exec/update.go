package exec

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// update runs UPDATE. The scan does not see the statement's own writes, so
// rows are changed while it goes on.
type update struct {
	modify
	node   *plan.Update
	target targetRows
}

func newUpdate(rt *Runtime, n *plan.Update) (Operator, error) {
	o := &update{modify: modify{rt: rt, table: n.Table, checks: n.Checks, returning: n.Returning, within: n.Within}, node: n}
	o.written = func() []int { return assigned(n.Set) }
	if n.Heirs != nil {
		return newHeirUpdate(o)
	}
	var err error
	if o.target, err = newTargetRows(rt, n.Scan, n.From, n.Cond, tables.LockNoKeyUpdate); err != nil {
		return nil, err
	}
	o.fireFor(n.Triggers)
	o.run = o.updateAll
	return o, nil
}

func (o *update) Close() { o.target.Close() }

func (o *update) updateAll() error {
	t := o.node.Table
	for {
		row, ref, err := o.target.next()
		if row == nil || err != nil {
			return err
		}
		changed := append(make(types.Row, 0, len(row)), row[:len(t.Columns)]...)
		if err := assign(o.rt, o.node.Set, o.node.Defaults, changed, row); err != nil {
			return err
		}
		changed, written, err := o.updateOld(t, o.node.Triggers, o.node.Defaults, o.node.Checks, ref, row, changed)
		if err != nil {
			return err
		}
		if changed == nil {
			continue
		}
		if err := o.changed(append(withSystem(changed, written), row[len(t.Columns)+len(plan.SystemColumns):]...)); err != nil {
			return err
		}
	}
}

// assign evaluates a SET list over see into row.
func assign(rt *Runtime, set []plan.Assignment, defaults []expr.Expr, row, see types.Row) error {
	for _, a := range set {
		var v types.Datum
		var err error
		if a.Default {
			v, err = defaultValue(rt, defaults, a.Column)
		} else {
			v, err = a.Value.Eval(rt.Eval, see)
		}
		if err != nil {
			return err
		}
		row[a.Column] = v
	}
	return nil
}

// remove runs DELETE.
type remove struct {
	modify
	node   *plan.Delete
	target targetRows
}

func newDelete(rt *Runtime, n *plan.Delete) (Operator, error) {
	o := &remove{modify: modify{rt: rt, table: n.Table, returning: n.Returning}, node: n}
	if n.Heirs != nil {
		return newHeirDelete(o)
	}
	var err error
	if o.target, err = newTargetRows(rt, n.Scan, n.From, n.Cond, tables.LockUpdate); err != nil {
		return nil, err
	}
	o.fireFor(n.Triggers)
	o.run = o.deleteAll
	return o, nil
}

func (o *remove) Close() { o.target.Close() }

func (o *remove) deleteAll() error {
	for {
		row, ref, err := o.target.next()
		if row == nil || err != nil {
			return err
		}
		done, err := o.deleteOld(o.node.Table, o.node.Triggers, ref, row)
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

// targetRows gives the rows that UPDATE and DELETE change, locked and in their
// newest version.
type targetRows interface {
	// next gives a row as the statement's expressions see it, valid until the
	// next call, and the reference to the table's row in it.
	next() (types.Row, tables.RowRef, error)
	Close()
}

func newTargetRows(rt *Runtime, n *plan.Scan, from plan.Node, cond expr.Expr, strength tables.LockStrength) (targetRows, error) {
	if from == nil {
		s, err := newScan(rt, n)
		s.changes = true
		rows := &scannedRows{scan: s, strength: strength}
		if rt.Instruments != nil {
			rows.seen = rt.Instruments.at(n)
			rows.seen.Loops++
		}
		return rows, err
	}
	in, err := Build(rt, from)
	if n == nil {
		return &viewRows{input: in}, err
	}
	return &joinedRows{rt: rt, table: n.Table, input: in, cond: cond, strength: strength}, err
}

// scannedRows are those of a table alone.
type scannedRows struct {
	*scan
	strength tables.LockStrength
	seen     *Instrument // of EXPLAIN ANALYZE
}

// Close closes the scan.
func (o *scannedRows) Close() {
	if o.seen != nil {
		o.scan.report(o.seen)
		o.seen = nil
	}
	o.scan.Close()
}

func (o *scannedRows) next() (types.Row, tables.RowRef, error) {
	for {
		row, err := o.scan.next()
		if row == nil || err != nil {
			return nil, tables.RowRef{}, err
		}
		if o.seen != nil {
			o.seen.Rows++
		}
		if row, err = o.recheck(row, o.strength, tables.Block); err != nil {
			return nil, tables.RowRef{}, err
		}
		if row != nil {
			return row, o.cursor.Ref(), nil
		}
	}
}

// viewRows are those of a view that its triggers change.
type viewRows struct{ input Operator }

func (o *viewRows) next() (types.Row, tables.RowRef, error) {
	row, err := o.input.Next()
	return row, tables.RowRef{}, err
}

func (o *viewRows) Close() { o.input.Close() }

// joinedRows are those of a table that have a partner. A row with several
// partners is changed with the first.
type joinedRows struct {
	rt       *Runtime
	table    *catalog.Table
	input    Operator
	cond     expr.Expr
	strength tables.LockStrength
}

func (o *joinedRows) next() (types.Row, tables.RowRef, error) {
	at := len(o.table.Columns) + len(plan.SystemColumns)
	for {
		row, err := o.input.Next()
		if row == nil || err != nil {
			return nil, tables.RowRef{}, err
		}
		ref := tables.RefTo(o.table, o.rt.User, row[at].Str(), row[:at])
		got, err := o.rt.Tx.Lock(o.rt.Ctx, o.table, ref, o.strength, tables.Block)
		if err != nil {
			return nil, tables.RowRef{}, err
		}
		switch got.Status {
		case tables.Unchanged:
			return row, ref, nil
		case tables.Changed:
			newest := row.Clone()
			copy(newest, got.Row)
			if o.cond == nil {
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

func (o *joinedRows) Close() { o.input.Close() }

// assigned are the columns of assignments, by position.
func assigned(set []plan.Assignment) (columns []int) {
	for _, a := range set {
		columns = append(columns, a.Column)
	}
	return columns
}

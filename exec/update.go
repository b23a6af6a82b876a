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
	node *plan.Update
	scan *scan
}

func newUpdate(rt *Runtime, n *plan.Update) (Operator, error) {
	s, err := newScan(rt, n.Scan)
	if err != nil {
		return nil, err
	}
	o := &update{modify: modify{rt: rt, table: n.Table, returning: n.Returning}, node: n, scan: s}
	o.run = o.updateAll
	return o, nil
}

func (o *update) Close() { o.scan.Close() }

func (o *update) updateAll() error {
	t := o.node.Table
	strength := tables.LockNoKeyUpdate
	if changesKey(t, o.node.Set) {
		strength = tables.LockUpdate
	}
	for {
		row, err := o.scan.next()
		if row == nil || err != nil {
			return err
		}
		old, err := o.scan.recheck(row, strength, tables.Block)
		if err != nil {
			return err
		}
		if old == nil {
			continue
		}
		changed := append(make(types.Row, 0, len(old)), old[:len(t.Columns)]...)
		if err := assign(o.rt, o.node.Set, o.node.Defaults, changed, old); err != nil {
			return err
		}
		if err := generate(o.rt, t, o.node.Defaults, changed); err != nil {
			return err
		}
		if err := verify(o.rt, t, o.node.Checks, changed); err != nil {
			return err
		}
		if _, err := o.rt.Tx.Update(o.rt.Ctx, t, o.scan.cursor.Ref(), changed); err != nil {
			return err
		}
		if err := o.changed(withSystem(changed)); err != nil {
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

// changesKey says whether a SET list assigns a column of a unique index.
func changesKey(t *catalog.Table, set []plan.Assignment) bool {
	for _, i := range t.Indexes {
		if !i.Unique {
			continue
		}
		for _, k := range i.Keys {
			for _, a := range set {
				if t.Columns[a.Column].Num == k.Column {
					return true
				}
			}
		}
	}
	return false
}

// remove runs DELETE.
type remove struct {
	modify
	node *plan.Delete
	scan *scan
}

func newDelete(rt *Runtime, n *plan.Delete) (Operator, error) {
	s, err := newScan(rt, n.Scan)
	if err != nil {
		return nil, err
	}
	o := &remove{modify: modify{rt: rt, table: n.Table, returning: n.Returning}, node: n, scan: s}
	o.run = o.deleteAll
	return o, nil
}

func (o *remove) Close() { o.scan.Close() }

func (o *remove) deleteAll() error {
	for {
		row, err := o.scan.next()
		if row == nil || err != nil {
			return err
		}
		old, err := o.scan.recheck(row, tables.LockUpdate, tables.Block)
		if err != nil {
			return err
		}
		if old == nil {
			continue
		}
		old = old.Clone()
		if err := o.rt.Tx.Delete(o.rt.Ctx, o.node.Table, o.scan.cursor.Ref()); err != nil {
			return err
		}
		if err := o.changed(old); err != nil {
			return err
		}
	}
}

package exec

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// # Rows that AFTER triggers look at
//
// The rows that a row-level AFTER trigger is told of and those of transition tables are
// kept until it fires, beyond work_mem on disk. They belong to the level of statements
// that has changed them and go when its triggers have fired; those of triggers that are
// put off, when the transaction ends.

// changedRows are rows as they were and have become; one of the lists may be nil.
type changedRows struct {
	old, new *RowList
	// kept: a trigger that was put off is told of some.
	kept bool
}

// newChangedRows makes the lists for rows of a table.
func newChangedRows(rt *Runtime, t *catalog.Table, old, new bool) *changedRows {
	of := make([]*types.Type, len(t.Columns))
	for i, c := range t.Columns {
		of[i] = c.Type.Type
	}
	own := &Runtime{WorkMem: rt.WorkMem, Spill: rt.Spill} // the files outlive the statement's
	r := &changedRows{}
	if old {
		r.old = NewRowList(own, of)
	}
	if new {
		r.new = NewRowList(own, of)
	}
	return r
}

// add keeps a changed row and gives its number.
func (r *changedRows) add(old, new types.Row) (int, error) {
	n := 0
	if r.old != nil {
		if err := r.old.Add(old); err != nil {
			return 0, err
		}
		n = r.old.Len()
	}
	if r.new != nil {
		if err := r.new.Add(new); err != nil {
			return 0, err
		}
		n = r.new.Len()
	}
	return n - 1, nil
}

// at gives a row by its number, as it was and has become.
func (r *changedRows) at(i int) (old, new types.Row, err error) {
	if r == nil {
		return nil, nil, nil
	}
	if r.old != nil {
		if old, err = r.old.At(i); err != nil {
			return nil, nil, err
		}
	}
	if r.new != nil {
		new, err = r.new.At(i)
	}
	return old, new, err
}

func (r *changedRows) close() {
	for _, l := range []*RowList{r.old, r.new} {
		if l != nil {
			l.Close()
		}
	}
}

// rowsOfLevel are those that a level of statements has changed: for each kind of change
// those of transition tables, and those that row-level triggers are told of.
type rowsOfLevel struct {
	transitions map[firedFor]*changedRows
	told        map[*plan.Triggers]*changedRows
}

// closeRows gives up the rows of a level, but for those that are kept.
func (c *Constraints) closeRows() {
	for _, r := range c.rows.transitions {
		r.close()
	}
	for _, r := range c.rows.told {
		if r.kept {
			c.kept = append(c.kept, r)
		} else {
			r.close()
		}
	}
	c.rows = rowsOfLevel{}
}

// closeKept gives up the rows of triggers that were put off.
func (c *Constraints) closeKept() {
	for _, r := range c.kept {
		r.close()
	}
	c.kept = nil
}

// tell keeps a changed row for row-level triggers.
func (c *Constraints) tell(rt *Runtime, set *plan.Triggers, old, new types.Row) (*changedRows, int, error) {
	r := c.rows.told[set]
	if r == nil {
		if c.rows.told == nil {
			c.rows.told = map[*plan.Triggers]*changedRows{}
		}
		r = newChangedRows(rt, set.Table, old != nil, new != nil)
		c.rows.told[set] = r
	}
	n, err := r.add(old, new)
	return r, n, err
}

// transitionsOf are the rows of the transition tables for a kind of change.
func (c *Constraints) transitionsOf(rt *Runtime, set *plan.Triggers) *changedRows {
	key := firedFor{set.Table.OID, set.Event}
	r := c.rows.transitions[key]
	if r == nil {
		if c.rows.transitions == nil {
			c.rows.transitions = map[firedFor]*changedRows{}
		}
		r = newChangedRows(rt, set.Table, set.Event != catalog.TriggerInsert, set.Event != catalog.TriggerDelete)
		c.rows.transitions[key] = r
	}
	return r
}

// capture keeps a changed row of a table, or of one that inherits from it, for the
// transition tables of the triggers in statement.
func (c *Constraints) capture(rt *Runtime, statement []*plan.Triggers, t *catalog.Table, event catalog.TriggerEvents, old, new types.Row) error {
	for _, set := range statement {
		if set.Event != event || !set.OldRows && !set.NewRows {
			continue
		}
		if _, err := c.transitionsOf(rt, set).add(asRowOf(set.Table, t, old), asRowOf(set.Table, t, new)); err != nil {
			return err
		}
	}
	return nil
}

// asRowOf gives a row of a table that inherits from another the columns of that.
func asRowOf(parent, t *catalog.Table, row types.Row) types.Row {
	if row == nil {
		return nil
	}
	if parent.OID == t.OID {
		return row[:len(t.Columns)]
	}
	out := make(types.Row, len(parent.Columns))
	for i, c := range parent.Columns {
		if at := t.ColumnIndex(c.Name); at >= 0 {
			out[i] = row[at]
		}
	}
	return out
}

// TransitionTable is a transition table that a trigger sees.
type TransitionTable struct {
	plan.Transition
	rows *RowList
}

// seen are the transition tables of a trigger.
func (c *Constraints) seen(set *plan.Triggers, t *plan.Trigger) (list []TransitionTable) {
	r := c.rows.transitions[firedFor{set.Table.OID, set.Event}]
	if r == nil {
		r = &changedRows{}
	}
	if t.OldTable != "" {
		list = append(list, TransitionTable{plan.Transition{Name: t.OldTable, Table: set.Table}, r.old})
	}
	if t.NewTable != "" {
		list = append(list, TransitionTable{plan.Transition{Name: t.NewTable, Table: set.Table}, r.new})
	}
	return list
}

// Show lets what the running function plans see transition tables. Functions that it
// calls do not (Nest).
func (c *Constraints) Show(list []TransitionTable) { c.shown = list }

// Shown are the transition tables that the running function sees.
func (c *Constraints) Shown() (list []plan.Transition) {
	for _, t := range c.shown {
		list = append(list, t.Transition)
	}
	return list
}

// transitionScan reads a transition table.
type transitionScan struct {
	rows *RowList
	at   int
}

func newTransitionScan(rt *Runtime, n *plan.TransitionScan) (Operator, error) {
	for _, t := range rt.Constraints.shown {
		if t.Name == n.Name {
			return &transitionScan{rows: t.rows}, nil
		}
	}
	return nil, sqlerr.Internal("transition table %s is not there", n.Name)
}

func (o *transitionScan) Next() (types.Row, error) {
	if o.rows == nil || o.at >= o.rows.Len() {
		return nil, nil
	}
	row, err := o.rows.At(o.at)
	if o.at < o.rows.store.spilled { // others may read the list meanwhile
		row = row.Clone()
	}
	o.at++
	return row, err
}

func (o *transitionScan) Close() {}

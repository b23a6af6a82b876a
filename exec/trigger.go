package exec

import (
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables/rowcodec"
)

// # Triggers
//
// BEFORE triggers fire on the way to a change: those for the statement when its
// operator begins, those for a row between the computation of its values and its
// checks. AFTER triggers are notes like those about foreign keys (Constraints), made
// with the conditions decided and the rows at hand, and fire when the statement has
// ended or, if they are of a deferred constraint, at the commit.
//
// What a trigger's function runs are statements of their own: they end, and fire
// what they have brought about, before the function goes on. So each level of
// statements has its own notes (Constraints.Nest). The actions of foreign keys are
// no level: what they bring about is noted behind what there is.

// TriggerCall is what a function is told that a trigger calls.
type TriggerCall struct {
	Name string
	// Relation is the table or, with INSTEAD OF, a table that stands for the view.
	Relation *catalog.Table
	// When is BEFORE, AFTER or INSTEAD OF; Level ROW or STATEMENT; Op INSERT, UPDATE,
	// DELETE or TRUNCATE.
	When, Level, Op string
	Args            []string
	// Old and New have the relation's columns; nil where there is none. They are not
	// to be changed.
	Old, New types.Row
	// Updated are the columns that an UPDATE assigns to.
	Updated []int
	// Transitions are the transition tables that the function sees.
	Transitions []TransitionTable
}

// triggerEvent is a note that an AFTER trigger is to fire.
type triggerEvent struct {
	set     *plan.Triggers
	trigger *plan.Trigger
	// rows has the row, by its number; nil: the trigger is for the statement.
	rows *changedRows
	row  int
}

// firedFor names what BEFORE STATEMENT triggers have fired for.
type firedFor struct {
	relation catalog.OID
	event    catalog.TriggerEvents
}

// Nest begins a level of statements, until leave is called: those that a function
// runs.
func (c *Constraints) Nest() (leave func()) {
	now, fired, rows, shown := c.now, c.fired, c.rows, c.shown
	c.now, c.fired, c.rows, c.shown = nil, nil, rowsOfLevel{}, nil
	return func() {
		c.closeRows()
		c.now, c.fired, c.rows, c.shown = now, fired, rows, shown
	}
}

// TriggerDepth is how many triggers are under way, one within the other.
func (c *Constraints) TriggerDepth() int { return c.depth }

// call runs a trigger's function and gives what it returned.
func (c *Constraints) call(ctx context.Context, user string, set *plan.Triggers, t *plan.Trigger, old, new types.Row) (types.Row, error) {
	c.depth++
	defer func() { c.depth-- }()
	level := "STATEMENT"
	if t.Row {
		level = "ROW"
	}
	return c.Fire(ctx, user, t.Function, &TriggerCall{
		Name: t.Name, Relation: set.Table, When: t.Timing.String(), Level: level, Op: set.Event.String(), Args: t.Args, Old: old, New: new, Updated: set.Updated,
		Transitions: c.seen(set, t),
	})
}

// fires says whether a trigger is enabled and its condition holds.
func (c *Constraints) fires(rt *Runtime, t *plan.Trigger, set *plan.Triggers, old, new types.Row) (bool, error) {
	if !t.Fires(c.Replica()) {
		return false, nil
	}
	if t.When == nil {
		return true, nil
	}
	n := len(set.Table.Columns)
	pair := make(types.Row, 2*n)
	copy(pair, old)
	copy(pair[n:], new)
	v, err := t.When.Eval(rt.Eval, pair)
	return err == nil && !v.IsNull() && v.Bool(), err
}

// BeforeStatement fires the BEFORE STATEMENT triggers of a command, once for each
// statement of the client.
func (c *Constraints) BeforeStatement(rt *Runtime, set *plan.Triggers) error {
	if set == nil || set.BeforeStatement == nil {
		return nil
	}
	key := firedFor{set.Table.OID, set.Event}
	if c.fired[key] {
		return nil
	}
	if c.fired == nil {
		c.fired = map[firedFor]bool{}
	}
	c.fired[key] = true
	for _, t := range set.BeforeStatement {
		on, err := c.fires(rt, t, set, nil, nil)
		if err != nil {
			return err
		}
		if !on {
			continue
		}
		row, err := c.call(rt.Ctx, rt.User, set, t, nil, nil)
		if err != nil {
			return err
		}
		if row != nil {
			return sqlerr.New(sqlerr.TriggerProtocolViolated, "BEFORE STATEMENT trigger cannot return a value")
		}
	}
	return nil
}

// AfterStatement notes the AFTER STATEMENT triggers of a command. Those that wait
// for the same already have waited for this.
func (c *Constraints) AfterStatement(rt *Runtime, set *plan.Triggers) error {
	if set == nil || set.AfterStatement == nil {
		return nil
	}
	c.now = slices.DeleteFunc(c.now, func(ck check) bool {
		return ck.event != nil && !ck.event.trigger.Row && ck.table == set.Table.OID && ck.event.set.Event == set.Event
	})
	if set.OldRows || set.NewRows {
		c.transitionsOf(rt, set)
	}
	for _, t := range set.AfterStatement {
		on, err := c.fires(rt, t, set, nil, nil)
		if err != nil {
			return err
		}
		if on {
			c.now = append(c.now, check{table: set.Table.OID, user: rt.User, event: &triggerEvent{set: set, trigger: t}})
		}
	}
	return nil
}

// ownTriggers is what PostgreSQL's names of the triggers of foreign keys begin with:
// triggers fire in the order of their names.
const ownTriggers = "RI_ConstraintTrigger_"

// afterRow notes the AFTER ROW triggers of a change. from is how many notes there
// were before the change.
func (c *Constraints) afterRow(rt *Runtime, set *plan.Triggers, from int, old, new types.Row) error {
	var rows *changedRows
	number := 0
	for _, t := range set.After {
		on, err := c.fires(rt, t, set, old, new)
		if err != nil {
			return err
		}
		if !on {
			continue
		}
		if rows == nil {
			if rows, number, err = c.tell(rt, set, old, new); err != nil {
				return err
			}
		}
		ck := check{table: set.Table.OID, user: rt.User, event: &triggerEvent{set: set, trigger: t, rows: rows, row: number}}
		if t.Name < ownTriggers {
			c.now = slices.Insert(c.now, from, ck)
			from++
		} else {
			c.now = append(c.now, ck)
		}
	}
	return nil
}

// fire fires an AFTER trigger.
func (c *Constraints) fire(ctx context.Context, ck check) error {
	e := ck.event
	old, new, err := e.rows.at(e.row)
	if err != nil {
		return err
	}
	_, err = c.call(ctx, ck.user, e.set, e.trigger, old, new)
	return err
}

// noted is how many notes there are.
func (c *Constraints) noted() int {
	if c == nil {
		return 0
	}
	return len(c.now)
}

// beforeRow fires the BEFORE ROW triggers of a change, or the INSTEAD OF triggers
// of one of a view. It gives the row as they have left it, nil to leave the change
// out; for DELETE that is old.
func (c *Constraints) beforeRow(rt *Runtime, set *plan.Triggers, list []*plan.Trigger, old, new types.Row) (types.Row, error) {
	row := new
	if set.Event == catalog.TriggerDelete {
		row = old
	}
	for _, t := range list {
		if set.Event != catalog.TriggerDelete {
			new = ungenerated(set.Table, t, row)
		}
		on, err := c.fires(rt, t, set, old, new)
		if err != nil {
			return nil, err
		}
		if !on {
			continue
		}
		got, err := c.call(rt.Ctx, rt.User, set, t, old, new)
		if got == nil || err != nil {
			return nil, err
		}
		if set.Event != catalog.TriggerDelete {
			row = got
		}
	}
	return row, nil
}

// ungenerated is a new row as BEFORE triggers see it: stored generated columns are
// computed after them.
func ungenerated(t *catalog.Table, tr *plan.Trigger, row types.Row) types.Row {
	if tr.Timing != catalog.TriggerBefore || !slices.ContainsFunc(t.Columns, func(c *catalog.Column) bool { return c.Generated }) {
		return row
	}
	out := row.Clone()
	for i, c := range t.Columns {
		if c.Generated {
			out[i] = types.Null
		}
	}
	return out
}

// unchanged says that a row is still what it was before triggers fired for it: they
// may change others only.
func (o *modify) unchanged(set *plan.Triggers, key string, old types.Row) error {
	now, err := o.rt.Tx.Current(set.Table, key)
	if err != nil {
		return err
	}
	same := now != nil
	for i := 0; same && i < len(set.Table.Columns); i++ {
		switch t := set.Table.Columns[i].Type.Type; {
		case now[i].IsNull() || old[i].IsNull():
			same = now[i].IsNull() == old[i].IsNull()
		default:
			same = rowcodec.Identical(t, now[i], old[i])
		}
	}
	if same {
		return nil
	}
	verb := "updated"
	switch {
	case o.merging:
		verb = "updated or deleted"
	case set.Event == catalog.TriggerDelete:
		verb = "deleted"
	}
	return sqlerr.New(sqlerr.TriggeredDataChangeViolation, "tuple to be %s was already modified by an operation triggered by the current command", verb).
		WithHint("Consider using an AFTER trigger instead of a BEFORE trigger to propagate changes to other rows.")
}

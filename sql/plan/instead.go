package plan

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// A view with an INSTEAD OF trigger for what a statement does is not looked through:
// the statement is about the view's own rows, and each of them is given to the
// trigger.

// insteadEvents are the events of what changeable is asked for.
var insteadEvents = map[string]catalog.TriggerEvents{"insert into": catalog.TriggerInsert, "update": catalog.TriggerUpdate, "delete from": catalog.TriggerDelete}

// hasInstead says whether a view has an INSTEAD OF trigger for a verb of changeable.
func hasInstead(v *catalog.View, verb string) bool {
	for _, t := range v.Triggers {
		if t.Timing == catalog.TriggerInstead && t.Events&insteadEvents[verb] != 0 {
			return true
		}
	}
	return false
}

// InsertsInstead says whether rows can be inserted into a view since a trigger does it.
func InsertsInstead(v *catalog.View) bool { return hasInstead(v, "insert into") }

// insteadTarget is a view that its triggers change.
func (p *planner) insteadTarget(v *catalog.View) *target {
	t := TriggerTable(v)
	out := &target{table: t, instead: v, relation: v.Name, schema: p.schemaName(v.Schema), levels: []targetLevel{{relation: v, as: p.as}}}
	for i, c := range v.Columns {
		out.columns = append(out.columns, targetColumn{
			Column: Column{Name: c.Name, Type: c.Type.Type, Typmod: c.Typmod, Table: v.OID, Num: int16(i + 1)}, at: i, nums: []int16{int16(i + 1)},
			value: &expr.Column{Index: i, T: c.Type.Type, Mod: c.Typmod, Name: c.Name},
		})
	}
	return out
}

// viewRows are the rows of a view that its triggers change, as rows of a table with
// a reference would be.
func (p *planner) viewRows(t *target) (Node, error) {
	n, err := p.viewQuery(t.instead)
	if err != nil {
		return nil, err
	}
	out := &Project{Input: n, cols: append(tableColumns(t.table), refColumn)}
	have := n.Columns()
	for i, c := range out.cols {
		if i >= len(t.table.Columns) {
			out.Exprs = append(out.Exprs, &expr.Const{Value: types.Null, T: c.Type, Mod: types.NoTypmod, Loc: -1})
			continue
		}
		e, err := p.typing().Coerce(&expr.Column{Index: i, T: have[i].Type, Mod: have[i].Typmod, Name: c.Name}, c.Type, types.NoTypmod, expr.Explicit)
		if err != nil {
			return nil, err
		}
		out.Exprs = append(out.Exprs, e)
	}
	return out, nil
}

// insertTriggers finds the triggers of an INSERT, and of its ON CONFLICT DO UPDATE.
func (p *planner) insertTriggers(t *target, n *Insert) (err error) {
	list := t.table.Triggers
	if list == nil {
		return nil
	}
	if n.Triggers, err = p.triggers(t.table, list, catalog.TriggerInsert, nil, nil); err != nil || n.Conflict == nil || !n.Conflict.DoUpdate {
		return err
	}
	n.Conflict.Triggers, err = p.triggers(t.table, list, catalog.TriggerUpdate, assigned(n.Conflict.Set), n.Defaults)
	return err
}

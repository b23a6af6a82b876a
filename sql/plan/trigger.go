package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Triggers are those of a relation that one kind of change may fire, in the order in
// which they fire. nil: there are none.
type Triggers struct {
	// Table is the relation; of a view, a table that has its name and columns.
	Table *catalog.Table
	Event catalog.TriggerEvents
	// Updated are the columns that an UPDATE assigns to.
	Updated []int
	// Before, Instead and After are those for each row.
	Before, Instead, After []*Trigger
	// BeforeStatement and AfterStatement are those for each statement.
	BeforeStatement, AfterStatement []*Trigger
	// OldRows and NewRows: some of them see the rows as they were, or have become, in
	// transition tables.
	OldRows, NewRows bool
}

// Trigger is a trigger that may fire.
type Trigger struct {
	*catalog.Trigger
	// When is the condition, over the old row's columns followed by the new one's;
	// nil: none.
	When expr.Expr
}

// triggers binds the triggers of list for an event. updated are the columns that an
// UPDATE assigns to.
func (p *planner) triggers(t *catalog.Table, list []*catalog.Trigger, event catalog.TriggerEvents, updated []int, defaults []expr.Expr) (*Triggers, error) {
	var out *Triggers
	for _, tr := range list {
		if tr.Events&event == 0 || tr.Enabled == 'D' || event == catalog.TriggerUpdate && !concerns(t, tr, updated, defaults) {
			continue
		}
		if out == nil {
			out = &Triggers{Table: t, Event: event, Updated: updated}
		}
		bound := &Trigger{Trigger: tr}
		out.OldRows, out.NewRows = out.OldRows || tr.OldTable != "", out.NewRows || tr.NewTable != ""
		if tr.When != "" {
			cond, err := p.stored(tr.When, triggerScope(t), "trigger WHEN conditions")
			if err != nil {
				return nil, err
			}
			if bound.When, err = p.typing().Coerce(cond, types.Boolean, types.NoTypmod, expr.Assignment); err != nil {
				return nil, err
			}
		}
		switch {
		case tr.Timing == catalog.TriggerInstead:
			out.Instead = append(out.Instead, bound)
		case tr.Row && tr.Timing == catalog.TriggerBefore:
			out.Before = append(out.Before, bound)
		case tr.Row:
			out.After = append(out.After, bound)
		case tr.Timing == catalog.TriggerBefore:
			out.BeforeStatement = append(out.BeforeStatement, bound)
		default:
			out.AfterStatement = append(out.AfterStatement, bound)
		}
	}
	return out, nil
}

// concerns says whether an UPDATE that assigns to columns, or changes what is
// generated from them, is one for a trigger.
func concerns(t *catalog.Table, tr *catalog.Trigger, updated []int, defaults []expr.Expr) bool {
	if tr.Columns == nil {
		return true
	}
	for i, c := range t.Columns {
		if !slices.Contains(tr.Columns, c.Num) {
			continue
		}
		if slices.Contains(updated, i) || c.Generated && reads(defaults[i], updated) {
			return true
		}
	}
	return false
}

// reads says whether an expression reads one of the columns.
func reads(e expr.Expr, columns []int) (found bool) {
	expr.Walk(e, func(e expr.Expr) bool {
		c, ok := e.(*expr.Column)
		found = found || ok && slices.Contains(columns, c.Index)
		return !found
	})
	return found
}

// assigned lists the columns of a SET list.
func assigned(set []Assignment) (list []int) {
	for _, a := range set {
		list = append(list, a.Column)
	}
	return list
}

// triggerScope has the names that the condition of a trigger may use.
func triggerScope(t *catalog.Table) *scope {
	sc := &scope{}
	columns := tableColumns(t)[:len(t.Columns)]
	sc.add("old", "", columns, len(columns))
	sc.add("new", "", columns, len(columns))
	return sc
}

// TruncateTriggers are those that TRUNCATE fires.
func TruncateTriggers(env *Env, t *catalog.Table) (*Triggers, error) {
	if t.Triggers == nil {
		return nil, nil
	}
	return (&planner{env: env, params: &expr.ParamTypes{}}).triggers(t, t.Triggers, catalog.TriggerTruncate, nil, nil)
}

// TriggerTable is a view as the table of its rows, for its triggers.
func TriggerTable(v *catalog.View) *catalog.Table {
	t := &catalog.Table{OID: v.OID, Name: v.Name, Schema: v.Schema, Owner: v.Owner, ACL: v.ACL, Kind: catalog.KindDurable, Triggers: v.Triggers}
	for _, c := range v.Columns {
		column := *c
		column.NotNull = false
		t.Columns = append(t.Columns, &column)
	}
	return t
}

// TriggerCondition binds the condition of a trigger, as CREATE TRIGGER does, and
// lists the functions that it calls. The trigger's descriptor says what is allowed.
func TriggerCondition(env *Env, t *catalog.Table, tr *catalog.Trigger, e ast.Expr) (uses []catalog.OID, err error) {
	p := &planner{env: env, params: &expr.ParamTypes{}}
	cond, err := p.triggerCondition(t, e)
	if err != nil {
		return nil, err
	}
	expr.Walk(cond, func(x expr.Expr) bool {
		c, ok := x.(*expr.Column)
		if !ok || err != nil {
			return err == nil
		}
		old := c.Index < len(t.Columns)
		column := t.Columns[c.Index%len(t.Columns)]
		refuse := func(code sqlerr.Code, format string, args ...any) {
			err = sqlerr.New(code, format, args...).At(c.Loc)
		}
		switch {
		case !tr.Row:
			refuse(sqlerr.InvalidObjectDefinition, "statement trigger's WHEN condition cannot reference column values")
		case old && tr.Events&catalog.TriggerInsert != 0:
			refuse(sqlerr.InvalidObjectDefinition, "INSERT trigger's WHEN condition cannot reference OLD values")
		case !old && tr.Events&catalog.TriggerDelete != 0:
			refuse(sqlerr.InvalidObjectDefinition, "DELETE trigger's WHEN condition cannot reference NEW values")
		case !old && column.Generated && tr.Timing == catalog.TriggerBefore:
			refuse(sqlerr.InvalidObjectDefinition, "BEFORE trigger's WHEN condition cannot reference NEW generated columns")
			err = sqlerr.From(err).WithDetail(`Column "%s" is a generated column.`, column.Name)
		}
		return err == nil
	})
	return p.routines, err
}

func (p *planner) triggerCondition(t *catalog.Table, e ast.Expr) (expr.Expr, error) {
	b := &binder{p: p, scope: triggerScope(t), clause: "trigger WHEN conditions"}
	return b.condition(e, "WHEN")
}

// TriggerReads says which columns of the relation the condition of a trigger reads,
// as attribute numbers; old.* and new.* read none.
func TriggerReads(env *Env, t *catalog.Table, tr *catalog.Trigger) (list []int16) {
	if tr.When == "" {
		return nil
	}
	expr.Walk(shownTriggerCondition(env, t, tr), func(e expr.Expr) bool {
		if c, ok := e.(*expr.Column); ok && c.Index < 2*len(t.Columns) {
			if num := t.Columns[c.Index%len(t.Columns)].Num; !slices.Contains(list, num) {
				list = append(list, num)
			}
		}
		return true
	})
	return list
}

// TriggerWhen writes the condition of a trigger as pg_get_triggerdef does.
func TriggerWhen(env *Env, t *catalog.Table, tr *catalog.Trigger, pretty bool) string {
	cond := shownTriggerCondition(env, t, tr)
	if cond == nil {
		return tr.When
	}
	cond = expr.Rewrite(cond, func(e expr.Expr) expr.Expr {
		c, ok := e.(*expr.Column)
		if !ok {
			return e
		}
		named := *c
		named.Relation = "old"
		if c.Index == 2*len(t.Columns)+1 || c.Index >= len(t.Columns) && c.Index < 2*len(t.Columns) {
			named.Relation = "new"
		}
		if c.Index >= 2*len(t.Columns) {
			named.Name = ""
		}
		return &named
	})
	return expr.Style{Pretty: pretty, TypeName: env.ShownType}.Definition(cond, false)
}

// shownTriggerCondition binds the condition of a trigger with old.* and new.* as
// columns behind those of the rows, since they are written as they stand; nil where
// that cannot be.
func shownTriggerCondition(env *Env, t *catalog.Table, tr *catalog.Trigger) expr.Expr {
	parsed, err := parser.ParseExpr(tr.When)
	if err != nil {
		return nil
	}
	const whole = "" // no column has this name
	ast.Inspect(parsed, func(n ast.Node) bool {
		if ref, ok := n.(*ast.ColumnRef); ok && (ref.Fields[0] == "old" || ref.Fields[0] == "new") && (ref.Star || len(ref.Fields) == 1) {
			ref.Fields, ref.Star = []string{ref.Fields[0], whole}, false
		}
		return true
	})
	sc := triggerScope(t)
	for _, row := range []string{"old", "new"} {
		sc.add(row, "", []Column{{Name: whole, Type: types.RecordType, Typmod: types.NoTypmod}}, 0)
	}
	p := &planner{env: env, params: &expr.ParamTypes{}}
	cond, err := (&binder{p: p, scope: sc, clause: "trigger WHEN conditions"}).condition(parsed, "WHEN")
	if err != nil {
		return nil
	}
	return cond
}

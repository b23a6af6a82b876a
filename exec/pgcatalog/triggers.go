package pgcatalog

import (
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pg_trigger, information_schema's views of triggers, and pg_get_triggerdef(). What
// foreign keys do is shown as the triggers that PostgreSQL has for it.

func init() {
	makesParts("pg_trigger", triggerRows)
	makes("information_schema.triggers", infoTriggers)
	makes("information_schema.triggered_update_columns", infoTriggeredColumns)
	functions["pg_get_triggerdef"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		for rel, t := range r.triggers() {
			if t.OID == oidArg(a[0]) {
				return types.String(r.triggerDefinition(rel, t, isTrue(a, 1))), nil
			}
		}
		for _, k := range r.keyTriggers() {
			if on := r.Catalog.Table(k.On); k.OID == oidArg(a[0]) && on != nil {
				return types.String(r.triggerDefinition(on, k.Trigger, isTrue(a, 1))), nil
			}
		}
		return types.Null, nil
	}
}

// triggers gives each trigger with its relation; a view's is the table of its rows.
func (s *Snapshot) triggers() func(yield func(*catalog.Table, *catalog.Trigger) bool) {
	s.objects()
	return func(yield func(*catalog.Table, *catalog.Trigger) bool) {
		for _, t := range s.once.tables {
			for _, tr := range t.Triggers {
				if !yield(t, tr) {
					return
				}
			}
		}
		for _, v := range s.once.views {
			if v.Triggers == nil {
				continue
			}
			rows := plan.TriggerTable(v)
			for _, tr := range v.Triggers {
				if !yield(rows, tr) {
					return
				}
			}
		}
	}
}

// keyTriggers gives the triggers of foreign keys, each with its key.
func (s *Snapshot) keyTriggers() func(yield func(*catalog.ForeignKey, catalog.KeyTrigger) bool) {
	s.objects()
	return func(yield func(*catalog.ForeignKey, catalog.KeyTrigger) bool) {
		for _, t := range s.once.tables {
			for _, k := range t.Foreign {
				for _, tr := range catalog.KeyTriggers(t, k) {
					if !yield(k, tr) {
						return
					}
				}
			}
		}
	}
}

// triggered says whether pg_class.relhastriggers is true of a table: foreign keys
// have triggers of their own in PostgreSQL.
func (s *Snapshot) triggered(t *catalog.Table) bool {
	if len(t.Triggers) > 0 || len(t.Foreign) > 0 || len(s.Catalog.Referencing(t.OID)) > 0 {
		return true
	}
	for _, a := range s.Catalog.Ancestors(t) {
		if len(s.Catalog.Referencing(a.OID)) > 0 {
			return true
		}
	}
	return false
}

func triggerRows(s *Snapshot, out *rows) {
	for k, tr := range s.keyTriggers() {
		out.add("oid", tr.OID, "tgrelid", tr.On, "tgparentid", tr.Parent, "tgname", tr.Name, "tgfoid", tr.Function, "tgtype", tr.Type(), "tgenabled", tr.Enabled, "tgisinternal", true,
			"tgconstrrelid", tr.Other, "tgconstrindid", k.Index, "tgconstraint", k.OID, "tgdeferrable", tr.Deferrable, "tginitdeferred", tr.InitiallyDeferred,
			"tgattr", vector(types.Int2, nil), "tgargs", "")
	}
	for t, tr := range s.triggers() {
		var columns []int64
		for _, num := range tr.Columns {
			columns = append(columns, int64(num))
		}
		args := ""
		for _, a := range tr.Args {
			args += a + "\x00"
		}
		pairs := []any{"oid", tr.OID, "tgrelid", t.OID, "tgparentid", tr.Parent, "tgname", tr.Name, "tgfoid", tr.Function, "tgtype", tr.Type(), "tgenabled", tr.Enabled, "tgisinternal", false,
			"tgconstrrelid", tr.From, "tgconstraint", tr.ConstraintOID, "tgdeferrable", tr.Deferrable, "tginitdeferred", tr.InitiallyDeferred, "tgnargs", len(tr.Args),
			"tgattr", vector(types.Int2, columns), "tgargs", args}
		if tr.OldTable != "" {
			pairs = append(pairs, "tgoldtable", tr.OldTable)
		}
		if tr.NewTable != "" {
			pairs = append(pairs, "tgnewtable", tr.NewTable)
		}
		if tr.When != "" {
			pairs = append(pairs, "tgqual", plan.TriggerWhen(s.env(), t, tr, false))
		}
		out.add(pairs...)
	}
}

// triggerConstraint is the row of pg_constraint of a constraint trigger.
func (o *rows) triggerConstraint(t *catalog.Table, tr *catalog.Trigger) {
	if tr.ConstraintOID == 0 {
		return
	}
	o.add("oid", tr.ConstraintOID, "conname", tr.Name, "connamespace", t.Schema, "contype", byte('t'), "condeferrable", tr.Deferrable, "condeferred", tr.InitiallyDeferred,
		"convalidated", true, "conrelid", t.OID, "confupdtype", byte(' '), "confdeltype", byte(' '), "confmatchtype", byte(' '), "conislocal", true, "connoinherit", true)
}

// triggerEvents are the events of triggers in the order of definitions.
var triggerEvents = []catalog.TriggerEvents{catalog.TriggerInsert, catalog.TriggerDelete, catalog.TriggerUpdate, catalog.TriggerTruncate}

// triggerDefinition writes CREATE TRIGGER.
func (r *Reader) triggerDefinition(t *catalog.Table, tr *catalog.Trigger, pretty bool) string {
	var b strings.Builder
	b.WriteString("CREATE ")
	if tr.ConstraintOID != 0 {
		b.WriteString("CONSTRAINT ")
	}
	b.WriteString("TRIGGER " + expr.QuoteIdent(tr.Name) + " " + tr.Timing.String())
	or := " "
	for _, e := range triggerEvents {
		if tr.Events&e == 0 {
			continue
		}
		b.WriteString(or + e.String())
		or = " OR "
		if e == catalog.TriggerUpdate && tr.Columns != nil {
			b.WriteString(" OF ")
			for i, num := range tr.Columns {
				if i > 0 {
					b.WriteString(", ")
				}
				if at := t.Ordinal(num); at >= 0 {
					b.WriteString(expr.QuoteIdent(t.Columns[at].Name))
				}
			}
		}
	}
	on := r.qualified(t.Schema, t.Name)
	if pretty {
		on = r.relationName(t)
	}
	b.WriteString(" ON " + on + " ")
	if tr.ConstraintOID != 0 {
		if from, ok := r.Catalog.Get(tr.From).(catalog.Relation); ok {
			b.WriteString("FROM " + r.relationName(from) + " ")
		}
		if !tr.Deferrable {
			b.WriteString("NOT ")
		}
		b.WriteString("DEFERRABLE INITIALLY ")
		if tr.InitiallyDeferred {
			b.WriteString("DEFERRED ")
		} else {
			b.WriteString("IMMEDIATE ")
		}
	}
	if tr.OldTable != "" || tr.NewTable != "" {
		b.WriteString("REFERENCING ")
		if tr.OldTable != "" {
			b.WriteString("OLD TABLE AS " + expr.QuoteIdent(tr.OldTable) + " ")
		}
		if tr.NewTable != "" {
			b.WriteString("NEW TABLE AS " + expr.QuoteIdent(tr.NewTable) + " ")
		}
	}
	b.WriteString("FOR EACH " + orientation(tr) + " ")
	if tr.When != "" {
		b.WriteString("WHEN (" + plan.TriggerWhen(r.env(), t, tr, pretty) + ") ")
	}
	b.WriteString(r.triggerAction(tr))
	return b.String()
}

func orientation(tr *catalog.Trigger) string {
	if tr.Row {
		return "ROW"
	}
	return "STATEMENT"
}

// triggerAction writes what a trigger does.
func (r *Reader) triggerAction(tr *catalog.Trigger) string {
	name := ""
	if f, ok := r.Catalog.Get(tr.Function).(*catalog.Routine); ok {
		name = r.routineName(f)
	} else if f := expr.FunctionByOID(tr.Function); f != nil {
		name = expr.QuoteIdent(f.Name)
	}
	var args []string
	for _, a := range tr.Args {
		args = append(args, expr.QuoteLiteral(a))
	}
	return "EXECUTE FUNCTION " + name + "(" + strings.Join(args, ", ") + ")"
}

// seesTriggers says whether information_schema shows a role the triggers of a
// relation.
func (s *Snapshot) seesTriggers(t *catalog.Table) bool {
	return s.usable(t.Owner, t.ACL, catalog.PrivAllTable&^catalog.PrivSelect)
}

func infoTriggers(s *Snapshot, out *rows) {
	r := &Reader{Snapshot: s, Env: s.env()}
	for t, tr := range s.triggers() {
		if !s.seesTriggers(t) {
			continue
		}
		for _, e := range triggerEvents[:3] {
			if tr.Events&e == 0 {
				continue
			}
			order := 0
			for _, other := range t.Triggers { // by name
				if other.Events&e != 0 && other.Row == tr.Row && other.Timing == tr.Timing {
					order++
				}
				if other == tr {
					break
				}
			}
			pairs := []any{"trigger_catalog", s.Database.Name, "trigger_schema", s.schemaName(t.Schema), "trigger_name", tr.Name, "event_manipulation", e.String(),
				"event_object_catalog", s.Database.Name, "event_object_schema", s.schemaName(t.Schema), "event_object_table", t.Name, "action_order", order,
				"action_statement", r.triggerAction(tr), "action_orientation", orientation(tr), "action_timing", tr.Timing.String()}
			if tr.When != "" && s.Catalog.OwnedBy(s.Role.OID, t.Owner) {
				pairs = append(pairs, "action_condition", plan.TriggerWhen(s.env(), t, tr, false))
			}
			if tr.OldTable != "" {
				pairs = append(pairs, "action_reference_old_table", tr.OldTable)
			}
			if tr.NewTable != "" {
				pairs = append(pairs, "action_reference_new_table", tr.NewTable)
			}
			out.add(pairs...)
		}
	}
}

func infoTriggeredColumns(s *Snapshot, out *rows) {
	for t, tr := range s.triggers() {
		if !s.seesTriggers(t) {
			continue
		}
		for _, c := range t.Columns {
			if slices.Contains(tr.Columns, c.Num) {
				out.add("trigger_catalog", s.Database.Name, "trigger_schema", s.schemaName(t.Schema), "trigger_name", tr.Name,
					"event_object_catalog", s.Database.Name, "event_object_schema", s.schemaName(t.Schema), "event_object_table", t.Name, "event_object_column", c.Name)
			}
		}
	}
}

// triggerDepends lists what triggers depend on.
func (s *Snapshot) triggerDepends(on edge) {
	for t, tr := range s.triggers() {
		class, oid := catalog.OID(classTrigger), tr.OID
		if tr.ConstraintOID != 0 {
			on(classTrigger, tr.OID, classConstraint, tr.ConstraintOID, 0, 'i')
			class, oid = classConstraint, tr.ConstraintOID
		}
		on(class, oid, classClass, t.OID, 0, 'a')
		if tr.From != 0 {
			on(class, oid, classClass, tr.From, 0, 'a')
		}
		if tr.Function >= types.FirstUserOID {
			on(classTrigger, tr.OID, classProc, tr.Function, 0, 'n')
		}
		for _, num := range tr.Columns {
			on(classTrigger, tr.OID, classClass, t.OID, int(num), 'n')
		}
		for _, num := range plan.TriggerReads(s.env(), t, tr) {
			if !slices.Contains(tr.Columns, num) {
				on(classTrigger, tr.OID, classClass, t.OID, int(num), 'n')
			}
		}
		for _, f := range tr.Uses {
			on(classTrigger, tr.OID, classProc, f, 0, 'n')
		}
	}
}

// insteadOf says whether a view has an INSTEAD OF trigger for an event.
func insteadOf(v *catalog.View, e catalog.TriggerEvents) bool {
	return slices.ContainsFunc(v.Triggers, func(t *catalog.Trigger) bool { return t.Timing == catalog.TriggerInstead && t.Events&e != 0 })
}

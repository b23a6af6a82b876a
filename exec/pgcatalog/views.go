package pgcatalog

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pg_rewrite and the views over pg_class that people read: pg_tables, pg_views,
// pg_indexes.

func init() {
	makes("pg_rewrite", rewriteRows)
	makesParts("pg_tables", tableRows)
	makes("pg_views", viewRows)
	makes("pg_matviews", materializedRows)
	makesParts("pg_indexes", indexViewRows)
}

// ruleOID makes up the OID of a view's _RETURN rule.
func ruleOID(v *catalog.View) catalog.OID { return 1<<31 + v.OID - types.FirstUserOID }

// queries lists the views, and the materialised views as such.
func (s *Snapshot) queries() []*catalog.View {
	s.objects()
	list := slices.Clone(s.once.views)
	for _, t := range s.once.tables {
		if t.Query != nil {
			list = append(list, t.QueryView())
		}
	}
	return list
}

// query is the view, or materialised view, of an OID; nil if it is neither.
func (s *Snapshot) query(oid catalog.OID) *catalog.View {
	switch o := s.Catalog.Get(oid).(type) {
	case *catalog.View:
		return o
	case *catalog.Table:
		if o.Query != nil {
			return o.QueryView()
		}
	}
	return nil
}

func rewriteRows(s *Snapshot, out *rows) {
	for _, v := range s.queries() {
		out.add("oid", ruleOID(v), "rulename", "_RETURN", "ev_class", v.OID, "ev_type", byte('1'), "ev_enabled", byte('O'), "is_instead", true, "ev_qual", "<>", "ev_action", v.Query)
	}
	for of, r := range s.rules() {
		condition := "<>"
		if r.Conditional {
			condition = r.Text
		}
		out.add("oid", r.OID, "rulename", r.Name, "ev_class", of.ObjectOID(), "ev_type", r.EventNumber(), "ev_enabled", r.Enabled, "is_instead", r.Instead, "ev_qual", condition, "ev_action", r.Text)
	}
}

func tableRows(s *Snapshot, out *rows) {
	s.objects()
	for _, t := range s.once.tables {
		if t.Query != nil {
			continue
		}
		out.add("schemaname", s.schemaName(t.Schema), "tablename", t.Name, "tableowner", s.roleName(t.Owner), "hasindexes", len(t.Indexes) > 0, "hasrules", len(t.Rules) > 0,
			"hastriggers", s.triggered(t), "rowsecurity", t.RowSecurity)
	}
	for _, v := range s.virtuals() {
		if r := byOID[v.OID]; r != nil && r.kind == 'r' {
			out.add("schemaname", s.schemaName(v.Schema), "tablename", v.Name, "tableowner", s.roleName(catalog.RolePostgres), "hasindexes", false, "hasrules", false, "hastriggers", false, "rowsecurity", false)
		}
	}
}

func viewRows(s *Snapshot, out *rows) {
	s.objects()
	r := &Reader{Snapshot: s, Env: s.env()}
	for _, v := range s.once.views {
		out.add("schemaname", s.schemaName(v.Schema), "viewname", v.Name, "viewowner", s.roleName(v.Owner), "definition", r.viewDefinition(v, false))
	}
	for _, v := range s.virtuals() {
		if r := byOID[v.OID]; r == nil || r.kind == 'v' {
			out.add("schemaname", s.schemaName(v.Schema), "viewname", v.Name, "viewowner", s.roleName(catalog.RolePostgres))
		}
	}
}

func materializedRows(s *Snapshot, out *rows) {
	s.objects()
	r := &Reader{Snapshot: s, Env: s.env()}
	for _, t := range s.once.tables {
		if t.Query == nil {
			continue
		}
		out.add("schemaname", s.schemaName(t.Schema), "matviewname", t.Name, "matviewowner", s.roleName(t.Owner), "hasindexes", len(t.Indexes) > 0,
			"ispopulated", t.Query.Populated, "definition", r.viewDefinition(t.QueryView(), false))
	}
}

func indexViewRows(s *Snapshot, out *rows) {
	s.objects()
	r := &Reader{Snapshot: s, Env: s.env()}
	for _, t := range s.once.tables {
		for _, i := range t.Indexes {
			out.add("schemaname", s.schemaName(t.Schema), "tablename", t.Name, "indexname", i.Name, "indexdef", r.indexDefinition(t, i, 0, false))
		}
	}
}

// viewDefinition is pg_get_viewdef(): the query written as PostgreSQL writes
// it, or where that cannot be done as it was stored.
func (r *Reader) viewDefinition(v *catalog.View, pretty bool) string {
	name := func(rel catalog.Relation) string { return r.relationName(rel) }
	env := r.env()
	r.shows(env)
	if text, ok := env.ViewDefinition(v, name, pretty); ok {
		return r.shorten(text)
	}
	return " " + v.Query + ";"
}

// The events that pg_relation_is_updatable() adds up.
const (
	changesUpdate = 1 << 2
	changesInsert = 1 << 3
	changesDelete = 1 << 4
)

// changes is pg_relation_is_updatable() for columns of a relation, by number; nil: all.
func (s *Snapshot) changes(r catalog.Relation, triggers bool, columns []int) (bits int64) {
	events := plan.Changeable(s.env(), r, triggers, columns)
	for event, bit := range map[catalog.TriggerEvents]int64{catalog.TriggerUpdate: changesUpdate, catalog.TriggerInsert: changesInsert, catalog.TriggerDelete: changesDelete} {
		if events&event != 0 {
			bits |= bit
		}
	}
	return bits
}

// assignable says whether a column of a relation can be changed, as
// pg_column_is_updatable() does.
func (s *Snapshot) assignable(r catalog.Relation, column int, triggers bool) bool {
	return column > 0 && s.changes(r, triggers, []int{column})&(changesUpdate|changesDelete) == changesUpdate|changesDelete
}

package ddl

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// transitionTables takes REFERENCING into a trigger's descriptor.
func transitionTables(r catalog.Relation, tr *catalog.Trigger, st *ast.CreateTrigStmt) error {
	unsupported := func(text string) error { return sqlerr.New(sqlerr.FeatureNotSupported, "%s", text) }
	wrong := func(text string) error { return sqlerr.New(sqlerr.InvalidObjectDefinition, "%s", text) }
	for _, t := range st.Transitions {
		if !t.Table {
			return sqlerr.New(sqlerr.FeatureNotSupported, "ROW variable naming in the REFERENCING clause is not supported").
				WithHint("Use OLD TABLE or NEW TABLE for naming transition tables.")
		}
		switch r := r.(type) {
		case *catalog.View:
			return sqlerr.New(sqlerr.WrongObjectType, `"%s" is a view`, r.Name).WithDetail("Triggers on views cannot have transition tables.")
		case *catalog.Table:
			if tr.Row && (r.Key != nil || r.Bound != nil || len(r.Parents) > 0) {
				return transitionsRefused(r)
			}
		}
		switch {
		case tr.Timing != catalog.TriggerAfter:
			return wrong("transition table name can only be specified for an AFTER trigger")
		case tr.Events&catalog.TriggerTruncate != 0:
			return unsupported("TRUNCATE triggers with transition tables are not supported")
		case tr.Events&(tr.Events-1) != 0:
			return unsupported("transition tables cannot be specified for triggers with more than one event")
		case st.Events[0].Columns != nil:
			return unsupported("transition tables cannot be specified for triggers with column lists")
		}
		if t.New {
			switch {
			case tr.Events&(catalog.TriggerInsert|catalog.TriggerUpdate) == 0:
				return wrong("NEW TABLE can only be specified for an INSERT or UPDATE trigger")
			case tr.NewTable != "":
				return wrong("NEW TABLE cannot be specified multiple times")
			}
			tr.NewTable = t.Name
			continue
		}
		switch {
		case tr.Events&(catalog.TriggerDelete|catalog.TriggerUpdate) == 0:
			return wrong("OLD TABLE can only be specified for a DELETE or UPDATE trigger")
		case tr.OldTable != "":
			return wrong("OLD TABLE cannot be specified multiple times")
		}
		tr.OldTable = t.Name
	}
	if tr.OldTable != "" && tr.OldTable == tr.NewTable {
		return wrong("OLD TABLE name and NEW TABLE name cannot be the same")
	}
	return nil
}

// withoutRowTransitions refuses to make a table what it cannot be while a row-level
// trigger of it has transition tables.
func withoutRowTransitions(t *catalog.Table, what, where string) error {
	for _, tr := range t.Triggers {
		if tr.Row && (tr.OldTable != "" || tr.NewTable != "") {
			return sqlerr.New(sqlerr.FeatureNotSupported, `trigger "%s" prevents table "%s" from becoming %s`, tr.Name, t.Name, what).
				WithDetail("ROW triggers with transition tables are not supported %s.", where)
		}
	}
	return nil
}

// transitionsRefused says why a row-level trigger cannot have transition tables: the rows
// of a statement may be of several tables.
func transitionsRefused(t *catalog.Table) error {
	switch {
	case t.Key != nil:
		return sqlerr.New(sqlerr.FeatureNotSupported, `"%s" is a partitioned table`, t.Name).
			WithDetail("ROW triggers with transition tables are not supported on partitioned tables.")
	case t.Bound != nil:
		return sqlerr.New(sqlerr.FeatureNotSupported, "ROW triggers with transition tables are not supported on partitions")
	}
	return sqlerr.New(sqlerr.FeatureNotSupported, "ROW triggers with transition tables are not supported on inheritance children")
}

package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Why a table is written anew, as pg_event_trigger_table_rewrite_reason() has it.
const (
	rewriteDefault = 2
	rewriteColumn  = 4
)

// createEventTrigger runs CREATE EVENT TRIGGER.
func (s *Session) createEventTrigger(ctx context.Context, st *ast.CreateEventTrigStmt) error {
	if !s.Role.Superuser {
		return sqlerr.New(sqlerr.InsufficientPrivilege, `permission denied to create event trigger "%s"`, st.Name).WithHint("Must be superuser to create an event trigger.")
	}
	if !slices.Contains(catalog.Events, st.Event) {
		return sqlerr.New(sqlerr.SyntaxError, `unrecognized event name "%s"`, st.Event)
	}
	t := &catalog.EventTrigger{Definition: catalog.Definition{Name: st.Name, Within: s.Env.Database}, Event: st.Event, Enabled: 'O'}
	for i, f := range st.Filters {
		switch {
		case f.Variable != "tag":
			return sqlerr.New(sqlerr.SyntaxError, `unrecognized filter variable "%s"`, f.Variable)
		case i > 0:
			return sqlerr.New(sqlerr.SyntaxError, `filter variable "%s" specified more than once`, f.Variable)
		}
		for _, value := range f.Values {
			tag := strings.ToUpper(value)
			switch known, told := catalog.EventTag(tag, st.Event); {
			case !known:
				return sqlerr.New(sqlerr.SyntaxError, `filter value "%s" not recognized for filter variable "%s"`, value, f.Variable)
			case !told:
				return sqlerr.New(sqlerr.FeatureNotSupported, "event triggers are not supported for %s", value)
			}
			t.Tags = append(t.Tags, tag)
		}
	}
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	if err := s.taken(t, t.Within, t.Name); err != nil {
		return err
	}
	f, err := s.exactFunction(st.Function.Parts, nil)
	if err != nil {
		return unlocated(err)
	}
	if f.result != types.EventTrigger {
		return sqlerr.New(sqlerr.InvalidObjectDefinition, "function %s must return type %s", strings.Join(st.Function.Parts, "."), "event_trigger")
	}
	t.Function = f.oid
	s.define(edit, t)
	return nil
}

// alterEventTrigger runs ALTER EVENT TRIGGER ... ENABLE and DISABLE.
func (s *Session) alterEventTrigger(ctx context.Context, st *ast.AlterEventTrigStmt) error {
	if _, err := s.Tx.Edit(ctx); err != nil {
		return err
	}
	o, err := s.ownDefined("event trigger", &ast.Name{Parts: []string{st.Name}}, "")
	if err != nil {
		return err
	}
	t := o.Copy().(*catalog.EventTrigger)
	t.Enabled = st.Enabled
	s.Tx.PutObject(t)
	return nil
}

package session

import (
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// triggerFunctions are the built-in functions that triggers can call, by the symbols of their
// code. They give the row that goes on, nil for none.
var triggerFunctions = map[string]func(s *Session, ctx context.Context, t *exec.TriggerCall) (types.Row, error){
	"suppress_redundant_updates_trigger": func(_ *Session, _ context.Context, t *exec.TriggerCall) (types.Row, error) {
		return changedRow(t)
	},
	"tsvector_update_trigger_byid": func(s *Session, ctx context.Context, t *exec.TriggerCall) (types.Row, error) {
		return s.updateVector(ctx, t, false)
	},
	"tsvector_update_trigger_bycolumn": func(s *Session, ctx context.Context, t *exec.TriggerCall) (types.Row, error) {
		return s.updateVector(ctx, t, true)
	},
}

// orphanedKey is what a foreign key's function does for a trigger of a user's.
func orphanedKey(_ *Session, _ context.Context, t *exec.TriggerCall) (types.Row, error) {
	return nil, sqlerr.New(sqlerr.InvalidObjectDefinition, `no pg_constraint entry for trigger "%s" on table "%s"`, t.Name, t.Relation.Name).
		WithHint("Remove this referential integrity trigger and its mates, then do ALTER TABLE ADD CONSTRAINT.")
}

// changedRow is suppress_redundant_updates_trigger(): an update that changes nothing does not
// take place.
func changedRow(t *exec.TriggerCall) (types.Row, error) {
	wrong := func(what string) error {
		return sqlerr.New(sqlerr.TriggerProtocolViolated, "suppress_redundant_updates_trigger: must be called %s", what)
	}
	switch {
	case t.Op != "UPDATE":
		return nil, wrong("on update")
	case t.When != "BEFORE":
		return nil, wrong("before update")
	case t.Level != "ROW":
		return nil, wrong("for each row")
	}
	for i, c := range t.Relation.Columns {
		a, b := t.Old[i], t.New[i]
		if a.IsNull() != b.IsNull() || !a.IsNull() && c.Type.Text(a, types.DefaultEnv) != c.Type.Text(b, types.DefaultEnv) {
			return t.New, nil
		}
	}
	return nil, nil
}

// updateVector is tsvector_update_trigger(vector, configuration, text ...) and, with the
// configuration in a column, tsvector_update_trigger_column().
func (s *Session) updateVector(ctx context.Context, t *exec.TriggerCall, inColumn bool) (types.Row, error) {
	wrong := func(what string) error {
		return sqlerr.New(sqlerr.InternalError, "tsvector_update_trigger: %s", what)
	}
	switch {
	case t.Level != "ROW":
		return nil, wrong("must be fired for row")
	case t.When != "BEFORE":
		return nil, wrong("must be fired BEFORE event")
	case t.Op != "INSERT" && t.Op != "UPDATE":
		return nil, wrong("must be fired for INSERT or UPDATE")
	case len(t.Args) < 3:
		return nil, wrong("arguments must be tsvector_field, ts_config, text_field1, ...)")
	}
	column := func(format, name string) (int, error) {
		at := t.Relation.ColumnIndex(name)
		if at < 0 {
			return 0, sqlerr.New(sqlerr.UndefinedColumn, format, name)
		}
		return at, nil
	}
	typed := func(at int, what string, is ...*types.Type) error {
		c := t.Relation.Columns[at]
		if !slices.Contains(is, c.Type.Type) {
			return sqlerr.New(sqlerr.DatatypeMismatch, `column "%s" is not of %s type`, c.Name, what)
		}
		return nil
	}
	vector, err := column(`tsvector column "%s" does not exist`, t.Args[0])
	if err == nil {
		err = typed(vector, "tsvector", types.TSVector)
	}
	if err != nil {
		return nil, err
	}
	ec := s.evalContext(ctx)
	var config types.Datum
	if inColumn {
		at, err := column(`configuration column "%s" does not exist`, t.Args[1])
		if err == nil {
			err = typed(at, "regconfig", types.RegConfig)
		}
		if err != nil {
			return nil, err
		}
		if config = t.New[at]; config.IsNull() {
			return nil, sqlerr.New(sqlerr.NullValueNotAllowed, `configuration column "%s" must not be null`, t.Args[1])
		}
	} else {
		if !strings.Contains(t.Args[1], ".") { // the search path must not decide what is stored
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, `text search configuration name "%s" must be schema-qualified`, t.Args[1])
		}
		if config, err = types.RegConfig.Input(t.Args[1], types.NoTypmod, ec.Env); err != nil {
			return nil, err
		}
	}
	var text []string
	needed := t.Op == "INSERT"
	for _, name := range t.Args[2:] {
		at, err := column(`column "%s" does not exist`, name)
		if err == nil {
			err = typed(at, "a character", types.Text, types.Varchar)
		}
		if err != nil {
			return nil, err
		}
		needed = needed || slices.Contains(t.Updated, at)
		if !t.New[at].IsNull() {
			text = append(text, t.New[at].Str())
		}
	}
	if !needed {
		return t.New, nil
	}
	to := expr.InternalFunction("to_tsvector_byid", []*types.Type{types.RegConfig, types.Text})
	out := slices.Clone(t.New)
	out[vector], err = to.Eval(ec, []types.Datum{config, types.String(strings.Join(text, " "))})
	return out, err
}

// builtinTrigger is the function of a trigger that is built in, or nil.
func builtinTrigger(oid catalog.OID) func(*Session, context.Context, *exec.TriggerCall) (types.Row, error) {
	f := expr.FunctionByOID(oid)
	switch {
	case f == nil:
		return nil
	case strings.HasPrefix(f.Symbol, "RI_FKey_"):
		return orphanedKey
	}
	return triggerFunctions[f.Symbol]
}

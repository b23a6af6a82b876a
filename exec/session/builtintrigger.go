package session

import (
	"context"
	"strings"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The functions for triggers that every database has.

// builtinTrigger runs one and gives the row that is to be stored; nil leaves it out.
func (s *Session) builtinTrigger(ctx context.Context, f *expr.Function, t *exec.TriggerCall) (types.Row, error) {
	c := s.evalContext(ctx)
	switch f.Symbol {
	case "suppress_redundant_updates_trigger":
		return suppressRedundant(c, t)
	case "tsvector_update_trigger_byid", "tsvector_update_trigger_bycolumn":
		return updateVector(c, t, f.Symbol == "tsvector_update_trigger_bycolumn")
	}
	return nil, sqlerr.Internal("trigger function %s has no code", f.Name)
}

// suppressRedundant leaves out an UPDATE that changes nothing of what is stored.
func suppressRedundant(c *expr.Context, t *exec.TriggerCall) (types.Row, error) {
	refuse := func(what string) (types.Row, error) {
		return nil, sqlerr.New(sqlerr.TriggerProtocolViolated, "suppress_redundant_updates_trigger: must be called %s", what)
	}
	switch {
	case t.Op != "UPDATE":
		return refuse("on update")
	case t.When != "BEFORE":
		return refuse("before update")
	case t.Level != "ROW":
		return refuse("for each row")
	}
	pair := make([]types.Datum, 2)
	for i, row := range []types.Row{t.Old, t.New} {
		r := &types.Record{}
		for at, column := range t.Relation.Columns {
			r.Types, r.Values = append(r.Types, column.Type.Type), append(r.Values, row[at])
		}
		pair[i] = types.Object(r)
	}
	same, err := expr.FunctionByOID(recordImageEqual).Binary(c, pair[0], pair[1])
	if err != nil || same.Bool() {
		return nil, err
	}
	return t.New, nil
}

// OIDs of functions.
const (
	recordImageEqual types.OID = 3181
	toTSVector       types.OID = 3745 // of a configuration and a text
)

// updateVector keeps a column the tsvector of others, whose names are the trigger's last
// arguments. The first is the column's; the second names the configuration or, byColumn, the
// column that has it.
func updateVector(c *expr.Context, t *exec.TriggerCall, byColumn bool) (types.Row, error) {
	internal := func(what string) (types.Row, error) {
		return nil, sqlerr.New(sqlerr.InternalError, "tsvector_update_trigger: %s", what)
	}
	switch {
	case t.Level != "ROW":
		return internal("must be fired for row")
	case t.When != "BEFORE":
		return internal("must be fired BEFORE event")
	case t.Op != "INSERT" && t.Op != "UPDATE":
		return internal("must be fired for INSERT or UPDATE")
	case len(t.Args) < 3:
		return internal("arguments must be tsvector_field, ts_config, text_field1, ...)")
	}
	column := func(name, absent, wrong string, fits ...*types.Type) (int, error) {
		at := t.Relation.ColumnIndex(name)
		if at < 0 {
			return at, sqlerr.New(sqlerr.UndefinedColumn, `%s "%s" does not exist`, absent, name)
		}
		of := t.Relation.Columns[at].Type.Type
		for of.Kind == types.KindDomain {
			of = of.Base
		}
		for _, fit := range fits {
			if of == fit {
				return at, nil
			}
		}
		return at, sqlerr.New(sqlerr.DatatypeMismatch, `column "%s" is not of %s type`, name, wrong)
	}
	vector, err := column(t.Args[0], "tsvector column", "tsvector", types.TSVector)
	if err != nil {
		return nil, err
	}
	var configuration types.Datum
	if byColumn {
		at, err := column(t.Args[1], "configuration column", "regconfig", types.RegConfig)
		if err != nil {
			return nil, err
		}
		if configuration = t.New[at]; configuration.IsNull() {
			return nil, sqlerr.New(sqlerr.NullValueNotAllowed, `configuration column "%s" must not be null`, t.Args[1])
		}
	} else if !strings.Contains(t.Args[1], ".") {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, `text search configuration name "%s" must be schema-qualified`, t.Args[1])
	} else if configuration, err = types.RegConfig.Input(t.Args[1], types.NoTypmod, c.Env); err != nil {
		return nil, err
	}
	wanted := t.Op == "INSERT"
	var texts []string
	for _, name := range t.Args[2:] {
		at, err := column(name, "column", "a character", types.Text, types.Varchar)
		if err != nil {
			return nil, err
		}
		now := t.New[at]
		if !wanted {
			was := t.Old[at]
			wanted = was.IsNull() != now.IsNull() || !now.IsNull() && was.Str() != now.Str()
		}
		if !now.IsNull() {
			texts = append(texts, now.Str())
		}
	}
	if !wanted {
		return t.New, nil
	}
	value, err := expr.FunctionByOID(toTSVector).Eval(c, []types.Datum{configuration, types.String(strings.Join(texts, " "))})
	if err != nil {
		return nil, err
	}
	row := t.New.Clone()
	row[vector] = value
	return row, nil
}

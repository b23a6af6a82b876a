package expr

import (
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The built-in functions for triggers, which a query may name and not call.

func init() {
	refuse := func(code sqlerr.Code, message string) EvalFunc {
		return func(*Context, []types.Datum) (types.Datum, error) { return types.Null, sqlerr.New(code, "%s", message) }
	}
	register(map[string]EvalFunc{
		"suppress_redundant_updates_trigger": refuse(sqlerr.TriggerProtocolViolated, "suppress_redundant_updates_trigger: must be called as trigger"),
		"tsvector_update_trigger_byid":       refuse(sqlerr.InternalError, "tsvector_update_trigger: not fired by trigger manager"),
		"tsvector_update_trigger_bycolumn":   refuse(sqlerr.InternalError, "tsvector_update_trigger: not fired by trigger manager"),
	})
}

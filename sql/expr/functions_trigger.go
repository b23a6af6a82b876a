package expr

import (
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// TriggerFunction finds a built-in function that triggers can call, or nil. What it does is
// the session's (exec/session/triggerfunctions.go).
func TriggerFunction(name string) *Function {
	for _, f := range FunctionsNamed(name) {
		if f.Result == types.Trigger && f.Eval != nil {
			return f
		}
	}
	return nil
}

func init() {
	called := func(code sqlerr.Code, message string) EvalFunc {
		return func(*Context, []types.Datum) (types.Datum, error) { return types.Null, sqlerr.New(code, "%s", message) }
	}
	vector := called(sqlerr.InternalError, "tsvector_update_trigger: not fired by trigger manager")
	for _, action := range []string{"check_ins", "check_upd", "noaction_del", "noaction_upd", "restrict_del", "restrict_upd", "cascade_del", "cascade_upd", "setnull_del", "setnull_upd", "setdefault_del", "setdefault_upd"} {
		name := "RI_FKey_" + action // of foreign keys
		register(map[string]EvalFunc{name: called(sqlerr.TriggerProtocolViolated, `function "`+name+`" was not called by trigger manager`)})
	}
	register(map[string]EvalFunc{
		"suppress_redundant_updates_trigger": called(sqlerr.TriggerProtocolViolated, "suppress_redundant_updates_trigger: must be called as trigger"),
		"tsvector_update_trigger_byid":       vector, "tsvector_update_trigger_bycolumn": vector,
	})
}

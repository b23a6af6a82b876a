package expr

import (
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// RoutineCall says which function of a user a call means.
type RoutineCall struct {
	OID types.OID
	// Types are what the parameters stand for, of a function with polymorphic
	// ones; nil for any other.
	Types []*types.Type
}

// CallsRoutine says whether an expression calls a function of a user that is run, not put in
// the place of the call.
func CallsRoutine(e Expr) bool {
	found := false
	Walk(e, func(e Expr) bool {
		c, ok := e.(*Call)
		found = found || ok && c.Fn.Routine && c.Fn.Symbol == ""
		return !found
	})
	return found
}

// RoutineHost is a Host that runs the functions that users have made.
type RoutineHost interface {
	// Routine runs a function and gives the rows of its result, whose values have
	// the types of its columns; a row is valid during the call.
	Routine(c *Context, call *RoutineCall, args []types.Datum, yield func(types.Row) error) error
}

// RunRoutine runs a function of a user.
func RunRoutine(c *Context, call *RoutineCall, args []types.Datum, yield func(types.Row) error) error {
	host, ok := c.Host.(RoutineHost)
	if !ok {
		return sqlerr.Unsupported("a function of a user here")
	}
	own := append([]types.Datum(nil), args...) // args are the callee's during this call only
	return host.Routine(c, call, own, yield)
}

// RoutineValue runs a function that gives one value, a record of the columns if
// there are any: that of the first row, or NULL.
func RoutineValue(c *Context, call *RoutineCall, args []types.Datum, columns []types.Field) (value types.Datum, err error) {
	seen := false
	err = RunRoutine(c, call, args, func(row types.Row) error {
		if seen || len(row) == 0 {
			return nil
		}
		seen = true
		if columns == nil {
			value = row[0]
			return nil
		}
		r := &types.Record{}
		for i, f := range columns {
			r.Types, r.Names, r.Values = append(r.Types, f.Type), append(r.Names, f.Name), append(r.Values, row[i])
		}
		value = types.Object(r)
		return nil
	})
	return value, err
}

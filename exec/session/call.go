package session

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// describeCall tells the types of CALL's parameters, where declared has none, and the
// columns of its result.
func (s *Session) describeCall(ps *prepared, stmt *ast.CallStmt) error {
	params := &expr.ParamTypes{Types: make([]*types.Type, max(ps.numParams, len(ps.declared)))}
	copy(params.Types, ps.declared)
	c, err := plan.CallStatement(s.planEnv(), nil, params, stmt.Call)
	if err != nil {
		return err
	}
	for i, t := range params.Types {
		if t == nil || t == types.Unknown {
			return sqlerr.New(sqlerr.IndeterminateDatatype, "could not determine data type of parameter $%d", i+1)
		}
	}
	ps.params, ps.columns = params.Types, nil
	if c.Columns != nil {
		ps.columns = resultColumns(c.Columns)
	}
	return nil
}

// callStatement runs CALL, whose output parameters are a row.
func (s *Session) callStatement(ctx context.Context, ps *prepared, stmt *ast.CallStmt, params []types.Datum, w ResultWriter) (string, error) {
	s.tx.tx.StartStatement()
	ts := &expr.ParamTypes{Types: ps.params}
	c, err := plan.CallStatement(s.planEnv(), nil, ts, stmt.Call)
	if err != nil {
		return "", err
	}
	var row types.Row
	err = s.nonatomically(func() error {
		row, err = s.runCall(ctx, c, params)
		return err
	})
	if err != nil || c.Columns == nil {
		return "CALL", err
	}
	if err := w.Columns(resultColumns(c.Columns)); err != nil {
		return "", err
	}
	return "CALL", w.Row(row)
}

// runCall runs a procedure and gives its output parameters.
func (s *Session) runCall(ctx context.Context, c *plan.Call, params []types.Datum) (types.Row, error) {
	for _, oid := range c.Routines {
		if err := authorizeRoutine(s.catalog(), s.role(), oid); err != nil {
			return nil, err
		}
	}
	ec := s.evalContext(ctx)
	ec.Params = params
	args := make([]types.Datum, len(c.Args))
	for i, a := range c.Args {
		var err error
		if args[i], err = a.Eval(ec, nil); err != nil {
			return nil, err
		}
	}
	row := make(types.Row, len(c.Columns))
	err := s.Routine(ec, &expr.RoutineCall{OID: c.Procedure.OID, Types: c.Types}, args, func(r types.Row) error {
		if len(r) == len(row) {
			copy(row, r)
		}
		return nil
	})
	return row, err
}

// Call runs a procedure for a body.
func (h *proceduralHost) Call(ctx context.Context, c *plan.Call, params []types.Datum) (types.Row, error) {
	s := h.session()
	defer s.nest()()
	return s.runCall(ctx, c, params)
}

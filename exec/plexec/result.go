package plexec

import (
	"context"
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/plpgsql"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Run calls a function and gives the rows of its result, as expr.RoutineHost does.
func Run(ctx context.Context, host Host, fn *Function, args []types.Datum, yield func(types.Row) error) error {
	f := newFrame(ctx, host, fn)
	f.yield = yield
	defer host.Enter(f.context)()
	if fn.trigger != nil || fn.event != nil {
		e := sqlerr.New(sqlerr.FeatureNotSupported, "trigger functions can only be called as triggers")
		e.AddContext(plpgsql.Compiling(fn.Routine.Name, 1))
		return e
	}
	if err := f.run(args); err != nil {
		return err
	}
	if err := f.finish(); err != nil {
		return f.located(err)
	}
	if len(fn.outs) == 0 && !fn.Routine.ReturnsSet {
		f.end()
	}
	return nil
}

// RunBlock runs DO.
func RunBlock(ctx context.Context, host Host, fn *Function) error {
	f := newFrame(ctx, host, fn)
	defer host.Enter(f.context)()
	return f.run(nil)
}

// finish gives the result of a function that is not a set.
func (f *frame) finish() error {
	r := f.fn.Routine
	switch {
	case r.ReturnsSet:
		return nil
	case len(f.fn.outs) > 0:
		row, err := f.outputs()
		if err != nil {
			return err
		}
		return f.yield(row)
	case r.Result.Type == types.Void || r.Procedure:
		return f.yield(types.Row{types.String("")})
	case !f.returned:
		return sqlerr.New(sqlerr.FunctionExecutedNoReturnStatement, "control reached end of function without RETURN")
	}
	f.stmt, f.doing = nil, "while casting return value to function's return type"
	row, err := f.resultRow(f.result)
	if row == nil || err != nil {
		return err
	}
	return f.yield(row)
}

// outputs are the values of the parameters of the result.
func (f *frame) outputs() (types.Row, error) {
	if len(f.fn.outs) == 1 && f.fn.columns != nil && !f.fn.Routine.Procedure {
		v := f.whole(f.fn.outs[0])
		if v.value.IsNull() {
			return make(types.Row, len(f.fn.columns)), nil
		}
		return f.resultRow(v)
	}
	row := make(types.Row, len(f.fn.outs))
	for i, n := range f.fn.outs {
		row[i] = f.whole(n).value
	}
	return row, nil
}

// whole is the value of a variable.
func (f *frame) whole(n int) typed {
	k := &f.fn.kinds[n]
	if k.record {
		return typed{f.vars[n].row(), k.typ, types.NoTypmod}
	}
	f.vars[n].own = false
	return typed{f.vars[n].value, k.typ, k.typmod}
}

// resultRow gives a value the type of the result, as a row of its columns; nil is
// NULL in the place of a row.
func (f *frame) resultRow(v typed) (types.Row, error) {
	r := f.fn.Routine
	if f.fn.columns == nil {
		if f.fn.anonymous && !v.value.IsNull() && v.value.Record() == nil {
			return nil, sqlerr.New(sqlerr.DatatypeMismatch, "cannot return non-composite value from function returning composite type")
		}
		d, err := f.convert(v, r.Result.Type, types.NoTypmod)
		return types.Row{d}, err
	}
	if v.value.IsNull() {
		return nil, nil
	}
	record := v.value.Record()
	if record == nil {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, "cannot return non-composite value from function returning composite type")
	}
	cols := make([]plan.Column, len(record.Values))
	for i, t := range record.Types {
		cols[i] = plan.Column{Type: t, Typmod: types.NoTypmod}
	}
	return f.matched(cols, record.Values, "returned record type does not match expected record type")
}

// matched gives the values of a row the types of the result's columns.
func (f *frame) matched(cols []plan.Column, row types.Row, message string) (types.Row, error) {
	want := f.fn.columns
	if want == nil && f.fn.anonymous {
		return types.Row{types.Object(recordOf(cols, row))}, nil
	}
	if want == nil {
		want = []plan.Column{{Type: f.fn.Routine.Result.Type, Typmod: types.NoTypmod}}
	}
	if len(cols) != len(want) {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, "%s", message).
			WithDetail("Number of returned columns (%d) does not match expected column count (%d).", len(cols), len(want))
	}
	out := make(types.Row, len(row))
	for i := range row {
		if from, to := cols[i].Type, want[i].Type; !from.Same(to) && from != types.Unknown {
			return nil, sqlerr.New(sqlerr.DatatypeMismatch, "%s", message).
				WithDetail("Returned type %s does not match expected type %s in column %d.", from, to, i+1)
		}
		d, err := f.convert(typed{row[i], cols[i].Type, cols[i].Typmod}, want[i].Type, want[i].Typmod)
		if err != nil {
			return nil, err
		}
		out[i] = d
	}
	return out, nil
}

// returnStatement runs RETURN.
func (f *frame) returnStatement(s *plpgsql.Return) (ending, error) {
	end := ending{flow: leaveFunction}
	if s.Value == nil {
		return end, nil
	}
	v, err := f.resultOf(s.Value)
	f.result, f.returned = v, true
	if err == nil && (f.fn.columns != nil || f.fn.anonymous) && f.fn.trigger == nil && !v.value.IsNull() && v.value.Record() == nil {
		err = sqlerr.New(sqlerr.DatatypeMismatch, "cannot return non-composite value from function returning composite type")
	}
	return end, err
}

// resultOf evaluates what is returned; a record is taken as it is.
func (f *frame) resultOf(e *plpgsql.Expr) (typed, error) {
	if n := recordNamed(e); n >= 0 && f.fn.kinds[n].record {
		return f.whole(n), nil
	}
	return f.value(e)
}

// returnNext runs RETURN NEXT.
func (f *frame) returnNext(s *plpgsql.ReturnNext) error {
	if s.Value == nil {
		row, err := f.outputs()
		if err != nil {
			return err
		}
		return f.yield(row)
	}
	if n := recordNamed(s.Value); n >= 0 && f.fn.kinds[n].record && f.vars[n].fields == nil {
		return notAssigned(f.fn.tree.Variables[n].Name)
	}
	v, err := f.resultOf(s.Value)
	if err != nil {
		return err
	}
	if f.fn.columns != nil && v.value.IsNull() {
		return f.yield(make(types.Row, len(f.fn.columns)))
	}
	if f.fn.columns != nil && v.value.Record() == nil {
		return sqlerr.New(sqlerr.DatatypeMismatch, "cannot return non-composite value from function returning composite type")
	}
	if f.fn.columns != nil {
		record := v.value.Record()
		cols := make([]plan.Column, len(record.Values))
		for i, t := range record.Types {
			cols[i] = plan.Column{Type: t, Typmod: types.NoTypmod}
		}
		row, err := f.matched(cols, record.Values, "wrong record type supplied in RETURN NEXT")
		if err != nil {
			return err
		}
		return f.yield(row)
	}
	row, err := f.resultRow(v)
	if err != nil {
		return err
	}
	return f.yield(row)
}

// tupleless is the error of a statement that gives no rows where some are wanted.
func (f *frame) tupleless(stmt ast.Statement) error {
	return sqlerr.New(sqlerr.SyntaxError, "%s query does not return tuples", f.host.CommandName(stmt))
}

// returnQuery runs RETURN QUERY.
func (f *frame) returnQuery(s *plpgsql.ReturnQuery) error {
	var q Query
	if s.Dynamic != nil {
		_, p, params, err := f.dynamicPlan(s.Dynamic, func(stmt ast.Statement, text string) error {
			return f.inExpression(f.tupleless(stmt), &plpgsql.Expr{Text: text}, kindStatement)
		})
		if err != nil {
			return err
		}
		q = Query{Plan: p, Command: "SELECT", Params: params, Fresh: f.fn.volatile}
	} else if showsRows(s.Query.Statement) {
		p, err := f.staticRows(s.Query)
		if err != nil {
			return err
		}
		q = Query{Plan: p, Command: "SELECT"}
	} else if !isQuery(s.Query.Statement) {
		return f.inExpression(f.tupleless(s.Query.Statement), s.Query, kindStatement)
	} else {
		p, err := f.prepare(s.Query)
		if err != nil {
			return f.inExpression(err, s.Query, kindStatement)
		}
		if !p.plan.Returns() {
			return f.inExpression(f.tupleless(s.Query.Statement), s.Query, kindStatement)
		}
		if !p.plan.ReadOnly && !f.fn.volatile {
			return sqlerr.New(sqlerr.FeatureNotSupported, "%s is not allowed in a non-volatile function", commandOf(s.Query.Statement))
		}
		q = Query{Plan: p.plan, Command: commandOf(s.Query.Statement), Params: f.params(p), Fresh: f.fn.volatile}
	}
	within := func(err error) error {
		if err != nil && err != ErrEnough && s.Query != nil {
			return f.inExpression(err, s.Query, kindStatement)
		}
		return err
	}
	const message = "structure of query does not match function result type"
	cols := q.Plan.Root.Columns()
	if _, err := f.matched(cols, make(types.Row, len(cols)), message); err != nil { // with no rows too
		return within(err)
	}
	rows, err := f.stale().Rows(f.ctx, q)
	if err != nil {
		return within(err)
	}
	defer rows.Close()
	n := int64(0)
	for {
		row, err := rows.Next(f.ctx)
		f.stale()
		if err != nil {
			return within(err)
		}
		if row == nil {
			break
		}
		out, err := f.matched(cols, row, message)
		if err != nil {
			return within(err)
		}
		n++
		if err := f.yield(out); err != nil {
			return err
		}
	}
	f.rowCount = n
	f.vars[f.fn.found].value = types.Bool(n > 0)
	return nil
}

// targetNamed is the variable, or the field of one, that an expression is the name of; nil if
// it is anything else.
func targetNamed(e ast.Expr, names *plpgsql.Names) *plpgsql.Target {
	switch e := e.(type) {
	case *ast.ColumnRef:
		if n, used := names.Find(e.Fields); n >= 0 && !e.Star {
			return &plpgsql.Target{Variable: n, Fields: e.Fields[used:], Name: strings.Join(e.Fields, ".")}
		}
	case *ast.ParamRef:
		name := "$" + itoa(e.N)
		if n, _ := names.Find([]string{name}); n >= 0 {
			return &plpgsql.Target{Variable: n, Name: name}
		}
	}
	return nil
}

// call runs CALL, whose output parameters go to the variables in their places, and DO.
func (f *frame) call(s *plpgsql.Call) error {
	stmt, ok := s.Query.Statement.(*ast.CallStmt)
	if !ok {
		return f.utility(s.Query.Text, s.Query, nil)
	}
	p := &prepared{shapes: map[int][]types.Field{}}
	v := f.variables(p, s.Query)
	c, err := plan.CallStatement(f.host.PlanEnv(), v, v.Types, stmt.Call)
	if err != nil {
		return f.inExpression(err, s.Query, kindStatement)
	}
	if !f.fn.volatile {
		return sqlerr.New(sqlerr.FeatureNotSupported, "CALL is not allowed in a non-volatile function")
	}
	into := &plpgsql.Into{}
	for i, written := range c.Written {
		target := targetNamed(written, s.Query.Names)
		if target == nil {
			return sqlerr.New(sqlerr.SyntaxError, `procedure parameter "%s" is an output parameter but corresponding argument is not writable`, c.Columns[i].Name)
		}
		if v := f.fn.tree.Variables[target.Variable]; v.Constant {
			return sqlerr.New(sqlerr.ErrorInAssignment, `variable "%s" is declared CONSTANT`, v.Name)
		}
		into.Targets = append(into.Targets, target)
	}
	row, err := f.stale().Call(f.ctx, c, f.params(p))
	if err != nil {
		return f.inExpression(err, s.Query, kindStatement)
	}
	for i, t := range into.Targets {
		if err := f.assign(t, typed{row[i], c.Columns[i].Type, types.NoTypmod}); err != nil {
			return err
		}
	}
	return nil
}

// recordOf makes a record of a row.
func recordOf(cols []plan.Column, row types.Row) *types.Record {
	r := &types.Record{Values: append([]types.Datum(nil), row...)}
	for _, c := range cols {
		r.Types, r.Names = append(r.Types, c.Type), append(r.Names, c.Name)
	}
	return r
}

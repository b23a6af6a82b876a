package plexec

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/plpgsql"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// prepared is an expression or a statement, planned.
type prepared struct {
	key *any // Host.PlanKey, as Function.key had it
	// slots are the variables that its parameters are, in their order.
	slots []slot
	types []*types.Type
	// shapes are those that records had.
	shapes map[int][]types.Field
	// simple is an expression that needs no plan; routines are those it calls.
	simple   expr.Expr
	routines []catalog.OID
	volatile bool
	plan     *plan.Plan
	// room is for the parameters of simple.
	room []types.Datum
	// busy counts the evaluations of simple that are under way.
	busy int
}

// slot is a variable or, of a record, a field.
type slot struct{ variable, field int }

// whole is the field of a slot that is all of the variable.
const whole = -1

// isThere is the field that is NULL where a record is, and true otherwise.
const isThere = -2

// prepare gives the plan of an expression or statement that holds now.
func (f *frame) prepare(e *plpgsql.Expr) (*prepared, error) {
	for len(f.fn.plans) <= e.Number {
		f.fn.plans = append(f.fn.plans, nil)
	}
	if !f.fresh {
		f.refresh()
	}
	key := f.key
	if p := f.fn.plans[e.Number]; p != nil && p.key == key && f.holds(p) {
		return p, nil
	}
	p := &prepared{key: key, shapes: map[int][]types.Field{}}
	if err := f.plan(p, e); err != nil {
		return nil, err
	}
	f.fn.plans[e.Number] = p
	return p, nil
}

// holds says whether the variables have the types that a plan was made for.
func (f *frame) holds(p *prepared) bool {
	for n, shape := range p.shapes {
		if !slices.EqualFunc(shape, f.vars[n].fields, func(a, b types.Field) bool { return a.Name == b.Name && a.Type == b.Type }) {
			return false
		}
	}
	for i, s := range p.slots {
		if s.field == whole && f.fn.kinds[s.variable].open && f.vars[s.variable].typ != p.types[i] {
			return false
		}
	}
	return true
}

// plan plans an expression or statement.
func (f *frame) plan(p *prepared, e *plpgsql.Expr) error {
	env := f.host.PlanEnv()
	if e.Value != nil {
		var err error
		p.simple, p.routines, err = plan.ProcedureExpression(env, f.variables(p, e), e.Value)
		if err == nil && p.simple != nil {
			p.volatile = expr.MaxVolatility(p.simple) == expr.Volatile
			return nil
		}
		p.slots, p.types, p.simple = nil, nil, nil
	}
	var err error
	p.plan, err = plan.ProcedureStatement(env, f.variables(p, e), e.Statement)
	if err != nil {
		return err
	}
	return p.plan.Failure
}

// variables says what names in an expression mean, and notes in p what was read.
func (f *frame) variables(p *prepared, e *plpgsql.Expr) *plan.Variables {
	v := &plan.Variables{Types: &expr.ParamTypes{}, Conflict: f.fn.conflict}
	param := func(s slot, t *types.Type, loc int) expr.Expr {
		at := slices.Index(p.slots, s)
		if at < 0 {
			at = len(p.slots)
			p.slots, p.types = append(p.slots, s), append(p.types, t)
			v.Types.Types = append(v.Types.Types, t)
		}
		return &expr.Param{N: at + 1, Types: v.Types, Loc: loc}
	}
	v.Find = func(fields []string, loc int) (expr.Expr, error) {
		n, used := e.Names.Find(fields)
		if n < 0 {
			return nil, nil
		}
		return f.reference(p, n, fields[used:], loc, param)
	}
	v.Numbered = func(number, loc int) (expr.Expr, error) {
		n, _ := e.Names.Find([]string{"$" + itoa(number)})
		if n < 0 {
			return nil, nil
		}
		return f.reference(p, n, nil, loc, param)
	}
	return v
}

// reference gives a variable, or a part of one, as an expression; nil if it has no
// parts.
func (f *frame) reference(p *prepared, n int, fields []string, loc int, param func(slot, *types.Type, int) expr.Expr) (expr.Expr, error) {
	k, at := &f.fn.kinds[n], &f.vars[n]
	if !k.record {
		t := k.typ
		if k.open && at.typ != nil {
			t = at.typ
		}
		if len(fields) > 0 {
			return nil, nil
		}
		return param(slot{n, whole}, t, loc), nil
	}
	name := f.fn.tree.Variables[n].Name
	if at.fields == nil && len(fields) > 0 {
		return nil, notAssigned(name)
	}
	p.shapes[n] = at.fields
	if len(fields) == 0 {
		if undomained(k.typ).Kind == types.KindComposite || at.fields == nil { // NULL, of whatever shape
			return param(slot{n, whole}, k.typ, loc), nil
		}
		row := expr.NewRow([]expr.Expr{}, []string{})
		for i, x := range at.fields {
			field := param(slot{n, i}, x.Type, loc)
			row.Elems, row.Names = append(row.Elems, field), append(row.Names, x.Name)
		}
		row.Witness = []expr.Expr{param(slot{n, isThere}, types.Boolean, loc)}
		return row, nil
	}
	i := slices.IndexFunc(at.fields, func(x types.Field) bool { return x.Name == fields[0] })
	if i < 0 {
		return nil, sqlerr.New(sqlerr.UndefinedColumn, `record "%s" has no field "%s"`, name, fields[0]).Nowhere()
	}
	found := param(slot{n, i}, at.fields[i].Type, loc)
	for _, name := range fields[1:] {
		var err error
		if found, err = expr.NewFieldSelect(found, name, loc); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// params are the values of a plan's parameters, for who may keep them.
func (f *frame) params(p *prepared) []types.Datum {
	f.given(p)
	return f.paramsInto(p, make([]types.Datum, len(p.slots)))
}

// paramsInto is params, into out.
func (f *frame) paramsInto(p *prepared, out []types.Datum) []types.Datum {
	clear(out)
	for i, s := range p.slots {
		at := &f.vars[s.variable]
		switch {
		case s.field == isThere:
			if !at.null {
				out[i] = types.Bool(true)
			}
		case s.field != whole:
			if s.field < len(at.values) {
				out[i] = at.values[s.field]
			}
		case f.fn.kinds[s.variable].record:
			out[i] = at.row()
		default:
			out[i] = at.value
		}
	}
	return out
}

// value evaluates an expression.
func (f *frame) value(e *plpgsql.Expr) (typed, error) {
	p, err := f.prepare(e)
	if err != nil {
		return typed{}, f.inExpression(err, e, kindExpression)
	}
	if p.simple != nil {
		if len(p.routines) == 0 && !p.volatile && p.busy == 0 {
			return f.simply(p)
		}
		if err := f.host.MayCall(p.routines); err != nil {
			return typed{}, err
		}
		c := f.host.Evaluation(f.ctx)
		c.Params = f.params(p)
		leave := f.host.Fresh(f.fn.volatile && len(p.routines) > 0)
		p.busy++
		d, err := p.simple.Eval(c, nil)
		p.busy--
		leave()
		f.stale()
		if err != nil && p.busy > 0 { // as PostgreSQL, which evaluates it in another way then
			err = f.inExpression(err, e, kindExpression)
		}
		return typed{d, p.simple.Type(), p.simple.Typmod()}, err
	}
	cols := p.plan.Root.Columns()
	if len(cols) != 1 {
		what := "query"
		if e.Shown != "" {
			what = "assignment source"
		}
		return typed{}, f.inExpression(sqlerr.New(sqlerr.SyntaxError, "%s returned %d columns", what, len(cols)), e, kindExpression)
	}
	out := typed{types.Null, cols[0].Type, cols[0].Typmod}
	rows := 0
	_, err = f.stale().Query(f.ctx, Query{Plan: p.plan, Command: "SELECT", Params: f.params(p), Fresh: f.fn.volatile}, func(row types.Row) error {
		if rows++; rows > 1 {
			return sqlerr.New(sqlerr.CardinalityViolation, "query returned more than one row")
		}
		out.value = row[0]
		return nil
	})
	if err != nil {
		return out, f.inExpression(err, e, kindExpression)
	}
	return out, nil
}

// simply evaluates an expression that runs nothing of users and changes nothing.
func (f *frame) simply(p *prepared) (typed, error) {
	c := f.evaluation()
	if cap(p.room) < len(p.slots) {
		p.room = make([]types.Datum, len(p.slots))
	}
	c.Params = f.paramsInto(p, p.room[:len(p.slots)])
	p.busy++
	d, err := p.simple.Eval(c, nil)
	p.busy--
	if !keepsNothing(d, p.simple.Type()) {
		f.given(p)
	}
	return typed{d, p.simple.Type(), p.simple.Typmod()}, err
}

// condition evaluates an expression that is a boolean.
func (f *frame) condition(e *plpgsql.Expr) (bool, error) {
	v, err := f.valueAs(e, types.Boolean, types.NoTypmod)
	return v.Bool(), err
}

// valueAs evaluates an expression and gives it a type.
func (f *frame) valueAs(e *plpgsql.Expr, t *types.Type, typmod int32) (types.Datum, error) {
	v, err := f.value(e)
	if err != nil {
		return types.Null, err
	}
	return f.convert(v, t, typmod)
}

// The kinds of texts, as errors name them.
const (
	kindExpression = "SQL expression"
	kindStatement  = "SQL statement"
)

// inExpression adds to an error which text it came up in: with the place, if it has
// one, and otherwise as a line of context.
func (f *frame) inExpression(err error, e *plpgsql.Expr, what string) error {
	if b, ok := err.(*bare); ok {
		return b.err
	}
	found := *sqlerr.From(err)
	shown := e.Text
	if e.Shown != "" {
		shown, what = e.Shown, "PL/pgSQL assignment"
	}
	switch {
	case found.InternalQuery != "":
	case found.Offset > 0 && found.Where == "":
		found.InternalQuery, found.InternalPosition = shown, max(found.Offset-e.Shift+e.Within, 1)
	default:
		found.AddContext(what + ` "` + shown + `"`)
	}
	found.Offset, found.Position = 0, 0
	return &found
}

// bare is an error about the rows of a statement, not in it.
type bare struct{ err *sqlerr.Error }

// Error implements error.
func (b *bare) Error() string { return b.err.Error() }

// Unwrap gives the error.
func (b *bare) Unwrap() error { return b.err }

// commandOf names a statement.
func commandOf(stmt ast.Statement) string {
	switch stmt.(type) {
	case *ast.InsertStmt:
		return "INSERT"
	case *ast.UpdateStmt:
		return "UPDATE"
	case *ast.DeleteStmt:
		return "DELETE"
	case *ast.MergeStmt:
		return "MERGE"
	}
	return "SELECT"
}

package plexec

import (
	"math"

	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/plpgsql"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

func (f *frame) ifStatement(s *plpgsql.If) (ending, error) {
	for i := range s.Branches {
		b := &s.Branches[i]
		yes, err := f.condition(b.Cond)
		if err != nil {
			return ending{}, err
		}
		if yes {
			return f.statements(b.Body)
		}
	}
	return f.statements(s.Else)
}

func (f *frame) caseStatement(s *plpgsql.Case) (ending, error) {
	if s.Operand != nil {
		v, err := f.value(s.Operand)
		if err != nil {
			return ending{}, err
		}
		if err := f.store(s.Variable, v); err != nil {
			return ending{}, err
		}
	}
	for i := range s.Branches {
		yes, err := f.condition(s.Branches[i].Cond)
		if err != nil {
			return ending{}, err
		}
		if yes {
			return f.statements(s.Branches[i].Body)
		}
	}
	if !s.HasElse {
		return ending{}, sqlerr.New(sqlerr.CaseNotFound, "case not found").WithHint("CASE statement is missing ELSE part.")
	}
	return f.statements(s.Else)
}

// roundsPerTurn is how many rounds of loops a function makes before it lets others
// compute.
const roundsPerTurn = 64

// round runs the body of a loop once, and says whether the loop is over, and how.
func (f *frame) round(body []plpgsql.Statement, label string) (over bool, end ending, err error) {
	if f.ctx.Err() != nil {
		return true, ending{}, plan.Cancelled(f.ctx)
	}
	if f.rounds++; f.rounds%roundsPerTurn == 0 {
		f.host.Pause()
	}
	end, err = f.statements(body)
	switch {
	case err != nil:
		return true, end, err
	case end.flow == goOn:
		return false, end, nil
	case end.flow == leaveFunction:
		return true, end, nil
	case end.label != "" && end.label != label:
		return true, end, nil // of a loop around
	}
	return end.flow == leaveLoop, ending{}, nil
}

func (f *frame) loop(s *plpgsql.Loop) (ending, error) {
	for {
		if s.Cond != nil {
			yes, err := f.condition(s.Cond)
			if err != nil || !yes {
				return ending{}, err
			}
		}
		over, end, err := f.round(s.Body, s.Label)
		if over || err != nil {
			return end, err
		}
	}
}

func (f *frame) forInteger(s *plpgsql.ForInteger) (ending, error) {
	bound := func(e *plpgsql.Expr, what string) (int64, error) {
		d, err := f.valueAs(e, types.Int4, types.NoTypmod)
		if err == nil && d.IsNull() {
			err = sqlerr.New(sqlerr.NullValueNotAllowed, "%s of FOR loop cannot be null", what)
		}
		return d.Int(), err
	}
	i, err := bound(s.Low, "lower bound")
	if err != nil {
		return ending{}, err
	}
	last, err := bound(s.High, "upper bound")
	if err != nil {
		return ending{}, err
	}
	step := int64(1)
	if s.Step != nil {
		if step, err = bound(s.Step, "BY value"); err != nil {
			return ending{}, err
		}
		if step <= 0 {
			return ending{}, sqlerr.New(sqlerr.InvalidParameterValue, "BY value of FOR loop must be greater than zero")
		}
	}
	found := false
	defer func() { f.vars[f.fn.found].value = types.Bool(found) }()
	for (!s.Reverse && i <= last || s.Reverse && i >= last) && i <= math.MaxInt32 && i >= math.MinInt32 {
		found = true
		f.vars[s.Variable].value = types.Int(i)
		over, end, err := f.round(s.Body, s.Label)
		if over || err != nil {
			return end, err
		}
		if s.Reverse {
			i -= step
		} else {
			i += step
		}
	}
	return ending{}, nil
}

func (f *frame) exit(s *plpgsql.Exit) (ending, error) {
	if s.When != nil {
		yes, err := f.condition(s.When)
		if err != nil || !yes {
			return ending{}, err
		}
	}
	if s.Continue {
		return ending{nextRound, s.Label}, nil
	}
	return ending{leaveLoop, s.Label}, nil
}

// forQuery runs a loop over the rows of a query, which are those that it has when the
// loop begins. They are read as the loop goes on.
func (f *frame) forQuery(s *plpgsql.ForQuery) (ending, error) {
	var q Query
	switch {
	case s.Cursor >= 0:
		return f.forCursor(s)
	case s.Dynamic != nil:
		_, p, params, err := f.dynamicPlan(s.Dynamic, f.unopened)
		if err != nil {
			return ending{}, err
		}
		q = Query{Plan: p, Command: "SELECT", Params: params, Fresh: f.fn.volatile}
	case showsRows(s.Query.Statement):
		p, err := f.staticRows(s.Query)
		if err != nil {
			return ending{}, err
		}
		q = Query{Plan: p, Command: "SELECT"}
	default:
		p, err := f.prepare(s.Query)
		if err != nil {
			return ending{}, f.inExpression(err, s.Query, kindStatement)
		}
		if !p.plan.ReadOnly && !f.fn.volatile {
			return ending{}, sqlerr.New(sqlerr.FeatureNotSupported, "%s is not allowed in a non-volatile function", commandOf(s.Query.Statement))
		}
		q = Query{Plan: p.plan, Command: commandOf(s.Query.Statement), Params: f.params(p), Fresh: f.fn.volatile}
	}
	rows, err := f.stale().Rows(f.ctx, q)
	if err != nil && s.Query != nil {
		err = f.inExpression(err, s.Query, kindStatement)
	}
	if err != nil {
		return ending{}, err
	}
	defer rows.Close()
	return f.eachRow(s, q.Plan.Root.Columns(), rows)
}

// forEach runs a loop over an array's elements, or slices.
func (f *frame) forEach(s *plpgsql.ForEach) (ending, error) {
	v, err := f.value(s.Array)
	if err != nil {
		return ending{}, err
	}
	if v.value.IsNull() {
		return ending{}, sqlerr.New(sqlerr.NullValueNotAllowed, "FOREACH expression must not be null")
	}
	if !v.typ.IsArray() {
		return ending{}, sqlerr.New(sqlerr.DatatypeMismatch, "FOREACH expression must yield an array, not type %s", v.typ)
	}
	a := v.value.Array()
	if s.Slice > len(a.Dims) {
		return ending{}, sqlerr.New(sqlerr.ArraySubscriptError, "slice dimension (%d) is out of the valid range 0..%d", s.Slice, len(a.Dims))
	}
	variable := &f.fn.kinds[s.Target.Variable]
	isArray := s.Into == nil && !variable.record && len(s.Target.Fields) == 0 && variable.typ.IsArray()
	switch {
	case s.Slice > 0 && !isArray:
		return ending{}, sqlerr.New(sqlerr.DatatypeMismatch, "FOREACH ... SLICE loop variable must be of an array type")
	case s.Slice == 0 && isArray:
		return ending{}, sqlerr.New(sqlerr.DatatypeMismatch, "FOREACH loop variable must not be of an array type")
	}
	size := 1
	for _, n := range a.Dims[len(a.Dims)-s.Slice:] {
		size *= n
	}
	found := false
	defer func() { f.vars[f.fn.found].value = types.Bool(found) }()
	for i := 0; i+size <= len(a.Elems) && size > 0; i += size {
		found = true
		element := typed{types.Null, v.typ.Elem, v.typmod}
		if s.Slice == 0 {
			element.value = a.Elems[i]
		} else {
			element.typ = v.typ
			at := len(a.Dims) - s.Slice
			element.value = types.Object(&types.Array{Elem: a.Elem, Dims: a.Dims[at:], Lower: a.Lower[at:], Elems: a.Elems[i : i+size]})
		}
		if err := f.assignEach(s, element); err != nil {
			return ending{}, err
		}
		over, end, err := f.round(s.Body, s.Label)
		if over || err != nil {
			return end, err
		}
	}
	return ending{}, nil
}

// assignEach gives an element to the variable of FOREACH, or the fields of a row to its
// variables.
func (f *frame) assignEach(s *plpgsql.ForEach, element typed) error {
	if s.Into == nil {
		return f.assign(s.Target, element)
	}
	record := element.value.Record()
	if record == nil && !element.value.IsNull() {
		return sqlerr.New(sqlerr.DatatypeMismatch, "cannot assign non-composite value to a row variable")
	}
	var cols []plan.Column
	for _, field := range element.typ.Fields {
		cols = append(cols, plan.Column{Name: field.Name, Type: field.Type, Typmod: field.Typmod})
	}
	if record == nil {
		return f.move(s.Into, cols, nil)
	}
	if cols == nil {
		for _, t := range record.Types {
			cols = append(cols, plan.Column{Type: t, Typmod: types.NoTypmod})
		}
	}
	return f.move(s.Into, cols, record.Values)
}

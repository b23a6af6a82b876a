package expr

import (
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Case is CASE WHEN; the form with an operand has its comparisons in Whens.
type Case struct {
	Whens []When
	Else  Expr // never nil
	// Simple: each Cond compares the operand of CASE with a value.
	Simple bool
	T      *types.Type
	Mod    int32
}

// When is one branch of a Case.
type When struct{ Cond, Result Expr }

// NewCase makes a CASE: operand is nil for CASE WHEN, otherwise each Cond is
// compared with it. els may be nil. PostgreSQL evaluates the operand once; so
// must a caller whose operand is volatile.
func (y *Typing) NewCase(operand Expr, whens []When, els Expr, loc int) (Expr, error) {
	if els == nil {
		els = &Const{T: types.Unknown, Mod: types.NoTypmod, Loc: -1}
	}
	if operand != nil && operand.Type() == types.Unknown {
		var err error
		if operand, err = y.Coerce(operand, types.Text, types.NoTypmod, Implicit); err != nil {
			return nil, err
		}
	}
	results := []Expr{els}
	out := &Case{Simple: operand != nil}
	for _, w := range whens {
		cond := w.Cond
		var err error
		if operand != nil {
			cond, err = y.ResolveOperator("=", operand, cond, loc)
		}
		if err == nil {
			cond, err = y.CoerceBoolean(cond, "CASE/WHEN")
		}
		if err != nil {
			return nil, err
		}
		out.Whens = append(out.Whens, When{Cond: cond})
		results = append(results, w.Result)
	}
	t, err := y.CoerceAll("CASE", results)
	if err != nil {
		return nil, err
	}
	out.T, out.Else, out.Mod = t, results[0], types.NoTypmod
	for i := range out.Whens {
		out.Whens[i].Result = results[i+1]
	}
	if c, ok := els.(*Const); !ok || !c.Value.IsNull() {
		out.Mod = CommonTypmod(results)
	} else {
		out.Mod = CommonTypmod(results[1:])
	}
	return out, nil
}

func (e *Case) Type() *types.Type { return e.T }
func (e *Case) Typmod() int32     { return e.Mod }
func (e *Case) Children() []Expr {
	out := make([]Expr, 0, 2*len(e.Whens)+1)
	for _, w := range e.Whens {
		out = append(out, w.Cond, w.Result)
	}
	return append(out, e.Else)
}
func (e *Case) WithChildren(c []Expr) Expr {
	n := &Case{T: e.T, Mod: e.Mod, Simple: e.Simple, Else: c[len(c)-1]}
	for i := range e.Whens {
		n.Whens = append(n.Whens, When{c[2*i], c[2*i+1]})
	}
	return n
}

// Eval evaluates conditions until one is true, and then only its result.
func (e *Case) Eval(c *Context, row types.Row) (types.Datum, error) {
	for _, w := range e.Whens {
		v, err := w.Cond.Eval(c, row)
		if err != nil {
			return types.Null, err
		}
		if v.Bool() {
			return w.Result.Eval(c, row)
		}
	}
	return e.Else.Eval(c, row)
}

// Coalesce is the first argument that is not NULL.
type Coalesce struct {
	Args []Expr
	T    *types.Type
	Mod  int32
}

// NewCoalesce brings the arguments to a common type.
func (y *Typing) NewCoalesce(args []Expr) (Expr, error) {
	args = append([]Expr{}, args...)
	t, err := y.CoerceAll("COALESCE", args)
	if err != nil {
		return nil, err
	}
	return &Coalesce{Args: args, T: t, Mod: CommonTypmod(args)}, nil
}

func (e *Coalesce) Type() *types.Type          { return e.T }
func (e *Coalesce) Typmod() int32              { return e.Mod }
func (e *Coalesce) Children() []Expr           { return e.Args }
func (e *Coalesce) WithChildren(c []Expr) Expr { return &Coalesce{Args: c, T: e.T, Mod: e.Mod} }

// Eval evaluates no further than it must.
func (e *Coalesce) Eval(c *Context, row types.Row) (types.Datum, error) {
	for _, a := range e.Args {
		v, err := a.Eval(c, row)
		if err != nil || !v.IsNull() {
			return v, err
		}
	}
	return types.Null, nil
}

// MinMax is LEAST or GREATEST; NULLs do not count.
type MinMax struct {
	Args     []Expr
	Greatest bool
	T        *types.Type
	Mod      int32
	// Collation orders texts, nil by their bytes.
	Collation *types.Collation
}

// NewMinMax brings the arguments to a common type. That it has no order is an error of the
// statement's start: see Unordered.
func (y *Typing) NewMinMax(args []Expr, greatest bool) (Expr, error) {
	args = append([]Expr{}, args...)
	e := &MinMax{Args: args, Greatest: greatest, Collation: orderOf(args)}
	t, err := y.CoerceAll(e.name(), args)
	if err != nil {
		return nil, err
	}
	e.T, e.Mod = t, CommonTypmod(args)
	return e, nil
}

// Unordered is the error of a LEAST or GREATEST over a type without an order, nil for any
// other.
func Unordered(e Expr) error {
	if m, ok := e.(*MinMax); ok && !m.T.Comparable() {
		return sqlerr.New(sqlerr.UndefinedFunction, "could not identify a comparison function for type %s", m.T)
	}
	return nil
}

func (e *MinMax) name() string {
	if e.Greatest {
		return "GREATEST"
	}
	return "LEAST"
}

func (e *MinMax) Type() *types.Type { return e.T }
func (e *MinMax) Typmod() int32     { return e.Mod }
func (e *MinMax) Children() []Expr  { return e.Args }
func (e *MinMax) WithChildren(c []Expr) Expr {
	n := *e
	n.Args = c
	return &n
}

// Eval compares all arguments.
func (e *MinMax) Eval(c *Context, row types.Row) (types.Datum, error) {
	if err := Unordered(e); err != nil {
		return types.Null, err
	}
	out := types.Null
	for _, a := range e.Args {
		v, err := a.Eval(c, row)
		if err != nil {
			return types.Null, err
		}
		if v.IsNull() {
			continue
		}
		if out.IsNull() {
			out = v
		} else if c := compareBy(e.T, e.Collation, v, out); c != 0 && c > 0 == e.Greatest {
			out = v
		}
	}
	return out, nil
}

// NullIf is NULL if its operands are equal, else the first. Equal is "=" over
// the row of the two coerced operands.
type NullIf struct {
	Left, Right Expr // as "=" compares them; the first is the value
	Equal       Expr
}

// NewNullIf resolves = for the operands.
func (y *Typing) NewNullIf(left, right Expr, loc int) (Expr, error) {
	l, r, eq, err := y.comparison("=", left, right, loc)
	if err != nil {
		return nil, err
	}
	return &NullIf{Left: l, Right: r, Equal: eq}, nil
}

func (e *NullIf) Type() *types.Type { return e.Left.Type() }
func (e *NullIf) Typmod() int32     { return e.Left.Typmod() }
func (e *NullIf) Children() []Expr  { return []Expr{e.Left, e.Right} }
func (e *NullIf) WithChildren(c []Expr) Expr {
	return &NullIf{Left: c[0], Right: c[1], Equal: e.Equal}
}

// Eval compares unless an operand is NULL.
func (e *NullIf) Eval(c *Context, row types.Row) (types.Datum, error) {
	l, err := e.Left.Eval(c, row)
	if err != nil || l.IsNull() {
		return types.Null, err
	}
	r, err := e.Right.Eval(c, row)
	if err != nil {
		return types.Null, err
	}
	if !r.IsNull() {
		eq, err := e.Equal.Eval(c, types.Row{l, r})
		if err != nil {
			return types.Null, err
		}
		if eq.Bool() {
			return types.Null, nil
		}
	}
	return l, nil
}

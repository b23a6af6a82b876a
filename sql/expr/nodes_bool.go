package expr

import (
	"github.com/kalamsql/kalamsql/sql/types"
)

// boolean is embedded by nodes that answer a boolean.
type boolean struct{}

// Type is boolean.
func (boolean) Type() *types.Type { return types.Boolean }

// Typmod is none.
func (boolean) Typmod() int32 { return types.NoTypmod }

// And is true if all arguments are, false if one is false.
type And struct {
	boolean
	Args []Expr
}

// NewAnd joins conditions; none is true, one is itself.
func NewAnd(args ...Expr) Expr {
	var flat []Expr
	for _, a := range args {
		if n, ok := a.(*And); ok {
			flat = append(flat, n.Args...)
		} else if a != nil {
			flat = append(flat, a)
		}
	}
	switch len(flat) {
	case 0:
		return &Const{Value: types.Bool(true), T: types.Boolean, Mod: types.NoTypmod, Loc: -1}
	case 1:
		return flat[0]
	}
	return &And{Args: flat}
}

func (e *And) Children() []Expr           { return e.Args }
func (e *And) WithChildren(c []Expr) Expr { return &And{Args: c} }

// Eval stops at the first false argument.
func (e *And) Eval(c *Context, row types.Row) (types.Datum, error) {
	out := types.Bool(true)
	for _, a := range e.Args {
		v, err := a.Eval(c, row)
		if err != nil {
			return types.Null, err
		}
		if v.IsNull() {
			out = types.Null
		} else if !v.Bool() {
			return v, nil
		}
	}
	return out, nil
}

// Or is true if one argument is, false if all are false.
type Or struct {
	boolean
	Args []Expr
}

// NewOr joins conditions; none is false, one is itself.
func NewOr(args ...Expr) Expr {
	var flat []Expr
	for _, a := range args {
		if n, ok := a.(*Or); ok {
			flat = append(flat, n.Args...)
		} else if a != nil {
			flat = append(flat, a)
		}
	}
	switch len(flat) {
	case 0:
		return &Const{Value: types.Bool(false), T: types.Boolean, Mod: types.NoTypmod, Loc: -1}
	case 1:
		return flat[0]
	}
	return &Or{Args: flat}
}

func (e *Or) Children() []Expr           { return e.Args }
func (e *Or) WithChildren(c []Expr) Expr { return &Or{Args: c} }

// Eval stops at the first true argument.
func (e *Or) Eval(c *Context, row types.Row) (types.Datum, error) {
	out := types.Bool(false)
	for _, a := range e.Args {
		v, err := a.Eval(c, row)
		if err != nil {
			return types.Null, err
		}
		if v.IsNull() {
			out = types.Null
		} else if v.Bool() {
			return v, nil
		}
	}
	return out, nil
}

// Not negates; NULL stays NULL.
type Not struct {
	boolean
	Arg Expr
}

func (e *Not) Children() []Expr           { return []Expr{e.Arg} }
func (e *Not) WithChildren(c []Expr) Expr { return &Not{Arg: c[0]} }

// Eval negates.
func (e *Not) Eval(c *Context, row types.Row) (types.Datum, error) {
	v, err := e.Arg.Eval(c, row)
	if err != nil || v.IsNull() {
		return v, err
	}
	return types.Bool(!v.Bool()), nil
}

// IsNull is IS NULL, or with Negated IS NOT NULL. Of a row, every field must be
// so.
type IsNull struct {
	boolean
	Arg     Expr
	Negated bool
	// Whole asks of a row whether it is NULL itself, not whether all its fields are: it is
	// what IS DISTINCT FROM NULL means.
	Whole bool
}

func (e *IsNull) Children() []Expr { return []Expr{e.Arg} }
func (e *IsNull) WithChildren(c []Expr) Expr {
	return &IsNull{Arg: c[0], Negated: e.Negated, Whole: e.Whole}
}

// Eval is never NULL.
func (e *IsNull) Eval(c *Context, row types.Row) (types.Datum, error) {
	v, err := e.Arg.Eval(c, row)
	if err != nil {
		return types.Null, err
	}
	if r := v.Record(); r != nil && !e.Whole {
		for _, f := range r.Values {
			if f.IsNull() == e.Negated {
				return types.Bool(false), nil
			}
		}
		return types.Bool(true), nil
	}
	return types.Bool(v.IsNull() != e.Negated), nil
}

// TruthTest is what a BoolTest asks.
type TruthTest uint8

// The truth tests.
const (
	IsTrue TruthTest = iota
	IsNotTrue
	IsFalse
	IsNotFalse
	IsUnknown
	IsNotUnknown
)

// BoolTest is IS [NOT] TRUE, FALSE, UNKNOWN.
type BoolTest struct {
	boolean
	Arg  Expr
	Test TruthTest
	// Secures: it is what policies want of a row that is to be seen.
	Secures bool
}

func (e *BoolTest) Children() []Expr { return []Expr{e.Arg} }
func (e *BoolTest) WithChildren(c []Expr) Expr {
	return &BoolTest{Arg: c[0], Test: e.Test, Secures: e.Secures}
}

// Eval is never NULL.
func (e *BoolTest) Eval(c *Context, row types.Row) (types.Datum, error) {
	v, err := e.Arg.Eval(c, row)
	if err != nil {
		return types.Null, err
	}
	var out bool
	switch e.Test {
	case IsTrue:
		out = v.Bool()
	case IsNotTrue:
		out = !v.Bool()
	case IsFalse:
		out = !v.IsNull() && !v.Bool()
	case IsNotFalse:
		out = v.IsNull() || v.Bool()
	case IsUnknown:
		out = v.IsNull()
	case IsNotUnknown:
		out = !v.IsNull()
	}
	return types.Bool(out), nil
}

// IsDistinct is IS DISTINCT FROM (or NOT DISTINCT): a comparison in which NULL
// is a value. Equal is the type's "=" over the row [left, right].
type IsDistinct struct {
	boolean
	Left, Right Expr
	Negated     bool
	Equal       Expr
}

// NewIsDistinct resolves = for the operands.
func (y *Typing) NewIsDistinct(left, right Expr, negated bool, loc int) (Expr, error) {
	if a, b, ok := constructed(left, right); ok {
		return y.rowDistinct(a, b, negated, loc)
	}
	if isNullLiteral(right) {
		return distinctFromNull(left, negated), nil
	}
	if isNullLiteral(left) {
		return distinctFromNull(right, negated), nil
	}
	l, r, eq, err := y.comparison("=", left, right, loc)
	if err != nil {
		return nil, err
	}
	return &IsDistinct{Left: l, Right: r, Negated: negated, Equal: eq}, nil
}

func distinctFromNull(e Expr, negated bool) Expr {
	row := BaseType(e.Type()).Kind == types.KindComposite || e.Type() == types.RecordType
	return &IsNull{Arg: e, Negated: !negated, Whole: row}
}

func isNullLiteral(e Expr) bool {
	c, ok := e.(*Const)
	return ok && c.Value.IsNull() && c.T == types.Unknown
}

func (y *Typing) rowDistinct(a, b *RowExpr, negated bool, loc int) (Expr, error) {
	if len(a.Elems) != len(b.Elems) {
		return nil, unequalRows(loc)
	}
	var parts []Expr
	for i := range a.Elems {
		d, err := y.NewIsDistinct(a.Elems[i], b.Elems[i], negated, loc)
		if err != nil {
			return nil, err
		}
		parts = append(parts, d)
	}
	if negated {
		return NewAnd(parts...), nil
	}
	return NewOr(parts...), nil
}

// comparison resolves an operator and splits the call into its operands and an
// expression over the row of the two, so that the operands can be evaluated
// apart from it.
func (y *Typing) comparison(op string, left, right Expr, loc int) (l, r, over Expr, err error) {
	if y.operators(op) != nil {
		found, err := y.FindOperator(op, left.Type(), right.Type(), loc)
		if err != nil {
			return nil, nil, nil, err
		}
		if found.Own {
			args, result, err := y.bindArgs([]Expr{left, right}, []*types.Type{found.Left, found.Right}, found.Result, loc)
			if err != nil {
				return nil, nil, nil, err
			}
			pair := []Expr{&Column{Index: 0, T: args[0].Type(), Mod: types.NoTypmod}, &Column{Index: 1, T: args[1].Type(), Mod: types.NoTypmod}}
			over, err = y.own(found, pair, result, loc)
			return args[0], args[1], over, err
		}
	}
	e, err := y.ResolveOperator(op, left, right, loc)
	if err != nil {
		return nil, nil, nil, err
	}
	call, ok := e.(*Call)
	if !ok {
		k := e.(*Like)
		call = k.Call
	}
	l, r = call.Args[0], call.Args[1]
	n := *call
	n.Args = []Expr{
		&Column{Index: 0, T: l.Type(), Mod: types.NoTypmod},
		&Column{Index: 1, T: r.Type(), Mod: types.NoTypmod},
	}
	return l, r, &n, nil
}

func (e *IsDistinct) Children() []Expr { return []Expr{e.Left, e.Right} }
func (e *IsDistinct) WithChildren(c []Expr) Expr {
	n := *e
	n.Left, n.Right = c[0], c[1]
	return &n
}

// Eval is never NULL.
func (e *IsDistinct) Eval(c *Context, row types.Row) (types.Datum, error) {
	l, err := e.Left.Eval(c, row)
	if err != nil {
		return types.Null, err
	}
	r, err := e.Right.Eval(c, row)
	if err != nil {
		return types.Null, err
	}
	distinct := l.IsNull() != r.IsNull()
	if !l.IsNull() && !r.IsNull() {
		eq, err := e.Equal.Eval(c, types.Row{l, r})
		if err != nil {
			return types.Null, err
		}
		distinct = !eq.Bool()
	}
	return types.Bool(distinct != e.Negated), nil
}

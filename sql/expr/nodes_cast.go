package expr

import (
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Relabel gives a value another type with the same representation.
type Relabel struct {
	Arg  Expr
	T    *types.Type
	Mod  int32
	Form CallForm
}

func (e *Relabel) Type() *types.Type { return e.T }
func (e *Relabel) Typmod() int32     { return e.Mod }
func (e *Relabel) Children() []Expr  { return []Expr{e.Arg} }
func (e *Relabel) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg = c[0]
	return &n
}

// Eval passes the value, with OIDs kept unsigned and integers signed. Among integers of all sizes it stays what it is.
func (e *Relabel) Eval(c *Context, row types.Row) (types.Datum, error) {
	v, err := e.Arg.Eval(c, row)
	if err != nil || v.IsNull() {
		return v, err
	}
	from := e.Arg.Type()
	if integer(e.T) && integer(from) {
		return v, nil
	}
	if e.T == types.Int4 {
		return types.Int(int64(int32(v.Int()))), nil
	}
	if from == types.Int4 && e.T.Kind == types.KindBase && !v.IsString() {
		return types.Int(int64(uint32(v.Int()))), nil
	}
	return v, nil
}

func integer(t *types.Type) bool { return t == types.Int2 || t == types.Int4 || t == types.Int8 }

// TextCast converts through the text form, as casts without a function do.
type TextCast struct {
	Arg  Expr
	T    *types.Type
	Form CallForm
}

func (e *TextCast) Type() *types.Type { return e.T }
func (e *TextCast) Typmod() int32     { return types.NoTypmod }
func (e *TextCast) Children() []Expr  { return []Expr{e.Arg} }
func (e *TextCast) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg = c[0]
	return &n
}

// Eval writes the value and reads it again.
func (e *TextCast) Eval(c *Context, row types.Row) (types.Datum, error) {
	v, err := e.Arg.Eval(c, row)
	if err != nil || v.IsNull() {
		return v, err
	}
	return e.T.Input(e.Arg.Type().Text(v, c.env()), types.NoTypmod, c.env())
}

// env gives the settings, also without a Context.
func (c *Context) env() *types.Env {
	if c == nil || c.Env == nil {
		return types.DefaultEnv
	}
	return c.Env
}

// ArrayCast converts an array element by element. Elem sees the element as
// column 0.
type ArrayCast struct {
	Arg, Elem Expr
	T         *types.Type
	Form      CallForm
}

func (e *ArrayCast) Type() *types.Type { return e.T }
func (e *ArrayCast) Typmod() int32     { return types.NoTypmod }
func (e *ArrayCast) Children() []Expr  { return []Expr{e.Arg} }
func (e *ArrayCast) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg = c[0]
	return &n
}

// Eval converts every element; the shape stays.
func (e *ArrayCast) Eval(c *Context, row types.Row) (types.Datum, error) {
	v, err := e.Arg.Eval(c, row)
	if err != nil || v.IsNull() {
		return v, err
	}
	in := v.Array()
	out := &types.Array{Elem: e.T.Elem, Dims: in.Dims, Lower: in.Lower, Elems: make([]types.Datum, len(in.Elems))}
	one := make(types.Row, 1)
	for i, x := range in.Elems {
		if x.IsNull() {
			continue
		}
		one[0] = x
		if out.Elems[i], err = e.Elem.Eval(c, one); err != nil {
			return types.Null, err
		}
	}
	return types.Object(out), nil
}

// TextInput is a literal that is read with the session's settings: time zone,
// date order, names of relations. FoldConstants turns it into a Const.
type TextInput struct {
	Text     string
	T        *types.Type
	Mod      int32
	Explicit bool
	Loc      int
}

func (e *TextInput) Type() *types.Type        { return e.T }
func (e *TextInput) Typmod() int32            { return e.Mod }
func (e *TextInput) Children() []Expr         { return nil }
func (e *TextInput) WithChildren([]Expr) Expr { return e }

// Eval reads the text.
func (e *TextInput) Eval(c *Context, _ types.Row) (types.Datum, error) {
	v, err := e.T.Input(e.Text, types.NoTypmod, c.env())
	if err == nil {
		v, err = types.ApplyTypmod(e.T, v, e.Mod, e.Explicit)
	}
	if err != nil {
		return types.Null, sqlerr.From(err).At(e.Loc)
	}
	return v, nil
}

// ConvertTypmod applies a length or precision. Explicit truncates silently.
type ConvertTypmod struct {
	Arg      Expr
	Mod      int32
	Explicit bool
}

func (e *ConvertTypmod) Type() *types.Type { return e.Arg.Type() }
func (e *ConvertTypmod) Typmod() int32     { return e.Mod }
func (e *ConvertTypmod) Children() []Expr  { return []Expr{e.Arg} }
func (e *ConvertTypmod) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg = c[0]
	return &n
}

// Eval coerces the value.
func (e *ConvertTypmod) Eval(c *Context, row types.Row) (types.Datum, error) {
	v, err := e.Arg.Eval(c, row)
	if err != nil || v.IsNull() {
		return v, err
	}
	return types.ApplyTypmod(e.Arg.Type(), v, e.Mod, e.Explicit)
}

// WithoutImplicitCast is an expression without the casts at its top that nobody has
// written.
func WithoutImplicitCast(e Expr) Expr {
	for {
		switch n := e.(type) {
		case *Relabel:
			if n.Form != FormImplicitCast {
				return e
			}
			e = n.Arg
		case *Call:
			if n.Form != FormImplicitCast || len(n.Args) == 0 {
				return e
			}
			e = n.Args[0]
		default:
			return e
		}
	}
}

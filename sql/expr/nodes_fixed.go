package expr

import (
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// fixedParts are the types that can be subscripted as arrays of a fixed length, from 0:
// what they are made of, and of how many.
var fixedParts = map[*types.Type]struct {
	elem  *types.Type
	count int
}{
	types.Point: {types.Float8, 2}, types.Lseg: {types.Point, 2}, types.Box: {types.Point, 2}, types.Line: {types.Float8, 3},
}

func slicesRefused() error {
	return sqlerr.New(sqlerr.FeatureNotSupported, "slices of fixed-length arrays not implemented")
}

// FixedElement is a part of a value of fixed length, such as the x of a point.
type FixedElement struct {
	Arg Expr
	// Indexes are integers; one finds a part, more find none.
	Indexes []Expr
	T       *types.Type
}

// newFixedElement binds the subscripts of such a value.
func newFixedElement(arg Expr, indexes []Index, loc int) (Expr, error) {
	e := &FixedElement{Arg: arg, T: fixedParts[BaseType(arg.Type())].elem}
	var err error
	e.Indexes, err = fixedIndexes(indexes, loc)
	return e, err
}

func fixedIndexes(indexes []Index, loc int) (out []Expr, err error) {
	for _, i := range indexes {
		if i.Slice {
			return nil, slicesRefused()
		}
		if i.Upper.Type() != types.Unknown && !CanCoerce(i.Upper.Type(), types.Int4, Assignment) {
			return nil, sqlerr.New(sqlerr.DatatypeMismatch, "array subscript must have type integer").At(loc)
		}
		at, err := Coerce(i.Upper, types.Int4, types.NoTypmod, Assignment)
		if err != nil {
			return nil, err
		}
		out = append(out, at)
	}
	return out, nil
}

func (e *FixedElement) Type() *types.Type { return e.T }
func (e *FixedElement) Typmod() int32     { return types.NoTypmod }
func (e *FixedElement) Children() []Expr  { return append([]Expr{e.Arg}, e.Indexes...) }
func (e *FixedElement) WithChildren(c []Expr) Expr {
	return &FixedElement{Arg: c[0], Indexes: c[1:], T: e.T}
}

// Eval is NULL where there is no such part.
func (e *FixedElement) Eval(c *Context, row types.Row) (types.Datum, error) {
	v, err := e.Arg.Eval(c, row)
	if err != nil || v.IsNull() {
		return types.Null, err
	}
	var at types.Datum
	for _, i := range e.Indexes {
		if at, err = i.Eval(c, row); err != nil || at.IsNull() {
			return types.Null, err
		}
	}
	whole := BaseType(e.Arg.Type())
	n, i := fixedParts[whole].count, at.Int()
	if len(e.Indexes) != 1 || i < 0 || i >= int64(n) {
		return types.Null, nil
	}
	numbers := types.Numbers(whole, v)
	if e.T == types.Float8 {
		return types.Float(numbers[i]), nil
	}
	return types.Geometry(e.T, numbers[2*i], numbers[2*i+1]), nil
}

// SetFixed is such a value with a part replaced. NULL stays NULL, and is what nothing is
// replaced by.
type SetFixed struct {
	Arg, Value Expr
	Indexes    []Expr
}

func newSetFixed(name string, arg Expr, indexes []Index, value Expr, loc int) (Expr, error) {
	e := &SetFixed{Arg: arg}
	want := fixedParts[BaseType(arg.Type())].elem
	if from := value.Type(); from != types.Unknown && !from.Same(want) && !CanCoerce(from, want, Assignment) {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, `subscripted assignment to "%s" requires type %s but expression is of type %s`, name, want, from).
			WithHint("You will need to rewrite or cast the expression.").At(loc)
	}
	var err error
	if e.Indexes, err = fixedIndexes(indexes, loc); err != nil {
		return nil, err
	}
	e.Value, err = Coerce(value, want, types.NoTypmod, Assignment)
	return e, err
}

func (e *SetFixed) Type() *types.Type { return e.Arg.Type() }
func (e *SetFixed) Typmod() int32     { return e.Arg.Typmod() }
func (e *SetFixed) Children() []Expr  { return append([]Expr{e.Arg, e.Value}, e.Indexes...) }
func (e *SetFixed) WithChildren(c []Expr) Expr {
	return &SetFixed{Arg: c[0], Value: c[1], Indexes: c[2:]}
}

// Eval makes the value.
func (e *SetFixed) Eval(c *Context, row types.Row) (types.Datum, error) {
	old, err := e.Arg.Eval(c, row)
	if err != nil {
		return types.Null, err
	}
	part, err := e.Value.Eval(c, row)
	if err != nil {
		return types.Null, err
	}
	var at types.Datum
	for _, i := range e.Indexes {
		if at, err = i.Eval(c, row); err != nil {
			return types.Null, err
		}
		if at.IsNull() {
			return types.Null, sqlerr.New(sqlerr.NullValueNotAllowed, "array subscript in assignment must not be null")
		}
	}
	if old.IsNull() || part.IsNull() {
		return old, nil
	}
	whole := BaseType(e.Arg.Type())
	of := fixedParts[whole]
	if len(e.Indexes) != 1 {
		return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "wrong number of array subscripts")
	}
	i := at.Int()
	if i < 0 || i >= int64(of.count) {
		return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "array subscript out of range")
	}
	numbers := types.Numbers(whole, old)
	if of.elem == types.Float8 {
		numbers[i] = part.Float()
	} else {
		copy(numbers[2*i:], types.Numbers(of.elem, part))
	}
	return types.GeometryAsGiven(numbers...), nil
}

package expr

import (
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// SetElement is an array with one element, or a slice, replaced: what a[i] = v
// stores.
type SetElement struct {
	Array   Expr
	Indexes []Index
	Value   Expr // an element, or for a slice an array
}

// NewSetElement binds the replacement of an element of an array, a column of
// that name.
func NewSetElement(name string, array Expr, indexes []Index, value Expr, loc int) (Expr, error) {
	t := BaseType(array.Type())
	if fixedParts[t].count > 0 {
		return newSetFixed(name, array, indexes, value, loc)
	}
	if !t.IsArray() {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, "cannot subscript type %s because it does not support subscripting", array.Type()).At(loc)
	}
	e := &SetElement{Array: array}
	slice := false
	for _, i := range indexes {
		slice = slice || i.Slice
	}
	for _, i := range indexes {
		for _, bound := range []*Expr{&i.Lower, &i.Upper} {
			if *bound == nil {
				continue
			}
			if from := (*bound).Type(); from != types.Unknown && !CanCoerce(from, types.Int4, Assignment) {
				return nil, sqlerr.New(sqlerr.DatatypeMismatch, "array subscript must have type integer").At(LocOf(*bound))
			}
			c, err := Coerce(*bound, types.Int4, types.NoTypmod, Assignment)
			if err != nil {
				return nil, err
			}
			*bound = c
		}
		if slice && !i.Slice {
			i.Slice, i.Lower = true, &Const{Value: types.Int(1), T: types.Int4, Mod: types.NoTypmod, Loc: -1}
		}
		e.Indexes = append(e.Indexes, i)
	}
	want := t.Elem
	if slice {
		want = t
	}
	if from := value.Type(); from != types.Unknown && !from.Same(want) && !CanCoerce(from, want, Assignment) {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, `subscripted assignment to "%s" requires type %s but expression is of type %s`, name, want, from).
			WithHint("You will need to rewrite or cast the expression.").At(loc)
	}
	var err error
	e.Value, err = Coerce(value, want, array.Typmod(), Assignment)
	return e, err
}

func (e *SetElement) Type() *types.Type { return e.Array.Type() }
func (e *SetElement) Typmod() int32     { return e.Array.Typmod() }
func (e *SetElement) Children() []Expr {
	out := []Expr{e.Array, e.Value}
	for _, i := range e.Indexes {
		for _, b := range []Expr{i.Lower, i.Upper} {
			if b != nil {
				out = append(out, b)
			}
		}
	}
	return out
}
func (e *SetElement) WithChildren(c []Expr) Expr {
	n := &SetElement{Array: c[0], Value: c[1], Indexes: append([]Index(nil), e.Indexes...)}
	c = c[2:]
	for i := range n.Indexes {
		for _, b := range []*Expr{&n.Indexes[i].Lower, &n.Indexes[i].Upper} {
			if *b != nil {
				*b, c = c[0], c[1:]
			}
		}
	}
	return n
}

// Eval copies the array. One of no elements grows to hold what is assigned; one
// of one dimension grows at either end, with NULLs in between.
func (e *SetElement) Eval(c *Context, row types.Row) (types.Datum, error) {
	old, err := e.Array.Eval(c, row)
	if err != nil {
		return types.Null, err
	}
	value, err := e.Value.Eval(c, row)
	if err != nil {
		return types.Null, err
	}
	a := old.Array()
	if a == nil {
		a = &types.Array{Elem: BaseType(e.Array.Type()).Elem}
	}
	low, high := make([]int, len(e.Indexes)), make([]int, len(e.Indexes))
	slice := e.Indexes[0].Slice
	for i, index := range e.Indexes {
		if low[i], high[i], err = e.bounds(c, row, a, i, index); err != nil {
			return types.Null, err
		}
	}
	if slice && value.IsNull() {
		return old, nil
	}
	if len(a.Dims) == 0 {
		return newArray(a.Elem, low, high, slice, value)
	}
	if len(a.Dims) != len(low) {
		return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "wrong number of array subscripts")
	}
	out := &types.Array{Elem: a.Elem, Dims: append([]int(nil), a.Dims...), Lower: append([]int(nil), a.Lower...), Elems: append([]types.Datum(nil), a.Elems...)}
	for i := range low {
		if low[i] >= out.Lower[i] && high[i] < out.Lower[i]+out.Dims[i] {
			continue
		}
		if len(low) > 1 {
			return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "array subscript out of range")
		}
		if err := growArray(out, low[0], high[0]); err != nil {
			return types.Null, err
		}
	}
	return assignWithin(out, low, high, slice, value)
}

// bounds gives the first and last position that an index means.
func (e *SetElement) bounds(c *Context, row types.Row, a *types.Array, dim int, index Index) (low, high int, err error) {
	at := func(x Expr, missing int) (int, error) {
		if x == nil {
			if dim >= len(a.Dims) {
				return 0, sqlerr.New(sqlerr.ArraySubscriptError, "array slice subscript must provide both boundaries").
					WithDetail("When assigning to a slice of an empty array value, slice boundaries must be fully specified.")
			}
			return missing, nil
		}
		v, err := x.Eval(c, row)
		if err == nil && v.IsNull() {
			err = sqlerr.New(sqlerr.NullValueNotAllowed, "array subscript in assignment must not be null")
		}
		return int(v.Int()), err
	}
	first, last := 1, 0
	if dim < len(a.Dims) {
		first, last = a.Lower[dim], a.Lower[dim]+a.Dims[dim]-1
	}
	if high, err = at(index.Upper, last); err != nil {
		return 0, 0, err
	}
	if low = high; index.Slice {
		if low, err = at(index.Lower, first); err != nil {
			return 0, 0, err
		}
	}
	if low > high {
		return 0, 0, sqlerr.New(sqlerr.ArraySubscriptError, "upper bound cannot be less than lower bound")
	}
	return low, high, nil
}

// newArray makes an array of what is assigned to one without elements.
func newArray(elem *types.Type, low, high []int, slice bool, value types.Datum) (types.Datum, error) {
	out := &types.Array{Elem: elem, Lower: low}
	for i := range low {
		out.Dims = append(out.Dims, high[i]-low[i]+1)
	}
	n, err := types.CheckArrayShape(out.Dims, low)
	if err != nil {
		return types.Null, err
	}
	out.Elems = make([]types.Datum, n)
	return assignWithin(out, low, high, slice, value)
}

// growArray makes an array of one dimension reach from low to high.
func growArray(a *types.Array, low, high int) error {
	first, last := a.Lower[0], a.Lower[0]+a.Dims[0]-1
	if _, err := types.CheckArrayShape([]int{max(last, high) - min(first, low) + 1}, []int{min(first, low)}); err != nil {
		return err
	}
	before, after := max(0, first-low), max(0, high-last)
	elems := make([]types.Datum, before, before+len(a.Elems)+after)
	elems = append(elems, a.Elems...)
	a.Elems = append(elems, make([]types.Datum, after)...)
	a.Lower[0], a.Dims[0] = first-before, len(a.Elems)
	return nil
}

// assignWithin puts the value, an element or the elements of a slice, where all
// positions are within the array.
func assignWithin(a *types.Array, low, high []int, slice bool, value types.Datum) (types.Datum, error) {
	var from []types.Datum
	if slice {
		from = value.Array().Elems
	}
	position := append([]int(nil), low...)
	for n := 0; ; n++ {
		at := 0
		for i, p := range position {
			at = at*a.Dims[i] + p - a.Lower[i]
		}
		switch {
		case !slice:
			a.Elems[at] = value
			return types.Object(a), nil
		case n >= len(from):
			return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "source array too small")
		}
		a.Elems[at] = from[n]
		i := len(position) - 1
		for ; i >= 0; i-- {
			if position[i]++; position[i] <= high[i] {
				break
			}
			position[i] = low[i]
		}
		if i < 0 {
			return types.Object(a), nil
		}
	}
}

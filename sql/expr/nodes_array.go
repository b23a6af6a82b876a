package expr

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// ArrayExpr is ARRAY[...], of elements or, with Nested, of arrays.
type ArrayExpr struct {
	Elems  []Expr
	T      *types.Type // the array type
	Nested bool
}

// NewArray makes ARRAY[...]. All elements arrays: a dimension more. No elements
// at all need a cast (42P18), which the caller passes as target; nil otherwise.
func (y *Typing) NewArray(elems []Expr, target *types.Type, loc int) (Expr, error) {
	elems = append([]Expr{}, elems...)
	if target != nil {
		e := ElementOf(target)
		if e == nil {
			return nil, cannotCast(types.Text.Array, target, loc)
		}
		nested := true
		for _, x := range elems {
			if _, ok := x.(*ArrayExpr); !ok {
				nested = false
			}
		}
		if len(elems) > 0 && nested {
			e = target
		} else {
			nested = false
		}
		for i := range elems {
			var err error
			if elems[i], err = y.Coerce(elems[i], e, types.NoTypmod, Explicit); err != nil {
				return nil, err
			}
		}
		return &ArrayExpr{Elems: elems, T: target, Nested: nested}, nil
	}
	if len(elems) == 0 {
		return nil, sqlerr.New(sqlerr.IndeterminateDatatype, "cannot determine type of empty array").
			WithHint("Explicitly cast to the desired type, for example ARRAY[]::integer[].").At(loc)
	}
	t, err := y.CoerceAll("ARRAY", elems)
	if err != nil {
		return nil, err
	}
	if t.IsArray() {
		return &ArrayExpr{Elems: elems, T: t, Nested: true}, nil
	}
	if t.Array == nil {
		return nil, sqlerr.New(sqlerr.UndefinedObject, "could not find array type for data type %s", t).At(loc)
	}
	return &ArrayExpr{Elems: elems, T: t.Array}, nil
}

func (e *ArrayExpr) Type() *types.Type { return e.T }
func (e *ArrayExpr) Typmod() int32 {
	if e.Nested {
		return types.NoTypmod
	}
	return CommonTypmod(e.Elems)
}
func (e *ArrayExpr) Children() []Expr { return e.Elems }
func (e *ArrayExpr) WithChildren(c []Expr) Expr {
	return &ArrayExpr{Elems: c, T: e.T, Nested: e.Nested}
}

// Eval makes the array; nested arrays must have one shape (2202E).
func (e *ArrayExpr) Eval(c *Context, row types.Row) (types.Datum, error) {
	vals := make([]types.Datum, len(e.Elems))
	for i, x := range e.Elems {
		v, err := x.Eval(c, row)
		if err != nil {
			return types.Null, err
		}
		vals[i] = v
	}
	elem := ElementOf(e.T)
	if isVector(e.T) && (e.Nested || len(vals) == 0 || slices.ContainsFunc(vals, types.Datum.IsNull)) {
		return types.Null, sqlerr.New(sqlerr.DatatypeMismatch, "array is not a valid %s", e.T)
	}
	if !e.Nested {
		return types.ArrayDatum(elem, vals), nil
	}
	return stackArrays(elem, vals)
}

// stackArrays puts arrays of one shape into an array of one dimension more.
func stackArrays(elem *types.Type, vals []types.Datum) (types.Datum, error) {
	out := &types.Array{Elem: elem}
	first := true
	for _, v := range vals {
		a := &types.Array{}
		if !v.IsNull() {
			a = v.Array()
		}
		if first {
			out.Dims = append([]int{len(vals)}, a.Dims...)
			out.Lower = append([]int{1}, a.Lower...)
		} else if !sameDims(out.Dims[1:], a.Dims) {
			return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "multidimensional arrays must have array expressions with matching dimensions")
		}
		first = false
		out.Elems = append(out.Elems, a.Elems...)
	}
	if len(out.Elems) == 0 {
		out.Dims, out.Lower = nil, nil
	}
	if len(out.Dims) > 6 {
		return types.Null, sqlerr.New(sqlerr.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (6)", len(out.Dims))
	}
	return types.Object(out), nil
}

func sameDims(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// AnyAll is left op ANY (array), or ALL. Test is the operator over the row
// [left, element].
type AnyAll struct {
	boolean
	Left, Array Expr
	All         bool
	Op          string
	Own         bool // Op is an operator that a user made
	Test        Expr
	// hashes says that the operator is the type's own = under ANY, or <> under ALL: an
	// array can be looked into by a hash. set is that of a constant array.
	hashes bool
	set    *valueSet
}

// NewAnyAll resolves the operator for the elements of the array.
func (y *Typing) NewAnyAll(op string, left, array Expr, all bool, loc int) (Expr, error) {
	elemType := types.Unknown
	if array.Type() != types.Unknown {
		if elemType = ElementOf(array.Type()); elemType == nil {
			return nil, sqlerr.New(sqlerr.WrongObjectType, "op ANY/ALL (array) requires array on right side").At(loc)
		}
	}
	found, err := y.FindOperator(op, left.Type(), elemType, loc)
	if err != nil {
		return nil, err
	}
	if found.Result != types.Boolean {
		return nil, sqlerr.New(sqlerr.WrongObjectType, "op ANY/ALL (array) requires operator to yield boolean").At(loc)
	}
	right := found.Right
	if isPolymorphic(right) {
		g, _ := bindGenerics([]*types.Type{left.Type(), elemType}, []*types.Type{found.Left, found.Right})
		if right = g.apply(right); right == nil {
			right = elemType
		}
	}
	if !right.Same(elemType) && right.Array != nil {
		if array, err = y.Coerce(array, right.Array, types.NoTypmod, Implicit); err != nil {
			return nil, err
		}
		elemType = right
	}
	l, r, test, err := y.comparison(op, left, &Column{Index: 1, T: elemType, Mod: types.NoTypmod}, loc)
	if err != nil {
		return nil, err
	}
	if _, plain := r.(*Column); !plain { // an implicit cast of each element
		test = Rewrite(test, func(e Expr) Expr {
			if c, ok := e.(*Column); ok && c.Index == 1 {
				return r
			}
			return e
		})
	}
	e := &AnyAll{Left: l, Array: array, All: all, Op: op, Own: found.Own, Test: test}
	if found.Shown != "" {
		e.Op = found.Shown
	}
	e.index()
	return e, nil
}

// Hashes says whether the operator is the own = of one type under ANY, or its <> under ALL.
func (e *AnyAll) Hashes() bool { return e.hashes }

// index settles whether arrays can be hashed, and builds the hash set of a constant one.
func (e *AnyAll) index() {
	e.hashes = e.All && plainTest(e.Test, "<>") || !e.All && plainTest(e.Test, "=")
	k, ok := e.Array.(*Const)
	if !ok || !e.hashes || k.Value.IsNull() {
		return
	}
	e.set = newValueSet(e.Left.Type(), k.Value.Array().Elems)
}

// plainEquality says whether a test is the "=" of one type's own order, so that
// Type.Equal and Type.Hash decide the same.
func plainEquality(test Expr) bool { return plainTest(test, "=") }

// plainTest is plainEquality for an operator, "=" or "<>".
func plainTest(test Expr, op string) bool {
	c, ok := test.(*Call)
	if !ok || c.Op == nil || c.Op.Name != op {
		return false
	}
	l, ok1 := c.Args[0].(*Column)
	r, ok2 := c.Args[1].(*Column)
	return ok1 && ok2 && l.T.Same(r.T) && l.T.Comparable()
}

func (e *AnyAll) Children() []Expr { return []Expr{e.Left, e.Array} }
func (e *AnyAll) WithChildren(c []Expr) Expr {
	n := *e
	n.Left, n.Array, n.hashes, n.set = c[0], c[1], false, nil
	n.index()
	return &n
}

// Eval is ANY's and ALL's three-valued logic.
func (e *AnyAll) Eval(c *Context, row types.Row) (types.Datum, error) {
	arr, err := e.Array.Eval(c, row)
	if err != nil || arr.IsNull() {
		return types.Null, err
	}
	l, err := e.Left.Eval(c, row)
	if err != nil {
		return types.Null, err
	}
	elems := arr.Array().Elems
	if len(elems) == 0 {
		return types.Bool(e.All), nil
	}
	set := e.set
	if set == nil && e.hashes && len(elems) >= fewestHashed {
		set = c.setOf(e, arr.Array())
	}
	if set != nil {
		found := set.contains(l)
		if e.All && !found.IsNull() {
			found = types.Bool(!found.Bool())
		}
		return found, nil
	}
	out := types.Bool(e.All)
	var pair [2]types.Datum
	pair[0] = l
	for _, x := range elems {
		pair[1] = x
		v, err := e.Test.Eval(c, pair[:])
		if err != nil {
			return types.Null, err
		}
		if v.IsNull() {
			out = types.Null
		} else if v.Bool() != e.All {
			return types.Bool(!e.All), nil
		}
	}
	return out, nil
}

// fewestHashed is from how many elements on an array is hashed that is looked into again.
const fewestHashed = 9

// seenArray is the array that a test was last given, and its set from the second time on.
type seenArray struct {
	array *types.Array
	set   *valueSet
}

// setOf gives the set of an array that is the same as the last time: one that a subquery or
// a parameter gives for all rows. It is nil the first time.
func (c *Context) setOf(e *AnyAll, a *types.Array) *valueSet {
	seen := c.sets[e]
	if seen == nil {
		if c.arguments == nil {
			return nil // others use the context, too
		}
		if c.sets == nil {
			c.sets = map[*AnyAll]*seenArray{}
		}
		c.sets[e] = &seenArray{array: a}
		return nil
	}
	if seen.array != a {
		*seen = seenArray{array: a}
		return nil
	}
	if seen.set == nil {
		seen.set = newValueSet(e.Left.Type(), a.Elems)
	}
	return seen.set
}

// valueSet is a set of values of one type, for IN.
type valueSet struct {
	t       *types.Type
	buckets map[uint64][]types.Datum
	hasNull bool
}

func newValueSet(t *types.Type, vals []types.Datum) *valueSet {
	s := &valueSet{t: t, buckets: make(map[uint64][]types.Datum, len(vals))}
	for _, v := range vals {
		if v.IsNull() {
			s.hasNull = true
			continue
		}
		h := t.Hash(0, v)
		s.buckets[h] = append(s.buckets[h], v)
	}
	return s
}

// contains is the three-valued IN of a set that is not empty.
func (s *valueSet) contains(v types.Datum) types.Datum {
	if v.IsNull() {
		return types.Null
	}
	for _, x := range s.buckets[s.t.Hash(0, v)] {
		if s.t.Equal(v, x) {
			return types.Bool(true)
		}
	}
	if s.hasNull {
		return types.Null
	}
	return types.Bool(false)
}

// Subscript is array[i][j], or a slice array[a:b][c:d]. jsonb is subscripted by
// keys.
type Subscript struct {
	Arg     Expr
	Indexes []Index
	T       *types.Type
}

// Index is one subscript. In a slice Lower and Upper may be nil.
type Index struct {
	Lower, Upper Expr
	Slice        bool
}

// NewSubscript checks and coerces the subscripts. Indexes that are no slice have
// their expression in Upper.
func NewSubscript(arg Expr, indexes []Index, loc int) (Expr, error) {
	if BaseType(arg.Type()) == types.JSONB {
		return jsonSubscript(arg, indexes, loc)
	}
	if isHstore(arg.Type()) {
		return hstoreSubscript(arg, indexes, loc)
	}
	if fixedParts[BaseType(arg.Type())].count > 0 {
		return newFixedElement(arg, indexes, loc)
	}
	elem := ElementOf(arg.Type())
	if arg.Type() == types.Name {
		elem = types.Char
	}
	if elem == nil {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, "cannot subscript type %s because it does not support subscripting", arg.Type()).At(loc)
	}
	out := &Subscript{Arg: arg, T: elem}
	sub := func(e Expr) (Expr, error) {
		if e == nil {
			return nil, nil
		}
		if e.Type() != types.Unknown && !CanCoerce(e.Type(), types.Int4, Assignment) {
			return nil, sqlerr.New(sqlerr.DatatypeMismatch, "array subscript must have type integer").At(loc)
		}
		return Coerce(e, types.Int4, types.NoTypmod, Assignment)
	}
	for _, ix := range indexes {
		if ix.Slice {
			out.T = BaseType(arg.Type())
		}
		lower, err := sub(ix.Lower)
		if err != nil {
			return nil, err
		}
		upper, err := sub(ix.Upper)
		if err != nil {
			return nil, err
		}
		out.Indexes = append(out.Indexes, Index{lower, upper, ix.Slice})
	}
	return out, nil
}

func (e *Subscript) Type() *types.Type { return e.T }
func (e *Subscript) Typmod() int32     { return e.Arg.Typmod() }
func (e *Subscript) Children() []Expr {
	out := []Expr{e.Arg}
	for _, ix := range e.Indexes {
		if ix.Lower != nil {
			out = append(out, ix.Lower)
		}
		if ix.Upper != nil {
			out = append(out, ix.Upper)
		}
	}
	return out
}
func (e *Subscript) WithChildren(c []Expr) Expr {
	n := &Subscript{Arg: c[0], T: e.T}
	c = c[1:]
	for _, ix := range e.Indexes {
		if ix.Lower != nil {
			ix.Lower, c = c[0], c[1:]
		}
		if ix.Upper != nil {
			ix.Upper, c = c[0], c[1:]
		}
		n.Indexes = append(n.Indexes, ix)
	}
	return n
}

// nameBytes is a name as the array of bytes it can be subscripted as, from 0.
func nameBytes(s string) *types.Array {
	elems := make([]types.Datum, len(s))
	for i := range elems {
		elems[i] = types.Int(int64(s[i]))
	}
	return types.NewVector(types.Char, elems)
}

// Eval is NULL outside the array, and the empty array for a slice outside it.
func (e *Subscript) Eval(c *Context, row types.Row) (types.Datum, error) {
	v, err := e.Arg.Eval(c, row)
	if err != nil || v.IsNull() {
		return types.Null, err
	}
	a := v.Array()
	if v.IsString() {
		a = nameBytes(v.Str())
	}
	slice := false
	for _, ix := range e.Indexes {
		slice = slice || ix.Slice
	}
	type bounds struct{ low, high int }
	subs := make([]bounds, len(e.Indexes))
	for i, ix := range e.Indexes {
		b := bounds{1, 0}
		if i < len(a.Dims) {
			b = bounds{a.Lower[i], a.Lower[i] + a.Dims[i] - 1}
		}
		if ix.Upper != nil {
			u, err := ix.Upper.Eval(c, row)
			if err != nil || u.IsNull() {
				return types.Null, err
			}
			b.high = int(u.Int())
			if !ix.Slice {
				b.low = 1
				if !slice {
					b.low = b.high
				}
			}
		}
		if ix.Lower != nil {
			l, err := ix.Lower.Eval(c, row)
			if err != nil || l.IsNull() {
				return types.Null, err
			}
			b.low = int(l.Int())
		}
		subs[i] = b
	}
	if !slice {
		if len(subs) != len(a.Dims) {
			return types.Null, nil
		}
		at := 0
		for i, s := range subs {
			if s.low < a.Lower[i] || s.low >= a.Lower[i]+a.Dims[i] {
				return types.Null, nil
			}
			at = at*a.Dims[i] + s.low - a.Lower[i]
		}
		return a.Elems[at], nil
	}
	empty := types.Object(&types.Array{Elem: a.Elem})
	if len(a.Dims) < len(subs) || len(a.Dims) == 0 {
		return empty, nil
	}
	out := &types.Array{Elem: a.Elem}
	from := make([]int, len(a.Dims))
	for i := range a.Dims {
		low, high := a.Lower[i], a.Lower[i]+a.Dims[i]-1
		if i < len(subs) {
			low, high = max(low, subs[i].low), min(high, subs[i].high)
		}
		if high < low {
			return empty, nil
		}
		from[i] = low - a.Lower[i]
		out.Dims, out.Lower = append(out.Dims, high-low+1), append(out.Lower, 1)
	}
	var copyDim func(dim, base int)
	copyDim = func(dim, base int) {
		for i := range out.Dims[dim] {
			at := base*a.Dims[dim] + from[dim] + i
			if dim == len(out.Dims)-1 {
				out.Elems = append(out.Elems, a.Elems[at])
			} else {
				copyDim(dim+1, at)
			}
		}
	}
	copyDim(0, 0)
	return types.Object(out), nil
}

// jsonSubscript turns j['a'][1] into j #> '{a,1}'.
func jsonSubscript(arg Expr, indexes []Index, loc int) (Expr, error) {
	keys, err := jsonKeys(indexes, loc)
	if err != nil {
		return nil, err
	}
	return ResolveOperator("#>", arg, &ArrayExpr{Elems: keys, T: types.Text.Array}, loc)
}

// jsonKeys gives the subscripts of jsonb as text.
func jsonKeys(indexes []Index, loc int) (keys []Expr, err error) {
	for _, ix := range indexes {
		if ix.Slice {
			return nil, sqlerr.New(sqlerr.DatatypeMismatch, "jsonb subscript does not support slices").At(loc)
		}
		k := ix.Upper
		if from := k.Type(); from != types.Unknown {
			integer, text := CanCoerce(from, types.Int4, Implicit), CanCoerce(from, types.Text, Implicit)
			switch {
			case integer && text:
				return nil, sqlerr.New(sqlerr.DatatypeMismatch, "subscript type %s is not supported", from).
					WithHint("jsonb subscript must be coercible to only one type, integer or text.").At(LocOf(k))
			case !integer && !text:
				return nil, sqlerr.New(sqlerr.DatatypeMismatch, "subscript type %s is not supported", from).
					WithHint("jsonb subscript must be coercible to either integer or text.").At(LocOf(k))
			case integer:
				if k, err = Coerce(k, types.Int4, types.NoTypmod, Implicit); err != nil {
					return nil, err
				}
			}
		}
		if k, err = Coerce(k, types.Text, types.NoTypmod, Assignment); err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, nil
}

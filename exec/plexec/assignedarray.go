package plexec

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plpgsql"
	"github.com/kalamsql/kalamsql/sql/types"
)

// # Arrays that are filled element by element
//
// Arrays are immutable: a[i] := v makes another one. A loop that fills an array would so
// cost the square of its length. But what such an assignment has made is the variable's
// alone until somebody is given it: then the next assignment may put its value where the
// old one is. variable.own says so. It ends when the variable gets another value, and when
// its value is given to whoever might keep it: a statement, a function of a user, the caller,
// or an expression whose result could be the array or have it as a part. a[i] and
// array_length(a, 1) do not, which is what loops look at.
//
// What is assigned has another header each time, so that who remembers something of an
// array, as the hash set of x = ANY(a), does not take it for the one it was.

// assignElement replaces an element, or a slice, of a variable.
func (f *frame) assignElement(t *plpgsql.Target, v typed) error {
	k, at := &f.fn.kinds[t.Variable], &f.vars[t.Variable]
	was := at.value.Array()
	d, err := f.element(t, typed{at.value, k.typ, k.typmod}, v, at)
	if err != nil {
		return err
	}
	own, of := at.own, k.typ
	for of.Kind == types.KindDomain {
		of = of.Base // what is stored has to be checked
	}
	if err := f.store(t.Variable, typed{d, of, k.typmod}); err != nil {
		return err
	}
	now := at.value.Array()
	// A domain may refuse the next one: then the value stays what it is.
	at.own = k.typ.IsArray() && k.typ.Kind != types.KindDomain && now != nil && (own || now != was)
	return nil
}

// inPlace replaces an element of an array of one dimension that nobody else knows; false if it
// has none with that index.
func inPlace(a *types.Array, index *expr.Const, v types.Datum) (types.Datum, bool) {
	if a == nil || len(a.Dims) != 1 || index.Value.IsNull() || !wholeNumber(index.T) {
		return types.Null, false
	}
	i := index.Value.Int() - int64(a.Lower[0])
	if i < 0 || i >= int64(len(a.Elems)) {
		return types.Null, false
	}
	a.Elems[i] = v
	return types.Object(&types.Array{Elem: a.Elem, Dims: a.Dims, Lower: a.Lower, Elems: a.Elems}), true
}

func wholeNumber(t *types.Type) bool {
	return t == types.Int2 || t == types.Int4 || t == types.Int8
}

// given notes that somebody has been given the values of a plan's parameters.
func (f *frame) given(p *prepared) {
	for _, s := range p.slots {
		f.vars[s.variable].own = false
	}
}

// keepsNothing says that a result has no array in it.
func keepsNothing(d types.Datum, t *types.Type) bool {
	return d.IsNull() || d.IsScalar() || d.IsString() || t == types.Numeric
}

// element gives an array with the element replaced that the target's subscripts name. of is
// the variable that the array is the value of, nil if it is a part of one.
func (f *frame) element(t *plpgsql.Target, array, v typed, of *variable) (types.Datum, error) {
	var indexes []expr.Index
	for _, i := range t.Indexes {
		x := expr.Index{Slice: i.Slice}
		for _, b := range []struct {
			e  *plpgsql.Expr
			to *expr.Expr
		}{{i.Lower, &x.Lower}, {i.Upper, &x.Upper}} {
			if b.e == nil {
				continue
			}
			at, err := f.value(b.e)
			if err != nil {
				return types.Null, err
			}
			if at.value.IsNull() && at.typ == types.Text {
				at.typ = types.Unknown // what a literal NULL was
			}
			*b.to = constant(at)
		}
		indexes = append(indexes, x)
	}
	if t.Inner != nil {
		old, err := expr.NewSubscript(constant(array), indexes, -1)
		if err != nil {
			return types.Null, err
		}
		was, err := old.Eval(f.evaluation(), nil)
		if err != nil {
			return types.Null, err
		}
		d, err := f.within(t.Inner, t.Inner.Fields, typed{was, old.Type(), old.Typmod()}, v)
		if err != nil {
			return types.Null, err
		}
		v = typed{d, old.Type(), old.Typmod()}
	}
	if array.typ == types.JSONB {
		d, err := f.convert(v, types.JSONB, types.NoTypmod)
		if err != nil {
			return types.Null, err
		}
		v = typed{d, types.JSONB, types.NoTypmod}
		set, err := expr.NewSetJSONElement(t.Name, constant(array), indexes, constant(v), -1)
		if err != nil {
			return types.Null, err
		}
		return set.Eval(f.evaluation(), nil)
	}
	if expr.BaseType(array.typ).Brought == "hstore" {
		d, err := f.convert(v, types.Text, types.NoTypmod)
		if err != nil {
			return types.Null, err
		}
		set, err := expr.NewSetHstoreElement(t.Name, constant(array), indexes, constant(typed{d, types.Text, types.NoTypmod}), -1)
		if err != nil {
			return types.Null, err
		}
		return set.Eval(f.evaluation(), nil)
	}
	if want := array.typ; want.IsArray() {
		if !t.Indexes[0].Slice {
			want = want.Elem
		}
		d, err := f.convert(v, want, array.typmod)
		if err != nil {
			return types.Null, err
		}
		v = typed{d, want, array.typmod}
	}
	if of != nil && of.own && len(indexes) == 1 && !indexes[0].Slice {
		if d, ok := inPlace(array.value.Array(), indexes[0].Upper.(*expr.Const), v.value); ok {
			return d, nil
		}
	}
	set, err := expr.NewSetElement(t.Name, constant(array), indexes, constant(v), 0)
	if err != nil {
		return types.Null, err
	}
	return set.Eval(f.evaluation(), nil)
}

package expr

import (
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// generics is what polymorphic types stand for in a call.
type generics struct {
	elem, array             *types.Type // anyelement, anyarray
	over, multi             *types.Type // anyrange, anymultirange
	compatible, compatArray *types.Type // anycompatible, anycompatiblearray
	compatOver, compatMulti *types.Type // anycompatiblerange, anycompatiblemultirange
}

// bindGenerics finds what the polymorphic types of a candidate stand for; ok is
// false if the arguments contradict each other.
func bindGenerics(actual, declared []*types.Type) (g generics, ok bool) {
	var commons []Expr
	sawCompatible, nonarray := false, false
	for i, d := range declared {
		a := actual[i]
		switch d {
		case types.AnyElement, types.AnyNonarray, types.AnyEnum:
			if a == types.Unknown {
				continue
			}
			nonarray = nonarray || d == types.AnyNonarray
			if g.elem != nil && !g.elem.Same(a) {
				return g, false
			}
			g.elem = a
		case types.AnyArray:
			if a == types.Unknown {
				continue
			}
			a = BaseType(a)
			if a == types.AnyArray {
				g.array = a
				continue
			}
			if g.array != nil && !g.array.Same(a) {
				return g, false
			}
			g.array = a
		case types.AnyRange:
			if a == types.Unknown {
				continue
			}
			a = BaseType(a)
			if g.over != nil && !g.over.Same(a) {
				return g, false
			}
			g.over = a
		case types.AnyMultirange:
			if a == types.Unknown {
				continue
			}
			a = BaseType(a)
			if g.multi != nil && !g.multi.Same(a) {
				return g, false
			}
			g.multi = a
		case types.AnyCompatible, types.AnyCompatiblenonarray:
			sawCompatible = true
			if a != types.Unknown {
				commons = append(commons, &Column{T: a})
			}
		case types.AnyCompatiblearray:
			sawCompatible = true
			if a != types.Unknown {
				e := ElementOf(a)
				if e == nil {
					return g, false
				}
				commons = append(commons, &Column{T: e})
			}
		case types.AnyCompatiblerange, types.AnyCompatiblemultirange:
			sawCompatible = true
			if a == types.Unknown {
				continue
			}
			a = BaseType(a)
			of := &g.compatOver
			if d == types.AnyCompatiblemultirange {
				of = &g.compatMulti
			}
			if a.Subtype == nil {
				return g, false // no range, or anyrange itself
			}
			if *of != nil && !(*of).Same(a) {
				return g, false
			}
			*of = a
		}
	}
	if g.multi != nil {
		if g.over == nil {
			g.over = g.multi.Subtype
		} else if !g.over.Same(g.multi.Subtype) {
			return g, false
		}
	}
	if g.over != nil {
		g.multi = g.over.Multi
		if g.elem == nil {
			g.elem = g.over.Subtype
		} else if !BaseType(g.elem).Same(g.over.Subtype) {
			return g, false
		}
	}
	if g.array != nil && g.array != types.AnyArray {
		e := ElementOf(g.array)
		if g.elem == nil {
			g.elem = e
		} else if !g.elem.Same(e) && !BaseType(g.elem).Same(e) {
			return g, false
		}
	} else if g.elem != nil && g.array == nil {
		g.array = g.elem.Array
	}
	if nonarray && g.elem != nil && ElementOf(g.elem) != nil {
		return g, false
	}
	if g.compatMulti != nil && g.compatOver == nil {
		g.compatOver = g.compatMulti.Subtype
	}
	if g.compatOver != nil {
		if g.compatMulti != nil && !g.compatMulti.Same(g.compatOver.Multi) {
			return g, false
		}
		g.compatMulti = g.compatOver.Multi
		commons = append(commons, &Column{T: g.compatOver.Subtype})
	}
	if sawCompatible {
		if len(commons) == 0 {
			g.compatible = types.Text
		} else {
			t, _, ok := builtinTyping.commonType(commons)
			if !ok {
				return g, false
			}
			if g.compatible = t; g.compatOver != nil && !g.compatOver.Subtype.Same(t) {
				return g, false // a range cannot become one over another type
			}
		}
		g.compatArray = g.compatible.Array
		for _, d := range declared {
			if d == types.AnyCompatiblearray && g.compatArray == nil || d == types.AnyCompatiblenonarray && ElementOf(g.compatible) != nil {
				return g, false
			}
		}
	}
	return g, true
}

// Polymorphic says whether a type stands for others.
func Polymorphic(t *types.Type) bool { return isPolymorphic(t) }

// Generics gives what the polymorphic types of a function stand for, which has
// declared argument types and is called with actual ones; nil for what none of
// them tells.
func Generics(actual, declared []*types.Type) func(*types.Type) *types.Type {
	g, _ := bindGenerics(actual, declared)
	return g.apply
}

// apply replaces a polymorphic type; nil if nothing says what it stands for.
func (g generics) apply(t *types.Type) *types.Type {
	switch t {
	case types.AnyElement, types.AnyNonarray, types.AnyEnum:
		return g.elem
	case types.AnyArray:
		return g.array
	case types.AnyRange:
		return g.over
	case types.AnyMultirange:
		return g.multi
	case types.AnyCompatible, types.AnyCompatiblenonarray:
		return g.compatible
	case types.AnyCompatiblearray:
		return g.compatArray
	case types.AnyCompatiblerange:
		return g.compatOver
	case types.AnyCompatiblemultirange:
		return g.compatMulti
	}
	return t
}

// undetermined is the error of a call that does not tell what a polymorphic type stands
// for: one of its declared types or its result.
func (g generics) undetermined(declared []*types.Type, result *types.Type) error {
	which := ""
	if g.array == types.AnyArray && g.elem == nil {
		return sqlerr.New(sqlerr.DatatypeMismatch, `cannot determine element type of "anyarray" argument`).Nowhere()
	}
	for _, d := range append([]*types.Type{result}, declared...) {
		switch {
		case d == types.AnyCompatiblerange && g.compatOver == nil:
			which = " anycompatiblerange"
		case d == types.AnyCompatiblemultirange && g.compatMulti == nil && which == "":
			which = " anycompatiblemultirange"
		case (d == types.AnyRange || d == types.AnyMultirange) && g.elem != nil && g.over == nil && which == "":
			which = " " + d.Name
		}
	}
	return sqlerr.New(sqlerr.DatatypeMismatch, "could not determine polymorphic type%s because input has type unknown", which).Nowhere()
}

package expr

import (
	"github.com/kalamsql/kalamsql/sql/types"
)

// This file has the choice among overloads, the same for functions and
// operators: PostgreSQL's func_select_candidate ("Typical conversion rules" in
// the documentation, chapter Type Conversion).

// candidate is an overload with the argument types it takes in this call.
type candidate struct {
	args []*types.Type
	fn   *Function
	op   *Operator
	// nvariadic is how many arguments a VARIADIC parameter was expanded to.
	nvariadic int
	ndefaults int
	order     []int // argument order of a named call
}

// matching keeps the candidates that the inputs can be coerced to implicitly.
func (y *Typing) matching(inputs []*types.Type, all []candidate) []candidate {
	var out []candidate
	for _, c := range all {
		if y.canCoerceAll(inputs, c.args) {
			out = append(out, c)
		}
	}
	return out
}

func (y *Typing) canCoerceAll(from, to []*types.Type) bool {
	generic := false
	for i := range from {
		if !y.CanCoerce(from[i], to[i], Implicit) {
			return false
		}
		generic = generic || isPolymorphic(to[i])
	}
	if generic {
		_, ok := bindGenerics(from, to)
		return ok
	}
	return true
}

// choose picks the best of several candidates that all match, or -1.
func (y *Typing) choose(inputs []*types.Type, cands []candidate) int {
	if len(cands) == 0 {
		return -1
	}
	in := make([]*types.Type, len(inputs))
	unknowns := 0
	for i, t := range inputs {
		in[i] = t
		if t == types.Unknown {
			unknowns++
		} else {
			in[i] = baseType(t)
		}
	}
	index := make([]int, len(cands))
	for i := range index {
		index[i] = i
	}
	// Keep those with the most exact matches.
	index = keepBest(index, func(i int) int {
		n := 0
		for k, t := range cands[i].args {
			if in[k] != types.Unknown && t.Same(in[k]) {
				n++
			}
		}
		return n
	})
	if len(index) == 1 {
		return index[0]
	}
	// Keep those with the most exact or preferred matches.
	index = keepBest(index, func(i int) int {
		n := 0
		for k, t := range cands[i].args {
			if in[k] != types.Unknown && (t.Same(in[k]) || t.Category == in[k].Category && t.Preferred) {
				n++
			}
		}
		return n
	})
	if len(index) == 1 {
		return index[0]
	}
	if unknowns == 0 {
		return -1
	}
	index = byCategory(in, cands, index)
	if len(index) == 1 {
		return index[0]
	}
	return y.likeKnown(in, cands, index, unknowns)
}

func keepBest(index []int, score func(int) int) []int {
	best, out := -1, []int(nil)
	for _, i := range index {
		n := score(i)
		if n > best {
			best, out = n, nil
		}
		if n == best {
			out = append(out, i)
		}
	}
	return out
}

// byCategory decides a category for every unknown argument: string if any
// candidate takes one, else the one all agree on; then drops what does not fit.
func byCategory(in []*types.Type, cands []candidate, index []int) []int {
	category := make([]byte, len(in))
	preferred := make([]bool, len(in))
	for k, t := range in {
		if t != types.Unknown {
			continue
		}
		resolved := false
		for _, i := range index {
			a := cands[i].args[k]
			switch {
			case !resolved && category[k] == 0:
				category[k], preferred[k] = a.Category, a.Preferred
			case a.Category == category[k]:
				preferred[k] = preferred[k] || a.Preferred
			case a.Category == 'S':
				category[k], preferred[k] = 'S', a.Preferred
			case category[k] != 'S':
				// A conflict, unless a string candidate comes later.
				resolved = true
			}
		}
		if resolved && category[k] != 'S' {
			return index
		}
	}
	var out []int
	for _, i := range index {
		keep := true
		for k, t := range in {
			if t != types.Unknown {
				continue
			}
			a := cands[i].args[k]
			if a.Category != category[k] || preferred[k] && !a.Preferred {
				keep = false
				break
			}
		}
		if keep {
			out = append(out, i)
		}
	}
	if len(out) == 0 {
		return index
	}
	return out
}

// likeKnown is the last rule: if the known arguments are all of one type, take
// the unknown ones for that type too.
func (y *Typing) likeKnown(in []*types.Type, cands []candidate, index []int, unknowns int) int {
	if unknowns == len(in) {
		return -1
	}
	var known *types.Type
	for _, t := range in {
		if t == types.Unknown {
			continue
		}
		if known != nil && !known.Same(t) {
			return -1
		}
		known = t
	}
	guess := make([]*types.Type, len(in))
	for i := range guess {
		guess[i] = known
	}
	found := -1
	for _, i := range index {
		if y.canCoerceAll(guess, cands[i].args) {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// generics is what polymorphic types stand for in a call.
type generics struct {
	elem, array             *types.Type // anyelement, anyarray
	over, multi             *types.Type // anyrange, anymultirange
	compatible, compatArray *types.Type // anycompatible, anycompatiblearray
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
			a = baseType(a)
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
			a = baseType(a)
			if g.over != nil && !g.over.Same(a) {
				return g, false
			}
			g.over = a
		case types.AnyMultirange:
			if a == types.Unknown {
				continue
			}
			a = baseType(a)
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
				e := elementOf(a)
				if e == nil {
					return g, false
				}
				commons = append(commons, &Column{T: e})
			}
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
		} else if !baseType(g.elem).Same(g.over.Subtype) {
			return g, false
		}
	}
	if g.array != nil && g.array != types.AnyArray {
		e := elementOf(g.array)
		if g.elem == nil {
			g.elem = e
		} else if !g.elem.Same(e) && !baseType(g.elem).Same(e) {
			return g, false
		}
	} else if g.elem != nil && g.array == nil {
		g.array = g.elem.Array
	}
	if nonarray && g.elem != nil && elementOf(g.elem) != nil {
		return g, false
	}
	if sawCompatible {
		if len(commons) == 0 {
			g.compatible = types.Text
		} else {
			t, _, ok := builtinTyping.commonType(commons)
			if !ok {
				return g, false
			}
			g.compatible = t
		}
		g.compatArray = g.compatible.Array
		for _, d := range declared {
			if d == types.AnyCompatiblearray && g.compatArray == nil || d == types.AnyCompatiblenonarray && elementOf(g.compatible) != nil {
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
	}
	return t
}

// specialize gives a copy of a typed function with its code.
func (f *Function) specialize(args []*types.Type, result *types.Type) *Function {
	n := *f
	n.Eval, n.Typed = f.Typed(args, result), nil
	return &n
}

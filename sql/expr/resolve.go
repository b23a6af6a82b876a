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
	// ambiguous: another overload takes the same arguments, and nothing prefers this one.
	ambiguous bool
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
			in[i] = BaseType(t)
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

// specialize gives a copy of a typed function with its code.
func (f *Function) specialize(args []*types.Type, result *types.Type) *Function {
	n := *f
	n.Eval, n.Typed = f.Typed(args, result), nil
	return &n
}

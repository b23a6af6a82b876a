package expr

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// CallOptions is how a function call was written besides its arguments.
type CallOptions struct {
	Variadic bool     // the last argument is marked VARIADIC
	Distinct bool     // count(DISTINCT ...)
	Star     bool     // count(*)
	Names    []string // per argument, its name or "" for positional ones
	// WithinGroup is the number of arguments, at the end, that come from an
	// ordered-set aggregate's ORDER BY.
	WithinGroup int
	// Candidates are functions that users made, tried with the built-in ones.
	Candidates []*Function
	// Schema qualifies the name, and only candidates have it; empty: it is unqualified.
	Schema string
	// Qualifier is what stands before the name, for errors; empty: nothing, or the schema.
	Qualifier string
	// Default binds the default of a parameter of a function that a user made.
	Default func(f *Function, text string, t *types.Type) (Expr, error)
}

// named says whether an argument was written with its name.
func (o CallOptions) named() bool {
	for _, name := range o.Names {
		if name != "" {
			return true
		}
	}
	return false
}

// Resolved is a function call with its overload chosen.
type Resolved struct {
	Fn   *Function
	Args []Expr // coerced; defaults filled in; VARIADIC arguments as one array
	Type *types.Type
}

// Call makes the expression of a plain function.
func (r *Resolved) Call(loc int) *Call {
	return &Call{Fn: r.Fn, Args: r.Args, T: r.Type, Mod: types.NoTypmod, Form: FormFunction, Loc: loc}
}

// ResolveFunction finds the function for a name and arguments and coerces the
// arguments. None is 42883, more than one 42725, one without code here 0A000. A
// name that is a type's, with one argument, is a cast as in PostgreSQL.
func (y *Typing) ResolveFunction(name string, args []Expr, opts CallOptions, loc int) (*Resolved, error) {
	load()
	inputs := make([]*types.Type, len(args))
	for i, a := range args {
		inputs[i] = a.Type()
	}
	known := builtin.functions[name][:len(builtin.functions[name]):len(builtin.functions[name])]
	shown := name
	if opts.Schema != "" {
		known, shown = nil, opts.Schema+"."+name
	}
	if opts.Qualifier != "" {
		shown = opts.Qualifier + "." + name
	}
	if opts.Schema == "" {
		known = append(known, extensionAggregates(name, inputs)...)
	}
	all := callCandidates(visible(known, opts.Candidates), len(args), opts)
	var chosen *candidate
	for i := range all {
		if exactMatch(inputs, all[i].args) {
			chosen = &all[i]
			break
		}
	}
	if chosen == nil {
		if t := castName(name); t != nil && len(args) == 1 && !opts.named() && !opts.Variadic && !opts.Star {
			if r, err := y.functionAsCast(args[0], t); r != nil || err != nil {
				return r, err
			}
		}
		cands := y.matching(inputs, all)
		if len(cands) == 1 {
			chosen = &cands[0]
		} else if i := y.choose(inputs, cands); i >= 0 {
			chosen = &cands[i]
		} else if len(cands) > 1 {
			chosen = &candidate{ambiguous: true}
		}
	}
	if chosen != nil && chosen.ambiguous {
		return nil, sqlerr.New(sqlerr.AmbiguousFunction, "function %s is not unique", callSignature(shown, inputs, opts.Names)).
			WithHint("Could not choose a best candidate function. You might need to add explicit type casts.").At(loc)
	}
	if chosen == nil {
		hint := "No function matches the given name and argument types. You might need to add explicit type casts."
		if anyAggregate(name) && opts.Distinct {
			hint = "No aggregate function matches the given name and argument types. Perhaps you misplaced ORDER BY; ORDER BY must appear after all regular arguments of the aggregate."
		}
		return nil, sqlerr.New(sqlerr.UndefinedFunction, "function %s does not exist", callSignature(shown, inputs, opts.Names)).WithHint("%s", hint).At(loc)
	}
	return y.bindCall(name, chosen, args, opts, loc)
}

// visible puts built-in functions and those of users together: of two with the same
// argument types, the search path finds the one whose schema comes first.
func visible(known, candidates []*Function) []*Function {
	like := func(list []*Function, f *Function, first bool) bool {
		return slices.ContainsFunc(list, func(o *Function) bool {
			return o.Before == first && slices.EqualFunc(o.Args, f.Args, (*types.Type).Same)
		})
	}
	if len(candidates) > 0 {
		known = slices.DeleteFunc(slices.Clone(known), func(k *Function) bool { return k.Later })
	}
	out := known
	if slices.ContainsFunc(candidates, func(c *Function) bool { return c.Before }) {
		out = slices.DeleteFunc(slices.Clone(known), func(k *Function) bool { return like(candidates, k, true) })
	}
	for _, c := range candidates {
		if c.Before || !like(known, c, false) {
			out = append(out, c)
		}
	}
	return out
}

func anyAggregate(name string) bool {
	for _, f := range builtin.functions[name] {
		if f.Kind == 'a' {
			return true
		}
	}
	return false
}

func callSignature(name string, inputs []*types.Type, names []string) string {
	parts := make([]string, len(inputs))
	for i, t := range inputs {
		parts[i] = t.String()
		if names != nil && names[i] != "" {
			parts[i] = names[i] + " => " + parts[i]
		}
	}
	return name + "(" + strings.Join(parts, ", ") + ")"
}

// callCandidates lists the overloads that take so many arguments: VARIADIC
// parameters expanded, defaults left out, names put in order. Of two with the
// same argument types, the one of the schema that comes first stays, or the one without
// VARIADIC; where nothing tells them apart the call is ambiguous.
func callCandidates(fns []*Function, n int, opts CallOptions) []candidate {
	var out []candidate
	for _, f := range fns {
		c, ok := callCandidate(f, n, opts)
		if !ok {
			continue
		}
		have := slices.IndexFunc(out, func(o candidate) bool { return exactMatch(o.args, c.args) })
		switch {
		case have < 0:
			out = append(out, c)
		case f.foundBefore(out[have].fn), c.nvariadic == 0 && out[have].nvariadic > 0 && !out[have].fn.foundBefore(f):
			out[have] = c
		case out[have].fn.foundBefore(f), c.nvariadic > 0 && out[have].nvariadic == 0:
		default:
			out[have].ambiguous = true
		}
	}
	return out
}

// foundBefore says whether the search path comes by f before it comes by o.
func (f *Function) foundBefore(o *Function) bool {
	if f.Routine && o.Routine {
		return f.Path < o.Path
	}
	return f.Routine && f.Before || o.Routine && !o.Before
}

func exactMatch(a, b []*types.Type) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !a[i].Same(b[i]) {
			return false
		}
	}
	return true
}

func callCandidate(f *Function, n int, opts CallOptions) (candidate, bool) {
	if opts.Star {
		return candidate{fn: f}, len(f.Args) == 0
	}
	if opts.named() {
		return namedCandidate(f, n, opts)
	}
	if f.Variadic && !opts.Variadic && n >= len(f.Args) {
		elem := f.Args[len(f.Args)-1]
		if elem != types.Any {
			elem = variadicElement(elem)
		}
		args := append([]*types.Type{}, f.Args[:len(f.Args)-1]...)
		for len(args) < n {
			args = append(args, elem)
		}
		return candidate{args: args, fn: f, nvariadic: n - len(f.Args) + 1}, true
	}
	if opts.Variadic && !f.Variadic {
		return candidate{}, false
	}
	if n > len(f.Args) || n < len(f.Args)-f.Defaults {
		return candidate{}, false
	}
	return candidate{args: f.Args[:n], fn: f, ndefaults: len(f.Args) - n}, true
}

func variadicElement(t *types.Type) *types.Type {
	switch t {
	case types.AnyArray:
		return types.AnyElement
	case types.AnyCompatiblearray:
		return types.AnyCompatible
	}
	return t.Elem
}

func namedCandidate(f *Function, n int, opts CallOptions) (candidate, bool) {
	if n > len(f.Args) || len(f.ArgNames) < len(f.Args) {
		return candidate{}, false
	}
	c := candidate{fn: f, order: make([]int, n)}
	used := make([]bool, len(f.Args))
	for i, name := range opts.Names {
		at := -1
		if name == "" {
			at = i
		} else {
			for k := range f.Args {
				if f.ArgNames[k] == name {
					at = k
				}
			}
		}
		if at < 0 || used[at] {
			return candidate{}, false
		}
		used[at] = true
		c.order[i] = at
		c.args = append(c.args, f.Args[at])
	}
	for k := range f.Args {
		if !used[k] && k < len(f.Args)-f.Defaults {
			return candidate{}, false
		}
	}
	c.ndefaults = len(f.Args) - n
	return c, true
}

// bindCall coerces the arguments of a chosen overload.
func (y *Typing) bindCall(name string, c *candidate, args []Expr, opts CallOptions, loc int) (*Resolved, error) {
	f := c.fn
	bound, result, err := y.bindArgs(args, c.args, f.Result, loc)
	if err != nil {
		return nil, err
	}
	if c.order != nil {
		full := make([]Expr, len(f.Args))
		for i, at := range c.order {
			full[at] = bound[i]
		}
		bound = full
	}
	if c.ndefaults > 0 {
		for len(bound) < len(f.Args) {
			bound = append(bound, nil)
		}
		for i := range bound {
			if bound[i] != nil {
				continue
			}
			text := f.DefaultText[i-(len(f.Args)-f.Defaults)]
			if f.Routine {
				bound[i], err = opts.Default(f, text, f.Args[i])
			} else {
				bound[i], err = defaultArg(text, f.Args[i])
			}
			if err != nil {
				return nil, err
			}
		}
	}
	if c.nvariadic > 0 && f.Args[len(f.Args)-1] != types.Any {
		first := len(f.Args) - 1
		elems := append([]Expr{}, bound[first:]...)
		elem := elems[0].Type()
		bound = append(bound[:first:first], &ArrayExpr{Elems: elems, T: elem.Array})
	}
	if f.Variadic && opts.Variadic && f.Args[len(f.Args)-1] == types.Any {
		last := bound[len(bound)-1]
		if ElementOf(last.Type()) == nil {
			return nil, sqlerr.New(sqlerr.DatatypeMismatch, "VARIADIC argument must be an array").At(LocOf(last))
		}
		bound[len(bound)-1] = &Spread{Arg: last}
	}
	if f.Symbol == "pg_collation_for" {
		if f, err = f.collationFor(bound[0]); err != nil {
			return nil, sqlerr.From(err).At(loc)
		}
	}
	if f.Symbol != "pg_typeof" && f.Symbol != "pg_collation_for" {
		for i, b := range bound { // arguments of type "any" keep no unknowns
			if b.Type() == types.Unknown {
				if bound[i], err = y.Coerce(b, types.Text, types.NoTypmod, Implicit); err != nil {
					return nil, err
				}
			}
		}
	}
	fn, err := f.runnable(bound, result)
	if err != nil {
		return nil, sqlerr.From(err).At(loc)
	}
	return &Resolved{Fn: fn, Args: bound, Type: result}, nil
}

// defaultArg reads the default expression of an argument, always a literal.
func defaultArg(text string, t *types.Type) (Expr, error) {
	if strings.HasPrefix(text, "'") {
		if end := strings.LastIndexByte(text, '\''); end > 0 {
			text = text[1:end]
		}
	}
	if n, err := strconv.Unquote(text); err == nil {
		text = n
	}
	if text == "NULL" || strings.HasPrefix(text, "NULL::") {
		return &Const{T: t, Mod: types.NoTypmod, Loc: -1}, nil
	}
	v, err := t.Input(text, types.NoTypmod, types.DefaultEnv)
	if err != nil {
		return nil, err
	}
	return &Const{Value: v, T: t, Mod: types.NoTypmod, Loc: -1}, nil
}

// castName finds the type that a function name may be a cast to.
func castName(name string) *types.Type {
	t := types.ByName(name)
	if t == nil || t.IsArray() || t.Kind == types.KindPseudo {
		return nil
	}
	return t
}

// functionAsCast reads f(x) as a cast where PostgreSQL does: for an untyped
// literal, or where the cast needs no function of its own.
func (y *Typing) functionAsCast(arg Expr, t *types.Type) (*Resolved, error) {
	from := arg.Type()
	if from != types.Unknown {
		p := y.findPathway(from, t, Explicit)
		switch p.kind {
		case relabelPath:
		case textPath:
			if from.Kind == types.KindComposite && t.Category == 'S' {
				return nil, nil
			}
		default:
			return nil, nil
		}
	}
	e, err := y.Coerce(arg, t, types.NoTypmod, Explicit)
	if err != nil {
		return nil, err
	}
	return &Resolved{Fn: identity, Args: []Expr{e}, Type: t}, nil
}

// identity answers its argument.
var identity = &Function{Name: "", Args: []*types.Type{types.Any}, Result: types.Any, Kind: 'f',
	Eval: func(_ *Context, args []types.Datum) (types.Datum, error) { return args[0], nil }}

// Spread marks an array whose elements are the arguments of a VARIADIC "any"
// function.
type Spread struct{ Arg Expr }

func (e *Spread) Type() *types.Type                                   { return e.Arg.Type() }
func (e *Spread) Typmod() int32                                       { return types.NoTypmod }
func (e *Spread) Children() []Expr                                    { return []Expr{e.Arg} }
func (e *Spread) WithChildren(c []Expr) Expr                          { return &Spread{Arg: c[0]} }
func (e *Spread) Eval(c *Context, row types.Row) (types.Datum, error) { return e.Arg.Eval(c, row) }

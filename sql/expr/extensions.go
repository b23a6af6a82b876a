package expr

import (
	"slices"
	"strings"
	"sync"

	"github.com/kalamsql/kalamsql/sql/textsearch"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Extension is one that CREATE EXTENSION can make: its functions exist in a database
// while it does.
type Extension struct {
	Name, Version, Comment string
	// Requires names the extensions that must be there before.
	Requires []string
	// Untrusted: only superusers make it. Fixed: it stays in the schema that it was made in.
	Untrusted, Fixed bool
	// Types stand in Functions, Operators and Casts for the types that the extension
	// brings (ExtensionType).
	Types []*types.Type
	// First is the OID of the first of its operators, behind which its casts have theirs.
	First     types.OID
	Functions []*ExtensionFunction
	Operators []ExtensionOperator
	Casts     []ExtensionCast
	// Aggregates are the built-in ones whose arguments and results the type can be,
	// compared in its own order.
	Aggregates []string
	// Dictionary is the text search template and dictionary that it brings, both of its
	// name; nil: none.
	Dictionary *ExtensionDictionary
	// Views are made after the functions, and Script is run then: statements of SQL, in
	// which @extschema@ is the schema.
	Views  []ExtensionView
	Script []string

	// load reads what is recorded of it; nil: nothing is.
	load   func()
	loaded sync.Once
	code   map[string]*ExtensionFunction
}

// ExtensionDictionary is a text search dictionary of an extension.
type ExtensionDictionary struct {
	Lexize  types.OID
	Options []textsearch.Option
}

// ExtensionView is a view, with the text of its query.
type ExtensionView struct{ Name, Query string }

// ExtensionOperator is an operator; the code is that of the function.
type ExtensionOperator struct {
	Name        string
	Left, Right *types.Type // Left is nil for a prefix operator
	Function    *ExtensionFunction
	// Commutator and Negator are the names of operators; empty: none.
	Commutator, Negator string
}

// ExtensionCast is a cast; the code is that of the function, or nil where the value
// stays as it is.
type ExtensionCast struct {
	Source, Target *types.Type
	Function       *ExtensionFunction
	Context        CoercionContext
}

// ExtensionFunction is a function of an extension, as its script declares it.
type ExtensionFunction struct {
	Name       string
	Args       []*types.Type
	ArgNames   []string // nil: the arguments have no names
	Defaults   []string // of the last arguments, SQL text
	Result     *types.Type
	Volatility byte // pg_proc.provolatile
	Strict     bool
	Symbol     string // names the code in the extension's library
	// Eval computes the value, Set the rows of a set. Where both are nil the function
	// is there to be seen, and refused when it is called.
	Eval EvalFunc
	Set  SetFunc
	// Typed makes Eval for given types, WithFields the records of a set for the fields
	// that the query, or the function as it is declared, gives them; Set is then what
	// happens where nothing does.
	Typed      TypedFunc
	WithFields func(fields []types.Field) SetFunc
	// Columns are the columns of a set of records.
	Columns []types.Field
}

var extensions []*Extension

// Extensions lists those there are, by name. What they declare may not have been read
// yet (ExtensionNamed).
func Extensions() []*Extension { return extensions }

// ExtensionNamed finds one, or nil.
func ExtensionNamed(name string) *Extension {
	at, found := slices.BinarySearchFunc(extensions, name, func(e *Extension, name string) int { return strings.Compare(e.Name, name) })
	if !found {
		return nil
	}
	return extensions[at].declared()
}

// declared is the extension with what it declares.
func (e *Extension) declared() *Extension {
	e.loaded.Do(func() {
		if e.load != nil {
			e.load()
		}
		e.code = make(map[string]*ExtensionFunction, len(e.Functions))
		for _, f := range e.Functions {
			for _, key := range []string{f.Symbol, f.Symbol + " " + f.Name} {
				if e.code[key] == nil {
					e.code[key] = f
				}
			}
		}
	})
	return e
}

// ExtensionCode is the function that a symbol of an extension's library names, or nil; of
// several the one of the function's name.
func ExtensionCode(library, symbol, name string) *ExtensionFunction {
	e := ExtensionNamed(library)
	if e == nil {
		return nil
	}
	if f := e.code[symbol+" "+name]; f != nil {
		return f
	}
	return e.code[symbol]
}

// Of gives t, or what stands for it where it is one of the extension's types or arrays of
// one: own is any of those in a database.
func (e *Extension) Of(t, own *types.Type) *types.Type {
	switch {
	case t == nil || t.OID != 0:
	case t.Elem != nil:
		return e.Of(t.Elem, own).Array
	case slices.Contains(e.Types, t):
		return own.Companion(t.Name)
	}
	return t
}

// brings says whether a type is one of the extension's.
func (e *Extension) brings(t *types.Type) bool {
	return t != nil && (slices.Contains(e.Types, t) || t.Elem != nil && slices.Contains(e.Types, t.Elem))
}

// function describes one of the extension's functions with its own type.
func (e *Extension) function(f *ExtensionFunction, own *types.Type) *Function {
	fn := &Function{Name: f.Name, Kind: 'f', Result: e.Of(f.Result, own), Strict: f.Strict, Symbol: f.Symbol, Eval: f.Eval, Typed: f.Typed}
	for _, a := range f.Args {
		fn.Args = append(fn.Args, e.Of(a, own))
	}
	return fn
}

// extensionOf finds the extension that brings one of the types, looking through
// domains, and that type.
func extensionOf(list ...*types.Type) (*Extension, *types.Type) {
	for _, t := range list {
		if t == nil {
			continue
		}
		if t = BaseType(t); t.IsArray() {
			t = BaseType(t.Elem)
		}
		if t.Library != "" {
			return ExtensionNamed(t.Library), t
		}
	}
	return nil, nil
}

// extensionOperators gives the operators of a name that the extension of one of the
// operands brings.
func extensionOperators(name string, left, right *types.Type) (list []*Operator) {
	e, own := extensionOf(left, right)
	if e == nil {
		return nil
	}
	for _, o := range e.Operators {
		if o.Name == name {
			fn := e.function(o.Function, own)
			list = append(list, &Operator{Name: name, Left: e.Of(o.Left, own), Right: e.Of(o.Right, own), Result: fn.Result, Fn: fn})
		}
	}
	return list
}

// LibraryOperator makes the call of an operator that an extension brings for the
// server's own types, and names the extension; nil if none of those that has says are
// there has one. left is nil for a prefix operator.
func LibraryOperator(has func(library string) bool, name string, left, right Expr, loc int) (call *Call, library string) {
	for _, e := range extensions {
		if !has(e.Name) {
			continue
		}
		for _, o := range e.declared().Operators {
			if o.Name != name || (o.Left == nil) != (left == nil) || e.brings(o.Left) || e.brings(o.Right) {
				continue
			}
			fn := e.function(o.Function, nil)
			fn.Volatility = map[byte]Volatility{'i': Immutable, 's': Stable, 'v': Volatile}[o.Function.Volatility]
			var args []Expr
			if left != nil {
				l, err := Coerce(left, o.Left, types.NoTypmod, Implicit)
				if err != nil {
					continue
				}
				args = append(args, l)
			}
			r, err := Coerce(right, o.Right, types.NoTypmod, Implicit)
			if err != nil {
				continue
			}
			return &Call{Fn: fn, Args: append(args, r), T: fn.Result, Mod: types.NoTypmod, Form: FormOperator, Op: &Operator{Name: name, Left: o.Left, Right: o.Right, Result: fn.Result, Fn: fn}, Loc: loc}, e.Name
		}
	}
	return nil, ""
}

// extensionCast finds a cast from or to the type of an extension.
func extensionCast(source, target *types.Type) *Cast {
	e, own := extensionOf(source, target)
	if e == nil {
		return nil
	}
	for _, c := range e.Casts {
		if e.Of(c.Source, own).Same(source) && e.Of(c.Target, own).Same(target) {
			if c.Function == nil {
				return &Cast{Source: source, Target: target, Context: c.Context, Method: 'b'}
			}
			return &Cast{Source: source, Target: target, Fn: e.function(c.Function, own), Context: c.Context, Method: 'f'}
		}
	}
	return nil
}

// extensionAggregates gives an aggregate over the type of an extension, if it has it.
func extensionAggregates(name string, args []*types.Type) []*Function {
	e, own := extensionOf(args...)
	if e == nil || len(args) != 1 || !own.Same(BaseType(args[0])) || !slices.Contains(e.Aggregates, name) {
		return nil
	}
	return []*Function{{Name: name, Kind: 'a', AggKind: 'n', Args: []*types.Type{own}, Result: own, Aggregate: aggCode[name], Strict: strictAggregates[name]}}
}

// offer adds an extension.
func offer(e *Extension) {
	extensions = append(extensions, e)
	slices.SortFunc(extensions, func(a, b *Extension) int { return strings.Compare(a.Name, b.Name) })
}

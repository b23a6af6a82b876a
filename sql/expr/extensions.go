package expr

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/textsearch"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Extension is one that CREATE EXTENSION can make: its functions exist in a database
// while it does.
type Extension struct {
	Name, Version, Comment string
	// Type stands in Functions, Operators and Casts for the type that the extension
	// brings and that has its name; nil: none.
	Type      *types.Type
	Functions []*ExtensionFunction
	Operators []ExtensionOperator
	Casts     []ExtensionCast
	// Aggregates are the built-in ones whose arguments and results the type can be,
	// compared in its own order.
	Aggregates []string
	// Dictionary is the text search template and dictionary that it brings, both of its
	// name; nil: none.
	Dictionary *ExtensionDictionary
}

// ExtensionDictionary is a text search dictionary of an extension.
type ExtensionDictionary struct {
	Lexize  types.OID
	Options []textsearch.Option
}

// ExtensionOperator is an operator; the code is that of the function.
type ExtensionOperator struct {
	Name        string
	Left, Right *types.Type // Left is nil for a prefix operator
	Function    *ExtensionFunction
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
	Result     *types.Type
	Volatility byte // pg_proc.provolatile
	Strict     bool
	Symbol     string // names the code in the extension's library
	// Eval computes the value, Set the rows of a set. Where both are nil the function
	// is there to be seen, and refused when it is called.
	Eval EvalFunc
	Set  SetFunc
	// Columns are the columns of a set of records.
	Columns []types.Field
}

var extensions []*Extension

// Extensions lists those there are, by name.
func Extensions() []*Extension { return extensions }

// ExtensionNamed finds one, or nil.
func ExtensionNamed(name string) *Extension {
	for _, e := range extensions {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// ExtensionCode is the function that a symbol of an extension's library names, or nil.
func ExtensionCode(library, symbol string) *ExtensionFunction {
	if e := ExtensionNamed(library); e != nil {
		for _, f := range e.Functions {
			if f.Symbol == symbol {
				return f
			}
		}
	}
	return nil
}

// Of gives t, or what stands for it: own, if t is the extension's type.
func (e *Extension) Of(t, own *types.Type) *types.Type {
	if t != nil && t == e.Type {
		return own
	}
	return t
}

// function describes one of the extension's functions with its own type.
func (e *Extension) function(f *ExtensionFunction, own *types.Type) *Function {
	fn := &Function{Name: f.Name, Kind: 'f', Result: e.Of(f.Result, own), Strict: f.Strict, Symbol: f.Symbol, Eval: f.Eval}
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
		if t = BaseType(t); t.Library != "" {
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
// there has one.
func LibraryOperator(has func(library string) bool, name string, left, right Expr, loc int) (call *Call, library string) {
	for _, e := range extensions {
		if e.Type != nil || len(e.Operators) == 0 || !has(e.Name) {
			continue
		}
		for _, o := range e.Operators {
			if o.Name != name {
				continue
			}
			fn := e.function(o.Function, nil)
			fn.Volatility = map[byte]Volatility{'i': Immutable, 's': Stable, 'v': Volatile}[o.Function.Volatility]
			l, err := Coerce(left, o.Left, types.NoTypmod, Implicit)
			if err != nil {
				continue
			}
			r, err := Coerce(right, o.Right, types.NoTypmod, Implicit)
			if err != nil {
				continue
			}
			return &Call{Fn: fn, Args: []Expr{l, r}, T: fn.Result, Mod: types.NoTypmod, Form: FormOperator, Op: &Operator{Name: name, Left: o.Left, Right: o.Right, Result: fn.Result, Fn: fn}, Loc: loc}, e.Name
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
	if e == nil || len(args) != 1 || !slices.Contains(e.Aggregates, name) {
		return nil
	}
	return []*Function{{Name: name, Kind: 'a', AggKind: 'n', Args: []*types.Type{own}, Result: own, Aggregate: aggCode[name], Strict: strictAggregates[name]}}
}

// offer adds an extension.
func offer(e *Extension) {
	extensions = append(extensions, e)
	slices.SortFunc(extensions, func(a, b *Extension) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
}

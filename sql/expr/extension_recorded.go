package expr

import (
	"embed"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/types"
)

// What most extensions declare is recorded from PostgreSQL 15, a line for each type,
// function, operator and cast, and read when somebody first asks for the extension:
//
//	type      name
//	function  name  arguments  result  symbol  flags  names of arguments  columns
//	operator  name  left  right  function  commutator  negator
//	cast      source  target  function  context
//
// Names of types are pg_type's. An empty symbol is the function's name, an empty
// commutator the operator itself or none. Flags are pg_proc.provolatile, s for strict
// and r for a set; names of arguments may have defaults behind, as in a=1. An operator's function is the one that takes its operands.

//go:embed extensions/*.tsv
var recordedExtensions embed.FS

// recorded offers an extension whose declarations are recorded. Its code is by symbol: an
// EvalFunc, a SetFunc, or a function that sets what else there is in a function.
// A function without is there to be seen and refused when it is called.
func recorded(e *Extension, code map[string]any) {
	e.load = func() {
		text, err := recordedExtensions.ReadFile("extensions/" + e.Name + ".tsv")
		if err != nil {
			panic(err)
		}
		for line := range strings.Lines(string(text)) {
			f := append(strings.Split(strings.TrimSuffix(line, "\n"), "\t"), make([]string, 8)...)
			switch f[0] {
			case "type":
				e.Types = append(e.Types, ExtensionType(f[1]))
			case "function":
				e.declareFunction(f, code)
			case "operator":
				o := ExtensionOperator{Name: f[1], Left: e.typeNamed(f[2]), Right: e.typeNamed(f[3]), Commutator: f[5], Negator: f[6]}
				o.Function = e.functionOf(f[4], o.Left, o.Right)
				e.Operators = append(e.Operators, o)
			case "cast":
				c := ExtensionCast{Source: e.typeNamed(f[1]), Target: e.typeNamed(f[2]), Context: castContexts[f[4]]}
				if f[3] != "" {
					c.Function = e.functionOf(f[3], nil, c.Source)
				}
				e.Casts = append(e.Casts, c)
			}
		}
	}
	offer(e)
}

var castContexts = map[string]CoercionContext{"i": Implicit, "a": Assignment, "e": Explicit}

// ExtensionType stands for a type that an extension brings, in its declarations.
func ExtensionType(name string) *types.Type {
	t := &types.Type{Name: name}
	t.Array = &types.Type{Name: "_" + name, Category: 'A', Elem: t}
	return t
}

func (e *Extension) typeNamed(name string) *types.Type {
	if name == "" {
		return nil
	}
	for _, t := range e.Types {
		switch name {
		case t.Name:
			return t
		case t.Array.Name:
			return t.Array
		}
	}
	t := types.ByName(name)
	if t == nil {
		panic("expr: extension " + e.Name + ": type " + name)
	}
	return t
}

func (e *Extension) declareFunction(f []string, code map[string]any) {
	fn := &ExtensionFunction{Name: f[1], Result: e.typeNamed(f[3]), Symbol: f[4], Volatility: f[5][0], Strict: strings.Contains(f[5][1:], "s")}
	if fn.Symbol == "" {
		fn.Symbol = fn.Name
	}
	if f[2] != "" {
		for _, name := range strings.Split(f[2], ",") {
			fn.Args = append(fn.Args, e.typeNamed(name))
		}
	}
	if f[6] != "" {
		for _, name := range strings.Split(f[6], ",") {
			name, preset, has := strings.Cut(name, "=")
			if fn.ArgNames = append(fn.ArgNames, name); has {
				fn.Defaults = append(fn.Defaults, preset)
			}
		}
	}
	if f[7] != "" {
		for _, column := range strings.Split(f[7], ",") {
			name, t, _ := strings.Cut(column, " ")
			fn.Columns = append(fn.Columns, types.Field{Name: name, Type: e.typeNamed(t), Typmod: types.NoTypmod})
		}
	}
	switch c := code[fn.Symbol].(type) {
	case func(*Context, []types.Datum) (types.Datum, error):
		fn.Eval = c
	case EvalFunc:
		fn.Eval = c
	case SetFunc:
		fn.Set = c
	case func(*ExtensionFunction):
		c(fn)
	}
	e.Functions = append(e.Functions, fn)
}

// functionOf finds a function by its name and the types of one or two arguments.
func (e *Extension) functionOf(name string, left, right *types.Type) *ExtensionFunction {
	args := []*types.Type{right}
	if left != nil {
		args = []*types.Type{left, right}
	}
	for _, f := range e.Functions {
		if f.Name == name && slices.Equal(f.Args, args) {
			return f
		}
	}
	panic("expr: extension " + e.Name + ": function " + name)
}

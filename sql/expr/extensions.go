package expr

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Extension is one that CREATE EXTENSION can make: its functions exist in a database
// while it does.
type Extension struct {
	Name, Version, Comment string
	Functions              []*ExtensionFunction
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
	Eval       EvalFunc
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

// ExtensionCode is the code that a symbol of an extension's library names, or nil.
func ExtensionCode(library, symbol string) EvalFunc {
	if e := ExtensionNamed(library); e != nil {
		for _, f := range e.Functions {
			if f.Symbol == symbol {
				return f.Eval
			}
		}
	}
	return nil
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

// Package plpgsql reads bodies of functions in PL/pgSQL.
//
// The tokens are those of PostgreSQL's lexer; above them stands a recursive-descent
// parser in the shape of PostgreSQL's pl_gram.y, with its messages. Expressions and
// SQL statements in a body are cut out as text, their syntax is checked by the
// parser of SQL, and what names in them may stand for is kept beside them (Names).
// The types of variables are not looked at here: that takes a catalog.
package plpgsql

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Function is a body that has been read.
type Function struct {
	Source string
	// Variables are all that are declared anywhere, those given to Parse first.
	Variables []*Variable
	Body      *Block
	Conflict  Conflict
	// PrintStrictParams is what #print_strict_params says.
	PrintStrictParams ParamsOption
	// Shadowing are the declarations of names that variables around them have already, as
	// errors at their places.
	Shadowing []*sqlerr.Error
}

// Conflict says what a name means that is a variable and a column.
type Conflict uint8

// The values of plpgsql.variable_conflict.
const (
	ConflictUnset Conflict = iota
	ConflictError
	UseVariable
	UseColumn
)

// Variable is a declared one.
type Variable struct {
	Name string
	Line int
	// Number is its place in Function.Variables.
	Number int
	// Type is what it was declared as; nil for those whose type whoever gave them
	// to Parse, or what runs, decides.
	Type     *TypeRef
	Constant bool
	NotNull  bool
	Default  *Expr
	// Cursor is set for a bound cursor.
	Cursor *Cursor
}

// TypeRef is a type as it was written.
type TypeRef struct {
	// Name is a type's, or a relation's where it has RowType; nil for a copy.
	Name *ast.TypeName
	// Parts are the names of "a.b.c%TYPE" or of "t%ROWTYPE"; Copied is the variable
	// that %TYPE copies, -1 for none.
	Parts   []string
	Copied  int
	Percent string // "type", "rowtype" or empty
	Record  bool   // record
	Array   bool   // an array of what %TYPE is (not in PostgreSQL 15)
	At      int
	Line    int
}

// Cursor is a bound cursor's query and its parameters.
type Cursor struct {
	Query    *Expr
	Args     []int // variables
	Scroll   bool
	NoScroll bool
}

// Expr is an expression or a statement in SQL.
type Expr struct {
	Text string
	// At is the byte offset in the body.
	At   int
	Line int
	// Names are the variables in sight.
	Names *Names
	// Statement is the statement, of an expression SELECT and it; Value, unless it is
	// nil, the expression when it is no more than that.
	Statement ast.Statement
	Value     ast.Expr
	// Shift is by how much offsets in Statement are greater than those in Text.
	Shift int
	// Shown is how errors show it, if that is not Text, and Within where Text is in
	// it.
	Shown  string
	Within int
	// Number numbers the expressions of a function.
	Number int
}

// Target is what is assigned to: a variable, or a part of one.
type Target struct {
	Variable int
	Fields   []string
	Indexes  []Index
	Inner    *Target // what of the element that Indexes name, which has no Variable; nil: all
	Name     string  // as it was written, without subscripts
}

// Index is a subscript or, with Slice, a slice, whose bounds may be nil.
type Index struct {
	Lower, Upper *Expr
	Slice        bool
}

// Names are what names mean at some place: the newest first, in levels that begin
// with a label, which may be empty.
type Names struct {
	Outer    *Names
	Name     string
	Variable int // -1: a label
	Loop     bool
}

// ParamsOption says whether errors of INTO STRICT tell what the parameters were.
type ParamsOption uint8

// Unless an option says it, plpgsql.print_strict_params does.
const (
	ParamsBySetting ParamsOption = iota
	ParamsPrinted
	ParamsNotPrinted
)

// Find gives the variable that the first one or two of some names mean, and how many
// names that takes; -1 if none.
func (n *Names) Find(names []string) (variable, used int) {
	for n != nil {
		level := n
		for ; n != nil && n.Variable >= 0; n = n.Outer {
			if n.Name == names[0] {
				return n.Variable, 1
			}
		}
		if n == nil {
			break
		}
		if len(names) > 1 && n.Name == names[0] && n.Name != "" {
			for v := level; v != n; v = v.Outer {
				if v.Name == names[1] {
					return v.Variable, 2
				}
			}
		}
		n = n.Outer
	}
	return -1, 0
}

// label finds a label.
func (n *Names) label(name string) *Names {
	for ; n != nil; n = n.Outer {
		if n.Variable < 0 && n.Name == name {
			return n
		}
	}
	return nil
}

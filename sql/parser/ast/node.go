// Package ast is kalamsql's statement tree: what a PostgreSQL user wrote, with
// the names and shapes of PostgreSQL's own raw parse tree (nodes/parsenodes.h),
// before any name in it means anything. Identifiers are folded and unquoted,
// literals are decoded, precedence is settled; nothing is looked up.
//
// A tree is immutable once the parser has returned it: prepared statements
// share it between executions and sessions.
package ast

// Node is anything in a tree.
type Node interface{ node() }

// Statement is one SQL statement.
type Statement interface {
	Node
	// Kind is the name of PostgreSQL's parse node for it: "SelectStmt".
	Kind() string
}

// Expr is a value expression.
type Expr interface {
	Node
	// Pos is the byte offset in the statement's text, or -1.
	Pos() int
}

// TableExpr is an item of a FROM clause.
type TableExpr interface {
	Node
	// Pos is the byte offset in the statement's text, or -1.
	Pos() int
	tableExpr()
}

// Loc is a byte offset in the source text, -1 where there is none. It is
// embedded by every node that errors can point at.
type Loc int

// Pos gives the offset.
func (l Loc) Pos() int { return int(l) }

// Parsed is one statement of a source text.
type Parsed struct {
	Statement Statement // nil for an empty statement
	// Text is the statement's own text, without the semicolon; Start is its
	// byte offset in the source. Locations in the tree count from the source's
	// beginning.
	Text  string
	Start int
	// NumParams is the highest $n that occurs.
	NumParams int
	// Notices are what the scanner had to say (a truncated identifier: 42622).
	Notices []Notice
}

// Notice is a message that did not stop the parse.
type Notice struct {
	Code, Message string
	// Warning: it is one, and no NOTICE. Hint and At, a position in the text from 1, may
	// be missing.
	Warning bool
	Hint    string
	At      int
}

// Name is a possibly qualified name, outermost qualifier first.
type Name struct {
	Loc
	Parts []string
}

func (*Name) node() {}

// RangeVar names a relation: [[catalog.]schema.]relation.
type RangeVar struct {
	Loc
	Catalog, Schema, Name string
	Only                  bool // ONLY t
	Alias                 *Alias
}

func (*RangeVar) node()      {}
func (*RangeVar) tableExpr() {}

// Alias is AS name (columns).
type Alias struct {
	Name    string
	Columns []string
}

// TypeName is a type as written.
type TypeName struct {
	Loc
	Names  []string // "pg_catalog", "int4" for INTEGER; the user's own spelling otherwise
	Mods   []Expr   // (10, 2); for INTERVAL, fields and precision as PostgreSQL encodes them
	Bounds []int    // array bounds, -1 for []; nil if not an array
	SetOf  bool
	// PctType is %TYPE.
	PctType bool
}

func (*TypeName) node() {}

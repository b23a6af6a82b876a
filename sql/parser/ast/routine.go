package ast

// FuncParam is a parameter of a function: name and Default may be missing.
type FuncParam struct {
	Loc
	Name    string
	Mode    byte // pg_proc.proargmodes: 'i', 'o', 'b', 'v', 't'
	Type    *TypeName
	Default Expr
}

// CreateFunctionStmt is CREATE [OR REPLACE] FUNCTION or PROCEDURE.
type CreateFunctionStmt struct {
	Loc
	Replace   bool
	Procedure bool
	Name      *Name
	Params    []*FuncParam
	Returns   *TypeName // nil: what the parameters say
	Table     bool      // RETURNS TABLE
	Options   []*DefElem
	Sets      []*VariableSetStmt
	// Source is AS's string, located where its text begins, or at -1 where it is
	// written in another way in the statement (escapes, parts); Body the statements of BEGIN ATOMIC; Return the
	// expression of RETURN.
	LinkSymbol string // of AS 'file', 'symbol'
	Source     *Const
	Body       []Statement
	Atomic     bool
	Return     Expr
}

// FuncRef names a function: Params are nil where no list was given.
type FuncRef struct {
	Name   *Name
	Params []*FuncParam
	Listed bool
	// Object is what the statement takes it for; empty: a function.
	Object ObjectType
}

// CreateAggregateStmt is CREATE [OR REPLACE] AGGREGATE.
type CreateAggregateStmt struct {
	Loc
	Replace bool
	Name    *Name
	Params  []*FuncParam
	// Old: the parameter is given by basetype, among the options. Ordered: there is
	// ORDER BY among the parameters.
	Old, Ordered bool
	Options      []*AggregateOption
}

// AggregateOption is one attribute of an aggregate: Type is set if its value may be a
// type or a function, which has the type's name, and Text is how it is written.
type AggregateOption struct {
	Loc
	Name string
	Type *TypeName
	Text string
	// Quoted: Text is the value of a string.
	Quoted bool
	// Operator is the value, qualified as it was, if it is OPERATOR(...).
	Operator []string
}

// DropFunctionStmt is DROP FUNCTION, PROCEDURE or ROUTINE.
type DropFunctionStmt struct {
	Object    ObjectType
	Functions []*FuncRef
	IfExists  bool
	Cascade   bool
}

// AlterFunctionStmt is ALTER FUNCTION, PROCEDURE or ROUTINE: options, or one of
// the others.
type AlterFunctionStmt struct {
	Object    ObjectType
	Function  *FuncRef
	Options   []*DefElem
	Sets      []*VariableSetStmt
	NewName   string
	NewSchema string
	NewOwner  *RoleSpec
}

func (*AlterFunctionStmt) node() {}

// Kind implements Statement.
func (*AlterFunctionStmt) Kind() string { return "AlterFunctionStmt" }

func (*FuncParam) node()           {}
func (*FuncRef) node()             {}
func (*CreateFunctionStmt) node()  {}
func (*DropFunctionStmt) node()    {}
func (*CreateAggregateStmt) node() {}

// Kind implements Statement.
func (*CreateFunctionStmt) Kind() string { return "CreateFunctionStmt" }

// Kind implements Statement.
func (*DropFunctionStmt) Kind() string { return "DropStmt" }

// Kind implements Statement.
func (*CreateAggregateStmt) Kind() string { return "DefineStmt" }

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
	Source *Const
	Body   []Statement
	Atomic bool
	Return Expr
}

// FuncRef names a function: Params are nil where no list was given.
type FuncRef struct {
	Name   *Name
	Params []*FuncParam
	Listed bool
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

func (*FuncParam) node()          {}
func (*FuncRef) node()            {}
func (*CreateFunctionStmt) node() {}
func (*DropFunctionStmt) node()   {}

// Kind implements Statement.
func (*CreateFunctionStmt) Kind() string { return "CreateFunctionStmt" }

// Kind implements Statement.
func (*DropFunctionStmt) Kind() string { return "DropStmt" }

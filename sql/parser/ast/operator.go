package ast

// CreateOperatorStmt is CREATE OPERATOR.
type CreateOperatorStmt struct {
	Loc
	Name    *Name
	Options []*AggregateOption
}

// OperatorRef names an operator with the types of its operands; nil is NONE.
type OperatorRef struct {
	Name        *Name
	Left, Right *TypeName
}

// DropOperatorStmt is DROP OPERATOR.
type DropOperatorStmt struct {
	Operators []*OperatorRef
	IfExists  bool
	Cascade   bool
}

// AlterOperatorStmt is ALTER OPERATOR, with one of an owner, a schema and attributes.
type AlterOperatorStmt struct {
	Operator  *OperatorRef
	NewOwner  *RoleSpec
	NewSchema string
	Options   []*AggregateOption
}

// CastRef names a cast.
type CastRef struct{ Source, Target *TypeName }

// CreateCastStmt is CREATE CAST. Method and Context are pg_cast's.
type CreateCastStmt struct {
	Cast            *CastRef
	Function        *FuncRef
	Method, Context byte
}

// DropCastStmt is DROP CAST.
type DropCastStmt struct {
	Cast     *CastRef
	IfExists bool
	Cascade  bool
}

func (*CreateOperatorStmt) node() {}
func (*CreateOperatorStmt) stmt() {}

// Kind names PostgreSQL's node.
func (*CreateOperatorStmt) Kind() string { return "DefineStmt" }
func (*DropOperatorStmt) node()          {}
func (*DropOperatorStmt) stmt()          {}

// Kind names PostgreSQL's node.
func (*DropOperatorStmt) Kind() string { return "DropStmt" }
func (*AlterOperatorStmt) node()       {}
func (*AlterOperatorStmt) stmt()       {}

// Kind names PostgreSQL's node.
func (s *AlterOperatorStmt) Kind() string {
	switch {
	case s.NewOwner != nil:
		return "AlterOwnerStmt"
	case s.NewSchema != "":
		return "AlterObjectSchemaStmt"
	}
	return "AlterOperatorStmt"
}
func (*CreateCastStmt) node() {}
func (*CreateCastStmt) stmt() {}

// Kind names PostgreSQL's node.
func (*CreateCastStmt) Kind() string { return "CreateCastStmt" }
func (*DropCastStmt) node()          {}
func (*DropCastStmt) stmt()          {}

// Kind names PostgreSQL's node.
func (*DropCastStmt) Kind() string { return "DropStmt" }

package ast

// AlterDomainStmt is ALTER DOMAIN. Op is "SetDefault" (Expr nil drops it),
// "SetNotNull", "DropNotNull", "AddConstraint", "DropConstraint",
// "ValidateConstraint" or "RenameConstraint".
type AlterDomainStmt struct {
	Name       *Name
	Op         string
	Expr       Expr
	Constraint *Constraint
	NewName    string
	MissingOK  bool
}

func (*AlterDomainStmt) node() {}

// Kind implements Statement.
func (*AlterDomainStmt) Kind() string { return "AlterDomainStmt" }

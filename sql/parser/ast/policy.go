package ast

// CreatePolicyStmt is CREATE POLICY.
type CreatePolicyStmt struct {
	Loc
	Name        string
	Relation    *RangeVar
	Restrictive bool
	Command     string // "all", "select", ...
	Roles       []*RoleSpec
	Using       Expr
	Check       Expr
}

// AlterPolicyStmt is ALTER POLICY: a new name, or what is given of the rest.
type AlterPolicyStmt struct {
	Loc
	Name     string
	Relation *RangeVar
	NewName  string
	IfExists bool
	Roles    []*RoleSpec
	Using    Expr
	Check    Expr
}

// DropPolicyStmt is DROP POLICY.
type DropPolicyStmt struct {
	Loc
	Name     string
	Relation *RangeVar
	IfExists bool
	Cascade  bool
}

func (*CreatePolicyStmt) node() {}
func (*AlterPolicyStmt) node()  {}
func (*DropPolicyStmt) node()   {}

// Kind implements Statement.
func (*CreatePolicyStmt) Kind() string { return "CreatePolicyStmt" }

// Kind implements Statement.
func (s *AlterPolicyStmt) Kind() string {
	if s.NewName != "" {
		return "RenameStmt"
	}
	return "AlterPolicyStmt"
}

// Kind implements Statement.
func (*DropPolicyStmt) Kind() string { return "DropStmt" }

package ast

// CreateStatsStmt is CREATE STATISTICS.
type CreateStatsStmt struct {
	Loc
	IfNotExists bool
	Name        *Name
	Kinds       []string
	Exprs       []Expr
	From        []TableExpr
}

// AlterStatsStmt is ALTER STATISTICS: one of its fields after Name is set.
type AlterStatsStmt struct {
	Loc
	IfExists  bool
	Name      *Name
	Target    *int64
	NewName   string
	NewOwner  *RoleSpec
	NewSchema string
}

func (*CreateStatsStmt) node() {}
func (*AlterStatsStmt) node()  {}

// Kind implements Statement.
func (*CreateStatsStmt) Kind() string { return "CreateStatsStmt" }

// Kind implements Statement.
func (*AlterStatsStmt) Kind() string { return "AlterStatsStmt" }

package ast

// ReassignOwnedStmt is REASSIGN OWNED BY.
type ReassignOwnedStmt struct {
	Roles []*RoleSpec
	To    *RoleSpec
}

// DropOwnedStmt is DROP OWNED BY.
type DropOwnedStmt struct {
	Roles   []*RoleSpec
	Cascade bool
}

func (*ReassignOwnedStmt) node() {}
func (*DropOwnedStmt) node()     {}

// Kind implements Statement.
func (*ReassignOwnedStmt) Kind() string { return "ReassignOwnedStmt" }

// Kind implements Statement.
func (*DropOwnedStmt) Kind() string { return "DropOwnedStmt" }

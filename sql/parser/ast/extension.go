package ast

// CreateExtensionStmt is CREATE EXTENSION; Options are schema, new_version and
// cascade.
type CreateExtensionStmt struct {
	Loc
	Name        string
	IfNotExists bool
	Options     []*DefElem
}

// AlterExtensionStmt is ALTER EXTENSION ... UPDATE.
type AlterExtensionStmt struct {
	Loc
	Name    string
	Options []*DefElem // new_version
}

func (*CreateExtensionStmt) node() {}
func (*AlterExtensionStmt) node()  {}

// Kind implements Statement.
func (*CreateExtensionStmt) Kind() string { return "CreateExtensionStmt" }

// Kind implements Statement.
func (*AlterExtensionStmt) Kind() string { return "AlterExtensionStmt" }

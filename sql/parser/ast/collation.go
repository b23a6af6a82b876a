package ast

// CreateCollationStmt is CREATE COLLATION: with options, or a copy of From.
type CreateCollationStmt struct {
	Loc
	Name        *Name
	IfNotExists bool
	Options     []*DefElem
	From        *Name
}

func (*CreateCollationStmt) node() {}
func (*CreateCollationStmt) stmt() {}

// Kind names the statement.
func (*CreateCollationStmt) Kind() string { return "CreateCollationStmt" }

package ast

// CreateRuleStmt is CREATE RULE.
type CreateRuleStmt struct {
	Loc
	Replace  bool
	Name     string
	Event    string // "select", "insert", "update", "delete"
	Relation *RangeVar
	Where    Expr
	Instead  bool
	// Actions are the commands; none is DO NOTHING.
	Actions []Statement
}

// DropRuleStmt is DROP RULE.
type DropRuleStmt struct {
	Loc
	Name     string
	Relation *RangeVar
	IfExists bool
	Cascade  bool
}

func (*CreateRuleStmt) node() {}
func (*DropRuleStmt) node()   {}

// Kind names PostgreSQL's node.
func (*CreateRuleStmt) Kind() string { return "RuleStmt" }

// Kind names PostgreSQL's node.
func (*DropRuleStmt) Kind() string { return "DropStmt" }

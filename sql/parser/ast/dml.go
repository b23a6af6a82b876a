package ast

// InsertStmt is INSERT.
type InsertStmt struct {
	With       *WithClause
	Relation   *RangeVar
	Columns    []*ResTarget // names and paths only
	Overriding Overriding
	Source     *SelectStmt // nil: DEFAULT VALUES
	OnConflict *OnConflict
	Returning  []*ResTarget
}

// Overriding is OVERRIDING USER or SYSTEM VALUE.
type Overriding uint8

// The overriding clauses.
const (
	OverridingNone Overriding = iota
	OverridingUser
	OverridingSystem
)

// OnConflict is ON CONFLICT.
type OnConflict struct {
	Loc
	Infer      []*IndexElem
	InferWhere Expr
	Constraint string
	DoUpdate   bool
	Set        []*ResTarget
	Where      Expr
}

// UpdateStmt is UPDATE.
type UpdateStmt struct {
	With      *WithClause
	Relation  *RangeVar
	Set       []*ResTarget // a multi-column SET is one ResTarget a column, with MultiAssign values
	From      []TableExpr
	Where     Expr
	Returning []*ResTarget
}

// DeleteStmt is DELETE.
type DeleteStmt struct {
	With      *WithClause
	Relation  *RangeVar
	Using     []TableExpr
	Where     Expr
	Returning []*ResTarget
}

// MergeStmt is MERGE.
type MergeStmt struct {
	With     *WithClause
	Relation *RangeVar
	Source   TableExpr
	On       Expr
	Whens    []*MergeWhen
	// Returning is of PostgreSQL 17.
	Returning []*ResTarget
}

// MergeWhen is one WHEN clause of MERGE.
type MergeWhen struct {
	Matched bool
	// BySource: WHEN NOT MATCHED BY SOURCE, of PostgreSQL 17.
	BySource   bool
	Condition  Expr
	Action     MergeAction
	Set        []*ResTarget
	Columns    []*ResTarget
	Overriding Overriding
	Values     []Expr // nil with MergeInsert: DEFAULT VALUES
}

// MergeAction is what a WHEN clause does.
type MergeAction uint8

// The merge actions.
const (
	MergeDoNothing MergeAction = iota
	MergeInsert
	MergeUpdate
	MergeDelete
)

// CopyStmt is COPY.
type CopyStmt struct {
	Relation *RangeVar
	Query    Statement // COPY (query) TO
	Columns  []string
	From     bool
	Program  bool
	Filename string // empty: STDIN or STDOUT
	Options  []*DefElem
	Where    Expr
}

// TruncateStmt is TRUNCATE.
type TruncateStmt struct {
	Relations       []*RangeVar
	RestartIdentity bool
	Cascade         bool
}

func (*InsertStmt) node()          {}
func (*InsertStmt) Kind() string   { return "InsertStmt" }
func (*UpdateStmt) node()          {}
func (*UpdateStmt) Kind() string   { return "UpdateStmt" }
func (*DeleteStmt) node()          {}
func (*DeleteStmt) Kind() string   { return "DeleteStmt" }
func (*MergeStmt) node()           {}
func (*MergeStmt) Kind() string    { return "MergeStmt" }
func (*CopyStmt) node()            {}
func (*CopyStmt) Kind() string     { return "CopyStmt" }
func (*TruncateStmt) node()        {}
func (*TruncateStmt) Kind() string { return "TruncateStmt" }

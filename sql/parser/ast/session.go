package ast

// TransactionStmt is BEGIN, COMMIT, SAVEPOINT and their kin.
type TransactionStmt struct {
	Loc
	Op        TransactionOp
	Options   []*DefElem // transaction_isolation, transaction_read_only, transaction_deferrable
	Savepoint string
	GID       string // two-phase commit
	Chain     bool
}

// TransactionOp is what a TransactionStmt does.
type TransactionOp uint8

// The transaction statements.
const (
	TransBegin TransactionOp = iota
	TransStart
	TransCommit
	TransRollback
	TransSavepoint
	TransRelease
	TransRollbackTo
	TransPrepare
	TransCommitPrepared
	TransRollbackPrepared
)

// VariableSetStmt is SET and RESET.
type VariableSetStmt struct {
	Loc
	Op      SetKind
	Name    string     // "transaction_isolation" ...; SetMulti: "TRANSACTION", "SESSION CHARACTERISTICS", "TRANSACTION SNAPSHOT"
	Args    []Expr     // Consts, or a TypeCast for SET TIME ZONE INTERVAL; identifiers come as strings
	Options []*DefElem // SetMulti
	Local   bool
}

// SetKind is PostgreSQL's VariableSetKind.
type SetKind uint8

// The kinds of SET.
const (
	SetValue SetKind = iota
	SetDefault
	SetCurrent
	SetMulti
	ResetOne
	ResetAll
)

// VariableShowStmt is SHOW; Name is "all" for SHOW ALL.
type VariableShowStmt struct {
	Loc
	Name string
}

// PrepareStmt is PREPARE.
type PrepareStmt struct {
	Name     string
	ArgTypes []*TypeName
	Query    Statement
}

// ExecuteStmt is EXECUTE.
type ExecuteStmt struct {
	Loc
	Name string
	Args []Expr
}

// DeallocateStmt is DEALLOCATE; an empty name is ALL.
type DeallocateStmt struct{ Name string }

// DeclareCursorStmt is DECLARE. Query is a SelectStmt, or a SubscribeStmt.
type DeclareCursorStmt struct {
	Loc
	Name                                  string
	Binary, Insensitive, Asensitive, Hold bool
	Scroll                                ScrollOption
	Query                                 Statement
}

// ScrollOption is SCROLL, NO SCROLL or neither.
type ScrollOption uint8

// The scroll options.
const (
	ScrollDefault ScrollOption = iota
	Scroll
	NoScroll
)

// FetchStmt is FETCH and MOVE.
type FetchStmt struct {
	Loc
	Direction FetchDirection
	Count     int64 // FetchAll for ALL
	Cursor    string
	Move      bool
	// Options is kalamsql's WITH (timeout = '1s').
	Options []*DefElem
}

// FetchAll is the count of FETCH ALL.
const FetchAll = int64(1<<63 - 1)

// FetchDirection is the direction of a fetch.
type FetchDirection uint8

// The fetch directions.
const (
	FetchForward FetchDirection = iota
	FetchBackward
	FetchAbsolute
	FetchRelative
)

// ClosePortalStmt is CLOSE; an empty name is ALL.
type ClosePortalStmt struct {
	Loc
	Name string
}

// ListenStmt is LISTEN. Query is set by kalamsql's LISTEN ... FOR.
type ListenStmt struct {
	Loc
	Channel string
	Options []*DefElem
	Query   *SelectStmt
	// QueryText is the text of the query, for display and for sharing.
	QueryText string
}

// NotifyStmt is NOTIFY.
type NotifyStmt struct {
	Channel, Payload string
}

// UnlistenStmt is UNLISTEN; an empty channel is *.
type UnlistenStmt struct{ Channel string }

// SubscribeStmt is SUBSCRIBE TO.
type SubscribeStmt struct {
	Loc
	Query     *SelectStmt
	QueryText string
	Options   []*DefElem
}

// ExecuteAsStmt is EXECUTE AS USER 'name' (statement).
type ExecuteAsStmt struct {
	Loc
	User      Expr // a string constant or a parameter
	Statement Statement
}

// ExplainStmt is EXPLAIN.
type ExplainStmt struct {
	Options []*DefElem
	Query   Statement
}

// DiscardStmt is DISCARD; Target is "all", "plans", "sequences" or "temp".
type DiscardStmt struct{ Target string }

// LockStmt is LOCK TABLE. Mode is PostgreSQL's name: "ACCESS EXCLUSIVE".
type LockStmt struct {
	Relations []*RangeVar
	Mode      string
	NoWait    bool
}

// ConstraintsSetStmt is SET CONSTRAINTS; no names is ALL.
type ConstraintsSetStmt struct {
	Names    []*Name
	Deferred bool
}

// VacuumStmt is VACUUM and ANALYZE.
type VacuumStmt struct {
	Vacuum    bool
	Options   []*DefElem
	Relations []VacuumRelation
}

// VacuumRelation is a relation, with columns, of VACUUM or ANALYZE.
type VacuumRelation struct {
	Relation *RangeVar
	Columns  []string
}

// CheckPointStmt is CHECKPOINT.
type CheckPointStmt struct{}

// DoStmt is DO: bodies and languages as often as they are written, located like
// CreateFunctionStmt.Source.
type DoStmt struct {
	Sources   []*Const
	Languages []string
}

// CallStmt is CALL.
type CallStmt struct{ Call *FuncCall }

// BackupStmt is kalamsql's BACKUP TO 'path'.
type BackupStmt struct {
	Loc
	Path string
}

func (*TransactionStmt) node() {}

// Kind names PostgreSQL's node.
func (*TransactionStmt) Kind() string { return "TransactionStmt" }
func (*VariableSetStmt) node()        {}

// Kind names PostgreSQL's node.
func (*VariableSetStmt) Kind() string { return "VariableSetStmt" }
func (*VariableShowStmt) node()       {}

// Kind names PostgreSQL's node.
func (*VariableShowStmt) Kind() string { return "VariableShowStmt" }
func (*PrepareStmt) node()             {}

// Kind names PostgreSQL's node.
func (*PrepareStmt) Kind() string { return "PrepareStmt" }
func (*ExecuteStmt) node()        {}

// Kind names PostgreSQL's node.
func (*ExecuteStmt) Kind() string { return "ExecuteStmt" }
func (*DeallocateStmt) node()     {}

// Kind names PostgreSQL's node.
func (*DeallocateStmt) Kind() string { return "DeallocateStmt" }
func (*DeclareCursorStmt) node()     {}

// Kind names PostgreSQL's node.
func (*DeclareCursorStmt) Kind() string { return "DeclareCursorStmt" }
func (*FetchStmt) node()                {}

// Kind names PostgreSQL's node.
func (*FetchStmt) Kind() string { return "FetchStmt" }
func (*ClosePortalStmt) node()  {}

// Kind names PostgreSQL's node.
func (*ClosePortalStmt) Kind() string { return "ClosePortalStmt" }
func (*ListenStmt) node()             {}

// Kind names PostgreSQL's node.
func (*ListenStmt) Kind() string { return "ListenStmt" }
func (*NotifyStmt) node()        {}

// Kind names PostgreSQL's node.
func (*NotifyStmt) Kind() string { return "NotifyStmt" }
func (*UnlistenStmt) node()      {}

// Kind names PostgreSQL's node.
func (*UnlistenStmt) Kind() string { return "UnlistenStmt" }
func (*SubscribeStmt) node()       {}

// Kind names PostgreSQL's node.
func (*SubscribeStmt) Kind() string { return "SubscribeStmt" }
func (*ExecuteAsStmt) node()        {}

// Kind names PostgreSQL's node.
func (*ExecuteAsStmt) Kind() string { return "ExecuteAsStmt" }
func (*ExplainStmt) node()          {}

// Kind names PostgreSQL's node.
func (*ExplainStmt) Kind() string { return "ExplainStmt" }
func (*DiscardStmt) node()        {}

// Kind names PostgreSQL's node.
func (*DiscardStmt) Kind() string { return "DiscardStmt" }
func (*LockStmt) node()           {}

// Kind names PostgreSQL's node.
func (*LockStmt) Kind() string    { return "LockStmt" }
func (*ConstraintsSetStmt) node() {}

// Kind names PostgreSQL's node.
func (*ConstraintsSetStmt) Kind() string { return "ConstraintsSetStmt" }
func (*VacuumStmt) node()                {}

// Kind names PostgreSQL's node.
func (*VacuumStmt) Kind() string { return "VacuumStmt" }
func (*CheckPointStmt) node()    {}

// Kind names PostgreSQL's node.
func (*CheckPointStmt) Kind() string { return "CheckPointStmt" }
func (*DoStmt) node()                {}

// Kind names PostgreSQL's node.
func (*DoStmt) Kind() string { return "DoStmt" }
func (*CallStmt) node()      {}

// Kind names PostgreSQL's node.
func (*CallStmt) Kind() string { return "CallStmt" }
func (*BackupStmt) node()      {}

// Kind names PostgreSQL's node.
func (*BackupStmt) Kind() string { return "BackupStmt" }

package ast

// SelectStmt is SELECT, VALUES, TABLE, and their combinations by set
// operations, as PostgreSQL's SelectStmt.
type SelectStmt struct {
	Loc
	With *WithClause

	// A simple SELECT.
	Distinct      bool
	DistinctOn    []Expr
	Into          *IntoClause
	Targets       []*ResTarget
	From          []TableExpr
	Where         Expr
	GroupBy       []GroupItem
	GroupDistinct bool
	Having        Expr
	Windows       []*WindowDef

	// VALUES lists; nil unless the statement is VALUES.
	Values [][]Expr

	// Set operation; SetNone unless Left and Right are set.
	SetOp       SetOp
	All         bool
	Left, Right *SelectStmt

	OrderBy  []*SortBy
	Limit    Expr // nil: none; a ConstNull for LIMIT ALL
	Offset   Expr
	WithTies bool
	// LimitFetch: written as FETCH FIRST.
	LimitFetch bool
	Locking    []*LockingClause
}

// SetOp is a set operation.
type SetOp uint8

// The set operations.
const (
	SetNone SetOp = iota
	SetUnion
	SetIntersect
	SetExcept
)

// ResTarget is an item of a select list, RETURNING list, or an assignment.
type ResTarget struct {
	Loc
	Name string // AS name, or the column assigned to; empty if none
	// Path is the indirection of an assignment's target: SET a.b[1] = ...
	Path []IndirectionElem
	Val  Expr
}

func (*ResTarget) node() {}

// GroupItem is one item of GROUP BY.
type GroupItem struct {
	Loc
	Kind  GroupKind
	Expr  Expr        // GroupExpr
	Items []GroupItem // the others; a GroupRow lists the columns of (a, b)
}

// GroupKind is the kind of a GroupItem.
type GroupKind uint8

// The kinds of grouping items.
const (
	GroupExpr  GroupKind = iota
	GroupEmpty           // ()
	GroupRow             // (a, b) inside GROUPING SETS, CUBE or ROLLUP
	GroupRollup
	GroupCube
	GroupSets
)

// SortBy is an item of ORDER BY.
type SortBy struct {
	Loc
	Expr  Expr
	Dir   SortDir
	Using []string // USING operator
	Nulls NullsOrder
}

// SortDir is the direction of a SortBy.
type SortDir uint8

// The sort directions.
const (
	SortDefault SortDir = iota
	SortAsc
	SortDesc
	SortUsing
)

// NullsOrder is NULLS FIRST or LAST.
type NullsOrder uint8

// The orders of NULLs.
const (
	NullsDefault NullsOrder = iota
	NullsFirst
	NullsLast
)

// LockingClause is FOR UPDATE and the like.
type LockingClause struct {
	Strength           LockStrength
	Of                 []*RangeVar
	NoWait, SkipLocked bool
}

// LockStrength is the strength of a row lock.
type LockStrength uint8

// The row-lock strengths, weakest first.
const (
	LockForKeyShare LockStrength = iota
	LockForShare
	LockForNoKeyUpdate
	LockForUpdate
)

// WithClause is WITH [RECURSIVE].
type WithClause struct {
	Loc
	Recursive bool
	CTEs      []*CTE
}

// CTE is one common table expression.
type CTE struct {
	Loc
	Name         string
	Columns      []string
	Query        Statement
	Materialized CTEMaterialize
	Search       *CTESearch
	Cycle        *CTECycle
}

// CTEMaterialize is the MATERIALIZED option.
type CTEMaterialize uint8

// The materialization options.
const (
	CTEDefault CTEMaterialize = iota
	CTEMaterialized
	CTENotMaterialized
)

// CTESearch is SEARCH BREADTH|DEPTH FIRST BY cols SET col.
type CTESearch struct {
	Loc
	Breadth bool
	By      []string
	Set     string
}

// CTECycle is CYCLE cols SET mark [TO v DEFAULT d] USING path.
type CTECycle struct {
	Loc
	Columns     []string
	Mark        string
	To, Default Expr
	Path        string
}

// IntoClause is SELECT INTO's, and CREATE TABLE AS's, target.
type IntoClause struct {
	Relation     *RangeVar
	Persistence  Persistence
	Columns      []string
	AccessMethod string
	Options      []*DefElem
	OnCommit     OnCommit
	Tablespace   string
	NoData       bool
}

// IntoTable says whether a query is SELECT INTO, which its first SELECT would say.
func (s *SelectStmt) IntoTable() bool {
	for s.SetOp != SetNone && s.Left != nil {
		s = s.Left
	}
	return s.Into != nil
}

// JoinType is the type of a join.
type JoinType uint8

// The join types.
const (
	JoinInner JoinType = iota
	JoinLeft
	JoinFull
	JoinRight
	JoinCross // written CROSS JOIN; PostgreSQL's tree has it as an inner join without condition
)

// JoinExpr is a join in FROM.
type JoinExpr struct {
	Loc
	Type        JoinType
	Natural     bool
	Left, Right TableExpr
	Using       []string
	UsingAlias  string
	On          Expr
	Alias       *Alias
}

// RangeSubselect is a subquery in FROM.
type RangeSubselect struct {
	Loc
	Lateral bool
	Query   *SelectStmt
	Alias   *Alias
}

// RangeFunction is a function, or ROWS FROM (...), in FROM.
type RangeFunction struct {
	Loc
	Lateral    bool
	Ordinality bool
	RowsFrom   bool
	Funcs      []RangeFuncItem
	Alias      *Alias
	// Columns is the column definition list: AS t(a int, b text).
	Columns []*ColumnDef
}

// RangeFuncItem is one function of a RangeFunction. Call is a FuncCall, or one
// of the expressions that read like functions.
type RangeFuncItem struct {
	Call    Expr
	Columns []*ColumnDef
}

// RangeTableSample is TABLESAMPLE.
type RangeTableSample struct {
	Loc
	Relation   *RangeVar
	Method     []string
	Args       []Expr
	Repeatable Expr
}

// WindowDef is a window's definition or reference.
type WindowDef struct {
	Loc
	Name        string // WINDOW name AS, or OVER name
	RefName     string // (name ...)
	PartitionBy []Expr
	OrderBy     []*SortBy
	Frame       *WindowFrame // nil: the default frame
}

// WindowFrame is a frame clause.
type WindowFrame struct {
	Unit       FrameUnit
	Between    bool
	Start, End FrameBound
	Exclude    FrameExclude
}

// FrameUnit is RANGE, ROWS or GROUPS.
type FrameUnit uint8

// The frame units.
const (
	FrameRange FrameUnit = iota
	FrameRows
	FrameGroups
)

// FrameBound is one end of a frame.
type FrameBound struct {
	Kind   FrameBoundKind
	Offset Expr
}

// FrameBoundKind is the kind of a frame's end.
type FrameBoundKind uint8

// The frame bounds.
const (
	UnboundedPreceding FrameBoundKind = iota
	OffsetPreceding
	CurrentRow
	OffsetFollowing
	UnboundedFollowing
)

// FrameExclude is EXCLUDE.
type FrameExclude uint8

// The frame exclusions.
const (
	ExcludeNoOthers FrameExclude = iota
	ExcludeCurrentRow
	ExcludeGroup
	ExcludeTies
)

func (*SelectStmt) node()            {}
func (*SelectStmt) Kind() string     { return "SelectStmt" }
func (*JoinExpr) node()              {}
func (*JoinExpr) tableExpr()         {}
func (*RangeSubselect) node()        {}
func (*RangeSubselect) tableExpr()   {}
func (*RangeFunction) node()         {}
func (*RangeFunction) tableExpr()    {}
func (*RangeTableSample) node()      {}
func (*RangeTableSample) tableExpr() {}

package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// Scan reads a table through one of its indexes. Its rows have the table's
// columns and then the system columns (see SystemColumns).
type Scan struct {
	Table *catalog.Table
	// Alias is the name it has in the query, "" for the table's own.
	Alias string
	// Index is nil for the order rows are stored in.
	Index *catalog.Index
	// Ranges bounds the index keys; nil reads all. Their expressions have no
	// columns.
	Ranges  []Range
	Reverse bool
	// Search is what to look for by Index, if that is inverted; nil of any other.
	Search *Search
	// RowOrder: what the index leads to is read in the order that rows are stored in.
	RowOrder bool
	// Filter is checked on every row; nil passes all.
	Filter expr.Expr
	// role is whom the table's policies hold for; nil: they do not.
	role *catalog.Role
	// Lock is set by FOR UPDATE and its kin.
	Lock *RowLock
	// Need says of each of the table's columns whether it is read; nil is all.
	// Those that are not are NULL.
	Need []bool
	// NoVersion: the version is not wanted.
	NoVersion bool
	// Covered: nothing is wanted but columns that the index covers, so that no row is
	// looked up.
	Covered bool
	// entriesMayDo: neither the version nor the sequence is wanted.
	entriesMayDo bool
	// Ref adds a last column: the reference to the row.
	Ref  bool
	cols []Column
	// stats is what is known of the table; nil is nothing.
	stats *catalog.Statistics
	// watched: the plan is for a live query.
	watched bool
	// inFront: a join has been ordered for its first rows in the order of this table.
	inFront bool
	// indexes are those of the table that have entries for all that is read.
	indexes []*catalog.Index
	// code has the expressions of those that have any, by their place among them.
	code map[int]indexCode
	// implied: what the index's predicate says has been taken out of the filter.
	implied bool
	// parts are what the scan has been divided into by that filter.
	parts     []*Scan
	dividedBy expr.Expr
}

// Range is an interval of index keys: equality on a prefix, then bounds on the
// next key.
type Range struct {
	Prefix    []expr.Expr
	Low, High *Bound
}

// Bound is one end of a Range.
type Bound struct {
	Value     expr.Expr
	Inclusive bool
}

// RowLock is a locking clause.
type RowLock struct {
	Strength   uint8 // ast.LockStrength
	NoWait     bool
	SkipLocked bool
}

// VirtualScan reads a system relation.
type VirtualScan struct {
	View  *catalog.Virtual
	Alias string
	// Key, unless it is nil, says which rows are wanted.
	Key  *VirtualKey
	cols []Column
	// stats is what is known of the relation; nil is nothing.
	stats *VirtualStatistics
}

// FunctionScan reads functions in FROM side by side: the columns of one after
// those of the other, with NULL in the place of one that has ended.
type FunctionScan struct {
	Funcs []ScannedFunction
	// Ordinality adds the number of the row as a last column.
	Ordinality bool
	Alias      string
	cols       []Column
}

// ScannedFunction is one function of a FunctionScan. An expression that is no
// call of a set-returning function gives one row.
type ScannedFunction struct {
	// Row: its value is a row of its columns.
	Row  bool
	Call expr.Expr
	// Width is the number of its columns.
	Width int
}

// Values produces fixed rows of expressions without columns. One row of no
// columns stands for a missing FROM.
type Values struct {
	Rows [][]expr.Expr
	cols []Column
}

// Filter passes the rows for which Cond is true.
type Filter struct {
	Input Node
	Cond  expr.Expr
}

// Project computes its columns from each input row.
type Project struct {
	Input Node
	Exprs []expr.Expr
	// Sets: some of Exprs are calls of set-returning functions. Each input row
	// gives as many rows as the longest set has; shorter ones give NULL.
	Sets bool
	cols []Column
}

// NewProject makes a Project whose expressions have the given columns' names.
func NewProject(input Node, exprs []expr.Expr, cols []Column) *Project {
	return &Project{Input: input, Exprs: exprs, cols: cols}
}

// JoinType is the type of a Join.
type JoinType uint8

// The join types.
const (
	InnerJoin JoinType = iota
	LeftJoin
	RightJoin
	FullJoin
)

// Join pairs rows: the columns of Left, then those of Right.
type Join struct {
	Type        JoinType
	Left, Right Node
	// LeftKeys and RightKeys are the equated expressions of a hash join, over
	// the left and the right row; Cond is the rest, over the pair.
	LeftKeys, RightKeys []expr.Expr
	Cond                expr.Expr
	// KeepOrder: the pairs are wanted in the order of Left.
	KeepOrder bool
	// Kept are the columns of Right that anybody reads, the keys included, by their
	// places; nil is all.
	Kept []int
	// Merge: both sides come in the order of the keys.
	Merge MergeKind
	// Unread: the pairs are as many as the rows of Left, and nobody reads a column of
	// Right, which need not be joined.
	Unread bool
	// first is what is wanted of the pairs, if that is not all.
	first *firstRows
}

// AggCall is one aggregate of an Aggregate node.
type AggCall struct {
	Fn   *expr.Function
	Args []expr.Expr
	// Direct are the arguments of an ordered-set aggregate that are the same for
	// the whole group; Args are then those of WITHIN GROUP.
	Direct   []expr.Expr
	Distinct bool
	OrderBy  []SortKey // over the input row
	implied  bool      // OrderBy is not written, but DISTINCT's
	Filter   expr.Expr
	Type     Column
}

// Aggregate groups its input: the group keys, then the aggregates.
type Aggregate struct {
	Input Node
	Keys  []expr.Expr
	Aggs  []AggCall
	// Plain: no GROUP BY, so there is one group even without input.
	Plain bool
	// Unread are the aggregates whose results nobody reads, which are NULL then; nil: none.
	Unread []bool
	// Sets are the grouping sets, each a list of positions in Keys; nil groups by
	// all keys. Keys a set does not have are NULL in its groups, and a last
	// column numbers the set.
	Sets [][]int
	// Sorted: the scan below reads an index in an order in which the rows of each group
	// lie together.
	Sorted bool
	cols   []Column
	// dependent are the Keys that depend on others, with the primary key that makes
	// them so, while a stored query is bound, and depends is told of those in use.
	dependent map[int]catalog.OID
	depends   func(catalog.OID)
}

// SortKey is one key of an order.
type SortKey struct {
	Expr       expr.Expr
	Desc       bool
	NullsFirst bool
}

// Sort orders its input.
type Sort struct {
	Input Node
	Keys  []SortKey
	// Presorted: the scan below reads an index in this order.
	Presorted bool
	// PresortedKeys: it is in the order of so many of the first keys, and the rows that
	// agree in them are sorted, one group after the other.
	PresortedKeys int
}

// Distinct passes the first row of each set of equal rows, or with On, of each
// set that agrees in those columns.
type Distinct struct {
	Input Node
	On    []expr.Expr // nil: all columns
	// Sorted: the scan below reads an index in an order in which equal rows lie together.
	Sorted bool
}

// Limit passes Count rows after skipping Offset; nil is none.
type Limit struct {
	Input         Node
	Count, Offset expr.Expr
	// Ties adds the rows that are equal in these keys to the last one: the order
	// of WITH TIES; nil for none.
	Ties []SortKey
}

// SetOp combines two inputs with the same column types.
type SetOp struct {
	Op          uint8 // ast.SetOp
	All         bool
	Left, Right Node
	// Merge: both sides come in this order, and so do the rows of UNION ALL.
	Merge []SortKey
	cols  []Column
}

// Insert adds the rows of Source to Table.
type Insert struct {
	Table *catalog.Table
	// Source produces one column for each of Targets.
	Source Node
	// Targets maps the source's columns to positions in Table.Columns; -1 to none.
	Targets []int
	// Defaults has, per table column, the default or generation expression, nil
	// for none. Generated ones see the new row.
	Defaults []expr.Expr
	// UseDefault lists per source row and column where DEFAULT was written.
	UseDefault [][]bool
	Checks     []CheckExpr
	Conflict   *Conflict
	Triggers   *Triggers
	// Heirs: the table is partitioned; Within: it is a partition.
	Heirs     *Heirs
	Within    *Within
	Returning []expr.Expr // over the stored row
	cols      []Column
}

// Secured says whether policies hold for what is inserted.
func (n *Insert) Secured() bool {
	return slices.ContainsFunc(n.Checks, func(c CheckExpr) bool { return c.Policy })
}

// CheckExpr is a CHECK constraint over the table's row or, with View, what a
// view's WITH CHECK OPTION wants of rows that are written through it; with Policy,
// what the policies want, or the restrictive one that Name names.
type CheckExpr struct {
	Name         string
	Cond         expr.Expr
	View, Policy bool
	// Of is the table of a policy, where that is not the one whose row it is.
	Of string
}

// Conflict is ON CONFLICT.
type Conflict struct {
	// Arbiters are the unique indexes that count; nil counts all.
	Arbiters []*catalog.Index
	DoUpdate bool
	// Set has one expression per assigned column, over the existing row followed
	// by the row proposed for insertion (excluded).
	Set   []Assignment
	Where expr.Expr
	// Reach is what policies want of the existing row, and Checks is Insert's for
	// the row that takes its place, where they hold.
	Reach, Checks []CheckExpr
	Triggers      *Triggers // of the UPDATE
}

// Assignment sets the column at position Column.
type Assignment struct {
	Column int
	Value  expr.Expr
	// Default: DEFAULT was written.
	Default bool
}

// changeTarget says which rows UPDATE and DELETE change: those that Scan gives
// or, with FROM or USING, the first part of the rows that From gives: the
// table's row with its system columns and the reference to it, and then the
// others' columns. Cond is the condition over such a row, to be checked again
// when the table's row has changed in the meantime. Scan is nil for a view whose
// triggers do what is to be done, and where the rows are those of Heirs, which From then
// gives by an Append.
type changeTarget struct {
	Scan  *Scan
	From  Node
	Cond  expr.Expr
	Heirs *Heirs
}

func (n *changeTarget) input() Node {
	if n.From != nil {
		return n.From
	}
	return n.Scan
}

// Update changes rows of Table. Its expressions are over the rows of its
// target.
type Update struct {
	changeTarget
	Table     *catalog.Table
	Set       []Assignment
	Defaults  []expr.Expr
	Checks    []CheckExpr
	Triggers  *Triggers
	Within    *Within // of a partition
	Returning []expr.Expr
	cols      []Column
}

// Merge changes Table by the rows of a source. Its expressions are over pairs.
type Merge struct {
	Table *catalog.Table
	// Pairs gives each row of the source with each row of the table that it
	// matches, or with NULLs: the table's row with its system columns and the
	// reference to it, and then the source's. On is when they match.
	Pairs    Node
	On       expr.Expr
	Whens    []MergeWhen
	Defaults []expr.Expr
	// Checks are those of rows that are updated, Inserted those of new ones.
	Checks, Inserted []CheckExpr
	// Updatable and Deletable are what policies want of a row before it is changed so.
	Updatable, Deletable []CheckExpr
	// Inserts, Updates and Deletes are the triggers of what the clauses do.
	Inserts, Updates, Deletes *Triggers
	// Heirs are the tables whose rows are changed, Leaves those that take new ones.
	Heirs, Leaves *Heirs
	Within        *Within
	// Marker is a column of Pairs, at the end of the source's, which is NULL where a row of the
	// table has no partner; 0: there is none. To RETURNING it is what has been done.
	Marker    int
	Returning []expr.Expr
	cols      []Column
}

// MergeWhen is one WHEN clause of a Merge. The first one whose condition holds
// counts.
type MergeWhen struct {
	// Of the rows of the source that match, or do not; BySource: of the rows of the table
	// that do not.
	Matched, BySource bool

	Cond   expr.Expr // nil: always
	Action ast.MergeAction
	Set    []Assignment
	// Of INSERT: Values go to the columns at Targets, save those with UseDefault.
	Targets    []int
	Values     []expr.Expr
	UseDefault []bool
}

// Delete removes rows of Table.
type Delete struct {
	changeTarget
	Table     *catalog.Table
	Triggers  *Triggers
	Returning []expr.Expr
	cols      []Column
}

func (n *Scan) Columns() []Column         { return n.cols }
func (n *Scan) Inputs() []Node            { return nil }
func (n *VirtualScan) Columns() []Column  { return n.cols }
func (n *VirtualScan) Inputs() []Node     { return nil }
func (n *FunctionScan) Columns() []Column { return n.cols }
func (n *FunctionScan) Inputs() []Node    { return nil }
func (n *Values) Columns() []Column       { return n.cols }
func (n *Values) Inputs() []Node          { return nil }
func (n *Filter) Columns() []Column       { return n.Input.Columns() }
func (n *Filter) Inputs() []Node          { return []Node{n.Input} }
func (n *Project) Columns() []Column      { return n.cols }
func (n *Project) Inputs() []Node         { return []Node{n.Input} }
func (n *Join) Columns() []Column {
	return appendColumns(make([]Column, 0, Width(n)), n)
}
func (n *Join) Inputs() []Node         { return []Node{n.Left, n.Right} }
func (n *Aggregate) Columns() []Column { return n.cols }
func (n *Aggregate) Inputs() []Node    { return []Node{n.Input} }
func (n *Sort) Columns() []Column      { return n.Input.Columns() }
func (n *Sort) Inputs() []Node         { return []Node{n.Input} }
func (n *Distinct) Columns() []Column  { return n.Input.Columns() }
func (n *Distinct) Inputs() []Node     { return []Node{n.Input} }
func (n *Limit) Columns() []Column     { return n.Input.Columns() }
func (n *Limit) Inputs() []Node        { return []Node{n.Input} }
func (n *SetOp) Columns() []Column     { return n.cols }
func (n *SetOp) Inputs() []Node        { return []Node{n.Left, n.Right} }
func (n *Insert) Columns() []Column    { return n.cols }
func (n *Insert) Inputs() []Node       { return []Node{n.Source} }
func (n *Merge) Columns() []Column     { return n.cols }
func (n *Merge) Inputs() []Node        { return []Node{n.Pairs} }
func (n *Update) Columns() []Column    { return n.cols }
func (n *Update) Inputs() []Node       { return []Node{n.input()} }
func (n *Delete) Columns() []Column    { return n.cols }
func (n *Delete) Inputs() []Node       { return []Node{n.input()} }

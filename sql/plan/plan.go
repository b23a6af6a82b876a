// Package plan turns a statement tree into a plan: names resolved against one
// catalog version, every expression typed, access paths chosen. A plan has no
// side effects and no state; package exec builds operators from it, and package
// live builds dataflows from the same nodes.
//
// The passes, each in files of its own: binding (scope, expression, select,
// insert, update, delete) produces nodes whose expressions refer to columns of
// their input by position; access chooses index ranges for scans; privileges
// lists what the executing role must be allowed to do.
package plan

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Column is an output column of a node.
type Column struct {
	Name   string
	Type   *types.Type
	Typmod int32
	// Table and Num say which table column it is, for RowDescription and for
	// the key of a live result; zero for a computed one.
	Table catalog.OID
	Num   int16
	// Collation orders it; nil is the order of bytes.
	Collation *types.Collation
	// Fields are those of anonymous rows, as far as they are known.
	Fields []types.Field
}

// Node is one relational operator of a plan.
type Node interface {
	// Columns describes the rows it produces.
	Columns() []Column
	// Inputs gives the nodes it reads from.
	Inputs() []Node
}

// Plan is a planned statement.
type Plan struct {
	Root Node
	// Params are the types of $1, $2, ...
	Params []*types.Type
	// Named are the columns of tables that the statement names, by attribute number,
	// whether it needs them for its result or not; only with Env.Watched.
	Named map[catalog.OID][]int16
	// Requires is checked against the executing role at each execution.
	Requires []Requirement
	// Inherits are the tables that it reads or changes through those they inherit from.
	// Nothing is asked of the role for them.
	Inherits []Requirement
	// Whole are the tables that it reads with those that inherit from them: not by ONLY.
	Whole []catalog.OID
	// RowLocks are the tables whose rows are locked (FOR UPDATE and its kin).
	RowLocks []catalog.OID
	// Routines are the functions of users that it calls.
	Routines []catalog.OID
	// Runs: functions of users are run, not only put in the place of their calls.
	Runs bool
	// ByRole: a table that it reads or changes has policies, so that it is good for
	// the role only that it was made for.
	ByRole bool
	// Catalog is what the plan was made with: that of a transaction that changes
	// definitions goes on changing. Version is what it was then.
	Catalog *catalog.Catalog
	Version uint64
	// ReadOnly: the plan changes no table.
	ReadOnly bool
	// Failure is the error of a constant expression, nil if there is none. It is
	// raised when the plan is first used, whether or not the expression would be
	// reached, as PostgreSQL raises it when it plans.
	Failure error
	// Statistics are what the plan was made with, by table.
	Statistics map[catalog.OID]*catalog.Statistics
	// Volatility is that of the most volatile function in it.
	Volatility expr.Volatility
}

// Returns says whether executing the plan produces rows for the client.
func (p *Plan) Returns() bool { return len(p.Root.Columns()) > 0 || isQuery(p.Root) }

func isQuery(n Node) bool {
	switch n := n.(type) {
	case *With:
		return isQuery(n.Input)
	case *Rewritten:
		return n.Rows >= 0
	case *Insert:
		return n.Returning != nil
	case *Merge:
		return n.Returning != nil
	case *Update:
		return n.Returning != nil
	case *Delete:
		return n.Returning != nil
	case *SystemUpdate:
		return false
	}
	return true
}

// Package exec runs plans. Build makes a tree of operators from a plan's nodes;
// each operator hands out one row at a time (the iterator model of Volcano),
// so that a portal is nothing but a stored operator and a row limit costs
// nothing. Operators belong to one statement and one goroutine.
//
// exec decides nothing about transactions, privileges or who is told of a
// change: the session gives it a transaction, and the transaction's commit
// tells.
package exec

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
	"github.com/kalamsql/kalamsql/tables/turns"
)

// Operator produces rows.
type Operator interface {
	// Next gives the next row, or nil at the end. The row is valid until the
	// next call.
	Next() (types.Row, error)
	// Close releases what the operator holds; it may be called at any time and
	// more than once.
	Close()
}

// Modifier is an operator that changes a table: its first Next makes all the
// changes.
type Modifier interface {
	Operator
	// Affected is the number of rows inserted, updated or deleted.
	Affected() int64
}

// Runtime is what the operators of one statement share.
type Runtime struct {
	Ctx  context.Context
	Tx   *tables.Tx
	Eval *expr.Context
	// User is whose slices of user tables are read and written.
	User string
	// Virtual makes the rows of a system relation, or, where that can be done
	// without making all of them, only those whose column at position column
	// has a value; column is -1 for all. It may make rows that have it not.
	Virtual func(v *catalog.Virtual, column int, value types.Datum, yield func(types.Row) error) error
	// UpdateSystem changes the definition that a row of a system relation is made of, by the
	// row's key and the new value of a column.
	UpdateSystem func(ctx context.Context, relation, column string, key []types.Datum, value types.Datum) error

	// WorkMem bounds the bytes that one operator keeps in memory before it goes to
	// disk, as Spill says; zero is no bound.
	WorkMem int64
	Spill   Spill

	// Constraints are told what AFTER triggers are to fire, and fire the others.
	Constraints *Constraints

	// Position finds the row of a table that a cursor is on, by the OID of the table that it
	// is in and its key. Positions: the query is a cursor's, which wants to know where its
	// rows are.
	Position  func(ctx context.Context, cursor string, t *catalog.Table) (catalog.OID, string, error)
	Positions bool

	// Turn is the statement's, asked for now and then by what computes; nil never waits.
	Turn *turns.Turn
	// Instruments measures operators; nil does not.
	Instruments *Instruments

	root         root
	spilled      map[*spillFile]bool
	spilledBytes int64
	// memory holds the rows of tables in their place; nil reads tables.
	memory     map[catalog.OID][]types.Row
	most       int64 // that an operator may keep then; zero is no bound
	subqueries map[*plan.SubLink]*subquery
	ctes       map[*plan.CTE]*cteRows
	work       map[*plan.RecursiveUnion][]types.Row
}

// interrupted says whether the statement has been cancelled; operators that
// loop without reading call it now and then. It lets others compute, too.
func (rt *Runtime) interrupted() error {
	rt.Turn.Check()
	if rt.Ctx.Err() == nil {
		return nil
	}
	return Cancelled(rt.Ctx)
}

// Cancelled is the error of a statement whose context has ended: its cause
// when that is an SQL error, 57014 otherwise.
func Cancelled(ctx context.Context) error { return plan.Cancelled(ctx) }

// Build makes the operator for a plan node.
func Build(rt *Runtime, n plan.Node) (Operator, error) {
	op, err := build(rt, n)
	return rt.watch(n, op, err)
}

func build(rt *Runtime, n plan.Node) (Operator, error) {
	rt.Eval.Subqueries = rt
	rt.Eval.Reuse()
	switch n := n.(type) {
	case *plan.Scan:
		if n.Table.Server != 0 {
			return nil, ForeignTable(rt.Tx.Catalog(), n.Table)
		}
		if rt.memory != nil {
			return &memoryScan{rt: rt, filter: n.Filter, rows: rt.memory[n.Table.OID]}, nil
		}
		if parts := n.Parts(); parts != nil && !rt.Positions {
			return newParts(rt, parts), nil
		}
		return newScan(rt, n)
	case *plan.Append:
		return newAppend(rt, n)
	case *plan.VirtualScan:
		return newVirtualScan(rt, n)
	case *plan.CurrentRow:
		return &currentRow{rt: rt, node: n}, nil
	case *plan.TransitionScan:
		return newTransitionScan(rt, n)
	case *plan.FunctionScan:
		return newFunctionScan(rt, n)
	case *plan.Values:
		return &values{rt: rt, rows: n.Rows, row: make(types.Row, len(n.Columns()))}, nil
	case *plan.Sample:
		return withInput(rt, n.Input, func(in Operator) Operator { return &sample{rt: rt, input: in, node: n} })
	case *plan.Filter:
		return withInput(rt, n.Input, func(in Operator) Operator { return &filter{rt: rt, input: in, cond: n.Cond, once: n.Once} })
	case *plan.Project:
		if n.Sets {
			return newProjectSet(rt, n)
		}
		in, err := Build(rt, n.Input)
		if err != nil {
			return nil, err
		}
		return newProject(rt, in, n.Exprs), nil
	case *plan.Join:
		if n.Unread {
			return withInput(rt, n.Left, func(in Operator) Operator { return &widened{input: in, row: make(types.Row, plan.Width(n))} })
		}
		return newJoin(rt, n)
	case *plan.Apply:
		return newApply(rt, n)
	case *plan.With:
		return newWith(rt, n)
	case *plan.CTEScan:
		return newCTEScan(rt, n)
	case *plan.RecursiveUnion:
		return newRecursiveUnion(rt, n)
	case *plan.WorkTableScan:
		return &workTableScan{rows: rt.work[n.Union]}, nil
	case *plan.Aggregate:
		return withInput(rt, n.Input, func(in Operator) Operator {
			if n.Sorted && rt.memory == nil {
				return newSortedAggregate(aggregate{rt: rt, input: in, node: n})
			}
			return &aggregate{rt: rt, input: in, node: n}
		})
	case *plan.Window:
		if n.Unread {
			return withInput(rt, n.Input, func(in Operator) Operator { return &widened{input: in, row: make(types.Row, plan.Width(n))} })
		}
		return withInput(rt, n.Input, func(in Operator) Operator { return newWindow(rt, in, n) })
	case *plan.Sort:
		if n.Presorted && rt.memory == nil {
			return Build(rt, n.Input)
		}
		if n.PresortedKeys > 0 && rt.memory == nil {
			return withInput(rt, n.Input, func(in Operator) Operator { return newIncrementalSort(rt, in, n) })
		}
		return withInput(rt, n.Input, func(in Operator) Operator { return newSort(rt, in, n) })
	case *plan.LockRows:
		return withInput(rt, n.Input, func(in Operator) Operator { return newLockRows(rt, in, n) })
	case *plan.Distinct:
		return withInput(rt, n.Input, func(in Operator) Operator { return newDistinct(rt, in, n) })
	case *plan.Limit:
		return withInput(rt, n.Input, func(in Operator) Operator {
			o := &limit{rt: rt, input: in, node: n}
			if s, ok := computedOf(in).(*sortRows); ok && n.Count != nil && n.Ties == nil {
				s.most = o.most
			}
			return o
		})
	case *plan.SetOp:
		return newSetOp(rt, n)
	case *plan.Rewritten:
		return newRewritten(rt, n), nil
	case *plan.Insert:
		return newInsert(rt, n)
	case *plan.Merge:
		return newMerge(rt, n)
	case *plan.Update:
		return newUpdate(rt, n)
	case *plan.SystemUpdate:
		return newSystemUpdate(rt, n)
	case *plan.Delete:
		return newDelete(rt, n)
	}
	return nil, sqlerr.Internal("no operator for %T", n)
}

// computedOf is the operator below those that make one row of each.
func computedOf(op Operator) Operator {
	for {
		p, ok := unwatched(op).(*project)
		if !ok {
			return unwatched(op)
		}
		op = p.input
	}
}

func withInput(rt *Runtime, n plan.Node, make func(Operator) Operator) (Operator, error) {
	in, err := Build(rt, n)
	if err != nil {
		return nil, err
	}
	return make(in), nil
}

package plan

import (
	"math"
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// # The first rows of a window
//
// What row_number(), rank(), lag() and aggregates up to the current row give depends on no
// row that comes later. If few rows of a partition are asked for, because of LIMIT or of a
// condition like row_number() <= 10, only its beginning is computed (exec/window.go), and if
// an index gives the order of the window only that is read.

// Cut says where a partition may be cut so that what a window gives for the rows before
// does not depend on those behind.
type Cut uint8

// The places.
const (
	CutNowhere Cut = iota
	CutPeers       // between rows that differ in the window's order
	CutRows        // between any rows
)

// Cut finds where the partitions may be cut.
func (n *Window) Cut() Cut {
	cut := CutRows
	for i := range n.Calls {
		cut = min(cut, n.Calls[i].cut())
	}
	if cut == CutPeers && len(n.Order) == 0 {
		return CutNowhere
	}
	return cut
}

func (c *WindowCall) cut() Cut {
	if c.Fn.Aggregate == nil {
		switch c.Fn.Name {
		case "row_number", "rank", "dense_rank":
			return CutRows
		case "lag":
			if len(c.Args) == 1 {
				return CutRows
			}
			if by, ok := c.Args[1].(*expr.Const); ok && !by.Value.IsNull() && by.Value.Int() >= 0 {
				return CutRows
			}
			return CutNowhere
		case "first_value", "last_value", "nth_value":
		default:
			return CutNowhere
		}
	}
	switch {
	case c.Frame.End != ast.CurrentRow && c.Frame.End != ast.OffsetPreceding:
		return CutNowhere
	case c.Frame.Unit == ast.FrameRows && (c.Frame.Exclude == ast.ExcludeNoOthers || c.Frame.Exclude == ast.ExcludeCurrentRow):
		return CutRows
	}
	return CutPeers
}

// rises says whether what the call gives never falls from one row of a partition to the next.
func (c *WindowCall) rises() bool {
	switch c.Fn.Name {
	case "row_number", "rank", "dense_rank":
		return c.Fn.Aggregate == nil
	case "count":
		return c.Fn.Aggregate != nil && c.Frame.Start == ast.UnboundedPreceding && c.Frame.Exclude == ast.ExcludeNoOthers
	}
	return false
}

// runWhile notes which of the conditions on the window's rows end a partition.
func (n *Window) runWhile(conds []expr.Expr) {
	for _, c := range conds {
		call, ok := c.(*expr.Call)
		if !ok || call.Op == nil || len(call.Args) != 2 {
			continue
		}
		rising, bound, op := call.Args[0], call.Args[1], call.Op.Name
		if !n.isRising(rising) {
			mirrored := map[string]string{">": "<", ">=": "<=", "=": "="}
			rising, bound, op = bound, rising, mirrored[op]
		}
		if !n.isRising(rising) || readsColumn(bound) || !cheap(bound) || hasOuter(bound) {
			continue
		}
		switch op {
		case "<", "<=":
			n.Run = append(n.Run, c)
		case "=":
			e, err := expr.ResolveOperator("<=", rising, bound, -1)
			if err != nil {
				panic(sqlerr.Internal("what can be equated cannot be compared"))
			}
			n.Run = append(n.Run, e)
		}
	}
}

func (n *Window) isRising(e expr.Expr) bool {
	c, ok := e.(*expr.Column)
	return ok && c.Index >= Width(n.Input) && n.Calls[c.Index-Width(n.Input)].rises()
}

// mostRows is how many rows the conditions leave of a partition, as far as they say.
func (n *Window) mostRows() float64 {
	most := math.Inf(1)
	for _, e := range n.Run {
		for _, a := range e.(*expr.Call).Args {
			switch a := a.(type) {
			case *expr.Column:
			case *expr.Const:
				if !a.Value.IsNull() && isInteger(a.T) {
					most = min(most, float64(a.Value.Int()))
				}
			default:
				most = min(most, 100)
			}
		}
	}
	return most
}

// orderedInput lets an index give the order of the window, when so many of its rows are wanted.
func (n *Window) orderedInput(wanted float64) {
	if n.Unread {
		return
	}
	if most := n.mostRows(); len(n.Partition) == 0 && (wanted == wholeResult || most < wanted) && !math.IsInf(most, 1) {
		wanted = max(1, most)
	}
	if n.Cut() == CutNowhere {
		wanted = wholeResult
	}
	n.Few = wanted != wholeResult && wanted < rowsOf(n.Input)/4 || len(n.Run) > 0
	if len(n.Partition)+len(n.Order) == 0 {
		n.Presorted = true
		return
	}
	keys := n.order(false)
	if slices.ContainsFunc(keys, func(k SortKey) bool { _, ok := k.Expr.(*expr.Column); return !ok }) {
		return
	}
	if p := tableOrder(n.Input, keys); p != nil {
		n.Presorted = p.follow(p.before(n.Input, wanted))
	}
	if n.Presorted || n.ascending || len(n.Partition) == 0 {
		return
	}
	if p := tableOrder(n.Input, n.order(true)); p != nil {
		n.Presorted = p.follow(p.before(n.Input, wanted))
	}
}

// order is the one in which rows come out, the partitions ascending or, if that is wanted, descending.
func (n *Window) order(descending bool) []SortKey {
	keys := make([]SortKey, 0, len(n.Partition)+len(n.Order))
	for _, e := range n.Partition {
		keys = append(keys, SortKey{Expr: e, Desc: descending, NullsFirst: descending})
	}
	return append(keys, n.Order...)
}

// windowBelow finds the window whose order of rows is the one that is wanted, or begins with it.
func (n *Sort) windowBelow() *Window {
	keys := slices.Clone(n.Keys)
	for node := n.Input; ; {
		switch t := node.(type) {
		case *Filter:
			node = t.Input
		case *Project:
			if t.Sets || !throughKeysOf(keys, t.Exprs) {
				return nil
			}
			node = t.Input
		case *Window:
			if t.Unread || !startsWith(t.order(false), keys) {
				return nil
			}
			return t
		default:
			return nil
		}
	}
}

// startsWith says whether an order begins with keys.
func startsWith(order, keys []SortKey) bool {
	if len(keys) > len(order) {
		return false
	}
	for i, k := range keys {
		if o := order[i]; !equal(k.Expr, o.Expr) || k.Desc != o.Desc || k.NullsFirst != o.NullsFirst {
			return false
		}
	}
	return true
}

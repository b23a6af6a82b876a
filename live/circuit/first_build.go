package circuit

import (
	"math"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// firstRows says how many of a partition's first rows are read at all: none behind those whose
// rank is at most that. False: all are.
type firstRows func(c *expr.Context) (most int, ok bool, err error)

// windowBelow gives the window that n is a projection of, and what an expression over n's columns
// is over the window's; nil if it is none.
func windowBelow(n plan.Node) (w *plan.Window, column func(expr.Expr) expr.Expr) {
	column = func(e expr.Expr) expr.Expr { return e }
	for {
		switch t := n.(type) {
		case *plan.Window:
			return t, column
		case *plan.Project:
			if t.Sets {
				return nil, nil
			}
			above := column
			column = func(e expr.Expr) expr.Expr {
				if c, ok := above(e).(*expr.Column); ok {
					return t.Exprs[c.Index]
				}
				return nil
			}
			n = t.Input
		default:
			return nil, nil
		}
	}
}

// fewest says what a condition that ends a partition leaves of it: one on row_number() or rank(). Nil: there is none.
func fewest(n *plan.Window) (first firstRows) {
	for _, e := range n.Run {
		cond, ok := e.(*expr.Call)
		if !ok || cond.Op == nil || len(cond.Args) != 2 {
			continue
		}
		rank, most := cond.Args[0], cond.Args[1]
		if _, ok := rank.(*expr.Column); !ok {
			rank, most = most, rank
		}
		c, ok := rank.(*expr.Column)
		if !ok || !integer(most.Type()) || !constant(most) {
			continue
		}
		call := &n.Calls[c.Index-plan.Width(n.Input)]
		if call.Fn.Window == nil || call.Fn.Name != "row_number" && call.Fn.Name != "rank" {
			continue
		}
		first = func(c *expr.Context) (int, bool, error) {
			v, err := most.Eval(c, nil)
			if err != nil || v.IsNull() {
				return 0, false, err
			}
			return int(max(0, min(v.Int(), math.MaxInt32))), true, nil
		}
	}
	return first
}

func integer(t *types.Type) bool { return t == types.Int2 || t == types.Int4 || t == types.Int8 }

// noteLimit notes of a window over all rows below a LIMIT that rows in its order are read alone.
func (b *builder) noteLimit(n plan.Node, keys []plan.SortKey, limit *plan.Limit) {
	w, column := windowBelow(n)
	if w == nil || len(w.Partition) > 0 || limit == nil || limit.Count == nil || len(keys) == 0 || !inItsOrder(w, column, keys) {
		return
	}
	b.firsts[w] = func(c *expr.Context) (int, bool, error) {
		offset, err := bound(c, limit.Offset, 0, sqlerr.InvalidRowCountInResultOffsetClause, "OFFSET")
		if err != nil {
			return 0, false, err
		}
		count, err := bound(c, limit.Count, -1, sqlerr.InvalidRowCountInLimitClause, "LIMIT")
		return count + offset, count >= 0 && count+offset >= 0, err
	}
}

// inItsOrder says whether rows in the order of keys are in that of a window: its groups of
// equal rows follow each other.
func inItsOrder(w *plan.Window, column func(expr.Expr) expr.Expr, keys []plan.SortKey) bool {
	if c, ok := column(keys[0].Expr).(*expr.Column); ok && !keys[0].Desc && c.Index >= plan.Width(w.Input) {
		if call := &w.Calls[c.Index-plan.Width(w.Input)]; call.Fn.Window != nil {
			switch call.Fn.Name {
			case "row_number", "rank", "dense_rank":
				return true
			}
		}
	}
	if len(w.Order) == 0 || len(w.Order) > len(keys) {
		return false
	}
	for i, k := range w.Order {
		own, ok := k.Expr.(*expr.Column)
		c, is := column(keys[i].Expr).(*expr.Column)
		if !ok || !is || own.Index != c.Index || k.Desc != keys[i].Desc || k.NullsFirst != keys[i].NullsFirst || own.Type() != c.Type() {
			return false
		}
	}
	return true
}

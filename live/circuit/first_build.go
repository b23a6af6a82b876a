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

// noteFirst notes of a window below n what is read of it, if of finds that in a column.
func (b *builder) noteFirst(n plan.Node, of func(column func(expr.Expr) *plan.WindowCall) firstRows) {
	w, column := windowBelow(n)
	if w == nil {
		return
	}
	if first := of(func(e expr.Expr) *plan.WindowCall {
		c, ok := column(e).(*expr.Column)
		if at := plan.Width(w.Input); ok && c.Index >= at {
			return &w.Calls[c.Index-at]
		}
		return nil
	}); first != nil {
		b.firsts[w] = first
	}
}

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

// fewest finds conditions that only first rows of partitions pass.
func fewest(cond expr.Expr) func(func(expr.Expr) *plan.WindowCall) firstRows {
	return func(column func(expr.Expr) *plan.WindowCall) (first firstRows) {
		for _, e := range plan.Conjuncts(cond) {
			call, ok := e.(*expr.Call)
			if !ok || call.Op == nil || len(call.Args) != 2 {
				continue
			}
			op, number, most := call.Op.Name, call.Args[0], call.Args[1]
			if column(number) == nil {
				number, most = most, number
				op = map[string]string{">=": "<=", ">": "<", "=": "="}[op]
			}
			c := column(number)
			if c == nil || c.Fn.Window == nil || c.Fn.Name != "row_number" && c.Fn.Name != "rank" || !constant(most) || !integer(most.Type()) {
				continue
			}
			less := 0
			switch op {
			case "<":
				less = 1
			case "<=", "=":
			default:
				continue
			}
			first = func(c *expr.Context) (int, bool, error) {
				v, err := most.Eval(c, nil)
				if err != nil || v.IsNull() {
					return 0, false, err
				}
				return int(max(0, min(v.Int(), math.MaxInt32)-int64(less))), true, nil
			}
		}
		return first
	}
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

package plan

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Apply is a join whose right side is computed anew for each left row: Args,
// over the left row, are the right side's outer row.
type Apply struct {
	Type        JoinType // InnerJoin or LeftJoin
	Left, Right Node
	Args        []expr.Expr
	Cond        expr.Expr // over the pair; nil for none
	// Memoize: the right rows are kept by Args, many of which come again.
	Memoize bool
}

// Columns are those of Left, then those of Right.
func (n *Apply) Columns() []Column { return appendColumns(make([]Column, 0, Width(n)), n) }

// Inputs are Left and Right.
func (n *Apply) Inputs() []Node { return []Node{n.Left, n.Right} }

// rightSide plans what stands to the right of left in FROM, in a scope of its
// own, and puts its columns behind those of left. args is what it reads of left
// and of the queries around; LATERAL subqueries and functions may read left, all
// others only what is around.
func (p *planner) rightSide(left *scope, loc int, plan func(right *scope) (Node, error)) (n Node, args []expr.Expr, err error) {
	siblings := left.lateral
	if siblings == nil {
		siblings = left.outer
	}
	right := &scope{
		outer:   &scope{edge: &args, outer: &scope{outer: left.outer, unseen: left}},
		lateral: &scope{edge: &args, outer: &scope{columns: left.columns, width: left.width, outer: siblings}},
	}
	p.level++
	n, err = plan(right)
	p.level--
	if err != nil {
		return nil, nil, err
	}
	for i, c := range right.columns {
		if i > 0 && c.relation == right.columns[i-1].relation {
			continue
		}
		if c.relation != "" && left.hasRelation(c.relation) {
			return nil, nil, sqlerr.New(sqlerr.DuplicateAlias, `table name "%s" specified more than once`, c.relation)
		}
	}
	for _, c := range right.columns {
		c.index += left.width
		if c.merged != nil {
			c.merged = shift(c.merged, left.width)
		}
		left.columns = append(left.columns, c)
	}
	left.width += right.width
	left.aliased = append(left.aliased, right.aliased...)
	left.recurs = left.recurs || right.recurs
	left.items = append(left.items, right.items...)
	return n, args, nil
}

// pair joins two sides. The right one reads args; if none of them is of the left
// row, it need not be computed for each.
func pair(t JoinType, left, right Node, args []expr.Expr) (Node, error) {
	dependent := false
	for _, a := range args {
		dependent = dependent || readsColumn(a)
	}
	switch {
	case !dependent:
		if len(args) > 0 {
			mapExprs(right, func(e expr.Expr) expr.Expr { return withoutEdge(e, args) })
		}
		return &Join{Type: t, Left: left, Right: right}, nil
	case t != InnerJoin && t != LeftJoin:
		return nil, sqlerr.New(sqlerr.InvalidColumnReference, "invalid reference to FROM-clause entry").
			WithDetail("The combining JOIN type must be INNER or LEFT for a LATERAL reference.")
	}
	return &Apply{Type: t, Left: left, Right: right, Args: args}, nil
}

// withoutEdge puts args, which read only the outer row, in the place of what is
// handed in.
func withoutEdge(e expr.Expr, args []expr.Expr) expr.Expr {
	return expr.Rewrite(e, func(e expr.Expr) expr.Expr {
		if o, ok := e.(*expr.OuterColumn); ok && o.Level == 1 {
			return args[o.Index]
		}
		return e
	})
}

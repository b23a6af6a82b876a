package circuit

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
)

func (b *builder) join(n *plan.Join) (operator, error) {
	if err := plain(append(append(present(n.Cond), n.LeftKeys...), n.RightKeys...)...); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(n.LeftKeys, hasLink) || slices.ContainsFunc(n.RightKeys, hasLink) {
		return nil, errNoForm
	}
	cond := n.Cond
	_, turning := divide(cond)
	if cond != nil && (hasLink(cond) || turning != nil && n.Type == plan.InnerJoin) {
		if n.Type != plan.InnerJoin {
			return nil, errNoForm
		}
		c := *n
		c.Cond = nil
		n = &c
	} else {
		cond = nil
	}
	left, err := b.node(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := b.node(n.Right)
	if err != nil {
		return nil, err
	}
	op := newJoin(n, left, right, b.meter)
	if b.sharing {
		op.share([2]plan.Node{n.Left, n.Right})
		for _, s := range op.sides {
			if s.want != nil {
				b.wanted(s.want, s.there)
			}
		}
	}
	if cond == nil {
		return op, nil
	}
	return b.passing(op, n.Columns(), cond)
}

func (b *builder) apply(n *plan.Apply) (operator, error) {
	if n.Cond != nil && (plain(n.Cond) != nil || hasLink(n.Cond)) {
		return nil, errNoForm
	}
	left, err := b.node(n.Left)
	if err != nil {
		return nil, err
	}
	o, err := b.dependent(left, n.Right, n.Args)
	if err != nil {
		return nil, err
	}
	o.cond, o.outer, o.width, o.types = n.Cond, n.Type == plan.LeftJoin, len(n.Right.Columns()), columnTypes(n.Columns())
	return o, nil
}

// dependent makes the operator of a query that reads the rows of left, by args.
func (b *builder) dependent(left operator, query plan.Node, args []expr.Expr) (*dependent, error) {
	k := plan.NewKeyed(query)
	if k == nil || plain(args...) != nil || slices.ContainsFunc(args, hasLink) {
		return nil, errNoForm
	}
	ok := true
	plan.EachNode(k.Part, func(part plan.Node) {
		plan.EachExpr(part, func(e expr.Expr) { ok = ok && !hasLink(e) })
	})
	if !ok {
		return nil, errNoForm
	}
	var rows operator
	if k.Rows != nil {
		var err error
		if rows, err = b.node(k.Rows); err != nil {
			return nil, err
		}
	}
	return newDependent(k, args, left, rows, b.evaluate, b.meter), nil
}

// inputOrder are the aggregates whose result depends on the order of the rows.
var inputOrder = []string{"array_agg", "string_agg", "json_agg", "jsonb_agg", "json_object_agg", "jsonb_object_agg", "xmlagg", "json_arrayagg", "json_objectagg"}

package plan

import "github.com/kalamsql/kalamsql/sql/expr"

// mapExprs puts f(e) in the place of every expression e of n and of the nodes
// below it. Queries of sublinks and right sides of Apply are not entered: what
// they read of the outside is an expression of the link, or of Apply.
func mapExprs(n Node, f func(expr.Expr) expr.Expr) {
	exprMapper{one: f, condition: f}.node(n)
	if a, ok := n.(*Apply); ok {
		mapExprs(a.Left, f)
		return
	}
	for _, in := range n.Inputs() {
		mapExprs(in, f)
	}
}

// exprMapper goes through the expressions of a plan. condition is for those
// that a row must meet, one for all others.
type exprMapper struct {
	one, condition func(expr.Expr) expr.Expr
}

func (m exprMapper) below(n Node) {
	m.node(n)
	for _, in := range n.Inputs() {
		m.below(in)
	}
}

// node maps the expressions of one node, in place.
func (m exprMapper) node(n Node) {
	switch n := n.(type) {
	case *Scan:
		m.cond(&n.Filter)
		for i := range n.Ranges {
			r := &n.Ranges[i]
			m.all(r.Prefix)
			for _, b := range []*Bound{r.Low, r.High} {
				if b != nil {
					m.expr(&b.Value)
				}
			}
		}
		if n.Search != nil {
			n.Search = n.Search.mapped(m.expr)
		}
	case *Append:
		m.all(n.Prune)
	case *CurrentRow:
		m.expr(&n.Cursor)
	case *Sample:
		m.expr(&n.Percent)
		m.expr(&n.Seed)
	case *FunctionScan:
		for i := range n.Funcs {
			m.expr(&n.Funcs[i].Call)
		}
	case *Values:
		for _, row := range n.Rows {
			m.all(row)
		}
	case *Filter:
		m.cond(&n.Cond)
	case *Project:
		m.all(n.Exprs)
	case *Join:
		m.all(n.LeftKeys)
		m.all(n.RightKeys)
		m.cond(&n.Cond)
	case *Apply:
		m.all(n.Args)
		m.cond(&n.Cond)
	case *Aggregate:
		m.all(n.Keys)
		for i := range n.Aggs {
			m.call(&n.Aggs[i])
		}
	case *Window:
		m.all(n.Partition)
		m.keys(n.Order)
		for i := range n.Calls {
			c := &n.Calls[i]
			m.all(c.Args)
			m.cond(&c.Filter)
			m.expr(&c.Frame.StartOffset)
			m.expr(&c.Frame.EndOffset)
		}
		m.all(n.Run)
	case *Sort:
		m.keys(n.Keys)
	case *LockRows:
		m.cond(&n.Cond)
	case *Distinct:
		m.all(n.On)
	case *Limit:
		m.expr(&n.Count)
		m.expr(&n.Offset)
		m.keys(n.Ties)
	case *Insert:
		m.all(n.Defaults)
		m.checks(n.Checks)
		m.all(n.Returning)
		if n.Conflict != nil {
			m.set(n.Conflict.Set)
			m.cond(&n.Conflict.Where)
			m.checks(n.Conflict.Reach)
			m.checks(n.Conflict.Checks)
		}
	case *Update:
		m.cond(&n.Cond)
		m.set(n.Set)
		m.all(n.Defaults)
		m.checks(n.Checks)
		m.all(n.Returning)
	case *Delete:
		m.cond(&n.Cond)
		m.all(n.Returning)
	case *Merge:
		m.cond(&n.On)
		for i := range n.Whens {
			w := &n.Whens[i]
			m.cond(&w.Cond)
			m.set(w.Set)
			m.all(w.Values)
		}
		m.all(n.Defaults)
		m.checks(n.Checks)
		m.checks(n.Inserted)
		m.checks(n.Updatable)
		m.checks(n.Deletable)
		m.all(n.Returning)
	}
}

func (m exprMapper) expr(e *expr.Expr) { put(e, m.one) }
func (m exprMapper) cond(e *expr.Expr) { put(e, m.condition) }

// put puts what an expression is mapped to in its place. Who only looks at a plan, which
// others may be using, writes nothing.
func put(e *expr.Expr, mapped func(expr.Expr) expr.Expr) {
	if *e == nil {
		return
	}
	if is := mapped(*e); is != *e {
		*e = is
	}
}

func (m exprMapper) all(list []expr.Expr) {
	for i := range list {
		m.expr(&list[i])
	}
}

func (m exprMapper) keys(list []SortKey) {
	for i := range list {
		m.expr(&list[i].Expr)
	}
}

func (m exprMapper) set(list []Assignment) {
	for i := range list {
		m.expr(&list[i].Value)
	}
}

func (m exprMapper) checks(list []CheckExpr) {
	for i := range list {
		m.expr(&list[i].Cond)
	}
}

func (m exprMapper) call(c *AggCall) {
	m.all(c.Args)
	m.all(c.Direct)
	m.keys(c.OrderBy)
	m.cond(&c.Filter)
}

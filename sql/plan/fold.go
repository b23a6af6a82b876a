package plan

import "github.com/kalamsql/kalamsql/sql/expr"

// fold computes what is constant in every expression of a plan, once instead
// of for each row: literals whose value depends on the session's settings, and
// immutable functions of constants. An expression that fails stays, and fails
// when it is reached; the first such error that PostgreSQL would meet is given.
func fold(n Node, c *expr.Context) (failure error) {
	one := func(e expr.Expr) expr.Expr {
		if e == nil {
			return nil
		}
		e, err := expr.FoldConstants(e, c)
		if failure == nil {
			failure = err
		}
		return e
	}
	condition := func(e expr.Expr) expr.Expr {
		if e == nil {
			return nil
		}
		e, err := expr.FoldCondition(e, c)
		if failure == nil {
			failure = err
		}
		return e
	}
	all := func(list []expr.Expr) {
		for i, e := range list {
			list[i] = one(e)
		}
	}
	set := func(list []Assignment) {
		for i := range list {
			list[i].Value = one(list[i].Value)
		}
	}
	checks := func(list []CheckExpr) {
		for i := range list {
			list[i].Cond = one(list[i].Cond)
		}
	}
	switch n := n.(type) {
	case *Scan:
		n.Filter = condition(n.Filter)
	case *Values:
		for _, row := range n.Rows {
			all(row)
		}
	case *Filter:
		n.Cond = condition(n.Cond)
	case *Project:
		all(n.Exprs)
	case *Join:
		all(n.LeftKeys)
		all(n.RightKeys)
		n.Cond = condition(n.Cond)
	case *Aggregate:
		all(n.Keys)
		for i := range n.Aggs {
			all(n.Aggs[i].Args)
			n.Aggs[i].Filter = one(n.Aggs[i].Filter)
		}
	case *Insert:
		all(n.Defaults)
		checks(n.Checks)
		all(n.Returning)
		if n.Conflict != nil {
			set(n.Conflict.Set)
			n.Conflict.Where = one(n.Conflict.Where)
		}
	case *Update:
		set(n.Set)
		all(n.Defaults)
		checks(n.Checks)
		all(n.Returning)
	case *Delete:
		all(n.Returning)
	}
	for _, in := range n.Inputs() {
		if err := fold(in, c); failure == nil {
			failure = err
		}
	}
	return failure
}

package dataflow

import (
	"reflect"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Check says whether a plan can be live: one table, any deterministic
// condition, any projection. Anything else is 0A000, by name.
func Check(p *plan.Plan) error {
	if !p.ReadOnly {
		return sqlerr.New(sqlerr.FeatureNotSupported, "a live query must be a SELECT that changes nothing")
	}
	for n := p.Root; ; n = n.Inputs()[0] {
		if construct := refused(n); construct != "" {
			return sqlerr.Unsupported("%s in a live query", construct)
		}
		for _, e := range expressions(n) {
			if err := checkExpr(e); err != nil {
				return err
			}
		}
		if len(n.Inputs()) == 0 {
			break
		}
	}
	if p.Runs {
		return sqlerr.Unsupported("a function of a user that is more than an expression in a live query")
	}
	if p.Volatility == expr.Volatile {
		return sqlerr.Unsupported("a volatile function in a live query")
	}
	return nil
}

// refused names what a node is that cannot be live; empty for one that can.
func refused(n plan.Node) string {
	switch n := n.(type) {
	case *plan.Filter:
		return ""
	case *plan.Project:
		if n.Sets {
			return "a set-returning function in the select list"
		}
		return ""
	case *plan.Scan:
		if n.Lock != nil {
			return "FOR UPDATE, FOR SHARE or its kin"
		}
		if n.Table.Temporary {
			return "a temporary table"
		}
		return ""
	case *plan.LockRows:
		return "FOR UPDATE, FOR SHARE or its kin"
	case *plan.Join:
		return "JOIN"
	case *plan.Aggregate:
		return "an aggregate or GROUP BY"
	case *plan.Sort:
		return "ORDER BY"
	case *plan.Distinct:
		return "DISTINCT"
	case *plan.Limit:
		return "LIMIT or OFFSET"
	case *plan.Append:
		return "a table that others inherit from"
	case *plan.SetOp:
		return "UNION, INTERSECT or EXCEPT"
	case *plan.VirtualScan:
		return "system view " + n.View.Name
	case *plan.FunctionScan:
		return "a function in FROM"
	case *plan.Values:
		return "SELECT without a table"
	}
	return reflect.TypeOf(n).Elem().Name()
}

// expressions lists those of a node that can be live.
func expressions(n plan.Node) []expr.Expr {
	switch n := n.(type) {
	case *plan.Scan:
		if n.Filter != nil {
			return []expr.Expr{n.Filter}
		}
	case *plan.Filter:
		return []expr.Expr{n.Cond}
	case *plan.Project:
		return n.Exprs
	}
	return nil
}

var exprPackage = reflect.TypeFor[expr.Const]().PkgPath()

// checkExpr refuses volatile functions, and expressions that are made of more
// than the row: those that other packages define, which hold plans.
func checkExpr(e expr.Expr) error {
	var err error
	expr.Walk(e, func(e expr.Expr) bool {
		if err != nil {
			return false
		}
		switch e := e.(type) {
		case *expr.OuterColumn:
			err = sqlerr.Unsupported("a subquery in a live query")
		case *expr.Call:
			switch {
			case e.Fn.Volatility == expr.Volatile:
				err = sqlerr.Unsupported("volatile function %s() in a live query", e.Fn.Name).At(e.Loc)
			case e.Fn.Set != nil:
				err = sqlerr.Unsupported("set-returning function %s() in a live query", e.Fn.Name).At(e.Loc)
			}
		default:
			if t := reflect.TypeOf(e); t.Kind() == reflect.Pointer && t.Elem().PkgPath() != exprPackage {
				err = sqlerr.Unsupported("a subquery in a live query")
			}
		}
		return err == nil
	})
	return err
}

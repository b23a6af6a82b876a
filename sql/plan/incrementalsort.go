package plan

import "github.com/kalamsql/kalamsql/sql/expr"

// longestOrder is the way to a scan that may give the order of as many of the first keys as
// possible; nil if there is none.
func (n *Sort) longestOrder() *orderPath {
	for k := len(n.Keys); k > 0; k-- {
		if p := tableOrder(n.Input, n.Keys[:k]); p != nil {
			return p
		}
	}
	return nil
}

// followSome lets a scan give the order of some of the first keys. Of the rows that agree in
// them all have to be read before the first one is known, so more is read than is wanted.
func (n *Sort) followSome(wanted float64) {
	for k := len(n.Keys) - 1; k > 0; k-- {
		p := tableOrder(n.Input, n.Keys[:k])
		if p == nil || p.grouped() {
			continue
		}
		more := wanted
		if wanted != wholeResult {
			rows := rowsOf(n.Input)
			more += rows / n.groups(k, rows)
		}
		if p.follow(more) {
			n.PresortedKeys = k
			return
		}
	}
}

// groups is how many different values the first keys have in so many rows.
func (n *Sort) groups(keys int, rows float64) float64 {
	by := make([]expr.Expr, keys)
	for i := range by {
		by[i] = n.Keys[i].Expr
	}
	return max(1, distinctRows(by, n.Input, rows))
}

// groupwise is what sorting one group after the other costs.
func (n *Sort) groupwise(in Estimate) Estimate {
	groups := n.groups(n.PresortedKeys, in.Rows)
	each := sortCost(in.Rows/groups, len(n.Keys))
	return Estimate{in.Startup + (in.Total-in.Startup)/groups + each, in.Total + groups*each + in.Rows*2*cpuOperatorCost, in.Rows, in.Width}
}

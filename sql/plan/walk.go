package plan

import "github.com/kalamsql/kalamsql/sql/expr"

// EachNode calls f for n and every node below it, those of subqueries in
// expressions too.
func EachNode(n Node, f func(Node)) {
	f(n)
	EachExpr(n, func(e expr.Expr) {
		if link, ok := e.(*SubLink); ok {
			EachNode(link.Query, f)
		}
	})
	for _, in := range n.Inputs() {
		EachNode(in, f)
	}
}

// EachExpr calls f for every expression of one node, and for those they are made
// of.
func EachExpr(n Node, f func(expr.Expr)) {
	look := func(e expr.Expr) expr.Expr {
		expr.Walk(e, func(e expr.Expr) bool {
			f(e)
			return true
		})
		return e
	}
	exprMapper{one: look, condition: look}.node(n)
}

// Key gives the positions of columns that together identify a row of a node's
// result; nil when none are known to.
func Key(n Node) []int {
	switch n := n.(type) {
	case *Scan:
		pk := n.Table.PrimaryKey()
		if pk == nil {
			return nil
		}
		var key []int
		for _, k := range pk.Keys {
			if k.Column == 0 {
				return nil
			}
			key = append(key, n.Table.Ordinal(k.Column))
		}
		return key
	case *Append: // the keys of a partitioned table are those of all its partitions
		if n.Table.Key != nil {
			return Key(&Scan{Table: n.Table})
		}
		return nil
	case *Filter:
		return Key(n.Input)
	case *Sort:
		return Key(n.Input)
	case *LockRows:
		return Key(n.Input)
	case *Sample:
		return Key(n.Input)
	case *Limit:
		return Key(n.Input)
	case *Window:
		return Key(n.Input)
	case *With:
		return Key(n.Input)
	case *Distinct:
		if n.On != nil {
			return Key(n.Input)
		}
		return everyColumn(n)
	case *SetOp:
		if !n.All {
			return everyColumn(n)
		}
	case *Join:
		return pairKey(n.Left, n.Right)
	case *Apply:
		return pairKey(n.Left, n.Right)
	case *Aggregate:
		if n.Plain || n.Sets != nil {
			return nil
		}
		key := make([]int, len(n.Keys))
		for i := range key {
			key[i] = i
		}
		return key
	case *Project:
		return n.key()
	case *CTEScan:
		return Key(n.CTE.Query)
	}
	return nil
}

func everyColumn(n Node) []int {
	key := make([]int, Width(n))
	for i := range key {
		key[i] = i
	}
	return key
}

func pairKey(left, right Node) []int {
	l, r := Key(left), Key(right)
	if l == nil || r == nil {
		return nil
	}
	width := Width(left)
	key := append([]int(nil), l...)
	for _, i := range r {
		key = append(key, width+i)
	}
	return key
}

// key finds the input's key among the columns.
func (n *Project) key() []int {
	below := Key(n.Input)
	if below == nil || n.Sets {
		return nil
	}
	var key []int
	for _, want := range below {
		at := -1
		for i, e := range n.Exprs {
			if c, ok := e.(*expr.Column); ok && c.Index == want && at < 0 {
				at = i
			}
		}
		if at < 0 {
			return nil
		}
		key = append(key, at)
	}
	return key
}

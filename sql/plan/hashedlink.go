package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
)

// HashedLink is another way to compute a correlated subquery: all rows it could
// have for any row around it are read once, into a hash table by what they are
// compared with. Expressions over a pair see Args of the link and then the
// columns of Rows.
//
// For example, EXISTS (SELECT FROM u WHERE u.a = t.a AND u.b > t.b) becomes the
// rows of u by u.a, of which those count for a row of t that are found with its
// t.a and have u.b > t.b.
type HashedLink struct {
	// Rows reads nothing of the enclosing query.
	Rows Node
	// LeftKeys, over Args, are looked up among RightKeys, over Rows.
	LeftKeys, RightKeys []expr.Expr
	// Cond, over a pair, is the rest of the condition; nil for none.
	Cond expr.Expr
	// Exprs are the subquery's columns, over a pair.
	Exprs []expr.Expr
	// Empty gives what an aggregate gives without rows, for keys that are not
	// found; nil if the subquery has no aggregates. Its columns are the last
	// ones of Rows.
	Empty Node
	// After is how often the subquery itself runs before it is cheaper to have read
	// all rows: by then it has cost as much as reading them does, so that the two
	// together cost at most twice what the better of them does, however many rows
	// there are around it.
	After int
}

// hash finds the other way to compute a link from its query as it was before it
// was optimized; there is none for queries of another shape than a join with
// conditions, perhaps aggregated as a whole.
func (p *planner) hash(link *SubLink, query Node) {
	if query == nil {
		return
	}
	top, ok := unordered(query, link.Kind == ExistsLink).(*Project)
	if !ok || top.Sets {
		return
	}
	h := &HashedLink{}
	body, agg, having := top.Input, (*Aggregate)(nil), expr.Expr(nil)
	if f, ok := body.(*Filter); ok {
		if agg, ok = f.Input.(*Aggregate); ok {
			having = f.Cond
		}
	} else {
		agg, _ = body.(*Aggregate)
	}
	if agg != nil {
		body = agg.Input
		if !agg.Plain || readsOuter(&Aggregate{Input: &Values{}, Aggs: agg.Aggs}) || having != nil && hasOuter(having) {
			return
		}
	}
	body, conds, ok := pullUp(body)
	if !ok {
		return
	}
	for _, c := range conds {
		if !h.key(c) {
			h.Cond = and(h.Cond, c)
		}
	}
	if len(h.LeftKeys) == 0 && !dear(link.Query) {
		return
	}
	h.Rows = body
	shiftBy := 0
	if agg != nil {
		if h.Cond != nil {
			return
		}
		shiftBy = len(h.RightKeys)
		h.group(agg, body, having)
	}
	width := len(link.Args)
	for i, e := range h.LeftKeys {
		h.LeftKeys[i] = overPair(e, 0)
	}
	if h.Cond != nil {
		h.Cond = overPair(h.Cond, width)
	}
	for _, e := range top.Exprs {
		h.Exprs = append(h.Exprs, overPair(shift(e, shiftBy), width))
	}
	h.Rows = p.finish(h.Rows)
	if h.Empty != nil {
		h.Empty = p.finish(h.Empty)
	}
	link.Hashed = h
	m := Estimates{}
	h.After = int(min(max(1, m.readAll(h)/m.run(link)), mostRuns))
}

// group makes Rows the groups of an aggregate by the right keys.
func (h *HashedLink) group(agg *Aggregate, body Node, having expr.Expr) {
	grouped := &Aggregate{Input: body, Keys: h.RightKeys, Aggs: agg.Aggs}
	none := &Aggregate{Input: &Values{cols: body.Columns()}, Aggs: append([]AggCall(nil), agg.Aggs...), Plain: true, cols: agg.cols}
	h.RightKeys = nil
	for i, k := range grouped.Keys {
		grouped.cols = append(grouped.cols, Column{Name: "key", Type: k.Type(), Typmod: k.Typmod()})
		h.RightKeys = append(h.RightKeys, &expr.Column{Index: i, T: k.Type(), Mod: k.Typmod(), Name: "key"})
	}
	grouped.cols = append(grouped.cols, agg.cols...)
	h.Rows, h.Empty = grouped, none
	if having != nil {
		h.Rows = &Filter{Input: grouped, Cond: shift(having, len(grouped.Keys))}
		h.Empty = &Filter{Input: none, Cond: having}
	}
}

// unordered drops what makes no difference for whether there is a row.
func unordered(n Node, exists bool) Node {
	for exists {
		switch t := n.(type) {
		case *Sort:
			n = t.Input
			continue
		case *Distinct:
			n = t.Input
			continue
		case *Limit:
			if c, ok := t.Count.(*expr.Const); ok && t.Offset == nil && !c.Value.IsNull() && c.Value.Int() > 0 {
				n = t.Input
				continue
			}
		case *Project:
			if _, ok := t.Input.(*Sort); ok && !t.Sets { // drops what only ORDER BY needed
				n = t.Input
				continue
			}
		}
		break
	}
	return n
}

// key takes an equation between Args and Rows as a key.
func (h *HashedLink) key(cond expr.Expr) bool {
	one, other, ok := equation(cond)
	if !ok {
		return false
	}
	for _, pair := range [][2]expr.Expr{{one, other}, {other, one}} {
		outer, inner := pair[0], pair[1]
		if hasOuter(outer) && !readsColumn(outer) && readsColumn(inner) && !hasOuter(inner) {
			h.LeftKeys, h.RightKeys = append(h.LeftKeys, outer), append(h.RightKeys, inner)
			return true
		}
	}
	return false
}

// overPair writes an expression of the subquery over a pair: what it is given,
// and then its row, width columns on.
func overPair(e expr.Expr, width int) expr.Expr {
	return expr.Rewrite(e, func(e expr.Expr) expr.Expr {
		switch c := e.(type) {
		case *expr.Column:
			moved := *c
			moved.Index += width
			return &moved
		case *expr.OuterColumn:
			return &expr.Column{Index: c.Index, T: c.T, Mod: c.Mod, Name: c.Name}
		}
		return e
	})
}

// pullUp takes the conditions that read the enclosing query out of a tree of
// joins, and gives them over its columns.
func pullUp(n Node) (rest Node, conds []expr.Expr, ok bool) {
	switch n := n.(type) {
	case *Scan:
		own := conjuncts(n.Filter)
		n.Filter = nil
		for _, c := range own {
			if hasOuter(c) {
				conds = append(conds, c)
			} else {
				n.Filter = and(n.Filter, c)
			}
		}
		return n, conds, true
	case *Filter:
		in, conds, ok := pullUp(n.Input)
		for _, c := range conjuncts(n.Cond) {
			if hasOuter(c) {
				conds = append(conds, c)
			} else {
				in = filter(in, c)
			}
		}
		return in, conds, ok
	case *Join:
		if n.Type == InnerJoin {
			return n.pullUp()
		}
	case *Append:
		if conds, ok := n.pullUp(); ok {
			return n, conds, true
		}
	}
	return n, nil, !readsOuter(n)
}

// pullUp takes the conditions that read the outer row out of all members, and gives
// them over the rows of the Append. It fails, and changes nothing, where members do not
// have the same.
func (n *Append) pullUp() (conds []expr.Expr, ok bool) {
	filters := make([]expr.Expr, len(n.Members))
	for i, m := range n.Members {
		p, ok := m.(*Project)
		if !ok {
			return nil, false
		}
		s, ok := p.Input.(*Scan)
		if !ok {
			return nil, false
		}
		var own []expr.Expr
		for _, c := range conjuncts(s.Filter) {
			if !hasOuter(c) {
				filters[i] = and(filters[i], c)
				continue
			}
			above, ok := p.above(c)
			if !ok {
				return nil, false
			}
			own = append(own, above)
		}
		if i == 0 {
			conds = own
		} else if !slices.EqualFunc(own, conds, equal) {
			return nil, false
		}
	}
	for i, m := range n.Members {
		m.(*Project).Input.(*Scan).Filter = filters[i]
	}
	n.Prune = slices.DeleteFunc(slices.Clone(n.Prune), hasOuter)
	return conds, true
}

// above gives an expression over the input's rows as one over the projection's, if that
// has all columns which it reads.
func (n *Project) above(e expr.Expr) (out expr.Expr, ok bool) {
	ok = true
	out = expr.Rewrite(e, func(e expr.Expr) expr.Expr {
		c, is := e.(*expr.Column)
		if !is {
			return e
		}
		at := slices.IndexFunc(n.Exprs, func(x expr.Expr) bool {
			have, is := x.(*expr.Column)
			return is && have.Index == c.Index
		})
		if at < 0 {
			ok = false
			return e
		}
		moved := *c
		moved.Index, moved.Name = at, n.cols[at].Name
		return &moved
	})
	return out, ok
}

func (n *Join) pullUp() (Node, []expr.Expr, bool) {
	left, conds, ok := pullUp(n.Left)
	if !ok {
		return nil, nil, false
	}
	right, more, ok := pullUp(n.Right)
	if !ok {
		return nil, nil, false
	}
	n.Left, n.Right = left, right
	width := Width(left)
	for _, c := range more {
		conds = append(conds, shift(c, width))
	}
	for _, e := range append(append([]expr.Expr(nil), n.LeftKeys...), n.RightKeys...) {
		if hasOuter(e) {
			return nil, nil, false
		}
	}
	own := conjuncts(n.Cond)
	n.Cond = nil
	for _, c := range own {
		if hasOuter(c) {
			conds = append(conds, c)
		} else {
			n.Cond = and(n.Cond, c)
		}
	}
	return n, conds, true
}

// hasOuter says whether an expression reads the enclosing query.
func hasOuter(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(e expr.Expr) bool {
		if _, ok := e.(*expr.OuterColumn); ok {
			found = true
		}
		return !found
	})
	return found
}

// readsOuter says whether any expression below a node may read the enclosing
// query.
func readsOuter(n Node) bool {
	switch n.(type) {
	case *Apply, *With, *RecursiveUnion, *WorkTableScan:
		return true
	}
	found := false
	EachExpr(n, func(e expr.Expr) {
		_, outer := e.(*expr.OuterColumn)
		found = found || outer
	})
	for _, in := range n.Inputs() {
		found = found || readsOuter(in)
	}
	return found
}

// dear says whether a plan scans a whole table.
func dear(n Node) bool {
	if s, ok := n.(*Scan); ok && s.Ranges == nil && s.Search == nil {
		return true
	}
	for _, in := range n.Inputs() {
		if dear(in) {
			return true
		}
	}
	return false
}

// copyNode copies a tree of nodes so that changing one leaves the other; nil if
// a node in it is not of the plain kinds.
func copyNode(n Node) Node {
	inputs := func(ins ...*Node) bool {
		for _, in := range ins {
			if *in = copyNode(*in); *in == nil {
				return false
			}
		}
		return true
	}
	switch n := n.(type) {
	case *Scan:
		c := *n
		return &c
	case *VirtualScan:
		c := *n
		return &c
	case *TransitionScan:
		c := *n
		return &c
	case *CTEScan:
		n.CTE.copied = true
		c := *n
		return &c
	case *FunctionScan:
		c := *n
		c.Funcs = append([]ScannedFunction(nil), n.Funcs...)
		return &c
	case *Values:
		c := *n
		c.Rows = make([][]expr.Expr, len(n.Rows))
		for i, r := range n.Rows {
			c.Rows[i] = append([]expr.Expr(nil), r...)
		}
		return &c
	case *Filter:
		if c := *n; inputs(&c.Input) {
			return &c
		}
	case *Sample:
		if c := *n; inputs(&c.Input) {
			return &c
		}
	case *Project:
		c := *n
		c.Exprs = append([]expr.Expr(nil), n.Exprs...)
		if inputs(&c.Input) {
			return &c
		}
	case *Join:
		c := *n
		c.LeftKeys, c.RightKeys = append([]expr.Expr(nil), n.LeftKeys...), append([]expr.Expr(nil), n.RightKeys...)
		if inputs(&c.Left, &c.Right) {
			return &c
		}
	case *Aggregate:
		c := *n
		c.Keys = append([]expr.Expr(nil), n.Keys...)
		c.Aggs = append([]AggCall(nil), n.Aggs...)
		for i := range c.Aggs {
			a := &c.Aggs[i]
			a.Args, a.Direct, a.OrderBy = append([]expr.Expr(nil), a.Args...), append([]expr.Expr(nil), a.Direct...), append([]SortKey(nil), a.OrderBy...)
		}
		if inputs(&c.Input) {
			return &c
		}
	case *Sort:
		c := *n
		c.Keys = append([]SortKey(nil), n.Keys...)
		if inputs(&c.Input) {
			return &c
		}
	case *Distinct:
		c := *n
		c.On = append([]expr.Expr(nil), n.On...)
		if inputs(&c.Input) {
			return &c
		}
	case *Limit:
		if c := *n; inputs(&c.Input) {
			return &c
		}
	case *LockRows:
		if c := *n; inputs(&c.Input) {
			return &c
		}
	case *Append:
		c := *n
		c.Members, c.tables, c.checks = slices.Clone(n.Members), slices.Clone(n.tables), slices.Clone(n.checks)
		c.Prune, c.Merge = slices.Clone(n.Prune), slices.Clone(n.Merge)
		all := make([]*Node, len(c.Members))
		for i := range c.Members {
			all[i] = &c.Members[i]
		}
		if inputs(all...) {
			return &c
		}
	case *SetOp:
		c := *n
		c.Merge = slices.Clone(n.Merge)
		if inputs(&c.Left, &c.Right) {
			return &c
		}
	}
	return nil
}

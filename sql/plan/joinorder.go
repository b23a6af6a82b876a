package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
)

// Rough sizes, in rows, of what nothing is known of.
const (
	tableRows = 1000
	// lookupRows is up to how many rows it is worth to look each one's partners
	// up in an index instead of reading the other side whole.
	lookupRows = 100
)

// leaf is one side of a tree of inner joins.
type leaf struct {
	node   Node
	offset int // of its columns in the tree's rows
	width  int
	rows   float64
	// planned: the node is optimized already.
	planned bool
}

// joinTree is a tree of inner joins taken apart.
type joinTree struct {
	leaves []leaf
	conds  []treeCond
}

// treeCond is a condition over the tree's rows, and which leaves it reads.
type treeCond struct {
	expr   expr.Expr
	leaves []bool
	done   bool
}

// orderJoins puts a tree of inner joins together again, with conditions where
// they can first be decided: smallest side first, then whatever is connected to
// what is there already. Without statistics a fixed guess and the conditions
// say how large a side is.
func orderJoins(root Node, conds []expr.Expr) Node {
	t := &joinTree{}
	all := t.take(root, 0)
	cols := root.Columns()
	conds = derive(t.joinSubqueries(factored(append(all, conds...)), len(cols)))
	var kept []expr.Expr
	locked := false
	for _, c := range conds {
		if !movable(c) {
			kept = append(kept, c)
			continue
		}
		t.conds = append(t.conds, treeCond{expr: c, leaves: t.reads(c)})
	}
	for i := range t.leaves {
		l := &t.leaves[i]
		var own []expr.Expr
		for k := range t.conds {
			if c := &t.conds[k]; c.only(i) {
				own = append(own, shift(c.expr, -l.offset))
				c.done = true
			}
		}
		if l.planned {
			l.node = filterAll(l.node, own)
		} else {
			l.node = push(l.node, own)
		}
		l.rows = estimate(l.node)
		if s, ok := l.node.(*Scan); ok && (s.Lock != nil || s.Ref) {
			locked = locked || s.Lock != nil
		}
	}
	order := t.order(locked)
	n := t.join(order)
	if !slices.IsSorted(order) || len(n.Columns()) > len(cols) {
		n = restore(n, t, order, cols)
	}
	for _, c := range t.conds {
		if !c.done { // it reads no column
			kept = append(kept, c.expr)
		}
	}
	if len(kept) == 0 {
		return n
	}
	return &Filter{Input: n, Cond: expr.NewAnd(kept...)}
}

// take takes inner joins and filters apart, and gives the conditions met.
func (t *joinTree) take(n Node, offset int) (conds []expr.Expr) {
	switch n := n.(type) {
	case *Join:
		if n.Type != InnerJoin {
			break
		}
		left := len(n.Left.Columns())
		conds = append(t.take(n.Left, offset), t.take(n.Right, offset+left)...)
		for i := range n.LeftKeys {
			eq, err := expr.ResolveOperator("=", shift(n.LeftKeys[i], offset), shift(n.RightKeys[i], offset+left), -1)
			if err != nil {
				panic("the keys of a hash join cannot be compared: " + err.Error())
			}
			conds = append(conds, eq)
		}
		for _, c := range conjuncts(n.Cond) {
			conds = append(conds, shift(c, offset))
		}
		return conds
	case *Filter:
		conds = t.take(n.Input, offset)
		for _, c := range conjuncts(n.Cond) {
			conds = append(conds, shift(c, offset))
		}
		return conds
	}
	t.leaves = append(t.leaves, leaf{node: n, offset: offset, width: len(n.Columns())})
	return nil
}

// reads says which leaves an expression reads.
func (t *joinTree) reads(e expr.Expr) []bool {
	out := make([]bool, len(t.leaves))
	expr.Walk(e, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Column); ok {
			at, _ := slices.BinarySearchFunc(t.leaves, c.Index, func(l leaf, index int) int { return l.offset + l.width - 1 - index })
			// Leaves without columns have the offset of the next one.
			for t.leaves[at].width == 0 {
				at++
			}
			out[at] = true
		}
		return true
	})
	return out
}

// only says whether a condition reads leaf i and no other.
func (c *treeCond) only(i int) bool {
	for k, reads := range c.leaves {
		if reads != (k == i) {
			return false
		}
	}
	return true
}

// connects says whether a condition ties leaf i to those that are joined, and
// to no others.
func (c *treeCond) connects(i int, joined []bool) bool {
	if c.done || !c.leaves[i] {
		return false
	}
	other := false
	for k, reads := range c.leaves {
		if !reads || k == i {
			continue
		}
		if !joined[k] {
			return false
		}
		other = true
	}
	return other
}

// order chooses the order of the leaves; fixed leaves it as it was written.
func (t *joinTree) order(fixed bool) []int {
	order := make([]int, 0, len(t.leaves))
	if fixed {
		for i := range t.leaves {
			order = append(order, i)
		}
		return order
	}
	joined := make([]bool, len(t.leaves))
	for range t.leaves {
		best, bestTied := -1, false
		for i := range t.leaves {
			if joined[i] {
				continue
			}
			tied := len(order) > 0 && slices.ContainsFunc(t.conds, func(c treeCond) bool { return c.connects(i, joined) })
			if best < 0 || tied && !bestTied || tied == bestTied && t.leaves[i].rows < t.leaves[best].rows {
				best, bestTied = i, tied
			}
		}
		joined[best] = true
		order = append(order, best)
	}
	return order
}

// join puts the leaves together in an order.
func (t *joinTree) join(order []int) Node {
	position := make(map[int]int) // column of the tree -> column so far
	place := func(i, at int) {
		for k := range t.leaves[i].width {
			position[t.leaves[i].offset+k] = at + k
		}
	}
	first := t.leaves[order[0]]
	node, width, rows := first.node, first.width, first.rows
	place(order[0], 0)
	joined := make([]bool, len(t.leaves))
	joined[order[0]] = true
	for _, i := range order[1:] {
		l := &t.leaves[i]
		place(i, width)
		var conds []expr.Expr
		for k := range t.conds {
			if c := &t.conds[k]; c.connects(i, joined) {
				conds = append(conds, moveColumns(c.expr, position))
				c.done = true
			}
		}
		node = joinNext(node, l, conds, width, rows)
		if len(conds) > 0 {
			rows = max(rows, l.rows)
		} else {
			rows *= l.rows
		}
		width += l.width
		joined[i] = true
	}
	return node
}

// joinNext joins one more leaf: by looking partners up in an index where few
// rows want them, else by hash.
func joinNext(left Node, l *leaf, conds []expr.Expr, width int, rows float64) Node {
	if s, ok := l.node.(*Scan); ok && rows <= lookupRows && s.Lock == nil {
		if lookup := lookUp(left, s, conds, width); lookup != nil {
			return lookup
		}
	}
	join := &Join{Type: InnerJoin, Left: left, Right: l.node}
	for _, c := range conds {
		join.addCondition(c, width)
	}
	return join
}

// lookUp makes the join that reads s through an index for each left row; nil if
// no condition is about the first key of an index.
func lookUp(left Node, s *Scan, conds []expr.Expr, width int) Node {
	if !slices.ContainsFunc(conds, func(c expr.Expr) bool { return s.leads(c, width) }) {
		return nil
	}
	apply := &Apply{Type: InnerJoin, Left: left}
	hand := func(e expr.Expr) expr.Expr {
		at := slices.IndexFunc(apply.Args, func(have expr.Expr) bool { return equal(have, e) })
		if at < 0 {
			at = len(apply.Args)
			apply.Args = append(apply.Args, e)
		}
		return &expr.OuterColumn{Level: 1, Index: at, T: e.Type(), Mod: e.Typmod(), Name: expr.String(e)}
	}
	right := *s
	inner := func(e expr.Expr) expr.Expr {
		if o, ok := e.(*expr.OuterColumn); ok {
			return hand(o)
		}
		return e
	}
	if right.Filter != nil {
		right.Filter = expr.Rewrite(right.Filter, inner)
	}
	for _, c := range conds {
		cond := expr.Rewrite(c, func(e expr.Expr) expr.Expr {
			col, ok := e.(*expr.Column)
			switch {
			case !ok:
				return inner(e)
			case col.Index < width:
				return hand(col)
			}
			moved := *col
			moved.Index -= width
			return &moved
		})
		right.Filter = and(right.Filter, cond)
	}
	apply.Right = &right
	return apply
}

// leads says whether a condition over a pair equates the first key of one of the
// table's indexes with something of the left row.
func (s *Scan) leads(cond expr.Expr, width int) bool {
	call, ok := cond.(*expr.Call)
	if !ok || call.Op == nil || call.Op.Name != "=" || len(call.Args) != 2 {
		return false
	}
	for i, a := range call.Args {
		col, ok := a.(*expr.Column)
		if !ok || col.Index < width || col.Index-width >= len(s.Table.Columns) || !columnsWithin(call.Args[1-i], 0, width) || !call.Args[1-i].Type().Same(col.T) {
			continue
		}
		num := s.Table.Columns[col.Index-width].Num
		if slices.ContainsFunc(s.Table.Indexes, func(x *catalog.Index) bool { return x.Predicate == "" && x.Keys[0].Column == num }) {
			return true
		}
	}
	return false
}

// moveColumns puts columns where they are now.
func moveColumns(e expr.Expr, position map[int]int) expr.Expr {
	return expr.Rewrite(e, func(e expr.Expr) expr.Expr {
		if c, ok := e.(*expr.Column); ok {
			moved := *c
			moved.Index = position[c.Index]
			return &moved
		}
		return e
	})
}

// restore gives the columns in the order in which they were written.
func restore(n Node, t *joinTree, order []int, cols []Column) Node {
	p := &Project{Input: n, Exprs: make([]expr.Expr, len(cols)), cols: cols}
	at := 0
	for _, i := range order {
		l := t.leaves[i]
		for k := range l.width {
			if l.offset < len(cols) { // else a subquery's, which nobody else reads
				c := cols[l.offset+k]
				p.Exprs[l.offset+k] = &expr.Column{Index: at, T: c.Type, Mod: c.Typmod, Name: c.Name}
			}
			at++
		}
	}
	return p
}

// estimate guesses how many rows a node gives.
func estimate(n Node) float64 {
	switch n := n.(type) {
	case *Scan:
		return n.estimate()
	case *Filter:
		return max(1, estimate(n.Input)/3)
	case *Values:
		return float64(len(n.Rows))
	case *Project:
		return estimate(n.Input)
	case *Sort:
		return estimate(n.Input)
	case *Distinct:
		return estimate(n.Input)
	case *Aggregate:
		if n.Plain {
			return 1
		}
		return max(1, estimate(n.Input)/10)
	case *Limit:
		if c, ok := n.Count.(*expr.Const); ok && !c.Value.IsNull() {
			return min(float64(c.Value.Int()), estimate(n.Input))
		}
		return estimate(n.Input)
	case *Join:
		return max(estimate(n.Left), estimate(n.Right))
	}
	return tableRows
}

// estimate guesses by what the filter says: one row for a whole unique key.
func (s *Scan) estimate() float64 {
	rows := float64(tableRows)
	if s.Filter == nil {
		return rows
	}
	byColumn := map[int16]*bounds{}
	for _, c := range conjuncts(s.Filter) {
		s.note(byColumn, c)
	}
	for _, index := range s.Table.Indexes {
		fixed := index.Unique && index.Predicate == ""
		for _, k := range index.Keys {
			b := byColumn[k.Column]
			fixed = fixed && k.Column != 0 && b != nil && len(b.equal) == 1
		}
		if fixed {
			return 1
		}
	}
	for _, b := range byColumn {
		if b.equal != nil {
			rows /= 100 / min(100, float64(len(b.equal)))
		} else {
			rows /= 3
		}
	}
	return max(1, rows)
}

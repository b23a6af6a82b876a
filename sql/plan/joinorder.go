package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
)

// lookupRows is up to how many rows it is worth to look each one's partners up in
// an index, whatever the other side is.
const lookupRows = 100

// leaf is one side of a tree of inner joins.
type leaf struct {
	node   Node
	offset int // of its columns in the tree's rows
	width  int
	rows   float64
	// cost is until all rows are read, startup until the first one is.
	cost, startup float64
	// dear are conditions on it alone that are not yet part of node.
	dear []expr.Expr
	// planned: the node is optimized already.
	planned bool
}

// joinTree is a tree of inner joins taken apart.
type joinTree struct {
	leaves []leaf
	conds  []treeCond
	// touching has, for each leaf, the conditions that read it.
	touching [][]int
	// first is what is wanted of its rows; nil is all.
	first *firstRows
}

// treeCond is a condition over the tree's rows, and which leaves it reads, in order.
type treeCond struct {
	expr   expr.Expr
	leaves []int
	done   bool
	// selectivity is what part of the pairs meets it, and hashes says that it
	// equates two sides.
	selectivity float64
	hashes      bool
	// restricted is what part of the pairs is left by what it says of single sides; 0
	// if that is nothing.
	restricted float64
	// class is the number of what is equal to one another that it is of; 0 is none.
	class int
}

// orderJoins puts a tree of inner joins together again, in the order that costs
// least, with conditions where they can first be decided.
func orderJoins(root Node, conds []expr.Expr) Node {
	t := &joinTree{}
	all := t.take(root, 0)
	var first *firstRows
	if j, ok := root.(*Join); ok {
		first = j.first
	}
	for reduced := true; reduced; {
		reduced = false
		for _, l := range t.leaves {
			reduced = reduceOuter(l.node, l.offset, append(all[:len(all):len(all)], conds...)) || reduced
		}
		if reduced {
			t = &joinTree{}
			all = t.take(root, 0)
		}
	}
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
	t.restrictArms()
	t.close()
	t.touching = make([][]int, len(t.leaves))
	for k := range t.conds {
		for _, i := range t.conds[k].leaves {
			t.touching[i] = append(t.touching[i], k)
		}
	}
	for i := range t.leaves {
		l := &t.leaves[i]
		var own []expr.Expr
		for _, k := range t.touching[i] {
			if c := &t.conds[k]; len(c.leaves) == 1 {
				if e := shift(c.expr, -l.offset); len(t.leaves) > 1 && isDear(e) {
					l.dear = append(l.dear, e)
				} else {
					own = append(own, e)
				}
				c.done = true
			}
		}
		if l.planned {
			l.node = filterAll(l.node, own)
		} else {
			l.node = push(l.node, own)
		}
		l.estimate()
		if s, ok := l.node.(*Scan); ok && (s.Lock != nil || s.Ref) {
			locked = locked || s.Lock != nil
		}
	}
	t.estimate()
	t.first = first
	steps, late := t.orderWithDear(locked)
	n, order := t.join(steps)
	if len(late) > 0 {
		n = filterAll(n, t.over(late, order))
	}
	if !slices.IsSorted(order) || Width(n) > len(cols) {
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

// estimate finds what it takes to read the side, a table by the index that will be chosen for it.
func (l *leaf) estimate() {
	n := l.node
	if s, ok := n.(*Scan); ok && s.Ranges == nil {
		trial := *s
		trial.chooseIndex()
		n = &trial
	}
	e := Estimates{}.Of(n)
	l.rows, l.cost, l.startup = e.Rows, e.Total, e.Startup
}

// take takes inner joins and filters apart, and gives the conditions met.
func (t *joinTree) take(n Node, offset int) (conds []expr.Expr) {
	switch n := n.(type) {
	case *Join:
		if n.Type != InnerJoin {
			break
		}
		left := Width(n.Left)
		conds = append(t.take(n.Left, offset), t.take(n.Right, offset+left)...)
		return append(conds, n.conditions(offset)...)
	case *Filter:
		conds = t.take(n.Input, offset)
		for _, c := range conjuncts(n.Cond) {
			conds = append(conds, shift(c, offset))
		}
		return conds
	}
	t.leaves = append(t.leaves, leaf{node: n, offset: offset, width: Width(n)})
	return nil
}

// conditions are those that pairs meet, over rows in which a pair begins at offset.
func (n *Join) conditions(offset int) (conds []expr.Expr) {
	left := Width(n.Left)
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
}

// reads says which leaves an expression reads.
func (t *joinTree) reads(e expr.Expr) (leaves []int) {
	expr.Walk(e, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Column); ok {
			at := t.leafOf(c.Index)
			if k, found := slices.BinarySearch(leaves, at); !found {
				leaves = slices.Insert(leaves, k, at)
			}
		}
		return true
	})
	return leaves
}

// leafOf finds the leaf that a column is of.
func (t *joinTree) leafOf(index int) int {
	at, _ := slices.BinarySearchFunc(t.leaves, index, func(l leaf, index int) int { return l.offset + l.width - 1 - index })
	// Leaves without columns have the offset of the next one.
	for t.leaves[at].width == 0 {
		at++
	}
	return at
}

// leadsAny says whether any condition over a pair leads to s through an index.
func (s *Scan) leadsAny(conds []expr.Expr, width int) bool {
	return slices.ContainsFunc(conds, func(c expr.Expr) bool { return s.leads(c, width) })
}

// leads says whether a condition over a pair equates the first key of one of the
// table's indexes with something of the left row.
func (s *Scan) leads(cond expr.Expr, width int) bool {
	call, ok := cond.(*expr.Call)
	if !ok || call.Op == nil || call.Op.Name != "=" || len(call.Args) != 2 {
		return false
	}
	for i, a := range call.Args {
		col, ok := unlabelled(a).(*expr.Column)
		if !ok || col.Index < width || col.Index-width >= len(s.Table.Columns) || !columnsWithin(call.Args[1-i], 0, width) || !looksUp(call.Args[1-i].Type(), col.T) {
			continue
		}
		num := s.Table.Columns[col.Index-width].Num
		if slices.ContainsFunc(s.indexes, func(x *catalog.Index) bool { return x.Predicate == "" && x.Ordered() && x.Keys[0].Column == num }) {
			return true
		}
	}
	return false
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
				p.Exprs[l.offset+k] = &expr.Column{Index: at, T: c.Type, Mod: c.Typmod, Name: c.Name, Collation: c.Collation}
			}
			at++
		}
	}
	return p
}

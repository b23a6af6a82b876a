package plan

import (
	"maps"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
)

// lookUpRight gives a join as one that looks the partners of each left row up in an index of the right side, or reads a range
// of one, where that costs less than reading all of it: a left join with what a few rows refer to, and a join by nothing
// but comparisons, of days with what has happened on each, for one.
func (n *Join) lookUpRight() Node {
	right, ok := n.Right.(*Scan)
	if !ok || right.Lock != nil || right.watched || n.Type != InnerJoin && n.Type != LeftJoin || len(n.LeftKeys) > 0 && n.Type == InnerJoin || len(n.LeftKeys) == 0 && n.Cond == nil {
		return n
	}
	conds, width := n.conditions(0), Width(n.Left)
	for _, c := range conds {
		if !cheap(c) {
			return n
		}
	}
	apply := lookUp(n.Left, right, conds, width).(*Apply)
	apply.Type = n.Type
	trial := *apply.Right.(*Scan)
	if !trial.readsRange() {
		return n
	}
	estimates := Estimates{}
	left, each := estimates.Of(n.Left), estimates.Of(&trial)
	if n.leftRows(left.Rows)*(applyCost+rangeCost+each.Total) >= estimates.Of(n).Total-left.Total {
		return n
	}
	return apply
}

// lookUpLeft is lookUpRight for a right join, whose left side is looked up.
func (n *Join) lookUpLeft() Node {
	if n.Type != RightJoin {
		return n
	}
	left, right := Width(n.Left), Width(n.Right)
	turned := &Join{Type: LeftJoin, Left: n.Right, Right: n.Left, LeftKeys: n.RightKeys, RightKeys: n.LeftKeys}
	place := func(i int) int { return (i + right) % (left + right) }
	if n.Cond != nil {
		turned.Cond = expr.Rewrite(n.Cond, func(e expr.Expr) expr.Expr {
			c, ok := e.(*expr.Column)
			if !ok {
				return e
			}
			moved := *c
			moved.Index = place(c.Index)
			return &moved
		})
	}
	apply := turned.lookUpRight()
	if apply == turned {
		return n
	}
	p := &Project{Input: apply, cols: n.Columns()}
	for i, c := range p.cols {
		p.Exprs = append(p.Exprs, &expr.Column{Index: place(i), T: c.Type, Mod: c.Typmod, Name: c.Name, Collation: c.Collation})
	}
	return p
}

// rangeLookups finds the sides whose comparisons with a column of side i make a range of an index that is cheaper to
// read for each of their rows than all of the side is.
func (t *joinTree) rangeLookups(i int, s *Scan) (out []lookup) {
	if s.Ref || s.watched {
		return nil
	}
	l := &t.leaves[i]
	width := 0
	for k := range t.leaves {
		width += t.leaves[k].width
	}
	compared := map[leafSet][]expr.Expr{} // by the sides that must be there
	for _, k := range t.touching[i] {
		c := &t.conds[k]
		if c.done || c.class != 0 || !cheap(c.expr) || !t.compares(c.expr, l, s) {
			continue
		}
		// The side's columns go behind all others, as where it is joined.
		over := expr.Rewrite(c.expr, func(e expr.Expr) expr.Expr {
			col, ok := e.(*expr.Column)
			if !ok || col.Index < l.offset || col.Index >= l.offset+l.width {
				return e
			}
			moved := *col
			moved.Index += width - l.offset
			return &moved
		})
		need := c.set() &^ (1 << i)
		compared[need] = append(compared[need], over)
	}
	for _, need := range slices.Sorted(maps.Keys(compared)) {
		trial := *lookUp(nil, s, compared[need], width).(*Apply).Right.(*Scan)
		if !trial.readsRange() {
			continue
		}
		e := Estimates{}.Of(&trial)
		rows := max(1, e.Rows)
		out = append(out, lookup{keys: []keyNeed{{all: need}}, rows: []float64{rows}, primary: true, times: 1,
			each: max(0, (e.Total-rangeCost)/rows-cpuTupleCost-cpuOperatorCost)})
	}
	return out
}

// compares says whether a condition compares a column of a side that an index begins with.
func (t *joinTree) compares(e expr.Expr, l *leaf, s *Scan) bool {
	call, ok := e.(*expr.Call)
	if !ok || call.Op == nil || len(call.Args) != 2 || commuted[call.Op.Name] == "" || call.Op.Name == "=" {
		return false
	}
	for side, a := range call.Args {
		col, ok := a.(*expr.Column)
		if !ok || col.Index < l.offset || col.Index >= l.offset+len(s.Table.Columns) || columnsMeet(call.Args[1-side], l.offset, l.offset+l.width) {
			continue
		}
		num := s.Table.Columns[col.Index-l.offset].Num
		if slices.ContainsFunc(s.indexes, func(x *catalog.Index) bool {
			return x.Predicate == "" && x.Ordered() && x.Keys[0].Column == num
		}) {
			return true
		}
	}
	return false
}

// readsRange chooses an index, and says whether that leaves any of the rows out.
func (s *Scan) readsRange() bool {
	if s.chooseIndex(); s.Index == nil || s.Ranges == nil && s.Search == nil {
		return false
	}
	return !slices.ContainsFunc(s.Ranges, func(r Range) bool { return len(r.Prefix) == 0 && r.Low == nil && r.High == nil })
}

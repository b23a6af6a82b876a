package plan

// lookUpRange gives a join by nothing but comparisons as one that reads a range of an index of
// the right side for each left row, where that costs less than comparing all pairs:
// days with what has happened on each, for one.
func (n *Join) lookUpRange() Node {
	right, ok := n.Right.(*Scan)
	if !ok || right.Lock != nil || right.Ref || right.watched || n.Type != InnerJoin && n.Type != LeftJoin || len(n.LeftKeys) > 0 || n.Cond == nil {
		return n
	}
	conds, width := conjuncts(n.Cond), Width(n.Left)
	for _, c := range conds {
		if !cheap(c) {
			return n
		}
	}
	apply := lookUp(n.Left, right, conds, width).(*Apply)
	apply.Type = n.Type
	trial := *apply.Right.(*Scan)
	if trial.chooseIndex(); trial.Index == nil || trial.Ranges == nil && trial.Search == nil {
		return n
	}
	for _, r := range trial.Ranges {
		if len(r.Prefix) == 0 && r.Low == nil && r.High == nil {
			return n
		}
	}
	estimates := Estimates{}
	left, each := estimates.Of(n.Left), estimates.Of(&trial)
	if left.Rows*(applyCost+rangeCost+each.Total) >= estimates.Of(n).Total-left.Total {
		return n
	}
	return apply
}

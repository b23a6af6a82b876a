package plan

// ReadsBackward says whether a cursor without SCROLL may go back over the rows of a
// plan: whether PostgreSQL's executor could read them in both directions
// (ExecSupportsBackwardScan).
func ReadsBackward(n Node) bool {
	switch n := n.(type) {
	case *Scan:
		return n.Lock == nil
	case *VirtualScan, *TransitionScan, *FunctionScan, *Sort, *CTEScan, *WorkTableScan:
		return true
	case *Values:
		return len(n.Columns()) > 0 // SELECT without FROM is a Values of nothing
	case *Project:
		return !n.Sets && ReadsBackward(n.Input)
	case *Filter:
		return ReadsBackward(n.Input)
	case *Limit:
		return ReadsBackward(n.Input)
	case *With:
		return ReadsBackward(n.Input)
	}
	return false
}

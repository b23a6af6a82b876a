package plan

// Width is the number of a node's columns. It costs less than listing them, which
// for a tree of joins is as much work as there are columns in all of it, at every
// level.
func Width(n Node) int {
	width := 0
	for {
		switch t := n.(type) {
		case *Join:
			width += Width(t.Right)
			n = t.Left
		case *Apply:
			width += Width(t.Right)
			n = t.Left
		case *Filter:
			n = t.Input
		case *Sort:
			n = t.Input
		case *LockRows:
			n = t.Input
		case *Sample:
			n = t.Input
		case *Distinct:
			n = t.Input
		case *Limit:
			n = t.Input
		case *With:
			n = t.Input
		default:
			return width + len(n.Columns())
		}
	}
}

// appendColumns appends the columns of a node: those of a tree of joins in one piece.
func appendColumns(dst []Column, n Node) []Column {
	switch n := n.(type) {
	case *Join:
		return appendColumns(appendColumns(dst, n.Left), n.Right)
	case *Apply:
		return appendColumns(appendColumns(dst, n.Left), n.Right)
	}
	return append(dst, n.Columns()...)
}

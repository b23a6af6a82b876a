package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
)

// columnsNamed lists the columns of tables that the expressions of a tree read, as
// it was bound and before anything that nobody needs has been left out. Of subqueries,
// which are optimized one by one as they are bound, that is known already.
func columnsNamed(root Node) map[catalog.OID][]int16 {
	n := &namedColumns{of: map[catalog.OID][]int16{}, members: map[Node]bool{}}
	n.node(root)
	for _, a := range n.inherited { // what is named of a parent is named of its heirs
		for _, num := range n.of[a.Table.OID] {
			name := a.Table.Columns[a.Table.Ordinal(num)].Name
			for _, h := range a.tables {
				if at := h.ColumnIndex(name); at >= 0 {
					n.add(h.OID, h.Columns[at].Num)
				}
			}
		}
	}
	return n.of
}

// namedColumns collects the columns that a tree names.
type namedColumns struct {
	of        map[catalog.OID][]int16
	inherited []*Append
	members   map[Node]bool // of those, which give every column
}

func (n *namedColumns) add(table catalog.OID, num int16) {
	if table != 0 && !slices.Contains(n.of[table], num) {
		n.of[table] = append(n.of[table], num)
	}
}

func (n *namedColumns) node(at Node) {
	if a, ok := at.(*Append); ok {
		n.inherited = append(n.inherited, a)
		for _, m := range a.Members {
			n.members[m] = true
		}
	}
	var row []Column
	for _, in := range at.Inputs() {
		row = append(row, in.Columns()...)
	}
	EachExpr(at, func(e expr.Expr) {
		switch e := e.(type) {
		case *expr.Column:
			if e.Index >= 0 && e.Index < len(row) && !n.members[at] {
				n.add(row[e.Index].Table, row[e.Index].Num)
			}
		case *SubLink:
			for table, nums := range e.named {
				for _, num := range nums {
					n.add(table, num)
				}
			}
		}
	})
	for _, in := range at.Inputs() {
		n.node(in)
	}
}

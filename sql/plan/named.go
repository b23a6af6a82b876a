package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
)

// columnsNamed lists the columns of tables that the expressions of a tree read, as
// it was bound and before anything that nobody needs has been left out.
func columnsNamed(root Node) map[catalog.OID][]int16 {
	named := map[catalog.OID][]int16{}
	var inherited []*Append
	members := map[Node]bool{} // of those, which give every column
	EachNode(root, func(n Node) {
		if a, ok := n.(*Append); ok {
			inherited = append(inherited, a)
			for _, m := range a.Members {
				members[m] = true
			}
		}
		if members[n] {
			return
		}
		var row []Column
		for _, in := range n.Inputs() {
			row = append(row, in.Columns()...)
		}
		EachExpr(n, func(e expr.Expr) {
			c, ok := e.(*expr.Column)
			if !ok || c.Index < 0 || c.Index >= len(row) {
				return
			}
			if from := row[c.Index]; from.Table != 0 && !slices.Contains(named[from.Table], from.Num) {
				named[from.Table] = append(named[from.Table], from.Num)
			}
		})
	})
	for _, a := range inherited { // what is named of a parent is named of its heirs
		for _, num := range named[a.Table.OID] {
			name := a.Table.Columns[a.Table.Ordinal(num)].Name
			for _, h := range a.tables {
				if at := h.ColumnIndex(name); at >= 0 && !slices.Contains(named[h.OID], h.Columns[at].Num) {
					named[h.OID] = append(named[h.OID], h.Columns[at].Num)
				}
			}
		}
	}
	return named
}

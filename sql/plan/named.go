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
	EachNode(root, func(n Node) {
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
	return named
}

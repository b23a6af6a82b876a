package plan

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Rows is the plan that gives rows that are there already.
func Rows(cat *catalog.Catalog, cols []Column, rows []types.Row) *Plan {
	values := &Values{cols: cols, Rows: make([][]expr.Expr, len(rows))}
	for i, row := range rows {
		for j, c := range cols {
			values.Rows[i] = append(values.Rows[i], &expr.Const{Value: row[j], T: c.Type, Mod: c.Typmod})
		}
	}
	return &Plan{Root: values, Catalog: cat, ReadOnly: true}
}

package plan

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// CurrentRow is the row of a table that a cursor is on: WHERE CURRENT OF. It has the
// table's columns, the system columns and the reference to the row and, with Heirs, the
// OID of the table that it is in.
type CurrentRow struct {
	// Cursor is the cursor's name, an expression without columns.
	Cursor expr.Expr
	Table  *catalog.Table
	Alias  string
	Heirs  *Heirs
	cols   []Column
}

// Columns describes the row.
func (n *CurrentRow) Columns() []Column { return n.cols }

// Inputs are none.
func (n *CurrentRow) Inputs() []Node { return nil }

// currentRow plans CURRENT OF for the target of UPDATE or DELETE.
func (p *planner) currentRow(t *target, alias string, of *ast.CurrentOf, inherits bool) (*CurrentRow, error) {
	if !t.named() {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "WHERE CURRENT OF on a view is not implemented")
	}
	n := &CurrentRow{Table: t.table, Alias: alias, cols: append(tableColumns(t.table), refColumn)}
	if inherits {
		n.cols = append(n.cols, Column{Name: "tableoid", Type: types.Oid, Typmod: types.NoTypmod})
	}
	n.Cursor = &expr.Const{T: types.Text, Mod: types.NoTypmod, Value: types.String(of.Cursor), Loc: -1}
	if p.variables != nil {
		if v, err := p.variables.Find([]string{of.Cursor}, of.Pos()); err == nil && v != nil && v.Type() == types.Refcursor {
			n.Cursor = v
		}
	}
	return n, nil
}

// currentOf tells a CurrentRow among what is changed of the tables that it may be in.
func (n *changeTarget) currentOf(h *Heirs) {
	for from := n.From; ; {
		switch t := from.(type) {
		case *CurrentRow:
			t.Heirs = h
			return
		case *Filter:
			from = t.Input
		case *Join:
			from = t.Left
		case *Apply:
			from = t.Left
		default:
			return
		}
	}
}

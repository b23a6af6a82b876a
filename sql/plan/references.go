package plan

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// references remember how a query refers to columns: a merged column of USING
// and the column of the side that it is are one to expressions, but are written
// differently. Those of nil remember nothing.
type references struct {
	columns map[reference]scopeColumn
	// conditions are those of joins.
	conditions map[*ast.JoinExpr]expr.Expr
}

// reference is a place in the query's text, and the column of the row there.
type reference struct{ loc, index int }

func newReferences() *references {
	return &references{columns: map[reference]scopeColumn{}, conditions: map[*ast.JoinExpr]expr.Expr{}}
}

// watch has the columns of a scope tell where they are referred to.
func (r *references) watch(sc *scope) {
	if r == nil {
		return
	}
	for i := range sc.columns {
		sc.columns[i].references = r
	}
}

func (r *references) note(e *expr.Column, c *scopeColumn) {
	if r != nil {
		r.columns[reference{e.Loc, e.Index}] = *c
	}
}

func (r *references) condition(j *ast.JoinExpr, on expr.Expr) {
	if r != nil {
		r.conditions[j] = on
	}
}

package pgcatalog

import "github.com/kalamsql/kalamsql/sql/expr"

// printed writes an expression as pg_get_expr does.
func printed(e expr.Expr) string { return expr.Definition(e, false) }

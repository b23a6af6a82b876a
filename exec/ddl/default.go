package ddl

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// parsedOr is an expression as it was written or else, without that, its stored text parsed.
func parsedOr(written ast.Expr, text string) (ast.Expr, error) {
	if written != nil {
		return written, nil
	}
	return parser.ParseExpr(text)
}

// located is an error about an expression, whose place counts only if it is as written.
func located(written ast.Expr, err error) error {
	if written != nil {
		return err
	}
	return unlocated(err)
}

// placeOf is where a written expression first names a column; -1: nowhere.
func placeOf(written ast.Expr, column string) int {
	at := -1
	if written == nil {
		return at
	}
	ast.Inspect(written, func(n ast.Node) bool {
		if ref, ok := n.(*ast.ColumnRef); ok && at < 0 && !ref.Star && ref.Fields[len(ref.Fields)-1] == column {
			at = ref.Pos()
		}
		return true
	})
	return at
}

// verifyDefault checks the default, or what a generated column is generated from, of a
// column of t, and gives the column as it is to be stored: the same one unless its
// expression means something of the session, or nothing. written is what the statement has,
// for the places of errors; nil: the statement is about something else.
func verifyDefault(env *plan.Env, t *catalog.Table, c *catalog.Column, written ast.Expr) (*catalog.Column, error) {
	parsed, err := parsedOr(written, c.Default)
	if err != nil {
		return nil, err
	}
	unlocated := func(err error) error { return located(written, err) }
	row, clause := (*catalog.Table)(nil), "DEFAULT expressions"
	if c.Generated {
		row, clause = t, "column generation expressions"
		for _, name := range columnsOf(parsed) {
			if at := t.ColumnIndex(name); at >= 0 && t.Columns[at].Generated {
				return nil, sqlerr.New(sqlerr.InvalidObjectDefinition, `cannot use generated column "%s" in column generation expression`, name).
					WithDetail("A generated column cannot reference another generated column.").At(placeOf(written, name))
			}
		}
	} else if cols := columnsOf(parsed); len(cols) > 0 {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "cannot use column reference in DEFAULT expression").At(placeOf(written, cols[0]))
	}
	e, err := plan.RowExpression(env, row, parsed, clause)
	if err != nil {
		return nil, unlocated(err)
	}
	if c.Generated && expr.MaxVolatility(e) != expr.Immutable {
		return nil, sqlerr.New(sqlerr.InvalidObjectDefinition, "generation expression is not immutable")
	}
	if from := e.Type(); from != types.Unknown && !from.Same(c.Type.Type) && !env.Typing().CanCoerce(from, c.Type.Type, expr.Assignment) {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, `column "%s" is of type %s but default expression is of type %s`, c.Name, c.Type.Type, from).
			WithHint("You will need to rewrite or cast the expression.")
	}
	assigned, err := plan.Assign(env, e, c, -1)
	if err != nil {
		return nil, unlocated(err)
	}
	settled, err := settleLiterals(env, parsed, assigned)
	if err != nil {
		return nil, unlocated(err)
	}
	if nullDefault(e, c) {
		without := *c
		without.Default = ""
		return &without, nil
	}
	if settled {
		changed := *c
		changed.Default = parser.Deparse(parsed)
		return &changed, nil
	}
	return c, nil
}

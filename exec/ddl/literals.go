package ddl

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// settleLiterals reads the dates and times of an expression that is about to be stored, which its
// bound form has as literals, and puts what they are in the place of how they were
// written: 'today' is the day on which the table was made, and a literal without a time
// zone is one of the session that made it. It says whether that changed the tree.
func settleLiterals(env *plan.Env, tree ast.Expr, bound expr.Expr) (bool, error) {
	return settleIn(env, tree, func(f func(expr.Expr)) {
		expr.Walk(bound, func(e expr.Expr) bool {
			f(e)
			return true
		})
	})
}

// settleQuery does so for the text of a query that is about to be stored.
func settleQuery(env *plan.Env, text string) (string, error) {
	parsed, err := parser.ParseOne(text)
	if err != nil {
		return "", sqlerr.Internal("stored query: %w", err)
	}
	if !hasString(parsed.Statement) {
		return text, nil
	}
	root, err := plan.Unfolded(env, parsed.Statement)
	if err != nil {
		return "", err
	}
	changed, err := settleIn(env, parsed.Statement, func(f func(expr.Expr)) {
		plan.EachNode(root, func(n plan.Node) { plan.EachExpr(n, f) })
	})
	if !changed || err != nil {
		return text, err
	}
	return parser.Deparse(parsed.Statement), nil
}

// hasString says whether a tree has string literals.
func hasString(tree ast.Node) (found bool) {
	ast.Inspect(tree, func(n ast.Node) bool {
		c, ok := n.(*ast.Const)
		found = found || ok && c.Kind == ast.ConstString
		return !found
	})
	return found
}

// settleIn settles the literals of a tree, of which each goes through the expressions.
func settleIn(env *plan.Env, tree ast.Node, each func(func(expr.Expr))) (bool, error) {
	written := map[int]*ast.Const{}
	ast.Inspect(tree, func(n ast.Node) bool {
		if c, ok := n.(*ast.Const); ok && c.Kind == ast.ConstString {
			written[c.Pos()] = c
		}
		return true
	})
	iso := *types.DefaultEnv
	iso.Location = env.Types.Location
	changed := false
	var failed error
	settle := func(loc int, v types.Datum, t *types.Type) {
		if c := written[loc]; c != nil && !v.IsNull() {
			if text := t.Text(v, &iso); text != c.Text {
				c.Text, changed = text, true
			}
		}
	}
	each(func(e expr.Expr) {
		switch n := e.(type) {
		case *expr.TextInput:
			if dated(n.T) && failed == nil {
				v, err := n.Eval(&expr.Context{Env: env.Types}, nil)
				if failed = err; err == nil {
					settle(n.Loc, v, n.T)
				}
			}
		case *expr.Const:
			if dated(n.T) {
				settle(n.Loc, n.Value, n.T)
			}
		}
	})
	return changed, failed
}

// dated says whether values of a type are dates or times, or arrays of them.
func dated(t *types.Type) bool {
	if t.IsArray() {
		t = t.Elem
	}
	return t.Category == 'D'
}

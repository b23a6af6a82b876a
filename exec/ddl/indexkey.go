package ddl

import (
	"slices"
	"strconv"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// indexKey makes one key of an index, a column's or an expression's, of a type, and
// the name that stands for it in that of the index.
func (b *tableBuilder) indexKey(e *ast.IndexElem) (key catalog.IndexKey, name string, typ *types.Type, err error) {
	t, collation := b.table, e.Collation
	if ref, ok := e.Expr.(*ast.ColumnRef); ok && !ref.Star && t.ColumnIndex(ref.Fields[len(ref.Fields)-1]) >= 0 {
		e = &ast.IndexElem{Loc: e.Loc, Name: ref.Fields[len(ref.Fields)-1]}
	}
	if e.Expr == nil {
		at := t.ColumnIndex(e.Name)
		if at < 0 {
			return key, "", nil, sqlerr.New(sqlerr.UndefinedColumn, `column "%s" does not exist`, e.Name)
		}
		key.Column, name, typ = t.Columns[at].Num, e.Name, t.Columns[at].Type.Type
	} else {
		bound, err := b.indexExpression(e.Expr, "index expressions", "expression")
		if err != nil {
			return key, "", nil, err
		}
		if typ = bound.Type(); typ == types.Unknown {
			typ = types.Text
		}
		key.Expr = parser.Deparse(e.Expr)
		name = keyName(key.Expr)
	}
	if collation != nil {
		if key.Collation, err = b.s.collationOf(collationName(collation), typ); err != nil {
			return key, "", nil, err
		}
		if key.Collation == nil {
			key.Collation = &types.Collation{OID: catalog.DefaultCollation}
		}
	}
	return key, name, typ, nil
}

// keyName is what an expression is called as a column of its index.
func keyName(text string) string {
	if parsed, err := parser.ParseExpr(text); err == nil {
		if name := plan.ExpressionName(parsed); name != "?column?" {
			return name
		}
	}
	return "expr"
}

// indexExpression binds an expression of an index, which must be the same
// whenever it is computed.
func (b *tableBuilder) indexExpression(e ast.Expr, clause, part string) (expr.Expr, error) {
	env := *b.s.Env
	env.Catalog = b.edit.Catalog()
	subquery := false
	ast.Inspect(e, func(n ast.Node) bool {
		_, is := n.(*ast.SubLink)
		subquery = subquery || is
		return !subquery
	})
	if subquery {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "cannot use subquery in index %s", part)
	}
	bound, err := plan.RowExpression(&env, b.table, e, clause)
	if err != nil {
		return nil, err
	}
	if expr.CallsRoutine(bound) && b.table.TTL > 0 {
		return nil, sqlerr.Unsupported("an index of a stream table on a function that is more than an expression")
	}
	sets := false
	expr.Walk(bound, func(e expr.Expr) bool {
		c, ok := e.(*expr.Call)
		sets = sets || ok && c.Fn.Set != nil
		return !sets
	})
	if sets {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "set-returning functions are not allowed in %s", clause).At(e.Pos())
	}
	if expr.MaxVolatility(bound) != expr.Immutable {
		return nil, sqlerr.New(sqlerr.InvalidObjectDefinition, "functions in index %s must be marked IMMUTABLE", part)
	}
	return bound, nil
}

// indexPredicate is the condition of a partial index, as it is stored.
func (b *tableBuilder) indexPredicate(e ast.Expr) (string, error) {
	bound, err := b.indexExpression(e, "index predicates", "predicate")
	if err != nil {
		return "", err
	}
	if _, err := expr.CoerceBoolean(bound, "WHERE"); err != nil {
		return "", err
	}
	return parser.Deparse(e), nil
}

// reads says whether an index depends on a column.
func reads(index *catalog.Index, c *catalog.Column) bool {
	in := func(text string) bool {
		if text == "" {
			return false
		}
		parsed, err := parser.ParseExpr(text)
		return err == nil && slices.Contains(columnsOf(parsed), c.Name)
	}
	return slices.Contains(index.Include, c.Num) || in(index.Predicate) ||
		slices.ContainsFunc(index.Keys, func(k catalog.IndexKey) bool { return k.Column == c.Num || in(k.Expr) })
}

// numbered adds a name to those of an index's columns, with a number behind it where one
// is called so already.
func numbered(names []string, name string) []string {
	base := name
	for n := 1; slices.Contains(names, name); n++ {
		name = base + strconv.Itoa(n)
	}
	return append(names, name)
}

// withIncluded are the names of an index's keys and of what it includes.
func withIncluded(keys, included []string) []string {
	names := slices.Clone(keys)
	for _, name := range included {
		names = numbered(names, name)
	}
	return names
}

package ddl

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// renameInside lets the expressions that a table stores follow a change of
// names. The table is a clone.
func renameInside(t *catalog.Table, change func(*ast.ColumnRef)) error {
	renamed := func(text string) (string, error) {
		if text == "" {
			return "", nil
		}
		parsed, err := parser.ParseExpr(text)
		if err != nil {
			return "", err
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if ref, ok := n.(*ast.ColumnRef); ok && !ref.Star {
				change(ref)
			}
			return true
		})
		return parser.Deparse(parsed), nil
	}
	var err error
	for i, k := range t.Checks {
		c := *k
		if c.Expr, err = renamed(k.Expr); err != nil {
			return err
		}
		t.Checks[i] = &c
	}
	for i, old := range t.Columns {
		if !old.Generated {
			continue
		}
		c := *old
		if c.Default, err = renamed(old.Default); err != nil {
			return err
		}
		t.Columns[i] = &c
	}
	for i, old := range t.Indexes {
		index := *old
		index.Keys = append([]catalog.IndexKey(nil), old.Keys...)
		for k := range index.Keys {
			if index.Keys[k].Expr, err = renamed(old.Keys[k].Expr); err != nil {
				return err
			}
		}
		if index.Predicate, err = renamed(old.Predicate); err != nil {
			return err
		}
		t.Indexes[i] = &index
	}
	return nil
}

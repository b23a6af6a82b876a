package ddl

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
)

// renameConstant lets the expressions that a table stores follow the renaming of
// an enum's value: those that can no longer be read with the old one.
func (s *Session) renameConstant(table catalog.OID, from, to string) error {
	t := s.Tx.Catalog().Table(table).Clone()
	env := *s.Env
	env.Catalog = s.Tx.Catalog()
	renamed := func(text string, row *catalog.Table, column *catalog.Column) (string, error) {
		if text == "" {
			return "", nil
		}
		parsed, err := parser.ParseExpr(text)
		if err != nil {
			return "", err
		}
		e, err := plan.RowExpression(&env, row, parsed, "stored expressions")
		if err == nil && column != nil {
			_, err = plan.Assign(s.Env, e, column, -1)
		}
		if err == nil {
			return text, nil
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if c, ok := n.(*ast.Const); ok && c.Kind == ast.ConstString && c.Text == from {
				c.Text = to
			}
			return true
		})
		return parser.Deparse(parsed), nil
	}
	var err error
	for i, old := range t.Columns {
		c := *old
		row := (*catalog.Table)(nil)
		if c.Generated {
			row = t
		}
		if c.Default, err = renamed(old.Default, row, old); err != nil {
			return err
		}
		t.Columns[i] = &c
	}
	for i, old := range t.Checks {
		k := *old
		if k.Expr, err = renamed(old.Expr, t, nil); err != nil {
			return err
		}
		t.Checks[i] = &k
	}
	for i, old := range t.Indexes {
		index := *old
		index.Keys = append([]catalog.IndexKey(nil), old.Keys...)
		for k := range index.Keys {
			if index.Keys[k].Expr, err = renamed(old.Keys[k].Expr, t, nil); err != nil {
				return err
			}
		}
		if index.Predicate, err = renamed(old.Predicate, t, nil); err != nil {
			return err
		}
		t.Indexes[i] = &index
	}
	s.Tx.PutObject(t)
	return nil
}

package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// xmlTable binds XMLTABLE: a call of a function that its columns make.
func (b *binder) xmlTable(e *ast.XMLTable) (expr.Expr, error) {
	table := &expr.XMLTable{}
	var args []expr.Expr
	add := func(a ast.Expr, t *types.Type, typmod int32, what string) error {
		v, err := b.bind(a)
		if err == nil {
			v, err = b.coerceTo(v, t, what, a.Pos())
		}
		if err != nil {
			return err
		}
		args = append(args, expr.CoerceTypmod(v, typmod, expr.Assignment))
		return nil
	}
	if err := add(e.Document, types.XML, types.NoTypmod, "argument of XMLTABLE"); err != nil {
		return nil, err
	}
	if err := add(e.Rows, types.Text, types.NoTypmod, "argument of XMLTABLE"); err != nil {
		return nil, err
	}
	for _, n := range e.Namespaces {
		if slices.Contains(table.Spaces, n.Name) {
			return nil, sqlerr.New(sqlerr.SyntaxError, `namespace name "%s" is not unique`, n.Name).At(n.Pos())
		}
		if err := add(n.Val, types.Text, types.NoTypmod, "argument of XMLTABLE"); err != nil {
			return nil, err
		}
		table.Spaces = append(table.Spaces, n.Name)
	}
	ordinality := false
	for _, c := range e.Columns {
		col := expr.XMLTableColumn{Field: types.Field{Name: c.Name, Type: types.Int4, Typmod: types.NoTypmod}, Ordinality: c.Ordinality, NotNull: c.NotNull}
		if c.Ordinality && ordinality {
			return nil, sqlerr.New(sqlerr.SyntaxError, "only one FOR ORDINALITY column is allowed").At(c.Pos())
		}
		ordinality = ordinality || c.Ordinality
		if !c.Ordinality {
			var err error
			if col.Type, col.Typmod, err = b.p.env.TypeName(c.Type); err != nil {
				return nil, err
			}
		}
		if slices.ContainsFunc(table.Columns, func(have expr.XMLTableColumn) bool { return have.Name == c.Name }) {
			return nil, sqlerr.New(sqlerr.SyntaxError, `column name "%s" is not unique`, c.Name).At(c.Pos())
		}
		if c.Path != nil {
			if err := add(c.Path, types.Text, types.NoTypmod, "argument of XMLTABLE"); err != nil {
				return nil, err
			}
			col.Path = len(args) - 1
		}
		if c.Default != nil {
			if err := add(c.Default, col.Type, col.Typmod, "argument of XMLTABLE"); err != nil {
				return nil, err
			}
			col.Default = len(args) - 1
		}
		table.Columns = append(table.Columns, col)
	}
	given := make([]*types.Type, len(args))
	for i, a := range args {
		given[i] = a.Type()
	}
	b.p.volatile = max(b.p.volatile, expr.Stable)
	return &expr.Call{Fn: table.Function(given), Args: args, T: types.RecordType, Mod: types.NoTypmod, Form: expr.FormSyntax, Loc: e.Pos()}, nil
}

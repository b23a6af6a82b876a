package plan

import (
	"fmt"
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// jsonTableBinder binds one JSON_TABLE.
type jsonTableBinder struct {
	*binder
	table *expr.JSONTable
	args  []expr.Expr
	names []string // of columns and paths
}

// jsonTable binds JSON_TABLE: a call of a function that its columns make.
func (b *binder) jsonTable(e *ast.JSONTable) (expr.Expr, error) {
	t := &jsonTableBinder{binder: b, table: &expr.JSONTable{}}
	if on := e.OnError; on != nil {
		switch on.What {
		case "ERROR":
			t.table.ErrorOnError = true
		case "EMPTY", "EMPTY ARRAY":
		default:
			return nil, sqlerr.New(sqlerr.SyntaxError, "invalid ON ERROR behavior").WithDetail("Only EMPTY [ ARRAY ] or ERROR is allowed in the top-level ON ERROR clause.").At(on.Pos())
		}
	}
	name := e.PathName
	if name != "" {
		t.names = append(t.names, name)
	}
	if err := t.register(e.Columns); err != nil {
		return nil, err
	}
	item, err := b.jsonValue(e.Item, jsonWanted{as: types.JSONB})
	if err != nil {
		return nil, err
	}
	t.args = []expr.Expr{item}
	var passed []expr.Expr
	if t.table.Names, passed, err = b.jsonPassing(e.Passing); err != nil {
		return nil, err
	}
	t.args = append(t.args, passed...)
	if t.table.Root, err = t.path(e.Path, name, e.Columns); err != nil {
		return nil, err
	}
	given := make([]*types.Type, len(t.args))
	for i, a := range t.args {
		given[i] = a.Type()
	}
	b.p.volatile = max(b.p.volatile, expr.Stable)
	return &expr.Call{Fn: t.table.Function(given), Args: t.args, T: types.RecordType, Mod: types.NoTypmod, Form: expr.FormSyntax, Loc: e.Pos()}, nil
}

// register demands that the names of columns and paths are different.
func (t *jsonTableBinder) register(columns []*ast.JSONTableColumn) error {
	for _, c := range columns {
		if c.Name != "" {
			if slices.Contains(t.names, c.Name) {
				return sqlerr.New(sqlerr.DuplicateAlias, "duplicate JSON_TABLE column or path name: %s", c.Name).At(c.Pos())
			}
			t.names = append(t.names, c.Name)
		}
		if err := t.register(c.Columns); err != nil {
			return err
		}
	}
	return nil
}

// pathName makes a name for a path that has none.
func (t *jsonTableBinder) pathName() string {
	for n := 0; ; n++ {
		if name := fmt.Sprintf("json_table_path_%d", n); !slices.Contains(t.names, name) {
			t.names = append(t.names, name)
			return name
		}
	}
}

// path binds a path of rows with its columns.
func (t *jsonTableBinder) path(path ast.Expr, name string, columns []*ast.JSONTableColumn) (*expr.JSONTablePath, error) {
	v, err := constantPath(path)
	if err != nil {
		return nil, err
	}
	if name == "" {
		name = t.pathName()
	}
	p := &expr.JSONTablePath{Path: v, Name: name}
	ordinality := false
	for _, c := range columns {
		if c.Nested {
			continue
		}
		if c.Ordinality && ordinality {
			return nil, sqlerr.New(sqlerr.SyntaxError, "only one FOR ORDINALITY column is allowed").At(c.Pos())
		}
		ordinality = ordinality || c.Ordinality
		col, err := t.column(c)
		if err != nil {
			return nil, err
		}
		p.Columns = append(p.Columns, len(t.table.Columns))
		t.table.Columns = append(t.table.Columns, *col)
	}
	for _, c := range columns {
		if !c.Nested {
			continue
		}
		nested, err := t.path(c.Path, c.Name, c.Columns)
		if err != nil {
			return nil, err
		}
		p.Nested = append(p.Nested, nested)
	}
	return p, nil
}

// constantPath reads the string of a path.
func constantPath(e ast.Expr) (*types.PathTree, error) {
	v, err := types.JSONPath.Input(e.(*ast.Const).Text, types.NoTypmod, types.DefaultEnv)
	if err != nil {
		return nil, sqlerr.From(err).At(e.Pos())
	}
	return v.JSONPath(), nil
}

// column binds a column: JSON_EXISTS, JSON_QUERY or JSON_VALUE of the row's item.
func (t *jsonTableBinder) column(c *ast.JSONTableColumn) (*expr.JSONTableColumn, error) {
	col := &expr.JSONTableColumn{Field: types.Field{Name: c.Name, Type: types.Int4, Typmod: types.NoTypmod}}
	if c.Ordinality {
		return col, nil
	}
	out, err := t.jsonOutput(&ast.JSONReturning{Loc: c.Loc, Type: c.Type, Format: c.Format})
	if err != nil {
		return nil, err
	}
	col.Type, col.Typmod = out.Type, out.Mod
	q := &expr.JSONQuery{Op: "json_value", Column: c.Name, Names: t.table.Names}
	where := "scalar columns"
	base := baseOf(out.Type)
	switch {
	case c.Exists:
		q.Op, where = "json_exists", "EXISTS columns"
	case c.Format != nil || c.Wrapper != "" || c.Quotes != "" || base == types.JSONText || base == types.JSONB || base.IsArray() || base.Kind == types.KindComposite:
		q.Op, where = "json_query", "formatted columns"
	}
	if err := t.jsonClauses(q, &c.JSONBehaviors, "JSON_TABLE()", where, c.Pos()); err != nil {
		return nil, err
	}
	q.Item = &expr.Column{T: types.JSONB, Mod: types.NoTypmod, Name: "item"}
	path := c.Path
	if path == nil {
		path = &ast.Const{Loc: -1, Kind: ast.ConstString, Text: "$." + string(types.AppendJSONString(nil, c.Name))}
	}
	v, err := constantPath(path)
	if err != nil {
		return nil, err
	}
	q.Path = &expr.Const{Value: types.Object(v), T: types.JSONPath, Mod: types.NoTypmod, Loc: -1}
	for i, a := range t.args[1:] {
		q.Passing = append(q.Passing, &expr.Column{Index: i + 1, T: a.Type(), Mod: a.Typmod(), Name: t.table.Names[i]})
	}
	if err := t.jsonSettle(q, out, &c.JSONBehaviors); err != nil {
		return nil, err
	}
	col.Value = q
	return col, nil
}

package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// json writes a call of one of SQL/JSON's functions.
func (d *deparser) json(x *ast.JSONExpr) {
	d.put(strings.ToUpper(string(x.Op)), "(")
	if x.Query != nil {
		d.statement(x.Query)
		d.jsonFormat(x.QueryFormat)
	}
	d.jsonArgs(x)
	if x.Path != nil {
		d.put(", ")
		d.expr(x.Path)
	}
	d.jsonPassing(x.Passing)
	d.jsonOptions(x)
	d.jsonBehaviors(&x.JSONBehaviors)
	d.put(")")
}

// jsonAggregate writes JSON_OBJECTAGG or JSON_ARRAYAGG up to its parenthesis.
func (d *deparser) jsonAggregate(f *ast.FuncCall) {
	d.put(strings.ToUpper(string(f.JSON.Op)), "(")
	x := *f.JSON
	x.Args = nil
	for i, a := range f.JSON.Args {
		x.Args = append(x.Args, &ast.JSONArg{Val: f.Args[i], Format: a.Format})
	}
	d.jsonArgs(&x)
	if len(f.OrderBy) > 0 {
		d.put(" ")
		d.orderBy(f.OrderBy)
	}
	d.jsonOptions(&x)
	d.put(")")
}

func (d *deparser) jsonArgs(x *ast.JSONExpr) {
	for i, a := range x.Args {
		switch {
		case i == 0:
		case i%2 == 1 && (x.Op == ast.JSONObject || x.Op == ast.JSONObjectAgg):
			d.put(" : ")
		default:
			d.put(", ")
		}
		d.jsonArg(a)
	}
}

func (d *deparser) jsonArg(a *ast.JSONArg) {
	d.expr(a.Val)
	d.jsonFormat(a.Format)
}

func (d *deparser) jsonOptions(x *ast.JSONExpr) {
	if x.Nulls != "" {
		d.put(" ", x.Nulls, " ON NULL")
	}
	if x.Unique {
		d.put(" WITH UNIQUE KEYS")
	}
	if x.Returning != nil {
		d.put(" RETURNING ")
		d.typeName(x.Returning.Type)
		d.jsonFormat(x.Returning.Format)
	}
}

func (d *deparser) jsonFormat(f *ast.JSONFormat) {
	if f == nil {
		return
	}
	if d.put(" FORMAT JSON"); f.Encoding != "" {
		d.put(" ENCODING ", f.Encoding)
	}
}

func (d *deparser) jsonPassing(args []*ast.JSONArg) {
	for i, a := range args {
		d.put(map[bool]string{true: " PASSING ", false: ", "}[i == 0])
		d.jsonArg(a)
		d.put(" AS ", QuoteIdent(a.Name))
	}
}

func (d *deparser) jsonBehaviors(b *ast.JSONBehaviors) {
	switch b.Wrapper {
	case "":
	case "WITHOUT":
		d.put(" WITHOUT WRAPPER")
	default:
		d.put(" WITH ", b.Wrapper, " WRAPPER")
	}
	if b.Quotes != "" {
		d.put(" ", b.Quotes, " QUOTES")
	}
	d.jsonBehavior(b.OnEmpty, "EMPTY")
	d.jsonBehavior(b.OnError, "ERROR")
}

func (d *deparser) jsonBehavior(b *ast.JSONBehavior, on string) {
	if b == nil {
		return
	}
	if d.put(" ", b.What); b.Default != nil {
		d.put(" ")
		d.operand(b.Default)
	}
	d.put(" ON ", on)
}

func (d *deparser) isJSON(e *ast.IsJSON) {
	d.operand(e.Arg)
	if d.put(" IS ", not(e.Not), "JSON"); e.JSONKind != "" {
		d.put(" ", e.JSONKind)
	}
	if e.UniqueKeys {
		d.put(" WITH UNIQUE KEYS")
	}
}

func (d *deparser) jsonTable(t *ast.JSONTable) {
	d.put("JSON_TABLE(")
	d.jsonArg(t.Item)
	d.put(", ")
	d.expr(t.Path)
	if t.PathName != "" {
		d.put(" AS ", QuoteIdent(t.PathName))
	}
	d.jsonPassing(t.Passing)
	d.jsonColumns(t.Columns)
	d.jsonBehavior(t.OnError, "ERROR")
	d.put(")")
}

func (d *deparser) jsonColumns(columns []*ast.JSONTableColumn) {
	d.put(" COLUMNS (")
	list(d, columns, d.jsonColumn)
	d.put(")")
}

func (d *deparser) jsonColumn(c *ast.JSONTableColumn) {
	path := func() {
		if c.Path != nil {
			d.put(" PATH ")
			d.expr(c.Path)
		}
	}
	if c.Nested {
		d.put("NESTED")
		if path(); c.Name != "" {
			d.put(" AS ", QuoteIdent(c.Name))
		}
		d.jsonColumns(c.Columns)
		return
	}
	d.put(QuoteIdent(c.Name), " ")
	if c.Ordinality {
		d.put("FOR ORDINALITY")
		return
	}
	if d.typeName(c.Type); c.Exists {
		d.put(" EXISTS")
	}
	d.jsonFormat(c.Format)
	path()
	d.jsonBehaviors(&c.JSONBehaviors)
}

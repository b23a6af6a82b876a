package parser

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// xmlTable reads XMLTABLE(...). Its synopsis is followed first, for the errors.
func (p *parser) xmlTable(loc ast.Loc) ast.Expr {
	begin, params := p.at, p.numParams
	p.follow("xmltable")
	end := p.at
	p.at = begin + 2
	x := &ast.XMLTable{Loc: loc}
	if p.take("xmlnamespaces") {
		p.expectOp("(")
		for {
			if p.is("default") {
				panic(sqlerr.New(sqlerr.FeatureNotSupported, "DEFAULT namespace is not supported"))
			}
			t := &ast.ResTarget{Loc: p.loc(), Val: p.bExpr()}
			p.expect("as")
			t.Name = p.colLabel()
			if x.Namespaces = append(x.Namespaces, t); !p.accept(",") {
				break
			}
		}
		p.expectOp(")")
		p.accept(",")
	}
	x.Rows = p.primary()
	x.Document = p.xmlPassing()
	p.expect("columns")
	for {
		if x.Columns = append(x.Columns, p.xmlTableColumn()); !p.accept(",") {
			break
		}
	}
	p.at, p.numParams = end, max(params, p.numParams)
	return x
}

// xmlPassing reads PASSING and a document; how it is passed makes no difference.
func (p *parser) xmlPassing() ast.Expr {
	mechanism := func() {
		if p.take("by") {
			p.advance()
		}
	}
	p.expect("passing")
	mechanism()
	e := p.primary()
	mechanism()
	return e
}

func (p *parser) xmlTableColumn() *ast.XMLTableColumn {
	c := &ast.XMLTableColumn{Loc: p.loc(), Name: p.name("UC")}
	if p.takeSeq("for", "ordinality") {
		c.Ordinality = true
		return c
	}
	c.Type = p.typeName()
	nullable := false
	for {
		at := p.tok().pos
		twice := func(format string, args ...any) { panic(sqlerr.New(sqlerr.SyntaxError, format, args...).At(at)) }
		switch {
		case p.take("default"):
			if c.Default != nil {
				twice("only one DEFAULT value is allowed")
			}
			c.Default = p.bExpr()
		case p.take("path"):
			if c.Path != nil {
				twice("only one PATH value per column is allowed")
			}
			c.Path = p.bExpr()
		case p.takeSeq("not", "null"), p.take("null"):
			if nullable {
				twice(`conflicting or redundant NULL / NOT NULL declarations for column "%s"`, c.Name)
			}
			nullable, c.NotNull = true, p.toks[p.at-2].text == "not"
		default:
			return c
		}
	}
}

func (d *deparser) xmlTable(x *ast.XMLTable) {
	d.put("XMLTABLE(")
	if x.Namespaces != nil {
		d.put("XMLNAMESPACES(")
		list(d, x.Namespaces, func(t *ast.ResTarget) {
			d.expr(t.Val)
			d.put(" AS ", QuoteIdent(t.Name))
		})
		d.put("), ")
	}
	d.put("(")
	d.expr(x.Rows)
	d.put(") PASSING (")
	d.expr(x.Document)
	d.put(") COLUMNS ")
	list(d, x.Columns, func(c *ast.XMLTableColumn) {
		d.put(QuoteIdent(c.Name), " ")
		if c.Ordinality {
			d.put("FOR ORDINALITY")
			return
		}
		d.typeName(c.Type)
		if c.Default != nil {
			d.put(" DEFAULT (")
			d.expr(c.Default)
			d.put(")")
		}
		if c.Path != nil {
			d.put(" PATH (")
			d.expr(c.Path)
			d.put(")")
		}
		if c.NotNull {
			d.put(" NOT NULL")
		}
	})
	d.put(")")
}

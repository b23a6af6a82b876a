package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// xmlCall reads XMLELEMENT and its kin. Its synopsis is followed first, for the errors.
func (p *parser) xmlCall(loc ast.Loc) ast.Expr {
	name := p.tok().text
	begin, params := p.at, p.numParams
	p.follow(name)
	end := p.at
	p.at = begin + 2
	if name == "xmlexists" {
		f := &ast.FuncCall{Loc: loc, Name: []string{"pg_catalog", name}, SQLSyntax: true, Args: []ast.Expr{p.primary()}}
		f.Args = append(f.Args, p.xmlPassing())
		p.at, p.numParams = end, max(params, p.numParams)
		return f
	}
	x := &ast.XMLExpr{Loc: loc, Op: ast.XMLOp(name)}
	switch x.Op {
	case ast.XMLConcat:
		x.Args = p.exprList()
	case ast.XMLElement:
		p.expect("name")
		x.Name = p.colLabel()
		if p.accept(",") {
			if p.is("xmlattributes") && p.ahead(1).text == "(" {
				p.at += 2
				x.Named = p.xmlValues()
				p.expectOp(")")
				if !p.accept(",") {
					break
				}
			}
			x.Args = p.exprList()
		}
	case ast.XMLForest:
		x.Named = p.xmlValues()
	case ast.XMLParse:
		x.Document = p.advance().text == "document"
		x.Args = []ast.Expr{p.expr(0)}
		x.Preserve = p.takeSeq("preserve", "whitespace")
		p.takeSeq("strip", "whitespace")
	case ast.XMLPI:
		p.expect("name")
		x.Name = p.colLabel()
		if p.accept(",") {
			x.Args = []ast.Expr{p.expr(0)}
		}
	case ast.XMLRoot:
		x.Args = []ast.Expr{p.expr(0)}
		p.expectOp(",")
		p.expect("version")
		if !p.takeSeq("no", "value") {
			x.Version = p.expr(0)
		}
		if p.accept(",") {
			p.expect("standalone")
			if x.Standalone = strings.ToUpper(p.advance().text); p.take("value") {
				x.Standalone = "NO VALUE"
			}
		}
	case ast.XMLSerialize:
		x.Document = p.advance().text == "document"
		x.Args = []ast.Expr{p.expr(0)}
		p.expect("as")
		x.Type = p.typeName()
		if p.takeSeq("no", "indent") {
			p.refuse(loc, "NO INDENT of XMLSERIALIZE")
		} else if p.take("indent") { // since PostgreSQL 16
			p.refuse(loc, "INDENT of XMLSERIALIZE")
		}
	}
	p.at, p.numParams = end, max(params, p.numParams)
	return x
}

// xmlValues reads values with or without names.
func (p *parser) xmlValues() (list []*ast.ResTarget) {
	for {
		t := &ast.ResTarget{Loc: p.loc(), Val: p.expr(0)}
		if p.take("as") {
			t.Name = p.colLabel()
		}
		if list = append(list, t); !p.accept(",") {
			return list
		}
	}
}

func (d *deparser) xml(x *ast.XMLExpr) {
	word := func(document bool) string {
		if document {
			return "DOCUMENT "
		}
		return "CONTENT "
	}
	named := func() {
		for i, t := range x.Named {
			if i > 0 {
				d.put(", ")
			}
			if d.expr(t.Val); t.Name != "" {
				d.put(" AS ", QuoteIdent(t.Name))
			}
		}
	}
	if x.Op == ast.XMLIsDocument {
		d.operand(x.Args[0])
		d.put(" IS DOCUMENT")
		return
	}
	d.put(strings.ToUpper(string(x.Op)), "(")
	switch x.Op {
	case ast.XMLElement:
		if d.put("NAME ", QuoteIdent(x.Name)); x.Named != nil {
			d.put(", XMLATTRIBUTES(")
			named()
			d.put(")")
		}
		if x.Args != nil {
			d.put(", ")
			d.exprs(x.Args)
		}
	case ast.XMLForest:
		named()
	case ast.XMLParse:
		d.put(word(x.Document))
		if d.expr(x.Args[0]); x.Preserve {
			d.put(" PRESERVE WHITESPACE")
		}
	case ast.XMLPI:
		if d.put("NAME ", QuoteIdent(x.Name)); x.Args != nil {
			d.put(", ")
			d.exprs(x.Args)
		}
	case ast.XMLRoot:
		d.expr(x.Args[0])
		if d.put(", VERSION "); x.Version != nil {
			d.expr(x.Version)
		} else {
			d.put("NO VALUE")
		}
		if x.Standalone != "" {
			d.put(", STANDALONE ", x.Standalone)
		}
	case ast.XMLSerialize:
		d.put(word(x.Document))
		d.expr(x.Args[0])
		d.put(" AS ")
		d.typeName(x.Type)
	default:
		d.exprs(x.Args)
	}
	d.put(")")
}

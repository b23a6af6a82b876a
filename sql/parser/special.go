package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Parts of the grammar of XMLTABLE and of normal forms.

// xmlColumnOption reads an option that XMLTABLE's columns have not got.
func (p *parser) xmlColumnOption() bool {
	t := p.tok()
	if !isPlainName(t) {
		return false
	}
	p.advance()
	p.bExpr()
	panic(sqlerr.New(sqlerr.SyntaxError, `unrecognized column option "%s"`, t.text).At(t.pos))
}

// normalizeCall reads normalize(text [, form]).
func (p *parser) normalizeCall(loc ast.Loc) ast.Expr {
	f := &ast.FuncCall{Loc: loc, Name: []string{"pg_catalog", "normalize"}, SQLSyntax: true}
	p.at += 2
	f.Args = []ast.Expr{p.expr(0)}
	if p.accept(",") {
		form := p.loc()
		if !p.is("nfc", "nfd", "nfkc", "nfkd") {
			p.unexpected()
		}
		f.Args = append(f.Args, &ast.Const{Loc: form, Kind: ast.ConstString, Text: strings.ToUpper(p.advance().text)})
	}
	p.expectOp(")")
	return f
}

// normalizedTest reads [form] NORMALIZED behind IS.
func (p *parser) normalizedTest(arg ast.Expr, not bool, loc ast.Loc) ast.Expr {
	f := &ast.FuncCall{Loc: loc, Name: []string{"pg_catalog", "is_normalized"}, SQLSyntax: true, Args: []ast.Expr{arg}}
	if at := p.loc(); p.is("nfc", "nfd", "nfkc", "nfkd") {
		f.Args = append(f.Args, &ast.Const{Loc: at, Kind: ast.ConstString, Text: strings.ToUpper(p.advance().text)})
	}
	p.expect("normalized")
	if not {
		return &ast.BoolExpr{Loc: loc, Op: ast.BoolNot, Args: []ast.Expr{f}}
	}
	return f
}

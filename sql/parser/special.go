package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Functions with a grammar of their own that are read but not run: XML's, and
// SQL/JSON's of PostgreSQL 16 and 17. Their synopses are in rulesstmt.go.

// jsonCall reads the call of a SQL/JSON function: only JSON_OBJECT may also be
// called like any function.
func (p *parser) jsonCall(loc ast.Loc) ast.Expr {
	name := p.tok().text
	f := &ast.FuncCall{Loc: loc, Name: []string{"pg_catalog", name}}
	if next := p.ahead(2); name == "json_object" && !(next.kind == tokOp && next.text == ")") && !isWord(next, "returning") {
		p.at += 2
		if p.jsonArguments(f) {
			p.expectOp(")")
			return f
		}
		p.refuse(loc, "JSON_OBJECT")
		p.follow("json_members")
		return f
	}
	if name == "json" {
		begin := p.at
		if p.at += 2; p.startsExpr() {
			f.Args, f.SQLSyntax = []ast.Expr{p.expr(0)}, true
			if p.accept(")") {
				return f
			}
		}
		p.at, f.Args, f.SQLSyntax = begin, nil, false
	}
	windowless := p.windowless
	p.windowless = false
	p.refuse(loc, "%s", strings.ToUpper(name))
	p.follow(name)
	f.SQLSyntax = true
	if aggregate := name == "json_objectagg" || name == "json_arrayagg"; aggregate && !windowless {
		p.callTail(f)
	}
	return f
}

// jsonArguments reads the arguments of JSON_OBJECT up to its parenthesis, or
// says that they are members: the first one has been read then, up to VALUE or
// a colon.
func (p *parser) jsonArguments(f *ast.FuncCall) bool {
	if p.jsonName(f) {
		return false
	}
	for p.accept(",") {
		f.Args = append(f.Args, p.callArg())
	}
	return true
}

// jsonName reads an argument, and says whether it is the name of a member.
func (p *parser) jsonName(f *ast.FuncCall) bool {
	if p.isOp("+") || p.isOp("-") || p.is("not") || p.isOperator() || isNamedArg(p) {
		f.Args = append(f.Args, p.callArg())
		return p.isOp(":")
	}
	outer := p.mode
	p.mode = modeExpr
	e := p.primary()
	if !p.is("value") {
		e = p.operators(e, 0)
		p.mode = outer
		f.Args = append(f.Args, e)
		return p.isOp(":")
	}
	p.mode = outer
	return true
}

// jsonMember reads the name of a member.
func (p *parser) jsonMember() bool {
	if !p.startsExpr() {
		return false
	}
	if !p.jsonName(&ast.FuncCall{}) {
		p.unexpected()
	}
	return true
}

// jsonEncoding reads the name of an encoding.
func (p *parser) jsonEncoding() bool {
	switch name := p.colID(); strings.ToLower(name) {
	case "utf8", "utf16", "utf32":
		return true
	default:
		panic(sqlerr.New(sqlerr.InvalidParameterValue, "unrecognized JSON encoding: %s", name))
	}
}

// jsonTable reads JSON_TABLE(...), whose path must be a string.
func (p *parser) jsonTable(loc ast.Loc) {
	p.refuse(loc, "JSON_TABLE")
	p.follow("json_table")
	if p.badPath > 0 {
		panic(sqlerr.New(sqlerr.FeatureNotSupported, "only string constants are supported in JSON_TABLE path specification").At(p.badPath))
	}
}

// jsonPath reads the path of JSON_TABLE.
func (p *parser) jsonPath() {
	at := p.tok().pos
	if c, ok := p.expr(0).(*ast.Const); !ok || c.Kind != ast.ConstString {
		p.badPath = at
	}
}

// jsonFormat reads FORMAT, if JSON follows it.
func (p *parser) jsonFormat() bool { return p.tok().joined && p.take("format") }

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

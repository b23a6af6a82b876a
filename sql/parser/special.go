package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// Functions with a grammar of their own that are read but not run: XML's, and
// SQL/JSON's of PostgreSQL 16 and 17. Of these, what stands between their
// parentheses is read as expressions with clauses between them, so that what
// follows is read as well.

// jsonFunctions may be called like any function too.
var jsonFunctions = map[string]bool{
	"json": true, "json_scalar": true, "json_serialize": true, "json_object": true, "json_array": true, "json_objectagg": true, "json_arrayagg": true,
	"json_value": true, "json_query": true, "json_exists": true, "json_table": true,
}

// jsonCall reads the call of a SQL/JSON function: as any call, until something
// in it belongs to the grammar of PostgreSQL 16 and 17.
func (p *parser) jsonCall(f *ast.FuncCall) {
	special := func() {
		p.refuse(f.Loc, "%s", strings.ToUpper(f.Name[0]))
		p.clauses()
	}
	p.expectOp("(")
	switch {
	case p.accept("*"):
		f.Star = true
	case p.isOp(")"):
	case p.is("distinct", "all", "variadic"):
		p.at--
		p.callArgs(f)
		return
	case p.is("select", "values", "with", "returning"):
		special()
	default:
		for {
			if p.take("variadic") {
				f.Variadic = true
			}
			f.Args = append(f.Args, p.callArg())
			if p.is("order") {
				f.OrderBy = p.orderBy()
			}
			if p.isOp(")") {
				break
			}
			if !p.accept(",") {
				special()
				break
			}
		}
	}
	p.expectOp(")")
}

// xmlCall reads XMLELEMENT and its kin.
func (p *parser) xmlCall(loc ast.Loc) ast.Expr {
	name := p.tok().text
	p.refuse(loc, "%s", strings.ToUpper(name))
	p.follow(name)
	return &ast.FuncCall{Loc: loc, Name: []string{"pg_catalog", name}, SQLSyntax: true}
}

// clauseWords may stand between the arguments.
var clauseWords = []string{
	"format", "encoding", "absent", "on", "with", "without", "unique", "keys", "conditional", "unconditional", "array", "wrapper", "keep", "omit",
	"quotes", "scalar", "string", "error", "empty", "object", "unknown", "path", "nested", "for", "ordinality", "by", "ref", "value", "exists", "document", "content",
	"preserve", "strip", "whitespace", "version", "standalone", "yes", "no", "name", "order", "asc", "desc", "key", "utf8", "utf16", "utf32", "indent",
}

// clauses reads up to the closing parenthesis.
func (p *parser) clauses() {
	p.enter()
	defer p.leave()
	for !p.isOp(")") {
		switch t := p.tok(); {
		case t.kind == tokEOF:
			p.unexpected()
		case p.accept(","), p.accept(":"):
		case p.is("null") && isWord(p.ahead(1), "on"), p.is("true", "false") && isWord(p.ahead(1), "on"):
			p.at += 2
		case p.is("array") && p.ahead(1).text == "[", p.is("exists") && p.ahead(1).text == "(":
			p.expr(0)
		case p.is("select", "values") || p.is("with") && p.ahead(1).kind == tokIdent && isWord(p.ahead(2), "as"):
			p.selectStmt()
		case p.take("returning"):
			p.typeName()
		case p.take("passing"):
		case p.take("as"):
			// A name, or a type.
			p.typeName()
		case p.take("columns"):
			if p.accept("(") {
				p.columnsClause()
				p.expectOp(")")
				break
			}
			p.columnsClause()
		case p.take("default"):
			p.expr(0)
		case p.is(clauseWords...) && !(p.ahead(1).kind == tokOp && (p.ahead(1).text == "." || p.ahead(1).text == "(")):
			p.advance()
		default:
			p.expr(0)
		}
	}
}

// columnsClause reads the columns of JSON_TABLE.
func (p *parser) columnsClause() {
	for {
		switch {
		case p.is("nested"):
			p.advance()
			p.take("path")
			p.str()
			if p.take("as") {
				p.colID()
			}
			p.expect("columns")
			p.expectOp("(")
			p.columnsClause()
			p.expectOp(")")
		default:
			p.colID()
			if p.takeSeq("for", "ordinality") {
				break
			}
			p.typeName()
			for !p.isOp(",") && !p.isOp(")") {
				switch {
				case p.tok().kind == tokEOF:
					p.unexpected()
				case p.takeSeq("not", "null"), p.is("null") && isWord(p.ahead(1), "on") && p.takeSeq("null", "on"), p.take("null"):
				case p.is(clauseWords...), p.is("true", "false"):
					p.advance()
				case p.take("default"):
					p.expr(0)
				default:
					p.expr(0)
				}
			}
		}
		if !p.accept(",") {
			return
		}
	}
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

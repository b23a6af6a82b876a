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
			if p.isOp(":") || p.is("columns", "passing", "returning", "default", "as") || p.is(clauseWords...) || p.is("null") && isWord(p.ahead(1), "on") {
				special()
				break
			}
			p.expectOp(",")
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

// clauses reads up to the closing parenthesis: expressions with punctuation or
// words between them.
func (p *parser) clauses() {
	p.enter()
	defer p.leave()
	complete := len(p.toks) > 0 && !(p.toks[p.at-1].kind == tokOp && (p.toks[p.at-1].text == "(" || p.toks[p.at-1].text == ","))
	for !p.isOp(")") {
		before := complete
		complete = false
		switch {
		case p.accept(","), p.accept(":"):
		case p.is("null") && isWord(p.ahead(1), "on"), p.is("true", "false") && isWord(p.ahead(1), "on"):
			p.at += 2
		case p.take("returning"), p.take("as"):
			p.typeName() // or a name
			complete = true
		case p.take("passing"), p.take("default"):
		case p.take("columns"):
			p.expectOp("(")
			p.columnsClause()
			p.expectOp(")")
		case p.is("array") && p.ahead(1).text == "[" && !before:
			p.expr(0)
			complete = true
		case p.is(clauseWords...) && !(p.ahead(1).kind == tokOp && (p.ahead(1).text == "." || p.ahead(1).text == "(")):
			p.advance()
		case before:
			p.unexpected()
		case p.is("select", "with") || p.is("values") && p.ahead(1).text == "(":
			p.selectStmt()
			complete = true
		default:
			p.expr(0)
			complete = true
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

package parser

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Rules of the grammar that a synopsis cannot say: what PostgreSQL checks while
// it parses statements that have no tree here.

// publicationItem is an object of a publication as written.
type publicationItem struct {
	loc            ast.Loc
	schema, named  bool // TABLES IN SCHEMA; neither keyword: it goes on with the kind before
	columns, where ast.Loc
	qualified      bool
}

// publicationItems reads the objects of a publication.
func (p *parser) publicationItems() bool {
	if !p.is("table", "tables", "current_schema", "only") && !mayName(p.tok(), "UC") {
		return false
	}
	var list []publicationItem
	for {
		list = append(list, p.publicationItem())
		if !p.accept(",") {
			break
		}
	}
	p.checkPublication(list)
	return true
}

func (p *parser) publicationItem() publicationItem {
	item := publicationItem{loc: p.loc(), columns: -1, where: -1}
	switch {
	case p.is("tables") && isWord(p.ahead(1), "in"):
		p.expect("tables", "in", "schema")
		item.schema, item.named, item.loc = true, true, p.loc()
		if !p.take("current_schema") {
			p.colID()
		}
		return item
	case p.take("current_schema"):
		item.schema = true
		return item
	case p.take("table"):
		item.named, item.loc = true, p.loc()
	}
	v := p.relationExpr()
	item.qualified = v.Schema != "" || v.Only || p.toks[p.at-1].text == "*"
	if p.isOp("(") {
		item.columns = item.loc
		p.parenNames()
	}
	if p.take("where") {
		item.where = item.loc
		p.expectOp("(")
		p.expr(0)
		p.expectOp(")")
	}
	return item
}

// checkPublication is PostgreSQL's preprocess_pubobj_list.
func (p *parser) checkPublication(list []publicationItem) {
	if first := list[0]; !first.named {
		panic(sqlerr.New(sqlerr.SyntaxError, "invalid publication object list").
			WithDetail("One of TABLE or TABLES IN SCHEMA must be specified before a standalone table or schema name.").At(first.loc.Pos()))
	}
	schema := false
	for _, item := range list {
		if item.named {
			schema = item.schema
		}
		switch {
		case !schema && item.schema:
			p.fail(item.loc, "invalid table name")
		case schema && item.where >= 0:
			p.fail(item.loc, "WHERE clause not allowed for schema")
		case schema && item.columns >= 0:
			p.fail(item.loc, "column specification not allowed for schema")
		case schema && item.qualified:
			p.fail(item.loc, "invalid schema name")
		}
	}
}

// triggerEvents reads INSERT OR UPDATE OF a, b OR ...; none may come twice.
func (p *parser) triggerEvents() bool {
	if !p.is("insert", "update", "delete", "truncate") {
		return false
	}
	seen := map[string]bool{}
	for {
		event := p.tok()
		if !p.is("insert", "update", "delete", "truncate") {
			p.unexpected()
		}
		p.advance()
		last := event
		if event.text == "update" {
			if p.take("of") {
				p.nameList()
			}
			last = p.tok() // PostgreSQL has looked at it
		}
		if seen[event.text] {
			p.failNear(last, "duplicate trigger events specified")
		}
		seen[event.text] = true
		if !p.take("or") {
			return true
		}
	}
}

// failNear is an error of the scanner's form, about a token.
func (p *parser) failNear(t *token, message string) {
	switch t.kind {
	case tokError:
		panic(p.failed)
	case tokEOF:
		panic(sqlerr.New(sqlerr.SyntaxError, "%s at end of input", message).At(t.pos))
	}
	panic(sqlerr.New(sqlerr.SyntaxError, `%s at or near "%s"`, message, p.src[t.pos:t.end]).At(t.pos))
}

// policyKind reads PERMISSIVE or RESTRICTIVE.
func (p *parser) policyKind() bool {
	t := p.tok()
	if !isPlainName(t) {
		return false
	}
	if t.text != "permissive" && t.text != "restrictive" {
		panic(sqlerr.New(sqlerr.SyntaxError, `unrecognized row security option "%s"`, t.text).
			WithHint("Only PERMISSIVE or RESTRICTIVE policies are supported currently.").At(t.pos))
	}
	p.advance()
	return true
}

// missingArgument refuses an operator with one type in its parentheses.
func (p *parser) missingArgument() bool {
	if p.isOp(")") {
		panic(sqlerr.New(sqlerr.SyntaxError, "missing argument").WithHint("Use NONE to denote the missing argument of a unary operator.").At(p.tok().pos))
	}
	return false
}

// noLongerFrom refuses CREATE EXTENSION ... FROM.
func (p *parser) noLongerFrom() bool {
	loc := p.loc()
	if !p.take("from") {
		return false
	}
	if p.tok().kind == tokString || mayName(p.tok(), "UCT") {
		panic(sqlerr.New(sqlerr.FeatureNotSupported, "CREATE EXTENSION ... FROM is no longer supported").At(loc.Pos()))
	}
	p.unexpected()
	return false
}

// constraintReplace refuses CREATE OR REPLACE CONSTRAINT TRIGGER.
func (p *parser) constraintReplace() bool {
	for i := p.at - 1; i >= 0 && !isWord(&p.toks[i], "create"); i-- {
		if isWord(&p.toks[i], "replace") && isWord(&p.toks[i+1], "constraint") && isWord(&p.toks[i+2], "trigger") {
			panic(sqlerr.New(sqlerr.FeatureNotSupported, "CREATE OR REPLACE CONSTRAINT TRIGGER is not supported"))
		}
	}
	return true
}

// noOutputs refuses OUT parameters of a function that RETURNS TABLE.
func (p *parser) noOutputs() bool {
	table, i := false, p.at-1
	for ; i >= 0 && !isWord(&p.toks[i], "function"); i-- {
		table = table || isWord(&p.toks[i], "returns") && isWord(&p.toks[i+1], "table")
	}
	for ; table && !isWord(&p.toks[i], "returns"); i++ {
		if isWord(&p.toks[i], "out", "inout") {
			p.fail(-1, "OUT and INOUT arguments aren't allowed in TABLE functions")
		}
	}
	return true
}

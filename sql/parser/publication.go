package parser

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Publications and subscriptions, and rules of the grammar that a synopsis cannot say.

// publicationItem is an object of a publication as written.
type publicationItem struct {
	ast.PublicationItem
	named          bool // TABLE or TABLES IN SCHEMA; neither: it goes on with the kind before
	columns, where ast.Loc
	qualified      bool
}

// publicationItems reads the objects of a publication.
func (p *parser) publicationItems() bool {
	if !p.is("table", "tables", "current_schema", "only") && !mayName(p.tok(), "UC") {
		return false
	}
	p.publicationList()
	return true
}

// publicationList parses the objects of a publication.
func (p *parser) publicationList() (items []*ast.PublicationItem) {
	var list []*publicationItem
	for {
		list = append(list, p.publicationItem())
		if !p.accept(",") {
			break
		}
	}
	p.checkPublication(list)
	for _, item := range list {
		items = append(items, &item.PublicationItem)
	}
	return items
}

func (p *parser) publicationItem() *publicationItem {
	item := &publicationItem{columns: -1, where: -1}
	item.Loc = p.loc()
	switch {
	case p.is("tables") && isWord(p.ahead(1), "in"):
		p.expect("tables", "in", "schema")
		item.InSchema, item.named, item.Loc = true, true, p.loc()
		if !p.take("current_schema") {
			item.Schema = p.colID()
		}
		return item
	case p.take("current_schema"):
		item.InSchema = true
		return item
	case p.take("table"):
		item.named, item.Loc = true, p.loc()
	}
	item.Table = p.relationExpr()
	item.qualified = item.Table.Schema != "" || item.Table.Only || p.toks[p.at-1].text == "*"
	if p.isOp("(") {
		item.columns = item.Loc
		item.Columns = p.parenNames()
	}
	if p.take("where") {
		item.where = item.Loc
		p.expectOp("(")
		item.Where = p.expr(0)
		p.expectOp(")")
	}
	return item
}

// checkPublication is PostgreSQL's preprocess_pubobj_list: it settles what items without a
// keyword are.
func (p *parser) checkPublication(list []*publicationItem) {
	if first := list[0]; !first.named {
		panic(sqlerr.New(sqlerr.SyntaxError, "invalid publication object list").
			WithDetail("One of TABLE or TABLES IN SCHEMA must be specified before a standalone table or schema name.").At(first.Pos()))
	}
	schema := false
	for _, item := range list {
		if item.named {
			schema = item.InSchema
		}
		switch {
		case !schema && item.InSchema:
			p.fail(item.Loc, "invalid table name")
		case schema && item.where >= 0:
			p.fail(item.Loc, "WHERE clause not allowed for schema")
		case schema && item.columns >= 0:
			p.fail(item.Loc, "column specification not allowed for schema")
		case schema && item.qualified:
			p.fail(item.Loc, "invalid schema name")
		case schema && item.Table != nil:
			item.InSchema, item.Schema, item.Table = true, item.Table.Name, nil
		}
	}
}

// publicationStmt parses CREATE PUBLICATION and what of ALTER PUBLICATION is no renaming and
// the like. Its synopsis is followed first, for the errors, as for all definitions.
func (p *parser) publicationStmt(start int, family, construct string) ast.Statement {
	end := p.followed(start, family, construct)
	s := &ast.PublicationStmt{Loc: p.loc()}
	p.expect(family, "publication")
	s.Name = p.colID()
	switch {
	case family == "create":
		if p.takeSeq("for", "all", "tables") {
			s.AllTables = true
		} else if p.take("for") {
			s.Items = p.publicationList()
		}
		if p.take("with") {
			s.Options = p.definition()
		}
	case p.is("set") && p.ahead(1).text == "(":
		p.advance()
		s.Action, s.Options = "options", p.definition()
	default:
		s.Action = p.advance().text
		s.Items = p.publicationList()
	}
	p.at = end
	return s
}

// subscriptionStmt parses CREATE SUBSCRIPTION and what of ALTER SUBSCRIPTION is no renaming
// and the like.
func (p *parser) subscriptionStmt(start int, family, construct string) ast.Statement {
	end := p.followed(start, family, construct)
	s := &ast.SubscriptionStmt{Loc: p.loc()}
	p.expect(family, "subscription")
	s.Name = p.colID()
	publications := func() {
		p.expect("publication")
		for s.Publications = append(s.Publications, p.colLabel()); p.accept(","); {
			s.Publications = append(s.Publications, p.colLabel())
		}
	}
	switch {
	case family == "create":
		p.expect("connection")
		s.Connection = p.str()
		publications()
	case p.is("set") && p.ahead(1).text == "(":
		p.advance()
		s.Action, s.Options = "options", p.definition()
	case p.take("connection"):
		s.Action, s.Connection = "connection", p.str()
	case p.takeSeq("refresh", "publication"):
		s.Action = "refresh"
	case p.is("add", "drop", "set"):
		s.Action = p.advance().text
		publications()
	case p.take("skip"):
		s.Action, s.Options = "skip", p.definition()
	default:
		s.Action = p.advance().text
	}
	if p.take("with") {
		s.Options = p.definition()
	}
	p.at = end
	return s
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

package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

func (p *parser) createIndex() ast.Statement {
	s := &ast.IndexStmt{Unique: p.take("unique")}
	p.expect("index")
	s.Concurrently = p.take("concurrently")
	s.IfNotExists = p.ifNotExists()
	if !p.is("on") {
		s.Name = p.colID()
	} else if s.IfNotExists {
		p.unexpected()
	}
	p.expect("on")
	s.Relation = p.relationExpr()
	if p.take("using") {
		s.AccessMethod = p.colID()
	}
	p.expectOp("(")
	for {
		s.Elems = append(s.Elems, p.indexElem())
		if !p.accept(",") {
			break
		}
	}
	p.expectOp(")")
	if p.take("include") {
		p.expectOp("(")
		for {
			s.Including = append(s.Including, p.indexElem())
			if !p.accept(",") {
				break
			}
		}
		p.expectOp(")")
	}
	if p.takeSeq("nulls", "not", "distinct") {
		s.NullsNotDistinct = true
	} else {
		p.takeSeq("nulls", "distinct")
	}
	if p.take("with") {
		s.Options = p.relOptions()
	}
	if p.take("tablespace") {
		s.Tablespace = p.colID()
	}
	if p.take("where") {
		s.Where = p.expr(0)
	}
	return s
}

// indexElem parses a key: a column, a function call, or an expression in
// parentheses.
func (p *parser) indexElem() *ast.IndexElem {
	e := &ast.IndexElem{Loc: p.loc()}
	switch {
	case p.isOp("("):
		p.advance()
		e.Expr = p.expr(0)
		p.expectOp(")")
	case p.isFunctionInFrom():
		e.Expr = p.functionExpr()
	default:
		e.Name = p.colID()
	}
	if p.take("collate") {
		e.Collation = p.anyName().Parts
	}
	if mayName(p.tok(), "UC") && !p.is("nulls") {
		e.OpClass = p.anyName().Parts
		if p.isOp("(") {
			e.OpClassOptions = p.relOptions()
		}
	}
	switch {
	case p.take("asc"):
		e.Dir = ast.SortAsc
	case p.take("desc"):
		e.Dir = ast.SortDesc
	}
	e.Nulls = p.nulls()
	return e
}

func (p *parser) createSchema() ast.Statement {
	p.advance()
	s := &ast.CreateSchemaStmt{IfNotExists: p.ifNotExists()}
	if !p.is("authorization") {
		s.Name = p.colID()
	}
	if p.take("authorization") {
		s.AuthRole = p.roleSpec()
	} else if s.Name == "" {
		p.unexpected()
	}
	for p.is("create", "grant") {
		if s.IfNotExists {
			panic(sqlerr.New(sqlerr.FeatureNotSupported, "CREATE SCHEMA IF NOT EXISTS cannot include schema elements").At(p.tok().pos))
		}
		s.Elements = append(s.Elements, p.statement())
	}
	return s
}

func (p *parser) createView(replace bool, persistence ast.Persistence) ast.Statement {
	s := &ast.ViewStmt{Replace: replace, Persistence: persistence, Recursive: p.take("recursive")}
	p.expect("view")
	s.Relation = p.qualifiedName()
	s.Columns = p.parenNames()
	if p.take("with") {
		s.Options = p.relOptions()
	}
	p.expect("as")
	if !p.startsQuery() {
		p.unexpected()
	}
	s.Query = p.selectStmt()
	if p.take("with") {
		s.CheckOption = "cascaded"
		if p.take("local") {
			s.CheckOption = "local"
		} else {
			p.take("cascaded")
		}
		p.expect("check", "option")
	}
	return s
}

// createMaterializedView parses what follows CREATE MATERIALIZED VIEW.
func (p *parser) createMaterializedView(persistence ast.Persistence) ast.Statement {
	s := &ast.CreateStmt{Persistence: persistence, IfNotExists: p.ifNotExists()}
	s.Relation = p.qualifiedName()
	as, ok := p.createTableAs(s).(*ast.CreateTableAsStmt)
	if ok {
		as.Materialized = true
	}
	return as
}

// refresh parses REFRESH MATERIALIZED VIEW.
func (p *parser) refresh() ast.Statement {
	p.expect("refresh", "materialized", "view")
	s := &ast.RefreshStmt{Concurrently: p.take("concurrently")}
	s.Relation = p.qualifiedName()
	if p.takeSeq("with", "no", "data") {
		s.NoData = true
	} else {
		p.takeSeq("with", "data")
	}
	return s
}

func (p *parser) sequenceOptions() []*ast.DefElem {
	var list []*ast.DefElem
	for {
		d := &ast.DefElem{Loc: p.loc()}
		value := func() {
			loc := p.loc()
			d.Value = &ast.Const{Loc: loc, Kind: ast.ConstFloat, Text: intText(p.integer())}
		}
		switch {
		case p.take("as"):
			d.Name, d.Value = "as", p.simpleTypeName()
		case p.take("increment"):
			p.take("by")
			d.Name = "increment"
			value()
		case p.take("start"):
			p.take("with")
			d.Name = "start"
			value()
		case p.take("restart"):
			d.Name = "restart"
			p.take("with")
			if p.tok().kind != tokOp && p.tok().kind != tokEOF && p.tok().kind != tokIdent || p.isOp("-") {
				value()
			}
		case p.is("minvalue", "maxvalue", "cache"):
			d.Name = p.advance().text
			value()
		case p.isSeq("no", "minvalue"), p.isSeq("no", "maxvalue"):
			p.advance()
			d.Name = p.advance().text
		case p.isSeq("no", "cycle"):
			p.at += 2
			d.Name, d.Value = "cycle", &ast.Const{Loc: -1, Kind: ast.ConstBool}
		case p.take("cycle"):
			d.Name, d.Value = "cycle", &ast.Const{Loc: -1, Kind: ast.ConstBool, Bool: true}
		case p.takeSeq("owned", "by"):
			d.Name, d.Value = "owned_by", p.anyName()
		case p.takeSeq("sequence", "name"):
			d.Name, d.Value = "sequence_name", p.anyName()
		default:
			return list
		}
		list = append(list, d)
	}
}

// drop parses DROP of every kind of object.
func (p *parser) drop() ast.Statement {
	loc := p.loc()
	p.expect("drop")
	s := &ast.DropStmt{}
	switch {
	case p.is("table", "index", "sequence", "view", "schema", "namespace", "type", "domain", "collation", "conversion", "extension", "statistics"):
		s.Object = ast.ObjectType(p.advance().text)
		if s.Object == "namespace" {
			s.Object = "schema"
		}
		if s.Object == "index" {
			s.Concurrently = p.take("concurrently")
		}
	case p.takeSeq("materialized", "view"):
		s.Object = "materialized view"
	case p.isSeq("user", "table"), p.isSeq("stream", "table"), p.isSeq("shared", "table"), p.isSeq("user", "stream", "table"):
		for !p.take("table") {
			p.advance()
		}
		s.Object = "table"
	case p.take("role"), p.take("user"), p.take("group"):
		d := &ast.DropRoleStmt{IfExists: p.ifExists()}
		d.Roles = p.roleList()
		return d
	case p.take("database"):
		d := &ast.DropdbStmt{IfExists: p.ifExists()}
		d.Name = p.colID()
		return d
	default:
		if p.is("function", "procedure", "routine", "aggregate", "operator", "trigger", "rule", "policy", "cast", "language", "publication", "subscription", "server", "foreign", "event", "text", "access", "transform", "tablespace", "owned") {
			p.unsupported(loc, "DROP %s", strings.ToUpper(p.tok().text))
		}
		p.unexpected()
	}
	s.IfExists = p.ifExists()
	s.Names = p.anyNames()
	s.Cascade = p.dropBehavior()
	return s
}

func (p *parser) comment() ast.Statement {
	loc := p.loc()
	p.expect("comment", "on")
	s := &ast.CommentStmt{}
	switch {
	case p.is("table", "column", "schema", "index", "view", "sequence", "database", "role", "type", "domain", "extension"):
		s.Object = ast.ObjectType(p.advance().text)
		s.Name = p.anyName()
	case p.takeSeq("materialized", "view"):
		s.Object, s.Name = "materialized view", p.anyName()
	default:
		if p.tok().kind != tokIdent {
			p.unexpected()
		}
		p.unsupported(loc, "COMMENT ON %s", strings.ToUpper(p.tok().text))
	}
	p.expect("is")
	if !p.take("null") {
		text := p.str()
		s.Comment = &text
	}
	return s
}

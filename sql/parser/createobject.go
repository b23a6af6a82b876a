package parser

import (
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
	s.Elems = p.indexElems()
	if p.take("include") {
		s.Including = p.indexElems()
	}
	s.NullsNotDistinct = p.nullsNotDistinct()
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

// indexElems parses ( keys ).
func (p *parser) indexElems() []*ast.IndexElem {
	p.expectOp("(")
	list := []*ast.IndexElem{p.indexElem()}
	for p.accept(",") {
		list = append(list, p.indexElem())
	}
	p.expectOp(")")
	return list
}

// indexKey parses a key: a column, a function call, or an expression in
// parentheses.
func (p *parser) indexKey(e *ast.IndexElem) {
	switch {
	case p.isOp("("):
		p.advance()
		e.Expr = p.expr(0)
		p.expectOp(")")
	case p.isFunctionInFrom():
		e.Expr = p.functionExpr()
	case mayName(p.tok(), "T") && !mayName(p.tok(), "UC"):
		p.advance() // a function's name
		p.unexpected()
	default:
		if e.Name = p.colID(); p.isOp(".") {
			for p.accept(".") {
				p.colLabel()
			}
			p.unexpected() // a function's name
		}
	}
}

// indexElem parses a key with its collation, operator class and order.
func (p *parser) indexElem() *ast.IndexElem {
	e := &ast.IndexElem{Loc: p.loc()}
	p.indexKey(e)
	if p.take("collate") {
		e.Collation = p.anyName().Parts
	}
	if mayName(p.tok(), "UC") {
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
	}
	first := p.loc()
	for p.is("create", "grant") {
		word := p.tok()
		p.inSchema = true
		element := p.statement()
		p.inSchema = false
		switch element.(type) {
		case *ast.CreateStmt, *ast.IndexStmt, *ast.CreateSeqStmt, *ast.ViewStmt, *ast.GrantStmt, *ast.CreateTrigStmt:
		default:
			p.unexpectedAt(word)
		}
		s.Elements = append(s.Elements, element)
	}
	if s.IfNotExists && s.Elements != nil {
		panic(sqlerr.New(sqlerr.FeatureNotSupported, "CREATE SCHEMA IF NOT EXISTS cannot include schema elements").At(int(first)))
	}
	return s
}

func (p *parser) createView(replace bool, persistence ast.Persistence) ast.Statement {
	s := &ast.ViewStmt{Replace: replace, Persistence: persistence, Recursive: p.take("recursive")}
	p.expect("view")
	s.Relation = p.qualifiedName()
	if s.Recursive {
		s.Columns = p.requiredNames()
	} else {
		s.Columns = p.parenNames()
	}
	if p.take("with") {
		s.Options = p.relOptions()
	}
	p.expect("as")
	s.Query = p.query()
	if loc := p.loc(); p.take("with") {
		s.CheckOption = "cascaded"
		if p.take("local") {
			s.CheckOption = "local"
		} else {
			p.take("cascaded")
		}
		p.expect("check", "option")
		if s.Recursive {
			panic(sqlerr.New(sqlerr.FeatureNotSupported, "WITH CHECK OPTION not supported on recursive views").At(int(loc)))
		}
	}
	return s
}

// createMaterializedView parses what follows CREATE MATERIALIZED VIEW.
func (p *parser) createMaterializedView(persistence ast.Persistence) ast.Statement {
	s := &ast.CreateStmt{Persistence: persistence, IfNotExists: p.ifNotExists()}
	s.Relation = p.qualifiedName()
	as := p.createTableAs(s)
	as.Materialized = true
	return as
}

// refresh parses REFRESH MATERIALIZED VIEW.
func (p *parser) refresh() ast.Statement {
	p.expect("refresh", "materialized", "view")
	s := &ast.RefreshStmt{Concurrently: p.take("concurrently")}
	s.Relation = p.qualifiedName()
	s.NoData = p.withData()
	return s
}

// withData parses an optional WITH [NO] DATA, and says whether it has the NO.
func (p *parser) withData() (no bool) {
	if p.take("with") {
		no = p.take("no")
		p.expect("data")
	}
	return no
}

func (p *parser) sequenceOptions() (list []*ast.DefElem) {
	for d := p.sequenceOption(); d != nil; d = p.sequenceOption() {
		list = append(list, d)
	}
	return list
}

// sequenceOption reads one option of a sequence; nil if there is none.
func (p *parser) sequenceOption() *ast.DefElem {
	boolean := func(b bool) *ast.Const { return &ast.Const{Loc: -1, Kind: ast.ConstBool, Bool: b} }
	d := &ast.DefElem{Loc: p.loc()}
	switch {
	case p.take("as"):
		d.Name, d.Value = "as", p.simpleTypeName()
	case p.take("increment"):
		p.take("by")
		d.Name, d.Value = "increment", p.numericOnly()
	case p.take("start"):
		p.take("with")
		d.Name, d.Value = "start", p.numericOnly()
	case p.take("restart"):
		d.Name = "restart"
		if p.take("with") || p.tok().kind == tokInteger || p.tok().kind == tokNumber || p.isOp("-") || p.isOp("+") {
			d.Value = p.numericOnly()
		}
	case p.is("minvalue", "maxvalue", "cache"):
		d.Name = p.advance().text
		d.Value = p.numericOnly()
	case p.take("no"):
		switch {
		case p.is("minvalue", "maxvalue"):
			d.Name = p.advance().text
		default:
			p.expect("cycle")
			d.Name, d.Value = "cycle", boolean(false)
		}
	case p.take("cycle"):
		d.Name, d.Value = "cycle", boolean(true)
	case p.takeSeq("owned", "by"):
		d.Name, d.Value = "owned_by", p.anyName()
	case p.take("sequence"):
		p.expect("name")
		d.Name, d.Value = "sequence_name", p.anyName()
	case p.is("logged", "unlogged"):
		p.refuse(d.Loc, "LOGGED of a sequence")
		d.Name = p.advance().text
	default:
		return nil
	}
	return d
}

// numericOnly is a number with an optional sign, as its text.
func (p *parser) numericOnly() *ast.Const {
	loc, start := p.loc(), p.at
	if !p.signedNumber() {
		p.unexpected()
	}
	c := &ast.Const{Loc: loc, Kind: ast.ConstFloat, Text: p.toks[p.at-1].text}
	if p.toks[start].text == "-" {
		c.Text = "-" + c.Text
	}
	return c
}

// drop parses DROP of every kind of object.
func (p *parser) drop() ast.Statement {
	start := p.at
	p.expect("drop")
	if s := p.dropDefined(start); s != nil {
		return s
	}
	s := &ast.DropStmt{}
	switch {
	case p.takeSeq("user", "stream", "table"), p.takeSeq("user", "table"), p.takeSeq("stream", "table"), p.takeSeq("shared", "table"):
		s.Object = "table"
	case p.is("table", "index", "sequence", "view", "schema", "type", "domain", "collation", "conversion", "extension", "statistics"):
		s.Object = ast.ObjectType(p.advance().text)
		if s.Object == "index" {
			s.Concurrently = p.take("concurrently")
		}
	case p.takeSeq("materialized", "view"):
		s.Object = "materialized view"
	case p.takeSeq("foreign", "table"):
		s.Object = "foreign table"
	case p.is("user") && p.isUserMapping():
		return p.userMapping(start, "drop")
	case p.is("role", "group"), p.is("user") && !p.isUserMapping():
		p.advance()
		d := &ast.DropRoleStmt{IfExists: p.ifExists()}
		d.Roles = p.roleList()
		return d
	case p.is("function", "procedure", "routine"):
		return p.dropFunction(start)
	case p.is("aggregate"):
		return p.dropAggregate(start)
	case p.is("operator") && !isWord(p.ahead(1), "class", "family"):
		return p.dropOperator(start)
	case p.is("cast"):
		return p.dropCast(start)
	case p.is("policy"):
		return p.dropPolicy(start)
	case p.is("trigger"):
		return p.dropTrigger(start)
	case p.is("rule"):
		return p.dropRule(start)
	case p.isSeq("owned", "by"):
		return p.dropOwned(start)
	case p.take("database"):
		d := &ast.DropdbStmt{IfExists: p.ifExists()}
		d.Name = p.colID()
		if p.is("with") || p.isOp("(") {
			p.take("with")
			p.expectOp("(")
			for {
				d.Options = append(d.Options, &ast.DefElem{Loc: p.loc(), Name: "force"})
				p.expect("force")
				if !p.accept(",") {
					break
				}
			}
			p.expectOp(")")
		}
		return d
	default:
		p.at = start
		return p.unsupportedStatement("drop")
	}
	s.IfExists = p.ifExists()
	for {
		switch s.Object {
		case "schema", "extension":
			s.Names = append(s.Names, &ast.Name{Loc: p.loc(), Parts: []string{p.colID()}})
		case "type", "domain":
			s.Names = append(s.Names, p.nameOfType())
		default:
			s.Names = append(s.Names, p.anyName())
		}
		if !p.accept(",") {
			break
		}
	}
	s.Cascade = p.dropBehavior()
	return s
}

// nameOfType parses a type where the name of one is meant.
func (p *parser) nameOfType() *ast.Name {
	t := p.typeName()
	if t.SetOf || t.Bounds != nil || t.Mods != nil && !(len(t.Names) == 2 && t.Names[0] == "pg_catalog") {
		p.refuse(t.Loc, "a type with modifiers here")
	}
	return &ast.Name{Loc: t.Loc, Parts: t.Names}
}

func (p *parser) comment() ast.Statement {
	start := p.at
	p.expect("comment", "on")
	s := &ast.CommentStmt{}
	if k := p.definedKind(); k != nil && k.object != "language" {
		p.followed(start, "comment", "")
		p.expect("comment", "on")
		s.Object = k.object
		s.Name, s.Method = p.definedName(k)
		return p.commentText(s)
	}
	single := func() *ast.Name { return &ast.Name{Loc: p.loc(), Parts: []string{p.colID()}} }
	switch {
	case p.is("table", "column", "index", "view", "sequence", "statistics"):
		s.Object = ast.ObjectType(p.advance().text)
		s.Name = p.anyName()
	case p.is("trigger", "rule"):
		p.at = start
		p.followStatement("comment", "")
		p.at = start + 2
		s.Object, s.Name = ast.ObjectType(p.advance().text), single()
		p.expect("on")
		s.Relation = p.anyName()
	case p.is("language"), p.isSeq("procedural", "language"):
		p.take("procedural")
		fallthrough
	case p.is("schema", "database", "role", "extension"):
		s.Object = ast.ObjectType(p.advance().text)
		s.Name = single()
	case p.is("type", "domain"):
		s.Object = ast.ObjectType(p.advance().text)
		s.Name = p.nameOfType()
	case p.takeSeq("materialized", "view"):
		s.Object, s.Name = "materialized view", p.anyName()
	case p.takeSeq("foreign", "table"):
		s.Object, s.Name = "foreign table", p.anyName()
	case p.takeSeq("large", "object"):
		s.Object, s.Name = "large object", p.largeObject()
	case p.takeSeq("constraint"):
		s.Object, s.Name = "constraint", single()
		p.expect("on")
		if p.is("domain") && p.ahead(1).kind == tokIdent && p.ahead(1).text != "is" {
			p.advance()
			s.Object = "domain constraint"
		}
		s.Relation = p.anyName()
	case p.takeSeq("policy"):
		s.Object, s.Name = "policy", single()
		p.expect("on")
		s.Relation = p.anyName()
	case p.is("function", "procedure", "routine"):
		p.at = start
		p.followStatement("comment", "")
		p.at = start + 2
		s.Object, s.Function = ast.ObjectType(p.advance().text), p.functionRef()
		s.Function.Object = s.Object
	case p.is("aggregate"):
		p.at = start
		p.followStatement("comment", "")
		p.at = start + 2
		s.Object, s.Function = ast.ObjectType(p.advance().text), p.aggregateRef()
	case p.is("operator") && !isWord(p.ahead(1), "class", "family"), p.is("cast"):
		p.followed(start, "comment", "")
		p.expect("comment", "on")
		if s.Object = ast.ObjectType(p.advance().text); s.Object == "cast" {
			s.Cast = p.castRef()
		} else {
			s.Operator = p.operatorRef()
		}
	default:
		p.at = start
		return p.unsupportedStatement("comment")
	}
	return p.commentText(s)
}

// commentText parses IS and the comment.
func (p *parser) commentText(s *ast.CommentStmt) ast.Statement {
	p.expect("is")
	if !p.take("null") {
		text := p.str()
		s.Comment = &text
	}
	return s
}

package parser

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// create parses CREATE of every kind of object.
func (p *parser) create() ast.Statement {
	start := p.at
	p.expect("create")
	replace := p.takeSeq("or", "replace")
	persistence, written := p.persistence()
	switch {
	case p.is("view"), p.isSeq("recursive", "view"):
		return p.createView(replace, persistence)
	case p.is("policy") && !replace && !written:
		return p.createPolicy(start)
	case (p.is("trigger") || p.isSeq("constraint", "trigger")) && !written:
		return p.createTrigger(start)
	case p.is("rule") && !written:
		return p.createRule(start)
	case p.is("extension") && !replace && !written:
		return p.createExtension(start)
	case p.is("aggregate") && !written:
		return p.createAggregate(start)
	case p.is("operator") && !isWord(p.ahead(1), "class", "family") && !replace && !written:
		return p.createOperator(start)
	case p.is("cast") && !replace && !written:
		return p.createCast(start)
	case p.isSeq("foreign", "data", "wrapper") && !replace && !written:
		return p.foreignWrapper(start, "create")
	case p.isSeq("foreign", "table") && !replace && !written:
		return p.createForeignTable(start)
	case p.isSeq("operator", "class") && !replace && !written:
		return p.createOpClass(start)
	case p.isSeq("operator", "family") && !replace && !written:
		return p.opFamily(start, "create")
	case (p.is("conversion") || p.isSeq("default", "conversion")) && !replace && !written:
		return p.createConversion(start)
	case p.is("trusted", "procedural", "language") && !written:
		return p.createLanguage(start)
	case p.isSeq("text", "search") && !replace && !written:
		return p.createTextSearch(start)
	case p.isSeq("event", "trigger") && !replace && !written:
		return p.createEventTrigger(start)
	case p.is("publication") && !replace && !written:
		return p.publicationStmt(start, "create", "CREATE PUBLICATION")
	case p.is("subscription") && !replace && !written:
		return p.subscriptionStmt(start, "create", "CREATE SUBSCRIPTION")
	case p.is("server") && !replace && !written:
		return p.foreignServer(start, "create")
	case p.is("user") && p.isUserMapping() && !replace && !written:
		return p.userMapping(start, "create")
	case p.is("function") && !written:
		return p.createFunction(start, false)
	case p.is("procedure") && !written:
		return p.createFunction(start, true)
	case replace:
	case p.take("table"):
		return p.createTable(ast.KindUnspecified, persistence)
	case p.take("sequence"):
		s := &ast.CreateSeqStmt{Persistence: persistence, IfNotExists: p.ifNotExists()}
		s.Relation = p.qualifiedName()
		s.Options = p.sequenceOptions()
		return s
	case persistence != ast.Temporary && p.takeSeq("materialized", "view"):
		return p.createMaterializedView(persistence)
	default:
		if kind, ok := p.tableKind(); ok {
			return p.createTable(kind, persistence)
		}
	}
	if written {
		p.unexpected()
	}
	if !replace && !written {
		switch {
		case p.isSeq("unique", "index"), p.is("index"):
			return p.createIndex()
		case p.is("schema"):
			return p.createSchema()
		case p.is("statistics"):
			return p.createStatistics(start)
		case p.is("collation"):
			return p.createCollation()
		case p.is("role", "group"), p.is("user") && !p.isUserMapping():
			return p.createRole()
		case p.take("database"):
			return p.createDatabase()
		case p.is("type", "domain"):
			if s := p.createType(); s != nil {
				return s
			}
		}
	}
	p.at = start
	return p.unsupportedStatement("create")
}

// persistence is an optional TEMPORARY or UNLOGGED.
func (p *parser) persistence() (kind ast.Persistence, written bool) {
	switch {
	case p.take("local", "global"):
		if !p.take("temporary", "temp") {
			p.unexpected()
		}
		return ast.Temporary, true
	case p.take("temporary", "temp"):
		return ast.Temporary, true
	case p.take("unlogged"):
		return ast.Unlogged, true
	}
	return ast.Permanent, false
}

func (p *parser) createDatabase() ast.Statement {
	s := &ast.CreatedbStmt{Name: p.colID()}
	p.take("with")
	s.Options = p.databaseOptions()
	return s
}

// databaseOptions parses the options of CREATE and ALTER DATABASE.
func (p *parser) databaseOptions() (options []*ast.DefElem) {
	for {
		t := p.tok()
		_, key := keywords[t.text]
		switch {
		case t.kind == tokQuoted || t.kind == tokIdent && !key, p.is("encoding", "location", "owner", "tablespace", "template"):
		case p.isSeq("connection", "limit"):
			p.advance()
		default:
			return options
		}
		d := &ast.DefElem{Loc: ast.Loc(t.pos), Name: p.advance().text}
		if t.text == "connection" && !(t.kind == tokQuoted) {
			d.Name = "connection_limit"
		}
		p.accept("=")
		switch {
		case p.isOp("-"), p.isOp("+"), p.tok().kind == tokInteger, p.tok().kind == tokNumber, p.tok().kind == tokString, mayName(p.tok(), "UCT"), p.is("default", "true", "false", "on"):
			d.Value = p.optionValue()
		default:
			p.unexpected()
		}
		options = append(options, d)
	}
}

// tableKind consumes SHARED, USER, STREAM or USER STREAM before TABLE.
func (p *parser) tableKind() (ast.TableKind, bool) {
	switch {
	case p.takeSeq("shared", "table"):
		return ast.KindShared, true
	case p.takeSeq("user", "stream", "table"):
		return ast.KindUserStream, true
	case p.takeSeq("user", "table"):
		return ast.KindUser, true
	case p.takeSeq("stream", "table"):
		return ast.KindStream, true
	}
	return 0, false
}

func (p *parser) createTable(kind ast.TableKind, persistence ast.Persistence) ast.Statement {
	s := &ast.CreateStmt{TableKind: kind, Persistence: persistence, IfNotExists: p.ifNotExists()}
	s.Relation = p.qualifiedName()
	switch {
	case p.take("of"):
		name := p.anyName()
		s.OfType = &ast.TypeName{Loc: name.Loc, Names: name.Parts}
		p.typedElements(s)
	case p.takeSeq("partition", "of"):
		s.PartitionOf = p.qualifiedName()
		p.typedElements(s)
		s.PartitionBound = p.partitionBound()
	case !p.isOp("("), p.isColumnNameList():
		return p.createTableAs(s)
	default:
		p.tableElements(s)
	}
	if p.is("partition") {
		s.PartitionBy = p.partitionSpec()
	}
	p.tableTail(s)
	return s
}

// tableElements parses ( elements ) and INHERITS.
func (p *parser) tableElements(s *ast.CreateStmt) {
	p.expectOp("(")
	if !p.isOp(")") {
		for {
			p.tableElement(s)
			if !p.accept(",") {
				break
			}
		}
	}
	p.expectOp(")")
	if p.take("inherits") {
		p.expectOp("(")
		for _, n := range p.anyNames() {
			s.Inherits = append(s.Inherits, rangeVar(n))
		}
		p.expectOp(")")
	}
}

// typedElements parses the elements of a table whose columns come from a type
// or from the table it is a partition of.
func (p *parser) typedElements(s *ast.CreateStmt) {
	if !p.accept("(") {
		return
	}
	for {
		if p.startsTableConstraint() {
			c := p.tableConstraint()
			s.Constraints = append(s.Constraints, c)
			s.Elements = append(s.Elements, c)
		} else {
			c := &ast.ColumnDef{Loc: p.loc(), Name: p.colID()}
			p.takeSeq("with", "options")
			p.columnQualifiers(c)
			s.Columns = append(s.Columns, c)
			s.Elements = append(s.Elements, c)
		}
		if !p.accept(",") {
			break
		}
	}
	p.expectOp(")")
}

// isColumnNameList says whether the parenthesis here begins the column names
// of CREATE TABLE t (a, b) AS: no type follows the first one.
func (p *parser) isColumnNameList() bool {
	next := p.ahead(2)
	return !p.inSchema && mayName(p.ahead(1), "UC") && next.kind == tokOp && (next.text == "," || next.text == ")")
}

func (p *parser) tableTail(s *ast.CreateStmt) {
	if p.take("using") {
		s.AccessMethod = p.colID()
	}
	if p.take("with") {
		s.Options = p.relOptions()
	} else {
		p.takeSeq("without", "oids")
	}
	if p.take("on") {
		p.expect("commit")
		switch {
		case p.take("drop"):
			s.OnCommit = ast.OnCommitDrop
		case p.takeSeq("delete", "rows"):
			s.OnCommit = ast.OnCommitDelete
		default:
			p.expect("preserve", "rows")
			s.OnCommit = ast.OnCommitPreserve
		}
	}
	if p.take("tablespace") {
		s.Tablespace = p.colID()
	}
}

func (p *parser) createTableAs(s *ast.CreateStmt) *ast.CreateTableAsStmt {
	as := &ast.CreateTableAsStmt{TableKind: s.TableKind, IfNotExists: s.IfNotExists}
	columns := p.parenNames()
	p.tableTail(s)
	as.Into = &ast.IntoClause{Relation: s.Relation, Persistence: s.Persistence, Columns: columns, AccessMethod: s.AccessMethod, Options: s.Options, OnCommit: s.OnCommit, Tablespace: s.Tablespace}
	p.expect("as")
	if p.is("execute") {
		as.Query = p.execute()
	} else {
		as.Query = p.query()
	}
	as.Into.NoData = p.withData()
	return as
}

// relOptions parses ( [namespace.]name [= value], ... ).
func (p *parser) relOptions() []*ast.DefElem {
	var list []*ast.DefElem
	p.expectOp("(")
	for {
		d := &ast.DefElem{Loc: p.loc(), Name: p.colLabel()}
		if p.accept(".") {
			d.Namespace, d.Name = d.Name, p.colLabel()
		}
		if p.accept("=") {
			d.Value = p.defArg()
		}
		list = append(list, d)
		if !p.accept(",") {
			break
		}
	}
	p.expectOp(")")
	return list
}

// definition parses ( name [= value], ... ), without namespaces.
func (p *parser) definition() []*ast.DefElem {
	var list []*ast.DefElem
	p.expectOp("(")
	for {
		d := &ast.DefElem{Loc: p.loc(), Name: p.colLabel()}
		if p.accept("=") {
			d.Value = p.defArg()
		}
		list = append(list, d)
		if !p.accept(",") {
			break
		}
	}
	p.expectOp(")")
	return list
}

// defArg parses def_arg: a number, a string, a word, a type or an operator. A
// word is a string constant; so is the text of a type or operator, which no
// option of ours takes.
func (p *parser) defArg() ast.Node {
	t := p.tok()
	loc := p.loc()
	if t.kind == tokOp && (t.text == "-" || t.text == "+") && (p.ahead(1).kind == tokInteger || p.ahead(1).kind == tokNumber) {
		return p.optionValue()
	}
	switch next := p.ahead(1); {
	case t.kind == tokInteger, t.kind == tokNumber, t.kind == tokString:
		return p.optionValue()
	case t.kind == tokQuoted && next.kind == tokOp && (next.text == "," || next.text == ")"):
		return p.optionValue()
	case t.kind == tokIdent && next.kind == tokOp && (next.text == "," || next.text == ")"):
		if k, ok := keywords[t.text]; !ok || k.category != colName || t.text == "none" || isWord(t, typeKeywords...) {
			return p.optionValue()
		}
		p.unexpected()
	}
	if !p.try("def_arg") {
		p.unexpected()
	}
	return &ast.Const{Loc: loc, Kind: ast.ConstString, Text: p.src[t.pos:p.toks[p.at-1].end]}
}

// tableElement parses a column, a constraint or LIKE.
func (p *parser) tableElement(s *ast.CreateStmt) {
	switch {
	case p.is("like"):
		l := &ast.TableLike{Loc: p.loc()}
		p.advance()
		l.Relation = p.qualifiedName()
		for p.is("including", "excluding") {
			including := p.advance().text == "including"
			if !p.is("comments", "compression", "constraints", "defaults", "identity", "generated", "indexes", "statistics", "storage", "all") {
				p.unexpected()
			}
			l.Options = append(l.Options, ast.LikeOption{Including: including, Name: p.advance().text})
		}
		s.Likes = append(s.Likes, l)
		s.Elements = append(s.Elements, l)
	case p.startsTableConstraint():
		c := p.tableConstraint()
		s.Constraints = append(s.Constraints, c)
		s.Elements = append(s.Elements, c)
	default:
		c := p.columnDef()
		s.Columns = append(s.Columns, c)
		s.Elements = append(s.Elements, c)
	}
}

func (p *parser) startsTableConstraint() bool {
	return p.is("constraint", "check", "unique", "foreign", "primary") || p.is("exclude") && (isWord(p.ahead(1), "using") || p.ahead(1).text == "(")
}

func (p *parser) columnDef() *ast.ColumnDef {
	c := &ast.ColumnDef{Loc: p.loc(), Name: p.colID()}
	c.Type = p.typeName()
	word := func() string {
		if p.take("default") {
			return "default"
		}
		return p.colID()
	}
	if p.take("storage") { // since PostgreSQL 16
		c.Storage = word()
	}
	if p.take("compression") {
		c.Compression = word()
	}
	if at := p.at; p.is("options") {
		p.follow("create_options")
		p.at = at
		c.FdwOptions = p.foreignOptions()
	}
	p.columnQualifiers(c)
	return c
}

// columnQualifiers parses a column's constraints and COLLATE, in any order.
func (p *parser) columnQualifiers(c *ast.ColumnDef) {
	again := ast.Loc(-1)
	for {
		loc := p.loc()
		if p.take("collate") {
			if c.Collation != nil && again < 0 {
				again = loc
			}
			c.Collation = &ast.Name{Loc: loc, Parts: p.anyName().Parts}
			continue
		}
		if p.constraintAttribute(c) {
			continue
		}
		k := p.columnConstraint()
		if k == nil {
			break
		}
		c.Constraints = append(c.Constraints, k)
	}
	if again >= 0 {
		p.fail(again, "multiple COLLATE clauses not allowed")
	}
}

// constraintAttribute parses DEFERRABLE or INITIALLY after a column's
// constraint.
func (p *parser) constraintAttribute(c *ast.ColumnDef) bool {
	loc := p.loc()
	var set func(k *ast.Constraint)
	var word string
	switch {
	case p.take("deferrable"):
		word, set = "DEFERRABLE", func(k *ast.Constraint) { k.Deferrable, k.DeferSpecified = true, true }
	case p.takeSeq("not", "deferrable"):
		word, set = "NOT DEFERRABLE", func(k *ast.Constraint) { k.DeferSpecified = true }
	case p.takeSeq("initially", "deferred"):
		word, set = "INITIALLY DEFERRED", func(k *ast.Constraint) { k.InitiallyDeferred, k.Deferrable = true, true }
	case p.takeSeq("initially", "immediate"):
		word, set = "INITIALLY IMMEDIATE", func(*ast.Constraint) {}
	default:
		return false
	}
	if len(c.Constraints) == 0 {
		p.fail(loc, "misplaced %s clause", word)
	}
	set(c.Constraints[len(c.Constraints)-1])
	return true
}

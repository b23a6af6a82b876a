package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// create parses CREATE of every kind of object.
func (p *parser) create() ast.Statement {
	loc := p.loc()
	p.expect("create")
	replace := p.takeSeq("or", "replace")
	persistence := ast.Permanent
	switch {
	case p.take("local", "global"):
		if !p.take("temporary", "temp") {
			p.unexpected()
		}
		persistence = ast.Temporary
	case p.take("temporary", "temp"):
		persistence = ast.Temporary
	case p.take("unlogged"):
		persistence = ast.Unlogged
	}
	if kind, ok := p.tableKind(); ok {
		return p.createTable(kind, persistence)
	}
	switch {
	case p.take("table"):
		return p.createTable(ast.KindUnspecified, persistence)
	case p.is("unique"), p.is("index"):
		return p.createIndex()
	case p.is("schema", "namespace"):
		return p.createSchema()
	case p.take("sequence"):
		s := &ast.CreateSeqStmt{Persistence: persistence, IfNotExists: p.ifNotExists()}
		s.Relation = p.qualifiedName()
		s.Options = p.sequenceOptions()
		return s
	case p.is("role", "user", "group"):
		return p.createRole()
	case p.take("database"):
		s := &ast.CreatedbStmt{Name: p.colID()}
		p.take("with")
		for p.tok().kind == tokIdent {
			d := &ast.DefElem{Loc: p.loc(), Name: p.advance().text}
			p.accept("=")
			d.Value = p.optionValue()
			s.Options = append(s.Options, d)
		}
		return s
	case p.takeSeq("materialized", "view"):
		return p.createMaterializedView(persistence)
	case p.is("view"), p.isSeq("recursive", "view"):
		return p.createView(replace, persistence)
	}
	if p.tok().kind == tokIdent && p.is("function", "procedure", "trigger", "constraint", "rule", "type", "domain", "extension", "aggregate", "operator", "cast", "language", "policy",
		"publication", "subscription", "server", "foreign", "event", "statistics", "text", "collation", "conversion", "access", "transform", "tablespace") {
		p.unsupported(loc, "CREATE %s", strings.ToUpper(p.tok().text))
	}
	p.unexpected()
	return nil
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
	if p.is("of") {
		p.unsupported(p.loc(), "CREATE TABLE OF")
	}
	if p.is("partition") {
		p.unsupported(p.loc(), "PARTITION OF")
	}
	if p.is("as") || !p.isOp("(") || p.isColumnNameList() {
		return p.createTableAs(s)
	}
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
	if p.is("partition") {
		p.unsupported(p.loc(), "PARTITION BY")
	}
	p.tableTail(s)
	return s
}

// isColumnNameList says whether the parenthesis here holds names alone, as in
// CREATE TABLE t (a, b) AS.
func (p *parser) isColumnNameList() bool {
	for i := 1; ; i += 2 {
		if !mayName(p.ahead(i), "UC") {
			return false
		}
		switch next := p.ahead(i + 1); {
		case next.kind != tokOp:
			return false
		case next.text == ")":
			return isWord(p.ahead(i+2), "as", "using", "with", "on", "tablespace", "without")
		case next.text != ",":
			return false
		}
	}
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
	if p.takeSeq("on", "commit") {
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

func (p *parser) createTableAs(s *ast.CreateStmt) ast.Statement {
	as := &ast.CreateTableAsStmt{TableKind: s.TableKind, IfNotExists: s.IfNotExists}
	columns := p.parenNames()
	p.tableTail(s)
	as.Into = &ast.IntoClause{Relation: s.Relation, Persistence: s.Persistence, Columns: columns, AccessMethod: s.AccessMethod, Options: s.Options, OnCommit: s.OnCommit, Tablespace: s.Tablespace}
	p.expect("as")
	if p.is("execute") {
		as.Query = p.execute()
	} else {
		if !p.startsQuery() {
			p.unexpected()
		}
		as.Query = p.selectStmt()
	}
	if p.takeSeq("with", "no", "data") {
		as.Into.NoData = true
	} else {
		p.takeSeq("with", "data")
	}
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
			d.Value = p.optionValue()
		}
		list = append(list, d)
		if !p.accept(",") {
			break
		}
	}
	p.expectOp(")")
	return list
}

// tableElement parses a column, a constraint or LIKE.
func (p *parser) tableElement(s *ast.CreateStmt) {
	switch {
	case p.is("like"):
		l := &ast.TableLike{Loc: p.loc()}
		p.advance()
		l.Relation = p.qualifiedName()
		for p.is("including", "excluding") {
			l.Options = append(l.Options, ast.LikeOption{Including: p.advance().text == "including", Name: p.colLabel()})
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
	return p.is("constraint", "check", "unique", "foreign") || p.isSeq("primary", "key") || p.is("exclude") && (isWord(p.ahead(1), "using") || p.ahead(1).text == "(")
}

func (p *parser) columnDef() *ast.ColumnDef {
	c := &ast.ColumnDef{Loc: p.loc(), Name: p.colID()}
	c.Type = p.typeName()
	for {
		switch {
		case p.take("compression"):
			c.Compression = p.colLabel()
		case p.take("storage"):
			c.Storage = p.colLabel()
		case p.take("collate"):
			c.Collation = p.anyName().Parts
		default:
			k := p.columnConstraint()
			if k == nil {
				return c
			}
			c.Constraints = append(c.Constraints, k)
		}
	}
}

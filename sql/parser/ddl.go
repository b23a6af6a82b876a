package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
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
	case p.is("view"), p.isSeq("recursive", "view"):
		return p.createView(replace, persistence)
	}
	if p.tok().kind == tokIdent && p.is("function", "procedure", "trigger", "constraint", "rule", "type", "domain", "extension", "aggregate", "operator", "cast", "language", "policy",
		"publication", "subscription", "server", "foreign", "event", "statistics", "text", "collation", "conversion", "access", "transform", "tablespace", "materialized") {
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

// columnConstraint parses one constraint of a column; nil if there is none.
func (p *parser) columnConstraint() *ast.Constraint {
	k := &ast.Constraint{Loc: p.loc()}
	if p.take("constraint") {
		k.Name = p.colID()
	}
	switch {
	case p.takeSeq("not", "null"):
		k.Type = ast.ConstrNotNull
	case p.take("null"):
		k.Type = ast.ConstrNull
	case p.take("default"):
		k.Type, k.Expr = ast.ConstrDefault, p.bExpr()
	case p.take("check"):
		p.expectOp("(")
		k.Type, k.Expr = ast.ConstrCheck, p.expr(0)
		p.expectOp(")")
		k.NoInherit = p.takeSeq("no", "inherit")
	case p.takeSeq("primary", "key"):
		k.Type = ast.ConstrPrimary
		p.indexParameters(k)
	case p.take("unique"):
		k.Type = ast.ConstrUnique
		p.nullsDistinct(k)
		p.indexParameters(k)
	case p.is("references"):
		k.Type = ast.ConstrForeign
		p.references(k)
	case p.take("generated"):
		p.generated(k)
	default:
		if k.Name != "" {
			p.unexpected()
		}
		return nil
	}
	p.deferral(k)
	return k
}

func (p *parser) nullsDistinct(k *ast.Constraint) {
	if p.takeSeq("nulls", "not", "distinct") {
		k.NullsNotDistinct = true
		return
	}
	p.takeSeq("nulls", "distinct")
}

func (p *parser) generated(k *ast.Constraint) {
	switch {
	case p.take("always"):
		k.Always = true
	default:
		p.expect("by", "default")
	}
	p.expect("as")
	if p.take("identity") {
		k.Type = ast.ConstrIdentity
		if p.accept("(") {
			k.SeqOptions = p.sequenceOptions()
			p.expectOp(")")
		}
		return
	}
	if !k.Always {
		panic(sqlerr.New(sqlerr.SyntaxError, "for a generated column, GENERATED ALWAYS must be specified").At(k.Pos()))
	}
	k.Type = ast.ConstrGenerated
	p.expectOp("(")
	k.Expr = p.expr(0)
	p.expectOp(")")
	p.expect("stored")
}

// deferral parses DEFERRABLE and INITIALLY.
func (p *parser) deferral(k *ast.Constraint) {
	for {
		switch {
		case p.take("deferrable"):
			k.Deferrable, k.DeferSpecified = true, true
		case p.takeSeq("not", "deferrable"):
			k.DeferSpecified = true
		case p.takeSeq("initially", "deferred"):
			k.InitiallyDeferred, k.Deferrable = true, true
		case p.takeSeq("initially", "immediate"):
		case p.takeSeq("not", "valid"):
			k.NotValid = true
		case p.takeSeq("no", "inherit"):
			k.NoInherit = true
		default:
			return
		}
	}
}

func (p *parser) indexParameters(k *ast.Constraint) {
	if p.take("include") {
		k.Including = p.parenNames()
	}
	if p.take("with") {
		k.Options = p.relOptions()
	}
	if p.takeSeq("using", "index", "tablespace") {
		k.Tablespace = p.colID()
	}
}

func (p *parser) references(k *ast.Constraint) {
	p.expect("references")
	k.References = p.qualifiedName()
	k.RefColumns = p.parenNames()
	k.Match = 's'
	if p.take("match") {
		switch {
		case p.take("full"):
			k.Match = 'f'
		case p.take("partial"):
			k.Match = 'p'
		default:
			p.expect("simple")
		}
	}
	for p.is("on") {
		p.advance()
		update := p.take("update")
		if !update {
			p.expect("delete")
		}
		action := ast.FKNoAction
		switch {
		case p.takeSeq("no", "action"):
		case p.take("restrict"):
			action = ast.FKRestrict
		case p.take("cascade"):
			action = ast.FKCascade
		case p.takeSeq("set", "null"):
			action = ast.FKSetNull
		default:
			p.expect("set", "default")
			action = ast.FKSetDefault
		}
		if update {
			k.OnUpdate = action
			continue
		}
		k.OnDelete = action
		k.OnDeleteColumns = p.parenNames()
	}
}

func (p *parser) tableConstraint() *ast.Constraint {
	k := &ast.Constraint{Loc: p.loc()}
	if p.take("constraint") {
		k.Name = p.colID()
	}
	switch {
	case p.take("check"):
		p.expectOp("(")
		k.Type, k.Expr = ast.ConstrCheck, p.expr(0)
		p.expectOp(")")
	case p.takeSeq("primary", "key"):
		k.Type = ast.ConstrPrimary
		p.keyColumns(k)
	case p.take("unique"):
		k.Type = ast.ConstrUnique
		p.nullsDistinct(k)
		p.keyColumns(k)
	case p.takeSeq("foreign", "key"):
		k.Type = ast.ConstrForeign
		p.expectOp("(")
		k.Keys = p.nameList()
		p.expectOp(")")
		p.references(k)
	case p.is("exclude"):
		p.unsupported(p.loc(), "an exclusion constraint")
	default:
		p.unexpected()
	}
	p.deferral(k)
	return k
}

func (p *parser) keyColumns(k *ast.Constraint) {
	if p.takeSeq("using", "index") {
		k.IndexName = p.colID()
		return
	}
	p.expectOp("(")
	k.Keys = p.nameList()
	p.expectOp(")")
	p.indexParameters(k)
}

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

func (p *parser) roleSpec() *ast.RoleSpec {
	r := &ast.RoleSpec{Loc: p.loc()}
	if p.is("current_user", "session_user", "current_role", "user") {
		r.Keyword = true
		r.Name = p.advance().text
		return r
	}
	r.Name = p.colID()
	return r
}

func (p *parser) roleList() []*ast.RoleSpec {
	list := []*ast.RoleSpec{p.roleSpec()}
	for p.accept(",") {
		list = append(list, p.roleSpec())
	}
	return list
}

func (p *parser) createRole() ast.Statement {
	s := &ast.CreateRoleStmt{StmtType: p.advance().text, IfNotExists: p.ifNotExists()}
	s.Name = p.colID()
	p.take("with")
	s.Options = p.roleOptions()
	return s
}

func (p *parser) roleOptions() []*ast.DefElem {
	var list []*ast.DefElem
	boolean := func(name string, b bool) *ast.DefElem {
		d := &ast.DefElem{Loc: p.loc(), Name: name, Value: &ast.Const{Loc: -1, Kind: ast.ConstBool, Bool: b}}
		p.advance()
		return d
	}
	flags := map[string]string{"superuser": "superuser", "createdb": "createdb", "createrole": "createrole", "inherit": "inherit", "login": "canlogin", "replication": "isreplication", "bypassrls": "bypassrls", "impersonate": "impersonate"}
	for {
		t := p.tok()
		if t.kind != tokIdent {
			return list
		}
		if name, ok := flags[t.text]; ok {
			list = append(list, boolean(name, true))
			continue
		}
		if name, ok := flags[strings.TrimPrefix(t.text, "no")]; ok && strings.HasPrefix(t.text, "no") {
			list = append(list, boolean(name, false))
			continue
		}
		d := &ast.DefElem{Loc: p.loc()}
		switch {
		case p.is("encrypted", "password"):
			p.take("encrypted")
			p.expect("password")
			d.Name = "password"
			if p.take("null") {
				d.Value = &ast.Const{Loc: -1, Kind: ast.ConstNull}
			} else {
				d = p.stringOption("password")
			}
		case p.takeSeq("connection", "limit"):
			d.Name, d.Value = "connectionlimit", &ast.Const{Loc: p.loc(), Kind: ast.ConstFloat, Text: intText(p.integer())}
		case p.takeSeq("valid", "until"):
			d = p.stringOption("validuntil")
		case p.takeSeq("in", "role"), p.takeSeq("in", "group"):
			d.Name, d.Value = "addroleto", &ast.Name{Loc: p.loc(), Parts: p.nameList()}
		case p.take("role"), p.take("user"):
			d.Name, d.Value = "rolemembers", &ast.Name{Loc: p.loc(), Parts: p.nameList()}
		case p.take("admin"):
			d.Name, d.Value = "adminmembers", &ast.Name{Loc: p.loc(), Parts: p.nameList()}
		case p.take("sysid"):
			d.Name, d.Value = "sysid", p.optionValue()
		default:
			if len(list) == 0 || mayName(t, "UCTR") {
				panic(sqlerr.New(sqlerr.SyntaxError, `unrecognized role option "%s"`, t.text).At(t.pos))
			}
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

// alter parses ALTER.
func (p *parser) alter() ast.Statement {
	loc := p.loc()
	p.expect("alter")
	switch {
	case p.is("role", "user", "group"):
		return p.alterRole()
	case p.takeSeq("user", "table"), p.takeSeq("stream", "table"), p.takeSeq("shared", "table"):
		return p.alterTable("table")
	case p.is("table", "index", "view", "sequence"):
		return p.alterTable(ast.ObjectType(p.advance().text))
	case p.take("schema"):
		name := p.anyName()
		p.expect("rename", "to")
		return &ast.RenameStmt{Object: "schema", Name: name, NewName: p.colID()}
	}
	if p.tok().kind == tokIdent {
		if _, ok := keywords[p.tok().text]; ok {
			p.unsupported(loc, "ALTER %s", strings.ToUpper(p.tok().text))
		}
	}
	p.unexpected()
	return nil
}

func (p *parser) alterRole() ast.Statement {
	p.advance()
	if p.take("all") {
		return &ast.AlterRoleSetStmt{Set: p.roleSetting()}
	}
	role := p.roleSpec()
	database := ""
	if p.takeSeq("in", "database") {
		database = p.colID()
	}
	switch {
	case p.is("set", "reset"):
		return &ast.AlterRoleSetStmt{Role: role, Database: database, Set: p.roleSetting()}
	case p.takeSeq("rename", "to"):
		return &ast.RenameStmt{Object: "role", Name: &ast.Name{Loc: role.Loc, Parts: []string{role.Name}}, NewName: p.colID()}
	}
	p.take("with")
	return &ast.AlterRoleStmt{Role: role, Options: p.roleOptions()}
}

func (p *parser) roleSetting() *ast.VariableSetStmt {
	var s ast.Statement
	if p.is("set") {
		s = p.set()
	} else {
		s = p.reset()
	}
	v, ok := s.(*ast.VariableSetStmt)
	if !ok {
		p.unexpected()
	}
	return v
}

func (p *parser) alterTable(object ast.ObjectType) ast.Statement {
	ifExists := p.ifExists()
	v := p.relationExpr()
	if p.take("rename") {
		r := &ast.RenameStmt{Object: object, Relation: v, IfExists: ifExists}
		switch {
		case p.take("to"):
			r.NewName = p.colID()
			return r
		case p.take("constraint"):
			r.Object, r.RelationType = "constraint", object
		default:
			p.take("column")
			r.Object, r.RelationType = "column", object
		}
		r.SubName = p.colID()
		p.expect("to")
		r.NewName = p.colID()
		return r
	}
	if p.isSeq("set", "schema") {
		p.at += 2
		return &ast.AlterObjectSchemaStmt{Object: object, Relation: v, NewSchema: p.colID(), IfExists: ifExists}
	}
	if object == "sequence" {
		return &ast.AlterSeqStmt{Relation: v, IfExists: ifExists, Options: p.sequenceOptions()}
	}
	s := &ast.AlterTableStmt{ObjType: object, Relation: v, IfExists: ifExists}
	for {
		s.Cmds = append(s.Cmds, p.alterCmd())
		if !p.accept(",") {
			return s
		}
	}
}

func (p *parser) alterCmd() *ast.AlterTableCmd {
	c := &ast.AlterTableCmd{Loc: p.loc()}
	switch {
	case p.take("add"):
		if p.startsTableConstraint() {
			c.Kind, c.Constraint = "AddConstraint", p.tableConstraint()
			return c
		}
		p.take("column")
		c.Kind, c.MissingOK = "AddColumn", p.ifNotExists()
		c.Column = p.columnDef()
	case p.take("drop"):
		c.Kind = "DropColumn"
		if p.take("constraint") {
			c.Kind = "DropConstraint"
		} else {
			p.take("column")
		}
		c.MissingOK = p.ifExists()
		c.Name = p.colID()
		c.Cascade = p.dropBehavior()
	case p.take("alter"):
		p.take("column")
		c.Name = p.colID()
		p.alterColumn(c)
	case p.takeSeq("owner", "to"):
		c.Kind, c.NewOwner = "ChangeOwner", p.roleSpec()
	case p.isSeq("set") && p.ahead(1).text == "(":
		p.advance()
		c.Kind, c.Options = "SetRelOptions", p.relOptions()
	case p.is("reset"):
		p.advance()
		c.Kind, c.Options = "ResetRelOptions", p.relOptions()
	case p.takeSeq("validate", "constraint"):
		c.Kind, c.Name = "ValidateConstraint", p.colID()
	case p.is("enable", "disable", "cluster", "set", "inherit", "no", "attach", "detach", "of", "not", "replica", "force"):
		p.unsupported(c.Loc, "ALTER TABLE ... %s", strings.ToUpper(p.tok().text))
	default:
		p.unexpected()
	}
	return c
}

func (p *parser) alterColumn(c *ast.AlterTableCmd) {
	switch {
	case p.takeSeq("set", "default"):
		c.Kind, c.Expr = "ColumnDefault", p.expr(0)
	case p.takeSeq("drop", "default"):
		c.Kind = "ColumnDefault"
	case p.takeSeq("set", "not", "null"):
		c.Kind = "SetNotNull"
	case p.takeSeq("drop", "not", "null"):
		c.Kind = "DropNotNull"
	case p.is("type"), p.isSeq("set", "data", "type"):
		p.takeSeq("set", "data")
		p.expect("type")
		c.Kind, c.Column = "AlterColumnType", &ast.ColumnDef{Loc: p.loc(), Type: p.typeName()}
		if p.take("collate") {
			c.Column.Collation = p.anyName().Parts
		}
		if p.take("using") {
			c.Expr = p.expr(0)
		}
	case p.takeSeq("set", "statistics"):
		c.Kind, c.Num = "SetStatistics", int(p.integer())
	case p.takeSeq("set", "storage"):
		c.Kind = "SetStorage"
		p.colID()
	default:
		if p.is("set", "reset", "add", "drop", "restart") {
			p.unsupported(c.Loc, "ALTER COLUMN ... %s", strings.ToUpper(p.tok().text))
		}
		p.unexpected()
	}
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

func (p *parser) grant() ast.Statement {
	s := &ast.GrantStmt{Grant: p.is("grant")}
	p.advance()
	if !s.Grant {
		s.GrantOption = p.takeSeq("grant", "option", "for")
	}
	admin := !s.Grant && p.takeSeq("admin", "option", "for")
	if p.take("all") {
		p.take("privileges")
	} else {
		for {
			pr := ast.Privilege{}
			if p.tok().kind != tokIdent && p.tok().kind != tokQuoted {
				p.unexpected()
			}
			pr.Name = p.advance().text
			pr.Columns = p.parenNames()
			s.Privileges = append(s.Privileges, pr)
			if !p.accept(",") {
				break
			}
		}
	}
	to := "to"
	if !s.Grant {
		to = "from"
	}
	if s.Privileges != nil && p.take(to) {
		r := &ast.GrantRoleStmt{Grant: s.Grant, Roles: s.Privileges, Grantees: p.roleList(), AdminOption: admin}
		if s.Grant && p.takeSeq("with", "admin", "option") {
			r.AdminOption = true
		}
		r.Cascade = p.dropBehavior()
		return r
	}
	p.expect("on")
	s.Object = "table"
	switch {
	case p.takeSeq("all", "tables", "in", "schema"):
		s.AllInSchema = true
	case p.takeSeq("all", "sequences", "in", "schema"):
		s.AllInSchema, s.Object = true, "sequence"
	case p.is("table"):
		p.advance()
	case p.is("sequence", "schema", "database"):
		s.Object = ast.ObjectType(p.advance().text)
	case p.is("namespace") && mayName(p.ahead(1), "UC"):
		p.advance()
		s.Object = "schema"
	case p.is("function", "procedure", "routine", "language", "type", "domain", "tablespace", "foreign", "large", "parameter") && mayName(p.ahead(1), "UCT"):
		p.unsupported(p.loc(), "GRANT ON %s", strings.ToUpper(p.tok().text))
	}
	s.Objects = p.anyNames()
	p.expect(to)
	for {
		p.take("group")
		s.Grantees = append(s.Grantees, p.roleSpec())
		if !p.accept(",") {
			break
		}
	}
	if s.Grant && p.takeSeq("with", "grant", "option") {
		s.GrantOption = true
	}
	if !s.Grant {
		s.Cascade = p.dropBehavior()
	}
	return s
}

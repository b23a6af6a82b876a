package parser

import "github.com/kalamsql/kalamsql/sql/parser/ast"

// The statements about foreign data. Their synopses are followed first, for the errors;
// what is left to do here cannot fail.

// foreignWrapper parses CREATE or ALTER FOREIGN DATA WRAPPER.
func (p *parser) foreignWrapper(start int, command string) ast.Statement {
	end := p.followed(start, command, upper(command)+" FOREIGN DATA WRAPPER")
	s := &ast.CreateFdwStmt{Loc: p.loc(), Alter: command == "alter"}
	p.expect(command, "foreign", "data", "wrapper")
	s.Name = p.colID()
	for p.is("handler", "validator", "no") {
		f := &ast.DefElem{Loc: p.loc()}
		none := p.take("no")
		if f.Name = p.advance().text; !none {
			f.Value = p.anyName()
		}
		s.Functions = append(s.Functions, f)
	}
	s.Options = p.foreignOptions()
	p.at = end
	return s
}

// foreignOptions parses an optional OPTIONS (...).
func (p *parser) foreignOptions() (list []*ast.ForeignOption) {
	if !p.take("options") {
		return nil
	}
	p.expectOp("(")
	for {
		o := &ast.ForeignOption{Loc: p.loc()}
		if p.is("add", "set", "drop") && p.ahead(1).kind != tokString {
			o.Action = p.advance().text
		}
		if o.Name = p.colLabel(); o.Action != "drop" {
			o.Value = p.str()
		}
		list = append(list, o)
		if !p.accept(",") {
			break
		}
	}
	p.expectOp(")")
	return list
}

// foreignServer parses CREATE or ALTER SERVER.
func (p *parser) foreignServer(start int, command string) ast.Statement {
	end := p.followed(start, command, upper(command)+" SERVER")
	s := &ast.CreateServerStmt{Loc: p.loc(), Alter: command == "alter"}
	p.expect(command, "server")
	s.IfNotExists = p.ifNotExists()
	s.Name = p.colID()
	if p.take("type") {
		s.Type = p.str()
	}
	if p.take("version") {
		if s.Versioned = true; !p.take("null") {
			version := p.str()
			s.Version = &version
		}
	}
	if p.takeSeq("foreign", "data", "wrapper") {
		s.Wrapper = p.colID()
	}
	s.Options = p.foreignOptions()
	p.at = end
	return s
}

// userMapping parses CREATE, ALTER or DROP USER MAPPING.
func (p *parser) userMapping(start int, command string) ast.Statement {
	end := p.followed(start, command, upper(command)+" USER MAPPING")
	s := &ast.UserMappingStmt{Loc: p.loc(), Command: command}
	p.expect(command, "user", "mapping")
	s.IfNotExists = command == "create" && p.ifNotExists()
	s.IfExists = command == "drop" && p.ifExists()
	p.expect("for")
	if loc := p.loc(); p.take("user") {
		s.User = &ast.RoleSpec{Loc: loc, Name: "current_user", Keyword: true}
	} else {
		s.User = p.roleSpec()
	}
	p.expect("server")
	s.Server = p.colID()
	s.Options = p.foreignOptions()
	p.at = end
	return s
}

// createForeignTable parses CREATE FOREIGN TABLE.
func (p *parser) createForeignTable(start int) ast.Statement {
	end := p.followed(start, "create", "CREATE FOREIGN TABLE")
	p.expect("create", "foreign", "table")
	s := &ast.CreateStmt{IfNotExists: p.ifNotExists(), Foreign: true}
	s.Relation = p.qualifiedName()
	if p.takeSeq("partition", "of") {
		s.PartitionOf = p.qualifiedName()
		p.typedElements(s)
		s.PartitionBound = p.partitionBound()
	} else {
		p.tableElements(s)
	}
	p.expect("server")
	s.Server = p.colID()
	s.ServerOptions = p.foreignOptions()
	p.at = end
	return s
}

// importForeignSchema parses IMPORT FOREIGN SCHEMA.
func (p *parser) importForeignSchema() ast.Statement {
	start := p.at
	end := p.followed(start, "import", "")
	s := &ast.ImportForeignSchemaStmt{Loc: p.loc()}
	p.expect("import", "foreign", "schema")
	s.Remote = p.colID()
	for !p.is("from") || p.ahead(1).text != "server" {
		p.advance()
	}
	p.expect("from", "server")
	s.Server = p.colID()
	p.expect("into")
	s.Local = p.colID()
	p.at = end
	return s
}

package parser

import "github.com/kalamsql/kalamsql/sql/parser/ast"

// createExtension parses CREATE EXTENSION. Its synopsis is followed first, for the
// errors; what is left to do here cannot fail.
func (p *parser) createExtension(start int) ast.Statement {
	p.at = start
	p.followStatement("create", "CREATE EXTENSION")
	end := p.at
	p.at = start
	s := &ast.CreateExtensionStmt{Loc: p.loc()}
	p.expect("create", "extension")
	s.IfNotExists = p.ifNotExists()
	s.Name = p.colID()
	p.take("with")
	for p.at < end {
		o := &ast.DefElem{Loc: p.loc(), Name: p.advance().text}
		switch o.Name {
		case "schema":
			o.Value = &ast.Name{Loc: p.loc(), Parts: []string{p.colID()}}
		case "version":
			o.Name, o.Value = "new_version", p.wordOrString()
		}
		s.Options = append(s.Options, o)
	}
	return s
}

// alterExtension parses ALTER EXTENSION ... UPDATE.
func (p *parser) alterExtension(start int) ast.Statement {
	p.at = start
	p.followStatement("alter", "ALTER EXTENSION ... UPDATE")
	p.at = start
	s := &ast.AlterExtensionStmt{Loc: p.loc()}
	p.expect("alter", "extension")
	s.Name = p.colID()
	p.expect("update")
	for p.is("to") {
		o := &ast.DefElem{Loc: p.loc(), Name: "new_version"}
		p.advance()
		o.Value = p.wordOrString()
		s.Options = append(s.Options, o)
	}
	return s
}

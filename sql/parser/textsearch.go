package parser

import "github.com/kalamsql/kalamsql/sql/parser/ast"

// The statements about text search. Their synopses are followed first, for the errors; what
// is left to do here cannot fail.

// createTextSearch parses CREATE TEXT SEARCH of the four kinds.
func (p *parser) createTextSearch(start int) ast.Statement {
	end := p.followed(start, "create", "CREATE TEXT SEARCH")
	s := &ast.CreateTextSearchStmt{Loc: p.loc()}
	p.expect("create")
	k := p.definedKind()
	s.Object = k.object
	s.Name, _ = p.definedName(k)
	s.Options = p.attributes()
	p.at = end
	return s
}

// alterTextSearch parses ALTER TEXT SEARCH DICTIONARY and CONFIGURATION.
func (p *parser) alterTextSearch(start int) ast.Statement {
	end := p.followed(start, "alter", "ALTER TEXT SEARCH")
	p.expect("alter")
	k := p.definedKind()
	name, _ := p.definedName(k)
	if k.object == "text search dictionary" {
		s := &ast.AlterTSDictionaryStmt{Loc: p.loc(), Name: name, Options: p.attributes()}
		p.at = end
		return s
	}
	s := &ast.AlterTSMappingStmt{Loc: p.loc(), Name: name, Command: p.advance().text}
	p.expect("mapping")
	s.IfExists = p.ifExists()
	if p.take("for") {
		s.Tokens = p.nameList()
	}
	if p.take("replace") {
		s.Replace = p.anyName()
	}
	if p.take("with") {
		s.Dictionaries = p.anyNames()
	}
	p.at = end
	return s
}

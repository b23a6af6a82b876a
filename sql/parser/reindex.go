package parser

import "github.com/kalamsql/kalamsql/sql/parser/ast"

// reindex parses REINDEX. Its synopsis is followed first, for the errors; what is
// left to do here cannot fail.
func (p *parser) reindex() ast.Statement {
	start := p.at
	p.followStatement("reindex", "REINDEX")
	p.at = start
	p.expect("reindex")
	s := &ast.ReindexStmt{}
	if p.isOp("(") {
		s.Options = p.utilityOptions()
	}
	s.Object = ast.ObjectType(p.advance().text)
	if loc := p.loc(); p.take("concurrently") {
		s.Options = append(s.Options, &ast.DefElem{Loc: loc, Name: "concurrently"})
	}
	if s.Object == "index" || s.Object == "table" {
		s.Relation = p.qualifiedName()
	} else {
		s.Name = p.colID()
	}
	return s
}

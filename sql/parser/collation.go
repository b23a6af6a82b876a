package parser

import "github.com/kalamsql/kalamsql/sql/parser/ast"

// createCollation parses CREATE COLLATION.
func (p *parser) createCollation() ast.Statement {
	s := &ast.CreateCollationStmt{Loc: p.loc()}
	p.expect("collation")
	s.IfNotExists = p.ifNotExists()
	s.Name = p.anyName()
	if p.take("from") {
		s.From = p.anyName()
		return s
	}
	s.Options = p.definition()
	return s
}

package parser

import "github.com/kalamsql/kalamsql/sql/parser/ast"

// cluster parses CLUSTER. Its synopsis is followed first, for the errors; what is left to
// do here cannot fail.
func (p *parser) cluster() ast.Statement {
	start := p.at
	p.followStatement("cluster", "CLUSTER")
	end := p.at
	p.at = start
	s := &ast.ClusterStmt{Loc: p.loc()}
	p.expect("cluster")
	if p.isOp("(") {
		s.Options = p.utilityOptions()
	} else if loc := p.loc(); p.take("verbose") {
		s.Options = []*ast.DefElem{{Loc: loc, Name: "verbose"}}
	}
	if p.at == end {
		return s
	}
	s.Relation = p.qualifiedName()
	switch {
	case p.take("on"): // as PostgreSQL 8.2 had it
		s.Index = s.Relation.Name
		s.Relation = p.qualifiedName()
	case p.take("using"):
		s.Index = p.colID()
	}
	return s
}

package parser

import "github.com/kalamsql/kalamsql/sql/parser/ast"

// reassignOwned parses REASSIGN OWNED. Its synopsis is followed first, for the
// errors; what is left to do here cannot fail.
func (p *parser) reassignOwned() ast.Statement {
	start := p.at
	p.followStatement("reassign", "REASSIGN OWNED")
	p.at = start
	p.expect("reassign", "owned", "by")
	s := &ast.ReassignOwnedStmt{Roles: p.roleList()}
	p.expect("to")
	s.To = p.roleSpec()
	return s
}

// dropOwned parses DROP OWNED.
func (p *parser) dropOwned(start int) ast.Statement {
	p.at = start
	p.followStatement("drop", "DROP OWNED")
	p.at = start
	p.expect("drop", "owned", "by")
	s := &ast.DropOwnedStmt{Roles: p.roleList()}
	s.Cascade = p.dropBehavior()
	return s
}

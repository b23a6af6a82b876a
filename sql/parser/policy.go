package parser

import "github.com/kalamsql/kalamsql/sql/parser/ast"

// createPolicy parses CREATE POLICY. Its synopsis is followed first, for the
// errors; what is left to do here cannot fail.
func (p *parser) createPolicy(start int) ast.Statement {
	p.at = start
	p.followStatement("create", "CREATE POLICY")
	p.at = start
	s := &ast.CreatePolicyStmt{Loc: p.loc(), Command: "all"}
	p.expect("create", "policy")
	s.Name = p.colID()
	p.expect("on")
	s.Relation = p.qualifiedName()
	if p.take("as") {
		s.Restrictive = p.is("restrictive")
		p.advance()
	}
	if p.take("for") {
		s.Command = p.advance().text
	}
	s.Roles, s.Using, s.Check = p.policyTail()
	return s
}

// policyTail parses what CREATE and ALTER POLICY end with.
func (p *parser) policyTail() (roles []*ast.RoleSpec, using, check ast.Expr) {
	if p.take("to") {
		roles = p.roleList()
	}
	if p.take("using") {
		p.expectOp("(")
		using = p.expr(0)
		p.expectOp(")")
	}
	if p.takeSeq("with", "check") {
		p.expectOp("(")
		check = p.expr(0)
		p.expectOp(")")
	}
	return roles, using, check
}

// alterPolicy parses ALTER POLICY.
func (p *parser) alterPolicy(start int) ast.Statement {
	p.at = start
	p.followStatement("alter", "ALTER POLICY")
	p.at = start
	s := &ast.AlterPolicyStmt{Loc: p.loc()}
	p.expect("alter", "policy")
	s.IfExists = p.ifExists()
	s.Name = p.colID()
	p.expect("on")
	s.Relation = p.qualifiedName()
	if p.takeSeq("rename", "to") {
		s.NewName = p.colID()
		return s
	}
	s.Roles, s.Using, s.Check = p.policyTail()
	return s
}

// dropPolicy parses DROP POLICY.
func (p *parser) dropPolicy(start int) ast.Statement {
	p.at = start
	p.followStatement("drop", "DROP POLICY")
	s := ast.DropPolicyStmt(p.dropPart(start, "policy"))
	return &s
}

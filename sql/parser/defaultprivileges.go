package parser

import "github.com/kalamsql/kalamsql/sql/parser/ast"

// alterDefaultPrivileges parses ALTER DEFAULT PRIVILEGES. Its synopsis is followed
// first, for the errors; what is left to do here cannot fail.
func (p *parser) alterDefaultPrivileges(start int) ast.Statement {
	p.at = start
	p.followStatement("alter", "ALTER DEFAULT PRIVILEGES")
	p.at = start
	s := &ast.AlterDefaultPrivilegesStmt{}
	p.expect("alter", "default", "privileges")
	for {
		loc := p.loc()
		switch {
		case p.takeSeq("for", "role"), p.takeSeq("for", "user"):
			s.Scopes = append(s.Scopes, &ast.DefElem{Loc: loc, Name: "roles"})
			s.Roles = p.roleList()
			continue
		case p.takeSeq("in", "schema"):
			s.Scopes = append(s.Scopes, &ast.DefElem{Loc: loc, Name: "schemas"})
			s.Schemas = []string{p.colID()}
			for p.accept(",") {
				s.Schemas = append(s.Schemas, p.colID())
			}
			continue
		}
		break
	}
	g := &ast.GrantStmt{Grant: p.is("grant")}
	s.Action = g
	p.advance()
	g.GrantOption = !g.Grant && p.takeSeq("grant", "option", "for")
	p.privileges(g)
	p.expect("on")
	g.Object = map[string]ast.ObjectType{"tables": "table", "sequences": "sequence", "functions": "function", "routines": "function",
		"types": "type", "schemas": "schema"}[p.advance().text]
	p.advance() // TO, FROM
	for {
		p.take("group")
		g.Grantees = append(g.Grantees, p.roleSpec())
		if !p.accept(",") {
			break
		}
	}
	if g.Grant {
		g.GrantOption = p.takeSeq("with", "grant", "option")
	} else {
		g.Cascade = p.dropBehavior()
	}
	return s
}

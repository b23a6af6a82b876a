package parser

import "github.com/kalamsql/kalamsql/sql/parser/ast"

// grant parses GRANT and REVOKE, of privileges on objects and of roles.
func (p *parser) grant() ast.Statement {
	s := &ast.GrantStmt{Grant: p.is("grant")}
	p.advance()
	admin := false
	if !s.Grant {
		s.GrantOption = p.takeSeq("grant", "option", "for")
		admin = !s.GrantOption && p.roleOptionFor()
	}
	p.privileges(s)
	to := "to"
	if !s.Grant {
		to = "from"
	}
	if s.Privileges != nil && !s.GrantOption && p.take(to) {
		return p.grantRole(s, admin)
	}
	if admin {
		p.expect(to)
	}
	p.expect("on")
	p.privilegeTarget(s)
	p.expect(to)
	for {
		p.take("group")
		s.Grantees = append(s.Grantees, p.roleSpec())
		if !p.accept(",") {
			break
		}
	}
	if s.Grant && p.take("with") {
		p.expect("grant", "option")
		s.GrantOption = true
	}
	s.GrantedBy = p.grantedBy()
	if !s.Grant {
		s.Cascade = p.dropBehavior()
	}
	return s
}

// roleOptionFor consumes ADMIN OPTION FOR, or the options of PostgreSQL 16.
func (p *parser) roleOptionFor() bool {
	loc := p.loc()
	switch {
	case p.takeSeq("admin", "option", "for"):
		return true
	case mayName(p.tok(), "UC") && isWord(p.ahead(1), "option") && isWord(p.ahead(2), "for"):
		p.at += 3
		p.refuse(loc, "REVOKE ... OPTION FOR")
		return true
	}
	return false
}

func (p *parser) privileges(s *ast.GrantStmt) {
	if p.take("all") {
		p.take("privileges")
		if p.isOp("(") {
			s.Privileges = []ast.Privilege{{Name: "all", Columns: p.parenNames()}}
		}
		return
	}
	for {
		pr := ast.Privilege{}
		switch {
		case p.takeSeq("alter", "system"):
			pr.Name = "alter system"
		case p.is("select", "references", "create"):
			pr.Name = p.advance().text
			pr.Columns = p.parenNames()
		default:
			pr.Name = p.colID()
			pr.Columns = p.parenNames()
		}
		s.Privileges = append(s.Privileges, pr)
		if !p.accept(",") {
			return
		}
	}
}

func (p *parser) grantRole(s *ast.GrantStmt, admin bool) ast.Statement {
	r := &ast.GrantRoleStmt{Grant: s.Grant, Roles: s.Privileges, Grantees: p.roleList(), AdminOption: admin}
	if loc := p.loc(); s.Grant && p.take("with") {
		if p.takeSeq("admin", "option") {
			r.AdminOption = true
		} else {
			p.follow("grant_role_options") // since PostgreSQL 16
			p.refuse(loc, "GRANT ... WITH %s", upper(p.toks[p.at-2].text))
		}
	}
	r.GrantedBy = p.grantedBy()
	if !s.Grant {
		r.Cascade = p.dropBehavior()
	}
	return r
}

func (p *parser) grantedBy() *ast.RoleSpec {
	if !p.takeSeq("granted", "by") {
		return nil
	}
	return p.roleSpec()
}

// privilegeTarget parses what privileges are granted on. A word for a kind of
// object is that only before a name.
func (p *parser) privilegeTarget(s *ast.GrantStmt) {
	single := func() {
		for {
			s.Objects = append(s.Objects, &ast.Name{Loc: p.loc(), Parts: []string{p.colID()}})
			if !p.accept(",") {
				return
			}
		}
	}
	loc, named := p.loc(), mayName(p.ahead(1), "UC")
	s.Object = "table"
	switch {
	case p.take("all"):
		s.AllInSchema = true
		switch {
		case p.take("tables"):
		case p.take("sequences"):
			s.Object = "sequence"
		case p.is("functions", "procedures", "routines"):
			s.Object, s.Routines = "function", p.advance().text
		default:
			p.unexpected()
		}
		p.expect("in", "schema")
		single()
	case p.take("table"):
		s.Objects = p.relationNames()
	case named && p.take("sequence"):
		s.Object, s.Objects = "sequence", p.relationNames()
	case named && p.is("schema", "database"), p.is("tablespace") && (named || mayName(p.ahead(1), "T")):
		s.Object = ast.ObjectType(p.advance().text)
		single()
	case p.is("function", "procedure", "routine") && (named || mayName(p.ahead(1), "T")):
		at := p.at
		p.follow("grant_target")
		p.at = at + 1
		s.Object, s.Functions = "function", p.functionRefs()
	case p.takeSeq("large", "object"):
		s.Object = "large object"
		for {
			s.Objects = append(s.Objects, p.largeObject())
			if !p.accept(",") {
				return
			}
		}
	case (p.is("type") || p.is("domain")) && (named || mayName(p.ahead(1), "T")):
		s.Object = ast.ObjectType(p.advance().text)
		for {
			s.Objects = append(s.Objects, p.anyName())
			if !p.accept(",") {
				return
			}
		}
	case p.is("language") && (named || mayName(p.ahead(1), "T")):
		s.Object = ast.ObjectType(p.advance().text)
		for {
			n := &ast.Name{Loc: p.loc()}
			n.Parts = []string{p.colID()}
			s.Objects = append(s.Objects, n)
			if !p.accept(",") {
				return
			}
		}
	case p.isSeq("foreign", "data", "wrapper"), p.isSeq("foreign", "server"):
		s.Object = "foreign data wrapper"
		if p.take("foreign"); p.take("server") {
			s.Object = "foreign server"
		} else {
			p.expect("data", "wrapper")
		}
		single()
	case p.is("parameter") && (named || mayName(p.ahead(1), "T")), p.is("foreign"):
		p.refuse(loc, "GRANT ON %s", upper(p.tok().text))
		p.follow("grant_target")
	default:
		s.Objects = p.relationNames()
	}
}

// largeObject parses the number that names a large object.
func (p *parser) largeObject() *ast.Name {
	n := &ast.Name{Loc: p.loc()}
	if p.isOp("-") || p.isOp("+") {
		n.Parts = []string{p.numberText()}
		return n
	}
	if k := p.tok().kind; k != tokInteger && k != tokNumber {
		p.unexpected()
	}
	n.Parts = []string{p.advance().text}
	return n
}

// relationNames is a list of relations' names.
func (p *parser) relationNames() []*ast.Name {
	var list []*ast.Name
	for {
		v := p.qualifiedName()
		n := &ast.Name{Loc: v.Loc}
		for _, part := range []string{v.Catalog, v.Schema, v.Name} {
			if part != "" {
				n.Parts = append(n.Parts, part)
			}
		}
		list = append(list, n)
		if !p.accept(",") {
			return list
		}
	}
}

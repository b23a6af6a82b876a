package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

func (p *parser) roleSpec() *ast.RoleSpec {
	r := &ast.RoleSpec{Loc: p.loc()}
	if p.is("current_user", "session_user", "current_role", "user") {
		r.Keyword = true
		r.Name = p.advance().text
		return r
	}
	r.Name = p.colID()
	return r
}

func (p *parser) roleList() []*ast.RoleSpec {
	list := []*ast.RoleSpec{p.roleSpec()}
	for p.accept(",") {
		list = append(list, p.roleSpec())
	}
	return list
}

func (p *parser) createRole() ast.Statement {
	s := &ast.CreateRoleStmt{StmtType: p.advance().text, IfNotExists: p.ifNotExists()}
	s.Name = p.colID()
	p.take("with")
	s.Options = p.roleOptions()
	return s
}

func (p *parser) roleOptions() []*ast.DefElem {
	var list []*ast.DefElem
	boolean := func(name string, b bool) *ast.DefElem {
		d := &ast.DefElem{Loc: p.loc(), Name: name, Value: &ast.Const{Loc: -1, Kind: ast.ConstBool, Bool: b}}
		p.advance()
		return d
	}
	flags := map[string]string{"superuser": "superuser", "createdb": "createdb", "createrole": "createrole", "inherit": "inherit", "login": "canlogin", "replication": "isreplication", "bypassrls": "bypassrls", "impersonate": "impersonate"}
	for {
		t := p.tok()
		if t.kind != tokIdent {
			return list
		}
		if name, ok := flags[t.text]; ok {
			list = append(list, boolean(name, true))
			continue
		}
		if name, ok := flags[strings.TrimPrefix(t.text, "no")]; ok && strings.HasPrefix(t.text, "no") {
			list = append(list, boolean(name, false))
			continue
		}
		d := &ast.DefElem{Loc: p.loc()}
		switch {
		case p.is("encrypted", "password"):
			p.take("encrypted")
			p.expect("password")
			d.Name = "password"
			if p.take("null") {
				d.Value = &ast.Const{Loc: -1, Kind: ast.ConstNull}
			} else {
				d = p.stringOption("password")
			}
		case p.takeSeq("connection", "limit"):
			d.Name, d.Value = "connectionlimit", &ast.Const{Loc: p.loc(), Kind: ast.ConstFloat, Text: intText(p.integer())}
		case p.takeSeq("valid", "until"):
			d = p.stringOption("validuntil")
		case p.takeSeq("in", "role"), p.takeSeq("in", "group"):
			d.Name, d.Value = "addroleto", &ast.Name{Loc: p.loc(), Parts: p.nameList()}
		case p.take("role"), p.take("user"):
			d.Name, d.Value = "rolemembers", &ast.Name{Loc: p.loc(), Parts: p.nameList()}
		case p.take("admin"):
			d.Name, d.Value = "adminmembers", &ast.Name{Loc: p.loc(), Parts: p.nameList()}
		case p.take("sysid"):
			d.Name, d.Value = "sysid", p.optionValue()
		default:
			if len(list) == 0 || mayName(t, "UCTR") {
				panic(sqlerr.New(sqlerr.SyntaxError, `unrecognized role option "%s"`, t.text).At(t.pos))
			}
			return list
		}
		list = append(list, d)
	}
}

func (p *parser) alterRole() ast.Statement {
	p.advance()
	if p.take("all") {
		return &ast.AlterRoleSetStmt{Set: p.roleSetting()}
	}
	role := p.roleSpec()
	database := ""
	if p.takeSeq("in", "database") {
		database = p.colID()
	}
	switch {
	case p.is("set", "reset"):
		return &ast.AlterRoleSetStmt{Role: role, Database: database, Set: p.roleSetting()}
	case p.takeSeq("rename", "to"):
		return &ast.RenameStmt{Object: "role", Name: &ast.Name{Loc: role.Loc, Parts: []string{role.Name}}, NewName: p.colID()}
	}
	p.take("with")
	return &ast.AlterRoleStmt{Role: role, Options: p.roleOptions()}
}

func (p *parser) roleSetting() *ast.VariableSetStmt {
	var s ast.Statement
	if p.is("set") {
		s = p.set()
	} else {
		s = p.reset()
	}
	v, ok := s.(*ast.VariableSetStmt)
	if !ok {
		p.unexpected()
	}
	return v
}

func (p *parser) grant() ast.Statement {
	s := &ast.GrantStmt{Grant: p.is("grant")}
	p.advance()
	if !s.Grant {
		s.GrantOption = p.takeSeq("grant", "option", "for")
	}
	admin := !s.Grant && p.takeSeq("admin", "option", "for")
	if p.take("all") {
		p.take("privileges")
	} else {
		for {
			pr := ast.Privilege{}
			if p.tok().kind != tokIdent && p.tok().kind != tokQuoted {
				p.unexpected()
			}
			pr.Name = p.advance().text
			pr.Columns = p.parenNames()
			s.Privileges = append(s.Privileges, pr)
			if !p.accept(",") {
				break
			}
		}
	}
	to := "to"
	if !s.Grant {
		to = "from"
	}
	if s.Privileges != nil && p.take(to) {
		r := &ast.GrantRoleStmt{Grant: s.Grant, Roles: s.Privileges, Grantees: p.roleList(), AdminOption: admin}
		if s.Grant && p.takeSeq("with", "admin", "option") {
			r.AdminOption = true
		}
		r.Cascade = p.dropBehavior()
		return r
	}
	p.expect("on")
	s.Object = "table"
	switch {
	case p.takeSeq("all", "tables", "in", "schema"):
		s.AllInSchema = true
	case p.takeSeq("all", "sequences", "in", "schema"):
		s.AllInSchema, s.Object = true, "sequence"
	case p.is("table"):
		p.advance()
	case p.is("sequence", "schema", "database"):
		s.Object = ast.ObjectType(p.advance().text)
	case p.is("namespace") && mayName(p.ahead(1), "UC"):
		p.advance()
		s.Object = "schema"
	case p.is("function", "procedure", "routine", "language", "type", "domain", "tablespace", "foreign", "large", "parameter") && mayName(p.ahead(1), "UCT"):
		p.unsupported(p.loc(), "GRANT ON %s", strings.ToUpper(p.tok().text))
	}
	s.Objects = p.anyNames()
	p.expect(to)
	for {
		p.take("group")
		s.Grantees = append(s.Grantees, p.roleSpec())
		if !p.accept(",") {
			break
		}
	}
	if s.Grant && p.takeSeq("with", "grant", "option") {
		s.GrantOption = true
	}
	if !s.Grant {
		s.Cascade = p.dropBehavior()
	}
	return s
}

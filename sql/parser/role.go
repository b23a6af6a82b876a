package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// roleSpec names a role. PUBLIC and NONE are no keywords but no roles' names
// either.
func (p *parser) roleSpec() *ast.RoleSpec {
	r := &ast.RoleSpec{Loc: p.loc()}
	if p.is("current_user", "session_user", "current_role") {
		r.Keyword = true
		r.Name = p.advance().text
		return r
	}
	if p.is("none") {
		panic(sqlerr.New(sqlerr.ReservedName, `role name "none" is reserved`).At(r.Pos()))
	}
	r.Name = p.name("UCT")
	if r.Name == "none" {
		panic(sqlerr.New(sqlerr.ReservedName, `role name "none" is reserved`).At(r.Pos()))
	}
	return r
}

// roleID is the name of a role to be made or renamed.
func (p *parser) roleID() string {
	t, loc := p.tok(), p.loc()
	reservedName := func(name string) {
		panic(sqlerr.New(sqlerr.ReservedName, `role name "%s" is reserved`, name).At(int(loc)))
	}
	switch {
	case p.is("current_user", "session_user", "current_role"):
		p.fail(loc, "%s cannot be used as a role name here", strings.ToUpper(t.text))
	case t.text == "public" && mayName(t, "UC"), t.text == "none" && mayName(t, "UC"):
		reservedName(t.text)
	}
	return p.name("UCT")
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
	s.Name = p.roleID()
	p.take("with")
	s.Options = p.roleOptions(true)
	return s
}

// roleFlags are the options of a role that are words, with the names of the
// options they set.
var roleFlags = map[string]string{"superuser": "superuser", "createdb": "createdb", "createrole": "createrole", "login": "canlogin",
	"replication": "isreplication", "bypassrls": "bypassrls", "impersonate": "impersonate"}

// roleOptions parses the options of CREATE and ALTER ROLE.
func (p *parser) roleOptions(create bool) []*ast.DefElem {
	var list []*ast.DefElem
	for {
		d := p.roleOption(create)
		if d == nil {
			return list
		}
		list = append(list, d)
	}
}

func (p *parser) roleOption(create bool) *ast.DefElem {
	t := p.tok()
	d := &ast.DefElem{Loc: p.loc()}
	roles := func(name string) *ast.DefElem {
		d.Name = name
		names := &ast.Name{Loc: p.loc()}
		for _, r := range p.roleList() {
			names.Parts = append(names.Parts, r.Name)
		}
		d.Value = names
		return d
	}
	switch {
	case p.is("password"), p.isSeq("encrypted", "password"):
		p.take("encrypted")
		p.advance()
		if p.take("null") {
			d.Name, d.Value = "password", &ast.Const{Loc: -1, Kind: ast.ConstNull}
			return d
		}
		return p.stringOption("password")
	case p.takeSeq("unencrypted", "password"):
		p.str()
		panic(sqlerr.New(sqlerr.FeatureNotSupported, "UNENCRYPTED PASSWORD is no longer supported").
			WithHint("Remove UNENCRYPTED to store the password in encrypted form instead.").At(d.Pos()))
	case p.take("inherit"):
		d.Name, d.Value = "inherit", &ast.Const{Loc: -1, Kind: ast.ConstBool, Bool: true}
		return d
	case p.take("connection"):
		p.expect("limit")
		loc, at := p.loc(), p.at
		if !p.signedInteger() {
			p.unexpected()
		}
		p.at = at
		d.Name, d.Value = "connectionlimit", &ast.Const{Loc: loc, Kind: ast.ConstFloat, Text: intText(p.integer())}
		return d
	case p.take("valid"):
		p.expect("until")
		return p.stringOption("validuntil")
	case p.take("user"):
		return roles("rolemembers")
	case create && p.take("in"):
		if !p.take("role", "group") {
			p.unexpected()
		}
		return roles("addroleto")
	case create && p.take("role"):
		return roles("rolemembers")
	case create && p.take("admin"):
		return roles("adminmembers")
	case create && p.take("sysid"):
		if p.tok().kind != tokInteger {
			p.unexpected()
		}
		d.Name, d.Value = "sysid", p.optionValue()
		return d
	}
	if !isPlainName(t) {
		return nil
	}
	p.advance()
	word := strings.TrimPrefix(t.text, "no")
	name, ok := roleFlags[t.text]
	if !ok {
		name, ok = roleFlags[word]
		if word == "inherit" && word != t.text {
			name, ok = "inherit", true
		}
	}
	if !ok {
		p.fail(d.Loc, `unrecognized role option "%s"`, t.text)
	}
	d.Name, d.Value = name, &ast.Const{Loc: -1, Kind: ast.ConstBool, Bool: roleFlags[t.text] != ""}
	return d
}

// alterRole parses ALTER ROLE, USER and GROUP.
func (p *parser) alterRole() ast.Statement {
	word := p.advance().text
	loc := p.loc()
	if word != "group" && p.take("all") {
		s := &ast.AlterRoleSetStmt{}
		if p.takeSeq("in", "database") {
			s.Database = p.colID()
		}
		s.Set = p.roleSetting()
		return s
	}
	if isWord(p.ahead(1), "rename") {
		name := p.roleID()
		p.expect("rename", "to")
		return &ast.RenameStmt{Object: "role", Name: &ast.Name{Loc: loc, Parts: []string{name}}, NewName: p.roleID()}
	}
	role := p.roleSpec()
	if word == "group" {
		add := p.take("add")
		if !add {
			p.expect("drop")
		}
		p.expect("user")
		return &ast.GrantRoleStmt{Grant: add, Group: true, Roles: []ast.Privilege{{Name: role.Name}}, Grantees: p.roleList()}
	}
	database := ""
	if p.takeSeq("in", "database") {
		database = p.colID()
		if !p.is("set", "reset") {
			p.unexpected()
		}
	}
	if p.is("set", "reset") {
		return &ast.AlterRoleSetStmt{Role: role, Database: database, Set: p.roleSetting()}
	}
	if p.is("rename") {
		p.miss()
	}
	p.take("with")
	return &ast.AlterRoleStmt{Role: role, Options: p.roleOptions(false)}
}

// roleSetting parses SET or RESET of a role's or a database's settings.
func (p *parser) roleSetting() *ast.VariableSetStmt {
	s := &ast.VariableSetStmt{Loc: p.loc()}
	if p.is("reset") {
		return p.reset().(*ast.VariableSetStmt)
	}
	p.expect("set")
	p.setRestMore(s)
	return s
}

package parser

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

func (p *parser) set() ast.Statement {
	s := &ast.VariableSetStmt{Loc: p.loc()}
	p.expect("set")
	word := func(w string) bool { return p.is(w) && !setAssigns(p.ahead(1)) }
	if word("constraints") {
		p.advance()
		c := &ast.ConstraintsSetStmt{}
		if !p.take("all") {
			c.Names = p.relationNames()
		}
		if p.take("deferred") {
			c.Deferred = true
		} else {
			p.expect("immediate")
		}
		return c
	}
	switch {
	case word("local"):
		p.advance()
		s.Local = true
	case word("session") && !isWord(p.ahead(1), "authorization", "characteristics"), p.isSeq("session", "session") && !setAssigns(p.ahead(2)):
		p.advance()
	}
	switch {
	case p.isSeq("session", "characteristics") && !s.Local:
		p.at += 2
		p.expect("as", "transaction")
		s.Op, s.Name, s.Options = ast.SetMulti, "SESSION CHARACTERISTICS", p.requiredModes()
		return s
	case word("transaction") && !isWord(p.ahead(1), "snapshot"):
		p.advance()
		p.isSeq("snapshot")
		s.Op, s.Name, s.Options = ast.SetMulti, "TRANSACTION", p.requiredModes()
		return s
	}
	p.setRestMore(s)
	return s
}

// setRestMore parses PostgreSQL's set_rest_more: what SET and the options of
// functions, roles and databases have in common.
func (p *parser) setRestMore(s *ast.VariableSetStmt) {
	word := func(w string) bool { return p.is(w) && !setAssigns(p.ahead(1)) }
	text := func() []ast.Expr {
		return []ast.Expr{&ast.Const{Loc: p.loc(), Kind: ast.ConstString, Text: p.str()}}
	}
	switch {
	case p.isSeq("transaction", "snapshot"):
		p.at += 2
		s.Op, s.Name, s.Args = ast.SetMulti, "TRANSACTION SNAPSHOT", text()
	case p.takeSeq("time", "zone"):
		s.Name = "timezone"
		p.setTimeZone(s)
	case p.takeSeq("session", "authorization"):
		s.Name = "session_authorization"
		if p.take("default") {
			s.Op = ast.SetDefault
			return
		}
		s.Args = []ast.Expr{p.wordOrString()}
	case word("role"):
		p.advance()
		s.Name, s.Args = "role", []ast.Expr{p.wordOrString()}
	case word("names"):
		p.advance()
		s.Name = "client_encoding"
		if p.tok().kind == tokString {
			s.Args = []ast.Expr{p.wordOrString()}
		} else {
			p.take("default")
			s.Op = ast.SetDefault
		}
	case word("schema"):
		p.advance()
		s.Name, s.Args = "search_path", text()
	case word("catalog"):
		p.advance()
		loc := p.loc()
		p.str()
		panic(sqlerr.New(sqlerr.FeatureNotSupported, "current database cannot be changed").At(int(loc)))
	case word("xml"):
		p.advance()
		p.expect("option")
		if !p.is("document", "content") {
			p.unexpected()
		}
		s.Name, s.Args = "xmloption", []ast.Expr{&ast.Const{Loc: p.loc(), Kind: ast.ConstString, Text: p.advance().text}}
	default:
		p.genericSet(s)
	}
}

// genericSet parses name = values, name = DEFAULT, and name FROM CURRENT.
func (p *parser) genericSet(s *ast.VariableSetStmt) {
	s.Name = p.varName()
	if p.takeSeq("from", "current") {
		s.Op = ast.SetCurrent
		return
	}
	if !p.accept("=") {
		p.expect("to")
	}
	if p.take("default") {
		s.Op = ast.SetDefault
		return
	}
	for {
		s.Args = append(s.Args, p.setValue())
		if !p.accept(",") {
			return
		}
	}
}

// setAssigns says whether a token makes the word before it a setting's name.
func setAssigns(t *token) bool {
	return t.kind == tokOp && (t.text == "=" || t.text == ".") || isWord(t, "to", "from")
}

// varName is a setting's name, with dots.
func (p *parser) varName() string {
	name := p.colID()
	for p.accept(".") {
		if name == "kalam" { // kalam.user
			name += "." + p.colLabel()
			continue
		}
		name += "." + p.colID()
	}
	return name
}

// setValue parses a value of SET: a word, a string, a number or a boolean.
func (p *parser) setValue() ast.Expr {
	if p.is("true", "false", "on") {
		return &ast.Const{Loc: p.loc(), Kind: ast.ConstString, Text: p.advance().text}
	}
	if t := p.tok(); t.kind == tokIdent && !mayName(t, "UCT") {
		p.unexpected()
	}
	return p.optionValue().(*ast.Const)
}

// wordOrString is NonReservedWord_or_Sconst.
func (p *parser) wordOrString() ast.Expr {
	loc := p.loc()
	if p.tok().kind == tokString {
		return &ast.Const{Loc: loc, Kind: ast.ConstString, Text: p.str()}
	}
	return &ast.Const{Loc: loc, Kind: ast.ConstString, Text: p.name("UCT")}
}

func (p *parser) setTimeZone(s *ast.VariableSetStmt) {
	t := p.tok()
	_, key := keywords[t.text]
	switch {
	case p.take("default"), p.take("local"):
		s.Op = ast.SetDefault
	case p.is("interval"):
		s.Args = []ast.Expr{p.intervalLiteral()}
		const allowed = 1<<10 | 1<<11 // hour, minute
		if mods := s.Args[0].(*ast.TypeCast).Type.Mods; mods != nil {
			mask := mods[0].(*ast.Const).Int
			if mask&^allowed != 0 && mask != intervalFullRange {
				p.fail(ast.Loc(p.toks[p.at-1].pos), "time zone interval must be HOUR or HOUR TO MINUTE")
			}
		}
	case t.kind == tokIdent && key, t.kind == tokOp && t.text != "-" && t.text != "+":
		p.unexpected()
	default:
		s.Args = []ast.Expr{p.optionValue().(*ast.Const)}
	}
}

func (p *parser) reset() ast.Statement {
	s := &ast.VariableSetStmt{Loc: p.loc(), Op: ast.ResetOne}
	p.expect("reset")
	switch {
	case p.take("all"):
		s.Op = ast.ResetAll
	case p.takeSeq("time", "zone"):
		s.Name = "timezone"
	case p.takeSeq("session", "authorization"):
		s.Name = "session_authorization"
	case p.takeSeq("transaction", "isolation", "level"):
		s.Name = "transaction_isolation"
	default:
		s.Name = p.varName()
	}
	return s
}

func (p *parser) show() ast.Statement {
	s := &ast.VariableShowStmt{Loc: p.loc()}
	p.expect("show")
	switch {
	case p.take("all"):
		s.Name = "all"
	case p.takeSeq("time", "zone"):
		s.Name = "timezone"
	case p.takeSeq("session", "authorization"):
		s.Name = "session_authorization"
	case p.takeSeq("transaction", "isolation", "level"):
		s.Name = "transaction_isolation"
	default:
		s.Name = p.varName()
	}
	return s
}

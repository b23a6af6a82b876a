package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// createFunction parses CREATE [OR REPLACE] FUNCTION or PROCEDURE. Its synopsis is followed
// first, for the errors; what is left to do here cannot fail.
func (p *parser) createFunction(start int, procedure bool) ast.Statement {
	p.at = start
	if procedure {
		p.followStatement("create", "CREATE PROCEDURE")
	} else {
		p.followStatement("create", "CREATE FUNCTION")
	}
	end, params := p.at, p.numParams
	p.at = start
	s := &ast.CreateFunctionStmt{Loc: p.loc()}
	p.expect("create")
	s.Replace = p.takeSeq("or", "replace")
	s.Procedure = p.take("procedure")
	if !s.Procedure {
		p.expect("function")
	}
	s.Name = p.routineName()
	s.Params = p.routineParams()
	if p.take("returns") {
		if s.Table = p.takeSeq("table"); s.Table {
			p.expectOp("(")
			for !p.accept(")") {
				f := &ast.FuncParam{Loc: p.loc(), Mode: 't', Name: p.advance().text}
				f.Type = p.funcType()
				s.Params = append(s.Params, f)
				p.accept(",")
			}
		} else {
			s.Returns = p.funcType()
		}
	}
	for p.at < end && p.routineOption(s) {
	}
	p.routineStatements(s)
	p.at, p.numParams = end, params
	return s
}

// routineName is a function's name, qualified or not.
func (p *parser) routineName() *ast.Name {
	n := &ast.Name{Loc: p.loc(), Parts: []string{p.advance().text}}
	for p.accept(".") {
		n.Parts = append(n.Parts, p.colLabel())
	}
	return n
}

// routineParams parses a list of parameters in parentheses.
func (p *parser) routineParams() (list []*ast.FuncParam) {
	p.expectOp("(")
	if p.accept(")") {
		return nil
	}
	for {
		list = append(list, p.routineParam())
		if !p.accept(",") {
			p.expectOp(")")
			return list
		}
	}
}

func (p *parser) routineParam() *ast.FuncParam {
	f := &ast.FuncParam{Loc: p.loc(), Mode: 'i'}
	mode := func() {
		switch {
		case p.takeSeq("in", "out"), p.take("inout"):
			f.Mode = 'b'
		case p.take("in"):
		case p.take("out"):
			f.Mode = 'o'
		case p.take("variadic"):
			f.Mode = 'v'
		}
	}
	mode()
	if mayName(p.tok(), "UT") && (startsType(p.ahead(1)) || isWord(p.ahead(1), "in", "out", "inout", "variadic")) {
		f.Name = p.advance().text
		mode()
	}
	f.Type = p.funcType()
	if p.take("default") || p.accept("=") {
		f.Default = p.expr(0)
	}
	return f
}

// routineOption parses one option; false where there is none.
func (p *parser) routineOption(s *ast.CreateFunctionStmt) bool {
	o := &ast.DefElem{Loc: p.loc()}
	word := func(name, value string) {
		o.Name, o.Value = name, &ast.Name{Parts: []string{value}}
	}
	switch {
	case p.take("as"):
		o.Name = "as"
		s.Source = p.bodyText()
		if p.accept(",") {
			s.LinkSymbol = p.str()
		}
	case p.take("language"):
		word("language", p.advance().text)
	case p.takeSeq("called", "on", "null", "input"):
		word("strict", "false")
	case p.takeSeq("returns", "null", "on", "null", "input"), p.take("strict"):
		word("strict", "true")
	case p.is("immutable", "stable", "volatile"):
		word("volatility", p.advance().text)
	case p.takeSeq("external", "security"), p.take("security"):
		word("security", p.advance().text)
	case p.takeSeq("not", "leakproof"):
		word("leakproof", "false")
	case p.take("leakproof"):
		word("leakproof", "true")
	case p.is("cost", "rows"):
		word(p.advance().text, p.numberText())
	case p.take("parallel"):
		word("parallel", p.advance().text)
	case p.take("window"):
		word("window", "true")
	case p.is("set"):
		if set, ok := p.set().(*ast.VariableSetStmt); ok {
			s.Sets = append(s.Sets, set)
		}
		return true
	case p.is("reset"):
		if set, ok := p.reset().(*ast.VariableSetStmt); ok {
			s.Sets = append(s.Sets, set)
		}
		return true
	case p.is("transform", "support"):
		word(p.tok().text, "")
		for !p.routineOptionEnds() {
			p.advance()
		}
	default:
		return false
	}
	s.Options = append(s.Options, o)
	return true
}

// routineOptionEnds says whether an option that is refused is over.
func (p *parser) routineOptionEnds() bool {
	t := p.tok()
	return t.kind == tokEOF || p.isOp(";")
}

// numberText is a number as it is written, with its sign.
func (p *parser) numberText() string {
	sign := ""
	if p.accept("-") {
		sign = "-"
	} else {
		p.accept("+")
	}
	return sign + p.advance().text
}

// routineStatements parses a body in standard SQL, if one follows.
func (p *parser) routineStatements(s *ast.CreateFunctionStmt) {
	switch {
	case p.take("return"):
		s.Return = p.expr(0)
		return
	case !p.takeSeq("begin", "atomic"):
		return
	}
	s.Atomic = true
	for !p.take("end") {
		if p.accept(";") {
			continue
		}
		if p.take("return") {
			loc := p.loc()
			s.Body = append(s.Body, &ast.SelectStmt{Targets: []*ast.ResTarget{{Loc: loc, Val: p.expr(0)}}})
			continue
		}
		s.Body = append(s.Body, p.statement())
	}
}

// doBlock parses DO, its synopsis first.
func (p *parser) doBlock() ast.Statement {
	start := p.at
	p.followStatement("do", "DO")
	end := p.at
	p.at = start + 1
	s := &ast.DoStmt{}
	for p.at < end {
		if p.take("language") {
			s.Languages = append(s.Languages, p.advance().text)
			continue
		}
		s.Sources = append(s.Sources, p.bodyText())
	}
	return s
}

// callStatement parses CALL, its synopsis first.
func (p *parser) callStatement() ast.Statement {
	start, params := p.at, p.numParams
	p.followStatement("call", "CALL")
	p.at, p.numParams = start+1, params
	e := p.expr(0)
	call, ok := e.(*ast.FuncCall)
	if !ok {
		p.at = start + 1
		p.unexpected()
	}
	return &ast.CallStmt{Call: call}
}

// bodyText is a string that is a body, located where its text begins, or at -1.
func (p *parser) bodyText() *ast.Const {
	written := p.src[p.tok().pos:p.tok().end]
	at := p.loc()
	c := &ast.Const{Loc: -1, Kind: ast.ConstString, Text: p.str()}
	if n := strings.Index(written, c.Text); n > 0 && c.Text != "" && len(written) >= len(c.Text)+2*n {
		c.Loc = at + ast.Loc(n)
	}
	return c
}

// dropFunction parses DROP FUNCTION and DROP ROUTINE.
func (p *parser) dropFunction(start int) ast.Statement {
	p.at = start
	p.followStatement("drop", "DROP PROCEDURE") // and of the other kinds
	p.at = start
	p.expect("drop")
	s := &ast.DropFunctionStmt{Object: ast.ObjectType(p.advance().text)}
	s.IfExists = p.ifExists()
	s.Functions = p.functionRefs()
	for _, f := range s.Functions {
		f.Object = s.Object
	}
	s.Cascade = p.dropBehavior()
	return s
}

// alterFunction parses ALTER FUNCTION and ALTER ROUTINE.
func (p *parser) alterFunction(start int) ast.Statement {
	p.at = start
	p.followStatement("alter", "ALTER PROCEDURE") // and of the other kinds
	end := p.at
	p.at = start
	p.expect("alter")
	s := &ast.AlterFunctionStmt{Object: ast.ObjectType(p.advance().text), Function: p.functionRef()}
	s.Function.Object = s.Object
	switch {
	case p.takeSeq("rename", "to"):
		s.NewName = p.colID()
	case p.takeSeq("owner", "to"):
		s.NewOwner = p.roleSpec()
	case p.takeSeq("set", "schema"):
		s.NewSchema = p.colID()
	case p.is("depends", "no"):
		p.refuse(p.loc(), "ALTER FUNCTION ... DEPENDS ON EXTENSION")
	default:
		options := &ast.CreateFunctionStmt{}
		for p.at < end && p.routineOption(options) {
		}
		s.Options, s.Sets = options.Options, options.Sets
	}
	p.at = end
	return s
}

// functionRefs parses a list of functions.
func (p *parser) functionRefs() (list []*ast.FuncRef) {
	for {
		list = append(list, p.functionRef())
		if !p.accept(",") {
			return list
		}
	}
}

// functionRef parses a function's name with or without its parameters.
func (p *parser) functionRef() *ast.FuncRef {
	f := &ast.FuncRef{Name: p.routineName()}
	if f.Listed = p.isOp("("); f.Listed {
		f.Params = p.routineParams()
	}
	return f
}

package parser

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

func (p *parser) declare() ast.Statement {
	s := &ast.DeclareCursorStmt{Loc: p.loc()}
	p.expect("declare")
	s.Name = p.colID()
	for {
		switch {
		case p.take("binary"):
			s.Binary = true
		case p.take("insensitive"):
			s.Insensitive = true
		case p.take("asensitive"):
			s.Asensitive = true
		case p.take("scroll"):
			s.Scroll = ast.Scroll
		case p.takeSeq("no", "scroll"):
			s.Scroll = ast.NoScroll
		default:
			p.expect("cursor")
			if p.take("with") {
				p.expect("hold")
				s.Hold = true
			} else if p.take("without") {
				p.expect("hold")
			}
			p.expect("for")
			if p.is("subscribe") {
				s.Query = p.subscribe()
			} else {
				s.Query = p.query()
			}
			return s
		}
	}
}

func (p *parser) fetch() ast.Statement {
	s := &ast.FetchStmt{Loc: p.loc(), Move: p.is("move"), Count: 1}
	p.advance()
	signed := func() bool { return p.tok().kind == tokInteger || p.isOp("-") || p.isOp("+") }
	count := func() int64 {
		at := p.at
		if !p.signedInteger() {
			p.unexpected()
		}
		p.at = at
		return p.integer()
	}
	// Before the end a word is the cursor's name.
	direction := func(word string) bool {
		return p.is(word) && !p.nameEnds(1) && !isWord(p.ahead(1), "with") && p.take(word)
	}
	switch {
	case direction("next"):
	case direction("prior"):
		s.Direction = ast.FetchBackward
	case direction("first"):
		s.Direction = ast.FetchAbsolute
	case direction("last"):
		s.Direction, s.Count = ast.FetchAbsolute, -1
	case direction("absolute"):
		s.Direction, s.Count = ast.FetchAbsolute, count()
	case direction("relative"):
		s.Direction, s.Count = ast.FetchRelative, count()
	case p.take("all"):
		s.Count = ast.FetchAll
	case signed():
		s.Count = count()
	case p.is("forward", "backward") && (direction("forward") || direction("backward")):
		if p.toks[p.at-1].text == "backward" {
			s.Direction = ast.FetchBackward
		}
		switch {
		case p.take("all"):
			s.Count = ast.FetchAll
		case signed():
			s.Count = count()
		}
	}
	if !p.take("from") {
		p.take("in")
	}
	s.Cursor = p.colID()
	if p.is("with") {
		s.Options = p.liveOptions()
	}
	return s
}

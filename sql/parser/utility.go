package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

func (p *parser) explain() ast.Statement {
	s := &ast.ExplainStmt{}
	p.expect("explain")
	flag := func(name string) { s.Options = append(s.Options, &ast.DefElem{Loc: -1, Name: name}) }
	if p.isOp("(") && !p.startsQueryParen() && p.ahead(1).text != "(" {
		s.Options = p.utilityOptions()
	} else {
		if p.take("analyze", "analyse") {
			flag("analyze")
		}
		if p.take("verbose") {
			flag("verbose")
		}
	}
	switch {
	case p.is("subscribe"):
		s.Query = p.subscribe()
	case p.is("declare"):
		s.Query = p.declare()
	case p.is("execute"):
		s.Query = p.execute()
	case p.is("create"), p.is("refresh"):
		word := p.at + 1
		s.Query = p.statement()
		switch kind := s.Query.Kind(); kind {
		case "CreateTableAsStmt", "RefreshMatViewStmt":
		default:
			p.unexpectedAt(&p.toks[word])
		}
	default:
		s.Query = p.preparable()
	}
	return s
}

func (p *parser) lock() ast.Statement {
	s := &ast.LockStmt{Mode: "ACCESS EXCLUSIVE"}
	p.expect("lock")
	p.take("table")
	for {
		s.Relations = append(s.Relations, p.relationExpr())
		if !p.accept(",") {
			break
		}
	}
	if p.take("in") {
		s.Mode = p.lockMode()
		p.expect("mode")
	}
	s.NoWait = p.take("nowait")
	return s
}

// lockMode parses the name of a lock's mode.
func (p *parser) lockMode() string {
	for _, mode := range []string{"access share", "access exclusive", "row share", "row exclusive", "share update exclusive", "share row exclusive", "share", "exclusive"} {
		if p.takeSeq(strings.Fields(mode)...) {
			return strings.ToUpper(mode)
		}
	}
	p.unexpected()
	return ""
}

func (p *parser) vacuum() ast.Statement {
	s := &ast.VacuumStmt{Vacuum: p.is("vacuum")}
	p.advance()
	flag := func(words ...string) {
		if p.is(words...) {
			s.Options = append(s.Options, &ast.DefElem{Loc: p.loc(), Name: words[0]})
			p.advance()
		}
	}
	switch {
	case p.isOp("("):
		s.Options = p.utilityOptions()
	case s.Vacuum:
		flag("full")
		flag("freeze")
		flag("verbose")
		flag("analyze", "analyse")
	default:
		flag("verbose")
	}
	if p.nameEnds(0) {
		return s
	}
	for {
		r := ast.VacuumRelation{Relation: p.qualifiedName()}
		r.Columns = p.parenNames()
		s.Relations = append(s.Relations, r)
		if !p.accept(",") {
			return s
		}
	}
}

// utilityOptions parses ( name [value], ... ) of EXPLAIN, VACUUM and the like.
func (p *parser) utilityOptions() []*ast.DefElem {
	var list []*ast.DefElem
	p.expectOp("(")
	for {
		d := &ast.DefElem{Loc: p.loc()}
		switch {
		case p.take("analyze", "analyse"):
			d.Name = "analyze"
		case p.take("format"):
			d.Name = "format" // even if JSON follows
		default:
			d.Name = p.name("UCT")
		}
		if !p.isOp(",") && !p.isOp(")") {
			d.Value = p.setValue()
		}
		list = append(list, d)
		if !p.accept(",") {
			break
		}
	}
	p.expectOp(")")
	return list
}

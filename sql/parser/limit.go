package parser

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// limits parses LIMIT or FETCH and OFFSET, each once at most.
func (p *parser) limits(t *tail) {
	for {
		switch {
		case p.is("limit") && t.limit == nil:
			p.limitClause(t)
		case p.is("fetch") && t.limit == nil:
			p.fetchFirst(t)
		case p.is("offset") && t.offset == nil:
			p.advance()
			t.offset = p.rowCount(true)
		default:
			return
		}
	}
}

func (p *parser) limitClause(t *tail) {
	loc := p.loc()
	p.advance()
	if at := p.loc(); p.take("all") {
		t.limit = &ast.Const{Loc: at, Kind: ast.ConstNull}
	} else {
		t.limit = p.expr(0)
	}
	if p.accept(",") {
		p.expr(0)
		panic(sqlerr.New(sqlerr.SyntaxError, "LIMIT #,# syntax is not supported").WithHint("Use separate LIMIT and OFFSET clauses.").At(int(loc)))
	}
}

// rowCount parses the number of OFFSET and FETCH: before ROWS a primary or a
// signed number, else (if that may be) any expression.
func (p *parser) rowCount(any bool) ast.Expr {
	var e ast.Expr
	if p.isOp("-") || p.isOp("+") {
		if !any && p.ahead(1).kind != tokInteger && p.ahead(1).kind != tokNumber {
			p.advance()
			p.unexpected()
		}
		constant := p.ahead(1).kind == tokInteger || p.ahead(1).kind == tokNumber
		if !any || constant && isWord(p.ahead(2), "row", "rows") {
			minus := p.advance().text == "-"
			c := number(p.advance())
			if e = c; minus {
				e, _ = negated(c, c.Loc-1)
			}
			p.take("row", "rows")
			return e
		}
		return p.expr(0)
	}
	if p.is("not") || p.isOperator() {
		if !any {
			p.unexpected()
		}
		return p.expr(0)
	}
	outer := p.mode
	p.mode = modeExpr
	e = p.primary()
	if !p.take("row", "rows") && any {
		e = p.operators(e, 0)
	}
	p.mode = outer
	return e
}

func (p *parser) fetchFirst(t *tail) {
	p.advance()
	if !p.take("first", "next") {
		p.unexpected()
	}
	t.fetch = true
	if p.is("row", "rows") && !isWord(p.ahead(1), "row", "rows") {
		p.advance()
		t.limit = &ast.Const{Loc: -1, Kind: ast.ConstInteger, Int: 1}
	} else {
		t.limit = p.rowCount(false)
		if last := &p.toks[p.at-1]; !isWord(last, "row", "rows") {
			p.unexpected()
		}
	}
	if p.take("with") {
		p.expect("ties")
		t.withTies = true
		return
	}
	p.expect("only")
}

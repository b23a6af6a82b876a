package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// quantified parses ANY, SOME or ALL after an operator.
func (p *parser) quantified(left ast.Expr, op []string, loc ast.Loc) (ast.Expr, bool) {
	if !p.is("any", "some", "all") {
		return nil, false
	}
	all := p.advance().text == "all"
	if p.isOp("(") && p.startsQueryParen() {
		q := p.subquery()
		link := ast.SubLinkAny
		if all {
			link = ast.SubLinkAll
		}
		return &ast.SubLink{Loc: loc, LinkKind: link, Test: left, Op: op, Query: q}, true
	}
	p.expectOp("(")
	right := p.expr(0)
	p.expectOp(")")
	k := ast.OpAny
	if all {
		k = ast.OpAll
	}
	return &ast.AExpr{Loc: loc, OpKind: k, Op: op, Left: left, Right: right}, true
}

// isTest parses what follows IS.
func (p *parser) isTest(arg ast.Expr, loc ast.Loc) ast.Expr {
	not := p.take("not")
	if p.mode == modeRestricted && !p.is("distinct", "document") {
		p.unexpected()
	}
	switch {
	case p.take("null"):
		return &ast.NullTest{Loc: loc, Arg: arg, Not: not}
	case p.is("true", "false", "unknown"):
		return &ast.BooleanTest{Loc: loc, Arg: arg, Value: strings.ToUpper(p.advance().text), Not: not}
	case p.take("distinct"):
		p.expect("from")
		k := ast.OpDistinct
		if not {
			k = ast.OpNotDistinct
		}
		right := p.operand(bpIs + 1)
		if p.is("is", "isnull", "notnull") {
			p.unexpected() // IS does not associate
		}
		return &ast.AExpr{Loc: loc, OpKind: k, Op: []string{"="}, Left: arg, Right: right}
	case p.take("json"): // since PostgreSQL 16
		x := &ast.IsJSON{Loc: loc, Arg: arg, Not: not}
		if p.is("value", "scalar", "array", "object") {
			x.JSONKind = strings.ToUpper(p.advance().text)
		}
		if p.is("with", "without") && isWord(p.ahead(1), "unique") {
			x.UniqueKeys = p.jsonUnique()
		}
		return x
	case p.take("document"):
		x := &ast.XMLExpr{Loc: loc, Op: ast.XMLIsDocument, Args: []ast.Expr{arg}}
		if not {
			return &ast.BoolExpr{Loc: loc, Op: ast.BoolNot, Args: []ast.Expr{x}}
		}
		return x
	case p.is("normalized"), p.is("nfc", "nfd", "nfkc", "nfkd"):
		return p.normalizedTest(arg, not, loc)
	}
	p.unexpected()
	return nil
}

// likeClass parses BETWEEN, IN, LIKE, ILIKE and SIMILAR TO.
func (p *parser) likeClass(left ast.Expr, not bool, loc ast.Loc) ast.Expr {
	word := p.advance().text
	switch word {
	case "between":
		k := ast.OpBetween
		symmetric := p.take("symmetric")
		if !symmetric {
			p.take("asymmetric")
		}
		switch {
		case symmetric && not:
			k = ast.OpNotBetweenSym
		case symmetric:
			k = ast.OpBetweenSym
		case not:
			k = ast.OpNotBetween
		}
		low := p.bExpr()
		p.expect("and")
		high := p.operand(bpLike + 1)
		p.noLikeAfter()
		return &ast.AExpr{Loc: loc, OpKind: k, Op: []string{map[bool]string{false: "BETWEEN", true: "NOT BETWEEN"}[not]}, Left: left, Right: &ast.List{Loc: -1, Items: []ast.Expr{low, high}}}
	case "in":
		if p.isOp("(") && p.startsQueryParen() {
			q := p.subquery()
			var e ast.Expr = &ast.SubLink{Loc: loc, LinkKind: ast.SubLinkAny, Test: left, Query: q}
			if not {
				e = &ast.BoolExpr{Loc: loc, Op: ast.BoolNot, Args: []ast.Expr{e}}
			}
			return e
		}
		p.expectOp("(")
		list := p.exprList()
		p.expectOp(")")
		op := "="
		if not {
			op = "<>"
		}
		return &ast.AExpr{Loc: loc, OpKind: ast.OpIn, Op: []string{op}, Left: left, Right: &ast.List{Loc: -1, Items: list}}
	}
	k, op, escape := ast.OpLike, "~~", "like_escape"
	switch word {
	case "ilike":
		k, op = ast.OpILike, "~~*"
	case "similar":
		p.expect("to")
		k, op, escape = ast.OpSimilar, "~", "similar_to_escape"
	}
	if not {
		op = "!" + op
	}
	if word != "similar" {
		if q, ok := p.quantified(left, []string{op}, loc); ok {
			return q
		}
	}
	right := p.operand(bpLike + 1)
	args := []ast.Expr{right}
	if p.take("escape") {
		args = append(args, p.operand(bpLike+1))
	}
	p.noLikeAfter()
	if len(args) == 2 || word == "similar" {
		right = &ast.FuncCall{Loc: loc, Name: []string{"pg_catalog", escape}, Args: args}
	}
	return &ast.AExpr{Loc: loc, OpKind: k, Op: []string{op}, Left: left, Right: right}
}

// noLikeAfter refuses a second operator of this class: they do not associate.
func (p *parser) noLikeAfter() {
	if p.is("between", "in", "like", "ilike") || p.isSeq("similar", "to") || p.is("not") && isNotLA(p.ahead(1)) {
		p.unexpected()
	}
}

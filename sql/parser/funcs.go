package parser

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// nameOrCall parses a column reference or a function call.
func (p *parser) nameOrCall() ast.Expr {
	loc := p.loc()
	t := p.tok()
	// Column names and function names allow different keywords; both are read
	// here and told apart by what follows.
	if !mayName(t, "UCT") {
		p.unexpected()
	}
	parts := []string{p.advance().text}
	star := false
	for p.isOp(".") {
		p.advance()
		if p.accept("*") {
			star = true
			break
		}
		parts = append(parts, p.colLabel())
	}
	if !star && p.isOp("(") {
		if len(parts) == 1 && !mayName(t, "UT") {
			p.unexpectedAt(p.tok())
		}
		if len(parts) == 1 && jsonFunctions[parts[0]] {
			return p.jsonCall(parts, loc)
		}
		return p.call(parts, loc)
	}
	if !mayName(t, "UC") {
		p.unexpectedAt(p.tok())
	}
	if star && len(parts) == 0 {
		p.unexpected()
	}
	return &ast.ColumnRef{Loc: loc, Fields: parts, Star: star}
}

// call parses a function call from its parenthesis on.
func (p *parser) call(name []string, loc ast.Loc) *ast.FuncCall {
	p.enter()
	defer p.leave()
	f := &ast.FuncCall{Loc: loc, Name: name}
	p.expectOp("(")
	switch {
	case p.accept("*"):
		f.Star = true
	case p.isOp(")"):
	default:
		if p.take("distinct") {
			f.Distinct = true
		} else {
			p.take("all")
		}
		for {
			if p.take("variadic") {
				f.Variadic = true
			}
			f.Args = append(f.Args, p.callArg())
			if f.Variadic || !p.accept(",") {
				break
			}
		}
		if p.is("order") {
			f.OrderBy = p.orderBy()
		}
	}
	p.expectOp(")")
	p.callTail(f)
	return f
}

// callTail parses what may follow a call's parenthesis.
func (p *parser) callTail(f *ast.FuncCall) {
	loc := f.Loc
	if p.takeSeq("within", "group") {
		if len(f.OrderBy) > 0 {
			panic(sqlerr.New(sqlerr.SyntaxError, "cannot use multiple ORDER BY clauses with WITHIN GROUP").At(int(loc)))
		}
		if f.Distinct {
			panic(sqlerr.New(sqlerr.SyntaxError, "cannot use DISTINCT with WITHIN GROUP").At(int(loc)))
		}
		f.WithinGroup = true
		p.expectOp("(")
		f.OrderBy = p.orderBy()
		p.expectOp(")")
	}
	if p.is("filter") && p.ahead(1).kind == tokOp && p.ahead(1).text == "(" {
		p.at += 2
		p.expect("where")
		f.Filter = p.expr(0)
		p.expectOp(")")
	}
	if p.take("over") {
		if p.isOp("(") {
			f.Over = p.windowSpec()
		} else {
			f.Over = &ast.WindowDef{Loc: p.loc(), Name: p.colID()}
		}
	}
}

// callArg parses an argument, which may be named.
func (p *parser) callArg() ast.Expr {
	if next := p.ahead(1); next.kind == tokOp && (next.text == "=>" || next.text == ":=") && mayName(p.tok(), "UT") {
		n := &ast.NamedArg{Loc: p.loc(), Name: p.advance().text}
		p.advance()
		n.Arg = p.expr(0)
		return n
	}
	return p.expr(0)
}

// sqlFunction parses the functions with a syntax of their own into the calls
// PostgreSQL makes of them.
func (p *parser) sqlFunction(word string) ast.Expr {
	f := &ast.FuncCall{Loc: p.loc(), SQLSyntax: true, Name: []string{"pg_catalog", word}}
	p.at += 2
	switch word {
	case "extract":
		loc := p.loc()
		field := p.tok()
		if field.kind != tokIdent && field.kind != tokString && field.kind != tokQuoted {
			p.unexpected()
		}
		p.advance()
		p.expect("from")
		f.Args = []ast.Expr{&ast.Const{Loc: loc, Kind: ast.ConstString, Text: field.text}, p.expr(0)}
	case "position":
		needle := p.bExpr()
		p.expect("in")
		f.Args = []ast.Expr{p.bExpr(), needle}
	case "overlay":
		first := p.expr(0)
		if !p.take("placing") {
			f.SQLSyntax, f.Name = false, []string{"overlay"}
			f.Args = p.moreArgs(first)
			break
		}
		f.Args = append(f.Args, first, p.expr(0))
		p.expect("from")
		f.Args = append(f.Args, p.expr(0))
		if p.take("for") {
			f.Args = append(f.Args, p.expr(0))
		}
	case "substring":
		first := p.expr(0)
		switch {
		case p.take("from"):
			f.Args = append(f.Args, first, p.expr(0))
			if p.take("for") {
				f.Args = append(f.Args, p.expr(0))
			}
		case p.take("for"):
			length := p.expr(0)
			one := &ast.Const{Loc: -1, Kind: ast.ConstInteger, Int: 1}
			if p.take("from") {
				f.Args = append(f.Args, first, p.expr(0), length)
			} else {
				f.Args = append(f.Args, first, one, &ast.TypeCast{Loc: -1, Arg: length, Type: &ast.TypeName{Loc: -1, Names: []string{"pg_catalog", "int4"}}})
			}
		case p.take("similar"):
			pattern := p.expr(0)
			p.expect("escape")
			f.Args = append(f.Args, first, pattern, p.expr(0))
		default:
			f.SQLSyntax, f.Name = false, []string{"substring"}
			f.Args = p.moreArgs(first)
		}
	case "trim":
		f.Name[1] = "btrim"
		switch {
		case p.take("both"):
		case p.take("leading"):
			f.Name[1] = "ltrim"
		case p.take("trailing"):
			f.Name[1] = "rtrim"
		}
		if p.take("from") {
			f.Args = p.exprList()
			break
		}
		first := p.expr(0)
		if p.take("from") {
			f.Args = append(p.exprList(), first)
		} else {
			f.Args = p.moreArgs(first)
		}
	}
	p.expectOp(")")
	return f
}

// moreArgs parses the rest of a plain argument list.
func (p *parser) moreArgs(first ast.Expr) []ast.Expr {
	args := []ast.Expr{first}
	for p.accept(",") {
		args = append(args, p.callArg())
	}
	return args
}

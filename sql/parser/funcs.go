package parser

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// nameOrCall parses a column reference or a function call.
func (p *parser) nameOrCall() ast.Expr {
	loc, at, windowless := p.loc(), p.at, p.windowless
	p.windowless = false
	t := p.tok()
	// Column names and function names allow different keywords; both are read
	// here and told apart by what follows.
	if !mayName(t, "UCT") {
		p.unexpected()
	}
	// A reference and the room of its names are one allocation.
	ref := &struct {
		ast.ColumnRef
		names [2]string
	}{}
	ref.names[0] = p.advance().text
	parts := ref.names[:1]
	star := false
	for p.isOp(".") {
		p.advance()
		if p.accept("*") {
			star = true
			break
		}
		parts = append(parts, p.colLabel())
	}
	parts = slices.Clip(parts)
	if star {
		p.improperAfterStar()
	}
	if !star && p.isOp("(") {
		if len(parts) == 1 && !mayName(t, "UT") || len(parts) > 1 && !mayName(t, "UC") {
			p.unexpected()
		}
		f := p.call(parts, loc)
		if p.tok().kind == tokString && !windowless {
			return p.literalOfCall(f)
		}
		if !windowless {
			p.callTail(f)
		}
		return f
	}
	if !mayName(t, "UC") {
		p.unexpectedAt(&p.toks[at+1])
	}
	ref.ColumnRef = ast.ColumnRef{Loc: loc, Fields: parts, Star: star}
	if star || !p.isOp("[") {
		return &ref.ColumnRef
	}
	return p.indirection(&ref.ColumnRef)
}

// improperAfterStar refuses more fields after a.*.
func (p *parser) improperAfterStar() {
	if p.isOp(".") || p.isOp("[") {
		p.improperStar()
	}
}

// literalOfCall makes name(modifiers) '...' a typed literal.
func (p *parser) literalOfCall(f *ast.FuncCall) ast.Expr {
	if f.Star || f.Distinct || f.Variadic || len(f.Args) == 0 {
		p.unexpected()
	}
	text := &ast.Const{Loc: p.loc(), Kind: ast.ConstString, Text: p.str()}
	for _, a := range f.Args {
		if named, ok := a.(*ast.NamedArg); ok {
			p.fail(named.Loc, "type modifier cannot have parameter name")
		}
	}
	if f.OrderBy != nil {
		p.fail(f.OrderBy[0].Loc-ast.Loc(orderByOffset(p, f.OrderBy[0])), "type modifier cannot have ORDER BY")
	}
	return &ast.TypeCast{Loc: f.Loc, Arg: text, Type: &ast.TypeName{Loc: f.Loc, Names: f.Name, Mods: f.Args}}
}

// orderByOffset is how far before its first item an ORDER BY begins.
func orderByOffset(p *parser, first *ast.SortBy) int {
	for i := range p.toks {
		if p.toks[i].pos == first.Expr.Pos() && i >= 2 {
			return first.Loc.Pos() - p.toks[i-2].pos
		}
	}
	return 0
}

// call parses a function call from its parenthesis to the closing one.
func (p *parser) call(name []string, loc ast.Loc) *ast.FuncCall {
	p.enter()
	defer p.leave()
	f := &ast.FuncCall{Loc: loc, Name: name}
	p.callArgs(f)
	return f
}

// callArgs parses ( arguments ).
func (p *parser) callArgs(f *ast.FuncCall) {
	p.expectOp("(")
	switch {
	case p.accept("*"):
		f.Star = true
	case p.isOp(")"):
	default:
		if p.take("distinct") {
			f.Distinct = true
		} else if p.take("all") {
			if p.is("variadic") {
				p.unexpected()
			}
		} else if p.take("variadic") {
			f.Variadic = true
		}
		f.Args = append(f.Args, p.callArg())
		for !f.Variadic && p.accept(",") {
			if !f.Distinct && p.take("variadic") {
				f.Variadic = true
			}
			f.Args = append(f.Args, p.callArg())
		}
		if p.is("order") {
			f.OrderBy = p.orderBy()
		}
	}
	p.expectOp(")")
}

// callTail parses what may follow a call's parenthesis.
func (p *parser) callTail(f *ast.FuncCall) {
	within := p.loc()
	var group []*ast.SortBy
	if p.take("within") {
		p.expect("group")
		f.WithinGroup = true
		p.expectOp("(")
		group = p.orderBy()
		p.expectOp(")")
	}
	if p.take("filter") {
		p.expectOp("(")
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
	if !f.WithinGroup {
		return
	}
	switch {
	case len(f.OrderBy) > 0:
		p.fail(within, "cannot use multiple ORDER BY clauses with WITHIN GROUP")
	case f.Distinct:
		p.fail(within, "cannot use DISTINCT with WITHIN GROUP")
	case f.Variadic:
		p.fail(within, "cannot use VARIADIC with WITHIN GROUP")
	}
	f.OrderBy = group
}

// isNamedArg says whether an argument's name begins here.
func isNamedArg(p *parser) bool {
	next := p.ahead(1)
	return next.kind == tokOp && (next.text == "=>" || next.text == ":=") && mayName(p.tok(), "UT")
}

// callArg parses an argument, which may be named.
func (p *parser) callArg() ast.Expr {
	if isNamedArg(p) {
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
		if field.kind != tokString && !isPlainName(field) && (field.kind != tokIdent || intervalFields[field.text] == 0) {
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
		first := p.firstArg(f)
		if first == nil {
			break
		}
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
		first := p.firstArg(f)
		if first == nil {
			break
		}
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
			for f.Args = []ast.Expr{first}; p.accept(","); {
				f.Args = append(f.Args, p.expr(0))
			}
		}
	}
	p.expectOp(")")
	return f
}

// firstArg parses the first argument of OVERLAY and SUBSTRING. It gives nil if
// the call is over with it: there is none, or it is named, as in a plain call.
func (p *parser) firstArg(f *ast.FuncCall) ast.Expr {
	plain := p.isOp(")")
	if !plain {
		f.Args = []ast.Expr{p.callArg()}
		_, plain = f.Args[0].(*ast.NamedArg)
	}
	if plain {
		f.SQLSyntax, f.Name = false, f.Name[1:]
		if len(f.Args) > 0 {
			f.Args = p.moreArgs(f.Args[0])
		}
		return nil
	}
	first := f.Args[0]
	f.Args = nil
	return first
}

// moreArgs parses the rest of a plain argument list.
func (p *parser) moreArgs(first ast.Expr) []ast.Expr {
	args := []ast.Expr{first}
	for p.accept(",") {
		args = append(args, p.callArg())
	}
	return args
}

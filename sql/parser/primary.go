package parser

import (
	"strconv"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// number makes the constant of a numeric token.
func number(t *token) *ast.Const {
	c := &ast.Const{Loc: ast.Loc(t.pos), Kind: ast.ConstFloat, Text: t.text}
	if t.kind == tokInteger {
		c.Kind = ast.ConstInteger
		c.Int, _ = strconv.ParseInt(t.text, 10, 64)
		c.Text = ""
	}
	return c
}

// primary parses PostgreSQL's c_expr.
func (p *parser) primary() ast.Expr {
	t := p.tok()
	loc := p.loc()
	switch t.kind {
	case tokInteger, tokNumber:
		p.advance()
		return number(t)
	case tokString:
		p.advance()
		return &ast.Const{Loc: loc, Kind: ast.ConstString, Text: t.text}
	case tokBit:
		p.advance()
		return &ast.Const{Loc: loc, Kind: ast.ConstBit, Text: t.text}
	case tokParam:
		p.advance()
		n, err := strconv.Atoi(t.text)
		if err != nil || n > maxParameters {
			panic(sqlerr.New(sqlerr.UndefinedParameter, "there is no parameter $%s", t.text).At(int(loc)))
		}
		if n == 0 {
			panic(sqlerr.New(sqlerr.UndefinedParameter, "there is no parameter $0").At(int(loc)))
		}
		p.numParams = max(p.numParams, n)
		return p.indirection(&ast.ParamRef{Loc: loc, N: n})
	case tokOp:
		if t.text == "(" {
			return p.parenthesized()
		}
		p.unexpected()
	case tokQuoted:
		if typ := p.literalType(); typ != nil {
			return p.typedLiteral(typ)
		}
		return p.nameOrCall()
	case tokIdent:
		return p.word()
	}
	p.unexpected()
	return nil
}

// parenthesized parses ( expr ), a row, or a subquery.
func (p *parser) parenthesized() ast.Expr {
	loc := p.loc()
	if p.startsQueryParen() {
		return p.indirection(&ast.SubLink{Loc: loc, LinkKind: ast.SubLinkExpr, Query: p.subquery()})
	}
	p.advance()
	e := p.expr(0)
	if p.isOp(",") {
		args := []ast.Expr{e}
		for p.accept(",") {
			args = append(args, p.expr(0))
		}
		p.expectOp(")")
		return &ast.RowExpr{Loc: loc, Args: args}
	}
	p.expectOp(")")
	p.indirected = nil
	if i, ok := e.(*ast.Indirection); ok && (p.isOp(".") || p.isOp("[")) {
		// ((a).b).c is one chain, as in PostgreSQL's tree it is two.
		p.indirected = nil
		return p.indirection(i)
	}
	return p.indirection(e)
}

// subquery is a query in parentheses.
func (p *parser) subquery() *ast.SelectStmt {
	if !p.isOp("(") || !p.startsQueryParen() {
		if p.isOp("(") {
			p.advance()
			p.query()
		}
		p.unexpected()
	}
	p.advance()
	q := p.selectStmt()
	p.expectOp(")")
	return q
}

// word parses an expression that begins with an unquoted word.
func (p *parser) word() ast.Expr {
	t := p.tok()
	loc := p.loc()
	next := p.ahead(1)
	paren := next.kind == tokOp && next.text == "("
	if t.category == 0 {
		if typ := p.literalType(); typ != nil {
			return p.typedLiteral(typ)
		}
		return p.nameOrCall()
	}
	switch t.text {
	case "true", "false":
		p.advance()
		return &ast.Const{Loc: loc, Kind: ast.ConstBool, Bool: t.text == "true"}
	case "null":
		p.advance()
		return &ast.Const{Loc: loc, Kind: ast.ConstNull}
	case "default":
		if p.mode == modeRestricted {
			p.unexpected()
		}
		p.advance()
		return &ast.SetToDefault{Loc: loc}
	case "case":
		return p.caseExpr()
	case "cast":
		p.advance()
		p.expectOp("(")
		arg := p.expr(0)
		p.expect("as")
		typ := p.typeName()
		p.expectOp(")")
		return &ast.TypeCast{Loc: loc, Arg: arg, Type: typ}
	case "exists":
		if paren {
			p.advance()
			return &ast.SubLink{Loc: loc, LinkKind: ast.SubLinkExists, Query: p.subquery()}
		}
	case "array":
		if next.kind == tokOp && next.text == "[" {
			p.advance()
			return p.arrayExpr()
		}
		p.advance()
		if !paren {
			p.unexpected()
		}
		return &ast.SubLink{Loc: loc, LinkKind: ast.SubLinkArray, Query: p.subquery()}
	case "row":
		if paren {
			p.at += 2
			r := &ast.RowExpr{Loc: loc, Explicit: true}
			if !p.isOp(")") {
				r.Args = p.exprList()
			}
			p.expectOp(")")
			return r
		}
	case "collation":
		if isWord(next, "for") {
			p.at += 2
			p.expectOp("(")
			arg := p.expr(0)
			p.expectOp(")")
			return &ast.FuncCall{Loc: loc, Name: []string{"pg_catalog", "pg_collation_for"}, Args: []ast.Expr{arg}, SQLSyntax: true}
		}
	case "treat":
		if paren {
			p.at += 2
			p.refuse(loc, "TREAT")
			arg := p.expr(0)
			p.expect("as")
			typ := p.typeName()
			p.expectOp(")")
			return &ast.TypeCast{Loc: loc, Arg: arg, Type: typ}
		}
	case "unique":
		if p.mode != modeRestricted {
			p.advance()
			p.subquery()
			panic(sqlerr.New(sqlerr.FeatureNotSupported, "UNIQUE predicate is not yet implemented").At(int(loc)))
		}
	case "coalesce", "greatest", "least", "nullif", "grouping":
		if paren {
			p.at += 2
			if t.text == "nullif" {
				n := &ast.AExpr{Loc: loc, OpKind: ast.OpNullIf, Op: []string{"="}, Left: p.expr(0)}
				p.expectOp(",")
				n.Right = p.expr(0)
				p.expectOp(")")
				return n
			}
			args := p.exprList()
			p.expectOp(")")
			switch t.text {
			case "coalesce":
				return &ast.CoalesceExpr{Loc: loc, Args: args}
			case "grouping":
				return &ast.GroupingFunc{Loc: loc, Args: args}
			}
			return &ast.MinMaxExpr{Loc: loc, Greatest: t.text == "greatest", Args: args}
		}
	case "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "current_role", "current_user", "session_user", "user", "current_catalog", "current_schema":
		if t.text == "current_schema" && paren {
			break
		}
		return p.valueFunction()
	case "extract", "position", "overlay", "substring", "trim":
		if paren {
			return p.sqlFunction(t.text)
		}
	case "interval":
		if next.kind == tokString || paren {
			return p.intervalLiteral()
		}
	case "xmlelement", "xmlforest", "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmlconcat", "xmlexists", "xmltable":
		if paren && t.text != "xmltable" {
			return p.xmlCall(loc)
		}
	case "json", "json_array", "json_arrayagg", "json_exists", "json_object", "json_objectagg", "json_query", "json_scalar", "json_serialize", "json_value":
		if paren {
			return p.jsonCall(loc)
		}
	case "normalize":
		if paren {
			return p.normalizeCall(loc)
		}
	case "system_user":
		p.refuse(loc, "SYSTEM_USER")
		return p.valueFunction()
	}
	// A type name before a string is a typed literal.
	if typ := p.literalType(); typ != nil {
		return p.typedLiteral(typ)
	}
	return p.nameOrCall()
}

// typedLiteral parses the string of a literal whose type has been read.
func (p *parser) typedLiteral(typ *ast.TypeName) ast.Expr {
	text := &ast.Const{Loc: p.loc(), Kind: ast.ConstString, Text: p.str()}
	return &ast.TypeCast{Loc: typ.Loc, Arg: text, Type: typ}
}

// literalType parses a type name if a string constant follows it, and nothing
// otherwise: a keyword type, or one name, qualified or not, as in date '...'.
// Keyword types name nothing else here, except that the words may be columns.
func (p *parser) literalType() *ast.TypeName {
	t := p.tok()
	if t.category == 0 {
		// no keyword
	} else if isWord(t, "double") && isWord(p.ahead(1), "precision") || isWord(t, typeKeywords...) && !isWord(t, "setof", "interval") {
		if next := p.ahead(1); isWord(t, "time", "timestamp") && isWord(next, "with", "without") && !isWord(p.ahead(2), "time") {
			return nil
		} else if !(next.kind == tokString || next.kind == tokOp && next.text == "(" || isWord(next, "varying", "character", "char", "with", "without", "precision")) {
			return nil
		}
		typ := p.simpleTypeName()
		if name := typ.Names[1]; p.defaultLength && (name == "bpchar" || name == "bit") {
			typ.Mods = nil // a constant has the length it has
		}
		if p.tok().kind != tokString {
			p.unexpected()
		}
		return typ
	}
	n := 1
	for p.ahead(n).kind == tokOp && p.ahead(n).text == "." && mayName(p.ahead(n+1), "UCTR") {
		n += 2
	}
	if p.ahead(n).kind != tokString || n == 1 && !mayName(t, "UT") || n > 1 && !mayName(t, "UC") {
		return nil
	}
	typ := &ast.TypeName{Loc: p.loc()}
	for ; n > 0; n -= 2 {
		typ.Names = append(typ.Names, p.advance().text)
		if n > 1 {
			p.advance()
		}
	}
	return typ
}

func (p *parser) arrayExpr() ast.Expr {
	p.enter()
	defer p.leave()
	a := &ast.ArrayExpr{Loc: p.loc()}
	p.expectOp("[")
	if p.accept("]") {
		return a
	}
	nested := p.isOp("[")
	for {
		if nested {
			if !p.isOp("[") {
				p.unexpected()
			}
			a.Elements = append(a.Elements, p.arrayExpr())
		} else {
			a.Elements = append(a.Elements, p.expr(0))
		}
		if !p.accept(",") {
			break
		}
	}
	p.expectOp("]")
	return a
}

func (p *parser) caseExpr() ast.Expr {
	c := &ast.CaseExpr{Loc: p.loc()}
	p.expect("case")
	if !p.is("when") {
		c.Arg = p.expr(0)
	}
	for p.is("when") {
		w := ast.CaseWhen{Loc: p.loc()}
		p.advance()
		w.When = p.expr(0)
		p.expect("then")
		w.Then = p.expr(0)
		c.Whens = append(c.Whens, w)
	}
	if c.Whens == nil {
		p.unexpected()
	}
	if p.take("else") {
		c.Else = p.expr(0)
	}
	p.expect("end")
	return c
}

// valueFunction parses CURRENT_DATE and its kin.
func (p *parser) valueFunction() ast.Expr {
	v := &ast.SQLValueFunction{Loc: p.loc(), Op: p.advance().text, Typmod: -1}
	switch v.Op {
	case "current_time", "current_timestamp", "localtime", "localtimestamp":
		if p.accept("(") {
			if p.tok().kind != tokInteger {
				p.unexpected()
			}
			v.Typmod = int(p.integer())
			p.expectOp(")")
		}
	}
	return v
}

// maxParameters is how high a parameter may be numbered. The protocol binds
// 65,535; PREPARE and Describe know more.
const maxParameters = 1 << 20

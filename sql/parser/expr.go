package parser

import (
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// The binding powers of PostgreSQL's operators, weakest first.
const (
	bpOr = iota + 1
	bpAnd
	bpNot
	bpIs
	bpCompare
	bpLike // BETWEEN, IN, LIKE, ILIKE, SIMILAR
	bpOther
	bpAdd
	bpMul
	bpPower
	bpAtTimeZone
	bpCollate
	bpUnary
)

// expr parses an expression whose operators all bind at least as strongly as
// min. expr(0) is PostgreSQL's a_expr.
func (p *parser) expr(min int) ast.Expr {
	p.enter()
	defer p.leave()
	left := p.prefix()
	for {
		next, ok := p.infix(left, min)
		if !ok {
			return left
		}
		left = next
	}
}

// bExpr is PostgreSQL's b_expr: no AND, OR, NOT, IN, LIKE and their kin.
func (p *parser) bExpr() ast.Expr { return p.expr(bpOther) }

// prefix parses NOT, a prefix operator, or a primary with its subscripts and
// casts.
func (p *parser) prefix() ast.Expr {
	t := p.tok()
	loc := p.loc()
	switch {
	case isWord(t, "not"):
		p.advance()
		return &ast.BoolExpr{Loc: loc, Op: ast.BoolNot, Args: []ast.Expr{p.expr(bpNot)}}
	case t.kind == tokOp && (t.text == "-" || t.text == "+"):
		p.advance()
		arg := p.expr(bpUnary)
		if t.text == "-" {
			if c, ok := negated(arg, loc); ok {
				return c
			}
		}
		return &ast.AExpr{Loc: loc, Op: []string{t.text}, Right: arg}
	case p.isOperator():
		op := p.operatorName()
		return &ast.AExpr{Loc: loc, Op: op, Right: p.expr(bpOther + 1)}
	}
	return p.postfix(p.primary())
}

// negated folds a minus into a number, as PostgreSQL's doNegate.
func negated(e ast.Expr, loc ast.Loc) (ast.Expr, bool) {
	c, ok := e.(*ast.Const)
	if !ok {
		return nil, false
	}
	n := *c
	n.Loc = loc
	switch c.Kind {
	case ast.ConstInteger:
		n.Int = -c.Int
		return &n, true
	case ast.ConstFloat:
		n.Text = strings.TrimPrefix(c.Text, "+")
		if strings.HasPrefix(n.Text, "-") {
			n.Text = n.Text[1:]
		} else {
			n.Text = "-" + n.Text
		}
		return &n, true
	}
	return nil, false
}

// isOperator says whether the current token is an operator of PostgreSQL's
// "any other" class, or OPERATOR(...).
func (p *parser) isOperator() bool {
	t := p.tok()
	if t.kind == tokIdent {
		return t.text == "operator" && p.ahead(1).kind == tokOp && p.ahead(1).text == "("
	}
	if t.kind != tokOp {
		return false
	}
	switch t.text {
	case "(", ")", "[", "]", ",", ";", ".", "..", ":", "::", ":=", "=>", "=", "<", ">", "<=", ">=", "<>", "+", "-", "*", "/", "%", "^":
		return false
	}
	return true
}

// operatorName consumes any operator, with its qualification.
func (p *parser) operatorName() []string {
	if p.take("operator") {
		p.expectOp("(")
		var op []string
		for p.tok().kind != tokOp {
			op = append(op, p.colID())
			p.expectOp(".")
		}
		op = append(op, p.advance().text)
		p.expectOp(")")
		return op
	}
	if p.tok().kind != tokOp {
		p.unexpected()
	}
	return []string{p.advance().text}
}

// infix extends left by one operator that binds at least as strongly as min.
func (p *parser) infix(left ast.Expr, min int) (ast.Expr, bool) {
	t := p.tok()
	loc := p.loc()
	binary := func(bp int, op ...string) (ast.Expr, bool) {
		right := p.expr(bp + 1)
		return &ast.AExpr{Loc: loc, Op: op, Left: left, Right: right}, true
	}
	if t.kind == tokOp {
		bp := 0
		switch t.text {
		case "^":
			bp = bpPower
		case "*", "/", "%":
			bp = bpMul
		case "+", "-":
			bp = bpAdd
		case "=", "<", ">", "<=", ">=", "<>":
			bp = bpCompare
		default:
			if !p.isOperator() {
				return nil, false
			}
			bp = bpOther
		}
		if bp < min {
			return nil, false
		}
		op := p.advance().text
		if q, ok := p.quantified(left, []string{op}, loc); ok {
			return q, true
		}
		e, ok := binary(bp, op)
		if bp == bpCompare && p.tok().kind == tokOp {
			switch p.tok().text { // comparisons do not associate
			case "=", "<", ">", "<=", ">=", "<>":
				p.unexpected()
			}
		}
		return e, ok
	}
	if t.kind != tokIdent {
		return nil, false
	}
	switch t.text {
	case "or", "and":
		op, bp := ast.BoolOr, bpOr
		if t.text == "and" {
			op, bp = ast.BoolAnd, bpAnd
		}
		if bp < min {
			return nil, false
		}
		p.advance()
		return flatten(op, left, p.expr(bp+1), loc), true
	case "operator":
		if bpOther < min || !p.isOperator() {
			return nil, false
		}
		op := p.operatorName()
		if q, ok := p.quantified(left, op, loc); ok {
			return q, true
		}
		return binary(bpOther, op...)
	case "at":
		if bpAtTimeZone < min {
			return nil, false
		}
		if p.takeSeq("at", "local") {
			p.refuse(loc, "AT LOCAL")
			return left, true
		}
		if !p.isSeq("at", "time", "zone") {
			return nil, false
		}
		p.at += 3
		zone := p.expr(bpAtTimeZone + 1)
		return &ast.FuncCall{Loc: loc, Name: []string{"pg_catalog", "timezone"}, Args: []ast.Expr{zone, left}, SQLSyntax: true}, true
	case "collate":
		if bpCollate < min {
			return nil, false
		}
		p.advance()
		return &ast.CollateClause{Loc: loc, Arg: left, Name: p.anyName().Parts}, true
	case "isnull", "notnull":
		if bpIs < min {
			return nil, false
		}
		p.advance()
		return &ast.NullTest{Loc: loc, Arg: left, Not: t.text == "notnull"}, true
	case "is":
		if bpIs < min {
			return nil, false
		}
		p.advance()
		return p.isTest(left, loc), true
	case "between", "in", "like", "ilike", "similar", "not":
		if bpLike < min {
			return nil, false
		}
		not := false
		if t.text == "not" {
			if !isWord(p.ahead(1), "between", "in", "like", "ilike", "similar") {
				return nil, false
			}
			p.advance()
			not = true
		}
		return p.likeClass(left, not, loc), true
	case "overlaps":
		if row, ok := left.(*ast.RowExpr); ok && bpOther >= min {
			p.advance()
			right, ok := p.expr(bpOther + 1).(*ast.RowExpr)
			if !ok || len(row.Args) != 2 || len(right.Args) != 2 {
				panic(sqlerr.New(sqlerr.SyntaxError, "wrong number of parameters on right side of OVERLAPS expression").At(int(loc)))
			}
			return &ast.FuncCall{Loc: loc, Name: []string{"pg_catalog", "overlaps"}, Args: append(append([]ast.Expr{}, row.Args...), right.Args...), SQLSyntax: true}, true
		}
	}
	return nil, false
}

// flatten joins a chain of ANDs or ORs into one, as PostgreSQL's makeAndExpr.
func flatten(op ast.BoolOp, left, right ast.Expr, loc ast.Loc) ast.Expr {
	if l, ok := left.(*ast.BoolExpr); ok && l.Op == op {
		return &ast.BoolExpr{Loc: l.Loc, Op: op, Args: append(l.Args[:len(l.Args):len(l.Args)], right)}
	}
	return &ast.BoolExpr{Loc: loc, Op: op, Args: []ast.Expr{left, right}}
}

// postfix parses ::type, [subscripts] and .fields after a primary.
func (p *parser) postfix(e ast.Expr) ast.Expr {
	for {
		loc := p.loc()
		switch {
		case p.accept("::"):
			e = &ast.TypeCast{Loc: loc, Arg: e, Type: p.typeName()}
		case p.isOp("["):
			e = p.indirect(e, p.subscript())
		case p.isOp("."):
			if _, ok := e.(*ast.Indirection); !ok {
				switch e.(type) {
				case *ast.ParamRef, *ast.RowExpr, *ast.SubLink, *ast.FuncCall, *ast.CaseExpr, *ast.TypeCast, *ast.ColumnRef, *ast.AExpr:
				default:
					p.unexpected()
				}
			}
			p.advance()
			if p.accept("*") {
				e = p.indirect(e, ast.IndirectionElem{Star: true})
			} else {
				e = p.indirect(e, ast.IndirectionElem{Field: p.colLabel()})
			}
		default:
			return e
		}
	}
}

func (p *parser) indirect(e ast.Expr, step ast.IndirectionElem) ast.Expr {
	if i, ok := e.(*ast.Indirection); ok {
		i.Path = append(i.Path, step)
		return i
	}
	return &ast.Indirection{Loc: ast.Loc(e.Pos()), Arg: e, Path: []ast.IndirectionElem{step}}
}

func (p *parser) subscript() ast.IndirectionElem {
	p.expectOp("[")
	var s ast.IndirectionElem
	if !p.isOp(":") {
		s.Upper = p.expr(0)
	}
	if p.accept(":") {
		s.Slice, s.Lower, s.Upper = true, s.Upper, nil
		if !p.isOp("]") {
			s.Upper = p.expr(0)
		}
	}
	p.expectOp("]")
	return s
}

func (p *parser) exprList() []ast.Expr {
	list := []ast.Expr{p.expr(0)}
	for p.accept(",") {
		list = append(list, p.expr(0))
	}
	return list
}

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

// primary parses PostgreSQL's c_expr without its indirection.
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
		if err != nil || n > 65535 {
			panic(sqlerr.New(sqlerr.UndefinedParameter, "there is no parameter $%s", t.text).At(int(loc)))
		}
		if n == 0 {
			panic(sqlerr.New(sqlerr.UndefinedParameter, "there is no parameter $0").At(int(loc)))
		}
		p.numParams = max(p.numParams, n)
		return &ast.ParamRef{Loc: loc, N: n}
	case tokOp:
		if t.text == "(" {
			return p.parenthesized()
		}
		p.unexpected()
	case tokQuoted:
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
		p.advance()
		q := p.selectStmt()
		p.expectOp(")")
		return &ast.SubLink{Loc: loc, LinkKind: ast.SubLinkExpr, Query: q}
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
	return e
}

// word parses an expression that begins with an unquoted word.
func (p *parser) word() ast.Expr {
	t := p.tok()
	loc := p.loc()
	next := p.ahead(1)
	paren := next.kind == tokOp && next.text == "("
	switch t.text {
	case "true", "false":
		p.advance()
		return &ast.Const{Loc: loc, Kind: ast.ConstBool, Bool: t.text == "true"}
	case "null":
		p.advance()
		return &ast.Const{Loc: loc, Kind: ast.ConstNull}
	case "default":
		p.advance()
		return &ast.SetToDefault{Loc: loc}
	case "case":
		return p.caseExpr()
	case "cast":
		if paren {
			p.at += 2
			arg := p.expr(0)
			p.expect("as")
			typ := p.typeName()
			p.expectOp(")")
			return &ast.TypeCast{Loc: loc, Arg: arg, Type: typ}
		}
	case "exists":
		if paren {
			p.at += 2
			q := p.selectStmt()
			p.expectOp(")")
			return &ast.SubLink{Loc: loc, LinkKind: ast.SubLinkExists, Query: q}
		}
	case "array":
		if next.kind == tokOp && next.text == "[" {
			p.advance()
			return p.arrayExpr()
		}
		if paren {
			p.at += 2
			q := p.selectStmt()
			p.expectOp(")")
			return &ast.SubLink{Loc: loc, LinkKind: ast.SubLinkArray, Query: q}
		}
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
	case "coalesce", "greatest", "least", "nullif", "grouping":
		if paren {
			p.at += 2
			args := p.exprList()
			p.expectOp(")")
			switch t.text {
			case "coalesce":
				return &ast.CoalesceExpr{Loc: loc, Args: args}
			case "grouping":
				return &ast.GroupingFunc{Loc: loc, Args: args}
			case "nullif":
				if len(args) != 2 {
					p.at--
					p.unexpected()
				}
				return &ast.AExpr{Loc: loc, OpKind: ast.OpNullIf, Op: []string{"="}, Left: args[0], Right: args[1]}
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
		if paren {
			p.advance()
			return p.specialCall(t.text, loc)
		}
	case "normalize":
		if paren {
			return p.normalizeCall(loc)
		}
	case "not":
		p.unexpected()
	}
	// A type name before a string is a typed literal.
	if typ := p.literalType(); typ != nil {
		s := &ast.Const{Loc: p.loc(), Kind: ast.ConstString, Text: p.str()}
		return &ast.TypeCast{Loc: loc, Arg: s, Type: typ}
	}
	return p.nameOrCall()
}

// literalType parses a type name if a string constant follows it, and nothing
// otherwise.
func (p *parser) literalType() *ast.TypeName {
	t := p.tok()
	switch t.text {
	case "int", "integer", "smallint", "bigint", "real", "float", "double", "decimal", "dec", "numeric", "boolean", "bit", "char", "character", "varchar", "national", "nchar", "date", "time", "timestamp":
	default:
		// func_name Sconst: one word, or a qualified name.
		if !mayName(t, "UT") || p.ahead(1).kind != tokString {
			return nil
		}
	}
	mark := p.at
	var typ *ast.TypeName
	func() {
		defer func() {
			if recover() != nil {
				typ = nil
			}
		}()
		typ = p.typeName()
	}()
	if typ == nil || typ.Bounds != nil || p.tok().kind != tokString {
		p.at = mark
		return nil
	}
	return typ
}

func (p *parser) arrayExpr() ast.Expr {
	p.enter()
	defer p.leave()
	a := &ast.ArrayExpr{Loc: p.loc()}
	p.expectOp("[")
	for !p.isOp("]") {
		if p.isOp("[") {
			a.Elements = append(a.Elements, p.arrayExpr())
		} else {
			a.Elements = append(a.Elements, p.expr(0))
		}
		if !p.accept(",") {
			break
		}
		if p.isOp("]") {
			p.unexpected()
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
			v.Typmod = int(p.integer())
			p.expectOp(")")
		}
	}
	return v
}

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
	bpTypecast
)

// exprMode is where an expression stands, as far as that decides what belongs
// to it.
type exprMode uint8

const (
	modeExpr       exprMode = iota // PostgreSQL's a_expr
	modeRestricted                 // b_expr
	modeTarget                     // an item of a select list: an operator's word may be its label
)

// expr parses an expression whose operators all bind at least as strongly as
// min. expr(0) is PostgreSQL's a_expr.
func (p *parser) expr(min int) ast.Expr {
	outer := p.mode
	p.mode = modeExpr
	e := p.operand(min)
	p.mode = outer
	return e
}

// bExpr is PostgreSQL's b_expr: no AND, OR, NOT, IN, LIKE and their kin, which
// would be read as the words that end it.
func (p *parser) bExpr() ast.Expr {
	outer := p.mode
	p.mode = modeRestricted
	e := p.operand(0)
	p.mode = outer
	return e
}

// operand is expr in the mode that the expression around it is read in.
func (p *parser) operand(min int) ast.Expr {
	p.enter()
	defer p.leave()
	return p.operators(p.prefix(), min)
}

// operators extends left by the operators that follow it.
func (p *parser) operators(left ast.Expr, min int) ast.Expr {
	for {
		next, ok := p.infix(left, min)
		if !ok {
			return left
		}
		left = next
	}
}

// prefix parses NOT, a prefix operator, or a primary.
func (p *parser) prefix() ast.Expr {
	t := p.tok()
	loc := p.loc()
	switch {
	case isWord(t, "not") && p.mode != modeRestricted && !isNotLA(p.ahead(1)):
		p.advance()
		return &ast.BoolExpr{Loc: loc, Op: ast.BoolNot, Args: []ast.Expr{p.operand(bpNot)}}
	case t.kind == tokOp && (t.text == "-" || t.text == "+"):
		p.advance()
		arg := p.operand(bpUnary)
		if t.text == "-" {
			if c, ok := negated(arg, loc); ok {
				return c
			}
		}
		return &ast.AExpr{Loc: loc, Op: []string{t.text}, Right: arg}
	case p.isOperator():
		op := p.operatorName()
		return &ast.AExpr{Loc: loc, Op: op, Right: p.operand(bpOther + 1)}
	}
	return p.primary()
}

// isNotLA says whether NOT before this token belongs to an operator.
func isNotLA(t *token) bool { return isWord(t, "between", "in", "like", "ilike", "similar") }

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

// operatorName consumes any operator, or OPERATOR(...).
func (p *parser) operatorName() []string {
	if p.take("operator") {
		p.expectOp("(")
		op := p.anyOperator()
		p.expectOp(")")
		return op
	}
	if !isOperatorSymbol(p.tok()) {
		p.unexpected()
	}
	return []string{p.advance().text}
}

// anyOperator is an operator with its qualification, or OPERATOR(...).
func (p *parser) anyOperator() []string {
	if p.is("operator") && p.ahead(1).text == "(" {
		return p.operatorName()
	}
	var op []string
	for mayName(p.tok(), "UC") {
		op = append(op, p.colID())
		p.expectOp(".")
	}
	if !isOperatorSymbol(p.tok()) {
		p.unexpected()
	}
	return append(op, p.advance().text)
}

// infix extends left by one operator that binds at least as strongly as min.
func (p *parser) infix(left ast.Expr, min int) (ast.Expr, bool) {
	t := p.tok()
	loc := p.loc()
	if t.kind == tokOp {
		if t.text == "::" {
			p.advance()
			return &ast.TypeCast{Loc: loc, Arg: left, Type: p.typeName()}, true
		}
		bp := p.bindingPower(t)
		if bp == 0 || bp < min {
			return nil, false
		}
		return p.binary(left, []string{p.advance().text}, bp, loc), true
	}
	if t.kind != tokIdent {
		return nil, false
	}
	if p.mode == modeRestricted && t.text != "operator" && !(t.text == "is" && (p.isSeq("is", "distinct") || p.isSeq("is", "not", "distinct") || p.isSeq("is", "document") || p.isSeq("is", "not", "document"))) {
		return nil, false
	}
	if p.mode == modeTarget && min == 0 && p.targetEnds(1) && keywords[t.text].bare {
		return nil, false // SELECT a IS FROM t: a label
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
		return flatten(op, left, p.operand(bp+1), loc), true
	case "operator":
		if bpOther < min || !p.isOperator() {
			return nil, false
		}
		return p.binary(left, p.operatorName(), bpOther, loc), true
	case "at":
		return p.atTimeZone(left, min, loc)
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
			if !isNotLA(p.ahead(1)) {
				return nil, false
			}
			p.advance()
			not = true
		}
		if p.is("similar") && !not && !p.isSeq("similar", "to") {
			return nil, false // SUBSTRING(a SIMILAR b ESCAPE c)
		}
		return p.likeClass(left, not, loc), true
	case "overlaps":
		if row, ok := left.(*ast.RowExpr); ok {
			return p.overlaps(row, loc), true
		}
	}
	return nil, false
}

// bindingPower gives an operator's precedence; 0 if the token is no operator.
func (p *parser) bindingPower(t *token) int {
	switch t.text {
	case "^":
		return bpPower
	case "*", "/", "%":
		return bpMul
	case "+", "-":
		return bpAdd
	case "=", "<", ">", "<=", ">=", "<>":
		return bpCompare
	}
	if !p.isOperator() {
		return 0
	}
	return bpOther
}

// binary parses what stands right of an operator.
func (p *parser) binary(left ast.Expr, op []string, bp int, loc ast.Loc) ast.Expr {
	if p.mode != modeRestricted {
		if q, ok := p.quantified(left, op, loc); ok {
			return q
		}
	}
	right := p.operand(bp + 1)
	if bp == bpCompare && p.tok().kind == tokOp {
		switch p.tok().text { // comparisons do not associate
		case "=", "<", ">", "<=", ">=", "<>":
			p.unexpected()
		}
	}
	return &ast.AExpr{Loc: loc, Op: op, Left: left, Right: right}
}

// atTimeZone parses AT TIME ZONE, and AT LOCAL of PostgreSQL 17.
func (p *parser) atTimeZone(left ast.Expr, min int, loc ast.Loc) (ast.Expr, bool) {
	if bpAtTimeZone < min {
		return nil, false
	}
	if p.takeSeq("at", "local") {
		p.refuse(loc, "AT LOCAL")
		return &ast.FuncCall{Loc: loc, Name: []string{"pg_catalog", "timezone"}, Args: []ast.Expr{left}, SQLSyntax: true}, true
	}
	if !p.takeSeq("at", "time", "zone") {
		return nil, false
	}
	zone := p.operand(bpAtTimeZone + 1)
	return &ast.FuncCall{Loc: loc, Name: []string{"pg_catalog", "timezone"}, Args: []ast.Expr{zone, left}, SQLSyntax: true}, true
}

// overlaps parses what follows row OVERLAPS: another row.
func (p *parser) overlaps(left *ast.RowExpr, loc ast.Loc) ast.Expr {
	p.advance()
	if !p.isOp("(") && !(p.is("row") && p.ahead(1).text == "(") {
		p.unexpected()
	}
	row := p.loc()
	right, ok := p.primary().(*ast.RowExpr)
	switch {
	case !ok:
		p.unexpectedAt(&p.toks[p.at-1]) // ( expr ), where a comma had to be
	case len(left.Args) != 2:
		p.fail(left.Loc, "wrong number of parameters on left side of OVERLAPS expression")
	case len(right.Args) != 2:
		p.fail(row, "wrong number of parameters on right side of OVERLAPS expression")
	}
	return &ast.FuncCall{Loc: loc, Name: []string{"pg_catalog", "overlaps"}, Args: append(append([]ast.Expr{}, left.Args...), right.Args...), SQLSyntax: true}
}

// flatten joins a chain of ANDs or ORs into one, as PostgreSQL's makeAndExpr.
func flatten(op ast.BoolOp, left, right ast.Expr, loc ast.Loc) ast.Expr {
	if l, ok := left.(*ast.BoolExpr); ok && l.Op == op {
		return &ast.BoolExpr{Loc: l.Loc, Op: op, Args: append(l.Args[:len(l.Args):len(l.Args)], right)}
	}
	return &ast.BoolExpr{Loc: loc, Op: op, Args: []ast.Expr{left, right}}
}

// indirection parses .field, .* and [subscripts] after what may have them.
func (p *parser) indirection(e ast.Expr) ast.Expr {
	star := false
	for {
		switch {
		case p.isOp("["):
			e = p.indirect(e, p.subscript())
		case p.isOp("."):
			p.advance()
			if p.accept("*") {
				e = p.indirect(e, ast.IndirectionElem{Star: true})
			} else {
				e = p.indirect(e, ast.IndirectionElem{Field: p.colLabel()})
			}
		default:
			return e
		}
		if star {
			p.improperStar()
		}
		star = p.toks[p.at-1].text == "*"
	}
}

// improperStar refuses what follows a "*", at the token after it.
func (p *parser) improperStar() {
	for p.isOp("[") || p.isOp(".") {
		if p.isOp("[") {
			p.subscript()
		} else if p.advance(); !p.accept("*") {
			p.colLabel()
		}
	}
	t := p.tok()
	if t.kind == tokEOF {
		panic(sqlerr.New(sqlerr.SyntaxError, `improper use of "*" at end of input`).At(t.pos))
	}
	panic(sqlerr.New(sqlerr.SyntaxError, `improper use of "*" at or near "%s"`, p.src[t.pos:t.end]).At(t.pos))
}

func (p *parser) indirect(e ast.Expr, step ast.IndirectionElem) ast.Expr {
	if i, ok := e.(*ast.Indirection); ok && i.Loc == ast.Loc(i.Arg.Pos()) && p.indirected == i {
		i.Path = append(i.Path, step)
		return i
	}
	p.indirected = &ast.Indirection{Loc: ast.Loc(e.Pos()), Arg: e, Path: []ast.IndirectionElem{step}}
	return p.indirected
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
			p.refuse(loc, "COLLATION FOR")
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
	case "normalize":
		if paren {
			return p.normalizeCall(loc)
		}
	case "nulls":
		if isWord(next, "first", "last") {
			p.unexpected()
		}
	}
	// A type name before a string is a typed literal.
	if typ := p.literalType(); typ != nil {
		s := &ast.Const{Loc: p.loc(), Kind: ast.ConstString, Text: p.str()}
		return &ast.TypeCast{Loc: loc, Arg: s, Type: typ}
	}
	return p.nameOrCall()
}

// literalType parses a type name if a string constant follows it, and nothing
// otherwise: a keyword type, or one name, qualified or not, as in date '...'.
// Keyword types name nothing else here, except that the words may be columns.
func (p *parser) literalType() *ast.TypeName {
	t := p.tok()
	if isWord(t, "double") && isWord(p.ahead(1), "precision") || isWord(t, typeKeywords...) && !isWord(t, "setof", "interval") {
		if next := p.ahead(1); isWord(t, "time", "timestamp") && isWord(next, "with") && !isWord(p.ahead(2), "time") {
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

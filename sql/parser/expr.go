package parser

import (
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
	for n := 0; ; n++ {
		next, ok := p.infix(left, min)
		if !ok {
			return left
		}
		switch e := next.(type) {
		case *ast.BoolExpr:
			if len(e.Args) == 2 { // else one AND of many
				p.link(n)
			}
		case *ast.AExpr:
			p.link(n)
		default:
			if n > maxDepth { // nested, however it is written
				p.tooDeep()
			}
		}
		left = next
	}
}

// prefix parses NOT, a prefix operator, or a primary.
func (p *parser) prefix() ast.Expr {
	t := p.tok()
	loc := p.loc()
	switch {
	case isWord(t, "not") && p.mode != modeRestricted:
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
	if t.kind != tokIdent || t.category == 0 {
		return nil, false
	}
	if p.mode == modeRestricted && t.text != "operator" && !(t.text == "is" && (p.isSeq("is", "distinct") || p.isSeq("is", "not", "distinct") || p.isSeq("is", "document") || p.isSeq("is", "not", "document"))) {
		return nil, false
	}
	if p.mode == modeTarget && min == 0 && p.targetEnds(1) && t.bare {
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
		if bpOther < min || p.mode == modeTarget && !p.isOperator() {
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
		l.Args = append(l.Args, right) // nobody else has it yet
		return l
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

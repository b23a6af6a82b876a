// Package parser turns PostgreSQL's SQL into a statement tree.
//
// The lexer is PostgreSQL's scanner; above it stands a recursive-descent parser
// over its tokens, with one function per clause and precedence climbing for
// expressions, in the shape of PostgreSQL's gram.y. What PostgreSQL rejects is
// rejected at the same token with the same words; what it accepts and kalamsql
// cannot represent is refused with 0A000 and its name. Nothing is guessed.
package parser

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// maxDepth bounds the nesting of expressions and queries (54001), and maxChain
// the operators, joins and set operations that follow one another: a + b + c is
// as deep as it is long, and whoever goes through the tree does so recursively.
const (
	maxDepth  = 1000
	freeChain = 50 // of each chain
	maxChain  = 20_000
)

// parser reads the tokens of one source. Its methods report an error by
// panicking with a *sqlerr.Error, which the exported functions recover: the
// grammar reads as the grammar then.
type parser struct {
	src       string
	toks      []token
	at        int
	depth     int
	chained   int // links of the statement's long chains
	numParams int

	// failed is what a tokError stands for.
	failed *sqlerr.Error

	// reached is the furthest token that a sequence of keywords or a synopsis
	// got to before it failed: if the statement fails at an earlier token, that
	// one could have begun this, and the error is where this breaks off.
	reached int

	// mode is that of the expression being read.
	mode exprMode
	// inSchema: the statement is an element of CREATE SCHEMA.
	inSchema bool
	// functional: the type being read is a function's (func_type).
	functional bool
	// windowless: the next call is a func_expr_windowless.
	windowless bool
	// indirected is the chain of fields and subscripts being read.
	indirected *ast.Indirection
	// defaultLength: the type just read has a length because none was written.
	defaultLength bool

	// parens maps opening parentheses to those that close them, once asked for.
	parens map[int]int

	// refused is the first construct of the statement that is understood but
	// not supported.
	refused    string
	refusedLoc ast.Loc
}

// parsing is the state of one parse. It is used again for another one: nothing
// that a parse gives out refers to it or to its tokens.
type parsing struct {
	lexer  lexer
	parser parser
}

var parsings = sync.Pool{New: func() any { return new(parsing) }}

// keptTokens is the longest list of tokens that is kept for another parse.
const keptTokens = 1024

// newParsing scans a text; done must be called in the end.
func newParsing(sql string) (*parsing, error) { return newParsingAs(sql, Strings{}) }

func newParsingAs(sql string, as Strings) (*parsing, error) {
	r := parsings.Get().(*parsing)
	r.lexer.Strings = as
	if err := r.lexer.scan(sql); err != nil {
		r.done()
		return nil, err
	}
	r.parser = parser{src: sql, toks: r.lexer.toks, failed: r.lexer.failed}
	return r, nil
}

func (r *parsing) done() {
	toks := r.lexer.toks
	if cap(toks) > keptTokens {
		toks = nil
	}
	clear(toks)
	r.lexer, r.parser = lexer{toks: toks[:0]}, parser{}
	parsings.Put(r)
}

// Parse parses all statements of a text. The first error in the text is the
// error, since PostgreSQL parses the whole string before it runs any of it. A
// statement that PostgreSQL has and kalamsql has not, or that holds a construct
// of that kind, is an ast.UnsupportedStmt: its grammar has been checked, and
// running it is what fails.
func Parse(sql string) (list []ast.Parsed, err error) { return ParseAs(sql, Strings{}) }

// ParseAs is Parse of a text with strings that are read in another way.
func ParseAs(sql string, as Strings) (list []ast.Parsed, err error) {
	r, err := newParsingAs(sql, as)
	if err != nil {
		return nil, err
	}
	defer r.done()
	p, l := &r.parser, &r.lexer
	defer p.recovered(&err)
	for {
		for p.accept(";") {
		}
		if p.tok().kind == tokEOF {
			if len(list) > 0 {
				list[0].Notices = l.notices
			}
			return list, nil
		}
		first, start := p.at, p.tok().pos
		p.numParams, p.chained, p.refused = 0, 0, ""
		stmt := p.statement()
		end := p.tok().pos
		if p.tok().kind != tokEOF && !p.isOp(";") {
			p.unexpected()
		}
		if p.refused != "" {
			stmt = &ast.UnsupportedStmt{Loc: p.refusedLoc, StmtKind: stmt.Kind(), Construct: p.refused, Text: render(p.toks[first:p.at])}
		}
		list = append(list, ast.Parsed{Statement: stmt, Text: strings.TrimSpace(sql[start:end]), Start: start, NumParams: p.numParams})
	}
}

// refuse notes that the statement has a construct that is not supported; the
// parse goes on, for what else is wrong with the statement comes first.
func (p *parser) refuse(loc ast.Loc, construct string, args ...any) {
	if p.refused == "" {
		p.refused, p.refusedLoc = fmt.Sprintf(construct, args...), loc
	}
}

// ParseOne parses a text that must hold one statement at most: the extended
// protocol's Parse. An empty text has a nil Statement.
func ParseOne(sql string) (ast.Parsed, error) {
	list, err := Parse(sql)
	if err != nil {
		return ast.Parsed{}, err
	}
	return One(list)
}

// One gives the only statement of a text, as a prepared statement must be; its
// Statement is nil for a text without any.
func One(list []ast.Parsed) (ast.Parsed, error) {
	switch len(list) {
	case 0:
		return ast.Parsed{}, nil
	case 1:
		return list[0], nil
	}
	return ast.Parsed{}, sqlerr.New(sqlerr.SyntaxError, "cannot insert multiple commands into a prepared statement")
}

// ParseExpr parses an expression that stands alone.
func ParseExpr(sql string) (e ast.Expr, err error) {
	r, err := newParsing(sql)
	if err != nil {
		return nil, err
	}
	defer r.done()
	p := &r.parser
	defer p.recovered(&err)
	e = p.expr(0)
	p.end()
	return e, nil
}

// ParseTypeName parses a type's name that stands alone.
func ParseTypeName(sql string) (t *ast.TypeName, err error) {
	r, err := newParsing(sql)
	if err != nil {
		return nil, err
	}
	defer r.done()
	p := &r.parser
	defer p.recovered(&err)
	t = p.typeName()
	p.end()
	return t, nil
}

// recovered turns the panic of a syntax error into the error. Any other panic
// is a fault of this package, which must not reach a client.
func (p *parser) recovered(err *error) {
	switch r := recover().(type) {
	case nil:
	case *sqlerr.Error:
		*err = r
	default:
		*err = sqlerr.Internal("parser: %v", r)
	}
}

func (p *parser) end() {
	if p.tok().kind != tokEOF {
		p.unexpected()
	}
	if p.refused != "" {
		panic(sqlerr.Unsupported("%s", p.refused).At(int(p.refusedLoc)))
	}
}

func (p *parser) tok() *token { return &p.toks[p.at] }

// ahead gives the token n after the current one.
func (p *parser) ahead(n int) *token { return &p.toks[min(p.at+n, len(p.toks)-1)] }

func (p *parser) advance() *token {
	t := &p.toks[p.at]
	if p.at < len(p.toks)-1 {
		p.at++
	}
	return t
}

func (p *parser) loc() ast.Loc { return ast.Loc(p.tok().pos) }

// unexpected reports the current token, or a later one that a reading of the
// tokens from here on has reached.
func (p *parser) unexpected() {
	p.unexpectedAt(&p.toks[min(max(p.at, p.reached), len(p.toks)-1)])
}

func (p *parser) unexpectedAt(t *token) {
	switch t.kind {
	case tokError:
		panic(p.failed)
	case tokEOF:
		panic(sqlerr.New(sqlerr.SyntaxError, "syntax error at end of input").At(t.pos))
	}
	panic(sqlerr.New(sqlerr.SyntaxError, `syntax error at or near "%s"`, p.src[t.pos:t.end]).At(t.pos))
}

// fail reports an error of the grammar's own rules at a token's place.
func (p *parser) fail(loc ast.Loc, message string, args ...any) {
	panic(sqlerr.New(sqlerr.SyntaxError, message, args...).At(int(loc)))
}

// is says whether the current token is one of the keywords.
func (p *parser) is(words ...string) bool { return isWord(p.tok(), words...) }

func isWord(t *token, words ...string) bool {
	if t.kind != tokIdent {
		return false
	}
	for _, w := range words {
		if t.text == w {
			return true
		}
	}
	return false
}

// isSeq says whether the next tokens are these keywords in turn.
func (p *parser) isSeq(words ...string) bool {
	for i, w := range words {
		if !isWord(p.ahead(i), w) {
			p.reached = max(p.reached, p.at+i)
			return false
		}
	}
	return true
}

// take consumes one of the keywords if it is there.
func (p *parser) take(words ...string) bool {
	if p.is(words...) {
		p.advance()
		return true
	}
	return false
}

// takeAny is take, for a choice that a synopsis makes.
func (p *parser) takeAny(words ...string) bool {
	if p.take(words...) {
		return true
	}
	return p.miss()
}

// takeSeq consumes these keywords in turn if they are all there.
func (p *parser) takeSeq(words ...string) bool {
	if !p.isSeq(words...) {
		return false
	}
	p.at += len(words)
	return true
}

// expect consumes these keywords or fails at the one that is not there.
func (p *parser) expect(words ...string) {
	for _, w := range words {
		if !p.take(w) {
			p.unexpected()
		}
	}
}

func (p *parser) isOp(op string) bool {
	t := p.tok()
	return t.kind == tokOp && t.text == op
}

func (p *parser) accept(op string) bool {
	if p.isOp(op) {
		p.advance()
		return true
	}
	return false
}

func (p *parser) expectOp(op string) {
	if !p.accept(op) {
		p.unexpected()
	}
}

// enter counts a level of nesting; leave with defer p.leave().
func (p *parser) enter() {
	if p.depth++; p.depth > maxDepth {
		p.tooDeep()
	}
}

func (p *parser) tooDeep() {
	panic(sqlerr.New(sqlerr.StatementTooComplex, "stack depth limit exceeded").
		WithHint("Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), after ensuring the platform's stack depth limit is adequate."))
}

func (p *parser) leave() { p.depth-- }

// link counts one more link of a chain that has n.
func (p *parser) link(n int) {
	if n <= freeChain {
		return
	}
	if p.chained++; p.chained > maxChain {
		p.tooDeep()
	}
}

// mayName says whether a token can be a name, given the keyword categories
// that can.
func mayName(t *token, categories string) bool {
	switch t.kind {
	case tokQuoted:
		return true
	case tokIdent:
		return t.category == 0 || !t.joined && strings.IndexByte(categories, byte(t.category)) >= 0
	}
	return false
}

// isPlainName says whether a token is a name that is no keyword: PostgreSQL's
// IDENT.
func isPlainName(t *token) bool { return t.kind == tokQuoted || t.kind == tokIdent && t.category == 0 }

// colID is a column's or table's name.
func (p *parser) colID() string { return p.name("UC") }

// colLabel is a name after AS or a dot: any keyword will do.
func (p *parser) colLabel() string { return p.name("UCTR") }

// typeOrFunc is a type's or function's name.
func (p *parser) typeOrFunc() string { return p.name("UT") }

func (p *parser) name(categories string) string {
	if !mayName(p.tok(), categories) {
		p.unexpected()
	}
	return p.advance().text
}

func (p *parser) nameList() []string {
	names := []string{p.colID()}
	for p.accept(",") {
		names = append(names, p.colID())
	}
	return names
}

// parenNames is an optional ( names ).
func (p *parser) parenNames() []string {
	if !p.accept("(") {
		return nil
	}
	names := p.nameList()
	p.expectOp(")")
	return names
}

// requiredNames is ( names ).
func (p *parser) requiredNames() []string {
	if !p.isOp("(") {
		p.unexpected()
	}
	return p.parenNames()
}

// anyName is a possibly qualified name.
func (p *parser) anyName() *ast.Name {
	n := &ast.Name{Loc: p.loc()}
	n.Parts = append(n.Parts, p.colID())
	for p.accept(".") {
		n.Parts = append(n.Parts, p.colLabel())
	}
	return n
}

func (p *parser) anyNames() []*ast.Name {
	list := []*ast.Name{p.anyName()}
	for p.accept(",") {
		list = append(list, p.anyName())
	}
	return list
}

// qualifiedName is a relation's name. PostgreSQL reads any fields and
// subscripts after it, and refuses what is no name once it has them all.
func (p *parser) qualifiedName() *ast.RangeVar {
	if next := p.ahead(1); next.kind != tokOp || next.text != "." && next.text != "[" {
		return &ast.RangeVar{Loc: p.loc(), Name: p.colID()}
	}
	n := &ast.Name{Loc: p.loc(), Parts: []string{p.colID()}}
	wrong := false
	for {
		switch {
		case p.isOp("["):
			p.subscript()
			wrong = true
		case !p.accept("."):
			if wrong {
				p.failNear(p.tok(), "syntax error")
			}
			return rangeVar(n)
		case p.accept("*"):
			wrong = true
		default:
			n.Parts = append(n.Parts, p.colLabel())
		}
	}
}

func rangeVar(n *ast.Name) *ast.RangeVar {
	v := &ast.RangeVar{Loc: n.Loc, Name: n.Parts[len(n.Parts)-1]}
	switch len(n.Parts) {
	case 1:
	case 2:
		v.Schema = n.Parts[0]
	case 3:
		v.Catalog, v.Schema = n.Parts[0], n.Parts[1]
	default:
		panic(sqlerr.New(sqlerr.SyntaxError, "improper qualified name (too many dotted names): %s", strings.Join(n.Parts, ".")).At(n.Pos()))
	}
	return v
}

// str is a string constant.
func (p *parser) str() string {
	if p.tok().kind != tokString {
		p.unexpected()
	}
	return p.advance().text
}

// integer is an integer constant with an optional sign.
func (p *parser) integer() int64 {
	negative := p.accept("-")
	if !negative {
		p.accept("+")
	}
	t := p.tok()
	if t.kind != tokInteger && t.kind != tokNumber {
		p.unexpected()
	}
	text := t.text
	if negative {
		text = "-" + text
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		p.unexpected()
	}
	p.advance()
	return n
}

// ifExists is an optional IF EXISTS; ifNotExists IF NOT EXISTS.
func (p *parser) ifExists() bool    { return p.takeSeq("if", "exists") }
func (p *parser) ifNotExists() bool { return p.takeSeq("if", "not", "exists") }

package plpgsql

import (
	"fmt"
	"slices"

	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Signature is what a body may rely on.
type Signature struct {
	// Name is the function's, and the label of its parameters.
	Name string
	// Given are the variables that it has from the beginning; their Numbers count
	// from 0. Names gives further names: $1 and what parameters are called.
	Given []*Variable
	Names []GivenName
	// The result: a set, nothing, a row of output parameters.
	Set, Void, Outputs, Procedure bool
}

// GivenName is a name for a variable that is given.
type GivenName struct {
	Name     string
	Variable int
}

// maxDepth bounds how deep statements are nested.
const maxDepth = 500

// reader reads the tokens of one body. Its methods report an error by panicking with
// a *sqlerr.Error, which Parse recovers.
type reader struct {
	src       string
	toks      []parser.Token
	at        int
	invalid   *sqlerr.Error
	signature Signature
	fn        *Function
	names     *Names
	exprs     int
	depth     int
	lines     []int // the offsets of line ends
}

// Parse reads a body. An error without an offset has the line that it is near in
// its Where as PostgreSQL says it.
func Parse(src string, signature Signature) (fn *Function, err error) {
	toks, invalid, err := parser.Tokens(src)
	if err != nil {
		return nil, err
	}
	r := &reader{src: src, toks: toks, invalid: invalid, signature: signature}
	for i := range len(src) {
		if src[i] == '\n' {
			r.lines = append(r.lines, i)
		}
	}
	r.fn = &Function{Source: src, Variables: signature.Given}
	r.names = &Names{Name: signature.Name, Variable: -1}
	// The variables of a level stand above its label here, so that Find meets them
	// first.
	for _, g := range signature.Names {
		r.names = &Names{Outer: r.names, Name: g.Name, Variable: g.Variable}
	}
	defer func() {
		switch p := recover().(type) {
		case nil:
		case *sqlerr.Error:
			fn, err = nil, p
		default:
			fn, err = nil, sqlerr.Internal("plpgsql: %v", p)
		}
	}()
	r.options()
	r.fn.Body = r.block("")
	r.accept(";")
	if r.tok().Kind != parser.EndToken {
		r.unexpected()
	}
	return r.fn, nil
}

// options reads lines that begin with #.
func (r *reader) options() {
	for r.accept("#") {
		name := r.tok()
		r.next()
		value := r.tok()
		switch name.Text {
		case "variable_conflict":
			switch value.Text {
			case "error":
				r.fn.Conflict = ConflictError
			case "use_variable":
				r.fn.Conflict = UseVariable
			case "use_column":
				r.fn.Conflict = UseColumn
			default:
				r.unexpected()
			}
		case "print_strict_params":
			switch value.Text {
			case "on":
				r.fn.PrintStrictParams = ParamsPrinted
			case "off":
				r.fn.PrintStrictParams = ParamsNotPrinted
			default:
				r.fail(name, `unrecognized print_strict_params option %s`, value.Text)
			}
		case "dump":
			continue
		default:
			r.at--
			r.unexpected()
		}
		r.next()
	}
}

func (r *reader) tok() *parser.Token { return &r.toks[r.at] }

func (r *reader) ahead(n int) *parser.Token { return &r.toks[min(r.at+n, len(r.toks)-1)] }

func (r *reader) next() *parser.Token {
	t := &r.toks[r.at]
	if r.at < len(r.toks)-1 {
		r.at++
	}
	return t
}

// line is the line of a place in the body, from 1.
func (r *reader) line(at int) Line {
	n, _ := slices.BinarySearch(r.lines, at)
	return Line(n + 1)
}

func (r *reader) here() Line { return r.line(r.tok().Pos) }

func (r *reader) is(words ...string) bool {
	t := r.tok()
	if t.Kind != parser.WordToken {
		return false
	}
	for _, w := range words {
		if t.Text == w {
			return true
		}
	}
	return false
}

func isWord(t *parser.Token, word string) bool { return t.Kind == parser.WordToken && t.Text == word }
func isOp(t *parser.Token, op string) bool     { return t.Kind == parser.OperatorToken && t.Text == op }

func (r *reader) take(words ...string) bool {
	if r.is(words...) {
		r.next()
		return true
	}
	return false
}

func (r *reader) accept(op string) bool {
	if isOp(r.tok(), op) {
		r.next()
		return true
	}
	return false
}

func (r *reader) expect(words ...string) {
	for _, w := range words {
		if !r.take(w) {
			r.unexpected()
		}
	}
}

func (r *reader) expectOp(op string) {
	if !r.accept(op) {
		r.unexpected()
	}
}

// unexpected reports the current token.
func (r *reader) unexpected() { r.wrong("syntax error") }

// wrong reports the current token with a message.
func (r *reader) wrong(message string) { r.wrongAt(r.tok(), message) }

func (r *reader) wrongAt(t *parser.Token, message string) {
	switch t.Kind {
	case parser.InvalidToken:
		panic(r.invalid)
	case parser.EndToken:
		panic(sqlerr.New(sqlerr.SyntaxError, "%s at end of input", message).At(t.Pos))
	}
	panic(sqlerr.New(sqlerr.SyntaxError, `%s at or near "%s"`, message, r.src[t.Pos:t.End]).At(t.Pos))
}

// fail reports an error of the grammar's own rules at a token.
func (r *reader) fail(t *parser.Token, message string, args ...any) {
	r.failCode(t, sqlerr.SyntaxError, message, args...)
}

func (r *reader) failCode(t *parser.Token, code sqlerr.Code, message string, args ...any) {
	panic(sqlerr.New(code, message, args...).At(t.Pos))
}

// failNear reports an error that has no place but a line.
func (r *reader) failNear(t *parser.Token, e *sqlerr.Error) {
	e.Where = Compiling(r.signature.Name, int(r.line(t.Pos)))
	panic(e)
}

// Compiling is the context of an error that came up while a body was read.
func Compiling(name string, line int) string {
	return fmt.Sprintf(`compilation of PL/pgSQL function "%s" near line %d`, name, line)
}

// reserved are the words that are no names in PL/pgSQL.
var reserved = map[string]bool{
	"all": true, "begin": true, "by": true, "case": true, "declare": true, "else": true, "end": true, "execute": true, "for": true, "foreach": true,
	"from": true, "if": true, "in": true, "into": true, "loop": true, "not": true, "null": true, "or": true, "strict": true, "then": true, "to": true,
	"using": true, "when": true, "while": true,
}

// isName says whether a token can be a name.
func isName(t *parser.Token) bool {
	return t.Kind == parser.QuotedToken || t.Kind == parser.WordToken && !reserved[t.Text]
}

func (r *reader) name() string {
	if !isName(r.tok()) {
		r.unexpected()
	}
	return r.next().Text
}

// level begins a level of names; the label may be empty.
func (r *reader) level(label string, loop bool) (leave func()) {
	before := r.names
	r.names = &Names{Outer: before, Name: label, Variable: -1, Loop: loop}
	return func() { r.names = before }
}

// declare adds a variable to the level.
func (r *reader) declare(v *Variable) int {
	v.Number = len(r.fn.Variables)
	r.fn.Variables = append(r.fn.Variables, v)
	r.names = &Names{Outer: r.names, Name: v.Name, Variable: v.Number}
	return v.Number
}

// label reads an optional <<label>>.
func (r *reader) label() string {
	if !r.accept("<<") {
		return ""
	}
	name := r.anyName()
	r.expectOp(">>")
	return name
}

// anyName is a name that may be any word.
func (r *reader) anyName() string {
	if t := r.tok(); t.Kind != parser.QuotedToken && t.Kind != parser.WordToken {
		r.unexpected()
	}
	return r.next().Text
}

// endLabel reads the label that may stand behind END.
func (r *reader) endLabel(label string) {
	t := r.tok()
	if t.Kind != parser.QuotedToken && t.Kind != parser.WordToken {
		return
	}
	name := r.anyName()
	switch {
	case label == "":
		r.fail(t, `end label "%s" specified for unlabeled block`, name)
	case label != name:
		r.fail(t, `end label "%s" differs from block's label "%s"`, name, label)
	}
}

// parsed puts a node of SQL's parser into an expression, or reports its error at its
// place in the body.
func (r *reader) parsed(e *Expr, prefix string, value bool) {
	list, err := parser.Parse(prefix + e.Text)
	if err == nil && len(list) != 1 {
		err = sqlerr.New(sqlerr.SyntaxError, "syntax error at end of input").At(len(prefix) + len(e.Text))
	}
	if err != nil {
		found := *sqlerr.From(err)
		if found.Offset > 0 {
			found.Offset = max(found.Offset+e.At-len(prefix), e.At+1)
		} else {
			found.Offset = e.At + 1
		}
		panic(&found)
	}
	e.Statement, e.Shift = list[0].Statement, len(prefix)
	if value {
		e.Value = plainValue(e.Statement)
	}
}

// plainValue is the expression of a SELECT that is nothing more; otherwise nil.
func plainValue(stmt ast.Statement) ast.Expr {
	s, ok := stmt.(*ast.SelectStmt)
	if !ok || len(s.Targets) != 1 || s.From != nil || s.Where != nil || s.With != nil || s.Distinct || s.Into != nil {
		return nil
	}
	plain := *s
	plain.Targets, plain.Loc = nil, 0
	simple := true
	ast.Inspect(&plain, func(n ast.Node) bool {
		if n != ast.Node(&plain) {
			simple = false
		}
		return simple
	})
	if !simple {
		return nil
	}
	return s.Targets[0].Val
}

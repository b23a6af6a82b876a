package plpgsql

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser"
)

// Expressions and statements in SQL are cut out of the body up to a token that ends
// them.

// until reads up to one of the ends, words or operators, outside of parentheses, and
// gives the text and the token before which it stopped.
func (r *reader) until(what string, ends ...string) (text string, from int) {
	start := r.tok()
	depth := 0
	for {
		t := r.tok()
		if depth == 0 && r.endsWith(t, ends) {
			break
		}
		if t.Kind == parser.EndToken || t.Kind == parser.InvalidToken || isOp(t, ";") {
			if t.Kind == parser.InvalidToken {
				panic(r.invalid)
			}
			if depth != 0 {
				r.fail(t, "mismatched parentheses")
			}
			if t.Kind == parser.EndToken && len(ends) == 1 && ends[0] == ";" {
				r.unexpected()
			}
			r.fail(t, `missing "%s" at end of SQL %s`, spell(ends), what)
		}
		switch {
		case isOp(t, "("), isOp(t, "["):
			depth++
		case isOp(t, ")"), isOp(t, "]"):
			if depth--; depth < 0 {
				r.fail(t, "mismatched parentheses")
			}
		}
		r.next()
	}
	if r.tok() == start {
		if what == "expression" {
			r.wrong("missing expression")
		}
		r.wrong("missing SQL statement")
	}
	return r.src[start.Pos:r.toks[r.at-1].End], start.Pos // without comments behind it
}

func spell(ends []string) string {
	var out []string
	for _, e := range ends {
		if e[0] >= 'a' && e[0] <= 'z' {
			e = strings.ToUpper(e)
		}
		out = append(out, e)
	}
	return strings.Join(out, " or ")
}

func (r *reader) endsWith(t *parser.Token, ends []string) bool {
	for _, e := range ends {
		if (t.Kind == parser.WordToken || t.Kind == parser.OperatorToken) && t.Text == e {
			return true
		}
	}
	return false
}

// newExpr makes an expression of a text.
func (r *reader) newExpr(text string, at int) *Expr {
	r.exprs++
	return &Expr{Text: text, At: at, Line: int(r.line(at)), Names: r.names, Number: r.exprs - 1}
}

// expr reads an expression up to one of the ends, which it leaves.
func (r *reader) expr(ends ...string) *Expr {
	text, at := r.until("expression", ends...)
	e := r.newExpr(text, at)
	r.parsed(e, "SELECT ", true)
	return e
}

// exprTo reads an expression and the end behind it.
func (r *reader) exprTo(end string) *Expr {
	e := r.expr(end)
	r.next()
	return e
}

// exprs reads expressions with commas between them, up to an end, which it leaves.
func (r *reader) exprList(ends ...string) (list []*Expr) {
	for {
		list = append(list, r.expr(append([]string{","}, ends...)...))
		if !r.accept(",") {
			return list
		}
	}
}

// statement reads a statement in SQL up to one of the ends.
func (r *reader) statement(ends ...string) *Expr {
	text, at := r.until("statement", ends...)
	e := r.newExpr(text, at)
	r.parsed(e, "", false)
	return e
}

// target reads what is assigned to: a variable with fields and subscripts.
func (r *reader) target() *Target {
	start := r.tok()
	var names []string
	if start.Kind == parser.ParamToken {
		names = []string{"$" + start.Text}
	} else {
		if start.Kind != parser.QuotedToken && start.Kind != parser.WordToken {
			r.unexpected()
		}
		names = []string{start.Text}
	}
	r.next()
	for isOp(r.tok(), ".") {
		if t := r.ahead(1); t.Kind != parser.WordToken && t.Kind != parser.QuotedToken {
			r.next()
			r.unexpected()
		}
		r.next()
		names = append(names, r.next().Text)
	}
	v, used := r.names.Find(names)
	if v < 0 {
		r.fail(start, `"%s" is not a known variable`, strings.Join(names, "."))
	}
	t := &Target{Variable: v, Fields: names[used:], Name: strings.Join(names, ".")}
	if d := r.fn.Variables[v]; d.Constant {
		r.failCode(start, errorInAssignment, `variable "%s" is declared CONSTANT`, d.Name)
	}
	return t
}

// isVariable says whether the tokens from here on begin with a variable's name.
func (r *reader) isVariable() bool {
	t := r.tok()
	if t.Kind == parser.ParamToken {
		v, _ := r.names.Find([]string{"$" + t.Text})
		return v >= 0
	}
	if !isName(t) {
		return false
	}
	names := []string{t.Text}
	if isOp(r.ahead(1), ".") {
		if n := r.ahead(2); n.Kind == parser.WordToken || n.Kind == parser.QuotedToken {
			names = append(names, n.Text)
		}
	}
	v, _ := r.names.Find(names)
	return v >= 0
}

// into reads the targets behind INTO.
func (r *reader) into() *Into {
	i := &Into{}
	i.Strict = r.take("strict")
	i.Targets = r.targets()
	return i
}

// targets reads what a row goes to.
func (r *reader) targets() (list []*Target) {
	for {
		list = append(list, r.target())
		if len(list) > 1024 {
			r.failCode(r.tok(), programLimitExceeded, "too many INTO variables specified")
		}
		if !r.accept(",") {
			return list
		}
	}
}

// execSQL reads a statement in SQL up to its semicolon, with an INTO that may stand
// anywhere in it.
func (r *reader) execSQL() *ExecSQL {
	s := &ExecSQL{Line: r.here()}
	start, depth := r.tok(), 0
	first := start.Text
	text := []byte(r.src)
	var previous *parser.Token
	bodies := 0 // BEGIN ATOMIC, and CASE within, that have not ended
	defines := r.definesRoutine()
	for {
		t := r.tok()
		switch {
		case t.Kind == parser.InvalidToken:
			panic(r.invalid)
		case t.Kind == parser.EndToken:
			r.unexpected()
		case isOp(t, "("), isOp(t, "["):
			depth++
		case isOp(t, ")"), isOp(t, "]"):
			depth--
		case !defines:
		case isWord(t, "begin"), isWord(t, "case") && bodies > 0:
			bodies++
		case isWord(t, "end") && bodies > 0:
			bodies--
		}
		if isOp(t, ";") && depth <= 0 && bodies == 0 {
			break
		}
		if isWord(t, "into") && first != "import" && !(previous != nil && (isWord(previous, "insert") || isWord(previous, "merge"))) {
			if s.Into != nil {
				r.fail(t, "INTO specified more than once")
			}
			r.next()
			s.Into = r.into()
			for i := t.Pos; i < r.tok().Pos; i++ { // what is left keeps its place
				if text[i] != '\n' {
					text[i] = ' '
				}
			}
			previous = t
			continue
		}
		previous = t
		r.next()
	}
	e := r.newExpr(strings.TrimRight(string(text[start.Pos:r.tok().Pos]), " \t\n\r\f"), start.Pos)
	r.next()
	r.parsed(e, "", false)
	s.Query = e
	return s
}

// definesRoutine says whether a statement begins as CREATE [OR REPLACE] FUNCTION or PROCEDURE
// does, whose body may have statements of its own.
func (r *reader) definesRoutine() bool {
	kind := r.ahead(1)
	if isWord(kind, "or") && isWord(r.ahead(2), "replace") {
		kind = r.ahead(3)
	}
	return isWord(r.tok(), "create") && (isWord(kind, "function") || isWord(kind, "procedure"))
}

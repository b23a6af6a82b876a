package plpgsql

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser"
)

// isCursor says whether a bound cursor, or a variable of type refcursor, comes next
// and is all that comes before ( or LOOP.
func (r *reader) isCursor() bool {
	if !isName(r.tok()) || !r.isVariable() || !(isOp(r.ahead(1), "(") || isWord(r.ahead(1), "loop")) {
		return false
	}
	v, _ := r.names.Find([]string{r.tok().Text})
	return v >= 0 && r.fn.Variables[v].isCursor()
}

// isCursor says whether a variable holds a cursor's name.
func (v *Variable) isCursor() bool {
	return v.Cursor != nil || v.Type != nil && v.Type.Name != nil && v.Type.Name.Names[len(v.Type.Name.Names)-1] == "refcursor"
}

// cursorVariable reads the variable of a cursor.
func (r *reader) cursorVariable() int {
	t := r.tok()
	if !r.isVariable() {
		if isName(t) {
			r.fail(t, `"%s" is not a known variable`, t.Text)
		}
		r.unexpected()
	}
	names := []string{t.Text}
	if t.Kind == parser.ParamToken {
		names[0] = "$" + t.Text
	}
	r.next()
	if isOp(r.tok(), ".") {
		r.next()
		names = append(names, r.anyName())
	}
	v, _ := r.names.Find(names)
	if d := r.fn.Variables[v]; d.Type != nil && !d.isCursor() {
		r.failCode(t, "42804", `variable "%s" must be of type cursor or refcursor`, d.Name)
	}
	return v
}

// cursorArgs reads the arguments of a bound cursor in parentheses, as one row.
func (r *reader) cursorArgs(v int) *Expr {
	c := r.fn.Variables[v].Cursor
	t := r.tok()
	switch {
	case len(c.Args) == 0 && isOp(t, "("):
		r.fail(t, `cursor "%s" has no arguments`, r.fn.Variables[v].Name)
	case len(c.Args) > 0 && !isOp(t, "("):
		r.fail(t, `cursor "%s" has arguments`, r.fn.Variables[v].Name)
	case len(c.Args) == 0:
		return nil
	}
	r.next()
	values := make([]string, len(c.Args))
	at := r.tok().Pos
	for i := 0; ; i++ {
		if i == len(c.Args) {
			r.fail(r.tok(), `too many arguments for cursor "%s"`, r.fn.Variables[v].Name)
		}
		place := i
		if isName(r.tok()) && isOp(r.ahead(1), ":=") {
			place = -1
			for k, a := range c.Args {
				if r.fn.Variables[a].Name == r.tok().Text {
					place = k
				}
			}
			if place < 0 {
				r.fail(r.tok(), `cursor "%s" has no argument named "%s"`, r.fn.Variables[v].Name, r.tok().Text)
			}
			r.next()
			r.next()
		}
		if values[place] != "" {
			r.fail(r.tok(), `value for parameter "%s" of cursor "%s" specified more than once`, r.fn.Variables[c.Args[place]].Name, r.fn.Variables[v].Name)
		}
		text, _ := r.until("expression", ",", ")")
		values[place] = text
		if !r.accept(",") {
			break
		}
	}
	for _, text := range values {
		if text == "" {
			r.fail(r.tok(), `not enough arguments for cursor "%s"`, r.fn.Variables[v].Name)
		}
	}
	r.expectOp(")")
	e := r.newExpr(strings.Join(values, "\n, "), at) // a value may end in a comment
	r.parsed(e, "SELECT ", false)
	return e
}

// forCursor reads FOR record IN cursor LOOP.
func (r *reader) forCursor(label string, line Line, names *forNames) Statement {
	t := r.tok()
	v := r.cursorVariable()
	if r.fn.Variables[v].Cursor == nil {
		r.fail(t, "cursor FOR loop must use a bound cursor variable")
	}
	if len(names.all) > 1 {
		r.fail(names.all[1], "cursor FOR loop must have only one target variable")
	}
	s := &ForQuery{Label: label, Line: line, Cursor: v}
	s.Args = r.cursorArgs(v)
	record := r.declare(&Variable{Name: names.parts[0][0], Line: int(line), Type: &TypeRef{Record: true, Copied: -1}})
	s.Into = &Into{Targets: []*Target{{Variable: record, Name: names.parts[0][0]}}}
	r.expect("loop")
	s.Body = r.loopBody(label)
	return s
}

// open reads OPEN.
func (r *reader) open() Statement {
	s := &Open{Line: r.here()}
	r.next()
	s.Cursor = r.cursorVariable()
	if r.fn.Variables[s.Cursor].Cursor != nil {
		s.Args = r.cursorArgs(s.Cursor)
		r.expectOp(";")
		return s
	}
	if r.take("no") {
		r.expect("scroll")
		s.NoScroll = true
	} else {
		s.Scroll = r.take("scroll")
	}
	if !r.is("for") {
		r.wrong(`syntax error, expected "FOR"`)
	}
	r.next()
	if r.is("execute") {
		line := r.here()
		r.next()
		d := &Dynamic{Line: line, Query: r.expr("using", ";")}
		if r.take("using") {
			d.Using = r.exprList(";")
		}
		s.Dynamic = d
	} else {
		s.Query = r.statement(";")
	}
	r.expectOp(";")
	return s
}

// fetch reads FETCH and MOVE.
func (r *reader) fetch() Statement {
	s := &Fetch{Line: r.here(), Move: r.is("move"), Direction: "NEXT"}
	r.next()
	directed := true
	switch {
	case r.isVariable() && (isWord(r.ahead(1), "into") || isOp(r.ahead(1), ";")):
		directed = false
	case r.is("next", "prior", "first", "last"):
		s.Direction = strings.ToUpper(r.next().Text)
	case r.is("absolute", "relative"):
		s.Direction = strings.ToUpper(r.next().Text)
		s.Count = r.expr("from", "in")
	case r.is("all"):
		r.next()
		s.Direction, s.All = "FORWARD", true
	case r.is("forward", "backward"):
		s.Direction = strings.ToUpper(r.next().Text)
		switch {
		case r.take("all"):
			s.All = true
		case !r.is("from", "in"):
			s.Count = r.expr("from", "in")
		}
	case r.is("from", "in"):
	default:
		s.Direction = "FORWARD"
		s.Count = r.expr("from", "in")
	}
	if directed && !r.take("from", "in") {
		r.wrong("expected FROM or IN")
	}
	t := r.tok()
	s.Cursor = r.cursorVariable()
	if !s.Move {
		if s.All || s.Count != nil && (s.Direction == "FORWARD" || s.Direction == "BACKWARD") {
			r.failCode(t, "0A000", "FETCH statement cannot return multiple rows")
		}
		r.expect("into")
		s.Into = &Into{Targets: r.targets()}
	}
	r.expectOp(";")
	return s
}

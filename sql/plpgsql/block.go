package plpgsql

import (
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// statements reads statements up to a word that ends a list of them.
func (r *reader) statements() (list []Statement) {
	if r.depth++; r.depth > maxDepth {
		panic(sqlerr.New(sqlerr.StatementTooComplex, "stack depth limit exceeded"))
	}
	defer func() { r.depth-- }()
	for !r.is("end", "else", "elsif", "elseif", "when", "exception") || r.is("exception", "elsif", "elseif") && r.isAssigned() {
		list = append(list, r.oneStatement())
	}
	return list
}

// isAssigned says whether an unreserved word is used as a variable's name.
func (r *reader) isAssigned() bool {
	n := r.ahead(1)
	return r.isVariable() && (isOp(n, ":=") || isOp(n, "=") || isOp(n, "[") || isOp(n, "."))
}

// oneStatement reads one statement and its semicolon.
func (r *reader) oneStatement() Statement {
	t := r.tok()
	switch {
	case isOp(t, "<<"):
		return r.labelled(r.label())
	case t.Kind == parser.ParamToken, isName(t) && r.isVariable() && r.assigns():
		return r.assignment()
	case t.Kind != parser.WordToken:
		if t.Kind == parser.QuotedToken {
			return r.sqlStatement()
		}
		r.unexpected()
	}
	line := r.here()
	switch t.Text {
	case "declare", "begin", "loop", "while", "for", "foreach":
		return r.labelled("")
	case "if":
		return r.ifStatement()
	case "case":
		return r.caseStatement()
	case "execute":
		r.next()
		return r.dynamic(line, ";")
	case "exit", "continue":
		return r.exit()
	case "return":
		return r.returnStatement()
	case "raise":
		return r.raise()
	case "assert":
		r.next()
		s := &Assert{Line: line, Cond: r.expr(",", ";")}
		if r.accept(",") {
			s.Message = r.expr(";")
		}
		r.next()
		return s
	case "perform":
		return r.perform()
	case "call", "do":
		s := &Call{Line: line, Query: r.statement(";")}
		r.next()
		return s
	case "get":
		return r.getDiagnostics()
	case "open":
		return r.open()
	case "fetch", "move":
		return r.fetch()
	case "close":
		r.next()
		s := &Close{Line: line, Cursor: r.cursorVariable()}
		r.expectOp(";")
		return s
	case "null":
		r.next()
		r.expectOp(";")
		return &Null{line}
	case "commit", "rollback":
		r.next()
		s := &EndTransaction{Line: line, Rollback: t.Text == "rollback"}
		if r.take("and") {
			s.Chain = !r.take("no")
			r.expect("chain")
		}
		r.expectOp(";")
		return s
	}
	if reserved[t.Text] {
		r.unexpected()
	}
	return r.sqlStatement()
}

// assigns says whether a variable's name is followed by what is behind one that is
// assigned to.
func (r *reader) assigns() bool {
	n := r.ahead(1)
	for i := 1; isOp(n, "."); i += 2 {
		n = r.ahead(i + 2)
	}
	return isOp(n, ":=") || isOp(n, "=") || isOp(n, "[")
}

// sqlStatement reads a statement of SQL; one that begins like an assignment is
// none.
func (r *reader) sqlStatement() Statement {
	if r.assigns() {
		r.target() // it is not a known variable
	}
	return r.execSQL()
}

// assignment reads target := expression.
func (r *reader) assignment() Statement {
	s := &Assign{Line: r.here()}
	start := r.tok().Pos
	s.Target = r.target()
	for t := s.Target; isOp(r.tok(), "["); t = t.Inner {
		t.Indexes = r.indexes()
		if !isOp(r.tok(), ".") {
			break
		}
		t.Inner = &Target{Variable: -1, Name: t.Name}
		for r.accept(".") {
			name := r.next()
			if name.Kind != parser.WordToken && name.Kind != parser.QuotedToken {
				r.fail(name, `syntax error at or near "%s"`, name.Text)
			}
			t.Inner.Fields = append(t.Inner.Fields, name.Text)
		}
	}
	if !r.accept(":=") && !r.accept("=") {
		r.unexpected()
	}
	s.Value = r.exprTo(";")
	s.Value.Within = s.Value.At - start
	s.Value.Shown = r.src[start:s.Value.At] + s.Value.Text
	return s
}

// indexes reads subscripts.
func (r *reader) indexes() (list []Index) {
	for r.accept("[") {
		i := Index{}
		if !isOp(r.tok(), ":") {
			e := r.expr("]", ":")
			i.Upper = e
		}
		if r.accept(":") {
			i.Slice, i.Lower, i.Upper = true, i.Upper, nil
			if !isOp(r.tok(), "]") {
				i.Upper = r.expr("]")
			}
		}
		r.expectOp("]")
		list = append(list, i)
	}
	return list
}

// labelled reads a block or a loop behind its label.
func (r *reader) labelled(label string) Statement {
	switch {
	case r.is("declare", "begin"):
		b := r.block(label)
		r.expectOp(";")
		return b
	case r.is("loop"):
		s := &Loop{Label: label, Line: r.here()}
		defer r.level(label, true)()
		r.next()
		s.Body = r.loopBody(label)
		return s
	case r.is("while"):
		s := &Loop{Label: label, Line: r.here()}
		defer r.level(label, true)()
		r.next()
		s.Cond = r.exprTo("loop")
		s.Body = r.loopBody(label)
		return s
	case r.is("for"):
		return r.forLoop(label)
	case r.is("foreach"):
		return r.forEach(label)
	}
	r.unexpected()
	return nil
}

// loopBody reads the statements behind LOOP and its end.
func (r *reader) loopBody(label string) []Statement {
	body := r.statements()
	r.expect("end", "loop")
	r.endLabel(label)
	r.expectOp(";")
	return body
}

// perform reads PERFORM, which is SELECT by another name.
func (r *reader) perform() Statement {
	s := &Perform{Line: r.here()}
	t := r.next()
	text, at := r.until("statement", ";")
	e := r.newExpr("SELECT "+text, at)
	e.Shift = 0
	list, err := parser.Parse(e.Text)
	if err == nil && len(list) != 1 {
		err = sqlerr.New(sqlerr.SyntaxError, "syntax error at end of input")
	}
	if err != nil {
		found := *sqlerr.From(err)
		if found.Offset > len("SELECT ") {
			found.Offset += at - len("SELECT ")
		} else {
			found.Offset = t.Pos + 1
		}
		panic(&found)
	}
	e.Statement = list[0].Statement
	s.Query = e
	r.next()
	return s
}

// handlers reads WHEN conditions THEN statements.
func (r *reader) handlers(b *Block) {
	state, message := &Variable{Name: "sqlstate", Constant: true}, &Variable{Name: "sqlerrm", Constant: true}
	before := r.names
	b.SQLState, b.SQLErrM = r.declare(state), r.declare(message)
	for r.take("when") {
		h := &Handler{}
		for {
			h.Conditions = append(h.Conditions, r.condition())
			if !r.take("or") {
				break
			}
		}
		r.expect("then")
		h.Body = r.statements()
		b.Handlers = append(b.Handlers, h)
	}
	if b.Handlers == nil {
		r.unexpected()
	}
	r.names = before
}

// condition reads one condition of WHEN.
func (r *reader) condition() Condition {
	t := r.tok()
	name := r.anyName()
	if name == "sqlstate" {
		code := r.tok()
		if code.Kind != parser.StringToken {
			r.unexpected()
		}
		if !isSQLState(code.Text) {
			r.fail(code, "invalid SQLSTATE code")
		}
		r.next()
		return Condition{Codes: []string{code.Text}}
	}
	if name == "others" {
		return Condition{Others: true}
	}
	codes := ConditionCodes(name)
	if codes == nil {
		r.failNear(t, sqlerr.New(sqlerr.UndefinedObject, `unrecognized exception condition "%s"`, name))
	}
	return Condition{Codes: codes}
}

// isSQLState says whether a text is five digits or capital letters.
func isSQLState(s string) bool {
	if len(s) != 5 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

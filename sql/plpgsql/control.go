package plpgsql

import (
	"fmt"
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// ifStatement reads IF.
func (r *reader) ifStatement() Statement {
	s := &If{Line: r.here()}
	r.next()
	for {
		b := Branch{Line: r.here(), Cond: r.exprTo("then")}
		b.Body = r.statements()
		s.Branches = append(s.Branches, b)
		if !r.take("elsif", "elseif") {
			break
		}
	}
	if r.take("else") {
		s.Else = r.statements()
	}
	r.expect("end", "if")
	r.expectOp(";")
	return s
}

// caseStatement reads CASE. What follows WHEN after an operand is compared with a
// variable that holds it, under a name that nobody else uses.
func (r *reader) caseStatement() Statement {
	s := &Case{Line: r.here(), Variable: -1}
	r.next()
	before, name := r.names, ""
	if !r.is("when") {
		s.Operand = r.expr("when")
		name = fmt.Sprintf("__Case__Variable_%d__", len(r.fn.Variables))
		s.Variable = r.declare(&Variable{Name: name})
	}
	if !r.is("when") {
		r.unexpected()
	}
	for r.take("when") {
		b := Branch{Line: r.here()}
		if s.Operand == nil {
			b.Cond = r.exprTo("then")
		} else {
			text, at := r.until("expression", "then")
			e := r.newExpr(`"`+name+`" IN (`+text+`)`, at)
			r.parsedCase(e, len(name)+len(`"" IN (`))
			b.Cond = e
			r.next()
		}
		b.Body = r.statements()
		s.Branches = append(s.Branches, b)
	}
	r.names = before
	if s.HasElse = r.take("else"); s.HasElse {
		s.Else = r.statements()
	}
	r.expect("end", "case")
	r.expectOp(";")
	return s
}

// parsedCase is parsed for an expression with something before what is written.
func (r *reader) parsedCase(e *Expr, before int) {
	defer func() {
		if p := recover(); p != nil {
			if found, ok := p.(*sqlerr.Error); ok {
				moved := *found
				moved.Offset = max(moved.Offset-before, e.At+1)
				panic(&moved)
			}
			panic(p)
		}
	}()
	r.parsed(e, "SELECT ", true)
}

// exit reads EXIT and CONTINUE.
func (r *reader) exit() Statement {
	t := r.tok()
	s := &Exit{Line: r.here(), Continue: t.Text == "continue"}
	r.next()
	word := strings.ToUpper(t.Text)
	switch {
	case isOp(r.tok(), ";"), r.is("when"):
		in := r.names
		for in != nil && !in.Loop {
			in = in.Outer
		}
		if in == nil {
			if s.Continue {
				r.fail(t, "CONTINUE cannot be used outside a loop")
			}
			r.fail(t, "%s cannot be used outside a loop, unless it has a label", word)
		}
	default:
		at := r.tok()
		s.Label = r.anyName()
		label := r.names.label(s.Label)
		switch {
		case label == nil:
			r.fail(at, `there is no label "%s" attached to any block or loop enclosing this statement`, s.Label)
		case s.Continue && !label.Loop:
			r.fail(at, `block label "%s" cannot be used in CONTINUE`, s.Label)
		}
	}
	if r.take("when") {
		s.When = r.expr(";")
	}
	r.expectOp(";")
	return s
}

// forLoop reads FOR of every kind.
func (r *reader) forLoop(label string) Statement {
	line := r.here()
	r.next()
	names := r.forNames()
	r.expect("in")
	defer r.level(label, true)()
	switch {
	case r.is("execute"):
		s := &ForQuery{Label: label, Line: line, Cursor: -1}
		at := r.here()
		r.next()
		s.Into = names.targets(r)
		d := &Dynamic{Line: at}
		d.Query = r.expr("loop", "using")
		if r.take("using") {
			d.Using = r.exprList("loop")
		}
		r.next()
		s.Dynamic = d
		s.Body = r.loopBody(label)
		return s
	case r.isCursor():
		return r.forCursor(label, line, names)
	}
	reverse := r.take("reverse")
	at := r.at
	text, from, isRange := r.range_()
	if isRange {
		if len(names.all) > 1 {
			r.fail(names.all[1], "integer FOR loop must have only one target variable")
		}
		s := &ForInteger{Label: label, Line: line, Reverse: reverse}
		s.Low = r.newExpr(text, from)
		r.parsed(s.Low, "SELECT ", true)
		r.next() // ..
		s.High = r.expr("loop", "by")
		if r.take("by") {
			s.Step = r.expr("loop")
		}
		r.next()
		s.Variable = r.declare(&Variable{Name: names.parts[0][0], Line: int(line), Type: &TypeRef{Copied: -1, Name: integerName()}})
		s.Body = r.loopBody(label)
		return s
	}
	r.at = at
	if reverse {
		r.fail(r.tok(), "cannot specify REVERSE in query FOR loop")
	}
	s := &ForQuery{Label: label, Line: line, Cursor: -1}
	s.Into = names.targets(r)
	s.Query = r.statement("loop")
	r.next()
	s.Body = r.loopBody(label)
	return s
}

// forNames are the names behind FOR, which may be new ones.
type forNames struct {
	at    int
	all   []*parser.Token
	parts [][]string
}

func (r *reader) forNames() *forNames {
	f := &forNames{at: r.at}
	for {
		f.all = append(f.all, r.tok())
		var parts []string
		if t := r.tok(); t.Kind == parser.ParamToken {
			parts = []string{"$" + t.Text}
			r.next()
		} else {
			parts = []string{r.name()}
		}
		for isOp(r.tok(), ".") {
			r.next()
			parts = append(parts, r.anyName())
		}
		f.parts = append(f.parts, parts)
		if !r.accept(",") {
			return f
		}
	}
}

// targets reads the names as what rows go to.
func (f *forNames) targets(r *reader) *Into {
	back := r.at
	r.at = f.at
	defer func() { r.at = back }()
	i := &Into{}
	if v, _ := r.names.Find(f.parts[0]); v < 0 {
		r.fail(f.all[0], "loop variable of loop over rows must be a record variable or list of scalar variables")
	}
	i.Targets = r.targets()
	return i
}

// range_ reads the first expression of a range; isRange is false, and nothing else
// means anything, when what follows is no range.
func (r *reader) range_() (text string, from int, isRange bool) {
	start, depth := r.tok(), 0
	for {
		t := r.tok()
		switch {
		case t.Kind == parser.EndToken, t.Kind == parser.InvalidToken, isOp(t, ";") && depth <= 0, isWord(t, "loop") && depth <= 0:
			return "", 0, false
		case isOp(t, "("), isOp(t, "["):
			depth++
		case isOp(t, ")"), isOp(t, "]"):
			depth--
		case isOp(t, "..") && depth == 0:
			if t == start {
				r.wrong("missing expression")
			}
			return strings.TrimRight(r.src[start.Pos:t.Pos], " \t\n\r\f"), start.Pos, true
		}
		r.next()
	}
}

// forEach reads FOREACH.
func (r *reader) forEach(label string) Statement {
	s := &ForEach{Label: label, Line: r.here()}
	r.next()
	start := r.tok()
	if !r.isVariable() {
		r.fail(start, "loop variable of FOREACH must be a known variable or list of variables")
	}
	s.Target = r.target()
	if r.accept(",") {
		s.Into = &Into{Targets: append([]*Target{s.Target}, r.targets()...)}
	}
	if r.take("slice") {
		t := r.tok()
		if t.Kind != parser.NumberToken {
			r.unexpected()
		}
		fmt.Sscan(t.Text, &s.Slice)
		r.next()
	}
	r.expect("in", "array")
	defer r.level(label, true)()
	s.Array = r.exprTo("loop")
	s.Body = r.loopBody(label)
	return s
}

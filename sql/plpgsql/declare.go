package plpgsql

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

const (
	errorInAssignment    = sqlerr.ErrorInAssignment
	programLimitExceeded = sqlerr.ProgramLimitExceeded
)

// block reads a block behind its label.
func (r *reader) block(label string) *Block {
	if label == "" {
		label = r.label()
	}
	defer r.level(label, false)()
	b := &Block{Label: label, Line: r.here()}
	for r.take("declare") {
		for !r.is("begin", "declare") {
			if isOp(r.tok(), "<<") {
				r.fail(r.tok(), "block label must be placed before DECLARE, not after")
			}
			if n := r.declaration(); n >= 0 {
				b.Declared = append(b.Declared, n)
			}
		}
	}
	b.Line = r.here()
	r.expect("begin")
	b.Body = r.statements()
	if r.take("exception") {
		r.handlers(b)
	}
	r.expect("end")
	r.endLabel(label)
	return b
}

// declaration reads one of DECLARE; -1 for an alias.
func (r *reader) declaration() int {
	start := r.tok()
	line := int(r.here())
	name := r.name()
	r.newName(name, start)
	v := &Variable{Name: name, Line: line}
	if r.take("alias") {
		r.expect("for")
		at := r.tok()
		names := []string{at.Text}
		if at.Kind == parser.ParamToken {
			names[0] = "$" + at.Text
			r.next()
		} else {
			names[0] = r.name()
		}
		for r.accept(".") {
			names = append(names, r.anyName())
		}
		of, used := r.names.Find(names)
		if of < 0 || used < len(names) {
			r.failCode(at, sqlerr.UndefinedObject, `variable "%s" does not exist`, strings.Join(names, "."))
		}
		r.expectOp(";")
		r.names = &Names{Outer: r.names, Name: name, Variable: of}
		return -1
	}
	if r.is("scroll", "no", "cursor") && !isOp(r.ahead(1), ";") {
		return r.boundCursor(v)
	}
	v.Constant = r.take("constant")
	v.Type = r.typeRef()
	if r.take("collate") {
		r.anyName()
		for r.accept(".") {
			r.anyName()
		}
	}
	if r.take("not") {
		r.expect("null")
		v.NotNull = true
	}
	switch {
	case r.accept(";"):
		if v.NotNull {
			r.failCode(start, sqlerr.NullValueNotAllowed, `variable "%s" must have a default value, since it's declared NOT NULL`, v.Name)
		}
	case r.accept("="), r.accept(":="), r.take("default"):
		v.Default = r.exprTo(";")
	default:
		r.unexpected()
	}
	return r.declare(v)
}

// newName refuses a name that the block has declared already, and notes one that it hides.
func (r *reader) newName(name string, at *parser.Token) {
	for n := r.names; n != nil && n.Variable >= 0; n = n.Outer {
		if n.Name == name {
			r.wrongAt(at, "duplicate declaration")
		}
	}
	if v, _ := r.names.Find([]string{name}); v >= 0 {
		r.fn.Shadowing = append(r.fn.Shadowing,
			sqlerr.New(sqlerr.DuplicateAlias, `variable "%s" shadows a previously defined variable`, name).At(at.Pos))
	}
}

// typeRef reads a type up to what may stand behind it.
func (r *reader) typeRef() *TypeRef {
	start := r.tok()
	t := &TypeRef{At: start.Pos, Line: int(r.here()), Copied: -1}
	if isName(start) && (isOp(r.ahead(1), "%") || isOp(r.ahead(1), ".")) {
		at := r.at
		parts := []string{r.next().Text}
		for isOp(r.tok(), ".") {
			r.next()
			parts = append(parts, r.next().Text)
		}
		if isOp(r.tok(), "%") && (isWord(r.ahead(1), "type") || isWord(r.ahead(1), "rowtype")) {
			r.next()
			t.Percent = r.next().Text
			t.Parts = parts
			if t.Percent == "type" {
				if v, used := r.names.Find(parts); v >= 0 {
					t.Copied, t.Parts = v, parts[used:]
				}
			}
			return t
		}
		r.at = at
	}
	depth := 0
	for {
		k := r.tok()
		if k.Kind == parser.InvalidToken {
			panic(r.invalid)
		}
		if k.Kind == parser.EndToken {
			if depth != 0 {
				r.fail(k, "mismatched parentheses")
			}
			r.fail(k, "incomplete data type declaration")
		}
		if isOp(k, ";") || depth == 0 && (isOp(k, ",") || isOp(k, ")") || isOp(k, "=") || isOp(k, ":=") || r.is("collate", "not", "default", "into", "using", "loop")) {
			break
		}
		if isOp(k, "(") {
			depth++
		} else if isOp(k, ")") {
			depth--
		}
		r.next()
	}
	text := strings.TrimRight(r.src[start.Pos:r.tok().Pos], " \t\n\r\f")
	if text == "" {
		r.fail(r.tok(), "missing data type declaration")
	}
	if depth != 0 {
		r.fail(r.tok(), "mismatched parentheses")
	}
	if strings.EqualFold(text, "record") {
		t.Record = true
		return t
	}
	name, err := parser.ParseTypeName(text)
	if err != nil {
		found := *sqlerr.From(err)
		if found.Offset > 0 {
			found.Offset += start.Pos
		}
		found.Where = `invalid type name "` + r.src[start.Pos:r.tok().Pos] + `"`
		panic(&found)
	}
	t.Name = name
	return t
}

// boundCursor reads the declaration of a cursor with a query.
func (r *reader) boundCursor(v *Variable) int {
	c := &Cursor{}
	switch {
	case r.take("no"):
		r.expect("scroll")
		c.NoScroll = true
	case r.take("scroll"):
		c.Scroll = true
	}
	r.expect("cursor")
	leave := r.level("", false)
	if r.accept("(") {
		for {
			start := r.tok()
			p := &Variable{Name: r.name(), Line: int(r.line(start.Pos))}
			r.newName(p.Name, start)
			p.Type = r.typeRef()
			c.Args = append(c.Args, r.declare(p))
			if !r.accept(",") {
				break
			}
		}
		r.expectOp(")")
	}
	if !r.take("is", "for") {
		r.unexpected()
	}
	c.Query = r.statement(";")
	r.next()
	leave()
	v.Cursor = c
	return r.declare(v)
}

package expr

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/types"
)

// JSONAggregate writes a call of JSON_OBJECTAGG or JSON_ARRAYAGG whose arguments and order
// have been written.
func (s Style) JSONAggregate(e *JSONConstructor, args []string, order string) string {
	p := &printer{typeName: s.TypeName}
	p.WriteString(strings.ToUpper(e.Op) + "(" + strings.Join(args, " : "))
	if order != "" {
		p.WriteString(" ORDER BY " + order)
	}
	p.jsonOptions(e)
	return p.String() + ")"
}

func (p *printer) jsonValue(e *JSONValue) {
	p.print(e.Arg, false)
	p.jsonFormat(e.Format)
}

func (p *printer) jsonFormat(f *JSONFormat) {
	if f == nil {
		return
	}
	if p.WriteString(" FORMAT JSON"); f.Encoding != "" {
		p.WriteString(" ENCODING " + f.Encoding)
	}
}

func (p *printer) jsonConstructor(e *JSONConstructor) {
	p.WriteString(strings.ToUpper(e.Op) + "(")
	for i, a := range e.Args {
		switch {
		case i == 0:
		case i%2 == 1 && e.Op == "json_object":
			p.WriteString(" : ")
		default:
			p.WriteString(", ")
		}
		p.print(a, true)
	}
	p.jsonOptions(e)
	p.WriteByte(')')
}

func (p *printer) jsonOptions(e *JSONConstructor) {
	object := e.Op == "json_object" || e.Op == "json_objectagg"
	switch {
	case e.Absent && object:
		p.WriteString(" ABSENT ON NULL")
	case !e.Absent && (e.Op == "json_array" || e.Op == "json_arrayagg"):
		p.WriteString(" NULL ON NULL")
	}
	if e.Unique {
		p.WriteString(" WITH UNIQUE KEYS")
	}
	if e.Op != "json" && e.Op != "json_scalar" {
		p.jsonReturning(&e.Returning)
	}
}

func (p *printer) jsonReturning(r *JSONReturning) {
	p.WriteString(" RETURNING " + p.typeLabel(r.Type, r.Mod))
	if r.Type == types.JSONB { // which it makes of a json, then
		p.jsonFormat(r.Format)
	}
}

func (p *printer) isJSON(e *IsJSON) {
	p.paren('(')
	p.print(e.Arg, true)
	if p.WriteString(" IS JSON"); e.Kind != "" && e.Kind != "VALUE" {
		p.WriteString(" " + e.Kind)
	}
	if e.Unique {
		p.WriteString(" WITH UNIQUE KEYS")
	}
	p.paren(')')
}

// jsonQuery writes JSON_VALUE and its kin.
func (p *printer) jsonQuery(e *JSONQuery) {
	p.WriteString(strings.ToUpper(e.Op) + "(")
	p.print(e.Item, false)
	p.WriteString(", ")
	p.jsonPath(e.Path)
	p.jsonPassing(e.Names, e.Passing)
	if e.Op != "json_exists" || e.Returning.Type != types.Boolean {
		p.jsonReturning(&e.Returning)
	}
	p.jsonBehaviors(e)
	p.WriteByte(')')
}

func (p *printer) jsonPassing(names []string, passing []Expr) {
	for i, a := range passing {
		if i == 0 {
			p.WriteString(" PASSING ")
		} else {
			p.WriteString(", ")
		}
		p.print(a, false)
		p.WriteString(" AS " + QuoteIdent(names[i]))
	}
}

// jsonBehaviors writes how the value is made, as far as that is not the default.
func (p *printer) jsonBehaviors(e *JSONQuery) {
	if e.Op == "json_query" {
		if e.Wrapper == "WITHOUT" {
			p.WriteString(" WITHOUT WRAPPER")
		} else {
			p.WriteString(" WITH " + e.Wrapper + " WRAPPER")
		}
		p.WriteString(map[bool]string{true: " OMIT QUOTES", false: " KEEP QUOTES"}[e.OmitQuotes])
	}
	usual := "NULL"
	if e.Op == "json_exists" {
		usual = "FALSE"
	} else {
		p.jsonBehavior(&e.OnEmpty, usual, "EMPTY")
	}
	p.jsonBehavior(&e.OnError, usual, "ERROR")
}

func (p *printer) jsonBehavior(b *JSONBehavior, usual, on string) {
	if b.What == usual {
		return
	}
	if p.WriteString(" " + b.What); b.What == "DEFAULT" {
		p.WriteString(" ")
		p.print(b.Value, false)
	}
	p.WriteString(" ON " + on)
}

// jsonPath writes the path of a query function, a constant without its type.
func (p *printer) jsonPath(e Expr) {
	if k, ok := e.(*Const); ok && !k.Value.IsNull() {
		p.WriteString(quoted(k.Value.JSONPath().String()))
		return
	}
	p.print(e, false)
}

// jsonTable writes JSON_TABLE, in definitions over lines.
func (p *printer) jsonTable(n *Call) {
	t := n.Fn.JSONTable
	p.WriteString("JSON_TABLE(")
	p.indent += tableIndent
	p.keyword("")
	p.print(n.Args[0], false)
	p.WriteString(", " + quoted(t.Root.Path.String()) + " AS " + QuoteIdent(t.Root.Name))
	if len(t.Names) > 0 {
		p.WriteByte(' ')
		p.keyword("PASSING ")
		p.indent += tableIndent
		for i, name := range t.Names {
			if i > 0 {
				p.WriteString(", ")
			}
			p.keyword("")
			p.print(n.Args[i+1], false)
			p.WriteString(" AS " + QuoteIdent(name))
		}
		p.indent -= tableIndent
	}
	p.jsonColumns(t, t.Root)
	if t.ErrorOnError {
		p.WriteString(" ERROR ON ERROR")
	}
	p.indent -= tableIndent
	p.keyword(")")
}

// tableIndent is by how much the parts of a JSON_TABLE are indented.
const tableIndent = 4

// keyword writes a word that begins a line, where there are lines.
func (p *printer) keyword(word string) {
	if p.lines {
		p.line()
	}
	p.WriteString(word)
}

func (p *printer) jsonColumns(t *JSONTable, path *JSONTablePath) {
	p.WriteByte(' ')
	p.keyword("COLUMNS (")
	p.indent += tableIndent
	for n, i := range path.Columns {
		if n > 0 {
			p.WriteString(", ")
		}
		p.keyword("")
		p.jsonColumn(&t.Columns[i])
	}
	for n, nested := range path.Nested {
		if n > 0 || len(path.Columns) > 0 {
			p.WriteString(", ")
		}
		p.WriteByte(' ')
		p.keyword("NESTED PATH ")
		p.WriteString(quoted(nested.Path.String()) + " AS " + QuoteIdent(nested.Name))
		p.jsonColumns(t, nested)
	}
	p.indent -= tableIndent
	p.keyword(")")
}

func (p *printer) jsonColumn(c *JSONTableColumn) {
	p.WriteString(QuoteIdent(c.Name) + " ")
	if c.Value == nil {
		p.WriteString("FOR ORDINALITY")
		return
	}
	p.WriteString(p.typeLabel(c.Type, c.Typmod))
	switch {
	case c.Value.Op == "json_exists":
		p.WriteString(" EXISTS")
	case c.Value.Op == "json_query" && c.Type.Category == 'S':
		p.WriteString(" FORMAT JSON")
	}
	p.WriteString(" PATH ")
	p.jsonPath(c.Value.Path)
	p.jsonBehaviors(c.Value)
}

package expr

import "github.com/kalamsql/kalamsql/sql/types"

// xmlTable writes XMLTABLE.
func (p *printer) xmlTable(n *Call) {
	t, a := n.Fn.XMLTable, n.Args
	p.WriteString("XMLTABLE(")
	for i, prefix := range t.Spaces {
		if i == 0 {
			p.WriteString("XMLNAMESPACES (")
		} else {
			p.WriteString(", ")
		}
		p.print(a[XMLTableSpaces+i], false)
		p.WriteString(" AS " + QuoteIdent(prefix))
	}
	if len(t.Spaces) > 0 {
		p.WriteString("), ")
	}
	p.WriteString("(")
	p.print(a[XMLTableRows], false)
	p.WriteString(") PASSING (")
	p.print(a[XMLTableDocument], false)
	p.WriteString(") COLUMNS ")
	for i, c := range t.Columns {
		if i > 0 {
			p.WriteString(", ")
		}
		p.WriteString(QuoteIdent(c.Name))
		if c.Ordinality {
			p.WriteString(" FOR ORDINALITY")
			continue
		}
		p.WriteString(" " + types.FormatType(c.Type, c.Typmod))
		if c.Default > 0 {
			p.WriteString(" DEFAULT (")
			p.print(a[c.Default], false)
			p.WriteString(")")
		}
		if c.Path > 0 {
			p.WriteString(" PATH (")
			p.print(a[c.Path], false)
			p.WriteString(")")
		}
		if c.NotNull {
			p.WriteString(" NOT NULL")
		}
	}
	p.WriteString(")")
}

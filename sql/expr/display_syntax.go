package expr

import "github.com/kalamsql/kalamsql/sql/types"

// syntax writes a call that has a syntax of its own in SQL; false if the function
// has none.
func (p *printer) syntax(n *Call) bool {
	a := n.Args
	words := func(parts ...any) bool {
		for _, part := range parts {
			switch part := part.(type) {
			case string:
				p.WriteString(part)
			case Expr:
				p.print(part, false)
			}
		}
		return true
	}
	switch name := n.Fn.Name; {
	case n.Fn.XMLTable != nil:
		p.xmlTable(n)
		return true
	case n.Fn.JSONTable != nil:
		p.jsonTable(n)
		return true
	case name == "xmlexists" && len(a) == 2:
		return words("XMLEXISTS((", a[0], ") PASSING (", a[1], "))")
	case name == "timezone" && len(a) == 2:
		p.WriteByte('(')
		p.operand(a[1], nil, false) // operators need their parentheses here
		p.WriteString(" AT TIME ZONE ")
		p.operand(a[0], nil, false)
		p.WriteByte(')')
		return true
	case name == "timezone" && len(a) == 1:
		p.WriteByte('(')
		p.operand(a[0], nil, false)
		p.WriteString(" AT LOCAL)")
		return true
	case name == "extract" && len(a) == 2:
		field, ok := a[0].(*Const)
		if !ok || !field.Value.IsString() {
			return false
		}
		return words("EXTRACT("+field.Value.Str()+" FROM ", a[1], ")")
	case name == "overlaps" && len(a) == 4:
		return words("((", a[0], ", ", a[1], ") OVERLAPS (", a[2], ", ", a[3], "))")
	case name == "normalize" && len(a) == 2:
		return words("NORMALIZE(", a[0], formOf(a[1], ", "), ")")
	case name == "pg_collation_for" && len(a) == 1:
		return words("COLLATION FOR (", a[0], ")")
	case name == "is_normalized" && len(a) == 2:
		p.WriteByte('(')
		p.operand(a[0], nil, false)
		p.WriteString(" IS" + formOf(a[1], " ") + " NORMALIZED)")
		return true
	case name == "overlay" && len(a) == 3:
		return words("OVERLAY(", a[0], " PLACING ", a[1], " FROM ", a[2], ")")
	case name == "overlay" && len(a) == 4:
		return words("OVERLAY(", a[0], " PLACING ", a[1], " FROM ", a[2], " FOR ", a[3], ")")
	case name == "position" && len(a) == 2:
		return words("POSITION((", a[1], ") IN (", a[0], "))")
	case name == "substring" && len(a) == 2 && a[1].Type() == types.Int4:
		return words("SUBSTRING(", a[0], " FROM ", a[1], ")")
	case name == "substring" && len(a) == 3 && a[1].Type() == types.Int4:
		return words("SUBSTRING(", a[0], " FROM ", a[1], " FOR ", a[2], ")")
	case name == "substring" && len(a) == 3:
		return words("SUBSTRING(", a[0], " SIMILAR ", a[1], " ESCAPE ", a[2], ")")
	case name == "btrim", name == "ltrim", name == "rtrim":
		side := map[string]string{"btrim": "BOTH", "ltrim": "LEADING", "rtrim": "TRAILING"}[name]
		if len(a) == 1 {
			return words("TRIM("+side+" FROM ", a[0], ")")
		}
		return words("TRIM("+side+" ", a[1], " FROM ", a[0], ")")
	}
	return false
}

// formOf writes the name of a normal form, if it is written and no default.
func formOf(e Expr, before string) string {
	if c, ok := e.(*Const); ok && c.Loc > 0 {
		return before + c.Value.Str()
	}
	return ""
}

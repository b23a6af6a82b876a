package parser

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// Format writes a statement in canonical form: Deparse's for queries and
// changes of rows; for any other statement its own words, folded, with a space
// between them where one belongs.
func Format(p ast.Parsed) string {
	if p.Statement == nil {
		return ""
	}
	if text := Deparse(p.Statement); text != "" {
		return text
	}
	l, err := lex(p.Text)
	if err != nil {
		return p.Text // it has been parsed before
	}
	return render(l.toks[:len(l.toks)-1])
}

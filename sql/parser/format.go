package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// Format writes a statement in canonical form: Deparse's for queries and
// changes of rows; for any other statement its own words, folded and with one
// space between them.
func Format(p ast.Parsed) string {
	if p.Statement == nil {
		return ""
	}
	if text := Deparse(p.Statement); text != "" {
		return text
	}
	return respell(p.Text)
}

// respell writes the tokens of a text with one space between them.
func respell(text string) string {
	l, err := lex(text)
	if err != nil {
		return text // it has been parsed before
	}
	var b strings.Builder
	for _, t := range l.toks {
		if t.kind == tokEOF {
			break
		}
		word := text[t.pos:t.end]
		if t.kind == tokIdent {
			word = t.text
		}
		if b.Len() > 0 && !tight(b.String(), word) {
			b.WriteByte(' ')
		}
		b.WriteString(word)
	}
	return b.String()
}

// tight says whether a word follows without a space.
func tight(before, word string) bool {
	switch word {
	case ",", ")", ";", ".", "]":
		return true
	}
	switch before[len(before)-1] {
	case '(', '.', '[':
		return true
	}
	return false
}

package parser

import (
	"strings"
)

// render writes tokens as text that scans to the same tokens: it is how a
// statement without a tree is written.
func render(toks []token) string {
	var b strings.Builder
	for i := range toks {
		t := &toks[i]
		if i > 0 && spaced(&toks[i-1], t) {
			b.WriteByte(' ')
		}
		switch t.kind {
		case tokIdent:
			if t.category != 0 || QuoteIdent(t.text) == t.text || isPlainUTF8(t.text) {
				b.WriteString(t.text)
			} else {
				b.WriteString(QuoteIdent(t.text))
			}
		case tokQuoted:
			b.WriteString(`"` + strings.ReplaceAll(t.text, `"`, `""`) + `"`)
		case tokString:
			b.WriteString(quoteString(t.text))
		case tokBit:
			b.WriteString(strings.ToUpper(t.text[:1]) + quoteString(t.text[1:]))
		case tokParam:
			b.WriteString("$" + t.text)
		default:
			b.WriteString(t.text)
		}
	}
	return b.String()
}

// isPlainUTF8 says whether a folded name scans as itself without quotes.
func isPlainUTF8(name string) bool {
	return name != "" && isIdentStart(name[0]) && identEnd(name, 0) == len(name) && fold(name) == name
}

// spaced says whether a space stands between two tokens.
func spaced(left, right *token) bool {
	if right.kind == tokOp {
		switch right.text {
		case ",", ")", "]", ";", "::":
			return false
		case ".":
			return left.kind == tokInteger || left.kind == tokNumber
		case "[", "(":
			name := left.kind == tokQuoted || left.kind == tokIdent && (left.category == 0 || left.category == colName || left.category == typeFuncName)
			return !name && !(left.kind == tokOp && (left.text == "(" || left.text == "]" || left.text == "["))
		}
	}
	if left.kind == tokOp {
		switch left.text {
		case "(", "[", "::":
			return false
		case ".":
			return right.kind == tokInteger || right.kind == tokNumber
		}
	}
	return true
}

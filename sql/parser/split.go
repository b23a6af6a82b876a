package parser

// Part is the text of one statement in a longer text, without its semicolon.
type Part struct {
	Text  string
	Start int // its byte offset
}

// Split divides a text into the statements that semicolons separate, right or
// wrong. A semicolon in a string, in parentheses or in the body of a function
// (BEGIN ATOMIC ... END) separates nothing. Parts without a token are left out.
func Split(sql string) (parts []Part) {
	l, err := lex(sql)
	if err != nil {
		return []Part{{Text: sql}}
	}
	start, depth, atomic := 0, 0, 0
	first := -1 // token of the part
	for i := range l.toks {
		t := &l.toks[i]
		switch {
		case t.kind == tokEOF || t.kind == tokError:
			if first >= 0 || t.kind == tokError {
				parts = append(parts, Part{sql[start:], start})
			}
			return parts
		case t.kind == tokOp && t.text == "(":
			depth++
		case t.kind == tokOp && t.text == ")":
			depth--
		case t.kind == tokIdent && t.text == "atomic" && i > 0 && isWord(&l.toks[i-1], "begin"):
			atomic++
		case atomic > 0 && t.kind == tokIdent && t.text == "case":
			atomic++
		case atomic > 0 && t.kind == tokIdent && t.text == "end":
			atomic--
		case t.kind == tokOp && t.text == ";" && depth <= 0 && atomic == 0:
			if first >= 0 {
				parts = append(parts, Part{sql[start:t.pos], start})
			}
			start, depth, first = t.pos+1, 0, -1
			continue
		}
		if first < 0 {
			first = i
		}
	}
	return parts
}

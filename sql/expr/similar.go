package expr

import (
	"strings"
	"unicode/utf8"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// What divides a pattern of SUBSTRING ... SIMILAR at escaped double quotes: the first part
// takes as little as it can, the second, which is what SUBSTRING gives, as much.
var similarParts = []string{"){1,1}?(", "){1,1}(?:"}

// similarToRegex turns a SIMILAR TO pattern into a regular expression. Within brackets all
// but the escape character is the regular expression's.
func similarToRegex(pattern, escape string) (string, error) {
	if utf8.RuneCountInString(escape) > 1 {
		return "", sqlerr.New(sqlerr.InvalidEscapeSequence, "invalid escape string").WithHint("Escape string must be empty or one character.")
	}
	var b strings.Builder
	b.WriteString("^(?:")
	escaped, parts := false, 0
	// depth counts open brackets; first says that a closing one would be a member of the
	// class, behind the opening one or its caret, which negated says may come.
	depth, first, negated := 0, false, false
	for _, r := range pattern {
		c := string(r)
		switch {
		case escaped && c == `"` && depth == 0:
			if parts == len(similarParts) {
				return "", sqlerr.New(sqlerr.InvalidUseOfEscapeCharacter, "SQL regular expression may not contain more than two escape-double-quote separators")
			}
			b.WriteString(similarParts[parts])
			parts++
			escaped = false
		case escaped:
			b.WriteString(`\` + c)
			escaped, first = false, false
		case escape != "" && c == escape:
			escaped = true
		case depth > 0:
			if c == `\` {
				b.WriteByte('\\')
			}
			b.WriteString(c)
			switch {
			case c == "]" && !first:
				depth--
			case c == "[":
				depth++
				first = false
			case c == "^" && negated:
				negated = false
				continue
			default:
				first = false
			}
			negated = false
		case c == "[":
			b.WriteString(c)
			depth, first, negated = 1, true, true
		case c == "%":
			b.WriteString(".*")
		case c == "_":
			b.WriteString(".")
		case c == "(":
			b.WriteString("(?:")
		case c == `\` || c == "." || c == "^" || c == "$":
			b.WriteString(`\` + c)
		default:
			b.WriteString(c)
		}
	}
	b.WriteString(")$")
	return b.String(), nil
}

package parser

import "strings"

// SplitIdentifiers takes a list of identifiers apart, as SplitIdentifierString:
// quoted ones keep their case.
func SplitIdentifiers(list string) (out []string, ok bool) {
	rest := strings.TrimSpace(list)
	if rest == "" {
		return nil, true
	}
	for {
		rest = strings.TrimLeft(rest, " \t\n\r")
		var word string
		if strings.HasPrefix(rest, `"`) {
			var b strings.Builder
			i := 1
			for ; i < len(rest); i++ {
				if rest[i] != '"' {
					b.WriteByte(rest[i])
					continue
				}
				if i+1 < len(rest) && rest[i+1] == '"' {
					b.WriteByte('"')
					i++
					continue
				}
				break
			}
			if i == len(rest) {
				return nil, false
			}
			word, rest = b.String(), rest[i+1:]
		} else {
			end := strings.IndexAny(rest, ", \t\n\r")
			if end < 0 {
				end = len(rest)
			}
			if end == 0 {
				return nil, false
			}
			word, rest = strings.ToLower(rest[:end]), rest[end:]
		}
		out = append(out, word)
		rest = strings.TrimLeft(rest, " \t\n\r")
		if rest == "" {
			return out, true
		}
		if rest[0] != ',' {
			return nil, false
		}
		rest = rest[1:]
	}
}

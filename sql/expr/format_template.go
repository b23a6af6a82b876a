package expr

import (
	"strings"
	"unicode/utf8"
)

// datePattern is one element of a template: a keyword, or one character.
type datePattern struct {
	key     string // upper case; "" for a character
	text    string // the character, or the keyword as written
	fill    bool   // FM: no padding
	ordinal string // TH or th
	quoted  bool   // a character in quotes
}

// separator says whether the element is a space or a mark, which matches any of
// them, or none.
func (p *datePattern) separator() bool {
	return p.key == "" && !p.quoted && len(p.text) == 1 && isSeparator(p.text[0])
}

func isSeparator(c byte) bool {
	return isBlank(c) || c > ' ' && c < 0x7f && !isLetterOrDigit(c)
}

func isBlank(c byte) bool { return strings.IndexByte(" \t\n\v\f\r", c) >= 0 }

// dateKeys are the keywords, those that begin another behind it. They stand in
// upper or lower case, and the words of capitalKeys capitalized too.
var dateKeys = strings.Fields(`A.D. A.M. AD AM B.C. BC CC DAY DDD DD DY D FF1 FF2 FF3 FF4 FF5 FF6 FX HH24 HH12 HH
	IDDD ID IW IYYY IYY IY I J MI MM MONTH MON MS OF P.M. PM Q RM SSSSS SSSS SS TZH TZM TZ US WW W Y,YYY YYYY YYY YY Y`)

var capitalKeys = strings.Fields("Day Dy Month Mon")

// keywordAt gives the keyword that s begins with, in upper case.
func keywordAt(s string) string {
	for _, k := range capitalKeys {
		if strings.HasPrefix(s, k) {
			return strings.ToUpper(k)
		}
	}
	for _, k := range dateKeys {
		if len(s) >= len(k) && (s[:len(k)] == k || s[:len(k)] == strings.ToLower(k)) {
			return k
		}
	}
	return ""
}

// parseTemplate cuts a template up.
func parseTemplate(s string) []datePattern {
	var out []datePattern
	character := func(quoted bool) {
		_, n := utf8.DecodeRuneInString(s)
		out = append(out, datePattern{text: s[:n], quoted: quoted})
		s = s[n:]
	}
	for s != "" {
		prefix := ""
		if len(s) >= 2 && (s[:2] == "FM" || s[:2] == "fm" || s[:2] == "TM" || s[:2] == "tm") {
			prefix, s = strings.ToUpper(s[:2]), s[2:]
		}
		if key := keywordAt(s); key != "" {
			p := datePattern{key: key, text: s[:len(key)]}
			p.fill = prefix == "FM" || prefix == "TM" && (key == "MONTH" || key == "DAY")
			s = s[len(key):]
			if strings.HasPrefix(s, "TH") || strings.HasPrefix(s, "th") {
				p.ordinal, s = s[:2], s[2:]
			}
			out = append(out, p)
			continue
		}
		switch {
		case s == "":
		case s[0] == '"':
			for s = s[1:]; s != ""; {
				if s[0] == '"' {
					s = s[1:]
					break
				}
				if s[0] == '\\' && len(s) > 1 {
					s = s[1:]
				}
				character(true)
			}
		case strings.HasPrefix(s, `\"`):
			s = s[1:]
			character(false)
		default:
			character(false)
		}
	}
	return out
}

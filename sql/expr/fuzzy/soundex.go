package fuzzy

// soundexLength is how many characters a code has.
const soundexLength = 4

// soundexDigits are the classes of the letters from A to Z.
const soundexDigits = "01230120022455012623010202"

// Soundex is a letter and three digits for how a text sounds; empty if it has no letter.
func Soundex(text string) string {
	at := 0
	for at < len(text) && !letter(text[at]) {
		at++
	}
	if at == len(text) {
		return ""
	}
	out := []byte{upper(text[at])}
	for at++; at < len(text) && len(out) < soundexLength; at++ {
		if d := soundexDigit(text[at]); letter(text[at]) && d != soundexDigit(text[at-1]) && d != '0' {
			out = append(out, d)
		}
	}
	for len(out) < soundexLength {
		out = append(out, '0')
	}
	return string(out)
}

// soundexDigit is the class of a letter; anything else is its own.
func soundexDigit(c byte) byte {
	if letter(c) {
		return soundexDigits[upper(c)-'A']
	}
	return c
}

// Difference counts at how many places the codes of two texts agree.
func Difference(a, b string) (same int) {
	x, y := Soundex(a), Soundex(b)
	for i := range soundexLength {
		if at(x, i) == at(y, i) {
			same++
		}
	}
	return same
}

// at is the byte at a place, 0 outside of the text.
func at(text string, i int) byte {
	if i < 0 || i >= len(text) {
		return 0
	}
	return text[i]
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 0x20
	}
	return c
}

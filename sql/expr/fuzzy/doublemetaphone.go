package fuzzy

import "strings"

// doubleLength is how many letters a code of DoubleMetaphone has at most.
const doubleLength = 4

// DoubleMetaphone is how a word may sound, in two ways of up to four letters.
func DoubleMetaphone(text string) (primary, secondary string) {
	d := double{word: strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 0x20
		}
		return r
	}, text) + "     ", length: len(text)}
	if d.is(0, "GN", "KN", "PN", "WR", "PS") { // the first is not heard
		d.at++
	}
	if at(d.word, 0) == 'X' {
		d.both("S")
		d.at++
	}
	for d.at < d.length && (len(d.first) < doubleLength || len(d.second) < doubleLength) {
		d.letter()
	}
	return d.first[:min(len(d.first), doubleLength)], d.second[:min(len(d.second), doubleLength)]
}

type double struct {
	word          string // in upper case, with blanks behind
	length        int    // without those
	at            int
	first, second string
}

// is says whether one of some texts begins at a place of the word.
func (d *double) is(place int, texts ...string) bool {
	if place < 0 || place >= len(d.word) {
		return false
	}
	for _, t := range texts {
		if strings.HasPrefix(d.word[place:], t) {
			return true
		}
	}
	return false
}

// near is is, counted from the letter that is being looked at.
func (d *double) near(away int, texts ...string) bool { return d.is(d.at+away, texts...) }

func (d *double) see(away int) byte { return at(d.word, d.at+away) }

// one says whether the letter so far away is one of a set.
func (d *double) one(away int, set string) bool { return in(set, d.see(away)) }

func (d *double) vowel(away int) bool { return d.one(away, "AEIOUY") }

func (d *double) last() int { return d.length - 1 }

func (d *double) slavic() bool {
	return strings.ContainsAny(d.word, "WK") || strings.Contains(d.word, "CZ") // WITZ has a W
}

func (d *double) german() bool { return d.is(0, "VAN ", "VON ", "SCH") }

func (d *double) both(code string) { d.either(code, code) }

func (d *double) either(first, second string) {
	d.first += first
	d.second += second
}

// pass goes on by one letter, or by two if the next is one of a set.
func (d *double) pass(with string) {
	if d.one(1, with) {
		d.at++
	}
	d.at++
}

// plain are letters that always sound alike, doubled or not, and how.
var plain = map[byte][2]string{
	'B': {"P", "B"}, 'F': {"F", "F"}, 'K': {"K", "K"}, 'N': {"N", "N"}, 'Q': {"K", "Q"}, 'V': {"F", "V"},
	0xC7: {"S", ""}, 0xD1: {"N", ""},
}

func (d *double) letter() {
	c := d.see(0)
	if p, ok := plain[c]; ok {
		d.both(p[0])
		d.pass(p[1])
		return
	}
	switch c {
	case 'A', 'E', 'I', 'O', 'U', 'Y':
		if d.at == 0 {
			d.both("A")
		}
		d.at++
	case 'C':
		d.c()
	case 'D':
		switch {
		case d.near(0, "DG") && d.one(2, "IEY"):
			d.both("J")
			d.at += 3
		case d.near(0, "DG"):
			d.both("TK")
			d.at += 2
		default:
			d.both("T")
			d.pass("TD")
		}
	case 'G':
		d.g()
	case 'H':
		if (d.at == 0 || d.vowel(-1)) && d.vowel(1) {
			d.both("H")
			d.at++
		}
		d.at++
	case 'J':
		d.j()
	case 'L':
		d.l()
	case 'M':
		d.both("M")
		if d.near(-1, "UMB") && (d.at+1 == d.last() || d.near(2, "ER")) || d.see(1) == 'M' {
			d.at++
		}
		d.at++
	case 'P':
		if d.see(1) == 'H' {
			d.both("F")
			d.at += 2
			return
		}
		d.both("P")
		d.pass("PB")
	case 'R':
		if d.at == d.last() && !d.slavic() && d.near(-2, "IE") && !d.near(-4, "ME", "MA") {
			d.either("", "R")
		} else {
			d.both("R")
		}
		d.pass("R")
	case 'S':
		d.s()
	case 'T':
		d.t()
	case 'W':
		d.w()
	case 'X':
		if d.at != d.last() || !d.near(-3, "IAU", "EAU") && !d.near(-2, "AU", "OU") {
			d.both("KS")
		}
		d.pass("CX")
	case 'Z':
		switch {
		case d.see(1) == 'H':
			d.both("J")
			d.at += 2
			return
		case d.near(1, "ZO", "ZI", "ZA") || d.slavic() && d.at > 0 && d.see(-1) != 'T':
			d.either("S", "TS")
		default:
			d.both("S")
		}
		d.pass("Z")
	default:
		d.at++
	}
}

func (d *double) c() {
	next := 2 // how far to go on
	switch {
	case d.at > 1 && !d.vowel(-2) && d.near(-1, "ACH") && d.see(2) != 'I' && (d.see(2) != 'E' || d.near(-2, "BACHER", "MACHER")):
		d.both("K")
	case d.at == 0 && d.near(0, "CAESAR"):
		d.both("S")
	case d.near(0, "CHIA"):
		d.both("K")
	case d.near(0, "CH"):
		d.ch()
	case d.near(0, "CZ") && !d.near(-2, "WICZ"):
		d.either("S", "X")
	case d.near(1, "CIA"):
		d.both("X")
		next = 3
	case d.near(0, "CC") && !(d.at == 1 && at(d.word, 0) == 'M'):
		switch {
		case !d.one(2, "IEH") || d.near(2, "HU"):
			d.both("K")
		case d.at == 1 && d.see(-1) == 'A' || d.near(-1, "UCCEE", "UCCES"):
			d.both("KS")
			next = 3
		default:
			d.both("X")
			next = 3
		}
	case d.near(0, "CK", "CG", "CQ"):
		d.both("K")
	case d.near(0, "CIO", "CIE", "CIA"):
		d.either("S", "X")
	case d.near(0, "CI", "CE", "CY"):
		d.both("S")
	default:
		d.both("K")
		switch {
		case d.near(1, " C", " Q", " G"):
			next = 3
		case !d.one(1, "CKQ") || d.near(1, "CE", "CI"):
			next = 1
		}
	}
	d.at += next
}

func (d *double) ch() {
	switch {
	case d.at > 0 && d.near(0, "CHAE"):
		d.either("K", "X")
	case d.at == 0 && d.near(1, "HARAC", "HARIS", "HOR", "HYM", "HIA", "HEM") && !d.is(0, "CHORE"),
		d.german(), d.near(-2, "ORCHES", "ARCHIT", "ORCHID"), d.one(2, "TS"),
		(d.at == 0 || d.one(-1, "AOUE")) && d.one(2, "LRNMBHFVW "):
		d.both("K")
	case d.at == 0:
		d.both("X")
	case d.is(0, "MC"):
		d.both("K")
	default:
		d.either("X", "K")
	}
}

func (d *double) g() {
	switch {
	case d.see(1) == 'H':
		d.gh()
	case d.see(1) == 'N':
		switch {
		case d.at == 1 && d.vowel(-1) && !d.slavic():
			d.either("KN", "N")
		case !d.near(2, "EY") && !d.slavic():
			d.either("N", "KN")
		default:
			d.both("KN")
		}
	case d.near(1, "LI") && !d.slavic():
		d.either("KL", "L")
	case d.at == 0 && d.near(1, "Y", "ES", "EP", "EB", "EL", "EY", "IB", "IL", "IN", "IE", "EI", "ER"):
		d.either("K", "J")
	case d.near(1, "ER", "Y") && !d.is(0, "DANGER", "RANGER", "MANGER") && !d.one(-1, "EI") && !d.near(-1, "RGY", "OGY"):
		d.either("K", "J")
	case d.one(1, "EIY") || d.near(-1, "AGGI", "OGGI"):
		switch {
		case d.german() || d.near(1, "ET"):
			d.both("K")
		case d.near(1, "IER "):
			d.both("J")
		default:
			d.either("J", "K")
		}
	default:
		d.both("K")
		d.pass("G")
		return
	}
	d.at += 2
}

func (d *double) gh() {
	switch {
	case d.at > 0 && !d.vowel(-1):
		d.both("K")
	case d.at == 0 && d.see(2) == 'I':
		d.both("J")
	case d.at == 0:
		d.both("K")
	case d.at > 1 && d.one(-2, "BHD"), d.at > 2 && d.one(-3, "BHD"), d.at > 3 && d.one(-4, "BH"): // not heard
	case d.at > 2 && d.see(-1) == 'U' && d.one(-3, "CGLRT"):
		d.both("F")
	case d.see(-1) != 'I':
		d.both("K")
	}
}

func (d *double) j() {
	switch {
	case d.near(0, "JOSE") || d.is(0, "SAN "):
		if d.at == 0 && d.see(4) == ' ' || d.is(0, "SAN ") {
			d.both("H")
		} else {
			d.either("J", "H")
		}
		d.at++
		return
	case d.at == 0:
		d.either("J", "A")
	case d.vowel(-1) && !d.slavic() && d.one(1, "AO"):
		d.either("J", "H")
	case d.at == d.last():
		d.either("J", "")
	case !d.one(1, "LTKSNMBZ") && !d.one(-1, "SKL"):
		d.both("J")
	}
	d.pass("J")
}

func (d *double) l() {
	spanish := d.see(1) == 'L' && (d.at == d.length-3 && d.near(-1, "ILLO", "ILLA", "ALLE") ||
		(d.is(d.last()-1, "AS", "OS") || d.is(d.last(), "A", "O")) && d.near(-1, "ALLE"))
	if spanish {
		d.either("L", "")
	} else {
		d.both("L")
	}
	d.pass("L")
}

func (d *double) s() {
	next := 3
	switch {
	case d.near(-1, "ISL", "YSL"): // not heard
		next = 1
	case d.at == 0 && d.near(0, "SUGAR"):
		d.either("X", "S")
		next = 1
	case d.near(0, "SH"):
		if d.near(1, "HEIM", "HOEK", "HOLM", "HOLZ") {
			d.both("S")
		} else {
			d.both("X")
		}
		next = 2
	case d.near(0, "SIO", "SIA"):
		if d.slavic() {
			d.both("S")
		} else {
			d.either("S", "X")
		}
	case d.at == 0 && d.one(1, "MNLW"), d.see(1) == 'Z':
		d.either("S", "X")
		if next = 1; d.see(1) == 'Z' {
			next = 2
		}
	case d.near(0, "SC"):
		switch {
		case d.see(2) == 'H' && d.near(3, "ER", "EN"):
			d.either("X", "SK")
		case d.see(2) == 'H' && d.near(3, "OO", "UY", "ED", "EM"):
			d.both("SK")
		case d.see(2) == 'H' && d.at == 0 && !d.vowel(3) && d.see(3) != 'W':
			d.either("X", "S")
		case d.see(2) == 'H':
			d.both("X")
		case d.one(2, "IEY"):
			d.both("S")
		default:
			d.both("SK")
		}
	default:
		if d.at == d.last() && d.near(-2, "AI", "OI") {
			d.either("", "S")
		} else {
			d.both("S")
		}
		d.pass("SZ")
		return
	}
	d.at += next
}

func (d *double) t() {
	switch {
	case d.near(0, "TION", "TIA", "TCH"):
		d.both("X")
		d.at += 3
	case d.near(0, "TH", "TTH"):
		if d.near(2, "OM", "AM") || d.german() {
			d.both("T")
		} else {
			d.either("0", "T")
		}
		d.at += 2
	default:
		d.both("T")
		d.pass("TD")
	}
}

func (d *double) w() {
	if d.near(0, "WR") {
		d.both("R")
		d.at += 2
		return
	}
	if d.at == 0 && d.vowel(1) {
		d.either("A", "F")
	} else if d.at == 0 && d.near(0, "WH") {
		d.both("A")
	}
	switch {
	case d.at == d.last() && d.vowel(-1), d.near(-1, "EWSKI", "EWSKY", "OWSKI", "OWSKY"), d.is(0, "SCH"):
		d.either("", "F")
		d.at++
	case d.near(0, "WICZ", "WITZ"):
		d.either("TS", "FX")
		d.at += 4
	default:
		d.at++
	}
}

package fuzzy

import "strings"

// Metaphone is how an English word sounds, in at most so many letters: X is sh and 0 is th.
func Metaphone(word string, most int) string {
	m := metaphone{word: word, most: most}
	for at := 0; ; at++ {
		if at >= len(word) {
			return ""
		}
		if letter(word[at]) {
			m.at = at
			break
		}
	}
	m.begin()
	for ; m.at < len(word) && len(m.out) < most; m.at++ {
		c := m.see(0)
		if letter(c) && (c != m.see(-1) || c == 'C') {
			m.letter(c)
		}
	}
	return string(m.out)
}

type metaphone struct {
	word string
	at   int
	most int
	out  []byte
}

// see is the letter so many places away, in upper case; 0 outside of the word.
func (m *metaphone) see(away int) byte { return upper(at(m.word, m.at+away)) }

func (m *metaphone) say(c byte) { m.out = append(m.out, c) }

func in(set string, c byte) bool { return c != 0 && strings.IndexByte(set, c) >= 0 }

const (
	vowels   = "AEIOU"
	softened = "EIY" // what makes C and G soft
)

// begin says what is special at the beginning of a word.
func (m *metaphone) begin() {
	c, next := m.see(0), m.see(1)
	switch {
	case c == 'A' && next == 'E':
		m.say('E')
		m.at += 2
	case in(vowels, c):
		m.say(c)
		m.at++
	case in("GKP", c) && next == 'N':
		m.say('N')
		m.at += 2
	case c == 'W' && (next == 'H' || next == 'R'):
		m.say(next)
		m.at += 2
	case c == 'W' && in(vowels, next):
		m.say('W')
		m.at += 2
	case c == 'X':
		m.say('S')
		m.at++
	}
}

// letter says a letter, with what follows where both are one sound.
func (m *metaphone) letter(c byte) {
	before, next, after := m.see(-1), m.see(1), m.see(2)
	if next == 0 {
		after = 0
	}
	switch c {
	case 'B':
		if before != 'M' {
			m.say('B')
		}
	case 'C':
		switch {
		case in(softened, next) && next == 'I' && after == 'A':
			m.say('X')
		case in(softened, next):
			if before != 'S' {
				m.say('S')
			}
		case next == 'H' && after != 'R' && before != 'S':
			m.say('X')
			m.at++
		case next == 'H':
			m.say('K')
			m.at++
		default:
			m.say('K')
		}
	case 'D':
		if next == 'G' && in(softened, after) {
			m.say('J')
			m.at++
		} else {
			m.say('T')
		}
	case 'G':
		m.g(before, next, after)
	case 'H':
		if in(vowels, next) && !in("CGPST", before) {
			m.say('H')
		}
	case 'K':
		if before != 'C' {
			m.say('K')
		}
	case 'P':
		if next == 'H' {
			m.say('F')
		} else {
			m.say('P')
		}
	case 'Q':
		m.say('K')
	case 'S':
		switch {
		case next == 'I' && (after == 'O' || after == 'A'):
			m.say('X')
		case next == 'H':
			m.say('X')
			m.at++
		case next == 'C' && after == 'H' && m.see(3) == 'W':
			m.say('X')
			m.at += 2
		default:
			m.say('S')
		}
	case 'T':
		switch {
		case next == 'I' && (after == 'O' || after == 'A'):
			m.say('X')
		case next == 'H':
			m.say('0')
			m.at++
		default:
			m.say('T')
		}
	case 'V':
		m.say('F')
	case 'W', 'Y':
		if in(vowels, next) {
			m.say(c)
		}
	case 'X':
		m.say('K')
		if len(m.out) < m.most {
			m.say('S')
		}
	case 'Z':
		m.say('S')
	case 'F', 'J', 'L', 'M', 'N', 'R':
		m.say(c)
	}
}

func (m *metaphone) g(before, next, after byte) {
	switch {
	case next == 'H':
		if !in("BDH", m.see(-3)) && m.see(-4) != 'H' {
			m.say('F')
			m.at++
		}
	case next == 'N':
		if letter(after) && (after != 'E' || m.see(3) != 'D') {
			m.say('K')
		}
	case in(softened, next) && before != 'G':
		m.say('J')
	default:
		m.say('K')
	}
}

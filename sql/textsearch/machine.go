package textsearch

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind is the kind of a token, by PostgreSQL's number (ts_token_type).
type Kind int

// The kinds of tokens of the default parser.
const (
	_ Kind = iota
	ASCIIWord
	Word
	NumWord
	Email
	URL
	Host
	SFloat
	Version
	HWordNumPart
	HWordPart
	HWordASCIIPart
	Blank
	Tag
	Protocol
	NumHWord
	ASCIIHWord
	HWord
	URLPath
	File
	Float
	Int
	UInt
	Entity
)

// Kinds names and describes the kinds, from 1.
var Kinds = [...]struct{ Alias, Description string }{
	{}, {"asciiword", "Word, all ASCII"}, {"word", "Word, all letters"}, {"numword", "Word, letters and digits"},
	{"email", "Email address"}, {"url", "URL"}, {"host", "Host"}, {"sfloat", "Scientific notation"}, {"version", "Version number"},
	{"hword_numpart", "Hyphenated word part, letters and digits"}, {"hword_part", "Hyphenated word part, all letters"},
	{"hword_asciipart", "Hyphenated word part, all ASCII"}, {"blank", "Space symbols"}, {"tag", "XML tag"}, {"protocol", "Protocol head"},
	{"numhword", "Hyphenated word, letters and digits"}, {"asciihword", "Hyphenated word, all ASCII"},
	{"hword", "Hyphenated word, all letters"}, {"url_path", "URL path"}, {"file", "File or path name"}, {"float", "Decimal notation"},
	{"int", "Signed integer"}, {"uint", "Unsigned integer"}, {"entity", "XML entity"},
}

// Token is a piece of a document; the pieces overlap where a compound is given with
// its parts.
type Token struct {
	Kind Kind
	Text string
}

// position is where the machine stands, and the way back to where it branched off.
type position struct {
	at, width int // of the character to look at
	length    int // of the token so far
	state     string
	branch    int // 1 + the rule that was followed to a position ahead; 0 for none
	back      *position
}

// machine takes one text apart.
type machine struct {
	text string
	pos  *position
	// ignore: the text is that of a script or style element. wantHost: the host of a
	// URL is to be given next.
	ignore, wantHost bool
	token            Token
}

// Tokenize gives the tokens of a text in order, blanks included.
func Tokenize(text string, yield func(Token) bool) {
	m := newMachine(text)
	for m.next() {
		if !yield(m.token) {
			return
		}
	}
}

func newMachine(text string) *machine { return &machine{text: text, pos: &position{state: "Base"}} }

// next finds the next token.
func (m *machine) next() bool {
	if m.pos.at >= len(m.text) {
		return false
	}
	m.pos.back, m.pos.length = nil, 0
	start := m.pos.at
	for {
		p := m.pos
		p.width = 0
		if p.at < len(m.text) {
			_, p.width = utf8.DecodeRuneInString(m.text[p.at:])
		}
		rules := states[p.state]
		i := p.branch
		p.branch = 0
		for i < len(rules)-1 && !m.is(rules[i].class, rules[i].char) {
			i++
		}
		r := &rules[i]
		if r.special != nil {
			r.special(m)
		}
		if r.found != 0 {
			m.token = Token{Kind: r.found, Text: m.text[start : start+m.pos.length]}
			m.pos.length = 0
			r.backed(m, i)
			if r.to != "" {
				m.pos.state = r.to
			}
			return true
		}
		if !r.backed(m, i) { // nothing to fall back to
			return false
		}
		if r.to != "" {
			m.pos.state = r.to
		}
		switch {
		case r.do == rerun:
			continue
		case m.pos.at >= len(m.text):
			return false
		case r.do == pop:
			continue
		case m.pos.width > 0:
			m.pos.at += m.pos.width
			m.pos.length += m.pos.width
		}
	}
}

// backed does what a rule does to the positions to fall back to; i is its number.
func (r *stateRule) backed(m *machine, i int) bool {
	p := m.pos
	switch r.do {
	case push:
		p.branch = i + 1
		m.pos = &position{at: p.at, width: p.width, length: p.length, state: p.state, back: p}
	case pop:
		if p.back == nil {
			return false
		}
		m.pos = p.back
	case clearOne:
		if p.back != nil {
			p.back = p.back.back
		}
	case clearAll:
		p.back = nil
	case merge:
		if p.back == nil {
			return false
		}
		p.back.at, p.back.width, p.back.length = p.at, p.width, p.length
		m.pos = p.back
	}
	return true
}

// is says whether the character here is of a class.
func (m *machine) is(class byte, char byte) bool {
	p := m.pos
	if p.width == 0 {
		return class == 'E' || class == '*' || class == 'S' && m.stopHost()
	}
	c, _ := utf8.DecodeRuneInString(m.text[p.at:])
	switch class {
	case '*':
		return true
	case '=':
		return c == rune(char)
	case 'l': // an ASCII letter
		return c|0x20 >= 'a' && c|0x20 <= 'z'
	case 'a':
		return unicode.IsLetter(c)
	case 'd':
		return unicode.IsDigit(c)
	case 'n':
		return unicode.IsLetter(c) || unicode.IsDigit(c)
	case 'N':
		return !unicode.IsLetter(c) && !unicode.IsDigit(c)
	case 'x':
		return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
	case 's':
		return unicode.IsSpace(c)
	case 'p': // a mark that belongs to the letter before it
		return unicode.In(c, unicode.Mn, unicode.Me, unicode.Mc)
	case 'u': // may stand in a URL
		return c >= 0x21 && c <= 0x7E && !strings.ContainsRune("\"<>\\^`{|}", c)
	case 'V': // a version number goes on
		return c == '.' && p.at+1 < len(m.text) && unicode.IsDigit(rune(m.text[p.at+1]))
	case 'i':
		return m.ignore
	case 'S':
		return m.stopHost()
	case 'H':
		return m.ahead("Base", Host, true)
	case 'P':
		return m.ahead("InURLPathFirst", URLPath, false)
	}
	return false
}

// stopHost says, once, that the host of a URL was asked for.
func (m *machine) stopHost() bool {
	was := m.wantHost
	m.wantHost = false
	return was
}

// ahead says whether a token of a kind comes next, and goes behind it if so.
func (m *machine) ahead(state string, kind Kind, wantHost bool) bool {
	p := m.pos
	sub := newMachine(m.text[p.at:])
	sub.pos.state, sub.wantHost = state, wantHost
	if !sub.next() || sub.token.Kind != kind {
		return false
	}
	n := len(sub.token.Text)
	p.at += n
	p.length += n
	p.width = 0
	if p.at < len(m.text) {
		_, p.width = utf8.DecodeRuneInString(m.text[p.at:])
	}
	return true
}

// again goes back to the beginning of the token that has been found, for its parts.
func again(m *machine) { m.pos.at -= m.pos.length }

// urlParts goes back to give the host of a URL and its path.
func urlParts(m *machine) {
	m.wantHost = true
	again(m)
}

// scripts notes where the text of a script or style element begins and ends.
func scripts(m *machine) {
	switch strings.ToLower(m.text[m.pos.at-m.pos.length : m.pos.at]) {
	case "</script", "</style":
		m.ignore = false
	case "<script", "<style":
		m.ignore = true
	}
}

package textsearch

import (
	"github.com/kalamsql/kalamsql/sql/types"
)

// MaxLexeme is the length in bytes of the longest lexeme.
const MaxLexeme = 1<<11 - 1

// maxPosition is the last position that is kept apart.
const maxPosition = 1<<14 - 1

// word is a lexeme of a text and where it stands, from 1.
type word struct {
	lexeme string
	at     int
}

// parse gives the lexemes of a text; the positions go on from at, whose new value is
// given too. Words that are left out have positions all the same.
func (c *Configuration) parse(text string, at int) (words []word, last int) {
	Tokenize(text, func(t Token) bool {
		lexemes, known := c.Lexize(t)
		if !known {
			return true
		}
		at++
		for _, lexeme := range lexemes {
			words = append(words, word{lexeme, at})
		}
		return true
	})
	return words, at
}

// Document collects the lexemes of texts into one tsvector.
type Document struct {
	c     *Configuration
	words []types.Lexeme
	at    int
}

// NewDocument begins a document.
func (c *Configuration) NewDocument() *Document { return &Document{c: c} }

// Add appends a text.
func (d *Document) Add(text string) {
	words, last := d.c.parse(text, d.at)
	for _, w := range words {
		d.words = append(d.words, types.Lexeme{Word: w.lexeme, Positions: []uint16{uint16(min(w.at, maxPosition))}})
	}
	d.at = last
}

// AddValue appends a text that stands apart from those before, as the values of a JSON
// document do: phrases do not reach across.
func (d *Document) AddValue(text string) {
	before := len(d.words)
	d.Add(text)
	if len(d.words) > before {
		d.at++
	}
}

// Vector is the document as a tsvector.
func (d *Document) Vector() types.Datum { return types.NewTSVector(d.words) }

// ToVector is to_tsvector.
func (c *Configuration) ToVector(text string) types.Datum {
	d := c.NewDocument()
	d.Add(text)
	return d.Vector()
}

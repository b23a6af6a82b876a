package textsearch

import (
	"embed"
	"strings"
	"sync"
	"unicode"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/arabic"
	"github.com/blevesearch/snowballstem/danish"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/finnish"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/hungarian"
	"github.com/blevesearch/snowballstem/irish"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/norwegian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/swedish"
	"github.com/blevesearch/snowballstem/tamil"
	"github.com/blevesearch/snowballstem/turkish"

	"github.com/kalamsql/kalamsql/sql/types"
)

// ParserOID and the OIDs below are those that PostgreSQL 15's initdb gives.
const (
	ParserOID   types.OID = 3722
	SnowballOID types.OID = 13150 // the template of the stemmers
	SimpleOID   types.OID = 3727  // the template of simple
)

// Dictionary makes lexemes of words.
type Dictionary struct {
	OID      types.OID
	Name     string
	Language string // of a Snowball stemmer
	stem     func(*snowballstem.Env) bool
	stops    func() map[string]bool
	// lexize makes the lexemes of a word, of a dictionary that a user has made.
	lexize func(word string) (lexemes []string, known bool)
	// filters: what it makes of a word goes to the dictionaries behind it.
	filters bool
}

// Configuration says which dictionary each kind of token goes to.
type Configuration struct {
	OID  types.OID
	Name string
	// ascii has the words in ASCII, letters those in any letters, rest everything else
	// that is indexed.
	ascii, letters, rest *Dictionary
	// chains, unless it is nil, has the dictionaries of each kind instead.
	chains map[Kind][]*Dictionary
}

// maxStemmed is the length in bytes of words that are stemmed: longer ones are no words.
const maxStemmed = 1000

//go:embed stopwords
var stopFiles embed.FS

var (
	simple = &Dictionary{OID: 3765, Name: "simple"}

	dictionaries   = []*Dictionary{simple}
	configurations = []*Configuration{{OID: 3748, Name: "simple", ascii: simple, letters: simple, rest: simple}}
)

func init() {
	var ofEnglish *Dictionary
	for _, l := range []struct {
		oid      types.OID
		language string
		stem     func(*snowballstem.Env) bool
	}{
		{13163, "english", english.Stem}, {13151, "arabic", arabic.Stem}, {13159, "danish", danish.Stem}, {13161, "dutch", dutch.Stem},
		{13165, "finnish", finnish.Stem}, {13167, "french", french.Stem}, {13169, "german", german.Stem}, {13175, "hungarian", hungarian.Stem},
		{13179, "irish", irish.Stem}, {13181, "italian", italian.Stem}, {13187, "norwegian", norwegian.Stem},
		{13189, "portuguese", portuguese.Stem}, {13191, "romanian", romanian.Stem}, {13193, "russian", russian.Stem},
		{13197, "spanish", spanish.Stem}, {13199, "swedish", swedish.Stem}, {13201, "tamil", tamil.Stem}, {13203, "turkish", turkish.Stem},
	} {
		d := &Dictionary{OID: l.oid, Name: l.language + "_stem", Language: l.language, stem: l.stem, stops: stopWords(l.language)}
		if ofEnglish == nil {
			ofEnglish = d
		}
		c := &Configuration{OID: l.oid + 1, Name: l.language, ascii: d, letters: d, rest: simple}
		if l.language == "russian" { // what is written in ASCII is not Russian
			c.ascii = ofEnglish
		}
		dictionaries, configurations = append(dictionaries, d), append(configurations, c)
	}
}

// stopWords reads the list of words that a stemmer leaves out, if there is one.
func stopWords(language string) func() map[string]bool {
	return sync.OnceValue(func() map[string]bool {
		text, err := stopFiles.ReadFile("stopwords/" + language + ".stop")
		if err != nil {
			return nil
		}
		words := map[string]bool{}
		for _, w := range strings.Fields(string(text)) {
			words[Lower(w)] = true
		}
		return words
	})
}

// Lower folds a word as dictionaries do.
func Lower(s string) string { return strings.Map(unicode.ToLower, s) }

// HasStopWords says whether a stemmer leaves words out.
func (d *Dictionary) HasStopWords() bool { return d.stops != nil && d.stops() != nil }

// Lexize makes the lexeme of a word; it is empty for a word that is left out.
func (d *Dictionary) Lexize(word string) string {
	word = Lower(word)
	if d.stem == nil {
		return word
	}
	if d.stops()[word] {
		return ""
	}
	if len(word) > maxStemmed {
		return word
	}
	env := snowballstem.NewEnv(word)
	d.stem(env)
	return env.Current()
}

// Dictionaries lists the dictionaries.
func Dictionaries() []*Dictionary { return dictionaries }

// Configurations lists the configurations.
func Configurations() []*Configuration { return configurations }

// DictionaryByOID finds a dictionary, or nil.
func DictionaryByOID(oid types.OID) *Dictionary {
	for _, d := range dictionaries {
		if d.OID == oid {
			return d
		}
	}
	return nil
}

// ConfigurationByOID finds a configuration, or nil.
func ConfigurationByOID(oid types.OID) *Configuration {
	for _, c := range configurations {
		if c.OID == oid {
			return c
		}
	}
	return nil
}

// ConfigurationNamed finds a configuration, or nil.
func ConfigurationNamed(name string) *Configuration {
	for _, c := range configurations {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Dictionary gives the dictionary of a kind of token, or nil if it is not indexed.
func (c *Configuration) Dictionary(k Kind) *Dictionary {
	switch k {
	case Blank, Tag, Protocol, Entity:
		return nil
	case ASCIIWord, ASCIIHWord, HWordASCIIPart:
		return c.ascii
	case Word, HWord, HWordPart:
		return c.letters
	}
	return c.rest
}

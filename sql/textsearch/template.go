package textsearch

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Directories are where the files of dictionaries are looked for, in order.
var Directories = []string{"/usr/share/kalamsql/tsearch_data", "/usr/share/postgresql/15/tsearch_data"}

// Option is one of those that a dictionary is made with.
type Option struct{ Name, Value string }

// The functions that make lexemes in PostgreSQL's templates.
const (
	simpleLexize    types.OID = 3726
	synonymLexize   types.OID = 3729
	ispellLexize    types.OID = 3732
	thesaurusLexize types.OID = 3741
	snowballLexize  types.OID = 13149
)

// TemplateLexize is the function of a built-in template; 0 for another.
func TemplateLexize(template types.OID) types.OID {
	return map[types.OID]types.OID{SimpleOID: simpleLexize, 3730: synonymLexize, 3733: ispellLexize, 3742: thesaurusLexize, SnowballOID: snowballLexize}[template]
}

// NewDictionary makes a dictionary of a template, which is known by the function that makes
// its lexemes.
func NewDictionary(oid types.OID, name string, lexize types.OID, options []Option) (*Dictionary, error) {
	d := &Dictionary{OID: oid, Name: name}
	switch lexize {
	case simpleLexize:
		return d, d.simple(options)
	case synonymLexize:
		return d, d.synonyms(options)
	case snowballLexize:
		return d, d.snowball(options)
	case UnaccentLexize:
		return d, d.unaccent(options)
	case ispellLexize:
		return nil, sqlerr.Unsupported("a dictionary of template ispell")
	case thesaurusLexize:
		return nil, sqlerr.Unsupported("a dictionary of template thesaurus")
	}
	return nil, sqlerr.Unsupported("a dictionary of a template of one's own")
}

func wrongOption(format string, args ...any) error {
	return sqlerr.New(sqlerr.InvalidParameterValue, format, args...)
}

// simple accepts every word that is no stop word, or knows stop words alone.
func (d *Dictionary) simple(options []Option) error {
	var stops stopOption
	accept, accepted := true, false
	for _, o := range options {
		switch strings.ToLower(o.Name) {
		case "stopwords":
			if err := stops.read(o); err != nil {
				return err
			}
		case "accept":
			if accepted {
				return wrongOption("multiple Accept parameters")
			}
			value, ok := types.ParseBool(o.Value)
			if !ok {
				return sqlerr.New(sqlerr.SyntaxError, "%s requires a Boolean value", strings.ToLower(o.Name))
			}
			accept, accepted = value, true
		default:
			return wrongOption(`unrecognized simple dictionary parameter: "%s"`, o.Name)
		}
	}
	d.lexize = func(word string) ([]string, bool) {
		switch word = Lower(word); {
		case word == "" || stops.words[word]:
			return nil, true
		case accept:
			return []string{word}, true
		}
		return nil, false
	}
	return nil
}

// synonyms knows the words of a file, each with what it stands for.
func (d *Dictionary) synonyms(options []Option) error {
	file, sensitive := "", false
	for _, o := range options {
		switch strings.ToLower(o.Name) {
		case "synonyms":
			file = o.Value
		case "casesensitive":
			value, ok := types.ParseBool(o.Value)
			if !ok {
				return sqlerr.New(sqlerr.SyntaxError, "%s requires a Boolean value", strings.ToLower(o.Name))
			}
			sensitive = value
		default:
			return wrongOption(`unrecognized synonym parameter: "%s"`, o.Name)
		}
	}
	if file == "" {
		return wrongOption("missing Synonyms parameter")
	}
	fold := func(s string) string {
		if sensitive {
			return s
		}
		return Lower(s)
	}
	known := map[string]string{}
	err := readFile(file, "syn", "synonym", func(line string) {
		if f := strings.Fields(line); len(f) >= 2 {
			known[fold(f[0])] = fold(f[1])
		}
	})
	if err != nil {
		return err
	}
	d.lexize = func(word string) ([]string, bool) {
		if to, ok := known[fold(word)]; ok && word != "" {
			to, _ = strings.CutSuffix(to, "*") // of queries: that it begins with
			return []string{to}, true
		}
		return nil, false
	}
	return nil
}

// snowball stems the words of a language.
func (d *Dictionary) snowball(options []Option) error {
	var of *Dictionary
	var stops stopOption
	for _, o := range options {
		switch strings.ToLower(o.Name) {
		case "stopwords":
			if err := stops.read(o); err != nil {
				return err
			}
		case "language":
			if of != nil {
				return wrongOption("multiple Language parameters")
			}
			for _, known := range dictionaries {
				if known.Language != "" && known.Language == strings.ToLower(o.Value) {
					of = known
				}
			}
			if of == nil {
				return sqlerr.New(sqlerr.UndefinedObject, `no Snowball stemmer available for language "%s" and encoding "%s"`, o.Value, "UTF8")
			}
		default:
			return wrongOption(`unrecognized Snowball parameter: "%s"`, o.Name)
		}
	}
	if of == nil {
		return wrongOption("missing Language parameter")
	}
	d.Language, d.stem = of.Language, of.stem
	d.stops = func() map[string]bool { return stops.words }
	return nil
}

var fileName = regexp.MustCompile(`^[a-z0-9_]+$`)

// readFile reads the lines of a file of a dictionary; what is an error in it, errors call kind.
func readFile(name, extension, kind string, line func(string)) error {
	if !fileName.MatchString(name) {
		return wrongOption(`invalid text search configuration file name "%s"`, name)
	}
	path := ""
	for _, dir := range Directories {
		path = filepath.Join(dir, name+"."+extension)
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		defer f.Close()
		s := bufio.NewScanner(f)
		for s.Scan() {
			line(s.Text())
		}
		if err := s.Err(); err != nil {
			return sqlerr.New("F0000", `could not read %s file "%s": %v`, kind, path, err)
		}
		return nil
	}
	return sqlerr.New("F0000", `could not open %s file "%s": No such file or directory`, kind, path)
}

// stopOption is the option StopWords, which may be given once.
type stopOption struct {
	given bool
	words map[string]bool
}

func (s *stopOption) read(o Option) (err error) {
	if s.given {
		return wrongOption("multiple StopWords parameters")
	}
	s.given = true
	s.words, err = readStops(o.Value)
	return err
}

// readStops reads a list of stop words: one of the server's own, or a file.
func readStops(name string) (map[string]bool, error) {
	if own := stopWords(name)(); own != nil {
		return own, nil
	}
	words := map[string]bool{}
	err := readFile(name, "stop", "stop-word", func(line string) {
		if f := strings.Fields(line); len(f) > 0 {
			words[Lower(f[0])] = true
		}
	})
	return words, err
}

// NewConfiguration makes a configuration that sends each kind of token to dictionaries in
// turn, until one knows it.
func NewConfiguration(oid types.OID, name string, chains map[Kind][]*Dictionary) *Configuration {
	return &Configuration{OID: oid, Name: name, chains: chains}
}

// Lexize makes the lexemes of a token; known says that a dictionary knows it, if only as a
// word to leave out.
func (c *Configuration) Lexize(t Token) (lexemes []string, known bool) {
	if len(t.Text) > MaxLexeme {
		return nil, false
	}
	word := t.Text
	for _, d := range c.Dictionaries(t.Kind) {
		if lexemes, known = d.Lexemes(word); !known {
			continue
		}
		if !d.filters {
			return lexemes, true
		}
		word = lexemes[0] // for those that follow
	}
	return nil, false
}

// Dictionaries are those that a kind of token goes to; none if it is not indexed.
func (c *Configuration) Dictionaries(k Kind) []*Dictionary {
	if c.chains != nil {
		return c.chains[k]
	}
	if d := c.Dictionary(k); d != nil {
		return []*Dictionary{d}
	}
	return nil
}

// Lexemes makes the lexemes of a word, none of one to leave out; known is false for a word
// that the dictionary knows nothing of.
func (d *Dictionary) Lexemes(word string) (lexemes []string, known bool) {
	if d.lexize != nil {
		return d.lexize(word)
	}
	if lexeme := d.Lexize(word); lexeme != "" {
		return []string{lexeme}, true
	}
	return nil, true
}

// KindNamed finds a kind of tokens by its alias; 0 if there is none.
func KindNamed(alias string) Kind {
	for k, named := range Kinds {
		if k > 0 && named.Alias == alias {
			return Kind(k)
		}
	}
	return 0
}

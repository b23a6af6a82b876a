package textsearch

import (
	_ "embed" // the rules of unaccent
	"strings"
	"sync"

	"github.com/kalamsql/kalamsql/sql/types"
)

// UnaccentLexize stands for the function of the template that extension unaccent brings.
const UnaccentLexize types.OID = 16380

// unaccentRules has a character and what stands for it on each line.
//
//go:embed rules/unaccent.tsv
var unaccentRules string

var unaccented = sync.OnceValue(func() *strings.Replacer {
	var pairs []string
	for line := range strings.Lines(unaccentRules) {
		from, to, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		pairs = append(pairs, from, to)
	}
	return strings.NewReplacer(pairs...)
})

// unaccent knows the words with characters that have accents, by PostgreSQL's rules or those
// of a file.
func (d *Dictionary) unaccent(options []Option) error {
	file := ""
	for _, o := range options {
		if strings.ToLower(o.Name) != "rules" {
			return wrongOption(`unrecognized Unaccent parameter: "%s"`, o.Name)
		}
		if file != "" {
			return wrongOption("multiple Rules parameters")
		}
		file = o.Value
	}
	var replace *strings.Replacer
	switch file {
	case "":
		return wrongOption("missing Rules parameter")
	case "unaccent":
		replace = unaccented()
	default:
		var pairs []string
		err := readFile(file, "rules", "unaccent", func(line string) {
			switch f := strings.Fields(line); len(f) {
			case 1:
				pairs = append(pairs, f[0], "")
			case 2:
				pairs = append(pairs, f...)
			}
		})
		if err != nil {
			return err
		}
		replace = strings.NewReplacer(pairs...)
	}
	d.filters = true
	d.lexize = func(word string) ([]string, bool) {
		if to := replace.Replace(word); to != word {
			return []string{to}, true
		}
		return nil, false
	}
	return nil
}

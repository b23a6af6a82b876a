package expr

import (
	_ "embed" // the rules of unaccent
	"strings"
	"sync"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Extension unaccent, without the dictionary of text search that it is as well.

// unaccentRules has a character and what stands for it on each line.
//
//go:embed pg15/unaccent.tsv
var unaccentRules string

var unaccented = sync.OnceValue(func() *strings.Replacer {
	var pairs []string
	for line := range strings.Lines(unaccentRules) {
		from, to, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		pairs = append(pairs, from, to)
	}
	return strings.NewReplacer(pairs...)
})

func init() {
	offer(&Extension{Name: "unaccent", Version: "1.1", Comment: "text search dictionary that removes accents", Functions: []*ExtensionFunction{
		{Name: "unaccent", Symbol: "unaccent_dict", Args: []*types.Type{types.Text}, Result: types.Text, Volatility: 's', Strict: true,
			Eval: func(_ *Context, a []types.Datum) (types.Datum, error) {
				return types.String(unaccented().Replace(a[0].Str())), nil
			}},
	}})
}

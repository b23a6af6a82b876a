package expr

import (
	"github.com/kalamsql/kalamsql/sql/textsearch"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Extension unaccent: a dictionary of text search, and a function that goes through it.

func init() {
	through := func(c *Context, dictionary types.Datum, text string) (types.Datum, error) {
		d, err := dictionaryOf(c, dictionary)
		if err != nil {
			return types.Null, err
		}
		if list, _ := d.Lexemes(text); len(list) > 0 {
			text = list[0]
		}
		return types.String(text), nil
	}
	own, err := textsearch.NewDictionary(0, "unaccent", textsearch.UnaccentLexize, []textsearch.Option{{Name: "rules", Value: "unaccent"}})
	if err != nil {
		panic(err)
	}
	// One function for both, as PostgreSQL's.
	eval := func(c *Context, a []types.Datum) (types.Datum, error) {
		if len(a) == 2 {
			return through(c, a[0], a[1].Str())
		}
		if list, _ := own.Lexemes(a[0].Str()); len(list) > 0 {
			return types.String(list[0]), nil
		}
		return a[0], nil
	}
	offer(&Extension{Name: "unaccent", Version: "1.1", Comment: "text search dictionary that removes accents", Functions: []*ExtensionFunction{
		{Name: "unaccent", Symbol: "unaccent_dict", Args: []*types.Type{types.RegDictionary, types.Text}, Result: types.Text, Volatility: 's', Strict: true, Eval: eval},
		{Name: "unaccent", Symbol: "unaccent_dict", Args: []*types.Type{types.Text}, Result: types.Text, Volatility: 's', Strict: true, Eval: eval},
	}, Dictionary: &ExtensionDictionary{Lexize: textsearch.UnaccentLexize, Options: []textsearch.Option{{Name: "rules", Value: "unaccent"}}}})
}

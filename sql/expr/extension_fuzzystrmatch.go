package expr

import (
	"github.com/kalamsql/kalamsql/sql/expr/fuzzy"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Extension fuzzystrmatch.

// The longest texts that are compared: characters, and bytes of metaphone.
const maxLevenshtein, maxMetaphone = 255, 255

func init() {
	text := func(of func(string) string) EvalFunc {
		return func(_ *Context, a []types.Datum) (types.Datum, error) { return types.String(of(a[0].Str())), nil }
	}
	// A distance has costs from an argument on, and behind them a bound; -1: not.
	distance := func(costs, bound int) EvalFunc {
		return func(_ *Context, a []types.Datum) (types.Datum, error) {
			c, most := fuzzy.Unit, fuzzy.Unbounded
			if costs > 0 {
				c = fuzzy.Costs{Insert: int(a[costs].Int()), Delete: int(a[costs+1].Int()), Substitute: int(a[costs+2].Int())}
			}
			if bound > 0 {
				most = int(a[bound].Int())
			}
			x, y := []rune(a[0].Str()), []rune(a[1].Str())
			if len(x) > 0 && len(y) > 0 && max(len(x), len(y)) > maxLevenshtein {
				return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "levenshtein argument exceeds maximum length of %d characters", maxLevenshtein)
			}
			return types.Int(int64(int32(fuzzy.Levenshtein(x, y, c, most)))), nil
		}
	}
	recorded(&Extension{Name: "fuzzystrmatch", Version: "1.1", Comment: "determine similarities and distance between strings"}, map[string]any{
		"levenshtein":                       distance(0, 0),
		"levenshtein_with_costs":            distance(2, 0),
		"levenshtein_less_equal":            distance(0, 2),
		"levenshtein_less_equal_with_costs": distance(2, 5),
		"metaphone":                         metaphone,
		"soundex":                           text(fuzzy.Soundex),
		"difference": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(int64(fuzzy.Difference(a[0].Str(), a[1].Str()))), nil
		},
		"dmetaphone":     text(func(s string) string { p, _ := fuzzy.DoubleMetaphone(s); return p }),
		"dmetaphone_alt": text(func(s string) string { _, p := fuzzy.DoubleMetaphone(s); return p }),
	})
}

func metaphone(_ *Context, a []types.Datum) (types.Datum, error) {
	word, most := a[0].Str(), a[1].Int()
	switch {
	case word == "":
		return a[0], nil
	case len(word) > maxMetaphone:
		return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "argument exceeds the maximum length of %d bytes", maxMetaphone)
	case most > maxMetaphone:
		return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "output exceeds the maximum length of %d bytes", maxMetaphone)
	case most <= 0:
		return types.Null, sqlerr.New(sqlerr.ZeroLengthCharacterString, "output cannot be empty string")
	}
	return types.String(fuzzy.Metaphone(word, int(most))), nil
}

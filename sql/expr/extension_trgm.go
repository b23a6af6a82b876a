package expr

import (
	"fmt"
	"strconv"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Extension pg_trgm. Its operator classes make definitions of indexes.

// The settings with the least similarity that makes two texts alike.
var trigramLimits = map[string]float64{"pg_trgm.similarity_threshold": 0.3, "pg_trgm.word_similarity_threshold": 0.6, "pg_trgm.strict_word_similarity_threshold": 0.5}

func trigramLimit(c *Context, setting string) (float32, error) {
	text, err := c.Host.Setting(setting, true)
	if err != nil || text == "" {
		return float32(trigramLimits[setting]), err
	}
	limit, err := strconv.ParseFloat(text, 32)
	if err != nil {
		return 0, sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for parameter "%s": "%s"`, setting, text)
	}
	return float32(limit), nil
}

func init() {
	text, real, boolean := types.Text, types.Float4, types.Boolean
	e := &Extension{Name: "pg_trgm", First: 8600, Version: "1.6", Comment: "text similarity measurement and index searching based on trigrams"}
	function := func(name string, volatility byte, result *types.Type, eval EvalFunc, args ...*types.Type) *ExtensionFunction {
		f := &ExtensionFunction{Name: name, Symbol: name, Args: args, Result: result, Volatility: volatility, Strict: true, Eval: eval}
		e.Functions = append(e.Functions, f)
		return f
	}
	operator := func(name string, f *ExtensionFunction) {
		e.Operators = append(e.Operators, ExtensionOperator{Name: name, Left: text, Right: text, Function: f})
	}
	function("set_limit", 'v', real, func(c *Context, a []types.Datum) (types.Datum, error) {
		limit := a[0].Float()
		if limit < 0 || limit > 1 {
			return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, `%g is outside the valid range for parameter "pg_trgm.similarity_threshold" (0 .. 1)`, limit)
		}
		return a[0], c.Host.SetSetting("pg_trgm.similarity_threshold", types.Float4.Text(a[0], c.env()), false)
	}, real)
	function("show_limit", 's', real, func(c *Context, _ []types.Datum) (types.Datum, error) {
		limit, err := trigramLimit(c, "pg_trgm.similarity_threshold")
		return types.Float(float64(limit)), err
	})
	function("show_trgm", 'i', text.Array, func(_ *Context, a []types.Datum) (types.Datum, error) {
		list := []types.Datum{}
		for _, t := range trigramSet(a[0].Str()) {
			shown := string(t[:])
			for _, b := range t {
				if b != ' ' && (b < '0' || b > '9') && (b|0x20 < 'a' || b|0x20 > 'z') {
					shown = fmt.Sprintf("0x%02x%02x%02x", t[0], t[1], t[2])
				}
			}
			list = append(list, types.String(shown))
		}
		return types.ArrayDatum(text, list), nil
	}, text)
	// measure makes the three functions of a measure: its value, the operator that
	// compares it with a limit, and the distance; swapped is for the commutators.
	type measure func(a, b string) float32
	swapped := func(m measure) measure { return func(a, b string) float32 { return m(b, a) } }
	plain := func(name string, m measure) *ExtensionFunction {
		return function(name, 'i', real, func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Float(float64(m(a[0].Str(), a[1].Str()))), nil
		}, text, text)
	}
	alike := func(op, name, setting string, m measure) {
		operator(op, function(name, 's', boolean, func(c *Context, a []types.Datum) (types.Datum, error) {
			limit, err := trigramLimit(c, setting)
			return types.Bool(m(a[0].Str(), a[1].Str()) >= limit), err
		}, text, text))
	}
	apart := func(op, name string, m measure) {
		operator(op, function(name, 'i', real, func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Float(float64(1 - m(a[0].Str(), a[1].Str()))), nil
		}, text, text))
	}
	word := func(a, b string) float32 { return wordSimilarity(a, b, false) }
	strict := func(a, b string) float32 { return wordSimilarity(a, b, true) }
	plain("similarity", similarity)
	alike("%", "similarity_op", "pg_trgm.similarity_threshold", similarity)
	plain("word_similarity", word)
	alike("<%", "word_similarity_op", "pg_trgm.word_similarity_threshold", word)
	alike("%>", "word_similarity_commutator_op", "pg_trgm.word_similarity_threshold", swapped(word))
	apart("<->", "similarity_dist", similarity)
	apart("<<->", "word_similarity_dist_op", word)
	apart("<->>", "word_similarity_dist_commutator_op", swapped(word))
	plain("strict_word_similarity", strict)
	alike("<<%", "strict_word_similarity_op", "pg_trgm.strict_word_similarity_threshold", strict)
	alike("%>>", "strict_word_similarity_commutator_op", "pg_trgm.strict_word_similarity_threshold", swapped(strict))
	apart("<<<->", "strict_word_similarity_dist_op", strict)
	apart("<->>>", "strict_word_similarity_dist_commutator_op", swapped(strict))
	offer(e)
}

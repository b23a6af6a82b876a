package expr

import (
	"regexp"
	"strings"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Extension citext.

func init() {
	ci, text, texts := ExtensionType("citext"), types.Text, types.Text.Array
	e := &Extension{Name: "citext", First: 8000, Version: "1.6", Comment: "data type for case-insensitive character strings", Types: []*types.Type{ci}, Aggregates: []string{"min", "max"}}
	function := func(name, symbol string, result *types.Type, eval EvalFunc, args ...*types.Type) *ExtensionFunction {
		f := &ExtensionFunction{Name: name, Symbol: symbol, Args: args, Result: result, Volatility: 'i', Strict: true, Eval: eval}
		e.Functions = append(e.Functions, f)
		return f
	}
	operator := func(f *ExtensionFunction, names ...string) {
		for _, name := range names {
			e.Operators = append(e.Operators, ExtensionOperator{Name: name, Left: f.Args[0], Right: f.Args[1], Function: f})
		}
	}
	function("citextin", "citextin", ci, nil, types.Cstring)
	function("citextout", "citextout", types.Cstring, nil, ci)
	function("citextrecv", "citextrecv", ci, nil, types.Internal).Volatility = 's'
	function("citextsend", "citextsend", types.Bytea, nil, ci).Volatility = 's'
	fromPadded := function("citext", "rtrim1", ci, evalCode["rtrim1"], types.BPChar)
	fromBoolean := function("citext", "booltext", ci, evalCode["booltext"], types.Boolean)
	fromInet := function("citext", "network_show", ci, networkShow, types.Inet)
	e.Casts = []ExtensionCast{
		{Source: ci, Target: text, Context: Implicit}, {Source: ci, Target: types.Varchar, Context: Implicit}, {Source: ci, Target: types.BPChar, Context: Assignment},
		{Source: text, Target: ci, Context: Assignment}, {Source: types.Varchar, Target: ci, Context: Assignment},
		{types.BPChar, ci, fromPadded, Assignment}, {types.Boolean, ci, fromBoolean, Assignment}, {types.Inet, ci, fromInet, Assignment},
	}
	for _, c := range []struct {
		operator, name string
		holds          func(c int) bool
	}{
		{"=", "eq", func(c int) bool { return c == 0 }}, {"<>", "ne", func(c int) bool { return c != 0 }},
		{"<", "lt", func(c int) bool { return c < 0 }}, {"<=", "le", func(c int) bool { return c <= 0 }},
		{">", "gt", func(c int) bool { return c > 0 }}, {">=", "ge", func(c int) bool { return c >= 0 }},
	} {
		holds := func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(c.holds(foldedOrder(a))), nil
		}
		operator(function("citext_"+c.name, "citext_"+c.name, types.Boolean, holds, ci, ci), c.operator)
		if c.name != "eq" && c.name != "ne" { // the same, but by bytes, which is the order here anyway
			operator(function("citext_pattern_"+c.name, "citext_pattern_"+c.name, types.Boolean, holds, ci, ci), "~"+c.operator+"~")
		}
	}
	order := func(_ *Context, a []types.Datum) (types.Datum, error) { return types.Int(int64(foldedOrder(a))), nil }
	function("citext_cmp", "citext_cmp", types.Int4, order, ci, ci)
	function("citext_pattern_cmp", "citext_pattern_cmp", types.Int4, order, ci, ci)
	extreme := func(sign int) EvalFunc {
		return func(_ *Context, a []types.Datum) (types.Datum, error) {
			if foldedOrder(a)*sign > 0 {
				return a[0], nil
			}
			return a[1], nil
		}
	}
	function("citext_smaller", "citext_smaller", ci, extreme(-1), ci, ci)
	function("citext_larger", "citext_larger", ci, extreme(1), ci, ci)
	for _, c := range []struct {
		symbol string
		names  []string
	}{{"texticlike", []string{"~~", "~~*"}}, {"texticnlike", []string{"!~~", "!~~*"}}, {"texticregexeq", []string{"~", "~*"}}, {"texticregexne", []string{"!~", "!~*"}}} {
		for _, right := range []*types.Type{ci, text} {
			eval := func(ctx *Context, a []types.Datum) (types.Datum, error) { return evalCode[c.symbol](ctx, a) }
			operator(function(c.symbol, c.symbol, types.Boolean, eval, ci, right), c.names...)
		}
	}
	// Where flags can be given, they are without regard to case unless they say c.
	flagged := func(name string, result *types.Type, at int, eval EvalFunc, more ...*types.Type) {
		folding := func(ctx *Context, a []types.Datum) (types.Datum, error) { return eval(ctx, withoutCase(a, at)) }
		args := append([]*types.Type{ci, ci}, more...)
		function(name, "citext_"+name, result, folding, args...)
		function(name, "citext_"+name, result, folding, append(args[:len(args):len(args)], text)...)
	}
	flaggedSet := func(name string, result *types.Type, set SetFunc) {
		for _, args := range [][]*types.Type{{ci, ci}, {ci, ci, text}} {
			function(name, "citext_"+name, result, nil, args...).Set = func(ctx *Context, a []types.Datum, yield func(types.Row) error) error {
				return set(ctx, withoutCase(a, 2), yield)
			}
		}
	}
	flagged("regexp_match", texts, 2, regexpMatch)
	flaggedSet("regexp_matches", texts, regexpMatches)
	flagged("regexp_replace", text, 3, func(ctx *Context, a []types.Datum) (types.Datum, error) { return evalCode["textregexreplace"](ctx, a) }, text)
	flagged("regexp_split_to_array", texts, 2, func(ctx *Context, a []types.Datum) (types.Datum, error) {
		return evalCode["regexp_split_to_array"](ctx, a)
	})
	flaggedSet("regexp_split_to_table", text, func(ctx *Context, a []types.Datum, yield func(types.Row) error) error {
		return setCode["regexp_split_to_table"](ctx, a, yield)
	})
	function("strpos", "citext_strpos", types.Int4, func(ctx *Context, a []types.Datum) (types.Datum, error) {
		return evalCode["textpos"](ctx, []types.Datum{folded(a[0]), folded(a[1])})
	}, ci, ci)
	function("replace", "citext_replace", text, func(_ *Context, a []types.Datum) (types.Datum, error) {
		return replaceRegex(a[0].Str(), regexp.QuoteMeta(a[1].Str()), a[2].Str(), "i", 1, 0)
	}, ci, ci, ci)
	function("split_part", "citext_split_part", text, func(_ *Context, a []types.Datum) (types.Datum, error) {
		parts, err := splitRegex([]types.Datum{a[0], types.String(regexp.QuoteMeta(a[1].Str())), types.String("i")}, "split_part()")
		if n := a[2].Int(); err == nil && n >= 1 && n <= int64(len(parts)) {
			return parts[n-1], nil
		}
		return types.Null, err
	}, ci, ci, types.Int4)
	function("translate", "citext_translate", text, func(_ *Context, a []types.Datum) (types.Datum, error) {
		s := translate(a[0].Str(), strings.ToLower(a[1].Str()), a[2].Str())
		return types.String(translate(s, strings.ToUpper(a[1].Str()), a[2].Str())), nil
	}, ci, ci, text)
	offer(e)
}

func folded(d types.Datum) types.Datum { return types.String(types.Fold(d.Str())) }

// foldedOrder compares two texts without regard to case.
func foldedOrder(a []types.Datum) int {
	return strings.Compare(types.Fold(a[0].Str()), types.Fold(a[1].Str()))
}

// withoutCase puts i among the flags of a regular expression, which are the argument
// at a place, unless they say c.
func withoutCase(a []types.Datum, at int) []types.Datum {
	flags := ""
	if len(a) > at {
		flags = a[at].Str()
	}
	if !strings.Contains(flags, "c") {
		flags += "i"
	}
	return append(a[:at:at], types.String(flags))
}

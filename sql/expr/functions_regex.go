package expr

import (
	"strings"
	"unicode/utf8"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The regular-expression operators and functions.

func regexTest(flags string, negated bool) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		re, err := compileRegex(a[1].Str(), flags, false)
		if err != nil {
			return types.Null, err
		}
		found, err := re.MatchString(a[0].Str())
		return types.Bool(found != negated), err
	}
}

// cutGlobal takes g out of the flags.
func cutGlobal(flags string) (rest string, global bool) {
	return strings.ReplaceAll(flags, "g", ""), strings.Contains(flags, "g")
}

func noGlobal(fn, flags string) error {
	if strings.Contains(flags, "g") {
		e := sqlerr.New(sqlerr.InvalidParameterValue, "%s does not support the \"global\" option", fn)
		if fn == "regexp_match()" {
			e = e.WithHint("Use the regexp_matches function instead.")
		}
		return e
	}
	return nil
}

// groups gives a match as regexp_match does: the parenthesised parts, or the
// whole.
func groups(s string, m []int) types.Datum {
	first := 1
	if len(m) == 2 {
		first = 0
	}
	var out []types.Datum
	for i := first; i < len(m)/2; i++ {
		if m[2*i] < 0 {
			out = append(out, types.Null)
		} else {
			out = append(out, types.String(s[m[2*i]:m[2*i+1]]))
		}
	}
	return types.ArrayDatum(types.Text, out)
}

func optText(a []types.Datum, i int, missing string) string {
	if i < len(a) {
		return a[i].Str()
	}
	return missing
}

func optInt(a []types.Datum, i int, missing int) int {
	if i < len(a) {
		return int(a[i].Int())
	}
	return missing
}

// expand writes a replacement with \1, \& and \\ for a match.
func expand(b *strings.Builder, s, with string, m []int) {
	for i := 0; i < len(with); i++ {
		if with[i] != '\\' || i+1 >= len(with) {
			b.WriteByte(with[i])
			continue
		}
		i++
		switch c := with[i]; {
		case c >= '1' && c <= '9':
			if n := int(c - '0'); 2*n+1 < len(m) && m[2*n] >= 0 {
				b.WriteString(s[m[2*n]:m[2*n+1]])
			}
		case c == '&':
			b.WriteString(s[m[0]:m[1]])
		case c == '\\':
			b.WriteByte('\\')
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
}

// replaceRegex replaces the n-th match from start (a character), or all with n 0.
func replaceRegex(s, pattern, with, flags string, start, n int) (types.Datum, error) {
	re, err := compileRegex(pattern, flags, true)
	if err != nil {
		return types.Null, err
	}
	from := searchStart(s, start)
	var b strings.Builder
	at := 0
	matches, err := re.FindAllStringSubmatchIndex(s, from)
	if err != nil {
		return types.Null, err
	}
	for _, m := range matches {
		if n > 1 {
			n--
			continue
		}
		b.WriteString(s[at:m[0]])
		expand(&b, s, with, m)
		if b.Len() > maxValueBytes {
			return types.Null, outOfMemory()
		}
		at = m[1]
		if n == 1 {
			break
		}
	}
	b.WriteString(s[at:])
	return types.String(b.String()), nil
}

func positive(v int, name string) error {
	if v <= 0 {
		return invalidParameter(name, v)
	}
	return nil
}

func invalidParameter(name string, v int) error {
	return sqlerr.New(sqlerr.InvalidParameterValue, "invalid value for parameter \"%s\": %d", name, v)
}

// splitRegex cuts s at matches, as regexp_split_to_array does.
func splitRegex(a []types.Datum, fn string) ([]types.Datum, error) {
	flags := optText(a, 2, "")
	if err := noGlobal(fn, flags); err != nil {
		return nil, err
	}
	re, err := compileRegex(a[1].Str(), flags, true)
	if err != nil {
		return nil, err
	}
	s := a[0].Str()
	var out []types.Datum
	at := 0
	matches, err := re.FindAllStringSubmatchIndex(s, 0)
	if err != nil {
		return nil, err
	}
	for _, m := range matches {
		if m[0] == m[1] && (m[0] == 0 || m[0] == len(s) || m[0] == at) {
			continue
		}
		out = append(out, types.String(s[at:m[0]]))
		at = m[1]
	}
	return append(out, types.String(s[at:])), nil
}

// searchStart is the offset of a character, which counts from 1; behind the end if there is
// no such place.
func searchStart(s string, start int) int {
	at := 0
	for n := 1; n < start; n++ {
		if at >= len(s) {
			return len(s) + 1
		}
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return at
}

// regexSubstring is substring(s from pattern): what the first parenthesised part matches, or
// the whole.
func regexSubstring(s, pattern string) (types.Datum, error) {
	re, err := compileRegex(pattern, "", true)
	if err != nil {
		return types.Null, err
	}
	m, err := re.FindStringSubmatchIndex(s)
	if m == nil || err != nil {
		return types.Null, err
	}
	if len(m) > 2 {
		if m[2] < 0 {
			return types.Null, nil
		}
		return types.String(s[m[2]:m[3]]), nil
	}
	return types.String(s[m[0]:m[1]]), nil
}

// nthMatch finds the n-th match from a start character.
func nthMatch(re matcher, s string, start, n int) ([]int, error) {
	matches, err := re.FindAllStringSubmatchIndex(s, searchStart(s, start))
	for _, m := range matches {
		if n--; n == 0 {
			return m, err
		}
	}
	return nil, err
}

func init() {
	for _, t := range []string{"text", "name", "bpchar"} {
		evalCode[t+"regexeq"], evalCode[t+"regexne"] = regexTest("", false), regexTest("", true)
		evalCode[t+"icregexeq"], evalCode[t+"icregexne"] = regexTest("i", false), regexTest("i", true)
	}
	for _, suffix := range []string{"", "_no_flags", "_no_start", "_no_n", "_no_endoption", "_no_subexpr"} {
		evalCode["regexp_like"+suffix] = regexpLike
		evalCode["regexp_match"+suffix] = regexpMatch
		evalCode["regexp_count"+suffix] = regexpCount
		evalCode["regexp_instr"+suffix] = regexpInstr
		evalCode["regexp_substr"+suffix] = regexpSubstr
		evalCode["regexp_split_to_array"+suffix] = func(_ *Context, a []types.Datum) (types.Datum, error) {
			parts, err := splitRegex(a, "regexp_split_to_array()")
			return types.ArrayDatum(types.Text, parts), err
		}
		setCode["regexp_split_to_table"+suffix] = func(_ *Context, a []types.Datum, yield func(types.Row) error) error {
			parts, err := splitRegex(a, "regexp_split_to_table()")
			if err != nil {
				return err
			}
			return yieldAll(parts, yield)
		}
		setCode["regexp_matches"+suffix] = regexpMatches
	}
	extended := func(_ *Context, a []types.Datum) (types.Datum, error) {
		start, n := optInt(a, 3, 1), optInt(a, 4, 1)
		flags, global := cutGlobal(optText(a, 5, ""))
		if err := positive(start, "start"); err != nil {
			return types.Null, err
		}
		if n < 0 {
			return types.Null, positive(n, "n")
		}
		if len(a) < 5 && global {
			n = 0
		}
		return replaceRegex(a[0].Str(), a[1].Str(), a[2].Str(), flags, start, n)
	}
	similar := func(_ *Context, a []types.Datum) (types.Datum, error) {
		if a[0].IsNull() {
			return types.Null, nil
		}
		esc := `\`
		if len(a) > 1 && !a[1].IsNull() {
			esc = a[1].Str()
		}
		s, err := similarToRegex(a[0].Str(), esc)
		return types.String(s), err
	}
	register(map[string]EvalFunc{
		"textregexsubstr": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return regexSubstring(a[0].Str(), a[1].Str())
		},
		"sql:substring": func(_ *Context, a []types.Datum) (types.Datum, error) {
			pattern, err := similarToRegex(a[1].Str(), a[2].Str())
			if err != nil {
				return types.Null, err
			}
			return regexSubstring(a[0].Str(), pattern)
		},
		"textregexreplace_noopt": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return replaceRegex(a[0].Str(), a[1].Str(), a[2].Str(), "", 1, 1)
		},
		"textregexreplace": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if f := a[3].Str(); f != "" && f[0] >= '0' && f[0] <= '9' {
				return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, `invalid regular expression option: "%c"`, f[0]).
					WithHint("If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly.")
			}
			flags, global := cutGlobal(a[3].Str())
			if global {
				return replaceRegex(a[0].Str(), a[1].Str(), a[2].Str(), flags, 1, 0)
			}
			return replaceRegex(a[0].Str(), a[1].Str(), a[2].Str(), flags, 1, 1)
		},
		"textregexreplace_extended": extended, "textregexreplace_extended_no_flags": extended, "textregexreplace_extended_no_n": extended,
		"similar_to_escape_1": similar, "similar_to_escape_2": similar, "similar_escape": similar,
	})
}

func regexpLike(_ *Context, a []types.Datum) (types.Datum, error) {
	flags := optText(a, 2, "")
	if err := noGlobal("regexp_like()", flags); err != nil {
		return types.Null, err
	}
	return regexTest(flags, false)(nil, a)
}

func regexpMatch(_ *Context, a []types.Datum) (types.Datum, error) {
	flags := optText(a, 2, "")
	if err := noGlobal("regexp_match()", flags); err != nil {
		return types.Null, err
	}
	re, err := compileRegex(a[1].Str(), flags, true)
	if err != nil {
		return types.Null, err
	}
	m, err := re.FindStringSubmatchIndex(a[0].Str())
	if m == nil || err != nil {
		return types.Null, err
	}
	return groups(a[0].Str(), m), nil
}

func regexpMatches(_ *Context, a []types.Datum, yield func(types.Row) error) error {
	flags, global := cutGlobal(optText(a, 2, ""))
	re, err := compileRegex(a[1].Str(), flags, true)
	if err != nil {
		return err
	}
	var matches [][]int
	if global {
		matches, err = re.FindAllStringSubmatchIndex(a[0].Str(), 0)
	} else if m, failed := re.FindStringSubmatchIndex(a[0].Str()); m != nil || failed != nil {
		matches, err = [][]int{m}, failed
	}
	if err != nil {
		return err
	}
	for _, m := range matches {
		if err := yield(one(groups(a[0].Str(), m))); err != nil {
			return err
		}
	}
	return nil
}

func regexpCount(_ *Context, a []types.Datum) (types.Datum, error) {
	start := optInt(a, 2, 1)
	if err := positive(start, "start"); err != nil {
		return types.Null, err
	}
	flags := optText(a, 3, "")
	if err := noGlobal("regexp_count()", flags); err != nil {
		return types.Null, err
	}
	re, err := compileRegex(a[1].Str(), flags, true)
	if err != nil {
		return types.Null, err
	}
	s := a[0].Str()
	matches, err := re.FindAllStringSubmatchIndex(s, searchStart(s, start))
	return types.Int(int64(len(matches))), err
}

func regexpInstr(_ *Context, a []types.Datum) (types.Datum, error) {
	start, n, end, sub := optInt(a, 2, 1), optInt(a, 3, 1), optInt(a, 4, 0), optInt(a, 6, 0)
	if err := positive(start, "start"); err != nil {
		return types.Null, err
	}
	if err := positive(n, "n"); err != nil {
		return types.Null, err
	}
	if end < 0 || end > 1 {
		return types.Null, invalidParameter("endoption", end)
	}
	if sub < 0 {
		return types.Null, invalidParameter("subexpr", sub)
	}
	if err := noGlobal("regexp_instr()", optText(a, 5, "")); err != nil {
		return types.Null, err
	}
	re, err := compileRegex(a[1].Str(), optText(a, 5, ""), true)
	if err != nil {
		return types.Null, err
	}
	m, err := nthMatch(re, a[0].Str(), start, n)
	if err != nil {
		return types.Null, err
	}
	if m == nil || 2*sub+1 >= len(m) || m[2*sub] < 0 {
		return types.Int(0), nil
	}
	return types.Int(int64(utf8.RuneCountInString(a[0].Str()[:m[2*sub+end]]) + 1)), nil
}

func regexpSubstr(_ *Context, a []types.Datum) (types.Datum, error) {
	start, n, sub := optInt(a, 2, 1), optInt(a, 3, 1), optInt(a, 5, 0)
	if err := positive(start, "start"); err != nil {
		return types.Null, err
	}
	if err := positive(n, "n"); err != nil {
		return types.Null, err
	}
	if sub < 0 {
		return types.Null, invalidParameter("subexpr", sub)
	}
	if err := noGlobal("regexp_substr()", optText(a, 4, "")); err != nil {
		return types.Null, err
	}
	re, err := compileRegex(a[1].Str(), optText(a, 4, ""), true)
	if err != nil {
		return types.Null, err
	}
	m, err := nthMatch(re, a[0].Str(), start, n)
	if err != nil {
		return types.Null, err
	}
	if m == nil || 2*sub+1 >= len(m) || m[2*sub] < 0 {
		return types.Null, nil
	}
	return types.String(a[0].Str()[m[2*sub]:m[2*sub+1]]), nil
}

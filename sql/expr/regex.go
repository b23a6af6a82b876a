package expr

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// PostgreSQL's advanced regular expressions are translated to Go's regexp where
// both mean the same, with leftmost-longest matching switched on. What Go's
// engine cannot do (back references, look-around, a mixture of greedy and
// non-greedy quantifiers where the extent of the match matters) is matched by the
// tree of the expression (areRegex), which takes more than linear time.

// matcher is a compiled regular expression.
type matcher interface {
	MatchString(s string) (bool, error)
	FindStringSubmatchIndex(s string) ([]int, error)
	// FindAllStringSubmatchIndex gives the matches from an offset on. Each search begins
	// where the match before has ended, or a character behind an empty one.
	FindAllStringSubmatchIndex(s string, from int) ([][]int, error)
	NumSubexp() int
}

// goRegex is one of Go's engine. Of alternatives that lead to the same extent it
// takes the first, PostgreSQL the longest: where that tells, tree is the expression's,
// and says what the parts of a match are.
//
// Go has no match that is empty and follows another at once; PostgreSQL does. after, if the
// expression matches emptiness somewhere, matches a character and the expression behind it.
// Nor does Go search from an offset with what is before it in sight: slow compiles the
// expression for the engine that can, where one character before does not suffice.
type goRegex struct {
	*regexp.Regexp
	tree  *areRegex
	after *regexp.Regexp
	slow  func() (*areRegex, error)
}

// MatchString implements matcher, as the others.
func (re goRegex) MatchString(s string) (bool, error) { return re.Regexp.MatchString(s), nil }

func (re goRegex) FindStringSubmatchIndex(s string) ([]int, error) {
	return re.parts(s, re.Regexp.FindStringSubmatchIndex(s)), nil
}

func (re goRegex) FindAllStringSubmatchIndex(s string, from int) ([][]int, error) {
	if from > len(s) {
		return nil, nil
	}
	before := characterBefore(s, from)
	all := re.Regexp.FindAllStringSubmatchIndex(s[before:], -1)
	if len(all) > 0 && before+all[0][0] < from {
		if all[0][1] > all[0][0] {
			tree, err := re.slow()
			if err != nil {
				return nil, err
			}
			return tree.FindAllStringSubmatchIndex(s, from)
		}
		all = all[1:]
	}
	var out [][]int
	for i, m := range all {
		shift(m, before)
		out = append(out, re.parts(s, m))
		if re.after == nil || m[0] == m[1] || i+1 < len(all) && before+all[i+1][0] == m[1] {
			continue
		}
		at := characterBefore(s, m[1])
		if empty := re.after.FindStringSubmatchIndex(s[at:]); empty != nil {
			shift(empty, at)
			empty[0] = empty[1]
			out = append(out, empty)
		}
	}
	return out, nil
}

// characterBefore is where the character before an offset begins.
func characterBefore(s string, at int) int {
	_, n := utf8.DecodeLastRuneInString(s[:at])
	return at - n
}

// shift moves the places of a match.
func shift(m []int, by int) {
	for i := range m {
		if m[i] >= 0 {
			m[i] += by
		}
	}
}

// matchesEmpty says whether an expression can match no character at all.
func matchesEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL, syntax.OpNoMatch:
		return false
	case syntax.OpCapture, syntax.OpPlus:
		return matchesEmpty(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min == 0 || matchesEmpty(re.Sub[0])
	case syntax.OpConcat:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !matchesEmpty(sub) })
	case syntax.OpAlternate:
		return slices.ContainsFunc(re.Sub, matchesEmpty)
	}
	return true
}

// parts settles the parts of a match; where that takes too long they stay as Go has
// them.
func (re goRegex) parts(s string, m []int) []int {
	if re.tree == nil || m == nil {
		return m
	}
	if settled := re.tree.within(s, m[0], m[1]); settled != nil {
		return settled
	}
	return m
}

// regexKey names a compiled regular expression.
type regexKey struct {
	pattern, flags string
	extent         bool
}

// regexCache keeps compiled expressions; it starts over when it is full.
var regexCache struct {
	sync.Mutex
	entries map[regexKey]matcher
}

const regexCacheSize = 256

// compileRegex compiles pattern under PostgreSQL's flags ("i", "n", "x", ...).
// extent says that it matters how far a match reaches, not only that there is
// one.
func compileRegex(pattern, flags string, extent bool) (matcher, error) {
	key := regexKey{pattern, flags, extent}
	regexCache.Lock()
	re := regexCache.entries[key]
	regexCache.Unlock()
	if re != nil {
		return re, nil
	}
	re, err := translateRegex(pattern, flags, extent)
	if err != nil {
		return nil, err
	}
	regexCache.Lock()
	defer regexCache.Unlock()
	if regexCache.entries == nil || len(regexCache.entries) >= regexCacheSize {
		regexCache.entries = map[regexKey]matcher{}
	}
	regexCache.entries[key] = re
	return re, nil
}

func badRegex(reason string) error {
	return sqlerr.New(sqlerr.InvalidRegularExpression, "invalid regular expression: %s", reason)
}

// regexOptions are the flags of one expression.
type regexOptions struct{ fold, expanded, dotLine, anchors, literal bool }

func (o *regexOptions) set(flags string) error {
	for _, f := range flags {
		switch f {
		case 'i':
			o.fold = true
		case 'c':
			o.fold = false
		case 'n', 'm':
			o.dotLine, o.anchors = true, true
		case 'p':
			o.dotLine, o.anchors = true, false
		case 'w':
			o.dotLine, o.anchors = false, true
		case 's':
			o.dotLine, o.anchors = false, false
		case 'x':
			o.expanded = true
		case 't':
			o.expanded = false
		case 'q':
			o.literal = true
		case 'e':
		case 'b':
			return sqlerr.Unsupported("basic regular expressions")
		default:
			return sqlerr.New(sqlerr.InvalidParameterValue, "invalid regular expression option: \"%c\"", f)
		}
	}
	return nil
}

// regexOptionsOf reads the options of an expression, from flags and from what it begins
// with, and gives the rest of it.
func regexOptionsOf(pattern, flags string) (rest string, o regexOptions, err error) {
	if err := o.set(flags); err != nil {
		return "", o, err
	}
	switch {
	case strings.HasPrefix(pattern, "***="):
		o.literal, pattern = true, pattern[4:]
	case strings.HasPrefix(pattern, "***:"):
		pattern = pattern[4:]
	}
	if !o.literal && strings.HasPrefix(pattern, "(?") && len(pattern) > 2 && pattern[2] >= 'a' && pattern[2] <= 'z' {
		if end := strings.IndexByte(pattern, ')'); end > 0 {
			if err := o.set(pattern[2:end]); err != nil {
				return "", o, badRegex("invalid embedded option")
			}
			pattern = pattern[end+1:]
		}
	}
	return pattern, o, nil
}

func translateRegex(pattern, flags string, extent bool) (matcher, error) {
	pattern, o, err := regexOptionsOf(pattern, flags)
	if err != nil {
		return nil, err
	}
	t := regexTranslator{in: pattern, options: o}
	body := regexp.QuoteMeta(pattern)
	if !o.literal {
		var err error
		if body, err = t.run(); err != nil {
			return nil, err
		}
	}
	prefix := ""
	if o.fold {
		prefix += "i"
	}
	if !o.dotLine {
		prefix += "s"
	}
	if o.anchors {
		prefix += "m"
	}
	if prefix != "" {
		body = "(?" + prefix + ")" + body
	}
	if t.beyond || t.greedy && t.lazy && extent {
		re, err := compileARE(pattern, o)
		if err != nil {
			return nil, err
		}
		return re, nil
	}
	re, err := regexp.Compile(body)
	if err != nil {
		return nil, regexError(err)
	}
	if !t.lazy {
		re.Longest()
	}
	out := goRegex{Regexp: re, slow: sync.OnceValues(func() (*areRegex, error) { return compileARE(pattern, o) })}
	if parsed, err := syntax.Parse(body, syntax.Perl); extent && err == nil && matchesEmpty(parsed) {
		if out.after, err = regexp.Compile(`\A(?s:.)(?:` + body + ")"); err != nil {
			return out.slow() // it was as large as can be without that
		}
		if !t.lazy {
			out.after.Longest()
		}
	}
	if extent && t.alternates && !t.lazy && re.NumSubexp() > 0 {
		if out.tree, err = compileARE(pattern, o); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// regexError words Go's complaint as PostgreSQL does.
func regexError(err error) error {
	text := err.Error()
	for _, m := range [][2]string{
		{"missing closing ]", "brackets [] not balanced"}, {"missing closing )", "parentheses () not balanced"}, {"unexpected )", "parentheses () not balanced"},
		{"missing argument to repetition", "quantifier operand invalid"}, {"invalid nested repetition", "quantifier operand invalid"},
		{"invalid character class", "invalid character range"}, {"invalid repeat count", "invalid repetition count(s)"}, {"trailing backslash", "invalid escape \\ sequence"},
	} {
		if strings.Contains(text, m[0]) {
			return badRegex(m[1])
		}
	}
	return badRegex("invalid escape \\ sequence")
}

// repetitionBound is a {m}, {m,} or {m,n}.
var repetitionBound = regexp.MustCompile(`^\{[0-9]+(,[0-9]*)?\}$`)

// regexTranslator rewrites one expression.
type regexTranslator struct {
	in           string
	options      regexOptions
	out          strings.Builder
	greedy, lazy bool
	alternates   bool
	beyond       bool // it has what Go's engine does not do
}

var regexClasses = map[string]string{
	"alpha": `\p{L}`, "digit": `0-9`, "alnum": `\p{L}\p{N}`, "upper": `\p{Lu}`, "lower": `\p{Ll}`, "space": `\s`,
	"blank": ` \t`, "punct": `[:punct:]`, "cntrl": `[:cntrl:]`, "graph": `[:graph:]`, "print": `[:print:]`, "xdigit": `0-9A-Fa-f`, "word": `\p{L}\p{N}_`,
}

func (t *regexTranslator) run() (string, error) {
	s := t.in
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '\\':
			n, err := t.escape(s[i:], false)
			if err != nil {
				return "", err
			}
			i += n
		case c == '[':
			n, err := t.bracket(s[i:])
			if err != nil {
				return "", err
			}
			i += n
		case c == '(' && strings.HasPrefix(s[i:], "(?"):
			switch {
			case strings.HasPrefix(s[i:], "(?:"):
				t.out.WriteString("(?:")
				i += 3
			case strings.HasPrefix(s[i:], "(?="), strings.HasPrefix(s[i:], "(?!"), strings.HasPrefix(s[i:], "(?<"):
				t.beyond = true
				return "", nil
			case strings.HasPrefix(s[i:], "(?#"):
				end := strings.IndexByte(s[i:], ')')
				if end < 0 {
					return "", badRegex("parentheses () not balanced")
				}
				i += end + 1
			default:
				return "", badRegex("quantifier operand invalid")
			}
		case c == '*' || c == '+' || c == '?':
			t.out.WriteByte(c)
			i = t.quantifierEnd(i + 1)
		case c == '{' && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9':
			end := strings.IndexByte(s[i:], '}')
			if end < 0 {
				return "", badRegex("braces {} not balanced")
			}
			switch {
			case i == 0 || strings.IndexByte("(|^", s[i-1]) >= 0 && (i == 1 || s[i-2] != '\\'):
				return "", badRegex("quantifier operand invalid")
			case !repetitionBound.MatchString(s[i : i+end+1]):
				return "", badRegex("invalid repetition count(s)")
			}
			t.out.WriteString(s[i : i+end+1])
			i = t.quantifierEnd(i + end + 1)
		case c == '{':
			t.out.WriteString(`\{`)
			i++
		case t.options.expanded && strings.IndexByte(" \t\n\r", c) >= 0:
			i++
		case t.options.expanded && c == '#':
			for i < len(s) && s[i] != '\n' {
				i++
			}
		default:
			t.alternates = t.alternates || c == '|'
			t.out.WriteByte(c)
			i++
		}
	}
	return t.out.String(), nil
}

// quantifierEnd notes whether the quantifier that ends at i is greedy.
func (t *regexTranslator) quantifierEnd(i int) int {
	if i < len(t.in) && t.in[i] == '?' {
		t.lazy = true
		t.out.WriteByte('?')
		return i + 1
	}
	t.greedy = true
	return i
}

// escape translates the escape at the start of s and gives its length.
func (t *regexTranslator) escape(s string, inBracket bool) (int, error) {
	if len(s) < 2 {
		return 0, badRegex("invalid escape \\ sequence")
	}
	c := s[1]
	put := func(outside, inside string) {
		if inBracket {
			t.out.WriteString(inside)
		} else {
			t.out.WriteString(outside)
		}
	}
	switch c {
	case 'd':
		put(`[0-9]`, `0-9`)
	case 'D':
		t.out.WriteString(`[^0-9]`)
	case 'w':
		put(`[\p{L}\p{N}_]`, `\p{L}\p{N}_`)
	case 'W':
		t.out.WriteString(`[^\p{L}\p{N}_]`)
	case 's':
		t.out.WriteString(`\s`)
	case 'S':
		t.out.WriteString(`\S`)
	case 'y':
		t.out.WriteString(`\b`)
	case 'Y':
		t.out.WriteString(`\B`)
	case 'A':
		t.out.WriteString(`\A`)
	case 'Z':
		t.out.WriteString(`\z`)
	case 'm', 'M':
		t.beyond = true
	case 'a', 'f', 'n', 'r', 't', 'v':
		t.out.WriteString(s[:2])
	case 'b':
		t.out.WriteString(`\x08`)
	case 'B':
		t.out.WriteString(`\\`)
	case 'e':
		t.out.WriteString(`\x1b`)
	case '0':
		t.out.WriteString(`\x00`)
	case 'u', 'U', 'x':
		n := map[byte]int{'u': 4, 'U': 8, 'x': 0}[c]
		end := 2
		for end < len(s) && (n == 0 || end < 2+n) && strings.IndexByte("0123456789abcdefABCDEF", s[end]) >= 0 {
			end++
		}
		if end == 2 {
			return 0, badRegex("invalid escape \\ sequence")
		}
		t.out.WriteString(`\x{` + s[2:end] + `}`)
		return end, nil
	default:
		if c >= '1' && c <= '9' {
			t.beyond = true
			return 2, nil
		}
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			return 0, badRegex("invalid escape \\ sequence")
		}
		r, n := utf8.DecodeRuneInString(s[1:])
		t.out.WriteString(regexp.QuoteMeta(string(r)))
		return 1 + n, nil
	}
	return 2, nil
}

// bracket translates a bracket expression and gives its length.
func (t *regexTranslator) bracket(s string) (int, error) {
	unbalanced := badRegex("brackets [] not balanced")
	i := 1
	t.out.WriteByte('[')
	if i < len(s) && s[i] == '^' {
		t.out.WriteByte('^')
		i++
		if t.options.dotLine {
			t.out.WriteString(`\n`)
		}
	}
	for first := true; ; first = false {
		if i >= len(s) {
			return 0, unbalanced
		}
		switch c := s[i]; {
		case c == ']' && !first:
			t.out.WriteByte(']')
			return i + 1, nil
		case strings.HasPrefix(s[i:], "[:"):
			end := strings.Index(s[i:], ":]")
			if end < 0 {
				return 0, unbalanced
			}
			class, ok := regexClasses[s[i+2:i+end]]
			if !ok {
				return 0, badRegex("invalid character class")
			}
			t.out.WriteString(class)
			i += end + 2
		case strings.HasPrefix(s[i:], "[.") || strings.HasPrefix(s[i:], "[="):
			return 0, sqlerr.Unsupported("a collating element in a regular expression")
		case c == '\\':
			n, err := t.escape(s[i:], true)
			if err != nil {
				return 0, err
			}
			i += n
		case c == '[' || c == ']':
			t.out.WriteByte('\\')
			t.out.WriteByte(c)
			i++
		default:
			t.out.WriteByte(c)
			i++
		}
	}
}

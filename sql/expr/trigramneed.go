package expr

import (
	"slices"
	"unicode"

	"github.com/kalamsql/kalamsql/sql/types"
)

// What trigrams a text must have to match: what indexes of class gin_trgm_ops are searched
// for. The trigrams in such an index are of characters that are folded further than pg_trgm's
// own are, so that what differs in case alone is the same there, however an operator
// folds.

// TrigramNeed is what a text must have: each of Keys, and of each list in Either what one of
// its members asks for. Without any of them, nothing is known.
type TrigramNeed struct {
	Keys   []string // three bytes each
	Either [][]TrigramNeed
}

// foldRune gives all characters that are the same but for their case as one.
func foldRune(r rune) rune {
	r = unicode.ToLower(r)
	if r < 0x80 && r != 'k' && r != 's' {
		return r
	}
	least, word := r, inWord(r)
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		if f < least && inWord(f) == word {
			least = f
		}
	}
	return unicode.ToLower(least)
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// runTrigrams adds the trigrams that a text has which has a run of folded characters in it.
// What lies before and behind the run is not known: a word of it is a word of the text on
// those sides where the run goes on.
func runTrigrams(keys []string, run []rune) []string {
	var word []rune
	for i := 0; i < len(run); {
		if !inWord(run[i]) {
			i++
			continue
		}
		word = word[:0]
		if i > 0 {
			word = append(word, ' ', ' ')
		}
		for ; i < len(run) && inWord(run[i]); i++ {
			word = append(word, run[i])
		}
		if i < len(run) {
			word = append(word, ' ')
		}
		for at := 0; at+3 <= len(word); at++ {
			keys = append(keys, trigramOf(word[at], word[at+1], word[at+2]))
		}
	}
	return keys
}

// trigramOf is a trigram of three characters. Those of three bytes are parts of one text.
func trigramOf(a, b, c rune) string {
	if a|b|c < 0x80 {
		if x, y, z := plainPlace(a), plainPlace(b), plainPlace(c); x >= 0 && y >= 0 && z >= 0 {
			at := 3 * ((x*plainRunes+y)*plainRunes + z)
			return plainTrigrams[at : at+3]
		}
		return string([]byte{byte(a), byte(b), byte(c)})
	}
	t := compactTrigram(string([]rune{a, b, c}))
	return string(t[:])
}

// plainRunes are a blank, the digits and the letters of ASCII; plainTrigrams are all that they
// make, one behind the other.
const plainRunes = 37

func plainPlace(r rune) int {
	switch {
	case r == ' ':
		return 0
	case r >= '0' && r <= '9':
		return int(r-'0') + 1
	case r >= 'a' && r <= 'z':
		return int(r-'a') + 11
	}
	return -1
}

var plainTrigrams = func() string {
	const all = " 0123456789abcdefghijklmnopqrstuvwxyz"
	out := make([]byte, 0, 3*plainRunes*plainRunes*plainRunes)
	for _, a := range []byte(all) {
		for _, b := range []byte(all) {
			for _, c := range []byte(all) {
				out = append(out, a, b, c)
			}
		}
	}
	return string(out)
}()

func sortedKeys(keys []string) []string {
	slices.Sort(keys)
	return slices.Compact(keys)
}

// TrigramKeys are the trigrams of a text as an index has them.
func TrigramKeys(s string) []string {
	run := append(make([]rune, 0, len(s)+2), ' ')
	for _, r := range s {
		run = append(run, foldRune(r))
	}
	return sortedKeys(runTrigrams(make([]string, 0, len(run)), append(run, ' ')))
}

// CountTrigrams is how many trigrams pg_trgm counts in a text.
func CountTrigrams(s string) int { return len(trigramSet(s)) }

// TrigramsOfText are those of what is equal to a text.
func TrigramsOfText(s string) TrigramNeed { return TrigramNeed{Keys: TrigramKeys(s)} }

// TrigramsOfPattern are those of what is like a pattern of LIKE or, with fold, ILIKE.
func TrigramsOfPattern(pattern string, fold bool) (TrigramNeed, error) {
	p, err := CompileLike(pattern, fold)
	if err != nil {
		return TrigramNeed{}, err
	}
	var keys []string
	run := []rune{' '}
	for _, part := range p.parts {
		if part.kind != likeLiteral {
			keys = runTrigrams(keys, run)
			run = run[:0]
			continue
		}
		for _, r := range part.text {
			run = append(run, foldRune(r))
		}
	}
	return TrigramNeed{Keys: sortedKeys(runTrigrams(keys, append(run, ' ')))}, nil
}

// TrigramsOfRegex are those of what matches a regular expression under PostgreSQL's flags.
func TrigramsOfRegex(pattern, flags string) (TrigramNeed, error) {
	if _, err := compileRegex(pattern, flags, false); err != nil {
		return TrigramNeed{}, err
	}
	rest, o, err := regexOptionsOf(pattern, flags)
	if err != nil {
		return TrigramNeed{}, err
	}
	w := regexWalk{runs: [][]rune{nil}}
	if o.literal {
		for _, r := range rest {
			w.runs[0] = append(w.runs[0], foldRune(r))
		}
	} else {
		re, err := compileARE(rest, o)
		if err != nil {
			return TrigramNeed{}, nil
		}
		w.node(re.root, 0)
	}
	return w.end(), nil
}

// regexWalk collects what an expression asks for.
type regexWalk struct {
	need TrigramNeed
	// runs are folded characters that come behind each other: every match has one of the
	// runs. There is one at least.
	runs [][]rune
}

const (
	// mostRuns is how many runs are followed at a time, and longestRun how long they get.
	mostRuns, longestRun = 16, 100
	// mostNested is how deep repetitions in each other are followed.
	mostNested = 3
)

// flush says that what follows is not known.
func (w *regexWalk) flush() {
	var either []TrigramNeed
	for _, run := range w.runs {
		keys := sortedKeys(runTrigrams(nil, run))
		if len(keys) == 0 {
			either = nil
			break
		}
		either = append(either, TrigramNeed{Keys: keys})
	}
	if len(either) == 1 {
		w.need.Keys = append(w.need.Keys, either[0].Keys...)
	} else if either != nil {
		w.need.Either = append(w.need.Either, either)
	}
	w.runs = [][]rune{nil}
}

func (w *regexWalk) end() TrigramNeed {
	w.flush()
	w.need.Keys = sortedKeys(w.need.Keys)
	return w.need
}

// goOn says that one of some texts follows.
func (w *regexWalk) goOn(with [][]rune) {
	if len(w.runs)*len(with) > mostRuns || len(w.runs[0]) > longestRun {
		w.flush()
	}
	var next [][]rune
	for _, run := range w.runs {
		for _, more := range with {
			next = append(next, append(run[:len(run):len(run)], more...))
		}
	}
	w.runs = next
}

// texts lists what an expression matches, if that is but a few texts.
func (n *areNode) texts() (list [][]rune, ok bool) {
	switch n.kind {
	case areEmpty:
		return [][]rune{nil}, true
	case areClass:
		runes, ok := foldedRunes(n.ranges)
		for _, r := range runes {
			list = append(list, []rune{r})
		}
		return list, ok
	case areGroup:
		return n.subs[0].texts()
	case areConcat:
		list = [][]rune{nil}
		for _, sub := range n.subs {
			with, ok := sub.texts()
			if !ok || len(with)*len(list) > mostRuns {
				return nil, false
			}
			var next [][]rune
			for _, text := range list {
				for _, more := range with {
					next = append(next, append(text[:len(text):len(text)], more...))
				}
			}
			list = next
		}
		return list, len(list[0]) <= longestRun
	case areAlternate:
		for _, sub := range n.subs {
			some, ok := sub.texts()
			if list = append(list, some...); !ok || len(list) > mostRuns {
				return nil, false
			}
		}
		return list, true
	}
	return nil, false
}

func (w *regexWalk) node(n *areNode, depth int) {
	if with, ok := n.texts(); ok {
		w.goOn(with)
		return
	}
	switch n.kind {
	case areEmpty, areLook:
	case areAssert:
		if n.assert == '^' || n.assert == '$' || n.assert == 'A' || n.assert == 'Z' {
			w.goOn([][]rune{{' '}}) // no word goes on here
		}
	case areGroup, areConcat:
		for _, sub := range n.subs {
			w.node(sub, depth)
		}
	case areAlternate:
		w.flush()
		var either []TrigramNeed
		for _, sub := range n.subs {
			one := regexWalk{runs: [][]rune{nil}}
			one.node(sub, depth)
			need := one.end()
			if len(need.Keys)+len(need.Either) == 0 {
				return
			}
			either = append(either, need)
		}
		w.need.Either = append(w.need.Either, either)
	case areRepeat:
		if n.min == 0 || depth == mostNested {
			w.flush()
			return
		}
		w.node(n.subs[0], depth+1)
		if n.min == 1 && n.max == 1 {
			return
		}
		w.flush()
		w.node(n.subs[0], depth+1)
	default:
		w.flush()
	}
}

// foldedRunes are the characters, folded, that ranges stand for, if they are few: a blank stands
// for those that are no part of a word.
func foldedRunes(ranges []rune) (list []rune, ok bool) {
	count := 0
	for i := 0; i < len(ranges); i += 2 {
		if count += int(ranges[i+1]-ranges[i]) + 1; count > 64 {
			return nil, false
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			f := foldRune(r)
			if !inWord(f) {
				f = ' '
			}
			if !slices.Contains(list, f) {
				list = append(list, f)
			}
		}
	}
	return list, len(list) > 0 && len(list) <= 4
}

// TrigramOperator says what an operator of pg_trgm compares with its limit: whether a call is one
// of its operators at all, and which setting the limit is.
func TrigramOperator(c *Call) (setting string, ok bool) {
	if c.Op == nil || len(c.Args) != 2 {
		return "", false
	}
	switch c.Fn.Symbol {
	case "similarity_op":
		setting = "pg_trgm.similarity_threshold"
	case "word_similarity_op", "word_similarity_commutator_op":
		setting = "pg_trgm.word_similarity_threshold"
	case "strict_word_similarity_op", "strict_word_similarity_commutator_op":
		setting = "pg_trgm.strict_word_similarity_threshold"
	default:
		return "", false
	}
	return setting, c.Args[0].Type() == types.Text && c.Args[1].Type() == types.Text
}

// TrigramLimit is the value of such a setting.
func TrigramLimit(c *Context, setting string) (float32, error) { return trigramLimit(c, setting) }

package expr

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// TestFoldedRunes: characters that differ in case alone are one, and no letter becomes anything
// else by that.
func TestFoldedRunes(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		f := foldRune(r)
		if inWord(f) != inWord(r) {
			t.Fatalf("%q and %q are not both parts of words", r, f)
		}
		for _, other := range []rune{unicode.ToLower(r), unicode.SimpleFold(r), f} {
			if inWord(other) == inWord(r) && foldRune(other) != f {
				t.Fatalf("%q is %q, %q is %q", r, f, other, foldRune(other))
			}
		}
	}
}

// met says whether keys have what is needed.
func (n TrigramNeed) met(keys []string) bool {
	for _, k := range n.Keys {
		if !slices.Contains(keys, k) {
			return false
		}
	}
	for _, list := range n.Either {
		if !slices.ContainsFunc(list, func(one TrigramNeed) bool { return one.met(keys) }) {
			return false
		}
	}
	return true
}

// TestTrigramsNeeded: what matches has all the trigrams that are asked for.
func TestTrigramsNeeded(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 11))
	pick := func(list []string) string { return list[random.IntN(len(list))] }
	letters := []string{"a", "b", "A", "s", "S", "ſ", "k", "K", " ", "-", "_", "ä", "Ä", "σ", "ς", "1", ".", "\n", "İ"}
	text := func() string {
		var b strings.Builder
		for range random.IntN(14) {
			b.WriteString(pick(letters))
		}
		return b.String()
	}
	matched, asked := 0, 0
	check := func(kind, pattern, s string, need TrigramNeed, matches bool) {
		if len(need.Keys)+len(need.Either) > 0 {
			asked++
		}
		if !matches {
			return
		}
		matched++
		keys := TrigramKeys(s)
		if !need.met(keys) {
			t.Fatalf("%s %q matches %q, which has not %+v", kind, pattern, s, need)
		}
	}
	var piece func(depth int) string
	piece = func(depth int) string {
		switch random.IntN(14) {
		case 0:
			return "."
		case 1:
			return pick([]string{"[ab]", "[^a]", `\s`, `\w`, `\y`, `\m`, "^", "$", "[sk]", `\d`})
		case 2, 3:
			if depth < 3 {
				return "(" + piece(depth+1) + piece(depth+1) + ")" + pick([]string{"", "?", "*", "+", "{2}", "{1,2}", "+?"})
			}
		case 4, 5:
			if depth < 3 {
				return "(?:" + piece(depth+1) + "|" + piece(depth+1) + piece(depth+1) + ")"
			}
		}
		return regexp.QuoteMeta(pick(letters)) + pick([]string{"", "", "", "", "?", "+"})
	}
	for range 8_000 {
		s := text()
		runes := []rune(s)
		part := ""
		if len(runes) > 0 {
			from := random.IntN(len(runes))
			part = string(runes[from : from+random.IntN(len(runes)-from)+1])
		}
		if random.IntN(2) == 0 {
			part = strings.ToUpper(part)
		}
		for _, fold := range []bool{false, true} {
			pattern := pick([]string{"", "%", "_"}) + strings.NewReplacer(`\`, `\\`, "_", pick([]string{"_", `\_`}), "a", pick([]string{"a", "_"})).Replace(part) + pick([]string{"", "%", "%_"})
			p, err := CompileLike(pattern, fold)
			if err != nil {
				continue
			}
			need, err := TrigramsOfPattern(pattern, fold)
			if err != nil {
				t.Fatal(err)
			}
			check("LIKE", pattern, s, need, p.Match(s))
		}
		pattern := ""
		for range 1 + random.IntN(5) {
			pattern += piece(0)
		}
		if random.IntN(3) == 0 {
			pattern = piece(0) + regexp.QuoteMeta(part) + piece(0)
		}
		for _, flags := range []string{"", "i", "n"} {
			re, err := compileRegex(pattern, flags, false)
			if err != nil {
				continue
			}
			need, err := TrigramsOfRegex(pattern, flags)
			if err != nil {
				t.Fatal(err)
			}
			matches, err := re.MatchString(s)
			check("~"+flags, pattern, s, need, matches && err == nil)
		}
	}
	if matched < 3_000 || asked < 3_000 {
		t.Errorf("%d matches, %d patterns with trigrams", matched, asked)
	}
	for pattern, keys := range map[string]int{"ab(cd|ef)12": 0, "abcdef": 4, "^abc": 3, "x.yzz": 1, "a*": 0} {
		need, err := TrigramsOfRegex(pattern, "")
		if err != nil || len(need.Keys) != keys || pattern == "ab(cd|ef)12" && len(need.Either) != 1 {
			t.Errorf("%s needs %+v, %v", pattern, need, err)
		}
	}
}

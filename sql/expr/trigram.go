package expr

import (
	"hash/crc32"
	"slices"
	"strings"
	"unicode"
)

// Trigrams, as extension pg_trgm makes and compares them. A text's words are folded and
// get two blanks before and one behind them; each three characters in a row are a
// trigram.

// trigram is three bytes: those of three characters, or of a checksum of them where they
// have more.
type trigram [3]byte

// wordTrigram is a trigram in a text, and whether a word begins or ends with it.
type wordTrigram struct {
	trigram
	first, last bool
}

// wordTrigrams lists the trigrams of a text as they come.
func wordTrigrams(s string) (list []wordTrigram) {
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		padded := []rune("  " + strings.ToLower(word) + " ")
		for i := 0; i+3 <= len(padded); i++ {
			list = append(list, wordTrigram{compactTrigram(string(padded[i : i+3])), i == 0, i+3 == len(padded)})
		}
	}
	return list
}

// compactTrigram is three characters in three bytes.
func compactTrigram(s string) (t trigram) {
	if len(s) == 3 {
		copy(t[:], s)
		return t
	}
	crc := uint32(0xFFFFFFFF)
	for i := range len(s) {
		crc = crc32.IEEETable[byte(crc>>24)^s[i]] ^ crc<<8
	}
	crc = ^crc
	return trigram{byte(crc), byte(crc >> 8), byte(crc >> 16)}
}

// compare orders trigrams by their bytes as numbers with a sign.
func (t trigram) compare(o trigram) int {
	for i := range t {
		if c := int(int8(t[i])) - int(int8(o[i])); c != 0 {
			return c
		}
	}
	return 0
}

// trigramSet is the trigrams of a text, in order and each once.
func trigramSet(s string) []trigram {
	var list []trigram
	for _, t := range wordTrigrams(s) {
		list = append(list, t.trigram)
	}
	slices.SortFunc(list, trigram.compare)
	return slices.Compact(list)
}

// shareOf is how much two sets have in common of what either has.
func shareOf(common, a, b int) float32 { return float32(common) / float32(a+b-common) }

// similarity compares the trigrams of two texts.
func similarity(a, b string) float32 {
	x, y := trigramSet(a), trigramSet(b)
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	common := 0
	for _, t := range x {
		if _, found := slices.BinarySearchFunc(y, t, trigram.compare); found {
			common++
		}
	}
	return shareOf(common, len(x), len(y))
}

// wordSimilarity is the greatest similarity between the trigrams of a text and those of
// a part of another: any that are next to each other, or strictly whole words.
func wordSimilarity(a, b string, strict bool) float32 {
	wanted := map[trigram]bool{}
	for _, t := range wordTrigrams(a) {
		wanted[t.trigram] = true
	}
	text := wordTrigrams(b)
	if len(wanted) == 0 || len(text) == 0 {
		return 0
	}
	last := map[trigram]int{} // where each trigram of the part is last
	lower, distinct, common := -1, 0, 0
	if strict {
		lower = 0
	}
	best := float32(0)
	for i, t := range text {
		if lower >= 0 || wanted[t.trigram] {
			if _, seen := last[t.trigram]; !seen {
				distinct++
				if wanted[t.trigram] {
					common++
				}
			}
			last[t.trigram] = i
		}
		if strict && !t.last || !strict && !wanted[t.trigram] {
			continue
		}
		// A part that is better may end here.
		if lower < 0 {
			lower, distinct = i, 1
		}
		now := shareOf(common, len(wanted), distinct)
		from, d, c := lower, distinct, common
		for at := from; at <= i; at++ {
			if !strict || text[at].first {
				if shorter := shareOf(c, len(wanted), d); shorter > now {
					now, distinct, lower, common = shorter, d, at, c
				}
			}
			if p, ok := last[text[at].trigram]; ok && p == at {
				d--
				if wanted[text[at].trigram] {
					c--
				}
			}
		}
		best = max(best, now)
		for at := from; at < lower; at++ {
			if p, ok := last[text[at].trigram]; ok && p == at {
				delete(last, text[at].trigram)
			}
		}
	}
	return best
}

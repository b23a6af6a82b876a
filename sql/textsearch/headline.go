package textsearch

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// HeadlineOptions are those of ts_headline.
type HeadlineOptions struct {
	MaxWords, MinWords, ShortWord, MaxFragments int
	All                                         bool
	Start, Stop, Delimiter                      string
}

// ParseHeadlineOptions reads options as 'name=value, ...'.
func ParseHeadlineOptions(text string) (HeadlineOptions, error) {
	o := HeadlineOptions{MaxWords: 35, MinWords: 15, ShortWord: 3, Start: "<b>", Stop: "</b>", Delimiter: " ... "}
	list, err := optionList(text)
	if err != nil {
		return o, err
	}
	for _, option := range list {
		name, value := option[0], option[1]
		number := func(to *int) {
			n, nerr := strconv.ParseInt(value, 10, 32)
			if nerr != nil && err == nil {
				err = sqlerr.New(sqlerr.InvalidTextRepresentation, `invalid input syntax for type integer: "%s"`, value)
			}
			*to = int(n)
		}
		switch strings.ToLower(name) {
		case "maxwords":
			number(&o.MaxWords)
		case "minwords":
			number(&o.MinWords)
		case "shortword":
			number(&o.ShortWord)
		case "maxfragments":
			number(&o.MaxFragments)
		case "startsel":
			o.Start = value
		case "stopsel":
			o.Stop = value
		case "fragmentdelimiter":
			o.Delimiter = value
		case "highlightall":
			switch strings.ToLower(value) {
			case "1", "on", "true", "t", "y", "yes":
				o.All = true
			}
		default:
			return o, sqlerr.New(sqlerr.InvalidParameterValue, `unrecognized headline parameter: "%s"`, name)
		}
	}
	switch {
	case err != nil:
		return o, err
	case !o.All && o.MinWords >= o.MaxWords:
		return o, sqlerr.New(sqlerr.InvalidParameterValue, "MinWords should be less than MaxWords")
	case !o.All && o.MinWords <= 0:
		return o, sqlerr.New(sqlerr.InvalidParameterValue, "MinWords should be positive")
	case !o.All && o.ShortWord < 0:
		return o, sqlerr.New(sqlerr.InvalidParameterValue, "ShortWord should be >= 0")
	case !o.All && o.MaxFragments < 0:
		return o, sqlerr.New(sqlerr.InvalidParameterValue, "MaxFragments should be >= 0")
	}
	return o, nil
}

// optionList reads a list of name = value, where a value may be quoted.
func optionList(text string) (list [][2]string, err error) {
	bad := sqlerr.New(sqlerr.SyntaxError, `invalid parameter list format: "%s"`, text)
	i := 0
	space := func() {
		for i < len(text) && strings.IndexByte(" \t\n\r\f\v", text[i]) >= 0 {
			i++
		}
	}
	quoted := func(quote byte) (string, bool) {
		var b strings.Builder
		for i++; i < len(text); i++ {
			switch {
			case text[i] == quote && i+1 < len(text) && text[i+1] == quote:
				i++
			case text[i] == quote:
				i++
				return b.String(), true
			case text[i] == '\\' && quote == '\'' && i+1 < len(text):
				i++
			}
			b.WriteByte(text[i])
		}
		return "", false
	}
	for {
		space()
		if i == len(text) {
			return list, nil
		}
		var name, value string
		ok := true
		from := i
		switch c := text[i]; {
		case c == '"':
			name, ok = quoted('"')
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			for i < len(text) && strings.IndexByte("= \t\n\r\f\v", text[i]) < 0 {
				i++
			}
			name = text[from:i]
		default:
			return nil, bad
		}
		space()
		if !ok || i == len(text) || text[i] != '=' {
			return nil, bad
		}
		i++
		space()
		if i == len(text) {
			return nil, bad
		}
		switch {
		case text[i] == '\'':
			value, ok = quoted('\'')
		case (text[i] == 'e' || text[i] == 'E') && i+1 < len(text) && text[i+1] == '\'':
			i++
			value, ok = quoted('\'')
		case text[i] == '"':
			value, ok = quoted('"')
		default:
			from = i
			for i < len(text) && text[i] != ',' && strings.IndexByte(" \t\n\r\f\v", text[i]) < 0 {
				i++
			}
			value = text[from:i]
		}
		if !ok {
			return nil, bad
		}
		list = append(list, [2]string{name, value})
		space()
		if i < len(text) {
			if text[i] != ',' {
				return nil, bad
			}
			i++
		}
	}
}

// headlineWord is a token of the document; one that stands for several operands is
// repeated.
type headlineWord struct {
	Token
	at             int
	item           *types.TSNode // the operand that it matches
	repeated       bool
	in, selected   bool
	replaced, skip bool
}

// headline is a document of which the best parts are sought.
type headline struct {
	o     HeadlineOptions
	words []headlineWord
	query *types.TSNode
}

// headlineMatcher is a part of the document.
type headlineMatcher []headlineWord

func (m headlineMatcher) has(operand *types.TSNode) verdict {
	for i := range m {
		if m[i].item != nil && same(m[i].item, operand) {
			return yes
		}
	}
	return no
}

func (m headlineMatcher) where(operand *types.TSNode, out *places) verdict {
	for i := range m {
		if m[i].item != nil && same(m[i].item, operand) {
			out.at = append(out.at, m[i].at)
		}
	}
	out.at = compactInts(out.at)
	if len(out.at) == 0 {
		return no
	}
	return yes
}

// Headline is ts_headline.
func (c *Configuration) Headline(text string, query *types.TSNode, o HeadlineOptions) string {
	h := &headline{o: o, query: query}
	at := 0
	operands := query.Operands(nil)
	slices.Reverse(operands) // the last one that a word stands for comes first
	Tokenize(text, func(t Token) bool {
		w := headlineWord{Token: t}
		lexemes, known := c.Lexize(t)
		if !known {
			h.words = append(h.words, w)
			return true
		}
		at++
		w.at = at
		h.words = append(h.words, w)
		first := &h.words[len(h.words)-1]
		for _, op := range operands {
			if !slices.ContainsFunc(lexemes, func(lexeme string) bool { return op.Word == lexeme || op.Prefix && strings.HasPrefix(lexeme, op.Word) }) {
				continue
			}
			if first.item == nil {
				first.item = op
				continue
			}
			w.item, w.repeated = op, true
			h.words = append(h.words, w)
			first = &h.words[len(h.words)-1]
		}
		return true
	})
	if o.MaxFragments == 0 || o.All {
		h.best()
	} else {
		h.fragments()
	}
	return h.String()
}

func (w *headlineWord) interesting() bool { return w.item != nil && !w.repeated }

// counts says whether a token is a word of its own.
func (w *headlineWord) counts() bool {
	switch w.Kind {
	case Blank, Tag, URL, NumHWord, ASCIIHWord, HWord:
		return false
	}
	return true
}

// badEnd says whether a headline should not end with a word.
func (h *headline) badEnd(i int) bool {
	w := &h.words[i]
	if w.interesting() {
		return false
	}
	switch w.Kind {
	case SFloat, Version, Float, Int, UInt, Protocol, Entity:
		return true
	}
	return !w.counts() || len(w.Text) <= h.o.ShortWord
}

// count gives what a word adds to the words, and to the interesting ones.
func (h *headline) count(i int) (words, interesting int) {
	if h.words[i].counts() {
		words = 1
	}
	if h.words[i].interesting() {
		interesting = 1
	}
	return words, interesting
}

// item finds the first word from a place on that matches an operand; -1 for none.
func (h *headline) item(from int) int {
	for i := from; i < len(h.words); i++ {
		if h.words[i].item != nil {
			return i
		}
	}
	return -1
}

// cover finds the earliest and shortest part from a place on that satisfies the query.
func (h *headline) cover(from int) (first, last int, ok bool) {
	if h.query == nil {
		return 0, 0, false
	}
	longest := max(h.o.MaxWords*10, 100)
	if h.o.MaxFragments > 0 {
		longest *= h.o.MaxFragments
	}
	for first = h.item(from); first >= 0; first = h.item(first + 1) {
		for last = first; last >= 0 && last-first < longest; last = h.item(last + 1) {
			if matches(headlineMatcher(h.words[first:last+1]), h.query) {
				return first, last, true
			}
		}
	}
	return 0, 0, false
}

// best marks one part.
func (h *headline) best() {
	if h.o.All {
		h.mark(0, len(h.words)-1)
		return
	}
	bestFirst, bestLast, bestLen, bestCover := -1, -1, -1, false
	for from := 0; ; {
		p, q, ok := h.cover(from)
		if !ok {
			break
		}
		first, last, interesting := h.around(p, q)
		whole := first <= p && last >= q
		if whole && !bestCover || whole == bestCover && (interesting > bestLen ||
			interesting == bestLen && !h.badEnd(last) && h.badEnd(bestLast)) {
			bestFirst, bestLast, bestLen, bestCover = first, last, interesting, whole
		}
		from = p + 1
	}
	if bestLen < 0 {
		bestFirst, bestLast = 0, h.beginning()
	}
	h.mark(bestFirst, bestLast)
}

// beginning is the last of the first words that make a headline.
func (h *headline) beginning() int {
	last, words := 0, 0
	for i := 0; i < len(h.words) && words < h.o.MinWords; i++ {
		w, _ := h.count(i)
		words += w
		last = i
	}
	return last
}

// around makes a cover longer or shorter, until it has the words it may have.
func (h *headline) around(p, q int) (first, last, interesting int) {
	words := 0
	take := func(i, sign int) {
		w, n := h.count(i)
		words += sign * w
		interesting += sign * n
	}
	first, last = p, p
	i := p
	for ; i <= q && words < h.o.MaxWords; i++ {
		take(i, 1)
		last = i
	}
	if words >= h.o.MaxWords {
		for i = min(i, q); words > h.o.MinWords && h.badEnd(i); i-- {
			take(i, -1)
			last = i - 1
		}
		return first, last, interesting
	}
	for i--; i < len(h.words) && words < h.o.MaxWords; i++ {
		if i > q {
			take(i, 1)
		}
		last = i
		if !h.badEnd(i) && words >= h.o.MinWords {
			break
		}
	}
	if words < h.o.MinWords {
		for i = p - 1; i >= 0; i-- {
			take(i, 1)
			if words >= h.o.MaxWords || !h.badEnd(i) && words >= h.o.MinWords {
				break
			}
		}
		first = max(i, 0)
	}
	return first, last, interesting
}

// mark notes that words belong to the headline.
func (h *headline) mark(first, last int) {
	for i := first; i <= last && i < len(h.words); i++ {
		w := &h.words[i]
		w.selected = w.item != nil
		switch w.Kind {
		case Tag:
			w.replaced = !h.o.All
		case URL, NumHWord, ASCIIHWord, HWord:
			w.skip = true
		}
		w.in = !w.repeated
	}
}

// String writes what has been marked.
func (h *headline) String() string {
	var b strings.Builder
	inside, some := false, false
	for i := range h.words {
		w := &h.words[i]
		switch {
		case w.repeated:
			continue
		case !w.in:
			inside = false
			continue
		}
		if !inside && some {
			b.WriteString(h.o.Delimiter)
		}
		inside, some = true, true
		switch {
		case w.replaced:
			b.WriteByte(' ')
		case w.skip:
		case w.selected:
			b.WriteString(h.o.Start + w.Text + h.o.Stop)
		default:
			b.WriteString(w.Text)
		}
	}
	return b.String()
}

package expr

import (
	"slices"
	"strings"
	"unicode"
)

// areSteps bounds the work of one search; what would take more is too complex.
const areSteps = 20_000_000

func simpleFold(r rune) rune { return unicode.SimpleFold(r) }

// areRegex matches by the tree of an expression, as PostgreSQL's engine says which of
// all matches is the one: it begins as far left as possible, is as long or as short as
// the expression prefers, and within it every part in turn has what it prefers.
type areRegex struct {
	root    *areNode
	nodes   int
	groups  int
	options regexOptions
}

func compileARE(pattern string, o regexOptions) (*areRegex, error) {
	p := &areParser{s: pattern, options: o, closed: map[int]bool{}}
	root, err := p.alternation(0)
	if err != nil {
		return nil, err
	}
	return &areRegex{root: root, nodes: p.nodes, groups: p.groups, options: o}, nil
}

// areSearch is a search in one text.
type areSearch struct {
	re   *areRegex
	text []rune
	at   []int // the offset of every character, and the end
	// ends remembers by node and position where the node can end, back references
	// taken for anything.
	ends map[[2]int][]int
	caps []int // of groups from 1: begin and end, as characters; -1 for none
	left int
}

// tooComplex ends a search that has used its steps up.
type tooComplex struct{}

func (s *areSearch) step() {
	if s.left--; s.left < 0 {
		panic(tooComplex{})
	}
}

// find calls each with the matches from an offset on in turn, until it answers false: each
// begins where the one before ended, or a character behind it if that was empty.
func (re *areRegex) find(text string, from int, each func(m []int) bool) (err error) {
	s := re.search(text, areSteps)
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(tooComplex); !ok {
				panic(r)
			}
			err = badRegex("regular expression is too complex")
		}
	}()
	at, _ := slices.BinarySearch(s.at, from)
	for at <= len(s.text) {
		m, begin, end := s.first(at)
		if m == nil || !each(m) {
			return nil
		}
		if at = end; begin == end {
			at++
		}
	}
	return nil
}

func (re *areRegex) search(text string, steps int) *areSearch {
	s := &areSearch{re: re, ends: map[[2]int][]int{}, caps: make([]int, 2*(re.groups+1)), left: steps}
	for i, r := range text {
		s.text, s.at = append(s.text, r), append(s.at, i)
	}
	s.at = append(s.at, len(text))
	return s
}

// partSteps bounds the work of within.
const partSteps = 100_000

// within gives the parts of a match of which the extent is known; nil if that takes too
// long.
func (re *areRegex) within(text string, from, to int) (m []int) {
	s := re.search(text, partSteps)
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(tooComplex); !ok {
				panic(r)
			}
			m = nil
		}
	}()
	begin, _ := slices.BinarySearch(s.at, from)
	end, _ := slices.BinarySearch(s.at, to)
	return s.match(begin, end)
}

// match gives a match of an exact extent, as byte offsets; nil if there is none.
func (s *areSearch) match(begin, end int) []int {
	for k := range s.caps {
		s.caps[k] = -1
	}
	if !s.dissect(s.re.root, begin, end, func() bool { return true }) {
		return nil
	}
	m := []int{s.at[begin], s.at[end]}
	for _, c := range s.caps[2:] {
		if c >= 0 {
			c = s.at[c]
		}
		m = append(m, c)
	}
	return m
}

// first finds the leftmost match from a position on, as byte offsets.
func (s *areSearch) first(from int) (m []int, begin, end int) {
	for begin := from; begin <= len(s.text); begin++ {
		ends := s.endsOf(s.re.root, begin)
		for i := range ends {
			end := ends[i]
			if s.re.root.prefers != preferShortest {
				end = ends[len(ends)-1-i]
			}
			if m := s.match(begin, end); m != nil {
				return m, begin, end
			}
		}
	}
	return nil, 0, 0
}

// endsOf gives where a node that begins at a position can end, in order.
func (s *areSearch) endsOf(n *areNode, at int) []int {
	key := [2]int{n.number, at}
	if ends, ok := s.ends[key]; ok {
		return ends
	}
	s.step()
	var ends []int
	switch n.kind {
	case areEmpty:
		ends = []int{at}
	case areClass:
		if at < len(s.text) && inRanges(n.ranges, s.text[at]) {
			ends = []int{at + 1}
		}
	case areAssert:
		if s.holds(n.assert, at) {
			ends = []int{at}
		}
	case areLook:
		if s.looks(n, at) {
			ends = []int{at}
		}
	case areBack:
		for i := at; i <= len(s.text); i++ {
			ends = append(ends, i)
		}
	case areGroup:
		ends = s.endsOf(n.subs[0], at)
	case areAlternate:
		for _, sub := range n.subs {
			ends = append(ends, s.endsOf(sub, at)...)
		}
		ends = ordered(ends)
	case areConcat:
		ends = []int{at}
		for _, sub := range n.subs {
			ends = s.after(sub, ends)
		}
	case areRepeat:
		ends = s.repeated(n, at)
	}
	s.ends[key] = ends
	return ends
}

func ordered(ends []int) []int {
	slices.Sort(ends)
	return slices.Compact(ends)
}

// after gives where a node can end that begins at one of several positions.
func (s *areSearch) after(n *areNode, from []int) (ends []int) {
	for _, at := range from {
		more := s.endsOf(n, at)
		s.left -= len(more)
		ends = append(ends, more...)
	}
	return ordered(ends)
}

func (s *areSearch) repeated(n *areNode, at int) []int {
	now := []int{at}
	for range n.min {
		now = s.after(n.subs[0], now)
	}
	all := slices.Clone(now)
	for i := n.min; (n.max < 0 || i < n.max) && len(now) > 0; i++ {
		s.step()
		var fresh []int
		for _, end := range s.after(n.subs[0], now) {
			if _, known := slices.BinarySearch(all, end); !known {
				fresh = append(fresh, end)
			}
		}
		now = fresh
		all = ordered(append(all, fresh...))
	}
	return all
}

func inRanges(ranges []rune, r rune) bool {
	for i := 0; i < len(ranges); i += 2 {
		if r >= ranges[i] && r <= ranges[i+1] {
			return true
		}
	}
	return false
}

func isWordRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) }

// holds says whether an assertion is true at a position.
func (s *areSearch) holds(assert byte, at int) bool {
	before := at > 0 && isWordRune(s.text[at-1])
	behind := at < len(s.text) && isWordRune(s.text[at])
	switch assert {
	case 'A':
		return at == 0
	case 'Z':
		return at == len(s.text)
	case '^':
		return at == 0 || s.re.options.anchors && s.text[at-1] == '\n'
	case '$':
		return at == len(s.text) || s.re.options.anchors && s.text[at] == '\n'
	case 'm':
		return !before && behind
	case 'M':
		return before && !behind
	case 'y':
		return before != behind
	}
	return before == behind
}

// looks says whether what a node looks at is there.
func (s *areSearch) looks(n *areNode, at int) bool {
	found := false
	if n.behind {
		for from := at; from >= 0 && !found; from-- {
			_, found = slices.BinarySearch(s.endsOf(n.subs[0], from), at)
		}
	} else {
		found = len(s.endsOf(n.subs[0], at)) > 0
	}
	return found != n.negative
}

// dissect finds which parts of an exact span the parts of a node have, and then asks
// next, which may refuse.
func (s *areSearch) dissect(n *areNode, from, to int, next func() bool) bool {
	s.step()
	if _, can := slices.BinarySearch(s.endsOf(n, from), to); !can {
		return false
	}
	switch n.kind {
	case areBack:
		b, e := s.caps[2*n.group], s.caps[2*n.group+1]
		return b >= 0 && s.same(b, e, from, to) && next()
	case areGroup:
		b, e := s.caps[2*n.group], s.caps[2*n.group+1]
		if s.dissect(n.subs[0], from, to, func() bool {
			ob, oe := s.caps[2*n.group], s.caps[2*n.group+1]
			s.caps[2*n.group], s.caps[2*n.group+1] = from, to
			if next() {
				return true
			}
			s.caps[2*n.group], s.caps[2*n.group+1] = ob, oe
			return false
		}) {
			return true
		}
		s.caps[2*n.group], s.caps[2*n.group+1] = b, e
		return false
	case areAlternate:
		for _, sub := range n.subs {
			if s.dissect(sub, from, to, next) {
				return true
			}
		}
		return false
	case areConcat:
		return s.sequence(n.subs, from, to, next)
	case areRepeat:
		return s.iterate(n, 0, from, to, next)
	}
	return next()
}

func (s *areSearch) same(b, e, from, to int) bool {
	if e-b != to-from {
		return false
	}
	for i := range e - b {
		x, y := s.text[b+i], s.text[from+i]
		if x != y && !(s.re.options.fold && strings.EqualFold(string(x), string(y))) {
			return false
		}
	}
	return true
}

// tries gives the ends that a node may have up to a position, those it prefers first.
func (s *areSearch) tries(n *areNode, from, to int) []int {
	ends := s.endsOf(n, from)
	i, there := slices.BinarySearch(ends, to)
	if there {
		i++
	}
	ends = slices.Clone(ends[:i])
	if n.prefers != preferShortest {
		slices.Reverse(ends)
	}
	return ends
}

func (s *areSearch) sequence(subs []*areNode, from, to int, next func() bool) bool {
	if len(subs) == 0 {
		return from == to && next()
	}
	if len(subs) == 1 {
		return s.dissect(subs[0], from, to, next)
	}
	for _, mid := range s.tries(subs[0], from, to) {
		if s.dissect(subs[0], from, mid, func() bool { return s.sequence(subs[1:], mid, to, next) }) {
			return true
		}
	}
	return false
}

// iterate runs through the repetitions of a node, of which so many have been.
func (s *areSearch) iterate(n *areNode, count, from, to int, next func() bool) bool {
	if from == to && count >= n.min {
		return next()
	}
	if n.max >= 0 && count >= n.max {
		return false
	}
	sub := n.subs[0]
	for _, mid := range s.triesOf(n, sub, from, to) {
		if mid == from && count >= n.min { // it would go on for ever
			continue
		}
		if s.dissect(sub, from, mid, func() bool { return s.iterate(n, count+1, mid, to, next) }) {
			return true
		}
	}
	return false
}

// triesOf is tries for a repetition, whose own preference each round has.
func (s *areSearch) triesOf(n, sub *areNode, from, to int) []int {
	ends := s.tries(sub, from, to)
	if (n.prefers == preferShortest) != (sub.prefers == preferShortest) {
		slices.Reverse(ends)
	}
	return ends
}

// MatchString implements matcher.
func (re *areRegex) MatchString(text string) (found bool, err error) {
	err = re.find(text, 0, func([]int) bool {
		found = true
		return false
	})
	return found, err
}

// FindStringSubmatchIndex implements matcher.
func (re *areRegex) FindStringSubmatchIndex(text string) (found []int, err error) {
	err = re.find(text, 0, func(m []int) bool {
		found = m
		return false
	})
	return found, err
}

// FindAllStringSubmatchIndex implements matcher.
func (re *areRegex) FindAllStringSubmatchIndex(text string, from int) (all [][]int, err error) {
	err = re.find(text, from, func(m []int) bool {
		all = append(all, m)
		return true
	})
	return all, err
}

// NumSubexp implements matcher.
func (re *areRegex) NumSubexp() int { return re.groups }

package textsearch

import (
	"sort"
	"strings"

	"github.com/kalamsql/kalamsql/sql/types"
)

// verdict is what is known about a query: maybe stands for phrases of words whose
// positions are not kept.
type verdict byte

const (
	no verdict = iota
	yes
	maybe
)

// places are where an operand matches: at positions, or everywhere but there.
type places struct {
	at      []int
	negated bool
	width   int // how many positions a phrase covers beyond its last word
}

// matcher looks operands up in a document.
type matcher interface {
	// has says whether an operand is there.
	has(operand *types.TSNode) verdict
	// where is has, with the positions.
	where(operand *types.TSNode, p *places) verdict
}

// Matches is @@.
func Matches(document []types.Lexeme, query *types.TSNode) bool {
	return query != nil && matches(vectorMatcher(document), query)
}

func matches(m matcher, n *types.TSNode) bool { return evaluate(m, n) != no }

func evaluate(m matcher, n *types.TSNode) verdict {
	switch n.Op {
	case types.TSLexeme:
		return m.has(n)
	case types.TSNot:
		return negate(evaluate(m, n.Right))
	case types.TSAnd:
		left := evaluate(m, n.Left)
		if left == no {
			return no
		}
		switch right := evaluate(m, n.Right); {
		case right == no:
			return no
		case left == yes && right == yes:
			return yes
		}
		return maybe
	case types.TSOr:
		left := evaluate(m, n.Left)
		if left == yes {
			return yes
		}
		switch right := evaluate(m, n.Right); {
		case right == yes:
			return yes
		case left == no && right == no:
			return no
		}
		return maybe
	}
	// Where positions are not known there is no phrase.
	if phrase(m, n, &places{}) == yes {
		return yes
	}
	return no
}

func negate(v verdict) verdict {
	switch v {
	case no:
		return yes
	case yes:
		return no
	}
	return maybe
}

// phrase says where an operand of a phrase matches. Positions are those of the last
// word.
func phrase(m matcher, n *types.TSNode, out *places) verdict {
	switch n.Op {
	case types.TSLexeme:
		return m.where(n, out)
	case types.TSNot:
		switch v := phrase(m, n.Right, out); {
		case v == no:
			*out = places{negated: true, width: out.width}
			return yes
		case v == yes && len(out.at) > 0:
			out.negated = !out.negated
			return yes
		case v == yes && out.negated:
			out.negated = false
			return no
		default:
			return v
		}
	}
	var left, right places
	l := phrase(m, n.Left, &left)
	if l == no && n.Op != types.TSOr {
		return no
	}
	r := phrase(m, n.Right, &right)
	switch {
	case n.Op == types.TSOr && l == no && r == no, n.Op != types.TSOr && r == no:
		return no
	case l == maybe || r == maybe:
		return maybe
	}
	if l == no {
		left = places{}
	}
	if r == no {
		right = places{}
	}
	var a, b int // what the positions of each side are moved by
	if n.Op == types.TSPhrase {
		a, b = n.Distance+right.width, 0
		out.width = n.Distance + left.width + right.width
	} else {
		out.width = max(left.width, right.width)
		a, b = out.width-left.width, out.width-right.width
	}
	both, onlyLeft, onlyRight := merge2(left.at, right.at, a, b)
	or := n.Op == types.TSOr
	switch {
	case left.negated && right.negated && or: // !(L & R)
		out.at, out.negated = both, true
		return yes
	case left.negated && right.negated: // !(L | R)
		out.at, out.negated = union(both, onlyLeft, onlyRight), true
		return yes
	case left.negated && or: // !(L & !R)
		out.at, out.negated = onlyLeft, true
		return yes
	case right.negated && or:
		out.at, out.negated = onlyRight, true
		return yes
	case left.negated:
		out.at = onlyRight
	case right.negated:
		out.at = onlyLeft
	case or:
		out.at = union(both, onlyLeft, onlyRight)
	default:
		out.at = both
	}
	if len(out.at) == 0 {
		return no
	}
	return yes
}

// merge2 divides the positions of two sides, moved by a and b, by the sides that have
// them.
func merge2(x, y []int, a, b int) (both, left, right []int) {
	i, k := 0, 0
	for i < len(x) || k < len(y) {
		switch {
		case k == len(y) || i < len(x) && x[i]+a < y[k]+b:
			left = append(left, x[i]+a)
			i++
		case i == len(x) || y[k]+b < x[i]+a:
			right = append(right, y[k]+b)
			k++
		default:
			both = append(both, x[i]+a)
			i, k = i+1, k+1
		}
	}
	return both, left, right
}

func union(lists ...[]int) []int {
	var out []int
	for _, l := range lists {
		out = append(out, l...)
	}
	sort.Ints(out)
	return out
}

// vectorMatcher is a tsvector.
type vectorMatcher []types.Lexeme

// entries are the lexemes that an operand stands for.
func (v vectorMatcher) entries(operand *types.TSNode) []types.Lexeme {
	from := sort.Search(len(v), func(i int) bool { return v[i].Word >= operand.Word })
	to := from
	for to < len(v) && (v[to].Word == operand.Word || operand.Prefix && strings.HasPrefix(v[to].Word, operand.Word)) {
		to++
	}
	return v[from:to]
}

func (v vectorMatcher) has(operand *types.TSNode) verdict {
	for _, e := range v.entries(operand) {
		if operand.Weights == 0 || len(e.Positions) == 0 {
			return yes
		}
		for _, p := range e.Positions {
			if operand.Weights&(1<<(p>>14)) != 0 {
				return yes
			}
		}
	}
	return no
}

func (v vectorMatcher) where(operand *types.TSNode, out *places) verdict {
	result := no
	for _, e := range v.entries(operand) {
		if len(e.Positions) == 0 {
			return maybe
		}
		for _, p := range e.Positions {
			if operand.Weights == 0 || operand.Weights&(1<<(p>>14)) != 0 {
				out.at = append(out.at, int(p&maxPosition))
				result = yes
			}
		}
	}
	if operand.Prefix {
		sort.Ints(out.at)
		out.at = compactInts(out.at)
	}
	return result
}

func compactInts(a []int) []int {
	out := a[:0]
	for i, n := range a {
		if i == 0 || n != a[i-1] {
			out = append(out, n)
		}
	}
	return out
}

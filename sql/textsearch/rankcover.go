package textsearch

import (
	"cmp"
	"math"
	"slices"

	"github.com/kalamsql/kalamsql/sql/types"
)

// occurrence is a place of a document where words of the query stand.
type occurrence struct {
	at       int
	weight   int
	operands []*types.TSNode
}

// occurrences are the places of the words of a query, in order.
func occurrences(v []types.Lexeme, query *types.TSNode) []occurrence {
	var out []occurrence
	seen := map[string]bool{}
	ops := query.Operands(nil)
	for _, op := range ops {
		key := (&types.TSNode{Word: op.Word, Weights: op.Weights, Prefix: op.Prefix}).Text()
		if seen[key] {
			continue
		}
		seen[key] = true
		for _, e := range vectorMatcher(v).entries(op) {
			positions := e.Positions
			if len(positions) == 0 {
				continue
			}
			for _, p := range positions {
				if op.Weights == 0 || op.Weights&(1<<(p>>14)) != 0 {
					out = append(out, occurrence{at: int(p & maxPosition), weight: int(p >> 14), operands: []*types.TSNode{op}})
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b occurrence) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.weight, b.weight)) })
	merged := out[:0]
	for _, o := range out {
		if n := len(merged); n > 0 && merged[n-1].at == o.at && merged[n-1].weight == o.weight {
			merged[n-1].operands = append(merged[n-1].operands, o.operands...)
			continue
		}
		merged = append(merged, o)
	}
	return merged
}

// coverMatcher is a part of the occurrences.
type coverMatcher []occurrence

func same(a, b *types.TSNode) bool {
	return a.Word == b.Word && a.Weights == b.Weights && a.Prefix == b.Prefix
}

func (m coverMatcher) has(operand *types.TSNode) verdict {
	for _, o := range m {
		for _, op := range o.operands {
			if same(op, operand) {
				return yes
			}
		}
	}
	return no
}

func (m coverMatcher) where(operand *types.TSNode, out *places) verdict {
	for _, o := range m {
		for _, op := range o.operands {
			if same(op, operand) {
				out.at = append(out.at, o.at)
				break
			}
		}
	}
	out.at = compactInts(out.at)
	if len(out.at) == 0 {
		return no
	}
	return yes
}

// nextCover finds the next shortest part of the occurrences from a place on that
// satisfies the query: its first and last occurrence.
func nextCover(doc []occurrence, query *types.TSNode, from int) (first, last int, ok bool) {
	for ; from < len(doc); from++ {
		last = from
		for last < len(doc) && !matches(coverMatcher(doc[from:last+1]), query) {
			last++
		}
		if last == len(doc) {
			return 0, 0, false
		}
		first = last
		for first >= from && !matches(coverMatcher(doc[first:last+1]), query) {
			first--
		}
		if first >= from {
			return first, last, true
		}
	}
	return 0, 0, false
}

// RankCover is ts_rank_cd: how dense the parts of a document are that satisfy a query.
func RankCover(w [4]float32, v []types.Lexeme, query *types.TSNode, method int) float32 {
	if len(v) == 0 || query == nil {
		return 0
	}
	doc := occurrences(v, query)
	var r, sum, before float64
	extents := 0
	for from := 0; ; {
		first, last, ok := nextCover(doc, query, from)
		if !ok {
			break
		}
		var inverse float64
		for _, o := range doc[first : last+1] {
			inverse += 1 / float64(w[o.weight])
		}
		density := float64(last-first+1) / inverse
		noise := doc[last].at - doc[first].at - (last - first)
		if noise < 0 {
			noise = (last - first) / 2
		}
		r += density / float64(1+noise)
		middle := float64(doc[last].at+doc[first].at) / 2
		if extents > 0 && middle > before {
			sum += 1 / (middle - before)
		}
		before = middle
		extents++
		from = first + 1
	}
	if method&byLogLength != 0 {
		r /= math.Log(float64(length(v) + 1))
	}
	if method&byLength != 0 {
		r /= float64(length(v))
	}
	if method&byExtentDistance != 0 && extents > 0 && sum > 0 {
		r /= float64(extents) / sum
	}
	if method&byUnique != 0 {
		r /= float64(len(v))
	}
	if method&byLogUnique != 0 {
		r /= math.Log(float64(len(v)+1)) / math.Log(2)
	}
	if method&byItself != 0 {
		r /= r + 1
	}
	return float32(r)
}

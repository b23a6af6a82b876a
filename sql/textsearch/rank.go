package textsearch

import (
	"math"
	"slices"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Ways to take the length of a document into account, as bits of a number.
const (
	byLogLength = 1 << iota
	byLength
	byExtentDistance
	byUnique
	byLogUnique
	byItself
)

// DefaultWeights are those of D, C, B and A.
var DefaultWeights = [4]float32{0.1, 0.2, 0.4, 1.0}

// WeightsOf makes weights of an array; negative ones are the default.
func WeightsOf(d types.Datum) (w [4]float32, err error) {
	a := d.Array()
	switch {
	case len(a.Dims) > 1:
		return w, sqlerr.New(sqlerr.ArraySubscriptError, "array of weight must be one-dimensional")
	case len(a.Elems) < len(w):
		return w, sqlerr.New(sqlerr.ArraySubscriptError, "array of weight is too short")
	}
	for i := range w {
		if a.Elems[i].IsNull() {
			return w, sqlerr.New(sqlerr.NullValueNotAllowed, "array of weight must not contain nulls")
		}
		if w[i] = float32(a.Elems[i].Float()); w[i] < 0 {
			w[i] = DefaultWeights[i]
		}
		if w[i] > 1 {
			return w, sqlerr.New(sqlerr.InvalidParameterValue, "weight out of range")
		}
	}
	return w, nil
}

// length counts the words of a document.
func length(v []types.Lexeme) int {
	n := 0
	for _, l := range v {
		n += max(1, len(l.Positions))
	}
	return n
}

// distinct are the operands of a query, each once, in order.
func distinct(query *types.TSNode) []*types.TSNode {
	ops := query.Operands(nil)
	slices.SortFunc(ops, func(a, b *types.TSNode) int { return compareWords(a.Word, b.Word) })
	return slices.CompactFunc(ops, func(a, b *types.TSNode) bool { return a.Word == b.Word })
}

func compareWords(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Rank is ts_rank: how often the words of a query are there, and how near to each
// other.
func Rank(w [4]float32, v []types.Lexeme, query *types.TSNode, method int) float32 {
	if len(v) == 0 || query == nil {
		return 0
	}
	var r float32
	if query.Op == types.TSAnd || query.Op == types.TSPhrase {
		r = rankAnd(w, v, query)
	} else {
		r = rankOr(w, v, query)
	}
	if r < 0 {
		r = 1e-20
	}
	if method&byLogLength != 0 {
		r = float32(float64(r) / (math.Log(float64(length(v)+1)) / math.Log(2)))
	}
	if method&byLength != 0 {
		r /= float32(length(v))
	}
	if method&byUnique != 0 {
		r /= float32(len(v))
	}
	if method&byLogUnique != 0 {
		r = float32(float64(r) / (math.Log(float64(len(v)+1)) / math.Log(2)))
	}
	if method&byItself != 0 {
		r /= r + 1
	}
	return r
}

func rankOr(w [4]float32, v []types.Lexeme, query *types.TSNode) float32 {
	ops := distinct(query)
	var r float32
	for _, op := range ops {
		for _, e := range vectorMatcher(v).entries(op) {
			positions := e.Positions
			if len(positions) == 0 {
				positions = []uint16{0}
			}
			var sum float32
			best, bestAt := float32(-1), 0
			for j, p := range positions {
				weight := w[p>>14]
				sum += weight / float32((j+1)*(j+1))
				if weight > best {
					best, bestAt = weight, j
				}
			}
			// The sum of 1/i² tends to π²/6.
			r = float32(float64(r) + float64(best+sum-best/float32((bestAt+1)*(bestAt+1)))/1.64493406685)
		}
	}
	if len(ops) > 0 {
		r /= float32(len(ops))
	}
	return r
}

// nearness falls with the distance of two words.
func nearness(distance int) float32 {
	if distance > 100 {
		return 1e-30
	}
	return float32(1.0 / (1.005 + 0.05*math.Exp(float64(float32(distance)/1.5-2))))
}

func rankAnd(w [4]float32, v []types.Lexeme, query *types.TSNode) float32 {
	ops := distinct(query)
	if len(ops) < 2 {
		return rankOr(w, v, query)
	}
	nowhere := []uint16{maxPosition - 1}
	at := make([][]uint16, len(ops))
	unplaced := make([]bool, len(ops))
	r := float32(-1)
	for i, op := range ops {
		for _, e := range vectorMatcher(v).entries(op) {
			at[i], unplaced[i] = e.Positions, len(e.Positions) == 0
			if unplaced[i] {
				at[i] = nowhere
			}
			for k := range i {
				for _, p := range at[i] {
					for _, q := range at[k] {
						distance := int(p&maxPosition) - int(q&maxPosition)
						if distance < 0 {
							distance = -distance
						}
						if distance == 0 && !unplaced[i] && !unplaced[k] {
							continue
						}
						if distance == 0 {
							distance = maxPosition
						}
						near := float32(math.Sqrt(float64(w[p>>14] * w[q>>14] * nearness(distance))))
						if r < 0 {
							r = near
						} else {
							r = float32(1.0 - (1.0-float64(r))*(1.0-float64(near)))
						}
					}
				}
			}
		}
	}
	return r
}

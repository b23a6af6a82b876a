// Package fuzzy compares texts by how they are written or how they sound, as PostgreSQL's
// extension fuzzystrmatch does. All of it is pure: nothing is kept between calls.
package fuzzy

// Costs are what an edit costs.
type Costs struct{ Insert, Delete, Substitute int }

// Unit are the costs of plain edit distance.
var Unit = Costs{1, 1, 1}

// Unbounded is the bound of a distance that has none.
const Unbounded = -1

// Levenshtein is the least cost of edits that turn one text into another. Where the
// distance is beyond a bound that is not negative, the result is some number above the
// bound, found sooner than the distance.
func Levenshtein(source, target []rune, c Costs, bound int) int {
	m, n := len(source), len(target)
	switch {
	case m == 0:
		return n * c.Insert
	case n == 0:
		return m * c.Delete
	}
	// Only the columns from first up to, not including, end can lie on a path within the
	// bound.
	first, end := 0, m+1
	if bound >= 0 {
		least := growth(n-m, c)
		if least > bound {
			return bound + 1
		}
		c.Substitute = min(c.Substitute, c.Insert+c.Delete)
		detour := c.Insert + c.Delete // what each column off the diagonal costs
		if bound >= least+c.Substitute*min(m, n) {
			bound = Unbounded
		} else if detour > 0 {
			end = min(max(m-n, 0)+(bound-least)/detour+1, m+1)
			if end > m {
				end = m + 1
			}
		}
	}
	above, row := make([]int, m+2), make([]int, m+2)
	for i := first; i < end; i++ {
		above[i] = i * c.Delete
	}
	for j := 1; j <= n; j++ {
		if bound >= 0 && end < m+1 {
			above[end] = bound + 1
			end++
		}
		i := first
		if first == 0 {
			row[0], i = j*c.Insert, 1
		}
		for ; i < end; i++ {
			change := above[i-1]
			if source[i-1] != target[j-1] {
				change += c.Substitute
			}
			row[i] = min(above[i]+c.Insert, row[i-1]+c.Delete, change)
		}
		above, row = row, above
		if bound < 0 {
			continue
		}
		rest := j - (n - m) // the column from which what is left is of equal length
		for end > 0 && above[end-1]+growth(end-1-rest, c) > bound {
			end--
		}
		for ; first < end && above[first]+growth(first-rest, c) > bound; first++ {
			above[first], row[first] = bound+1, bound+1
		}
		if first >= end {
			return bound + 1
		}
	}
	return above[m]
}

// growth is what it costs at least to make a text longer, or shorter, by some
// characters.
func growth(by int, c Costs) int {
	if by < 0 {
		return -by * c.Delete
	}
	return by * c.Insert
}

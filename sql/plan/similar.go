package plan

import "github.com/kalamsql/kalamsql/sql/sqlerr"

// Which columns somebody may have meant who named one that is not there.

// farthest is how many characters a name may differ in.
const farthest = 3

// similarColumns are the one or two columns whose names are nearest to one that was not found.
// When a third is as near, none of them is.
type similarColumns struct {
	relation, column string
	distance         int
	found            []*scopeColumn
}

// hint adds to an error that a column does not exist which could be meant: of any relation of the
// query or those around it, unless too many are as near.
func (s *scope) hint(err *sqlerr.Error, relation, column string) error {
	near := similarColumns{relation: relation, column: column, distance: farthest + 1}
	for at := s; at != nil; at = at.outer {
		for _, side := range []*scope{at.unseen, at} {
			if side == nil {
				continue
			}
			for i := range side.columns {
				c := &side.columns[i]
				if c.hidden || c.relation == "" {
					continue
				}
				if c.Name == column && side == at.unseen && (relation == "" || c.relation == relation) {
					return err.WithHint(`There is a column named "%s" in table "%s", but it cannot be referenced from this part of the query.`, column, c.relation)
				}
				near.look(c)
			}
		}
	}
	switch len(near.found) {
	case 1:
		return err.WithHint(`Perhaps you meant to reference the column "%s.%s".`, near.found[0].relation, near.found[0].Name)
	case 2:
		return err.WithHint(`Perhaps you meant to reference the column "%s.%s" or the column "%s.%s".`,
			near.found[0].relation, near.found[0].Name, near.found[1].relation, near.found[1].Name)
	}
	return err
}

func (n *similarColumns) look(c *scopeColumn) {
	penalty := 0
	if n.relation != "" {
		penalty = editDistance(n.relation, c.relation, farthest+1)
	}
	if penalty > n.distance {
		return
	}
	d := editDistance(c.Name, n.column, n.distance+1-penalty)
	if d > len(n.column)/2 {
		return
	}
	switch d += penalty; {
	case d < n.distance:
		n.distance, n.found = d, []*scopeColumn{c}
	case d > n.distance:
	case len(n.found) == 2:
		n.distance, n.found = d-1, nil
	case len(n.found) == 1 || n.distance <= farthest:
		n.found = append(n.found, c)
	}
}

// editDistance is Levenshtein's, given up above bound.
func editDistance(a, b string, bound int) int {
	if diff := len(a) - len(b); diff > bound || -diff > bound {
		return bound + 1
	}
	prev := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := prev[0]
		prev[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = prev[j]
			prev[j] = min(cost, prev[j]+1, prev[j-1]+1)
		}
	}
	return prev[len(b)]
}

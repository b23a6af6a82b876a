package plan

import "github.com/kalamsql/kalamsql/sql/expr"

// A scan whose filter has an OR of conditions for different indexes is divided: one part for each
// branch, read by the index of that branch, without the rows that an earlier branch has given.

// mostParts is into how many parts a scan is divided.
const mostParts = 16

// divide makes the parts of a scan that would read its whole table, when all of them together
// cost less. It is the last that is decided: what changes the filter afterwards has the
// table read through.
func (s *Scan) divide() {
	s.parts = nil
	if s.Index != nil || s.Filter == nil || s.Lock != nil || s.Ref || s.stats == nil || s.tableRows() <= fewRows {
		return
	}
	terms := conjuncts(s.Filter)
	best := s.cost(nil, nil).total
	for at, term := range terms {
		or, ok := term.(*expr.Or)
		if !ok || len(or.Args) > mostParts || expr.MaxVolatility(or) == expr.Volatile || hasLink(or) {
			continue
		}
		if parts, total := s.branches(terms, at, or.Args); parts != nil && total < best {
			s.parts, s.dividedBy, best = parts, s.Filter, total
		}
	}
}

// branches are the parts by one of the terms, nil when one of them finds no index.
func (s *Scan) branches(terms []expr.Expr, at int, branches []expr.Expr) (parts []*Scan, total float64) {
	for i, branch := range branches {
		filter := append(terms[:at:at], conjuncts(branch)...)
		for _, earlier := range branches[:i] {
			filter = append(filter, &expr.BoolTest{Arg: earlier, Test: expr.IsNotTrue})
		}
		part := *s
		part.Filter = expr.NewAnd(append(filter, terms[at+1:]...)...)
		if part.chooseIndex(); part.Ranges == nil && part.Search == nil {
			return nil, 0
		}
		part.Covered = !part.RowOrder && part.coveredBy(part.Index)
		parts = append(parts, &part)
		total += part.cost(part.Index, part.Ranges).total
	}
	return parts, total
}

// Parts are the scans that are done one after the other in this one's place; nil: it is done itself.
func (s *Scan) Parts() []*Scan {
	if s.parts == nil || s.Filter != s.dividedBy || s.Index != nil || s.Lock != nil || s.Ref {
		return nil
	}
	return s.parts
}

// hasLink says whether a subquery is part of an expression.
func hasLink(e expr.Expr) (found bool) {
	expr.Walk(e, func(e expr.Expr) bool {
		if _, ok := e.(*SubLink); ok {
			found = true
		}
		return !found
	})
	return found
}

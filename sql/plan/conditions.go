package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Conditions divides the filter of a scan into what its ranges check and the rest,
// as EXPLAIN shows them.
func (s *Scan) Conditions() (index, rest []expr.Expr) {
	terms := conjuncts(s.Filter)
	if s.Filter == nil {
		return nil, nil
	}
	if s.Search != nil {
		var sought []expr.Expr
		if q := s.searchOf(s.Index); q != nil {
			sought = q.terms()
		}
		for _, term := range terms {
			if slices.Contains(sought, term) {
				index = append(index, term)
			} else {
				rest = append(rest, term)
			}
		}
		return index, rest
	}
	if s.Index == nil || s.Ranges == nil {
		return nil, terms
	}
	taken := map[int]bool{}
	keys := s.Index.Keys
	if n := len(s.Index.Keys); len(s.Ranges[0].Prefix) < n {
		n = len(s.Ranges[0].Prefix)
		if s.Ranges[0].Low != nil || s.Ranges[0].High != nil {
			n++
		}
		keys = keys[:n]
	}
	for k := range keys {
		num := s.keyNumber(s.Index, k)
		equality := k < len(s.Ranges[0].Prefix)
		low, high := false, false
		for i, term := range terms {
			by := map[int16]*bounds{}
			s.note(by, term)
			b := by[num]
			if b == nil || taken[i] || equality != (b.equal != nil) {
				continue
			}
			if like, ok := term.(*expr.Like); ok {
				index = append(index, prefixTerms(like)...)
				low, high = true, true
				continue
			}
			if !equality && (b.low != nil && low || b.high != nil && high) {
				continue
			}
			low, high = low || b.low != nil, high || b.high != nil
			taken[i] = true
			index = append(index, s.keyFirst(term))
			if equality {
				break
			}
		}
	}
	for i, term := range terms {
		if !taken[i] {
			rest = append(rest, term)
		}
	}
	return index, rest
}

// keyFirst gives a comparison with the key of an index on its left.
func (s *Scan) keyFirst(term expr.Expr) expr.Expr {
	call, ok := term.(*expr.Call)
	if !ok || call.Op == nil || len(call.Args) != 2 || commuted[call.Op.Name] == "" || s.keyNumbers(call.Args[0]) != nil {
		return term
	}
	turned, err := expr.ResolveOperator(commuted[call.Op.Name], call.Args[1], call.Args[0], -1)
	if err != nil {
		return term
	}
	return turned
}

// prefixTerms are the comparisons that a pattern's prefix stands for.
func prefixTerms(like *expr.Like) []expr.Expr {
	prefix, _ := like.Pattern.Prefix()
	var out []expr.Expr
	for _, b := range []struct{ op, text string }{{">=", prefix}, {"<", afterPrefix(prefix)}} {
		if b.text == "" {
			continue
		}
		if e, err := expr.ResolveOperator(b.op, like.Args[0], &expr.Const{Value: types.String(b.text), T: types.Text, Mod: types.NoTypmod, Loc: -1}, -1); err == nil {
			out = append(out, e)
		}
	}
	return out
}

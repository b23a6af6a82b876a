package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
)

// x IN (subquery) and a correlated EXISTS are the same as a join with the
// distinct rows of the subquery. That is worth it where these are few and lead
// through an index to the rows around them: then the table around is not read
// whole.

// subqueryJoin is a subquery as one side of a join.
type subqueryJoin struct {
	// side has the distinct values, and tests what they are equal to.
	side  Node
	tests []expr.Expr
}

// joinable gives a condition as a join, nil if it is none: it is a subquery of
// few rows that reads nothing of what is around it but equations.
func joinable(cond expr.Expr) *subqueryJoin {
	link, ok := cond.(*SubLink)
	if !ok || !link.Stable {
		return nil
	}
	switch {
	case link.Kind == AnyLink && len(link.Args) == 0 && len(link.Test) == 1:
		a, b := equatedColumns(link.Compare)
		if a == nil || a.Index+b.Index != 1 || !a.T.Comparable() || rowsOf(link.Query) > lookupRows {
			return nil
		}
		return &subqueryJoin{side: &Distinct{Input: link.Query}, tests: link.Test}
	case link.Kind == ExistsLink && link.Hashed != nil && link.Hashed.Cond == nil && link.Hashed.Empty == nil && len(link.Hashed.LeftKeys) > 0:
		h := link.Hashed
		if rowsOf(h.Rows) > lookupRows {
			return nil
		}
		p := &Project{Input: h.Rows, Exprs: h.RightKeys}
		j := &subqueryJoin{}
		for i, k := range h.RightKeys {
			p.cols = append(p.cols, Column{Name: "key", Type: k.Type(), Typmod: k.Typmod()})
			j.tests = append(j.tests, expr.Rewrite(h.LeftKeys[i], func(e expr.Expr) expr.Expr {
				if c, ok := e.(*expr.Column); ok {
					return link.Args[c.Index]
				}
				return e
			}))
		}
		j.side = &Distinct{Input: p}
		return j
	}
	return nil
}

// leadsTo says whether one of a join's tests is the first key of an index of a
// table whose columns begin at offset.
func (j *subqueryJoin) leadsTo(s *Scan, offset int) bool {
	return s.Lock == nil && slices.ContainsFunc(j.tests, func(test expr.Expr) bool {
		c, ok := test.(*expr.Column)
		if !ok || c.Index < offset || c.Index-offset >= len(s.Table.Columns) {
			return false
		}
		num := s.Table.Columns[c.Index-offset].Num
		return slices.ContainsFunc(s.indexes, func(x *catalog.Index) bool { return x.Predicate == "" && x.Ordered() && x.Keys[0].Column == num })
	})
}

// joinSubqueries makes sides of the tree of those conditions that lead to one of
// its tables by an index, and gives the conditions that then hold.
func (t *joinTree) joinSubqueries(conds []expr.Expr, width int) (out []expr.Expr) {
	written := len(t.leaves)
	for _, cond := range conds {
		j := joinable(cond)
		if j == nil || !slices.ContainsFunc(t.leaves[:written], func(l leaf) bool {
			s, ok := l.node.(*Scan)
			return ok && j.leadsTo(s, l.offset)
		}) {
			out = append(out, cond)
			continue
		}
		cols := j.side.Columns()
		for i, test := range j.tests {
			eq, err := expr.ResolveOperator("=", test, &expr.Column{Index: width + i, T: cols[i].Type, Mod: cols[i].Typmod, Name: cols[i].Name}, -1)
			if err != nil {
				panic("the keys of a subquery cannot be compared: " + err.Error())
			}
			out = append(out, eq)
		}
		t.leaves = append(t.leaves, leaf{node: j.side, offset: width, width: len(cols), planned: true})
		width += len(cols)
	}
	return out
}

// joinsSubquery says whether any condition on a table alone is worth a join.
func (s *Scan) joinsSubquery(conds []expr.Expr) bool {
	return slices.ContainsFunc(conds, func(c expr.Expr) bool {
		j := joinable(c)
		return j != nil && j.leadsTo(s, 0)
	}) && rowsOf(s) > lookupRows
}

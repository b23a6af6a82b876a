package plan

import "github.com/kalamsql/kalamsql/sql/expr"

// exclude leaves out the members whose CHECK constraints say that no row of theirs meets
// conditions over the rows.
func (n *Append) exclude(conds []expr.Expr) {
	left := 0
	for i, m := range n.Members {
		if p, ok := m.(*Project); ok && n.checks[i] != nil {
			var own []expr.Expr
			for _, c := range conds {
				if below := p.below(c); below != nil {
					own = append(own, below)
				}
			}
			if contradictory(own, n.checks[i]) {
				continue
			}
		}
		n.Members[left], n.tables[left], n.checks[left] = m, n.tables[i], n.checks[i]
		left++
	}
	n.Members, n.tables, n.checks = n.Members[:left:left], n.tables[:left:left], n.checks[:left:left]
}

// contradictory says whether no row that meets some checks, or makes them NULL, meets all
// conditions.
func contradictory(conds, checks []expr.Expr) bool {
	for _, c := range conds {
		found := false
		expr.Walk(c, func(e expr.Expr) bool {
			column, ok := e.(*expr.Column)
			found = found || ok && excludes(column, conds, checks)
			return !found
		})
		if found {
			return true
		}
	}
	return false
}

// excludes says whether what is known of one column cannot be.
func excludes(column *expr.Column, conds, checks []expr.Expr) bool {
	var f keyFacts
	for _, c := range conds {
		f.note(c, column, constantOnly)
	}
	if !f.strict() || f.isNull {
		return false // NULL meets the conditions, and any check
	}
	for _, c := range checks {
		f.note(c, column, constantOnly)
	}
	return f.empty(column)
}

// empty says whether no value meets what is known of a column.
func (f *keyFacts) empty(column *expr.Column) bool {
	switch {
	case f.impossible, f.isNull && f.strict():
		return true
	case f.isEqual:
		for _, v := range f.equal {
			if f.allows(column.T, v) {
				return false
			}
		}
		return true
	case f.low == nil || f.high == nil:
		return false
	}
	c := column.T.Compare(f.low.value, f.high.value)
	return c > 0 || c == 0 && !(f.low.inclusive && f.high.inclusive)
}

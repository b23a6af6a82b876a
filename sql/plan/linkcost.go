package plan

import "github.com/kalamsql/kalamsql/sql/expr"

// What subqueries in expressions cost. One that reads the row around it is run for
// each row, until it has cost as much as reading all rows that it could have into a hash
// table (HashedLink.After); then it is looked up there.

// mostRuns bounds how often a subquery runs before all its rows are read: of tables
// whose statistics are wrong.
const mostRuns = 100_000

// run is what one run of a subquery costs. EXISTS ends with the first row, but one that scans
// a table reads all of it where there is none.
func (m Estimates) run(link *SubLink) float64 {
	q := m.Of(link.Query)
	if link.Kind == ExistsLink && !dear(link.Query) {
		return q.Startup + (q.Total-q.Startup)/max(1, q.Rows)
	}
	return q.Total
}

// readAll is what it costs to read all rows that a subquery could have.
func (m Estimates) readAll(h *HashedLink) float64 {
	all := m.Of(h.Rows)
	return all.Total + all.Rows*hashBuildCost
}

// link is what a subquery costs that is computed for so many rows.
func (m Estimates) link(link *SubLink, rows float64) float64 {
	one := m.run(link)
	switch {
	case len(link.Args) == 0 && link.Stable:
		return one + rows*hashProbeCost
	case link.Hashed != nil && rows > float64(link.Hashed.After):
		after := float64(link.Hashed.After)
		return after*one + m.readAll(link.Hashed) + (rows-after)*hashProbeCost
	}
	return rows * one
}

// links is what the subqueries in an expression cost that is computed for so many rows of
// a node. Conditions without one come before those that have one. A nil node is unknown.
func (m Estimates) links(e expr.Expr, rows float64, n Node) (cost float64) {
	if e == nil {
		return 0
	}
	var dear []expr.Expr
	for _, c := range conjuncts(e) {
		switch {
		case holdsLink(c):
			dear = append(dear, c)
		case n != nil:
			rows *= selectivity(c, n)
		}
	}
	for _, c := range dear {
		expr.Walk(c, func(e expr.Expr) bool {
			if link, ok := e.(*SubLink); ok {
				cost += m.link(link, rows)
			}
			return true
		})
		rows *= selectivity(c, n)
	}
	return cost
}

// isDear says whether an expression runs a subquery for each row.
func isDear(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(e expr.Expr) bool {
		link, is := e.(*SubLink)
		found = found || is && len(link.Args) > 0
		return !found
	})
	return found
}

// orderWithDear chooses how the sides are joined, and whether conditions with subqueries that are
// run for each row are looked at before the sides are joined or after: late are those over the
// tree's rows that are left for then, and the others become part of their sides.
func (t *joinTree) orderWithDear(fixed bool) (steps []joinStep, late []expr.Expr) {
	any := false
	early := make([]leaf, len(t.leaves))
	for i, l := range t.leaves {
		early[i] = l
		for _, c := range l.dear {
			any = true
			early[i].cost += Estimates{}.links(c, early[i].rows, l.node)
			early[i].rows *= selectivity(c, l.node)
		}
	}
	if !any {
		steps, all := t.order(fixed)
		return t.forFirst(steps, all), nil
	}
	plain := t.leaves
	t.leaves = early
	steps, first := t.order(fixed)
	if !fixed && len(t.leaves) <= mostGreedy {
		t.leaves = plain
		lateSteps, last := t.order(fixed)
		m := Estimates{}
		for _, l := range t.leaves {
			for _, c := range l.dear {
				last.cost += m.links(c, last.rows, nil)
				last.rows *= selectivity(c, l.node)
				late = append(late, shift(c, l.offset))
			}
		}
		if last.cost < first.cost {
			return lateSteps, late
		}
		t.leaves = early
	}
	for i := range t.leaves {
		if l := &t.leaves[i]; l.planned {
			l.node = filterAll(l.node, l.dear)
		} else {
			l.node = push(l.node, l.dear)
		}
	}
	return steps, nil
}

// over gives conditions over the tree's rows as ones over the rows of the sides in an order.
func (t *joinTree) over(conds []expr.Expr, order []int) (out []expr.Expr) {
	starts, at := make([]int, len(t.leaves)), 0
	for _, i := range order {
		starts[i] = at
		at += t.leaves[i].width
	}
	for _, c := range conds {
		out = append(out, t.placed(c, starts))
	}
	return out
}

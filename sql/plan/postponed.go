package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// A select list is computed below ORDER BY, but for what PostgreSQL computes
// behind it, of the rows that come out (make_sort_input_target): what is
// volatile, so that nextval() counts in the order of the result, and, where
// LIMIT or DISTINCT ON drop rows, what is expensive or returns a set. What is
// sorted by, grouped by or distinguished by is never postponed, and if that
// returns a set, no set is: all of a level advance together.

// divided is a select list in two: what is computed below ORDER BY, and what is
// computed of its rows.
type divided struct {
	// below is what ORDER BY sorts: the targets that are not postponed, and then
	// the columns that those read which are.
	below []expr.Expr
	cols  []Column
	order []SortKey
	on    []expr.Expr
	// targets are all of them, over the rows of below; nil if none is postponed.
	targets []expr.Expr
}

// divided takes a select list apart that is ordered by order and, with on,
// DISTINCT ON, which are columns of it.
func (p *planner) divided(s *ast.SelectStmt, targets []expr.Expr, cols []Column, order []SortKey, on []expr.Expr) *divided {
	used := make([]bool, len(targets))
	for _, k := range order {
		used[uncollated(k.Expr).(*expr.Column).Index] = true
	}
	for _, e := range on {
		used[e.(*expr.Column).Index] = true
	}
	late := p.postponed(s, targets, used)
	if late == nil {
		return &divided{below: targets, cols: cols, order: order, on: on}
	}
	d := &divided{targets: make([]expr.Expr, len(targets))}
	at := make([]int, len(targets))
	for i, e := range targets {
		if !late[i] {
			at[i] = d.add(e, cols[i])
			d.targets[i] = outputColumn(at[i], cols[i])
		}
	}
	for i, e := range targets {
		if late[i] {
			d.targets[i] = expr.Rewrite(e, d.above)
		}
	}
	moved := func(e expr.Expr) expr.Expr {
		if k, ok := e.(*expr.CollationKey); ok {
			c := *k.Arg.(*expr.Column)
			c.Index = at[c.Index]
			return &expr.CollationKey{Arg: &c, Collation: k.Collation}
		}
		c := *e.(*expr.Column)
		c.Index = at[c.Index]
		return &c
	}
	for _, k := range order {
		k.Expr = moved(k.Expr)
		d.order = append(d.order, k)
	}
	for _, e := range on {
		d.on = append(d.on, moved(e))
	}
	return d
}

// postponed says which targets are computed behind ORDER BY; nil for none. used
// are those that the order and DISTINCT ON are made of.
func (p *planner) postponed(s *ast.SelectStmt, targets []expr.Expr, used []bool) []bool {
	if len(s.OrderBy) == 0 || s.Distinct {
		return nil
	}
	drops := s.Limit != nil || s.Offset != nil
	sets := drops || len(s.DistinctOn) > 0
	for i, e := range targets {
		sets = sets && !(used[i] && hasSet(e))
	}
	late := make([]bool, len(targets))
	for i, e := range targets {
		switch {
		case used[i]:
		case hasSet(e):
			late[i] = sets
		case volatile(e):
			late[i] = true
		case drops && !p.env.Watched:
			late[i] = expensive(e)
		}
	}
	if !slices.Contains(late, true) {
		return nil
	}
	return late
}

// above gives the column of below for a column that a postponed target reads.
func (d *divided) above(e expr.Expr) expr.Expr {
	c, ok := e.(*expr.Column)
	if !ok {
		return e
	}
	of := Column{Name: c.Name, Type: c.T, Typmod: c.Mod}
	at := slices.IndexFunc(d.below, func(have expr.Expr) bool { return equal(have, c) })
	if at < 0 {
		at = d.add(c, of)
	}
	moved := outputColumn(at, of)
	moved.Loc = c.Loc
	return moved
}

func (d *divided) add(e expr.Expr, c Column) int {
	d.below, d.cols = append(d.below, e), append(d.cols, c)
	return len(d.below) - 1
}

func outputColumn(i int, c Column) *expr.Column {
	return &expr.Column{Index: i, T: c.Type, Mod: c.Typmod, Name: c.Name}
}

// volatile says whether an expression, or a subquery in it, may give another value
// each time.
func volatile(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(e expr.Expr) bool {
		link, ok := e.(*SubLink)
		found = found || ok && !link.Stable || expr.MaxVolatility(e) == expr.Volatile
		return !found
	})
	return found
}

// expensive says whether an expression costs more than it does to keep a row for
// it: subqueries and functions that users wrote.
func expensive(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(e expr.Expr) bool {
		switch e := e.(type) {
		case *SubLink:
			found = true
		case *expr.Call:
			found = found || e.Fn.Routine
		}
		return !found
	})
	return found
}

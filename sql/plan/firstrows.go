package plan

import (
	"math"

	"github.com/kalamsql/kalamsql/sql/expr"
)

// # The first rows of a join
//
// Below LIMIT few rows of a join are wanted, and under ORDER BY those that come first in an
// order. The order of joins that costs least for all rows hashes whole tables; for the
// first rows it may be better to read one table in the wanted order, by an index, and to
// look the others up for each of its rows, until there are enough.
//
// Of R pairs W are wanted. If pairs are spread evenly over the table that leads, W/R of it
// is read. So what the steps cost that begin with that part of the table is compared with
// what all pairs cost and sorting them. Steps take what is there as the left side then, whose
// order every way to join keeps.

// firstRows is what LIMIT wants of a node's rows.
type firstRows struct {
	keys []SortKey // over the node's columns; none: any will do
	rows float64
}

// wantFirst tells the joins below which rows are wanted of them.
func (n *Limit) wantFirst() {
	rows := n.wanted()
	if rows == wholeResult || n.Ties != nil {
		return
	}
	var keys []SortKey
	sorted := false
	for node := n.Input; ; {
		switch t := node.(type) {
		case *Filter:
			node = t.Input
		case *Project:
			if t.Sets || !throughKeysOf(keys, t.Exprs) {
				return
			}
			node = t.Input
		case *Sort:
			if sorted {
				return
			}
			sorted, keys = true, append(keys, t.Keys...)
			node = t.Input
		case *Join:
			if t.Type != InnerJoin && t.Type != LeftJoin {
				return
			}
			t.first = &firstRows{append([]SortKey(nil), keys...), rows}
			if !keysWithin(keys, Width(t.Left)) {
				return
			}
			node = t.Left
		case *Apply:
			if !keysWithin(keys, Width(t.Left)) {
				return
			}
			node = t.Left
		default:
			return
		}
	}
}

// wantMore is that so many times as many rows are wanted of the join and of those it begins with.
func (n *Join) wantMore(times float64) {
	for ok := true; ok; n, ok = n.Left.(*Join) {
		if n.first != nil {
			n.first.rows *= times
		}
	}
}

// leftRows is how many of the rows of a left join's left side are read, if the order that is
// wanted can be had by an index.
func (n *Join) leftRows(all float64) float64 {
	f := n.first
	if f == nil || n.Type != LeftJoin || f.rows >= all {
		return all
	}
	if len(f.keys) > 0 {
		if !keysWithin(f.keys, Width(n.Left)) {
			return all
		}
		if p := tableOrder(n.Left, f.keys); p == nil || p.grouped() || !p.mayFollow(p.before(n.Left, f.rows)) {
			return all
		}
	}
	return f.rows
}

// throughKeysOf replaces keys, which are columns of a projection, by what is projected; false if
// one of them is not a column.
func throughKeysOf(keys []SortKey, exprs []expr.Expr) bool {
	for i := range keys {
		c, ok := keys[i].Expr.(*expr.Column)
		if !ok {
			return false
		}
		if keys[i].Expr, ok = exprs[c.Index].(*expr.Column); !ok {
			return false
		}
	}
	return true
}

// keysWithin says whether every key is one of the first columns.
func keysWithin(keys []SortKey, width int) bool {
	for _, k := range keys {
		if c, ok := k.Expr.(*expr.Column); !ok || c.Index >= width {
			return false
		}
	}
	return true
}

// forFirst gives other steps than those that cost least for all pairs, if these cost less for
// the first ones.
func (t *joinTree) forFirst(steps []joinStep, all joined) []joinStep {
	f := t.first
	if f == nil || !all.there || len(t.leaves) < 2 || len(t.leaves) > mostExact || f.rows >= all.rows {
		return steps
	}
	part := f.rows / all.rows
	p := t.planSteps()
	p.leading = true
	starts := make([]joined, len(t.leaves))
	limit := all.cost
	var lead []*Scan
	if len(f.keys) == 0 {
		for i := range t.leaves {
			l := &t.leaves[i]
			starts[i] = joined{cost: l.startup + (l.cost-l.startup)*part, rows: l.rows * part, last: joinStep{leaf: i}, there: true}
		}
	} else {
		at, cost := 0, 0.0
		for k := len(f.keys); lead == nil; k-- {
			if k == 0 {
				return steps
			}
			at, lead, cost = t.leading(f.keys[:k], part)
			if lead != nil && k < len(f.keys) { // all that agree in these are sorted
				part = min(1, part+1/t.groups(f.keys[:k]))
				at, lead, cost = t.leading(f.keys[:k], part)
			}
		}
		starts[at] = joined{cost: cost, rows: t.leaves[at].rows * part, last: joinStep{leaf: at}, there: true}
		limit += all.rows * 2 * cpuOperatorCost * math.Log2(2*max(1, f.rows))
	}
	first, best := p.exactOrder(starts)
	if !best.there || best.cost >= limit {
		return steps
	}
	for _, s := range lead {
		s.inFront = true
	}
	return first
}

// leading finds the side whose columns the keys are, the scans of it that have their order by
// their indexes, and what reading that part of the side in this order costs.
func (t *joinTree) leading(by []SortKey, part float64) (at int, lead []*Scan, cost float64) {
	at, keys := t.ownKeys(by)
	if keys == nil {
		return 0, nil, 0
	}
	l := &t.leaves[at]
	path := tableOrder(l.node, keys)
	if path == nil || path.grouped() {
		return 0, nil, 0
	}
	ordered, others := 0.0, l.cost-l.startup
	for _, one := range path.tables(nil) {
		trial, whole := *one.scan, *one.scan
		trial.inFront = true
		if one.scan.Lock != nil || !trial.follow(one.order, 1) {
			return 0, nil, 0
		}
		if whole.Ranges == nil {
			whole.chooseIndex()
		}
		ordered += trial.cost(trial.Index, trial.Ranges).total
		others -= whole.cost(whole.Index, whole.Ranges).total
		cost += rangeCost
		lead = append(lead, one.scan)
	}
	return at, lead, cost + l.startup + (ordered+max(0, others))*part
}

// ownKeys finds the side whose columns keys are, and gives them over its rows; nil if there is none.
func (t *joinTree) ownKeys(by []SortKey) (at int, keys []SortKey) {
	for i, k := range by {
		c, ok := k.Expr.(*expr.Column)
		if !ok {
			return 0, nil
		}
		leaf := t.leafOf(c.Index)
		if i > 0 && leaf != at {
			return 0, nil
		}
		at = leaf
		moved := *c
		moved.Index -= t.leaves[at].offset
		k.Expr = &moved
		keys = append(keys, k)
	}
	return at, keys
}

// groups is how many different values the keys have, which are columns of a side.
func (t *joinTree) groups(by []SortKey) float64 {
	at, keys := t.ownKeys(by)
	var exprs []expr.Expr
	for _, k := range keys {
		exprs = append(exprs, k.Expr)
	}
	return distinctRows(exprs, t.leaves[at].node, t.leaves[at].rows)
}

// tables appends the paths to single tables that a path consists of.
func (p *orderPath) tables(list []*orderPath) []*orderPath {
	if p.scan != nil {
		return append(list, p)
	}
	for _, m := range p.members {
		list = m.tables(list)
	}
	return list
}

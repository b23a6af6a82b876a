package plan

import (
	"cmp"
	"container/heap"
	"math"
	"math/bits"
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
)

// The order of joins. Sides are joined one after the other (the tree is deep on one
// side). Of up to mostExact sides every order is looked at, by dynamic programming
// over the sets of sides that are joined already, as System R does: the best way to
// join a set is the best way to join all but one of it, and then that one. Of more
// the cheapest next step is taken each time, and of very many the smallest side that
// is connected.

const (
	mostExact  = 10
	mostGreedy = 60
)

// joinMethod is how one more side is joined.
type joinMethod uint8

const (
	buildSide   joinMethod = iota // the side is hashed, or kept, and looked up by what is there
	buildJoined                   // what is there is hashed and looked up by the side
	lookUpSide                    // the side is looked up in an index for each row
)

// joinStep is one more side of a join.
type joinStep struct {
	leaf   int
	method joinMethod
}

// estimate finds the selectivities of the conditions between sides.
func (t *joinTree) estimate() {
	for k := range t.conds {
		c := &t.conds[k]
		if c.done || len(c.leaves) < 2 {
			continue
		}
		c.selectivity = t.selectivity(c.expr)
		if c.restricted > 0 {
			c.selectivity = min(1, c.selectivity/c.restricted)
		}
		if call, ok := c.expr.(*expr.Call); ok && call.Op != nil && call.Op.Name == "=" && len(call.Args) == 2 && len(c.leaves) == 2 {
			a, b := t.reads(call.Args[0]), t.reads(call.Args[1])
			c.hashes = len(a) == 1 && len(b) == 1
		}
	}
}

// selectivity is that of a condition over the tree's rows.
func (t *joinTree) selectivity(e expr.Expr) float64 {
	call, ok := e.(*expr.Call)
	if !ok || call.Op == nil || call.Op.Name != "=" || len(call.Args) != 2 {
		return defaultSelectivity(e)
	}
	most, nulls := 1.0, 1.0
	known := false
	for _, a := range call.Args {
		leaves := t.reads(a)
		if len(leaves) != 1 {
			continue
		}
		l := &t.leaves[leaves[0]]
		if v, ok := variableOf(shift(a, -l.offset), l.node); ok {
			most, nulls, known = max(most, v.distinct), nulls*(1-v.nulls()), true
		} else if d, ok := l.node.(*Distinct); ok && d.On == nil {
			most, known = max(most, l.rows), true
		}
	}
	if !known {
		return defaultEqual
	}
	return nulls / most
}

func defaultSelectivity(e expr.Expr) float64 {
	switch c := e.(type) {
	case *expr.Or:
		none := 1.0
		for _, a := range c.Args {
			none *= 1 - defaultSelectivity(a)
		}
		return 1 - none
	case *expr.And:
		s := 1.0
		for _, a := range c.Args {
			s *= defaultSelectivity(a)
		}
		return s
	case *expr.Call:
		if c.Op != nil {
			switch c.Op.Name {
			case "=":
				return defaultEqual
			case "<>":
				return 1 - defaultEqual
			case "<", "<=", ">", ">=":
				return defaultRange
			}
		}
	}
	return defaultUnknown
}

// leafSet is a set of sides, of which there are few.
type leafSet uint64

func (s leafSet) has(i int) bool { return s>>i&1 == 1 }

// condSet is the sides a condition reads.
func (c *treeCond) set() (s leafSet) {
	for _, i := range c.leaves {
		s |= 1 << i
	}
	return s
}

// order chooses how the sides are joined; fixed leaves them as they were written.
// It gives what is estimated of the result, if that has been looked at.
func (t *joinTree) order(fixed bool) ([]joinStep, joined) {
	switch n := len(t.leaves); {
	case n > mostGreedy || fixed && n > 1:
		return t.simpleOrder(fixed), joined{}
	case n <= mostExact:
		return t.exactOrder()
	default:
		return t.greedyOrder()
	}
}

// joined is what is known of a set of sides that are joined.
type joined struct {
	cost, rows float64
	last       joinStep
	there      bool
}

// exactOrder looks at all orders.
func (t *joinTree) exactOrder() ([]joinStep, joined) {
	p := t.planSteps()
	starts := make([]joined, len(t.leaves))
	for i := range t.leaves {
		starts[i] = joined{cost: t.leaves[i].cost, rows: t.leaves[i].rows, last: joinStep{leaf: i}, there: true}
	}
	return p.exactOrder(starts)
}

// exactOrder looks at all orders that begin with one of the sides that are there.
func (p *stepPlanner) exactOrder(starts []joined) ([]joinStep, joined) {
	n := len(starts)
	all := make([]joined, 1<<n)
	for i := range starts {
		all[1<<i] = starts[i]
	}
	for set := leafSet(1); set < 1<<n; set++ {
		from := &all[set]
		if !from.there {
			continue
		}
		next := p.connected(set)
		if next == 0 {
			next = (1<<n - 1) &^ set // a product cannot be avoided
		}
		for rest := next; rest != 0; rest &= rest - 1 {
			i := bits.TrailingZeros64(uint64(rest))
			cost, rows, method := p.step(from, set, i)
			to := &all[set|1<<i]
			if !to.there || cost < to.cost {
				*to = joined{cost, rows, joinStep{i, method}, true}
			}
		}
	}
	steps := make([]joinStep, 0, n)
	for set := leafSet(1<<n - 1); set != 0; {
		last := all[set].last
		steps = append(steps, last)
		set &^= 1 << last.leaf
	}
	slices.Reverse(steps)
	return steps, all[1<<n-1]
}

// greedyOrder begins with each of the smallest sides and takes the cheapest step
// each time.
func (t *joinTree) greedyOrder() ([]joinStep, joined) {
	n := len(t.leaves)
	p := t.planSteps()
	starts := make([]int, n)
	for i := range starts {
		starts[i] = i
	}
	slices.SortStableFunc(starts, func(a, b int) int { return cmp.Compare(t.leaves[a].rows, t.leaves[b].rows) })
	var best []joinStep
	least := joined{cost: math.Inf(1)}
	for _, start := range starts[:min(n, 6)] {
		steps := []joinStep{{leaf: start}}
		now := joined{cost: t.leaves[start].cost, rows: t.leaves[start].rows}
		for set := leafSet(1) << start; len(steps) < n; {
			next := p.connected(set)
			if next == 0 {
				next = (1<<n - 1) &^ set
			}
			var chosen joined
			for rest := next; rest != 0; rest &= rest - 1 {
				i := bits.TrailingZeros64(uint64(rest))
				cost, rows, method := p.step(&now, set, i)
				// What makes fewer rows is cheaper later.
				if !chosen.there || cost+rows*hashBuildCost < chosen.cost+chosen.rows*hashBuildCost {
					chosen = joined{cost, rows, joinStep{i, method}, true}
				}
			}
			now = chosen
			steps = append(steps, chosen.last)
			set |= 1 << chosen.last.leaf
		}
		if now.cost < least.cost {
			best, least = steps, now
		}
	}
	return best, least
}

// stepPlanner knows what joining one more side costs.
type stepPlanner struct {
	t *joinTree
	// conds are those between sides, with the sides they read.
	conds []stepCond
	// by has the conditions that read each side.
	by [][]int
	// lookups are the indexes by which each side can be looked up.
	lookups [][]lookup
	// leading: what is there stays on the left, whose order is kept.
	leading bool
}

type stepCond struct {
	set         leafSet
	selectivity float64
	hashes      bool
	class       int
}

func (t *joinTree) planSteps() *stepPlanner {
	p := &stepPlanner{t: t, by: make([][]int, len(t.leaves)), lookups: make([][]lookup, len(t.leaves))}
	for k := range t.conds {
		c := &t.conds[k]
		if c.done || len(c.leaves) < 2 {
			continue
		}
		for _, i := range c.leaves {
			p.by[i] = append(p.by[i], len(p.conds))
		}
		p.conds = append(p.conds, stepCond{c.set(), c.selectivity, c.hashes, c.class})
	}
	for i := range t.leaves {
		if s, ok := t.leaves[i].node.(*Scan); ok && s.Lock == nil && len(t.leaves) > 1 {
			p.lookups[i] = slices.Concat(t.lookupsOf(i, s), t.rangeLookups(i, s), t.searchesOf(i, s))
		} else if a, ok := t.leaves[i].node.(*Append); ok && a.mayLookUp() && len(t.leaves) > 1 {
			p.lookups[i] = t.lookupsOfMembers(i, a)
		} else if v, _ := virtualSide(t.leaves[i].node); v != nil && len(t.leaves) > 1 {
			p.lookups[i] = t.lookupsOfVirtual(i, v)
		}
	}
	return p
}

// connected gives the sides that a condition ties to a set.
func (p *stepPlanner) connected(set leafSet) (out leafSet) {
	for i := range p.conds {
		c := p.conds[i].set
		if rest := c &^ set; c&set != 0 && rest != 0 && rest&(rest-1) == 0 {
			out |= rest
		}
	}
	return out
}

// step estimates joining side i to a set.
func (p *stepPlanner) step(from *joined, set leafSet, i int) (cost, rows float64, method joinMethod) {
	l := &p.t.leaves[i]
	rows = from.rows * l.rows
	hash, more := false, 0.0
	classes := uint64(0) // that have had their condition
	for _, k := range p.by[i] {
		c := &p.conds[k]
		if c.set&^set != 1<<i || classes>>c.class&1 == 1 {
			continue
		}
		selectivity := c.selectivity
		if c.class != 0 { // the others of the class follow from one of them
			classes |= 1 << c.class
			for _, other := range p.by[i] {
				if o := &p.conds[other]; o.class == c.class && o.set&^set == 1<<i {
					selectivity = max(selectivity, o.selectivity)
				}
			}
		}
		rows *= selectivity
		if c.hashes {
			hash = true
		} else {
			more += cpuOperatorCost
		}
	}
	rows = max(rows, 1e-9)
	out := rows * (cpuTupleCost + more)
	if hash {
		cost = from.cost + l.cost + out
		side, joined := l.rows*hashBuildCost+from.rows*hashProbeCost, from.rows*hashBuildCost+l.rows*hashProbeCost
		if side <= joined || p.leading {
			cost, method = cost+side, buildSide
		} else {
			cost, method = cost+joined, buildJoined
		}
	} else {
		cost, method = from.cost+l.cost+from.rows*l.rows*(materializeCost+cpuOperatorCost)+out, buildSide
	}
	for k := range p.lookups[i] {
		x := &p.lookups[i][k]
		known, found, joins := 0, 0.0, false
		for known < len(x.keys) && x.keys[known].in(set) {
			joins = joins || x.keys[known] != keyNeed{}
			found = x.rows[known]
			known++
		}
		if !joins {
			continue
		}
		each, per := x.cost(known)
		if c := from.cost + from.rows*(each+found*per) + out; c < cost {
			cost, method = c, lookUpSide
		}
	}
	return cost, rows, method
}

// simpleOrder takes the smallest side that is connected each time, or leaves the
// order as it was written.
func (t *joinTree) simpleOrder(fixed bool) []joinStep {
	steps := make([]joinStep, 0, len(t.leaves))
	if fixed {
		for i := range t.leaves {
			steps = append(steps, joinStep{leaf: i})
		}
		return steps
	}
	missing := make([]int, len(t.conds)) // sides that are not there yet
	for k := range t.conds {
		missing[k] = len(t.conds[k].leaves)
	}
	free, tied := &sideHeap{t: t}, &sideHeap{t: t}
	for i := range t.leaves {
		free.list = append(free.list, i)
	}
	heap.Init(free)
	done := make([]bool, len(t.leaves))
	for len(steps) < len(t.leaves) {
		h := tied
		if len(tied.list) == 0 {
			h = free
		}
		i := heap.Pop(h).(int)
		if done[i] {
			continue
		}
		done[i] = true
		steps = append(steps, joinStep{leaf: i})
		for _, k := range t.touching[i] {
			if missing[k]--; missing[k] == 1 && !t.conds[k].done {
				for _, other := range t.conds[k].leaves {
					if !done[other] {
						heap.Push(tied, other)
					}
				}
			}
		}
	}
	return steps
}

// sideHeap has the side with the fewest rows first.
type sideHeap struct {
	t    *joinTree
	list []int
}

// Len, Less, Swap, Push and Pop are heap.Interface.
func (h *sideHeap) Len() int { return len(h.list) }

// Less puts the sides with fewer rows first, and else the one written first.
func (h *sideHeap) Less(i, k int) bool {
	a, b := h.list[i], h.list[k]
	if h.t.leaves[a].rows != h.t.leaves[b].rows {
		return h.t.leaves[a].rows < h.t.leaves[b].rows
	}
	return a < b
}

// Swap is heap.Interface's.
func (h *sideHeap) Swap(i, k int) { h.list[i], h.list[k] = h.list[k], h.list[i] }

// Push is heap.Interface's.
func (h *sideHeap) Push(x any) { h.list = append(h.list, x.(int)) }

// Pop is heap.Interface's.
func (h *sideHeap) Pop() any {
	last := h.list[len(h.list)-1]
	h.list = h.list[:len(h.list)-1]
	return last
}

// join puts the sides together, and gives the order in which their columns are.
func (t *joinTree) join(steps []joinStep) (Node, []int) {
	first := steps[0].leaf
	node, order := t.leaves[first].node, []int{first}
	width := t.leaves[first].width
	there := make([]bool, len(t.leaves))
	there[first] = true
	starts := make([]int, len(t.leaves)) // of each side's columns in what is there
	missing := make([]int, len(t.conds))
	for k := range t.conds {
		missing[k] = len(t.conds[k].leaves)
	}
	for _, k := range t.touching[first] {
		missing[k]--
	}
	rows := t.leaves[first].rows
	for _, step := range steps[1:] {
		l := &t.leaves[step.leaf]
		starts[step.leaf] = width
		there[step.leaf] = true
		var conds []expr.Expr
		after := rows * l.rows
		classes := uint64(0)
		for _, k := range t.touching[step.leaf] {
			if missing[k]--; missing[k] > 0 || t.conds[k].done {
				continue
			}
			c := &t.conds[k]
			c.done = true
			if c.class != 0 {
				if classes>>c.class&1 == 1 {
					continue // it follows from the other one
				}
				classes |= 1 << c.class
			}
			after *= c.selectivity
			conds = append(conds, t.placed(c.expr, starts))
		}
		node = t.joinNext(node, l, conds, width, step.method, rows)
		if j, ok := node.(*Join); ok && step.method == buildJoined && j.Left == l.node {
			// The side's columns come first now.
			for i := range starts {
				if there[i] && i != step.leaf {
					starts[i] += l.width
				}
			}
			starts[step.leaf] = 0
			order = append([]int{step.leaf}, order...)
		} else {
			order = append(order, step.leaf)
		}
		width += l.width
		rows = max(1, after)
	}
	return node, order
}

// placed gives an expression over the tree's rows as one over what is there.
func (t *joinTree) placed(e expr.Expr, starts []int) expr.Expr {
	return expr.Rewrite(e, func(e expr.Expr) expr.Expr {
		if c, ok := e.(*expr.Column); ok {
			at := t.leafOf(c.Index)
			moved := *c
			moved.Index = starts[at] + c.Index - t.leaves[at].offset
			return &moved
		}
		return e
	})
}

// joinNext joins one more side.
func (t *joinTree) joinNext(left Node, l *leaf, conds []expr.Expr, width int, method joinMethod, rows float64) Node {
	if s, ok := l.node.(*Scan); ok && s.Lock == nil && (method == lookUpSide || len(t.leaves) > mostGreedy && rows <= lookupRows && s.leadsAny(conds, width)) {
		return lookUp(left, s, conds, width)
	}
	if a, ok := l.node.(*Append); ok && method == lookUpSide {
		return lookUp(left, a, conds, width)
	}
	if v, _ := virtualSide(l.node); v != nil && method == lookUpSide {
		return lookUp(left, l.node, conds, width)
	}
	if method == buildJoined {
		// What is there goes to the right, behind the side's columns.
		join := &Join{Type: InnerJoin, Left: l.node, Right: left}
		for _, c := range conds {
			join.addCondition(expr.Rewrite(c, func(e expr.Expr) expr.Expr {
				c, ok := e.(*expr.Column)
				if !ok {
					return e
				}
				moved := *c
				if c.Index < width {
					moved.Index += l.width
				} else {
					moved.Index -= width
				}
				return &moved
			}), l.width)
		}
		return join
	}
	join := &Join{Type: InnerJoin, Left: left, Right: l.node}
	for _, c := range conds {
		join.addCondition(c, width)
	}
	return join.lookUpRight()
}

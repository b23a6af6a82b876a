package plan

import (
	"maps"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Looking the partners of a row up in an index, as one way to join a side: a table, or
// the tables that inherit from one, each by its own index.

// lookup is an index of a side, whose first keys are equated with others.
type lookup struct {
	// keys has, for each of the first keys of the index, what must be there for it to
	// be known; nothing is a constant's.
	keys []keyNeed
	// rows has how many rows are found with so many keys known, less one.
	rows []float64
	// primary: what is found are the rows themselves.
	primary bool
	// point is how many keys must be known for one row at most to be found; zero: no number.
	point int
	// times is in how many tables one has to look.
	times float64
	// each is what is done for each row found, besides looking it up.
	each float64
}

// keyNeed is the sides that must be there for a key to be known: all of all, and one of any
// unless that is empty.
type keyNeed struct{ all, any leafSet }

// in says whether enough is there.
func (k keyNeed) in(there leafSet) bool { return k.all&^there == 0 && (k.any == 0 || k.any&there != 0) }

// cost is what it costs to look one row's partners up by so many keys, and what each of
// those does.
func (x *lookup) cost(known int) (each, per float64) {
	each = applyCost + rangeCost
	if x.point > 0 && known >= x.point {
		each = applyCost + pointCost
	}
	per = cpuTupleCost + cpuOperatorCost + x.each
	if !x.primary {
		per += lookupCost
	}
	return each * x.times, per
}

// equated gives the columns of a side, by their place in its rows, that are equated
// with something of other sides, which must be there.
func (t *joinTree) equated(i int) map[int]keyNeed {
	l := &t.leaves[i]
	columns := map[int]keyNeed{}
	for _, k := range t.touching[i] {
		c := &t.conds[k]
		if c.done || !c.hashes {
			continue
		}
		call := c.expr.(*expr.Call)
		for a, e := range call.Args {
			col, ok := unlabelled(e).(*expr.Column)
			if !ok || col.Index < l.offset || col.Index >= l.offset+l.width || !looksUp(call.Args[1-a].Type(), col.T) {
				continue
			}
			have, known := columns[col.Index-l.offset]
			switch need := c.set() &^ (1 << i); {
			case !known && c.class == 0:
				columns[col.Index-l.offset] = keyNeed{all: need}
			case !known || c.class != 0 && have.any != 0:
				columns[col.Index-l.offset] = keyNeed{any: have.any | need}
			}
		}
	}
	return columns
}

// looksUp says whether values of a type can be looked up among keys of another.
func looksUp(value, key *types.Type) bool {
	return value.Same(key) || isInteger(value) && isInteger(key)
}

// lookupsOf finds the indexes of a side whose first key is equated with something
// of another side.
func (t *joinTree) lookupsOf(i int, s *Scan) (out []lookup) {
	byColumn := map[int16]keyNeed{} // columns that are equated, with what must be there
	for at, need := range t.equated(i) {
		if at < len(s.Table.Columns) {
			byColumn[s.Table.Columns[at].Num] = need
		}
	}
	if len(byColumn) == 0 {
		return nil
	}
	fixed := map[int16]bool{}
	if s.Filter != nil {
		have := map[int16]*bounds{}
		for _, c := range conjuncts(s.Filter) {
			s.note(have, c)
		}
		for num, b := range have {
			fixed[num] = len(b.equal) == 1
		}
	}
	for _, index := range s.indexes {
		if !s.usable(index) {
			continue
		}
		x := lookup{primary: index.Primary, times: 1, each: cpuOperatorCost * countTerms(s.Filter)}
		if index.Primary {
			x.each += s.storedWidth() / pageBytes
		} else {
			x.each += indexTupleCost
		}
		if index.Unique {
			x.point = len(index.Keys)
		}
		found := s.tableRows() * s.predicatePart(index)
		for k, key := range index.Keys {
			need, ok := byColumn[key.Column]
			if key.Column == 0 || !ok && !fixed[key.Column] {
				break
			}
			found /= s.keyVariable(index, k).distinct
			if index.Unique && k == len(index.Keys)-1 {
				found = min(found, 1)
			}
			if !ok {
				need = keyNeed{}
			}
			x.keys, x.rows = append(x.keys, need), append(x.rows, max(found, 0))
		}
		if len(x.keys) > 0 {
			out = append(out, x)
		}
	}
	return out
}

// mayLookUp says whether the members can be looked up in.
func (n *Append) mayLookUp() bool { return !n.Ref && !n.secured && n.Merge == nil }

// lookupsOfMembers finds the columns, equated with something of another side, that
// begin an index of every member.
func (t *joinTree) lookupsOfMembers(i int, a *Append) (out []lookup) {
	equated := t.equated(i)
	for _, at := range slices.Sorted(maps.Keys(equated)) {
		need := equated[at]
		x := lookup{keys: []keyNeed{need}, primary: true, point: 1}
		rows, distinct, each := 0.0, 0.0, 0.0
		for _, m := range a.Members {
			index, s, key := memberIndex(m, at)
			if index == nil {
				x.times = 0
				break
			}
			x.times++
			x.primary = x.primary && index.Primary
			if !index.Unique || len(index.Keys) > 1 {
				x.point = 0
			}
			v := s.keyVariable(index, key)
			rows, distinct, each = rows+s.tableRows(), distinct+v.distinct, each+s.tableRows()/v.distinct
		}
		if x.times == 0 {
			continue
		}
		if l := a.levels; l != nil && len(l.Keys) == 1 {
			if c, ok := l.Keys[0].(*expr.Column); ok && c.Index == at && len(l.below) == 0 {
				x.times, x.point = 1, 0 // the others are pruned
				each /= float64(len(a.Members))
			}
		}
		if x.point > 0 { // a key of every member is one of all, mostly
			each = rows / max(1, distinct)
		}
		x.rows = []float64{each}
		out = append(out, x)
	}
	return out
}

// memberIndex finds an index of an Append's member that begins with a column of the
// Append's rows: the one that is unique, if there is one.
func memberIndex(m Node, column int) (best *catalog.Index, s *Scan, key int) {
	p, ok := m.(*Project)
	if !ok {
		return nil, nil, 0
	}
	if s, ok = p.Input.(*Scan); !ok || s.Lock != nil {
		return nil, nil, 0
	}
	c, ok := p.Exprs[column].(*expr.Column)
	if !ok || c.Index >= len(s.Table.Columns) {
		return nil, nil, 0
	}
	for _, index := range s.indexes {
		if index.Predicate != "" || !index.Ordered() || index.Keys[0].Column != s.Table.Columns[c.Index].Num {
			continue
		}
		if best == nil || index.Unique && len(index.Keys) == 1 {
			best = index
		}
	}
	return best, s, 0
}

// lookUp makes the join that reads a side for each left row, through indexes.
func lookUp(left, side Node, conds []expr.Expr, width int) Node {
	apply := &Apply{Type: InnerJoin, Left: left}
	hand := func(e expr.Expr) expr.Expr {
		at := -1
		for i, have := range apply.Args {
			if equal(have, e) {
				at = i
			}
		}
		if at < 0 {
			at = len(apply.Args)
			apply.Args = append(apply.Args, e)
		}
		return &expr.OuterColumn{Level: 1, Index: at, T: e.Type(), Mod: e.Typmod(), Name: expr.String(e)}
	}
	inner := func(e expr.Expr) expr.Expr {
		if o, ok := e.(*expr.OuterColumn); ok {
			return hand(o)
		}
		return e
	}
	own := make([]expr.Expr, len(conds))
	for i, c := range conds {
		own[i] = expr.Rewrite(c, func(e expr.Expr) expr.Expr {
			col, ok := e.(*expr.Column)
			switch {
			case !ok:
				return inner(e)
			case col.Index < width:
				return hand(col)
			}
			moved := *col
			moved.Index -= width
			return &moved
		})
	}
	switch side := side.(type) {
	case *Scan:
		right := *side
		if right.Filter != nil {
			right.Filter = expr.Rewrite(right.Filter, inner)
		}
		for _, c := range own {
			right.Filter = and(right.Filter, c)
		}
		apply.Right = &right
	case *Append:
		right := copyNode(side).(*Append)
		mapExprs(right, func(e expr.Expr) expr.Expr { return expr.Rewrite(e, inner) })
		apply.Right = right.push(own)
	default:
		scan, filter := virtualSide(side)
		right := *scan
		if filter != nil {
			filter = expr.Rewrite(filter, inner)
		}
		for _, c := range own {
			filter = and(filter, c)
		}
		apply.Right = &Filter{Input: &right, Cond: filter}
	}
	return apply
}

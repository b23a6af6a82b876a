package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
)

// orderedAccess lets indexes give the order that sorts want: the scan reads in
// that order and the Sort is marked as done. The order of the primary key costs
// nothing. That of another index costs a look-up for each row, unless its entries have all
// that is wanted, which is worth it if few are wanted, or if the index is read for its ranges anyway.
func orderedAccess(n Node, wanted float64) {
	switch n := n.(type) {
	case *Limit:
		orderedAccess(n.Input, n.wanted())
		return
	case *LockRows:
		orderedAccess(n.Input, wanted)
		return
	case *Project:
		if n.Sets {
			wanted = wholeResult
		}
		orderedAccess(n.Input, wanted)
		return
	case *Filter:
		if wanted != wholeResult {
			wanted /= max(1e-6, selectivity(n.Cond, n.Input))
		}
		orderedAccess(n.Input, wanted)
		return
	case *Window:
		n.orderedInput(wanted)
	case *Sort:
		if w := n.windowBelow(); w != nil {
			n.Presorted, w.ascending = true, true
			orderedAccess(n.Input, wanted)
			return
		}
		if p := tableOrder(n.Input, n.Keys); p != nil && p.follow(p.before(n.Input, wanted)) {
			n.Presorted = true
		} else {
			n.followSome(wanted)
		}
	case *Distinct:
		if s, ok := n.Input.(*Sort); ok && n.On != nil && wanted != wholeResult {
			if p := s.longestOrder(); p != nil {
				wanted = p.rowsFor(wanted, n.On, n.Input)
				orderedAccess(s, wanted)
				return
			}
		}
	case *Join:
		n.merge()
	case *Aggregate:
		n.extremes()
		if wanted != wholeResult && !n.Plain {
			if p := tableOrder(n, nil); p != nil {
				p.follow(wanted)
			}
		}
	}
	for _, in := range n.Inputs() {
		orderedAccess(in, wholeResult)
	}
}

// wholeResult is that all rows are wanted, and asItLies that no other index is to be read for
// their order than one that is read anyway.
const (
	wholeResult = -1
	asItLies    = -2
)

// wanted is how many rows are wanted of the input; wholeResult is all.
func (n *Limit) wanted() float64 {
	if n.Count == nil {
		return wholeResult
	}
	rows := 100.0
	if c, ok := n.Count.(*expr.Const); ok && !c.Value.IsNull() {
		rows = float64(c.Value.Int())
	}
	if c, ok := n.Offset.(*expr.Const); ok && !c.Value.IsNull() {
		rows += float64(c.Value.Int())
	}
	return rows
}

// columnOrder is one key of an order of a table's rows.
type columnOrder struct {
	column     *catalog.Column
	desc       bool
	nullsFirst bool
	// either: equal values are to lie together, in whatever order; such keys come last, in
	// any order among themselves.
	either bool
}

// orderPath leads from where an order is wanted down to the scan that may give it, or to
// those whose rows are merged.
type orderPath struct {
	order   []columnOrder
	scan    *Scan
	merged  merged // instead of a scan, by keys over its columns
	keys    []SortKey
	members []*orderPath
	joins   []*Join    // that have to keep it
	groups  *Aggregate // that profits from it; nil if there is none
	unique  *Distinct  // likewise
}

// grouped says whether rows are put together on the way.
func (p *orderPath) grouped() bool { return p.groups != nil || p.unique != nil }

// rows is how many the scans give.
func (p *orderPath) rows() (rows float64) {
	if p.scan != nil {
		return p.scan.cost(p.scan.Index, p.scan.Ranges).rows
	}
	for _, m := range p.members {
		rows += m.rows()
	}
	return rows
}

// rowsFor is how many rows of the scan make so many groups by keys over a node.
func (p *orderPath) rowsFor(wanted float64, keys []expr.Expr, over Node) float64 {
	rows := p.rows()
	return wanted * rows / max(1, distinctRows(keys, over, rows))
}

// before is how many rows of the scan are read for so many of a node above the joins.
func (p *orderPath) before(n Node, wanted float64) float64 {
	if wanted == wholeResult || p.grouped() || len(p.joins) == 0 {
		return wanted
	}
	return wanted * p.rows() / rowsOf(n)
}

// follow has the scan read in the order, if that is worth it when so many rows are wanted.
func (p *orderPath) follow(wanted float64) bool {
	switch {
	case wanted == wholeResult:
	case p.groups != nil:
		wanted = p.rowsFor(wanted, p.groups.Keys, p.groups.Input)
	case p.unique != nil:
		wanted = p.rowsFor(wanted, columnsOf(p.unique.Input), p.unique.Input)
	}
	if p.merged != nil {
		if !p.mayFollow(wanted) {
			return false
		}
		for _, m := range p.members {
			m.follow(wanted)
		}
		p.merged.mergeBy(p.keys)
	} else if !p.scan.follow(p.order, wanted) {
		return false
	}
	for _, j := range p.joins {
		j.KeepOrder = true
	}
	if p.groups != nil {
		p.groups.Sorted = true
	}
	if p.unique != nil {
		p.unique.Sorted = true
	}
	return true
}

// within says whether every one of the columns is one of the first of so many.
func within(columns []int, width int) bool {
	return !slices.ContainsFunc(columns, func(c int) bool { return c >= width })
}

// tableOrder follows the keys of a sort over a node down to a scan whose order the nodes
// between keep; nil if they are not all columns of one. Below an aggregation its other keys
// follow.
func tableOrder(node Node, keys []SortKey) *orderPath {
	p := &orderPath{}
	at := make([]int, len(keys))
	for i, k := range keys {
		c, ok := k.Expr.(*expr.Column)
		if !ok {
			return nil
		}
		at[i] = c.Index
	}
	for {
		switch t := node.(type) {
		case *Project:
			if t.Sets || !through(at, t.Exprs) {
				return nil
			}
			node = t.Input
		case *Filter:
			node = t.Input
		case *Aggregate:
			if p.grouped() || t.Plain || t.Sets != nil {
				return nil
			}
			p.groups, at = t, withAll(at, len(t.Keys))
			if !within(at, len(t.Keys)) || !through(at, t.Keys) {
				return nil
			}
			node = t.Input
		case *Distinct:
			if p.grouped() || t.On != nil {
				return nil
			}
			p.unique, at = t, withAll(at, Width(t))
			node = t.Input
		case *Join:
			if t.Type != InnerJoin && t.Type != LeftJoin || !within(at, Width(t.Left)) {
				return nil
			}
			p.joins = append(p.joins, t)
			node = t.Left
		case *Apply:
			if !within(at, Width(t.Left)) {
				return nil
			}
			node = t.Left
		case *Append, *SetOp:
			p.mergeMembers(t, at, keys)
			if p.members == nil {
				return nil
			}
			return p
		case *Scan:
			if !within(at, len(t.Table.Columns)) {
				return nil
			}
			p.scan = t
			for i, c := range at {
				o := columnOrder{column: t.Table.Columns[c], either: i >= len(keys)}
				if !o.either {
					o.desc, o.nullsFirst = keys[i].Desc, keys[i].NullsFirst
				}
				p.order = append(p.order, o)
			}
			return p
		default:
			return nil
		}
	}
}

// withAll appends the positions below n that are missing.
func withAll(at []int, n int) []int {
	for i := range n {
		if !slices.Contains(at, i) {
			at = append(at, i)
		}
	}
	return at
}

// through replaces positions among expressions by those of the columns that they are; false
// if one is not a column.
func through(at []int, exprs []expr.Expr) bool {
	for i := range at {
		c, ok := exprs[at[i]].(*expr.Column)
		if !ok {
			return false
		}
		at[i] = c.Index
	}
	return true
}

// follow has the scan read in an order, if one of its indexes can and that is
// worth it when so many rows are wanted.
func (s *Scan) follow(order []columnOrder, wanted float64) bool {
	if s.Ranges != nil {
		reverse, ok := s.inOrder(s.Index, order)
		if ok {
			s.Reverse, s.RowOrder = reverse, false
			return true
		}
	}
	if pk := s.Table.PrimaryKey(); s.Search != nil && pk != nil {
		if reverse, ok := s.inOrder(pk, order); ok && !reverse {
			return true // what is found comes in that order
		}
	}
	byColumn := s.noted()
	for _, index := range s.indexes {
		free := index.Primary && s.Ranges == nil && s.Search == nil
		if !s.usable(index) {
			continue
		}
		// What the filter says of its keys is where reading begins and ends.
		within, _ := s.indexRanges(index, byColumn)
		if len(within) > 1 {
			within = nil
		}
		if !free && !s.worthFollowing(index, within, wanted) {
			continue
		}
		ranges := s.Ranges
		if s.Ranges = within; free {
			s.Ranges = nil
		}
		if reverse, ok := s.inOrder(index, order); ok {
			s.Index, s.Search, s.Reverse, s.RowOrder = index, nil, reverse, false
			return true
		}
		s.Ranges = ranges
	}
	return false
}

// worthFollowing says whether reading an index, or a range of it, from the beginning until enough rows
// have passed the filter costs less than reading and sorting all that do.
func (s *Scan) worthFollowing(index *catalog.Index, within []Range, wanted float64) bool {
	if wanted < 0 && (wanted == asItLies || !s.coveredBy(index)) {
		return false
	}
	if s.inFront {
		return true
	}
	sorted := s.cost(s.Index, s.Ranges)
	through := s.cost(index, within)
	part := 1.0
	if wanted >= 0 {
		part = min(1, wanted/max(1, sorted.rows))
	}
	return rangeCost+through.total*part < sorted.total+sortCost(sorted.rows, 1)
}

// inOrder says whether an index is in an order, read forwards or in reverse. Of
// columns that the scan's ranges fix any order is right.
func (s *Scan) inOrder(index *catalog.Index, order []columnOrder) (reverse, ok bool) {
	keys := index.Keys
	if !index.Unique && s.Table.PrimaryKey() != nil {
		keys = append(keys[:len(keys):len(keys)], s.Table.PrimaryKey().Keys...) // entries end with the row's key
	}
	fixed := map[int16]bool{}
	if len(s.Ranges) == 1 {
		for i := range s.Ranges[0].Prefix {
			fixed[s.keyNumber(index, i)] = true
		}
	}
	number := func(i int) int16 {
		if i < len(index.Keys) {
			return s.keyNumber(index, i)
		}
		return keys[i].Column
	}
	at, decided := 0, false
	order = slices.Clone(order)
	for i := range order {
		if fixed[order[i].column.Num] {
			continue
		}
		for at < len(keys) && fixed[number(at)] {
			at++
		}
		if at == len(keys) && index.Primary {
			break // what follows depends on the primary key
		}
		if at == len(keys) {
			return false, false
		}
		for j := i + 1; order[i].either && keys[at].Column != order[i].column.Num && j < len(order); j++ {
			order[i], order[j] = order[j], order[i]
		}
		o := order[i]
		if keys[at].Column != o.column.Num {
			return false, false
		}
		if o.either {
			at++
			continue
		}
		backwards := keys[at].Desc != o.desc
		if decided && backwards != reverse {
			return false, false
		}
		if nullsFirst := keys[at].NullsFirst != backwards; !o.column.NotNull && nullsFirst != o.nullsFirst {
			return false, false
		}
		reverse, decided = backwards, true
		at++
	}
	return reverse, true
}

package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
)

// orderedAccess lets indexes give the order that sorts want: the scan reads in
// that order and the Sort is marked as done. The order of the primary key costs
// nothing. That of another index costs a look-up for each row, which is worth it
// if few are wanted, or if the index is read for its ranges anyway.
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
	case *Sort:
		if order, scan, joins := tableOrder(n); scan != nil && scan.follow(order, wanted) {
			n.Presorted = true
			for _, j := range joins {
				j.KeepOrder = true
			}
		} else if scan == nil {
			n.Presorted = n.followMembers(wanted)
		}
	case *Join:
		n.merge()
	case *Aggregate:
		n.extremes()
	}
	for _, in := range n.Inputs() {
		orderedAccess(in, wholeResult)
	}
}

// wholeResult is that all rows are wanted.
const wholeResult = -1

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
}

// within says whether every one of the columns is one of n's.
func within(columns []int, n Node) bool {
	width := Width(n)
	return !slices.ContainsFunc(columns, func(c int) bool { return c >= width })
}

// tableOrder follows the keys of a sort down to a scan whose order its input
// keeps; nil if they are not all columns of one.
func tableOrder(n *Sort) (order []columnOrder, scan *Scan, joins []*Join) {
	at := make([]int, len(n.Keys))
	for i, k := range n.Keys {
		c, ok := k.Expr.(*expr.Column)
		if !ok {
			return nil, nil, nil
		}
		at[i] = c.Index
	}
	for node := n.Input; ; {
		switch t := node.(type) {
		case *Project:
			if t.Sets {
				return nil, nil, nil
			}
			for i := range at {
				c, ok := t.Exprs[at[i]].(*expr.Column)
				if !ok {
					return nil, nil, nil
				}
				at[i] = c.Index
			}
			node = t.Input
		case *Filter:
			node = t.Input
		case *Join:
			if t.Type != InnerJoin && t.Type != LeftJoin || !within(at, t.Left) {
				return nil, nil, nil
			}
			joins = append(joins, t)
			node = t.Left
		case *Apply:
			if !within(at, t.Left) {
				return nil, nil, nil
			}
			node = t.Left
		case *Scan:
			order := make([]columnOrder, len(at))
			for i, k := range n.Keys {
				if at[i] >= len(t.Table.Columns) {
					return nil, nil, nil
				}
				order[i] = columnOrder{t.Table.Columns[at[i]], k.Desc, k.NullsFirst}
			}
			return order, t, joins
		default:
			return nil, nil, nil
		}
	}
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
	byColumn := s.noted()
	for _, index := range s.Table.Indexes {
		free := index.Primary && s.Ranges == nil
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
			s.Index, s.Reverse, s.RowOrder = index, reverse, false
			return true
		}
		s.Ranges = ranges
	}
	return false
}

// worthFollowing says whether reading an index, or a range of it, from the beginning until enough rows
// have passed the filter costs less than reading and sorting all that do.
func (s *Scan) worthFollowing(index *catalog.Index, within []Range, wanted float64) bool {
	if wanted == wholeResult {
		return false
	}
	sorted := s.cost(s.Index, s.Ranges)
	through := s.cost(index, within)
	part := min(1, wanted/max(1, sorted.rows))
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
	for _, o := range order {
		if fixed[o.column.Num] {
			continue
		}
		for at < len(keys) && fixed[number(at)] {
			at++
		}
		if at == len(keys) || keys[at].Column != o.column.Num {
			return false, false
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

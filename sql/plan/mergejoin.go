package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
)

// MergeKind says whether and how a join merges its sides, which come in the order of its
// keys.
type MergeKind uint8

// The kinds: in one of the sides no two rows have the same keys, so that no row of the
// other need be kept.
const (
	NoMerge MergeKind = iota
	MergeUniqueRight
	MergeUniqueLeft
)

// fewestMerged is how many rows the right side has at least for its order to be of
// interest: fewer are hashed in no time.
const fewestMerged = 500

// mergeCost is what a row costs that is merged.
const mergeCost = 0.005

// merge has both sides read in the order of the join's keys, if that costs neither
// anything: nothing is hashed then, nor put on disk.
func (n *Join) merge() {
	if n.Unread || len(n.LeftKeys) == 0 || n.KeepOrder || n.Type != InnerJoin && n.Type != LeftJoin || rowsOf(n.Right) < fewestMerged {
		return
	}
	leftOrder, left := keyOrder(n.Left, n.LeftKeys)
	rightOrder, right := keyOrder(n.Right, n.RightKeys)
	if left == nil || right == nil {
		return
	}
	for i := range leftOrder {
		if !leftOrder[i].column.Type.Type.Same(rightOrder[i].column.Type.Type) {
			return
		}
	}
	// The keys are equations, which may be looked at in any order: in that of an index.
	by := sequence(left, leftOrder)
	leftOrder, rightOrder = permuted(leftOrder, by), permuted(rightOrder, by)
	kind := NoMerge
	switch {
	case right.uniqueOn(rightOrder):
		kind = MergeUniqueRight
	case left.uniqueOn(leftOrder):
		kind = MergeUniqueLeft
	default:
		return
	}
	leftTrial, rightTrial := *left, *right
	if !leftTrial.follow(leftOrder, asItLies) || !rightTrial.follow(rightOrder, asItLies) {
		return
	}
	*left, *right = leftTrial, rightTrial
	n.Merge, n.LeftKeys, n.RightKeys = kind, permuted(n.LeftKeys, by), permuted(n.RightKeys, by)
}

// keyOrder gives the order in which a side has to come, ascending by keys, over the
// columns of the scan that it consists of; nil if it is more than that.
func keyOrder(n Node, keys []expr.Expr) ([]columnOrder, *Scan) {
	ascending := make([]SortKey, len(keys))
	for i, k := range keys {
		ascending[i].Expr = k
	}
	p := tableOrder(n, ascending)
	if p == nil || p.scan == nil || p.grouped() || len(p.joins) > 0 || p.scan.Lock != nil || p.scan.Ref {
		return nil, nil
	}
	return p.order, p.scan
}

// sequence puts keys in the order in which the primary key has their columns.
func sequence(s *Scan, order []columnOrder) []int {
	by := make([]int, len(order))
	for i := range by {
		by[i] = i
	}
	pk := s.Table.PrimaryKey()
	if pk == nil {
		return by
	}
	place := func(i int) int {
		return slices.IndexFunc(pk.Keys, func(k catalog.IndexKey) bool { return k.Column == order[i].column.Num })
	}
	slices.SortStableFunc(by, func(a, b int) int { return place(a) - place(b) })
	return by
}

func permuted[T any](list []T, by []int) []T {
	out := make([]T, len(list))
	for i, at := range by {
		out[i] = list[at]
	}
	return out
}

// uniqueOn says whether no two rows of the table, none of them NULL in them, have the
// same values in columns.
func (s *Scan) uniqueOn(order []columnOrder) bool {
	return slices.ContainsFunc(s.indexes, func(x *catalog.Index) bool {
		return x.Unique && !x.Deferrable && x.Predicate == "" && !x.Declared && !slices.ContainsFunc(x.Keys, func(k catalog.IndexKey) bool {
			return !slices.ContainsFunc(order, func(o columnOrder) bool { return o.column.Num == k.Column })
		})
	})
}

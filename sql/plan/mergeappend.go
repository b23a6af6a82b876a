package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// merged is a node whose inputs are merged where each of them has an order.
type merged interface {
	Node
	// mergeBy has them merged, or read one after the other where that gives the order.
	mergeBy(keys []SortKey)
}

// mergeMembers ends the path at a node whose members may be merged, by the columns at the
// given places; it has no members if they cannot all give that order.
func (p *orderPath) mergeMembers(n Node, at []int, keys []SortKey) {
	if p.grouped() || len(at) != len(keys) || len(keys) == 0 || !within(at, Width(n)) {
		return
	}
	if u, ok := n.(*SetOp); ok && !u.unionAll() {
		return
	}
	cols := n.Columns()
	p.keys = make([]SortKey, len(keys))
	for i, k := range keys {
		c := *k.Expr.(*expr.Column)
		c.Index, c.Name = at[i], cols[at[i]].Name
		k.Expr = &c
		p.keys[i] = k
	}
	var members []*orderPath
	for _, m := range n.Inputs() {
		path := tableOrder(m, p.keys)
		if path == nil || path.grouped() {
			return
		}
		members = append(members, path)
	}
	p.merged, p.members = n.(merged), members
}

// mayFollow says whether follow would.
func (p *orderPath) mayFollow(wanted float64) bool {
	if p.scan != nil {
		trial := *p.scan
		return trial.follow(p.order, wanted)
	}
	return !slices.ContainsFunc(p.members, func(m *orderPath) bool { return !m.mayFollow(wanted) })
}

func (n *Append) mergeBy(keys []SortKey) {
	if !n.boundsInOrder(keys) {
		n.Merge = keys
	}
}

func (n *SetOp) mergeBy(keys []SortKey) { n.Merge = keys }

// unionAll says whether it gives the rows of both sides as they are.
func (n *SetOp) unionAll() bool { return ast.SetOp(n.Op) == ast.SetUnion && n.All }

// boundsInOrder says whether the members, which are put the right way round, come in an
// order: each has only rows that come before those of the next.
func (n *Append) boundsInOrder(keys []SortKey) bool {
	l := n.levels
	if l == nil || l.Parts.Key.Strategy != catalog.PartitionRange || len(l.below) > 0 {
		return false
	}
	if d := l.Parts.Default; d >= 0 && slices.ContainsFunc(n.tables, func(t *catalog.Table) bool { return t.OID == l.Parts.List[d].Table.OID }) {
		return false
	}
	for i := 0; i < len(keys) && i < len(l.Keys); i++ {
		if !equal(keys[i].Expr, l.Keys[i]) || keys[i].Desc != keys[0].Desc {
			return false
		}
	}
	if keys[0].Desc {
		n.Reversed = true
		slices.Reverse(n.Members)
		slices.Reverse(n.tables)
	}
	return true
}

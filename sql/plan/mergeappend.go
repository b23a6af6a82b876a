package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
)

// followMembers lets the indexes of an Append's members give the order that a sort wants:
// they are merged, or read one after the other where their bounds have that order.
func (n *Sort) followMembers(wanted float64) bool {
	keys := make([]SortKey, len(n.Keys))
	for i, k := range n.Keys {
		if _, ok := k.Expr.(*expr.Column); !ok {
			return false
		}
		keys[i] = k
	}
	var a *Append
	for node := n.Input; a == nil; {
		switch t := node.(type) {
		case *Append:
			a = t
		case *Filter:
			node = t.Input
		case *Project:
			if t.Sets {
				return false
			}
			for i := range keys {
				c, ok := t.Exprs[keys[i].Expr.(*expr.Column).Index].(*expr.Column)
				if !ok {
					return false
				}
				keys[i].Expr = c
			}
			node = t.Input
		default:
			return false
		}
	}
	var paths []*orderPath
	for _, m := range a.Members {
		p := tableOrder(m, keys)
		if p == nil || p.grouped() {
			return false
		}
		trial := *p.scan
		if !trial.follow(p.order, wanted) {
			return false
		}
		paths = append(paths, p)
	}
	if len(paths) == 0 {
		return false
	}
	for _, p := range paths {
		p.scan.follow(p.order, wanted)
	}
	if !a.boundsInOrder(keys) {
		a.Merge = keys
	}
	return true
}

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

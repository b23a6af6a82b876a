package exec

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/plan"
)

// How EXPLAIN shows what reads and changes tables through those they inherit from.

// targetAlias is the name of what a statement changes.
func targetAlias(s *plan.Scan, from plan.Node, heirs *plan.Heirs, t *catalog.Table) string {
	if heirs == nil {
		return or(scanAlias(s), t.Name)
	}
	if a := appendOf(from); a != nil {
		return or(a.Alias, t.Name)
	}
	return or(memberAlias(from), t.Name)
}

// modifyHeirs shows the tables in which a statement changes rows.
func (e *explainer) modifyHeirs(out *explained, heirs *plan.Heirs, from plan.Node) *explained {
	if heirs == nil {
		return out
	}
	var list []property
	var scans func(n plan.Node)
	scans = func(n plan.Node) {
		switch s := n.(type) {
		case *plan.Scan:
			shown := &explained{}
			e.reads(shown, s.Table.Name, e.names.of(s), s.Table.Schema)
			list = append(list, property{name: "Target", value: s.Table.Name, text: out.head[:6] + shown.head})
		case *plan.Append:
			for _, m := range s.Members {
				scans(m)
			}
		default:
			if in := n.Inputs(); len(in) > 0 {
				scans(in[0])
			}
		}
	}
	scans(from)
	out.details = append(list, out.details...)
	if a, ok := from.(*plan.Append); ok && len(a.Members) > 0 && out.head[:6] == "Update" { // what is assigned is computed above it
		below := out.children[0]
		computed := &explained{node: a, kind: "Result", head: "Result", relation: "Outer", estimate: below.estimate, seen: below.seen}
		computed.below("Outer", below)
		out.children[0] = computed
	}
	return out
}

// append shows the members of what others inherit from.
func (e *explainer) append(n *plan.Append) *explained {
	if len(n.Members) == 0 {
		out := e.make(n, "Result")
		e.output(out, n)
		out.detail("One-Time Filter", "false")
		return out
	}
	kind := "Append"
	if n.Merge != nil {
		kind = "Merge Append"
	}
	out := e.make(n, kind)
	if n.Merge != nil {
		out.detail("Sort Key", e.sortKeys(n.Merge, n))
	}
	for _, m := range n.Members {
		out.below("Member", e.node(m))
	}
	return out
}

// target takes the name of what a statement changes in those that inherit from it, where
// only one of them is left to be read.
func (a *aliases) target(heirs *plan.Heirs, from plan.Node) {
	if heirs != nil && appendOf(from) == nil {
		a.taken[or(memberAlias(from), heirs.Parent.Name)]++
	}
}

// appendOf finds the Append that gives the rows which a statement changes.
func appendOf(n plan.Node) *plan.Append {
	for n != nil {
		if a, ok := n.(*plan.Append); ok {
			return a
		}
		if len(n.Inputs()) == 0 {
			return nil
		}
		n = n.Inputs()[0]
	}
	return nil
}

// memberAlias is the name of the table whose rows a statement changes.
func memberAlias(n plan.Node) string {
	for n != nil {
		if s, ok := n.(*plan.Scan); ok {
			return s.Alias
		}
		if len(n.Inputs()) == 0 {
			return ""
		}
		n = n.Inputs()[0]
	}
	return ""
}

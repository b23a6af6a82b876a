package live

import (
	"fmt"
	"strings"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
)

// Explain describes what a subscription to req would be: the dataflow, how
// changes find it, what it shares, and the key of its result. A query that
// cannot be live is explained by the error that refuses it.
func (h *Hub) Explain(req Request) []string {
	h.complete(&req)
	f, err := h.newFlow(&req)
	if err != nil {
		return []string{"Refused: " + err.Error()}
	}
	if f.view != nil {
		return append(f.view.explain(), "Routing: "+f.describe(), "Key: "+f.keyNames(), "Sharing: "+h.sharing(f))
	}
	indent := ""
	var lines []string
	for n := req.Plan.Root; n != nil; {
		lines = append(lines, indent+operatorName(n))
		if s, ok := n.(*plan.Scan); ok && s.Filter != nil {
			lines = append(lines, strings.Repeat(" ", len(indent))+"Filter: "+expr.String(s.Filter))
		}
		if indent == "" {
			indent = "  ->  "
		} else {
			indent = "      " + indent
		}
		if in := n.Inputs(); len(in) > 0 {
			n = in[0]
		} else {
			n = nil
		}
	}
	lines = append(lines, "Routing: "+f.describe())
	if f.program.Scan.Table.PerUser {
		lines = append(lines, "Slice: "+f.user)
	}
	lines = append(lines, "Key: "+f.keyNames())
	return append(lines, "Sharing: "+h.sharing(f))
}

func operatorName(n plan.Node) string {
	switch n := n.(type) {
	case *plan.Project:
		return fmt.Sprintf("Project (%d columns)", len(n.Exprs))
	case *plan.Filter:
		return "Filter: " + expr.String(n.Cond)
	case *plan.Scan:
		return "Changes of " + n.Table.Name
	}
	return fmt.Sprintf("%T", n)
}

// explain says how a view is kept.
func (v *view) explain() []string {
	lines := v.shape.Explain()
	if v.shape.Ordered {
		lines = append(lines, "Order: changes have positions")
	}
	return lines
}

// keyNames lists the key's columns.
func (f *flow) keyNames() string {
	if f.key == nil {
		return "none"
	}
	var names []string
	for _, i := range f.key {
		names = append(names, f.schema[i].Name)
	}
	return strings.Join(names, ", ")
}

// sharing says with whom the dataflow is shared.
func (h *Hub) sharing(f *flow) string {
	if f.share == "" {
		return "none, the query depends on when or by whom it is asked"
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if running := h.mu.shared[f.share]; running != nil {
		return fmt.Sprintf("with %d running subscriptions", len(running.subs))
	}
	return "with identical queries; none is running"
}

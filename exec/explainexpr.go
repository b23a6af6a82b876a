package exec

import (
	"fmt"
	"strings"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// How EXPLAIN writes expressions: columns by the names of the tables that they come
// from, what a node below has computed as the expression that computes it, in
// parentheses, and subqueries by their numbers.

// aliases names what stands in FROM: no name is given twice.
type aliases struct {
	names map[plan.Node]string
	taken map[string]int
}

func (a *aliases) take(n plan.Node) {
	if a.names == nil {
		a.names, a.taken = map[plan.Node]string{}, map[string]int{}
	}
	plan.EachNode(n, func(n plan.Node) {
		if _, have := a.names[n]; have {
			return
		}
		name := ""
		switch n := n.(type) {
		case *plan.Scan:
			name = or(n.Alias, n.Table.Name)
		case *plan.Append:
			name = or(n.Alias, n.Table.Name)
		case *plan.Update:
			a.target(n.Heirs, n.From)
			return
		case *plan.Delete:
			a.target(n.Heirs, n.From)
			return
		case *plan.VirtualScan:
			name = or(n.Alias, n.View.Name)
		case *plan.CurrentRow:
			name = or(n.Alias, n.Table.Name)
		case *plan.TransitionScan:
			name = or(n.Alias, n.Name)
		case *plan.CTEScan:
			if n.CTE.Inline() {
				a.take(n.CTE.Query)
				return
			}
			name = or(n.Alias, n.CTE.Name)
		case *plan.WorkTableScan:
			name = or(n.Alias, n.Union.Name)
		case *plan.FunctionScan:
			name = n.Alias
			if call, ok := n.Funcs[0].Call.(*expr.Call); ok {
				name = or(n.Alias, call.Fn.Name)
			}
		case *plan.With: // who reads a query is named before what it reads
			a.take(n.Input)
			for _, c := range n.CTEs {
				if !c.Inline() {
					a.take(c.Query)
				}
			}
			return
		default:
			return
		}
		shown := name
		if again := a.taken[name]; again > 0 {
			shown = fmt.Sprintf("%s_%d", name, again)
		}
		a.taken[name]++
		a.names[n] = shown
		if in, ok := n.(*plan.Append); ok && in.Reversed { // they are named in the order of their bounds
			for i := len(in.Members) - 1; i >= 0; i-- {
				a.take(in.Members[i])
			}
		}
	})
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (a *aliases) of(n plan.Node) string { return a.names[n] }

// several says whether there is more than one to tell apart.
func (a *aliases) several() bool { return len(a.names) > 1 }

// written is an expression of which only the text is known.
type written struct {
	expr.Expr
	text string
}

// SQL implements expr.Printer.
func (w *written) SQL() string { return w.text }

// Children are none.
func (w *written) Children() []expr.Expr { return nil }

// WithChildren is itself.
func (w *written) WithChildren([]expr.Expr) expr.Expr { return w }

func label(e expr.Expr, text string) expr.Expr { return &written{e, text} }

// expr writes an expression over the rows of a node.
func (e *explainer) expr(x expr.Expr, over plan.Node, qualify bool) string {
	return expr.String(e.show(x, over, qualify))
}

func (e *explainer) exprs(list []expr.Expr, over plan.Node, qualify bool) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = e.expr(x, over, qualify && (e.names.several() || e.Verbose))
	}
	return out
}

// shown gives expressions as they are written.
func (e *explainer) shown(list []expr.Expr, over plan.Node) []expr.Expr {
	out := make([]expr.Expr, len(list))
	for i, x := range list {
		out[i] = e.show(x, over, true)
	}
	return out
}

// conditions writes conditions that must all hold.
func (e *explainer) conditions(list []expr.Expr, over plan.Node, qualify bool) string {
	var out []string
	for _, c := range list {
		out = append(out, e.expr(c, over, qualify))
	}
	return together(out)
}

func together(conds []string) string {
	if len(conds) == 1 {
		return conds[0]
	}
	return "(" + strings.Join(conds, " AND ") + ")"
}

// show gives an expression with its columns as they are written.
func (e *explainer) show(x expr.Expr, over plan.Node, qualify bool) expr.Expr {
	e.subqueries(x, over)
	return expr.Rewrite(x, func(x expr.Expr) expr.Expr {
		switch c := x.(type) {
		case *expr.Column:
			shown, by := e.source(over, c.Index, qualify)
			if shown == nil {
				return c
			}
			if by != nil && by != e.own {
				return label(c, "("+expr.String(shown)+")")
			}
			return shown
		case *expr.OuterColumn:
			if at := len(e.outer) - c.Level; at >= 0 && c.Index < len(e.outer[at]) {
				return e.outer[at][c.Index]
			}
		case *plan.SubLink:
			return label(c, e.links[c.Query])
		}
		return x
	})
}

// subqueries shows the subqueries of an expression below the node at hand.
func (e *explainer) subqueries(x expr.Expr, over plan.Node) {
	expr.Walk(x, func(x expr.Expr) bool {
		link, ok := x.(*plan.SubLink)
		if !ok || e.links[link.Query] != "" {
			return true
		}
		e.subplans++
		n := e.subplans
		name, relation, text := fmt.Sprintf("SubPlan %d", n), "SubPlan", fmt.Sprintf("(SubPlan %d)", n)
		switch {
		case len(link.Args) == 0 && link.Kind != plan.AnyLink && link.Kind != plan.AllLink:
			name, relation, text = fmt.Sprintf("InitPlan %d (returns $%d)", n, e.params), "InitPlan", fmt.Sprintf("$%d", e.params)
			e.params++
		case link.Kind == plan.AnyLink && len(link.Args) == 0:
			text = fmt.Sprintf("(hashed SubPlan %d)", n)
		}
		e.links[link.Query] = text
		var args []expr.Expr
		if len(link.Args) > 0 {
			args = e.shown(link.Args, over)
		}
		if len(link.Args) > 0 {
			e.outer = append(e.outer, args)
		}
		child := e.node(link.Query)
		if len(link.Args) > 0 {
			e.outer = e.outer[:len(e.outer)-1]
		}
		child.relation, child.subplan = relation, name
		e.pending = append(e.pending, child)
		return true
	})
}

// source gives a column of a node as it is written, and the node below that has
// computed it, nil if it is a column of something in FROM.
func (e *explainer) source(n plan.Node, index int, qualify bool) (shown expr.Expr, by plan.Node) {
	for {
		switch t := n.(type) {
		case *plan.Scan, *plan.Append, *plan.VirtualScan, *plan.CurrentRow, *plan.TransitionScan, *plan.FunctionScan, *plan.WorkTableScan:
			return e.named(n, index, qualify), nil
		case *plan.CTEScan:
			if !t.CTE.Inline() {
				return e.named(n, index, qualify), nil
			}
			n = t.CTE.Query
		case *plan.Filter:
			n = t.Input
		case *plan.Sort:
			n = t.Input
		case *plan.LockRows:
			n = t.Input
		case *plan.Sample:
			n = t.Input
		case *plan.Limit:
			n = t.Input
		case *plan.Distinct:
			n = t.Input
		case *plan.With:
			n = t.Input
		case *plan.SetOp:
			n = t.Left
		case *plan.Project:
			if c, ok := t.Exprs[index].(*expr.Column); ok {
				n, index = t.Input, c.Index
				continue
			}
			return e.show(t.Exprs[index], t.Input, qualify), t
		case *plan.Join:
			if left := plan.Width(t.Left); index < left {
				n = t.Left
			} else {
				n, index = t.Right, index-left
			}
		case *plan.Apply:
			if left := plan.Width(t.Left); index < left {
				n = t.Left
			} else {
				n, index = t.Right, index-left
			}
		case *plan.Aggregate:
			if index >= len(t.Keys)+len(t.Aggs) {
				return nil, nil
			}
			if index >= len(t.Keys) {
				call := &t.Aggs[index-len(t.Keys)]
				return label(&expr.Const{T: call.Type.Type, Mod: types.NoTypmod}, e.aggregateText(t, call, qualify)), t
			}
			if c, ok := t.Keys[index].(*expr.Column); ok {
				n, index = t.Input, c.Index
				continue
			}
			return e.show(t.Keys[index], t.Input, qualify), t
		case *plan.Window:
			width := plan.Width(t.Input)
			if index < width {
				n = t.Input
				continue
			}
			call := &t.Calls[index-width]
			args := e.texts(call.Args, t.Input, qualify)
			if len(args) == 0 && call.Fn.Name == "count" {
				args = []string{"*"}
			}
			text := call.Fn.Name + "(" + strings.Join(args, ", ") + ")"
			if call.Fn.JSON != nil {
				text = expr.Style{}.JSONAggregate(call.Fn.JSON, args, "")
			}
			return label(&expr.Const{T: call.Type.Type, Mod: types.NoTypmod}, text+" OVER (?)"), t
		case *plan.Values:
			cols := t.Columns()
			if len(t.Rows) == 1 && index < len(t.Rows[0]) {
				return t.Rows[0][index], nil
			}
			return &expr.Column{Index: index, T: cols[index].Type, Name: cols[index].Name, Relation: "*VALUES*"}, nil
		default:
			return nil, nil
		}
	}
}

// named is a column of something that has a name.
func (e *explainer) named(n plan.Node, index int, qualify bool) expr.Expr {
	cols := n.Columns()
	if index >= len(cols) {
		return nil
	}
	c := &expr.Column{Index: index, T: cols[index].Type, Mod: cols[index].Typmod, Name: cols[index].Name}
	if qualify {
		c.Relation = e.names.of(n)
	}
	return c
}

func (e *explainer) texts(list []expr.Expr, over plan.Node, qualify bool) []string {
	var out []string
	for _, x := range list {
		out = append(out, e.expr(x, over, qualify))
	}
	return out
}

func (e *explainer) aggregateText(n *plan.Aggregate, call *plan.AggCall, qualify bool) string {
	args := strings.Join(e.texts(call.Args, n.Input, qualify), ", ")
	if len(call.Args) == 0 {
		args = "*"
	}
	order := strings.Join(e.keyTexts(call.OrderBy, n.Input, qualify), ", ")
	out := call.Fn.Name + "("
	if call.Distinct {
		out += "DISTINCT "
	}
	if call.Fn.JSON != nil {
		out = expr.Style{}.JSONAggregate(call.Fn.JSON, e.texts(call.Args, n.Input, qualify), order)
	} else if call.Fn.OrderedSet != nil {
		out += strings.Join(e.texts(call.Direct, n.Input, qualify), ", ") + ") WITHIN GROUP (ORDER BY " + order + ")"
	} else {
		out += args
		if order != "" {
			out += " ORDER BY " + order
		}
		out += ")"
	}
	if call.Filter != nil {
		out += " FILTER (WHERE " + e.expr(call.Filter, n.Input, qualify) + ")"
	}
	return out
}

func (e *explainer) sortKeys(keys []plan.SortKey, over plan.Node) []string {
	return e.keyTexts(keys, over, e.names.several() || e.Verbose)
}

func (e *explainer) keyTexts(keys []plan.SortKey, over plan.Node, qualify bool) []string {
	var out []string
	for _, k := range keys {
		text := e.expr(k.Expr, over, qualify)
		if k.Desc {
			text += " DESC"
		}
		if k.NullsFirst != k.Desc {
			if text += " NULLS LAST"; k.NullsFirst {
				text = strings.TrimSuffix(text, "LAST") + "FIRST"
			}
		}
		out = append(out, text)
	}
	return out
}

func (e *explainer) windowKeys(n *plan.Window) []string {
	out := e.texts(n.Partition, n.Input, e.names.several() || e.Verbose)
	return append(out, e.sortKeys(n.Order, n.Input)...)
}

// column writes a column of a node.
func (e *explainer) column(n plan.Node, index int, qualify bool) string {
	cols := n.Columns()
	return e.expr(&expr.Column{Index: index, T: cols[index].Type, Mod: cols[index].Typmod, Name: cols[index].Name}, n, qualify)
}

// output shows the columns of a node.
func (e *explainer) output(out *explained, n plan.Node) {
	if !e.Verbose {
		return
	}
	var list []string
	need := []bool(nil)
	if s, ok := n.(*plan.Scan); ok {
		need = s.Need
	}
	for i, c := range n.Columns() {
		if need != nil && (i >= len(need) || !need[i]) || c.Table == 0 && (c.Name == plan.SystemColumns[0].Name || c.Name == plan.SystemColumns[1].Name) {
			continue
		}
		if agg, ok := n.(*plan.Aggregate); ok { // it computes them itself
			if shown, _ := e.source(agg, i, true); shown != nil {
				list = append(list, expr.String(shown))
			}
			continue
		}
		list = append(list, e.column(n, i, true))
	}
	out.detail("Output", list)
}

// replaceOutput shows other columns than the node's own: those that are computed
// of them.
func (x *explained) replaceOutput(list []string) {
	for i := range x.details {
		if x.details[i].name == "Output" {
			x.details[i].value = list
			return
		}
	}
	x.details = append([]property{{name: "Output", value: list}}, x.details...)
}

func typeName(n plan.Node) string { return fmt.Sprintf("%T", n) }

package exec

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
)

// Describe prints a plan as EXPLAIN does: a line per node, indented below the
// one that reads it, with what it does on the lines after.
func Describe(n plan.Node) []string {
	var lines []string
	describe(n, 0, &lines)
	return lines
}

func describe(n plan.Node, depth int, lines *[]string) {
	pad, arrow := "", ""
	if depth > 0 {
		pad = strings.Repeat("      ", depth-1) + "  "
		arrow = "->  "
	}
	detail := pad + "  "
	if depth > 0 {
		detail = pad + "      "
	}
	say := func(s string) { *lines = append(*lines, pad+arrow+s) }
	also := func(s string) { *lines = append(*lines, detail+s) }
	switch n := n.(type) {
	case *plan.Scan:
		if n.Index == nil {
			say("Seq Scan on " + n.Table.Name)
		} else {
			backward := ""
			if n.Reverse {
				backward = " Backward"
			}
			say("Index Scan" + backward + " using " + n.Index.Name + " on " + n.Table.Name)
			if cond := rangesText(n); cond != "" {
				also("Index Cond: " + cond)
			}
		}
		if n.Filter != nil {
			also("Filter: " + expr.String(n.Filter))
		}
	case *plan.VirtualScan:
		say("Seq Scan on " + n.View.Name)
	case *plan.FunctionScan:
		name := "functions"
		if call, ok := n.Funcs[0].Call.(*expr.Call); ok && len(n.Funcs) == 1 {
			name = call.Fn.Name
		}
		say("Function Scan on " + name)
	case *plan.Values:
		if len(n.Rows) == 1 && len(n.Columns()) == 0 {
			say("Result")
		} else {
			say("Values Scan")
		}
	case *plan.Filter:
		say("Filter")
		also("Filter: " + expr.String(n.Cond))
	case *plan.Project:
		if n.Sets {
			say("ProjectSet")
			break
		}
		describe(n.Input, depth, lines) // PostgreSQL shows no node for it
		return
	case *plan.Join:
		name := [...]string{"", " Left", " Right", " Full"}[n.Type]
		if len(n.LeftKeys) > 0 {
			say("Hash" + name + " Join")
			var conds []string
			for i := range n.LeftKeys {
				conds = append(conds, "("+expr.String(n.LeftKeys[i])+" = "+expr.String(n.RightKeys[i])+")")
			}
			also("Hash Cond: " + strings.Join(conds, " AND "))
		} else {
			say("Nested Loop" + name)
		}
		if n.Cond != nil {
			also("Join Filter: " + expr.String(n.Cond))
		}
	case *plan.Aggregate:
		if n.Plain {
			say("Aggregate")
		} else {
			say("HashAggregate")
			var keys []string
			for _, k := range n.Keys {
				keys = append(keys, expr.String(k))
			}
			also("Group Key: " + strings.Join(keys, ", "))
		}
	case *plan.Apply:
		say("Nested Loop")
	case *plan.Window:
		say("WindowAgg")
	case *plan.With:
		say("With")
	case *plan.CTEScan:
		say("CTE Scan on " + n.CTE.Name)
	case *plan.RecursiveUnion:
		say("Recursive Union")
	case *plan.WorkTableScan:
		say("WorkTable Scan on " + n.Union.Name)
	case *plan.Sort:
		if n.Presorted {
			describe(n.Input, depth, lines)
			return
		}
		say("Sort")
		var keys []string
		for _, k := range n.Keys {
			text := expr.String(k.Expr)
			if k.Desc {
				text += " DESC"
			}
			keys = append(keys, text)
		}
		also("Sort Key: " + strings.Join(keys, ", "))
	case *plan.Distinct:
		say("Unique")
	case *plan.Limit:
		say("Limit")
	case *plan.SetOp:
		say("SetOp")
	case *plan.Insert:
		say("Insert on " + n.Table.Name)
	case *plan.Merge:
		say("Merge on " + n.Table.Name)
	case *plan.Update:
		say("Update on " + n.Table.Name)
	case *plan.Delete:
		say("Delete on " + n.Table.Name)
	}
	for _, in := range n.Inputs() {
		describe(in, depth+1, lines)
	}
	plan.EachExpr(n, func(e expr.Expr) {
		if link, ok := e.(*plan.SubLink); ok {
			also("SubPlan")
			describe(link.Query, depth+2, lines)
		}
	})
}

// rangesText prints the condition that a scan's ranges stand for.
func rangesText(n *plan.Scan) string {
	column := func(i int) string {
		k := n.Index.Keys[i]
		if at := n.Table.Ordinal(k.Column); at >= 0 {
			return n.Table.Columns[at].Name
		}
		return k.Expr
	}
	var alternatives []string
	for _, r := range n.Ranges {
		var terms []string
		for i, e := range r.Prefix {
			terms = append(terms, "("+column(i)+" = "+expr.String(e)+")")
		}
		if r.Low != nil {
			terms = append(terms, "("+column(len(r.Prefix))+boundOp(">", r.Low)+expr.String(r.Low.Value)+")")
		}
		if r.High != nil {
			terms = append(terms, "("+column(len(r.Prefix))+boundOp("<", r.High)+expr.String(r.High.Value)+")")
		}
		alternatives = append(alternatives, strings.Join(terms, " AND "))
	}
	return strings.Join(alternatives, " OR ")
}

func boundOp(op string, b *plan.Bound) string {
	if b.Inclusive {
		op += "="
	}
	return " " + op + " "
}

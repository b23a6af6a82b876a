package exec

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
)

// What EXPLAIN shows of what is read: tables, samples of them, and functions.

// reads says which relation a node reads.
func (e *explainer) reads(out *explained, name, alias string, schema catalog.OID) {
	out.named = append(out.named, property{name: "Relation Name", value: name})
	shown := expr.QuoteIdent(name)
	if e.Verbose {
		if sc := e.Catalog.SchemaByOID(schema); sc != nil {
			out.named = append(out.named, property{name: "Schema", value: sc.Name})
			shown = expr.QuoteIdent(sc.Name) + "." + shown
		}
	}
	out.named = append(out.named, property{name: "Alias", value: alias})
	out.head += " on " + shown
	if alias != name {
		out.head += " " + expr.QuoteIdent(alias)
	}
}

func (e *explainer) aliased(name, alias string) string {
	if alias == name {
		return expr.QuoteIdent(name)
	}
	return expr.QuoteIdent(name) + " " + expr.QuoteIdent(alias)
}

func (e *explainer) scan(n *plan.Scan) *explained {
	if parts := n.Parts(); parts != nil {
		out := e.make(n, "Append")
		for _, p := range parts {
			e.names.names[p] = e.names.of(n)
			out.below("Member", e.node(p))
		}
		return out
	}
	out := e.make(n, "Seq Scan")
	alias := e.names.of(n)
	switch {
	case n.Search != nil:
		out.kind, out.head = "Bitmap Heap Scan", "Bitmap Heap Scan"
	case n.Index != nil:
		out.kind = "Index Scan"
		if n.Covered {
			out.kind = "Index Only Scan"
		}
		out.head = out.kind
		direction := "Forward"
		if n.Reverse {
			direction = "Backward"
			out.head += " Backward"
		}
		out.head += " using " + expr.QuoteIdent(n.Index.Name)
		out.named = append(out.named, property{name: "Scan Direction", value: direction}, property{name: "Index Name", value: n.Index.Name})
	}
	e.reads(out, n.Table.Name, alias, n.Table.Schema)
	e.output(out, n)
	index, rest := n.Conditions()
	switch {
	case n.Search != nil:
		out.detail("Recheck Cond", e.conditions(index, n, e.Verbose))
		if len(rest) == 0 {
			e.removed(out, "Rows Removed by Index Recheck", out.seen, func(in *Instrument) int64 { return in.Removed })
		}
		out.below("Outer", e.bitmap(n, n.Search))
	case len(index) > 0:
		out.detail("Index Cond", e.conditions(index, n, e.Verbose))
	}
	if len(rest) > 0 {
		out.detail("Filter", e.conditions(rest, n, e.Verbose))
		e.removed(out, "Rows Removed by Filter", out.seen, func(in *Instrument) int64 { return in.Removed })
	}
	if n.Covered && out.seen != nil {
		out.details = append(out.details, property{name: "Heap Fetches", value: int64(0)})
	}
	if n.Lock == nil {
		return out
	}
	locked := &explained{node: n, kind: "LockRows", head: "LockRows", estimate: out.estimate, seen: out.seen}
	locked.below("Outer", out)
	return locked
}

// bitmap shows a search in an inverted index as PostgreSQL does, which makes a bitmap of each.
func (e *explainer) bitmap(n *plan.Scan, q *plan.Search) *explained {
	part := func(kind string) *explained {
		out := &explained{node: n, kind: kind, head: kind, estimate: n.SearchEstimate(q)}
		if e.Seen != nil {
			out.seen = &Instrument{}
			if in := e.Seen.Of(n); in != nil {
				out.seen = &Instrument{Loops: in.Loops, Rows: in.Rows + in.Removed, Startup: in.Startup, Total: in.Startup}
			}
		}
		return out
	}
	var terms []expr.Expr
	var others []*plan.Search
	switch {
	case q.Args == nil:
		terms = []expr.Expr{q.Term}
	case q.Either:
		others = q.Args
	default:
		for _, a := range q.Args {
			if a.Args == nil {
				terms = append(terms, a.Term)
			} else {
				others = append(others, a)
			}
		}
	}
	var scan *explained
	if len(terms) > 0 {
		scan = part("Bitmap Index Scan")
		scan.head += " on " + expr.QuoteIdent(n.Index.Name)
		scan.named = []property{{name: "Index Name", value: n.Index.Name}}
		scan.detail("Index Cond", e.conditions(terms, n, e.Verbose))
		if others == nil {
			return scan
		}
	}
	kind := "BitmapAnd"
	if q.Either {
		kind = "BitmapOr"
	}
	out := part(kind)
	if scan != nil {
		out.below("Member", scan)
	}
	for _, a := range others {
		out.below("Member", e.bitmap(n, a))
	}
	return out
}

// sample shows a sampled table as one node.
func (e *explainer) sample(n *plan.Sample) *explained {
	out := e.node(n.Input)
	if _, ok := n.Input.(*plan.Scan); ok {
		out.kind, out.head = "Sample Scan", strings.Replace(out.head, "Seq Scan", "Sample Scan", 1)
	}
	method := "bernoulli"
	if n.Blocks {
		method = "system"
	}
	text := method + " (" + e.expr(n.Percent, n.Input, e.Verbose) + ")"
	if n.Seed != nil {
		text += " REPEATABLE (" + e.expr(n.Seed, n.Input, e.Verbose) + ")"
	}
	out.details = append([]property{{name: "Sampling", value: text}}, out.details...)
	out.estimate.Rows = e.estimates.Of(n).Rows
	return out
}

// removed says how many rows a condition has removed, in each loop.
func (e *explainer) removed(out *explained, name string, seen *Instrument, count func(*Instrument) int64) {
	if seen == nil || seen.Loops == 0 {
		return
	}
	n := count(seen) / seen.Loops
	out.details = append(out.details, property{name: name, value: n, hidden: n == 0})
}

func (e *explainer) function(n *plan.FunctionScan) *explained {
	kind, alias, name := "Function Scan", e.names.of(n), ""
	call, ok := n.Funcs[0].Call.(*expr.Call)
	if ok = ok && len(n.Funcs) == 1; ok && call.Fn.IsTable() {
		kind = "Table Function Scan"
	}
	out := e.make(n, kind)
	if ok {
		name = call.Fn.Name
		word := "Function Name"
		if call.Fn.IsTable() {
			word = "Table Function Name"
		}
		out.named = append(out.named, property{name: word, value: name})
	}
	out.named = append(out.named, property{name: "Alias", value: alias})
	if name == "" {
		out.head = kind + " on " + expr.QuoteIdent(alias)
	} else {
		out.head = kind + " on " + e.aliased(name, alias)
	}
	e.output(out, n)
	if e.Verbose {
		var calls []string
		for _, f := range n.Funcs {
			calls = append(calls, e.expr(f.Call, n, true))
		}
		word := "Function Call"
		if kind == "Table Function Scan" {
			word = "Table Function Call"
		}
		out.detail(word, strings.Join(calls, ", "))
	}
	return out
}

func scanAlias(s *plan.Scan) string {
	if s == nil {
		return ""
	}
	return s.Alias
}

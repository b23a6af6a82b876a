package exec

import (
	"strconv"
	"strings"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
)

// EXPLAIN shows a plan in PostgreSQL's shape: PostgreSQL's names for nodes and for
// what they do, in its order, so that people and programs read them as they do
// PostgreSQL's. A plan node need not be a node there: a projection is none, a
// filter belongs to the node below, and a hash join's right side is below a Hash.

// Explain says what EXPLAIN is to show.
type Explain struct {
	Catalog *catalog.Catalog
	// Verbose shows the columns of each node and the schemas of tables; Costs the
	// estimates.
	Verbose, Costs bool
	// Seen is what EXPLAIN ANALYZE has measured; nil did not run.
	Seen *Instruments
	// Settings are those that differ from their defaults, by name and value in turn.
	Settings []string
	// Planning and Execution are shown if Summary is set.
	Summary             bool
	Planning, Execution time.Duration
}

// explained is one node as it is shown.
type explained struct {
	node plan.Node
	// kind is the node's type, head what the text form says instead.
	kind, head string
	// relation is how the node belongs to its parent: Outer, Inner, Member, InitPlan
	// or SubPlan; subplan is the name of one of the last two.
	relation, subplan string
	first             []property // behind the kind: Strategy, Operation
	named             []property // what it reads: Join Type, Index Name, Relation Name
	details           []property // conditions and keys, in their order
	estimate          plan.Estimate
	seen              *Instrument
	children          []*explained
}

// property is a name and a value: a string, a list of strings, a number or a bool.
// In the text form some are not shown.
type property struct {
	name   string
	value  any
	hidden bool   // not in the text form
	text   string // in the text form, instead of "name: value"
}

// explainer makes explained nodes.
type explainer struct {
	*Explain
	estimates plan.Estimates
	names     aliases
	links     map[plan.Node]string // of subqueries: how they are written
	subplans  int
	params    int // of InitPlans
	outer     [][]expr.Expr
	// own is the node in whose expressions its own columns are written as what they
	// are computed by.
	own plan.Node
	// pending are the subqueries met in the expressions of the node being made.
	pending []*explained
}

// Tree makes what is shown of a plan.
func (x *Explain) tree(n plan.Node) *explained {
	e := &explainer{Explain: x, estimates: plan.Estimates{}, links: map[plan.Node]string{}}
	e.names.take(n)
	return e.node(n)
}

func (e *explainer) make(n plan.Node, kind string) *explained {
	out := &explained{node: n, kind: kind, head: kind, estimate: e.estimates.Of(n)}
	if e.Seen != nil {
		if out.seen = e.Seen.Of(n); out.seen == nil {
			out.seen = &Instrument{}
		}
	}
	return out
}

func (x *explained) detail(name string, value any) {
	x.details = append(x.details, property{name: name, value: value})
}

// below adds a child.
func (x *explained) below(relation string, child *explained) {
	child.relation = relation
	x.children = append(x.children, child)
}

// node makes what is shown of a node and those below it.
func (e *explainer) node(n plan.Node) *explained {
	before := e.pending
	e.pending = nil
	out := e.one(n)
	if _, passed := n.(*plan.CTEScan); !passed || out.node == n {
		out.children = append(out.children, e.pending...)
	}
	e.pending = before
	return out
}

func (e *explainer) one(n plan.Node) *explained {
	switch n := n.(type) {
	case *plan.Scan:
		return e.scan(n)
	case *plan.Append:
		return e.append(n)
	case *plan.VirtualScan:
		out := e.make(n, "Seq Scan")
		e.reads(out, n.View.Name, e.names.of(n), n.View.Schema)
		e.output(out, n)
		return out
	case *plan.CurrentRow:
		out := e.make(n, "Tid Scan")
		e.reads(out, n.Table.Name, e.names.of(n), n.Table.Schema)
		e.output(out, n)
		cursor := e.expr(n.Cursor, n, false)
		if c, ok := n.Cursor.(*expr.Const); ok {
			cursor = expr.QuoteIdent(c.Value.Str())
		}
		out.detail("TID Cond", "CURRENT OF "+cursor)
		return out
	case *plan.Sample:
		return e.sample(n)
	case *plan.TransitionScan:
		out := e.make(n, "Named Tuplestore Scan")
		e.reads(out, n.Name, e.names.of(n), 0)
		e.output(out, n)
		return out
	case *plan.FunctionScan:
		return e.function(n)
	case *plan.Values:
		if len(n.Rows) == 1 {
			out := e.make(n, "Result")
			if len(n.Columns()) > 0 && e.Verbose {
				out.detail("Output", e.exprs(n.Rows[0], n, true))
			}
			return out
		}
		out := e.make(n, "Values Scan")
		out.head = `Values Scan on "*VALUES*"`
		out.named = []property{{name: "Alias", value: "*VALUES*"}}
		return out
	case *plan.Filter:
		return e.filter(n)
	case *plan.Project:
		if n.Sets {
			out := e.make(n, "ProjectSet")
			out.below("Outer", e.node(n.Input))
			return out
		}
		shown := e.shownBelow(n.Exprs, n.Input)
		out := e.node(n.Input)
		out.estimate.Width = e.estimates.Of(n).Width
		if e.Verbose {
			e.own = n.Input
			for f, ok := e.own.(*plan.Filter); ok; f, ok = e.own.(*plan.Filter) {
				e.own = f.Input
			}
			out.replaceOutput(e.exprs(n.Exprs, n.Input, true))
			e.own = nil
		}
		out.children = append(out.children, shown...)
		return out
	case *plan.Join:
		if n.Unread {
			return e.node(n.Left)
		}
		return e.join(n)
	case *plan.Apply:
		return e.apply(n)
	case *plan.Aggregate:
		return e.aggregate(n)
	case *plan.Window:
		if n.Unread {
			return e.node(n.Input)
		}
		out := e.make(n, "WindowAgg")
		e.output(out, n)
		if len(n.Run) > 0 {
			e.own = n
			out.detail("Run Condition", e.conditions(n.Run, n, e.names.several()))
			e.own = nil
		}
		in := e.node(n.Input)
		if keys := e.windowKeys(n); len(keys) > 0 && !n.Presorted {
			sorted := &explained{node: n, kind: "Sort", head: "Sort", estimate: e.estimates.Of(n.Input), seen: in.seen}
			sorted.detail("Sort Key", keys)
			e.sortMethod(sorted, out.seen)
			sorted.below("Outer", in)
			in = sorted
		}
		out.below("Outer", in)
		return out
	case *plan.With:
		return e.with(n)
	case *plan.CTEScan:
		if n.CTE.Inline() {
			return e.node(n.CTE.Query)
		}
		out := e.make(n, "CTE Scan")
		out.named = []property{{name: "CTE Name", value: n.CTE.Name}, {name: "Alias", value: e.names.of(n)}}
		out.head = "CTE Scan on " + e.aliased(n.CTE.Name, e.names.of(n))
		e.output(out, n)
		return out
	case *plan.RecursiveUnion:
		out := e.make(n, "Recursive Union")
		out.below("Outer", e.node(n.Start))
		out.below("Inner", e.node(n.Step))
		return out
	case *plan.WorkTableScan:
		out := e.make(n, "WorkTable Scan")
		out.named = []property{{name: "CTE Name", value: n.Union.Name}, {name: "Alias", value: e.names.of(n)}}
		out.head = "WorkTable Scan on " + e.aliased(n.Union.Name, e.names.of(n))
		return out
	case *plan.Sort:
		if n.Presorted {
			return e.node(n.Input)
		}
		kind := "Sort"
		if n.PresortedKeys > 0 {
			kind = "Incremental Sort"
		}
		out := e.make(n, kind)
		e.output(out, n)
		keys := e.sortKeys(n.Keys, n.Input)
		out.detail("Sort Key", keys)
		if n.PresortedKeys > 0 {
			out.detail("Presorted Key", keys[:n.PresortedKeys])
			e.sortGroups(out, out.seen)
		} else {
			e.sortMethod(out, out.seen)
		}
		out.below("Outer", e.node(n.Input))
		return out
	case *plan.Distinct:
		return e.distinct(n)
	case *plan.LockRows:
		out := e.make(n, "LockRows")
		e.output(out, n)
		out.below("Outer", e.node(n.Input))
		return out
	case *plan.Limit:
		out := e.make(n, "Limit")
		e.output(out, n)
		out.below("Outer", e.node(n.Input))
		return out
	case *plan.SetOp:
		return e.setOp(n)
	case *plan.Insert:
		out := e.modify(n, "Insert", n.Table, n.Table.Name, n.Source)
		if c := n.Conflict; c != nil {
			resolution := "NOTHING"
			if c.DoUpdate {
				resolution = "UPDATE"
			}
			out.detail("Conflict Resolution", resolution)
			var names []string
			for _, i := range c.Arbiters {
				names = append(names, i.Name)
			}
			if names != nil {
				out.detail("Conflict Arbiter Indexes", names)
			}
		}
		return out
	case *plan.Merge:
		return e.modify(n, "Merge", n.Table, n.Table.Name, n.Pairs)
	case *plan.SystemUpdate:
		out := e.make(n, "ModifyTable")
		out.head = "Update"
		out.first = []property{{name: "Operation", value: "Update"}}
		e.reads(out, n.Relation.Name, n.Relation.Name, n.Relation.Schema)
		out.below("Outer", e.node(n.Source))
		return out
	case *plan.Update:
		return e.modifyHeirs(e.modify(n, "Update", n.Table, targetAlias(n.Scan, n.From, n.Heirs, n.Table), n.Inputs()[0]), n.Heirs, n.From)
	case *plan.Delete:
		return e.modifyHeirs(e.modify(n, "Delete", n.Table, targetAlias(n.Scan, n.From, n.Heirs, n.Table), n.Inputs()[0]), n.Heirs, n.From)
	}
	out := e.make(n, strings.TrimPrefix(strings.TrimPrefix(typeName(n), "*"), "plan."))
	for _, in := range n.Inputs() {
		out.below("Outer", e.node(in))
	}
	return out
}

// shownBelow makes the subqueries of expressions that stand above a node.
func (e *explainer) shownBelow(exprs []expr.Expr, over plan.Node) []*explained {
	before := e.pending
	e.pending = nil
	for _, x := range exprs {
		e.subqueries(x, over)
	}
	shown := e.pending
	e.pending = before
	return shown
}

// filter shows a condition at the node below.
func (e *explainer) filter(n *plan.Filter) *explained {
	if v, ok := n.Input.(*plan.Values); ok && len(v.Rows) == 1 {
		out := e.make(n, "Result")
		out.detail("One-Time Filter", e.conditions(plan.Conjuncts(n.Cond), n.Input, false))
		return out
	}
	e.own = n.Input
	text := e.conditions(plan.Conjuncts(n.Cond), n.Input, e.qualified(n.Input))
	e.own = nil
	out := e.node(n.Input)
	out.estimate.Rows = e.estimates.Of(n).Rows
	if out.seen != nil {
		seen := *out.seen
		if mine := e.Seen.Of(n); mine != nil {
			seen.Rows = mine.Rows
			seen.Removed = mine.Removed
		}
		out.seen = &seen
	}
	out.detail("Filter", text)
	e.removed(out, "Rows Removed by Filter", out.seen, func(in *Instrument) int64 { return in.Removed })
	return out
}

// qualified says whether the columns in a node's conditions are written with their
// tables.
func (e *explainer) qualified(n plan.Node) bool {
	switch n.(type) {
	case *plan.Scan, *plan.VirtualScan, *plan.CurrentRow, *plan.TransitionScan, *plan.FunctionScan, *plan.CTEScan, *plan.WorkTableScan:
		return e.Verbose
	}
	return e.names.several() || e.Verbose
}

func (e *explainer) join(n *plan.Join) *explained {
	word := [...]string{"Inner", "Left", "Right", "Full"}[n.Type]
	shown := ""
	if n.Type != plan.InnerJoin {
		shown = " " + word
	}
	out := e.make(n, "Hash Join")
	out.named = []property{{name: "Join Type", value: word}}
	e.output(out, n)
	if len(n.LeftKeys) == 0 {
		out.kind, out.head = "Nested Loop", "Nested Loop"
		if shown != "" {
			out.head = "Nested Loop" + shown + " Join"
		}
	} else {
		method := "Hash"
		if n.Merge != plan.NoMerge {
			method = "Merge"
		}
		out.kind, out.head = method+" Join", method+shown+" Join"
		var conds []string
		for i := range n.LeftKeys {
			conds = append(conds, "("+e.expr(n.LeftKeys[i], n.Left, true)+" = "+e.expr(n.RightKeys[i], n.Right, true)+")")
		}
		out.detail(method+" Cond", together(conds))
	}
	if n.Cond != nil {
		out.detail("Join Filter", e.conditions(plan.Conjuncts(n.Cond), n, true))
		e.removed(out, "Rows Removed by Join Filter", out.seen, func(in *Instrument) int64 { return in.JoinRemoved })
	}
	out.below("Outer", e.node(n.Left))
	right := e.node(n.Right)
	if len(n.LeftKeys) == 0 {
		kept := &explained{node: n, kind: "Materialize", head: "Materialize", estimate: right.estimate, seen: right.seen}
		kept.below("Outer", right)
		out.below("Inner", kept)
		return out
	}
	if n.Merge != plan.NoMerge {
		out.below("Inner", right)
		return out
	}
	hash := &explained{node: n, kind: "Hash", head: "Hash", estimate: right.estimate, seen: right.seen}
	hash.estimate.Startup = hash.estimate.Total
	if seen := out.seen; seen != nil && seen.Loops > 0 {
		buckets := int64(16)
		for buckets < 2*seen.HashRows {
			buckets *= 2
		}
		kb := (seen.HashBytes + 1023) / 1024
		hash.details = append(hash.details,
			property{name: "Hash Buckets", value: buckets, text: "Buckets: " + strconv.FormatInt(buckets, 10) + "  Batches: " + strconv.Itoa(seen.Batches) + "  Memory Usage: " + strconv.FormatInt(kb, 10) + "kB"},
			property{name: "Original Hash Buckets", value: buckets, hidden: true}, property{name: "Hash Batches", value: seen.Batches, hidden: true},
			property{name: "Original Hash Batches", value: 1, hidden: true}, property{name: "Peak Memory Usage", value: kb, hidden: true})
	}
	hash.below("Outer", right)
	out.below("Inner", hash)
	return out
}

func (e *explainer) apply(n *plan.Apply) *explained {
	out := e.make(n, "Nested Loop")
	word := "Inner"
	if n.Type == plan.LeftJoin {
		word, out.head = "Left", "Nested Loop Left Join"
	}
	out.named = []property{{name: "Join Type", value: word}}
	e.output(out, n)
	if n.Cond != nil {
		out.detail("Join Filter", e.conditions(plan.Conjuncts(n.Cond), n, true))
	}
	out.below("Outer", e.node(n.Left))
	e.outer = append(e.outer, e.shown(n.Args, n.Left))
	right := e.node(n.Right)
	if n.Memoize {
		right = memoized(n, e.exprs(n.Args, n.Left, true), right, out.seen)
	}
	out.below("Inner", right)
	e.outer = e.outer[:len(e.outer)-1]
	return out
}

func (e *explainer) aggregate(n *plan.Aggregate) *explained {
	out := e.make(n, "Aggregate")
	strategy := "Hashed"
	switch {
	case n.Sets != nil:
		out.head = "HashAggregate"
		for _, set := range n.Sets {
			if len(set) == 0 {
				strategy, out.head = "Mixed", "MixedAggregate"
			}
		}
	case n.Plain:
		strategy = "Plain"
	case n.Sorted:
		strategy, out.head = "Sorted", "GroupAggregate"
	default:
		out.head = "HashAggregate"
	}
	out.first = []property{{name: "Strategy", value: strategy}, {name: "Partial Mode", value: "Simple"}}
	e.output(out, n)
	keys := e.exprs(n.Keys, n.Input, e.names.several() || e.Verbose)
	switch {
	case n.Sets != nil:
		for _, set := range n.Sets {
			var of []string
			for _, k := range set {
				of = append(of, keys[k])
			}
			if of == nil {
				out.details = append(out.details, property{name: "Group Key", value: []string{}, text: "Group Key: ()"})
			} else {
				out.details = append(out.details, property{name: "Hash Key", value: of, text: "Hash Key: " + strings.Join(of, ", ")})
			}
		}
	case !n.Plain:
		out.detail("Group Key", keys)
	}
	if strategy != "Plain" && strategy != "Sorted" {
		e.hashed(out)
	}
	out.below("Outer", e.node(n.Input))
	return out
}

// hashed says what a hash table of groups took.
func (e *explainer) hashed(out *explained) {
	seen := out.seen
	if seen == nil || seen.Loops == 0 || seen.Batches == 0 {
		return
	}
	kb, disk := (seen.HashBytes+1023)/1024, (seen.DiskBytes+1023)/1024
	text := "Batches: " + strconv.Itoa(seen.Batches) + "  Memory Usage: " + strconv.FormatInt(kb, 10) + "kB"
	if disk > 0 {
		text += "  Disk Usage: " + strconv.FormatInt(disk, 10) + "kB"
	}
	out.details = append(out.details, property{name: "Planned Partitions", value: 0, hidden: true}, property{name: "HashAgg Batches", value: seen.Batches, text: text},
		property{name: "Peak Memory Usage", value: kb, hidden: true}, property{name: "Disk Usage", value: disk, hidden: true})
}

// with shows the queries that are kept below the node that reads them.
func (e *explainer) with(n *plan.With) *explained {
	out := e.node(n.Input)
	for _, c := range n.CTEs {
		if c.Inline() || c.References == 0 && !c.Modifies {
			continue
		}
		query := e.node(c.Query)
		query.relation, query.subplan = "InitPlan", "CTE "+c.Name
		out.children = append([]*explained{query}, out.children...)
	}
	return out
}

func (e *explainer) distinct(n *plan.Distinct) *explained {
	several := e.names.several() || e.Verbose
	if n.On != nil || n.Sorted {
		out := e.make(n, "Unique")
		out.below("Outer", e.node(n.Input))
		return out
	}
	out := e.make(n, "Aggregate")
	out.head = "HashAggregate"
	out.first = []property{{name: "Strategy", value: "Hashed"}, {name: "Partial Mode", value: "Simple"}}
	var keys []string
	for i := range n.Columns() {
		keys = append(keys, e.column(n.Input, i, several))
	}
	out.detail("Group Key", keys)
	e.hashed(out)
	out.below("Outer", e.node(n.Input))
	return out
}

func (e *explainer) setOp(n *plan.SetOp) *explained {
	members := &explained{node: n, kind: "Append", head: "Append", estimate: e.estimates.Of(n)}
	if n.Merge != nil {
		members.kind, members.head = "Merge Append", "Merge Append"
		members.detail("Sort Key", e.sortKeys(n.Merge, n))
	}
	if e.Seen != nil {
		members.seen = e.Seen.Of(n)
		if members.seen == nil {
			members.seen = &Instrument{}
		}
	}
	var add func(plan.Node)
	add = func(in plan.Node) {
		if s, ok := in.(*plan.SetOp); ok && ast.SetOp(s.Op) == ast.SetUnion && s.All && ast.SetOp(n.Op) == ast.SetUnion {
			add(s.Left)
			add(s.Right)
			return
		}
		members.below("Member", e.node(in))
	}
	add(n.Left)
	add(n.Right)
	if ast.SetOp(n.Op) == ast.SetUnion && n.All {
		return members
	}
	out := e.make(n, "Aggregate")
	out.head = "HashAggregate"
	if ast.SetOp(n.Op) == ast.SetUnion {
		out.first = []property{{name: "Strategy", value: "Hashed"}, {name: "Partial Mode", value: "Simple"}}
		var keys []string
		for i := range n.Columns() {
			keys = append(keys, e.column(n.Left, i, false))
		}
		out.detail("Group Key", keys)
		e.hashed(out)
	} else {
		command := "Intersect"
		if ast.SetOp(n.Op) == ast.SetExcept {
			command = "Except"
		}
		if n.All {
			command += " All"
		}
		out.kind, out.head = "SetOp", "HashSetOp "+command
		out.first = []property{{name: "Strategy", value: "Hashed"}}
		out.named = []property{{name: "Command", value: command}}
	}
	out.below("Outer", members)
	return out
}

func (e *explainer) modify(n plan.Node, operation string, t *catalog.Table, alias string, input plan.Node) *explained {
	out := e.make(n, "ModifyTable")
	out.head = operation
	out.first = []property{{name: "Operation", value: operation}}
	e.reads(out, t.Name, alias, t.Schema)
	out.below("Outer", e.node(input))
	return out
}

// scanAlias is the name that a scan's table has in the statement; empty for none.

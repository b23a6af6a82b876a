package circuit

import (
	"errors"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// builder makes the operators of a plan.
type builder struct {
	evaluate evaluate
	meter    *meter
	ctes     map[*plan.CTE]*shared
	scope    []*plan.CTE // all there are
	body     *recursion  // whose step is being built
	sources  map[catalog.OID]*Source
	temporal []*temporal
	sharing  bool
	wants    []*Want
}

// errNoForm says that a node has no incremental form.
var errNoForm = errors.New("no incremental form")

// Build compiles a plan. evaluate computes what has no incremental form. sharing:
// the circuit must be given the arrangements that it Wants.
func Build(p *plan.Plan, evaluate Evaluate, sharing bool) *Circuit {
	m := &meter{}
	b := &builder{evaluate: evaluate.within(m), sharing: sharing, meter: m, ctes: map[*plan.CTE]*shared{}, sources: map[catalog.OID]*Source{}}
	x := &Circuit{meter: b.meter, Ordered: inOrder(p.Root)}
	r := newResult(columnTypes(p.Root.Columns()), plan.Key(p.Root))
	if x.Ordered {
		x.out = b.ordered(p.Root, r)
	} else {
		op, err := b.node(p.Root)
		if err != nil {
			op = b.evaluation(p.Root)
		}
		x.out = &bag{result: r, input: op, meter: b.meter}
	}
	x.Sources, x.Wants, x.temporal = b.sources, b.wants, b.temporal
	for _, w := range x.Wants { // the others bring the table's changes anyway
		w.Told = w.Told && len(x.Sources[w.Scan.Table.OID].readings) == 1
	}
	return x
}

// inOrder says whether the order of a node's rows means something. A condition on
// ordered rows is one on a subquery's, whose order does not count.
func inOrder(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.Sort:
		return true
	case *plan.Limit:
		return inOrder(n.Input)
	case *plan.Project: // one with subqueries stands below the query's own ORDER BY
		return inOrder(n.Input) && !slices.ContainsFunc(n.Exprs, hasLink)
	case *plan.Distinct: // ORDER BY stands right below; that of a subquery does not count
		_, sorted := n.Input.(*plan.Sort)
		return sorted
	case *plan.With:
		return inOrder(n.Input)
	}
	return false
}

// ordered makes the output of a query whose result is a list.
func (b *builder) ordered(n plan.Node, r result) output {
	body := n
	for {
		w, ok := body.(*plan.With)
		if !ok {
			break
		}
		b.scope = append(b.scope, w.CTEs...)
		body = w.Input
	}
	if o, err := b.sorted(body); err == nil && len(o.keys) > 0 {
		if o.limit != nil {
			return &window{r, o}
		}
		return &list{r, o}
	}
	b.wants = nil
	return &computed{result: r, evaluation: b.evaluation(n)}
}

// sorted takes apart a tree of projections, LIMIT and ORDER BY.
func (b *builder) sorted(n plan.Node) (*ordered, error) {
	var limit *plan.Limit
	var projections [][]expr.Expr
	for {
		switch t := n.(type) {
		case *plan.Project:
			if err := plain(t.Exprs...); err != nil || t.Sets || slices.ContainsFunc(t.Exprs, hasLink) {
				return nil, errNoForm
			}
			projections = append(projections, t.Exprs)
			n = t.Input
			continue
		case *plan.Limit:
			bounds := present(t.Count, t.Offset)
			if err := plain(bounds...); err != nil || limit != nil || slices.ContainsFunc(bounds, hasLink) {
				return nil, errNoForm
			}
			limit, n = t, t.Input
			continue
		}
		break
	}
	slices.Reverse(projections)
	var keys []plan.SortKey
	switch t := n.(type) {
	case *plan.Sort:
		keys, n = t.Keys, t.Input
	case *plan.Distinct: // keeps the order of its input
		if s, ok := t.Input.(*plan.Sort); ok {
			keys = s.Keys
		} else if inOrder(t) {
			return nil, errNoForm
		}
	default:
		if inOrder(n) {
			return nil, errNoForm
		}
	}
	for _, k := range keys {
		if err := plain(k.Expr); err != nil || hasLink(k.Expr) {
			return nil, errNoForm
		}
	}
	in, err := b.node(n)
	if err != nil {
		return nil, err
	}
	return newOrdered(in, keys, limit, projections, b.meter), nil
}

// node makes the operator of a node: an incremental one or, where there is none,
// an evaluation of as small a part of the tree as reads nothing around it.
func (b *builder) node(n plan.Node) (operator, error) {
	wanted := len(b.wants)
	op, err := b.incremental(n)
	if err != nil {
		b.wants = b.wants[:wanted]
		if plan.SelfContained(n) && !b.inBody(n) {
			return b.evaluation(n), nil
		}
	}
	return op, err
}

func (b *builder) evaluation(n plan.Node) *evaluation {
	whole := n
	if b.readsCTE(n) {
		whole = &plan.With{CTEs: b.scope, Input: n}
	}
	o := newEvaluation(whole, b.evaluate, b.meter)
	for _, t := range o.tables {
		b.read(t.source.(*source).scan, nil)
	}
	return o
}

func (b *builder) readsCTE(n plan.Node) bool {
	found := false
	plan.EachNode(n, func(n plan.Node) {
		c, ok := n.(*plan.CTEScan)
		found = found || ok && slices.Contains(b.scope, c.CTE)
	})
	return found
}

func (b *builder) incremental(n plan.Node) (operator, error) {
	switch n := n.(type) {
	case *plan.Scan:
		return b.scan(n)
	case *plan.Values:
		return b.constants(n)
	case *plan.FunctionScan:
		return b.constants(n)
	case *plan.Filter:
		return b.filter(n.Input, n.Cond)
	case *plan.Project:
		return b.project(n)
	case *plan.Join:
		return b.join(n)
	case *plan.Apply:
		if join := n.Unapplied(); join != nil {
			return b.join(join)
		}
		return b.apply(n)
	case *plan.Aggregate:
		return b.aggregate(n)
	case *plan.Window:
		return b.window(n)
	case *plan.Sort:
		return b.node(n.Input)
	case *plan.Limit:
		o, err := b.sorted(n)
		if err != nil {
			return nil, err
		}
		return &limited{o, columnTypes(n.Columns())}, nil
	case *plan.Distinct:
		return b.distinct(n)
	case *plan.SetOp:
		return b.setOp(n)
	case *plan.Append:
		return b.append(n.Members)
	case *plan.With:
		b.scope = append(b.scope, n.CTEs...)
		return b.node(n.Input)
	case *plan.CTEScan:
		return b.cte(n.CTE, b.body)
	case *plan.RecursiveUnion:
		return b.recursive(n)
	case *plan.WorkTableScan:
		return b.workTable(n)
	}
	return nil, errNoForm
}

func (b *builder) scan(n *plan.Scan) (operator, error) {
	var op operator = &source{n}
	if n.Filter == nil {
		b.read(n, nil)
		return op, nil
	}
	if err := plain(n.Filter); err != nil {
		return nil, err
	}
	concerned := n
	if fixed, turning := divide(n.Filter); turning != nil { // what does not pass yet matters too
		c := *n
		c.Filter, c.Ranges = fixed, nil
		concerned = &c
	}
	if concerned.Filter == nil || hasLink(n.Filter) {
		concerned = nil
	}
	b.read(n, concerned)
	return b.passing(op, n.Columns(), n.Filter)
}

func (b *builder) constants(n plan.Node) (operator, error) {
	ok := true
	plan.EachExpr(n, func(e expr.Expr) { ok = ok && plain(e) == nil && !hasLink(e) })
	if !ok {
		return nil, errNoForm
	}
	return &constants{n, b.evaluate}, nil
}

func (b *builder) filter(input plan.Node, cond expr.Expr) (operator, error) {
	in, err := b.node(input)
	if err != nil {
		return nil, err
	}
	return b.passing(in, input.Columns(), cond)
}

// passing filters an operator's rows.
func (b *builder) passing(in operator, cols []plan.Column, cond expr.Expr) (operator, error) {
	if fixed, turning := divide(cond); turning != nil {
		if fixed != nil {
			var err error
			if in, err = b.passing(in, cols, fixed); err != nil {
				return nil, err
			}
		}
		wide, wideCols, conds, err := b.prepare(in, cols, turning...)
		if err != nil {
			return nil, err
		}
		o := newTemporal(wide, conds, b.meter)
		b.temporal = append(b.temporal, o)
		if len(wideCols) > len(cols) {
			return &narrow{o, columnTypes(cols)}, nil
		}
		return o, nil
	}
	wide, wideCols, conds, err := b.prepare(in, cols, cond)
	if err != nil {
		return nil, err
	}
	var op operator = &filter{wide, conds[0]}
	if len(wideCols) > len(cols) {
		op = &narrow{op, columnTypes(cols)}
	}
	return op, nil
}

func (b *builder) project(n *plan.Project) (operator, error) {
	in, err := b.node(n.Input)
	if err != nil {
		return nil, err
	}
	in, cols, exprs, err := b.prepare(in, n.Input.Columns(), n.Exprs...)
	if err != nil {
		return nil, err
	}
	if !n.Sets {
		return newProject(in, exprs), nil
	}
	fragment := plan.NewProject(plan.Given(cols), exprs, n.Columns())
	fragment.Sets = true
	o := newRegion("Project with sets", in, nil, rowAlone, b.evaluate, b.meter)
	o.fragment, o.types = fragment, columnTypes(n.Columns())
	return o, nil
}

func (b *builder) join(n *plan.Join) (operator, error) {
	if err := plain(append(append(present(n.Cond), n.LeftKeys...), n.RightKeys...)...); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(n.LeftKeys, hasLink) || slices.ContainsFunc(n.RightKeys, hasLink) {
		return nil, errNoForm
	}
	cond := n.Cond
	_, turning := divide(cond)
	if cond != nil && (hasLink(cond) || turning != nil && n.Type == plan.InnerJoin) {
		if n.Type != plan.InnerJoin {
			return nil, errNoForm
		}
		c := *n
		c.Cond = nil
		n = &c
	} else {
		cond = nil
	}
	left, err := b.node(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := b.node(n.Right)
	if err != nil {
		return nil, err
	}
	op := newJoin(n, left, right, b.meter)
	if b.sharing {
		op.share([2]plan.Node{n.Left, n.Right})
		for _, s := range op.sides {
			if s.want != nil {
				b.wanted(s.want, s.there)
			}
		}
	}
	if cond == nil {
		return op, nil
	}
	return b.passing(op, n.Columns(), cond)
}

func (b *builder) apply(n *plan.Apply) (operator, error) {
	if n.Cond != nil && (plain(n.Cond) != nil || hasLink(n.Cond)) {
		return nil, errNoForm
	}
	left, err := b.node(n.Left)
	if err != nil {
		return nil, err
	}
	o, err := b.dependent(left, n.Right, n.Args)
	if err != nil {
		return nil, err
	}
	o.cond, o.outer, o.width, o.types = n.Cond, n.Type == plan.LeftJoin, len(n.Right.Columns()), columnTypes(n.Columns())
	return o, nil
}

// dependent makes the operator of a query that reads the rows of left, by args.
func (b *builder) dependent(left operator, query plan.Node, args []expr.Expr) (*dependent, error) {
	k := plan.NewKeyed(query)
	if k == nil || plain(args...) != nil || slices.ContainsFunc(args, hasLink) {
		return nil, errNoForm
	}
	ok := true
	plan.EachNode(k.Part, func(part plan.Node) {
		plan.EachExpr(part, func(e expr.Expr) { ok = ok && !hasLink(e) })
	})
	if !ok {
		return nil, errNoForm
	}
	var rows operator
	if k.Rows != nil {
		var err error
		if rows, err = b.node(k.Rows); err != nil {
			return nil, err
		}
	}
	return newDependent(k, args, left, rows, b.evaluate, b.meter), nil
}

// inputOrder are the aggregates whose result depends on the order of the rows.
var inputOrder = []string{"array_agg", "string_agg", "json_agg", "jsonb_agg", "json_object_agg", "jsonb_object_agg", "xmlagg"}

func (b *builder) aggregate(n *plan.Aggregate) (operator, error) {
	if inOrder(n.Input) && slices.ContainsFunc(n.Aggs, func(c plan.AggCall) bool {
		return len(c.OrderBy) == 0 && slices.Contains(inputOrder, c.Fn.Name)
	}) {
		return nil, errNoForm
	}
	in, err := b.node(n.Input)
	if err != nil {
		return nil, err
	}
	cols := n.Input.Columns()
	own := *n
	if in, cols, own.Keys, err = b.prepare(in, cols, n.Keys...); err != nil {
		return nil, err
	}
	own.Aggs = slices.Clone(n.Aggs)
	for i := range own.Aggs {
		c := &own.Aggs[i]
		if in, cols, c.Args, err = b.prepare(in, cols, c.Args...); err != nil {
			return nil, err
		}
		if err := plain(c.Direct...); err != nil || slices.ContainsFunc(c.Direct, hasLink) {
			return nil, errNoForm
		}
		if c.Filter != nil {
			var filter []expr.Expr
			if in, cols, filter, err = b.prepare(in, cols, c.Filter); err != nil {
				return nil, err
			}
			c.Filter = filter[0]
		}
		c.OrderBy = slices.Clone(c.OrderBy)
		for k := range c.OrderBy {
			var key []expr.Expr
			if in, cols, key, err = b.prepare(in, cols, c.OrderBy[k].Expr); err != nil {
				return nil, err
			}
			c.OrderBy[k].Expr = key[0]
		}
	}
	own.Input = plan.Given(cols)
	return newAggregate(&own, in, b.evaluate, b.meter), nil
}

func (b *builder) window(n *plan.Window) (operator, error) {
	ok := true
	plan.EachExpr(n, func(e expr.Expr) { ok = ok && plain(e) == nil && !hasLink(e) })
	if !ok || len(n.Order) == 0 && inOrder(n.Input) {
		return nil, errNoForm
	}
	in, err := b.node(n.Input)
	if err != nil {
		return nil, err
	}
	return windowRegion(n, in, n.Input.Columns(), b.evaluate, b.meter), nil
}

func (b *builder) distinct(n *plan.Distinct) (operator, error) {
	if n.On == nil {
		in, err := b.node(n.Input)
		if err != nil {
			return nil, err
		}
		return newDistinct(in, columnTypes(n.Columns()), b.meter), nil
	}
	input := n.Input
	var rows plan.Node = plan.Given(n.Columns())
	if s, ok := input.(*plan.Sort); ok {
		input, rows = s.Input, &plan.Sort{Input: rows, Keys: s.Keys}
	}
	fragment := &plan.Distinct{Input: rows, On: n.On}
	ok := !inOrder(input) || determined(n, rows)
	for _, part := range []plan.Node{fragment, rows} {
		plan.EachExpr(part, func(e expr.Expr) { ok = ok && plain(e) == nil && !hasLink(e) })
	}
	if !ok {
		return nil, errNoForm
	}
	in, err := b.node(input)
	if err != nil {
		return nil, err
	}
	o := newRegion("Distinct", in, n.On, rowOfPartition, b.evaluate, b.meter)
	o.fragment, o.types = fragment, columnTypes(n.Columns())
	return o, nil
}

// determined says whether rows that DISTINCT ON cannot tell apart are the same in all
// columns, so that it does not matter in which order they come.
func determined(n *plan.Distinct, rows plan.Node) bool {
	known := make([]bool, len(n.Columns()))
	note := func(e expr.Expr) {
		if c, ok := e.(*expr.Column); ok {
			known[c.Index] = true
		}
	}
	for _, e := range n.On {
		note(e)
	}
	if s, ok := rows.(*plan.Sort); ok {
		for _, k := range s.Keys {
			note(k.Expr)
		}
	}
	return !slices.Contains(known, false)
}

func (b *builder) setOp(n *plan.SetOp) (operator, error) {
	left, err := b.node(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := b.node(n.Right)
	if err != nil {
		return nil, err
	}
	if ast.SetOp(n.Op) != ast.SetUnion {
		return newSetOp(n, left, right, b.meter), nil
	}
	both := &unionAll{left, right}
	if n.All {
		return both, nil
	}
	return newDistinct(both, columnTypes(n.Columns()), b.meter), nil
}

// append makes the rows of all members. What is asked of a start of the plan, which of them
// can have rows, follows from their own conditions.
func (b *builder) append(members []plan.Node) (operator, error) {
	switch half := len(members) / 2; len(members) {
	case 0:
		return nil, errNoForm
	case 1:
		return b.node(members[0])
	default:
		left, err := b.append(members[:half])
		if err != nil {
			return nil, err
		}
		right, err := b.append(members[half:])
		if err != nil {
			return nil, err
		}
		return &unionAll{left, right}, nil
	}
}

// prepare adds to in a column for each subquery in expressions, behind cols, and
// gives the expressions that read those instead.
func (b *builder) prepare(in operator, cols []plan.Column, exprs ...expr.Expr) (operator, []plan.Column, []expr.Expr, error) {
	if err := plain(exprs...); err != nil {
		return nil, nil, nil, err
	}
	if !slices.ContainsFunc(exprs, hasLink) {
		return in, cols, exprs, nil
	}
	var failure error
	out := make([]expr.Expr, len(exprs))
	for i, e := range exprs {
		out[i] = expr.Rewrite(e, func(e expr.Expr) expr.Expr {
			link, ok := e.(*plan.SubLink)
			if !ok || failure != nil {
				return e
			}
			var op operator
			if op, failure = b.lookup(in, cols, link); failure != nil {
				return e
			}
			in = op
			at := &expr.Column{Index: len(cols), T: link.T, Mod: link.Mod, Name: "subquery"}
			cols = append(cols[:len(cols):len(cols)], plan.Column{Name: "subquery", Type: link.T, Typmod: link.Mod})
			return at
		})
	}
	return in, cols, out, failure
}

// lookup makes the operator for one subquery.
func (b *builder) lookup(in operator, cols []plan.Column, link *plan.SubLink) (operator, error) {
	o := &lookup{input: in, link: link, evaluate: b.evaluate, askers: map[string]*asker{}, types: append(columnTypes(cols), link.T), meter: b.meter}
	query := link.Query
	switch {
	case !link.Stable:
		return nil, errNoForm
	case len(link.Args) > 0:
		h := link.Hashed
		if h == nil {
			return b.correlated(in, o.types, link)
		}
		query = h.Rows
		o.leftKeys, o.rightKeys, o.cond, o.exprs, o.empty = h.LeftKeys, h.RightKeys, h.Cond, h.Exprs, h.Empty
	case link.Membership():
		o.membership = true
		t := link.Test[0].Type()
		o.leftKeys = []expr.Expr{&expr.Column{T: t, Mod: types.NoTypmod}}
		o.rightKeys = []expr.Expr{&expr.Column{T: t, Mod: types.NoTypmod, Name: query.Columns()[0].Name}}
	case link.Kind == plan.ArrayLink && inOrder(query):
		return nil, errNoForm
	}
	inner := append(append(present(o.cond), o.exprs...), append(o.leftKeys, o.rightKeys...)...)
	if slices.ContainsFunc(inner, hasLink) || plain(inner...) != nil {
		return nil, errNoForm
	}
	var err error
	if o.rows, err = b.node(query); err != nil {
		return nil, err
	}
	o.found = newKeyed[*answers](typesOf(o.rightKeys))
	if b.sharing {
		if o.want = want(query, o.rightKeys); o.want != nil {
			o.want.Told, o.want.totalled = true, o.membership
			b.wanted(o.want, true)
		}
	}
	return o, nil
}

// correlated makes the operator for a subquery that has to be computed for each row.
func (b *builder) correlated(in operator, ts []*types.Type, link *plan.SubLink) (operator, error) {
	if plain(link.Test...) != nil || slices.ContainsFunc(link.Test, hasLink) {
		return nil, errNoForm
	}
	o, err := b.dependent(in, link.Query, link.Args)
	if err != nil {
		return nil, err
	}
	o.link, o.types = link, ts
	return o, nil
}

// plain refuses expressions that read the row of an enclosing query.
func plain(exprs ...expr.Expr) (err error) {
	for _, e := range exprs {
		expr.Walk(e, func(e expr.Expr) bool {
			if _, outer := e.(*expr.OuterColumn); outer {
				err = errNoForm
			}
			return err == nil
		})
	}
	return err
}

// hasLink says whether there is a subquery in an expression.
func hasLink(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(e expr.Expr) bool {
		_, link := e.(*plan.SubLink)
		found = found || link
		return !found
	})
	return found
}

// present gives those expressions that there are.
func present(exprs ...expr.Expr) []expr.Expr {
	return slices.DeleteFunc(exprs, func(e expr.Expr) bool { return e == nil })
}

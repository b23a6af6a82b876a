package circuit

import (
	"errors"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
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
	// firsts say of windows how many of a partition's first rows are read at all.
	firsts map[*plan.Window]firstRows
}

// errNoForm says that a node has no incremental form.
var errNoForm = errors.New("no incremental form")

// Build compiles a plan. evaluate computes what has no incremental form. sharing:
// the circuit must be given the arrangements that it Wants.
func Build(p *plan.Plan, evaluate Evaluate, sharing bool) *Circuit {
	m := &meter{}
	b := &builder{evaluate: evaluate.within(m), sharing: sharing, meter: m, ctes: map[*plan.CTE]*shared{}, sources: map[catalog.OID]*Source{}, firsts: map[*plan.Window]firstRows{}}
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
	b.noteLimit(n, keys, limit)
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

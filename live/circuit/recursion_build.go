package circuit

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// recursive makes the operator of WITH RECURSIVE, if its step is linear.
func (b *builder) recursive(n *plan.RecursiveUnion) (operator, error) {
	o := &recursion{node: n, work: &workTable{name: n.Name}, around: b.body, types: columnTypes(n.Columns()), meter: b.meter}
	if !n.All {
		// Of rows that are equal but look different one is made something of: which, goes
		// by the order in which the executor meets them.
		if slices.ContainsFunc(o.types, func(t *types.Type) bool { return !t.Canonical() }) {
			return nil, errNoForm
		}
		o.found = newKeyed[*found](o.types)
	}
	var err error
	if o.start, err = b.node(n.Start); err != nil {
		return nil, err
	}
	b.body = o
	o.body, err = b.node(n.Step)
	if b.body = o.around; err != nil {
		return nil, err
	}
	o.lead, err = o.work.leads(o.body)
	return o, err
}

// workTable makes the operator that gives the rows of the round before.
func (b *builder) workTable(n *plan.WorkTableScan) (operator, error) {
	if b.body == nil || b.body.node != n.Union {
		return nil, errNoForm // that of a recursion around this one
	}
	return b.body.work, nil
}

// cte makes the operator of a WITH query, once for all who read it. One that does not
// read the work table of the recursion around is outside that, and steps with what is
// there.
func (b *builder) cte(c *plan.CTE, body *recursion) (operator, error) {
	if body != nil && !readsWork(c.Query, body.node) {
		op, err := b.cte(c, body.around)
		if err != nil {
			return nil, err
		}
		out := &outside{operator: op}
		body.outside = append(body.outside, out)
		return out, nil
	}
	if s := b.ctes[c]; s != nil {
		return s, nil
	}
	around := b.body
	b.body = body
	in, err := b.node(c.Query)
	if b.body = around; err != nil {
		return nil, err
	}
	s := &shared{input: in, name: c.Name}
	b.ctes[c] = s
	return s, nil
}

// inBody says whether a part of the plan reads a work table that is not its own.
func (b *builder) inBody(n plan.Node) bool {
	for body := b.body; body != nil; body = body.around {
		if readsWork(n, body.node) {
			return true
		}
	}
	return false
}

// readsWork says whether a part of the plan reads the rows of a recursion's round before.
func readsWork(n plan.Node, union *plan.RecursiveUnion) bool {
	reads := false
	plan.EachNode(n, func(n plan.Node) {
		switch n := n.(type) {
		case *plan.WorkTableScan:
			reads = reads || n.Union == union
		case *plan.CTEScan:
			reads = reads || readsWork(n.CTE.Query, union)
		}
	})
	return reads
}

// leads says how to find, in the identity of a row that a body gives, the work table's
// row that it was made of: the identity begins with that, behind what is cut off. It
// fails where a row is made of more than one of them, or of none.
func (w *workTable) leads(op operator) (func(id string) string, error) {
	switch op := op.(type) {
	case *workTable:
		if op == w {
			return func(id string) string { return id[:identityBytes] }, nil
		}
	case *filter:
		return w.leads(op.input)
	case *project:
		return w.leads(op.input)
	case *narrow:
		return w.leads(op.input)
	case *temporal:
		return w.leads(op.input)
	case *shared:
		return w.leads(op.input)
	case *lookup:
		if !w.in(op.rows) {
			return w.leads(op.input)
		}
	case *dependent:
		if op.rows == nil || !w.in(op.rows) {
			return w.leads(op.left)
		}
	case *region:
		if op.ids == rowAlone {
			return w.leads(op.input)
		}
	case *unionAll:
		left, err := w.leads(op.left)
		if err != nil {
			return nil, err
		}
		right, err := w.leads(op.right)
		return func(id string) string {
			if id[0] == 0 {
				return left(id[1:])
			}
			return right(id[1:])
		}, err
	case *join:
		i := 0
		if w.in(op.sides[1].input) {
			i = 1
		}
		if others := &op.sides[1-i]; w.in(others.input) || others.outer {
			return nil, errNoForm
		}
		lead, err := w.leads(op.sides[i].input)
		op.first = i
		tag := len(op.tag())
		return func(id string) string { return lead(id[tag:]) }, err
	}
	return nil, errNoForm
}

// in says whether an operator reads the work table.
func (w *workTable) in(op operator) bool {
	return op == operator(w) || slices.ContainsFunc(op.inputs(), w.in)
}

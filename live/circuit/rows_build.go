package circuit

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

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
	var op operator = newFilter(wide, conds[0])
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
		out[i] = expr.Rewrite(plan.AsMembership(e), func(e expr.Expr) expr.Expr {
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

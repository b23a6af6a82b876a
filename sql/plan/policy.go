package plan

import (
	"cmp"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Row-level policies. The conditions of those that hold for the role stand first
// in the filter of a table's scan, as one term that is never NULL: what a statement
// asks of a row besides is computed only when they have let it pass, wherever
// conditions are moved, since terms are evaluated in order and added behind. Only
// the ranges of an index are looked at before, whose comparisons tell nothing.

// secured gives the role that a table's policies hold for, nil if they do not. The
// plan then is one for the executing role.
func (p *planner) secured(t *catalog.Table) (*catalog.Role, error) {
	if !t.RowSecurity || p.env.Role == nil {
		return nil, nil
	}
	p.byRole = true
	role := p.env.Role
	if p.as != 0 {
		role = p.env.Catalog.RoleByOID(p.as)
	}
	if !p.env.Catalog.RowSecured(t, role) {
		return nil, nil
	}
	if p.env.NoRowSecurity {
		err := sqlerr.New(sqlerr.InsufficientPrivilege, `query would be affected by row-level security policy for table "%s"`, t.Name)
		if p.env.Catalog.OwnedBy(role.OID, t.Owner) {
			err = err.WithHint("To disable the policy for the table's owner, use ALTER TABLE NO FORCE ROW LEVEL SECURITY.")
		}
		return nil, err
	}
	return role, nil
}

// policies are those of a table for a command by a role: permissive ones first,
// then restrictive ones by name.
func (p *planner) policies(t *catalog.Table, role *catalog.Role, command byte) (list []*catalog.Policy, permissive int) {
	for _, policy := range t.Policies {
		if policy.For(p.env.Catalog, command, role.OID) {
			list = append(list, policy)
		}
	}
	slices.SortStableFunc(list, func(a, b *catalog.Policy) int {
		switch {
		case a.Restrictive != b.Restrictive && b.Restrictive:
			return -1
		case a.Restrictive != b.Restrictive:
			return 1
		case a.Restrictive:
			return cmp.Compare(a.Name, b.Name)
		}
		return 0
	})
	for _, policy := range list {
		if !policy.Restrictive {
			permissive++
		}
	}
	return list, permissive
}

// visible is the condition, over a table's row, of the rows that a role may reach
// with a command; it is never NULL.
func (p *planner) visible(t *catalog.Table, role *catalog.Role, command byte) (expr.Expr, error) {
	list, permissive := p.policies(t, role, command)
	terms, err := p.conditions(t, list, permissive, func(policy *catalog.Policy) string { return policy.Using })
	if err != nil {
		return nil, err
	}
	var all []expr.Expr
	for _, c := range terms {
		all = append(all, c.Cond)
	}
	cond := expr.NewAnd(all...)
	var plain []expr.Expr
	for _, c := range conjuncts(cond) {
		if indexable(c) {
			plain = append(plain, c)
		}
	}
	return expr.NewAnd(append([]expr.Expr{&expr.BoolTest{Arg: cond, Test: expr.IsTrue, Secures: true}}, plain...)...), nil
}

// always is the condition that every row meets.
func always() expr.Expr {
	return &expr.Const{Value: types.Bool(true), T: types.Boolean, Mod: types.NoTypmod, Loc: -1}
}

// indexable says whether a term of a policy may stand in a filter by itself, for
// an index to be found by: it compares and cannot fail.
func indexable(e expr.Expr) bool {
	c, ok := e.(*expr.Call)
	if !ok || !c.Fn.Strict || len(c.Args) != 2 || c.Fn.Routine {
		return false
	}
	columns := 0
	for _, a := range c.Args {
		if _, is := a.(*expr.Column); is {
			columns++
		} else if readsColumn(a) || !cheap(a) {
			return false
		}
	}
	return columns == 1
}

// secureConflict adds what the policies want of the row that ON CONFLICT DO UPDATE
// comes upon, and of what becomes of it.
func (t *target) secureConflict(p *planner, c *Conflict) error {
	if !c.DoUpdate {
		return nil
	}
	for _, command := range []byte{'w', 'r'} {
		list, permissive := p.policies(t.table, t.role, command)
		own, err := p.conditions(t.table, list, permissive, func(policy *catalog.Policy) string { return policy.Using })
		if err != nil {
			return err
		}
		c.Reach = append(c.Reach, own...)
	}
	written, err := p.checks(t)
	if err != nil {
		return err
	}
	written = slices.DeleteFunc(written, func(c CheckExpr) bool { return c.View })
	c.Checks, err = t.secureChecks(p, 'w', written)
	return err
}

// conditions are what a list of policies wants of a row: the permissive ones
// together, then each restrictive one.
func (p *planner) conditions(t *catalog.Table, list []*catalog.Policy, permissive int, text func(*catalog.Policy) string) (checks []CheckExpr, err error) {
	var any []expr.Expr
	for i, policy := range list {
		cond, err := p.policyText(t, text(policy))
		if err != nil {
			return nil, err
		}
		switch {
		case cond == nil && i < permissive:
			any = append(any, always())
		case cond == nil:
		case i < permissive:
			any = append(any, cond)
		default:
			checks = append(checks, CheckExpr{Name: policy.Name, Cond: cond, Policy: true})
		}
	}
	return append([]CheckExpr{{Cond: expr.NewOr(any...), Policy: true}}, checks...), nil
}

// writable are the conditions that the policies have rows meet that a role writes
// with a command; with seen, those for reading besides.
func (p *planner) writable(t *catalog.Table, role *catalog.Role, command byte, seen bool) (checks []CheckExpr, err error) {
	commands := []byte{command}
	if seen {
		commands = append(commands, 'r')
	}
	for _, command := range commands {
		list, permissive := p.policies(t, role, command)
		own, err := p.conditions(t, list, permissive, func(policy *catalog.Policy) string {
			if policy.Check == "" || command == 'r' {
				return policy.Using
			}
			return policy.Check
		})
		if err != nil {
			return nil, err
		}
		checks = append(checks, own...)
	}
	return checks, nil
}

// policyText binds a stored condition over a table's row; nil for none.
func (p *planner) policyText(t *catalog.Table, text string) (expr.Expr, error) {
	if text == "" {
		return nil, nil
	}
	parsed, err := parser.ParseExpr(text)
	if err != nil {
		return nil, sqlerr.Internal("stored expression %q: %w", text, err)
	}
	if slices.Contains(p.securing, t.OID) {
		return nil, sqlerr.New(sqlerr.InvalidObjectDefinition, `infinite recursion detected in policy for relation "%s"`, t.Name)
	}
	defer p.withoutVariables()()
	ctes, arguments := p.ctes, p.arguments
	env := p.env
	p.env, p.ctes, p.arguments, p.securing = env.apart(), nil, nil, append(p.securing, t.OID)
	cond, err := p.policyExpression(t, parsed)
	p.env, p.ctes, p.arguments, p.securing = env, ctes, arguments, p.securing[:len(p.securing)-1]
	if err != nil {
		e := *sqlerr.From(err)
		e.Offset, e.Position = 0, 0 // a place in the policy, not in the statement
		return nil, &e
	}
	return cond, nil
}

func (p *planner) policyExpression(t *catalog.Table, e ast.Expr) (expr.Expr, error) {
	sc := &scope{}
	sc.add(t.Name, p.schemaName(t.Schema), tableColumns(t), len(t.Columns))
	sc.addSystemColumns(t)
	b := &binder{p: p, scope: sc, clause: "policy expressions"}
	cond, err := b.condition(e, "POLICY")
	if err != nil {
		return nil, err
	}
	expr.Walk(cond, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Column); ok && c.Index >= len(t.Columns) && err == nil {
			err = sqlerr.Unsupported("a system column in a policy") // rows to be written have none yet
		}
		return err == nil
	})
	return cond, err
}

// PolicyExpression binds a policy's condition over a table's row.
func PolicyExpression(env *Env, t *catalog.Table, e ast.Expr) (expr.Expr, error) {
	return (&planner{env: env, params: &expr.ParamTypes{}}).policyExpression(t, e)
}

// PolicyCondition checks a policy's condition and lists the relations and functions
// that it names.
func PolicyCondition(env *Env, t *catalog.Table, e ast.Expr) (uses []catalog.OID, err error) {
	own := *env
	own.Role = nil
	p := &planner{env: &own, params: &expr.ParamTypes{}}
	if _, err := p.policyExpression(t, e); err != nil {
		return nil, err
	}
	for _, r := range p.requires {
		uses = append(uses, r.Relation.ObjectOID())
	}
	return append(uses, p.routines...), nil
}

// secure adds to what UPDATE and DELETE look for the policies' conditions.
func (t *target) secure(p *planner, change *changeTarget, command byte) error {
	if t.role == nil {
		return nil
	}
	cond, err := p.visible(t.table, t.role, command)
	if err != nil {
		return err
	}
	if t.selects {
		seen, err := p.visible(t.table, t.role, 'r')
		if err != nil {
			return err
		}
		cond = and(seen, cond)
	}
	if t.inherits { // its conditions come before all that are met above
		change.From = securedRows(change.From, cond)
		if change.Cond != nil {
			cond = and(cond, change.Cond)
		}
		change.Cond = cond
		return nil
	}
	if change.From != nil && change.Scan.Filter == nil && hasCurrentRow(change.From) {
		change.From = securedRows(change.From, cond)
		if change.Cond != nil {
			cond = and(cond, change.Cond)
		}
		change.Cond = cond
		return nil
	}
	if change.Scan.Filter != nil {
		cond = and(cond, change.Scan.Filter)
	}
	change.Scan.Filter = cond
	return nil
}

// secureChecks puts the policies' conditions on written rows before the others.
func (t *target) secureChecks(p *planner, command byte, checks []CheckExpr) ([]CheckExpr, error) {
	if t.role == nil {
		return checks, nil
	}
	own, err := p.writable(t.table, t.role, command, t.selects)
	return append(own, checks...), err
}

// hasCurrentRow says whether the row that a cursor is on is changed.
func hasCurrentRow(n Node) (found bool) {
	EachNode(n, func(n Node) {
		_, is := n.(*CurrentRow)
		found = found || is
	})
	return found
}

// securedRows puts a condition on what an Append below a node gives.
func securedRows(n Node, cond expr.Expr) Node {
	switch n := n.(type) {
	case *Append:
		n.secured = true
		return &Filter{Input: n, Cond: cond}
	case *CurrentRow:
		return &Filter{Input: n, Cond: cond}
	case *Filter:
		n.Input = securedRows(n.Input, cond)
	case *Sample:
		n.Input = securedRows(n.Input, cond)
	case *Join:
		n.Left = securedRows(n.Left, cond)
	case *Apply:
		n.Left = securedRows(n.Left, cond)
	}
	return n
}

package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Rules make other commands of an INSERT, UPDATE or DELETE, as PostgreSQL's rewriter does.
// Each command of a rule is planned with the rows that the statement is about beside what
// it names itself, which is what old and new in it stand for (ruleRows): the rows are
// computed anew for each command, with the names and rights of whoever wrote the
// statement, while the command has those of the rule and of the relation's owner. The
// statement itself comes first if it is an INSERT, last otherwise, or not at all.

// Rewritten runs the commands that rules have made of one, each to its end, so that each
// sees what those before it have changed.
type Rewritten struct {
	Commands []Node
	// Tag is the command whose rows the command tag counts, and Rows the one whose rows are
	// the statement's; -1 is none.
	Tag, Rows int
}

// Columns are those of the command that gives rows.
func (n *Rewritten) Columns() []Column {
	if n.Rows < 0 {
		return nil
	}
	return n.Commands[n.Rows].Columns()
}

// Inputs are the commands.
func (n *Rewritten) Inputs() []Node { return n.Commands }

// applied is a rule that is being applied.
type applied struct {
	relation catalog.OID
	event    catalog.TriggerEvents
}

// rewriting is what rules make of one statement.
type rewriting struct {
	p         *planner
	relation  catalog.Relation
	event     catalog.TriggerEvents
	stmt      ast.Statement
	returning []*ast.ResTarget
	named     *ast.RangeVar
	// through: the statement names a view through which the relation is changed.
	through bool
	// whole: old and new are wanted as values, too.
	whole bool
	// rows are the command's rows as the last call of source has made them, and over what
	// they are computed.
	rows *Project
}

// ruled finds the relation whose rules a change is subject to: the one that is named, or
// that which simple views over it lead to. through: it is not the one that is named.
func (p *planner) ruled(v *ast.RangeVar, event catalog.TriggerEvents) (r catalog.Relation, through bool) {
	r, err := p.env.Relation(v)
	for depth := 0; err == nil && depth < maxViewDepth; depth++ {
		view, ok := r.(*catalog.View)
		if !ok || hasInstead(view, changeVerbs[event]) || slices.ContainsFunc(view.Rules, func(rule *catalog.Rule) bool {
			return rule.Event == event && rule.Applies(p.env.Replica)
		}) {
			break
		}
		query, err := storedQuery(view, p.env.qualifiedName)
		if err != nil || len(query.From) != 1 {
			break
		}
		from, ok := query.From[0].(*ast.RangeVar)
		if !ok {
			break
		}
		leave := p.enterView(view)
		below, err := p.env.Relation(from)
		leave()
		if err != nil || !updatableRelation(below) {
			break
		}
		r, through = below, true
	}
	return r, through
}

// rewrite applies the rules of what a statement changes; nil if there are none.
func (p *planner) rewrite(v *ast.RangeVar, event catalog.TriggerEvents, stmt ast.Statement) (Node, error) {
	if p.unruled == stmt || p.env.Loading || p.env.binding != nil {
		return nil, nil
	}
	r, through := p.ruled(v, event)
	if r == nil {
		return nil, nil // which is found out again
	}
	var rules []*catalog.Rule
	for _, rule := range catalog.Rules(r) {
		p.byRole = true // session_replication_role is asked for with the role
		if rule.Event == event && rule.Applies(p.env.Replica) {
			rules = append(rules, rule)
		}
	}
	if s, ok := stmt.(*ast.InsertStmt); ok && s.OnConflict != nil && slices.ContainsFunc(catalog.Rules(r), func(rule *catalog.Rule) bool { return rule.Event != catalog.TriggerDelete }) {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "INSERT with ON CONFLICT clause cannot be used with table that has INSERT or UPDATE rules")
	}
	if rules == nil {
		return nil, nil
	}
	at := applied{r.ObjectOID(), event}
	if slices.Contains(p.rules, at) {
		return nil, sqlerr.New(sqlerr.InvalidObjectDefinition, `infinite recursion detected in rules for relation "%s"`, r.ObjectName())
	}
	p.rules = append(p.rules, at)
	defer func() { p.rules = p.rules[:len(p.rules)-1] }()
	c := &rewriting{p: p, relation: r, event: event, stmt: stmt, named: v, through: through}
	var with *ast.WithClause
	switch s := stmt.(type) {
	case *ast.InsertStmt:
		with, c.returning = s.With, s.Returning
	case *ast.UpdateStmt:
		with, c.returning = s.With, s.Returning
	case *ast.DeleteStmt:
		with, c.returning = s.With, s.Returning
	}
	n, err := c.apply(rules, with != nil)
	if err == nil && p.inWith > 0 {
		err = withinWith(rules)
	}
	if err != nil {
		return nil, err
	}
	return n, nil
}

// withinWith refuses the rules that a statement in WITH cannot have.
func withinWith(rules []*catalog.Rule) error {
	for _, r := range rules {
		what := ""
		switch {
		case r.Instead && r.Conditional:
			what = "conditional DO INSTEAD rules"
		case !r.Instead:
			what = "DO ALSO rules"
		case r.Commands == 0:
			what = "DO INSTEAD NOTHING rules"
		case r.Commands > 1:
			what = "multi-statement DO INSTEAD rules"
		default:
			continue
		}
		return sqlerr.New(sqlerr.FeatureNotSupported, "%s are not supported for data-modifying statements in WITH", what)
	}
	return nil
}

// apply plans the commands of the rules, and the statement itself.
func (c *rewriting) apply(rules []*catalog.Rule, with bool) (Node, error) {
	out := &Rewritten{Tag: -1, Rows: -1}
	var unless []*catalog.Rule
	instead := false
	for _, rule := range rules {
		if rule.Instead && !rule.Conditional {
			instead = true
		} else if rule.Instead {
			unless = append(unless, rule)
		}
		for i := range rule.Commands {
			n, kind, rows, err := c.command(rule, i)
			if err != nil {
				return nil, err
			}
			if rows {
				out.Rows = len(out.Commands)
			}
			if rule.Instead && kind == c.event {
				out.Tag = len(out.Commands)
			}
			out.Commands = append(out.Commands, n)
		}
	}
	if c.returning != nil && (instead || unless != nil) && out.Rows < 0 {
		verb := c.event.String()
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, `cannot perform %s RETURNING on relation "%s"`, verb, c.relation.ObjectName()).
			WithHint("You need an unconditional ON %s DO INSTEAD rule with a RETURNING clause.", verb)
	}
	if instead {
		if out.Commands == nil || out.Tag < 0 { // privileges are asked for all the same
			if _, err := c.source(true); err != nil {
				return nil, err
			}
		}
	} else {
		n, err := c.itself(unless)
		if err != nil {
			return nil, err
		}
		if c.event == catalog.TriggerInsert {
			out.Commands = slices.Insert(out.Commands, 0, n)
			out.Tag = 0
		} else {
			out.Commands = append(out.Commands, n)
			out.Tag = len(out.Commands) - 1
		}
		if c.returning != nil {
			out.Rows = out.Tag
		}
	}
	if with && len(out.Commands) > 1 {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "WITH cannot be used in a query that is rewritten by rules into multiple queries")
	}
	return out, nil
}

// plain plans the statement as if there were no rules. asRows: a view is a table of its
// rows, as for its triggers.
func (c *rewriting) plain(stmt ast.Statement, asRows bool) (Node, error) {
	c.p.unruled = stmt
	if v, ok := c.relation.(*catalog.View); ok && asRows {
		c.p.asRows = v.OID
		defer func() { c.p.asRows = 0 }()
	}
	switch s := stmt.(type) {
	case *ast.InsertStmt:
		return c.p.insert(s)
	case *ast.UpdateStmt:
		return c.p.update(s)
	default:
		return c.p.delete(stmt.(*ast.DeleteStmt))
	}
}

// itself plans the statement for the rows for which no conditional INSTEAD rule stands.
func (c *rewriting) itself(unless []*catalog.Rule) (Node, error) {
	if v, ok := c.relation.(*catalog.View); ok && unless != nil && !hasInstead(v, changeVerbs[c.event]) {
		return nil, viewRefused(v, changeVerbs[c.event], "Views with conditional DO INSTEAD rules are not automatically updatable.")
	}
	node, err := c.plain(c.stmt, false)
	if err != nil || unless == nil {
		return node, err
	}
	inner := node
	if w, ok := node.(*With); ok {
		inner = w.Input
	}
	c.whole = true
	rows := c.rowsOf(inner) // over which conditions are bound
	for _, rule := range unless {
		cond, err := c.condition(rule, rows)
		if err != nil {
			return nil, err
		}
		cond = &expr.BoolTest{Arg: expr.Rewrite(cond, func(e expr.Expr) expr.Expr {
			if k, ok := e.(*expr.Column); ok {
				return rows.Exprs[k.Index]
			}
			return e
		}), Test: expr.IsNotTrue}
		switch n := inner.(type) {
		case *Insert:
			n.Source = filter(n.Source, cond)
		case *Update:
			n.restrict(cond)
		case *Delete:
			n.restrict(cond)
		}
	}
	return node, nil
}

// changeVerbs are what changeable calls the events.
var changeVerbs = map[catalog.TriggerEvents]string{catalog.TriggerInsert: "insert into", catalog.TriggerUpdate: "update", catalog.TriggerDelete: "delete from"}

// restrict adds a condition to the rows that are changed.
func (n *changeTarget) restrict(cond expr.Expr) {
	if n.From == nil {
		n.Scan.Filter = and(n.Scan.Filter, cond)
		return
	}
	n.Cond = and(n.Cond, cond)
	n.From = filter(n.From, cond)
}

// source are the rows that the statement is about, as what old and new stand for. Unless
// they are wanted whole, or the statement's condition reads them, only what stands beside
// them in the statement is read.
func (c *rewriting) source(whole bool) (Node, error) {
	var stmt ast.Statement
	switch s := c.stmt.(type) {
	case *ast.InsertStmt:
		one := *s
		one.Returning, stmt = nil, &one
	case *ast.UpdateStmt:
		one := *s
		one.Returning, stmt = nil, &one
	case *ast.DeleteStmt:
		one := *s
		one.Returning, stmt = nil, &one
	}
	n, err := c.plain(stmt, true)
	if err != nil {
		return nil, err
	}
	with, _ := n.(*With)
	if with != nil {
		n = with.Input
	}
	if c.rows = c.rowsOf(n); !whole && !c.restricts(n) {
		return c.beside(stmt)
	}
	if with != nil {
		with.Input = c.rows
		return with, nil
	}
	return c.rows, nil
}

// restricts says whether the condition of UPDATE and DELETE reads the rows that are
// changed.
func (c *rewriting) restricts(n Node) bool {
	var t *changeTarget
	switch n := n.(type) {
	case *Insert:
		return true
	case *Update:
		t = &n.changeTarget
	case *Delete:
		t = &n.changeTarget
	}
	cond := t.Cond
	if t.From == nil {
		cond = t.Scan.Filter
	}
	reads := false
	if cond != nil {
		expr.Walk(cond, func(e expr.Expr) bool {
			k, ok := e.(*expr.Column)
			reads = reads || ok && k.Index < len(catalog.Columns(c.relation))
			return !reads
		})
	}
	return reads
}

// beside plans what UPDATE's FROM and DELETE's USING name, without the rows that are
// changed.
func (c *rewriting) beside(stmt ast.Statement) (Node, error) {
	query := &ast.SelectStmt{}
	switch s := stmt.(type) {
	case *ast.UpdateStmt:
		query.With, query.From, query.Where = s.With, s.From, s.Where
	case *ast.DeleteStmt:
		query.With, query.From, query.Where = s.With, s.Using, s.Where
	}
	n, err := c.p.selectStmt(query, nil)
	if err != nil {
		return nil, err
	}
	return &Project{Input: n}, nil
}

// rowsOf makes old and new of what a statement reads.
func (c *rewriting) rowsOf(n Node) *Project {
	out := &Project{}
	columns := catalog.Columns(c.relation)
	add := func(row string, values []expr.Expr) {
		for i, col := range columns {
			out.Exprs = append(out.Exprs, values[i])
			out.cols = append(out.cols, Column{Name: ruleColumn(row, col.Num), Type: col.Type.Type, Typmod: col.Typmod, Collation: col.Collation})
		}
		if !c.whole {
			return
		}
		whole := expr.NewRow(values, nil)
		whole.T = rowTypeOf(c.p.env.Catalog, c.relation.ObjectOID())
		for _, col := range columns {
			whole.Names = append(whole.Names, col.Name)
		}
		out.Exprs = append(out.Exprs, whole)
		out.cols = append(out.cols, Column{Name: row, Type: whole.T, Typmod: types.NoTypmod})
	}
	old := make([]expr.Expr, len(columns))
	for i, col := range columns {
		old[i] = &expr.Column{Index: i, T: col.Type.Type, Mod: col.Typmod, Name: col.Name, Collation: col.Collation}
	}
	switch n := n.(type) {
	case *Insert:
		out.Input = n.Source
		add("new", insertedRow(n, columns))
	case *Update:
		out.Input = n.input()
		add("old", old)
		changed := slices.Clone(old)
		for _, a := range n.Set {
			if a.Column >= len(changed) {
				continue
			}
			if changed[a.Column] = a.Value; a.Default && n.Defaults[a.Column] != nil {
				changed[a.Column] = n.Defaults[a.Column]
			}
		}
		add("new", changed)
	case *Delete:
		out.Input = n.input()
		add("old", old)
	}
	return out
}

// insertedRow is the row that an INSERT makes of each of its source's, before triggers.
func insertedRow(n *Insert, columns []*catalog.Column) []expr.Expr {
	row := make([]expr.Expr, len(columns))
	source := n.Source.Columns()
	for i, col := range columns {
		switch from := slices.Index(n.Targets, i); {
		case from >= 0:
			row[i] = &expr.Column{Index: from, T: source[from].Type, Mod: source[from].Typmod, Name: col.Name, Collation: col.Collation}
		case n.Defaults[i] != nil && !col.Generated:
			row[i] = n.Defaults[i]
		default:
			row[i] = &expr.Const{T: col.Type.Type, Mod: col.Typmod, Loc: -1}
		}
	}
	if values, ok := n.Source.(*Values); ok && n.UseDefault != nil {
		for r, use := range n.UseDefault {
			for i := range use {
				if at := n.Targets[i]; use[i] && at >= 0 && n.Defaults[at] != nil && !columns[at].Generated {
					values.Rows[r][i] = n.Defaults[at]
				}
			}
		}
		n.UseDefault = nil
	}
	return row
}

// ruleStatement reads a rule, under the names that it was made with.
func ruleStatement(env *Env, r *catalog.Rule) (*ast.CreateRuleStmt, error) {
	parsed, err := parser.ParseOne(r.Text)
	if err != nil {
		return nil, sqlerr.Internal("rule %s: %w", r.Name, err)
	}
	stmt, ok := parsed.Statement.(*ast.CreateRuleStmt)
	if !ok {
		return nil, sqlerr.Internal("rule %s is %T", r.Name, parsed.Statement)
	}
	boundLiterals(stmt, r.Bound, env.qualifiedName)
	return stmt, nil
}

// enterRule lets names and rights be those of a rule, until leave.
func (c *rewriting) enterRule(r *catalog.Rule) (leave func()) {
	p := c.p
	env, ctes, as, inWith := p.env, p.ctes, p.as, p.inWith
	back := p.withoutVariables()
	own := *env
	own.SearchPath, own.names, own.binding = r.SearchPath, r.Bound, nil
	p.env, p.ctes, p.inWith = &own, nil, 0
	switch of := c.relation.(type) {
	case *catalog.Table:
		p.as = of.Owner
	case *catalog.View:
		p.as = of.Owner
	}
	return func() {
		back()
		p.env, p.ctes, p.as, p.inWith = env, ctes, as, inWith
	}
}

// condition binds the WHERE of a rule over rows.
func (c *rewriting) condition(r *catalog.Rule, rows *Project) (expr.Expr, error) {
	stmt, err := ruleStatement(c.p.env, r)
	if err != nil {
		return nil, err
	}
	names := newRuleNames(r.Columns, stmt)
	if err := names.replace(stmt); err != nil {
		return nil, err
	}
	defer c.enterRule(r)()
	sc := &scope{}
	sc.add(ruleRows, "", rows.cols, 0)
	cond, err := (&binder{p: c.p, scope: sc, clause: "WHERE"}).condition(stmt.Where, "WHERE")
	return cond, unlocated(err)
}

// command plans one command of a rule. kind is the event that it is itself, if it is one,
// and rows says that its rows are those that the statement returns.
func (c *rewriting) command(r *catalog.Rule, i int) (n Node, kind catalog.TriggerEvents, rows bool, err error) {
	stmt, err := ruleStatement(c.p.env, r)
	if err != nil {
		return nil, 0, false, err
	}
	names := newRuleNames(r.Columns, stmt)
	if err := names.replace(stmt); err != nil {
		return nil, 0, false, err
	}
	action := stmt.Actions[i]
	if _, ok := action.(*ast.NotifyStmt); ok {
		n, _, err = c.p.ruleCommand(action, nil, nil, false)
		return n, 0, false, err
	}
	c.whole = names.whole
	source, err := c.source(names.needsRows(action, stmt.Where, c.event))
	if err != nil {
		return nil, 0, false, err
	}
	leave := c.enterRule(r)
	n, kind, err = c.p.ruleCommand(action, stmt.Where, source, c.returning != nil && r.Instead)
	leave()
	if err != nil {
		return nil, 0, false, unlocated(err)
	}
	if c.returning == nil || !r.Instead || len(returningOf(action)) == 0 {
		return n, kind, false, nil
	}
	n, err = c.returned(n)
	return n, kind, true, err
}

// returned computes what the statement returns of what a rule's command returns, which
// has the columns of the relation.
func (c *rewriting) returned(n Node) (Node, error) {
	columns := slices.Clone(n.Columns())
	for i, col := range catalog.Columns(c.relation) {
		columns[i].Name = col.Name
	}
	sc, err := c.returningScope(columns)
	if err != nil {
		return nil, err
	}
	exprs, cols, err := (&binder{p: c.p, scope: sc, clause: "RETURNING"}).targets(c.returning)
	if err != nil {
		return nil, err
	}
	for i, e := range exprs {
		if e.Type() == types.Unknown {
			if exprs[i], err = expr.Coerce(e, types.Text, types.NoTypmod, expr.Implicit); err != nil {
				return nil, err
			}
			cols[i].Type = types.Text
		}
	}
	return &Project{Input: n, Exprs: exprs, cols: cols}, nil
}

// returningScope has the columns of what the statement names, over a row of the relation.
func (c *rewriting) returningScope(columns []Column) (*scope, error) {
	if !c.through {
		sc := &scope{}
		c.p.require(c.relation, catalog.PrivSelect)
		return sc, addRelation(sc, c.relation.ObjectName(), c.p.schemaName(c.relation.Parent()), c.named.Alias, columns, len(columns))
	}
	if v, ok := c.relation.(*catalog.View); ok {
		c.p.asRows = v.OID
		defer func() { c.p.asRows = 0 }()
	}
	t, err := c.p.changeable(c.named, changeVerbs[c.event])
	if err != nil {
		return nil, err
	}
	t.require(c.p, catalog.PrivSelect)
	return t.scope(c.p, c.named.Alias), nil
}

// unlocated is an error at a place in a stored text, not in the statement.
func unlocated(err error) error {
	if err == nil {
		return nil
	}
	e := *sqlerr.From(err)
	e.Offset, e.Position = 0, 0
	return &e
}

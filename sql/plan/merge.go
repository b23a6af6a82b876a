package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// merge plans MERGE: the source joined with the table, and what is done to each
// pair.
func (p *planner) merge(s *ast.MergeStmt) (Node, error) {
	if s.With != nil && s.With.Recursive {
		return nil, sqlerr.New(sqlerr.SyntaxError, "WITH RECURSIVE is not supported for MERGE statement")
	}
	close, err := p.with(s.With, nil)
	if err != nil {
		return nil, err
	}
	type kind struct{ matched, bySource bool }
	last := map[kind]bool{} // whether there was a clause without a condition
	marked := s.Returning != nil
	for _, w := range s.Whens {
		marked = marked || w.BySource
		if last[kind{w.Matched, w.BySource}] {
			return nil, sqlerr.New(sqlerr.SyntaxError, "unreachable WHEN clause specified after unconditional WHEN clause")
		}
		last[kind{w.Matched, w.BySource}] = w.Condition == nil
	}
	if r, err := p.env.Relation(s.Relation); err != nil {
		return nil, err
	} else if rules := catalog.Rules(r); rules != nil {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, `cannot execute MERGE on relation "%s"`, r.ObjectName()).WithDetail("MERGE is not supported for relations with rules.")
	} else if !isTable(r) {
		return nil, notMergeable(r)
	}
	into, err := p.changeable(s.Relation, "merge into")
	if err != nil {
		return nil, err
	}
	t := into.table
	p.require(t, catalog.PrivSelect)
	into.selects = true
	into.changes = into.inherits
	sc := into.scope(p, s.Relation.Alias)
	var rows Node = &Scan{Table: t, indexes: p.env.indexesOf(t), Alias: aliasOf(s.Relation), cols: append(tableColumns(t), refColumn), Ref: true}
	if into.inherits {
		if rows, err = p.newAppend(t, aliasOf(s.Relation), into.heirs, true); err != nil {
			return nil, err
		}
		p.below(t, into.heirs, catalog.PrivUpdate)
	} else {
		sc.width++
	}
	target := sc.width
	source, args, err := p.rightSide(sc, s.Source.Pos(), func(right *scope) (Node, error) { return p.tableExpr(s.Source, right) })
	if sqlerr.HasCode(err, sqlerr.DuplicateAlias) {
		return nil, sqlerr.New(sqlerr.DuplicateAlias, `name "%s" specified more than once`, aliasOr(s.Relation.Alias, t.Name)).
			WithDetail("The name is used both as MERGE target table and data source.")
	}
	if err != nil {
		return nil, err
	}
	for _, a := range args {
		if readsColumn(a) {
			return nil, sqlerr.New(sqlerr.InvalidColumnReference, "invalid reference to FROM-clause entry for table \"%s\"", t.Name)
		}
	}
	for _, w := range s.Whens {
		if command := map[ast.MergeAction]byte{ast.MergeUpdate: 'w', ast.MergeDelete: 'd'}[w.Action]; command != 0 {
			if err := p.identified(into, false, command); err != nil {
				return nil, err
			}
		}
	}
	n := &Merge{Table: t}
	if marked {
		n.Marker = sc.width
		sc.width++
		source = marker(source)
	}
	b := &binder{p: p, scope: sc, clause: "JOIN/ON"}
	if n.On, err = b.condition(s.On, "JOIN/ON"); err != nil {
		return nil, err
	}
	join := &Join{Type: RightJoin, Left: rows, Right: source}
	if slices.ContainsFunc(s.Whens, func(w *ast.MergeWhen) bool { return w.BySource }) {
		join.Type = LeftJoin
		if slices.ContainsFunc(s.Whens, func(w *ast.MergeWhen) bool { return !w.BySource && !w.Matched }) {
			join.Type = FullJoin
		}
	}
	for _, c := range conjuncts(n.On) {
		join.addCondition(c, target)
	}
	n.Pairs = join
	for _, w := range s.Whens {
		when, err := p.mergeWhen(into, w, sc, target)
		if err != nil {
			return nil, err
		}
		n.Whens = append(n.Whens, when)
	}
	if n.Defaults, err = p.defaults(t); err != nil {
		return nil, err
	}
	if n.Checks, err = p.checks(into); err != nil {
		return nil, err
	}
	if n.Inserted = n.Checks; into.role != nil {
		if err := into.secureMerge(p, n, join); err != nil {
			return nil, err
		}
	}
	if t.Triggers != nil {
		if err := p.mergeTriggers(n); err != nil {
			return nil, err
		}
	}
	if n.Within, err = p.within(t); err != nil {
		return nil, err
	}
	if into.inherits {
		var updated []int
		for _, w := range n.Whens {
			updated = append(updated, assigned(w.Set)...)
		}
		if n.Heirs, err = p.heirs(into, anyChange, updated, nil); err != nil {
			return nil, err
		}
		n.Heirs.secure(policiesOf(n.Checks))
		if n.Leaves = n.Heirs; into.role != nil {
			if n.Leaves, err = p.heirs(into, anyChange, updated, nil); err != nil {
				return nil, err
			}
			n.Leaves.secure(policiesOf(n.Inserted))
		}
	}
	if s.Returning != nil {
		action := &expr.Column{Index: n.Marker, T: types.Text, Mod: types.NoTypmod, Name: "merge_action"}
		if n.Returning, n.cols, err = p.returning(into, s.Returning, sc.turned(target), action); err != nil {
			return nil, err
		}
	}
	return close(n), nil
}

// marker adds a column that is not NULL to a source.
func marker(source Node) Node {
	var exprs []expr.Expr
	cols := source.Columns()
	for i, c := range cols {
		exprs = append(exprs, &expr.Column{Index: i, T: c.Type, Mod: c.Typmod, Name: c.Name, Collation: c.Collation})
	}
	cols = append(slices.Clone(cols), Column{Name: "merge_action", Type: types.Text, Typmod: types.NoTypmod})
	exprs = append(exprs, &expr.Const{Value: types.String(""), T: types.Text, Mod: types.NoTypmod, Loc: -1})
	return NewProject(source, exprs, cols)
}

// secureMerge lets MERGE see what the policies let the role select, and adds what they
// want of rows that it updates, deletes and inserts.
func (t *target) secureMerge(p *planner, n *Merge, join *Join) error {
	seen, err := p.visible(t.table, t.role, 'r')
	if err != nil {
		return err
	}
	if s, ok := join.Left.(*Scan); ok {
		s.Filter = and(seen, s.Filter)
	} else {
		join.Left = securedRows(join.Left, seen)
	}
	n.On = and(seen, n.On) // for a row that has changed meanwhile
	for _, of := range []struct {
		command byte
		to      *[]CheckExpr
	}{{'w', &n.Updatable}, {'d', &n.Deletable}} {
		list, permissive := p.policies(t.table, t.role, of.command)
		if *of.to, err = p.conditions(t.table, list, permissive, func(policy *catalog.Policy) string { return policy.Using }); err != nil {
			return err
		}
	}
	inserted, err := p.writable(t.table, t.role, 'a', false) // which need not be visible
	if err != nil {
		return err
	}
	n.Inserted = append(inserted, n.Inserted...)
	n.Checks, err = t.secureChecks(p, 'w', n.Checks)
	return err
}

// mergeTriggers finds the triggers of what the clauses of MERGE do.
func (p *planner) mergeTriggers(n *Merge) (err error) {
	var actions [3]bool
	var updated []int
	for _, w := range n.Whens {
		switch w.Action {
		case ast.MergeInsert:
			actions[0] = true
		case ast.MergeUpdate:
			actions[1] = true
			updated = append(updated, assigned(w.Set)...)
		case ast.MergeDelete:
			actions[2] = true
		}
	}
	for i, of := range []struct {
		event catalog.TriggerEvents
		to    **Triggers
	}{{catalog.TriggerInsert, &n.Inserts}, {catalog.TriggerUpdate, &n.Updates}, {catalog.TriggerDelete, &n.Deletes}} {
		if !actions[i] {
			continue
		}
		if *of.to, err = p.triggers(n.Table, n.Table.Triggers, of.event, updated, n.Defaults); err != nil {
			return err
		}
	}
	return nil
}

func (p *planner) mergeWhen(into *target, w *ast.MergeWhen, sc *scope, target int) (when MergeWhen, err error) {
	t := into.table
	when = MergeWhen{Matched: w.Matched, BySource: w.BySource, Action: w.Action}
	switch {
	case w.BySource:
		sc = sc.before(target) // there is no row of the source
	case !w.Matched:
		sc = sc.from(target) // there is no row of the table
	}
	b := &binder{p: p, scope: sc, clause: "MERGE WHEN"}
	if w.Condition != nil {
		if when.Cond, err = b.condition(w.Condition, "MERGE WHEN AND"); err != nil {
			return when, err
		}
		if err := noVersionColumns(when.Cond, "MERGE WHEN"); err != nil {
			return when, err
		}
	}
	switch w.Action {
	case ast.MergeUpdate:
		p.require(t, catalog.PrivUpdate)
		when.Set, err = p.assignments(into, w.Set, sc, "update")
		into.updates(p, assignedAt(when.Set))
		return when, err
	case ast.MergeDelete:
		p.require(t, catalog.PrivDelete)
		return when, nil
	case ast.MergeInsert:
		p.require(t, catalog.PrivInsert)
	default:
		return when, nil
	}
	n := &Insert{Table: t}
	asInsert := &ast.InsertStmt{Columns: w.Columns, Overriding: w.Overriding}
	if w.Values == nil {
		return when, nil
	}
	if n.Targets, err = into.insertTargets(w.Columns); err != nil {
		return when, err
	}
	tooMany, tooFew := -1, -1
	if len(w.Values) > len(n.Targets) {
		tooMany = w.Values[len(n.Targets)].Pos()
	}
	if len(w.Values) < len(w.Columns) {
		tooFew = w.Columns[len(w.Values)].Pos()
	}
	if err := matchTargets(n, into, len(w.Values), w.Columns != nil, tooMany, tooFew); err != nil {
		return when, err
	}
	b.clause = "VALUES"
	when.UseDefault = make([]bool, len(w.Values))
	for i, item := range w.Values {
		c := t.Columns[n.Targets[i]]
		if _, ok := item.(*ast.SetToDefault); ok {
			if err := partByDefault(asInsert, i); err != nil {
				return when, err
			}
			when.UseDefault[i] = true
			when.Values = append(when.Values, &expr.Const{T: c.Type.Type, Mod: c.Typmod, Loc: -1})
			continue
		}
		e, err := b.bind(item)
		if err != nil {
			return when, err
		}
		if e, err = p.assignTarget(b, n, asInsert, i, when.Values, e, c, item.Pos()); err != nil {
			return when, err
		}
		when.Values = append(when.Values, e)
	}
	n.UseDefault = [][]bool{when.UseDefault}
	n.mergeParts([]*[]expr.Expr{&when.Values}, &[]Column{}, n.UseDefault)
	into.inserts(p, n.Targets)
	when.Targets, when.UseDefault = n.Targets, n.UseDefault[0]
	p.checkGenerated(n, asInsert)
	for i, at := range n.Targets {
		if w.Overriding == ast.OverridingUser && t.Columns[at].Identity != 0 {
			when.UseDefault[i] = true // what is given does not count
		}
	}
	return when, nil
}

func isTable(r catalog.Relation) bool {
	t, ok := r.(*catalog.Table)
	return ok && t.Query == nil
}

// notMergeable says what cannot be merged into.
func notMergeable(r catalog.Relation) error {
	kind := "views"
	switch r.(type) {
	case *catalog.Table:
		kind = "materialized views"
	case *catalog.Sequence:
		kind = "sequences"
	}
	return sqlerr.New(sqlerr.FeatureNotSupported, `cannot execute MERGE on relation "%s"`, r.ObjectName()).WithDetail("This operation is not supported for %s.", kind)
}

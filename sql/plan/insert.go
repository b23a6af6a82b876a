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

// insert plans INSERT.
func (p *planner) insert(s *ast.InsertStmt) (Node, error) {
	if n, err := p.rewrite(s.Relation, catalog.TriggerInsert, s); n != nil || err != nil {
		return n, err
	}
	close, err := p.with(s.With, nil)
	if err != nil {
		return nil, err
	}
	t, err := p.changeable(s.Relation, "insert into")
	if err != nil {
		return nil, err
	}
	t.require(p, catalog.PrivInsert)
	n := &Insert{Table: t.table}
	if n.Targets, err = t.insertTargets(s.Columns); err != nil {
		return nil, err
	}
	if n.Defaults, err = t.defaultValues(p); err != nil {
		return nil, err
	}
	if n.Checks, err = p.checks(t); err != nil {
		return nil, err
	}
	if err := p.insertSource(n, t, s); err != nil {
		return nil, err
	}
	t.inserts(p, n.Targets)
	p.checkGenerated(n, s)
	for i, at := range n.Targets {
		if s.Overriding == ast.OverridingUser && t.table.Columns[at].Identity != 0 {
			n.Targets[i] = -1 // what is given does not count
		}
	}
	sc := t.scope(p, s.Relation.Alias)
	if s.OnConflict != nil {
		if n.Conflict, err = p.onConflict(t, s.OnConflict, sc); err != nil {
			return nil, err
		}
	}
	if err := p.insertTriggers(t, n); err != nil {
		return nil, err
	}
	if n.Returning, n.cols, err = p.returning(t, s.Returning, sc); err != nil {
		return nil, err
	}
	if s.OnConflict != nil && t.role != nil {
		t.selects = t.selects || n.Conflict.Arbiters != nil
		if err := t.secureConflict(p, n.Conflict); err != nil {
			return nil, err
		}
	}
	if n.Checks, err = t.secureChecks(p, 'a', n.Checks); err != nil {
		return nil, err
	}
	if n.Within, err = p.within(t.table); err != nil {
		return nil, err
	}
	if t.inherits {
		var updated []int
		var arbiters []*catalog.Index
		events := catalog.TriggerInsert
		if n.Conflict != nil {
			events |= catalog.TriggerUpdate
			updated, arbiters = assigned(n.Conflict.Set), n.Conflict.Arbiters
		}
		if n.Heirs, err = p.heirs(t, events, updated, arbiters); err != nil {
			return nil, err
		}
		if n.Conflict != nil && n.Conflict.DoUpdate {
			n.Heirs.commands = []byte{'w'}
		}
		n.Heirs.secure(policiesOf(n.Checks))
	}
	return close(n), nil
}

// insertTargets gives the positions of the columns that are given values.
func (t *target) insertTargets(columns []*ast.ResTarget) ([]int, error) {
	var targets []int
	if columns == nil {
		for i := range t.columns {
			if c := &t.columns[i]; c.at >= 0 || c.fault != nil {
				targets = append(targets, c.at)
			}
		}
		return targets, nil
	}
	faults := slices.Clone(t.unassigned)
	for n, c := range columns {
		column, err := t.find(c.Name, "insert into", c.Pos())
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(columns[:n], func(before *ast.ResTarget) bool {
			return before.Name == c.Name && (len(before.Path) == 0 || len(c.Path) == 0)
		}) {
			return nil, sqlerr.New(sqlerr.DuplicateColumn, `column "%s" specified more than once`, c.Name).At(c.Pos())
		}
		faults = append(faults, column.fault)
		targets = append(targets, column.at)
	}
	if err := refused(faults, "insert into"); err != nil {
		return nil, err
	}
	for n, at := range targets {
		if before := slices.Index(targets, at); columns[before].Name != columns[n].Name {
			return nil, t.assignedTwice(at)
		}
	}
	return targets, nil
}

// assignedTwice is the error of a column that two of a view's columns are.
func (t *target) assignedTwice(at int) error {
	return sqlerr.New(sqlerr.SyntaxError, `multiple assignments to same column "%s"`, t.table.Columns[at].Name)
}

// insertSource plans what is inserted, with every column coerced to the type of
// its target.
func (p *planner) insertSource(n *Insert, t *target, s *ast.InsertStmt) error {
	switch {
	case s.Source == nil:
		n.Targets = nil
		if err := refused(slices.Clone(t.unassigned), "insert into"); err != nil {
			return err
		}
		n.Source = &Values{Rows: [][]expr.Expr{{}}}
		return nil
	case s.Source.Values != nil && s.Source.With == nil && len(s.Source.OrderBy) == 0 && s.Source.Limit == nil && s.Source.Offset == nil:
		return p.insertValues(n, t, s)
	}
	source, err := p.selectStmt(s.Source, t.outOfSight(s))
	if err != nil {
		return err
	}
	cols := source.Columns()
	if err := matchTargets(n, t, len(cols), s.Columns != nil, -1, -1); err != nil {
		return err
	}
	project := &Project{Input: source}
	for i := range cols {
		c := n.Table.Columns[n.Targets[i]]
		loc := -1
		if i < len(s.Source.Targets) {
			loc = s.Source.Targets[i].Val.Pos()
		}
		e, err := p.assignTarget(&binder{p: p, scope: &scope{}, clause: "INSERT"}, n, s, i, project.Exprs, outputExpr(source, i), c, loc)
		if err != nil {
			return err
		}
		project.Exprs = append(project.Exprs, e)
		project.cols = append(project.cols, Column{Name: c.Name, Type: c.Type.Type, Typmod: c.Typmod})
	}
	n.Source = project
	n.mergeParts([]*[]expr.Expr{&project.Exprs}, &project.cols, nil)
	return nil
}

// mergeParts leaves one of the targets that are parts of the same column, whose value has
// all of them already.
func (n *Insert) mergeParts(rows []*[]expr.Expr, cols *[]Column, useDefault [][]bool) {
	for i := len(n.Targets) - 1; i > 0; i-- {
		if slices.Index(n.Targets, n.Targets[i]) == i {
			continue
		}
		for _, row := range rows {
			*row = slices.Delete(*row, i, i+1)
		}
		for r, use := range useDefault {
			if use != nil {
				useDefault[r] = slices.Delete(use, i, i+1)
			}
		}
		n.Targets = slices.Delete(n.Targets, i, i+1)
		if i < len(*cols) {
			*cols = slices.Delete(*cols, i, i+1)
		}
	}
}

// outOfSight is the scope around what is inserted: the table is named there, but may not
// be referred to.
func (t *target) outOfSight(s *ast.InsertStmt) *scope {
	named := &scope{}
	t.addTo(named, t.relation, t.schema, s.Relation.Alias)
	return &scope{unseen: named}
}

// insertValues plans VALUES lists in place: parameters take the type of the
// column and DEFAULT may stand for a value.
func (p *planner) insertValues(n *Insert, t *target, s *ast.InsertStmt) error {
	lists := s.Source.Values
	b := &binder{p: p, scope: t.outOfSight(s), clause: "VALUES", single: len(lists) == 1}
	values := &Values{}
	width := -1
	for r, list := range lists {
		list, spread, err := b.spreadList(list)
		if err != nil {
			return err
		}
		if width < 0 {
			width = len(list)
		}
		if len(list) != width {
			return sqlerr.New(sqlerr.SyntaxError, "VALUES lists must all be the same length").At(list[0].Pos())
		}
		if r == 0 {
			tooMany := -1
			if len(list) > len(n.Targets) {
				tooMany = list[len(n.Targets)].Pos()
			}
			tooFew := -1
			if len(list) < len(s.Columns) {
				tooFew = s.Columns[len(list)].Pos()
			}
			if err := matchTargets(n, t, len(list), s.Columns != nil, tooMany, tooFew); err != nil {
				return err
			}
		}
		row := make([]expr.Expr, len(list))
		var useDefault []bool
		for i, item := range list {
			c := n.Table.Columns[n.Targets[i]]
			if _, ok := item.(*ast.SetToDefault); ok {
				if err := partByDefault(s, i); err != nil {
					return err
				}
				if useDefault == nil {
					useDefault = make([]bool, len(list))
				}
				useDefault[i] = true
				row[i] = &expr.Const{T: c.Type.Type, Mod: c.Typmod, Loc: -1}
				continue
			}
			e, err := b.bindSpread(item, spread, i)
			if err != nil {
				return err
			}
			if row[i], err = p.assignTarget(b, n, s, i, row[:i], e, c, item.Pos()); err != nil {
				return err
			}
		}
		if useDefault != nil && n.UseDefault == nil {
			n.UseDefault = make([][]bool, len(lists))
		}
		if useDefault != nil {
			n.UseDefault[r] = useDefault
		}
		values.Rows = append(values.Rows, row)
	}
	for _, at := range n.Targets {
		c := n.Table.Columns[at]
		values.cols = append(values.cols, Column{Name: c.Name, Type: c.Type.Type, Typmod: c.Typmod})
	}
	rows := make([]*[]expr.Expr, len(values.Rows))
	for i := range rows {
		rows[i] = &values.Rows[i]
	}
	n.mergeParts(rows, &values.cols, n.UseDefault)
	n.Source = values
	if b.single && slices.ContainsFunc(values.Rows[0], hasSet) {
		if n.UseDefault != nil {
			return sqlerr.Unsupported("DEFAULT beside a set-returning function")
		}
		row := values.Rows[0]
		node, whole := liftSets(&Values{Rows: [][]expr.Expr{{}}}, row, true)
		n.Source = &Project{Input: node, Exprs: row, Sets: whole, cols: values.cols}
	}
	return nil
}

// partByDefault refuses DEFAULT for the i-th target if that is a part of a column.
func partByDefault(s *ast.InsertStmt, i int) error {
	if i >= len(s.Columns) || len(s.Columns[i].Path) == 0 {
		return nil
	}
	what := "a subfield"
	if s.Columns[i].Path[0].Field == "" {
		what = "an array element"
	}
	return sqlerr.New(sqlerr.FeatureNotSupported, "cannot set %s to DEFAULT", what).At(s.Columns[i].Pos())
}

// matchTargets compares the number of values with the number of columns; fewer
// values than columns is fine when no columns were named.
func matchTargets(n *Insert, t *target, values int, named bool, tooMany, tooFew int) error {
	switch {
	case values > len(n.Targets):
		return sqlerr.New(sqlerr.SyntaxError, "INSERT has more expressions than target columns").At(tooMany)
	case values < len(n.Targets) && named:
		return sqlerr.New(sqlerr.SyntaxError, "INSERT has more target columns than expressions").At(tooFew)
	}
	n.Targets = n.Targets[:values]
	if named {
		return nil
	}
	faults := slices.Clone(t.unassigned)
	for i := range n.Targets {
		faults = append(faults, t.columns[i].fault)
	}
	if err := refused(faults, "insert into"); err != nil {
		return err
	}
	for i, at := range n.Targets {
		if slices.Index(n.Targets, at) < i {
			return t.assignedTwice(at)
		}
	}
	return nil
}

// assignTarget is assign for the i-th target, which may be a part of a column: of a
// value that is NULL otherwise, or of what the parts before it, in row, have made of it.
func (p *planner) assignTarget(b *binder, n *Insert, s *ast.InsertStmt, i int, row []expr.Expr, e expr.Expr, c *catalog.Column, loc int) (expr.Expr, error) {
	if i >= len(s.Columns) || len(s.Columns[i].Path) == 0 {
		return p.assign(e, c, loc)
	}
	var whole expr.Expr = &expr.Const{T: c.Type.Type, Mod: c.Typmod, Loc: -1}
	first := slices.Index(n.Targets, n.Targets[i])
	if first < i {
		whole = row[first]
	}
	e, err := b.part(whole, s.Columns[i], e)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(n.Targets[i+1:], n.Targets[i]) {
		e = expr.WithParts(e)
	}
	if first < i {
		row[first] = e
	}
	return e, nil
}

// assign coerces a value to a column's type, as INSERT and UPDATE do.
func (p *planner) assign(e expr.Expr, c *catalog.Column, loc int) (expr.Expr, error) {
	if first := expr.LocOf(e); first >= 0 && first < loc { // a cast stands behind what it is of
		loc = first
	}
	from := e.Type()
	if from != types.Unknown && !from.Same(c.Type.Type) && !p.typing().CanCoerce(from, c.Type.Type, expr.Assignment) {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, `column "%s" is of type %s but expression is of type %s`, c.Name, c.Type.Type, from).
			WithHint("You will need to rewrite or cast the expression.").At(loc)
	}
	coerced, err := p.typing().Coerce(e, c.Type.Type, c.Typmod, expr.Assignment)
	if err != nil {
		return nil, sqlerr.From(err).At(loc)
	}
	return coerced, nil
}

// defaults binds the default expressions of a table's columns. Generated
// columns see the row; plain defaults see nothing.
func (p *planner) defaults(t *catalog.Table) ([]expr.Expr, error) {
	defaults := make([]expr.Expr, len(t.Columns))
	for i, c := range t.Columns {
		text := DefaultText(c)
		if text == "" {
			continue
		}
		sc := &scope{}
		if c.Generated {
			sc.add(t.Name, "", tableColumns(t), len(t.Columns))
			sc.typed(0, p.env.Catalog, t)
			sc.addSystemColumns(t)
		}
		e, err := p.stored(text, sc, "DEFAULT expressions")
		if err != nil {
			return nil, err
		}
		if defaults[i], err = p.assign(e, c, -1); err != nil {
			return nil, err
		}
	}
	return defaults, nil
}

// defaultValues are the defaults of the target's table, and those that views have for its
// columns before them.
func (t *target) defaultValues(p *planner) ([]expr.Expr, error) {
	defaults, err := p.defaults(t.table)
	if err != nil {
		return nil, err
	}
	for at, c := range t.defaults {
		e, err := p.stored(c.Default, &scope{}, "DEFAULT expressions")
		if err != nil {
			return nil, err
		}
		if e, err = p.assign(e, c, -1); err != nil {
			return nil, err
		}
		if defaults[at], err = p.assign(e, t.table.Columns[at], -1); err != nil {
			return nil, err
		}
	}
	return defaults, nil
}

// checks binds a table's CHECK constraints, in the order of their names, in which they are
// checked, and adds what views want.
func (p *planner) checks(through *target) ([]CheckExpr, error) {
	t := through.table
	var checks []CheckExpr
	for _, c := range slices.SortedFunc(slices.Values(t.Checks), func(a, b *catalog.Check) int { return cmp.Compare(a.Name, b.Name) }) {
		sc := &scope{}
		sc.add(t.Name, "", tableColumns(t), len(t.Columns))
		sc.typed(0, p.env.Catalog, t)
		sc.addSystemColumns(t)
		e, err := p.stored(c.Expr, sc, "check constraints")
		if err != nil {
			return nil, err
		}
		if e, err = p.typing().Coerce(e, types.Boolean, types.NoTypmod, expr.Assignment); err != nil {
			return nil, err
		}
		checks = append(checks, CheckExpr{Name: c.Name, Cond: expr.Rewrite(e, func(e expr.Expr) expr.Expr {
			if k, ok := e.(*expr.Column); ok && k.Index >= len(t.Columns) { // tableoid: no other may be read
				return &expr.Const{Value: types.Int(int64(t.OID)), T: types.Oid, Mod: types.NoTypmod, Loc: -1}
			}
			return e
		})})
	}
	return append(checks, through.checks...), nil
}

// stored binds an expression that a descriptor holds as text. Its volatility
// does not count as the statement's.
func (p *planner) stored(text string, sc *scope, clause string) (expr.Expr, error) {
	parsed, err := parser.ParseExpr(text)
	if err != nil {
		return nil, sqlerr.Internal("stored expression %q: %w", text, err)
	}
	volatile, env := p.volatile, p.env
	defer func() { p.volatile, p.env = volatile, env }()
	defer p.withoutVariables()()
	p.env = env.apart()
	b := &binder{p: p, scope: sc, clause: clause}
	return b.bindNode(parsed)
}

// checkGenerated notes values for generated and GENERATED ALWAYS columns.
func (p *planner) checkGenerated(n *Insert, s *ast.InsertStmt) {
	for i, at := range n.Targets {
		c := n.Table.Columns[at]
		if !c.Generated && c.Identity != 'a' {
			continue
		}
		allDefault := n.UseDefault != nil
		for _, row := range n.UseDefault {
			allDefault = allDefault && row != nil && row[i]
		}
		switch {
		case allDefault, p.misfit != nil:
		case c.Generated:
			p.misfit = sqlerr.New("428C9", `cannot insert a non-DEFAULT value into column "%s"`, c.Name).WithDetail(`Column "%s" is a generated column.`, c.Name)
		case s.Overriding == ast.OverridingNone:
			p.misfit = sqlerr.New("428C9", `cannot insert a non-DEFAULT value into column "%s"`, c.Name).
				WithDetail(`Column "%s" is an identity column defined as GENERATED ALWAYS.`, c.Name).WithHint("Use OVERRIDING SYSTEM VALUE to override.")
		}
	}
}

// returning binds RETURNING over the stored row; nil without one. action is what
// merge_action() is there.
func (p *planner) returning(t *target, list []*ast.ResTarget, sc *scope, action ...expr.Expr) ([]expr.Expr, []Column, error) {
	if list == nil {
		return nil, nil, nil
	}
	t.require(p, catalog.PrivSelect)
	b := &binder{p: p, scope: sc, clause: "RETURNING"}
	if len(action) > 0 { // of MERGE
		b.mergeAction = action[0]
	}
	exprs, cols, err := b.targets(list)
	if err != nil {
		return nil, nil, err
	}
	for i, e := range exprs {
		if e.Type() == types.Unknown {
			if exprs[i], err = p.typing().Coerce(e, types.Text, types.NoTypmod, expr.Implicit); err != nil {
				return nil, nil, err
			}
			cols[i].Type = types.Text
		}
	}
	return exprs, cols, nil
}

// onConflict binds ON CONFLICT. Its expressions see the existing row and then
// the row proposed for insertion, called excluded.
func (p *planner) onConflict(t *target, s *ast.OnConflict, existing *scope) (*Conflict, error) {
	c := &Conflict{DoUpdate: s.DoUpdate}
	var err error
	if c.Arbiters, err = p.arbiters(t, s, existing); err != nil {
		return nil, err
	}
	if !s.DoUpdate {
		return c, nil
	}
	if s.Infer == nil && s.Constraint == "" {
		return nil, sqlerr.New(sqlerr.SyntaxError, "ON CONFLICT DO UPDATE requires inference specification or constraint name").
			WithHint("For example, ON CONFLICT (column_name).").At(s.Pos())
	}
	if err := p.identified(t, false, 'w'); err != nil {
		return nil, err
	}
	t.require(p, catalog.PrivUpdate|catalog.PrivSelect)
	sc := &scope{columns: append([]scopeColumn(nil), existing.columns...), width: existing.width}
	t.addTo(sc, "excluded", "", nil)
	for i := len(existing.columns); i < len(sc.columns); i++ {
		sc.columns[i].shadowed = true // unqualified names mean the existing row
		sc.columns[i].reader = existing.columns[0].reader
	}
	if c.Set, err = p.assignments(t, s.Set, sc, "insert into"); err != nil {
		return nil, err
	}
	t.updates(p, assignedAt(c.Set))
	if s.Where != nil {
		b := &binder{p: p, scope: sc, clause: "WHERE"}
		if c.Where, err = b.condition(s.Where, "WHERE"); err != nil {
			return nil, err
		}
	}
	return c, nil
}

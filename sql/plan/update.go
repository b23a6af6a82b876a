package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// update plans UPDATE.
func (p *planner) update(s *ast.UpdateStmt) (Node, error) {
	if n, err := p.updateSystem(s); n != nil || err != nil {
		return n, err
	}
	if n, err := p.rewrite(s.Relation, catalog.TriggerUpdate, s); n != nil || err != nil {
		return n, err
	}
	close, err := p.with(s.With, nil)
	if err != nil {
		return nil, err
	}
	t, err := p.changeable(s.Relation, "update")
	if err != nil {
		return nil, err
	}
	t.require(p, catalog.PrivUpdate)
	change, sc, err := p.changed(t, s.Relation, s.From, s.Where)
	if err != nil {
		return nil, err
	}
	if err := p.identified(t, s.Where == nil, 'w'); err != nil {
		return nil, err
	}
	n := &Update{Table: t.table, changeTarget: *change}
	if n.Within, err = p.within(t.table); err != nil {
		return nil, err
	}
	if n.Set, err = p.assignments(t, s.Set, sc, "update"); err != nil {
		return nil, err
	}
	t.updates(p, assignedAt(n.Set))
	if n.Defaults, err = t.defaultValues(p); err != nil {
		return nil, err
	}
	if n.Checks, err = p.checks(t); err != nil {
		return nil, err
	}
	if t.table.Triggers != nil {
		if n.Triggers, err = p.triggers(t.table, t.table.Triggers, catalog.TriggerUpdate, assignedAt(n.Set), n.Defaults); err != nil {
			return nil, err
		}
	}
	if n.Returning, n.cols, err = p.returning(t, s.Returning, sc); err != nil {
		return nil, err
	}
	if n.Checks, err = t.secureChecks(p, 'w', n.Checks); err != nil {
		return nil, err
	}
	if t.inherits {
		if n.Heirs, err = p.heirs(t, catalog.TriggerUpdate, assigned(n.Set), nil); err != nil {
			return nil, err
		}
		n.Heirs.commands = []byte{'w'}
		n.Heirs.secure(policiesOf(n.Checks))
		n.currentOf(n.Heirs)
	}
	return close(n), t.secure(p, &n.changeTarget, 'w')
}

// policiesOf are those of checks that policies make.
func policiesOf(checks []CheckExpr) (list []CheckExpr) {
	for _, c := range checks {
		if c.Policy {
			list = append(list, c)
		}
	}
	return list
}

// delete plans DELETE.
func (p *planner) delete(s *ast.DeleteStmt) (Node, error) {
	if n, err := p.rewrite(s.Relation, catalog.TriggerDelete, s); n != nil || err != nil {
		return n, err
	}
	close, err := p.with(s.With, nil)
	if err != nil {
		return nil, err
	}
	t, err := p.changeable(s.Relation, "delete from")
	if err != nil {
		return nil, err
	}
	t.require(p, catalog.PrivDelete)
	change, sc, err := p.changed(t, s.Relation, s.Using, s.Where)
	if err != nil {
		return nil, err
	}
	if err := p.identified(t, s.Where == nil, 'd'); err != nil {
		return nil, err
	}
	n := &Delete{Table: t.table, changeTarget: *change}
	if t.table.Triggers != nil {
		if n.Triggers, err = p.triggers(t.table, t.table.Triggers, catalog.TriggerDelete, nil, nil); err != nil {
			return nil, err
		}
	}
	if n.Returning, n.cols, err = p.returning(t, s.Returning, sc); err != nil {
		return nil, err
	}
	if t.inherits {
		if n.Heirs, err = p.heirs(t, catalog.TriggerDelete, nil, nil); err != nil {
			return nil, err
		}
		n.Heirs.commands = []byte{'d'}
		n.currentOf(n.Heirs)
	}
	return close(n), t.secure(p, &n.changeTarget, 'd')
}

// refColumn is the reference to a row that a scan adds with Ref.
var refColumn = Column{Name: "ctid", Type: types.Bytea, Typmod: types.NoTypmod}

// changed plans which rows of t are changed: those that meet the condition and,
// with FROM or USING, have a partner there.
func (p *planner) changed(t *target, v *ast.RangeVar, others []ast.TableExpr, where ast.Expr) (*changeTarget, *scope, error) {
	t.changes = t.inherits
	sc := t.scope(p, v.Alias)
	n := &changeTarget{}
	current, isCurrent := where.(*ast.CurrentOf)
	scan := &Scan{Table: t.table, indexes: p.env.indexesOf(t.table), Alias: aliasOf(v), cols: tableColumns(t.table)}
	if t.instead != nil {
		rows, err := p.viewRows(t)
		if err != nil {
			return nil, nil, err
		}
		n.From = rows
		sc.width++
	} else if isCurrent {
		row, err := p.currentRow(t, aliasOf(v), current, t.inherits)
		if err != nil {
			return nil, nil, err
		}
		if !t.inherits {
			n.Scan = scan
			sc.width++
		}
		n.From, where = row, nil
	} else if t.inherits {
		rows, err := p.newAppend(t.table, aliasOr(v.Alias, ""), t.heirs, true)
		if err != nil {
			return nil, nil, err
		}
		n.From = rows
		p.below(t.table, t.heirs, catalog.PrivUpdate)
	} else if n.Scan = scan; len(others) > 0 {
		scan.Ref = true
		scan.cols = append(scan.cols, refColumn)
		sc.width++
		n.From = scan
	}
	for _, item := range others {
		right, args, err := p.rightSide(sc, item.Pos(), func(right *scope) (Node, error) { return p.tableExpr(item, right) })
		if err != nil {
			return nil, nil, err
		}
		if n.From, err = pair(InnerJoin, n.From, right, args); err != nil {
			return nil, nil, err
		}
	}
	cond, err := p.changeWhere(t, where, sc)
	if err != nil {
		return nil, nil, err
	}
	if n.From == nil {
		scan.Filter = cond
		return n, sc, nil
	}
	if n.Cond = cond; cond != nil {
		n.From = filter(n.From, cond)
	}
	return n, sc, nil
}

// changeWhere binds the condition of UPDATE and DELETE. One that reads columns
// needs the right to select.
func (p *planner) changeWhere(t *target, where ast.Expr, sc *scope) (expr.Expr, error) {
	if where == nil {
		return t.condition(nil), nil
	}
	b := &binder{p: p, scope: sc, clause: "WHERE"}
	cond, err := b.condition(where, "WHERE")
	if err == nil && t.read(cond) {
		t.require(p, catalog.PrivSelect)
	}
	return t.condition(cond), err
}

// read says whether an expression reads columns of the target, not of what stands beside
// it.
func (t *target) read(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(e expr.Expr) bool {
		c, ok := e.(*expr.Column)
		found = found || ok && c.Index < t.width
		return !found
	})
	return found
}

// isPart says whether an assigned value is the column's with a part replaced.
func isPart(e expr.Expr) bool {
	switch e := e.(type) {
	case *expr.SetElement, *expr.SetFixed, *expr.SetField:
		return true
	case *expr.Call:
		return e.Fn.Name == expr.JSONAssignment || e.Fn.Name == expr.HstoreAssignment
	}
	return false
}

// assignments binds the SET list of UPDATE and ON CONFLICT DO UPDATE; does is what is done
// to columns of views.
func (p *planner) assignments(t *target, set []*ast.ResTarget, sc *scope, does string) ([]Assignment, error) {
	var out []Assignment
	var faults []*columnFault
	for i, item := range set {
		c, err := t.find(item.Name, "update", item.Pos())
		if err != nil {
			return nil, p.firstFault(set[i:], sc, err)
		}
		faults = append(faults, c.fault)
	}
	if err := refused(faults, does); err != nil {
		return nil, p.firstFault(set, sc, err)
	}
	for _, item := range set {
		column, err := t.find(item.Name, "update", item.Pos())
		if err != nil {
			return nil, err
		}
		at := column.at
		before := -1 // an earlier assignment to another part
		for i, a := range out {
			if part := isPart(a.Value); a.Column == at && len(item.Path) > 0 && part {
				before = i
			} else if a.Column == at {
				return nil, t.assignedTwice(at)
			}
		}
		c := t.table.Columns[at]
		var spread []expr.Expr // what a row with a star in it has
		var queried expr.Expr  // a column of a query
		value, written := item.Val, item.Val.Pos()
		if m, ok := value.(*ast.MultiAssign); ok {
			if link, ok := m.Source.(*ast.SubLink); ok {
				if queried, written, err = p.fromQuery(link, m, sc); err != nil {
					return nil, err
				}
			}
			row, ok := m.Source.(*ast.RowExpr)
			if !ok && queried == nil {
				return nil, sqlerr.New(sqlerr.FeatureNotSupported, "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression").At(item.Pos())
			}
			if ok {
				if spread, err = p.spreadRow(row, sc); err != nil {
					return nil, err
				}
				if len(row.Args) != m.Of && len(spread) != m.Of {
					return nil, sqlerr.New(sqlerr.SyntaxError, "number of columns does not match number of values").At(row.Pos())
				}
				if value = row; spread == nil {
					value = row.Args[m.N-1]
				}
				written = value.Pos()
			}
		}
		if _, ok := value.(*ast.SetToDefault); ok && c.Generated {
			continue // it is computed anyway
		} else if ok {
			out = append(out, Assignment{Column: at, Default: true, Value: &expr.Const{T: c.Type.Type, Mod: c.Typmod, Loc: -1}})
			continue
		}
		p.onlyDefault(c)
		b := &binder{p: p, scope: sc, clause: "UPDATE"}
		var e expr.Expr
		if queried != nil {
			e = queried
		} else if spread != nil {
			e = spread[item.Val.(*ast.MultiAssign).N-1]
		} else if e, err = b.bind(value); err != nil {
			return nil, err
		}
		if t.read(e) {
			t.require(p, catalog.PrivSelect)
		}
		if len(item.Path) > 0 {
			t.require(p, catalog.PrivSelect)
			var whole expr.Expr = &expr.Column{Index: at, T: c.Type.Type, Mod: c.Typmod, Name: c.Name}
			if before >= 0 {
				whole = out[before].Value
			}
			if e, err = b.part(whole, item, e); err != nil {
				return nil, err
			}
			if before >= 0 {
				out[before].Value = e
				continue
			}
		} else if e, err = p.assign(e, c, written); err != nil {
			return nil, err
		}
		out = append(out, Assignment{Column: at, Value: e})
	}
	for i, a := range out {
		if isPart(a.Value) {
			out[i].Value = expr.WithParts(a.Value)
		}
	}
	return out, nil
}

// spreadRow binds the values of ROW(...) as the source of several columns if t.* is among
// them; nil otherwise.
func (p *planner) spreadRow(row *ast.RowExpr, sc *scope) ([]expr.Expr, error) {
	star := func(e ast.Expr) bool {
		c, ok := e.(*ast.ColumnRef)
		return ok && c.Star
	}
	if !slices.ContainsFunc(row.Args, star) {
		return nil, nil
	}
	return (&binder{p: p, scope: sc, clause: "UPDATE"}).rowElements(row.Args)
}

// firstFault is the error that is met first when the columns of a SET list are looked for
// after all of its expressions are bound: one of theirs, or the one of a column.
func (p *planner) firstFault(set []*ast.ResTarget, sc *scope, missing error) error {
	for _, item := range set {
		switch item.Val.(type) {
		case *ast.MultiAssign, *ast.SetToDefault:
			continue
		}
		b := &binder{p: p, scope: sc, clause: "UPDATE"}
		if _, err := b.bind(item.Val); err != nil {
			return err
		}
	}
	return missing
}

// onlyDefault notes that a column is given a value that may have none but its own.
func (p *planner) onlyDefault(c *catalog.Column) {
	if !c.Generated && c.Identity != 'a' || p.misfit != nil {
		return
	}
	err := sqlerr.New("428C9", `column "%s" can only be updated to DEFAULT`, c.Name)
	if c.Generated {
		p.misfit = err.WithDetail(`Column "%s" is a generated column.`, c.Name)
	} else {
		p.misfit = err.WithDetail(`Column "%s" is an identity column defined as GENERATED ALWAYS.`, c.Name)
	}
}

// fromQuery is the value of one column of SET (a, b) = (SELECT x, y), and where it stands.
func (p *planner) fromQuery(source *ast.SubLink, m *ast.MultiAssign, sc *scope) (expr.Expr, int, error) {
	link := &SubLink{Column: m.N - 1, Loc: source.Pos()}
	if _, err := p.subquery(link, source.Query.(*ast.SelectStmt), &binder{p: p, scope: sc, clause: "UPDATE"}); err != nil {
		return nil, 0, err
	}
	cols := link.Query.Columns()
	if len(cols) != m.Of {
		return nil, 0, sqlerr.New(sqlerr.SyntaxError, "number of columns does not match number of values").At(source.Pos())
	}
	link.T, link.Mod = cols[link.Column].Type, cols[link.Column].Typmod
	written := source.Pos()
	if targets := source.Query.(*ast.SelectStmt).Targets; len(targets) == m.Of {
		written = targets[m.N-1].Val.Pos()
	}
	return link, written, nil
}

func readsColumn(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(e expr.Expr) bool {
		if _, ok := e.(*expr.Column); ok {
			found = true
		}
		return !found
	})
	return found
}

// Expression plans a single expression without columns, as in SET DEFAULT
// checks and EXECUTE's arguments, coerced to want unless it is nil.
func Expression(env *Env, e ast.Expr, want *types.Type) (expr.Expr, error) {
	p := &planner{env: env, params: &expr.ParamTypes{}}
	b := &binder{p: p, scope: &scope{}, clause: "EXECUTE"}
	bound, err := b.bind(e)
	if err != nil {
		return nil, err
	}
	if want == nil {
		if bound.Type() == types.Unknown {
			return p.typing().Coerce(bound, types.Text, types.NoTypmod, expr.Implicit)
		}
		return bound, nil
	}
	return p.typing().Coerce(bound, want, types.NoTypmod, expr.Assignment)
}

// CopyCondition is the clause of RowExpression that is COPY FROM's WHERE.
const CopyCondition = "COPY FROM WHERE conditions"

// RowExpression plans an expression over a table's row, as in CHECK, DEFAULT
// (t nil: no columns) and generated columns.
func RowExpression(env *Env, t *catalog.Table, e ast.Expr, clause string) (expr.Expr, error) {
	p := &planner{env: env, params: &expr.ParamTypes{}}
	sc := &scope{}
	if t != nil {
		sc.add(t.Name, "", tableColumns(t), len(t.Columns))
		sc.typed(0, p.env.Catalog, t)
		sc.addSystemColumns(t)
	}
	b := &binder{p: p, scope: sc, clause: clause}
	bound, err := b.bind(e)
	if err != nil || t == nil {
		return bound, err
	}
	return bound, noVersionColumns(bound, clause)
}

// RoutinesOf lists the functions of users that an expression over a table's row
// calls, those among them that are expressions.
func RoutinesOf(env *Env, t *catalog.Table, e ast.Expr) []catalog.OID {
	p := &planner{env: env, params: &expr.ParamTypes{}}
	sc := &scope{}
	sc.add(t.Name, "", tableColumns(t), len(t.Columns))
	sc.typed(0, p.env.Catalog, t)
	b := &binder{p: p, scope: sc}
	if _, err := b.bind(e); err != nil {
		return nil
	}
	return p.routines
}

// Assign coerces an expression to a column's type as INSERT does.
func Assign(env *Env, e expr.Expr, c *catalog.Column, loc int) (expr.Expr, error) {
	return (&planner{env: env}).assign(e, c, loc)
}

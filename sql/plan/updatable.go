package plan

import (
	"cmp"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// target is the relation that INSERT, UPDATE or DELETE names: a table, or a
// simple view, through which a table is changed. Expressions are always over the
// table's row; a view's columns are names for expressions over it.
type target struct {
	table *catalog.Table
	// relation is what the statement names, and schema where that is.
	relation, schema string
	columns          []targetColumn
	// width is that of the row that columns are read from.
	width int
	// levels are the views, the one named first, each with its owner's rights on
	// what is below it.
	levels []targetLevel
	// defaults are the defaults that views have for the table's columns, by position, and
	// unassigned are columns with a default that cannot be assigned.
	defaults   map[int]*catalog.Column
	unassigned []*columnFault
	// where are the conditions of the views, innermost first, and checks those of
	// WITH CHECK OPTION.
	where, checks []CheckExpr
	// role is whom the table's policies hold for; nil: they do not. selects: the
	// statement reads rows of the table besides.
	role    *catalog.Role
	selects bool
	// instead is the view whose triggers are fired for its rows; table is then its
	// TriggerTable. nil: rows of a table are changed.
	instead *catalog.View
	// inherits: rows are changed in heirs, the tables that inherit from table or are its
	// leaves. changes: they are found by an Append with references.
	inherits, changes bool
	heirs             []*catalog.Table
}

// targetColumn is a column that the statement may name.
type targetColumn struct {
	Column
	value expr.Expr // over the table's row
	// at is the table's column, or -1 for one that cannot be assigned; fault then says why,
	// if a statement may name it.
	at    int
	fault *columnFault
	// nums are the numbers of the column at each level, that of the table first; a level
	// that has no such column ends them.
	nums []int16
}

// columnFault is why a column of a view cannot be assigned.
type columnFault struct {
	view, column, reason string
	// depth counts the relations below the view, num is the column's number.
	depth, num int
}

const (
	notColumn    = "View columns that are not columns of their base relation are not updatable."
	systemColumn = "View columns that refer to system columns are not updatable."
	wholeRow     = "View columns that return whole-row references are not updatable."
)

type targetLevel struct {
	relation catalog.Relation
	as       catalog.OID
}

// changeable finds what a statement changes. verb is "insert into", "update",
// "delete from".
func (p *planner) changeable(v *ast.RangeVar, verb string) (*target, error) {
	r, err := p.env.Relation(v)
	if err != nil {
		return nil, err
	}
	if view, ok := r.(*catalog.View); ok {
		return p.viewTarget(view, verb)
	}
	t, err := p.env.Table(v, verb)
	if err != nil {
		return nil, err
	}
	out := p.tableTarget(t)
	if verb == "insert into" {
		out.inherits = t.Key != nil
	} else {
		out.heirs, out.inherits = p.inherited(t, v.Only)
	}
	out.nameAsBound(p.env.names, v)
	out.role, err = p.secured(t)
	return out, err
}

func (p *planner) schemaName(oid catalog.OID) string {
	if s := p.env.Catalog.SchemaByOID(oid); s != nil {
		return s.Name
	}
	return ""
}

func (p *planner) tableTarget(t *catalog.Table) *target {
	out := &target{table: t, relation: t.Name, schema: p.schemaName(t.Schema), levels: []targetLevel{{relation: t, as: p.as}}}
	for i, c := range tableColumns(t) {
		at := i
		if i >= len(t.Columns) {
			at = -1
		}
		out.columns = append(out.columns, targetColumn{Column: c, at: at, nums: []int16{c.Num}, value: &expr.Column{Index: i, T: c.Type, Mod: c.Typmod, Name: c.Name, Collation: c.Collation}})
	}
	return out
}

// viewTarget looks through a view that is simple enough, as PostgreSQL's
// automatically updatable views are.
func (p *planner) viewTarget(v *catalog.View, verb string) (out *target, err error) {
	if p.viewDepth == maxViewDepth {
		return nil, sqlerr.New(sqlerr.StatementTooComplex, "views are nested too deeply")
	}
	asRows := p.asRows == v.OID
	if asRows {
		p.asRows = 0
	}
	if asRows || hasInstead(v, verb) || p.env.binding != nil {
		return p.insteadTarget(v), nil
	}
	requires := slices.Clone(p.requires)
	plan, err := p.viewQuery(v)
	if err != nil {
		return nil, err
	}
	p.requires = requires // the query is not run
	query, err := storedQuery(v, p.env.qualifiedName)
	if err != nil {
		return nil, err
	}
	if reason := notUpdatable(query, plan); reason != "" {
		return nil, viewRefused(v, verb, reason)
	}
	above := targetLevel{relation: v, as: p.as}
	leave := p.enterView(v)
	defer leave()
	from := query.From[0].(*ast.RangeVar)
	if r, err := p.env.Relation(from); err != nil {
		return nil, err
	} else if !updatableRelation(r) {
		return nil, viewRefused(v, verb, notOneRelation)
	}
	if out, err = p.changeable(from, verb); err != nil {
		return nil, err
	}
	from = out.nameAsBound(p.env.names, from)
	if err := out.lookThrough(p, v, from, query); err != nil {
		return nil, err
	}
	out.relation, out.schema = v.Name, p.schemaName(v.Schema)
	out.levels = append([]targetLevel{above}, out.levels...)
	return out, nil
}

// nameAsBound gives the target of a view's query the names that the query knows
// it and its columns by.
func (t *target) nameAsBound(names *catalog.BoundNames, from *ast.RangeVar) *ast.RangeVar {
	bound := names.At(from.Pos())
	if bound == nil {
		return from
	}
	for i := range t.columns {
		if c := &t.columns[i]; c.Num > 0 {
			c.Name = boundColumnName(bound, from.Alias, c.Num)
		}
	}
	out := *from
	out.Alias = &ast.Alias{Name: aliasOr(from.Alias, from.Name)}
	return &out
}

// updatableRelation says whether a view over r alone may be one to change r by.
func updatableRelation(r catalog.Relation) bool {
	switch r := r.(type) {
	case *catalog.Table:
		return r.Query == nil
	case *catalog.View:
		return true
	}
	return false
}

// lookThrough replaces the columns of what a view reads by the view's own, and
// notes its condition.
func (t *target) lookThrough(p *planner, v *catalog.View, from *ast.RangeVar, query *ast.SelectStmt) error {
	sc := t.scope(p, from.Alias)
	b := &binder{p: p, scope: sc}
	exprs, _, err := b.targets(query.Targets)
	if err != nil {
		return err
	}
	depth := len(t.levels)
	columns := make([]targetColumn, len(v.Columns))
	for i, c := range v.Columns {
		e, err := p.typing().Coerce(exprs[i], c.Type.Type, types.NoTypmod, expr.Explicit)
		if err != nil {
			return err
		}
		of := targetColumn{Column: Column{Name: c.Name, Type: c.Type.Type, Typmod: c.Typmod, Num: int16(i + 1)}, value: e, at: -1}
		of.fault = &columnFault{view: v.Name, column: c.Name, reason: notColumn, depth: depth, num: i + 1}
		switch {
		case isWholeRow(exprs[i]):
			of.fault.reason = wholeRow
		case namesSystemColumn(query.Targets, i):
			of.fault.reason = systemColumn
		}
		for _, below := range t.columns {
			if (exprs[i] == below.value || isColumn(e) && equal(below.value, e)) && (below.at >= 0 || below.fault != nil) {
				of.at, of.fault, of.nums = below.at, below.fault, append(slices.Clone(below.nums), int16(i+1))
			}
		}
		switch {
		case c.Default == "":
		case of.at < 0:
			t.unassigned = append(t.unassigned, of.fault)
		default:
			if t.defaults == nil {
				t.defaults = map[int]*catalog.Column{}
			}
			t.defaults[of.at] = c
		}
		columns[i] = of
	}
	t.columns = columns
	if query.Where != nil {
		b := &binder{p: p, scope: sc, clause: "WHERE"}
		cond, err := b.condition(query.Where, "WHERE")
		if err != nil {
			return err
		}
		t.where = append(t.where, CheckExpr{Name: v.Name, Cond: cond, View: true})
	}
	switch option := v.Option("check_option"); {
	case option == "cascaded":
		t.checks = t.where[:len(t.where):len(t.where)]
	case option == "local" && query.Where != nil:
		t.checks = append(t.checks[:len(t.checks):len(t.checks)], t.where[len(t.where)-1])
	}
	return nil
}

// namesSystemColumn says whether the i-th target of a query, without a star before it, is
// a system column.
func namesSystemColumn(targets []*ast.ResTarget, i int) bool {
	for k := 0; k <= i && k < len(targets); k++ {
		c, ok := targets[k].Val.(*ast.ColumnRef)
		switch {
		case ok && c.Star:
			return false
		case k == i && ok:
			name := c.Fields[len(c.Fields)-1]
			return name == "tableoid" || slices.Contains(expr.VersionColumns, name)
		}
	}
	return false
}

// isWholeRow says whether an expression is the row of what a view reads.
func isWholeRow(e expr.Expr) bool {
	row, ok := e.(*expr.RowExpr)
	return ok && row.Names != nil
}

func isColumn(e expr.Expr) bool {
	_, ok := e.(*expr.Column)
	return ok
}

// scope has the names that a statement may use for the target's row.
func (t *target) scope(p *planner, alias *ast.Alias) *scope {
	sc := &scope{}
	t.addTo(sc, t.relation, t.schema, alias)
	t.width = sc.width
	first := t.levels[0]
	sc.typed(0, p.env.Catalog, first.relation)
	reader := &columnReader{p: p, relation: first.relation.ObjectOID(), as: first.as}
	for i := range sc.columns {
		sc.columns[i].reader = reader
	}
	return sc
}

// addTo puts the target's columns into a scope, over a row of the table that
// begins at the scope's end.
func (t *target) addTo(sc *scope, name, schema string, alias *ast.Alias) {
	if alias != nil {
		if name != alias.Name {
			sc.aliased = append(sc.aliased, aliasedTable{table: name, alias: alias.Name})
		}
		name, schema = alias.Name, ""
	}
	for i, c := range t.columns {
		column := scopeColumn{Column: c.Column, relation: name, schema: schema, hidden: c.Name == "" || i >= len(t.columns)-len(SystemColumns) && t.named()}
		if alias != nil && i < len(alias.Columns) {
			column.Name = alias.Columns[i]
		}
		value := c.value
		if sc.width > 0 {
			value = shift(value, sc.width)
		}
		if at, ok := value.(*expr.Column); ok {
			column.index = at.Index
		} else {
			column.merged = value
		}
		sc.columns = append(sc.columns, column)
	}
	sc.width += len(t.table.Columns) + len(SystemColumns)
	switch {
	case t.inherits && t.named():
		sc.addInheritedColumns(t.changes)
	case t.inherits && t.changes:
		sc.width += 2
	case t.inherits:
		sc.width++
	case t.named():
		sc.addSystemColumns(t.table)
	}
}

// named says whether the statement names the table itself.
func (t *target) named() bool { return len(t.levels) == 1 && t.instead == nil }

// condition is the conjunction of the views' conditions and another.
func (t *target) condition(more expr.Expr) expr.Expr {
	var all expr.Expr
	for _, w := range t.where {
		all = and(all, w.Cond)
	}
	if more == nil {
		return all
	}
	return and(all, more)
}

// find gives a column that a statement may assign by its name. does is "insert
// into" or "update".
func (t *target) find(name, does string, loc int) (*targetColumn, error) {
	for i := range t.columns {
		if c := &t.columns[i]; c.Name == name && (c.at >= 0 || c.fault != nil) {
			return c, nil
		}
	}
	if does == "update" && t.named() && (name == "tableoid" || slices.Contains(expr.VersionColumns, name)) {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, `cannot assign to system column "%s"`, name).At(loc)
	}
	return nil, sqlerr.New(sqlerr.UndefinedColumn, `column "%s" of relation "%s" does not exist`, name, t.relation).At(loc)
}

// refused is the error of columns that cannot be assigned, of which nil are none: the
// first one of the view that is named first.
func refused(faults []*columnFault, does string) error {
	faults = slices.DeleteFunc(faults, func(f *columnFault) bool { return f == nil })
	if len(faults) == 0 {
		return nil
	}
	first := slices.MinFunc(faults, func(a, b *columnFault) int {
		return cmp.Or(cmp.Compare(b.depth, a.depth), cmp.Compare(a.num, b.num))
	})
	return sqlerr.New(sqlerr.FeatureNotSupported, `cannot %s column "%s" of view "%s"`, does, first.column, first.view).WithDetail("%s", first.reason)
}

const notOneRelation = "Views that do not select from a single table or view are not automatically updatable."

// notUpdatable says why the rows of a query are not those of one relation; empty
// if they are.
func notUpdatable(s *ast.SelectStmt, n Node) string {
	switch {
	case s.Distinct || s.DistinctOn != nil:
		return "Views containing DISTINCT are not automatically updatable."
	case s.GroupBy != nil:
		return "Views containing GROUP BY are not automatically updatable."
	case s.Having != nil:
		return "Views containing HAVING are not automatically updatable."
	case s.SetOp != ast.SetNone:
		return "Views containing UNION, INTERSECT, or EXCEPT are not automatically updatable."
	case s.With != nil:
		return "Views containing WITH are not automatically updatable."
	case s.Limit != nil || s.Offset != nil:
		return "Views containing LIMIT or OFFSET are not automatically updatable."
	}
	for projects := 0; projects < 2 && len(n.Inputs()) == 1; n = n.Inputs()[0] { // the second one is a view's
		switch at := n.(type) {
		case *Aggregate:
			return "Views that return aggregate functions are not automatically updatable."
		case *Window:
			return "Views that return window functions are not automatically updatable."
		case *Project:
			if at.Sets {
				return "Views that return set-returning functions are not automatically updatable."
			}
			projects++
		}
	}
	if len(s.From) != 1 {
		return notOneRelation
	}
	if _, ok := s.From[0].(*ast.RangeVar); !ok {
		return notOneRelation
	}
	return ""
}

// viewRefused says that a view cannot be changed.
func viewRefused(v *catalog.View, verb, reason string) error {
	doing, event := "updating", "UPDATE"
	switch verb {
	case "insert into":
		doing, event = "inserting into", "INSERT"
	case "delete from":
		doing, event = "deleting from", "DELETE"
	}
	return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `cannot %s view "%s"`, verb, v.Name).WithDetail("%s", reason).
		WithHint("To enable %s the view, provide an INSTEAD OF %s trigger or an unconditional ON %s DO INSTEAD rule.", doing, event, event)
}

// Updatable says which columns of a view can be assigned to, in order, or why
// rows cannot be changed through it.
func Updatable(env *Env, v *catalog.View) ([]bool, error) {
	p := &planner{env: env, params: &expr.ParamTypes{}}
	t, err := p.viewTarget(v, "") // what its triggers do does not count
	if err != nil {
		return nil, err
	}
	out := make([]bool, len(t.columns))
	for i, c := range t.columns {
		out[i] = c.at >= 0
	}
	return out, nil
}

package parser

import (
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// node writes a statement or an expression. Of the statements it knows those
// that hold queries; for the others it writes nothing, and their own text
// stands.
func (d *deparser) node(n ast.Node) {
	switch n := n.(type) {
	case ast.Expr:
		if s, ok := n.(ast.Statement); ok {
			d.statement(s)
			return
		}
		d.expr(n)
	case ast.Statement:
		d.statement(n)
	case *ast.TypeName:
		d.typeName(n)
	}
}

func (d *deparser) statement(s ast.Statement) {
	switch s := s.(type) {
	case *ast.SelectStmt:
		d.selectStmt(s)
	case *ast.InsertStmt:
		d.insert(s)
	case *ast.UpdateStmt:
		d.update(s)
	case *ast.DeleteStmt:
		d.delete(s)
	case *ast.MergeStmt:
		d.merge(s)
	case *ast.CreateRuleStmt:
		d.rule(s)
	case *ast.NotifyStmt:
		d.put("NOTIFY ", QuoteIdent(s.Channel))
		if s.Payload != "" {
			d.put(", ", quoteString(s.Payload))
		}
	case *ast.UnsupportedStmt:
		d.put(s.Text)
	}
}

func (d *deparser) with(w *ast.WithClause) {
	if w == nil {
		return
	}
	d.put("WITH ")
	if w.Recursive {
		d.put("RECURSIVE ")
	}
	list(d, w.CTEs, func(c *ast.CTE) {
		d.put(QuoteIdent(c.Name))
		d.columns(c.Columns)
		d.put(" AS ", [...]string{"", "MATERIALIZED ", "NOT MATERIALIZED "}[c.Materialized], "(")
		d.node(c.Query)
		d.put(")")
		d.searchAndCycle(c)
	})
	d.put(" ")
}

func (d *deparser) searchAndCycle(c *ast.CTE) {
	if s := c.Search; s != nil {
		d.put(" SEARCH ", map[bool]string{true: "BREADTH", false: "DEPTH"}[s.Breadth], " FIRST BY ")
		d.names(s.By)
		d.put(" SET ", QuoteIdent(s.Set))
	}
	if cy := c.Cycle; cy != nil {
		d.put(" CYCLE ")
		d.names(cy.Columns)
		d.put(" SET ", QuoteIdent(cy.Mark))
		if cy.To != nil {
			d.put(" TO ")
			d.literal(cy.To)
			d.put(" DEFAULT ")
			d.literal(cy.Default)
		}
		d.put(" USING ", QuoteIdent(cy.Path))
	}
}

// literal writes an expression where only PostgreSQL's AexprConst may stand:
// a cast is written as its type followed by its string.
func (d *deparser) literal(e ast.Expr) {
	cast, ok := e.(*ast.TypeCast)
	if !ok {
		d.expr(e)
		return
	}
	t := cast.Type
	if len(t.Mods) > 0 && slices.Equal(t.Names, []string{"pg_catalog", "interval"}) && t.Mods[0].(*ast.Const).Int != intervalFullRange {
		d.put("interval ")
		d.expr(cast.Arg)
		d.intervalMods(t.Mods)
		return
	}
	d.typeName(t)
	d.put(" ")
	d.expr(cast.Arg)
}

// columns writes an optional list of names in parentheses.
func (d *deparser) columns(names []string) {
	if names == nil {
		return
	}
	d.put("(")
	d.names(names)
	d.put(")")
}

func (d *deparser) selectStmt(s *ast.SelectStmt) {
	d.with(s.With)
	switch {
	case s.Values != nil:
		d.put("VALUES ")
		list(d, s.Values, func(row []ast.Expr) {
			d.put("(")
			d.exprs(row)
			d.put(")")
		})
	case s.SetOp != ast.SetNone:
		if s.Left.SetOp == s.SetOp && s.Left.All == s.All && bare(s.Left) {
			d.selectStmt(s.Left)
		} else {
			d.branch(s.Left)
		}
		d.put([...]string{"", " UNION ", " INTERSECT ", " EXCEPT "}[s.SetOp])
		if s.All {
			d.put("ALL ")
		}
		d.branch(s.Right)
	default:
		d.simpleSelect(s)
	}
	if len(s.OrderBy) > 0 {
		d.put(" ")
		d.orderBy(s.OrderBy)
	}
	switch {
	case s.Limit == nil:
	case s.LimitFetch:
		d.put(" FETCH FIRST ")
		d.operand(s.Limit)
		if s.WithTies {
			d.put(" ROWS WITH TIES")
		} else {
			d.put(" ROWS ONLY")
		}
	default:
		d.put(" LIMIT ")
		if c, ok := s.Limit.(*ast.Const); ok && c.Kind == ast.ConstNull {
			d.put("ALL")
		} else {
			d.expr(s.Limit)
		}
	}
	if s.Offset != nil {
		d.put(" OFFSET ")
		d.expr(s.Offset)
	}
	for _, l := range s.Locking {
		d.put(" FOR ", [...]string{"KEY SHARE", "SHARE", "NO KEY UPDATE", "UPDATE"}[l.Strength])
		if l.Of != nil {
			d.put(" OF ")
			list(d, l.Of, d.relation)
		}
		if l.NoWait {
			d.put(" NOWAIT")
		}
		if l.SkipLocked {
			d.put(" SKIP LOCKED")
		}
	}
}

// branch writes one side of a set operation.
// bare says whether nothing stands around a query that belongs to the whole of it.
func bare(s *ast.SelectStmt) bool {
	return s.With == nil && s.OrderBy == nil && s.Limit == nil && s.Offset == nil && s.Locking == nil
}

func (d *deparser) branch(s *ast.SelectStmt) {
	if s.SetOp == ast.SetNone && bare(s) {
		d.selectStmt(s)
		return
	}
	d.put("(")
	d.selectStmt(s)
	d.put(")")
}

func (d *deparser) simpleSelect(s *ast.SelectStmt) {
	d.put("SELECT")
	if s.Distinct {
		d.put(" DISTINCT")
	}
	if s.DistinctOn != nil {
		d.put(" DISTINCT ON (")
		d.exprs(s.DistinctOn)
		d.put(")")
	}
	if len(s.Targets) > 0 {
		d.put(" ")
		d.targets(s.Targets)
	}
	if s.Into != nil {
		d.put(" INTO ", [...]string{"", "TEMPORARY ", "UNLOGGED "}[s.Into.Persistence])
		d.relation(s.Into.Relation)
	}
	if s.From != nil {
		d.put(" FROM ")
		list(d, s.From, d.table)
	}
	if s.Where != nil {
		d.put(" WHERE ")
		d.expr(s.Where)
	}
	if s.GroupBy != nil {
		d.put(" GROUP BY ")
		if s.GroupDistinct {
			d.put("DISTINCT ")
		}
		list(d, s.GroupBy, d.groupItem)
	}
	if s.Having != nil {
		d.put(" HAVING ")
		d.expr(s.Having)
	}
	if s.Windows != nil {
		d.put(" WINDOW ")
		list(d, s.Windows, func(w *ast.WindowDef) {
			d.put(QuoteIdent(w.Name), " AS ")
			d.window(w)
		})
	}
}

func (d *deparser) targets(targets []*ast.ResTarget) {
	list(d, targets, func(t *ast.ResTarget) {
		d.expr(t.Val)
		if t.Name != "" {
			d.put(" AS ", QuoteIdent(t.Name))
		}
	})
}

func (d *deparser) groupItem(g ast.GroupItem) {
	switch g.Kind {
	case ast.GroupExpr:
		d.expr(g.Expr)
		return
	case ast.GroupRollup:
		d.put("ROLLUP ")
	case ast.GroupCube:
		d.put("CUBE ")
	case ast.GroupSets:
		d.put("GROUPING SETS ")
	}
	d.put("(")
	list(d, g.Items, d.groupItem)
	d.put(")")
}

func (d *deparser) orderBy(items []*ast.SortBy) {
	d.put("ORDER BY ")
	list(d, items, func(s *ast.SortBy) {
		d.expr(s.Expr)
		switch s.Dir {
		case ast.SortAsc:
			d.put(" ASC")
		case ast.SortDesc:
			d.put(" DESC")
		case ast.SortUsing:
			d.put(" USING ")
			d.operator(s.Using)
		}
		d.put([...]string{"", " NULLS FIRST", " NULLS LAST"}[s.Nulls])
	})
}

func (d *deparser) window(w *ast.WindowDef) {
	var parts []string
	part := func(write func(d *deparser)) {
		sub := &deparser{}
		write(sub)
		parts = append(parts, sub.String())
	}
	if w.RefName != "" {
		parts = append(parts, QuoteIdent(w.RefName))
	}
	if w.PartitionBy != nil {
		part(func(d *deparser) {
			d.put("PARTITION BY ")
			d.exprs(w.PartitionBy)
		})
	}
	if w.OrderBy != nil {
		part(func(d *deparser) { d.orderBy(w.OrderBy) })
	}
	if w.Frame != nil {
		part(func(d *deparser) { d.frame(w.Frame) })
	}
	d.put("(", strings.Join(parts, " "), ")")
}

func (d *deparser) frame(f *ast.WindowFrame) {
	d.put([...]string{"RANGE ", "ROWS ", "GROUPS "}[f.Unit])
	bound := func(b ast.FrameBound) {
		switch b.Kind {
		case ast.UnboundedPreceding:
			d.put("UNBOUNDED PRECEDING")
		case ast.UnboundedFollowing:
			d.put("UNBOUNDED FOLLOWING")
		case ast.CurrentRow:
			d.put("CURRENT ROW")
		case ast.OffsetPreceding:
			d.operand(b.Offset)
			d.put(" PRECEDING")
		case ast.OffsetFollowing:
			d.operand(b.Offset)
			d.put(" FOLLOWING")
		}
	}
	if f.Between {
		d.put("BETWEEN ")
		bound(f.Start)
		d.put(" AND ")
		bound(f.End)
	} else {
		bound(f.Start)
	}
	d.put([...]string{"", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES"}[f.Exclude])
}

func (d *deparser) relation(v *ast.RangeVar) {
	if v.Only {
		d.put("ONLY ")
	}
	var parts []string
	for _, p := range []string{v.Catalog, v.Schema, v.Name} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	d.dotted(parts)
	d.alias(v.Alias)
}

func (d *deparser) alias(a *ast.Alias) {
	if a == nil {
		return
	}
	d.put(" AS ", QuoteIdent(a.Name))
	d.columns(a.Columns)
}

func (d *deparser) table(t ast.TableExpr) {
	switch t := t.(type) {
	case *ast.RangeVar:
		d.relation(t)
	case *ast.RangeSubselect:
		if t.Lateral {
			d.put("LATERAL ")
		}
		d.put("(")
		d.selectStmt(t.Query)
		d.put(")")
		d.alias(t.Alias)
	case *ast.RangeFunction:
		d.rangeFunction(t)
	case *ast.RangeTableSample:
		d.relation(t.Relation)
		d.put(" TABLESAMPLE ")
		d.dotted(t.Method)
		d.put("(")
		d.exprs(t.Args)
		d.put(")")
		if t.Repeatable != nil {
			d.put(" REPEATABLE (")
			d.expr(t.Repeatable)
			d.put(")")
		}
	case *ast.JoinExpr:
		if t.Alias != nil {
			d.put("(")
			d.join(t)
			d.put(")")
			d.alias(t.Alias)
			return
		}
		d.join(t)
	}
}

func (d *deparser) join(j *ast.JoinExpr) {
	d.table(j.Left)
	if j.Natural {
		d.put(" NATURAL")
	}
	d.put([...]string{" JOIN ", " LEFT JOIN ", " FULL JOIN ", " RIGHT JOIN ", " CROSS JOIN "}[j.Type])
	if right, ok := j.Right.(*ast.JoinExpr); ok && right.Alias == nil {
		d.put("(")
		d.join(right)
		d.put(")")
	} else {
		d.table(j.Right)
	}
	if j.On != nil {
		d.put(" ON ")
		d.expr(j.On)
	}
	if j.Using != nil {
		d.put(" USING ")
		d.columns(j.Using)
		if j.UsingAlias != "" {
			d.put(" AS ", QuoteIdent(j.UsingAlias))
		}
	}
}

func (d *deparser) rangeFunction(f *ast.RangeFunction) {
	if f.Lateral {
		d.put("LATERAL ")
	}
	definitions := func(cols []*ast.ColumnDef) {
		d.put("(")
		list(d, cols, func(c *ast.ColumnDef) {
			d.put(QuoteIdent(c.Name), " ")
			d.typeName(c.Type)
		})
		d.put(")")
	}
	if f.RowsFrom {
		d.put("ROWS FROM (")
	}
	list(d, f.Funcs, func(i ast.RangeFuncItem) {
		d.expr(i.Call)
		if i.Columns != nil {
			d.put(" AS ")
			definitions(i.Columns)
		}
	})
	if f.RowsFrom {
		d.put(")")
	}
	if f.Ordinality {
		d.put(" WITH ORDINALITY")
	}
	d.alias(f.Alias)
	if f.Columns != nil {
		if f.Alias == nil {
			d.put(" AS ")
		}
		definitions(f.Columns)
	}
}

func (d *deparser) insert(s *ast.InsertStmt) {
	d.with(s.With)
	d.put("INSERT INTO ")
	d.relation(s.Relation)
	if s.Columns != nil {
		d.put(" (")
		list(d, s.Columns, d.assigned)
		d.put(")")
	}
	d.overriding(s.Overriding)
	if s.Source == nil {
		d.put(" DEFAULT VALUES")
	} else {
		d.put(" ")
		d.selectStmt(s.Source)
	}
	if c := s.OnConflict; c != nil {
		d.onConflict(c)
	}
	d.returning(s.Returning)
}

func (d *deparser) assigned(t *ast.ResTarget) {
	d.put(QuoteIdent(t.Name))
	d.path(t.Path)
}

func (d *deparser) onConflict(c *ast.OnConflict) {
	d.put(" ON CONFLICT")
	if c.Constraint != "" {
		d.put(" ON CONSTRAINT ", QuoteIdent(c.Constraint))
	}
	if c.Infer != nil {
		d.put(" (")
		list(d, c.Infer, func(e *ast.IndexElem) {
			if e.Expr != nil {
				d.paren(e.Expr)
			} else {
				d.put(QuoteIdent(e.Name))
			}
			if e.Collation != nil {
				d.put(" COLLATE ")
				d.dotted(e.Collation)
			}
			if e.OpClass != nil {
				d.put(" ")
				d.dotted(e.OpClass)
			}
		})
		d.put(")")
		if c.InferWhere != nil {
			d.put(" WHERE ")
			d.expr(c.InferWhere)
		}
	}
	if !c.DoUpdate {
		d.put(" DO NOTHING")
		return
	}
	d.put(" DO UPDATE SET ")
	d.set(c.Set)
	if c.Where != nil {
		d.put(" WHERE ")
		d.expr(c.Where)
	}
}

// set writes assignments; the columns of a multi-column one stand together.
func (d *deparser) set(set []*ast.ResTarget) {
	for i := 0; i < len(set); i++ {
		if i > 0 {
			d.put(", ")
		}
		m, ok := set[i].Val.(*ast.MultiAssign)
		if !ok {
			d.assigned(set[i])
			d.put(" = ")
			d.expr(set[i].Val)
			continue
		}
		d.put("(")
		list(d, set[i:i+m.Of], d.assigned)
		d.put(") = ")
		d.expr(m.Source)
		i += m.Of - 1
	}
}

func (d *deparser) returning(list []*ast.ResTarget) {
	if list != nil {
		d.put(" RETURNING ")
		d.targets(list)
	}
}

func (d *deparser) update(s *ast.UpdateStmt) {
	d.with(s.With)
	d.put("UPDATE ")
	d.relation(s.Relation)
	d.put(" SET ")
	d.set(s.Set)
	if s.From != nil {
		d.put(" FROM ")
		list(d, s.From, d.table)
	}
	d.where(s.Where)
	d.returning(s.Returning)
}

func (d *deparser) delete(s *ast.DeleteStmt) {
	d.with(s.With)
	d.put("DELETE FROM ")
	d.relation(s.Relation)
	if s.Using != nil {
		d.put(" USING ")
		list(d, s.Using, d.table)
	}
	d.where(s.Where)
	d.returning(s.Returning)
}

func (d *deparser) where(e ast.Expr) {
	if e != nil {
		d.put(" WHERE ")
		d.expr(e)
	}
}

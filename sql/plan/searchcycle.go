package plan

import (
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// SEARCH and CYCLE of a recursive query are columns more that both of its terms
// compute: the path that led to a row, in rows of some of its columns, its place in a
// search, and whether it is in its own path. The terms are wrapped in queries that
// compute them; the recursive term reads those of the round before, which nothing but
// its wrapping sees, and leaves out rows that are marked.

// wrapped is a recursive query with such columns.
type wrapped struct {
	left, right *ast.SelectStmt
	// given are the query's own columns, added those behind them, and depth says that
	// the last is one that only the rounds see.
	given, added []string
	depth        bool
}

// depthColumn is how many rounds a breadth-first search has gone.
const depthColumn = "*DEPTH*"

// searchAndCycle wraps the terms of a recursive query.
func (p *planner) searchAndCycle(c *ast.CTE, q *ast.SelectStmt, outer *scope) (*wrapped, error) {
	for _, side := range []struct {
		q    *ast.SelectStmt
		name string
	}{{q.Left, "left"}, {q.Right, "right"}} {
		if side.q.SetOp != ast.SetNone {
			return nil, sqlerr.New(sqlerr.FeatureNotSupported, "with a SEARCH or CYCLE clause, the %s side of the UNION must be a SELECT", side.name)
		}
	}
	start, err := p.selectStmt(q.Left, outer)
	if err != nil {
		return nil, err
	}
	cols, err := cteColumns(c, start.Columns())
	if err != nil {
		return nil, err
	}
	w := &wrapped{}
	for _, col := range cols {
		w.given = append(w.given, col.Name)
	}
	if err := w.check(c); err != nil {
		return nil, err
	}
	self := selfAlias(q.Right.From, c.Name)
	if self == "" {
		return nil, sqlerr.Unsupported("SEARCH and CYCLE where the query reads itself in a subquery").At(c.Pos())
	}
	names := quoted(w.given)
	first, next := slices.Clone(names), slices.Clone(names)
	if s := c.Search; s != nil {
		by := strings.Join(quoted(s.By), ", ")
		w.added = append(w.added, s.Set)
		if w.depth = s.Breadth; s.Breadth {
			first = append(first, "ROW(0::bigint, "+by+")")
			next = append(next, "ROW("+quote(depthColumn)+" + 1, "+by+")")
		} else {
			first = append(first, "ARRAY[ROW("+by+")]")
			next = append(next, quote(s.Set)+" || ARRAY[ROW("+by+")]")
		}
	}
	unmarked := ""
	if cy := c.Cycle; cy != nil {
		in, out := "true", "false"
		if cy.To != nil {
			in, out = parser.Deparse(cy.To), parser.Deparse(cy.Default)
		}
		row := "ROW(" + strings.Join(quoted(cy.Columns), ", ") + ")"
		path := quote(cy.Path)
		w.added = append(w.added, cy.Mark, cy.Path)
		first = append(first, "CASE WHEN false THEN "+in+" ELSE "+out+" END", "ARRAY["+row+"]")
		next = append(next, "CASE WHEN "+row+" = ANY ("+path+") THEN "+in+" ELSE "+out+" END", path+" || ARRAY["+row+"]")
		unmarked = quote(self) + "." + quote(cy.Mark) + " <> " + in
	}
	columns := slices.Clone(w.added)
	if w.depth {
		columns = append(columns, depthColumn)
		first, next = append(first, "0::bigint"), append(next, quote(depthColumn)+" + 1")
	}
	if w.left, err = over(first, q.Left, w.given); err != nil {
		return nil, err
	}
	inner := *q.Right
	inner.Targets = slices.Clone(inner.Targets)
	for _, name := range columns {
		inner.Targets = append(inner.Targets, &ast.ResTarget{Val: &ast.ColumnRef{Fields: []string{self, name}}})
	}
	if unmarked != "" {
		condition, err := parser.ParseOne("SELECT " + unmarked)
		if err != nil {
			return nil, err
		}
		only := condition.Statement.(*ast.SelectStmt).Targets[0].Val
		if inner.Where != nil {
			only = &ast.BoolExpr{Op: ast.BoolAnd, Args: []ast.Expr{inner.Where, only}}
		}
		inner.Where = only
	}
	if w.right, err = over(next, &inner, append(slices.Clone(w.given), columns...)); err != nil {
		return nil, err
	}
	return w, nil
}

// check demands names that do not collide and columns that are there.
func (w *wrapped) check(c *ast.CTE) error {
	at := 0
	fail := func(code sqlerr.Code, format string, args ...any) error {
		return sqlerr.New(code, format, args...).At(at)
	}
	columns := func(list []string, what string) error {
		for i, name := range list {
			if !slices.Contains(w.given, name) {
				return fail(sqlerr.SyntaxError, `%s column "%s" not in WITH query column list`, what, name)
			}
			if slices.Contains(list[:i], name) {
				return fail(sqlerr.DuplicateColumn, `%s column "%s" specified more than once`, what, name)
			}
		}
		return nil
	}
	unused := func(name, what string) error {
		if slices.Contains(w.given, name) {
			return fail(sqlerr.SyntaxError, `%s column name "%s" already used in WITH query column list`, what, name)
		}
		return nil
	}
	if s := c.Search; s != nil {
		at = s.Pos()
		if err := columns(s.By, "search"); err != nil {
			return err
		}
		if err := unused(s.Set, "search sequence"); err != nil {
			return err
		}
	}
	if cy := c.Cycle; cy != nil {
		at = cy.Pos()
		if err := columns(cy.Columns, "cycle"); err != nil {
			return err
		}
		if err := unused(cy.Mark, "cycle mark"); err != nil {
			return err
		}
		if err := unused(cy.Path, "cycle path"); err != nil {
			return err
		}
		if cy.Mark == cy.Path {
			return fail(sqlerr.SyntaxError, "cycle mark column name and cycle path column name are the same")
		}
	}
	if s, cy := c.Search, c.Cycle; s != nil && cy != nil {
		at = s.Pos()
		switch s.Set {
		case cy.Mark:
			return fail(sqlerr.SyntaxError, "search sequence column name and cycle mark column name are the same")
		case cy.Path:
			return fail(sqlerr.SyntaxError, "search sequence column name and cycle path column name are the same")
		}
	}
	return nil
}

func quote(name string) string { return expr.QuoteIdent(name) }

func quoted(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = quote(n)
	}
	return out
}

// over is a query of expressions over another query, whose columns have given names.
func over(exprs []string, q *ast.SelectStmt, columns []string) (*ast.SelectStmt, error) {
	parsed, err := parser.ParseOne("SELECT " + strings.Join(exprs, ", "))
	if err != nil {
		return nil, sqlerr.Internal("a wrapped term: %w", err)
	}
	outer := parsed.Statement.(*ast.SelectStmt)
	outer.From = []ast.TableExpr{&ast.RangeSubselect{Query: q, Alias: &ast.Alias{Name: "*TERM*", Columns: columns}}}
	return outer, nil
}

// selfAlias is what a query that reads itself calls itself in FROM; empty: it does not
// there.
func selfAlias(items []ast.TableExpr, name string) string {
	for _, item := range items {
		switch t := item.(type) {
		case *ast.RangeVar:
			if t.Schema == "" && t.Name == name {
				return aliasOr(t.Alias, t.Name)
			}
		case *ast.JoinExpr:
			if found := selfAlias([]ast.TableExpr{t.Left, t.Right}, name); found != "" {
				return found
			}
		}
	}
	return ""
}

// shown is the recursive query without the columns that only its rounds see.
func (w *wrapped) shown(n Node) Node {
	if !w.depth {
		return n
	}
	cols := n.Columns()
	cols = cols[:len(cols)-1]
	out := &Project{Input: n, cols: cols}
	for i, c := range cols {
		out.Exprs = append(out.Exprs, &expr.Column{Index: i, T: c.Type, Mod: c.Typmod, Name: c.Name, Collation: c.Collation})
	}
	return out
}

// workColumns are the columns of the round before: the query's own, and those that only
// the wrapping of the recursive term sees.
func (w *wrapped) workColumns(cols []Column) (all []Column, visible int) {
	all = append([]Column(nil), cols...)
	names := append(append(slices.Clone(w.given), w.added...), depthColumn)
	for i := range all {
		all[i].Name = names[i]
	}
	return all, len(w.given)
}

package plan

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// from plans a FROM clause and adds its columns to sc, in the order of the row
// that the node produces. Several items are a cross join.
func (p *planner) from(items []ast.TableExpr, sc *scope) (Node, error) {
	var node Node
	for _, item := range items {
		n, err := p.tableExpr(item, sc)
		if err != nil {
			return nil, err
		}
		if node == nil {
			node = n
		} else {
			node = &Join{Type: InnerJoin, Left: node, Right: n}
		}
	}
	if node == nil {
		node = &Values{Rows: [][]expr.Expr{{}}}
	}
	return node, nil
}

func (p *planner) tableExpr(item ast.TableExpr, sc *scope) (Node, error) {
	switch t := item.(type) {
	case *ast.RangeVar:
		return p.rangeVar(t, sc)
	case *ast.RangeSubselect:
		return p.rangeSubselect(t, sc)
	case *ast.RangeFunction:
		return p.rangeFunction(t, sc)
	case *ast.JoinExpr:
		return p.join(t, sc)
	case *ast.RangeTableSample:
		return nil, sqlerr.Unsupported("TABLESAMPLE").At(t.Pos())
	}
	return nil, sqlerr.Internal("FROM item %T", item)
}

// addRelation puts a FROM item's columns into the scope under its alias.
func addRelation(sc *scope, name, schema string, alias *ast.Alias, columns []Column, hiddenFrom, loc int) error {
	if alias != nil {
		name, schema = alias.Name, ""
		if len(alias.Columns) > hiddenFrom {
			return sqlerr.New(sqlerr.InvalidColumnReference, `table "%s" has %d columns available but %d columns specified`, name, hiddenFrom, len(alias.Columns)).At(loc)
		}
		columns = append([]Column(nil), columns...)
		for i, c := range alias.Columns {
			columns[i].Name = c
		}
	}
	if name != "" && sc.hasRelation(name) {
		return sqlerr.New(sqlerr.DuplicateAlias, `table name "%s" specified more than once`, name).At(loc)
	}
	sc.add(name, schema, columns, hiddenFrom)
	return nil
}

func (p *planner) rangeVar(v *ast.RangeVar, sc *scope) (Node, error) {
	if v.Schema == "" {
		for i := len(p.ctes) - 1; i >= 0; i-- {
			if p.ctes[i].name == v.Name {
				return p.cteReference(p.ctes[i], v, sc)
			}
		}
	}
	r, err := p.env.Relation(v)
	if err != nil {
		return nil, err
	}
	p.require(r, catalog.PrivSelect)
	switch r := r.(type) {
	case *catalog.Table:
		scan := &Scan{Table: r, cols: tableColumns(r)}
		schema := ""
		if s := p.env.Catalog.SchemaByOID(r.Schema); s != nil {
			schema = s.Name
		}
		return scan, addRelation(sc, r.Name, schema, v.Alias, scan.cols, len(r.Columns), v.Pos())
	case *catalog.Virtual:
		cols := make([]Column, len(r.Columns))
		for i, c := range r.Columns {
			cols[i] = Column{Name: c.Name, Type: c.Type.Type, Typmod: c.Typmod, Table: r.OID, Num: c.Num}
		}
		schema := p.env.Catalog.SchemaByOID(r.Schema).Name
		return &VirtualScan{View: r, cols: cols}, addRelation(sc, r.Name, schema, v.Alias, cols, len(cols), v.Pos())
	}
	if view, ok := r.(*catalog.View); ok {
		return p.view(view, v, sc)
	}
	return nil, sqlerr.Unsupported("reading from relation %s", r.ObjectName()).At(v.Pos())
}

func (p *planner) rangeSubselect(t *ast.RangeSubselect, sc *scope) (Node, error) {
	if t.Lateral {
		return nil, sqlerr.Unsupported("LATERAL").At(t.Pos())
	}
	if t.Alias == nil {
		return nil, sqlerr.New(sqlerr.SyntaxError, "subquery in FROM must have an alias").WithHint("For example, FROM (SELECT ...) [AS] foo.").At(t.Pos())
	}
	n, err := p.selectStmt(t.Query, sc.outer)
	if err != nil {
		return nil, err
	}
	if n, err = p.settleUnknown(n); err != nil {
		return nil, err
	}
	cols := n.Columns()
	return n, addRelation(sc, "", "", t.Alias, cols, len(cols), t.Pos())
}

func (p *planner) rangeFunction(t *ast.RangeFunction, sc *scope) (Node, error) {
	switch {
	case t.Lateral:
		return nil, sqlerr.Unsupported("LATERAL").At(t.Pos())
	case t.RowsFrom || len(t.Funcs) != 1:
		return nil, sqlerr.Unsupported("ROWS FROM").At(t.Pos())
	case len(t.Columns) > 0 || len(t.Funcs[0].Columns) > 0:
		return nil, sqlerr.Unsupported("a column definition list").At(t.Pos())
	}
	b := &binder{p: p, scope: &scope{outer: sc.outer}, clause: "functions in FROM"}
	var name string
	if f, ok := t.Funcs[0].Call.(*ast.FuncCall); ok {
		name = f.Name[len(f.Name)-1]
		b.allowSet = true
	}
	e, err := b.bind(t.Funcs[0].Call)
	if err != nil {
		return nil, err
	}
	alias := name
	if t.Alias != nil {
		alias = t.Alias.Name
	}
	var cols []Column
	call, isCall := e.(*expr.Call)
	switch {
	case isCall && len(call.Fn.Columns) > 0:
		for _, f := range call.Fn.Columns {
			cols = append(cols, Column{Name: f.Name, Type: f.Type, Typmod: f.Typmod})
		}
	default:
		// A function of one column gives it the alias's name.
		cols = []Column{{Name: alias, Type: e.Type(), Typmod: e.Typmod()}}
	}
	if t.Ordinality {
		cols = append(cols, Column{Name: "ordinality", Type: types.Int8, Typmod: types.NoTypmod})
	}
	if !isCall || call.Fn.Set == nil {
		if t.Ordinality {
			return nil, sqlerr.Unsupported("WITH ORDINALITY over a function that returns no set").At(t.Pos())
		}
		return &Values{Rows: [][]expr.Expr{{e}}, cols: cols}, addRelation(sc, name, "", t.Alias, cols, len(cols), t.Pos())
	}
	return &FunctionScan{Call: call, Ordinality: t.Ordinality, cols: cols}, addRelation(sc, name, "", t.Alias, cols, len(cols), t.Pos())
}

// cte is a WITH query in sight.
type cte struct {
	name string
	node Node
	cols []Column
}

// with plans the WITH queries and puts them in sight; each reference reads a
// copy of the plan, so only queries without side effects are taken.
func (p *planner) with(w *ast.WithClause, outer *scope) error {
	if w == nil {
		return nil
	}
	if w.Recursive {
		return sqlerr.Unsupported("WITH RECURSIVE").At(w.Pos())
	}
	for _, c := range w.CTEs {
		q, ok := c.Query.(*ast.SelectStmt)
		if !ok {
			return sqlerr.Unsupported("a data-modifying WITH query").At(c.Pos())
		}
		n, err := p.selectStmt(q, outer)
		if err != nil {
			return err
		}
		if n, err = p.settleUnknown(n); err != nil {
			return err
		}
		cols := append([]Column(nil), n.Columns()...)
		if len(c.Columns) > len(cols) {
			return sqlerr.New(sqlerr.InvalidColumnReference, `WITH query "%s" has %d columns available but %d columns specified`, c.Name, len(cols), len(c.Columns)).At(c.Pos())
		}
		for i, name := range c.Columns {
			cols[i].Name = name
		}
		p.ctes = append(p.ctes, &cte{name: c.Name, node: n, cols: cols})
	}
	return nil
}

func (p *planner) cteReference(c *cte, v *ast.RangeVar, sc *scope) (Node, error) {
	return c.node, addRelation(sc, c.name, "", v.Alias, c.cols, len(c.cols), v.Pos())
}

// readsWorkTable says whether a query reads the rows of the last step of a
// recursion under way.
func (p *planner) readsWorkTable(Node) bool { return false }

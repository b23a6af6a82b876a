package plan

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// from plans a FROM clause and adds its columns to sc, in the order of the row
// that the node produces. Several items are a cross join.
func (p *planner) from(items []ast.TableExpr, sc *scope) (Node, error) {
	if len(items) == 0 {
		return &Values{Rows: [][]expr.Expr{{}}}, nil
	}
	node, err := p.tableExpr(items[0], sc)
	if err != nil {
		return nil, err
	}
	for _, item := range items[1:] {
		right, args, err := p.rightSide(sc, item.Pos(), func(right *scope) (Node, error) { return p.tableExpr(item, right) })
		if err != nil {
			return nil, err
		}
		if node, err = pair(InnerJoin, node, right, args); err != nil {
			return nil, err
		}
	}
	return node, nil
}

// siblings is the scope around a LATERAL item of a FROM clause.
func (s *scope) siblings() *scope {
	if s.lateral != nil {
		return s.lateral
	}
	return s.outer
}

func (p *planner) tableExpr(item ast.TableExpr, sc *scope) (n Node, err error) {
	if err := p.interrupted(); err != nil {
		return nil, err
	}
	switch t := item.(type) {
	case *ast.RangeVar:
		n, err = p.rangeVar(t, sc)
		what := ""
		switch n.(type) {
		case *CTEScan, *WorkTableScan:
			what = "a WITH query"
		}
		sc.items = append(sc.items, lockable{name: aliasOr(t.Alias, t.Name), from: t, node: n, what: what})
	case *ast.RangeSubselect:
		if n, err = p.rangeSubselect(t, sc); err == nil {
			sc.items = append(sc.items, lockable{name: t.Alias.Name, node: n})
		}
	case *ast.RangeFunction:
		n, err = p.rangeFunction(t, sc)
		sc.items = append(sc.items, lockable{name: aliasOr(t.Alias, ""), node: n, what: "a function"})
	case *ast.JoinExpr:
		n, err = p.join(t, sc)
	case *ast.RangeTableSample:
		n, err = p.tableSample(t, sc)
	default:
		err = sqlerr.Internal("FROM item %T", item)
	}
	return n, err
}

func aliasOr(alias *ast.Alias, name string) string {
	if alias != nil {
		return alias.Name
	}
	return name
}

// addRelation puts a FROM item's columns into the scope under its alias.
func addRelation(sc *scope, name, schema string, alias *ast.Alias, columns []Column, hiddenFrom int) error {
	if alias != nil {
		if name != "" && name != alias.Name {
			sc.aliased = append(sc.aliased, aliasedTable{table: name, alias: alias.Name})
		}
		name, schema = alias.Name, ""
		if len(alias.Columns) > hiddenFrom {
			return sqlerr.New(sqlerr.InvalidColumnReference, `table "%s" has %d columns available but %d columns specified`, name, hiddenFrom, len(alias.Columns))
		}
		columns = append([]Column(nil), columns...)
		for i, c := range alias.Columns {
			columns[i].Name = c
		}
	}
	if name != "" && sc.hasRelation(name) {
		return sqlerr.New(sqlerr.DuplicateAlias, `table name "%s" specified more than once`, name)
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
	if t := p.transition(v); t != nil {
		return p.readTransition(t, v, sc)
	}
	r, err := p.env.Relation(v)
	if err != nil {
		return nil, err
	}
	first, bound, written := len(sc.columns), p.env.names.At(v.Pos()), v
	if bound != nil {
		v = boundAlias(v, r)
	}
	n, err := p.relation(r, v, sc)
	if err != nil {
		return nil, err
	}
	sc.typed(first, p.env.Catalog, r)
	if bound != nil {
		nameColumns(sc.columns[first:], bound, written)
	}
	if reader := p.reader(r); reader != nil {
		for i := first; i < len(sc.columns); i++ {
			sc.columns[i].reader = reader
		}
	}
	return n, nil
}

// relation plans reading a relation, under the name and alias of v.
func (p *planner) relation(r catalog.Relation, v *ast.RangeVar, sc *scope) (Node, error) {
	p.require(r, catalog.PrivSelect)
	switch r := r.(type) {
	case *catalog.Table:
		if r.Query != nil && !r.Query.Populated {
			return nil, sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `materialized view "%s" has not been populated`, r.Name).
				WithHint("Use the REFRESH MATERIALIZED VIEW command.")
		}
		if !v.Only {
			p.whole = append(p.whole, r.OID)
		}
		if list, is := p.inherited(r, v.Only); is {
			return p.readInherited(r, list, v, sc)
		}
		scan := &Scan{Table: r, watched: p.env.Watched, indexes: p.env.indexesOf(r), Alias: aliasOf(v), cols: tableColumns(r)}
		schema := ""
		if s := p.env.Catalog.SchemaByOID(r.Schema); s != nil {
			schema = s.Name
		}
		if err := addRelation(sc, r.Name, schema, v.Alias, scan.cols, len(r.Columns)); err != nil {
			return nil, err
		}
		sc.addSystemColumns(r)
		if p.lockable(aliasOr(v.Alias, r.Name)) {
			scan.Ref = true
			scan.cols = append(scan.cols, refColumn)
			sc.width++
		}
		role, err := p.secured(r)
		if err == nil && role != nil {
			scan.role = role
			scan.Filter, err = p.visible(r, role, 'r')
		}
		return scan, err
	case *catalog.Virtual:
		return p.virtual(r, v, sc)
	case *catalog.Sequence:
		return p.virtual(catalog.SequenceView(r), v, sc)
	}
	if view, ok := r.(*catalog.View); ok {
		return p.view(view, v, sc)
	}
	return nil, sqlerr.Unsupported("reading from relation %s", r.ObjectName()).At(v.Pos())
}

// aliasOf is the alias of a relation in FROM, "" for none.
func aliasOf(v *ast.RangeVar) string {
	if v.Alias == nil {
		return ""
	}
	return v.Alias.Name
}

// virtual reads a system relation.
func (p *planner) virtual(r *catalog.Virtual, v *ast.RangeVar, sc *scope) (Node, error) {
	cols := make([]Column, len(r.Columns))
	for i, c := range r.Columns {
		cols[i] = Column{Name: c.Name, Type: c.Type.Type, Typmod: c.Typmod, Table: r.OID, Num: c.Num, Collation: c.Collation}
	}
	if r.Stored {
		cols = append(cols, VirtualSystemColumns...)
	}
	schema := ""
	if s := p.env.Catalog.SchemaByOID(r.Schema); s != nil {
		schema = s.Name
	}
	scan := &VirtualScan{View: r, Alias: aliasOf(v), cols: cols}
	if p.env.Virtual != nil {
		scan.stats = p.env.Virtual(r)
	}
	return scan, addRelation(sc, r.Name, schema, v.Alias, cols, len(r.Columns))
}

func (p *planner) rangeSubselect(t *ast.RangeSubselect, sc *scope) (Node, error) {
	if t.Alias == nil {
		return nil, sqlerr.New(sqlerr.SyntaxError, "subquery in FROM must have an alias").WithHint("For example, FROM (SELECT ...) [AS] foo.").At(t.Pos())
	}
	around := sc.outer
	if t.Lateral {
		around = sc.siblings()
	}
	n, err := p.selectStmt(t.Query, around)
	if err != nil {
		return nil, err
	}
	if n, err = p.settleUnknown(n); err != nil {
		return nil, err
	}
	cols := n.Columns()
	return n, addRelation(sc, "", "", t.Alias, cols, len(cols))
}

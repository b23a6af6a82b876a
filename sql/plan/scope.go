package plan

import (
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// scopeColumn is a column that a name may refer to.
type scopeColumn struct {
	Column
	// relation is the alias or name it is qualified by.
	relation string
	// schema qualifies relation further when it has no alias.
	schema string
	// index is the position in the row that expressions see.
	index int
	// hidden columns (the system columns) are found by name, not by *.
	hidden bool
	// scalar: the row of the relation, a function's result, is this value.
	scalar bool
	// rows is where the relation's row has its type from; nil is a record.
	rows *rowSource
	// merged columns of USING hide their sources from unqualified names.
	shadowed bool
	// derive, unless it is nil, makes the value from the column at index.
	derive func(expr.Expr) expr.Expr
	// merged is what the column is when it is none of the row: a merged column
	// of a full join.
	merged expr.Expr
	// reader, unless it is nil, is told when the column is read.
	reader *columnReader
	// references, unless it is nil, is told where it is referred to.
	references *references
	// nullable: an outer join may have put NULL in the place of the relation's
	// row.
	nullable bool
}

// scope is what names mean in one query level.
type scope struct {
	outer *scope
	// edge is set on a scope without columns that stands between a subquery and
	// the query around it: what the subquery reads of that is collected here, as
	// expressions over the row of outer.
	edge *[]expr.Expr
	// around binds the expression that the subquery is in; nil for one in FROM.
	around *binder
	// lateral is what LATERAL items see beyond this scope: what stands to the
	// left in FROM, and then outer; nil where nothing does.
	lateral *scope
	// hidden has names that stand beside this scope's query but may not be used in
	// it, for errors.
	hidden  *scope
	columns []scopeColumn
	// width is the length of the row.
	width int
	// unseen is what is in FROM but out of sight from here, for errors.
	unseen *scope
	// recurs: a relation here is the recursion under way.
	recurs bool
	// items are those of FROM, for locking clauses.
	items []lockable
	// aliased are the tables here that have another name for this query.
	aliased []aliasedTable
}

// rowSource is a table or view whose rows have a type.
type rowSource struct {
	catalog  *catalog.Catalog
	relation catalog.OID
}

// typed says that the columns from first on are those of a relation.
func (s *scope) typed(first int, cat *catalog.Catalog, r catalog.Relation) {
	switch r.(type) {
	case *catalog.Table, *catalog.View:
	default:
		return
	}
	rows := &rowSource{cat, r.ObjectOID()}
	for i := first; i < len(s.columns); i++ {
		s.columns[i].rows = rows
	}
}

type aliasedTable struct{ table, alias string }

// add puts a relation's columns at the end of the row.
func (s *scope) add(relation, schema string, columns []Column, hiddenFrom int) {
	for i, c := range columns {
		s.columns = append(s.columns, scopeColumn{Column: c, relation: relation, schema: schema, index: s.width + i, hidden: i >= hiddenFrom})
	}
	s.width += len(columns)
}

// from is the scope with only those of its columns in sight that lie at a place of the row
// or behind.
func (s *scope) from(at int) *scope {
	return s.only(func(c *scopeColumn) bool { return c.index >= at })
}

// before is the scope with only those of its columns in sight that lie before a place.
func (s *scope) before(at int) *scope {
	return s.only(func(c *scopeColumn) bool { return c.index < at })
}

// turned is the scope with the columns at a place and behind coming first.
func (s *scope) turned(at int) *scope {
	out := *s
	out.columns = slices.Clone(s.columns)
	slices.SortStableFunc(out.columns, func(a, b scopeColumn) int {
		switch first, second := a.index >= at, b.index >= at; {
		case first == second:
			return 0
		case first:
			return -1
		}
		return 1
	})
	return &out
}

// only is the scope with only some of its columns in sight.
func (s *scope) only(seen func(c *scopeColumn) bool) *scope {
	out, unseen := *s, &scope{}
	out.columns = nil
	for _, c := range s.columns {
		if seen(&c) {
			out.columns = append(out.columns, c)
		} else {
			unseen.columns = append(unseen.columns, c)
		}
	}
	out.unseen = unseen
	return &out
}

// readable says whether a query within can read anything of the scope or those around it.
func (s *scope) readable() bool {
	for at := s; at != nil; at = at.outer {
		if at.edge != nil || len(at.columns) > 0 {
			return true
		}
	}
	return false
}

// hasRelation says whether a relation of that name is in this level.
func (s *scope) hasRelation(relation string) bool {
	for i := range s.columns {
		if s.columns[i].relation == relation {
			return true
		}
	}
	return false
}

// resolve finds the column that fields name, here or in an enclosing query.
func (s *scope) resolve(fields []string, loc int) (expr.Expr, error) {
	column := fields[len(fields)-1]
	relation, schema := "", ""
	switch len(fields) {
	case 1:
	case 2:
		relation = fields[0]
	case 3:
		schema, relation = fields[0], fields[1]
	case 4:
		schema, relation = fields[1], fields[2]
	default:
		return nil, sqlerr.New(sqlerr.SyntaxError, "improper qualified name (too many dotted names): %s", strings.Join(fields, ".")).At(loc)
	}
	var edges []*[]expr.Expr // those between s and at, innermost first
	for at := s; at != nil; at = at.outer {
		if at.edge != nil {
			edges = append(edges, at.edge)
			continue
		}
		found := -1
		for i := range at.columns {
			c := &at.columns[i]
			if c.Name != column || relation != "" && c.relation != relation || schema != "" && c.schema != schema || relation == "" && c.shadowed {
				continue
			}
			if found >= 0 {
				if at.columns[found].hidden && c.hidden {
					continue
				}
				return nil, sqlerr.New(sqlerr.AmbiguousColumn, `column reference "%s" is ambiguous`, column).At(loc)
			}
			found = i
		}
		if found >= 0 {
			return handIn(at.column(found, loc), edges), nil
		}
	}
	if relation == "" {
		if row := s.wholeRow(column, loc); row != nil {
			return row, nil
		}
		err := sqlerr.New(sqlerr.UndefinedColumn, `column "%s" does not exist`, column).At(loc)
		return nil, s.hint(err, "", column)
	}
	for at := s; at != nil; at = at.outer {
		if at.hasRelation(relation) {
			err := sqlerr.New(sqlerr.UndefinedColumn, `column %s.%s does not exist`, relation, column).At(loc)
			return nil, s.hint(err, relation, column)
		}
	}
	return nil, s.missing(relation, loc)
}

// missing says that no relation of that name can be referred to.
func (s *scope) missing(relation string, loc int) error {
	for at := s; at != nil; at = at.outer {
		for _, a := range at.aliased {
			if a.table == relation {
				return sqlerr.New(sqlerr.UndefinedTable, `invalid reference to FROM-clause entry for table "%s"`, relation).
					WithHint(`Perhaps you meant to reference the table alias "%s".`, a.alias).At(loc)
			}
		}
		if at.unseen != nil && at.unseen.hasRelation(relation) {
			return sqlerr.New(sqlerr.UndefinedTable, `invalid reference to FROM-clause entry for table "%s"`, relation).
				WithHint(`There is an entry for table "%s", but it cannot be referenced from this part of the query.`, relation).At(loc)
		}
	}
	return sqlerr.New(sqlerr.UndefinedTable, `missing FROM-clause entry for table "%s"`, relation).At(loc)
}

// wholeRow is a relation's row as a value; nil if there is no such relation.
func (s *scope) wholeRow(relation string, loc int) expr.Expr {
	var edges []*[]expr.Expr
	for at := s; at != nil; at = at.outer {
		if at.edge != nil {
			edges = append(edges, at.edge)
			continue
		}
		if !at.hasRelation(relation) {
			continue
		}
		row := expr.NewRow(nil, []string{})
		for i := range at.columns {
			c := &at.columns[i]
			if c.relation != relation {
				continue
			}
			e := handIn(at.column(i, loc), edges)
			if c.scalar {
				return e
			}
			if c.nullable {
				row.Witness = append(row.Witness, e)
			}
			if c.rows != nil && row.T == types.RecordType {
				row.T = rowTypeOf(c.rows.catalog, c.rows.relation)
			}
			if !c.hidden {
				row.Elems, row.Names = append(row.Elems, e), append(row.Names, c.Name)
			}
		}
		if fields := row.T.Fields; len(fields) == len(row.Names) && slices.ContainsFunc(fields, func(f types.Field) bool { return !slices.Contains(row.Names, f.Name) }) {
			for _, f := range fields {
				row.Fields = append(row.Fields, f.Name)
			}
		}
		return row
	}
	return nil
}

// column is the expression for a column of this level, written at loc.
func (s *scope) column(i, loc int) expr.Expr {
	e := columnOf(&s.columns[i])
	switch c := e.(type) {
	case *expr.Column:
		c.Loc = loc
		s.columns[i].references.note(c, &s.columns[i])
	case *expr.Call: // a system column
		c.Loc = loc
	}
	return e
}

// at finds the column at a position of the row, by its relation's name if it has
// one.
func (s *scope) at(index int) *scopeColumn {
	var found *scopeColumn
	for i := range s.columns {
		if c := &s.columns[i]; c.index == index && c.merged == nil && (found == nil || found.relation == "") {
			found = c
		}
	}
	return found
}

// handIn gives an expression of an outer level to a subquery, through the edges
// in between, innermost first.
func handIn(e expr.Expr, edges []*[]expr.Expr) expr.Expr {
	for i := len(edges) - 1; i >= 0; i-- {
		args := edges[i]
		at := -1
		for k, have := range *args {
			if equal(have, e) {
				at = k
			}
		}
		if at < 0 {
			at = len(*args)
			*args = append(*args, e)
		}
		outer := &expr.OuterColumn{Level: 1, Index: at, T: e.Type(), Mod: e.Typmod()}
		switch c := e.(type) {
		case *expr.Column:
			outer.Name, outer.Fields = c.Name, c.Fields
		case *expr.OuterColumn:
			outer.Name, outer.Fields = c.Name, c.Fields
		}
		e = outer
	}
	return e
}

// similar finds the visible column whose name is closest, within PostgreSQL's
// SystemColumns are the columns every stored table has besides its own, found
// by name only._seq is the commit sequence that wrote the row; of the
// version, whose name cannot be written, ctid and xmin are made.
var SystemColumns = []Column{
	{Name: "_seq", Type: types.Int8, Typmod: types.NoTypmod}, {Name: "", Type: types.Int8, Typmod: types.NoTypmod},
}

// tableColumns describes the rows of a scan of t.
func tableColumns(t *catalog.Table) []Column {
	cols := make([]Column, 0, len(t.Columns)+len(SystemColumns))
	for _, c := range t.Columns {
		cols = append(cols, Column{Name: c.Name, Type: c.Type.Type, Typmod: c.Typmod, Table: t.OID, Num: c.Num, Collation: c.Collation})
	}
	return append(cols, SystemColumns...)
}

// VirtualSystemColumns follow the columns of the system relations that
// PostgreSQL keeps as tables. xmin changes with every change of definitions.
var VirtualSystemColumns = []Column{
	{Name: "tableoid", Type: types.Oid, Typmod: types.NoTypmod}, {Name: "xmin", Type: types.XID, Typmod: types.NoTypmod},
}

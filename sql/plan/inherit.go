package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// # Reading and changing what inherits
//
// A table that others inherit from is read, unless ONLY is written, as an Append of
// scans: of the table and of all below it, or of the leaves of a partitioned table. Each
// member is a Scan under a Project that gives the parent's columns by name, so that
// everything above has the parent's layout and everything below is a table as any other:
// conditions move down into each member, which chooses its own index, and live queries
// take the members for the sources that they are.
//
// The rows of an Append are the parent's columns and the system columns, then the
// reference to the row if it is wanted, and last the OID of the table that it comes from.
//
// The conditions of a partitioned table's Append say which members can have rows
// (prune.go). Those that constants decide are left out of the plan; what is only known
// when it starts, parameters and the rows of an outer query, is looked at then.
//
// UPDATE, DELETE and MERGE find rows through such an Append and change each in the table
// that it is of (heirs.go); what is inserted into a partitioned table, and a row whose key
// does not fit its partition any more, is led to its leaf (route.go).

// Append gives the rows of its members, one member after the other or, with Merge, in
// that order, which each member has.
type Append struct {
	// Table is the parent, and Alias the name it has in the query, "" for its own.
	Table   *catalog.Table
	Alias   string
	Members []Node
	Merge   []SortKey
	// Reversed: the last of the partitions comes first.
	Reversed bool
	// Prune are conditions, over the rows, that say at the start which members need not
	// be read; nil: none do.
	Prune []expr.Expr
	// Ref: the rows have references.
	Ref bool
	// tables are those of the members, as partitions those of levels.
	tables []*catalog.Table
	levels *PartitionLevel
	// checks are the terms of the CHECK constraints of members that are no partitions.
	checks [][]expr.Expr
	// secured: what policies say is the first condition on its rows; role, unless it is
	// nil, is whom they hold for.
	secured bool
	role    *catalog.Role
	cols    []Column
}

// Columns implements Node.
func (n *Append) Columns() []Column { return n.cols }

// Inputs implements Node.
func (n *Append) Inputs() []Node { return n.Members }

// tableOIDColumn is the last column of an Append.
var tableOIDColumn = Column{Name: "tableoid", Type: types.Oid, Typmod: types.NoTypmod}

// inherited lists the tables whose rows a statement reads or changes through t, and
// whether they are others than t alone.
func (p *planner) inherited(t *catalog.Table, only bool) (list []*catalog.Table, is bool) {
	cat := p.env.Catalog
	switch {
	case t.Key != nil && only:
		return nil, true
	case t.Key != nil:
		return leaves(cat, t), true
	case only || !cat.HasChildren(t.OID):
		return nil, false
	}
	return cat.HeirsIn(t, p.env.TempSchema), true
}

// leaves lists the partitions of a table that have rows, in the order of the bounds.
func leaves(cat *catalog.Catalog, t *catalog.Table) (list []*catalog.Table) {
	parts, err := cat.Partitions(t)
	if err != nil {
		return nil
	}
	for _, one := range parts.List {
		if one.Table.Key != nil {
			list = append(list, leaves(cat, one.Table)...)
			continue
		}
		list = append(list, one.Table)
	}
	return list
}

// below notes that a plan reads or changes tables through one: they are locked with it.
func (p *planner) below(t *catalog.Table, list []*catalog.Table, privileges catalog.Privileges) {
	note := func(t *catalog.Table) {
		for i := range p.inherits {
			if p.inherits[i].Relation.ObjectOID() == t.OID {
				p.inherits[i].Privileges |= privileges
				return
			}
		}
		p.inherits = append(p.inherits, Requirement{Relation: t, Privileges: privileges})
	}
	for _, h := range list {
		if h.OID != t.OID {
			note(h)
		}
		if h.Bound != nil {
			for _, a := range p.env.Catalog.Ancestors(h) {
				if a.OID == t.OID {
					break
				}
				note(a)
			}
		}
	}
}

// newAppend makes the Append of what inherits from a table.
func (p *planner) newAppend(t *catalog.Table, alias string, list []*catalog.Table, ref bool) (*Append, error) {
	n := &Append{Table: t, Alias: alias, Ref: ref, tables: list}
	n.cols = tableColumns(t)
	if ref {
		n.cols = append(n.cols, refColumn)
	}
	n.cols = append(n.cols, tableOIDColumn)
	for _, h := range list {
		m, err := n.member(h, p.env.indexesOf(h), p.env.Watched)
		if err != nil {
			return nil, err
		}
		n.Members = append(n.Members, m)
		if t.Key != nil {
			continue
		}
		checks, err := p.constantChecks(h)
		if err != nil {
			return nil, err
		}
		n.checks = append(n.checks, checks)
	}
	if t.Key != nil {
		var err error
		if n.levels, err = p.partitionLevels(t, t); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// constantChecks binds the CHECK constraints of a table, with what is constant computed.
func (p *planner) constantChecks(t *catalog.Table) (terms []expr.Expr, err error) {
	if p.env.Functions == nil {
		return nil, nil
	}
	checks, err := p.tableChecks(t)
	if err != nil {
		return nil, err
	}
	for i, c := range checks {
		if t.Checks[i].NotValid {
			continue
		}
		if folded, err := expr.FoldConstants(c.Cond, p.env.Functions); err == nil {
			for _, term := range conjuncts(folded) {
				if k, ok := term.(*expr.Const); !ok || !k.Value.IsNull() { // which a constraint may be
					terms = append(terms, term)
				}
			}
		}
	}
	return terms, nil
}

// member reads one table, which has indexes to read it by, as the rows of the Append.
func (n *Append) member(h *catalog.Table, indexes []*catalog.Index, watched bool) (Node, error) {
	scan := &Scan{Table: h, watched: watched, indexes: indexes, Alias: n.Alias, Ref: n.Ref, cols: tableColumns(h)}
	if scan.Alias == "" && h.Name != n.Table.Name {
		scan.Alias = n.Table.Name
	}
	if n.Ref {
		scan.cols = append(scan.cols, refColumn)
	}
	to, err := columnsIn(n.Table, h)
	if err != nil {
		return nil, err
	}
	exprs := make([]expr.Expr, 0, len(n.cols))
	column := func(i int) { exprs = append(exprs, columnAt(scan.cols, i)) }
	for _, at := range to {
		column(at)
	}
	for i := len(h.Columns); i < len(scan.cols); i++ {
		column(i)
	}
	exprs = append(exprs, &expr.Const{Value: types.Int(int64(h.OID)), T: types.Oid, Mod: types.NoTypmod, Loc: -1})
	return &Project{Input: scan, Exprs: exprs, cols: n.cols}, nil
}

func columnAt(cols []Column, i int) *expr.Column {
	return &expr.Column{Index: i, T: cols[i].Type, Mod: cols[i].Typmod, Name: cols[i].Name, Collation: cols[i].Collation}
}

// columnsIn gives, for each column of a parent, its place in a table that inherits from
// it.
func columnsIn(parent, h *catalog.Table) ([]int, error) {
	to := make([]int, len(parent.Columns))
	for i, c := range parent.Columns {
		if to[i] = i; i < len(h.Columns) && h.Columns[i].Name == c.Name {
			continue
		}
		if to[i] = h.ColumnIndex(c.Name); to[i] < 0 {
			return nil, sqlerr.Internal("table %s does not have column %s of its parent", h.Name, c.Name)
		}
	}
	return to, nil
}

// sameLayout says whether the columns of a table are at the places of its parent's.
func sameLayout(to []int, h *catalog.Table) bool {
	for i, at := range to {
		if at != i {
			return false
		}
	}
	return len(to) == len(h.Columns)
}

// readInherited plans reading a table that others inherit from.
func (p *planner) readInherited(t *catalog.Table, list []*catalog.Table, v *ast.RangeVar, sc *scope) (Node, error) {
	p.below(t, list, catalog.PrivSelect)
	ref := p.lockable(aliasOr(v.Alias, t.Name))
	n, err := p.newAppend(t, aliasOf(v), list, ref)
	if err != nil {
		return nil, err
	}
	if err := addRelation(sc, t.Name, p.schemaName(t.Schema), v.Alias, n.cols[:len(t.Columns)+len(SystemColumns)], len(t.Columns)); err != nil {
		return nil, err
	}
	sc.addInheritedColumns(ref)
	role, err := p.secured(t)
	if err != nil || role == nil {
		return n, err
	}
	n.role, n.secured = role, true
	cond, err := p.visible(t, role, 'r')
	return &Filter{Input: n, Cond: cond}, err
}

// addInheritedColumns is addSystemColumns for the rows of an Append, of which all but
// what follows the system columns has been added last.
func (s *scope) addInheritedColumns(ref bool) {
	version := s.columns[len(s.columns)-1]
	for _, name := range expr.VersionColumns {
		c := version
		c.Name, c.hidden = name, true
		c.derive = func(column expr.Expr) expr.Expr { return expr.NewVersionColumn(name, column) }
		s.columns = append(s.columns, c)
	}
	if ref {
		s.width++
	}
	oid := version
	oid.Column, oid.index, oid.hidden = tableOIDColumn, s.width, true
	s.columns = append(s.columns, oid)
	s.width++
}

// push moves conditions into the members, and leaves out those that can have no rows.
func (n *Append) push(conds []expr.Expr) Node {
	var below, kept []expr.Expr
	for _, c := range conds {
		if forMembers(c) {
			below = append(below, c)
		} else {
			kept = append(kept, c)
		}
	}
	if n.secured && kept != nil { // nothing may be looked at before what policies say
		below, kept = nil, conds
	}
	if n.levels != nil {
		n.prune(conds)
	} else if len(conds) > 0 {
		n.exclude(conds)
	}
	for i, m := range n.Members {
		n.Members[i] = push(m, below)
	}
	if len(n.Members) == 1 && n.Prune == nil {
		return filterAll(n.Members[0], kept)
	}
	return filterAll(n, kept)
}

// forMembers says whether a condition may be computed by every member: what subqueries are
// in it are computed once for all.
func forMembers(cond expr.Expr) bool {
	ok := movable(cond)
	expr.Walk(cond, func(e expr.Expr) bool {
		if link, is := e.(*SubLink); is && (link.Kind != ScalarLink || len(link.Args) > 0) {
			ok = false
		}
		return ok
	})
	return ok
}

// prune leaves out the members that conditions, over the rows, exclude, and notes those
// that may exclude some when the plan starts.
func (n *Append) prune(conds []expr.Expr) {
	keep := n.levels.survivors(conds, constantOnly)
	if keep != nil {
		left := 0
		for i, t := range n.tables {
			if keep[t.OID] {
				n.tables[left], n.Members[left] = t, n.Members[i]
				left++
			}
		}
		n.tables, n.Members = slices.Clip(n.tables[:left]), slices.Clip(n.Members[:left])
	}
	for _, c := range conds {
		if forMembers(c) && n.levels.decides(c) {
			n.Prune = append(n.Prune, c)
		}
	}
	if len(n.Members) < 2 {
		n.Prune = nil
	}
}

// Survivors says which members a start of the plan has to read; nil: all.
func (n *Append) Survivors(c *expr.Context) []bool {
	if n.Prune == nil {
		return nil
	}
	keep := n.levels.survivors(n.Prune, func(e expr.Expr) (types.Datum, bool) {
		v, err := e.Eval(c, nil)
		return v, err == nil
	})
	if keep == nil {
		return nil
	}
	out := make([]bool, len(n.tables))
	for i, t := range n.tables {
		out[i] = keep[t.OID]
	}
	return out
}

// constantOnly evaluates what is known when the plan is made.
func constantOnly(e expr.Expr) (types.Datum, bool) {
	if c, ok := e.(*expr.Const); ok {
		return c.Value, true
	}
	return types.Null, false
}

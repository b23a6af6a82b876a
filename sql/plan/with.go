package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// With has the WITH queries of a statement in sight of Input. They are read
// anew each time Input is.
type With struct {
	CTEs  []*CTE
	Input Node
}

// CTE is a WITH query. Its rows are the same for everyone who reads them.
type CTE struct {
	Name  string
	Query Node
	// References counts the CTEScans; a query that is read once only, and need
	// not be kept, is put in that place.
	References   int
	Materialized bool
	// wanted are the conditions of its readers, and copied says that a reader is
	// planned in two ways.
	wanted []expr.Expr
	copied bool
	// Modifies: the query is an INSERT, UPDATE or DELETE, which runs to its end
	// whoever reads it.
	Modifies bool
}

// Inline says whether the query runs in the place of its only reader.
func (c *CTE) Inline() bool {
	_, recursive := c.Query.(*RecursiveUnion)
	return c.References == 1 && !c.Materialized && !c.Modifies && !recursive
}

// CTEScan reads the rows of a WITH query.
type CTEScan struct {
	CTE   *CTE
	Alias string
	cols  []Column
}

// RecursiveUnion is the query of WITH RECURSIVE: the rows of Start, and then
// those of Step over the rows of the round before, until a round has none.
type RecursiveUnion struct {
	Name        string
	Start, Step Node
	// All keeps equal rows; without it no row comes twice.
	All  bool
	cols []Column
}

// WorkTableScan reads the rows of the round before.
type WorkTableScan struct {
	Alias string
	Union *RecursiveUnion
	cols  []Column
}

// Columns are those of Input.
func (n *With) Columns() []Column { return n.Input.Columns() }

// Inputs are the queries and Input.
func (n *With) Inputs() []Node {
	in := make([]Node, 0, len(n.CTEs)+1)
	for _, c := range n.CTEs {
		in = append(in, c.Query)
	}
	return append(in, n.Input)
}

// Columns describes the rows.
func (n *CTEScan) Columns() []Column { return n.cols }

// Inputs are none: the query belongs to the With.
func (n *CTEScan) Inputs() []Node { return nil }

// Columns describes the rows.
func (n *RecursiveUnion) Columns() []Column { return n.cols }

// Inputs are Start and Step.
func (n *RecursiveUnion) Inputs() []Node { return []Node{n.Start, n.Step} }

// Columns describes the rows.
func (n *WorkTableScan) Columns() []Column { return n.cols }

// Inputs are none.
func (n *WorkTableScan) Inputs() []Node { return nil }

// cte is a WITH query in sight.
type cte struct {
	name string
	cols []Column
	plan *CTE
	// union is set while the query itself is planned: a reference is then to
	// the round before.
	union *RecursiveUnion
	// visible is how many of cols * stands for then, if those are not all.
	visible int
	// hidden: * stands for none of them.
	hidden bool
	// rowless: it modifies without RETURNING and has no rows to read.
	rowless bool
	// start is what planner.start is for the query, whose readers it concerns.
	start error
	// level is how many subqueries and LATERAL items are around it.
	level int
	// nested: it belongs to a subquery, and has other rows each time that runs.
	nested bool
}

// with plans WITH queries and puts them in sight. close wraps the statement's
// own node in a With, and takes them out of sight; it is called once.
func (p *planner) with(w *ast.WithClause, outer *scope) (close func(Node) Node, err error) {
	depth := len(p.ctes)
	if w == nil {
		return func(n Node) Node { return n }, nil
	}
	for i, c := range w.CTEs {
		for _, before := range w.CTEs[:i] {
			if before.Name == c.Name {
				return nil, sqlerr.New(sqlerr.DuplicateAlias, `WITH query name "%s" specified more than once`, c.Name).At(c.Pos())
			}
		}
	}
	node := &With{}
	ctes, err := byDependency(w)
	if err != nil {
		return nil, err
	}
	for _, c := range ctes {
		in, err := p.withQuery(w, c, outer)
		if err != nil {
			return nil, err
		}
		p.ctes = append(p.ctes, in)
		node.CTEs = append(node.CTEs, in.plan)
	}
	return func(n Node) Node {
		p.ctes = p.ctes[:depth]
		node.CTEs = slices.DeleteFunc(node.CTEs, func(c *CTE) bool { return c.References == 0 && !c.Modifies }) // nobody asks
		if len(node.CTEs) == 0 {
			return n
		}
		node.Input = n
		return node
	}, nil
}

func (p *planner) withQuery(w *ast.WithClause, c *ast.CTE, outer *scope) (*cte, error) {
	in := &cte{name: c.Name, level: p.level, nested: outer.readable(), plan: &CTE{Name: c.Name, Materialized: c.Materialized == ast.CTEMaterialized}}
	volatile := p.volatile
	p.volatile = expr.Immutable
	p.inWith++
	start := p.start
	p.start = nil
	defer func() {
		p.inWith--
		p.volatile = max(volatile, p.volatile)
		if in.start, p.start = p.start, start; in.plan.Modifies && p.start == nil {
			p.start = in.start // it runs whoever reads it
		}
	}()
	var n Node
	var err error
	if _, reads := c.Query.(*ast.SelectStmt); !reads && w != p.top && len(p.rules) == 0 {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "WITH clause containing a data-modifying statement must be at the top level").At(c.Pos())
	}
	switch q := c.Query.(type) {
	case *ast.SelectStmt:
		if w.Recursive && refersTo(q, c.Name) {
			n, err = p.recursive(in, c, q, outer)
			break
		}
		if c.Search != nil || c.Cycle != nil {
			return nil, sqlerr.New(sqlerr.SyntaxError, "WITH query is not recursive").At(c.Pos())
		}
		if n, err = p.selectStmt(q, outer); err == nil {
			n, err = p.settleUnknown(n)
		}
	case *ast.InsertStmt:
		n, err = p.insert(q)
		in.plan.Modifies, in.rowless = true, len(q.Returning) == 0
	case *ast.UpdateStmt:
		n, err = p.update(q)
		in.plan.Modifies, in.rowless = true, len(q.Returning) == 0
	case *ast.DeleteStmt:
		n, err = p.delete(q)
		in.plan.Modifies, in.rowless = true, len(q.Returning) == 0
	case *ast.MergeStmt:
		n, err = p.merge(q)
		in.plan.Modifies, in.rowless = true, len(q.Returning) == 0
	default:
		err = sqlerr.Internal("WITH query %T", q)
	}
	if err != nil {
		return nil, err
	}
	p.modifies = p.modifies || in.plan.Modifies
	if p.volatile == expr.Volatile {
		in.plan.Materialized = true // once, whoever reads it how often
	}
	in.plan.Query = n
	if in.cols, err = cteColumns(c, n.Columns()); err != nil {
		return nil, err
	}
	return in, nil
}

// withOf is the WITH of a statement; nil if there is none.
func withOf(stmt ast.Statement) *ast.WithClause {
	switch s := stmt.(type) {
	case *ast.SelectStmt:
		return s.With
	case *ast.InsertStmt:
		return s.With
	case *ast.UpdateStmt:
		return s.With
	case *ast.DeleteStmt:
		return s.With
	case *ast.MergeStmt:
		return s.With
	}
	return nil
}

// cteColumns names the columns of a WITH query.
func cteColumns(c *ast.CTE, cols []Column) ([]Column, error) {
	cols = append([]Column(nil), cols...)
	if len(c.Columns) > len(cols) {
		return nil, sqlerr.New(sqlerr.InvalidColumnReference, `WITH query "%s" has %d columns available but %d columns specified`, c.Name, len(cols), len(c.Columns)).At(c.Pos())
	}
	for i, name := range c.Columns {
		cols[i].Name = name
	}
	return cols, nil
}

// recursive plans start UNION [ALL] step.
func (p *planner) recursive(in *cte, c *ast.CTE, q *ast.SelectStmt, outer *scope) (Node, error) {
	if q.SetOp != ast.SetUnion {
		return nil, sqlerr.New(sqlerr.InvalidRecursion, `recursive query "%s" does not have the form non-recursive-term UNION [ALL] recursive-term`, c.Name).At(c.Pos())
	}
	references := &selfReferences{name: c.Name}
	if err := references.query(q.Left, "its non-recursive term"); err != nil {
		return nil, err
	}
	if err := references.query(q.Right, ""); err != nil {
		return nil, err
	}
	switch {
	case len(q.OrderBy) > 0:
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "ORDER BY in a recursive query is not implemented").At(q.OrderBy[0].Expr.Pos())
	case q.Offset != nil:
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "OFFSET in a recursive query is not implemented").At(q.Offset.Pos())
	case q.Limit != nil:
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "LIMIT in a recursive query is not implemented").At(q.Limit.Pos())
	case len(q.Locking) > 0:
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "FOR UPDATE/SHARE in a recursive query is not implemented")
	}
	close, err := p.with(q.With, outer)
	if err != nil {
		return nil, err
	}
	left, right, wrapping := q.Left, q.Right, (*wrapped)(nil)
	if c.Search != nil || c.Cycle != nil {
		if wrapping, err = p.searchAndCycle(c, q, outer); err != nil {
			return nil, err
		}
		left, right = wrapping.left, wrapping.right
	}
	start, err := p.selectStmt(left, outer)
	if err != nil {
		return nil, err
	}
	if start, err = p.settleUnknown(start); err != nil {
		return nil, err
	}
	if !q.All {
		for _, col := range start.Columns() {
			if !col.Type.Hashable() || col.Type == types.Money {
				return nil, sqlerr.New(sqlerr.FeatureNotSupported, "could not implement recursive UNION").WithDetail("All column datatypes must be hashable.")
			}
		}
	}
	union := &RecursiveUnion{Name: c.Name, Start: start, All: q.All, cols: append([]Column(nil), start.Columns()...)}
	for i := range union.cols {
		union.cols[i].Table, union.cols[i].Num = 0, 0
	}
	in.union = union
	if wrapping != nil {
		in.cols, in.visible = wrapping.workColumns(union.cols)
	} else if in.cols, err = cteColumns(c, union.cols); err != nil {
		return nil, err
	}
	p.ctes = append(p.ctes, in)
	step, err := p.selectStmt(right, outer)
	if err != nil {
		return nil, err
	}
	p.ctes = p.ctes[:len(p.ctes)-1]
	in.union = nil
	if union.Step, err = union.matching(p.typing(), step, left.Targets); err != nil {
		return nil, err
	}
	if wrapping != nil {
		union.cols, in.visible = in.cols, 0
		return close(wrapping.shown(union)), nil
	}
	return close(union), nil
}

// matching gives the step's rows the types of the start's.
func (n *RecursiveUnion) matching(y *expr.Typing, step Node, targets []*ast.ResTarget) (Node, error) {
	have := step.Columns()
	if len(have) != len(n.cols) {
		return nil, sqlerr.New(sqlerr.SyntaxError, "each UNION query must have the same number of columns")
	}
	exprs := make([]expr.Expr, len(have))
	for i, c := range n.cols {
		e := outputExpr(step, i)
		t, err := y.CommonType("UNION", []expr.Expr{&expr.Column{Index: i, T: c.Type, Mod: c.Typmod}, e})
		if err != nil {
			return nil, err
		}
		if overall := e.Typmod(); !t.Same(c.Type) || c.Typmod != types.NoTypmod && overall != c.Typmod {
			loc := -1
			if i < len(targets) {
				loc = targets[i].Val.Pos()
			}
			return nil, sqlerr.New(sqlerr.DatatypeMismatch, `recursive query "%s" column %d has type %s in non-recursive term but type %s overall`,
				n.Name, i+1, types.FormatType(c.Type, c.Typmod), types.FormatType(t, types.NoTypmod)).
				WithHint("Cast the output of the non-recursive term to the correct type.").At(loc)
		}
		if exprs[i], err = y.Coerce(e, t, types.NoTypmod, expr.Implicit); err != nil {
			return nil, err
		}
	}
	return &Project{Input: step, Exprs: exprs, cols: n.cols}, nil
}

func (p *planner) cteReference(c *cte, v *ast.RangeVar, sc *scope) (Node, error) {
	if c.rowless {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, `WITH query "%s" does not have a RETURNING clause`, c.name).At(v.Pos())
	}
	if c.union != nil {
		p.workReads++
		sc.recurs = true
		visible := len(c.cols)
		if c.visible > 0 {
			visible = c.visible
		}
		return &WorkTableScan{Union: c.union, Alias: aliasOf(v), cols: c.cols}, addRelation(sc, c.name, "", v.Alias, c.cols, visible)
	}
	if c.nested {
		p.workReads++
		if p.level != c.level { // what is around it there is not what is around it here
			c.plan.Materialized = true
		}
	}
	c.plan.References++
	if p.start == nil {
		p.start = c.start
	}
	visible := len(c.cols)
	if c.hidden {
		visible = 0
	}
	return &CTEScan{CTE: c.plan, Alias: aliasOf(v), cols: c.cols}, addRelation(sc, c.name, "", v.Alias, c.cols, visible)
}

package dataflow

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// Program is a compiled live query. It is immutable.
type Program struct {
	// Scan is the plan's only source.
	Scan *plan.Scan
	// Columns are those of the result.
	Columns []plan.Column
	// Key has the positions in Columns of the table's primary key, or is nil
	// when the result has no key.
	Key []int
	// Volatility is that of the most volatile expression in the query.
	Volatility expr.Volatility

	nodes []plan.Node // from the scan up
	used  []int       // positions in Scan.Table.Columns the query reads
	flow  *Flow       // for Scan.Table
	key   []int16     // attribute numbers of the primary key, as planned
	types []types.OID // of the used columns
}

// Flow is a Program bound to one version of its table's descriptor.
type Flow struct {
	Table *catalog.Table
	// Fresh: the rows that Row gives are made by it and may be kept.
	Fresh  bool
	stages []stage
}

// Compile makes a program of a plan, whatever values its parameters have. A plan that
// cannot be live is refused with 0A000 naming what it contains.
func Compile(p *plan.Plan) (*Program, error) {
	if err := Check(p); err != nil {
		return nil, err
	}
	depth := 1
	for n := p.Root; len(n.Inputs()) > 0; n = n.Inputs()[0] {
		depth++
	}
	g := &Program{Columns: p.Root.Columns(), Volatility: p.Volatility, nodes: make([]plan.Node, 0, depth)}
	for n := p.Root; ; n = n.Inputs()[0] {
		g.nodes = append(g.nodes, n)
		if s, ok := n.(*plan.Scan); ok {
			g.Scan = s
			break
		}
	}
	slices.Reverse(g.nodes)
	for _, n := range g.nodes {
		for _, e := range expressions(n) {
			// Operators and casts count as well as functions.
			g.Volatility = max(g.Volatility, expr.MaxVolatility(e))
		}
	}
	g.findUsed()
	g.findKey()
	g.flow = g.bind(g.Scan.Table, nil)
	return g, nil
}

// Equalities narrow the rows the query can concern with the values that parameters have
// in c: a row that differs from one of them is not in the result.
func (g *Program) Equalities(c *expr.Context) []Equality {
	return Equalities(g.conditions(), g.Scan.Table, c)
}

// Durable says whether the table behind the query survives a restart.
func (g *Program) Durable() bool { return g.Scan.Table.Durable() }

// Apply gives the exact change of the result for one commit's changes of the
// table, all made under f.Table.
func (f *Flow) Apply(c *expr.Context, changes []*tables.Change) (Delta, error) {
	d, err := f.source(changes)
	if err != nil {
		return nil, err
	}
	for _, s := range f.stages {
		if len(d) == 0 {
			return nil, nil
		}
		if d, err = s.Apply(c, d); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// Row gives the result row that a stored row makes, or false when it makes
// none. Unless the flow is Fresh the result may be row itself.
func (f *Flow) Row(c *expr.Context, row types.Row) (types.Row, bool, error) {
	for _, s := range f.stages {
		var ok bool
		var err error
		if row, ok, err = s.row(c, row); err != nil || !ok {
			return nil, false, err
		}
	}
	return row, true, nil
}

// conditions lists what the scan and the filters right above it demand of the
// table's row.
func (g *Program) conditions() []expr.Expr {
	var all []expr.Expr
	for _, n := range g.nodes {
		switch n := n.(type) {
		case *plan.Scan:
			if n.Filter != nil {
				all = append(all, n.Filter)
			}
		case *plan.Filter:
			all = append(all, n.Cond)
		default:
			return all
		}
	}
	return all
}

// findUsed notes which columns of the table the query reads: those that the
// uppermost projection reads, through the ones below it.
func (g *Program) findUsed() {
	t := g.Scan.Table
	var wanted map[int]bool // of the rows below; nil: all
	for _, n := range slices.Backward(g.nodes) {
		of := expressions(n)
		if _, is := n.(*plan.Project); is {
			of = nil
			for i, e := range expressions(n) {
				// A column that nobody reads may be any.
				if _, plain := e.(*expr.Column); !plain || wanted == nil || wanted[i] {
					of = append(of, e)
				}
			}
			wanted = map[int]bool{}
		}
		if wanted == nil {
			continue
		}
		for _, e := range of {
			expr.Walk(e, func(e expr.Expr) bool {
				if c, ok := e.(*expr.Column); ok {
					wanted[c.Index] = true
				}
				return true
			})
		}
	}
	for i, c := range t.Columns {
		if wanted == nil || wanted[i] {
			g.used = append(g.used, i)
			g.types = append(g.types, c.Type.OID)
		}
	}
}

func (g *Program) projects() bool {
	return slices.ContainsFunc(g.nodes, func(n plan.Node) bool { _, ok := n.(*plan.Project); return ok })
}

// findKey finds the primary key among the result's columns.
func (g *Program) findKey() {
	g.key = primaryKey(g.Scan.Table)
	if g.key == nil {
		return
	}
	var at []int
	for _, num := range g.key {
		i := slices.IndexFunc(g.Columns, func(c plan.Column) bool { return c.Table == g.Scan.Table.OID && c.Num == num })
		if i < 0 {
			return
		}
		at = append(at, i)
	}
	g.Key = at
}

// primaryKey gives the attribute numbers of a table's primary key, or nil.
func primaryKey(t *catalog.Table) []int16 {
	pk := t.PrimaryKey()
	if pk == nil {
		return nil
	}
	nums := make([]int16, 0, len(pk.Keys))
	for _, k := range pk.Keys {
		if k.Column == 0 {
			return nil
		}
		nums = append(nums, k.Column)
	}
	return nums
}

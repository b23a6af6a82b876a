package plan

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Sample passes some of the rows of a table, chosen before any condition is looked at:
// TABLESAMPLE.
type Sample struct {
	Input Node
	// Blocks: BlockRows rows that follow each other are passed or dropped together,
	// which is the method SYSTEM; otherwise each row alone, which is BERNOULLI.
	Blocks    bool
	BlockRows int
	// Percent is how many are passed, a float4, and Seed decides which; nil: chance does.
	// They have no columns.
	Percent, Seed expr.Expr
}

// Columns are those of the table.
func (n *Sample) Columns() []Column { return n.Input.Columns() }

// Inputs is what reads the table.
func (n *Sample) Inputs() []Node { return []Node{n.Input} }

// blockBytes is what SYSTEM takes for the size of a block, and rowBytes for what a row
// takes besides its columns.
const (
	blockBytes = 8 << 10
	rowBytes   = 28
)

// tableSample plans TABLESAMPLE.
func (p *planner) tableSample(t *ast.RangeTableSample, sc *scope) (Node, error) {
	columns, err := p.sampled(t.Relation)
	if err != nil {
		return nil, err
	}
	s, err := p.sample(t, sc)
	if err != nil {
		return nil, err
	}
	width := rowBytes
	for _, c := range columns {
		width += typeWidth(c.Type.Type)
	}
	s.BlockRows = max(1, blockBytes/width)
	n, err := p.rangeVar(t.Relation, sc)
	if err != nil {
		return nil, err
	}
	sc.items = append(sc.items, lockable{name: aliasOr(t.Relation.Alias, t.Relation.Name), from: t.Relation, node: n})
	s.Input = n
	return s, nil
}

// sampled gives the columns of the table that TABLESAMPLE stands behind.
func (p *planner) sampled(v *ast.RangeVar) ([]*catalog.Column, error) {
	wrong := sqlerr.New(sqlerr.FeatureNotSupported, "TABLESAMPLE clause can only be applied to tables and materialized views").At(v.Pos())
	for _, c := range p.ctes {
		if v.Schema == "" && c.name == v.Name {
			return nil, wrong
		}
	}
	if p.transition(v) != nil {
		return nil, wrong
	}
	r, err := p.env.Relation(v)
	if err != nil {
		return nil, err
	}
	switch t := r.(type) {
	case *catalog.Table:
		return t.Columns, nil
	case *catalog.Virtual:
		if t.Stored {
			return t.Columns, nil
		}
	}
	return nil, wrong
}

// sample binds a TABLESAMPLE without what it samples.
func (p *planner) sample(t *ast.RangeTableSample, sc *scope) (*Sample, error) {
	method := t.Method[len(t.Method)-1]
	if method != "bernoulli" && method != "system" || len(t.Method) > 1 && t.Method[0] != "pg_catalog" {
		return nil, sqlerr.New(sqlerr.UndefinedObject, "tablesample method %s does not exist", strings.Join(t.Method, ".")).At(t.Pos())
	}
	if len(t.Args) != 1 {
		return nil, sqlerr.New(sqlerr.InvalidTablesampleArgument, "tablesample method %s requires 1 argument, not %d", method, len(t.Args)).At(t.Pos())
	}
	s := &Sample{Blocks: method == "system"}
	bind := func(e ast.Expr, as *types.Type) (expr.Expr, error) {
		b := &binder{p: p, scope: &scope{outer: sc.siblings()}, clause: "functions in FROM"}
		bound, err := b.bind(e)
		if err != nil {
			return nil, err
		}
		if from := bound.Type(); from != types.Unknown && !p.typing().CanCoerce(from, as, expr.Assignment) {
			return nil, sqlerr.New(sqlerr.DatatypeMismatch, "argument of %s must be type %s, not type %s", map[bool]string{true: "TABLESAMPLE", false: "REPEATABLE"}[as == types.Float4], as, from).At(e.Pos())
		}
		return p.typing().Coerce(bound, as, types.NoTypmod, expr.Assignment)
	}
	var err error
	if s.Percent, err = bind(t.Args[0], types.Float4); err != nil {
		return nil, err
	}
	if t.Repeatable == nil {
		p.volatile = expr.Volatile
		return s, nil
	}
	s.Seed, err = bind(t.Repeatable, types.Float8)
	return s, err
}

package exec

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Evaluate runs a query over rows in memory in the place of tables: those of a
// table in the order in which a scan would give them, with their system columns.
// The rows of the result are new. What an operator keeps, the rows of a recursion and the
// result may each have so many bytes, zero being no bound; more is 53400.
func Evaluate(c *expr.Context, p *plan.Plan, rows map[catalog.OID][]types.Row, most int64) ([]types.Row, error) {
	own := *c
	rt := &Runtime{Ctx: c.Ctx, Eval: &own, memory: rows, most: most}
	op, err := Build(rt, p.Root)
	if err != nil {
		return nil, err
	}
	defer op.Close()
	var out []types.Row
	bytes := int64(0)
	for {
		row, err := op.Next()
		if row == nil || err != nil {
			return out, err
		}
		bytes += row.Bytes()
		if err := rt.mayKeep(bytes); err != nil {
			return nil, err
		}
		out = append(out, row.Clone())
	}
}

// mayKeep says whether an operator of an evaluation may keep so many bytes, which nothing
// writes to files.
func (rt *Runtime) mayKeep(bytes int64) error {
	if rt.most > 0 && bytes > rt.most {
		return sqlerr.New(sqlerr.ConfigurationLimitExceeded, "the evaluation of a query needs more memory than it may have")
	}
	return nil
}

// memoryScan reads the rows of a table that are in memory.
type memoryScan struct {
	rt     *Runtime
	filter expr.Expr
	rows   []types.Row
}

func (o *memoryScan) Next() (types.Row, error) {
	for n := 0; len(o.rows) > 0; n++ {
		if n%1024 == 1023 {
			if err := o.rt.interrupted(); err != nil {
				return nil, err
			}
		}
		row := o.rows[0]
		o.rows = o.rows[1:]
		if o.filter == nil {
			return row, nil
		}
		v, err := o.filter.Eval(o.rt.Eval, row)
		if err != nil {
			return nil, err
		}
		if v.Bool() {
			return row, nil
		}
	}
	return nil, nil
}

func (o *memoryScan) Close() {}

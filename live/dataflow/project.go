package dataflow

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// project computes its columns from each row.
type project struct{ exprs []expr.Expr }

func (p *project) Apply(c *expr.Context, in Delta) (Delta, error) {
	for i := range in {
		row, _, err := p.row(c, in[i].Row)
		if err != nil {
			return nil, err
		}
		in[i].Row = row
	}
	return in, nil
}

func (p *project) row(c *expr.Context, row types.Row) (types.Row, bool, error) {
	out := make(types.Row, len(p.exprs))
	for i, e := range p.exprs {
		v, err := e.Eval(c, row)
		if err != nil {
			return nil, false, err
		}
		out[i] = v
	}
	return out, true, nil
}

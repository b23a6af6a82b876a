package dataflow

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// filter passes the entries for whose row the condition is true.
type filter struct{ cond expr.Expr }

func (f *filter) Apply(c *expr.Context, in Delta) (Delta, error) {
	out := in[:0]
	for _, e := range in {
		_, ok, err := f.row(c, e.Row)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, e)
		}
	}
	return out, nil
}

func (f *filter) row(c *expr.Context, row types.Row) (types.Row, bool, error) {
	v, err := f.cond.Eval(c, row)
	return row, err == nil && v.Bool(), err
}

package dataflow

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// filter passes the entries for whose row the condition is true.
type filter struct {
	cond expr.Expr
	// secures is the part of it that policies want; nil for none.
	secures expr.Expr
}

func newFilter(cond expr.Expr) *filter { return &filter{cond, expr.Securing(cond)} }

func (f *filter) Apply(c *expr.Context, in Delta) (Delta, error) {
	out := in[:0]
	for _, e := range in {
		_, ok, err := f.row(c, e.Row)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, e)
			continue
		}
		if last := len(out) - 1; f.secures != nil && e.Weight > 0 && last >= 0 && out[last].ID == e.ID && out[last].Weight < 0 {
			v, err := f.secures.Eval(c, e.Row)
			if err != nil {
				return nil, err
			}
			if !v.Bool() {
				out[last].Cause = Revoked
			}
		}
	}
	return out, nil
}

func (f *filter) row(c *expr.Context, row types.Row) (types.Row, bool, error) {
	v, err := f.cond.Eval(c, row)
	return row, err == nil && v.Bool(), err
}

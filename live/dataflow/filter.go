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
			continue
		}
		if last := len(out) - 1; e.Weight > 0 && last >= 0 && out[last].ID == e.ID && out[last].Weight < 0 {
			seen, err := f.seen(c, e.Row)
			if err != nil {
				return nil, err
			}
			if !seen {
				out[last].Cause = Revoked
			}
		}
	}
	return out, nil
}

// seen says whether policies let a row be seen.
func (f *filter) seen(c *expr.Context, row types.Row) (bool, error) {
	policies := expr.Securing(f.cond)
	if policies == nil {
		return true, nil
	}
	v, err := policies.Eval(c, row)
	return err == nil && v.Bool(), err
}

func (f *filter) row(c *expr.Context, row types.Row) (types.Row, bool, error) {
	v, err := f.cond.Eval(c, row)
	return row, err == nil && v.Bool(), err
}

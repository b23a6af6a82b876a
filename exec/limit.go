package exec

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// limit skips and counts rows.
type limit struct {
	rt      *Runtime
	input   Operator
	node    *plan.Limit
	started bool
	left    int64 // -1: no limit
}

func (o *limit) Next() (types.Row, error) {
	if !o.started {
		o.started = true
		skip, err := o.bound(o.node.Offset, 0, sqlerr.InvalidRowCountInResultOffsetClause, "OFFSET")
		if err != nil {
			return nil, err
		}
		if o.left, err = o.bound(o.node.Count, -1, sqlerr.InvalidRowCountInLimitClause, "LIMIT"); err != nil {
			return nil, err
		}
		for ; skip > 0 && o.left != 0; skip-- {
			if row, err := o.input.Next(); row == nil || err != nil {
				o.left = 0
				return nil, err
			}
		}
	}
	if o.left == 0 {
		return nil, nil
	}
	row, err := o.input.Next()
	if o.left > 0 {
		o.left--
	}
	return row, err
}

// bound evaluates LIMIT or OFFSET; NULL means none.
func (o *limit) bound(e expr.Expr, none int64, code sqlerr.Code, clause string) (int64, error) {
	if e == nil {
		return none, nil
	}
	v, err := e.Eval(o.rt.Eval, nil)
	if err != nil || v.IsNull() {
		return none, err
	}
	if v.Int() < 0 {
		return 0, sqlerr.New(code, "%s must not be negative", clause)
	}
	return v.Int(), nil
}

func (o *limit) Close() { o.input.Close() }

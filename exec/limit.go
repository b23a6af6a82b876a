package exec

import (
	"math"

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
	// last has the keys of the last row that was counted, for WITH TIES.
	last, keys types.Row
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
		return o.tie()
	}
	row, err := o.input.Next()
	if o.left > 0 {
		o.left--
	}
	if o.left == 0 && row != nil && err == nil && o.node.Ties != nil {
		o.last, o.keys = make(types.Row, len(o.node.Ties)), make(types.Row, len(o.node.Ties))
		err = o.evalKeys(o.last, row)
	}
	return row, err
}

// tie gives the next row, behind those that were counted, that is equal to the
// last of them.
func (o *limit) tie() (types.Row, error) {
	if o.last == nil {
		return nil, nil
	}
	row, err := o.input.Next()
	if row == nil || err != nil {
		o.last = nil
		return nil, err
	}
	if err := o.evalKeys(o.keys, row); err != nil {
		return nil, err
	}
	if plan.CompareKeys(o.node.Ties, o.last, o.keys) != 0 {
		o.last = nil
		return nil, nil
	}
	return row, nil
}

func (o *limit) evalKeys(out, row types.Row) (err error) {
	for i, k := range o.node.Ties {
		if out[i], err = k.Expr.Eval(o.rt.Eval, row); err != nil {
			return err
		}
	}
	return nil
}

// most is how many rows are asked for at all; -1 for no bound. What is wrong with
// the bounds is told when they are used.
func (o *limit) most() int64 {
	skip, err := o.bound(o.node.Offset, 0, sqlerr.InvalidRowCountInResultOffsetClause, "OFFSET")
	if err != nil {
		return -1
	}
	count, err := o.bound(o.node.Count, -1, sqlerr.InvalidRowCountInLimitClause, "LIMIT")
	if err != nil || count < 0 || skip > math.MaxInt64-count {
		return -1
	}
	return skip + count
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

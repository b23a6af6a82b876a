package exec

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// values produces rows of expressions.
type values struct {
	rt   *Runtime
	rows [][]expr.Expr
	next int
	row  types.Row
}

func (o *values) Next() (types.Row, error) {
	if o.next == len(o.rows) {
		return nil, nil
	}
	exprs := o.rows[o.next]
	o.next++
	if len(o.row) == 0 {
		return types.Row{}, nil
	}
	return o.row, evalInto(o.rt, o.row, exprs, nil)
}

func (o *values) Close() {}

// evalInto evaluates expressions over in into out.
func evalInto(rt *Runtime, out types.Row, exprs []expr.Expr, in types.Row) error {
	for i, e := range exprs {
		v, err := e.Eval(rt.Eval, in)
		if err != nil {
			return err
		}
		out[i] = v
	}
	return nil
}

// filter passes the rows for which a condition is true.
type filter struct {
	rt    *Runtime
	input Operator
	cond  expr.Expr
	// once are conditions that are asked before the first row is.
	once  []expr.Expr
	never bool
	// removed counts the rows that the condition has removed.
	removed int64
}

func (o *filter) Next() (types.Row, error) {
	if o.once != nil {
		may, err := o.rt.askOnce(o.once)
		if err != nil {
			return nil, err
		}
		o.once, o.never = nil, !may
	}
	if o.never {
		return nil, nil
	}
	for {
		row, err := o.input.Next()
		if row == nil || err != nil {
			return nil, err
		}
		v, err := o.cond.Eval(o.rt.Eval, row)
		if err != nil {
			return nil, err
		}
		if v.Bool() {
			return row, nil
		}
		o.removed++
	}
}

func (o *filter) Close() { o.input.Close() }

// askOnce says whether conditions that read no row are all true.
func (rt *Runtime) askOnce(conds []expr.Expr) (bool, error) {
	for _, c := range conds {
		v, err := c.Eval(rt.Eval, nil)
		if err != nil {
			return false, err
		}
		if v.IsNull() || !v.Bool() {
			return false, nil
		}
	}
	return true, nil
}

// project computes a row from each input row.
type project struct {
	rt    *Runtime
	input Operator
	exprs []expr.Expr
	row   types.Row
	few   [fewColumns]types.Datum // room for row
}

// fewColumns is how many columns a row has that an operator keeps in one piece
// with itself: for short statements allocations are much of the work.
const fewColumns = 6

func newProject(rt *Runtime, input Operator, exprs []expr.Expr) *project {
	o := &project{rt: rt, input: input, exprs: exprs}
	if len(exprs) <= len(o.few) {
		o.row = o.few[:len(exprs):len(exprs)]
	} else {
		o.row = make(types.Row, len(exprs))
	}
	return o
}

func (o *project) Next() (types.Row, error) {
	in, err := o.input.Next()
	if in == nil || err != nil {
		return nil, err
	}
	if err := evalInto(o.rt, o.row, o.exprs, in); err != nil {
		return nil, err
	}
	return o.row, nil
}

func (o *project) Close() { o.input.Close() }

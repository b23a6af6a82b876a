package exec

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// functionScan reads functions in FROM, whose rows are made all at once.
type functionScan struct {
	rt   *Runtime
	node *plan.FunctionScan
	sets [][]types.Row // by function, nil before the first row is asked for
	next int
	row  types.Row
}

func newFunctionScan(rt *Runtime, n *plan.FunctionScan) (Operator, error) {
	return &functionScan{rt: rt, node: n, row: make(types.Row, len(n.Columns()))}, nil
}

func (o *functionScan) Next() (types.Row, error) {
	if o.sets == nil {
		for _, f := range o.node.Funcs {
			rows, err := o.rows(&f)
			if err != nil {
				return nil, err
			}
			o.sets = append(o.sets, rows)
		}
	}
	clear(o.row)
	any, at := false, 0
	for i, rows := range o.sets {
		if o.next < len(rows) {
			any = true
			copy(o.row[at:], rows[o.next])
		}
		at += o.node.Funcs[i].Width
	}
	if !any {
		return nil, nil
	}
	o.next++
	if o.node.Ordinality {
		o.row[at] = types.Int(int64(o.next))
	}
	return o.row, nil
}

// rows makes the rows of one function.
func (o *functionScan) rows(f *plan.ScannedFunction) ([]types.Row, error) {
	if call, ok := f.Call.(*expr.Call); ok && call.Fn.Set != nil {
		return setRows(o.rt, call, nil)
	}
	v, err := f.Call.Eval(o.rt.Eval, nil)
	if err != nil {
		return nil, err
	}
	if r := v.Record(); r != nil && f.Width > 1 {
		return []types.Row{r.Values}, nil
	}
	row := make(types.Row, f.Width)
	row[0] = v
	return []types.Row{row}, nil
}

// setRows makes the rows of a set-returning function called for one input row.
func setRows(rt *Runtime, call *expr.Call, in types.Row) (rows []types.Row, err error) {
	args := make([]types.Datum, len(call.Args))
	for i, a := range call.Args {
		if args[i], err = a.Eval(rt.Eval, in); err != nil {
			return nil, err
		}
		if args[i].IsNull() && call.Fn.Strict {
			return nil, nil
		}
	}
	err = call.Fn.Set(rt.Eval, args, func(row types.Row) error {
		rows = append(rows, row.Clone())
		if len(rows)%4096 == 0 {
			return rt.interrupted()
		}
		return nil
	})
	return rows, err
}

func (o *functionScan) Close() { o.sets = [][]types.Row{} }

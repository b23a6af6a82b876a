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
	sets []setCall // by function, nil before the first row is asked for; nil are those that have ended
	next int
	row  types.Row
}

func newFunctionScan(rt *Runtime, n *plan.FunctionScan) (Operator, error) {
	return &functionScan{rt: rt, node: n, row: make(types.Row, len(n.Columns()))}, nil
}

func (o *functionScan) Next() (types.Row, error) {
	if o.sets == nil {
		for _, f := range o.node.Funcs {
			set, err := o.call(&f)
			if err != nil {
				return nil, err
			}
			o.sets = append(o.sets, set)
		}
	}
	clear(o.row)
	any, at := false, 0
	for i, set := range o.sets {
		if set != nil {
			row, err := set.Next()
			if err != nil {
				return nil, err
			}
			if copy(o.row[at:], row); row != nil {
				any = true
			} else {
				set.close()
				o.sets[i] = nil
			}
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

// call begins one function.
func (o *functionScan) call(f *plan.ScannedFunction) (setCall, error) {
	if call, ok := f.Call.(*expr.Call); ok && call.Fn.Set != nil {
		return callSet(o.rt, call, nil)
	}
	v, err := f.Call.Eval(o.rt.Eval, nil)
	if err != nil {
		return nil, err
	}
	if r := v.Record(); r != nil && f.Row {
		return &setRows{rows: []types.Row{r.Values}}, nil
	}
	row := make(types.Row, f.Width)
	row[0] = v
	return &setRows{rows: []types.Row{row}}, nil
}

func (o *functionScan) Close() {
	for _, set := range o.sets {
		if set != nil {
			set.close()
		}
	}
	o.sets = []setCall{}
}

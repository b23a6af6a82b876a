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
	sets []*setRows // by function, nil before the first row is asked for
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
		if o.next < rows.len() {
			any = true
			row, err := rows.at(o.next)
			if err != nil {
				return nil, err
			}
			copy(o.row[at:], row)
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
func (o *functionScan) rows(f *plan.ScannedFunction) (*setRows, error) {
	if call, ok := f.Call.(*expr.Call); ok && call.Fn.Set != nil {
		return callSet(o.rt, call, nil)
	}
	v, err := f.Call.Eval(o.rt.Eval, nil)
	if err != nil {
		return nil, err
	}
	if r := v.Record(); r != nil && f.Width > 1 {
		return &setRows{rows: []types.Row{r.Values}}, nil
	}
	row := make(types.Row, f.Width)
	row[0] = v
	return &setRows{rows: []types.Row{row}}, nil
}

func (o *functionScan) Close() {
	for _, rows := range o.sets {
		rows.close()
	}
	o.sets = []*setRows{}
}

package exec

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// projectSet computes rows from each input row where set-returning functions
// stand in the select list: they advance together, and one that has ended gives
// NULL until all have.
type projectSet struct {
	rt    *Runtime
	input Operator
	exprs []expr.Expr
	row   types.Row
	sets  [][]types.Row // by expression, what is left of the current input row's
}

func newProjectSet(rt *Runtime, n *plan.Project) (Operator, error) {
	return withInput(rt, n.Input, func(in Operator) Operator {
		return &projectSet{rt: rt, input: in, exprs: n.Exprs, row: make(types.Row, len(n.Exprs)), sets: make([][]types.Row, len(n.Exprs))}
	})
}

func (o *projectSet) Next() (types.Row, error) {
	for {
		if o.advance() {
			return o.row, nil
		}
		in, err := o.input.Next()
		if in == nil || err != nil {
			return nil, err
		}
		if err := o.begin(in); err != nil {
			return nil, err
		}
	}
}

// begin evaluates everything for an input row.
func (o *projectSet) begin(in types.Row) (err error) {
	for i, e := range o.exprs {
		if c, ok := e.(*expr.Call); ok && c.Fn.Set != nil {
			o.sets[i], err = setRows(o.rt, c, in)
		} else {
			o.row[i], err = e.Eval(o.rt.Eval, in)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// advance takes the next row of every set; false when all have ended.
func (o *projectSet) advance() bool {
	any := false
	for i, e := range o.exprs {
		c, ok := e.(*expr.Call)
		if !ok || c.Fn.Set == nil {
			continue
		}
		o.row[i] = types.Null
		if len(o.sets[i]) > 0 {
			o.row[i] = setValue(c, o.sets[i][0])
			o.sets[i] = o.sets[i][1:]
			any = true
		}
	}
	return any
}

// setValue is a row of a set-returning function as one value.
func setValue(c *expr.Call, row types.Row) types.Datum {
	if len(c.Fn.Columns) == 0 {
		return row[0]
	}
	r := &types.Record{Values: row}
	for _, f := range c.Fn.Columns {
		r.Types, r.Names = append(r.Types, f.Type), append(r.Names, f.Name)
	}
	return types.Object(r)
}

func (o *projectSet) Close() { o.input.Close() }

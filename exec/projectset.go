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
	sets  []*setRows // by expression, those of the current input row
	at    int        // how many rows of them have been given
}

func newProjectSet(rt *Runtime, n *plan.Project) (Operator, error) {
	return withInput(rt, n.Input, func(in Operator) Operator {
		return &projectSet{rt: rt, input: in, exprs: n.Exprs, row: make(types.Row, len(n.Exprs)), sets: make([]*setRows, len(n.Exprs))}
	})
}

func (o *projectSet) Next() (types.Row, error) {
	for {
		if more, err := o.advance(); more || err != nil {
			return o.row, err
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
	o.release()
	o.at = 0
	for i, e := range o.exprs {
		if c, ok := e.(*expr.Call); ok && c.Fn.Set != nil {
			o.sets[i], err = callSet(o.rt, c, in)
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
func (o *projectSet) advance() (bool, error) {
	any := false
	for i, e := range o.exprs {
		c, ok := e.(*expr.Call)
		if !ok || c.Fn.Set == nil {
			continue
		}
		o.row[i] = types.Null
		if o.at >= o.sets[i].len() {
			continue
		}
		row, err := o.sets[i].at(o.at)
		if err != nil {
			return false, err
		}
		if o.sets[i].list != nil {
			row = row.Clone() // a record keeps it
		}
		o.row[i], any = setValue(c, row), true
	}
	o.at++
	return any, nil
}

// release gives up the rows of the input row before.
func (o *projectSet) release() {
	for i, s := range o.sets {
		s.close()
		o.sets[i] = nil
	}
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

func (o *projectSet) Close() {
	o.release()
	o.input.Close()
}

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
	// volatile are those that are computed for each row that comes out, and once
	// more to find that there is none.
	volatile []bool
	row      types.Row
	in       types.Row
	sets     []setCall // by expression, those of the current input row
}

func newProjectSet(rt *Runtime, n *plan.Project) (Operator, error) {
	volatile := make([]bool, len(n.Exprs))
	for i, e := range n.Exprs {
		volatile[i] = expr.MaxVolatility(e) == expr.Volatile
	}
	return withInput(rt, n.Input, func(in Operator) Operator {
		return &projectSet{volatile: volatile, rt: rt, input: in, exprs: n.Exprs, row: make(types.Row, len(n.Exprs)), sets: make([]setCall, len(n.Exprs))}
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
	o.in = in
	for i, e := range o.exprs {
		if c, ok := e.(*expr.Call); ok && c.Fn.Set != nil {
			o.sets[i], err = callSet(o.rt, c, in)
		} else if !o.volatile[i] {
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
	if o.in == nil {
		return false, nil
	}
	for i, e := range o.exprs {
		c, ok := e.(*expr.Call)
		if !ok || c.Fn.Set == nil {
			if o.volatile[i] {
				v, err := e.Eval(o.rt.Eval, o.in)
				if err != nil {
					return false, err
				}
				o.row[i] = v
			}
			continue
		}
		o.row[i] = types.Null
		if o.sets[i] == nil {
			continue
		}
		row, err := o.sets[i].Next()
		if err != nil {
			return false, err
		}
		if row == nil {
			o.sets[i].close()
			o.sets[i] = nil
			continue
		}
		o.row[i], any = setValue(c, row), true
	}
	if !any {
		o.in = nil
	}
	return any, nil
}

// release gives up the rows of the input row before.
func (o *projectSet) release() {
	for i, s := range o.sets {
		if s != nil {
			s.close()
			o.sets[i] = nil
		}
	}
}

// setValue is a row of a set-returning function as one value, which keeps a copy of it.
func setValue(c *expr.Call, row types.Row) types.Datum {
	if len(c.Fn.Columns) == 0 {
		return row[0]
	}
	r := &types.Record{Values: row.Clone()}
	for _, f := range c.Fn.Columns {
		r.Types, r.Names = append(r.Types, f.Type), append(r.Names, f.Name)
	}
	return types.Object(r)
}

func (o *projectSet) Close() {
	o.release()
	o.input.Close()
}

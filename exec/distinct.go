package exec

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// distinct passes the first of each set of equal rows, in input order.
type distinct struct {
	rt    *Runtime
	input Operator
	on    []expr.Expr // nil: the whole row
	seen  *rowTable[struct{}]
	key   types.Row
}

func newDistinct(rt *Runtime, in Operator, n *plan.Distinct) *distinct {
	o := &distinct{rt: rt, input: in, on: n.On}
	var ts []*types.Type
	if n.On == nil {
		ts = columnTypes(n.Columns())
	}
	for _, e := range n.On {
		ts = append(ts, e.Type())
	}
	o.seen = newRowTable[struct{}](ts)
	o.key = make(types.Row, len(n.On))
	return o
}

func (o *distinct) Next() (types.Row, error) {
	for {
		row, err := o.input.Next()
		if row == nil || err != nil {
			return nil, err
		}
		key := row
		if o.on != nil {
			key = o.key
			if err := evalInto(o.rt, key, o.on, row); err != nil {
				return nil, err
			}
		}
		if _, isNew := o.seen.at(key); isNew {
			return row, nil
		}
	}
}

func (o *distinct) Close() { o.input.Close() }

func columnTypes(cols []plan.Column) []*types.Type {
	ts := make([]*types.Type, len(cols))
	for i, c := range cols {
		ts[i] = c.Type
	}
	return ts
}

package exec

import (
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Loader runs the plan of an INSERT of one row of parameters for one row after
// the other, as COPY does: its operators are made once.
type Loader struct {
	rt   *Runtime
	plan *plan.Plan
	op   Operator
}

// NewLoader makes a loader; Close is to be called at the end.
func NewLoader(rt *Runtime, p *plan.Plan) *Loader { return &Loader{rt: rt, plan: p} }

// Insert stores one row; it is not kept.
func (l *Loader) Insert(row types.Row) error {
	l.rt.Eval.Params = row
	if l.op == nil || !rewind(l.op) {
		l.Close()
		op, err := Build(l.rt, l.plan.Root)
		if err != nil {
			return err
		}
		l.op = op
	}
	_, err := l.op.Next()
	return err
}

// Close releases the operators.
func (l *Loader) Close() {
	if l.op != nil {
		l.op.Close()
		l.op = nil
	}
}

// rewind makes an operator begin again, if it is one of those that can.
func rewind(op Operator) bool {
	switch op := op.(type) {
	case *insert:
		op.done = false
		return op.touched == nil && len(op.rows) == 0 && rewind(op.source)
	case *project:
		return rewind(op.input)
	case *values:
		op.next = 0
		return true
	}
	return false
}

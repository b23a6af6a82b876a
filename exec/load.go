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
	// stored counts the rows that the operators before op have stored.
	stored int64
}

// NewLoader makes a loader; Close is to be called at the end.
func NewLoader(rt *Runtime, p *plan.Plan) *Loader { return &Loader{rt: rt, plan: p} }

// Begin fires the triggers before the statement, and End notes those after it.
func (l *Loader) Begin() error {
	if n, ok := l.plan.Root.(*plan.Insert); ok {
		return l.rt.Constraints.BeforeStatement(l.rt, n.Triggers)
	}
	return nil
}

// End is the end of the statement.
func (l *Loader) End() error {
	if n, ok := l.plan.Root.(*plan.Insert); ok {
		return l.rt.Constraints.AfterStatement(l.rt, n.Triggers)
	}
	return nil
}

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
		if in, ok := op.(*insert); ok {
			in.loading = true
		}
	}
	_, err := l.op.Next()
	return err
}

// Stored is how many rows have been stored: triggers may have left some out.
func (l *Loader) Stored() int64 {
	if m, ok := l.op.(Modifier); ok {
		return l.stored + m.Affected()
	}
	return l.stored
}

// Close releases the operators.
func (l *Loader) Close() {
	if l.op != nil {
		l.stored = l.Stored()
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

package exec

import (
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// rewritten runs the commands that rules have made of a statement, one after the other:
// each is a statement of its own, which sees what those before it have changed and has
// its triggers fired and its constraints checked when it has ended.
type rewritten struct {
	rt       *Runtime
	node     *plan.Rewritten
	current  Operator
	rows     *rowStore
	reader   *storeReader
	affected int64
	done     bool
}

func newRewritten(rt *Runtime, n *plan.Rewritten) *rewritten {
	return &rewritten{rt: rt, node: n}
}

func (o *rewritten) Next() (types.Row, error) {
	if !o.done {
		o.done = true
		for i := range o.node.Commands {
			if err := o.run(i); err != nil {
				return nil, err
			}
		}
	}
	if o.reader == nil {
		return nil, nil
	}
	return o.reader.next()
}

// run runs one command to its end.
func (o *rewritten) run(i int) error {
	defer o.rt.Tx.Nested()()
	defer o.rt.Constraints.Nest()()
	n := o.node.Commands[i]
	op, err := Build(o.rt, n)
	if err != nil {
		return err
	}
	o.current = op
	defer func() {
		op.Close()
		o.current = nil
	}()
	if i == o.node.Rows {
		o.rows = newRowStore(o.rt, columnTypes(n.Columns()))
	}
	for {
		row, err := op.Next()
		if err != nil {
			return err
		}
		if row == nil {
			break
		}
		if i == o.node.Rows {
			if err := o.rows.add(row); err != nil {
				return err
			}
		}
	}
	if m, ok := changing(op); ok && i == o.node.Tag {
		o.affected = m.Affected()
	}
	if i == o.node.Rows {
		o.reader = o.rows.reader()
	}
	return o.rt.Constraints.EndStatement(o.rt.Ctx)
}

// changing is the operator of a command that changes a table, below what its rows are made
// of.
func changing(op Operator) (Modifier, bool) {
	for {
		op = unwatched(op)
		if p, ok := op.(*project); ok {
			op = p.input
			continue
		}
		m, ok := op.(Modifier)
		return m, ok
	}
}

// Affected is that of the command that stands for the statement.
func (o *rewritten) Affected() int64 { return o.affected }

func (o *rewritten) Close() {
	if o.current != nil {
		o.current.Close()
	}
	if o.rows != nil {
		o.rows.close()
		o.rows = nil
	}
}

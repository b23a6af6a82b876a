package exec

import (
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// cteRows are the rows of a WITH query, read as far as anybody wanted them.
type cteRows struct {
	rt    *Runtime
	op    Operator
	outer []types.Row // the outer rows of the statement that has the WITH
	rows  *rowStore
	ended bool
}

// more reads one row more.
func (c *cteRows) more() error {
	now := c.rt.Eval.Outer
	c.rt.Eval.Outer = c.outer
	row, err := c.op.Next()
	c.rt.Eval.Outer = now
	if err != nil {
		return err
	}
	if row == nil {
		c.ended = true
		return nil
	}
	return c.rows.add(row)
}

// with runs the WITH queries that change tables, each to its end, and then its
// input.
type with struct {
	rt      *Runtime
	node    *plan.With
	ctes    []*cteRows
	input   Operator
	started bool
}

func newWith(rt *Runtime, n *plan.With) (Operator, error) {
	o := &with{rt: rt, node: n}
	if rt.ctes == nil {
		rt.ctes = map[*plan.CTE]*cteRows{}
	}
	for _, c := range n.CTEs {
		rows := &cteRows{rt: rt, outer: rt.Eval.Outer, rows: newRowStore(rt, columnTypes(c.Query.Columns()))}
		rt.ctes[c] = rows
		if c.Inline() || c.References == 0 && !c.Modifies {
			continue
		}
		op, err := Build(rt, c.Query)
		if err != nil {
			o.Close()
			return nil, err
		}
		rows.op = op
		o.ctes = append(o.ctes, rows)
	}
	var err error
	if o.input, err = Build(rt, n.Input); err != nil {
		o.Close()
		return nil, err
	}
	if m, ok := o.input.(Modifier); ok {
		return &modifyingWith{o, m}, nil
	}
	return o, nil
}

func (o *with) start() error {
	if o.started {
		return nil
	}
	o.started = true
	for _, c := range o.node.CTEs {
		if !c.Modifies {
			continue
		}
		o.rt.Tx.FixView() // all parts of the statement see the same, though this one may wait
		rows := o.rt.ctes[c]
		for !rows.ended {
			if err := rows.more(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *with) Next() (types.Row, error) {
	if err := o.start(); err != nil {
		return nil, err
	}
	return o.input.Next()
}

// modifyingWith is a with whose statement changes a table itself.
type modifyingWith struct {
	*with
	statement Modifier
}

// Affected is that of the statement, not of its WITH queries.
func (o *modifyingWith) Affected() int64 { return o.statement.Affected() }

func (o *with) Close() {
	for _, c := range o.ctes {
		c.op.Close()
		c.rows.close()
	}
	if o.input != nil {
		o.input.Close()
	}
}

// cteScan reads the rows of a WITH query.
type cteScan struct {
	rows   *cteRows
	reader *storeReader
}

func newCTEScan(rt *Runtime, n *plan.CTEScan) (Operator, error) {
	if n.CTE.Inline() {
		return Build(rt, n.CTE.Query)
	}
	rows := rt.ctes[n.CTE]
	if rows == nil {
		return nil, sqlerr.Internal("WITH query %s is not there", n.CTE.Name)
	}
	return &cteScan{rows: rows, reader: rows.rows.reader()}, nil
}

func (o *cteScan) Next() (types.Row, error) {
	for o.reader.at >= o.rows.rows.len() {
		if o.rows.ended {
			return nil, nil
		}
		if err := o.rows.more(); err != nil {
			return nil, err
		}
	}
	return o.reader.next()
}

func (o *cteScan) Close() {}

// recursiveUnion gives the rows of the start, then round after round those of
// the step.
type recursiveUnion struct {
	rt    *Runtime
	node  *plan.RecursiveUnion
	op    Operator // of the round under way
	round []types.Row
	bytes int64               // of all rounds
	seen  *rowTable[struct{}] // nil with ALL
}

func newRecursiveUnion(rt *Runtime, n *plan.RecursiveUnion) (Operator, error) {
	return withInput(rt, n.Start, func(start Operator) Operator {
		o := &recursiveUnion{rt: rt, node: n, op: start}
		if !n.All {
			ts := make([]*types.Type, len(n.Columns()))
			for i, c := range n.Columns() {
				ts[i] = c.Type
			}
			o.seen = newRowTable[struct{}](ts)
		}
		return o
	})
}

func (o *recursiveUnion) Next() (types.Row, error) {
	for {
		row, err := o.op.Next()
		if err != nil {
			return nil, err
		}
		if row == nil {
			if len(o.round) == 0 {
				return nil, nil
			}
			if err := o.nextRound(); err != nil {
				return nil, err
			}
			continue
		}
		if o.seen != nil {
			if _, isNew := o.seen.at(row); !isNew {
				continue
			}
		}
		row = row.Clone()
		o.round = append(o.round, row)
		o.bytes += row.Bytes()
		return row, o.rt.mayKeep(o.bytes)
	}
}

func (o *recursiveUnion) nextRound() error {
	if err := o.rt.interrupted(); err != nil {
		return err
	}
	if o.rt.work == nil {
		o.rt.work = map[*plan.RecursiveUnion][]types.Row{}
	}
	o.rt.work[o.node] = o.round
	o.round = nil
	o.op.Close()
	step, err := Build(o.rt, o.node.Step)
	if err != nil {
		return err
	}
	o.op = step
	return nil
}

func (o *recursiveUnion) Close() { o.op.Close() }

// workTableScan reads the rows of the round before.
type workTableScan struct {
	rows []types.Row
}

func (o *workTableScan) Next() (types.Row, error) {
	if len(o.rows) == 0 {
		return nil, nil
	}
	row := o.rows[0]
	o.rows = o.rows[1:]
	return row, nil
}

func (o *workTableScan) Close() {}

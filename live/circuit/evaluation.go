package circuit

import (
	"strconv"

	"github.com/tidwall/btree"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// evaluation computes a part of the plan anew at each step that concerns it, over
// the kept rows of its tables.
type evaluation struct {
	node     plan.Node
	tables   []*table
	evaluate evaluate
	types    []*types.Type
	out      []identified
	meter    *meter
}

// table is the rows of one table that an evaluation keeps, in their order.
type table struct {
	source operator
	oid    catalog.OID
	rows   btree.Map[string, types.Row]
	list   []types.Row // rows as a list; nil when it is stale
}

// newEvaluation makes the evaluation of a node that reads nothing around it.
func newEvaluation(n plan.Node, evaluate evaluate, m *meter) *evaluation {
	o := &evaluation{node: n, evaluate: evaluate, types: columnTypes(n.Columns()), meter: m}
	seen := map[catalog.OID]bool{}
	plan.EachNode(n, func(n plan.Node) {
		if s, ok := n.(*plan.Scan); ok && !seen[s.Table.OID] {
			seen[s.Table.OID] = true
			o.tables = append(o.tables, &table{source: &source{s}, oid: s.Table.OID})
		}
	})
	return o
}

// refresh takes the changes of the tables and says whether anything changed.
func (o *evaluation) refresh(t *tick) (bool, error) {
	touched := t.n == 1
	for _, tab := range o.tables {
		in, err := tab.source.step(t)
		if err != nil {
			return false, err
		}
		for _, ch := range in {
			touched, tab.list = true, nil
			if ch.Old != nil {
				tab.rows.Delete(ch.ID)
				o.meter.drop(ch.Old)
			}
			if ch.New != nil {
				tab.rows.Set(ch.ID, ch.New)
				o.meter.add(ch.New)
			}
		}
	}
	return touched, nil
}

// compute gives the rows there are now, in order, with identities made of how
// they look.
func (o *evaluation) compute(t *tick) ([]identified, error) {
	given := map[catalog.OID][]types.Row{}
	for _, tab := range o.tables {
		if tab.list == nil {
			tab.list = make([]types.Row, 0, tab.rows.Len())
			tab.rows.Scan(func(_ string, row types.Row) bool {
				tab.list = append(tab.list, row)
				return true
			})
		}
		given[tab.oid] = tab.list
	}
	rows, err := o.evaluate(t.c, &plan.Plan{Root: o.node}, given)
	if err != nil {
		return nil, err
	}
	out := make([]identified, len(rows))
	times := map[string]int{}
	var buf []byte
	for i, row := range rows {
		buf = appendLook(buf[:0], o.types, nil, row)
		n := times[string(buf)]
		times[string(buf)] = n + 1
		out[i] = identified{id: string(append(strconv.AppendInt(buf, int64(n), 10), ';')), row: row}
	}
	return out, nil
}

func (o *evaluation) step(t *tick) ([]Change, error) {
	touched, err := o.refresh(t)
	if !touched || err != nil {
		return nil, err
	}
	now, err := o.compute(t)
	if err != nil {
		return nil, err
	}
	out := newAccumulator(o.types)
	out.removeAll(o.out, o.meter)
	out.addAll(now, o.meter)
	o.out = now
	return out.changes(), nil
}

func (o *evaluation) inputs() []operator {
	var in []operator
	for _, tab := range o.tables {
		in = append(in, tab.source)
	}
	return in
}

func (o *evaluation) String() string { return "Re-evaluation at each commit that concerns it" }

package exec

import (
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// systemUpdate runs UPDATE of a system relation: the whole query first, as its rows are made
// of the definitions that are then changed.
type systemUpdate struct {
	rt       *Runtime
	node     *plan.SystemUpdate
	source   Operator
	done     bool
	affected int64
}

func newSystemUpdate(rt *Runtime, n *plan.SystemUpdate) (Operator, error) {
	source, err := Build(rt, n.Source)
	if err != nil {
		return nil, err
	}
	return &systemUpdate{rt: rt, node: n, source: source}, nil
}

func (o *systemUpdate) Close()          { o.source.Close() }
func (o *systemUpdate) Affected() int64 { return o.affected }

func (o *systemUpdate) Next() (types.Row, error) {
	if o.done {
		return nil, nil
	}
	o.done = true
	var rows []types.Row
	for {
		row, err := o.source.Next()
		if err != nil {
			return nil, err
		}
		if row == nil {
			break
		}
		rows = append(rows, append(types.Row(nil), row...))
	}
	if len(o.node.Set) == 0 { // of pg_settings, which that has changed
		return nil, nil
	}
	// Of rows that a join has more than once, the first counts.
	seen := map[[2]int64]bool{}
	for _, row := range rows {
		key := row[:o.node.Keys]
		id := [2]int64{key[0].Int()}
		if len(key) > 1 {
			id[1] = key[1].Int()
		}
		if seen[id] {
			continue
		}
		seen[id] = true
		for i, column := range o.node.Set {
			if err := o.rt.UpdateSystem(o.rt.Ctx, o.node.Relation.Name, column, key, row[o.node.Keys+i]); err != nil {
				return nil, err
			}
		}
		o.affected++
	}
	return nil, nil
}

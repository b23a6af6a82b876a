package exec

import "github.com/kalamsql/kalamsql/sql/types"

// sortedAggregate is aggregation of rows that come group by group: it keeps one group, and
// hands it out when the next begins.
type sortedAggregate struct {
	aggregate
	keys   *rowTable[struct{}] // knows which keys are the same; empty
	group  types.Row           // the key of the group at hand
	states []aggState          // nil: there is no group yet, or none any more
	ended  bool
}

func newSortedAggregate(a aggregate) *sortedAggregate {
	o := &sortedAggregate{aggregate: a}
	o.makeRoom()
	o.keys = newRowTable[struct{}](o.keyTypes())
	return o
}

func (o *sortedAggregate) Next() (types.Row, error) {
	for !o.ended {
		row, err := o.input.Next()
		if err != nil {
			return nil, err
		}
		if row == nil {
			o.ended = true
			break
		}
		if err := evalInto(o.rt, o.key, o.node.Keys, row); err != nil {
			return nil, err
		}
		done := o.states
		if done != nil && o.keys.same(o.group, o.key) {
			if err := o.addAll(row); err != nil {
				return nil, err
			}
			continue
		}
		var out types.Row
		if done != nil {
			if out, err = o.finished(o.group, done); err != nil {
				return nil, err
			}
		}
		o.group, o.states, o.bytes = o.key.Clone(), o.newStates(), 0
		if err := o.addAll(row); err != nil {
			return nil, err
		}
		if out != nil {
			return out, nil
		}
	}
	if o.states == nil {
		return nil, nil
	}
	last := o.states
	o.states = nil
	return o.finished(o.group, last)
}

func (o *sortedAggregate) addAll(row types.Row) error {
	for a := range o.states {
		if err := o.add(&o.states[a], a, row); err != nil {
			return err
		}
	}
	return nil
}

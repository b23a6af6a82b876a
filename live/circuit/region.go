package circuit

import (
	"encoding/binary"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// region computes a part of the plan anew for the partitions that a step
// touches: window functions that need it, functions that return sets.
type region struct {
	input operator
	name  string
	keys  []expr.Expr // what a partition has in common
	// fragment computes a partition over plan.Given.
	fragment plan.Node
	ids      rowIdentity
	width    int // of the input
	evaluate evaluate
	kept     *keyed[*partition]
	alone    map[string]*partition // of rowAlone
	types    []*types.Type
	meter    *meter
}

// rowIdentity says what identifies the rows that come out of a region.
type rowIdentity uint8

const (
	// rowOfInput: each row in gives one row out. The fragment's rows have, behind
	// the columns of the input, the number of the row that was given.
	rowOfInput rowIdentity = iota
	// rowAlone: each row in is a partition of its own, and gives rows in order.
	rowAlone
)

// partition is the rows that are computed together, and what came out.
type partition struct {
	id string
	bucket
	slot *slot[*partition]
	out  []identified
	tick int // the last one that touched it
	// cause is that of all that touched it then.
	cause Cause
}

// identified is a row with its identity.
type identified struct {
	id    string
	row   types.Row
	cause Cause // of its coming or going, in a difference
}

func newRegion(name string, in operator, keys []expr.Expr, ids rowIdentity, evaluate evaluate, m *meter) *region {
	return &region{input: in, name: name, keys: keys, ids: ids, evaluate: evaluate,
		kept: newKeyed[*partition](typesOf(keys)), alone: map[string]*partition{}, meter: m}
}

// windowRegion computes window functions. cols are those of the input.
func windowRegion(n *plan.Window, in operator, cols []plan.Column, evaluate evaluate, m *meter) *region {
	o := newRegion("Window functions", in, n.Partition, rowOfInput, evaluate, m)
	o.width = len(cols)
	over := n.Over(plan.Given(append(cols[:len(cols):len(cols)], plan.Column{Name: "row", Type: types.Int8, Typmod: types.NoTypmod})), nil)
	o.fragment = over
	o.types = append(columnTypes(cols), columnTypes(over.Columns()[len(cols)+1:])...)
	return o
}

func (o *region) step(t *tick) ([]Change, error) {
	var touched []*partition
	var blamed []Change
	err := each(t, o.input, toKeep, func(ch Change) error {
		if ch.Old != nil {
			p, err := o.partition(t, ch.ID, ch.Old, &touched)
			if err != nil {
				return err
			}
			p.take(ch.ID)
			p.cause |= ch.Cause
			o.meter.drop(ch.Old)
		}
		if ch.New != nil {
			p, err := o.partition(t, ch.ID, ch.New, &touched)
			if err != nil {
				return err
			}
			p.put(&member{id: ch.ID, row: ch.New})
			p.cause |= ch.Cause
			o.meter.add(ch.New)
		}
		if o.ids == rowOfInput && !t.begins() {
			blamed = append(blamed, ch)
		}
		return nil
	})
	if len(touched) == 0 || err != nil {
		return nil, err
	}
	out := newAccumulator(o.types)
	for _, p := range touched { // a row that changes its partition goes before it comes
		out.cause = p.cause
		out.removeAll(p.out, o.meter)
	}
	for i, p := range touched {
		out.cause = p.cause
		if p.out, err = o.compute(t, p); err != nil {
			return nil, err
		}
		out.addAll(p.out, o.meter)
		switch {
		case len(p.members) > 0:
		case o.ids == rowAlone:
			delete(o.alone, p.id)
		default:
			o.kept.drop(p.slot)
		}
		if err := t.interrupted(i); err != nil {
			return nil, err
		}
	}
	out.blame(blamed)
	return out.changes(), nil
}

// partition finds the partition of a row, or makes it, and notes that it is
// touched.
func (o *region) partition(t *tick, id string, row types.Row, touched *[]*partition) (p *partition, err error) {
	if o.ids == rowAlone {
		if p = o.alone[id]; p == nil {
			p = &partition{id: id}
			o.alone[id] = p
		}
	} else {
		key := make(types.Row, len(o.keys))
		if err := evalRow(t.c, key, o.keys, row); err != nil {
			return nil, err
		}
		s, isNew := o.kept.at(key)
		if isNew {
			s.value = &partition{slot: s}
		}
		p = s.value
	}
	if p.tick != t.n {
		p.tick, p.cause = t.n, 0
		*touched = append(*touched, p)
	}
	return p, nil
}

// compute runs the fragment over a partition.
func (o *region) compute(t *tick, p *partition) ([]identified, error) {
	if len(p.members) == 0 {
		return nil, nil
	}
	given := p.rows()
	if o.ids == rowOfInput {
		for i, row := range given {
			given[i] = append(append(make(types.Row, 0, o.width+1), row...), types.Int(int64(i)))
		}
	}
	rows, err := o.evaluate(t.c, &plan.Plan{Root: o.fragment}, map[catalog.OID][]types.Row{0: given})
	if err != nil {
		return nil, err
	}
	out := make([]identified, len(rows))
	for i, row := range rows {
		switch o.ids {
		case rowOfInput:
			m := p.members[row[o.width].Int()]
			out[i] = identified{id: m.id, row: append(row[:o.width:o.width], row[o.width+1:]...)}
		case rowAlone:
			out[i] = identified{id: p.id + string(binary.BigEndian.AppendUint32(nil, uint32(i))), row: row}
		}
	}
	return out, nil
}

func (o *region) inputs() []operator { return []operator{o.input} }

func (o *region) String() string {
	switch {
	case o.ids == rowAlone:
		return o.name + " (computed anew for rows touched)"
	case len(o.keys) == 0:
		return o.name + " (computed anew over all rows)"
	}
	s := o.name + " (computed anew for partitions touched: "
	for i, k := range o.keys {
		if i > 0 {
			s += ", "
		}
		s += expr.String(k)
	}
	return s + ")"
}

// appendLook writes some columns of a row, nil for all, so that rows that look
// different there differ.
func appendLook(dst []byte, ts []*types.Type, columns []int, row types.Row) []byte {
	if columns == nil {
		for i, t := range ts {
			dst = appendValue(dst, t, row[i])
		}
	}
	for _, i := range columns {
		dst = appendValue(dst, ts[i], row[i])
	}
	return dst
}

func appendValue(dst []byte, t *types.Type, d types.Datum) []byte {
	if d.IsNull() {
		return append(dst, 0)
	}
	start := len(dst)
	dst = append(dst, 1, 0, 0, 0, 0)
	dst = t.AppendText(dst, d, types.DefaultEnv)
	binary.BigEndian.PutUint32(dst[start+1:], uint32(len(dst)-start-5))
	return dst
}

package circuit

import (
	"slices"

	"github.com/tidwall/btree"

	"github.com/kalamsql/kalamsql/sql/types"
)

// result is what the outputs have in common: what a row of the result looks like,
// and what makes two of them the same one.
type result struct {
	types []*types.Type
	key   []int // the key's columns; nil: all columns
	keyed bool
	buf   []byte
}

func newResult(ts []*types.Type, key []int) result {
	r := result{types: ts, key: key, keyed: key != nil}
	if key == nil {
		for i := range ts {
			r.key = append(r.key, i)
		}
	}
	return r
}

// identity is what a client knows a row by.
func (r *result) identity(row types.Row) string {
	r.buf = appendLook(r.buf[:0], r.types, r.key, row)
	return string(r.buf)
}

func (r *result) same(a, b types.Row) bool {
	for _, i := range r.key {
		if !types.Identical(r.types[i], a[i], b[i]) {
			return false
		}
	}
	return true
}

// replacement is a change of the result: the row before and the one after have
// the same key, but perhaps not the same identity inside the circuit.
type replacement struct {
	oldID, id string
	old, new  types.Row
	cause     Cause
}

// pair makes the changes of rows those of the result: what has another key went,
// and came; what goes with a key that comes is one change.
func (r *result) pair(changes []Change) []replacement {
	out := make([]replacement, 0, len(changes))
	went, came := 0, 0
	for _, ch := range changes {
		switch {
		case ch.Old == nil:
			came++
		case ch.New == nil:
			went++
		case !r.same(ch.Old, ch.New):
			out = append(out, replacement{oldID: ch.ID, old: ch.Old, cause: Deleted}, replacement{id: ch.ID, new: ch.New, cause: Inserted})
			went, came = went+1, came+1
			continue
		}
		out = append(out, replacement{ch.ID, ch.ID, ch.Old, ch.New, ch.Cause})
	}
	if went == 0 || came == 0 {
		return out
	}
	gone := map[string][]int{}
	for i, p := range out {
		if p.new == nil {
			k := r.identity(p.old)
			gone[k] = append(gone[k], i)
		}
	}
	for i, p := range out {
		if p.old != nil {
			continue
		}
		k := r.identity(p.new)
		if list := gone[k]; len(list) > 0 {
			at := list[0]
			gone[k] = list[1:]
			out[at].id, out[at].new = p.id, p.new
			out[i] = replacement{}
		}
	}
	return slices.DeleteFunc(out, func(p replacement) bool { return p.old == nil && p.new == nil })
}

// bag is a result without order.
type bag struct {
	result
	input operator
	kept  btree.Map[string, types.Row]
	meter *meter
}

func (o *bag) top() described { return o.input }

func (o *bag) rows() func() []types.Row {
	kept := o.kept.Copy() // shares what is not changed
	return func() []types.Row {
		rows := make([]types.Row, 0, kept.Len())
		kept.Scan(func(_ string, row types.Row) bool {
			rows = append(rows, row)
			return true
		})
		return rows
	}
}

func (o *bag) step(t *tick) ([]Output, error) {
	if t.begins() {
		return nil, each(t, o.input, toKeep, func(ch Change) error {
			o.kept.Set(ch.ID, ch.New)
			o.meter.add(ch.New)
			return nil
		})
	}
	in, err := o.input.step(t)
	if len(in) == 0 || err != nil {
		return nil, err
	}
	for _, ch := range in {
		if ch.Old != nil {
			o.kept.Delete(ch.ID)
			o.meter.drop(ch.Old)
		}
		if ch.New != nil {
			o.kept.Set(ch.ID, ch.New)
			o.meter.add(ch.New)
		}
	}
	if t.n == 1 {
		return nil, nil
	}
	out := make([]Output, 0, len(in))
	for _, p := range o.pair(in) {
		if changed(o.types, p.old, p.new) {
			out = append(out, Output{Old: p.old, New: p.new, Cause: p.cause})
		}
	}
	return out, nil
}

// list is a result with an order and all its rows.
type list struct {
	result
	*ordered
}

func (o *list) top() described { return o.ordered }

func (o *list) rows() func() []types.Row {
	items := o.items.Copy() // shares what is not changed
	return func() []types.Row {
		rows := make([]types.Row, 0, items.Len())
		items.Scan(func(it *item) bool {
			rows = append(rows, it.row)
			return true
		})
		return rows
	}
}

func (o *list) step(t *tick) ([]Output, error) {
	if t.n == 1 {
		_, err := o.refresh(t)
		return nil, err
	}
	in, err := o.input.step(t)
	if len(in) == 0 || err != nil {
		return nil, err
	}
	// What the rows look like in the result is known from their items.
	changes := make([]Change, len(in))
	items := map[string]*item{}
	for i, ch := range in {
		changes[i].ID, changes[i].Cause = ch.ID, ch.Cause
		if ch.Old != nil {
			changes[i].Old = o.byID[ch.ID].row
		}
		if ch.New != nil {
			it, err := o.make(t, ch.ID, ch.New)
			if err != nil {
				return nil, err
			}
			items[ch.ID], changes[i].New = it, it.row
		}
	}
	pairs := o.pair(changes)
	was := make([]*item, len(pairs))
	for i, p := range pairs {
		if p.old != nil {
			was[i] = o.byID[p.oldID]
			delete(o.byID, p.oldID)
		}
	}
	out := make([]Output, 0, len(pairs))
	for i, p := range pairs {
		step := Output{Old: p.old, New: p.new, Cause: p.cause}
		if p.old != nil {
			step.FromAt = o.rank(was[i])
			o.remove(was[i])
		}
		if p.new != nil {
			step.At = o.rank(items[p.id])
			o.put(items[p.id])
		}
		if step.At != step.FromAt || changed(o.types, p.old, p.new) {
			out = append(out, step)
		}
	}
	return out, nil
}

// computed is a result with an order that is computed anew.
type computed struct {
	result
	*evaluation
	now []identified
}

func (o *computed) top() described { return o.evaluation }

func (o *computed) rows() func() []types.Row {
	now := o.now // each step makes another one
	return func() []types.Row {
		rows := make([]types.Row, len(now))
		for i, r := range now {
			rows[i] = r.row
		}
		return rows
	}
}

func (o *computed) step(t *tick) ([]Output, error) {
	touched, err := o.refresh(t)
	if !touched || err != nil {
		return nil, err
	}
	rows, err := o.compute(t)
	if err != nil {
		return nil, err
	}
	before := o.now
	for i, r := range rows {
		rows[i].id = o.identity(r.row)
		o.meter.add(r.row)
	}
	for _, r := range before {
		o.meter.drop(r.row)
	}
	o.now = rows
	if t.n == 1 {
		return nil, nil
	}
	return o.difference(before, rows), nil
}

// difference gives the changes that, applied one after another, make one list the
// other. Rows with the same identity are the same one.
func (r *result) difference(before, now []identified) []Output {
	var out []Output
	left := map[string]int{} // how many of each identity there will be
	for _, it := range now {
		left[it.id]++
	}
	list := slices.Clone(before)
	keep := make([]bool, len(list))
	there := map[string]int{}
	for i, it := range list {
		if left[it.id] > 0 {
			left[it.id]--
			there[it.id]++
			keep[i] = true
		}
	}
	// First what is gone, from the end, so that earlier positions stay.
	for i := len(list) - 1; i >= 0; i-- {
		if !keep[i] {
			out = append(out, Output{Old: list[i].row, FromAt: i, Cause: list[i].cause})
			list = slices.Delete(list, i, i+1)
		}
	}
	// Then position by position what should be there.
	for i, it := range now {
		if i < len(list) && list[i].id == it.id {
			there[it.id]--
			if changed(r.types, list[i].row, it.row) {
				out = append(out, Output{Old: list[i].row, New: it.row, FromAt: i, At: i})
			}
			continue
		}
		if there[it.id] == 0 {
			out = append(out, Output{New: it.row, At: i, Cause: it.cause})
			list = slices.Insert(list, i, it)
			continue
		}
		there[it.id]--
		from := i + slices.IndexFunc(list[i:], func(have identified) bool { return have.id == it.id })
		out = append(out, Output{Old: list[from].row, New: it.row, FromAt: from, At: i})
		list = slices.Insert(slices.Delete(list, from, from+1), i, it)
	}
	return out
}

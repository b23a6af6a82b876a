package circuit

import "github.com/kalamsql/kalamsql/sql/types"

// accumulator adds up what happens to rows during a step, in order: a row goes
// before another one with its identity comes. What comes and goes again leaves
// nothing.
type accumulator struct {
	types []*types.Type // of the rows' columns
	at    map[string]int
	list  []Change
	// cause is that of what is added and removed from now on.
	cause Cause
}

func newAccumulator(ts []*types.Type) *accumulator {
	return &accumulator{types: ts, at: map[string]int{}}
}

// remove says that a row has gone.
func (a *accumulator) remove(id string, row types.Row) {
	if i, ok := a.at[id]; ok {
		a.list[i].New = nil
		a.list[i].Cause |= a.cause
		return
	}
	a.at[id] = len(a.list)
	a.list = append(a.list, Change{ID: id, Old: row, Cause: a.cause})
}

// add says that a row has come.
func (a *accumulator) add(id string, row types.Row) {
	if i, ok := a.at[id]; ok {
		a.list[i].New = row
		a.list[i].Cause |= a.cause
		return
	}
	a.at[id] = len(a.list)
	a.list = append(a.list, Change{ID: id, New: row, Cause: a.cause})
}

// blame says what was done to the very rows that are known by their identities here.
func (a *accumulator) blame(changes []Change) {
	for _, ch := range changes {
		if i, ok := a.at[ch.ID]; ok {
			a.list[i].Cause = ch.Cause
		}
	}
}

func (a *accumulator) removeAll(rows []identified, m *meter) {
	for _, r := range rows {
		a.remove(r.id, r.row)
		m.drop(r.row)
	}
}

func (a *accumulator) addAll(rows []identified, m *meter) {
	for _, r := range rows {
		a.add(r.id, r.row)
		m.add(r.row)
	}
}

// changes gives the sum.
func (a *accumulator) changes() []Change {
	out := a.list[:0]
	for _, ch := range a.list {
		if changed(a.types, ch.Old, ch.New) {
			out = append(out, ch)
		}
	}
	return out
}

// changed says whether a row came, went, or looks different.
func changed(ts []*types.Type, old, new types.Row) bool {
	if old == nil || new == nil {
		return old != nil || new != nil
	}
	for i, t := range ts {
		if !types.Identical(t, old[i], new[i]) {
			return true
		}
	}
	return false
}

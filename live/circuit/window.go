package circuit

import (
	"cmp"
	"slices"

	"github.com/kalamsql/kalamsql/sql/types"
)

// window is a result with an order, of which LIMIT leaves a part. What a step costs goes by
// the size of the window, but only rows that come into it or leave it are looked at.
type window struct {
	result
	*ordered
}

func (o *window) top() described { return o.ordered }

func (o *window) rows() func() []types.Row {
	window := o.ordered.window // each step makes another one
	return func() []types.Row {
		rows := make([]types.Row, len(window))
		for i, it := range window {
			rows[i] = it.row
		}
		return rows
	}
}

func (o *window) step(t *tick) ([]Output, error) {
	touched, err := o.refresh(t)
	if !touched || err != nil {
		return nil, err
	}
	before, gone, came := o.slide()
	if t.n == 1 || len(gone)+len(came) == 0 {
		return nil, nil
	}
	m := moves{window: o, now: o.ordered.window, list: slices.Clone(before), places: map[*item]int{}, were: map[int]*item{}, left: came}
	m.pair(before, gone)
	m.leave(before, gone)
	for i := range m.now {
		m.settle(i)
	}
	return m.out, nil
}

// cause is what was done to the row of an item.
func (o *ordered) cause(it *item) Cause { return cmp.Or(o.causes[it.id], Updated) }

// moves makes one list the other, change by change. Items that stay keep their order.
type moves struct {
	window *window
	now    []*item
	list   []*item // as it is so far
	out    []Output
	// places says where items of the list come again as others, were by those places what
	// they were.
	places map[*item]int
	were   map[int]*item
	// left are the places whose items are not in the list yet, in order.
	left []int
}

// pair finds items that a client knows by the same key before and after.
func (m *moves) pair(before []*item, gone []int) {
	if len(gone) == 0 || len(m.left) == 0 {
		return
	}
	known := map[string][]*item{}
	for _, i := range gone {
		id := m.window.identity(before[i].row)
		known[id] = append(known[id], before[i])
	}
	for _, i := range m.left {
		id := m.window.identity(m.now[i].row)
		if list := known[id]; len(list) > 0 {
			m.places[list[0]], m.were[i] = i, list[0]
			known[id] = list[1:]
		}
	}
}

// leave takes out what does not come again, from the end, so that earlier positions stay.
func (m *moves) leave(before []*item, gone []int) {
	for _, i := range slices.Backward(gone) {
		it := before[i]
		if _, again := m.places[it]; !again {
			m.out = append(m.out, Output{Old: it.row, FromAt: i, Cause: m.window.cause(it)})
			m.list = slices.Delete(m.list, i, i+1)
		}
	}
}

// settle sees to it that the right item is at a position, behind which all is settled.
func (m *moves) settle(i int) {
	for i < len(m.list) {
		place, again := m.places[m.list[i]]
		if !again || place <= i {
			break
		}
		m.move(i, m.behind(i, place), place) // it is in the way
	}
	it := m.now[i]
	switch old := m.were[i]; {
	case i < len(m.list) && m.list[i] == it:
	case old != nil:
		m.move(i+slices.Index(m.list[i:], old), i, i)
	default:
		m.out = append(m.out, Output{New: it.row, At: i, Cause: m.window.cause(it)})
		m.list = slices.Insert(m.list, i, it)
		m.arrived(i)
	}
}

// behind is where an item at a position goes to be behind all that is in the list already and
// comes before its place.
func (m *moves) behind(i, place int) int {
	wait, _ := slices.BinarySearch(m.left, place)
	before := place - i - wait // those from the position on that are there
	at := i
	for _, it := range m.list[i+1:] {
		if before == 0 {
			break
		}
		if _, again := m.places[it]; !again {
			before--
		}
		at++
	}
	return at
}

// move takes an item from a position to another one, as what comes to a place in its stead.
func (m *moves) move(from, at, place int) {
	old, it := m.list[from], m.now[place]
	if from != at || changed(m.window.types, old.row, it.row) {
		m.out = append(m.out, Output{Old: old.row, New: it.row, FromAt: from, At: at})
	}
	m.list = slices.Insert(slices.Delete(m.list, from, from+1), at, it)
	delete(m.places, old)
	delete(m.were, place)
	m.arrived(place)
}

// arrived notes that the item of a place is in the list.
func (m *moves) arrived(place int) {
	if at, ok := slices.BinarySearch(m.left, place); ok {
		m.left = slices.Delete(m.left, at, at+1)
	}
}

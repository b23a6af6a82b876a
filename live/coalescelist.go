package live

import (
	"cmp"
	"math"
	"slices"
)

// # Folding the changes of a list
//
// The changes of an ordered result say where rows are taken out and put in, one after
// another. What they do together is found by following them through the list as far as
// it is known: runs of rows that nothing has touched, and the rows that something has.
// In the end each touched row is known by its place before all of it and by the rows that
// it stands between after it, and that can be said as one group: first what goes, from
// behind, then what moves or comes, from the front.

// fewListed is how many rows of a list may be folded. What that costs grows with the square.
const fewListed = 512

// listed is a row of a list that something has touched.
type listed struct {
	old, row *Change // as it was, and as it is; nil: not there
	gone     Reason  // why it went last
	from     int     // its place before all changes, if it was there
	same     bool    // it has come back to it, and looks as it did
	// behind is the last untouched row, by its place before all changes, that it has been
	// put behind; -1 for none.
	behind int
}

// piece is a part of a list: a touched row, or so many rows that nothing has touched, the
// first of which had a place before all changes.
type piece struct {
	row      *listed
	from, of int
}

func (p piece) rows() int {
	if p.row != nil {
		return 1
	}
	return p.of
}

// listFold follows changes through a list.
type listFold struct {
	byKey  map[string]*listed
	all    []*listed
	pieces []piece
}

// foldList is fold for an ordered result; false if it touches too many rows.
func (s *Subscription) foldList(changes []Change) (*Delta, bool) {
	f := &listFold{byKey: map[string]*listed{}, pieces: []piece{{of: math.MaxInt / 2}}}
	var buf []byte
	for i := range changes {
		c := &changes[i]
		row := c.Row
		if row == nil {
			row = c.Old
		}
		buf = appendKey(buf[:0], s.flow.schema, s.flow.key, row)
		if f.take(string(buf), c); len(f.all) > fewListed {
			return nil, false
		}
	}
	f.settle(s.flow.schema)
	return newDelta(s.flow.schema, f.group()), true
}

// take follows one change.
func (f *listFold) take(key string, c *Change) {
	l := f.byKey[key]
	if l == nil {
		l = &listed{}
		f.byKey[key], f.all = l, append(f.all, l)
		if c.Old != nil {
			l.old = c
		}
	}
	if c.Old != nil {
		if p := f.remove(c.FromAt); p.row == nil {
			l.from = p.from
		}
		l.row, l.gone = nil, c.Reason
	}
	if c.Row != nil {
		l.row = c
		at := f.split(c.At)
		f.pieces = slices.Insert(f.pieces, at, piece{row: l})
	}
}

// split has a piece begin at a place of the list, and gives its number.
func (f *listFold) split(at int) int {
	for i, p := range f.pieces {
		switch {
		case at == 0:
			return i
		case at < p.rows():
			f.pieces[i].of = at
			f.pieces = slices.Insert(f.pieces, i+1, piece{from: p.from + at, of: p.of - at})
			return i + 1
		}
		at -= p.rows()
	}
	return len(f.pieces)
}

// remove takes one row out.
func (f *listFold) remove(at int) piece {
	i := f.split(at)
	p := f.pieces[i]
	if p.row == nil && p.of > 1 {
		f.split(at + 1)
	}
	f.pieces = slices.Delete(f.pieces, i, i+1)
	return p
}

// settle finds the rows that are where they were and look as they did.
func (f *listFold) settle(schema []SchemaColumn) {
	behind := -1
	for i, p := range f.pieces {
		l := p.row
		if l == nil {
			behind = p.from + p.of - 1
			continue
		}
		if l.old == nil || l.from <= behind || !sameRow(schema, l.old.Old, l.row.Row) {
			continue
		}
		next := slices.IndexFunc(f.pieces[i:], func(p piece) bool { return p.row == nil })
		if l.same = next < 0 || l.from < f.pieces[i+next].from; l.same {
			behind = l.from
		}
	}
}

// group says what has become of the list.
func (f *listFold) group() []Change {
	var out []Change
	var moved []*listed // rows that were there and are not as they were
	for _, l := range f.all {
		if l.old != nil && !l.same {
			moved = append(moved, l)
		}
	}
	slices.SortFunc(moved, func(a, b *listed) int { return cmp.Compare(b.from, a.from) })
	waiting := slices.Clone(moved) // for their turn, still where they were
	for _, l := range moved {
		if l.row == nil {
			out = append(out, Change{Op: OpDelete, Reason: l.gone, Old: l.old.Old, FromAt: l.from, positioned: true})
			waiting = slices.DeleteFunc(waiting, func(w *listed) bool { return w == l })
		}
	}
	passed, behind := 0, -1 // of the list as it is to be
	var placed []*listed
	for _, p := range f.pieces {
		l := p.row
		if l == nil || l.same {
			if passed += p.rows(); l == nil {
				behind = p.from + p.of - 1
			} else {
				behind = l.from
			}
			continue
		}
		ch := Change{Op: OpInsert, Reason: CameInsert, Row: l.row.Row, positioned: true}
		if l.old != nil {
			waiting = slices.DeleteFunc(waiting, func(w *listed) bool { return w == l })
			ch = Change{Op: OpUpdate, Old: l.old.Old, Row: l.row.Row, positioned: true}
			ch.FromAt = l.from + countListed(placed, func(o *listed) bool { return o.behind < l.from }) +
				countListed(waiting, func(o *listed) bool { return o.from < l.from }) - countListed(moved, func(o *listed) bool { return o.from < l.from })
		} else if l.row.Op == OpInsert {
			ch.Reason = l.row.Reason
		}
		ch.At = passed + countListed(waiting, func(o *listed) bool { return o.from < behind })
		out = append(out, ch)
		l.behind = behind
		placed = append(placed, l)
		passed++
	}
	return out
}

func countListed(list []*listed, is func(*listed) bool) (n int) {
	for _, l := range list {
		if is(l) {
			n++
		}
	}
	return n
}

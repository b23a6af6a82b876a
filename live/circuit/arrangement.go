package circuit

import (
	"slices"
	"strings"
	"sync"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// # Arrangements
//
// An arrangement is the rows of a table by the values of some columns, which is
// what a side of a join keeps, and a subquery that is looked into. It depends on
// nothing else of the query, so circuits that need the same one share it: whoever
// has them (live.Hub) tells it each commit once, however many there are.
//
// A circuit that takes a commit's step meets what comes from one side of a join
// with the other side as it was, and what comes from that one with the first as it
// has become. A circuit that is being made reads as of the commit that its own
// tables were read at, which may be behind. So an arrangement is read as of a
// commit: beside the rows as they are it remembers what they were, for as long as
// someone may ask, and takes that back while it reads.

// Moment is a commit, by its sequence, as which an arrangement is read.
type Moment uint64

// Arrangement is safe for one writer and any readers.
type Arrangement struct {
	want *Want

	mu   sync.RWMutex
	kept *keyed[history]
	count
	counts []pastCount
	// touched are the slots with a past.
	touched []*slot[history]
	meter   meter
	err     error
}

// count is how many rows there are, and how many of them have a NULL in the key.
type count struct{ rows, nulls int }

type pastCount struct {
	at Moment // the commit that changed it
	count
}

// history is the rows with one key, in the order of their identities, and what
// they were.
type history struct {
	rows []identified
	past []pastRow
}

// pastRow is what was there under an identity before a commit; nil is nothing.
type pastRow struct {
	at  Moment
	id  string
	row types.Row
}

// NewArrangement makes the empty arrangement that is wanted.
func NewArrangement(w *Want) *Arrangement {
	return &Arrangement{want: w, kept: newKeyed[history](w.types)}
}

// Advance takes what a commit has done to the table. Readers as of earlier
// commits are served until Forget. After an error, which every reader is given,
// it is of no more use.
func (a *Arrangement) Advance(c *expr.Context, at Moment, changes []Change) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err != nil {
		return a.err
	}
	a.counts = append(a.counts, pastCount{at, a.count})
	for _, ch := range changes {
		if a.err = a.take(c, at, ch); a.err != nil {
			return a.err
		}
	}
	return nil
}

func (a *Arrangement) take(c *expr.Context, at Moment, ch Change) error {
	if ch.Old != nil {
		s, row, err := a.place(c, ch.Old, -1)
		if err != nil {
			return err
		}
		if s != nil {
			h := &s.value
			if i, ok := h.search(ch.ID); ok {
				h.rows = slices.Delete(h.rows, i, i+1)
				a.meter.drop(row)
				a.remember(s, pastRow{at, ch.ID, row})
			}
		}
	}
	if ch.New != nil {
		s, row, err := a.place(c, ch.New, +1)
		if err != nil || s == nil {
			return err
		}
		h := &s.value
		i, _ := h.search(ch.ID)
		h.rows = slices.Insert(h.rows, i, identified{id: ch.ID, row: row})
		a.meter.add(row)
		a.remember(s, pastRow{at, ch.ID, nil})
	}
	return nil
}

// place gives the slot that a row of the table is in, nil for none, and the row as
// it is kept.
func (a *Arrangement) place(c *expr.Context, row types.Row, sign int) (*slot[history], types.Row, error) {
	row, err := a.want.row(c, row)
	if row == nil || err != nil {
		return nil, nil, err
	}
	a.rows += sign
	key := make(types.Row, len(a.want.columns))
	for i, at := range a.want.columns {
		key[i] = row[at]
	}
	if slices.ContainsFunc(key, types.Datum.IsNull) {
		a.nulls += sign
		return nil, nil, nil
	}
	s, _ := a.kept.at(key)
	return s, row, nil
}

func (a *Arrangement) remember(s *slot[history], p pastRow) {
	if len(s.value.past) == 0 {
		a.touched = append(a.touched, s)
	}
	s.value.past = append(s.value.past, p)
}

// Forget says that nobody will read as of a commit before at any more.
func (a *Arrangement) Forget(at Moment) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.counts = slices.DeleteFunc(a.counts, func(p pastCount) bool { return p.at <= at })
	still := a.touched[:0]
	for _, s := range a.touched {
		h := &s.value
		h.past = slices.DeleteFunc(h.past, func(p pastRow) bool { return p.at <= at })
		switch {
		case len(h.past) > 0:
			still = append(still, s)
		case len(h.rows) == 0:
			a.kept.drop(s)
		default:
			h.past = nil
		}
	}
	clear(a.touched[len(still):])
	if a.touched = still; len(still) == 0 {
		a.touched = nil
	}
}

// Bytes is roughly what the arrangement keeps.
func (a *Arrangement) Bytes() int64 {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.meter.bytes
}

// Fail makes the arrangement useless: readers are given the error.
func (a *Arrangement) Fail(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err = err
}

// each calls do with the rows that had a key at a moment, in the order of their
// identities, until it fails. do must not read an arrangement.
func (a *Arrangement) each(key types.Row, at Moment, do func(id string, row types.Row) error) error {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.err != nil {
		return a.err
	}
	s := a.kept.find(key)
	if s == nil {
		return nil
	}
	for _, r := range s.value.asOf(at) {
		if err := do(r.id, r.row); err != nil {
			return err
		}
	}
	return nil
}

// totals is how many rows there were at a moment.
func (a *Arrangement) totals(at Moment) count {
	a.mu.RLock()
	defer a.mu.RUnlock()
	for _, p := range a.counts {
		if p.at > at {
			return p.count
		}
	}
	return a.count
}

func (h *history) search(id string) (int, bool) {
	if n := len(h.rows); n == 0 || h.rows[n-1].id < id { // rows mostly come in order
		return n, false
	}
	return slices.BinarySearchFunc(h.rows, id, func(r identified, id string) int { return strings.Compare(r.id, id) })
}

// asOf gives the rows as they were at a moment.
func (h *history) asOf(at Moment) []identified {
	if n := len(h.past); n == 0 || h.past[n-1].at <= at {
		return h.rows
	}
	was := map[string]types.Row{}
	for _, p := range h.past {
		if _, earlier := was[p.id]; p.at > at && !earlier {
			was[p.id] = p.row
		}
	}
	out := make([]identified, 0, len(h.rows)+len(was))
	for _, r := range h.rows {
		if _, other := was[r.id]; !other {
			out = append(out, r)
		}
	}
	for id, row := range was {
		if row != nil {
			out = append(out, identified{id: id, row: row})
		}
	}
	slices.SortFunc(out, func(a, b identified) int { return strings.Compare(a.id, b.id) })
	return out
}

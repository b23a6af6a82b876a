package circuit

import (
	"slices"
	"sort"
	"strings"

	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// sequence is rows in the order of sort keys and, where those are equal, of identities. It
// is divided into runs, so that a row is put in, found by its position, and what is before it
// summed up by looking at one run's rows and at the number of runs.
type sequence struct {
	keys []plan.SortKey
	runs []*run
	n    int
}

// entry is a row of a sequence.
type entry struct {
	id   string
	keys types.Row
	row  types.Row
	// out is what has been handed out for it, nil for nothing; next what will be.
	out, next types.Row
}

// weight is roughly what keeping the entry costs, what has been handed out aside.
func (e *entry) weight() int64 { return 64 + 24*int64(len(e.keys)) + rowWeight(e.row) }

// run is some rows of a sequence that follow each other.
type run struct {
	entries []*entry
	// sums are the states of running aggregates over the run, nil while they are not known, groups how many groups
	// of equal keys are in it, 0 while that is not known.
	sums   []running
	groups int
}

// runLength is how many rows a run has at most.
var runLength = 128

// changed forgets what was known of a run.
func (r *run) changed() { r.sums, r.groups = nil, 0 }

func (s *sequence) less(a, b *entry) bool {
	if c := plan.CompareKeys(s.keys, a.keys, b.keys); c != 0 {
		return c < 0
	}
	return strings.Compare(a.id, b.id) < 0
}

// peers says whether two entries are equal in order.
func (s *sequence) peers(a, b *entry) bool { return plan.CompareKeys(s.keys, a.keys, b.keys) == 0 }

// find gives the run and the place in it of the first entry of which is says yes, as of all behind it: beyond the last entry
// of the last run if there is none.
func (s *sequence) find(is func(*entry) bool) (at, in int) {
	at = sort.Search(len(s.runs), func(i int) bool { r := s.runs[i].entries; return is(r[len(r)-1]) })
	if at == len(s.runs) {
		if at == 0 {
			return 0, 0
		}
		return at - 1, len(s.runs[at-1].entries)
	}
	r := s.runs[at].entries
	return at, sort.Search(len(r), func(i int) bool { return is(r[i]) })
}

// position is how many entries are before a place in a run.
func (s *sequence) position(at, in int) int {
	for _, r := range s.runs[:at] {
		in += len(r.entries)
	}
	return in
}

// place is the position of an entry, or the one it would get.
func (s *sequence) place(e *entry) int {
	return s.position(s.find(func(o *entry) bool { return !s.less(o, e) }))
}

// groupStart is the position of the first entry with the keys of one, or where it would be.
func (s *sequence) groupStart(e *entry) int {
	return s.position(s.find(func(o *entry) bool { return plan.CompareKeys(s.keys, o.keys, e.keys) >= 0 }))
}

// groupEnd is the position behind the last entry with the keys of one.
func (s *sequence) groupEnd(e *entry) int {
	return s.position(s.find(func(o *entry) bool { return plan.CompareKeys(s.keys, o.keys, e.keys) > 0 }))
}

// put adds an entry.
func (s *sequence) put(e *entry) {
	s.n++
	if len(s.runs) == 0 {
		s.runs = []*run{{entries: []*entry{e}}}
		return
	}
	at, in := s.find(func(o *entry) bool { return s.less(e, o) })
	r := s.runs[at]
	r.changed()
	if r.entries = slices.Insert(r.entries, in, e); len(r.entries) <= runLength {
		return
	}
	half := len(r.entries) / 2
	if at == len(s.runs)-1 && in == len(r.entries)-1 { // rows often come in order
		half = len(r.entries) - 1
	}
	second := &run{entries: slices.Clone(r.entries[half:])}
	clear(r.entries[half:])
	r.entries = r.entries[:half]
	s.runs = slices.Insert(s.runs, at+1, second)
}

// take removes the entry with the keys and the identity of one, and gives it; nil if it is not there.
func (s *sequence) take(e *entry) *entry {
	if len(s.runs) == 0 {
		return nil
	}
	at, in := s.find(func(o *entry) bool { return !s.less(o, e) })
	r := s.runs[at]
	if in == len(r.entries) || r.entries[in].id != e.id || !s.peers(r.entries[in], e) {
		return nil
	}
	e = r.entries[in]
	s.n--
	r.changed()
	r.entries = slices.Delete(r.entries, in, in+1)
	switch next := at + 1; {
	case len(r.entries) == 0:
		s.runs = slices.Delete(s.runs, at, next)
	case next < len(s.runs) && len(r.entries)+len(s.runs[next].entries) <= runLength/2:
		r.entries = append(r.entries, s.runs[next].entries...)
		s.runs = slices.Delete(s.runs, next, next+1)
	}
	return e
}

// locate gives the run and the place in it of a position that there is.
func (s *sequence) locate(position int) (at, in int) {
	for at, r := range s.runs {
		if position < len(r.entries) {
			return at, position
		}
		position -= len(r.entries)
	}
	return len(s.runs), 0
}

// at is the entry at a position.
func (s *sequence) at(position int) *entry {
	at, in := s.locate(position)
	return s.runs[at].entries[in]
}

// walker goes through a sequence.
type walker struct {
	s      *sequence
	at, in int
}

func (s *sequence) from(position int) *walker {
	w := &walker{s: s}
	w.at, w.in = s.locate(position)
	return w
}

// peek is the entry that comes next, nil at the end.
func (w *walker) peek() *entry {
	if w.at == len(w.s.runs) {
		return nil
	}
	return w.s.runs[w.at].entries[w.in]
}

// next goes past it.
func (w *walker) next() {
	if w.in++; w.in == len(w.s.runs[w.at].entries) {
		w.at, w.in = w.at+1, 0
	}
}

// each calls do with the entries from one position to before another.
func (s *sequence) each(from, to int, do func(position int, e *entry) error) error {
	w := s.from(from)
	for ; from < to; from++ {
		if err := do(from, w.peek()); err != nil {
			return err
		}
		w.next()
	}
	return nil
}

// groupsBefore is how many groups begin before a position at which one does.
func (s *sequence) groupsBefore(position int) (groups int) {
	at, in := s.locate(position)
	var before *entry
	count := func(entries []*entry) (n int) {
		for i, e := range entries {
			if i == 0 || !s.peers(entries[i-1], e) {
				n++
			}
		}
		return n
	}
	add := func(entries []*entry, n int) {
		if groups += n; before != nil && s.peers(before, entries[0]) {
			groups--
		}
		before = entries[len(entries)-1]
	}
	for _, r := range s.runs[:at] {
		if r.groups == 0 {
			r.groups = count(r.entries)
		}
		add(r.entries, r.groups)
	}
	if in > 0 {
		first := s.runs[at].entries[:in]
		add(first, count(first))
	}
	return groups
}

package circuit

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"github.com/tidwall/btree"

	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// ErrLimit says that a step needs more memory than Circuit.Limit: it may have no end.
var ErrLimit = errors.New("a query keeps more than it may")

// recursion is WITH RECURSIVE whose step makes rows of each row of the round before by
// itself: it is linear. A step over all rounds together then gives the same as one
// over each, so that one body of operators, with the rows of all rounds behind its
// work table, is all there is to keep.
//
// A row of the work table has an identity that begins with its round, and what the
// body makes of it one that begins with that. Hence it is known of each change that
// the body gives which round it belongs to: the one after its row's. They are settled
// round by round. What a round has is certain when all before it are settled, however
// much a commit has changed: a row that came by a way that is gone is taken back
// before anything further is made of it, so that rows which hold each other up by a
// circle go, and a circle that nothing leads to is not walked.
//
// Without ALL a row is in the first round that makes it and in no other. How often
// each round makes it is counted, so that another takes its place where that goes.
type recursion struct {
	node     *plan.RecursiveUnion
	start    operator
	work     *workTable
	body     operator
	lead     func(id string) string // the work table's row that the body made one of
	outside  []*outside
	around   *recursion // whose body this one is in
	inner    tick       // of the body: one for each round that is settled
	due      btree.Map[int, *round]
	found    *keyed[*found] // nil: ALL
	touched  []*slot[*found]
	types    []*types.Type
	meter    *meter
	produced int64 // bytes of rows that the step has made so far
}

// workTable gives the body the rows of a round.
type workTable struct {
	name    string
	changes []Change
}

// outside gives the body, whose ticks are its own, what an operator outside it gave.
type outside struct {
	operator
	changes []Change
}

// round is what is to be settled of one.
type round struct {
	rows *accumulator // ALL
	some []*slot[*found]
}

// found is what is known of a row that no other is equal to.
type found struct {
	made    []made // by round
	at      int    // the round whose row it is; -1: none
	was     bool   // it was in the result before the step
	touched bool
	cause   Cause
}

// made is how often a round makes a row.
type made struct{ round, times int }

const identityBytes = 20

// workIdentity identifies a row of the work table: by its round, and by what stands
// for what it is, of the same length for all.
func workIdentity(round int, what string) string {
	sum := sha256.Sum256([]byte(what))
	return string(append(binary.BigEndian.AppendUint32(make([]byte, 0, identityBytes), uint32(round)), sum[:identityBytes-4]...))
}

func (o *recursion) step(t *tick) ([]Change, error) {
	start, err := o.start.step(t)
	if err != nil {
		return nil, err
	}
	for _, out := range o.outside {
		if out.changes, err = out.operator.step(t); err != nil {
			return nil, err
		}
	}
	o.produced = 0
	most := o.mayMake(t)
	for _, ch := range start {
		o.take(0, ch)
	}
	n := o.inner.n
	o.inner = *t
	var all []Change // of the rows of ALL
	for first := true; first || o.due.Len() > 0; first = false {
		n++
		o.inner.n = n
		o.work.changes = nil
		if at, due, ok := o.due.Min(); ok && (!first || at == 0) {
			o.due.Delete(at)
			if o.found != nil {
				o.work.changes = o.settle(at, due)
			} else {
				o.work.changes = due.rows.changes()
				all = append(all, o.work.changes...)
			}
			if len(o.work.changes) == 0 && !first {
				continue
			}
		}
		made, err := o.body.step(&o.inner)
		if err != nil {
			return nil, err
		}
		for i, ch := range made {
			o.take(int(binary.BigEndian.Uint32([]byte(o.lead(ch.ID))))+1, ch)
			if err := t.interrupted(i); err != nil {
				return nil, err
			}
		}
		if o.meter.limit > 0 && (o.meter.bytes+o.produced > o.meter.limit || o.produced > most) {
			return nil, ErrLimit
		}
		if err := t.interrupted(n); err != nil {
			return nil, err
		}
		// The tables have changed: what the rounds make from now on meets them as they are.
		o.inner.changes, o.inner.rows, o.inner.at.Before = nil, nil, t.at.After
		for _, out := range o.outside {
			out.changes = nil
		}
	}
	o.inner.c, o.inner.rows, o.work.changes = nil, nil, nil
	if o.found != nil {
		return o.difference(), nil
	}
	return all, nil
}

// mayMake is how many bytes of rows a step may make. Others wait for one that a commit
// brings about, and a commit that makes a circle would have it go round to the limit: but
// for the first step it is a part of the limit, and what the rows there are can take to
// be made once more.
func (o *recursion) mayMake(t *tick) int64 {
	if t.first {
		return o.meter.limit
	}
	return o.meter.limit/limitPerStep + 2*o.meter.bytes
}

const limitPerStep = 16

// take notes a change of what a round makes.
func (o *recursion) take(at int, ch Change) {
	if ch.New != nil {
		o.produced += rowWeight(ch.New)
	}
	if o.found == nil {
		due := o.round(at)
		id := workIdentity(at, ch.ID)
		due.rows.cause = ch.Cause
		if ch.Old != nil {
			due.rows.remove(id, ch.Old)
		}
		if ch.New != nil {
			due.rows.add(id, ch.New)
		}
		return
	}
	if ch.Old != nil {
		o.count(at, ch.Old, -1, ch.Cause)
	}
	if ch.New != nil {
		o.count(at, ch.New, +1, ch.Cause)
	}
}

func (o *recursion) round(at int) *round {
	due, ok := o.due.Get(at)
	if !ok {
		due = &round{}
		if o.found == nil {
			due.rows = newAccumulator(o.types)
		}
		o.due.Set(at, due)
	}
	return due
}

// count counts how often a round makes a row.
func (o *recursion) count(at int, row types.Row, by int, cause Cause) {
	s, isNew := o.found.at(row)
	if isNew {
		s.value = &found{at: -1}
		o.meter.add(s.key)
	}
	f := s.value
	if !f.touched {
		f.touched, f.was, f.cause = true, f.at >= 0, 0
		o.touched = append(o.touched, s)
	}
	f.cause |= cause
	f.add(at, by)
	due := o.round(at)
	due.some = append(due.some, s)
}

func (f *found) add(at, by int) {
	for i := range f.made {
		switch m := &f.made[i]; {
		case m.round == at:
			if m.times += by; m.times == 0 {
				f.made = append(f.made[:i], f.made[i+1:]...)
			}
			return
		case m.round > at:
			f.made = append(f.made, made{})
			copy(f.made[i+1:], f.made[i:])
			f.made[i] = made{at, by}
			return
		}
	}
	f.made = append(f.made, made{at, by})
}

// settle says which rows a round has, of those that may have changed, all rounds
// before being settled; it gives the changes of the work table.
func (o *recursion) settle(at int, due *round) (changes []Change) {
	for _, s := range due.some {
		f := s.value
		in := -1
		if len(f.made) > 0 {
			in = f.made[0].round
		}
		if f.at == in || f.at > at && in > at {
			continue
		}
		if f.at >= 0 {
			changes = append(changes, Change{ID: o.identity(f.at, s.key), Old: s.key, Cause: f.cause})
		}
		if f.at = -1; in == at {
			f.at = at
			changes = append(changes, Change{ID: o.identity(at, s.key), New: s.key, Cause: f.cause})
		} else if in > at { // as it looks until now
			later := o.round(in)
			later.some = append(later.some, s)
		}
	}
	return changes
}

func (o *recursion) identity(at int, row types.Row) string {
	return workIdentity(at, string(appendLook(nil, o.types, nil, row)))
}

// difference gives what the step has done to the rows that there are once each.
func (o *recursion) difference() []Change {
	var out []Change
	for _, s := range o.touched {
		f := s.value
		f.touched = false
		is := f.at >= 0
		if f.was != is {
			ch := Change{ID: o.found.identity(s.key), Cause: f.cause}
			if is {
				ch.New = s.key
			} else {
				ch.Old = s.key
			}
			out = append(out, ch)
		}
		if !is && len(f.made) == 0 {
			o.meter.drop(s.key)
			o.found.drop(s)
		}
	}
	clear(o.touched)
	o.touched = o.touched[:0]
	return out
}

func (o *recursion) inputs() []operator { return []operator{o.start, o.body} }

func (o *recursion) String() string {
	s := "Recursive Union of " + o.node.Name
	if o.node.All {
		s = "Recursive Union All of " + o.node.Name
	}
	return s + " (each round by what the one before has changed)"
}

func (o *workTable) step(*tick) ([]Change, error) { return o.changes, nil }
func (o *workTable) inputs() []operator           { return nil }
func (o *workTable) String() string               { return "Rows of " + o.name + " of the round before" }

func (o *outside) step(*tick) ([]Change, error) { return o.changes, nil }

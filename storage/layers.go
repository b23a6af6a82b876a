package storage

import (
	"bytes"

	"github.com/cockroachdb/pebble/v2/sstable"
)

// Walk reads keys in one direction: First and then Next, or Last and then Prev. Otherwise
// it is what Iterator says.
type Walk interface {
	First() bool
	Last() bool
	Next() bool
	Prev() bool
	Key() []byte   // valid until the next move
	Value() []byte // valid until the next move
	Err() error
	Close() error // returns Err, or what went wrong in closing
}

// Over reads what base reads, with the writes of the runs on top, from lower up to but
// excluding upper. Closing it closes base.
func (r Runs) Over(base Walk, lower, upper []byte) Walk {
	if above := r.walk(lower, upper); above != nil {
		return &live{overlaid{below: base, above: above}}
	}
	return base
}

// walk reads the writes of the runs, deletions among them; nil if no run has keys there.
func (r Runs) walk(lower, upper []byte) writesWalk {
	var w writesWalk
	for _, level := range r.levels {
		l := &levelWalk{lower: lower, upper: upper}
		for _, run := range level {
			if run.meets(lower, upper) {
				l.runs = append(l.runs, run)
			}
		}
		switch {
		case len(l.runs) == 0:
		case w == nil:
			w = l
		default:
			w = &overlaid{below: w, above: l}
		}
	}
	return w
}

// writesWalk reads writes, some of which are deletions.
type writesWalk interface {
	Walk
	deleted() bool
}

// levelWalk reads one run of a level after the other.
type levelWalk struct {
	runs         []*Run
	lower, upper []byte
	at           int              // of the run at hand
	it           sstable.Iterator // its iterator; nil if there is none
	key, value   []byte
	gone         bool
	err          error
}

func (l *levelWalk) First() bool {
	l.at = -1
	return l.advance(1)
}

func (l *levelWalk) Last() bool {
	l.at = len(l.runs)
	return l.advance(-1)
}

func (l *levelWalk) Next() bool { return l.move(1, false) || l.advance(1) }
func (l *levelWalk) Prev() bool { return l.move(-1, false) || l.advance(-1) }

// advance goes to the next run that has keys within the bounds.
func (l *levelWalk) advance(by int) bool {
	for {
		l.shut()
		if l.at += by; l.err != nil || l.at < 0 || l.at >= len(l.runs) {
			return false
		}
		if l.it, l.err = l.runs[l.at].reader.NewIter(sstable.NoTransforms, l.lower, l.upper, sstable.AssertNoBlobHandles); l.err != nil {
			l.it = nil
			return false
		}
		if l.move(by, true) {
			return true
		}
	}
}

// move goes to the next key of the run at hand, or to the first in the direction.
func (l *levelWalk) move(by int, start bool) bool {
	if l.it == nil {
		return false
	}
	kv := resultOf(l.it.Next)
	switch {
	case start && by > 0 && l.lower != nil:
		kv = l.it.SeekGE(l.lower, 0)
	case start && by > 0:
		kv = l.it.First()
	case start && l.upper != nil:
		kv = l.it.SeekLT(l.upper, 0)
	case start:
		kv = l.it.Last()
	case by > 0:
		kv = l.it.Next()
	default:
		kv = l.it.Prev()
	}
	if kv == nil {
		return false
	}
	l.key, l.value, l.gone = kv.K.UserKey, nil, kv.Kind() != kindSet
	if !l.gone {
		if l.value, _, l.err = kv.Value(nil); l.err != nil {
			return false
		}
	}
	return true
}

// resultOf is nothing, of a type that has no name outside of Pebble.
func resultOf[T any](func() T) (none T) { return none }

func (l *levelWalk) shut() {
	if l.it == nil {
		return
	}
	if err := l.it.Close(); l.err == nil {
		l.err = err
	}
	l.it = nil
}

func (l *levelWalk) Key() []byte   { return l.key }
func (l *levelWalk) Value() []byte { return l.value }
func (l *levelWalk) deleted() bool { return l.gone }
func (l *levelWalk) Err() error    { return translate(l.err) }

func (l *levelWalk) Close() error {
	l.shut()
	return l.Err()
}

// overlaid reads the writes above and, at keys that they do not have, what lies below.
type overlaid struct {
	below, above     Walk
	belowOK, aboveOK bool
	reverse          bool
	// fromAbove and fromBelow: who has the key at hand; both may.
	fromAbove, fromBelow bool
}

func (o *overlaid) First() bool {
	o.reverse, o.belowOK, o.aboveOK = false, o.below.First(), o.above.First()
	return o.choose()
}

func (o *overlaid) Last() bool {
	o.reverse, o.belowOK, o.aboveOK = true, o.below.Last(), o.above.Last()
	return o.choose()
}

func (o *overlaid) Next() bool {
	if o.fromBelow {
		o.belowOK = o.below.Next()
	}
	if o.fromAbove {
		o.aboveOK = o.above.Next()
	}
	return o.choose()
}

func (o *overlaid) Prev() bool {
	if o.fromBelow {
		o.belowOK = o.below.Prev()
	}
	if o.fromAbove {
		o.aboveOK = o.above.Prev()
	}
	return o.choose()
}

func (o *overlaid) choose() bool {
	o.fromAbove, o.fromBelow = o.aboveOK, o.belowOK
	if o.Err() != nil {
		o.fromAbove, o.fromBelow = false, false
		return false
	}
	if o.aboveOK && o.belowOK {
		order := bytes.Compare(o.above.Key(), o.below.Key())
		if o.reverse {
			order = -order
		}
		o.fromAbove, o.fromBelow = order <= 0, order >= 0
	}
	return o.fromAbove || o.fromBelow
}

func (o *overlaid) chosen() Walk {
	if o.fromAbove {
		return o.above
	}
	return o.below
}

func (o *overlaid) Key() []byte   { return o.chosen().Key() }
func (o *overlaid) Value() []byte { return o.chosen().Value() }

func (o *overlaid) deleted() bool {
	w, ok := o.chosen().(writesWalk)
	return ok && w.deleted()
}

func (o *overlaid) Err() error {
	if err := o.above.Err(); err != nil {
		return err
	}
	return o.below.Err()
}

func (o *overlaid) Close() error {
	err := o.above.Close()
	if cerr := o.below.Close(); err == nil {
		err = cerr
	}
	return err
}

// live leaves out what is deleted.
type live struct{ overlaid }

func (l *live) First() bool { return l.forward(l.overlaid.First()) }
func (l *live) Next() bool  { return l.forward(l.overlaid.Next()) }
func (l *live) Last() bool  { return l.backward(l.overlaid.Last()) }
func (l *live) Prev() bool  { return l.backward(l.overlaid.Prev()) }

func (l *live) forward(ok bool) bool {
	for ok && l.deleted() {
		ok = l.overlaid.Next()
	}
	return ok
}

func (l *live) backward(ok bool) bool {
	for ok && l.deleted() {
		ok = l.overlaid.Prev()
	}
	return ok
}

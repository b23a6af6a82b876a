package live

import (
	"sync"

	"github.com/kalamsql/kalamsql/live/dataflow"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Op is what happened to a row of the result.
type Op string

// The operations.
const (
	OpInsert Op = "insert"
	OpUpdate Op = "update"
	OpDelete Op = "delete"
)

// Reason says why a row came or went; an update has none.
type Reason string

// The reasons of inserts (insert, enter) and of deletes (the others).
const (
	CameInsert Reason = "insert" // the row was written
	CameEnter  Reason = "enter"  // an existing row began to match
	WentDelete Reason = "delete" // the row was deleted
	WentLeave  Reason = "leave"  // the row stopped matching
	WentExpire Reason = "expire" // its time to live ended
	WentRevoke Reason = "revoke" // the right to see it ended
)

// Change is the change of one row of a result. Row is nil for a delete, Old
// for an insert.
type Change struct {
	Op       Op
	Reason   Reason
	Row, Old types.Row
	// At and FromAt are the positions of Row and Old in an ordered result, when
	// the changes of a group are applied one after another.
	At, FromAt int
	positioned bool
}

// Delta is a change group: what one commit does to one result. It is made once
// for all subscriptions that share a dataflow, is immutable, and keeps its
// encodings.
type Delta struct {
	Changes []Change

	schema []SchemaColumn
	bytes  int // weight in a queue, roughly

	json    onceBytes
	encoded sync.Map // encoding's key -> *onceBytes
}

type onceBytes struct {
	once sync.Once
	b    []byte
}

// newDelta weighs the changes of a group.
func newDelta(schema []SchemaColumn, changes []Change) *Delta {
	d := &Delta{Changes: changes, schema: schema, bytes: eventBytes}
	for _, c := range changes {
		d.bytes += 64
		if c.Row != nil {
			d.bytes += rowBytes(c.Row)
		}
		if c.Old != nil {
			d.bytes += rowBytes(c.Old)
		}
	}
	return d
}

// JSON gives the "changes" array of the live protocol. It is encoded at the
// first call and must not be changed.
func (d *Delta) JSON() []byte {
	d.json.once.Do(func() { d.json.b = appendChanges(nil, d.schema, d.Changes) })
	return d.json.b
}

// Encoded gives the encoding named by key, made by make at the first call for
// that key. key must be comparable; a private struct type is best.
func (d *Delta) Encoded(key any, make func() []byte) []byte {
	v, ok := d.encoded.Load(key)
	if !ok {
		v, _ = d.encoded.LoadOrStore(key, &onceBytes{})
	}
	e := v.(*onceBytes)
	e.once.Do(func() { e.b = make() })
	return e.b
}

// changesOf turns signed rows into operations. An entry at -1 followed by one
// at +1 of the same stored row is a row that changed: nothing when it looks the
// same, an update when the key stayed, else a delete and an insert.
func changesOf(schema []SchemaColumn, key []int, d dataflow.Delta) []Change {
	out := make([]Change, 0, len(d))
	came, went := false, false
	for i := 0; i < len(d); i++ {
		e := d[i]
		if e.Weight < 0 && i+1 < len(d) && d[i+1].Weight > 0 && d[i+1].ID == e.ID {
			i++
			old, row := e.Row, d[i].Row
			switch {
			case sameRow(schema, old, row):
			case key != nil && sameKey(schema, key, old, row):
				out = append(out, Change{Op: OpUpdate, Row: row, Old: old})
			default:
				out = append(out, Change{Op: OpDelete, Reason: WentDelete, Old: old}, Change{Op: OpInsert, Reason: CameInsert, Row: row})
				came, went = true, true
			}
			continue
		}
		if e.Weight > 0 {
			out = append(out, Change{Op: OpInsert, Reason: cameBy(e.Cause), Row: e.Row})
			came = true
		} else {
			out = append(out, Change{Op: OpDelete, Reason: wentBy(e.Cause), Old: e.Row})
			went = true
		}
	}
	if key != nil && came && went {
		out = settleKeys(schema, key, out)
	}
	return out
}

func cameBy(c dataflow.Cause) Reason {
	if c == dataflow.Inserted {
		return CameInsert
	}
	return CameEnter
}

func wentBy(c dataflow.Cause) Reason {
	switch c {
	case dataflow.Deleted:
		return WentDelete
	case dataflow.Expired:
		return WentExpire
	case dataflow.Revoked:
		return WentRevoke
	}
	return WentLeave
}

// settleKeys makes a group whose rows exchange keys safe to apply one by one:
// a key that one row leaves and another takes is an update, and every other
// delete comes before every insert. Updates stay where they are.
func settleKeys(schema []SchemaColumn, key []int, changes []Change) []Change {
	left := make(map[string]int) // key -> index of its delete
	var buf []byte
	for i, c := range changes {
		if c.Op == OpDelete {
			buf = appendKey(buf[:0], schema, key, c.Old)
			left[string(buf)] = i
		}
	}
	out := make([]Change, 0, len(changes))
	drop := make(map[int]bool)
	var inserts []Change
	for i, c := range changes {
		if c.Op != OpInsert {
			continue
		}
		buf = appendKey(buf[:0], schema, key, c.Row)
		at, ok := left[string(buf)]
		if !ok {
			inserts = append(inserts, c)
			continue
		}
		delete(left, string(buf))
		old := changes[at].Old
		drop[at] = sameRow(schema, old, c.Row)
		if !drop[at] {
			changes[at] = Change{Op: OpUpdate, Row: c.Row, Old: old}
		}
		drop[i] = true
	}
	for i, c := range changes {
		if c.Op != OpInsert && !drop[i] {
			out = append(out, c)
		}
	}
	return append(out, inserts...)
}

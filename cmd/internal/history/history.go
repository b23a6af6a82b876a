// Package history checks what concurrent transactions have seen of each other
// against the isolation level they were promised, in the manner of Elle.
//
// Every value that is appended to a list is unique, so a list that was read
// tells who wrote it and in which order. Of a recorded history the checker infers
// who depends on whom: T2 wrote after T1 (ww), T2 read what T1 wrote (wr), T2
// overwrote what T1 read (rw). A circle of dependencies is an anomaly, and which
// one depends on how many of its edges are rw:
//
//	G0        only ww: dirty write
//	G1a, G1b  what was rolled back, or was not the last word, has been read
//	G1c       ww and wr: circular information flow
//	G-single  one rw: read skew, lost update
//	G-nonadjacent  more, but never two in a row: no snapshot explains it
//	G2        any: write skew
//
// READ COMMITTED excludes G0 and G1, REPEATABLE READ (snapshot isolation, as
// PostgreSQL's) all but G2, SERIALIZABLE everything.
package history

import "fmt"

// Level is a promised isolation level.
type Level int

// The levels.
const (
	ReadCommitted Level = iota
	RepeatableRead
	Serializable
)

// String is the level in SQL.
func (l Level) String() string {
	return [...]string{"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"}[l]
}

// Op is one read of a list, or one append.
type Op struct {
	Append bool
	Key    int
	Value  int   // appended
	Read   []int // what was there
}

// String shows an operation.
func (o Op) String() string {
	if o.Append {
		return fmt.Sprintf("append(%d, %d)", o.Key, o.Value)
	}
	return fmt.Sprintf("read(%d) = %v", o.Key, o.Read)
}

// Txn is a transaction that has ended.
type Txn struct {
	ID        int
	Ops       []Op
	Committed bool
}

// String shows a transaction.
func (t *Txn) String() string {
	end := "rolled back"
	if t.Committed {
		end = "committed"
	}
	return fmt.Sprintf("T%d %v, %s", t.ID, t.Ops, end)
}

// Anomaly is something that a level may exclude.
type Anomaly struct {
	Name string
	// Because tells, edge by edge, which few transactions show it.
	Because []string
}

// String shows an anomaly.
func (a Anomaly) String() string {
	s := a.Name
	for _, b := range a.Because {
		s += "\n  " + b
	}
	return s
}

// Forbidden says whether a level excludes an anomaly.
func (l Level) Forbidden(a Anomaly) bool {
	switch a.Name {
	case "G2":
		return l == Serializable
	case "G-single", "G-nonadjacent":
		return l >= RepeatableRead
	}
	return true
}

package exec

import (
	"time"

	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Instrument is what EXPLAIN ANALYZE has seen of one node, over all times it ran.
type Instrument struct {
	Loops int64
	Rows  int64
	// Startup is the time until the first rows, Total until the last.
	Startup, Total time.Duration
	// Removed counts the rows that conditions have removed, and JoinRemoved the pairs.
	Removed, JoinRemoved int64
	// SortMethod says how a sort was done, with SortBytes in memory or on disk.
	SortMethod string
	SortBytes  int64
	SortDisk   bool
	// SortGroups is into how many groups the rows of an incremental sort came, and SortTotal
	// the bytes of all.
	SortGroups, SortTotal int64
	// Batches is into how many parts a hash was divided, and HashBytes its largest
	// size in memory; DiskBytes is what was on disk.
	Batches   int
	HashBytes int64
	DiskBytes int64
	HashRows  int64
	// MemoHits counts the rows for which an apply knew the right rows, and MemoMisses the others; MemoEvictions is
	// how often it forgot some.
	MemoHits, MemoMisses, MemoEvictions int64
}

// Instruments has an Instrument for each node that has run.
type Instruments struct {
	// Timing says whether the time is taken.
	Timing bool
	nodes  map[plan.Node]*Instrument
}

// Of gives what was seen of a node; nil if it never ran.
func (m *Instruments) Of(n plan.Node) *Instrument {
	if m == nil {
		return nil
	}
	return m.nodes[n]
}

// at gives the Instrument of a node that runs.
func (m *Instruments) at(n plan.Node) *Instrument {
	in := m.nodes[n]
	if in == nil {
		if m.nodes == nil {
			m.nodes = map[plan.Node]*Instrument{}
		}
		in = &Instrument{}
		m.nodes[n] = in
	}
	return in
}

// reporter is an operator that has more to say than how many rows it gave.
type reporter interface{ report(*Instrument) }

// instrumented measures an operator.
type instrumented struct {
	Operator
	seen   *Instrument
	timing bool
	first  bool
	closed bool
}

// watch measures an operator if that is wanted.
func (rt *Runtime) watch(n plan.Node, op Operator, err error) (Operator, error) {
	if rt.Instruments == nil || op == nil || err != nil {
		return op, err
	}
	seen := rt.Instruments.at(n)
	seen.Loops++
	w := &instrumented{Operator: op, seen: seen, timing: rt.Instruments.Timing}
	if m, ok := op.(Modifier); ok {
		return &instrumentedModifier{w, m}, nil
	}
	return w, nil
}

func (o *instrumented) Next() (types.Row, error) {
	if !o.timing {
		row, err := o.Operator.Next()
		if row != nil {
			o.seen.Rows++
		}
		return row, err
	}
	began := time.Now()
	row, err := o.Operator.Next()
	took := time.Since(began)
	o.seen.Total += took
	if !o.first {
		o.first = true
		o.seen.Startup += took
	}
	if row != nil {
		o.seen.Rows++
	}
	return row, err
}

func (o *instrumented) Close() {
	o.Operator.Close()
	if r, ok := o.Operator.(reporter); ok && !o.closed {
		r.report(o.seen)
	}
	o.closed = true
}

// instrumentedModifier measures an operator that changes a table.
type instrumentedModifier struct {
	*instrumented
	modifier Modifier
}

// Affected is that of the operator.
func (o *instrumentedModifier) Affected() int64 { return o.modifier.Affected() }

// unwatched gives the operator that is measured.
func unwatched(op Operator) Operator {
	switch o := op.(type) {
	case *instrumented:
		return o.Operator
	case *instrumentedModifier:
		return o.Operator
	}
	return op
}

func (o *scan) report(in *Instrument)   { in.Removed += o.removed }
func (o *filter) report(in *Instrument) { in.Removed += o.removed }

func (o *sortRows) report(in *Instrument) {
	if o.isTop {
		in.SortMethod = "top-N heapsort"
		in.SortBytes = max(in.SortBytes, o.topBytes)
		return
	}
	o.sorter.report(in)
}

func (s *sorter) report(in *Instrument) {
	in.SortMethod, in.SortBytes, in.SortDisk = "quicksort", max(in.SortBytes, s.most, s.bytes), false
	if s.written > 0 {
		in.SortMethod, in.SortBytes, in.SortDisk = "external merge", s.written, true
	}
}

func (o *hashJoin) report(in *Instrument) {
	in.Batches = max(in.Batches, o.batches)
	in.HashBytes = max(in.HashBytes, o.most)
	in.HashRows = max(in.HashRows, o.hashed)
	in.JoinRemoved += o.removed
}

func (o *nestedLoop) report(in *Instrument) { in.JoinRemoved += o.removed }

func (o *mergeJoin) report(in *Instrument) { in.JoinRemoved += o.removed }

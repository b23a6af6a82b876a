package circuit

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Source is what a circuit reads of one table.
type Source struct {
	Table    *catalog.Table
	readings []*reading
}

// reading is one way in which a table is read.
type reading struct {
	node *plan.Scan
	// scan has the filter that the rows pass which matter; nil: all do.
	scan *plan.Scan
	// there: the first step finds the rows in an arrangement.
	there bool
}

// Scans are the ways in which the table is read; a row that none of their filters
// passes does not concern the circuit. Nil: all rows do.
func (s *Source) Scans() []*plan.Scan { return s.scans(false) }

// First is Scans of what the first step must bring. Nil: all rows; an empty list:
// none.
func (s *Source) First() []*plan.Scan { return s.scans(true) }

func (s *Source) scans(first bool) []*plan.Scan {
	all := make([]*plan.Scan, 0, len(s.readings))
	for _, r := range s.readings {
		switch {
		case first && r.there:
		case r.scan == nil:
			return nil
		default:
			all = append(all, r.scan)
		}
	}
	return all
}

// Concerns says whether a row of the table may matter: whether it passes the
// filter of one of its scans.
func Concerns(c *expr.Context, scans []*plan.Scan, row types.Row) (bool, error) {
	for _, scan := range scans {
		v, err := scan.Filter.Eval(c, row)
		if err != nil || v.Bool() {
			return true, err
		}
	}
	return scans == nil, nil
}

// read notes that a table is read; scan has the filter of rows that matter.
func (b *builder) read(node, scan *plan.Scan) {
	s := b.sources[node.Table.OID]
	if s == nil {
		s = &Source{Table: node.Table}
		b.sources[node.Table.OID] = s
	}
	s.readings = append(s.readings, &reading{node: node, scan: scan})
}

// wanted notes an arrangement that is wanted. there: the first step finds in it what
// it would read.
func (b *builder) wanted(w *Want, there bool) {
	b.wants = append(b.wants, w)
	readings := b.sources[w.Scan.Table.OID].readings
	for i := len(readings) - 1; i >= 0 && there; i-- { // the last is the one just made
		if readings[i].node == w.Scan {
			readings[i].there, there = true, false
		}
	}
}

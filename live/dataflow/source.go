package dataflow

import (
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables"
)

// source makes signed rows of a table's changes.
func (f *Flow) source(changes []*tables.Change) (Delta, error) {
	out := make(Delta, 0, 2*len(changes))
	width := len(f.Table.Columns) + tables.SystemValues
	for _, ch := range changes {
		if ch.Old != nil && len(ch.Old) != width || ch.New != nil && len(ch.New) != width {
			return nil, sqlerr.Internal("change of table %d has %d and %d values, the descriptor %d", f.Table.OID, len(ch.Old), len(ch.New), width)
		}
		cause := Updated
		switch {
		case ch.Old == nil:
			cause = Inserted
		case ch.New == nil && ch.Reason == tables.Expire:
			cause = Expired
		case ch.New == nil:
			cause = Deleted
		}
		if ch.Old != nil {
			out = append(out, Entry{ID: ch.Key, Row: ch.Old, Weight: -1, Cause: cause})
		}
		if ch.New != nil {
			out = append(out, Entry{ID: ch.Key, Row: ch.New, Weight: +1, Cause: cause})
		}
	}
	return out, nil
}

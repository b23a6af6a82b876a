package pgcatalog

import "github.com/kalamsql/kalamsql/sql/catalog"

// pg_sequence. (pg_sequences shows the last value too, so a session makes it.)

func init() { makesParts("pg_sequence", sequenceRows) }

func sequenceRows(s *Snapshot, out *rows) {
	s.objects()
	for _, q := range s.once.sequences {
		out.add("seqrelid", q.OID, "seqtypid", q.Type.OID, "seqstart", q.Start, "seqincrement", q.Increment, "seqmax", q.Max, "seqmin", q.Min, "seqcache", q.Cache, "seqcycle", q.Cycle)
	}
}

// ownedSequence finds the sequence of a serial or identity column; nil if it
// has none.
func (s *Snapshot) ownedSequence(t *catalog.Table, c *catalog.Column) *catalog.Sequence {
	if q, ok := s.Catalog.Get(c.Sequence).(*catalog.Sequence); ok && c.Sequence != 0 {
		return q
	}
	for _, q := range s.entire().once.sequences {
		if q.OwnerTable == t.OID && q.OwnerColumn == c.Num {
			return q
		}
	}
	return nil
}

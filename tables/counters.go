package tables

import (
	"slices"
	"sync"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
)

// The cumulative statistics of pg_stat_*: what has been done to relations since the server's
// start. Scans are noted by their transaction and counted at its end, rows that were written
// when they are committed.

// Counts is what has been done to a table or to an index.
type Counts struct {
	// Scans counts the times it was scanned, and Read the rows that these scans read.
	Scans, Read int64
	// Fetched counts those rows of a table that an index led to.
	Fetched, IndexScans int64
	// Inserted, Updated and Deleted count the rows of a table that commits have changed.
	Inserted, Updated, Deleted int64
}

// Activity is what is known of a table's rows, beside its Counts.
type Activity struct {
	Counts
	// Live is how many rows there are, and Modified how many have changed since they
	// were sampled.
	Live, Modified int64
	// Analyzed and AutoAnalyzed are when ANALYZE and the background last sampled them.
	Analyzed, AutoAnalyzed time.Time
	Analyzes, AutoAnalyzes int64
}

// scanned is a note of scans that a transaction has made.
type scanned struct {
	table, index catalog.OID
	scans, read  int64
}

// Scanned notes that a transaction has scanned a table, by an index if that is not zero, and
// read so many rows.
func (t *Tx) Scanned(table, index catalog.OID, read int64) {
	for i := range t.scanned {
		if n := &t.scanned[i]; n.table == table && n.index == index {
			n.scans++
			n.read += read
			return
		}
	}
	if t.scanned == nil {
		t.scanned = t.scannedRoom[:0]
	}
	t.scanned = append(t.scanned, scanned{table, index, 1, read})
}

// tally counts by table.
type tally struct {
	sync.Mutex
	tables map[catalog.OID]*tableCounts
}

type tableCounts struct {
	Counts
	indexes map[catalog.OID]*Counts
}

// of gives the counts of a table. The caller holds the mutex.
func (c *tally) of(oid catalog.OID) *tableCounts {
	n := c.tables[oid]
	if n == nil {
		if c.tables == nil {
			c.tables = map[catalog.OID]*tableCounts{}
		}
		n = &tableCounts{}
		c.tables[oid] = n
	}
	return n
}

// add counts the scans of a transaction that ends, of the tables that there still are.
func (c *tally) add(list []scanned, cat *catalog.Catalog) {
	if len(list) == 0 {
		return
	}
	c.Lock()
	defer c.Unlock()
	for _, s := range list {
		t := cat.Table(s.table)
		if t == nil {
			continue
		}
		n := c.of(s.table)
		if s.index == 0 {
			n.Scans += s.scans
			n.Read += s.read
			continue
		}
		n.IndexScans += s.scans
		n.Fetched += s.read
		i := n.indexes[s.index]
		if i == nil {
			if n.indexes == nil {
				n.indexes = map[catalog.OID]*Counts{}
			}
			for oid := range n.indexes { // those that are dropped
				if !slices.ContainsFunc(t.Indexes, func(have *catalog.Index) bool { return have.OID == oid }) {
					delete(n.indexes, oid)
				}
			}
			i = &Counts{}
			n.indexes[s.index] = i
		}
		i.Scans += s.scans
		i.Read += s.read
	}
}

// committed counts the rows that a commit has changed.
func (c *tally) committed(cs *ChangeSet) {
	if len(cs.Changes)+len(cs.Whole)+len(cs.Dropped) == 0 {
		return
	}
	c.Lock()
	defer c.Unlock()
	for _, oid := range cs.Dropped {
		delete(c.tables, oid)
	}
	for _, w := range cs.Whole {
		n := c.of(w.Table.OID)
		switch w.Grown {
		case w.Changed:
			n.Inserted += w.Changed
		case -w.Changed:
			n.Deleted += w.Changed
		default:
			n.Updated += w.Changed
		}
	}
	var n *tableCounts
	for i := range cs.Changes {
		change := &cs.Changes[i]
		if i == 0 || change.Table.OID != cs.Changes[i-1].Table.OID {
			n = c.of(change.Table.OID)
		}
		switch change.Op {
		case Insert:
			n.Inserted++
		case Delete:
			n.Deleted++
		default:
			n.Updated++
		}
	}
}

// Counts gives what has been done to a table, or to one of its indexes if that is not zero,
// since the start or since ResetCounts.
func (s *Store) Counts(table, index catalog.OID) Counts {
	c := &s.counters
	c.Lock()
	defer c.Unlock()
	n := c.tables[table]
	switch {
	case n == nil:
		return Counts{}
	case index == 0:
		return n.Counts
	}
	if i := n.indexes[index]; i != nil {
		return *i
	}
	return Counts{}
}

// Activity gives what is known of a table's rows.
func (s *Store) Activity(t *catalog.Table) Activity {
	a := Activity{Counts: s.Counts(t.OID, 0)}
	s.Statistics(t) // counts the rows if nobody has
	st := &s.statistics
	st.mu.Lock()
	defer st.mu.Unlock()
	if known := st.mu.tables[t.OID]; known != nil {
		a.Live, a.Modified = known.rows, known.changed
		a.Analyzed, a.AutoAnalyzed, a.Analyzes, a.AutoAnalyzes = known.analyzed, known.autoAnalyzed, known.analyzes, known.autoAnalyzes
	}
	return a
}

// ResetCounts counts a table and its indexes anew.
func (s *Store) ResetCounts(oid catalog.OID) {
	c := &s.counters
	c.Lock()
	defer c.Unlock()
	delete(c.tables, oid)
}

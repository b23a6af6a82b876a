package tables

import (
	"context"
	"encoding/binary"
	"math"
	"sync"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/keys"
)

// Statistics are kept beside the definitions: how many rows a table has is counted
// with every commit, and what is in its columns is sampled by ANALYZE, or, when a
// tenth of the rows and fifty more have changed since, in the background. Sampling
// reads a bounded number of rows, and never more than a tenth of the time.

// statistics is what the store knows of its tables.
type statistics struct {
	mu struct {
		sync.Mutex
		tables map[catalog.OID]*tableStatistics
		due    map[catalog.OID]bool // to be sampled in the background
	}
	wake   chan struct{}
	cancel context.CancelFunc
	ended  sync.WaitGroup
}

// tableStatistics is what is known of one table.
type tableStatistics struct {
	rows    int64
	changed int64 // since it was sampled
	sampled float64
	counts  int // how often all rows have been read and counted
	// published is what planners are given: its rows are near rows.
	published *catalog.Statistics
	// stored says that published is on disk.
	stored bool
	// analyzed and autoAnalyzed are when ANALYZE and the background sampled it last, after
	// how often they have.
	analyzed, autoAnalyzed time.Time
	analyzes, autoAnalyzes int64
}

const (
	// staleRows and staleShare are how many rows change, and what part of all,
	// before statistics are made again.
	staleRows  = 50
	staleShare = 0.1
	// countedRows is up to how many rows are counted of a table that nothing is known
	// of.
	countedRows = 10_000
	// restFactor is how much longer the background rests than it works.
	restFactor = 50
	leastRest  = 20 * time.Millisecond
)

func stale(change, rows float64) bool { return math.Abs(change) > staleRows+staleShare*rows }

func (st *statistics) start(s *Store) {
	st.wake = make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(context.Background())
	st.cancel = cancel
	st.ended.Add(1)
	go s.sampleTables(ctx)
}

func (st *statistics) stop() {
	if st.cancel != nil {
		st.cancel()
		st.ended.Wait()
	}
}

// Statistics gives what is known of a table. The same pointer is given until
// something worth planning anew has changed.
func (s *Store) Statistics(t *catalog.Table) *catalog.Statistics {
	st := &s.statistics
	st.mu.Lock()
	known := st.mu.tables[t.OID]
	if known != nil {
		defer st.mu.Unlock()
		return known.published
	}
	st.mu.Unlock()
	rows, width := s.countRows(t)
	st.mu.Lock()
	defer st.mu.Unlock()
	if known = st.mu.tables[t.OID]; known == nil {
		known = &tableStatistics{rows: rows, published: &catalog.Statistics{Rows: float64(rows), Width: width, Slices: 1}}
		st.mu.tables[t.OID] = known
		if rows > staleRows {
			known.changed = rows
			st.wanted(t.OID)
		}
	}
	return known.published
}

// countRows counts the rows of a table, or, when there are many, estimates them
// from the size on disk.
func (s *Store) countRows(t *catalog.Table) (rows int64, width float64) {
	snap := s.snapshot()
	defer snap.release()
	prefix := keys.IndexPrefix(t, 0)
	it := snap.NewIter(prefix, keys.End(prefix))
	defer it.Close()
	bytes := 0
	for ok := it.First(); ok; ok = it.Next() {
		rows++
		bytes += len(it.Key()) + len(it.Value())
		if rows == countedRows {
			width = float64(bytes) / float64(rows)
			if size, err := s.Size(t, 0); err == nil {
				rows = max(rows, int64(float64(size)/width))
			}
			return rows, width
		}
	}
	return rows, float64(bytes) / float64(max(1, rows))
}

// wanted has a table sampled. The caller holds the mutex.
func (st *statistics) wanted(oid catalog.OID) {
	st.mu.due[oid] = true
	select {
	case st.wake <- struct{}{}:
	default:
	}
}

// committed counts the rows that a commit has brought and taken away.
func (st *statistics) committed(cs *ChangeSet, dropped [][]byte) {
	if len(cs.Changes)+len(cs.Whole)+len(dropped)+len(cs.Dropped) == 0 {
		return
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, oid := range cs.Dropped {
		delete(st.mu.tables, oid)
		delete(st.mu.due, oid)
	}
	for _, prefix := range dropped {
		oid, whole := keys.PrefixTable(prefix)
		if known := st.mu.tables[oid]; known != nil && whole {
			known.changed += known.rows
			st.adjust(oid, known, -known.rows)
		}
	}
	for _, w := range cs.Whole {
		if known := st.mu.tables[w.Table.OID]; known != nil {
			known.changed += w.Changed
			st.adjust(w.Table.OID, known, w.Grown)
		}
	}
	for i := 0; i < len(cs.Changes); {
		oid := cs.Changes[i].Table.OID
		grown, changed := int64(0), int64(0)
		for ; i < len(cs.Changes) && cs.Changes[i].Table.OID == oid; i++ {
			changed++
			switch cs.Changes[i].Op {
			case Insert:
				grown++
			case Delete:
				grown--
			}
		}
		if known := st.mu.tables[oid]; known != nil {
			known.changed += changed
			st.adjust(oid, known, grown)
		}
	}
}

// adjust counts rows, and publishes the number when it has changed much.
func (st *statistics) adjust(oid catalog.OID, known *tableStatistics, grown int64) {
	known.rows = max(0, known.rows+grown)
	if rows := float64(known.rows); stale(rows-known.published.Rows, known.published.Rows) || known.rows == 0 && known.published.Rows > 0 {
		p := *known.published
		p.Rows = rows
		known.published, known.stored = &p, false
	}
	if stale(float64(known.changed), known.sampled) {
		st.wanted(oid)
	}
}

// sampleTables samples the tables that have changed much, until ctx ends.
func (s *Store) sampleTables(ctx context.Context) {
	st := &s.statistics
	defer st.ended.Done()
	for {
		select {
		case <-ctx.Done():
			return
		case <-st.wake:
		}
		for {
			oid, ok := st.next()
			if !ok {
				break
			}
			began := time.Now()
			if t := s.Catalog().Table(oid); t != nil {
				if _, err := s.analyze(ctx, t, nil, true); err != nil && ctx.Err() == nil {
					s.log.Warn("statistics of a table could not be made", "table", t.Name, "err", err)
				}
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(max(leastRest, restFactor*time.Since(began))):
			}
		}
	}
}

// next takes a table that is to be sampled.
func (st *statistics) next() (catalog.OID, bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	for oid := range st.mu.due {
		delete(st.mu.due, oid)
		return oid, true
	}
	return 0, false
}

// Analyze samples a table, makes its statistics anew and stores them; columns are
// the attribute numbers wanted, nil for all.
func (s *Store) Analyze(ctx context.Context, t *catalog.Table, columns []int16) error {
	made, err := s.analyze(ctx, t, columns, false)
	if made == nil || err != nil {
		return err
	}
	if err := s.storeStatistics(t, made); err != nil {
		return err
	}
	st := &s.statistics
	st.mu.Lock()
	defer st.mu.Unlock()
	if known := st.mu.tables[t.OID]; known != nil && known.published == made {
		known.stored = true
	}
	return nil
}

// analyze gives the new statistics; none if the table is gone. auto: nobody has asked.
func (s *Store) analyze(ctx context.Context, t *catalog.Table, columns []int16, auto bool) (*catalog.Statistics, error) {
	known := s.Statistics(t)
	st := &s.statistics
	st.mu.Lock()
	entry := st.mu.tables[t.OID]
	if entry == nil {
		st.mu.Unlock()
		return nil, nil // dropped meanwhile
	}
	before, changed, counts := entry.rows, entry.changed, entry.counts
	st.mu.Unlock()
	sample, err := s.sample(ctx, t, before)
	if err != nil {
		return nil, err
	}
	made := sample.statistics(t, columns, known)
	st.mu.Lock()
	defer st.mu.Unlock()
	if entry = st.mu.tables[t.OID]; entry == nil {
		return nil, nil
	}
	if sample.whole && entry.counts == counts { // it is known better now, unless somebody else has counted meanwhile
		entry.rows = max(0, sample.rows+entry.rows-before)
		entry.counts++
	}
	if auto {
		entry.autoAnalyzed, entry.autoAnalyzes = s.now(), entry.autoAnalyzes+1
	} else {
		entry.analyzed, entry.analyzes = s.now(), entry.analyzes+1
	}
	made.Rows = float64(entry.rows)
	entry.published, entry.stored = made, false
	// Somebody else may have sampled it meanwhile.
	entry.changed, entry.sampled = max(0, entry.changed-changed), made.Rows
	return made, nil
}

// statisticsClass is the class under which statistics are stored, with the OID of
// their table.
const statisticsClass = catalog.Class('q')

// storeStatistics writes statistics to disk. They are no part of the change log,
// which rebuilds what they are made of.
func (s *Store) storeStatistics(t *catalog.Table, st *catalog.Statistics) error {
	if !t.Durable() || t.Temporary {
		return nil
	}
	value, err := encodeStatistics(t, st)
	if err != nil {
		return err
	}
	b := s.engine.NewBatch()
	defer b.Close()
	b.Set(objectKey(statisticsClass, t.OID), value)
	_, err = s.engine.Commit(b, unchanged, storage.CommitOptions{})
	return translate(err)
}

// loadStatistics takes what is stored, once the definitions are known. What cannot
// be read is made again.
func (s *Store) loadStatistics(stored map[catalog.OID][]byte) {
	st := &s.statistics
	st.mu.Lock()
	defer st.mu.Unlock()
	for oid, value := range stored {
		t := s.Catalog().Table(oid)
		if t == nil {
			continue
		}
		if made, err := decodeStatistics(t, value); err == nil {
			st.mu.tables[oid] = &tableStatistics{rows: int64(made.Rows), sampled: made.Rows, published: made, stored: true}
		}
	}
}

// settleStatistics stores what has changed since it was stored. What cannot be
// stored is counted again after the next start.
func (s *Store) settleStatistics() error {
	st := &s.statistics
	st.mu.Lock()
	unsaved := map[catalog.OID]*catalog.Statistics{}
	for oid, known := range st.mu.tables {
		if known.published.Columns == nil {
			continue // counted quickly
		}
		if !known.stored || known.published.Rows != float64(known.rows) {
			p := *known.published
			p.Rows = float64(known.rows)
			unsaved[oid] = &p
		}
	}
	st.mu.Unlock()
	for oid, p := range unsaved {
		if t := s.Catalog().Table(oid); t != nil {
			if err := s.storeStatistics(t, p); err != nil {
				s.log.Warn("statistics were not stored", "table", t.Name, "err", err)
				return nil
			}
		}
	}
	return nil
}

func oidOfKey(key []byte) catalog.OID { return catalog.OID(binary.BigEndian.Uint32(key[2:])) }

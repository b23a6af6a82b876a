package session

import (
	"sync/atomic"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// The cumulative statistics: pg_stat_database, pg_stat_*_tables and pg_stat_*_indexes. They are
// counted since the server's start (tables/counters.go). There are no dead rows and no HOT
// updates, and nothing is vacuumed.

// databaseCounts is what has happened in a database.
type databaseCounts struct {
	commits, rollbacks, sessions, deadlocks atomic.Int64
	deadlocked                              func() // counts one
	// since is when counting began; nil: with the server.
	since atomic.Pointer[time.Time]
}

// counts gives those of the session's database.
func (s *Server) counts(database catalog.OID) *databaseCounts {
	c, ok := s.databaseCounts.Load(database)
	if !ok {
		s.databaseCounts.Range(func(oid, _ any) bool {
			if s.opts.Store.Catalog().Get(oid.(catalog.OID)) == nil { // it is dropped
				s.databaseCounts.Delete(oid)
			}
			return true
		})
		made := &databaseCounts{}
		made.deadlocked = func() { made.deadlocks.Add(1) }
		c, _ = s.databaseCounts.LoadOrStore(database, made)
	}
	return c.(*databaseCounts)
}

func init() {
	for _, name := range []string{"all", "user"} {
		postgresView("pg_stat_"+name+"_tables", tableActivity)
		postgresView("pg_stat_"+name+"_indexes", indexActivity)
	}
	postgresView("pg_stat_database", databaseActivity)

	for name, of := range map[string]func(tables.Activity) types.Datum{
		"numscans":              func(a tables.Activity) types.Datum { return types.Int(a.Scans) },
		"tuples_returned":       func(a tables.Activity) types.Datum { return types.Int(a.Read) },
		"tuples_fetched":        func(a tables.Activity) types.Datum { return types.Int(a.Fetched) },
		"tuples_inserted":       func(a tables.Activity) types.Datum { return types.Int(a.Inserted) },
		"tuples_updated":        func(a tables.Activity) types.Datum { return types.Int(a.Updated) },
		"tuples_deleted":        func(a tables.Activity) types.Datum { return types.Int(a.Deleted) },
		"tuples_hot_updated":    func(tables.Activity) types.Datum { return types.Int(0) },
		"live_tuples":           func(a tables.Activity) types.Datum { return types.Int(a.Live) },
		"dead_tuples":           func(tables.Activity) types.Datum { return types.Int(0) },
		"mod_since_analyze":     func(a tables.Activity) types.Datum { return types.Int(a.Modified) },
		"ins_since_vacuum":      func(a tables.Activity) types.Datum { return types.Int(a.Inserted) },
		"analyze_count":         func(a tables.Activity) types.Datum { return types.Int(a.Analyzes) },
		"autoanalyze_count":     func(a tables.Activity) types.Datum { return types.Int(a.AutoAnalyzes) },
		"last_analyze_time":     func(a tables.Activity) types.Datum { return timestamp(a.Analyzed) },
		"last_autoanalyze_time": func(a tables.Activity) types.Datum { return timestamp(a.AutoAnalyzed) },
	} {
		hostFunctions["pg_stat_get_"+name] = func(s *Session, _ *expr.Context, args []types.Datum) (types.Datum, error) {
			oid := catalog.OID(args[0].Int())
			if t := s.catalog().Table(oid); t != nil {
				return of(s.store().Activity(t)), nil
			}
			if t, i := s.catalog().IndexByOID(oid); i != nil {
				return of(tables.Activity{Counts: s.store().Counts(t.OID, i.OID)}), nil
			}
			return of(tables.Activity{}), nil
		}
	}
	// What is shown is what is counted: nothing is to be cleared or flushed.
	done := func(*Session, *expr.Context, []types.Datum) (types.Datum, error) { return types.String(""), nil }
	hostFunctions["pg_stat_clear_snapshot"], hostFunctions["pg_stat_force_next_flush"] = done, done
	hostFunctions["pg_stat_reset"] = func(s *Session, _ *expr.Context, _ []types.Datum) (types.Datum, error) {
		for _, t := range objects[*catalog.Table](s) {
			s.store().ResetCounts(t.OID)
		}
		now := s.server.opts.Now()
		for _, n := range []*atomic.Int64{&s.counts.commits, &s.counts.rollbacks, &s.counts.sessions, &s.counts.deadlocks} {
			n.Store(0)
		}
		s.counts.since.Store(&now)
		return types.String(""), nil
	}
	hostFunctions["pg_stat_reset_single_table_counters"] = func(s *Session, _ *expr.Context, args []types.Datum) (types.Datum, error) {
		s.store().ResetCounts(catalog.OID(args[0].Int()))
		return types.String(""), nil
	}
}

func tableActivity(s *Session, add func(...any) error) error {
	for _, t := range objects[*catalog.Table](s) {
		if t.Key != nil {
			continue // a partitioned table has no rows of its own
		}
		a := s.store().Activity(t)
		pairs := []any{"relid", t.OID, "schemaname", s.schemaName(t.Schema), "relname", t.Name, "seq_scan", a.Scans, "seq_tup_read", a.Read,
			"n_tup_ins", a.Inserted, "n_tup_upd", a.Updated, "n_tup_del", a.Deleted, "n_tup_hot_upd", int64(0), "n_live_tup", a.Live, "n_dead_tup", int64(0),
			"n_mod_since_analyze", a.Modified, "n_ins_since_vacuum", a.Inserted, "last_analyze", timestamp(a.Analyzed), "last_autoanalyze", timestamp(a.AutoAnalyzed),
			"vacuum_count", int64(0), "autovacuum_count", int64(0), "analyze_count", a.Analyzes, "autoanalyze_count", a.AutoAnalyzes}
		if len(t.Indexes) > 0 {
			pairs = append(pairs, "idx_scan", a.IndexScans, "idx_tup_fetch", a.Fetched)
		}
		if err := add(pairs...); err != nil {
			return err
		}
	}
	return nil
}

func indexActivity(s *Session, add func(...any) error) error {
	for _, t := range objects[*catalog.Table](s) {
		if t.Key != nil {
			continue
		}
		for _, i := range t.Indexes {
			c := s.store().Counts(t.OID, i.OID)
			if err := add("relid", t.OID, "indexrelid", i.OID, "schemaname", s.schemaName(t.Schema), "relname", t.Name, "indexrelname", i.Name,
				"idx_scan", c.Scans, "idx_tup_read", c.Read, "idx_tup_fetch", c.Read); err != nil {
				return err
			}
		}
	}
	return nil
}

func databaseActivity(s *Session, add func(...any) error) error {
	sum := map[catalog.OID]tables.Counts{}
	var databases []*catalog.Database
	for o := range s.catalog().All() {
		switch o := o.(type) {
		case *catalog.Database:
			databases = append(databases, o)
		case *catalog.Table:
			of, c := sum[o.Database], s.store().Counts(o.OID, 0)
			of.Read += c.Read + c.Fetched
			of.Fetched += c.Fetched
			of.Inserted += c.Inserted
			of.Updated += c.Updated
			of.Deleted += c.Deleted
			sum[o.Database] = of
		}
	}
	open := map[catalog.OID]int64{}
	for _, o := range s.server.all() {
		open[o.database.OID]++
	}
	for _, d := range databases {
		c, of, since := s.server.counts(d.OID), sum[d.OID], s.server.started
		if at := c.since.Load(); at != nil {
			since = *at
		}
		none := int64(0)
		if err := add("datid", d.OID, "datname", d.Name, "numbackends", open[d.OID], "xact_commit", c.commits.Load(), "xact_rollback", c.rollbacks.Load(),
			"blks_read", none, "blks_hit", none, "tup_returned", of.Read, "tup_fetched", of.Fetched, "tup_inserted", of.Inserted, "tup_updated", of.Updated, "tup_deleted", of.Deleted,
			"conflicts", none, "temp_files", none, "temp_bytes", none, "deadlocks", c.deadlocks.Load(), "blk_read_time", 0.0, "blk_write_time", 0.0,
			"session_time", 0.0, "active_time", 0.0, "idle_in_transaction_time", 0.0, "sessions", c.sessions.Load(), "sessions_abandoned", none, "sessions_fatal", none, "sessions_killed", none,
			"stats_reset", timestamp(since)); err != nil {
			return err
		}
	}
	return nil
}

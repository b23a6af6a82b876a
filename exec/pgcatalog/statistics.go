package pgcatalog

import (
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pg_statio_* and the views of what PostgreSQL's background does. Nothing of that is counted, as
// there are no pages and no such processes: they list what there is with zeroes, as a
// server whose statistics have just been reset does. What is counted, exec/session shows.

func init() {
	makes("pg_statio_all_tables", tableStatistics)
	makes("pg_statio_user_tables", tableStatistics)
	makes("pg_statio_all_indexes", indexStatistics)
	makes("pg_statio_user_indexes", indexStatistics)
	makes("pg_statio_all_sequences", sequenceStatistics)
	makes("pg_statio_user_sequences", sequenceStatistics)
	started := types.TimestampDatum(time.Now())
	for _, name := range []string{"pg_stat_archiver", "pg_stat_bgwriter", "pg_stat_wal", "pg_stat_recovery_prefetch"} {
		makes(name, func(_ *Snapshot, out *rows) { out.counted("stats_reset", started) })
	}
	makes("pg_stat_slru", func(_ *Snapshot, out *rows) {
		for _, cache := range []string{"CommitTs", "MultiXactMember", "MultiXactOffset", "Notify", "Serial", "Subtrans", "Xact", "other"} {
			out.counted("name", cache, "stats_reset", started)
		}
	})
	makes("pg_stat_database_conflicts", func(s *Snapshot, out *rows) {
		for _, d := range s.databases() {
			out.counted("datid", d.OID, "datname", d.Name)
		}
	})
}

// counted adds a row with zero in every column that counts something.
func (o *rows) counted(pairs ...any) {
	o.add(pairs...)
	row := o.list[len(o.list)-1]
	for i, c := range o.r.Columns {
		if row[i].IsNull() && c.Type.Category == 'N' && c.Type.Name != "oid" {
			row[i] = zeroOf(&catalog.Column{Type: c.Type, NotNull: true})
		}
	}
}

func tableStatistics(s *Snapshot, out *rows) {
	s.objects()
	for _, t := range s.once.tables {
		out.counted("relid", t.OID, "schemaname", s.schemaName(t.Schema), "relname", t.Name)
	}
}

func indexStatistics(s *Snapshot, out *rows) {
	s.objects()
	for _, t := range s.once.tables {
		for _, i := range t.Indexes {
			out.counted("relid", t.OID, "indexrelid", i.OID, "schemaname", s.schemaName(t.Schema), "relname", t.Name, "indexrelname", i.Name)
		}
	}
}

func sequenceStatistics(s *Snapshot, out *rows) {
	s.objects()
	for _, q := range s.once.sequences {
		out.counted("relid", q.OID, "schemaname", s.schemaName(q.Schema), "relname", q.Name)
	}
}

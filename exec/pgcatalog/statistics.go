package pgcatalog

import "github.com/kalamsql/kalamsql/sql/catalog"

// pg_stat_*_tables and their kin. Nothing is counted, so they list what there
// is with zeroes, as a server whose statistics have just been reset does.

func init() {
	for _, prefix := range []string{"pg_stat_", "pg_statio_"} {
		makes(prefix+"all_tables", tableStatistics)
		makes(prefix+"user_tables", tableStatistics)
		makes(prefix+"all_indexes", indexStatistics)
		makes(prefix+"user_indexes", indexStatistics)
	}
	makes("pg_statio_all_sequences", sequenceStatistics)
	makes("pg_statio_user_sequences", sequenceStatistics)
	makes("pg_stat_database", databaseStatistics)
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

func databaseStatistics(s *Snapshot, out *rows) {
	for _, d := range s.databases() {
		out.counted("datid", d.OID, "datname", d.Name)
	}
}

package expr

import "github.com/kalamsql/kalamsql/sql/types"

// Extension pg_stat_statements. The session counts.

func init() {
	recorded(&Extension{Name: "pg_stat_statements", Version: "1.10", Comment: "track planning and execution statistics of all SQL statements executed", Untrusted: true,
		Views: []ExtensionView{{"pg_stat_statements_info", "SELECT * FROM @extschema@.pg_stat_statements_info()"}, {"pg_stat_statements", "SELECT * FROM @extschema@.pg_stat_statements(true)"}},
		Script: []string{"GRANT SELECT ON @extschema@.pg_stat_statements_info TO PUBLIC", "GRANT SELECT ON @extschema@.pg_stat_statements TO PUBLIC",
			"REVOKE ALL ON FUNCTION @extschema@.pg_stat_statements_reset(oid, oid, bigint) FROM PUBLIC"},
	}, map[string]any{
		"pg_stat_statements_1_10": hostRows("pg_stat_statements"),
		"pg_stat_statements_info": func(c *Context, a []types.Datum) (types.Datum, error) {
			return c.Host.Call(c, "pg_stat_statements_info", a)
		},
		"pg_stat_statements_reset_1_7": func(c *Context, a []types.Datum) (types.Datum, error) {
			return c.Host.Call(c, "pg_stat_statements_reset", a)
		},
	})
}

package session

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// catalogQueries give the rows of the functions that PostgreSQL's views of the server are
// made of. Here it is the other way round: the views are read for the functions.
var catalogQueries = map[string]string{
	"pg_timezone_names":                 "TABLE pg_catalog.pg_timezone_names",
	"pg_timezone_abbrevs":               "TABLE pg_catalog.pg_timezone_abbrevs",
	"show_all_settings":                 "TABLE pg_catalog.pg_settings",
	"show_all_file_settings":            "TABLE pg_catalog.pg_file_settings",
	"pg_available_extensions":           "SELECT name, default_version, comment FROM pg_catalog.pg_available_extensions",
	"pg_available_extension_versions":   "SELECT name, version, superuser, trusted, relocatable, schema, requires, comment FROM pg_catalog.pg_available_extension_versions",
	"pg_config":                         "TABLE pg_catalog.pg_config",
	"pg_cursor":                         "TABLE pg_catalog.pg_cursors",
	"pg_lock_status":                    "TABLE pg_catalog.pg_locks",
	"pg_prepared_statement":             "TABLE pg_catalog.pg_prepared_statements",
	"pg_prepared_xact":                  "SELECT transaction, gid, prepared, r.oid, d.oid FROM pg_catalog.pg_prepared_xacts x LEFT JOIN pg_catalog.pg_roles r ON r.rolname = x.owner LEFT JOIN pg_catalog.pg_database d ON d.datname = x.database",
	"pg_hba_file_rules":                 "TABLE pg_catalog.pg_hba_file_rules",
	"pg_ident_file_mappings":            "TABLE pg_catalog.pg_ident_file_mappings",
	"pg_get_replication_slots":          "SELECT slot_name, plugin, slot_type, datoid, temporary, active, active_pid, xmin, catalog_xmin, restart_lsn, confirmed_flush_lsn, wal_status, safe_wal_size, two_phase FROM pg_catalog.pg_replication_slots",
	"pg_get_backend_memory_contexts":    "TABLE pg_catalog.pg_backend_memory_contexts",
	"pg_get_shmem_allocations":          "TABLE pg_catalog.pg_shmem_allocations",
	"pg_show_replication_origin_status": "TABLE pg_catalog.pg_replication_origin_status",
}

func init() {
	for symbol, query := range catalogQueries {
		hostFunctions[symbol] = func(s *Session, c *expr.Context, _ []types.Datum) (types.Datum, error) {
			var rows []types.Datum
			var columns []*types.Type
			err := s.eachRowOf(s.contextOf(c), query, func(list []plan.Column) error {
				for _, col := range list {
					columns = append(columns, col.Type)
				}
				return nil
			}, func(row types.Row) error {
				rows = append(rows, types.Object(&types.Record{Types: columns, Values: slices.Clone(row)}))
				return nil
			})
			return types.ArrayDatum(types.RecordType, rows), err
		}
	}
	hostFunctions["query_rows"] = func(s *Session, c *expr.Context, args []types.Datum) (types.Datum, error) {
		return s.queryRows(s.contextOf(c), args[0].Str())
	}
	hostFunctions["ts_stat"] = func(s *Session, c *expr.Context, args []types.Datum) (types.Datum, error) {
		weights := ""
		if len(args) > 1 {
			weights = strings.ToUpper(args[1].Str())
		}
		return s.lexemeStatistics(s.contextOf(c), args[0].Str(), weights, len(args) > 1)
	}
}

// queryRows gives the rows of a query that changes nothing, as records. The first has the
// types of the columns, and their modifiers as values; it is there without any rows, too.
func (s *Session) queryRows(ctx context.Context, text string) (types.Datum, error) {
	if list, err := parser.Parse(text); err == nil && len(list) == 1 {
		switch list[0].Statement.(type) {
		case *ast.InsertStmt, *ast.UpdateStmt, *ast.DeleteStmt, *ast.MergeStmt:
			return types.Null, sqlerr.New(sqlerr.FeatureNotSupported, "%s is not allowed in a non-volatile function", commandName(list[0].Statement))
		}
	}
	head := &types.Record{}
	rows := []types.Datum{types.Object(head)}
	err := s.eachRowOf(ctx, text, func(list []plan.Column) error {
		for _, col := range list {
			head.Types, head.Values = append(head.Types, col.Type), append(head.Values, types.Int(int64(col.Typmod)))
		}
		return nil
	}, func(row types.Row) error {
		rows = append(rows, types.Object(&types.Record{Types: head.Types, Values: slices.Clone(row)}))
		return nil
	})
	return types.ArrayDatum(types.RecordType, rows), err
}

// contextOf is the context of a function's call.
func (s *Session) contextOf(c *expr.Context) context.Context {
	if c.Ctx == nil {
		return s.current
	}
	return c.Ctx
}

// lexemeStatistics is ts_stat(): in how many documents of a query each lexeme is, and how often;
// weighted: only where it has one of the weights. The last lexeme comes first, as PostgreSQL's
// tree of them is walked.
func (s *Session) lexemeStatistics(ctx context.Context, query, weights string, weighted bool) (types.Datum, error) {
	type count struct{ documents, entries int64 }
	counts := map[string]count{}
	err := s.eachRowOf(ctx, query, func(cols []plan.Column) error {
		if len(cols) != 1 || cols[0].Type != types.TSVector {
			return sqlerr.New(sqlerr.InvalidParameterValue, "ts_stat query must return one tsvector column")
		}
		return nil
	}, func(row types.Row) error {
		if row[0].IsNull() {
			return nil
		}
		for _, l := range row[0].Lexemes() {
			n := int64(0)
			for _, p := range l.Positions {
				if !weighted || strings.IndexByte(weights, "DCBA"[p>>14]) >= 0 {
					n++
				}
			}
			if len(l.Positions) == 0 && !weighted {
				n = 1
			}
			if n > 0 {
				have := counts[l.Word]
				counts[l.Word] = count{have.documents + 1, have.entries + n}
			}
		}
		return nil
	})
	if err != nil {
		return types.Null, err
	}
	var rows []types.Datum
	for _, word := range slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Compare(b, a) }) {
		n := counts[word]
		rows = append(rows, types.Object(&types.Record{Types: []*types.Type{types.Text, types.Int4, types.Int4},
			Values: []types.Datum{types.String(word), types.Int(n.documents), types.Int(n.entries)}}))
	}
	return types.ArrayDatum(types.RecordType, rows), nil
}

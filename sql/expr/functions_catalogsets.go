package expr

import (
	_ "embed" // the recorded keywords
	"strings"

	"github.com/kalamsql/kalamsql/sql/types"
)

// The table functions that catalog queries read.

//go:embed pg15/keywords.tsv
var keywordTable string

func init() {
	registerSets(map[string]SetFunc{
		"pg_get_keywords": keywords, "pg_options_to_table": optionsToTable, "pg_partition_tree": partitionTree,
		"pg_get_publication_tables":     hostRows("pg_get_publication_tables"),
		"pg_event_trigger_ddl_commands": hostRows("pg_event_trigger_ddl_commands"), "pg_event_trigger_dropped_objects": hostRows("pg_event_trigger_dropped_objects"),
		"ts_stat1": hostRows("ts_stat"), "ts_stat2": hostRows("ts_stat"),
		"pg_partition_ancestors": hostList("pg_partition_ancestors"), "pg_listening_channels": hostList("pg_listening_channels"),
		"pg_stat_get_backend_idset": hostList("pg_stat_get_backend_idset"), "pg_tablespace_databases": hostList("pg_tablespace_databases")})
	for _, symbol := range []string{ // PostgreSQL makes views of them
		"pg_timezone_names", "pg_timezone_abbrevs", "show_all_settings", "show_all_file_settings", "pg_available_extensions", "pg_available_extension_versions",
		"pg_config", "pg_cursor", "pg_lock_status", "pg_prepared_statement", "pg_prepared_xact", "pg_hba_file_rules", "pg_ident_file_mappings", "pg_get_replication_slots",
		"pg_get_backend_memory_contexts", "pg_get_shmem_allocations", "pg_show_replication_origin_status",
	} {
		setCode[symbol] = hostRows(symbol)
	}
}

// keywords is pg_get_keywords(): PostgreSQL 15's own.
func keywords(_ *Context, _ []types.Datum, yield func(types.Row) error) error {
	for line := range strings.Lines(keywordTable) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if err := yield(types.Row{types.String(f[0]), types.Int(int64(f[1][0])), types.Bool(f[2] == "t"), types.String(f[3]), types.String(f[4])}); err != nil {
			return err
		}
	}
	return nil
}

// hostList is a function whose rows are one value each, of which the host gives the list.
func hostList(name string) SetFunc {
	return func(c *Context, a []types.Datum, yield func(types.Row) error) error {
		list, err := c.Host.Call(c, name, a)
		if err != nil {
			return err
		}
		for _, v := range list.Array().Elems {
			if err := yield(types.Row{v}); err != nil {
				return err
			}
		}
		return nil
	}
}

// hostRows is a function of which the host gives the rows, as a list of records.
func hostRows(name string) SetFunc {
	return func(c *Context, a []types.Datum, yield func(types.Row) error) error {
		list, err := c.Host.Call(c, name, a)
		if err != nil {
			return err
		}
		for _, v := range list.Array().Elems {
			if err := yield(v.Record().Values); err != nil {
				return err
			}
		}
		return nil
	}
}

// partitionTree is pg_partition_tree(). The host lists, for each relation, itself, its
// parent, whether it is a leaf, and its level.
func partitionTree(c *Context, a []types.Datum, yield func(types.Row) error) error {
	list, err := c.Host.Call(c, "pg_partition_tree", a)
	if err != nil {
		return err
	}
	for at := list.Array().Elems; len(at) >= 4; at = at[4:] {
		row := types.Row{at[0], at[1], types.Bool(at[2].Int() != 0), at[3]}
		if at[1].Int() == 0 {
			row[1] = types.Null
		}
		if err := yield(row); err != nil {
			return err
		}
	}
	return nil
}

// optionsToTable is pg_options_to_table(): name=value apart.
func optionsToTable(_ *Context, a []types.Datum, yield func(types.Row) error) error {
	for _, item := range a[0].Array().Elems {
		name, value, ok := strings.Cut(item.Str(), "=")
		row := types.Row{types.String(name), types.Null}
		if ok {
			row[1] = types.String(value)
		}
		if err := yield(row); err != nil {
			return err
		}
	}
	return nil
}

// expandArray is information_schema._pg_expandarray(): the elements and their
// positions from 1.
func expandArray(_ *Context, a []types.Datum, yield func(types.Row) error) error {
	for i, d := range a[0].Array().Elems {
		if err := yield(types.Row{d, types.Int(int64(i + 1))}); err != nil {
			return err
		}
	}
	return nil
}

// informationSchemaFunctions are the functions of information_schema that
// clients call.
func informationSchemaFunctions(next func() types.OID) []*Function {
	var out []*Function
	for _, v := range []struct{ array, elem *types.Type }{{types.Int2Vector, types.Int2}, {types.OidVector, types.Oid}, {types.Int2.Array, types.Int2}, {types.Int4.Array, types.Int4}, {types.Text.Array, types.Text}} {
		columns := []types.Field{{Name: "x", Type: v.elem, Typmod: types.NoTypmod}, {Name: "n", Type: types.Int4, Typmod: types.NoTypmod}}
		// Clients select the record and ask for its fields further out.
		row := *types.RecordType
		row.Fields = columns
		out = append(out, &Function{OID: next(), Name: "_pg_expandarray", Symbol: "_pg_expandarray", Kind: 'f', Args: []*types.Type{v.array}, Result: &row, ReturnsSet: true, Strict: true, Set: expandArray, Columns: columns})
	}
	return out
}

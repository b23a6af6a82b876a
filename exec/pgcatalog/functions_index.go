package pgcatalog

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/types"
)

// What B-tree indexes can do, asked by name; NULL for a property or an index
// that is not there.

var (
	amProperties    = map[string]bool{"can_order": true, "can_unique": true, "can_multi_col": true, "can_exclude": true, "can_include": true}
	indexProperties = map[string]bool{"clusterable": true, "index_scan": true, "bitmap_scan": true, "backward_scan": true}
)

func init() {
	functions["pg_indexam_has_property"] = func(_ *Reader, a []types.Datum) (types.Datum, error) {
		if oidArg(a[0]) != amBTree {
			return types.Null, nil
		}
		return property(amProperties, a[1])
	}
	functions["pg_index_has_property"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		if _, i := r.Catalog.IndexByOID(oidArg(a[0])); i == nil {
			return types.Null, nil
		}
		return property(indexProperties, a[1])
	}
	functions["pg_index_column_has_property"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		t, i := r.Catalog.IndexByOID(oidArg(a[0]))
		if i == nil {
			return types.Null, nil
		}
		at := int(a[1].Int()) - 1
		columns := r.indexColumns(t, i)
		if at < 0 || at >= len(columns) {
			return types.Null, nil
		}
		key := columns[at].key
		if key == nil { // an INCLUDE column has no order
			return property(map[string]bool{"asc": false, "desc": false, "nulls_first": false, "nulls_last": false, "orderable": false,
				"distance_orderable": false, "returnable": true, "search_array": false, "search_nulls": false}, a[2])
		}
		return property(map[string]bool{"asc": !key.Desc, "desc": key.Desc, "nulls_first": key.NullsFirst, "nulls_last": !key.NullsFirst, "orderable": true,
			"distance_orderable": false, "returnable": true, "search_array": true, "search_nulls": true}, a[2])
	}
	for name, v := range map[string]types.Datum{
		"pg_encoding_max_length": types.Int(4), "pg_jit_available": types.Bool(false), "pg_trigger_depth": types.Int(0), "pg_notification_queue_usage": types.Float(0),
		"pg_get_replica_identity_index": types.Null, "pg_collation_actual_version": types.Null, "pg_database_collation_actual_version": types.Null, "pg_column_compression": types.Null,
	} {
		functions[name] = constant(v)
	}
}

func property(known map[string]bool, name types.Datum) (types.Datum, error) {
	if v, ok := known[strings.ToLower(name.Str())]; ok {
		return types.Bool(v), nil
	}
	return types.Null, nil
}
